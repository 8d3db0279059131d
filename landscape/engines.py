"""Engines: where points and products are evaluated, in this process or on the machines of a Ray cluster.

Ray (https://docs.ray.io) is an optional extra. A cluster is started as Ray's own documentation says, `ray start --head` on one machine and
`ray start --address=...` on the others; without one, `ray.init` starts one on this machine. Every machine needs the same Python and the
same packages; this one is sent along.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from landscape.errors import Cancelled, LandscapeError, require_name, require_range
from landscape.objective import ArrayLike, Objective, Term
from landscape.plane import Plane

# Coordinates a (k,) and b (k,) of the points of one turn.
Turn = tuple[np.ndarray, np.ndarray]
Stop = Callable[[], bool] | None
# From turns to their values (k,) each, in order.
Evaluate = Callable[[Iterable[Turn]], Iterator[np.ndarray]]

ENGINES = ("local", "ray")
# Turns handed out for each worker: one that it works on, and one that waits for it.
AHEAD = 2
LOOK = 0.2  # seconds between two looks at Cancel while a cluster works
# The command line gives modules that it loads from a file this name in front: no worker could import them.
SOURCE_PREFIX = "landscape_source_"


def evaluator(engine: str, objective: Objective, plane: Plane, should_stop: Stop = None) -> Evaluate:
    """Return turns -> values of `objective` at points of `plane`, in order, evaluated where `engine` says: "local" or "ray".

    The numbers are the same: a worker takes whole turns, with as many threads as this process. One that dies costs its turn, which another
    one takes. Raises `LandscapeError` for an unknown engine, where Ray is not installed, and where workers keep dying.
    """
    if require_name("engine", engine, ENGINES) == "ray":
        return _over_cluster(objective, plane, should_stop)
    evaluate = objective.along(plane)
    return lambda turns: (evaluate(*turn) for turn in turns)


class Spread(Objective):
    """An objective whose gradients and Hessian-vector products are made by workers of a Ray cluster, each with some of its `terms`.

    For `top_eigenpairs`, `spectral_density`, `hessian_trace`, `descend` and everything else that takes an objective. The sums are those of
    the objective itself but for the order of adding up. An `EmpiricalRisk` has one term for each part of its samples: with all in one
    part (see its `memory`) there is nothing to spread. `workers` is how many at most; each takes as many cores as this process has
    threads, and no more are started than there is room for, or terms. A worker that dies is started again. As a context it gives them
    back at its end. Raises `LandscapeError` where Ray is not installed.
    """

    def __init__(self, objective: Objective, *, workers: int | None = None):
        self._objective = objective
        self.dim, self.theta, self.blocks, self.samples = objective.dim, objective.theta, objective.blocks, objective.samples
        self.dtype, self.device, self.at_once, self.keeps_graphs = objective.dtype, objective.device, objective.at_once, True
        self._ray = _connected()
        room = _room(self._ray, objective)  # more would wait for room for ever
        wanted = room if workers is None else int(require_range("Spread", "workers", workers, 1, None))
        count = min(wanted, room, len(objective.terms()))
        worker = self._ray.remote(**_needs(self._ray, objective), max_restarts=-1, max_task_retries=-1)(_Worker)
        self._workers = [worker.remote(torch.get_num_threads(), k, count) for k in range(count)]
        self._held, self._places = [self._ray.put(objective)], 0

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the objective's own, made here."""
        return self._objective.loss(theta, batch)

    def terms(self, batch: Tensor | None = None) -> Sequence[Term]:
        """Return the objective's own."""
        return self._objective.terms(batch)

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Return f at each row of `thetas`, made here; `sample_surface` has an engine of its own."""
        return self._objective.values(thetas)

    def value_and_gradient(self, theta: Tensor, batch: ArrayLike | None = None) -> tuple[float, Tensor]:
        """Return f and its gradient at the tensor `theta`, the sums of the workers' parts."""
        point, chosen = theta.detach().numpy(force=True), None if batch is None else np.asarray(batch)
        parts = self._gathered([worker.value_and_gradient.remote(self._held, point, chosen) for worker in self._workers])
        value, gradient = (sum(column) for column in zip(*parts, strict=True))
        return float(value), self.tensor(gradient)

    def curvature(self, theta: ArrayLike) -> Callable[[ArrayLike], np.ndarray]:
        """Return v -> H v at `theta`; every worker keeps the graphs of its own part."""
        self._places += 1
        key, point = self._places, self._ray.put(self.tensor(theta).double().numpy(force=True))

        def product(v: ArrayLike) -> np.ndarray:
            v = self._ray.put(self.tensor(v).double().numpy(force=True))
            return sum(self._gathered([worker.product.remote(self._held, key, point, v) for worker in self._workers]))

        return product

    def __enter__(self) -> Spread:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._ray.kill(worker)
        self._workers = []

    def _gathered(self, asked: list[Any]) -> list[Any]:
        with _told(self._ray):
            return self._ray.get(asked)


class _Share(Objective):
    """Every n-th run of an objective's terms."""

    def __init__(self, objective: Objective, k: int, count: int):
        self._objective, self._k, self._count = objective, k, count
        self.dim, self.dtype, self.device = objective.dim, objective.dtype, objective.device
        self.keeps_graphs = objective.keeps_graphs

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        return sum(term(theta) for term in self.terms(batch))

    def terms(self, batch: Tensor | None = None) -> Sequence[Term]:
        terms = self._objective.terms(batch)
        return terms[len(terms) * self._k // self._count : len(terms) * (self._k + 1) // self._count]


class _Worker:
    """A process of the cluster that answers for its share of an objective's terms; `held` refers to the objective."""

    def __init__(self, threads: int, k: int, count: int):
        torch.set_num_threads(threads)
        self._place, self._share = (k, count), None
        self._key, self._product = 0, None

    def value_and_gradient(self, held: list[Any], theta: np.ndarray, batch: np.ndarray | None) -> tuple[float, np.ndarray]:
        share = self._unpacked(held)
        value, gradient = share.value_and_gradient(share.tensor(theta), batch)
        return value, gradient.double().numpy(force=True)

    def product(self, held: list[Any], key: int, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        if key != self._key:  # another place, or a worker that was started again
            self._key, self._product = key, self._unpacked(held).curvature(theta)
        return self._product(v)

    def _unpacked(self, held: list[Any]) -> _Share:
        if self._share is None:
            self._share = _Share(sys.modules["ray"].get(held[0]), *self._place)
        return self._share


# What this worker evaluated last, (key, values): a task after the first does not unpack the objective again.
_latest: list[tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = []


def _evaluate(key: str, held: list[Any], threads: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Run in a worker: return the values at these points of the objective and plane that `held` refers to."""
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
        finally:  # nobody will ask for the rest
            for reference in pending:
                ray.cancel(reference)

    return values


def _connected() -> ModuleType:
    """Return Ray, connected to the cluster that is there, or to one started on this machine."""
    try:
        import ray
    except ImportError:
        raise LandscapeError("no_ray", owner="engine ray", got="no such package") from None
    if not ray.is_initialized():
        here = {"py_modules": [str(Path(__file__).parent)], "excludes": ["**/__pycache__"]}
        ray.init(runtime_env=here, log_to_driver=False, logging_level="ERROR")
    for name, module in list(sys.modules.items()):
        if name.startswith(SOURCE_PREFIX):
            ray.cloudpickle.register_pickle_by_value(module)
    return ray


def _needs(ray: ModuleType, objective: Objective) -> dict[str, float]:
    """Return what one worker takes of a machine: as many cores as this process has threads, and a GPU where the objective lies on one."""
    cores = max((node["Resources"].get("CPU", 0.0) for node in ray.nodes() if node["Alive"]), default=1.0)
    return {"num_cpus": min(float(torch.get_num_threads()), cores), "num_gpus": float(objective.device.type == "cuda")}


def _room(ray: ModuleType, objective: Objective) -> int:
    """Return how many workers the cluster has room for."""
    needs, resources = _needs(ray, objective), ray.cluster_resources()
    rooms = [resources.get("CPU", 1.0) / max(needs["num_cpus"], 1.0)]
    if needs["num_gpus"]:
        rooms.append(resources.get("GPU", 0.0))
    return max(1, int(min(rooms)))


@contextmanager
def _told(ray: ModuleType) -> Iterator[None]:
    """Tell in one sentence when workers keep dying; what the objective itself raises stays as it is."""
    try:
        yield
    except ray.exceptions.RayTaskError as error:
        raise error.cause or error from None
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError) as error:
        raise LandscapeError("cluster_failed", owner="engine ray", got=type(error).__name__) from None
