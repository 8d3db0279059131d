"""Comparison: several losses side by side, as curves along their axes, as maps, and as surfaces over the two parameters of a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Protocol

import numpy as np
from scipy.optimize import minimize
from torch import nn

from landscape.catalogue import Parameter, Value
from landscape.data.datasets import Dataset, datasets
from landscape.data.fit import features
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.curves import AXIS_OF, DIFFERENCE, MARGIN, OF_TWO, PROBABILITY, RESIDUAL, LossCurve, loss_curve
from landscape.losses.expression import OwnLoss, parse_loss, rewritten
from landscape.losses.maps import LossMap, class_map, order_map
from landscape.losses.own import OWN_LOSS, losses_and_own, own_traits
from landscape.losses.properties import Properties, loss_properties
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane, Window
from landscape.sampling.surface import Surface, sample_surface
from landscape.scene.fields import Choice, Group, choice_of, chosen, number, several
from landscape.scene.record import Record

LOSS_KEYS = ("loss", "loss2", "loss3", "loss4", "loss5", "loss6")
# Side by side there is room for so many surfaces.
MOST_SURFACES = 4
# The resolution of a small surface.
RESOLUTION = 41
# The values of a dial: of a logarithmic one, round numbers within this range, wide enough for the curves' span; else so many even steps up
# to that.
DIALED = (0.1, 20.0)
EVEN_END = 10.0
# The range of a dial of a typed loss whose number is not positive.
FREE = (-10.0, 10.0)
ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
EVEN_STEPS = 40
# A typed loss is asked what it is of many times while its dials are turned.
_parsed = lru_cache(maxsize=128)(parse_loss)
# Beside the lowest points of all losses, a window shows this many robust standard deviations of the data on either side.
ROOM = 2.0
# Classes of points on a line, the last one far on the wrong side (the labels of the others are those of their signs).
POINTS = np.array([1.0, 2.0, 3.0, -1.0, -2.0, -3.0, 20.0])
LABELS = np.array([1, 1, 1, 0, 0, 0, 0])
# The axes whose losses have a map besides their curves.
MAPPED = (PROBABILITY, DIFFERENCE)
MARGIN_WINDOW = ((-0.4, 0.6), (-1.2, 1.2))


class Hooks(Protocol):
    """What a job gives: where progress is reported, whether to stop, and what is remembered for all sessions."""

    memory: MutableMapping[tuple, object]

    def report(self, stage: str, share: float) -> None: ...

    def should_stop(self) -> bool: ...


@dataclass(frozen=True)
class LossesScene(Record):
    """What the Losses page shows: the losses, the data under the surfaces, and whether there are any.

    `data` is for losses of a residual and has one input; those of a margin are drawn on six points around zero, with `far` a seventh one
    at 20 of the class -1. `target` is the probability of class 1 that losses of classes and distributions compare with.
    """

    losses: tuple[Choice, ...] = several(
        losses_and_own, LOSS_KEYS, Choice("mse"), Choice("mae"), Choice("huber"), Choice("tukey"), group=Group.OBJECTIVE
    )
    data: Choice = chosen(datasets, "line_outliers", group=Group.OBJECTIVE)
    far: bool = number(Parameter("far", True, "a point far on the wrong side"), group=Group.OBJECTIVE)
    target: float = number(Parameter("target", 1.0, "target probability", 0.0, 1.0), group=Group.OBJECTIVE)
    surfaces: bool = number(Parameter("surfaces", True, "surfaces"), group=Group.DRAWING)
    seed: int = number(Parameter("seed", 0, "seed", 0, 10**6), group=Group.OBJECTIVE)

    def _completed(self, given: Mapping[str, str], version: int) -> LossesScene:
        """A loss named twice is there once: one color stands for it."""
        kept: dict[str, Choice] = {}
        for choice in self.losses:
            kept.setdefault(choice.name, choice)
        return replace(self, losses=tuple(kept.values()))

    def keyed(self) -> list[tuple[str, Choice]]:
        """Return the losses with their keys in a link."""
        return list(zip(LOSS_KEYS, self.losses, strict=False))

    def along(self, axis: str) -> list[tuple[str, Choice]]:
        """Return the losses of that axis, with their keys in a link."""
        return [(key, choice) for key, choice in self.keyed() if axis_of(choice) == axis]


@dataclass(frozen=True, eq=False)
class DialedCurves:
    """What a parameter does to a loss: the curves at each of its `values`, of which number `at` is the scene's."""

    key: str
    choice: Choice
    parameter: Parameter
    values: tuple[Value, ...]
    at: int
    curves: tuple[LossCurve, ...]


@dataclass(frozen=True, eq=False)
class Ground:
    """The risk of a line under one loss over its slope and height, and its lowest point `lowest` (a, b, risk).

    `errors` is the share of samples on the wrong side there, None for losses of a residual; `flat` says that the lowest point is one of
    many, of a risk that is constant around it.
    """

    choice: Choice
    axis: str
    surface: Surface
    lowest: tuple[float, float, float]
    errors: float | None = None
    flat: bool = False


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is known of the losses of `scene`: by key their `curves`, the `usual` ones at default parameters, and `maps`; what their dials
    do, their `properties` by key, and their surfaces.
    """

    scene: LossesScene
    curves: Mapping[str, LossCurve]
    usual: Mapping[str, LossCurve]
    dials: tuple[DialedCurves, ...] = ()
    maps: Mapping[str, LossMap] = field(default_factory=dict)
    grounds: tuple[Ground, ...] = ()
    properties: Mapping[str, Properties] = field(default_factory=dict)
    finished: bool = False


def compare(scene: LossesScene, hooks: Hooks) -> Iterator[Comparison]:
    """Yield the curves, then what the dials do and the maps, then one surface after the other.

    Raises `LandscapeError` where the data do not suit a surface; what was yielded before stays.
    """
    keyed = [(key, choice) for key, choice in scene.keyed() if axis_of(choice)]
    curves = {key: _curve(scene, choice, hooks) for key, choice in keyed}
    usual = {key: _curve(scene, _usual(choice), hooks) for key, choice in keyed}
    measured = {key: loss_properties(choice.name, **dict(choice.settings)) for key, choice in scene.keyed()}
    known = Comparison(scene, curves, usual, properties=measured)
    if not _remembered(scene, hooks):  # else the dials are there at once
        yield known
    found = [(key, choice, parameter) for key, choice in keyed for parameter in dialed(choice)]
    dials = []
    for k, (key, choice, parameter) in enumerate(found):
        hooks.report("dials", k / len(found))
        dials.append(_dialed(scene, key, choice, parameter, hooks))
    known = replace(known, dials=tuple(dials), maps={key: _map(scene, choice, hooks) for key, choice in keyed if axis_of(choice) in MAPPED})
    yield known
    for ground in _grounds(scene, hooks) if scene.surfaces else ():
        known = replace(known, grounds=(*known.grounds, ground))
        yield known
    yield replace(known, finished=True)


def axis_of(choice: Choice) -> str | None:
    """Return the axis that a loss is drawn along, None for one of outputs that no single number stands for."""
    return AXIS_OF.get(_traits(choice)["of"])


def drawable(choice: Choice) -> bool:
    """Return whether a loss has a picture here."""
    return bool(axis_of(choice) or ground_of(choice))


def ground_of(choice: Choice) -> str | None:
    """Return the axis on whose data the surface of a loss is drawn: a joint loss of residuals has one, though it has no curve."""
    axis, tasks = axis_of(choice), _traits(choice)["tasks"]
    if axis is None and "regression" in tasks:
        return RESIDUAL
    return axis if axis in (RESIDUAL, MARGIN) else None


def _traits(choice: Choice) -> Mapping[str, object]:
    """Return what a loss declares, or what a typed one turns out to suit; whether that is smooth is not asked here, and would take long."""
    return own_traits(_typed(choice)) if choice.name == OWN_LOSS else losses_and_own[choice.name].traits


def _typed(choice: Choice) -> OwnLoss:
    return _parsed(str(choice.get("expression")))


def dialed(choice: Choice) -> list[Parameter]:
    """Return the parameters of a loss that are numbers on a scale; of a typed one, those that it declares."""
    if choice.name == OWN_LOSS:
        declared = _typed(choice).parameters
        return [
            Parameter(name, value, name, *(DIALED if value > 0 else FREE), "log" if value > 0 else "linear")
            for name, value in declared.items()
        ]
    return [parameter for parameter in losses_and_own[choice.name].parameters if isinstance(parameter.default, float)]


def value_of(choice: Choice, parameter: Parameter) -> Value:
    """Return what a dialed parameter of a loss is set to."""
    return parameter.default if choice.name == OWN_LOSS else choice.get(parameter.name)


def turned(choice: Choice, parameter: Parameter, value: Value) -> Choice:
    """Return the loss with a dialed parameter set to another value."""
    if choice.name == OWN_LOSS:
        changed = {"expression": rewritten(str(choice.get("expression")), parameter.name, float(value))}
    else:
        changed = {**dict(choice.settings), parameter.name: value}
    return choice_of(losses_and_own, choice.name, changed)


def dial_values(parameter: Parameter, now: Value) -> tuple[Value, ...]:
    """Return the values of a parameter's dial in ascending order, its default and `now` among them."""
    low, high = float(parameter.low), float(parameter.high)
    if parameter.scale == "log":
        low, high = max(low, DIALED[0]), min(high, DIALED[1])
        steps = [float(f"{digits}e{power}") for power in range(-3, 4) for digits in ROUND]
    else:
        high = min(high, EVEN_END)
        steps = [float(f"{low + (high - low) * k / EVEN_STEPS:.12g}") for k in range(EVEN_STEPS + 1)]
    return tuple(sorted({step for step in steps if low <= step <= high} | {parameter.default, now}))


def data_of(scene: LossesScene, axis: str) -> Dataset:
    """Return the data under the surfaces of that axis; of a line, the inputs are centered, so that slope and height are seen apart.

    Raises `LandscapeError` for data that are no regression on one input.
    """
    if axis == MARGIN:
        count = len(POINTS) if scene.far else len(POINTS) - 1
        x, labels = POINTS[:count, None], LABELS[:count]
        return Dataset(x, labels, "classification", x[:0], labels[:0], classes=2)
    data = scene.data.build(datasets, scene.seed)
    if data.task != "regression" or features(data) != 1:
        raise LandscapeError("wrong_features", owner="scene", expected="1", got=features(data))
    return replace(data, inputs=data.inputs - data.inputs.mean(), test_inputs=data.inputs[:0], test_targets=data.targets[:0])


def _curve(scene: LossesScene, choice: Choice, hooks: Hooks, *, smooth: bool = False) -> LossCurve:
    """Return the curve of a loss, remembered unless it is taken to be `smooth`."""
    key, axis = _key(scene, choice), axis_of(choice)
    if key in hooks.memory:
        return hooks.memory[key]
    sizes = [float(value_of(choice, parameter)) for parameter in dialed(choice)]
    compared = {"target": scene.target, "soft": choice.name in OF_TWO} if axis == PROBABILITY else {}
    curve = loss_curve(choice.build(losses_and_own), axis, near=(0.0, 1.0, *sizes), smooth=smooth, **compared)
    if not smooth:
        hooks.memory[key] = curve
    return curve


def _usual(choice: Choice) -> Choice:
    """Return the loss as its axes are made for: with its default parameters, a typed one as it is."""
    return choice if choice.name == OWN_LOSS else choice_of(losses_and_own, choice.name, {})


def _key(scene: LossesScene, choice: Choice) -> tuple:
    return ("loss curve", choice, scene.target if axis_of(choice) == PROBABILITY else None)


def _map(scene: LossesScene, choice: Choice, hooks: Hooks) -> LossMap:
    key = ("loss map", *_key(scene, choice)[1:])
    if key not in hooks.memory:
        loss = choice.build(losses_and_own)
        of_classes = axis_of(choice) == PROBABILITY
        hooks.memory[key] = class_map(loss, scene.target, soft=choice.name in OF_TWO) if of_classes else order_map(loss)
    return hooks.memory[key]


def _remembered(scene: LossesScene, hooks: Hooks) -> bool:
    """Return whether the curves of every dial have been computed before."""
    dials = [(choice, parameter) for _, choice in scene.keyed() if axis_of(choice) for parameter in dialed(choice)]
    return all(_dial_key(scene, *dial, dial_values(dial[1], value_of(*dial))) in hooks.memory for dial in dials)


def _dial_key(scene: LossesScene, choice: Choice, parameter: Parameter, values: tuple[Value, ...]) -> tuple:
    return ("loss dial", parameter.name, values, *_key(scene, turned(choice, parameter, values[0]))[1:])


def _dialed(scene: LossesScene, key: str, choice: Choice, parameter: Parameter, hooks: Hooks) -> DialedCurves:
    now = value_of(choice, parameter)
    values = dial_values(parameter, now)
    remembered = _dial_key(scene, choice, parameter, values)
    if remembered not in hooks.memory:
        hooks.memory[remembered] = tuple(_turns(scene, choice, parameter, values, hooks))
    return DialedCurves(key, choice, parameter, values, values.index(now), hooks.memory[remembered])


def _turns(scene: LossesScene, choice: Choice, parameter: Parameter, values: tuple[Value, ...], hooks: Hooks) -> Iterator[LossCurve]:
    """Yield the curve at each value. Where there is no jump at either end and in the middle, none is looked for between."""
    there = [_curve(scene, turned(choice, parameter, values[k]), hooks) for k in (0, len(values) // 2, -1)]
    smooth = not any(curve.jumps for curve in there)
    for value in values:
        if hooks.should_stop():
            raise Cancelled
        yield _curve(scene, turned(choice, parameter, value), hooks, smooth=smooth)


def _grounds(scene: LossesScene, hooks: Hooks) -> Iterator[Ground]:
    """Yield the surfaces of as many losses as there is room for, those of an axis over one window."""
    drawn = [(choice, ground) for ground in (RESIDUAL, MARGIN) for _, choice in scene.keyed() if ground_of(choice) == ground][
        :MOST_SURFACES
    ]
    for axis in (RESIDUAL, MARGIN):
        choices = [choice for choice, there in drawn if there == axis]
        if not choices:
            continue
        data = data_of(scene, axis)
        risks = [EmpiricalRisk(nn.Linear(1, 1), choice.build(losses_and_own), data, check=False) for choice in choices]
        starts = _starts(data)
        lowest = [_lowest(risk, starts) for risk in risks]
        window = MARGIN_WINDOW if axis == MARGIN else _window(data, lowest)
        for k, (choice, risk) in enumerate(zip(choices, risks, strict=True)):
            report = partial(hooks.report, "surface")
            report(k / len(choices))
            surface = sample_surface(risk, Plane(np.zeros(2), *np.eye(2)), window, resolution=RESOLUTION, should_stop=hooks.should_stop)
            yield _ground(choice, axis, data, surface, lowest[k])


def _ground(choice: Choice, axis: str, data: Dataset, surface: Surface, lowest: tuple[float, float, float]) -> Ground:
    if axis == RESIDUAL:
        return Ground(choice, axis, surface, lowest)
    least = np.nanmin(surface.values)
    flat = bool((surface.values == least).sum() > 1 and least <= lowest[2])
    if flat:  # the middle of those that are as low as can be
        b, a = np.nonzero(surface.values == least)
        middle = np.argmin(np.hypot(surface.a[a] - np.median(surface.a[a]), surface.b[b] - np.median(surface.b[b])))
        lowest = (float(surface.a[a[middle]]), float(surface.b[b[middle]]), float(least))
    margins = np.where(data.targets > 0, 1, -1) * (lowest[0] * data.inputs[:, 0] + lowest[1])
    return Ground(choice, axis, surface, lowest, float((margins <= 0).mean()), flat)


def least_errors(data: Dataset) -> float:
    """Return the smallest share of samples of two classes on a line that any threshold, in either direction, puts on the wrong side."""
    x, positive = data.inputs[:, 0], data.targets > 0
    ends = np.append(np.sort(x), np.inf)
    wrong = [float(((x >= end) != positive).mean()) for end in ends]
    return min(min(wrong), 1 - max(wrong))


def _starts(data: Dataset) -> list[np.ndarray]:
    """Return lines to begin from: that of least squares, and the median slope through pairs of points (Theil 1950, Sen 1968)."""
    x = data.inputs[:, 0]
    y = data.targets.astype(float) if data.task == "regression" else np.where(data.targets > 0, 1.0, -1.0)
    first, second = np.triu_indices(len(x), 1)
    apart = x[first] != x[second]
    slopes = (y[second] - y[first])[apart] / (x[second] - x[first])[apart]
    robust = np.median(slopes) if slopes.size else 0.0
    return [np.polyfit(x, y, 1), np.array([robust, np.median(y - robust * x)])]


def _lowest(risk: EmpiricalRisk, starts: Collection[np.ndarray]) -> tuple[float, float, float]:
    """Return the lowest of the minima that the method of Nelder and Mead (1965), which needs no derivative, finds from `starts`."""
    settings = {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 800}
    found = [minimize(risk.value, start, method="Nelder-Mead", options=settings) for start in starts]
    best = min(found, key=lambda result: result.fun)
    return float(best.x[0]), float(best.x[1]), float(best.fun)


def _window(data: Dataset, lowest: Collection[tuple[float, float, float]]) -> Window:
    """Return a window around all lowest points, with room for the data's own scale."""
    x, (slope, height) = data.inputs[:, 0], _starts(data)[1]
    residuals = np.abs(data.targets - slope * x - height)
    spread = max(1.4826 * float(np.median(residuals)), 0.25 * float(np.std(data.targets)), 1e-6)
    sides = []
    for k, room in enumerate((ROOM * spread / max(float(np.std(x)), 1e-9) / 2, ROOM * spread)):
        places = [point[k] for point in lowest]
        sides.append((min(places) - room, max(places) + room))
    return tuple(sides)
