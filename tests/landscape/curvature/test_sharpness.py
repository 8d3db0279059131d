"""Sharpness: each measure against its closed form on quadratics, its invariances and bounds on networks, and along runs."""

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from torch import nn

from landscape.curvature.hessian import curvature_along
from landscape.curvature.sharpness import ball_sharpness, box_sharpness, measure_sharpness, rayleigh_quotient
from landscape.curvature.spectrum import top_eigenpairs
from landscape.curvature.trace import hessian_trace
from landscape.data.datasets import make_dataset
from landscape.descent.sharpness_along import sharpness_along
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk

MIXED = [-3.0, -0.2, 0.4, 1.0, 2.5, 6.0]


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
