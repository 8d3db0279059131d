"""Lines: points that a hand may move, a line through them by each estimator, and the landscape of one of their losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from landscape.errors import Cancelled, LandscapeError, Phrase
from landscape.losses.own import OWN_LOSS, losses_and_own, own_traits
from landscape.losses.shapes import Loss
from landscape.plane import Window
from landscape.regression.breakdown import Breakdown, breakdown_point
from landscape.regression.high_breakdown import fit_high_breakdown
from landscape.regression.linear import LinearFit, fit_linear
from landscape.regression.minima import tukey_minima
from landscape.sampling.surface import Surface
from landscape.scene.edits import applied
from landscape.scene.outliers import HIGH_BREAKDOWN, OF_LOSS, TABLES, OutliersScene

# Points a side of the landscape: while a hand drags, and at rest.
DRAGGED, RESTING = 25, 81
# Losses evaluated for one landscape while a hand drags: many points make it coarser, down to so few a side.
MOST_DRAGGED, COARSEST = 2_000_000, 11
# Losses evaluated at a time: 16 MB.
AT_ONCE = 2**21
# What is shown of x and y: all points and so much room around them, as shares of their range; what an outlier of 30 needs on the line.
SIDEWAYS, UPWARD, HEADROOM = 0.1, 0.2, (-9.0, 36.0)
# The room around the lines' places in the landscape: a share of their range, or of the slope and the height of the shown frame.
AROUND, LEAST = 0.45, 0.4
# Points for which what takes seconds is computed: the minima of Tukey's loss and the sweep of bad points.
MOST_SWEPT = 300
# A line so many times farther than all points is on its way to infinity.
RUNAWAY = 1e6
# Without a table, what a first click is in.
EMPTY = (0.0, 10.0)

Side = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a table after a hand's edits: `x` and `y` (n,), and the `number` of each, which stays its own: below `rows` a row's.

    `labels` are the names of rows, `outliers` the numbers of those known to be outliers, `touched` of those that a hand has moved or added,
    `names` what x and y are.
    """

    x: np.ndarray
    y: np.ndarray
    number: np.ndarray
    rows: int
    names: tuple[str, str]
    labels: tuple[str, ...] = ()
    outliers: frozenset[int] = frozenset()
    touched: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.x)

    @property
    def determined(self) -> bool:
        """Whether a line is determined by them: there are two places side by side."""
        return len(self) > 1 and bool(np.ptp(self.x) > 0)

    @property
    def good(self) -> np.ndarray:
        """Which of them (n,) are as they were and not known to be outliers."""
        return ~np.isin(self.number, sorted(self.outliers | self.touched))

    def good_slope(self) -> float | None:
        """Return the least-squares slope of the good ones, where there are others too; None where they determine none."""
        x, y, good = self.x, self.y, self.good
        if good.all() or good.sum() < 2 or np.ptp(x[good]) == 0:
            return None
        return float(np.polynomial.Polynomial.fit(x[good], y[good], 1).convert().coef[1])


@dataclass(frozen=True, eq=False)
class Line:
    """The line of one estimator: y = slope x + intercept, with what each point weighs and pulls in it."""

    name: str
    slope: float
    intercept: float
    weights: np.ndarray
    influence: np.ndarray
    scale: float
    status: str

    @classmethod
    def of(cls, name: str, fit: LinearFit) -> Line:
        """Return a fit of one input by its name."""
        slope = float(fit.coefficients[0])
        return cls(name, slope, fit.intercept, fit.sample_weights, fit.influence, float(fit.scale), fit.status)

    def at(self, x: float) -> float:
        """Return the line's height at x."""
        return self.slope * x + self.intercept


@dataclass(frozen=True)
class Minimum:
    """A line at a local minimum of Tukey's loss, its mean loss, and whether the way from least squares ends there."""

    slope: float
    intercept: float
    risk: float
    from_least_squares: bool

    def at(self, x: float) -> float:
        """Return the line's height at x."""
        return self.slope * x + self.intercept


@dataclass(frozen=True, eq=False)
class Outliers:
    """What is known of a scene: its points, the lines through them, and the landscape of one loss over slope and height at `pivot`.

    `frame` is what of x and y is shown. `surface` is None where there is no point. `minima` are all that Tukey's loss has, the best first.
    `finished` says that nothing more will come.
    """

    scene: OutliersScene
    points: Points
    frame: tuple[Side, Side]
    pivot: float
    lines: Mapping[str, Line]
    surface: Surface | None
    minima: tuple[Minimum, ...] = ()
    breakdowns: Mapping[str, Breakdown] = field(default_factory=dict)
    finished: bool = False


def studied(scene: OutliersScene, report: Callable[[str, float], None], should_stop: Callable[[], bool]) -> Iterator[Outliers]:
    """Yield what a scene shows: lines and a coarse landscape, a fine one with the minima of Tukey's loss, and last where each line breaks.

    Raises `Cancelled` where `should_stop()` is true.
    """
    known = followed(scene)
    yield known
    if known.surface is not None:
        fine = landscape_of(scene, known.points, known.lines, known.pivot, shown(known.surface), RESTING)
        known = replace(known, surface=fine, minima=minima_of(scene, known))
        yield known
    breakdowns = {}
    for k, name in enumerate(known.lines if len(known.points) <= MOST_SWEPT else ()):
        report("breakdown", k / len(known.lines))
        if should_stop():
            raise Cancelled
        if name == OWN_LOSS:
            continue
        loss = name if name in HIGH_BREAKDOWN else scene.loss(name)
        breakdowns[name] = breakdown_point(known.points.x, known.points.y, loss, kind=scene.place)
    yield replace(known, breakdowns=breakdowns, finished=True)


def followed(scene: OutliersScene, before: Outliers | None = None) -> Outliers:
    """Return the first picture of a scene. While a hand drags, it keeps the frame, and as long as all lines are in it, the window of the
    picture `before`.
    """
    points = points_of(scene)
    frame = frame_of(scene, points) if before is None else before.frame
    pivot = pivot_of(frame[0])
    lines = lines_of(scene, points)
    if not len(points):
        return Outliers(scene, points, frame, pivot, lines, None)
    window = window_of(frame, pivot, lines)
    if before is not None and before.surface is not None and _holds(shown(before.surface), pivot, lines):
        window = shown(before.surface)
    resolution = min(DRAGGED, max(COARSEST, math.isqrt(MOST_DRAGGED // len(points))))
    return Outliers(scene, points, frame, pivot, lines, landscape_of(scene, points, lines, pivot, window, resolution))


def points_of(scene: OutliersScene) -> Points:
    """Return the scene's points. Raises LandscapeError where an edit is of a row that is not there."""
    if scene.data is None:
        places, numbers = applied(scene.edits, np.empty((0, 2)))
        return Points(places[:, 0].copy(), places[:, 1].copy(), numbers, 0, ("x", "y"))
    data = scene.data.build(TABLES, 0)
    column, rows = min(scene.column, data.inputs.shape[1] - 1), len(data.targets)
    places, numbers = applied(scene.edits, np.stack([data.inputs[:, column], data.targets], axis=1))
    raised = scene.data.get("outlier", 1.0) != 0  # the rows that are raised by nothing are no outliers
    outliers = frozenset(row for row in data.outliers if raised or row >= scene.data.get("n"))
    moved = {edit.point for edit in scene.edits if edit.point is not None and edit.at}
    touched = frozenset({*moved, *numbers[numbers >= rows].tolist()})
    names = data.feature_names[column], data.target_names[0]
    return Points(places[:, 0].copy(), places[:, 1].copy(), numbers, rows, names, data.row_names, outliers, touched)


def lines_of(scene: OutliersScene, points: Points) -> dict[str, Line]:
    """Return the line of every estimator by its name; none where the points determine no line."""
    if not points.determined:
        return {}
    x, y, scale = points.x, points.y, "mad" if scene.scale == "mad" else 1.0
    high = {name: fit_high_breakdown(x, y, kind=name) for name in HIGH_BREAKDOWN}
    starts = {"tukey": high["lts"]} if scene.start == "lts" else {}
    fits = {name: fit_linear(x, y, scene.loss(name), scale=scale, start=starts.get(name)) for name in OF_LOSS}
    lines = {name: Line.of(name, fit) for name, fit in {**fits, **high}.items()}
    return lines if scene.own is None else {**lines, OWN_LOSS: _own_line(scene, points, lines)}


def _own_line(scene: OutliersScene, points: Points, lines: Mapping[str, Line]) -> Line:
    """Return the line of least typed loss that is reached from the one of the other lines under which that loss is least.

    Raises LandscapeError for a loss of a margin, for one that has no value at any of them, and for one without a least value.
    """
    loss = losses_and_own.make(OWN_LOSS, **dict(scene.own.settings))
    if "regression" not in own_traits(loss)["tasks"]:
        raise LandscapeError("wrong_task", owner="own", expected="regression", got="binary")
    scale = lines["mse"].scale if scene.scale == "mad" and lines["mse"].scale > 0 else 1.0
    risks = {line: _mean(loss, line.slope * points.x + line.intercept, points.y, scale) for line in lines.values()}
    if not np.isfinite(list(risks.values())).any():
        raise LandscapeError("expression_not_finite", got="NaN")
    start = min(risks, key=lambda line: risks[line] if math.isfinite(risks[line]) else math.inf)
    fitted = "mad" if scene.scale == "mad" else 1.0
    fit = fit_linear(points.x, points.y, loss, scale=fitted, start=[start.slope, start.intercept])
    if fit.status == "not_converged" and not np.abs(fit.predict(points.x)).max() <= RUNAWAY * (1 + np.abs(points.y).max()):
        raise LandscapeError("expression_bottomless", got=Phrase("falls_without_end"))
    return Line.of(OWN_LOSS, fit)


def _mean(loss: Loss, outputs: np.ndarray, targets: np.ndarray, scale: float) -> float:
    return float(loss(torch.from_numpy(outputs / scale), torch.from_numpy(targets / scale)).mean())


def minima_of(scene: OutliersScene, known: Outliers) -> tuple[Minimum, ...]:
    """Return the local minima of Tukey's loss, where its landscape is shown and the points are few enough to look for them all."""
    if scene.shown != "tukey" or "tukey" not in known.lines or len(known.points) > MOST_SWEPT:
        return ()
    found = tukey_minima(known.points.x, known.points.y, c=scene.c, scale=_scale(scene, known.lines))
    each = zip(found.coefficients[:, 0], found.intercepts, found.risks, strict=True)
    return tuple(Minimum(float(slope), float(b), float(risk), k == found.least_squares) for k, (slope, b, risk) in enumerate(each))


def frame_of(scene: OutliersScene, points: Points) -> tuple[Side, Side]:
    """Return what of x and y is shown: all points, with room to drag one away."""
    if scene.data is None:
        return _roomy(np.append(points.x, EMPTY), SIDEWAYS), _roomy(np.append(points.y, EMPTY), UPWARD)
    bottom, top = _roomy(points.y, UPWARD)
    if scene.data.name == "line_outliers":
        bottom, top = min(bottom, HEADROOM[0]), max(top, HEADROOM[1] + scene.data.get("n"))
    return _roomy(points.x, SIDEWAYS), (bottom, top)


def pivot_of(side: Side) -> float:
    """Return where lines are told by their heights: 0, the intercept, where it is in sight, else a round number in the middle of x."""
    low, high = side
    if low <= 0 <= high:
        return 0.0
    middle = (low + high) / 2
    return float(f"{middle:.{max(0, math.ceil(math.log10(abs(middle) / (high - low))))}e}")


def window_of(frame: tuple[Side, Side], pivot: float, lines: Mapping[str, Line]) -> Window:
    """Return the slopes and heights of the landscape: those of all lines, with room around them."""
    (left, right), (bottom, top) = frame
    slopes = [line.slope for line in lines.values()] or [0.0]
    heights = [line.at(pivot) for line in lines.values()] or [(bottom + top) / 2]
    tall = top - bottom
    return _around(slopes, LEAST * tall / (right - left)), _around(heights, LEAST * tall)


def shown(surface: Surface) -> Window:
    """Return the window of a surface."""
    return (float(surface.a[0]), float(surface.a[-1])), (float(surface.b[0]), float(surface.b[-1]))


def landscape_of(scene: OutliersScene, points: Points, lines: Mapping[str, Line], pivot: float, window: Window, resolution: int) -> Surface:
    """Return the mean loss of every line of the window, by the loss itself; in units of the scale that its line has."""
    name, settings = scene.loss(scene.shown)
    loss, scale = losses_and_own.make(name, **settings), _scale(scene, lines)
    a, b = (np.linspace(*side, resolution) for side in window)
    slopes, heights = (torch.from_numpy(grid.ravel()) for grid in np.meshgrid(a, b))
    x, y = torch.from_numpy(points.x - pivot), torch.from_numpy(points.y)
    values = np.empty(len(slopes))
    step = max(1, AT_ONCE // len(points))
    for k in range(0, len(slopes), step):
        here = slice(k, k + step)
        outputs = slopes[here, None] * x + heights[here, None]
        each = loss((outputs / scale).reshape(-1), (y / scale).expand(len(outputs), -1).reshape(-1))
        values[here] = each.reshape(outputs.shape).mean(1).numpy()
    values = values.reshape(resolution, resolution)
    return Surface(a, b, values, np.zeros(values.shape), values.size)


def _scale(scene: OutliersScene, lines: Mapping[str, Line]) -> float:
    """Return the scale that residuals of the landscape are divided by: that of its line, held, where it is known."""
    line = lines.get(scene.shown)
    return line.scale if scene.scale == "mad" and line is not None and line.scale > 0 else 1.0


def _holds(window: Window, pivot: float, lines: Mapping[str, Line]) -> bool:
    (a_lo, a_hi), (b_lo, b_hi) = window
    return all(a_lo < line.slope < a_hi and b_lo < line.at(pivot) < b_hi for line in lines.values())


def _roomy(values: np.ndarray, room: float) -> Side:
    low, high = (float(values.min()), float(values.max())) if len(values) else EMPTY
    span = high - low or max(abs(high), 1.0)
    return low - room * span, high + room * span


def _around(values: list[float], least: float) -> Side:
    low, high = min(values), max(values)
    room = max(AROUND * (high - low), least)
    return low - room, high + room
