"""The quadratic model and its radius, beside closed forms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from landscape.errors import LandscapeError
from landscape.minima.quadratic import quadratic_model
from landscape.objective import Block, Objective


@dataclass
class Formula(Objective):
    """An objective of `dim` parameters from a formula of theta."""

    formula: object
    dim: int = 2

    def __post_init__(self) -> None:
        self.theta, self.blocks = np.zeros(self.dim), (Block("x", (self.dim,), 0, self.dim, kind="whole"),)

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        return self.formula(theta)


def model(formula, at=(0.0, 0.0), *, reach=10.0, **how):
    at = np.array(at)
    return quadratic_model(Formula(formula, len(at)), at, reach=reach, **how)


def test_it_is_the_expansion_to_second_order():
    found = model(lambda x: torch.exp(x[0]) * torch.cos(x[1]) + x[0] * x[1], (0.3, -0.7))
    grown, offset = np.exp(0.3), np.array([0.2, -0.1])
    gradient = [grown * np.cos(0.7) - 0.7, grown * np.sin(0.7) + 0.3]
    hessian = np.array([[grown * np.cos(0.7), grown * np.sin(0.7) + 1], [grown * np.sin(0.7) + 1, -grown * np.cos(0.7)]])
    assert found.gradient == pytest.approx(gradient) and found.hessian == pytest.approx(hessian)
    expected = grown * np.cos(0.7) - 0.21 + offset @ gradient + offset @ hessian @ offset / 2
    assert found.values(np.array([[0.5, -0.8], [0.3, -0.7]])) == pytest.approx([expected, grown * np.cos(0.7) - 0.21])


def test_a_quartic_term_of_x_is_a_tenth_where_x_squared_is_a_twentieth_of_its_inverse():
    """1/2 (x^2 + 9 y^2) + c x^4: off by 10 % along x first, at c x^4 = x^2 / 20."""
    found = model(lambda x: (x[0] ** 2 + 9 * x[1] ** 2) / 2 + 0.3 * x[0] ** 4)
    assert found.radius == pytest.approx(np.sqrt(0.05 / 0.3), rel=1e-9)
    assert np.abs(found.tightest) == pytest.approx([1, 0], abs=1e-9)
    for direction, radius in zip(found.directions[1:4], found.radii[1:4], strict=True):
        cos, sin = direction
        assert radius == pytest.approx(np.sqrt(0.05 * (cos**2 + 9 * sin**2) / (0.3 * cos**4)), rel=1e-9)


@pytest.mark.parametrize("share", [0.1, 0.25])
def test_a_cubic_term_in_one_dimension(share):
    found = model(lambda x: x[0] ** 2 / 2 - 0.4 * x[0] ** 3, (0.0,), share=share)
    assert found.radii == pytest.approx([share / 0.8, share / 0.8], rel=1e-9)


def test_in_many_dimensions_it_looks_along_the_eigenvectors_too():
    """The steep direction of a quartic in a rotated basis of six dimensions."""
    turned = np.linalg.qr(np.random.default_rng(3).standard_normal((6, 6)))[0]
    basis = torch.from_numpy(turned)

    def formula(x):
        w = basis.T @ x
        return (torch.arange(1.0, 7.0, dtype=torch.float64) * w**2).sum() / 2 + 2.0 * w[0] ** 4

    found = model(formula, np.zeros(6), reach=3.0)
    assert found.radius == pytest.approx(np.sqrt(0.05 / 2.0), rel=1e-6)
    assert np.abs(found.tightest @ turned[:, 0]) == pytest.approx(1, abs=1e-6)


def test_a_quadratic_is_never_off_and_what_is_not_finite_is():
    assert model(lambda x: 5.0 + x[0] ** 2 + 3 * x[1] ** 2 + x[0] * x[1] - x[1], (0.4, 1.0)).radius == np.inf
    walled = model(lambda x: x[0] ** 2 + x[1] ** 2 + torch.where(x[0] > 1.5, torch.nan, 0.0), reach=6.0)
    assert walled.radius == pytest.approx(1.5, rel=1e-9)


def test_the_first_place_that_is_off_counts():
    """A bump far out on a bowl that is a quadratic again beyond it."""
    found = model(lambda x: x[0] ** 2 / 2 + torch.where((x[0] - 2).abs() < 0.25, 1.0, 0.0), (0.0,), reach=8.0)
    assert found.radius == pytest.approx(1.75, rel=1e-6)


def test_a_reach_that_is_none_is_refused():
    with pytest.raises(LandscapeError, match="reach"):
        model(lambda x: x @ x, reach=0.0)
