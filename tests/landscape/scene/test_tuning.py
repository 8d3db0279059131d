"""Tuning: whatever is chosen next, the scene that comes of it can be explored and does not diverge."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from landscape.data.datasets import datasets
from landscape.data.published import published
from landscape.descent.optimizers import make_optimizer, optimizers
from landscape.errors import LandscapeError
from landscape.losses.losses import losses
from landscape.networks.models import models
from landscape.objectives.functions import functions, make_function
from landscape.scene import suiting
from landscape.scene.exploration import explore
from landscape.scene.scene import Scene, choose
from landscape.scene.study import Study
from landscape.scene.suggestions import bounces, sharpness, suggested_lr
from landscape.scene.tuning import fitting, tuned

FEW = replace(Scene(), steps=12, resolution=11)

# Raw tables are ill-conditioned, which is what they are there to show: a line gets to a good end in standard units. Others are cut short.
SETTINGS = {"imbalanced": {"n": 100}, "segments": {"n": 60}, "tree": {"n": 80}} | {name: {"standardize": 1} for name in published}
# What another data set stands for under the models that it does not usually get: points on a line, or in the plane, are much alike to them.
LIKE_ANOTHER = {"stars_cyg": "phones", "animals": "phones", "anscombe": "phones", "imbalanced": "blobs", "segments": "tree", "gates": "xor"}


@cache
def changed(scene, key, name, **settings):
    """What the controls make of another name in a scene."""
    return tuned(Study(scene.with_choice(key, choose(key, name, **settings))), key, scene)


@pytest.mark.parametrize("key", [key for key, _ in FEW.choices() if key != "data"])
def test_every_choice_of_a_scene_can_be_changed(key):
    """The controls tune the scene after any of them; a schedule leaves everything else as the visitor had it."""
    name = {"model": "linear", "loss": "huber", "plane": "random", "schedule": "cosine"}.get(key, "adam")
    after = changed(FEW, key, name)
    assert dict(after.choices())[key].name == name
    assert key != "schedule" or after == FEW.with_choice(key, choose(key, name))


@pytest.fixture
def unpaced(monkeypatch):
    """`changed` without learning rates, which take trial runs to find, for what does not depend on them."""
    monkeypatch.setattr(suiting, "_paced", lambda scene, *_: scene)
    return changed.__wrapped__


def small(scene, data):
    """Few points of a data set, and few steps."""
    settings = {"n": 30} if any(p.name == "n" for p in datasets[data].parameters) else {}
    settings = {"n_per_corner": 5, "noise": 0.1} if data == "xor" else settings
    return replace(changed(scene, "data", data, **settings), steps=12)


def explored(scene):
    study = Study(scene)
    picture = replace(next(explore(study)), maps={"loss": study.surface(scene.resolution)}, spectrum=study.spectrum)
    assert np.isfinite(picture.spectrum.eigenvalues).all()
    assert np.isfinite(picture.surface.values).all()
    assert [path.status for path in picture.paths] == ["completed"] * len(picture.paths)
    for path in picture.paths:
        assert path.losses[-1] <= path.losses[0] * (1 + 1e-9)
    assert Scene.from_query(scene.to_query()) == scene
    return picture


@pytest.mark.parametrize("data", list(datasets))
def test_every_dataset_and_every_model_that_fits_it_can_be_explored(data):
    scene = small(FEW, data)
    assert (scene.start, scene.window) == (None, None)
    for model in fitting(models, Study(scene).dataset):
        other = scene if model == scene.model.name else replace(changed(scene, "model", model), steps=12)
        if data == "digits":  # 1437 images: the runs are enough to wait for
            assert {run.status for run in Study(other).trajectories} == {"completed"}
        else:
            explored(other)


def accuracy(study, theta):
    outputs = study.objective.outputs(theta, study.dataset.inputs)
    given = outputs.argmax(axis=1) if outputs.ndim > 1 and outputs.shape[1] > 1 else outputs.reshape(-1) > 0
    return float((given == study.dataset.targets).mean())


@pytest.mark.parametrize("data", list(datasets))
def test_from_the_first_scene_every_data_set_and_model_comes_to_a_good_end(data):
    """A small model close to the best that L-BFGS finds, a network at a loss far below its start and well above chance."""
    scene = changed(Scene(), "data", data, **SETTINGS.get(data, {}))
    for model in [scene.model.name] if data in LIKE_ANOTHER else fitting(models, Study(scene).dataset):
        study = Study(scene if model == scene.model.name else changed(scene, "model", model))
        for run in study.trajectories:
            assert run.status == "completed", model
            start, end = run.losses[0], run.losses[-1]
            if model in ("mlp", "residual_mlp", "cnn"):
                assert end < 0.85 * start, model
                if study.dataset.task == "classification":
                    chance = 1 / study.dataset.classes
                    assert accuracy(study, run.thetas[-1]) > chance + 0.3 * (1 - chance), model
            else:
                how = {"jac": study.objective.gradient, "method": "L-BFGS-B", "options": {"maxiter": 60}}
                best = minimize(study.objective.value, run.thetas[-1], **how).fun
                assert end < best + 0.25 * (start - best) or best > 0.99 * start, model  # or there is nothing to be gained


SUITABLE = {
    "digits": ("mlp", "cross_entropy"),
    "breast_cancer": ("mlp", "cross_entropy"),
    "wine": ("mlp", "cross_entropy"),
    "iris": ("mlp", "cross_entropy"),
    "diabetes": ("linear", "mse"),
    "line": ("deep_linear", "mse"),
    "line_outliers": ("deep_linear", "mse"),
    "moons": ("mlp", "cross_entropy"),
    "circles": ("mlp", "cross_entropy"),
    "spirals": ("mlp", "cross_entropy"),
    "blobs": ("mlp", "cross_entropy"),
    "xor": ("mlp", "cross_entropy"),
    "linnerud": ("linear", "mse"),
    "gates": ("mlp", "cross_entropy"),
    "imbalanced": ("mlp", "cross_entropy"),
    "segments": ("mlp", "cross_entropy"),
    "tree": ("mlp", "cross_entropy"),
    "ranking": ("linear", "ranknet"),
    "phones": ("linear", "mse"),
    "stars_cyg": ("linear", "mse"),
    "animals": ("deep_linear", "mse"),
    "stackloss": ("linear", "mse"),
    "anscombe": ("linear", "mse"),
}


@pytest.mark.parametrize("data", list(datasets))
def test_the_toy_of_the_first_scene_is_kept_for_lines_through_the_origin_only(unpaced, data):
    scene = unpaced(Scene(), "data", data)
    assert (scene.model.name, scene.loss.name) == SUITABLE[data]


def test_a_model_of_the_visitor_s_that_suits_the_new_data_is_kept(unpaced):
    scene = unpaced(unpaced(unpaced(Scene(), "data", "iris"), "model", "residual_mlp", width=5), "data", "diabetes")
    assert (scene.model.name, scene.model.get("width"), scene.loss.name) == ("residual_mlp", 5, "mse")
    assert unpaced(scene, "data", "moons").model == scene.model
    hinge = unpaced(unpaced(Scene(), "data", "moons"), "loss", "hinge")
    assert unpaced(hinge, "data", "circles").loss.name == "hinge"
    assert unpaced(hinge, "data", "iris").loss.name == "cross_entropy"


@pytest.mark.parametrize("data", ["line", "moons", "blobs"])
def test_every_loss_that_fits_can_be_explored(data):
    scene = small(FEW, data)
    scene = replace(changed(scene, "model", "logistic" if data == "moons" else "linear"), steps=12)
    for loss in fitting(losses, Study(scene).dataset):
        if loss != "zero_one":
            explored(changed(scene, "loss", loss))


def least(loss, inputs, targets, q=0.5):
    """The least mean loss of a linear model, by linear programming: one slack a sample and side."""
    inputs = np.column_stack([inputs, np.ones(len(inputs))])
    count, width = inputs.shape
    free, slack, one = [(None, None)] * width, [(0, None)] * count, np.ones(count) / count
    if loss in ("mae", "quantile"):
        above, below = (1.0, 1.0) if loss == "mae" else (q, 1 - q)
        cost, balance = np.concatenate([np.zeros(width), above * one, below * one]), np.hstack([inputs, np.eye(count), -np.eye(count)])
        return linprog(cost, A_eq=balance, b_eq=targets, bounds=free + slack + slack).fun
    margin = 1.0 if loss == "hinge" else 0.0
    signed = inputs * np.where(targets > 0, 1.0, -1.0)[:, None]
    return linprog(
        np.r_[np.zeros(width), one], A_ub=-np.hstack([signed, np.eye(count)]), b_ub=np.full(count, -margin), bounds=free + slack
    ).fun


KINKED = dict.fromkeys(("line", "line_outliers", "diabetes"), ("mae", "quantile"))
KINKED |= dict.fromkeys(("moons", "xor", "breast_cancer"), ("hinge", "perceptron"))


@pytest.mark.parametrize("data", KINKED)
def test_a_loss_with_kinks_gets_a_rate_and_a_schedule_that_end_near_its_minimum(data):
    straight = changed(changed(Scene(), "data", data), "model", "linear")
    for loss in KINKED[data]:
        scene = changed(straight, "loss", loss)
        study = Study(scene)
        minimum = least(loss, study.dataset.inputs, study.dataset.targets)
        assert scene.schedule.name == "cosine"
        for run in study.trajectories:
            assert minimum - 1e-9 <= run.losses[-1] <= minimum + 0.05 * run.losses[0]
        assert study.limits == (None, None)
        assert [path.sharpness_limit for path in study.paths] == [None, None]


def test_a_smooth_loss_after_one_with_kinks_gets_its_constant_rate_back():
    before = changed(Scene(), "data", "line_outliers")
    kinked = changed(before, "loss", "mae")
    assert changed(kinked, "loss", "mse") == before
    wished = replace(before, schedule=choose("schedule", "cosine"))
    assert changed(wished, "loss", "huber").schedule.name == "cosine"
    stepped = replace(before, schedule=choose("schedule", "step"))
    assert changed(stepped, "loss", "mae").schedule.name == "step"


def test_another_loss_keeps_start_and_window_where_the_plane_is_the_whole_space():
    for loss in ("huber", "mae", "tukey"):
        scene = changed(Scene(), "loss", loss)
        assert (scene.start, scene.window, scene.plane, scene.steps) == (Scene().start, Scene().window, Scene().plane, Scene().steps)
        assert {run.status for run in Study(scene).trajectories} == {"completed"}


def test_where_nothing_moves_the_plane_is_one_that_needs_no_path():
    scene = replace(changed(small(FEW, "moons"), "model", "logistic"), steps=12)
    still = changed(scene, "loss", "zero_one")
    assert still.plane.name == "random"
    explored(still)
    with pytest.raises(LandscapeError, match="the path must move.*Take a plane that needs no path, such as random"):
        explored(replace(still, plane=choose("plane", "pca")))
    newton = changed(replace(scene, optimizers=scene.optimizers[:1]), "opt", "newton")
    alone = replace(changed(newton, "model", "mlp"), steps=12)
    assert alone.plane.name == "random"
    study = Study(alone)
    assert study.trajectories[0].status == "singular"
    assert np.isfinite(study.surface(11).values).all()
    assert changed(alone, "opt", "gd").plane.name == "random"


@pytest.mark.parametrize("name", optimizers)
def test_every_optimizer_gets_a_rate_with_which_it_goes_down(name):
    """The first scene's valley of minima has no inverse Hessian at its bottom, where saddle-free Newton ends."""
    scene = changed(Scene(), "opt", name)
    run = Study(replace(scene, optimizers=scene.optimizers[:1])).trajectories[0]
    assert scene.optimizers[0].name == name
    assert run.status == "completed" or (name == "saddle_free_newton" and run.status == "singular")
    assert run.losses[-1] < 0.25 * run.losses[0]


@pytest.mark.parametrize("name", optimizers)
def test_steep_ground_throws_no_optimizer_away(name):
    """Rosenbrock's valley, from its usual start: the gradient is 233, the largest eigenvalue 1506."""
    scene = changed(changed(Scene(), "function", "rosenbrock"), "opt", name)
    assert scene.optimizers[0].name == ("adam" if name == "muon" else name)
    run = Study(replace(scene, optimizers=scene.optimizers[:1])).trajectories[0]
    assert (run.status, run.losses[-1] < run.losses[0]) == ("completed", True)


def test_newton_makes_way_where_there_are_too_many_parameters():
    scene = changed(changed(Scene(), "data", "iris"), "opt", "newton")
    assert scene.optimizers[0].name == "newton"
    larger = changed(scene, "data", "digits")
    assert Study(larger).dim > 500
    assert [choice.name for choice in larger.optimizers] == ["adam", "momentum"]


def test_muon_makes_way_where_no_weights_are_a_matrix():
    scene = changed(Scene(), "opt", "muon")
    assert [choice.name for choice in changed(scene, "data", "moons").optimizers] == ["muon", "momentum"]
    assert [choice.name for choice in changed(scene, "function", "himmelblau").optimizers] == ["adam", "momentum"]


@pytest.mark.parametrize(("data", "model"), [("iris", "mlp"), ("digits", "cnn"), ("line", "deep_linear"), ("blobs", "linear")])
def test_the_number_of_parameters_is_known_without_the_data_passing_through(data, model):
    scene = changed(changed(Scene(), "data", data), "model", model)
    assert Study(scene).dim == Study(scene).objective.dim


def test_sgd_gets_a_batch():
    scene = changed(changed(Scene(), "data", "moons"), "opt", "sgd")
    assert scene.batch == 32
    assert changed(Scene(), "opt2", "sgd").batch == 10  # a quarter of 40 points
    assert changed(replace(Scene(), batch=7), "opt", "sgd").batch == 7
    assert changed(Scene(), "opt", "momentum").batch == 0
    assert changed(changed(Scene(), "function", "booth"), "opt", "sgd").batch == 0


@pytest.mark.parametrize("function", ["saddle", "monkey_saddle"])
def test_runs_at_a_saddle_stay_in_the_frame(function):
    scene = changed(Scene(), "function", function)
    (a_lo, a_hi), (b_lo, b_hi) = Study(scene).window
    for run in Study(scene).trajectories:
        assert run.status == "completed"
        assert a_lo <= run.thetas[:, 0].min() <= run.thetas[:, 0].max() <= a_hi
        assert b_lo <= run.thetas[:, 1].min() <= run.thetas[:, 1].max() <= b_hi
    assert changed(scene, "function", "booth").steps == 150


@pytest.mark.parametrize("function", functions)
def test_every_function_can_be_explored(function):
    picture = explored(changed(Scene(), "function", function))
    assert picture.whole
    assert not any(bounces(path.losses) for path in picture.paths)


@pytest.mark.parametrize("loss", ["huber", "log_cosh", "tukey", "exponential"])
@pytest.mark.parametrize("data", ["line", "line_outliers", "moons"])
def test_a_loss_that_is_straight_far_out_gets_rates_that_come_to_rest(data, loss):
    """Curvature where the run sets out says too little of it near the minimum."""
    scene = changed(Scene(), "data", data)
    if loss not in fitting(losses, Study(scene).dataset):
        return
    for run in Study(changed(scene, "loss", loss)).trajectories:
        assert run.status == "completed" and not bounces(run.losses) and run.losses[-1] < run.losses[0]


def test_leaving_a_function_goes_back_to_the_data():
    scene = changed(FEW, "function", "ackley").with_choice("function", None)
    scene = tuned(Study(scene), "data")
    assert explored(scene).dataset is not None


def test_two_parameters_are_drawn_whole_and_more_in_the_plane_of_the_path():
    assert changed(small(FEW, "moons"), "model", "mlp").plane.name == "pca"
    assert changed(small(FEW, "moons"), "model", "one_unit").plane.name == "coordinates"


@pytest.mark.parametrize("optimizer", [name for name in optimizers if "lr" in {p.name for p in optimizers[name].parameters}])
@pytest.mark.parametrize("kappa", [3.0, 700.0, 9000.0])
def test_a_suggested_learning_rate_is_within_what_is_stable(optimizer, kappa):
    bowl = make_function("quadratic", kappa=kappa, angle=20.0)
    lr = suggested_lr(lambda: sharpness(bowl, bowl.theta), optimizer)
    assert float(f"{lr:.0e}") == lr
    limit = make_optimizer(optimizer, lr=lr).largest_lr(kappa)
    assert limit is None or lr < 0.8 * limit


def test_another_optimizer_changes_its_own_learning_rate_only():
    scene = changed(FEW, "opt2", "nesterov")
    assert scene.optimizers[0] == FEW.optimizers[0]
    assert scene.optimizers[1].name == "nesterov"
    assert (scene.start, scene.window) == (FEW.start, FEW.window)


@pytest.mark.parametrize("slope", [lambda theta: theta[0] + 0 * theta[1], lambda theta: theta[0] / 0])
def test_flat_landscapes_get_a_learning_rate_too(formula, slope):
    flat = formula(slope, [1.0, 2.0])
    for optimizer in ("gd", "momentum"):
        assert 0 < suggested_lr(lambda: sharpness(flat, flat.theta), optimizer) <= 1


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
def test_the_norm_is_that_of_a_hessian_of_any_scale(formula, scale):
    one, scaled = (formula(lambda theta, c=c: c * (theta[0] ** 2 + 3 * theta[1] ** 2), np.full(2, 1e-3)) for c in (1.0, scale))
    assert sharpness(scaled, scaled.theta) == pytest.approx(scale * sharpness(one, one.theta), rel=1e-12, abs=0)
    assert sharpness(one, one.theta) == pytest.approx(6.0, rel=1e-3)
