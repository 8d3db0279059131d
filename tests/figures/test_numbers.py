import math

import numpy as np
import pytest

from figures.numbers import number, percent


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.083, "0.083"),
        (0.0834999, "0.0835"),
        (1.2e-7, "1.2e-7"),
        (0.348432, "0.348"),
        (5.7351, "5.74"),
        (-0.1536, "-0.154"),
        (13781.2, "13781"),
        (99999.7, "1e5"),
        (2.4e54, "2.4e54"),
        (-7.913e-31, "-7.91e-31"),
        (0.00099999, "0.001"),
        (0.0009994, "9.99e-4"),
        (9.996, "10"),
        (100.0, "100"),
        (0.0, "0"),
        (-0.0, "0"),
        (1e-320, "1e-320"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (math.nan, "NaN"),
        (300, "300"),
        (-123456789, "-123456789"),
        (10**9, "1e9"),
        (np.float64(0.1) + np.float64(0.2), "0.3"),
        (np.float32(0.1), "0.1"),
        (np.int64(6908123), "6908123"),
    ],
)
def test_a_number_is_written_as_a_reader_writes_it(x, text):
    assert number(x) == text


@pytest.mark.parametrize(("x", "digits", "text"), [(5302.5, 5, "5302.5"), (2.636363636, 6, "2.63636"), (0.00971, 2, "0.0097")])
def test_more_or_fewer_digits_can_be_asked_for(x, digits, text):
    assert number(x, digits) == text


@pytest.mark.parametrize(("share", "text"), [(0.97, "97 %"), (0.9964, "99.6 %"), (0.0005, "0.05 %"), (1.0, "100 %"), (math.nan, "NaN %")])
def test_a_share_is_written_in_percent(share, text):
    assert percent(share) == text


@pytest.mark.parametrize("seed", range(3))
def test_reading_back_is_within_half_a_unit_of_the_third_digit(seed):
    draws = np.random.default_rng(seed)
    for x in draws.standard_normal(200) * 10.0 ** draws.integers(-12, 12, 200):
        assert abs(float(number(x)) - x) <= 0.005 * abs(x) * (1 + 1e-9)
