"""The private copy of a caller's model or loss, in the risk's dtype, its parameters as one flat vector; the caller's stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import unwrap
from types import MethodType

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from landscape.errors import LandscapeError, Phrase
from landscape.networks.torch_internals import uncompiled
from landscape.objective import Block
from landscape.objectives.answers import Losses

DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
_FILTER_AXIS = {nn.ConvTranspose1d: 1, nn.ConvTranspose2d: 1, nn.ConvTranspose3d: 1}
# Where torch keeps modules whose weights are whole numbers.
_QUANTIZED = "torch.ao.nn.quantized"


def usable(dtype: torch.dtype, device: torch.device | str) -> tuple[torch.dtype, torch.device]:
    """Return a dtype and a device that a risk can be computed in; raise `LandscapeError` for others."""
    if dtype not in DTYPES:
        raise LandscapeError("not_a_dtype", owner="empirical risk", got=str(dtype), known=", ".join(map(str, DTYPES)))
    try:
        device = torch.device(device)
        torch.zeros(1, device=device).item()  # a device without numbers, such as meta, has no item
    except Exception as error:  # torch raises what the device's backend does
        raise LandscapeError("no_device", owner="empirical risk", name=device, got=said(error)) from error
    return dtype, device


def private_copy(model: nn.Module, dtype: torch.dtype, device: torch.device) -> nn.Module:
    """Return a copy of `model` on `device`, floating-point numbers as `dtype`, in evaluation mode and without gradients.

    It is not wrapped in `nn.DataParallel` nor compiled. Raises `LandscapeError` for what is no module, what cannot be copied, and
    parameters that cannot be replaced by others.
    """
    if not isinstance(model, nn.Module):
        raise LandscapeError("not_a_module", owner="empirical risk", got=_kind(model))
    model = _unwrapped(model)
    for name, module in model.named_modules():
        _require_replaceable(name or type(module).__name__, module)
    twin = _converted(copied(model), dtype, device)
    for module in list(twin.modules()):
        own = unwrap(uncompiled(vars(module).get("forward")))
        if isinstance(own, MethodType) and own.__func__ is type(module).forward:  # compiled, it is that of the caller's module
            del module.forward
        for name, child in module.named_children():
            if (inner := _unwrapped(child)) is not child:
                setattr(module, name, inner)
    for parameter in twin.parameters():
        parameter.grad = None
        parameter.requires_grad_(parameter.requires_grad and parameter.numel() > 0)  # nothing can vary without numbers
    return twin.eval()


def private_loss(loss: Callable, dtype: torch.dtype, device: torch.device) -> Losses:
    """Return `loss` with its answers looked at; where it is a module a copy of it on `device`, floating-point numbers as `dtype`, in the
    mode that it is in.
    """
    if isinstance(loss, type) or not callable(loss):
        raise LandscapeError("not_a_loss", owner="empirical risk", got=_kind(loss))
    if isinstance(loss, Losses):
        return loss
    loss = uncompiled(loss)  # compiled functions have no second derivative, or a wrong one
    return Losses(_converted(copied(_unwrapped(loss)), dtype, device) if isinstance(loss, nn.Module) else loss, dtype)


def copied(module: nn.Module) -> nn.Module:
    """Return a deep copy. Tensors that were computed, as weights are by pruning and by the hooks of weight normalization, become constants:
    `copy.deepcopy` refuses them, and their hooks compute them anew in each forward pass.
    """
    computed = {id(tensor): tensor.detach().clone() for tensor in tensors_in(vars(part) for part in module.modules()) if not tensor.is_leaf}
    try:
        return copy.deepcopy(module, computed)
    except Exception as error:  # a user's module may hold anything
        raise LandscapeError("not_copied", owner="empirical risk", name=type(module).__name__, got=said(error)) from error


def require_trainable(model: nn.Module) -> None:
    """Raise `LandscapeError` unless some parameter with at least one number requires a gradient."""
    if not any(parameter.requires_grad for parameter in model.parameters()):
        quantized = any(type(module).__module__.startswith(_QUANTIZED) for module in model.modules())
        code = "quantized" if quantized else "nothing_to_train"
        raise LandscapeError(code, owner="empirical risk", got=Phrase("with_none", name=type(model).__name__))


def said(error: Exception) -> str:
    """Return the kind and the first line of an error."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


def tensors_in(values: Iterable[object], seen: set[int] | None = None) -> Iterator[Tensor]:
    """Yield the tensors in nested mappings, tuples and lists, each of these once."""
    seen = set() if seen is None else seen
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, Mapping | tuple | list) and id(value) not in seen:
            seen.add(id(value))
            yield from tensors_in(value.values() if isinstance(value, Mapping) else value, seen)


def _unwrapped(module: nn.Module) -> nn.Module:
    """Return what stands in wrappers that compute the same in another way: on several devices, or compiled."""
    while True:
        inner = module.module if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel) else uncompiled(module)
        if inner is module:
            return module
        module = inner


def _require_replaceable(name: str, module: nn.Module) -> None:
    """Raise `LandscapeError` where the parameters of `module` cannot be replaced by others, or are no real numbers."""
    if isinstance(module, torch.jit.ScriptModule):
        raise LandscapeError("frozen_program", owner="empirical risk", got=_kind(module))
    for own, tensor in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
        if is_lazy(tensor):
            raise LandscapeError("lazy", owner="empirical risk", got=Phrase("without_shape", name=f"{name}.{own}"))
        if tensor.is_meta:
            raise LandscapeError("on_meta", owner="empirical risk", got=Phrase("without_numbers", name=f"{name}.{own}"))
        if tensor.is_complex() and tensor.requires_grad:
            raise LandscapeError(
                "complex_parameter", owner="empirical risk", got=Phrase("dtype_of", name=f"{name}.{own}", dtype=tensor.dtype)
            )


def _converted(module: nn.Module, dtype: torch.dtype, device: torch.device) -> nn.Module:
    """Move `module` to `device`, real floating-point numbers as `dtype`, complex ones as its complex counterpart; return it."""
    complex_ones = []
    for part in module.modules():
        for name, tensor in [*part.named_buffers(recurse=False), *part.named_parameters(recurse=False)]:
            if tensor.is_complex():  # as a real dtype they would lose their imaginary parts
                complex_ones.append((part, name, tensor))
                setattr(part, name, None)
    module = module.to(device, dtype)
    for part, name, tensor in complex_ones:
        moved = tensor.detach().to(device, dtype.to_complex())
        setattr(part, name, nn.Parameter(moved, requires_grad=False) if isinstance(tensor, nn.Parameter) else moved)
    return module


def _kind(value: object) -> Phrase:
    """Return what a value is: the class itself, or an object of which class."""
    return Phrase("class_itself", name=value.__name__) if isinstance(value, type) else Phrase("object_of", name=type(value).__name__)


def flattened(parameters: list[nn.Parameter], dim: int) -> np.ndarray:
    """Return the parameters as one read-only float64 vector; parameters in float64 on the CPU become views of it, so that a large model is
    in memory once.
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


def blocks(model: nn.Module, names: list[str]) -> list[Block]:
    """Return one block for each trainable parameter, with filters along the axis of output units."""
    axes = {id(m.weight): axis for m in model.modules() for kind, axis in _FILTER_AXIS.items() if isinstance(m, kind)}
    parameters = dict(model.named_parameters())
    found, start = [], 0
    for name in names:
        parameter = parameters[name]
        stop = start + parameter.numel()
        kind = "filters" if parameter.ndim > 1 else "vector"
        found.append(Block(name, tuple(parameter.shape), start, stop, kind, axes.get(id(parameter), 0)))
        start = stop
    return found
