"""Margin losses in numpy: the catalogue's own values, and their derivatives by finite differences."""

import numpy as np
import pytest
import torch

from landscape import make_loss
from landscape.regression.margins import MARGINS

CASES = [(name, {"gamma": gamma}) for name in ("focal",) for gamma in (0.0, 0.7, 3.0)] + [(name, {}) for name in MARGINS if name != "focal"]
CASES.append(("logistic", {"base": "2"}))
POINTS = np.array([-31.0, -2.3, -0.4, 0.2, 0.9, 1.7, 4.1, 40.0])


@pytest.mark.parametrize(("name", "params"), CASES)
@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_a_margin_has_the_loss_of_the_catalogue(name, params, label):
    outputs = torch.tensor(label * POINTS)
    expected = make_loss(name, **params)(outputs, torch.full_like(outputs, label)).numpy()
    np.testing.assert_allclose(MARGINS[name](**params).value(POINTS), expected, rtol=1e-12)


@pytest.mark.parametrize(("name", "params"), CASES)
def test_derivatives_are_those_of_the_value(name, params):
    margin, step = MARGINS[name](**params), 1e-5
    points = POINTS[1:-1]
    np.testing.assert_allclose(
        margin.slope(points), (margin.value(points + step) - margin.value(points - step)) / (2 * step), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(
        margin.curvature(points), (margin.slope(points + step) - margin.slope(points - step)) / (2 * step), rtol=1e-6, atol=1e-9
    )
