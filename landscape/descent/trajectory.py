"""Trajectory: the path of an optimizer, its true losses, and why it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from landscape.descent.method import Descent, Optimizer
from landscape.errors import MOST_SEED, Cancelled, SingularHessian, require_made, require_seed, require_whole
from landscape.objective import ArrayLike, Objective, require_objective

# A run of finite losses has diverged if the last two exceed the first by more than this relative rounding error and the last is the largest
# of all; a run that oscillates across its first loss has not.
ROUNDING = 1e-9
# The cost of a step, one forward and one backward pass, in evaluations of the loss on the same samples.
STEP_WORK = 3
# Statuses of runs that left for infinity.
AWAY = ("diverged", "unbounded")
# A loss is unbounded below once it has decreased by DEEPEST times its former range, at a distance of FARTHEST max(1, |theta_0|) from the
# start, with a slope that became steeper for LONGEST steps in succession: a single step may lead anywhere.
DEEPEST, FARTHEST, LONGEST = 1e6, 100.0, 5
# For a test function, whose critical points lie in a window, these smaller numbers suffice at OUTSIDE times its half diagonal from the
# start.
OUTSIDE, KNOWN_DEEPEST, KNOWN_LONGEST = 10.0, 1e3, 3


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The iterates of an optimizer, `thetas` (T+1, D), with the full-data loss at each, `losses` (T+1,).

    `status` is "completed", "diverged" (the loss became NaN or infinite, or its last two values exceed the first and the last is the
    largest), "unbounded" (the loss is unbounded below, see `Fall`; the run ends as soon as that is detected) or "singular" (the Newton step
    did not exist). `step` is where that happened: for a diverged run the first step from which the loss stayed above its initial value, for
    an unbounded one the step from which the slope only became steeper; otherwise T. Nothing is clipped: the last row of a diverged run may
    be infinite.

    `spent` (T+1,) is what the run had cost at each point, in gradient evaluations (see `Descent.spent`), and `states` what made each step,
    (T, D) by symbol (see `Descent.state`); None where they were not kept.
    """

    thetas: np.ndarray
    losses: np.ndarray
    status: str
    step: int
    spent: np.ndarray | None = field(default=None, kw_only=True)
    states: Mapping[str, np.ndarray] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for array in (self.thetas, self.losses, self.spent, *(self.states or {}).values()):
            if array is not None:
                array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.losses)

    @property
    def ran_away(self) -> bool:
        """Whether the run diverged or is unbounded, so that its last point is of no use as the origin of a plane."""
        return self.status in AWAY


class Fall:
    """Detects, point by point, a loss that is unbounded below along a run.

    The steepness of a step is the decrease of the loss divided by the step's length; `since` is the step from which each was steeper than
    the one before. The run is `unbounded` when that sequence is `LONGEST` steps long, the loss has decreased over it by `DEEPEST` times the
    range of all losses up to its first point, and the distance from theta_0 is `FARTHEST` max(1, |theta_0|); or when the loss is minus
    infinity. Beyond the distance `known`, within which all minima lie, `KNOWN_LONGEST` and `KNOWN_DEEPEST` suffice. The criterion is
    invariant to shifts and positive scalings of the loss. On the way to a minimum steps become flatter in the end: for a convex loss from
    the first step, otherwise after the last inflection.
    """

    def __init__(self, known: float = np.inf) -> None:
        self.points, self._known = 0, known
        self.since = 0
        self.unbounded = False
        self._steepness = np.inf

    def follow(self, theta: np.ndarray, loss: float) -> bool:
        """Add the next point (D,) and the loss there; return whether the run is unbounded."""
        with np.errstate(over="ignore", invalid="ignore"):
            if self.points == 0:
                self._start, self._reach = theta, FARTHEST * max(1.0, float(np.linalg.norm(theta)))
                self._lowest = self._highest = loss
            else:
                self.unbounded = self._stepped(theta, loss)
        self._theta, self._loss = theta, loss
        self.points += 1
        return self.unbounded

    def _stepped(self, theta: np.ndarray, loss: float) -> bool:
        way = float(np.linalg.norm(theta - self._theta))
        before, self._steepness = self._steepness, (self._loss - loss) / way if way > 0 else 0.0
        self._lowest, self._highest = min(self._lowest, loss), max(self._highest, loss)
        if loss == -np.inf:
            return True
        if self._steepness > max(before, 0.0):
            long, far, deep = self.points - self.since, np.linalg.norm(theta - self._start), self._brink - loss
            anywhere = long >= LONGEST and far >= self._reach and deep >= DEEPEST * self._range
            return bool(anywhere or (long >= KNOWN_LONGEST and far >= self._known and deep >= KNOWN_DEEPEST * self._range))
        self.since, self._brink, self._range = self.points, loss, self._highest - self._lowest
        return False


def descend(
    objective: Objective,
    optimizer: Optimizer,
    start: ArrayLike | None = None,
    *,
    steps: int,
    batch_size: int | None = None,
    seed: int = 0,
    schedule: Callable[[int, int], float] | None = None,
    watch: bool = False,
    report: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Trajectory:
    """Run `steps` steps of `optimizer` from `start` (D,) (None: the objective's own theta) and return the trajectory.

    `batch_size` None takes all samples at every step; a number takes that many without replacement, with a new permutation each epoch from
    a generator seeded by `seed`; the noise of a method that draws any comes from another one with this seed. `watch` keeps the vectors that
    made each step. The learning rate is multiplied by `schedule(step, steps)`. `report` is called with the finished share of
    the work, which for mini-batches includes the full-data losses computed after the run, and `should_stop` before each step; `Cancelled`
    is raised where it returns True. Raises `LandscapeError` when `steps` or `batch_size` is below 1, and for a batch of a full-batch
    method.
    """
    require_objective("descend", objective)
    seed = require_seed("descend", seed, -MOST_SEED)
    require_made("descend", "optimizer", optimizer, Optimizer, "make_optimizer")
    steps = require_whole("descend", "steps", steps, 1, None)
    batch_size = None if batch_size is None else require_whole("descend", "batch_size", batch_size, 1, None)
    descent = optimizer.start(objective, objective.tensor(objective.theta if start is None else start), seed)
    batches, watched = shuffled(objective.samples, batch_size, seed), _Watched(watch)
    thetas, losses, status, fall = [descent.theta.double().numpy(force=True).copy()], [], "completed", Fall(_far_out(objective))
    whole = batch_size is None or batch_size >= objective.samples
    ran = 1.0 if whole else STEP_WORK * batch_size / (STEP_WORK * batch_size + objective.samples)  # the steps' share of the work
    for step in range(steps):
        if should_stop is not None and should_stop():
            raise Cancelled
        try:
            losses.append(descent.step(next(batches), 1.0 if schedule is None else schedule(step, steps)))
        except SingularHessian:
            status = "singular"
            break
        if whole and fall.follow(thetas[-1], losses[-1]):
            break
        thetas.append(descent.theta.double().numpy(force=True).copy())
        watched.follow(descent)
        if not (np.isfinite(losses[-1]) and np.isfinite(thetas[-1]).all()):
            break
        if report is not None:
            report(ran * (step + 1) / steps)
    points = np.array(thetas)
    if not whole:
        told = None if report is None else lambda share: report(ran + (1 - ran) * share)
        return watched.of(judged(points, _true_losses(objective, points, told, should_stop), status, fall))
    if len(losses) < len(points):  # each step returned the full-data loss before it
        losses.append(objective.value(points[-1]))
    return watched.of(judged(points, np.array(losses), status, fall))


class _Watched:
    """What each step of a run cost, and the vectors that made it, if they are wanted."""

    def __init__(self, watch: bool) -> None:
        self._spent, self._states, self._watch = [0], [], watch

    def follow(self, descent: Descent) -> None:
        """Add the step that the run has just taken."""
        self._spent.append(descent.spent)
        if self._watch:
            self._states.append(descent.state())

    def of(self, run: Trajectory) -> Trajectory:
        """Return the run with what was seen of it; a symbol that a step lacks, such as of a memory not begun yet, has zeros there."""
        steps = self._states[: len(run) - 1]
        symbols = dict.fromkeys(symbol for state in steps for symbol in state)
        nothing = np.zeros(run.thetas.shape[1])
        states = {symbol: np.array([state.get(symbol, nothing) for state in steps]) for symbol in symbols}
        return replace(run, spent=np.array(self._spent[: len(run)], dtype=np.float64), states=states if self._watch else None)


def shuffled(samples: int, batch_size: int | None, seed: int) -> Iterator[torch.Tensor | None]:
    """Yield batches of sample indices indefinitely: a new permutation each epoch, the shorter last one included; None: all."""
    if batch_size is None or batch_size >= samples:
        while True:
            yield None
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield from torch.randperm(samples, generator=generator).split(batch_size)


def _true_losses(
    objective: Objective, points: np.ndarray, report: Callable[[float], None] | None, should_stop: Callable[[], bool] | None
) -> np.ndarray:
    """Return the full-data loss at every point, `at_once` points a call, which gives the same bytes as a single call."""
    losses: list[np.ndarray] = []
    for first in range(0, len(points), objective.at_once):
        if should_stop is not None and should_stop():
            raise Cancelled
        losses.append(objective.values(points[first : first + objective.at_once]))
        if report is not None:
            report(min(1.0, (first + objective.at_once) / len(points)))
    return np.concatenate(losses)


def _far_out(objective: Objective) -> float:
    """Return the distance from the start beyond which a test function has no critical points; infinite for another objective."""
    window = getattr(objective, "window", None)
    return np.inf if window is None else OUTSIDE * float(np.linalg.norm(np.ptp(window, axis=1))) / 2


def judged(points: np.ndarray, losses: np.ndarray, status: str, fall: Fall) -> Trajectory:
    """Return the trajectory with its status, shorter where it is unbounded.

    `fall` has been given the points whose full-data losses were known during the run.
    """
    while not fall.unbounded and fall.points < len(losses):
        fall.follow(points[fall.points], losses[fall.points])
    if fall.unbounded:
        return Trajectory(points[: fall.points], losses[: fall.points], "unbounded", fall.since)
    last, first = losses[-1], losses[0]
    ended_highest = losses[-2:].min() > first + ROUNDING * abs(first) and not (losses > last).any()
    ran_away = not (np.isfinite(last) and np.isfinite(points[-1]).all())
    if ran_away or (status == "completed" and ended_highest):
        below = np.flatnonzero(losses <= first + ROUNDING * abs(first))
        return Trajectory(points, losses, "diverged", int(below[-1]) + 1 if len(below) else 0)
    return Trajectory(points, losses, status, len(losses) - 1)
