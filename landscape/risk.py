"""The empirical risk of a model on data: the mean loss over samples plus a penalty, as an Objective."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from landscape.datasets import Dataset
from landscape.errors import LandscapeError
from landscape.objective import ArrayLike, Block, Embedding, Objective
from landscape.samples import Samples, Tree, leaves, tensors
from landscape.sharing import Entry, find_entries, keep_outputs, standing_in

# One batched evaluation runs many points at once (vmap) as long as what it touches stays in the processor's cache; past that a plain loop
# is faster (benchmarks/engines.py prints both beside this rule's choice). The rule counts and does not time, because the
# two ways round differently in the last digit and the same scene must give the same bytes.
CACHE_BYTES = 2**20
FEWEST_AT_ONCE = 8
MOST_AT_ONCE = 256

_FILTER_AXIS = {nn.ConvTranspose1d: 1, nn.ConvTranspose2d: 1, nn.ConvTranspose3d: 1}


class EmpiricalRisk(Objective):
    """R(theta) = 1/N sum_i loss(model(x_i; theta), y_i) + penalty(theta)   (Vapnik 1991).

    `model` is any `nn.Module`, used in evaluation mode on a private copy: the caller's model is never changed. theta is the
    concatenation of `model.parameters()` in their order, flattened; frozen parameters (requires_grad False) and buffers stay fixed.
    `loss` maps (outputs, targets) to one loss a sample, shape (N,). `dataset` is a `Dataset` (its training part), a pair (inputs, targets)
    or a DataLoader, whose batches are pairs, or mappings with their targets under "targets" or "labels"; inputs that are a tuple or a
    mapping become the model's arguments. All data are kept in memory, on `device`, where everything is computed. `penalty` maps theta to
    a scalar. Raises `LandscapeError` when nothing is trainable, the data are empty or not finite, or the loss gives anything but one value
    a sample.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[[Tensor, Tensor], Tensor],
        dataset: Dataset | tuple[Tree, Tree] | Iterable,
        *,
        penalty: Callable[[Tensor], Tensor] | None = None,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ):
        self.dtype, self.device = dtype, torch.device(device)
        self._model = _private_copy(model, dtype, self.device)
        self._loss, self._penalty = loss, penalty
        self._data = Samples.of(dataset, dtype, self.device)
        self.samples = len(self._data)
        names = [name for name, p in self._model.named_parameters() if p.requires_grad]
        self._own = [p for p in self._model.parameters() if p.requires_grad]
        if not self._own:
            raise LandscapeError("nothing_to_train", owner="empirical risk", got=f"{type(model).__name__} with none")
        order = {id(p): k for k, p in enumerate(self._own)}
        held = ((module._parameters, name, p) for module in self._model.modules() for name, p in module._parameters.items())
        self._places = [(place, name, order[id(p)]) for place, name, p in held if id(p) in order]
        self._shapes = [p.shape for p in self._own]
        self._sizes = [p.numel() for p in self._own]
        self.dim = sum(self._sizes)
        self.theta = _flattened(self._own, self.dim)
        self.blocks = tuple(_blocks(self._model, names))
        self._attention: AbstractContextManager = _PlainAttention()
        self.at_once = self._measure_width()
        if not self._attention.met:
            self._attention = nullcontext()

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the risk at the tensor `theta`, on the samples `batch` (indices; None: all)."""
        return self.loss_and_outputs(theta, batch)[0]

    def loss_and_outputs(self, theta: Tensor, batch: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the risk at the tensor `theta` and the model's outputs it comes from, in one forward pass."""
        data = self._data if batch is None else self._data[batch]
        outputs = self._forward(theta, data)
        risk = self._loss(outputs, data.targets).mean()
        return (risk if self._penalty is None else risk + self._penalty(theta)), outputs

    @property
    def targets(self) -> Tree:
        """The targets of the samples, as tensors on this risk's device."""
        return self._data.targets

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Return R at each row of `thetas`, shape (k, D) to (k,), many rows at once where that is faster."""
        if self.at_once == 1:
            return super().values(thetas)
        rows = self.tensors(thetas)
        evaluate = torch.func.vmap(self.loss)
        with torch.no_grad():
            return torch.cat([evaluate(part) for part in rows.split(self.at_once)]).double().numpy(force=True)

    def along(self, plane: Embedding) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return (a, b) -> R at those coordinates of `plane`; layers that see the data themselves share their work (see `sharing`)."""
        entries = self._entries(plane) if self.at_once == 1 else []
        if not entries:
            return super().along(plane)

        def values(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            found = np.empty(len(a))
            with torch.no_grad(), standing_in(entries) as at:
                for k, theta in enumerate(self.tensors(plane.embed(a, b))):
                    at[:] = float(a[k]), float(b[k])
                    found[k] = float(self.loss(theta))
            return found

        return values

    def _entries(self, plane: Embedding) -> list[Entry]:
        def forward(theta: ArrayLike) -> Callable[[], object]:
            return lambda: self._forward(self.tensor(theta), self._data)

        with torch.no_grad():
            entries = find_entries(self._model, forward(plane.origin), leaves(self._data.inputs), {id(p) for p in self._own})
            for theta in (plane.origin, plane.u, plane.v) if entries else ():
                keep_outputs(entries, forward(theta))
        return [entry for entry in entries if len(entry.parts) == 3]  # a layer that is used more than once, or not every time, is left out

    def outputs(self, theta: ArrayLike, inputs: Tree) -> np.ndarray:
        """Return the model's outputs at `theta` for `inputs`, in the model's own output shape."""
        data = Samples(tensors("inputs", inputs, self.dtype, self.device), None)
        with torch.no_grad():
            return self._forward(self.tensor(theta), data).double().numpy(force=True)

    def on(self, inputs: Tree, targets: Tree) -> EmpiricalRisk:
        """Return the same model's risk, without the penalty, on other data: the test loss."""
        return EmpiricalRisk(self._model, self._loss, (inputs, targets), dtype=self.dtype, device=self.device)

    def _forward(self, theta: Tensor, data: Samples) -> Tensor:
        parts = theta.split(self._sizes)
        parameters = [part.view(shape) for part, shape in zip(parts, self._shapes, strict=True)]
        self._hold(parameters)
        try:
            with self._attention:
                return data.through(self._model)
        finally:
            self._hold(self._own)

    def _hold(self, parameters: list[Tensor]) -> None:
        """Put these tensors where the model looks for its trainable parameters; a shared one lies in several places.

        `torch.func.functional_call` does the same, but searches for the places anew: longer than a small model takes to evaluate.
        """
        for place, name, k in self._places:
            place[name] = parameters[k]

    def _measure_width(self) -> int:
        """Return how many points one batched evaluation takes, from the largest activation of one forward pass."""
        largest = 0

        def note(_module: nn.Module, _inputs: object, output: object) -> None:
            nonlocal largest
            if isinstance(output, Tensor):
                largest = max(largest, output.numel() * output.element_size())

        hooks = [module.register_forward_hook(note) for module in self._model.modules()]
        with torch.no_grad():
            with self._attention:
                outputs = self._data.through(self._model)
            losses = self._loss(outputs, self._data.targets)
        for hook in hooks:
            hook.remove()
        if losses.ndim != 1:
            raise LandscapeError("not_per_sample", owner="empirical risk", got=f"shape {tuple(losses.shape)}")
        largest = max(largest, self.dim * self.dtype.itemsize)  # each point brings parameters of its own
        width = min(MOST_AT_ONCE, CACHE_BYTES // largest)
        return width if width >= FEWEST_AT_ONCE and self._maps() else 1

    def _maps(self) -> bool:
        """Return whether vmap takes this model and loss: it refuses what branches on numbers or writes into its own tensors."""
        try:
            with torch.no_grad():
                torch.func.vmap(self.loss)(self.tensors(self.theta[None]))
        except RuntimeError:
            return False
        return True


class _PlainAttention(TorchFunctionMode):
    """Attention by its formula: torch's fused kernels have no second derivative and cannot be mapped. `met` says that there was any."""

    met = False

    def __torch_function__(self, func: Callable, types: object, args: tuple = (), kwargs: dict | None = None) -> object:
        kwargs = kwargs or {}
        if func is nn.functional.scaled_dot_product_attention:
            self.met = True
            return _attend(*args, **kwargs)
        if func is nn.functional.multi_head_attention_forward and not kwargs.get("need_weights", True):
            self.met = True
            return func(*args, **{**kwargs, "need_weights": True})[0], None  # asked for its weights, it multiplies matrices
        return func(*args, **kwargs)


def _attend(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, *args: object, **kwargs: object) -> Tensor:
    """Return `scaled_dot_product_attention`, by matrix products; they take a mask of additions only."""
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill(~attn_mask, -torch.inf)
    return torch.ops.aten._scaled_dot_product_attention_math(query, key, value, attn_mask, *args, **kwargs)[0]


def _flattened(parameters: list[nn.Parameter], dim: int) -> np.ndarray:
    """Return the parameters as one read-only float64 vector, and let them share its memory where they are float64 on the processor: a large
    model's parameters are then there once.
    """
    flat = torch.empty(dim, dtype=torch.float64)
    start = 0
    for p in parameters:
        part = flat[start : start + p.numel()].view(p.shape)
        part.copy_(p.detach())
        if p.dtype == flat.dtype and p.device == flat.device:
            p.data = part
        start += p.numel()
    theta = flat.numpy()
    theta.setflags(write=False)
    return theta


def _private_copy(model: nn.Module, dtype: torch.dtype, device: torch.device) -> nn.Module:
    twin = copy.deepcopy(model)
    for parameter in twin.parameters():
        parameter.grad = None
    return twin.to(device, dtype).eval()


def _blocks(model: nn.Module, names: list[str]) -> list[Block]:
    """Return one block a trainable parameter, its filters along the axis of output units."""
    axes = {id(m.weight): axis for m in model.modules() for kind, axis in _FILTER_AXIS.items() if isinstance(m, kind)}
    parameters = dict(model.named_parameters())
    blocks, start = [], 0
    for name in names:
        parameter = parameters[name]
        stop = start + parameter.numel()
        kind = "filters" if parameter.ndim > 1 else "vector"
        blocks.append(Block(name, tuple(parameter.shape), start, stop, kind, axes.get(id(parameter), 0)))
        start = stop
    return blocks
