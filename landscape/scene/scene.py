"""Scene: the names and numbers that say everything a page shows, and its lossless form as a URL query.

`CHOICES` and `NUMBERS` are the one table of what a scene holds; reading a query and writing one are loops over it. A query is hostile until
proven otherwise: its length is capped, names come from closed lists, numbers are finite and within their declared range.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from urllib.parse import parse_qsl, urlencode

import numpy as np
from torch import nn

from landscape.catalogue import Catalogue, Entry, Parameter, Value
from landscape.data.datasets import TASKS, Dataset, datasets
from landscape.data.fit import fits, require_fit
from landscape.data.table import BY_VALUES, GAPS, MAX_COLUMNS, TEXTS
from landscape.descent.optimizers import optimizers
from landscape.descent.schedules import schedules
from landscape.errors import LandscapeError
from landscape.losses.losses import losses
from landscape.losses.penalties import penalties
from landscape.networks.activations import activations
from landscape.networks.models import make_model, models
from landscape.objective import Objective
from landscape.objectives.functions import functions
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Window
from landscape.planes.directions import planes
from landscape.scene.suggestions import (
    LARGEST,
    STEPS,
    calmed_lr,
    moves,
    sharpness,
    sketched,
    stand_in,
    suggested_lr,
    suggested_schedule,
    suits_loss,
    suits_model,
    tried_lr,
    usual_loss,
    usual_model,
)

LONGEST_QUERY = 4_000
MOST_PARAMETERS = 200_000
AUTOMATIC = "auto"
OPTIMIZER_KEYS = ("opt", "opt2", "opt3")

# What is made to suit a landscape where nobody settled it; "opt" stands for the learning rates, "settings" for those of the model, "path"
# for a plane of the path, which has to move.
SPACE = frozenset({"plane", "start", "window"})
PACE = frozenset({"opt", "steps", "schedule"})
SUITED = SPACE | PACE | {"model", "settings", "loss", "path"}
# The planes that only a path that moves can span.
OF_A_PATH = ("pca", "three_points")
# The data of a link whose model or loss does not go with the default ones, the first that does.
OTHERWISE = ("moons", "digits")

# The visitor's own table and weights are known by the fingerprint of their bytes; the files themselves must be brought along.
TABLE = "table"
FILES = ("table", "weights")
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

CHOICES: dict[str, Catalogue] = {
    "function": functions,
    "data": datasets.extended(_own_table),
    "model": models,
    "loss": losses,
    "penalty": penalties,
    "schedule": schedules,
    "plane": planes,
    **dict.fromkeys(OPTIMIZER_KEYS, optimizers),
}

NUMBERS: dict[str, Parameter] = {
    "steps": Parameter("steps", 150, "steps", 1, 5_000, "log"),
    "batch": Parameter("batch", 0, "batch size (0: all samples)", 0, 100_000),
    "resolution": Parameter("resolution", 61, "points a side", 11, 201),
    "log": Parameter("log", False, "logarithmic height"),
    "seed": Parameter("seed", 0, "seed", 0, 10**6),
}


@dataclass(frozen=True)
class Choice:
    """An entry of a catalogue with all its parameters: what one row of controls, or one name in a URL, stands for."""

    name: str
    settings: tuple[tuple[str, Value], ...] = ()

    def get(self, parameter: str, default: Value | None = None) -> Value | None:
        """Return a parameter's value, or `default` where this entry has no such parameter."""
        return dict(self.settings).get(parameter, default)

    def build(self, catalogue: Catalogue, *context: object) -> object:
        """Build the entry with its settings."""
        return catalogue.make(self.name, *context, **dict(self.settings))


def choose(key: str, name: str, **given: object) -> Choice:
    """Return the checked choice `name` for the scene's field `key`, with defaults for what is not given."""
    return Choice(name, tuple(CHOICES[key][name].settings(given).items()))


@dataclass(frozen=True)
class Scene:
    """Everything a page shows, by name and number; frozen and hashable.

    The default is the smallest network with a saddle, y = w2 w1 x on a noisy line: its whole landscape is one plane (Baldi and Hornik
    1989). With a `function` the landscape is that function's; otherwise it is the empirical risk of `model` under `loss` (and `penalty`)
    on `data`. `start` is where the optimizers set out, in coordinates of the plane (None: the model's own initialization); `window` is
    the part of the plane drawn (None: chosen from the landscape). `table` is the fingerprint of the visitor's own CSV, `weights` of a
    safetensors file whose weights are then the model's initialization.
    """

    function: Choice | None = None
    data: Choice = choose("data", "line", n=40, intercept=0.0, residuals="normal", noise=0.5)
    table: str = ""
    model: Choice = choose("model", "deep_linear")
    weights: str = ""
    loss: Choice = choose("loss", "mse")
    penalty: Choice | None = None
    optimizers: tuple[Choice, ...] = (choose("opt", "gd", lr=0.02), choose("opt2", "momentum", lr=0.004))
    schedule: Choice = choose("schedule", "constant")
    steps: int = 150
    batch: int = 0
    plane: Choice = choose("plane", "coordinates")
    start: tuple[float, float] | None = (-1.8, 1.9)
    window: Window | None = ((-3.0, 3.0), (-3.0, 3.0))
    resolution: int = 61
    log: bool = False
    seed: int = 0

    @classmethod
    def from_query(cls, query: str | Mapping[str, str]) -> Scene:
        """Read the scene from a URL query, with or without its leading "?".

        What is left out is as in `Scene()`; but in a link to another function, data set, model or loss it is as the controls would choose
        it there (`suited`), so that one word is enough for a picture worth seeing: a model or a loss that the default data do not suit
        brings data along.
        Raises `LandscapeError` for a query that is too long, names something unknown, or gives a number that is not finite or out of range.
        Keys that are not a scene's are ignored: messengers append their own.
        """
        given = _pairs(query)
        scene, values = cls(), {}
        for key in ("data", "model", "loss", "schedule", "plane"):
            values[key] = _read_choice(given, key, getattr(scene, key))
        for key in ("function", "penalty"):
            values[key] = _read_choice(given, key, None) if key in given else None
        for key, parameter in NUMBERS.items():
            if key in given:
                values[key] = parameter.parse("scene", given[key])
        values["optimizers"] = _read_optimizers(given, scene.optimizers)
        for key, count in (("start", 2), ("window", 4)):
            if key in given:
                numbers = None if given[key] == AUTOMATIC else _read_numbers(given, key, count)
                values[key] = _window(numbers) if numbers and count == 4 else numbers
        for key in FILES:
            values[key] = _read_fingerprint(given, key)
        scene = replace(scene, **values)
        if "data" not in given:
            scene = replace(scene, data=scene._data_for({"model", "loss"} & given.keys()))
        return scene._completed(given) if scene._foreign or scene._guessed else scene

    def to_query(self) -> str:
        """Return the canonical query string; `from_query` reads back an equal scene.

        Fixed order, defaults left out; but what a reader would have to guess, since it depends on what the scene is of, is spelled out.
        """
        default, pairs, guessed = Scene(), [], self._guessed
        for key in ("function", "data", "model", "loss", "penalty", "schedule", "plane"):
            if getattr(self, key) != getattr(default, key) or key in guessed:
                pairs += _write_choice(key, getattr(self, key))
        if self.optimizers != default.optimizers or "opt" in guessed:
            for key, choice in zip(OPTIMIZER_KEYS, self.optimizers, strict=False):
                pairs += _write_choice(key, choice)
        for key, parameter in NUMBERS.items():
            if getattr(self, key) != getattr(default, key):
                pairs.append((key, parameter.write(getattr(self, key))))
        pairs += [(key, getattr(self, key)) for key in FILES if getattr(self, key)]
        for key, count in (("start", 2), ("window", 4)):
            if getattr(self, key) != getattr(default, key) or key in guessed:
                numbers = (np.ravel(getattr(self, key) or ()) + 0.0).tolist()  # -0 and 0 are one number, so they are one link
                pairs.append((key, ",".join(map(repr, numbers)) if len(numbers) == count else AUTOMATIC))
        return urlencode(pairs, safe=",")

    def to_link(self) -> str:
        """TEMPORARY until merged."""
        return "&".join(filter(None, (self.to_query(), "v=1")))

    def objective(self, dataset: Dataset | None, prepare: Callable[[nn.Module], None] | None = None) -> Objective:
        """Return the landscape on `dataset` (None for a function's); the model goes through `prepare` first.

        Raises `LandscapeError` where model, loss and data do not go together, or the model is too large to be drawn live.
        """
        if self.function is not None:
            return self.function.build(functions)
        require_fit(losses[self.loss.name], dataset)
        model = self._built(dataset)
        if prepare is not None:
            prepare(model)
        dim = _size(model)
        if dim > MOST_PARAMETERS:
            raise LandscapeError("too_many_parameters", owner="scene", got=dim, most=MOST_PARAMETERS)
        penalty = None if self.penalty is None else self.penalty.build(penalties)
        return EmpiricalRisk(model, self.loss.build(losses), dataset, penalty=penalty)

    def parameters(self, dataset: Dataset) -> int:
        """Return how many parameters the model has on `dataset`."""
        return _size(self._built(dataset))

    def _built(self, dataset: Dataset) -> nn.Module:
        return make_model(self.model.name, dataset, seed=self.seed, **dict(self.model.settings))

    def suited(
        self,
        dataset: Dataset | None,
        settled: Collection[str],
        *,
        prepare: Callable[[nn.Module], None] | None = None,
        keys: Collection[str] = OPTIMIZER_KEYS,
        former: Scene | None = None,
    ) -> Scene:
        """Return this scene with each field of `SUITED` that is not `settled` made to suit the others.

        Data get a model and a loss, where the present ones do not suit them. Two parameters are drawn whole, more in the plane of the path,
        or a random one where no path moves. Settings of the model are those that it declares; steps are too, and where none are declared
        they stay, unless they were those that the `former` scene, which a visitor just left, declared. The optimizers of `keys` get a
        learning rate, by the curvature where they set out and a trial run, or for a loss with kinks by trial alone. The model goes through
        `prepare` first.
        """
        scene = self
        if dataset is not None:
            if "model" not in settled and not suits_model(scene.model.name, dataset):
                scene = replace(scene, model=choose("model", usual_model(dataset)))
            if "settings" not in settled:
                declared = models[scene.model.name].traits.get("settings", {})
                scene = replace(scene, model=choose("model", scene.model.name, **{**dict(scene.model.settings), **declared}))
            if "loss" not in settled and not suits_loss(scene.loss.name, scene.model.name, dataset):
                scene = replace(scene, loss=choose("loss", usual_loss(scene.model.name, dataset)))
        scene = replace(scene, **{key: None for key in ("start", "window") if key not in settled})
        objective = scene.objective(None if dataset is None else sketched(dataset), prepare)
        if "plane" not in settled and (objective.dim <= 2 or scene.plane.name == "coordinates"):
            scene = replace(scene, plane=choose("plane", "coordinates" if objective.dim <= 2 else "pca"))
        if "steps" not in settled:
            once_declared = former is not None and former._traits.get("steps") == scene.steps
            scene = replace(scene, steps=scene._traits.get("steps", STEPS if once_declared else scene.steps))
        if "schedule" not in settled:
            kinks = {"kinks": scene.has_kinks, "former_kinks": former is not None and former.has_kinks}
            name = suggested_schedule(scene.schedule.name, **kinks)
            scene = scene if name == scene.schedule.name else replace(scene, schedule=choose("schedule", name))
        if "opt" not in settled:
            scene = scene._paced(objective, keys)
        return scene if "path" in settled else scene._drawable(objective)

    def _drawable(self, objective: Objective) -> Scene:
        if self.plane.name not in OF_A_PATH or moves(objective, tuple(choice.build(optimizers) for choice in self.optimizers)):
            return self
        return replace(self, plane=choose("plane", "random"), start=None, window=None)

    @property
    def has_kinks(self) -> bool:
        """Whether the loss, or the model's output, is not differentiable somewhere that matters: curvature bounds no learning rate then."""
        if self.function is not None:
            return False
        activation = dict(self.model.settings).get("activation", "identity")
        return not losses[self.loss.name].traits["smooth"] or activations[str(activation)].traits.get("piecewise_constant", False)

    @property
    def _traits(self) -> Mapping[str, object]:
        """What the function, or else the model, declares of itself."""
        return functions[self.function.name].traits if self.function is not None else models[self.model.name].traits

    def _paced(self, objective: Objective, keys: Collection[str]) -> Scene:
        """Return this scene with learning rates for the optimizers of `keys`, the ones that cannot serve so many parameters replaced."""
        whole = self.plane.name == "coordinates" and objective.dim == 2
        start, scene = np.array(self.start) if whole and self.start is not None else None, self
        largest = self._traits.get("largest_lr", LARGEST)
        sharpest = cache(lambda: sharpness(objective, objective.theta if start is None else start))
        for key, choice in zip(OPTIMIZER_KEYS, self.optimizers, strict=False):
            if key not in keys:
                continue
            name = stand_in(choice.name, objective.dim)
            choice = choice if name == choice.name else choose(key, name)
            run = {"start": start, "steps": self.steps, "schedule": self.schedule.build(schedules)}
            if self.has_kinks:
                lr = tried_lr(objective, name, dict(choice.settings), **run)
            else:
                lr = suggested_lr(sharpest, name, largest=largest, share=self._traits.get("lr_share", 1.0))
                if "largest_lr" not in self._traits:  # what is declared has been tried, and such models take long to try
                    lr = calmed_lr(objective, name, dict(choice.settings), lr, **run)
            scene = scene.with_choice(key, choose(key, name, **{**dict(choice.settings), "lr": lr}))
        return scene

    @property
    def _foreign(self) -> frozenset[str]:
        """What the landscape is of, other than the default one."""
        default = Scene()
        of_data = {key for key in ("data", "model", "loss") if getattr(self, key).name != getattr(default, key).name}
        return frozenset({"function"} if self.function is not None else of_data)

    @property
    def _guessed(self) -> frozenset[str]:
        """The fields of which a reader would have to guess what is meant where they are left out."""
        foreign = self._foreign
        found = SPACE - {"plane"} if "function" in foreign else SPACE if foreign & {"data", "model"} else frozenset()
        found |= {"start", "window"} if self.plane.name != Scene().plane.name else set()  # another plane has coordinates of its own
        found |= {"model", "loss"} if "data" in foreign else set()
        found |= {"data"} if foreign & {"model", "loss"} else set()
        return found | ({"opt"} if foreign else set())  # steps and schedule, where the learning rates are given, are the default scene's

    def _completed(self, given: Collection[str]) -> Scene:
        """Return this scene, read from a link that says what is `given`, with what it leaves out made to suit that."""
        settled = {key for key in SUITED if key in given} | (SUITED - self._guessed - PACE - {"settings", "path"})
        settled |= {"data", *PACE, "settings"} if "opt" in given else {"data"}
        settled |= {"settings"} if any(key.startswith("model.") for key in given) else set()
        settled |= {"plane", "path"} if any(key.startswith("plane.") for key in given) else {"path"} if "plane" in given else set()
        if not self._guessed - settled:
            return self
        bare = replace(self, **{key: None for key in ("start", "window") if key not in settled})
        if self.function is None and self.data.name == TABLE:
            return bare  # the table is not here yet
        try:
            dataset = None if self.function is not None else self.data.build(datasets, self.seed)
            return bare.suited(dataset, settled)
        except LandscapeError:
            return bare  # what does not go together is refused where it is to be drawn

    def _data_for(self, named: Collection[str]) -> Choice:
        """Return the scene's data; where its model or loss, those of them that a link has `named`, cannot take them, some that they can."""
        entries = [CHOICES[key][getattr(self, key).name] for key in named] if self.function is None else []

        def suits(data: Choice) -> bool:
            dataset = data.build(datasets, self.seed)
            return all(fits(entry, dataset) for entry in entries)

        return next(filter(suits, (self.data, *(choose("data", name) for name in OTHERWISE))), self.data) if entries else self.data

    def with_choice(self, key: str, choice: Choice | None) -> Scene:
        """Return this scene with the field `key` (of `CHOICES`) set to `choice`."""
        if key not in OPTIMIZER_KEYS:
            return replace(self, **{key: choice})
        place = OPTIMIZER_KEYS.index(key)
        return replace(self, optimizers=(*self.optimizers[:place], choice, *self.optimizers[place + 1 :]))

    def part(self, *names: str) -> tuple[object, ...]:
        """Return some fields' values, in a fixed order: the memory's key for results that depend on nothing else."""
        return tuple((f.name, getattr(self, f.name)) for f in fields(self) if f.name in names)


def _size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def _pairs(query: str | Mapping[str, str]) -> dict[str, str]:
    if not isinstance(query, str):
        query = urlencode(list(query.items()), errors="replace")
    if len(query) > LONGEST_QUERY:
        raise LandscapeError("too_long", owner="link", got=len(query), most=LONGEST_QUERY)
    given: dict[str, str] = {}
    for key, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=None):
        if key in given:
            raise LandscapeError("given_twice", owner="link", got=repr(key)[:60])
        given[key] = value
    return given


def _read_choice(given: Mapping[str, str], key: str, default: Choice | None) -> Choice:
    """Read one catalogue name and its dotted settings, such as opt=adam and opt.lr=0.1."""
    name = given.get(key, default.name if default else "")
    entry = CHOICES[key][name]
    settings = dict(default.settings) if key not in given and default else {}
    for dotted, text in given.items():
        if dotted.startswith(key + "."):
            parameter = entry.parameter(dotted[len(key) + 1 :])
            settings[parameter.name] = parameter.parse(f"{key} {name}", text)
    return choose(key, name, **settings)


def _read_optimizers(given: Mapping[str, str], default: tuple[Choice, ...]) -> tuple[Choice, ...]:
    named = [key for key in OPTIMIZER_KEYS if key in given]
    if not named:
        return tuple(_read_choice(given, key, choice) for key, choice in zip(OPTIMIZER_KEYS, default, strict=False))
    if tuple(named) != OPTIMIZER_KEYS[: len(named)]:
        raise LandscapeError("gap_in_optimizers", owner="link", got=", ".join(named))
    return tuple(_read_choice(given, key, None) for key in named)


def _read_numbers(given: Mapping[str, str], key: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in given[key].split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(math.isfinite(number) and abs(number) <= 1e12 for number in numbers):
        example = ",".join(("-1.5", "2", "-1", "1")[:count])
        raise LandscapeError("not_numbers", owner="link", name=key, count=count, example=example, got=repr(given[key])[:60])
    return numbers


def _window(corners: tuple[float, ...]) -> Window:
    a_lo, a_hi, b_lo, b_hi = corners
    if not (a_lo < a_hi and b_lo < b_hi):
        raise LandscapeError("no_window", owner="link", got=corners)
    return (a_lo, a_hi), (b_lo, b_hi)


def _read_fingerprint(given: Mapping[str, str], key: str) -> str:
    fingerprint = given.get(key, "")
    if fingerprint and not re.fullmatch(r"[0-9a-f]{16}", fingerprint):
        raise LandscapeError("not_a_fingerprint", owner="link", got=repr(fingerprint)[:60])
    return fingerprint


def _write_choice(key: str, choice: Choice) -> list[tuple[str, str]]:
    entry = CHOICES[key][choice.name]
    changed = [(p, choice.get(p.name)) for p in entry.parameters if choice.get(p.name) != p.default]
    return [(key, choice.name), *((f"{key}.{p.name}", p.write(value)) for p, value in changed)]
