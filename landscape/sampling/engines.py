"""Engines: evaluation of points, gradients and Hessian-vector products in this process or on a Ray cluster.

Ray (https://docs.ray.io) is an optional dependency. A cluster is started by `ray start --head` on one machine and
`ray start --address=...` on the others; without one, `ray.init` starts one on this machine. All machines need the same versions of Python
and of the dependencies; this package is sent to them, unless the caller has connected before, with a `runtime_env` of their own.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from landscape.errors import Cancelled, LandscapeError, require_name, require_whole
from landscape.objective import ArrayLike, Derived, Objective, StandIn, Term
from landscape.plane import Plane

# Coordinates a (k,) and b (k,) of the points of one batch.
Turn = tuple[np.ndarray, np.ndarray]
Stop = Callable[[], bool] | None
# (k, n): the k-th of n workers.
Share = tuple[int, int]
# From batches to their values (k,), in order.
Evaluate = Callable[[Iterable[Turn]], Iterator[np.ndarray]]

ENGINES = ("local", "ray")
# Batches submitted for each worker: one in progress and one queued.
AHEAD = 2
LOOK = 0.2  # seconds between two calls of `should_stop` while the cluster works
START, LATER = 60.0, 30.0  # seconds until which some worker must have started, and until which others may
# Prefix of modules that the command line loads from a file: workers cannot import them, so that they are pickled by value.
SOURCE_PREFIX = "landscape_source_"
# Folders of these files while they are in use; modules from there are pickled by value, too.
SOURCE_FOLDERS: list[Path] = []


def evaluator(engine: str, objective: Objective, plane: Plane, should_stop: Stop = None) -> Evaluate:
    """Return a function from batches of coordinates on `plane` to the values of `objective`, in order; `engine` is "local" or "ray".

    Both give the same bytes: a worker evaluates whole batches, with as many threads as this process. The batch of a worker that dies is
    evaluated by another. Raises `LandscapeError` for an unknown engine, where Ray is not installed, and where workers die repeatedly.
    """
    if require_name("engine", engine, ENGINES) == "ray":
        return _over_cluster(objective, plane, should_stop)
    evaluate = objective.along(plane)
    return lambda turns: (evaluate(*turn) for turn in turns)


class Spread(StandIn):
    """An objective whose gradients and Hessian-vector products are computed by workers of a Ray cluster, each with some of its `terms`.

    It can be passed to `top_eigenpairs`, `spectral_density`, `hessian_trace`, `descend` and every other function of an objective. Results
    are those of the objective up to the order of summation. An `EmpiricalRisk` has one term for each part of its samples: with all in one
    part (see its `memory`) there is only one worker. `workers` is the largest number of workers, which free cores and the number of terms
    limit too; each takes as many cores as this process has threads. A worker that dies is restarted. As a context manager it stops the
    workers at the end. `should_stop` is called while it waits for them; `Cancelled` is raised where it returns True. Raises
    `LandscapeError` where Ray is not installed, or the cluster has no free cores for a single worker.
    """

    def __init__(self, objective: Objective, *, workers: int | None = None, should_stop: Stop = None):
        super().__init__(objective)
        self._should_stop = should_stop
        wanted = None if workers is None else require_whole("Spread", "workers", workers, 1, None)
        self._ray = _connected()
        room = _room(self._ray, objective)
        worker = self._ray.remote(**_needs(self._ray, objective), max_restarts=-1, max_task_retries=-1)(_Worker)
        started = [worker.remote(torch.get_num_threads()) for _ in range(min(wanted or room, room, len(objective.terms())))]
        self._workers = self._ready(started)
        self._held, self._places = [self._ray.put(objective)], 0

    def _ready(self, started: list[Any]) -> list[Any]:
        """Return the workers that have started, and stop the others: the cluster's free cores are not known in advance."""
        answers = {worker.ready.remote(): worker for worker in started}
        waiting, began = list(answers), time.monotonic()
        while waiting and time.monotonic() - began < (START if len(waiting) == len(answers) else LATER):
            _, waiting = self._ray.wait(waiting, num_returns=len(waiting), timeout=LOOK)
            if self._should_stop is not None and self._should_stop():
                raise Cancelled
        for answer in waiting:
            self._ray.kill(answers.pop(answer))
        if not answers:
            raise LandscapeError("cluster_full", owner="engine ray", got=f"none after {START:g} s")
        return list(answers.values())

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Return f at each row of `thetas`, evaluated in this process; for surfaces use the `engine` of `sample_surface`."""
        return self.source.values(thetas)

    def value_and_gradient(self, theta: Tensor, batch: ArrayLike | None = None) -> tuple[float, Tensor]:
        """Return f and its gradient at the tensor `theta`, summed over the workers."""
        point, chosen = theta.detach().numpy(force=True), None if batch is None else np.asarray(batch)
        parts = self._asked(lambda worker, share: worker.value_and_gradient.remote(self._held, share, point, chosen))
        value, gradient = (sum(column) for column in zip(*parts, strict=True))
        return float(value), self.tensor(gradient)

    def curvature(self, theta: ArrayLike) -> Callable[[ArrayLike], np.ndarray]:
        """Return v -> H v at `theta`, summed over the workers; each keeps the graphs of its terms where memory allows."""
        self._places += 1
        key, point = self._places, self._ray.put(self.tensor(theta).double().numpy(force=True))

        def product(v: ArrayLike) -> np.ndarray:
            v = self._ray.put(self.tensor(v).double().numpy(force=True))
            return sum(self._asked(lambda worker, share: worker.product.remote(self._held, share, key, point, v)))

        return product

    def hessian(self, theta: ArrayLike) -> np.ndarray:
        """Return the dense Hessian, computed in this process: it is meant for few parameters."""
        return self.source.hessian(theta)

    def _asked(self, ask: Callable[[Any, Share], Any]) -> list[Any]:
        """Return the results of all workers, where `ask` submits the task of one of them."""
        if not self._workers:
            raise LandscapeError("cluster_full", owner="Spread", got="workers that were given back")
        with _told(self._ray):
            asked = [ask(worker, (k, len(self._workers))) for k, worker in enumerate(self._workers)]
            while len(self._ray.wait(asked, num_returns=len(asked), timeout=LOOK)[0]) < len(asked):
                if self._should_stop is not None and self._should_stop():
                    raise Cancelled
            return self._ray.get(asked)

    def __enter__(self) -> Spread:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._ray.kill(worker)
        self._workers = []


class _Part(Derived):
    """The k-th of n parts of an objective's terms; it is used through `terms` only, by which derivatives are computed."""

    def __init__(self, objective: Objective, share: Share):
        super().__init__(objective)
        self._share = share

    def terms(self, batch: Tensor | None = None) -> Sequence[Term]:
        terms, (k, count) = self.source.terms(batch), self._share
        return terms[len(terms) * k // count : len(terms) * (k + 1) // count]


class _Worker:
    """An actor of the cluster that computes derivatives of its share of an objective's terms; `held` refers to the objective."""

    def __init__(self, threads: int):
        torch.set_num_threads(threads)
        self._part: _Part | None = None
        self._key, self._product = 0, None

    def ready(self) -> None:
        """Return when the worker has started."""

    def value_and_gradient(self, held: list[Any], share: Share, theta: np.ndarray, batch: np.ndarray | None) -> tuple[float, np.ndarray]:
        part = self._unpacked(held, share)
        value, gradient = part.value_and_gradient(part.tensor(theta), batch)
        return value, gradient.double().numpy(force=True)

    def product(self, held: list[Any], share: Share, key: int, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        if key != self._key:  # another theta, or a restarted worker
            self._key, self._product = key, self._unpacked(held, share).curvature(theta)
        return self._product(v)

    def _unpacked(self, held: list[Any], share: Share) -> _Part:
        if self._part is None:
            self._part = _Part(sys.modules["ray"].get(held[0]), share)
        return self._part


# The objective that this worker process evaluated last, (key, values), so that later tasks do not unpickle it again.
_latest: list[tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = []


def _evaluate(key: str, held: list[Any], threads: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the values of the objective at coordinates `a`, `b` of the plane, both in `held`; it is run as a Ray task."""
    if not _latest or _latest[0][0] != key:
        torch.set_num_threads(threads)
        objective, plane = sys.modules["ray"].get(held[0])
        _latest[:] = [(key, objective.along(plane))]
    return _latest[0][1](a, b)


def _over_cluster(objective: Objective, plane: Plane, should_stop: Stop) -> Evaluate:
    ray = _connected()
    held = ray.put((objective, plane))
    task = ray.remote(**_needs(ray, objective))(_evaluate)
    ahead, threads = AHEAD * _room(ray, objective), torch.get_num_threads()

    def values(turns: Iterable[Turn]) -> Iterator[np.ndarray]:
        waiting = iter(turns)
        pending = deque()
        try:
            while True:
                while len(pending) < ahead and (turn := next(waiting, None)) is not None:
                    pending.append(task.remote(held.hex(), [held], threads, *turn))
                if not pending:
                    return
                with _told(ray):
                    while not ray.wait([pending[0]], timeout=LOOK)[0]:
                        if should_stop is not None and should_stop():
                            raise Cancelled
                    found = ray.get(pending.popleft())
                yield found
        finally:  # the caller has stopped: the rest is not needed
            for reference in pending:
                ray.cancel(reference)

    return values


def _connected() -> ModuleType:
    """Return the module `ray`, connected to an existing cluster or to one started on this machine."""
    try:
        import ray
    except ImportError:
        raise LandscapeError("no_ray", owner="engine ray", got="no such package") from None
    if not ray.is_initialized():
        here = {"py_modules": [str(Path(__file__).parents[1])], "excludes": ["**/__pycache__"]}
        ray.init(runtime_env=here, log_to_driver=False, logging_level="ERROR")
    for name, module in list(sys.modules.items()):
        if name.startswith(SOURCE_PREFIX) or any(stands_in(folder, name) for folder in SOURCE_FOLDERS):
            ray.cloudpickle.register_pickle_by_value(module)
    return ray


def stands_in(folder: Path, name: str) -> bool:
    """Say whether an imported module, or the package that it is part of, is a file or a folder in `folder`."""
    top = sys.modules.get(name.partition(".")[0])
    places = [top.__file__, *getattr(top, "__path__", ())] if getattr(top, "__file__", None) else list(getattr(top, "__path__", ()))
    return any(Path(place).resolve().parent == folder for place in places)


def _needs(ray: ModuleType, objective: Objective) -> dict[str, float]:
    """Return the resources of one worker: as many cores as this process has threads, and a GPU where the objective is on one."""
    cores = max((machine.get("CPU", 0.0) for machine in _machines(ray)), default=1.0)
    return {"num_cpus": max(1.0, min(float(torch.get_num_threads()), cores)), "num_gpus": float(objective.device.type == "cuda")}


def _room(ray: ModuleType, objective: Objective) -> int:
    """Return the number of workers that fit on the cluster's machines if nothing else runs there; at least one, to wait for."""
    needs = _needs(ray, objective)
    rooms = [
        min(int(machine.get(kind, 0.0) // need) for kind, need in (("CPU", needs["num_cpus"]), ("GPU", needs["num_gpus"])) if need)
        for machine in _machines(ray)
    ]
    return max(1, sum(rooms))


def _machines(ray: ModuleType) -> list[dict[str, float]]:
    """Return the resources of each machine that is alive."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


@contextmanager
def _told(ray: ModuleType) -> Iterator[None]:
    """Raise `LandscapeError` where workers die repeatedly; an exception of the objective itself is raised as it is."""
    try:
        yield
    except ray.exceptions.RayTaskError as error:
        raise error.cause or error from None
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError) as error:
        raise LandscapeError("cluster_failed", owner="engine ray", got=type(error).__name__) from None
