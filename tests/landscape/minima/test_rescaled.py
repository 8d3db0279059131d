"""Rescaled: other weights of one function, beside the closed forms of (w1 w2 - 1)^2."""

import numpy as np
import pytest

from landscape.minima.rescaled import product_risk, twin, valley


@pytest.mark.parametrize(("factor", "trace"), [(1.0, 4.0), (10.0, 200.02), (3.0, 2 * (9 + 1 / 9))])
def test_the_trace_grows_with_the_factor_and_the_function_stays(factor, trace):
    found = twin(factor, 0.1, 4096)
    assert found.value == pytest.approx(0, abs=1e-28) and found.trace == pytest.approx(trace, rel=1e-12)
    assert found.sharpness == pytest.approx(trace, rel=1e-9)  # the other eigenvalue vanishes along the valley
    assert found.outputs == pytest.approx(np.linspace(-2, 2, 9), abs=1e-12)


def test_noise_of_the_weights_tells_twins_apart_and_noise_of_the_inputs_does_not():
    noise = 0.1
    for factor in (1.0, 10.0):
        found = twin(factor, noise, 4096)
        by_weights = noise**2 * (factor**2 + factor**-2) + noise**4  # E (a s z2 + z1 s / a + s^2 z1 z2)^2
        assert abs(found.under_weights.value - by_weights) < 4 * found.under_weights.standard_error
        assert abs(found.under_inputs.value - noise**2) < 4 * found.under_inputs.standard_error
    assert twin(1.0, noise, 4096).under_inputs.value == pytest.approx(twin(10.0, noise, 4096).under_inputs.value, rel=1e-9)


def test_the_valley_is_the_risk():
    surface = valley()
    expected = (surface.a[None, :] * surface.b[:, None] - 1) ** 2
    assert surface.values == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert product_risk().value(np.array([3.0, 0.5])) == pytest.approx(0.25)
