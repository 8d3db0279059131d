"""Attacks: models and losses whose loss is not the function of theta that it seems, each one a fault that people have made.

`ATTACKS` maps a name to a function that builds (model, loss, data) and to how it must end: the code of the refusal or of the warning, or
`missed`, with the reason why no handful of evaluations can tell.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from tests.landscape.objectives.ordinary import Formed, Problem, flat, squared, weights


@dataclass(frozen=True)
class Attack:
    """A builder, the codes of refusals or warnings one of which must come, and why none can, if so."""

    build: Callable[[], Problem]
    codes: tuple[str, ...] = ()
    missed: str = ""


ATTACKS: dict[str, Attack] = {}
REMEMBERED = nn.Parameter(torch.tensor([[0.3], [-0.2], [0.5], [0.1]], dtype=torch.float64))


def attack(name: str, *codes: str, missed: str = "") -> Callable:
    def entered(build: Callable[[], Problem]) -> Callable[[], Problem]:
        def drawn() -> Problem:
            with torch.random.fork_rng():
                torch.manual_seed(23)
                return build()

        ATTACKS[name] = Attack(drawn, codes, missed)
        return build

    return entered


def linear(inputs: int, outputs: int) -> nn.Linear:
    """A layer in float64: of another type than the risk's, what stays behind would be refused for that already."""
    return nn.Linear(inputs, outputs, dtype=torch.float64)


def net(change: Callable[[Formed, Tensor], Tensor], **parts: nn.Module | Tensor) -> Problem:
    """A layer of tanh and a head; `change` is applied to the hidden numbers."""
    model = Formed(lambda m, x: m.last(change(m, torch.tanh(m.first(x)))), first=linear(4, 5), last=linear(5, 1), **parts)
    return model, squared, flat(9)


# --- Parameters reached by another way ----------------------------------------------------------------------------------------------------


@attack("a default argument", "aliased_parameters")
def _default() -> Problem:
    layer = linear(4, 1)

    def formula(m: Formed, x: Tensor, weight: Tensor = layer.weight) -> Tensor:
        return x @ weight.T + m.layer.bias

    return Formed(formula, layer=layer), squared, flat()


@attack("a global", "aliased_parameters")
def _global() -> Problem:
    return Formed(lambda m, x: x @ REMEMBERED + m.bias, bias=weights(1)), squared, flat()


@attack("a global of the model's own", "aliased_parameters", "flat_loss")
def _global_own() -> Problem:
    return Formed(lambda m, x: x @ REMEMBERED, weight=REMEMBERED), squared, flat()


@attack("a bound method kept", "aliased_parameters", "flat_loss")
def _bound() -> Problem:
    layer = linear(4, 1)
    call = layer.forward
    return Formed(lambda m, x: call(x), layer=layer), squared, flat()


@attack("a dictionary of parameters", "aliased_parameters", "flat_loss")
def _dictionary() -> Problem:
    layer = linear(4, 1)
    model = Formed(lambda m, x: F.linear(x, m.plain["weight"], m.plain["bias"]), layer=layer)
    model.plain = dict(layer.named_parameters())
    return model, squared, flat()


@attack("one layer of a list that is no ModuleList", "aliased_parameters")
def _listed() -> Problem:
    model = Formed(lambda m, x: m.last(torch.tanh(m.hidden[0](x))), last=linear(4, 1))
    model.hidden = [linear(4, 4)]
    return model, squared, flat()


@attack("a view kept of a weight", missed="a tensor like any constant: it is no parameter, and each copy of the model keeps the same one")
def _view() -> Problem:
    layer = linear(4, 1)
    kept = layer.weight.detach()[0]
    return Formed(lambda m, x: m.layer(x) + (x @ kept.to(x))[:, None], layer=layer), squared, flat()


@attack("a regularizer of the caller's own model", "aliased_parameters")
def _regularizer() -> Problem:
    model = linear(4, 1)
    return model, lambda outputs, targets: squared(outputs, targets) + 0.1 * model.weight.square().sum(), flat()


@attack("a regularizer of its detached weights", "aliased_parameters")
def _detached_regularizer() -> Problem:
    model = linear(4, 1)
    return model, lambda outputs, targets: squared(outputs, targets) + 0.1 * model.weight.detach().square().sum(), flat()


@attack("a penalty kept as a number", missed="a constant: what it was made of is gone")
def _number() -> Problem:
    model = linear(4, 1)
    kept = float(model.weight.detach().square().sum())
    return model, lambda outputs, targets: squared(outputs, targets) + 0.1 * kept, flat()


# --- State --------------------------------------------------------------------------------------------------------------------------------


@attack("a weight kept at the first forward", "aliased_parameters", "stateful_loss")
def _kept() -> Problem:
    def change(m: Formed, h: Tensor) -> Tensor:
        if not hasattr(m, "gram"):
            m.gram = (m.first.weight.T @ m.first.weight).detach()
        return h * m.gram.sum()

    return net(change)


@attack("a counter", "stateful_loss")
def _counter() -> Problem:
    count = itertools.count()
    return net(lambda m, h: h * (1 + 0.01 * next(count)))


@attack("every other call differs", "stateful_loss")
def _alternating() -> Problem:
    sides = itertools.cycle([1.0, 1.1])
    return net(lambda m, h: h * next(sides))


@attack("every seventh call differs", "stateful_loss", "wrong_gradient", "wrong_curvature", "aliased_parameters")
def _seldom() -> Problem:
    sides = itertools.cycle([1.0] * 6 + [1.1])
    return net(lambda m, h: h * next(sides))


@attack("the two hundredth call differs", missed="it behaves until long after the check")
def _late() -> Problem:
    calls = itertools.count()
    return net(lambda m, h: h * (1.0 if next(calls) < 200 else 1.1))


@attack("a loss that counts", "stateful_loss")
def _counting_loss() -> Problem:
    count = itertools.count()
    return linear(4, 1), lambda outputs, targets: squared(outputs, targets) * (1 + 0.01 * next(count)), flat()


@attack("a buffer averaged in place", "stateful_loss")
def _averaged() -> Problem:
    return net(lambda m, h: h - m.mean.lerp_(h.detach().mean(0), 0.1), mean=torch.zeros(5))


@attack("a momentum encoder", "stateful_loss", "parameters_written")
def _momentum() -> Problem:
    def change(m: Formed, h: Tensor) -> Tensor:
        with torch.no_grad():
            m.slow.lerp_(m.first.weight, 0.1)
        return h + m.slow.sum(1)

    return net(change, slow=torch.zeros(5, 4))


@attack("exact memory of the largest seen", "stateful_loss")
def _largest() -> Problem:
    def change(m: Formed, h: Tensor) -> Tensor:
        m.most = torch.maximum(m.most, h.detach().abs().max())
        return h / m.most

    return net(change, most=torch.zeros(()))


# --- Chance -------------------------------------------------------------------------------------------------------------------------------


@attack("random numbers of torch", "random_loss")
def _torch() -> Problem:
    return net(lambda m, h: h + 0.1 * torch.randn_like(h))


@attack("random numbers of numpy", "random_loss")
def _numpy() -> Problem:
    return net(lambda m, h: h * (1 + 0.1 * np.random.rand()))  # noqa: NPY002 - the fault itself


@attack("random numbers of a numpy generator", "stateful_loss", "random_loss")
def _generator() -> Problem:
    generator = np.random.default_rng(0)
    return net(lambda m, h: h * (1 + 0.1 * generator.random()))


@attack("random numbers of a torch generator", "stateful_loss", "random_loss")
def _torch_generator() -> Problem:
    generator = torch.Generator().manual_seed(0)
    return net(lambda m, h: h + 0.1 * torch.randn(h.shape, generator=generator, dtype=h.dtype))


@attack("random numbers of Python", "random_loss")
def _python() -> Problem:
    return net(lambda m, h: h * (1 + 0.1 * random.random()))


@attack("the clock", "stateful_loss", "random_loss")
def _clock() -> Problem:
    return net(lambda m, h: h * (1 + 1e-3 * (time.perf_counter_ns() % 1009)))


@attack("dropout with its default", "random_loss")
def _dropout() -> Problem:
    return net(lambda m, h: F.dropout(h, 0.5))


@attack("Monte Carlo dropout", "random_loss")
def _monte_carlo() -> Problem:
    return net(lambda m, h: m.drop.train()(h), drop=nn.Dropout(0.5))


@attack("RReLU in training", "random_loss")
def _rrelu() -> Problem:
    return net(lambda m, h: F.rrelu(h, training=True))


@attack("Gumbel softmax", "random_loss")
def _gumbel() -> Problem:
    return net(lambda m, h: F.gumbel_softmax(h))


@attack("seeded anew in each forward", missed="one number at one theta: a function, which also seeds everybody's generator anew")
def _seeded() -> Problem:
    def change(m: Formed, h: Tensor) -> Tensor:
        torch.manual_seed(0)
        return h + 0.1 * torch.randn_like(h)

    return net(change)


@attack("a draw of one in a thousand", missed="the draw is noticed, as one that changed nothing; the number that it may change is not")
def _rare() -> Problem:
    generator = np.random.default_rng(0)
    return net(lambda m, h: h * (1.1 if generator.random() < 1e-3 else 1.0))


# --- Derivatives --------------------------------------------------------------------------------------------------------------------------


@attack("a part under no_grad", "wrong_gradient")
def _no_grad() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        with torch.no_grad():
            h = torch.tanh(m.first(x))
        return m.last(h)

    return Formed(formula, first=linear(4, 5), last=linear(5, 1)), squared, flat()


@attack("one entry of a weight cut off", "wrong_gradient")
def _entry() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        weight = m.layer.weight.clone()
        weight[0, 2] = m.layer.weight[0, 2].item()
        return F.linear(x, weight, m.layer.bias)

    return Formed(formula, layer=linear(4, 1)), squared, flat()


@attack("a head stopped in one of two branches", "wrong_gradient")
def _stopped() -> Problem:
    return net(lambda m, h: h + m.beside(h.detach()), beside=linear(5, 5))


@attack("by way of numpy", "wrong_gradient", "flat_loss")
def _by_numpy() -> Problem:
    return net(lambda m, h: torch.from_numpy(np.sin(h.detach().numpy())))


class Clipped(torch.autograd.Function):
    """The identity, whose gradient is clipped."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: object, slope: Tensor) -> Tensor:
        return slope.clamp(-1e-3, 1e-3)


@attack("a gradient clipped in the graph", "wrong_gradient")
def _clipped() -> Problem:
    return net(lambda m, h: Clipped.apply(h))


@attack("a gradient scaled by a hook", "wrong_gradient")
def _hooked() -> Problem:
    def change(m: Formed, h: Tensor) -> Tensor:
        if h.requires_grad:
            h.register_hook(lambda slope: 0.5 * slope)
        return h

    return net(change)


class Cubed(torch.autograd.Function):
    """x^3 with a gradient made of numbers, so that it has no derivative of its own."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        ctx.slope = 3 * x.detach().square()
        return x**3

    @staticmethod
    def backward(ctx: object, slope: Tensor) -> Tensor:
        return ctx.slope * slope


@attack("a second derivative that is lost", "wrong_curvature")
def _cubed() -> Problem:
    return net(lambda m, h: Cubed.apply(h))


@attack("derivatives by differences in the forward", "wrong_gradient")
def _differences() -> Problem:
    """A layer's Jacobian made without a graph."""

    def change(m: Formed, h: Tensor) -> Tensor:
        return h + torch.autograd.functional.jacobian(lambda b: torch.tanh(b).sum(), m.first.bias.detach())

    return net(change)


@attack("rounded to 8 bits, straight through", "check_estimate")
def _rounded() -> Problem:
    return net(lambda m, h: h + ((32 * h).round() / 32 - h).detach())


@attack("rounded without a gradient", missed="the gradient is that of the values, except at jumps, which have none")
def _plain_rounding() -> Problem:
    return net(lambda m, h: (32 * h).round() / 32)


@attack("binary units", "check_estimate")
def _binary() -> Problem:
    return net(lambda m, h: h + (h.sign() - h).detach())


@attack("parameters clamped in the forward", "parameters_written")
def _clamped() -> Problem:
    def change(m: Formed, h: Tensor) -> Tensor:
        with torch.no_grad():
            m.last.weight.clamp_(-0.1, 0.1)
        return h

    return net(change)


@attack("parameters normalized through data", "parameters_written")
def _normalized() -> Problem:
    def change(m: Formed, h: Tensor) -> Tensor:
        m.last.weight.data /= m.last.weight.data.norm()
        return h

    return net(change)


@attack("a step of an optimizer in the forward", "parameters_written")
def _stepping() -> Problem:
    def change(m: Formed, h: Tensor) -> Tensor:
        m.last.bias.data -= 0.1
        return h

    return net(change)


@attack("inputs written in place", "writes_inputs")
def _in_place() -> Problem:
    return Formed(lambda m, x: m.layer(x.mul_(0.9)), layer=linear(4, 1)), squared, flat()


@attack("no parameter matters", "flat_loss")
def _flat() -> Problem:
    return Formed(lambda m, x: x.sum(1, keepdim=True) + 0 * m.layer(x), layer=linear(4, 1)), squared, flat()


@attack("wrong for one sample in ten thousand", missed="the check looks at 256 samples")
def _rare_sample() -> Problem:
    x, y = torch.randn(10_000, 2), torch.randn(10_000, 1)
    x[5003] = 100.0

    def formula(m: Formed, x: Tensor) -> Tensor:
        out = m.layer(x)
        return torch.where(x[:, :1] == 100.0, out.detach(), out)

    return Formed(formula, layer=linear(2, 1)), squared, (x, y)
