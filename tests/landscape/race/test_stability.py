"""Stability: |x| at the end beside closed forms, on either side of the limit."""

import numpy as np
import pytest

from landscape.race.stability import SHARPNESS, stability


def test_gradient_descent_beside_its_closed_form():
    found = stability(0.0, 100, (0.05, 0.1, 0.19, 0.2, 0.2001, 0.21))
    assert found.limit == pytest.approx(0.2)
    np.testing.assert_allclose(found.sizes, np.abs(1 - SHARPNESS * found.rates) ** 100, rtol=1e-9, atol=1e-300)
    assert [f"{size:.3g}" for _, size in found.probed] == ["7.89e-31", "0", "2.66e-05", "1", "1.11", "1.38e+04"]


def test_heavy_ball_grows_above_its_limit_and_not_below():
    found = stability(0.9, 2000, (0.379, 0.381))
    assert found.limit == pytest.approx(0.38)
    (below, shrunk), (above, grown) = found.probed
    assert (below, above) == (0.379, 0.381)
    assert shrunk == pytest.approx(1.5e-45, rel=0.05) and grown == pytest.approx(2.4e55, rel=0.05)
    assert found.sizes[found.rates < found.limit].max() < 1 < np.nanmin(found.sizes[found.rates > found.limit])
