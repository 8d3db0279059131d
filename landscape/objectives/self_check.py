"""The self-check of a risk of somebody's own model: what would make its numbers wrong without a word is refused when the risk is made.

A risk evaluates a private copy of the model with theta in place of the parameters, and differentiates that. This is the loss's landscape
only if the loss is one number at one theta (no random numbers, nothing remembered), theta is all that the model computes with (no other
way to its parameters, no product of them kept), and its derivatives are those of its values. Each is tested:

- The loss at theta twice, and once more after the loss elsewhere: the same number, or the model draws random numbers or remembers.
- The loss at a shaken theta, and that of a fresh copy of the model into which the same weights were copied: the same number, and every
  trainable parameter that a forward pass touches is one that theta stands in for, and is as it was afterwards.
- The slope along one direction that moves every parameter, against central differences of several lengths, the best of which counts: a
  kink between two points spoils long ones and rounding short ones. So is one product with the Hessian, against differences of gradients.

A gradient that differs from differences which agree among themselves is wrong, and refused: a cut in the graph (`detach`, `no_grad`), an
own backward function with an error, and a gradient reversed on purpose cannot be told apart, and each makes path, spectrum and surface
contradict each other. The exception is a loss with jumps, as of rounded weights, where the gradient is an estimate that nobody takes for
the slope: there (an operator that rounds meets a number that depends on theta, or halving an interval again and again leaves a jump as high
as it was) it is accepted, with a Python warning. A second derivative that differs likewise is refused; kinks, as of a ReLU, are noted and
no more, and where differences do not agree among themselves, the verdict says that nothing is known. A risk in another precision than
float64 has its derivatives compared in float64, where its model runs in that.

All of that is a matter of the code of model and loss, which runs alike on some of the samples: up to `MOST_SAMPLES`, from everywhere in
the data, and no more than pass through the model together. What is not found: what only rare samples or other thetas bring about, state
that builds up over many evaluations, and an error below a hundred thousandth of the slope along one direction. Where the caller's model
kept something made of weights before it was copied, the parameters behind it change nothing, as unused ones do; a warning names both.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from landscape.errors import LandscapeError, Phrase
from landscape.objective import Block, nodes_of, shaken
from landscape.objectives.held import Held
from landscape.objectives.private_copy import said, tensors_in

OWNER = "empirical risk"
MOST_SAMPLES = 256
# Steps of finite differences, as shares of the parameters' size, in the order in which they are tried. A gradient is known to more digits
# than a difference of losses, so that its differences bear shorter steps, which seldom cross a kink.
SLOPE_STEPS = (1e-4, 1e-6, 1e-3, 1e-5, 1e-2)
BEND_STEPS = (1e-4, 1e-6, 1e-8, 1e-7, 1e-3)
# How often the interval is halved in which a jump is looked for.
HALVINGS = 24
# Errors of derivatives allowed, as shares of them; the rounding error of a sum, in units of the last place; by how much differences must
# agree better among themselves than with the derivative to prove it wrong.
SLOPE_ERROR, BEND_ERROR = 1e-5, 1e-4
ULPS = 100
SURER = 5
# The largest share of a derivative that the rounding of differences may hide.
COARSEST = 0.1
EPS = float(np.finfo(np.float64).eps)
# Parameters whose gradient is zero that are moved one by one, where moving all of them does move the loss.
MOST_MOVED = 8
FAR = 3.0

# The phrases of notes and warnings.
FINDINGS = {
    f"check_{name}"
    for name in ("not_finite", "draws", "buffers", "coarse", "kept", "kinks", "unused", "loss_parameters", "estimate", "rough", "no_slope")
}
FINDINGS |= {f"check_{name}" for name in ("no_gradient", "gradient_not_finite", "no_curvature", "curvature_not_finite", "rough_curvature")}

# Operators that return steps: where they meet a number that depends on theta, the gradient through them is an estimate.
_STEPS = ("round", "floor", "ceil", "trunc", "sign", "sgn", "heaviside", "argmax", "argmin", "bucketize", "round_", "floor_", "sign_")
ROUNDING = {getattr(place, name) for name in _STEPS for place in (torch, Tensor) if hasattr(place, name)}
ROUNDING |= {nn.functional.one_hot, torch.fake_quantize_per_tensor_affine, torch.fake_quantize_per_channel_affine}
# What takes a type or a shape from a tensor, and no number; and the properties that do take its numbers.
OF_TYPE = {"to", "type", "type_as", "new", "new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "expand_as", "view_as"}
OF_TYPE |= {"reshape_as", "zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "result_type", "promote_types"}
NUMBERS = {"data", "T", "mT", "H", "mH", "real", "imag"}


@dataclass(frozen=True)
class Verdict:
    """What the self-check of a risk found that is no reason to refuse it.

    `warnings` say what numbers of this risk do not mean, or what could not be tested; `notes` what is ordinary, such as kinks and
    parameters that change nothing. `evaluations` counts the passes of `samples` samples through the model.
    """

    evaluations: int
    samples: int
    notes: tuple[Phrase, ...] = ()
    warnings: tuple[Phrase, ...] = ()


class Risk(Protocol):
    """The part of `EmpiricalRisk` that is examined."""

    theta: np.ndarray
    dim: int
    blocks: Sequence[Block]
    samples: int
    dtype: torch.dtype

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor: ...  # noqa: D102 - `EmpiricalRisk` says it, as of the others
    def loss_of(self, model: nn.Module, theta: Tensor, batch: Tensor | None = None) -> Tensor: ...  # noqa: D102
    def held(self, theta: Tensor) -> Held: ...  # noqa: D102
    def tensor(self, theta: np.ndarray) -> Tensor: ...  # noqa: D102


@dataclass(frozen=True)
class Subject:
    """A risk to examine: it evaluates `model`, which is the copy of the `caller`'s that `copied` makes, with `loss` of outputs and targets.

    `in_float64` makes the same risk in float64, on which derivatives are compared where the risk's own numbers are coarser.
    """

    risk: Risk
    model: nn.Module
    caller: nn.Module
    loss: object
    copied: Callable[[], nn.Module]
    in_float64: Callable[[], Risk]


def examine(subject: Subject, most_samples: int = MOST_SAMPLES) -> Verdict:
    """Return the verdict on a risk; raise `LandscapeError` for what is silently wrong. Global random number generators are put back."""
    generators = _Generators()
    try:
        return _Examination(subject, generators, most_samples).verdict()
    finally:
        generators.put_back()


class _Examination:
    def __init__(self, subject: Subject, generators: _Generators, most_samples: int):
        self.subject, self.risk, self.generators = subject, subject.risk, generators
        self.here = self.risk.tensor(self.risk.theta)
        self.buffers = {name: buffer.clone() for name, buffer in subject.model.named_buffers()}
        self.trial = _Trial(self.risk)
        self.trial.choose(min(most_samples, MOST_SAMPLES))
        self.notes: list[Phrase] = []
        self.warnings: list[Phrase] = []

    def verdict(self) -> Verdict:
        first = self._repeated()
        if not np.isfinite(first):
            self._warn("check_not_finite")
        there, elsewhere = self._elsewhere(first)
        far = self._remembered(first)
        self._beside_fresh_copy(there, elsewhere)
        if np.isfinite(first) and first == elsewhere == far:
            raise LandscapeError("flat_loss", owner=OWNER, got=Phrase("check_flat", value=_shown(first)))
        if np.isfinite(elsewhere):
            self._derivatives(there)
        return Verdict(self.trial.evaluations, self.trial.size, tuple(self.notes), tuple(self.warnings))

    def _repeated(self) -> float:
        """Return the loss at theta; refuse one that is another number when it is evaluated again."""
        first, second = (self.trial.value(self.here) for _ in range(2))
        if not self._same(first, second):
            got = _pair(first, second)
            if self.generators.moved() and self._same(*(self._anew() for _ in range(2))):
                raise LandscapeError("random_loss", owner=OWNER, got=got)
            self._refuse_memory(got)
        if self.generators.moved():
            self._warn("check_draws")
        return first

    def _anew(self) -> float:
        """Return the loss at theta with the random number generators as they stood."""
        self.generators.put_back()
        return self.trial.value(self.here)

    def _refuse_memory(self, got: Phrase) -> None:
        if changed := self._changed_buffers():
            got = Phrase("check_values_of_buffers", values=got, names=", ".join(changed))
        raise LandscapeError("stateful_loss", owner=OWNER, got=got)

    def _changed_buffers(self) -> list[str]:
        now = dict(self.subject.model.named_buffers())
        return [name for name in {**self.buffers, **now} if not _equal(self.buffers.get(name), now.get(name))]

    def _elsewhere(self, first: float) -> tuple[Tensor, float]:
        """Return a generic theta with a finite loss, if there is one nearby, and the loss there; the model is watched on the way."""
        far = self.risk.tensor(shaken(self.risk.theta))
        for share in (1.0, 0.1, 0.01):
            there = self.here + share * (far - self.here)
            value = self._watched(there)
            if np.isfinite(value):
                return there, value
        return (self.here, first) if np.isfinite(first) else (there, value)

    def _watched(self, there: Tensor) -> float:
        """Return the loss; refuse a model that reaches trainable parameters for which theta does not stand in."""
        self.watch = _Watch()
        value = self.trial.value(there.clone().requires_grad_(), self.watch)
        own = {id(p): name for model in (self.subject.model, self.subject.caller) for name, p in model.named_parameters()}
        of_loss = {id(p) for p in self.subject.loss.parameters()} - own.keys() if isinstance(self.subject.loss, nn.Module) else set()
        others = [own.get(id(p), "") for p in self.watch.reached if id(p) not in of_loss]
        if others:
            names = ", ".join(sorted({name for name in others if name}))
            raise LandscapeError("aliased_parameters", owner=OWNER, got=names or Phrase("check_unregistered"))
        if self.watch.reached:
            self._note("check_loss_parameters")
        return value

    def _beside_fresh_copy(self, there: Tensor, elsewhere: float) -> None:
        """Refuse a model that computes with other weights than theta: products, copies and lists of them that were kept."""
        model = self.subject.copied()
        with torch.no_grad():
            for p, block in zip((p for p in model.parameters() if p.requires_grad and p.numel()), self.risk.blocks, strict=True):
                p.copy_(there[block.start : block.stop].view(block.shape))
            true = float(self.risk.loss_of(model, there, self.trial.batch).detach())
        self.trial.evaluations += 1
        if not self._same(elsewhere, true, torch.finfo(self.risk.dtype).eps ** 0.6):  # copies round differently from views
            got = Phrase("check_two_losses", value=_shown(elsewhere), true=_shown(true))
            raise LandscapeError("aliased_parameters", owner=OWNER, got=got)

    def _remembered(self, first: float) -> float:
        """Return the loss far away; refuse one that depends on where it was evaluated before."""
        noise = self.risk.tensor(np.random.default_rng(1).standard_normal(self.risk.dim))
        far = self.trial.value(self.here + FAR * _sizes(self.here, self.risk.blocks) * noise)
        again = self.trial.value(self.here)
        if not self._same(first, again):
            self._refuse_memory(_pair(first, again))
        if changed := self._changed_buffers():
            self._warn("check_buffers", names=", ".join(changed))
        return far

    def _derivatives(self, there: Tensor) -> None:
        """Compare derivatives with finite differences, in float64."""
        if self.risk.dtype == torch.float64:
            self._slope(self.trial, there)
            return
        try:
            trial = _Trial(self.subject.in_float64(), self.trial.batch)
            there = trial.risk.tensor(there.double().numpy(force=True))
            trial.value(there)
        except Exception as error:  # a model may be written for its own precision, and raise anything in another
            self._warn("check_coarse", error=said(error))
            return
        self._slope(trial, there)
        self.trial.evaluations += trial.evaluations

    def _slope(self, trial: _Trial, there: Tensor) -> None:
        """Compare the slope along a direction that moves every parameter, then the Hessian's product with it."""
        sizes = _sizes(there, trial.risk.blocks)
        direction = sizes * trial.risk.tensor(np.random.default_rng(2).standard_normal(trial.risk.dim))
        value, gradient, product = trial.derivatives(there, direction)
        if isinstance(gradient, str):
            self._warn("check_no_gradient", error=gradient)
            return
        if not bool(gradient.isfinite().all()):
            self._warn("check_gradient_not_finite")
            return
        self._unused(trial, there, gradient, value)
        parts = torch.stack([(gradient * direction)[block.start : block.stop].sum() for block in trial.risk.blocks])
        line = _Differences(lambda step: trial.value(there + step * direction), value, SLOPE_STEPS)
        outcome = line.compared(parts.sum(), float(parts.abs().sum()), SLOPE_ERROR)
        if outcome == "right":
            self._bend(trial, there, direction, gradient, product)
        else:
            self._wrong_slope(line, parts.sum(), outcome)

    def _wrong_slope(self, line: _Differences, slope: Tensor, outcome: str) -> None:
        fields = {"slope": f"{float(slope):.6g}", "true": f"{float(line.nearest(slope)):.6g}"}
        if self.watch.rounds or line.jumps():
            self._warn("check_estimate", **fields)
        elif outcome == "wrong":
            raise LandscapeError("wrong_gradient", owner=OWNER, got=Phrase("check_slopes", **fields))
        else:
            self._warn("check_rough", **fields)

    def _bend(self, trial: _Trial, there: Tensor, direction: Tensor, gradient: Tensor, product: Tensor | str) -> None:
        if isinstance(product, str):
            self._warn("check_no_curvature", error=product)
            return
        if not bool(product.isfinite().all()):
            self._warn("check_curvature_not_finite")
            return
        sizes = _sizes(there, trial.risk.blocks)
        line = _Differences(lambda step: trial.gradient(there + step * direction) * sizes, gradient * sizes, BEND_STEPS)
        outcome = line.compared(product * sizes, float((product * sizes).norm()), BEND_ERROR)
        if outcome == "wrong":
            got = Phrase("check_products", error=f"{100 * line.error(product * sizes):.2g}")
            raise LandscapeError("wrong_curvature", owner=OWNER, got=got)
        if outcome == "unknown":
            self._warn("check_rough_curvature")
        elif line.passed < BEND_STEPS[0]:
            self._note("check_kinks")

    def _unused(self, trial: _Trial, there: Tensor, gradient: Tensor, value: float) -> None:
        """Note the parameters that move nothing, or that no gradient shows what moves the loss."""
        if not bool(gradient.any()):
            self._note("check_no_slope")
            return

        def moves(blocks: Sequence[Block]) -> bool:
            moved = there.clone()
            for block in blocks:
                moved[block.start : block.stop] += sizes[block.start : block.stop]
            return not self._same(trial.value(moved), value)

        still, sizes = (
            [block for block in trial.risk.blocks if not bool(gradient[block.start : block.stop].any())],
            _sizes(there, trial.risk.blocks),
        )
        if still and moves(still):
            still = [block for block in still[:MOST_MOVED] if not moves([block])]
        names, kept = ", ".join(block.name for block in still), ", ".join(_beside_parameters(self.subject.model))
        if still and kept:
            self._warn("check_kept", names=names, kept=kept)
        elif still:
            self._note("check_unused", names=names)

    def _same(self, one: float, other: float, share: float | None = None) -> bool:
        share = ULPS * torch.finfo(self.risk.dtype).eps if share is None else share
        return bool(np.isclose(one, other, rtol=share, atol=0.0, equal_nan=True))

    def _note(self, code: str, **details: str) -> None:
        if (phrase := Phrase(code, **details)) not in self.notes:
            self.notes.append(phrase)

    def _warn(self, code: str, **details: str) -> None:
        self.warnings.append(Phrase(code, **details))


class _Trial:
    """The loss of a risk on some of its samples, with its derivatives; `evaluations` counts the passes through the model."""

    def __init__(self, risk: Risk, batch: Tensor | None = None):
        self.risk, self.batch, self.evaluations = risk, batch, 0

    @property
    def size(self) -> int:
        """The number of samples."""
        return self.risk.samples if self.batch is None else len(self.batch)

    def choose(self, most: int) -> None:
        """Take at most so many samples from everywhere in the data, unless some of them alone do not pass through the model."""
        if self.risk.samples <= most:
            return
        self.evaluations += 1
        batch = torch.linspace(0, self.risk.samples - 1, most).long()
        try:
            with torch.no_grad():
                self.risk.loss(self.risk.tensor(self.risk.theta), batch)
        except Exception:  # a model made for all samples at once, such as one of a graph, may raise anything on some
            return
        self.batch = batch

    def value(self, theta: Tensor, watch: AbstractContextManager[object] | None = None) -> float:
        """Return the loss; refuse a model that writes to its parameters."""
        self.evaluations += 1
        point = theta.detach().clone().requires_grad_(theta.requires_grad)
        held = self.risk.held(point)
        with torch.set_grad_enabled(theta.requires_grad), held, watch or nullcontext():
            value = float(self.risk.loss(point, self.batch).detach())
            kept = zip(held.parameters, held.kept(), strict=True)
        parts = zip(self.risk.blocks, [pair for pair in kept if pair[0].numel()], strict=True)
        values = theta.detach()
        written = [b.name for b, (p, kept) in parts if not kept or not _equal(p.detach().flatten(), values[b.start : b.stop])]
        if written:
            names = ", ".join(written)
            raise LandscapeError("parameters_written", owner=OWNER, got=names)
        return value

    def gradient(self, theta: Tensor) -> Tensor:
        """Return the gradient."""
        self.evaluations += 1
        point = theta.clone().requires_grad_()
        with self.risk.held(point), torch.enable_grad():
            loss = self.risk.loss(point, self.batch)
            slope = torch.autograd.grad(loss, point, allow_unused=True)[0] if loss.requires_grad else None
        return torch.zeros_like(theta) if slope is None else slope.detach()

    def _plain_gradient(self, theta: Tensor, failed: str) -> tuple[Tensor | str, str]:
        """Return the gradient without a graph of its own, or what was raised, where one with a graph has `failed`."""
        try:
            return self.gradient(theta), failed
        except Exception as error:  # likewise
            return said(error), failed

    def derivatives(self, theta: Tensor, direction: Tensor) -> tuple[float, Tensor | str, Tensor | str]:
        """Return the loss, its gradient, and the Hessian's product with `direction`; in place of either what was raised."""
        self.evaluations += 1
        point, zero = theta.clone().requires_grad_(), torch.zeros_like(theta)
        with self.risk.held(point), torch.enable_grad():
            loss = self.risk.loss(point, self.batch)
            value = float(loss.detach())
            if not loss.requires_grad:
                return value, zero, zero
            try:
                slope = torch.autograd.grad(loss, point, create_graph=True, allow_unused=True)[0]
            except Exception as error:  # an operator, or somebody's own backward function, may raise anything
                if _reentrant(loss):
                    raise LandscapeError("reentrant_checkpoint", owner=OWNER, got=type(error).__name__) from None
                return value, *self._plain_gradient(theta, said(error))
            if slope is None or not slope.requires_grad:
                return value, zero if slope is None else slope, zero
            try:
                product = torch.autograd.grad(slope, point, direction, allow_unused=True)[0]
            except Exception as error:  # likewise
                return value, slope.detach(), said(error)
        return value, slope.detach(), zero if product is None else product.detach()


class _Differences:
    """Central differences of a number or a tensor along a line, `at` a step from `middle`, for several steps, made as they are needed."""

    def __init__(self, at: Callable[[float], float | Tensor], middle: float | Tensor, steps: Sequence[float]):
        self._at, self._middle, self._steps = at, _double(middle), steps
        self._noise, self.passed = 0.0, 0.0
        self.found: dict[float, Tensor] = {}

    def compared(self, derivative: Tensor, size: float, allowed: float) -> str:
        """Return "right" if a difference is as near to `derivative` as is `allowed` for its `size`, "wrong" if the two shortest steps that
        noise leaves to be told from it agree with each other and not with it, and "unknown" otherwise, also where rounding hides both.
        """
        hidden = False
        for step in self._steps:
            found = self._difference(step)
            off, least = float((found - derivative).norm()), ULPS * EPS * float(self._middle.norm())
            known = size <= least or COARSEST * size >= least / step
            if off <= allowed * max(size, float(found.norm())) + known * least / step:
                self.passed = step
                return "right"
            hidden = hidden or off <= least / step
        return "wrong" if not hidden and self._settled(derivative) else "unknown"

    def _settled(self, derivative: Tensor) -> bool:
        """Return whether differences have one limit, which is not `derivative`: of a function that bends within the shortest step they have
        none, and where the loss at some distance is much larger than here, its parts that cancel here are rounded as that is.
        """
        finite = {step: found for step, found in sorted(self.found.items()) if bool(found.isfinite().all())}
        error = min((float((found - derivative).norm()) for found in finite.values()), default=0.0)
        aside = float(_double(self._at(1.0)).norm())
        noise = 2 * SURER * max(self._noise, EPS * aside if np.isfinite(aside) else 0.0)
        clear = [(step, found) for step, found in finite.items() if SURER * noise / step < error][:2]
        if len(clear) < 2:
            return False
        (step, one), (_, other) = clear
        gap, largest = float((one - other).norm()), max(float(one.norm()), float(other.norm()))
        return SURER * (gap + noise / step) < error and SURER * gap <= largest

    def nearest(self, derivative: Tensor) -> Tensor:
        """Return the difference nearest to `derivative`."""
        return min(self.found.values(), key=lambda found: float((found - derivative).norm()))

    def error(self, derivative: Tensor) -> float:
        """Return the distance of `derivative` from the difference nearest to it, as a share of that."""
        nearest = self.nearest(derivative)
        return float((nearest - derivative).norm() / nearest.norm().clamp(min=torch.finfo(torch.float64).tiny))

    def jumps(self) -> bool:
        """Return whether a number jumps along the line: halving again and again the interval in which it leaves its slope most, a jump
        stays as high as it was.
        """
        slope, low, high = float(self.found[min(self.found)]), 0.0, 1.0
        at_low, at_high, off = float(self._middle), float(self._at(high)), []
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            at_middle = float(self._at(middle))
            halves = [at_middle - at_low - slope * (middle - low), at_high - at_middle - slope * (high - middle)]
            if abs(halves[0]) > abs(halves[1]):
                high, at_high = middle, at_middle
            else:
                low, at_low = middle, at_middle
            off.append(max(map(abs, halves)))
        return off[-1] > off[-5] / 4 and off[-1] > ULPS * torch.finfo(torch.float64).eps * abs(at_low)

    def _difference(self, step: float) -> Tensor:
        if step not in self.found:
            after, before = (_double(self._at(side * step)) for side in (1, -1))
            self.found[step] = (after - before) / (2 * step)
            if step == min(self.found):
                self._noise = float((after + before - 2 * self._middle).norm())
        return self.found[step]


class _Watch(TorchFunctionMode):
    """Keeps each trainable `nn.Parameter` that torch computes with, and whether a number that depends on theta is rounded.

    What stands in for parameters of the model are views of theta, and no `nn.Parameter`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reached: list[nn.Parameter] = []
        self.rounds = False

    def __torch_function__(self, func: Callable, types: object, args: tuple = (), kwargs: dict | None = None) -> object:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        of_type = name in OF_TYPE or (name == "__get__" and getattr(func.__self__, "__name__", "") not in NUMBERS)
        met = [] if of_type else list(tensors_in((args, kwargs)))
        found = func(*args, **kwargs)
        self.rounds = self.rounds or (func in ROUNDING and any(tensor.requires_grad for tensor in met))
        if any(True for _ in tensors_in((found,))):
            self.reached += [tensor for tensor in met if isinstance(tensor, nn.Parameter) and tensor.requires_grad]
        return found


class _Generators:
    """The states of the global random number generators of torch, NumPy and Python, as they stood."""

    def __init__(self) -> None:
        self._torch, self._numpy, self._python = torch.get_rng_state(), _of_numpy(), random.getstate()

    def _moved(self) -> tuple[bool, bool, bool]:
        before, now = self._numpy["state"], _of_numpy()["state"]
        of_numpy = before["pos"] == now["pos"] and np.array_equal(before["key"], now["key"])
        of_numpy = of_numpy and all(self._numpy[name] == _of_numpy()[name] for name in ("has_gauss", "gauss"))
        return not torch.equal(self._torch, torch.get_rng_state()), not of_numpy, self._python != random.getstate()

    def moved(self) -> bool:
        """Return whether one of them was drawn from or seeded."""
        return any(self._moved())

    def put_back(self) -> None:
        """Set those that moved back; others are left alone, since other threads may draw from them."""
        for moved, put, state in zip(
            self._moved(),
            (torch.set_rng_state, np.random.set_state, random.setstate),
            (self._torch, self._numpy, self._python),
            strict=True,
        ):
            if moved:
                put(state)


def _of_numpy() -> dict[str, object]:
    return np.random.get_state(legacy=False)  # noqa: NPY002 - it is looked at and put back, not drawn from


def _sizes(theta: Tensor, blocks: Sequence[Block]) -> Tensor:
    """Return for each entry of theta the root mean square of its parameter tensor, or of theta where that is zero."""
    sizes = torch.empty_like(theta)
    whole = theta.square().mean().sqrt()
    whole = whole if bool(whole > 0) else torch.ones_like(whole)
    for block in blocks:
        size = theta[block.start : block.stop].square().mean().sqrt()
        sizes[block.start : block.stop] = size if bool(size > 0) else whole
    return sizes


def _reentrant(loss: Tensor) -> bool:
    """Return whether the graph of `loss` holds a part that is checkpointed reentrantly."""
    return any(type(node).__name__ == "CheckpointFunctionBackward" for node in nodes_of(loss))


def _beside_parameters(model: nn.Module) -> list[str]:
    """Return the names of floating-point tensors that modules, but for torch's own, hold and that are neither parameters nor buffers."""
    tables = vars(nn.Module()).keys()  # those of parameters and buffers are among them
    own = ((name, module) for name, module in model.named_modules() if not type(module).__module__.startswith("torch."))
    held = ((f"{name}.{key}".lstrip("."), value) for name, module in own for key, value in vars(module).items() if key not in tables)
    return [name for name, value in held if any(tensor.is_floating_point() for tensor in tensors_in((value,)))]


def _equal(one: Tensor | None, other: Tensor | None) -> bool:
    """Return whether two tensors hold the same numbers, NaN in the same places."""
    if one is None or other is None or one.shape != other.shape or one.layout != other.layout:
        return one is other
    if one.layout == torch.sparse_coo:
        one, other = one.coalesce(), other.coalesce()
        return _equal(one.indices(), other.indices()) and _equal(one.values(), other.values())
    if one.layout != torch.strided:  # the compressed sparse ones
        one, other = one.to_sparse_coo(), other.to_sparse_coo()
        return _equal(one, other)
    return bool(((one == other) | (one.isnan() & other.isnan())).all())


def _double(value: float | Tensor) -> Tensor:
    return torch.as_tensor(value, dtype=torch.float64)


def _pair(first: float, second: float) -> Phrase:
    return Phrase("check_two_values", first=_shown(first), second=_shown(second))


def _shown(value: float) -> str:
    return f"{value:.9g}"
