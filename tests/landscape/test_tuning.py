"""Tuning: whatever is chosen next, the scene that comes of it can be explored and does not diverge."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.datasets import datasets
from landscape.errors import LandscapeError
from landscape.functions import functions, make_function
from landscape.losses import losses
from landscape.models import models
from landscape.optimizers import make_optimizer, optimizers
from landscape.scene import Scene, choose
from landscape.study import Study
from landscape.suggestions import suggested_lr
from landscape.tuning import fitting, tuned

FEW = replace(Scene(), steps=12, resolution=11)


def changed(scene, key, name):
    parameters = {"n": 30} if key == "data" and any(p.name == "n" for p in datasets[name].parameters) else {}
    if name == "xor":
        parameters = {"n_per_corner": 5, "noise": 0.1}
    return tuned(Study(scene.with_choice(key, choose(key, name, **parameters))), key)


def explored(scene):
    study = Study(scene)
    picture = replace(next(study.explore()), surface=study.surface(scene.resolution), spectrum=study.spectrum)
    assert np.isfinite(picture.spectrum.eigenvalues).all()
    assert np.isfinite(picture.surface.values).all()
    assert [path.status for path in picture.paths] == ["completed"] * len(picture.paths)
    for path in picture.paths:
        assert path.losses[-1] <= path.losses[0] * (1 + 1e-9)
    assert Scene.from_query(scene.to_query()) == scene
    return picture


@pytest.mark.parametrize("data", datasets)
def test_every_dataset_and_every_model_that_fits_it_can_be_explored(data):
    scene = changed(FEW, "data", data)
    assert (scene.start, scene.window) == (None, None)
    for model in fitting(models, Study(scene).dataset):
        other = scene if model == scene.model.name else changed(scene, "model", model)
        if data == "digits":  # 1437 images: the runs are enough to wait for
            assert {run.status for run in Study(other).trajectories} == {"completed"}
        else:
            explored(other)


@pytest.mark.parametrize("data", ["line", "moons", "blobs"])
def test_every_loss_that_fits_can_be_explored(data):
    scene = changed(FEW, "data", data)
    scene = changed(scene, "model", "logistic" if data == "moons" else "linear")
    for loss in fitting(losses, Study(scene).dataset):
        if loss != "zero_one":
            explored(changed(scene, "loss", loss))


def test_where_nothing_moves_a_plane_of_the_path_is_refused():
    scene = changed(changed(FEW, "data", "moons"), "model", "logistic")
    with pytest.raises(LandscapeError, match="the path must move"):
        explored(changed(scene, "loss", "zero_one"))
    explored(replace(changed(scene, "loss", "zero_one"), plane=choose("plane", "random")))


@pytest.mark.parametrize("function", functions)
def test_every_function_can_be_explored(function):
    picture = explored(changed(FEW, "function", function))
    assert picture.whole


def test_leaving_a_function_goes_back_to_the_data():
    scene = changed(FEW, "function", "ackley").with_choice("function", None)
    scene = tuned(Study(scene), "function")
    assert explored(scene).dataset is not None


def test_two_parameters_are_drawn_whole_and_more_in_the_plane_of_the_path():
    assert changed(changed(FEW, "data", "moons"), "model", "mlp").plane.name == "pca"
    assert changed(changed(FEW, "data", "moons"), "model", "one_unit").plane.name == "coordinates"


@pytest.mark.parametrize("optimizer", [name for name in optimizers if "lr" in {p.name for p in optimizers[name].parameters}])
@pytest.mark.parametrize("kappa", [3.0, 700.0, 9000.0])
def test_a_suggested_learning_rate_is_within_what_is_stable(optimizer, kappa):
    bowl = make_function("quadratic", kappa=kappa, angle=20.0)
    lr = suggested_lr(bowl, optimizer)
    assert float(f"{lr:.0e}") == lr
    limit = make_optimizer(optimizer, lr=lr).largest_lr(kappa)
    assert limit is None or lr < 0.8 * limit


def test_another_optimizer_changes_its_own_learning_rate_only():
    scene = changed(FEW, "opt2", "nesterov")
    assert scene.optimizers[0] == FEW.optimizers[0]
    assert scene.optimizers[1].name == "nesterov"
    assert (scene.start, scene.window) == (FEW.start, FEW.window)


def test_flat_landscapes_get_a_learning_rate_too(formula):
    assert 0 < suggested_lr(formula(lambda theta: theta[0] + 0 * theta[1], [1.0, 2.0]), "gd") <= 1
    assert 0 < suggested_lr(formula(lambda theta: theta[0] / 0, [1.0, 2.0]), "momentum") <= 1
