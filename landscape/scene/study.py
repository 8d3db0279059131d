"""Study: the results of one scene, each computed once, in the order in which the nouns depend on one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
from torch import nn

from landscape.curvature.critical import CriticalPoint, find_critical_points
from landscape.curvature.spectrum import Spectrum, top_eigenpairs
from landscape.data.datasets import Dataset, datasets
from landscape.data.table import Table
from landscape.descent.optimizers import Optimizer, optimizers
from landscape.descent.trajectory import Trajectory
from landscape.errors import Cancelled, LandscapeError, Phrase
from landscape.files.weights import Weights, put_weights
from landscape.losses.entry import loss_entry
from landscape.objective import Objective
from landscape.objectives.functions import functions
from landscape.objectives.prediction import Prediction, predict
from landscape.plane import Plane, Window
from landscape.planes.directions import Situation, finite_part, make_plane, vantage
from landscape.planes.window import filter_window, rising_window, whole_window, widened, window_around
from landscape.sampling.surface import Surface, sample_surface
from landscape.scene.fields import Choice, Group
from landscape.scene.path import Path
from landscape.scene.run import Run
from landscape.scene.scene import TABLE, Scene

Result = TypeVar("Result")

EIGENPAIRS = 6
# Grids, nested, that come before the scene's own resolution where that one takes its time.
COARSE = (6, 11, 31)
# The error of a model's surface, as a share of its range.
TOLERANCE = 1e-3
# Points of a path whose test losses are found between two looks at Cancel.
TEST_TURN = 16
# The points of all paths together, in numbers: 256 MB.
MOST_NUMBERS = 2**25
# Hessian products that the eigenpairs at both ends usually take.
PRODUCTS = 150

_OBJECTIVE = Scene.names(Group.OBJECTIVE)
# The planes that look at one place only, and not at a path.
_OF_A_PLACE = ("coordinates", "random", "hessian")


class Study:
    """The results of `scene`, computed when asked for.

    `memory` (any mutable mapping; bounded ones welcome) shares results between studies under keys that name exactly the fields they
    depend on. `tables` holds the visitor's own tables by fingerprint, `weights` the visitor's own weights. `report(stage, share)` hears
    progress; `should_stop` may end the work with `Cancelled`.
    """

    def __init__(
        self,
        scene: Scene,
        *,
        memory: MutableMapping[tuple, object] | None = None,
        tables: Mapping[str, Table] | None = None,
        weights: Mapping[str, Weights] | None = None,
        report: Callable[[str, float], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ):
        self.scene = scene
        self._memory = {} if memory is None else memory
        self._tables = tables or {}
        self._weights = weights or {}
        self._report = report or (lambda stage, share: None)
        self._should_stop = should_stop or (lambda: False)

    def on(self, scene: Scene) -> Study:
        """Return the study of another scene with this one's memory, tables, weights and hooks."""
        return Study.like(self, scene)

    @classmethod
    def like(cls, other: Study, scene: Scene) -> Study:
        """Return a study of this kind of `scene` with another one's memory, tables, weights and hooks."""
        files = {"tables": other._tables, "weights": other._weights}
        return cls(scene, memory=other._memory, **files, report=other._report, should_stop=other._should_stop)

    @cached_property
    def dataset(self) -> Dataset | None:
        """The data, or None where the landscape is a function's."""
        scene = self.scene
        if scene.function is not None:
            return None
        if scene.data.name != TABLE:
            return self._recall("dataset", ("data", "seed"), lambda: scene.data.build(datasets, scene.seed))
        if scene.table not in self._tables:
            raise LandscapeError("table_missing", owner="data", got=scene.table or Phrase("none"))
        table, settings = self._tables[scene.table], dict(scene.data.settings)
        return self._recall("dataset", ("data", "table", "seed"), lambda: table.dataset(seed=scene.seed, **settings))

    @cached_property
    def objective(self) -> Objective:
        """The scene's objective. It is never shared between studies: a model serves one thread at a time."""
        return self.scene.objective(self.dataset, self.prepare)

    @property
    def prepare(self) -> Callable[[nn.Module], None] | None:
        """What gives a model the weights of the scene's file, where it names one."""
        return partial(put_weights, weights=self._brought()) if self.weighted else None

    @property
    def weighted(self) -> bool:
        """Whether the landscape is a model's whose weights come from a file: planes of a place, and curvature, are then there."""
        return self.scene.function is None and bool(self.scene.weights)

    @property
    def dim(self) -> int:
        """How many parameters the landscape has; a model is built for it, but no data pass through."""
        if self.scene.function is not None:
            return self.objective.dim
        return self._recall("dim", ("data", "table", "model", "seed"), lambda: self.scene.parameters(self.dataset))

    @cached_property
    def whole(self) -> bool:
        """Whether the plane is the whole parameter space, so that it depends on no path and hides nothing."""
        return self.scene.plane.name == "coordinates" and self.objective.dim == 2

    @cached_property
    def plane(self) -> Plane:
        """The plane, made from paths that set out from the objective's own theta, so that a clicked start does not move it."""
        if self.whole:
            return Plane(np.zeros(2), *np.eye(2))
        return self._recall("plane", self._seen_from, self._make_plane)

    @cached_property
    def trajectories(self) -> tuple[Trajectory, ...]:
        """One run for each optimizer, from the scene's start."""
        start = None if self.scene.start is None else self.plane.embed(*self.scene.start)
        return self._descents(start)

    def run(self, choice: Choice) -> Run:
        """Return how an optimizer of the scene runs."""
        return Run.of(self.scene, choice)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The trajectories as seen from the plane, with their test losses."""
        if self.dataset is None or not len(self.dataset.test_targets):
            return self.sights
        test = self.objective.on(self.dataset.test_inputs, self.dataset.test_targets)
        return tuple(
            replace(path, test_losses=self._test_losses(test, k, run))
            for k, (path, run) in enumerate(zip(self.sights, self.trajectories, strict=True))
        )

    @cached_property
    def sights(self) -> tuple[Path, ...]:
        """The paths without their test losses."""
        runs = self.trajectories
        self._report("plane", 0.0)
        return tuple(self._seen(choice, run) for choice, run in zip(self.scene.optimizers, runs, strict=True))

    @cached_property
    def window(self) -> Window:
        """The scene's own window, or one that shows the landscape (where the plane is the whole space) or else the paths."""
        if self.scene.window is not None:
            return self.scene.window
        self._report("window", 0.0)
        if self.whole:
            window = self._recall("window", _OBJECTIVE, lambda: whole_window(self.objective))
        else:
            window = self._recall("window", self._seen_from, self._path_window)
        return window if self.scene.start is None else widened(window, self.scene.start)

    @property
    def spectrum(self) -> Spectrum:
        """Eigenpairs at both ends of the Hessian's spectrum, at `place`."""
        names = _OBJECTIVE if self.weighted else self._paths_of if self.scene.start is None else self._placed_by
        return self._recall("spectrum", names, self._find_spectrum)

    @property
    def gradient_norm(self) -> float:
        """The gradient's norm at `place`."""
        return float(np.linalg.norm(self.objective.gradient(self._place)))

    @property
    def limits(self) -> tuple[float | None, ...]:
        """The largest learning rate at which each optimizer is stable on the quadratic model at that place; infinite where nothing curves
        upward, None where no bound is known: a loss with kinks has none.
        """
        if self.scene.has_kinks:
            return (None,) * len(self.scene.optimizers)
        top = float(self.spectrum.eigenvalues[0])
        return tuple(choice.build(optimizers).largest_lr(top) for choice in self.scene.optimizers)

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """What the model makes of the data at the end of each run; empty for a function."""
        if self.dataset is None:
            return ()
        threshold = loss_entry(self.scene.loss.name, self.scene.loss.settings).traits.get("threshold", 0.0)
        ends = (finite_part(run)[-1] for run in self.trajectories)
        return tuple(predict(self.objective, self.dataset, end, threshold=threshold) for end in ends)

    @property
    def critical(self) -> tuple[CriticalPoint, ...]:
        """The critical points in the window, where the plane is the whole space; none are claimed elsewhere."""
        return self._searched[0] if self.whole else ()

    @property
    def unseen(self) -> float:
        """How many more critical points a search like ours would reach, by an estimate from below; 0 where all are known."""
        return self._searched[1] if self.whole else 0.0

    @property
    def _searched(self) -> tuple[tuple[CriticalPoint, ...], float]:
        return self._recall("critical", _OBJECTIVE, self._search, self.window)

    def surface(self, resolution: int) -> Surface:
        """The objective on the window, `resolution` points a side: a function's exactly, a model's on a fine grid to `TOLERANCE`."""
        names = _OBJECTIVE if self.whole else self._seen_from
        hooks = {"report": partial(self._report, "surface"), "should_stop": self._should_stop}
        sample = partial(sample_surface, resolution=resolution, tolerance=self.tolerance(resolution), **hooks)
        return self._recall(f"surface {resolution}", names, lambda: sample(self.objective, self.plane, self.window), self.window)

    @cached_property
    def _place(self) -> np.ndarray:
        """Where curvature is looked at: the weights of a file; else the end of the first run, or its start if it diverged: there the
        learning rate was too large.
        """
        return self.objective.theta if self.weighted else vantage(self.trajectories[0])

    @property
    def _at_weights(self) -> bool:
        return self.weighted and self.scene.plane.name in _OF_A_PLACE

    @property
    def _seen_from(self) -> tuple[str, ...]:
        """The fields that the plane depends on."""
        return (*(_OBJECTIVE if self._at_weights else self._paths_of), "plane")

    @property
    def _paths_of(self) -> tuple[str, ...]:
        """The fields that the paths from the objective's own theta depend on; a page of its own may have more of them than Explore."""
        return self.scene.names(Group.OBJECTIVE, Group.RUN)

    @property
    def _placed_by(self) -> tuple[str, ...]:
        """The fields that the paths from a place of the plane depend on."""
        return self.scene.names(Group.OBJECTIVE, Group.RUN, Group.PLANE)

    def _brought(self) -> Weights:
        if self.scene.weights not in self._weights:
            raise LandscapeError("weights_missing", got=self.scene.weights)
        return self._weights[self.scene.weights]

    def _watched(self, stage: str, usual: int) -> Callable[[], bool]:
        """Return a `should_stop` that reports how far a stage is that looks about `usual` times."""
        looks = 0

        def should_stop() -> bool:
            nonlocal looks
            self._report(stage, looks / max(usual, looks + 1))
            looks += 1
            return self._should_stop()

        return should_stop

    def _find_spectrum(self) -> Spectrum:
        self._report("spectrum", 0.0)
        return top_eigenpairs(self.objective, self._place, k=EIGENPAIRS, which="BE", should_stop=self._watched("spectrum", PRODUCTS))

    @property
    def _complete(self) -> bool:
        """Whether it is a function of which all critical points are known, so that the search sets out from them."""
        return self.scene.function is not None and functions[self.scene.function.name].traits["complete"]

    def _search(self) -> tuple[tuple[CriticalPoint, ...], float]:
        hooks = {"seed": self.scene.seed, "report": partial(self._report, "critical"), "should_stop": self._should_stop}
        if self._complete:
            starts = np.array([point.theta for point in self.objective.known])
            return tuple(find_critical_points(self.objective, starts=starts, window=self.window, **hooks)), 0.0
        found = find_critical_points(self.objective, window=self.window, **hooks)
        return tuple(found), found.unseen

    def tolerance(self, resolution: int) -> float | None:
        """The error allowed of a surface of that resolution, as a share of its range; None where every point is evaluated."""
        return None if self.dataset is None or resolution <= COARSE[-1] else TOLERANCE

    def _make_plane(self) -> Plane:
        situation = Situation(self.objective, (self._rest(),) if self._at_weights else self._descents(None), self.scene.seed)
        return make_plane(self.scene.plane.name, situation, **dict(self.scene.plane.settings))

    def _rest(self) -> Trajectory:
        """Return the path that stays where the objective's own theta is."""
        theta = self.objective.theta
        return Trajectory(theta[None], np.array([self.objective.value(theta)]), "completed", 0)

    def _descents(self, start: np.ndarray | None) -> tuple[Trajectory, ...]:
        """Return one run an optimizer, each remembered by itself, so that a change of one does not run the others again."""
        most = MOST_NUMBERS // ((self.scene.steps + 1) * len(self.scene.optimizers))
        if self.objective.dim > most:
            raise LandscapeError("too_many_parameters", owner=Phrase("of_steps", steps=self.scene.steps), got=self.objective.dim, most=most)
        alike = tuple(name for name in self._paths_of if name != "optimizers")  # each of which is remembered by itself
        names = alike if start is None else (*alike, "start") if self.whole else self._placed_by
        return tuple(
            self._recall("path", names, lambda k=k: self._descend(k, start), choice) for k, choice in enumerate(self.scene.optimizers)
        )

    def _descend(self, k: int, start: np.ndarray | None) -> Trajectory:
        choices = self.scene.optimizers
        hooks = {"report": lambda share: self._report("paths", (k + share) / len(choices)), "should_stop": self._should_stop}
        return self.run(choices[k]).descend(self.objective, start, **hooks)

    def _seen(self, choice: Choice, run: Trajectory) -> Path:
        thetas = np.where(np.isfinite(run.thetas), run.thetas, np.nan)
        with np.errstate(over="ignore", invalid="ignore"):  # a diverged run may be too far away for its distance to be a number
            (a, b), distance = self.plane.project(thetas), self.plane.distance(thetas)
        limit = None if self.scene.has_kinks else _sharpness_limit(choice.build(optimizers))
        return Path(choice.name, a, b, run.losses, distance, run.status, run.step, choice.get("lr"), limit)

    def _test_losses(self, test: Objective, k: int, run: Trajectory) -> np.ndarray:
        """Return the losses on the test part, in turns between which Cancel is looked at."""
        found, runs, turn = [], len(self.trajectories), max(TEST_TURN, test.at_once)
        for first in range(0, len(run), turn):
            if self._should_stop():
                raise Cancelled
            self._report("test", (k + first / len(run)) / runs)
            found.append(test.values(run.thetas[first : first + turn]))
        return np.concatenate(found)

    def _path_window(self) -> Window:
        if self.scene.plane.name == "random" and self.scene.plane.get("normalization") != "none":
            return filter_window()
        if self._at_weights:
            return rising_window(self.objective, self.plane, self.objective.value(self.objective.theta))
        runs = self._descents(None)
        if self.scene.plane.name in ("pca", "three_points"):
            drawn = [self.plane.project(finite_part(run)[: run.step + 1]) for run in runs]
            return window_around(np.concatenate(drawn, axis=1))
        return rising_window(self.objective, self.plane, float(runs[0].losses[0]))

    def _recall(self, stage: str, names: tuple[str, ...], compute: Callable[[], Result], *more: object) -> Result:
        key = (stage, *self.scene.part(*names), *more)
        result = self._memory.get(key)
        if result is None:
            result = self._memory[key] = compute()
        return result


def _sharpness_limit(optimizer: Optimizer) -> float | None:
    """Return the sharpness whose `largest_lr` is the optimizer's own: the bound is c / (sharpness + weight decay)."""
    decay = optimizer.settings.get("weight_decay", 0.0)
    bound = optimizer.largest_lr(1.0 - decay)
    return None if bound is None else bound / optimizer.lr - decay
