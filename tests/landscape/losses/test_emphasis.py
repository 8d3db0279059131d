import math

import pytest

from landscape.losses.emphasis import emphasis
from landscape.losses.losses import make_loss
from landscape.losses.properties import optimal_probability


def test_the_numbers_of_the_lecture():
    seen = emphasis(make_loss("focal", gamma=2.0))
    assert seen.entropy == pytest.approx(0.10536, abs=5e-6)
    assert seen.easy == pytest.approx(0.0010536, abs=5e-8)
    assert (seen.less, round(seen.less_easier)) == (pytest.approx(100), 977)
    assert seen.share_entropy == pytest.approx(0.021, abs=5e-4)
    assert seen.share == pytest.approx(0.639, abs=5e-4)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 3.0])
def test_an_easy_sample_counts_less_by_the_power_of_its_error(gamma):
    seen = emphasis(make_loss("focal", gamma=gamma))
    assert seen.easy == pytest.approx(-math.log(0.9) * 0.1**gamma, rel=1e-9)
    assert seen.less_easier == pytest.approx((1 - 0.968) ** -gamma, rel=1e-9)


@pytest.mark.parametrize(("gamma", "best"), [(0.0, 0.900), (2.0, 0.694), (5.0, 0.597)])
def test_the_best_probability_is_not_the_share(gamma, best):
    assert optimal_probability("focal", 0.9, gamma=gamma) == pytest.approx(best, abs=5e-4)
