"""Refinement: few evaluations of smooth surfaces, many of others, and error estimates that bound the true errors."""

import numpy as np
import pytest
import torch
from scipy.ndimage import label, maximum_filter
from scipy.stats import hypergeom
from torch import nn

from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.functions import make_function
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import coordinate_plane, random_plane
from landscape.sampling.refinement import allowed_error, fill
from landscape.sampling.surface import Surface, sample_surface

SHAPE = (61, 101)
B, A = np.meshgrid(np.linspace(-2.0, 1.0, SHAPE[0]), np.linspace(-1.0, 1.0, SHAPE[1]), indexing="ij")


class Sheet:
    """A made surface that counts how often it is asked."""

    def __init__(self, values):
        self.values, self.asked = values, np.zeros(values.shape, dtype=int)

    def __call__(self, rows, columns):
        np.add.at(self.asked, (rows, columns), 1)
        return self.values[rows, columns]


def filled(values, tolerance=1e-3, sure=None, seed=0):
    sheet = Sheet(values)
    found, error = fill(np.zeros(values.shape, dtype=bool) if sure is None else sure, sheet, tolerance, seed)
    return found, error, sheet.asked


def span(values):
    return np.ptp(values[np.isfinite(values)])


SMOOTH = {
    "bowl": 3 * (A - 0.4) ** 2 + (B + 0.3) ** 2,
    "tilted": 2 * A - B + 1e6,
    "valley": 100 * (B - A**2) ** 2 + (1 - A) ** 2,
    "double well": (A**2 - 0.4) ** 2 + 0.3 * A + B**2 / 4,
    "cross entropy": np.log1p(np.exp(-6 * A * B - 2 * B)),
    "wide": np.exp(3 * A + 2 * B),
}
ROUGH = {
    "kinks everywhere": np.abs(np.sin(23 * A) * np.cos(17 * B)),
    "noise": np.random.default_rng(5).normal(size=SHAPE),
    "waves that the first grid cannot see": np.sin(2 * np.pi * np.arange(SHAPE[1]) / 5) ** 2 + 0 * B,
}
FEATURED = {
    "one kink": np.abs(A - 0.137) + B**2,
    "crossing kinks": np.maximum(A + 0.3 * B, 0) + np.maximum(-A + 0.2, 0) * 0.5 + 0.1 * B**2,
    "step": np.where(A > 0.3 * B, 1.0, 0.0) + A**2,
    "plateau and cliff": np.tanh(12 * (A + B)) + 0.05 * A,
}


@pytest.mark.parametrize("name", SMOOTH)
def test_a_smooth_surface_takes_few_evaluations(name):
    values, error, asked = filled(SMOOTH[name])
    assert asked.max() == 1
    assert asked.mean() <= 0.13  # of 61 x 101 points, 441 are the first grid: 7 %
    assert np.abs(values - SMOOTH[name]).max() <= 1e-3 * span(SMOOTH[name])
    np.testing.assert_array_equal(values[asked == 1], SMOOTH[name][asked == 1])
    np.testing.assert_array_equal(error == 0, asked == 1)


@pytest.mark.parametrize("name", [*SMOOTH, *FEATURED])
def test_the_error_stays_below_the_tolerance_and_nearly_always_below_its_estimate(name):
    true = {**SMOOTH, **FEATURED}[name]
    values, error, _ = filled(true)
    wrong = np.abs(values - true)
    rounding = 1e-12 * np.abs(true).max()
    assert wrong.max() <= 1e-3 * span(true)
    assert error.max() <= 1e-3 * span(true) * 1.001
    assert (wrong > error + rounding).mean() <= 0.005
    assert (wrong <= 2 * error + rounding).mean() >= 0.999


@pytest.mark.parametrize("name", ROUGH)
def test_a_surface_too_rough_is_evaluated_everywhere(name):
    values, error, asked = filled(ROUGH[name])
    np.testing.assert_array_equal(values, ROUGH[name])
    assert not error.any() and (asked == 1).all()


def test_evaluations_gather_where_the_surface_bends():
    asked = filled(FEATURED["plateau and cliff"])[2]
    cliff = np.abs(A + B) < 0.3
    assert asked[cliff].mean() > 2.5 * asked[~cliff].mean()


def test_a_smaller_tolerance_costs_more_and_errs_less():
    true = SMOOTH["cross entropy"]
    shares, errors = zip(*((filled(true, t)[2].mean(), np.abs(filled(true, t)[0] - true).max()) for t in (1e-2, 1e-3, 1e-4)), strict=True)
    assert list(shares) == sorted(shares) and list(errors) == sorted(errors, reverse=True)


@pytest.mark.parametrize(
    "scale", [(1.0, 0.0), (1e-12, 0.0), (1e12, -1e12), (3.0, 500.0)], ids=["as it is", "tiny", "huge", "high above zero"]
)
def test_scaling_and_shifting_the_values_changes_nothing_that_is_asked(scale):
    factor, offset = scale
    asked = filled(SMOOTH["double well"])[2]
    np.testing.assert_array_equal(filled(factor * SMOOTH["double well"] + offset)[2], asked)


def test_a_constant_surface_and_one_at_rounding_level_need_no_more_than_the_first_grid():
    for true in (np.full(SHAPE, 3.0), 1.0 + 1e-15 * ROUGH["noise"]):
        values, _, asked = filled(true)
        assert asked.mean() < 0.09
        np.testing.assert_allclose(values, true, rtol=1e-11)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_kept_at_its_place_and_never_filled(bad):
    for where in (A + B > 0.7, (A - 0.31) ** 2 + (B + 0.2) ** 2 < 0.2, (A > 0.999) & (B > 0.99)):
        true = np.where(where, bad, SMOOTH["bowl"])
        values, _, asked = filled(true)
        np.testing.assert_array_equal(np.isfinite(values), np.isfinite(true))
        np.testing.assert_array_equal(values[where], true[where])
        assert np.abs(values[~where] - true[~where]).max() <= 1e-3 * span(true)


def test_nothing_finite_at_all_is_an_answer_too():
    values, error, _ = filled(np.full(SHAPE, np.nan))
    assert np.isnan(values).all() and not error.any()


def test_the_lowest_and_the_highest_value_are_exact():
    for true in SMOOTH.values():
        values, error, _ = filled(true)
        slack = 1e-5 * span(true)
        assert values.min() >= true.min() - slack and values.max() <= true.max() + slack
        assert error.flat[[values.argmin(), values.argmax()]].max() <= 1e-4 * span(true)


def test_points_that_must_be_sure_are():
    sure = np.zeros(SHAPE, dtype=bool)
    sure[[7, 33], [52, 98]] = True
    values, error, _ = filled(SMOOTH["wide"], sure=sure)
    np.testing.assert_array_equal(values[sure], SMOOTH["wide"][sure])
    assert not error[sure].any()


@pytest.mark.parametrize("shape", [(2, 2), (3, 101), (101, 2), (5, 7), (22, 40), (4, 64), (1, 30)])
def test_small_and_narrow_grids(shape):
    b, a = np.meshgrid(np.linspace(0, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    true = np.sin(2 * a) + a * b**2 + 3
    values, _, asked = filled(true)
    assert asked.max() == 1
    assert np.abs(values - true).max() <= 1e-3 * span(true)


def test_the_error_allowed_near_the_ground_is_a_share_of_the_height_above_it():
    true = 1e-4 + A**2 + (B + 0.5) ** 2
    allowed = allowed_error(true, 1e-3)
    assert allowed.max() == pytest.approx(1e-3 * span(true))
    ground = allowed.flat[true.argmin()]
    assert 1e-6 * span(true) < ground < 0.2 * allowed.max()


@pytest.fixture(scope="module", params=["tanh", "relu"])
def trained(request):
    digits = make_dataset("digits")
    risk = EmpiricalRisk(make_model("mlp", digits, widths=(16,), activation=request.param), make_loss("cross_entropy"), digits)
    return risk, descend(risk, make_optimizer("adam", lr=0.02), steps=60).thetas[-1]


def test_a_trained_network_takes_a_tenth_of_the_evaluations(trained):
    risk, theta = trained
    plane, window = random_plane(risk, theta, seed=2), ((-1.0, 1.0), (-0.8, 1.2))
    exact = sample_surface(risk, plane, window, resolution=(71, 61))
    surface = sample_surface(risk, plane, window, resolution=(71, 61), tolerance=1e-3)
    assert surface.evaluations <= 0.16 * exact.evaluations  # the first grid alone is 11 % of so few points
    assert exact.exact and not surface.exact
    assert np.abs(surface.values - exact.values).max() <= 1e-3 * np.ptp(exact.values)
    assert surface.error.max() <= 1.001e-3 * np.ptp(exact.values)


def test_the_origin_is_exact_where_it_is_a_grid_point(trained):
    risk, theta = trained
    surface = sample_surface(risk, random_plane(risk, theta, seed=2), ((-1.0, 0.8), (-0.7, 0.8)), resolution=(73, 61), tolerance=1e-2)
    i, j = int(np.flatnonzero(surface.a == 0)[0]), int(np.flatnonzero(surface.b == 0)[0])
    assert surface.values[j, i] == pytest.approx(risk.value(theta), rel=1e-12) and surface.error[j, i] == 0


def test_reading_theta_out_still_gives_the_grid_itself(formula):
    for read in (0, 1):
        objective = formula(lambda theta, read=read: theta[read] * 1.0, [0.0, 0.0])
        surface = sample_surface(
            objective, coordinate_plane(np.zeros(2), 0, 1), ((-2.0, 1.0), (3.0, 3.5)), resolution=(47, 83), tolerance=1e-3
        )
        grid = surface.a[None, :] if read == 0 else surface.b[:, None]
        np.testing.assert_allclose(surface.values, np.broadcast_to(grid, (83, 47)), atol=1e-12)


def test_a_function_of_many_waves_says_that_it_is_too_rough():
    rastrigin = make_function("rastrigin")
    surface = sample_surface(rastrigin, coordinate_plane(np.zeros(2), 0, 1), rastrigin.window, resolution=101, tolerance=1e-3)
    assert surface.exact and surface.evaluations == 101**2


@pytest.mark.parametrize("tolerance", [None, 1e-3])
def test_an_interrupted_surface_is_taken_up_to_the_same_bytes(tolerance):
    branin = make_function("mueller_brown")
    plane = coordinate_plane(np.zeros(2), 0, 1)
    settings = {"resolution": (53, 47), "tolerance": tolerance}
    whole = sample_surface(branin, plane, branin.window, **settings)
    for stop in (1, 2):
        journal, looks = [], iter([False] * stop)
        with pytest.raises(Cancelled, match="^$"):
            sample_surface(branin, plane, branin.window, journal=journal, should_stop=lambda looks=looks: next(looks, True), **settings)
        assert len(journal) == stop
        kept = [turn.copy() for turn in journal]
        again = sample_surface(branin, plane, branin.window, journal=journal, **settings)
        for name in ("a", "b", "values", "error"):
            assert getattr(again, name).tobytes() == getattr(whole, name).tobytes()
        assert again.evaluations == whole.evaluations
        assert all(old.tobytes() == new.tobytes() for old, new in zip(kept, journal, strict=False))


def test_the_same_call_gives_the_same_bytes(trained):
    risk, theta = trained
    plane = random_plane(risk, theta, seed=9)
    one, two = (sample_surface(risk, plane, ((-1.0, 1.0), (-1.0, 1.0)), resolution=41, tolerance=1e-3) for _ in range(2))
    assert one.values.tobytes() == two.values.tobytes() and one.error.tobytes() == two.error.tobytes()


def test_batch_normalization_and_depth_cost_more_but_keep_the_tolerance():
    torch.manual_seed(0)
    digits = make_dataset("digits")
    layers = [layer for _ in range(4) for layer in (nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU())]
    model = nn.Sequential(nn.Flatten(), *layers, nn.Linear(64, 10)).train()
    model(torch.tensor(digits.inputs[:200], dtype=torch.float32))
    risk = EmpiricalRisk(model, make_loss("cross_entropy"), (digits.inputs[:150], digits.targets[:150]))
    plane, window = random_plane(risk, risk.theta, seed=1), ((-1.5, 1.5), (-1.5, 1.5))
    exact = sample_surface(risk, plane, window, resolution=61)
    surface = sample_surface(risk, plane, window, resolution=61, tolerance=1e-3)
    assert np.abs(surface.values - exact.values).max() <= 1e-3 * np.ptp(exact.values)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, 2.0, np.nan])
def test_a_tolerance_that_is_none_is_refused(formula, tolerance):
    objective = formula(lambda theta: theta.sum(), [0.0, 0.0])
    with pytest.raises(LandscapeError, match="tolerance"):
        sample_surface(objective, coordinate_plane(np.zeros(2), 0, 1), ((0.0, 1.0), (0.0, 1.0)), tolerance=tolerance)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_few_cells_that_are_not_finite_between_the_first_points_make_more_be_looked_at_once_one_is_seen(bad):
    shape = (101, 101)
    b, a = np.meshgrid(np.linspace(-1, 1, 101), np.linspace(-1, 1, 101), indexing="ij")
    true = a**2 + 2 * b**2
    true[61:65, 36:40] = bad
    seen = np.zeros(shape, dtype=bool)
    seen[62, 37] = True  # as a point held out by chance would be
    values, _, asked = filled(true, sure=seen)
    np.testing.assert_array_equal(np.isfinite(values), np.isfinite(true))
    assert asked.mean() < 0.5


def test_a_plateau_that_the_first_points_miss_on_a_surface_of_zeros_is_found_once_one_point_is_seen():
    true = np.zeros((101, 101))
    true[61:65, 36:40] = 1.0
    seen = np.zeros(true.shape, dtype=bool)
    seen[62, 37] = True
    values, _, _ = filled(true, sure=seen)
    np.testing.assert_allclose(values, true, atol=1e-3)


BOWL = np.add.outer(2 * np.linspace(-1, 1, 101) ** 2, np.linspace(-1, 1, 101) ** 2)


def curve(seed):
    """A line of grid points from edge to edge, each next to the one before, along a row for at most two points."""
    rows, generator = np.arange(101), np.random.default_rng(seed)
    columns = generator.uniform(30, 70) + generator.uniform(-0.5, 0.5) * (rows - 50) + 3 * np.sin(rows / generator.uniform(7, 15))
    return rows, np.round(columns).astype(int)


@pytest.mark.parametrize("seed", range(6))
def test_a_crack_that_is_not_finite_is_followed_from_the_points_where_it_was_seen(seed):
    true = BOWL.copy()
    true[curve(seed)] = np.nan
    values, _, asked = filled(true)
    seen = (asked == 1) & np.isnan(true)
    assert seen.any()
    assert (asked[maximum_filter(seen, size=3)] == 1).all()
    cracks, _ = label(np.isnan(true), np.ones((3, 3)))
    np.testing.assert_array_equal(np.isnan(values), np.isin(cracks, cracks[seen]))


@pytest.mark.parametrize("seed", range(4))
def test_a_ridge_narrower_than_the_grid_is_followed_and_does_not_make_all_be_evaluated(seed):
    away = np.abs(np.arange(101) - curve(seed)[1][:, None])
    true = BOWL + np.exp(-4.0 * away**2)
    values, _, asked = filled(true)
    assert (np.abs(values - true) <= allowed_error(true, 1e-3)).all()
    assert asked.mean() < 0.6


def test_one_narrow_pit_that_the_first_grid_sees_does_not_make_all_be_evaluated():
    b, a = np.meshgrid(np.arange(101), np.arange(101), indexing="ij")
    true = BOWL - np.exp(-((a - 36.5) ** 2 + (b - 61.5) ** 2) / (2 * 1.25**2))
    values, _, asked = filled(true)
    assert (np.abs(values - true) <= allowed_error(true, 1e-3)).all()
    assert asked.mean() < 0.25


def test_a_safety_factor_raised_late_makes_few_more_points_be_evaluated():
    true = np.logaddexp(0, 80 * (A - 0.137)) / 80 + B**2
    values, _, asked = filled(true)
    assert (np.abs(values - true) <= allowed_error(true, 1e-3)).all()
    assert asked.mean() < 0.2


@pytest.mark.parametrize("shape", [(101, 101), (61, 83), (201, 31)])
def test_islands_as_wide_as_the_first_grids_spacing_are_found_wherever_they_are(shape):
    spacing = [max(1, round((count - 1) / 20)) for count in shape]
    base = np.add.outer(np.linspace(-1, 1, shape[0]) ** 2, np.linspace(-1, 1, shape[1]) ** 2)
    generator = np.random.default_rng(3)
    for _ in range(12):
        corner = [int(generator.integers(count - step + 1)) for count, step in zip(shape, spacing, strict=True)]
        true = base.copy()
        true[corner[0] : corner[0] + spacing[0], corner[1] : corner[1] + spacing[1]] = np.inf
        np.testing.assert_array_equal(np.isinf(filled(true)[0]), np.isinf(true))


def test_smaller_islands_are_found_as_often_as_the_hypergeometric_distribution_says():
    first, held_out = 21**2, 51
    expected = hypergeom.sf(0, 101**2 - first, 12, held_out)
    disc = np.array([(j, i) for j in range(4) for i in range(4) if {j, i} - {0, 3}])
    grid = filled(BOWL)[2][::5, ::5]
    assert grid.sum() == first
    found = []
    for seed in range(25):
        asked = filled(BOWL, seed=seed)[2].astype(bool)
        assert asked.sum() == first + held_out
        places = np.stack(np.meshgrid(np.arange(1, 96, 5), np.arange(1, 96, 5), indexing="ij"), axis=-1).reshape(-1, 1, 2)
        found.append(asked[tuple((places + disc).transpose(2, 0, 1))].any(axis=1).mean())
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / np.sqrt(len(found)))
    assert 0.05 < expected < 0.07


@pytest.mark.parametrize("period", [0.5, 1.0, 1.05, 2.0, 2.1])
@pytest.mark.parametrize("seed", range(2))
def test_waves_that_the_first_grid_cannot_see_are_seen_by_points_held_out(period, seed):
    for spacing, count in ((5, 101), (4, 81)):
        true = np.cos(2 * np.pi * np.arange(count) / (period * spacing)) + np.zeros((count, 1))
        values, _, _ = filled(true, seed=seed)
        assert (np.abs(values - true) <= allowed_error(true, 1e-3)).all()


def test_an_interpolated_value_is_never_said_to_be_exact():
    values, error, asked = filled(np.zeros((101, 101)))
    assert asked.mean() < 0.06 and not values.any()
    np.testing.assert_array_equal(error == 0, asked == 1)
    assert not Surface(np.arange(101.0), np.arange(101.0), values, error, int(asked.sum())).exact


def test_values_whose_range_is_not_a_number_have_an_error_that_is_one():
    true = np.where(np.arange(101) < 30, -1.7e308, BOWL) + np.where(np.arange(101) > 70, 1.7e308, 0.0)
    values, error, _ = filled(true)
    assert np.isfinite(error).all()
    np.testing.assert_allclose(values, true, atol=1e303)
