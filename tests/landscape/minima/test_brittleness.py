"""Brittleness beside closed forms of Gaussian noise."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

from landscape.losses.losses import make_loss
from landscape.minima.brittleness import input_noise, weight_noise
from landscape.objectives.functions import make_function
from landscape.objectives.risk import EmpiricalRisk


def test_noise_of_the_weights_of_a_quadratic_costs_half_its_trace():
    bowl = make_function("quadratic", kappa=7.0, angle=25.0)
    found = weight_noise(bowl, np.array([0.4, -1.1]), 0.3, samples=20000)
    assert abs(found.value - 8 * 0.09 / 2) < 4 * found.standard_error
    # The variance of 1/2 s^2 z H z + s g z is s^4 tr(H^2) / 2 + s^2 |g|^2.
    slope = bowl.gradient(np.array([0.4, -1.1]))
    assert found.standard_error == pytest.approx(np.sqrt((0.3**4 * 50 / 2 + 0.09 * slope @ slope) / 20000), rel=0.05)
    assert weight_noise(bowl, np.zeros(2), 0.3, samples=50) == weight_noise(bowl, np.zeros(2), 0.3, samples=50)
    assert weight_noise(bowl, np.zeros(2), 0.3, samples=50) != weight_noise(bowl, np.zeros(2), 0.3, samples=50, seed=1)


def test_noise_of_the_inputs_of_a_line_costs_its_squared_slope():
    data = np.array([[0.5, 1.0], [2.0, -1.0], [0.0, 3.0]]), np.array([[1.0], [0.0], [2.0]])
    risk = EmpiricalRisk(nn.Linear(2, 1), make_loss("mse"), data)
    theta = np.array([1.5, -2.0, 0.3])
    found = input_noise(risk, make_loss("mse"), data, theta, 0.2, samples=8000)
    assert abs(found.value - 0.04 * (1.5**2 + 2.0**2)) < 4 * found.standard_error
    # The output moves by z ~ N(0, t), t = 0.2^2 |w|^2 = 0.25; a residual r then costs 2 r z + z^2, of variance 4 r^2 t + 2 t^2.
    residuals = np.array([0.75 - 2 + 0.3 - 1, 3 + 2 + 0.3, -6 + 0.3 - 2])
    variance = (4 * residuals**2 * 0.25 + 2 * 0.25**2).sum() / 9
    assert found.standard_error == pytest.approx(np.sqrt(variance / 8000), rel=0.05)
