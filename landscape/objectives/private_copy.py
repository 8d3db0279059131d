"""The private copy of a caller's model: in evaluation mode, in the risk's dtype, with its parameters as one flat vector."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn

from landscape.objective import Block

_FILTER_AXIS = {nn.ConvTranspose1d: 1, nn.ConvTranspose2d: 1, nn.ConvTranspose3d: 1}


def private_copy(model: nn.Module, dtype: torch.dtype, device: torch.device) -> nn.Module:
    """Return a copy of `model` on `device`, floating-point numbers as `dtype`, in evaluation mode and without gradients."""
    twin = copy.deepcopy(model)
    for parameter in twin.parameters():
        parameter.grad = None
    return twin.to(device, dtype).eval()


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
