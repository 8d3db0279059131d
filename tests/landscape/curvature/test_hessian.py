"""Hessian: curvature along a direction against the second derivative of the slice, and the size limit."""

import numpy as np
import pytest
import torch

from landscape.curvature.hessian import LARGEST_DENSE, curvature_along, dense_hessian
from landscape.errors import LandscapeError
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane


def test_the_curvature_along_a_direction_is_that_of_the_slice():
    generator = torch.Generator().manual_seed(5)
    x, y = torch.randn(9, 3, generator=generator), torch.randn(9, generator=generator)
    layers = torch.nn.utils.skip_init(torch.nn.Linear, 3, 4), torch.nn.Tanh(), torch.nn.utils.skip_init(torch.nn.Linear, 4, 1)
    model = torch.nn.Sequential(*layers)
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    risk = EmpiricalRisk(model, lambda o, t: (o[:, 0] - t) ** 2, (x, y))
    plane, h = random_plane(risk, risk.theta, seed=8), 1e-4
    for direction in (plane.u, plane.v):
        low, middle, high = risk.values(risk.theta + h * np.array([[-1.0], [0.0], [1.0]]) * direction)
        assert curvature_along(risk, risk.theta, direction) == pytest.approx((low - 2 * middle + high) / h**2, rel=1e-5)


def test_the_curvature_along_an_eigenvector_is_its_eigenvalue(quadratic):
    objective, _, axes = quadratic([-4.0, 0.5, 7.0])
    for eigenvalue, axis in zip([-4.0, 0.5, 7.0], axes.T, strict=True):
        assert curvature_along(objective, objective.theta, 3.0 * axis) == pytest.approx(9.0 * eigenvalue, rel=1e-12)


def test_a_hessian_that_does_not_fit_is_refused(formula):
    objective = formula(lambda theta: theta.sum(), np.zeros(LARGEST_DENSE + 1))
    with pytest.raises(LandscapeError, match="at most 5000 parameters fit in memory; got 5001"):
        dense_hessian(objective, objective.theta)
