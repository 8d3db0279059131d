"""River: a valley whose floor falls slowly between steep walls (Wen et al. 2024). A large rate goes far along it, but rides above its
floor; decay drops into it.

The same three rides go down the test function `river_valley` and the loss of a small network: a large rate that stays, the same with a
decay at the end, and a small rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from landscape.catalogue import Entry, Parameter
from landscape.descent.optimizers import make_optimizer
from landscape.descent.schedules import Schedule, make_schedule
from landscape.descent.trajectory import shuffled
from landscape.errors import Cancelled
from landscape.minima.digits import Task, digits
from landscape.minima.study import Report, ShouldStop, Study
from landscape.objective import Objective
from landscape.objectives.functions import make_function
from landscape.plane import Plane
from landscape.sampling.surface import Surface, sample_surface
from landscape.sculpting.sculpture import read_only

# The rides, and by what the small rate is smaller; the share of steps over which the rate decays to zero.
RIDES, SMALLER, DECAY = ("constant", "decayed", "small"), 8, 0.2
# On the function: the steps, by how much each of them sees the valley shifted across, and how many rides are drawn.
STEPS, SHIFT, DRAWS = 500, 0.1, 16
# On the network: the steps, the size of a batch, and how many steps apart the loss of all samples is looked at.
NET_STEPS, BATCH, LOOKED_AT = 600, 4, 10
# Small steps down to the floor: so many, at a rate that hardly moves along it.
DOWN, DOWN_RATE, NET_DOWN, NET_DOWN_RATE = 60, 0.01, 40, 0.1
# Before the decay and at the end, a level is the mean of the losses in this share of the run.
LEVEL = 0.1
RESOLUTION = 61


@dataclass(frozen=True, eq=False)
class Ride:
    """One way to set the rate, n times: the `losses` (n, m) of all data at `steps` (m,) of `planned`, and the `floors` (n,), the losses
    that small steps without noise reach from its ends. `paths` (n, planned + 1, 2) are the places on a plane, if it is on one.
    """

    name: str
    lr: float
    planned: int
    steps: np.ndarray
    losses: np.ndarray
    floors: np.ndarray
    paths: np.ndarray

    def __post_init__(self) -> None:
        for name in ("steps", "losses", "floors", "paths"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def level(self) -> np.ndarray:
        """The mean loss (n,) in the last steps before the decay sets in."""
        share = self.steps / self.planned
        return self.losses[:, (share > 1 - DECAY - LEVEL) & (share <= 1 - DECAY)].mean(axis=1)

    @property
    def ending(self) -> np.ndarray:
        """The mean loss (n,) in the last steps of all."""
        return self.losses[:, self.steps / self.planned > 1 - LEVEL].mean(axis=1)

    @property
    def above(self) -> np.ndarray:
        """How far above the floor the rides end (n,)."""
        return self.losses[:, -1] - self.floors

    @property
    def hover(self) -> np.ndarray:
        """How far above the floor the last steps are in the mean (n,): single ones come and go with the noise."""
        return self.ending - self.floors


@dataclass(frozen=True, eq=False)
class Rides:
    """The three rides down one landscape."""

    constant: Ride
    decayed: Ride
    small: Ride

    def __iter__(self) -> Iterator[Ride]:
        return iter((self.constant, self.decayed, self.small))

    @property
    def typical(self) -> int:
        """Which of the n ends, at the large rate that stays, where half of them end below."""
        return int(np.argsort(self.constant.losses[:, -1])[len(self.constant.floors) // 2])

    @property
    def drops(self) -> np.ndarray:
        """By how much the loss falls while the rate decays (n,)."""
        return self.decayed.level - self.decayed.losses[:, -1]

    @property
    def dropped(self) -> bool:
        """Whether decay brings every ride down, and in the median below where those end that go on at the large rate."""
        return bool((self.drops > 0).all() and np.median(self.decayed.losses[:, -1]) < np.median(self.constant.ending))

    @property
    def further(self) -> bool:
        """Whether every ride at the large rate has a lower floor under it than the one at the small rate: it went further."""
        return bool((self.constant.floors < self.small.floors).all())


@dataclass(frozen=True, eq=False)
class River:
    """The rides down the function, with its surface, and down the network's loss, for as many of `planned` seeds as are done."""

    surface: Surface
    valley: Rides
    net: Rides | None
    planned: int

    @property
    def finished(self) -> bool:
        return self.net is not None and len(self.net.constant.floors) == self.planned


def river_rides(
    *,
    lr: float = 0.06,
    net_lr: float = 0.6,
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4),
    samples: int = 600,
    widths: tuple[int, ...] = (32,),
    report: Callable[[float], None] = lambda share: None,
    should_stop: ShouldStop = lambda: False,
) -> Iterator[River]:
    """Yield the rides down `river_valley` at the rate `lr`, with noise of the first of `seeds`, then with those down a network's
    loss at `net_lr`, seed by seed.

    A tanh network on `samples` digits; each seed draws images, weights and batches. `report` hears the finished share; where `should_stop`
    answers True, `Cancelled` is raised.
    """
    function = make_function("river_valley")
    surface = sample_surface(function, Plane(np.zeros(2), *np.eye(2)), function.window, resolution=RESOLUTION, should_stop=should_stop)
    river = River(surface, down_the_valley(function, lr, seed=seeds[0], should_stop=should_stop), None, len(seeds))
    yield river
    for k, seed in enumerate(seeds):
        report(k / len(seeds))
        task = digits(samples, widths=widths, seed=seed)
        rides = down_the_loss(task, net_lr, seed=seed, should_stop=should_stop)
        river = replace(river, net=rides if river.net is None else Rides(*map(_joined, river.net, rides)))
        yield river


def down_the_valley(function: Objective, lr: float, *, draws: int = DRAWS, seed: int = 0, should_stop: ShouldStop = lambda: False) -> Rides:
    """Return the rides down an analytic valley from its start, where each step sees the valley shifted by Gaussian noise across it."""
    return Rides(*(_flowed(function, name, rate, schedule, draws, seed, should_stop) for name, rate, schedule in _ways(lr)))


def down_the_loss(task: Task, lr: float, *, seed: int = 0, should_stop: ShouldStop = lambda: False) -> Rides:
    """Return the rides of SGD in small batches down the task's risk from its initial weights."""
    return Rides(*(_trained(task, name, rate, schedule, seed, should_stop) for name, rate, schedule in _ways(lr)))


def _ways(lr: float) -> Iterator[tuple[str, float, Schedule]]:
    constant = make_schedule("constant")
    yield from zip(RIDES, (lr, lr, lr / SMALLER), (constant, make_schedule("wsd", decay=DECAY), constant), strict=True)


def _flowed(function: Objective, name: str, lr: float, schedule: Schedule, draws: int, seed: int, should_stop: ShouldStop) -> Ride:
    rng = np.random.default_rng(seed)
    points = np.tile(function.theta, (draws, 1))
    paths, losses = [points], [function.values(points)]
    for step in range(STEPS):
        if should_stop():
            raise Cancelled
        shift = np.stack([np.zeros(draws), SHIFT * rng.standard_normal(draws)], axis=1)
        points = points - lr * schedule(step, STEPS) * function.gradients(points - shift)
        paths.append(points)
        losses.append(function.values(points))
    for _ in range(DOWN):
        points = points - DOWN_RATE * function.gradients(points)
    return Ride(name, lr, STEPS, np.arange(STEPS + 1), np.array(losses).T, function.values(points), np.stack(paths, axis=1))


def _trained(task: Task, name: str, lr: float, schedule: Schedule, seed: int, should_stop: ShouldStop) -> Ride:
    risk, batches = task.risk, shuffled(task.risk.samples, BATCH, seed)
    descent = make_optimizer("sgd", lr=lr).start(risk, risk.theta)
    steps, losses = [0], [risk.value(risk.theta)]
    for step in range(NET_STEPS):
        if should_stop():
            raise Cancelled
        descent.step(next(batches), schedule(step, NET_STEPS))
        if (step + 1) % LOOKED_AT == 0:
            steps.append(step + 1)
            losses.append(risk.value(descent.theta))
    floor = make_optimizer("gd", lr=NET_DOWN_RATE).start(risk, descent.theta)
    for _ in range(NET_DOWN):
        floor.step()
    return Ride(name, lr, NET_STEPS, np.array(steps), np.array([losses]), np.array([risk.value(floor.theta)]), np.empty((0, 0, 2)))


def _joined(ride: Ride, more: Ride) -> Ride:
    return replace(ride, losses=np.concatenate([ride.losses, more.losses]), floors=np.concatenate([ride.floors, more.floors]))


@dataclass(frozen=True)
class RiverStudy(Study):
    """The rides down the function at `lr` and down a network's loss at `net_lr`, over so many `seeds`."""

    lr: float
    net_lr: float
    seeds: int

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[River]:
        def told(share: float) -> None:
            report("training", share)

        return river_rides(lr=self.lr, net_lr=self.net_lr, seeds=tuple(range(self.seeds)), report=told, should_stop=should_stop)


RIVER = Entry(
    "river",
    "River valley",
    RiverStudy,
    (
        Parameter("lr", 0.06, "large rate on the function", 0.01, 0.08, "log"),
        Parameter("net_lr", 0.6, "large rate of the network", 0.1, 1.0, "log"),
        Parameter("seeds", 5, "seeds", 1, 10),
    ),
    formula=r"\eta_t = \eta \cdot \min\Big(\frac{t + 1}{W},\ 1,\ \frac{T - t}{D}\Big)",
    source="Wen et al. 2024, Understanding Warmup-Stable-Decay Learning Rates: A River Valley Loss Landscape Perspective",
)
