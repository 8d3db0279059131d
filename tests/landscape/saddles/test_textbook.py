"""The textbook saddle: each of its numbers comes out, and a wrong one would be seen."""

from dataclasses import replace

import pytest

from landscape.saddles.textbook import Check, checks

FOUND = {check.name: check for check in checks()}


def test_every_number_of_the_textbook_saddle_comes_out():
    assert {name for name, check in FOUND.items() if not check.holds} == set()
    assert (FOUND["gd"].found, FOUND["momentum"].found) == ((139,), (50,))
    assert FOUND["gd"].theory == pytest.approx(137.7, abs=0.05)
    assert FOUND["basin"].found == pytest.approx((5**-0.5,), abs=1e-10)
    assert FOUND["newton"].found[1] == pytest.approx(2 * 0.3**3 / (3 * 0.3**2 - 1)) and len(FOUND["newton"].found) == 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_median_with_noise_holds_for_other_draws(seed):
    check = {check.name: check for check in checks(seed)}["perturbed_gd"]
    assert check.holds and check.found != (0.0,)


def test_a_number_that_is_off_does_not_hold():
    check = Check("gd", (139.0,), (139.0,), 0.0)
    assert check.holds and not replace(check, found=(140.0,)).holds and not replace(check, found=(139.0, 1.0)).holds
