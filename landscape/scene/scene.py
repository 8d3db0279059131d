"""Scene: the names and numbers that say everything Explore shows, and the objective that they name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from torch import nn

from landscape.catalogue import Catalogue, Entry, Parameter
from landscape.data.datasets import Dataset, datasets
from landscape.data.fit import require_fit
from landscape.data.table import BY_VALUES, GAPS, MAX_COLUMNS, TASKS, TEXTS
from landscape.descent.optimizers import optimizers
from landscape.descent.schedules import schedules
from landscape.errors import LandscapeError
from landscape.losses.entry import loss_entry
from landscape.losses.own import losses_and_own
from landscape.losses.penalties import penalties
from landscape.networks.activations import activations
from landscape.networks.models import make_model, models
from landscape.objective import Objective
from landscape.objectives.functions import functions
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Window
from landscape.planes.directions import planes
from landscape.scene.fields import (
    NAMED,
    Choice,
    Fingerprint,
    Group,
    Number,
    choice_of,
    chosen,
    fingerprint,
    frame,
    number,
    optional,
    point,
    several,
)
from landscape.scene.record import LONGEST_QUERY, Record
from landscape.scene.suiting import completed, data_for

__all__ = ["CHOICES", "FILES", "LONGEST_QUERY", "MOST_PARAMETERS", "NUMBERS", "OPTIMIZER_KEYS", "TABLE", "Choice", "Scene", "choose"]

MOST_PARAMETERS = 200_000
OPTIMIZER_KEYS = ("opt", "opt2", "opt3")

# The visitor's own table is known by the fingerprint of its bytes; the file itself must be brought along.
TABLE = "table"
_own_table = Entry(
    TABLE,
    "Your own CSV",
    lambda: None,
    (
        Parameter("target", -1, "target column", -1, MAX_COLUMNS - 1),
        Parameter("task", BY_VALUES, "task", choices=(BY_VALUES, *TASKS)),
        Parameter("gaps", GAPS[0], "blank and unusable cells", choices=GAPS),
        Parameter("text", TEXTS[0], "columns of text", choices=TEXTS),
    ),
)

_methods = (choice_of(optimizers, "gd", {"lr": 0.02}), choice_of(optimizers, "momentum", {"lr": 0.004}))
_line = {"n": 40, "intercept": 0.0, "residuals": "normal", "noise": 0.5}


@dataclass(frozen=True)
class Scene(Record):
    """Everything Explore shows, by name and number; frozen and hashable.

    The default is the smallest network with a saddle, y = w2 w1 x on a noisy line: its whole landscape is one plane (Baldi and Hornik
    1989). With a `function` the landscape is that function's; otherwise it is the empirical risk of `model` under `loss` (and `penalty`)
    on `data`. `start` is where the optimizers set out, in coordinates of the plane (None: the model's own initialization); `window` is
    the part of the plane drawn (None: chosen from the landscape). `table` is the fingerprint of the visitor's own CSV, `weights` of a
    safetensors file whose weights are then the model's initialization.

    In a link to another function, data set, model or loss, what is left out is as the controls would choose it there (`suiting`), so that
    one word is enough for a picture worth seeing: a model or a loss that the default data do not suit brings data along.
    """

    function: Choice | None = optional(functions, group=Group.OBJECTIVE, moves=True)
    data: Choice = chosen(datasets.extended(_own_table), "line", **_line, group=Group.OBJECTIVE, moves=True)
    table: str = fingerprint(group=Group.OBJECTIVE, moves=True)
    model: Choice = chosen(models, "deep_linear", group=Group.OBJECTIVE, moves=True)
    weights: str = fingerprint(group=Group.OBJECTIVE, moves=True)
    loss: Choice = chosen(losses_and_own, "mse", group=Group.OBJECTIVE)
    penalty: Choice | None = optional(penalties, group=Group.OBJECTIVE)
    optimizers: tuple[Choice, ...] = several(optimizers, OPTIMIZER_KEYS, *_methods, group=Group.RUN)
    schedule: Choice = chosen(schedules, "constant", group=Group.RUN)
    steps: int = number(Parameter("steps", 150, "steps", 1, 5_000, "log"), group=Group.RUN)
    batch: int = number(Parameter("batch", 0, "batch size (0: all samples)", 0, 100_000), group=Group.RUN)
    plane: Choice = chosen(planes, "coordinates", group=Group.PLANE, moves=True)
    start: tuple[float, float] | None = point((-1.8, 1.9), group=Group.PLANE, optional=True)
    window: Window | None = frame(((-3.0, 3.0), (-3.0, 3.0)), group=Group.DRAWING, optional=True)
    resolution: int = number(Parameter("resolution", 61, "points a side", 11, 201), group=Group.DRAWING)
    log: bool = number(Parameter("log", False, "logarithmic height"), group=Group.DRAWING)
    seed: int = number(Parameter("seed", 0, "seed", 0, 10**6), group=Group.OBJECTIVE)

    def objective(self, dataset: Dataset | None, prepare: Callable[[nn.Module], None] | None = None) -> Objective:
        """Return the landscape on `dataset` (None for a function's); the model goes through `prepare` first.

        Raises `LandscapeError` where model, loss and data do not go together, or the model is too large to be drawn live.
        """
        if self.function is not None:
            return self.function.build(functions)
        require_fit(loss_entry(self.loss.name, self.loss.settings), dataset)
        model = self._built(dataset)
        if prepare is not None:
            prepare(model)
        dim = _size(model)
        if dim > MOST_PARAMETERS:
            raise LandscapeError("too_many_parameters", owner="scene", got=dim, most=MOST_PARAMETERS)
        penalty = None if self.penalty is None else self.penalty.build(penalties)
        return EmpiricalRisk(model, self.loss.build(losses_and_own), dataset, penalty=penalty, check=False)

    def parameters(self, dataset: Dataset) -> int:
        """Return how many parameters the model has on `dataset`."""
        return _size(self._built(dataset))

    def _built(self, dataset: Dataset) -> nn.Module:
        return make_model(self.model.name, dataset, seed=self.seed, **dict(self.model.settings))

    @property
    def has_kinks(self) -> bool:
        """Whether the loss, or the model's output, is not differentiable somewhere that matters: curvature bounds no learning rate then."""
        if self.function is not None:
            return False
        activation = dict(self.model.settings).get("activation", "identity")
        smooth = loss_entry(self.loss.name, self.loss.settings).traits["smooth"]
        return not smooth or activations[str(activation)].traits.get("piecewise_constant", False)

    @property
    def traits(self) -> Mapping[str, object]:
        """What the function, or else the model, declares of itself."""
        return functions[self.function.name].traits if self.function is not None else models[self.model.name].traits

    def choices(self) -> list[tuple[str, Choice]]:
        said = super().choices()
        if self.function is None:
            return said
        return [(key, choice) for key, choice in said if key == "function" or self.row(key).group is not Group.OBJECTIVE]

    def moved_by(self, key: str) -> bool:
        """Return whether other settings of the choice `key` move the coordinates that places are written in.

        Where the plane is the whole space, they are the parameters themselves, and a start keeps its meaning.
        """
        row = self.row(key)
        return row.moves and (row.group is Group.PLANE or self.plane.name != "coordinates")

    def _foreign(self, default: Scene) -> frozenset[str]:
        """What the landscape is of, other than the default one."""
        of_data = {key for key in ("data", "model", "loss") if getattr(self, key).name != getattr(default, key).name}
        names = (None if scene.function is None else scene.function.name for scene in (self, default))
        of_function = {"function"} if len({*names}) > 1 else set()
        return frozenset(of_function | (of_data if self.function is None else set()))

    def _guessed(self, default: Scene) -> frozenset[str]:
        foreign, places = self._foreign(default), self.placed()
        found = places | {"plane"} if foreign & {"data", "model"} else places if "function" in foreign else frozenset()
        found |= places if self.plane.name != default.plane.name else set()  # another plane has coordinates of its own
        found |= {"model", "loss"} if "data" in foreign else set()
        found |= {"data"} if foreign & {"model", "loss"} else set()
        return found | ({"opt"} if foreign else set())  # steps and schedule, where the learning rates are given, are the default scene's

    def _completed(self, given: Collection[str], version: int) -> Scene:
        scene = self if "data" in given else replace(self, data=data_for(self, {"model", "loss"} & set(given), version))
        return completed(scene, given, scene._guessed(self.default(version)), version)


def _size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


CHOICES: dict[str, Catalogue] = {key: row.kind.catalogue for row in Scene.written_rows() if isinstance(row.kind, NAMED) for key in row.keys}
NUMBERS: dict[str, Parameter] = {row.key: row.kind.parameter for row in Scene.written_rows() if isinstance(row.kind, Number)}
FILES = tuple(row.key for row in Scene.rows() if isinstance(row.kind, Fingerprint))

choose = Scene.choose
