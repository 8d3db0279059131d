"""Quantities: each against an independent computation, on a non-square grid."""

import numpy as np
import pytest
import torch

from landscape.curvature.hessian import dense_hessian
from landscape.data.datasets import make_dataset
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.losses.penalties import make_penalty
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane
from landscape.sampling.quantities import QUANTITIES, sample_quantities
from landscape.sampling.surface import sample_surface

WINDOW = ((-1.0, 0.5), (-0.3, 0.9))


@pytest.fixture(scope="module")
def iris():
    data = make_dataset("iris")
    risk = EmpiricalRisk(make_model("mlp", data, widths=(5,)), make_loss("cross_entropy"), data, penalty=make_penalty("l2", strength=0.01))
    return risk, risk.on(data.test_inputs, data.test_targets), random_plane(risk, risk.theta, seed=5), data


def test_every_quantity_is_what_another_road_gives(iris):
    risk, test, plane, data = iris
    found = sample_quantities(risk, plane, WINDOW, QUANTITIES, test=test, resolution=(4, 3), curvature_resolution=(3, 2))
    assert list(found) == list(QUANTITIES)
    for j, i in np.ndindex(3, 4):
        theta = plane.embed(found["loss"].a[i], found["loss"].b[j])
        assert found["loss"].values[j, i] == pytest.approx(risk.value(theta), rel=1e-12)
        assert found["gradient_norm"].values[j, i] == pytest.approx(np.linalg.norm(risk.gradient(theta)), rel=1e-10)
        assert found["test_loss"].values[j, i] == pytest.approx(test.value(theta), rel=1e-12)
        for name, inputs, targets in (("accuracy", data.inputs, data.targets), ("test_accuracy", data.test_inputs, data.test_targets)):
            assert found[name].values[j, i] == np.mean(risk.outputs(theta, inputs).argmax(axis=1) == targets)
    for j, i in np.ndindex(2, 3):
        grid = found["largest_eigenvalue"]
        eigenvalues = np.linalg.eigvalsh(dense_hessian(risk, plane.embed(grid.a[i], grid.b[j])))
        assert grid.values[j, i] == pytest.approx(eigenvalues[-1], rel=1e-6)
        assert found["smallest_eigenvalue"].values[j, i] == pytest.approx(eigenvalues[0], rel=1e-6)
    for name in ("largest_eigenvalue", "smallest_eigenvalue"):
        assert 0 < found[name].error.max() < 1e-8 * np.abs(found[name].values).max()


def test_the_loss_is_the_surface_itself(iris):
    risk, _, plane, _ = iris
    alone = sample_surface(risk, plane, WINDOW, resolution=(4, 3))
    together = sample_quantities(risk, plane, WINDOW, ["gradient_norm", "loss"], resolution=(4, 3))["loss"]
    np.testing.assert_allclose(together.values, alone.values, rtol=1e-12)
    assert together.evaluations == 12 and together.exact


@pytest.mark.parametrize("signs", [(0, 1), (-1, 1)])
def test_one_output_is_a_class_by_its_sign(signs):
    torch.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(30, 2))
    y = np.where(x[:, 0] > 0.2, *signs[::-1])
    risk = EmpiricalRisk(torch.nn.Linear(2, 1), lambda outputs, targets: outputs[:, 0] * targets, (x, y))
    plane = random_plane(risk, risk.theta, normalization="none")
    found = sample_quantities(risk, plane, WINDOW, ["accuracy"], resolution=2)["accuracy"]
    theta = plane.embed(WINDOW[0][0], WINDOW[1][1])
    assert found.values[1, 0] == np.mean((risk.outputs(theta, x)[:, 0] > 0) == (y == signs[1]))


def test_progress_and_cancel(iris):
    risk, _, plane, _ = iris
    heard = []
    sample_quantities(risk, plane, WINDOW, ["loss", "largest_eigenvalue"], resolution=3, curvature_resolution=2, report=heard.append)
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) == 13
    with pytest.raises(Cancelled, match="^$"):
        sample_quantities(risk, plane, WINDOW, ["loss"], should_stop=lambda: True)


def test_what_cannot_be_had_is_refused(iris):
    risk, _, plane, _ = iris
    with pytest.raises(LandscapeError, match="beauty"):
        sample_quantities(risk, plane, WINDOW, ["loss", "beauty"])
    with pytest.raises(LandscapeError, match="test_loss"):
        sample_quantities(risk, plane, WINDOW, ["loss", "test_loss"])
    line = make_dataset("line")
    straight = EmpiricalRisk(make_model("linear", line), make_loss("mse"), line)
    with pytest.raises(LandscapeError, match="accuracy"):
        sample_quantities(straight, random_plane(straight, straight.theta, vectors="normalize"), WINDOW, ["accuracy"])


def test_outputs_that_are_no_numbers_have_no_accuracy_and_a_loss_that_counts_has_no_slope():
    x, y = np.ones((4, 2)), np.array([0, 1, 1, 0])
    risk = EmpiricalRisk(torch.nn.Linear(2, 2), lambda outputs, targets: (outputs.argmax(dim=1) != targets).double(), (x, y), check=False)
    plane = random_plane(risk, risk.theta, normalization="none")
    found = sample_quantities(risk, plane, WINDOW, ["gradient_norm", "accuracy"], resolution=2)
    assert not found["gradient_norm"].values.any()
    broken = EmpiricalRisk(torch.nn.Linear(2, 2), lambda outputs, targets: outputs[:, 0], (x, y))
    broken._loss = lambda outputs, targets: outputs[:, 0]
    forward = broken._forward
    broken._forward = lambda theta, data: forward(theta, data) * float("nan")
    assert np.isnan(sample_quantities(broken, plane, WINDOW, ["accuracy"], resolution=2)["accuracy"].values).all()


def test_quantities_of_the_users_own_share_the_pass(iris):
    risk, test, plane, data = iris
    passes = []
    whole = risk.pass_through
    risk.pass_through = lambda *args, **options: passes.append(1) or whole(*args, **options)
    names = ["margin", "accuracy", "test_margin", "size"]
    own = {"margin": lambda outputs, targets: outputs.gather(1, targets[:, None]).mean(), "unasked": len}
    try:
        found = sample_quantities(
            risk, plane, WINDOW, names, test=test, of_outputs=own, of_theta={"size": np.linalg.norm}, threshold=0.0, resolution=(4, 3)
        )
    finally:
        del risk.pass_through
    assert list(found) == names and len(passes) == 12 + 1  # one of them shows what the classes are
    for j, i in np.ndindex(3, 4):
        theta = plane.embed(found["size"].a[i], found["size"].b[j])
        assert found["size"].values[j, i] == pytest.approx(np.linalg.norm(theta), rel=1e-14)
        for name, inputs, targets in (("margin", data.inputs, data.targets), ("test_margin", data.test_inputs, data.test_targets)):
            expected = risk.outputs(theta, inputs)[np.arange(len(targets)), targets].mean()
            assert found[name].values[j, i] == pytest.approx(expected, rel=1e-12)


def spoil(theta):
    theta[:] = 0
    return np.float32(1.5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"of_outputs": {"own": lambda outputs, targets: outputs}}, "own: the function must return one real number"),
        ({"of_theta": {"own": lambda theta: None}}, "own: the function must return one real number"),
        ({"of_theta": {"own": lambda theta: "much"}}, "own: the function must return one real number"),
        ({"of_theta": {"own": lambda theta: 1 + 2j}}, "own: the function must return one real number"),
        ({"of_theta": {"own": spoil, "loss": spoil}}, "each quantity must have a name"),
        ({"of_theta": {"own": spoil}, "of_outputs": {"own": spoil}}, "each quantity must have a name"),
        ({"of_theta": {"own": spoil, "test_other": spoil}, "of_outputs": {"other": spoil}}, "each quantity must have a name"),
        ({"of_outputs": {"other": spoil}}, "quantity: the name must be one of"),
    ],
)
def test_what_is_no_quantity_is_refused(iris, options, words):
    risk, _, plane, _ = iris
    with pytest.raises(LandscapeError, match=words):
        sample_quantities(risk, plane, WINDOW, ["own"], resolution=2, **options)


def test_a_function_of_theta_gets_a_copy(iris):
    risk, _, plane, _ = iris
    found = sample_quantities(risk, plane, WINDOW, "loss", resolution=2)["loss"]
    spoiled = sample_quantities(risk, plane, WINDOW, ["own", "loss"], of_theta={"own": spoil}, resolution=2)
    np.testing.assert_array_equal(spoiled["loss"].values, found.values)
    assert (spoiled["own"].values == 1.5).all()
