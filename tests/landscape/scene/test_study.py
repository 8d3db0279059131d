"""Study: stages, what is remembered under which key, and diverged runs that are still shown."""

from dataclasses import fields, is_dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors.torch import save as safetensors_of

from landscape.curvature.critical import find_critical_points
from landscape.curvature.hessian import dense_hessian
from landscape.data.datasets import Dataset
from landscape.data.table import open_table
from landscape.errors import Cancelled, LandscapeError
from landscape.files.weights import Weights, read_weights
from landscape.networks.models import make_model
from landscape.sampling.surface import sample_surface
from landscape.scene.exploration import explore
from landscape.scene.fields import Group
from landscape.scene.scene import Scene, choose
from landscape.scene.study import Study

pytestmark = pytest.mark.usefixtures("few_starts")

SMALL = Scene.from_query(
    "data=moons&data.n=30&model=mlp&model.widths=3&loss=cross_entropy&opt=sgd&opt.lr=0.1&opt2=adam&opt2.lr=0.05"
    "&plane=pca&steps=9&batch=7&resolution=13&start=auto&window=auto"
)
WHOLE = replace(Scene(), steps=9, resolution=13, start=None, window=None)
FUNCTION = Scene.from_query("function=himmelblau&steps=9&resolution=13&start=auto&window=auto&opt=gd&opt.lr=0.005")

CHANGES = {
    "data": ("data", choose("data", "moons", n=30, noise=0.4)),
    "model": ("model", choose("model", "mlp", widths=(4,))),
    "activation": ("model", choose("model", "mlp", widths=(3,), activation="sigmoid")),
    "loss": ("loss", choose("loss", "focal")),
    "penalty": ("penalty", choose("penalty", "l2", strength=0.3)),
    "optimizer": ("optimizers", (choose("opt", "sgd", lr=0.2), choose("opt2", "adam", lr=0.05))),
    "second optimizer": ("optimizers", (choose("opt", "sgd", lr=0.1), choose("opt2", "adam", lr=0.2))),
    "order": ("optimizers", (choose("opt2", "adam", lr=0.05), choose("opt", "sgd", lr=0.1))),
    "schedule": ("schedule", choose("schedule", "cosine")),
    "steps": ("steps", 12),
    "batch": ("batch", 5),
    "plane": ("plane", choose("plane", "random")),
    "normalization": ("plane", choose("plane", "random", vectors="normalize")),
    "start": ("start", (0.3, -0.2)),
    "far start": ("start", (40.0, -20.0)),
    "window": ("window", ((-0.5, 1.0), (-2.0, 0.25))),
    "seed": ("seed", 3),
}


def last(scene, **how):
    return list(explore(Study(scene, **how)))[-1]


def contents(value):
    """A result as nested plain values whose arrays are bytes, so that equality is equality of everything."""
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if is_dataclass(value) and not isinstance(value, (Scene, Dataset)):
        return [contents(getattr(value, f.name)) for f in fields(value)]
    if isinstance(value, tuple):
        return [contents(part) for part in value]
    return None if isinstance(value, Dataset) else repr(value)


@pytest.fixture(scope="module")
def filled():
    """A memory that already holds the results of SMALL and WHOLE, and of every change of SMALL."""
    memory = {}
    for scene in (SMALL, WHOLE, *(replace(SMALL, **dict([change])) for change in CHANGES.values())):
        last(scene, memory=memory)
    return memory


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_remembered_is_what_would_be_computed(filled, change):
    scene = replace(SMALL, **dict([CHANGES[change]]))
    fresh = last(scene)
    assert contents(last(scene, memory=filled)) == contents(fresh)
    assert contents(fresh) != contents(last(SMALL, memory=filled))


# Scenes small enough to be explored often, and for each field of the table another value of it.
TABLES = {
    name: open_table(b"a,b,y\n" + b"".join(b"%d,%d,%d\n" % (k, (k * k) % 7, 2 * k + turn * (k % 3)) for k in range(12)))
    for turn, name in enumerate(("0" * 16, "1" * 16))
}
OTHER = {
    "function": {"function": choose("function", "booth")},
    "data": {"data": choose("data", "line", n=30)},
    "table": {"table": "1" * 16},
    "model": {"model": choose("model", "linear", bias=False)},
    "weights": {"weights": "b" * 16},
    "loss": {"loss": choose("loss", "huber")},
    "penalty": {"penalty": choose("penalty", "l2", strength=0.3)},
    "optimizers": {"optimizers": (choose("opt", "sgd", lr=0.02),)},
    "schedule": {"schedule": choose("schedule", "cosine")},
    "steps": {"steps": 7},
    "batch": {"batch": 5},
    "plane": {"plane": choose("plane", "random", vectors="normalize")},
    "start": {"start": (0.3, -0.2)},
    "window": {"window": ((-0.5, 1.0), (-2.0, 0.25))},
    "resolution": {"resolution": 15},
    "log": {"log": True},
    "seed": {"seed": 3},
}


@pytest.fixture(scope="module")
def bases():
    """Scenes of every sort, and the files that they name; the critical points have a test of their own."""
    mlp = choose("model", "mlp", widths=(2,))
    few = replace(Scene(), data=choose("data", "line", n=20), steps=5, resolution=11, batch=7, start=None, window=None)
    sgd = (choose("opt", "sgd", lr=0.01), choose("opt2", "adam", lr=0.05))
    net = replace(few, model=mlp, optimizers=sgd, plane=choose("plane", "pca"))
    table = replace(net, data=choose("data", "table"), model=choose("model", "linear"), table="0" * 16)
    model = partial(make_model, "mlp", Study(net).dataset, widths=(2,))
    weights = {name: Weights(model(seed=seed).state_dict(), name) for seed, name in enumerate(("a" * 16, "b" * 16), start=4)}
    scenes = {
        "whole": replace(few, optimizers=sgd),
        "function": replace(few, function=choose("function", "himmelblau")),
        "net": net,
        "net from a start": replace(net, start=(0.1, 0.1)),
        "table": table,
        "weights": replace(net, weights="a" * 16, plane=choose("plane", "random")),
    }
    return scenes, {"tables": TABLES, "weights": weights}


def pictured(scene, files):
    """What a scene shows, and what is remembered, stage by stage under the fields that each depends on."""
    study = Study(scene, memory={}, **files)
    try:
        shown = study.paths, study.plane, study.window, study.surface(scene.resolution), study.spectrum, study.limits, study.predictions
    except LandscapeError as refusal:  # weights that do not fit another model, for example
        shown = (str(refusal),)
    return contents(shown), {key: contents(result) for key, result in study._memory.items()}


@pytest.fixture(scope="module")
def pairs(bases):
    """What is pictured of each scene, and of the same with another value of each field."""
    scenes, files = bases
    before = {name: pictured(scene, files) for name, scene in scenes.items()}
    return {field: [(before[name], pictured(replace(scenes[name], **OTHER[field]), files)) for name in scenes] for field in OTHER}


def test_no_field_is_left_out_of_the_law():
    assert list(OTHER) == [f.name for f in fields(Scene)] == [name for name, _ in Scene().part(*Group)]


@pytest.mark.parametrize("field", OTHER)
def test_a_change_of_a_field_changes_the_result_or_its_key_stays(pairs, field):
    """No field forgotten: under the same key stands the same. None too much: the key of what a field never changes does not name it."""
    for (_, before), (_, after) in pairs[field]:
        assert {key: after[key] for key in before.keys() & after.keys()} == {key: before[key] for key in before.keys() & after.keys()}
    seen = any(before != after for (before, _), (after, _) in pairs[field])
    kept = all(before.keys() == after.keys() for (_, before), (_, after) in pairs[field])
    assert seen != (field == "log") and (seen or kept)


@pytest.mark.parametrize("change", ["data", "loss", "penalty", "window", "far start", "seed"])
def test_the_critical_points_remembered_are_those_of_that_window_of_that_landscape(change):
    changes = {
        "data": {"data": choose("data", "line", n=40, intercept=0.0, residuals="normal", noise=1.5)},
        "loss": {"loss": choose("loss", "huber", delta=0.3)},
        "penalty": {"penalty": choose("penalty", "l2", strength=0.3)},
        "window": {"window": ((0.5, 3.0), (0.5, 2.5))},
        "far start": {"start": (9.0, -9.0)},
        "seed": {"seed": 8},
    }
    memory = {}
    before = Study(WHOLE, memory=memory)
    assert before.critical
    scene = replace(WHOLE, **changes[change])
    after = Study(scene, memory=memory)
    assert contents(after.critical) == contents(Study(scene).critical)
    assert contents(after.critical) != contents(before.critical)


def test_a_start_means_another_point_in_another_plane():
    memory = {}
    for plane in ("pca", "random"):
        study = Study(replace(SMALL, start=(0.3, -0.2), plane=choose("plane", plane)), memory=memory)
        np.testing.assert_allclose(study.trajectories[0].thetas[0], study.plane.embed(0.3, -0.2))
        np.testing.assert_allclose(study.spectrum.eigenvalues, Study(study.scene).spectrum.eigenvalues)


def test_a_scene_seen_before_computes_nothing_new(filled):
    size = len(filled)
    last(SMALL, memory=filled)
    assert len(filled) == size


@pytest.mark.parametrize("scene", [WHOLE, FUNCTION], ids=["net", "function"])
def test_where_the_plane_is_the_whole_space_a_learning_rate_or_a_start_inside_keeps_the_surface(scene):
    memory = {}
    before = last(scene, memory=memory)
    other = last(replace(scene, optimizers=(choose("opt", "gd", lr=1e-3),), steps=4), memory=memory)
    clicked = last(replace(scene, start=(0.5, -0.25)), memory=memory)
    for after in (other, clicked):
        assert after.surface is before.surface
        assert after.critical is before.critical
        assert contents(after.paths) != contents(before.paths)


def test_a_changed_learning_rate_runs_that_optimizer_only():
    memory = {}
    study = Study(SMALL, memory=memory)
    first, second = study.trajectories
    other = Study(replace(SMALL, optimizers=(choose("opt", "sgd", lr=0.3), SMALL.optimizers[1])), memory=memory).trajectories
    assert other[1] is second
    assert np.abs(other[0].thetas[1:] - first.thetas[1:]).min() > 0


@pytest.mark.parametrize("plane", ["pca", "random", "hessian", "three_points", "coordinates"])
def test_a_click_moves_the_paths_and_not_the_plane(plane):
    scene = replace(SMALL, plane=choose("plane", plane))
    memory = {}
    before = Study(scene, memory=memory)
    for start in ((0.5, -0.25), (70.0, -90.0), (0.0, 1e6)):
        after = Study(replace(scene, start=start), memory=memory)
        assert contents(after.plane) == contents(before.plane)
        (a_lo, a_hi), (b_lo, b_hi) = after.window
        assert a_lo <= start[0] <= a_hi
        assert b_lo <= start[1] <= b_hi
        assert (a_lo, b_lo) <= tuple(low for low, _ in before.window)
        rounding = 1e-9 + 1e-13 * max(map(abs, start))  # of the larger coordinate, in the smaller one
        np.testing.assert_allclose((after.paths[0].a[0], after.paths[0].b[0]), start, rtol=1e-9, atol=rounding)
        np.testing.assert_allclose(after.trajectories[0].thetas[0], after.plane.embed(*start))


def test_the_surface_meets_the_true_losses_at_the_origin():
    study = Study(SMALL)
    assert study.objective.value(study.plane.origin) == pytest.approx(study.trajectories[0].losses[-1], rel=1e-12)
    np.testing.assert_allclose([study.paths[0].a[-1], study.paths[0].b[-1]], 0.0, atol=1e-12)


@pytest.mark.parametrize("scene", [SMALL, WHOLE, FUNCTION, replace(WHOLE, resolution=31), replace(SMALL, resolution=61)])
def test_pictures_become_finer_until_one_is_finished(scene):
    pictures = list(explore(Study(scene)))
    assert [picture.finished for picture in pictures] == [False] * (len(pictures) - 1) + [True]
    assert pictures[-1].surface.values.shape == (scene.resolution, scene.resolution)
    sizes = [len(picture.surface.a) for picture in pictures]
    assert sizes == sorted(sizes)
    for earlier, later in pairwise(pictures):
        assert earlier.spectrum is None or later.spectrum is earlier.spectrum
        same = [path.a is other.a and path.losses is other.losses for path, other in zip(earlier.paths, later.paths, strict=True)]
        assert all(same) and all(path.test_losses is None or path is other for path, other in zip(earlier.paths, later.paths, strict=True))
    assert pictures[-1].spectrum is not None
    assert bool(pictures[-1].critical) == pictures[-1].whole


def test_the_last_picture_does_not_depend_on_how_fast_the_machine_is(monkeypatch):
    usual = last(WHOLE)
    monkeypatch.setattr("landscape.scene.exploration.AT_ONCE", 0.0)
    slow = list(explore(Study(WHOLE)))
    assert slow[0].spectrum is None
    assert contents(slow[-1]) == contents(usual)


def test_a_slow_scene_is_seen_before_all_that_can_wait(monkeypatch):
    monkeypatch.setattr("landscape.scene.exploration.AT_ONCE", 0.0)
    heard = []
    pictures = explore(Study(SMALL, report=lambda stage, share: heard.append(stage)))
    first = next(pictures)
    assert first.surface.values.shape == (6, 6)
    assert (first.spectrum, first.predictions, first.limits) == (None, (), ())
    assert [path.test_losses for path in first.paths] == [None, None]
    assert not {"test", "spectrum"} & set(heard)
    second = next(pictures)
    assert second.surface is first.surface and len(second.predictions) == 2
    assert all(np.isfinite(path.test_losses).all() for path in second.paths)


def test_test_losses_are_those_of_the_test_part_without_the_penalty():
    study = Study(replace(SMALL, penalty=choose("penalty", "l2", strength=0.5)))
    theta = study.trajectories[1].thetas[4]
    logits = study.objective.outputs(theta, study.dataset.test_inputs)[:, 0]
    signs = np.where(study.dataset.test_targets > 0, 1, -1)
    assert study.paths[1].test_losses[4] == pytest.approx(np.logaddexp(0, -signs * logits).mean(), rel=1e-12)
    assert study.paths[1].losses[4] > study.objective.on(study.dataset.inputs, study.dataset.targets).value(theta)


@pytest.mark.parametrize("plane", ["pca", "random", "hessian", "coordinates"])
@pytest.mark.parametrize("model", ["mlp", "deep_linear"])
def test_a_diverged_run_is_shown_from_where_it_set_out(model, plane):
    query = f"model={model}&plane={plane}&opt=gd&opt.lr=90&steps=70&start=auto&window=auto&resolution=11"
    picture = last(Scene.from_query(query))
    path = picture.paths[0]
    assert path.status == "diverged"
    assert not np.isfinite(path.losses[-1])
    assert np.isfinite(picture.surface.values).mean() > 0.5
    assert np.ptp(picture.surface.values[np.isfinite(picture.surface.values)]) > 0
    assert np.isfinite(picture.spectrum.eigenvalues).all()
    if not picture.whole:
        np.testing.assert_allclose([path.a[0], path.b[0]], 0.0, atol=1e-9)
        assert picture.surface.a[0] <= 0 <= picture.surface.a[-1]


def test_a_start_where_the_landscape_is_not_finite_still_makes_a_picture():
    picture = last(Scene.from_query("function=mueller_brown&start=1e12,1e12&window=auto&resolution=11&steps=5"))
    assert picture.paths[0].status == "diverged"
    assert np.isnan(picture.spectrum.eigenvalues).all()


def test_the_stability_limit_knows_weight_decay():
    decay = replace(WHOLE, optimizers=(choose("opt", "momentum", lr=0.01, momentum=0.5, weight_decay=2.0),))
    study = Study(decay)
    assert study.paths[0].sharpness_limit == pytest.approx(3 / 0.01 - 2.0)
    assert study.limits[0] == pytest.approx(3 / (study.spectrum.eigenvalues[0] + 2.0))
    assert Study(replace(WHOLE, optimizers=(choose("opt", "adam"),))).paths[0].sharpness_limit is None


@pytest.mark.parametrize(
    ("query", "method"),
    [
        ("opt=sgd", {}),
        ("opt=momentum&opt.momentum=0.8", {"momentum": 0.8}),
        ("opt=momentum&opt.momentum=0.8&opt.dampening=0.5", {"momentum": 0.8, "dampening": 0.5}),
        ("opt=nesterov&opt.momentum=0.8", {"momentum": 0.8, "nesterov": True}),
    ],
)
def test_with_weight_decay_the_card_the_tick_and_the_line_part_iterations_that_settle_from_those_that_leave(query, method):
    def stays(rate, eigenvalue):
        theta = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
        step = torch.optim.SGD([theta], lr=rate, weight_decay=1.0, **method)
        for _ in range(2000):
            theta.grad = eigenvalue * theta.detach()
            step.step()
        return abs(theta.item()) < 1

    study = Study(Scene.from_query(f"function=quadratic&function.kappa=4&{query}&opt.lr=0.1&opt.weight_decay=1&steps=3"))
    (limit,), line = study.limits, study.paths[0].sharpness_limit
    assert study.spectrum.eigenvalues[0] == pytest.approx(4.0)
    assert stays(0.99 * limit, 4.0) and not stays(1.01 * limit, 4.0)  # for SGD 0.4
    assert stays(0.1, 0.99 * line) and not stays(0.1, 1.01 * line)  # for SGD 19


# S1: x = -2..2, then shifted by 10.
@pytest.mark.parametrize(("offset", "eigenvalues"), [(0.0, (4.0, 2.0)), (10.0, (205.96, 0.0388))])
def test_the_bowl_of_the_line_fit(offset, eigenvalues):
    study = Study(Scene.from_query(f"data=line&data.offset={offset}&model=linear&opt=gd&opt.lr=0.0097&steps=500&start=auto&window=auto"))
    np.testing.assert_allclose(study.spectrum.eigenvalues, eigenvalues, rtol=2e-3)
    assert study.limits[0] == pytest.approx(2 / study.spectrum.eigenvalues[0])
    (point,) = study.critical
    assert point.kind == "minimum"
    np.testing.assert_allclose(point.theta, [1.995, 1.0 - 1.995 * offset], rtol=1e-9)
    assert point.value == pytest.approx(0.01695, rel=1e-6)


def test_gradient_descent_reaches_the_bottom_of_the_bowl():
    study = Study(Scene.from_query("data=line&model=linear&opt=gd&opt.lr=0.2&steps=500&start=-3,4&window=auto"))
    np.testing.assert_allclose(study.trajectories[0].thetas[-1], [1.995, 1.0], atol=1e-14)


def test_a_function_has_no_data_and_its_own_window():
    study = Study(FUNCTION)
    assert study.dataset is None
    assert study.predictions == ()
    assert study.window == ((-6.0, 6.0), (-6.0, 6.0))
    assert len(study.critical) == 9
    assert study.paths[0].test_losses is None


def test_tables_are_brought_along():
    scene = replace(
        Scene(), data=choose("data", "table", target=1), table="0" * 16, model=choose("model", "linear"), start=None, window=None
    )
    x = np.arange(6.0)[:, None]
    asked = []

    class Table:
        def dataset(self, **settings):
            asked.append(settings)
            return Dataset(x, 3 * x[:, 0], "regression", x[:2], x[:2, 0])

    study = Study(scene, tables={"0" * 16: Table()})
    np.testing.assert_allclose(study.critical[0].theta, [3.0, 0.0], atol=1e-9)
    assert asked == [{"target": 1, "task": "auto", "gaps": "refuse", "text": "refuse", "seed": 0}]
    with pytest.raises(LandscapeError, match="needs the visitor's own table; got 0000000000000000"):
        Study(scene).dataset  # noqa: B018 - reading it is what is refused


def test_progress_names_its_stages():
    heard = []
    last(WHOLE, report=lambda stage, share: heard.append((stage, share)))
    assert {stage for stage, _ in heard} == {"paths", "plane", "window", "surface", "test", "spectrum", "critical"}
    heard.clear()
    last(SMALL, report=lambda stage, share: heard.append((stage, share)))
    assert {stage for stage, _ in heard} == {"paths", "plane", "window", "surface", "test", "spectrum"}
    assert all(0 <= share <= 1 for _, share in heard)


@pytest.mark.parametrize("scene", [SMALL, WHOLE], ids=["net", "whole"])
def test_cancel_ends_it_at_any_moment_and_leaves_no_half_result(scene):
    whole = contents(last(scene))
    looks = []
    last(scene, should_stop=lambda: looks.append(1))
    for patience in (0, len(looks) // 2, len(looks) - 1):
        memory, answers = {}, iter([False] * patience + [True] * len(looks))
        with pytest.raises(Cancelled, match="^$"):
            last(scene, memory=memory, should_stop=lambda answers=answers: next(answers))
        assert contents(last(scene, memory=memory)) == whole


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "data=digits&model=mlp&model.widths=256-256&loss=cross_entropy&steps=5000",
            "5000 steps: .* has at most 6709 parameters; got 85002",
        ),
        (
            "data=digits&model=mlp&model.widths=256-256-256-256&loss=cross_entropy",
            "scene: a model drawn live has at most 200000 parameters",
        ),
        ("data=moons&model=deep_linear&loss=pinball", "losses: the name must be one of"),
        ("data=wine&loss=hinge", "hinge: the task must be one of binary; got multiclass"),
        ("data=moons&model=cnn&loss=cross_entropy", "cnn: the data must be images"),
        ("data=line&model=linear&model.bias=0", "plane coordinates: a plane needs at least two parameters; got 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(query, words):
    with pytest.raises(LandscapeError, match=words):
        last(Scene.from_query(query + "&start=auto&window=auto&opt=sgd"))


# --- Weights of a file ------------------------------------------------------------------------------------------------------------------


def trained(scene, steps=60):
    """Weights of the scene's model after a training by torch alone, as a file, and torch's own loss there."""
    dataset = Study(scene).dataset
    model = make_model(scene.model.name, dataset, seed=7, **dict(scene.model.settings))
    inputs, targets = torch.tensor(dataset.inputs), torch.tensor(dataset.targets, dtype=torch.float64)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    risk = lambda: torch.nn.functional.binary_cross_entropy_with_logits(model(inputs)[:, 0], targets)  # noqa: E731 - a formula, in one line
    for _ in range(steps):
        optimizer.zero_grad()
        risk().backward()
        optimizer.step()
    return read_weights(safetensors_of(model.state_dict())), risk().item()


@pytest.fixture(scope="module")
def brought():
    """SMALL's scene with trained weights, the weights, and torch's loss there."""
    weights, loss = trained(SMALL)
    return replace(SMALL, weights=weights.fingerprint), {weights.fingerprint: weights}, loss


@pytest.mark.parametrize("plane", ["random", "hessian", "coordinates"])
def test_the_origin_of_a_plane_the_start_and_the_curvature_are_at_the_weights_of_a_file(brought, plane):
    scene, weights, loss = brought
    study = Study(replace(scene, plane=choose("plane", plane)), weights=weights)
    theta = np.concatenate([tensor.flatten() for tensor in weights[scene.weights].tensors.values()])
    np.testing.assert_array_equal(study.plane.origin, theta)
    assert study.objective.value(study.plane.embed(0.0, 0.0)) == pytest.approx(loss, rel=1e-12)
    surface = sample_surface(study.objective, study.plane, ((-0.5, 0.5), (-0.5, 0.5)), resolution=3)
    assert surface.values[1, 1] == pytest.approx(loss, rel=1e-12)
    for run in study.trajectories:
        np.testing.assert_array_equal(run.thetas[0], theta)
        assert run.losses[0] == pytest.approx(loss, rel=1e-12)
    largest = np.linalg.eigvalsh(dense_hessian(study.objective, theta))[-1]
    assert study.spectrum.eigenvalues[0] == pytest.approx(largest, rel=1e-6)
    clicked = Study(replace(study.scene, start=(0.1, -0.2)), weights=weights)
    assert clicked.spectrum.eigenvalues[0] == pytest.approx(largest, rel=1e-6)
    np.testing.assert_array_equal(clicked.plane.origin, theta)


@pytest.mark.parametrize("plane", ["pca", "three_points"])
def test_the_planes_of_a_path_are_the_path_s_with_weights_of_a_file_too(brought, plane):
    scene, weights, _ = brought
    study = Study(replace(scene, plane=choose("plane", plane)), weights=weights)
    np.testing.assert_allclose(study.plane.origin, study.trajectories[0].thetas[-1])


@pytest.mark.parametrize("plane", ["random", "hessian", "pca"])
def test_weights_of_a_file_are_remembered_apart_from_others_and_from_none(brought, plane):
    scene, weights, _ = brought
    scene = replace(scene, plane=choose("plane", plane), penalty=choose("penalty", "l2", strength=0.01))
    other, _ = trained(SMALL, steps=3)
    memory = {}
    both = {**weights, other.fingerprint: other}
    seen = [contents(last(replace(scene, weights=name), weights=both, memory=memory)) for name in ("", *both)]
    assert seen == [contents(last(replace(scene, weights=name), weights=both)) for name in ("", *both)]
    assert len({repr(picture[1:]) for picture in seen}) == 3


def test_a_learning_rate_leaves_the_surface_around_the_weights_as_it_is(brought):
    scene, weights, _ = brought
    scene, memory = replace(scene, plane=choose("plane", "hessian")), {}
    before = last(scene, weights=weights, memory=memory)
    after = last(replace(scene, optimizers=(choose("opt", "gd", lr=0.2),), steps=4), weights=weights, memory=memory)
    assert after.surface is before.surface and after.plane is before.plane and after.spectrum is before.spectrum
    assert contents(after.paths) != contents(before.paths)


def test_weights_that_are_not_here_or_do_not_fit_are_refused(brought):
    scene, weights, _ = brought
    with pytest.raises(LandscapeError, match=f"needs the visitor's own weights; got {scene.weights}. Drop the file"):
        last(scene)
    wider = scene.with_choice("model", choose("model", "mlp", widths=(4,)))
    with pytest.raises(LandscapeError, match="tensor 0.weight: the model needs shape 4×2; got 3×2"):
        last(wider, weights=weights)
    assert last(replace(FUNCTION, weights=scene.weights)).finished  # a function has no weights


@pytest.mark.parametrize("size", [0.0, 1e30, 1e300])
def test_weights_of_any_size_make_a_picture_or_a_sentence(brought, size):
    scene, weights, _ = brought
    (name,) = weights
    wild = Weights({key: torch.full_like(tensor, size) for key, tensor in weights[name].tensors.items()}, name)
    outcomes = set()
    for plane in ("random", "hessian", "pca", "coordinates"):
        try:
            outcomes.add(last(replace(scene, plane=choose("plane", plane)), weights={name: wild}).finished)
        except LandscapeError as refused:
            outcomes.add(refused.code)
    assert outcomes <= {True, "no_direction", "no_movement", "collinear", "not_finite"}


def test_what_a_search_has_missed_is_told_unless_all_points_are_known():
    study = Study(Scene.from_query("function=ackley&window=-4.0,4.0,-4.0,4.0"))
    found = find_critical_points(study.objective, window=study.window, seed=0)
    assert len(study.critical) == len(found) and study.unseen == found.unseen > 0
    assert Study(Scene.from_query("function=himmelblau")).unseen == 0
