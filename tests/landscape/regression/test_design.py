"""Designs: lines there and back, and the directions in which inputs vary."""

import numpy as np
import pytest

from landscape.regression.design import design_of


@pytest.mark.parametrize("size", [1.0, 1e30, 1e-30])
def test_a_line_is_the_same_in_both_units(size):
    generator = np.random.default_rng(0)
    inputs, targets = size * generator.normal(3, 1, size=(12, 2)), generator.normal(-4, 2, 12) / size
    design = design_of(inputs, targets)
    theta = np.array([0.3, -1.2, 0.7])
    coefficients, intercept = design.line(theta)
    np.testing.assert_allclose(design.theta(coefficients, intercept), theta, rtol=1e-12)
    np.testing.assert_allclose((targets - inputs @ coefficients - intercept) / design.unit, design.residuals(theta), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(design.residuals_of(theta[None])[0], design.residuals(theta))


@pytest.mark.parametrize(
    ("columns", "rank"),
    [
        (lambda x: [x], 1),
        (lambda x: [x * 0 + 1e9], 0),
        (lambda x: [x, 2 * x - 5], 1),
        (lambda x: [x, x**2, 3 * x - x**2 + 1], 2),
        (lambda x: [x, 1e-9 * x**2, x * 0], 2),
        (lambda x: [x + 1e7, x**2], 2),
    ],
)
def test_directions_are_those_in_which_inputs_vary(columns, rank):
    x = np.random.default_rng(1).normal(size=15)
    design = design_of(np.column_stack(columns(x)), x)
    assert design.matrix.shape == (15, rank + 1)
    assert design.deficient == (rank < len(columns(x)))
    spread = design.idle / design.units[:, None]
    assert np.abs((np.column_stack(columns(x)) - design.centers) @ spread).max(initial=0.0) < 1e-12


def test_more_features_than_samples_leave_some_open():
    design = design_of(np.random.default_rng(2).normal(size=(3, 7)), [1.0, 2.0, 4.0])
    assert design.matrix.shape == (3, 3) and design.idle.shape == (7, 5)
