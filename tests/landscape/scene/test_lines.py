"""The lines of the outliers page against closed forms and published numbers, and what becomes of points that determine no line."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import losses
from landscape.scene.checks import CHECKS, check_of
from landscape.scene.edits import added, moved, removed
from landscape.scene.lines import MOST_SWEPT, followed, landscape_of, pivot_of, shown, studied
from landscape.scene.outliers import HIGH_BREAKDOWN, OF_LOSS, TABLES, OutliersScene

CLEAN = OutliersScene(data=OutliersScene.choose("data", "line_outliers", outlier=0.0))
FAR = OutliersScene(data=OutliersScene.choose("data", "line_outliers", outlier=1000.0))
LEVERAGE = OutliersScene(data=OutliersScene.choose("data", "line_outliers", outlier=0.0, leverage=30.0))
OWN = "delta = 1; where(abs(residual) < delta, residual**2 / 2, delta * (abs(residual) - delta / 2))"


def table(name, **settings):
    return OutliersScene(data=OutliersScene.choose("data", name, **settings), scale="mad", delta=1.345)


def own(*points):
    """A scene of the visitor's own points."""
    scene = OutliersScene(data=None)
    for at in points:
        scene = replace(scene, edits=added(scene.edits, at))
    return scene


def slopes(scene):
    return {name: line.slope for name, line in followed(scene).lines.items()}


def last(scene):
    return list(studied(scene, lambda stage, share: None, lambda: False))[-1]


def test_dragging_the_last_point_by_30_turns_squared_error_and_hardly_any_other():
    dragged = replace(CLEAN, edits=moved((), 10, 9, (9.0, 39.0)))
    for scene in (dragged, OutliersScene()):
        found = slopes(scene)
        assert found["mse"] == pytest.approx(1 + 30 * 4.5 / 82.5, abs=1e-12)
        assert found["huber"] == pytest.approx(13 / 12, abs=1e-9)
        assert found["quantile"] == pytest.approx(13 / 3, abs=1e-9)
        assert found["log_cosh"] == pytest.approx(1.0869, abs=5e-5)
        assert [found[name] for name in ("mae", "tukey", *HIGH_BREAKDOWN)] == pytest.approx([1.0] * 4, abs=1e-6)
    far = slopes(replace(CLEAN, edits=moved((), 10, 9, (9.0, 1009.0))))
    assert (far["mse"], far["huber"]) == pytest.approx((1 + 1000 * 4.5 / 82.5, 13 / 12))
    assert far["tukey"] == pytest.approx(far["mse"]) and slopes(replace(FAR, start="lts"))["tukey"] == pytest.approx(1.0)


def test_a_leverage_point_breaks_all_but_those_of_high_breakdown_and_tukey_from_a_good_start():
    found = slopes(LEVERAGE)
    assert (found["mae"], found["huber"], found["tukey"]) == pytest.approx((-2 / 13, -20 / 169, -0.0760), abs=5e-5)
    assert (found["lts"], found["mm"]) == pytest.approx((1.0, 1.0))
    assert slopes(replace(LEVERAGE, start="lts"))["tukey"] == pytest.approx(1.0)
    minima = last(replace(LEVERAGE, surface="tukey")).minima
    assert [round(minimum.slope, 3) for minimum in minima] == [1.0, -0.076]
    assert [minimum.from_least_squares for minimum in minima] == [False, True]


def test_on_the_phones_huber_is_pulled_and_on_the_stars_every_m_estimator_fails():
    phones = slopes(table("phones"))
    assert [round(phones[name], 2) for name in ("huber", "tukey", "mse")] == [2.04, 1.10, 5.04]
    stars = slopes(table("stars_cyg"))
    assert all(-0.7 < stars[name] < -0.4 for name in OF_LOSS) and all(stars[name] > 2 for name in HIGH_BREAKDOWN)


@pytest.mark.parametrize("scene", [CLEAN, OutliersScene(), FAR, LEVERAGE], ids=["clean", "outlier", "far", "leverage"])
def test_the_known_numbers_are_those_of_the_page(scene):
    found = followed(scene)
    check = check_of(
        np.stack([found.points.x, found.points.y], axis=1), {"delta": 1.0, "c": 4.685, "q": 0.9, "scale": "fixed", "start": "ols"}
    )
    assert check in CHECKS
    assert {name: found.lines[name].slope for name in check.slopes} == pytest.approx(dict(check.slopes), abs=0.5 * 10**-check.digits)


@pytest.mark.parametrize("estimator", [*OF_LOSS, *HIGH_BREAKDOWN])
def test_points_moved_together_take_their_lines_along(estimator):
    places = [(0.0, 0.3), (1.0, 1.1), (2.0, 1.7), (3.5, 3.9), (4.0, 12.0), (6.0, 5.6)]
    plain = followed(own(*places)).lines[estimator]
    aside = followed(own(*((x + 5, y - 2) for x, y in places))).lines[estimator]
    assert (aside.slope, aside.at(5.0)) == pytest.approx((plain.slope, plain.at(0.0) - 2), abs=1e-6)
    tilted = followed(own(*((x, y + 3 * x) for x, y in places))).lines[estimator]
    assert tilted.slope == pytest.approx(plain.slope + 3, abs=1e-6)


@pytest.mark.parametrize("name", OF_LOSS)
def test_the_landscape_is_the_mean_loss_and_lowest_at_its_line(name):
    scene = replace(table("phones"), surface=name)
    found = followed(scene)
    line, surface = found.lines[name], found.surface
    j, i = 3, 17
    loss = losses.make(name, **scene.loss(name)[1])
    import torch

    residuals = (found.points.y - surface.a[i] * (found.points.x - found.pivot) - surface.b[j]) / line.scale
    assert surface.values[j, i] == pytest.approx(float(loss(torch.zeros(len(residuals)), torch.from_numpy(residuals)).mean()))
    near = tuple((at - 1e-3 * span, at + 1e-3 * span) for at, span in ((line.slope, 1.0), (line.at(found.pivot), 50.0)))
    around = landscape_of(scene, found.points, found.lines, found.pivot, near, 3).values
    if name != "mae" and name != "quantile":  # whose scale moves nothing, and whose floor is flat
        assert np.unravel_index(around.argmin(), around.shape) == (1, 1)
    assert around.min() >= around[1, 1] - 1e-9


def test_while_a_hand_drags_frame_and_window_stay_until_a_line_leaves_them():
    rest = followed(CLEAN)
    near = followed(replace(CLEAN, edits=moved((), 10, 9, (9.0, 12.0))), rest)
    assert near.frame == rest.frame and shown(near.surface) == shown(rest.surface)
    far = followed(replace(CLEAN, edits=moved((), 10, 9, (9.0, 1e4))), rest)
    assert far.frame == rest.frame and shown(far.surface) != shown(rest.surface)
    (low, high), _ = shown(far.surface)
    assert low < far.lines["mse"].slope < high
    assert followed(far.scene).frame[1][1] > 1e4


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_shown_whole_with_all_its_lines_in_the_landscape(name):
    found = last(table(name))
    (left, right), (bottom, top) = found.frame
    assert left < found.points.x.min() <= found.points.x.max() < right and bottom < found.points.y.min() <= found.points.y.max() < top
    (a_lo, a_hi), (b_lo, b_hi) = shown(found.surface)
    assert all(a_lo < line.slope < a_hi and b_lo < line.at(found.pivot) < b_hi for line in found.lines.values())
    assert set(found.breakdowns) == {*OF_LOSS, *HIGH_BREAKDOWN} and found.finished
    assert found.breakdowns["mse"].point < found.breakdowns["lts"].point


def test_no_point_one_point_one_column_and_two_points():
    assert last(OutliersScene(data=None)).surface is None
    one, column = followed(own((2.0, 3.0))), followed(own((2.0, 0.0), (2.0, 5.0), (2.0, 9.0)))
    assert (one.lines, column.lines) == ({}, {}) and np.isfinite(column.surface.values).all()
    two = slopes(own((0.0, 1.0), (2.0, 5.0)))
    assert list(two.values()) == pytest.approx([2.0] * len(two), abs=1e-6)
    assert len(followed(replace(CLEAN, edits=tuple(removed((), 10, k)[0] for k in range(10)))).points) == 0


def test_many_points_are_fitted_and_not_swept():
    found = last(table("line_outliers", n=10_000, noise=1.0))
    assert len(found.points) == 10_000 > MOST_SWEPT and not found.breakdowns
    assert found.lines["lts"].slope == pytest.approx(1.0, abs=1e-3)


def test_good_points_are_those_that_no_hand_has_touched_and_no_source_doubts():
    found = followed(replace(CLEAN, edits=added(moved((), 10, 4, (4.0, 40.0)), (3.0, -9.0)))).points
    assert np.flatnonzero(~found.good).tolist() == [4, 10] and found.good_slope() == pytest.approx(1.0)
    assert followed(CLEAN).points.good_slope() is None
    assert set(np.flatnonzero(~followed(table("phones")).points.good)) == set(range(13, 21))


def test_a_typed_loss_is_a_line_like_any_other():
    typed = replace(OutliersScene().with_choice("own", OutliersScene.choose("own", "own", expression=OWN)), surface="own")
    found = followed(typed)
    assert found.lines["own"].slope == pytest.approx(13 / 12, abs=1e-6)
    np.testing.assert_allclose(found.surface.values, followed(replace(typed, surface="huber")).surface.values)
    assert OutliersScene.from_query(typed.to_query()) == typed
    assert replace(typed, own=None).shown == "mse"


@pytest.mark.parametrize("scale", ["fixed", "mad"])
@pytest.mark.parametrize("name", ["phones", "animals"])
def test_a_typed_loss_has_line_weights_and_scale_of_the_built_in_one(name, scale):
    typed = replace(table(name).with_choice("own", OutliersScene.choose("own", "own", expression=OWN)), delta=1.0, scale=scale)
    typed, huber = (followed(typed).lines[each] for each in ("own", "huber"))
    assert (typed.slope, typed.intercept, typed.scale) == pytest.approx((huber.slope, huber.intercept, huber.scale), rel=1e-5)
    assert typed.weights == pytest.approx(huber.weights, abs=1e-5)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("log(-1 - residual**2) + 1 / (residual - residual)", "finite"),
        ("max(0, 1 - margin)", "task"),
        ("residual", "least"),
        ("-residual**2", "least"),
    ],
)
def test_a_typed_loss_without_a_value_here_is_refused(expression, words):
    with pytest.raises(LandscapeError, match=words):
        followed(OutliersScene().with_choice("own", OutliersScene.choose("own", "own", expression=expression)))


@pytest.mark.parametrize(("side", "pivot"), [((-1.0, 9.9), 0.0), ((47.7, 75.3), 62.0), ((3.366, 4.734), 4.0), ((1000.0, 1001.0), 1000.5)])
def test_lines_are_told_by_their_intercept_or_by_their_height_at_a_round_number(side, pivot):
    assert pivot_of(side) == pivot


def test_a_study_can_be_cancelled():
    stages = studied(OutliersScene(), lambda stage, share: None, lambda: True)
    assert next(stages).lines and next(stages).surface.values.shape == (81, 81)
    with pytest.raises(Cancelled, match="^$"):
        next(stages)
