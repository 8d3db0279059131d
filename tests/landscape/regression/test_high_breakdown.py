"""Lines of high breakdown: real tables with leverage points, planted lines, the least trimmed squares of all subsets, exact fits."""

from itertools import combinations

import numpy as np
import pytest

from landscape import LandscapeError, fit_high_breakdown, fit_linear, make_dataset
from landscape.regression.design import design_of
from landscape.regression.high_breakdown import _least_trimmed


@pytest.mark.parametrize(("kind", "slope"), [("lts", 2.80283744), ("mm", 2.28794626)])
def test_the_giants_of_the_star_cluster_turn_every_line_but_these(kind, slope):
    stars = make_dataset("stars_cyg")
    fit = fit_high_breakdown(stars.inputs, stars.targets, kind=kind)
    assert fit.coefficients == pytest.approx([slope], abs=1e-6)
    assert (fit.sample_weights[list(np.flatnonzero(stars.inputs[:, 0] < 3.6))] == 0).all()
    for loss in ("mse", "mae", "huber", "log_cosh", "tukey"):
        assert -0.70 < fit_linear(stars.inputs, stars.targets, loss, scale="mad").coefficients[0] < -0.41


@pytest.mark.parametrize("kind", ["lts", "mm"])
def test_the_years_counted_in_minutes_weigh_nothing(kind):
    phones = make_dataset("phones")
    fit = fit_high_breakdown(phones.inputs, phones.targets, kind=kind)
    assert 1.05 < fit.coefficients[0] < 1.2
    assert (fit.sample_weights[14:20] == 0).all() and (fit.sample_weights[:13] > 0.5).all()


def test_no_subset_has_a_smaller_trimmed_sum():
    generator = np.random.default_rng(4)
    x, y = generator.normal(3.0, 2.0, 11), generator.normal(-2.0, 5.0, 11)
    design = design_of(x, y)
    theta = _least_trimmed(design, generator)
    kept = (11 + 2 + 1) // 2
    sums = []
    for chosen in map(list, combinations(range(11), kept)):
        matrix, values = design.matrix[chosen], design.values[chosen]
        sums.append(((values - matrix @ np.linalg.lstsq(matrix, values, rcond=None)[0]) ** 2).sum())
    assert np.sort(design.residuals(theta) ** 2)[:kept].sum() == pytest.approx(min(sums), rel=1e-9)


@pytest.mark.parametrize("kind", ["lts", "mm"])
@pytest.mark.parametrize(("count", "width"), [(40, 1), (90, 1), (900, 2), (30, 3)])
def test_two_fifths_of_leverage_points_move_nothing(kind, count, width):
    generator = np.random.default_rng(count)
    inputs, slopes = generator.normal(size=(count, width)), np.arange(1.0, width + 1)
    targets = inputs @ slopes - 2 + 0.1 * generator.normal(size=count)
    bad = np.arange(int(0.4 * count))
    inputs[bad] += 50
    targets[bad] -= 300
    fit = fit_high_breakdown(inputs, targets, kind=kind)
    clean = fit_linear(np.delete(inputs, bad, axis=0), np.delete(targets, bad), "mse")
    assert fit.status == "local"
    assert np.abs(fit.coefficients - clean.coefficients).max() < 0.1
    assert np.abs(fit_linear(inputs, targets, "huber").coefficients - slopes).max() > 1
    assert (fit.sample_weights[bad] == 0).all()
    assert 0.05 < fit.scale < 0.25  # the S-estimate of scale is biased upwards by so many


@pytest.mark.parametrize("kind", ["lts", "mm"])
def test_a_line_through_most_samples_is_found_exactly(kind):
    x = np.arange(10.0)
    y = np.append(x[:-3] / 3 - 1, [50.0, -8.0, 900.0])
    fit = fit_high_breakdown(x, y, kind=kind)
    assert fit.status == "exact_fit"
    assert fit.coefficients == pytest.approx([1 / 3], abs=1e-12)
    assert fit.sample_weights.tolist() == [1.0] * 7 + [0.0] * 3


@pytest.mark.parametrize("kind", ["lts", "mm"])
def test_the_same_seed_gives_the_same_bytes(kind):
    generator = np.random.default_rng(0)
    inputs, targets = generator.normal(size=(150, 2)), generator.normal(size=150)
    first, second = (fit_high_breakdown(inputs, targets, kind=kind, seed=3) for _ in range(2))
    assert first.coefficients.tobytes() == second.coefficients.tobytes()


@pytest.mark.parametrize("kind", ["lts", "mm"])
@pytest.mark.parametrize(
    ("inputs", "targets", "status"),
    [
        ([3.0], [4.0], "rank_deficient"),
        ([1.0, 1.0, 1.0], [1.0, 2.0, 6.0], "rank_deficient"),
        ([0.0, 1.0], [2.0, 5.0], "exact_fit"),
        ([1.0, np.nan], [1.0, 2.0], "not_finite"),
        ([0.0, 1.0, 0.0, 1.0, 0.0], [2.0, 5.0, 2.0, 5.0, 2.0], "exact_fit"),
    ],
)
def test_hardly_any_data(kind, inputs, targets, status):
    assert fit_high_breakdown(inputs, targets, kind=kind).status == status


def test_another_kind_and_no_points_are_refused():
    with pytest.raises(LandscapeError, match="the name must be one of lts, mm"):
        fit_high_breakdown([1, 2], [1, 2], kind="lms")
    with pytest.raises(LandscapeError, match="at least one sample"):
        fit_high_breakdown([], [])
