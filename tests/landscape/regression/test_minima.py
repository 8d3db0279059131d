"""Minima of Tukey's loss: the good and the bad one of the lecture's leverage point, and that each is a minimum."""

import numpy as np
import pytest

from landscape import fit_linear, make_dataset, tukey_minima

INPUTS, TARGETS = np.append(np.arange(10.0), 30.0), np.append(np.arange(10.0), 0.0)


def test_a_leverage_point_makes_two_minima_and_least_squares_leads_to_the_worse():
    found = tukey_minima(INPUTS, TARGETS)
    assert found.coefficients[:, 0] == pytest.approx([1.0, -0.07596098], abs=1e-7)
    assert found.intercepts[0] == pytest.approx(0.0, abs=1e-12)
    assert found.risks == pytest.approx([4.685**2 / 6 / 11, 2.024], abs=1e-3)
    assert found.starts.sum() == 1 + 11 * 10 // 2
    assert found.least_squares == 1


@pytest.mark.parametrize(("name", "scale"), [("stars_cyg", 0.4), ("stackloss", 1.5)])
def test_each_is_a_minimum_that_no_small_move_lowers(name, scale):
    data = make_dataset(name)
    found = tukey_minima(data.inputs, data.targets, scale=scale)
    assert (np.diff(found.risks) >= 0).all() and len(found.risks) > 2
    generator = np.random.default_rng(0)
    spread = np.append(data.inputs.std(axis=0), 1.0)

    def risk(line):
        u = (data.targets - data.inputs @ line[:-1] - line[-1]) / scale
        return (4.685**2 / 6 * (1 - (1 - np.minimum(1, (u / 4.685) ** 2)) ** 3)).mean()

    for coefficients, intercept, value in zip(found.coefficients[:4], found.intercepts, found.risks, strict=False):
        line = np.append(coefficients, intercept)
        assert risk(line) == pytest.approx(value, rel=1e-12)
        moves = 1e-5 * scale * generator.normal(size=(100, len(line))) / spread
        assert min(risk(line + move) for move in moves) >= value - 1e-13


def test_the_start_at_least_squares_ends_where_fit_linear_does():
    data = make_dataset("animals")
    found = tukey_minima(data.inputs, data.targets, scale=0.2)
    fit = fit_linear(data.inputs, data.targets, "tukey", scale=0.2)
    assert found.coefficients[found.least_squares] == pytest.approx(fit.coefficients, abs=1e-6)


def test_a_far_point_leaves_least_squares_without_a_minimum():
    found = tukey_minima(np.arange(10.0), np.append(np.arange(9.0), 1009.0))
    assert found.least_squares == -1
    assert found.coefficients[0] == pytest.approx([1.0])


def test_one_point_and_not_finite_numbers():
    assert len(tukey_minima([1.0, np.inf], [2.0, 3.0]).risks) == 0
    one = tukey_minima([3.0], [5.0])
    assert one.coefficients.tolist() == [[0.0]] and one.intercepts.tolist() == [5.0] and one.least_squares == 0
