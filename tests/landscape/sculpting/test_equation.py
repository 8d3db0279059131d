"""The oscillation: derivatives against autograd, the equation against its solution, and what several seeds find."""

import numpy as np
import pytest
import torch

from landscape.sculpting.claims import claim
from landscape.sculpting.equation import DAMPING, FREQUENCY, SPAN, Oscillator, solution


def test_the_derivatives_are_those_of_autograd():
    model = Oscillator(5, torch.Generator().manual_seed(2))
    times = torch.linspace(0.3, 5.1, 9, dtype=torch.float64, requires_grad=True)
    u, first, second = model.derivatives(times[:, None])
    (slope,) = torch.autograd.grad(u.sum(), times, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), times, create_graph=True)
    assert first.detach().numpy() == pytest.approx(slope.detach().numpy(), rel=1e-10)
    assert second.detach().numpy() == pytest.approx(curvature.detach().numpy(), rel=1e-10)
    residual = curvature / FREQUENCY**2 + 2 * DAMPING * slope / FREQUENCY**2 + u
    assert model(times[:, None])[:, 1].detach().numpy() == pytest.approx(residual.detach().numpy(), rel=1e-10)


def test_the_true_curve_obeys_the_equation():
    t, h = np.linspace(0.2, SPAN, 30), 1e-4
    second = (solution(t + h) - 2 * solution(t) + solution(t - h)) / h**2
    first = (solution(t + h) - solution(t - h)) / (2 * h)
    assert second + 2 * DAMPING * first + FREQUENCY**2 * solution(t) == pytest.approx(np.zeros(30), abs=1e-5)


def test_the_equation_lowers_the_error_beyond_the_points_and_raises_it_at_them_over_seeds():
    found = claim("physics", range(3), points=7, noise=0.05)
    beyond, _, at = (found.medians(measure) for measure in found.measures)
    assert beyond[1] < 0.3 * beyond[0] and at[1] > at[0]
