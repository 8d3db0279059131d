"""Held: the parameters of a model, of which theta stands in for a while."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from landscape.networks.formulas import Formulas
from landscape.networks.torch_internals import parameter_tables


class Parameters:
    """The trainable parameters of `model`, its `own`, in the order of theta, and where its modules look them up.

    `now` is the context that is entered, and `formulas` one within which formulas stand in for torch's operators.
    """

    def __init__(self, model: nn.Module):
        self.own = [p for p in model.parameters() if p.requires_grad]
        order = {id(p): k for k, p in enumerate(self.own)}
        held = ((table, name, p) for table in parameter_tables(model) for name, p in table.items())
        self.places = [(table, name, order[id(p)]) for table, name, p in held if id(p) in order]
        self.shapes = [p.shape for p in self.own]
        self.sizes = [p.numel() for p in self.own]
        self.formulas: AbstractContextManager = Formulas()
        self.now: Held | None = None

    def replace(self, parameters: list[Tensor]) -> None:
        """Put these tensors in the place of the parameters; one that several modules share is replaced in all of them."""
        for table, name, k in self.places:
            table[name] = parameters[k]


class Held:
    """A context within which the parameters are views of `theta`, and formulas stand in for torch's operators, also where a backward pass
    runs a part of the model again. Such contexts nest, and may be entered again.
    """

    def __init__(self, of: Parameters, theta: Tensor):
        self._of, self._theta = of, theta
        # the context may be entered without gradients: a graph made inside must still reach theta
        with torch.enable_grad() if theta.requires_grad and not torch.is_grad_enabled() else nullcontext():
            self.parameters = [part.view(shape) for part, shape in zip(theta.split(of.sizes), of.shapes, strict=True)]

    def holds(self, theta: Tensor) -> bool:
        """Return whether the parameters are views of this very tensor, with or without a graph as it is now."""
        return self._theta is theta and self.parameters[0].requires_grad == theta.requires_grad

    def at(self, theta: Tensor) -> bool:
        """Return whether the parameters have the values of `theta`."""
        return torch.equal(self._theta, theta)

    def kept(self) -> list[bool]:
        """Return for each parameter whether it is still in the model: a forward pass may have put another one in its place."""
        places = {k: table.get(name) is self.parameters[k] for table, name, k in self._of.places}
        return [places[k] for k in range(len(self.parameters))]

    def __enter__(self) -> None:
        self._before, self._of.now = self._of.now, self
        self._formulas = self._of.formulas
        self._formulas.__enter__()
        self._of.replace(self.parameters)

    def __exit__(self, *_: object) -> None:
        self._formulas.__exit__(None, None, None)
        self._of.now = self._before
        self._of.replace(self._of.own if self._before is None else self._before.parameters)


def recomputes(losses: Callable[[], Tensor], held: Callable[[Tensor], AbstractContextManager], theta: Tensor) -> bool:
    """Return whether a backward pass from `losses` runs a part of the model again: parameters that are NaN meanwhile show it.

    `held` makes the context that holds the leaf `theta`, which the losses are computed at.
    """
    with held(theta), torch.enable_grad():
        found = losses()
        if not found.requires_grad:
            return False
        try:
            (slope,) = torch.autograd.grad(found.sum(), theta, retain_graph=True, allow_unused=True)
            with held(torch.full_like(theta, torch.nan).requires_grad_()):
                (other,) = torch.autograd.grad(found.sum(), theta, allow_unused=True)
        except Exception:  # a part run again may raise anything on NaN; what else fails here fails again, and is raised, when asked for
            return True
    return slope is not None and not torch.equal(slope.nan_to_num(), other.nan_to_num())
