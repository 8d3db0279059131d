"""Failure: why a caller's model and loss do not take the data, where that can be told and a change that mends it was tried and works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from landscape.errors import LandscapeError, Phrase
from landscape.losses.classes import LEFT_OUT
from landscape.objectives.answers import named
from landscape.objectives.private_copy import DTYPES, private_copy, private_loss, said
from landscape.objectives.samples import Samples, Tree, leaves, mapped


@dataclass(frozen=True, eq=False)
class Failure:
    """A caller's `model` and `loss`, as they were given, that fail on `data` in a risk of this dtype and device."""

    model: nn.Module
    loss: Callable
    data: Samples
    dtype: torch.dtype
    device: torch.device

    def refusal(self, error: Exception) -> LandscapeError | None:
        """Return what must be changed so that no `error` is raised; None where no change that is tried helps, or none is needed, since the
        fault is elsewhere then.
        """
        if self._works(self.data):
            return None
        found = (reason for reasons in (self._labels, self._rows, self._kinds, self._own_dtype) for reason in reasons(error))
        return next(found, None)

    def _works(self, data: Samples, dtype: torch.dtype | None = None, *, loss: bool = True) -> bool:
        try:
            dtype = dtype or self.dtype
            model = private_copy(self.model, dtype, self.device)
            with torch.no_grad():
                outputs = data.through(model)
                if loss:
                    private_loss(self.loss, dtype, self.device)(outputs, data.targets)
        except Exception:  # that is the question
            return False
        return True

    def _labels(self, _error: Exception) -> Iterator[LandscapeError]:
        """Class labels that are no index of an output."""
        targets = self.data.targets
        if not isinstance(targets, Tensor) or targets.is_floating_point() or not self._works(self.data, loss=False):
            return
        with torch.no_grad():
            outputs = self.data.through(private_copy(self.model, self.dtype, self.device))
        if not isinstance(outputs, Tensor) or outputs.ndim < 2:
            return
        count, counted = outputs.shape[1], targets[targets != LEFT_OUT]
        right = torch.where(targets == LEFT_OUT, targets, targets.clamp(0, count - 1))
        if not torch.equal(right, targets) and self._works(Samples(self.data.inputs, right)):
            got = Phrase("from_to", first=int(counted.min()), last=int(counted.max()))
            yield LandscapeError("class_labels", owner="empirical risk", most=count - 1, count=count, got=got)

    def _rows(self, _error: Exception) -> Iterator[LandscapeError]:
        """Indices that are no row of an embedding."""
        model, found = private_copy(self.model, self.dtype, self.device), []

        def look(name: str) -> Callable[[nn.Module, tuple], None]:
            def note(module: nn.Module, inputs: tuple) -> None:
                rows = inputs[0] if inputs and isinstance(inputs[0], Tensor) else torch.empty(0)
                if rows.numel() and not rows.is_floating_point() and not 0 <= int(rows.min()) <= int(rows.max()) < module.num_embeddings:
                    found.append((name, module.num_embeddings - 1, Phrase("from_to", first=int(rows.min()), last=int(rows.max()))))

            return note

        for name, module in model.named_modules():
            if isinstance(module, nn.Embedding | nn.EmbeddingBag):
                module.register_forward_pre_hook(look(name or type(module).__name__))
        try:
            with torch.no_grad():
                self.data.through(model)
        except Exception:  # it does not matter here where the model fails
            yield from (LandscapeError("indices", owner="empirical risk", name=name, most=most, got=got) for name, most, got in found[:1])

    def _kinds(self, _error: Exception) -> Iterator[LandscapeError]:
        """Whole numbers in place of floating-point ones, and the other way round, in the inputs or in the targets."""
        for name in ("inputs", "targets"):
            for dtype in (self.dtype, torch.int64):
                tree = getattr(self.data, name)
                changed = mapped(tree, lambda leaf, dtype=dtype: leaf if leaf.is_complex() else leaf.to(dtype))
                if not all(torch.equal(new.to(leaf.dtype), leaf) for new, leaf in zip(leaves(changed), leaves(tree), strict=True)):
                    continue  # it would change the numbers
                pair = (changed, self.data.targets) if name == "inputs" else (self.data.inputs, changed)
                if self._works(Samples(*pair)):
                    yield LandscapeError("other_numbers", owner="empirical risk", name=name, dtype=dtype, got=_kinds_of(tree))

    def _own_dtype(self, error: Exception) -> Iterator[LandscapeError]:
        """A model or a loss that computes in a dtype of its own; or a model that computes with the caller's weights, which have one."""
        where = named(self.loss) if self._works(self.data, loss=False) else type(self.model).__name__
        for dtype in DTYPES:
            pair = (mapped(part, lambda leaf, dtype=dtype: leaf.to(dtype) if leaf.is_floating_point() else leaf) for part in self._parts())
            data = Samples(*pair)
            if dtype is self.dtype or not self._works(data, dtype):
                continue
            if self._moves(data, dtype):
                yield LandscapeError("own_dtype", owner="empirical risk", name=where, dtype=self.dtype, other=dtype, got=said(error))
            else:
                names = ", ".join(name for name, parameter in self.model.named_parameters() if parameter.requires_grad)
                yield LandscapeError("aliased_parameters", owner="empirical risk", got=names)

    def _moves(self, data: Samples, dtype: torch.dtype) -> bool:
        """Return whether the losses are others where all parameters of the private copy are."""
        model, loss = private_copy(self.model, dtype, self.device), private_loss(self.loss, dtype, self.device)
        with torch.no_grad():
            before = loss(data.through(model), data.targets)
            for parameter in model.parameters():
                parameter.mul_(1.5).add_(0.1)
            return not torch.equal(loss(data.through(model), data.targets), before)

    def _parts(self) -> tuple[Tree, Tree]:
        return self.data.inputs, self.data.targets


def _kinds_of(tree: Tree) -> str:
    return ", ".join(dict.fromkeys(str(leaf.dtype) for leaf in leaves(tree)))
