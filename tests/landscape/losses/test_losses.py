"""Losses against torch.nn.functional, closed forms, and the numbers of the lecture scenes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, minimize_scalar
from sklearn.metrics import hinge_loss
from torch.nn import functional

from landscape.errors import LandscapeError
from landscape.losses.losses import losses, make_loss

RESIDUAL = ["mse", "mae", "huber", "log_cosh", "quantile", "tukey"]
MARGIN = ["hinge", "squared_hinge", "perceptron", "exponential", "logistic", "zero_one"]
CLASSES = ["cross_entropy", "focal"]
OFFSETS = torch.tensor([-5.3, -1.7, -0.6, 0.2, 0.9, 2.4, 7.1], dtype=torch.float64)
BITS = torch.tensor([1, 0, 1, 1, 0, 0, 1])


def at(name: str, outputs, targets, **params) -> torch.Tensor:
    return make_loss(name, **params)(outputs, targets)


def of_residual(name: str, r, **params) -> torch.Tensor:
    r = torch.as_tensor(r, dtype=torch.float64)
    return at(name, 2.5 - r, torch.full_like(r, 2.5), **params)


def of_margin(name: str, m, **params) -> torch.Tensor:
    m = torch.as_tensor(m, dtype=torch.float64)
    return at(name, m, torch.ones_like(m), **params)


def test_every_loss_belongs_to_one_family_here():
    assert sorted(losses) == sorted(RESIDUAL + MARGIN + CLASSES)


@pytest.mark.parametrize(
    ("name", "params", "closed_form"),
    [
        ("mse", {}, lambda r: r**2),
        ("mae", {}, np.abs),
        ("huber", {"delta": 0.8}, lambda r: np.where(np.abs(r) <= 0.8, r**2 / 2, 0.8 * (np.abs(r) - 0.4))),
        ("log_cosh", {}, lambda r: np.log(np.cosh(r))),
        ("quantile", {"q": 0.9}, lambda r: np.where(r >= 0, 0.9 * r, -0.1 * r)),
        ("tukey", {"c": 3.0}, lambda r: np.where(np.abs(r) <= 3, 1.5 * (1 - (1 - (r / 3) ** 2) ** 3), 1.5)),
    ],
)
def test_residual_losses_are_their_closed_forms(name, params, closed_form):
    np.testing.assert_allclose(of_residual(name, OFFSETS, **params), closed_form(OFFSETS.numpy()), rtol=1e-12)


def test_huber_and_squared_error_are_those_of_torch():
    outputs, targets = OFFSETS * 1.3, OFFSETS.flip(0)
    huber = functional.huber_loss(outputs, targets, reduction="none", delta=2.2)
    torch.testing.assert_close(at("huber", outputs, targets, delta=2.2), huber)
    torch.testing.assert_close(at("mse", outputs, targets), functional.mse_loss(outputs, targets, reduction="none"))


def test_margin_losses_are_those_of_torch_and_scikit_learn():
    scores, signs = OFFSETS.flip(0), BITS * 2 - 1
    logistic = functional.soft_margin_loss(scores, signs, reduction="none")
    torch.testing.assert_close(at("logistic", scores, BITS), logistic, rtol=1e-12, atol=1e-15)
    assert float(at("hinge", scores, BITS).mean()) == pytest.approx(hinge_loss(signs, scores))
    margins = (signs * scores).numpy()
    np.testing.assert_allclose(at("squared_hinge", scores, BITS), np.maximum(0, 1 - margins) ** 2)
    np.testing.assert_allclose(at("perceptron", scores, BITS), np.maximum(0, -margins))
    np.testing.assert_allclose(at("exponential", scores, BITS), np.exp(-margins))
    np.testing.assert_array_equal(at("zero_one", scores, BITS), torch.sign(scores) != signs)


def test_cross_entropy_is_that_of_torch():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(6, 4, generator=generator, dtype=torch.float64) * 3
    classes = torch.tensor([3, 0, 1, 1, 2, 0])
    torch.testing.assert_close(at("cross_entropy", logits, classes), functional.cross_entropy(logits, classes, reduction="none"))
    binary = functional.binary_cross_entropy_with_logits(OFFSETS, BITS.double(), reduction="none")
    torch.testing.assert_close(at("cross_entropy", OFFSETS, BITS), binary, rtol=1e-12, atol=1e-15)


def test_logistic_keeps_its_digits_far_out():
    margins = [-60.0, -20.5, 20.5, 36.0, 60.0]
    expected = [math.log1p(math.exp(-m)) for m in margins]
    np.testing.assert_allclose(of_margin("logistic", margins), expected, rtol=1e-14)


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_focal_is_its_formula_on_probabilities(alpha):
    logits = torch.randn(6, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 2
    classes = torch.tensor([3, 0, 1, 1, 2, 0])
    p = torch.softmax(logits, 1)[torch.arange(6), classes].numpy()
    weights = np.where(classes > 0, alpha, 1 - alpha) if alpha else 1
    np.testing.assert_allclose(at("focal", logits, classes, gamma=1.7, alpha=alpha), -weights * (1 - p) ** 1.7 * np.log(p), rtol=1e-12)


@pytest.mark.parametrize("name", CLASSES)
def test_a_score_is_two_logits_of_which_the_first_is_zero(name):
    params = {"alpha": 0.25} if name == "focal" else {}
    pair = torch.stack([torch.zeros_like(OFFSETS), OFFSETS], dim=1)
    torch.testing.assert_close(at(name, OFFSETS, BITS, **params), at(name, pair, BITS, **params), rtol=1e-12, atol=1e-14)


def test_focal_without_focus_is_cross_entropy():
    torch.testing.assert_close(at("focal", OFFSETS, BITS, gamma=0.0), at("cross_entropy", OFFSETS, BITS), rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", MARGIN + CLASSES)
@pytest.mark.parametrize("targets", [BITS, torch.ones(7, dtype=torch.int64), torch.zeros(7, dtype=torch.int64)])
def test_labels_zero_one_and_minus_one_one_are_the_same(name, targets):
    assert torch.equal(at(name, OFFSETS, targets), at(name, OFFSETS, (targets * 2 - 1).double()))


@pytest.mark.parametrize("name", losses)
def test_column_of_outputs_or_targets_is_a_vector(name):
    targets = BITS.double()
    expected = at(name, OFFSETS, targets)
    assert expected.shape == (7,)
    for outputs, wanted in ((OFFSETS[:, None], targets), (OFFSETS, targets[:, None]), (OFFSETS[:, None], targets[:, None])):
        assert torch.equal(at(name, outputs, wanted), expected)


@pytest.mark.parametrize("name", RESIDUAL)
def test_several_outputs_are_averaged_sample_by_sample(name):
    outputs = torch.stack([OFFSETS, OFFSETS.flip(0), OFFSETS * 0.3], dim=1)
    targets = torch.stack([OFFSETS.flip(0), OFFSETS * 2, OFFSETS + 1], dim=1)
    columns = [at(name, outputs[:, i], targets[:, i]) for i in range(3)]
    torch.testing.assert_close(at(name, outputs, targets), sum(columns) / 3)


@pytest.mark.parametrize("name", losses)
def test_shapes_that_do_not_match_are_refused(name):
    wrong = torch.zeros(7, 3, dtype=torch.float64)
    targets = torch.zeros(6) if name in CLASSES else torch.zeros(7)
    with pytest.raises(LandscapeError, match=f"{name}: (outputs|targets) must have shape"):
        at(name, wrong, targets)
    with pytest.raises(LandscapeError, match=f"{name}: (outputs|targets) must have shape"):
        at(name, OFFSETS, torch.zeros(6))


@pytest.mark.parametrize("name", losses)
def test_values_and_gradients_are_finite_at_extremes(name):
    outputs = torch.tensor([-1e4, -1e4, 1e4, 1e4, 0.0, 0.0], dtype=torch.float64, requires_grad=True)
    value = at(name, outputs, torch.tensor([0.0, 1, 0, 1, 0, 1]))
    (slope,) = torch.autograd.grad(value.sum(), outputs)
    if name == "exponential":  # e^10000 IS infinite in float64, and is shown as such
        assert value.isinf().tolist() == [False, True, True, False, False, False]
        value, slope = value[[0, 3, 4, 5]], slope[[0, 3, 4, 5]]
    assert value.isfinite().all()
    assert slope.isfinite().all()
    assert (value >= 0).all()


@pytest.mark.parametrize("name", CLASSES)
def test_classes_losses_are_finite_at_extremes(name):
    logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [0.0, 0.0, 0.0]], dtype=torch.float64)
    for true in range(3):
        outputs = logits.clone().requires_grad_()
        value = at(name, outputs, torch.full((3,), true))
        (slope,) = torch.autograd.grad(value.sum(), outputs, create_graph=True)
        (bend,) = torch.autograd.grad(slope.square().sum(), outputs)
        assert value.isfinite().all()
        assert slope.isfinite().all()
        assert bend.isfinite().all()


@pytest.mark.parametrize("name", RESIDUAL)
def test_infinite_residuals_are_not_hidden(name):
    expected = [4.685**2 / 6] * 2 if name == "tukey" else [math.inf] * 2
    assert of_residual(name, [-math.inf, math.inf]).tolist() == pytest.approx(expected)
    assert of_residual(name, [math.nan]).isnan().all()


@pytest.mark.parametrize(("name", "curvature"), [("mse", 2), ("huber", 1), ("log_cosh", 1), ("tukey", 1)])
def test_curvature_at_a_perfect_prediction(name, curvature):
    target = torch.tensor([1.5], dtype=torch.float64)
    output = target.clone().requires_grad_()
    (slope,) = torch.autograd.grad(at(name, output, target).sum(), output, create_graph=True)
    assert torch.autograd.grad(slope, output)[0].item() == pytest.approx(curvature, rel=1e-12)


def test_log_cosh_is_half_the_square_down_to_the_last_digit():
    r = np.array([-1e-3, 1e-6, -1e-9, 1e-12])
    np.testing.assert_allclose(at("log_cosh", torch.tensor(r), torch.zeros(4)), r**2 / 2 - r**4 / 12, rtol=1e-12)


@pytest.mark.parametrize("name", losses)
def test_vmap_over_outputs_is_a_loop(name):
    targets, stack = BITS.double(), torch.stack([OFFSETS, OFFSETS * -2.0, OFFSETS.flip(0)])
    loss = make_loss(name)
    expected = torch.stack([loss(row, targets) for row in stack])
    torch.testing.assert_close(torch.func.vmap(loss, in_dims=(0, None))(stack, targets), expected)
    torch.testing.assert_close(torch.func.vmap(loss, in_dims=(0, None))(stack[..., None], targets), expected)
    if name in CLASSES:
        logits = torch.randn(3, 7, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        batched = torch.func.vmap(loss, in_dims=(0, None))(logits, BITS + 2)
        torch.testing.assert_close(batched, torch.stack([loss(part, BITS + 2) for part in logits]))


@pytest.mark.parametrize("name", losses)
def test_derivative_is_the_finite_difference_and_the_traits_hold(name):
    grid = torch.linspace(-6.03, 6.07, 400, dtype=torch.float64)
    loss, ones = make_loss(name), torch.ones(400, dtype=torch.float64)
    outputs = grid.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss(outputs, ones).sum(), outputs)
    difference = (loss(grid + 1e-6, ones) - loss(grid - 1e-6, ones)) / 2e-6
    torch.testing.assert_close(slope, difference, rtol=1e-6, atol=1e-7)
    assert bool((slope.diff() > -1e-12).all()) == losses[name].traits["convex"] or name == "zero_one"
    jump = float(slope.diff().abs().max())
    value_jump = float(loss(grid, ones).diff().abs().max())
    assert (jump < 0.1 or name == "exponential") and value_jump < 20 if losses[name].traits["smooth"] else max(jump, value_jump) >= 0.9


def test_zero_one_has_no_slope_and_no_curvature_but_keeps_its_graph():
    scores = OFFSETS.clone().requires_grad_()
    value = at("zero_one", scores, BITS)
    assert torch.autograd.grad(value.sum(), scores)[0].tolist() == [0] * 7
    assert of_margin("zero_one", [0.0]).tolist() == [1.0]


def test_perceptron_and_hinge_correct_a_sample_on_the_boundary():
    for name, score in (("perceptron", 0.0), ("hinge", 1.0)):
        scores = torch.tensor([score], dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(at(name, scores, torch.ones(1)).sum(), scores)
        assert slope.tolist() == [-1.0]


def test_out_of_range_is_refused():
    with pytest.raises(LandscapeError, match="huber: delta must be between 0.001 and 1000"):
        make_loss("huber", delta=0.0)


# The lecture scenes.


def line_fit(name: str, x: np.ndarray, y: np.ndarray, start=(1.0, 0.0), **params) -> np.ndarray:
    """Return the (w, b) that minimizes the mean loss, by scipy, with this loss's own gradient."""
    loss, x, y = make_loss(name, **params), torch.tensor(x), torch.tensor(y)

    def risk(theta):
        theta = torch.tensor(theta, requires_grad=True)
        value = loss(theta[0] * x + theta[1], y).mean()
        value.backward()
        return value.item(), theta.grad.numpy()

    if losses[name].traits["smooth"]:
        return minimize(risk, start, jac=True, method="BFGS", options={"gtol": 1e-10}).x
    simplex = [start, (start[0] + 2, start[1]), (start[0], start[1] + 3)]
    options = {"xatol": 1e-10, "fatol": 1e-14, "maxiter": 4000, "initial_simplex": simplex}
    return minimize(lambda theta: risk(theta)[0], start, method="Nelder-Mead", options=options).x


X = np.arange(10.0)


@pytest.mark.parametrize(
    ("name", "params", "k", "slope"),
    [
        ("mse", {}, 30, 1 + 30 * 4.5 / 82.5),
        ("mae", {}, 30, 1.0),
        ("huber", {}, 30, 1.08333),
        ("log_cosh", {}, 30, 1.0869),
        ("tukey", {}, 30, 1.0),
        ("quantile", {"q": 0.9}, 30, 4.33333),
        ("mse", {}, 1000, 55.54545),
        ("huber", {}, 1000, 1.08333),
    ],
)
def test_slopes_with_one_outlier(name, params, k, slope):
    y = X.copy()
    y[-1] += k
    assert line_fit(name, X, y, **params)[0] == pytest.approx(slope, abs=6e-5)


def test_leverage_point_breaks_huber_but_not_tukey_from_a_good_start():
    x, y = np.append(X, 30.0), np.append(X, 0.0)
    assert line_fit("huber", x, y)[0] == pytest.approx(-0.118, abs=6e-4)
    assert line_fit("tukey", x, y)[0] == pytest.approx(1.0, abs=6e-4)
    assert line_fit("tukey", x, y, start=np.polyfit(x, y, 1))[0] == pytest.approx(-0.076, abs=6e-4)


def test_focal_numbers():
    logit = lambda p: [math.log(p / (1 - p))]  # noqa: E731
    assert of_margin("cross_entropy", logit(0.9)).item() == pytest.approx(0.10536, abs=1e-5)
    assert of_margin("focal", logit(0.9)).item() == pytest.approx(0.0010536, abs=1e-7)
    ratio = of_margin("cross_entropy", logit(0.968)) / of_margin("focal", logit(0.968))
    assert ratio.item() == pytest.approx(977, abs=0.6)
    for name, share in (("cross_entropy", 0.021), ("focal", 0.639)):
        easy, hard = of_margin(name, logit(0.9)).item(), of_margin(name, logit(0.1)).item()
        assert hard / (hard + 1000 * easy) == pytest.approx(share, abs=6e-4)


@pytest.mark.parametrize(("gamma", "best"), [(0.0, 0.900), (2.0, 0.694), (5.0, 0.597)])
def test_focal_is_not_calibrated(gamma, best):
    expected = lambda z: float(of_margin("focal", [z, -z], gamma=gamma) @ torch.tensor([0.9, 0.1], dtype=torch.float64))  # noqa: E731
    z = minimize_scalar(expected, bounds=(-5, 5), method="bounded", options={"xatol": 1e-9}).x
    assert 1 / (1 + math.exp(-z)) == pytest.approx(best, abs=6e-4)


def test_surrogates_lie_above_zero_one():
    m = torch.linspace(-6, 6, 2401, dtype=torch.float64)
    zero_one = of_margin("zero_one", m)
    for name in ("hinge", "squared_hinge", "exponential"):
        assert (of_margin(name, m) >= zero_one).all()
    assert (of_margin("logistic", m) / math.log(2) >= zero_one - 1e-15).all()
    assert of_margin("logistic", [0.0]).item() == pytest.approx(0.6931, abs=1e-4)


@pytest.mark.parametrize("name", ["mse", "hinge", "logistic", "exponential"])
def test_minimizers_of_surrogates_miss_the_best_zero_one_error(name):
    x, y = np.array([1.0, 2, 3, -1, -2, -3, 20]), np.array([1.0, 1, 1, -1, -1, -1, -1])
    w, b = line_fit(name, x, y, start=(0.3, 0.1))
    errors = at("zero_one", torch.tensor(w * x + b), torch.tensor(y)).sum().item()
    assert errors == 3
    assert at("zero_one", torch.tensor(x), torch.tensor(y)).sum().item() == 1
