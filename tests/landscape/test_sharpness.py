"""Sharpness: each measure against its closed form on quadratics, on networks against what it must obey, and along runs."""

import copy
import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from torch import nn

from landscape.curvature import curvature_along
from landscape.datasets import make_dataset
from landscape.errors import Cancelled, LandscapeError
from landscape.losses import make_loss
from landscape.models import make_model
from landscape.optimizers import make_optimizer
from landscape.risk import EmpiricalRisk
from landscape.sharpness import (
    ball_sharpness,
    box_sharpness,
    measure_sharpness,
    rayleigh_quotient,
    sharpness_along,
)
from landscape.spectrum import top_eigenpairs
from landscape.trace import hessian_trace
from landscape.trajectory import Trajectory, descend

MIXED = [-3.0, -0.2, 0.4, 1.0, 2.5, 6.0]


@pytest.fixture(scope="module")
def digits():
    """An MLP 64-6-10 on digits, 460 parameters: the risk, and a run whose curvature rises and falls."""
    data = make_dataset("digits")
    model = make_model("mlp", data, seed=1, widths=(6,))
    risk = EmpiricalRisk(model, make_loss("cross_entropy"), (data.inputs[:200], data.targets[:200]))
    return risk, descend(risk, make_optimizer("gd", lr=1.0), steps=60)


@pytest.fixture
def bowl(formula):
    """Return (eigenvalues, slope) to g.(x - c) + (x - c).H (x - c) / 2 + 3 seen from c, with H in random axes: (objective, H, g)."""

    def build(eigenvalues, slope=0.0, seed=6):
        rng = np.random.default_rng(seed)
        axes = np.linalg.qr(rng.normal(size=(len(eigenvalues),) * 2))[0]
        matrix, gradient, center = (
            axes * eigenvalues @ axes.T,
            slope * rng.normal(size=len(eigenvalues)),
            rng.normal(2.0, 1.0, len(eigenvalues)),
        )
        h, g, c = torch.tensor(matrix), torch.tensor(gradient), torch.tensor(center)
        return formula(lambda theta: g @ (theta - c) + (theta - c) @ h @ (theta - c) / 2 + 3.0, center), matrix, gradient

    return build


def highest_in_ball(matrix, gradient, rho):
    """The largest g.d + d.H d / 2 over |d| <= rho: on the sphere, (s - H) d = g with s above the spectrum (the trust-region problem)."""
    eigenvalues, axes = np.linalg.eigh(matrix)
    along = axes.T @ gradient
    least = max(eigenvalues[-1], 0.0)
    shift = brentq(lambda s: np.linalg.norm(along / (s - eigenvalues)) - rho, least + 1e-9 * abs(least) + 1e-12, least + 1e9)
    d = along / (shift - eigenvalues)
    return along @ d + eigenvalues @ d**2 / 2


# --- The ball ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("rho", [0.05, 2.0])
@pytest.mark.parametrize("eigenvalues", [[0.5, 1.0, 9.0], MIXED, [-4.0, -1.0, -0.3]])
def test_the_ball_s_peak_is_that_of_the_trust_region_problem(bowl, eigenvalues, rho, slope):
    objective, matrix, gradient = bowl(eigenvalues, slope)
    inside = np.linalg.norm(np.linalg.solve(matrix, gradient)) <= rho and max(eigenvalues) < 0
    exact = -gradient @ np.linalg.solve(matrix, gradient) / 2 if inside else highest_in_ball(matrix, gradient, rho)
    peak = ball_sharpness(objective, objective.theta, rho=rho, steps=300)
    assert peak.rise == pytest.approx(exact, rel=1e-4)
    assert peak.rise <= exact * (1 + 1e-9)
    assert peak.value == peak.rise
    step = rho * gradient / np.linalg.norm(gradient)
    assert peak.first_order == pytest.approx(gradient @ step + step @ matrix @ step / 2, rel=1e-9)


@pytest.mark.parametrize("rho", [1e-3, 0.7])
def test_at_a_minimum_the_ball_s_peak_is_half_rho_squared_lambda(bowl, rho):
    objective, _, _ = bowl([0.5, 2.0, 9.0])
    peak = ball_sharpness(objective, objective.theta, rho=rho)
    assert peak.rise == pytest.approx(rho**2 * 9.0 / 2, rel=1e-6)
    assert peak.first_order == 0.0  # the gradient proposes nothing there


@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("dim", [3, 160])
def test_both_ways_along_the_most_curved_direction_are_tried(formula, side, dim):
    objective = formula(lambda theta: 4.5 * theta[1] ** 2 + side * 2 * theta[1] ** 3 + 1e-3 * theta.square().sum(), np.zeros(dim))
    peak = ball_sharpness(objective, objective.theta, rho=0.5)
    assert peak.rise == pytest.approx((4.5 + 1e-3) * 0.25 + 2 * 0.125, rel=1e-9)
    assert np.sign(peak.displacement[1]) == side


def test_of_a_plane_the_first_order_is_all(formula):
    slope = torch.tensor([3.0, -4.0, 12.0], dtype=torch.float64)
    objective = formula(lambda theta: slope @ theta, np.array([2.0, -0.5, 0.25]))
    ball = ball_sharpness(objective, objective.theta, rho=0.2)
    assert ball.rise == pytest.approx(0.2 * 13.0) == ball.first_order
    box = box_sharpness(objective, objective.theta, epsilon=0.1)
    assert box.rise == pytest.approx(0.1 * (3 * 3.0 + 4 * 1.5 + 12 * 1.25))
    assert box.value == box.first_order == pytest.approx(100 * box.rise / (1 + 11.0))


class Rescaled(nn.Module):
    """A ReLU network whose layers are multiplied by a and 1 / a: the same function."""

    def __init__(self, a):
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.first, self.second = (nn.utils.skip_init(nn.Linear, *shape, bias=False, dtype=torch.float64) for shape in ((3, 5), (5, 1)))
        self.first.weight.data = a * torch.randn(5, 3, generator=generator, dtype=torch.float64)
        self.second.weight.data = torch.randn(1, 5, generator=generator, dtype=torch.float64) / a

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


def test_the_adaptive_ball_does_not_see_a_rescaling_of_layers():
    generator = torch.Generator().manual_seed(7)
    x, y = torch.randn(20, 3, generator=generator), torch.randn(20, generator=generator)
    risks = [EmpiricalRisk(Rescaled(a), lambda o, t: (o[:, 0] - t) ** 2, (x, y)) for a in (1.0, 4.0)]
    one, two = (ball_sharpness(risk, risk.theta, rho=0.3, adaptive=True) for risk in risks)
    assert two.rise == pytest.approx(one.rise, rel=1e-6)
    assert np.linalg.norm(two.displacement / risks[1].theta) == pytest.approx(0.3)
    plain = [ball_sharpness(risk, risk.theta, rho=0.3).rise for risk in risks]
    assert plain[1] > 2 * plain[0]


# --- The box ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [0.0, 0.1, 3.0])
@pytest.mark.parametrize("eigenvalues", [[2.0], [0.5, 8.0], [0.1, 0.2, 1.0, 1.0, 30.0]])
def test_the_box_s_peak_is_the_best_corner_of_a_bowl(bowl, eigenvalues, slope):
    objective, _, _ = bowl(eigenvalues, slope)
    center = objective.theta
    corners = 0.25 * (np.abs(center) + 1) * np.array(list(itertools.product((-1, 1), repeat=len(center))))
    rises = objective.values(center + corners) - 3.0
    peak = box_sharpness(objective, center, epsilon=0.25)
    assert peak.rise == pytest.approx(rises.max(), rel=1e-9)
    assert peak.value == pytest.approx(100 * rises.max() / 4.0, rel=1e-9)


def test_a_peak_inside_the_box_is_found(bowl):
    objective, matrix, gradient = bowl([-5.0, -2.0, -1.0], 0.1)
    top = -gradient @ np.linalg.solve(matrix, gradient) / 2
    assert box_sharpness(objective, objective.theta, epsilon=1.0, steps=200).rise == pytest.approx(top, rel=1e-5)


def test_keskar_s_percent_is_made_for_losses_from_zero_up(formula):
    objective = formula(lambda theta: theta.square().sum() - 7.0, np.array([1.0, 2.0]))
    peak = box_sharpness(objective, objective.theta)
    assert np.isnan(peak.value)
    assert peak.rise == pytest.approx((1.002**2 - 1) + (2.003**2 - 4))


# --- What both obey -----------------------------------------------------------------------------------------------------------------------


def test_on_a_network_a_peak_is_a_point_of_the_set_and_no_lower_than_any_other_tried(digits):
    risk, run = digits
    theta = run.thetas[-1]
    level, generator = risk.value(theta), np.random.default_rng(0)
    box, ball = box_sharpness(risk, theta, epsilon=0.01), ball_sharpness(risk, theta, rho=0.4)
    width = 0.01 * (np.abs(theta) + 1)
    assert (np.abs(box.displacement) <= width * (1 + 1e-12)).all()
    assert np.linalg.norm(ball.displacement) <= 0.4 * (1 + 1e-12)
    for peak in (box, ball):
        assert peak.rise == pytest.approx(risk.value(theta + peak.displacement) - level, rel=1e-9)
    slope = risk.gradient(theta)
    assert box.first_order == pytest.approx(100 * (risk.value(theta + width * np.sign(slope)) - level) / (1 + level), rel=1e-9)
    assert ball.first_order == pytest.approx(risk.value(theta + 0.4 * slope / np.linalg.norm(slope)) - level, rel=1e-9)
    assert 0 < box.first_order <= box.value and 0 < ball.first_order <= ball.value
    corners = width * generator.choice([-1.0, 1.0], size=(100, risk.dim))
    sphere = generator.normal(size=(100, risk.dim))
    sphere *= 0.4 / np.linalg.norm(sphere, axis=1, keepdims=True)
    assert box.rise > 2 * (risk.values(theta + corners) - level).max()
    assert ball.rise > 2 * (risk.values(theta + sphere) - level).max()


def test_a_larger_set_has_no_lower_peak(digits):
    risk, run = digits
    theta = run.thetas[30]
    balls = [ball_sharpness(risk, theta, rho=rho).rise for rho in (0.0, 0.01, 0.1, 0.5, 1.0)]
    boxes = [box_sharpness(risk, theta, epsilon=epsilon).rise for epsilon in (0.0, 1e-4, 1e-3, 1e-2)]
    assert balls == sorted(balls) and boxes == sorted(boxes)
    assert balls[0] == boxes[0] == 0.0


@pytest.mark.parametrize("dim", [3, 200])
def test_what_overflows_or_is_no_number_is_told(formula, dim):
    steep = formula(lambda theta: torch.exp(700 * theta.square().sum()), np.r_[0.9, np.zeros(dim - 1)])
    assert ball_sharpness(steep, steep.theta, rho=0.5).rise == np.inf
    assert box_sharpness(steep, steep.theta, epsilon=0.5).value == np.inf
    edge = formula(lambda theta: torch.log(1 - theta).sum() * -1, np.full(dim, 0.5))
    assert np.isnan(ball_sharpness(edge, edge.theta, rho=2.0 * np.sqrt(dim)).rise)
    huge = formula(lambda theta: 1e200 * theta.square().sum(), np.full(dim, 1e-3))
    assert ball_sharpness(huge, huge.theta, rho=1.0).rise == pytest.approx(1e200, rel=0.1)
    hole = formula(lambda theta: theta[0] + 5 * theta[0] * theta[1] + 0 * torch.sqrt(0.9 - theta[1]), np.zeros(2))
    assert np.isnan(ball_sharpness(hole, hole.theta, rho=1.0).rise)  # met on the way up, not at a start
    lost = formula(lambda theta: torch.sqrt(theta).sum(), np.full(dim, -1.0))
    assert np.isnan(ball_sharpness(lost, lost.theta).rise) and np.isnan(box_sharpness(lost, lost.theta).value)


def test_all_measures_at_once_are_each_alone(digits):
    risk, run = digits
    theta, shares = run.thetas[-1], []
    found = measure_sharpness(risk, theta, epsilon=2e-3, rho=0.1, probes=30, seed=4, report=shares.append)
    top = top_eigenpairs(risk, theta, 1)
    assert (found.lambda_max, found.residual) == (top.eigenvalues[0], top.residuals[0])
    assert found.trace == hessian_trace(risk, theta, probes=30, seed=4)
    assert found.box.value == box_sharpness(risk, theta, epsilon=2e-3).value
    assert found.ball.value == ball_sharpness(risk, theta, rho=0.1).value
    assert shares == [0.25, 0.5, 0.75, 1.0]
    again = measure_sharpness(risk, theta, epsilon=2e-3, rho=0.1, probes=30, seed=4)
    assert again.box.displacement.tobytes() == found.box.displacement.tobytes()
    assert again.ball.displacement.tobytes() == found.ball.displacement.tobytes()
    assert not found.ball.displacement.flags.writeable


def test_the_caller_s_model_and_point_stay_as_they_were():
    data = make_dataset("iris")
    model = make_model("mlp", data, widths=(5,))
    risk = EmpiricalRisk(model, make_loss("cross_entropy"), data)
    theta = risk.theta.copy()
    before, stream = [p.detach().clone() for p in model.parameters()], torch.get_rng_state()
    measure_sharpness(risk, theta)
    assert all(torch.equal(p, q) and p.grad is None for p, q in zip(model.parameters(), before, strict=True))
    assert torch.equal(torch.get_rng_state(), stream)
    np.testing.assert_array_equal(theta, risk.theta)


# --- Along a direction --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_a_rayleigh_quotient_knows_no_length(quadratic, size):
    objective, _, axes = quadratic(MIXED)
    for eigenvalue, axis in zip(MIXED, axes.T, strict=True):
        assert rayleigh_quotient(objective, objective.theta, size * axis) == pytest.approx(eigenvalue, rel=1e-10)
    assert rayleigh_quotient(objective, objective.theta, size * (axes[:, 0] - 2 * axes[:, 5])) == pytest.approx(
        (-3.0 + 4 * 6.0) / 5, rel=1e-10
    )


def test_a_rayleigh_quotient_of_a_network_is_the_slice_s_curvature(digits):
    risk, run = digits
    direction = np.random.default_rng(2).normal(size=risk.dim)
    along = curvature_along(risk, run.thetas[-1], direction)
    assert rayleigh_quotient(risk, run.thetas[-1], direction) == pytest.approx(along / (direction @ direction), rel=1e-9)


# --- Along a run --------------------------------------------------------------------------------------------------------------------------


def test_along_a_run_it_is_the_largest_eigenvalue_of_each_point(digits):
    risk, run = digits
    shares = []
    found = sharpness_along(risk, run, every=7, report=shares.append)
    assert found.steps.tolist() == [0, 7, 14, 21, 28, 35, 42, 49, 56, 60]
    exact = np.array([np.linalg.eigvalsh(risk.hessian(run.thetas[step]))[-1] for step in found.steps])
    np.testing.assert_allclose(found.eigenvalues[:, 0], exact, rtol=1e-5)
    assert found.residuals.max() <= 1e-4 * exact.max()
    assert (np.abs(found.eigenvalues[:, 0] - exact) <= found.residuals[:, 0] + 1e-10).all()
    np.testing.assert_allclose(shares, np.arange(1, 11) / 10)


def test_following_takes_fewer_products_than_starting_anew(digits):
    risk, run = digits
    counted, counts = copy.copy(risk), []

    def curvature(theta):
        product = risk.curvature(theta)
        return lambda v: counts.append(1) or product(v)

    counted.curvature = curvature
    sharpness_along(counted, run, every=4)
    followed = len(counts)
    for theta in run.thetas[::4]:
        top_eigenpairs(counted, theta, 1)
    assert followed < (len(counts) - followed) / 2


def test_an_eigenvalue_that_overtakes_is_followed(formula):
    """H(t) in random axes has 5 - t, 1 + t and a bulk: the largest changes at t = 2 from one eigenvector to another."""
    dim, axes = 160, torch.tensor(np.linalg.qr(np.random.default_rng(1).normal(size=(160, 160)))[0])
    bulk = torch.linspace(-1.0, 0.9, dim - 3, dtype=torch.float64)

    def crossing(theta):
        t, x = (axes.T @ theta)[0], (axes.T @ theta)[1:]
        return ((5 - t) * x[0] ** 2 + (1 + t) * x[1] ** 2 + bulk @ x[2:] ** 2) / 2

    times = np.linspace(0.0, 4.0, 9)
    thetas = np.outer(times, axes[:, 0].numpy())
    found = sharpness_along(formula(crossing, thetas[0]), Trajectory(thetas, np.zeros(9), "completed", 8))
    np.testing.assert_allclose(found.eigenvalues[:, 0], np.maximum(5 - times, 1 + times), rtol=1e-6)


@pytest.mark.parametrize("dim", [30, 170])
def test_several_equal_eigenvalues_are_found_along_a_run(quadratic, dim):
    objective, center, _ = quadratic(np.r_[np.linspace(-2.0, 1.0, dim - 3), 4.0, 4.0, 9.0])
    thetas = center + np.arange(4.0)[:, None]
    found = sharpness_along(objective, Trajectory(thetas, np.zeros(4), "completed", 3), k=3)
    np.testing.assert_allclose(found.eigenvalues, np.tile([9.0, 4.0, 4.0], (4, 1)), rtol=1e-9)
    assert found.residuals.shape == (4, 3)


@pytest.mark.parametrize("dim", [2, 170])
def test_where_a_run_is_not_finite_neither_is_its_sharpness(formula, dim):
    objective = formula(lambda theta: theta.pow(4).sum() / 12, np.ones(dim))
    thetas = np.array([1.0, 2.0, np.inf, 3.0, np.nan, 1e200, 4.0])[:, None] * np.ones(dim)
    found = sharpness_along(objective, Trajectory(thetas, np.zeros(7), "diverged", 2))
    np.testing.assert_allclose(found.eigenvalues[:, 0], [1.0, 4.0, np.nan, 9.0, np.nan, np.nan, 16.0], rtol=1e-9)
    assert (np.isnan(found.residuals) == np.isnan(found.eigenvalues)).all()


def test_a_point_that_is_not_finite_has_no_sharpness_even_of_a_constant_hessian(quadratic):
    objective, center, _ = quadratic([1.0, 2.0])
    found = sharpness_along(objective, Trajectory(np.array([center, [np.inf, 0.0]]), np.zeros(2), "diverged", 1))
    np.testing.assert_allclose(found.eigenvalues[:, 0], [2.0, np.nan])


def test_what_cannot_be_followed_is_sought_anew(formula):
    axes = [torch.tensor(np.linalg.qr(np.random.default_rng(seed).normal(size=(300, 300)))[0]) for seed in (1, 2)]
    crowded = torch.linspace(-2.0, 2.0, 300, dtype=torch.float64)
    one, other = (axis * crowded @ axis.T for axis in axes)
    thetas = np.outer([0.0, 1.0], np.ones(300))
    objective = formula(
        lambda theta: (1 - theta[0].detach()) * (theta @ one @ theta) / 2 + theta[0].detach() * (theta @ other @ theta) / 2, thetas[0]
    )
    found = sharpness_along(objective, Trajectory(thetas, np.zeros(2), "completed", 1))
    np.testing.assert_allclose(found.eigenvalues, 2.0, rtol=1e-7)
    assert found.residuals.max() < 1e-6


def test_where_nothing_curves_the_sharpness_is_zero(formula):
    objective = formula(lambda theta: theta.sum(), np.ones(200))
    found = sharpness_along(objective, Trajectory(np.ones((3, 200)), np.zeros(3), "completed", 2))
    np.testing.assert_array_equal(found.eigenvalues, np.zeros((3, 1)))


def test_the_same_run_gives_the_same_bytes(digits):
    risk, run = digits
    first, second = (sharpness_along(risk, run, every=20) for _ in range(2))
    assert first.eigenvalues.tobytes() == second.eigenvalues.tobytes()
    assert not any(array.flags.writeable for array in (first.steps, first.eigenvalues, first.residuals))


# --- Refusals ---------------------------------------------------------------------------------------------------------------------------


def test_cancel_ends_each(digits):
    risk, run = digits
    for measure in (measure_sharpness, box_sharpness, ball_sharpness):
        with pytest.raises(Cancelled, match="^$"):
            measure(risk, run.thetas[0], should_stop=lambda: True)
    with pytest.raises(Cancelled, match="^$"):
        sharpness_along(risk, run, should_stop=lambda: True)


def test_what_is_no_size_no_count_or_no_direction_is_refused(digits):
    risk, run = digits
    theta = run.thetas[0]
    with pytest.raises(LandscapeError, match="box_sharpness: epsilon must be between 0 and inf; got -1"):
        box_sharpness(risk, theta, epsilon=-1)
    with pytest.raises(LandscapeError, match="ball_sharpness: rho must be a finite number; got nan"):
        ball_sharpness(risk, theta, rho=np.nan)
    with pytest.raises(LandscapeError, match="ball_sharpness: steps must be between 1 and inf; got 0"):
        ball_sharpness(risk, theta, steps=0)
    with pytest.raises(LandscapeError, match="sharpness_along: every must be between 1 and inf; got 0"):
        sharpness_along(risk, run, every=0)
    with pytest.raises(LandscapeError, match="sharpness_along: k must be between 1 and inf; got 0"):
        sharpness_along(risk, run, k=0)
    with pytest.raises(LandscapeError, match="rayleigh_quotient: the direction must not be zero"):
        rayleigh_quotient(risk, theta, np.zeros(risk.dim))
