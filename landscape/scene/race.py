"""The scene of the Race page: Explore's landscape, up to eight racers on it, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass

from landscape.catalogue import Parameter
from landscape.descent.optimizers import optimizers
from landscape.objectives.functions import functions
from landscape.plane import Window
from landscape.race.corner import SHAPES
from landscape.scene.fields import Choice, Group, choice_of, frame, number, optional, point, several
from landscape.scene.scene import Scene

RACER_KEYS = ("opt", *(f"opt{k}" for k in range(2, 9)))
TOPICS = ("race", "rates", "basins", "corner", "workers")
# Workers whose paths can be told apart.
MOST_WORKERS = 7
# The optimizers whose basins are mapped.
MAP_KEYS = ("map", "map2", "map3", "map4")
# The learning rates of the racers: as the scene has them, the best of a sweep, or the catalogue's own, which are torch's.
PACES = ("given", "tuned", "default")
# What the playhead counts.
CLOCKS = ("evaluations", "steps")

# From one start they go to all four minima of Himmelblau's function, and Newton to a saddle.
_racers = (
    ("gd", 0.005), ("momentum", 0.005), ("nesterov", 0.005), ("rmsprop", 0.05), ("adam", 0.2), ("sam", 0.01), ("newton", 1.0),
    ("lbfgs", 1.0),
)  # fmt: skip
_mapped = ("gd", "momentum", "adam", "newton")
_methods = optimizers  # which is also the name of a field


@dataclass(frozen=True)
class RaceScene(Scene):
    """What the Race page shows: a scene of Explore with more runs, and one `topic` of the page.

    `steps` is the budget of each run: gradient evaluations by the clock "evaluations", of which a step may cost several, or steps. `target`
    is the share of the way down, from the start to the lowest loss known, that may be left where a racer has arrived. `rule` is the number
    of the racer whose rule is shown with its numbers. `kappa` is the condition number of the topic "rates". The topic "basins" maps where
    the methods `mapped` end, from `starts` x `starts` places; a racer among them has its learning rate. The topic "corner" has a `curve` of
    one parameter, on which gradient descent with its `rate` and Newton's method set out from `begin`. In the topic "workers" so many of
    them average after every `local` steps.
    """

    topic: str = number(Parameter("topic", "race", "topic", choices=TOPICS), group=Group.DRAWING)
    function: Choice | None = optional(functions, choice_of(functions, "himmelblau", {}), group=Group.OBJECTIVE, moves=True)
    optimizers: tuple[Choice, ...] = several(
        optimizers, RACER_KEYS, *(choice_of(optimizers, name, {"lr": lr}) for name, lr in _racers), group=Group.RUN
    )
    steps: int = number(Parameter("steps", 150, "budget", 1, 5_000, "log"), group=Group.RUN)
    clock: str = number(Parameter("clock", CLOCKS[0], "what the budget counts", choices=CLOCKS), group=Group.RUN)
    pace: str = number(Parameter("pace", PACES[0], "learning rates", choices=PACES), group=Group.RUN)
    start: tuple[float, float] | None = point((-4.8, 0.2), group=Group.PLANE, optional=True)
    window: Window | None = frame(None, group=Group.DRAWING, optional=True)
    log: bool = number(Parameter("log", True, "logarithmic height"), group=Group.DRAWING)
    target: float = number(Parameter("target", 1e-3, "target", 1e-9, 0.5, "log"), group=Group.DRAWING)
    rule: int = number(Parameter("rule", 5, "whose rule is shown", 1, len(RACER_KEYS)), group=Group.DRAWING)
    mapped: tuple[Choice, ...] = several(_methods, MAP_KEYS, *map(Choice, _mapped), group=Group.DRAWING)
    starts: int = number(Parameter("starts", 101, "starts a side", 31, 301), group=Group.DRAWING)
    curve: str = number(Parameter("curve", "double_well", "curve", choices=tuple(SHAPES)), group=Group.DRAWING)
    begin: float = number(Parameter("begin", -0.75, "start", -3.0, 3.0), group=Group.DRAWING)
    rate: float = number(Parameter("rate", 0.05, "learning rate", 1e-3, 2.0, "log"), group=Group.DRAWING)
    halvings: int = number(Parameter("halvings", 30, "steps", 3, 50), group=Group.DRAWING)
    workers: int = number(Parameter("workers", 4, "workers", 1, MOST_WORKERS, "log"), group=Group.DRAWING)
    local: int = number(Parameter("local", 8, "local steps", 1, 64, "log"), group=Group.DRAWING)
    worker_rate: float = number(Parameter("worker_rate", 0.05, "learning rate", 1e-3, 1.0, "log"), group=Group.DRAWING)
    worker_batch: int = number(Parameter("worker_batch", 2, "batch of a worker (0: all)", 0, 64), group=Group.DRAWING)
    worker_steps: int = number(Parameter("worker_steps", 96, "steps", 1, 400), group=Group.DRAWING)
    kappa: float = number(Parameter("kappa", 100.0, "condition number", 1.0, 1000.0, "log"), group=Group.DRAWING)

    @property
    def ruler(self) -> int:
        """The number of the racer whose rule is shown: `rule`, or the last racer's where there are fewer."""
        return min(self.rule, len(self.optimizers))
