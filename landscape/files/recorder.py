"""Recorder: checkpoints of a user's training loop, in a file of bounded size.

with Recorder(model, "run.npz") as record:
    for batch in loader:
        loss = ...
        record(loss)
        optimizer.step()

plane = pca_plane(load_result("run.npz").trajectory)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from landscape.errors import LandscapeError, require_made, require_name, require_path, require_whole
from landscape.files.destination import require_destination, require_none_at, require_space
from landscape.files.result import MAX_BYTES, Recording, load_result, save_result

DTYPES = ("float16", "float32", "float64")
FEWEST = 2  # checkpoints: the first and the last
# Bytes of headers and recipe, and of the loss and the step of each checkpoint.
FILE_BYTES = 4096
ROW_BYTES = 16


class _Checkpoint(NamedTuple):
    """The step and the loss of a checkpoint; `sound` says whether its parameters and its loss, if given, are finite."""

    step: int
    loss: float
    sound: bool


class Recorder:
    """Records the trainable parameters of `model` during training: call it with the loss once a step, before `optimizer.step()`.

    A checkpoint is theta as in `EmpiricalRisk`: `model.parameters()` in their order, flattened, without frozen ones, shared ones once. The
    loss of a batch belongs to these parameters if `record(loss)` precedes `optimizer.step()`. `path` is the file (`.npz`), or a folder for
    `recording.npz`. Only every `every`-th call is recorded, from the first on. `dtype` is that of the file; results are float64.

    The file has at most `budget_bytes`. When it is full, every second checkpoint is deleted and the stride doubled, so that recorded steps
    stay evenly spaced; the first and the last are always kept. During training, checkpoints are in `path` + ".part", within the same
    budget. The result file is written at the end of the `with` block, also after an exception, whose type the recipe then names, and by
    `save`. The model, its gradients, its mode and the random generators are not changed.

    Raises `LandscapeError` when no parameter is trainable, the budget does not suffice for two checkpoints, the folder cannot be made or
    written to, and unless `overwrite` when there is a file at `path` already, or at `path` + ".part" (the rows of a training that was
    killed, or of one that still runs); later, when the number of trainable parameters changes, a loss is not a single number, or the disk
    is full: the rows recorded until then stay in `path` + ".part", and `save` writes them once there is room.
    """

    def __init__(
        self,
        model: nn.Module,
        path: str | os.PathLike[str],
        *,
        budget_bytes: int = 2**28,
        every: int = 1,
        dtype: str = "float32",
        overwrite: bool = False,
    ):
        require_name("recorder dtype", dtype, DTYPES)
        require_path("recorder", path)
        require_made("recorder", "model", model, nn.Module, "torch.nn")
        self.every = require_whole("recorder", "every", every, 1, None)
        trainable = {name: p.numel() for name, p in model.named_parameters() if p.requires_grad}
        if not trainable:
            raise LandscapeError("nothing_to_train", owner="recorder", got=f"{type(model).__name__} with none")
        self._model, self._names, self._dim = model, tuple(trainable), sum(trainable.values())
        self._dtype = np.dtype(dtype)
        self._row = self._dim * self._dtype.itemsize
        low = FILE_BYTES + FEWEST * (self._row + ROW_BYTES)
        high = MAX_BYTES // 8 * self._dtype.itemsize  # as float64 it can then be loaded
        budget = require_whole("recorder", "budget_bytes", budget_bytes, low, high)
        self.capacity = (budget - FILE_BYTES) // (self._row + ROW_BYTES)
        self.path = Path(path) if str(path).endswith(".npz") else Path(path) / "recording.npz"
        self.stride = self.every
        self._part = self.path.with_name(self.path.name + ".part")
        self._overwrite = overwrite
        self._look_ahead(2 * low)
        self._calls = 0
        self._kept: list[_Checkpoint] = []  # multiples of the stride, the rows of the unfinished file
        self._newest: tuple[_Checkpoint, bytes] | None = None
        self._closed = False

    def _look_ahead(self, size: int) -> None:
        """Refuse, before anything is trained, a place that cannot be written to or where there is something already."""
        with _written(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        require_destination(self.path, overwrite=self._overwrite, instead="overwrite_argument")
        require_space(self.path, size)
        if not self._overwrite:
            require_none_at(self._part, instead="overwrite_argument")

    def __enter__(self) -> Recorder:
        return self

    def __call__(self, loss: Tensor | float | None = None) -> None:
        """Record the current parameters with `loss`, a single number (None: unknown, recorded as NaN)."""
        if self._closed:
            raise RuntimeError("this recorder has written its file; make another one")
        step, self._calls = self._calls, self._calls + 1
        if step % self.every:
            return
        theta, number = self._theta(), _number(loss)
        sound = bool(np.isfinite(theta).all()) and (loss is None or bool(np.isfinite(number)))
        self._newest = _Checkpoint(step, number, sound), theta.tobytes()
        while step % self.stride == 0 and len(self._kept) == self.capacity - 1:
            self._thin()
        if step % self.stride == 0:
            self._write(len(self._kept), self._newest[1])
            self._kept.append(self._newest[0])

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closed = True
        if self._newest is not None:
            self.save(ended_by=None if kind is None else kind.__name__)
            self._part.unlink(missing_ok=True)

    def save(self, *, ended_by: str | None = None) -> Path:
        """Write the checkpoints recorded so far into the result file, and return its path."""
        asked = {"dtype": self._dtype.name, "every": self.every, "stride": self.stride}
        return save_result(self.path, trajectory=self._recording(), recipe=asked | ({"ended_by": ended_by} if ended_by else {}))

    @property
    def trajectory(self) -> Recording:
        """The recorded trajectory, float64, in memory, for `pca_plane` and other functions of a trajectory."""
        if self._closed and self._newest is not None:
            return load_result(self.path).trajectory
        kept = self._recording()
        return Recording(kept.thetas.astype(np.float64), kept.losses, kept.status, kept.step, kept.steps)

    @property
    def thetas(self) -> np.ndarray:
        """The recorded parameters, shape (k, D)."""
        return self.trajectory.thetas

    @property
    def losses(self) -> np.ndarray:
        """The losses given with them, shape (k,)."""
        return self.trajectory.losses

    @property
    def steps(self) -> np.ndarray:
        """The indices of their calls, from 0, shape (k,)."""
        return self.trajectory.steps

    def _theta(self) -> np.ndarray:
        parameters = dict(self._model.named_parameters())
        dtype = getattr(torch, self._dtype.name)
        parts = [parameters[name].detach().to("cpu", dtype).reshape(-1).numpy() for name in self._names if name in parameters]
        theta = np.concatenate(parts) if parts else np.empty(0)
        if len(theta) != self._dim:
            raise LandscapeError("wrong_shape", owner="recorder", name="theta", expected=(self._dim,), got=theta.shape)
        return theta

    def _recording(self) -> Recording:
        """Return the recorded trajectory, with its parameters memory-mapped from the unfinished file."""
        if self._newest is None:
            raise LandscapeError("no_movement", owner="recorder", got="no step yet")
        kept = self._kept
        if kept[-1] is not self._newest[0]:
            self._write(len(kept), self._newest[1])  # after the other rows; the next one overwrites it
            kept = [*kept, self._newest[0]]
        thetas = np.memmap(self._part, self._dtype, "r", shape=(len(kept), self._dim))
        sound = np.flatnonzero([checkpoint.sound for checkpoint in kept])
        left = int(sound[-1]) + 1 if len(sound) else 0
        status, step = ("diverged", left) if left < len(kept) else ("completed", len(kept) - 1)
        losses, steps = np.array([c.loss for c in kept]), np.array([c.step for c in kept])
        return Recording(np.asarray(thetas), losses, status, step, steps)

    def _thin(self) -> None:
        """Delete every second checkpoint, in place, and double the stride."""
        self._kept = self._kept[::2]
        self.stride *= 2
        with _written(self._part), self._part.open("r+b") as file:
            for k in range(1, len(self._kept)):
                file.seek(2 * k * self._row)
                row = file.read(self._row)
                file.seek(k * self._row)
                file.write(row)
            file.truncate(len(self._kept) * self._row)

    def _write(self, k: int, row: bytes) -> None:
        with _written(self._part):
            with self._part.open("r+b" if self._kept else "wb") as file:
                file.seek(k * self._row)
                file.write(row)


def _number(loss: Tensor | float | None) -> float:
    """Return the loss as a float; a tensor is read without changing its graph or device."""
    if loss is None:
        return float("nan")
    if isinstance(loss, Tensor):
        loss = loss.detach().double().numpy(force=True)
    if np.size(loss) != 1:
        raise LandscapeError("wrong_shape", owner="recorder", name="the loss", expected="()", got=tuple(np.shape(loss)))
    return float(np.reshape(loss, ()))


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LandscapeError("result_not_written", got=f"{error.strerror or type(error).__name__}: {path}") from None
