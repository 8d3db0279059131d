"""The empirical risk of a model on data: the mean loss over samples plus a penalty, as an Objective."""

from __future__ import annotations

import copyreg
import warnings
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor, nn

from landscape.data.datasets import Dataset
from landscape.errors import LandscapeError, Phrase, require_range
from landscape.networks.torch_internals import batched, transforms_active, version_of
from landscape.objective import ArrayLike, Embedding, Objective, Term, shaken, slope_of
from landscape.objectives.answers import require_penalty
from landscape.objectives.division import adds_up, cut, mixed, rows_of
from landscape.objectives.failure import Failure
from landscape.objectives.held import Held, Parameters, recomputes
from landscape.objectives.picked import Pick, picker
from landscape.objectives.private_copy import blocks, copied, flattened, private_copy, private_loss, require_trainable, usable
from landscape.objectives.samples import Samples, Tree, leaves, tensors
from landscape.objectives.self_check import Subject, Verdict, examine
from landscape.objectives.sharing import Entry, find_entries, keep_outputs, standing_in

# Many points are evaluated in one batch (vmap) while its activations and parameters fit in the processor's cache; beyond that, a loop is
# faster (benchmarks/engines.py times both). The choice is by size and not by timing: the two round differently in the last digit, and
# equal arguments must give equal bytes.
CACHE_BYTES = 2**20
FEWEST_AT_ONCE = 8
MOST_AT_ONCE = 256
# On a CPU, samples pass through the model in parts whose largest activation has this size: larger ones are bound by memory bandwidth. A
# ResNet-20 takes two thirds as long in parts of 2 MB as in one of 16 MB.
PART_BYTES = 2**21
# Size of the graph of a Hessian-vector product, in units of all modules' outputs (measured for a ResNet-20 on images: 2.1).
GRAPH_COPIES = 3
# Samples in the forward pass that measures the size of activations.
LOOKED_AT = 64


class EmpiricalRisk(Objective):
    """R(theta) = 1/N sum_i loss(model(x_i; theta), y_i) + penalty(theta)   (Vapnik 1991).

    `model` is any `nn.Module`, used in evaluation mode on a private copy: the caller's model is never changed. theta is the
    concatenation of `model.parameters()` in their order, flattened; frozen parameters (requires_grad False) and buffers stay fixed. Weights
    that hooks compute (pruning, weight normalization) are computed anew from those; what a model remembers of earlier passes is a constant.
    `loss` maps (outputs, targets) to one loss a sample, shape (N,), or one a pair; if it is a module, its weights take the risk's dtype in
    a copy. `dataset` is a `Dataset` (its training part), a pair (inputs, targets), a torch data set of pairs, or a DataLoader or other
    iterable of batches, taken in one pass: a batch is a pair, or a mapping with its targets under "targets" or "labels"; inputs that are a
    tuple or a mapping become the model's arguments. All data are copied to memory on `device`, where everything is computed; whole numbers
    stay what they are. `penalty` maps theta to a scalar. `memory` limits, approximately, the bytes of activations and graphs held at once:
    samples pass through the model in parts of that size, unless the loss of a sample depends on the others: samples from everywhere and all
    targets are tested for that. Raises `LandscapeError` for a model, loss, penalty or data that it cannot take, in one sentence; what else
    a caller's code raises is raised as it is, with a note of what was being computed.

    `check` examines what would be wrong without a word, by a dozen passes of a few hundred samples through the model (see `self_check`):
    random numbers, state, parameters that theta does not stand in for, derivatives that are not those of the values. It raises
    `LandscapeError` for these, and `verdict` says what else it found; that is None without the check, and for a subclass with a `loss` of
    its own. A model that computes parts of itself again in the backward pass (activation checkpointing with `use_reentrant=False`) has its
    derivatives at the theta asked for; a graph of `loss` made by the caller goes backward within `held`.
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
        memory: float = 2**30,
        check: bool = True,
    ):
        self.dtype, self.device = usable(dtype, device)
        self._model = private_copy(model, dtype, self.device)
        self._loss, self._penalty = private_loss(loss, dtype, self.device), penalty
        self._data = Samples.of(dataset, dtype, self.device)
        self.samples = len(self._data)
        names = [name for name, p in self._model.named_parameters() if p.requires_grad]
        require_trainable(self._model)
        self._trainable = Parameters(self._model)
        self.dim = sum(self._trainable.sizes)
        self.theta = flattened(self._trainable.own, self.dim)
        self.blocks = tuple(blocks(self._model, names))
        self._memory = require_range("empirical risk", "memory", memory, 1.0, None)
        require_penalty(penalty, self.tensor(self.theta))
        self._graphs = False  # whether the model asks for a graph of its own even where nobody else does
        try:
            width = self._divide()
        except LandscapeError:
            raise
        except Exception as error:  # a user's model may raise anything
            width = self._divide_with_graphs(error, Failure(model, loss, self._data, dtype, self.device))
        self.verdict = self._examined(model, loss) if check and self._plain else None
        self.at_once = width if width >= FEWEST_AT_ONCE and self._maps() else 1
        if not self._trainable.formulas.met:
            self._trainable.formulas = nullcontext()

    def _examined(self, model: nn.Module, loss: Callable) -> Verdict:
        shared = {id(p) for p in loss.parameters()} if isinstance(loss, nn.Module) else set()
        if names := [name for name, p in model.named_parameters() if p.requires_grad and id(p) in shared]:
            raise LandscapeError("aliased_parameters", owner="empirical risk", got=Phrase("check_in_loss", names=", ".join(names)))
        options = {"penalty": self._penalty, "device": self.device, "memory": self._memory, "check": False}
        data = self._data.inputs, self._data.targets
        subject = Subject(
            risk=self,
            model=self._model,
            caller=model,
            loss=self._loss.loss,
            copied=lambda: private_copy(model, self.dtype, self.device),
            in_float64=lambda: EmpiricalRisk(model, loss, data, **options),
        )
        verdict = examine(subject, max(2, self._most))
        for phrase in verdict.warnings:
            if phrase.code == "check_estimate":
                warnings.warn(phrase, stacklevel=3)
        return verdict

    def __reduce__(self) -> tuple:
        """Pickle the constructor's arguments: parameters and parts of the data are views, each of which would pickle all of its storage."""
        if type(self) is not EmpiricalRisk:  # a subclass may have other attributes
            return copyreg.__newobj__, (type(self),), vars(self)
        options = {"penalty": self._penalty, "dtype": self.dtype, "device": self.device, "memory": self._memory, "check": False}
        arguments = copied(self._model), self._loss, (self._data.inputs, self._data.targets)
        return partial(EmpiricalRisk, **options), arguments, {"verdict": self.verdict}

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the risk at the tensor `theta`, on the samples `batch` (indices; None: all)."""
        return _added([self._term(theta, part) for part in self._shares(batch)])

    def terms(self, batch: Tensor | None = None) -> list[Term]:
        """Return functions of theta that sum to the risk, one for each part of the samples; the first includes the penalty."""
        if not self._plain:
            return super().terms(batch)
        return [partial(self._term, part=part) for part in self._shares(batch)]

    @property
    def _plain(self) -> bool:
        """Whether `loss` is the one defined here, a sum over parts of the samples; that of a subclass need not be."""
        return type(self).loss is EmpiricalRisk.loss

    def pass_through(
        self, theta: ArrayLike, *, outputs: bool = False, gradient: bool = False, pick: Callable[[object], Tensor] = lambda outputs: outputs
    ) -> tuple[float, Tensor | None, Tensor | None]:
        """Return the risk at `theta` and, on request, the outputs for all samples and the gradient (D,), from one pass over the samples.

        `pick` takes one tensor of the outputs, where there are several.
        """
        if not self._plain:
            value, slope = self.value_and_gradient(self.tensor(theta)) if gradient else (self.value(theta), None)
            with torch.no_grad():
                found = [pick(self._forward(self.tensor(theta), part)) for part in self._parts] if outputs else []
            return value, torch.cat(found) if found else None, slope
        point = self.tensor(theta).clone().requires_grad_(gradient)
        risks, found, slope = [], [], None
        with self.held(point), torch.set_grad_enabled(gradient):
            for part in self._shares(None):
                risk, output = self._part_risk(point, *part)
                part_slope = slope_of(risk, point)
                slope = part_slope if slope is None else slope if part_slope is None else slope + part_slope
                risks.append(risk.detach())
                if outputs:
                    found.append(pick(output).detach())
        return (
            float(_added(risks)),
            torch.cat(found) if found else None,
            torch.zeros_like(point).detach() if gradient and slope is None else slope,
        )

    def loss_of(self, model: nn.Module, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the risk of `model` as it stands, with the penalty at `theta`, on the samples `batch` (indices; None: all)."""
        with self._trainable.formulas:
            return _added([self._risk(self._through(part, model), theta, part, *place) for part, *place in self._shares(batch)])

    def _shares(self, batch: Tensor | None) -> list[tuple[Samples, float, bool]]:
        """Return each part of the samples, its size as a share of all of them, and whether it is the first."""
        if batch is not None and len(batch) == 0:
            raise LandscapeError("unpaired_data", owner="empirical risk", got=Phrase("empty_batch"))
        parts = self._parts if batch is None else self._data[batch].parts(self._most)
        count = sum(len(part) for part in parts)
        return [(part, len(part) / count, k == 0) for k, part in enumerate(parts)]

    def _term(self, theta: Tensor, part: tuple[Samples, float, bool]) -> Tensor:
        return self._part_risk(theta, *part)[0]

    def _part_risk(self, theta: Tensor, data: Samples, share: float, first: bool) -> tuple[Tensor, Tensor]:
        """Return the term of the risk from one part of the samples, and the model's outputs for them."""
        outputs = self._forward(theta, data)
        return self._risk(outputs, theta, data, share, first), outputs

    def _risk(self, outputs: Tensor, theta: Tensor, data: Samples, share: float, first: bool) -> Tensor:
        """Return the mean loss of a part of the samples times its share of all, plus the penalty if it is the first part."""
        with self._trainable.formulas if self._trainable.now is None else nullcontext():  # a context that holds parameters has entered it
            risk = self._loss(outputs, data.targets).mean()
            risk = risk if share == 1 else risk * share
            return risk + self._penalty(theta) if first and self._penalty is not None else risk

    @property
    def targets(self) -> Tree:
        """The targets of the samples, as tensors on this risk's device."""
        return self._data.targets

    @property
    def sample_loss(self) -> Callable[[Tensor, Tensor], Tensor]:
        """The function from outputs and targets to one loss a sample."""
        return self._loss

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Return R at each row of `thetas`, shape (k, D) to (k,), in batches of `at_once` rows."""
        rows = self.tensors(thetas)
        if self.at_once == 1:
            return self._one_by_one(rows, lambda k: None) if self._plain else super().values(rows)
        evaluate = batched(self.loss)
        with torch.no_grad():
            return torch.cat([evaluate(part) for part in rows.split(self.at_once)]).double().numpy(force=True)

    def of_rows(self) -> Callable[[Tensor], Tensor] | None:
        """Return R of rows (k, D) by vmap, where many points are evaluated in one batch."""
        return None if self.at_once == 1 or self._recomputes or not self._maps_derivatives else batched(self.loss)

    def along(self, plane: Embedding) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return (a, b) -> R(origin + a u + b v) on `plane`; products of the data with linear layers are shared (see `sharing`)."""
        entries = self._entries(plane) if self.at_once == 1 and self._plain else []
        if not entries:
            return super().along(plane)

        def values(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            with standing_in(entries) as at:
                return self._one_by_one(self.tensors(plane.embed(a, b)), lambda k: at.__setitem__(slice(2), (float(a[k]), float(b[k]))))

        return values

    def _one_by_one(self, rows: Tensor, go_to: Callable[[int], None]) -> np.ndarray:
        """Return R at each row of `rows`, calling `go_to` with its index first; parameters are views of one reused vector."""
        found, shares = np.empty(len(rows)), self._shares(None)
        theta = rows[0] if len(rows) == 1 else rows.new_empty(self.dim)  # saves a copy of a large model
        with torch.no_grad(), self.held(theta):
            for k, row in enumerate(rows):
                go_to(k)
                if row.data_ptr() != theta.data_ptr():
                    theta.copy_(row)
                found[k] = float(_added([self._risk(self._through(part, self._model), theta, part, *place) for part, *place in shares]))
        return found

    def _entries(self, plane: Embedding) -> list[Entry]:
        def forward(theta: ArrayLike) -> Callable[[], object]:
            return lambda: [self._forward(self.tensor(theta), part) for part in self._parts]

        with torch.no_grad():
            entries = find_entries(self._model, forward(plane.origin), leaves(self._data.inputs), {id(p) for p in self._trainable.own})
            try:
                for theta in (plane.origin, plane.u, plane.v) if entries else ():
                    keep_outputs(entries, forward(theta))
            except RuntimeError:  # u and v are directions: a model may fail there, as on a matrix that is not positive definite
                return []
        return [entry for entry in entries if entry.serves]

    def outputs(self, theta: ArrayLike, inputs: Tree, *, pick: Pick = None) -> np.ndarray:
        """Return the model's outputs at `theta` for `inputs`, in its own output shape, as float64; `pick` is as for `sample_quantities`."""
        data = Samples(tensors("inputs", inputs, self.dtype, self.device), ())
        theta = self.tensor(theta)
        with torch.no_grad():
            found = [picker(pick)(self._forward(theta, part)) for part in data.parts(self._most)]
            return torch.cat(found).double().numpy(force=True)

    def on(self, inputs: Tree, targets: Tree) -> EmpiricalRisk:
        """Return the risk of the same model and loss on other data, without the penalty, such as the test loss."""
        return EmpiricalRisk(
            self._model, self._loss, (inputs, targets), dtype=self.dtype, device=self.device, memory=self._memory, check=False
        )

    def held(self, theta: Tensor) -> Held:
        """Return a context within which the model's parameters are views of `theta`; such contexts nest, and may be entered again.

        A caller who differentiates `loss` himself goes backward within it, where the model computes parts of itself again.
        """
        return Held(self._trainable, theta)

    def _forward(self, theta: Tensor, data: Samples) -> Tensor:
        now = self._trainable.now
        if now is not None and now.holds(theta):
            return self._through(data, self._model)
        held = self.held(theta)
        if theta.requires_grad and torch.is_grad_enabled() and not transforms_active():
            self._require_graph_to_last(theta)
        with held:
            return self._through(data, self._model)

    def _through(self, data: Samples, model: nn.Module) -> Tensor:
        """Return the outputs of `model` as it stands, with a graph where it differentiates by itself."""
        if not self._graphs:
            return data.through(model)
        with torch.enable_grad():
            return data.through(model)

    def _require_graph_to_last(self, theta: Tensor) -> None:
        """Raise `LandscapeError` where a backward pass would compute a part of the model again, at another theta than this one."""
        now = self._trainable.now
        if self._recomputes and not (now is not None and now.at(theta)):
            raise LandscapeError("recomputed", owner="empirical risk", got=f"{type(self._model).__name__}, which uses checkpointing")

    @cached_property
    def _recomputes(self) -> bool:
        """Whether a backward pass runs a part of the model again (activation checkpointing)."""
        theta = self.tensor(shaken(self.theta)).clone().requires_grad_()
        few = self._data[: min(2, self.samples)]
        data = self._data if self._losses(theta, few) is None else few
        return recomputes(lambda: self._loss(self._forward(theta, data), data.targets), self.held, theta)

    def _divide(self) -> int:
        """Set the parts in which samples pass through the model, and `keeps_graphs`; return how many points fit in a batch."""
        largest, whole = self._activations()
        most = self._memory / max(1.0, GRAPH_COPIES * whole)
        if self.device.type == "cpu":
            most = min(most, PART_BYTES / max(1.0, largest))
        most = int(np.clip(most, 1, 2**31))
        self._most = most if self._divisible(most) else 2**31
        self._parts = self._data.parts(self._most)
        self.keeps_graphs = GRAPH_COPIES * whole * self.samples <= self._memory
        largest = max(largest * self.samples, self.dim * self.dtype.itemsize)  # each point of a batch has its own parameters
        return min(MOST_AT_ONCE, int(CACHE_BYTES / largest))

    def _divide_with_graphs(self, error: Exception, failure: Failure) -> int:
        """Divide the samples for a model that differentiates within its forward pass; if it fails still, raise the first `error`, or better
        a refusal that says what mends it.
        """
        self._graphs = True
        try:
            return self._divide()
        except Exception:  # as it does without graphs, whose error is raised
            refusal = failure.refusal(error)
            raise (refusal or error) from (error if refusal else error.__cause__)

    def _activations(self) -> tuple[float, float]:
        """Return the bytes a sample of the largest output of a module, and of the outputs of all modules."""
        sizes: list[int] = []

        def note(_module: nn.Module, _inputs: object, output: object) -> None:
            sizes.extend(leaf.numel() * leaf.element_size() for leaf in leaves(output) if isinstance(leaf, Tensor))

        versions = [version_of(leaf) for leaf in leaves(self._data.inputs)]
        hooks = [module.register_forward_hook(note) for module in self._model.modules()]
        theta, count = self.tensor(self.theta), min(LOOKED_AT, self.samples)
        try:
            if self._losses(theta, self._data[:count]) is None:
                sizes.clear()
                count = self.samples
                self._losses(theta, self._data)
        finally:
            for hook in hooks:
                hook.remove()
        if [version_of(leaf) for leaf in leaves(self._data.inputs)] != versions:
            raise LandscapeError("writes_inputs", owner="empirical risk", got=Phrase("object_of", name=type(self._model).__name__))
        return max(sizes, default=0) / count, sum(sizes) / count

    def _divisible(self, most: int) -> bool:
        """Return whether the loss of a sample does not depend on the others (see `division`), where more than `most` samples are divided.

        The model is tested on samples from everywhere, mixed, at a generic theta; the loss on all targets in their own order and parts,
        with the outputs of those samples again and again, which saves a pass of all samples through the model.
        """
        alone = most >= self.samples
        theta = self.tensor(self.theta if alone else shaken(self.theta))
        some = self._data if alone else self._data[mixed(self.samples, max(2, most))]
        whole = self._losses(theta, some)
        if whole is not None and whole.ndim != 1:
            raise LandscapeError("not_per_sample", owner="empirical risk", got=Phrase("shape", shape=tuple(whole.shape)))
        if alone:
            return True
        near = torch.finfo(self.dtype).eps ** 0.5  # above the rounding errors that depend on the batch size
        if not adds_up(lambda data: self._losses(theta, data), some, cut(some), near):
            return False
        with torch.no_grad():
            outputs = self._forward(theta, some)
            size = sum(leaf.numel() * leaf.element_size() for leaf in leaves(outputs) if isinstance(leaf, Tensor)) / len(some)
            count = int(min(self.samples, max(most + 1, self._memory / max(1.0, GRAPH_COPIES * size))))
            every = self._data if count == self.samples else self._data[mixed(self.samples, count)]
            places = Samples(torch.arange(count) % len(some), every.targets)

            def losses(data: Samples) -> Tensor:
                return self._loss(rows_of(outputs, data.inputs, len(some)), data.targets)

            try:
                return adds_up(losses, places, places.parts(most), near)
            except Exception:  # a user's loss may raise anything on a part of the samples; raised again if it fails on all of them
                self._losses(theta, self._data)
                return False

    def _losses(self, theta: Tensor, data: Samples) -> Tensor | None:
        """Return the losses of these samples, or None where the model or the loss fails on a part of the samples."""
        try:
            with torch.no_grad(), self.held(theta):
                return self._loss(self._forward(theta, data), data.targets)
        except Exception:  # a user's model may raise anything; raised again if it fails on all samples
            if len(data) == self.samples:
                raise
            return None

    def _maps(self) -> bool:
        """Return whether vmap applies to this model and loss: it raises on branches on values and on in-place writes. Two points are tried:
        the strides of one alone, which complex views look at, mean nothing.
        """
        try:
            with torch.no_grad():
                batched(self.loss)(self.tensors(np.stack([self.theta, self.theta])))
        except RuntimeError:
            return False
        return True

    @cached_property
    def _maps_derivatives(self) -> bool:
        """Whether derivatives can be taken through vmap: not of what a backward pass computes again, even without parameters."""
        rows = self.tensors(self.theta[None]).clone().requires_grad_()
        try:
            with torch.enable_grad():
                losses = batched(self.loss)(rows).sum()
                (slopes,) = torch.autograd.grad(losses, rows, create_graph=True, allow_unused=True) if losses.requires_grad else (None,)
                if slopes is not None and slopes.requires_grad:
                    torch.autograd.grad(slopes.sum(), rows, allow_unused=True)
        except (RuntimeError, LandscapeError):  # one row after another, it is right, or raises what is to be said
            return False
        return True


def _added(parts: list[Tensor]) -> Tensor:
    return sum(parts[1:], parts[0])
