"""Division of the samples: the risk is the mean of the caller's loss on all data at once, in any order, also where samples are coupled."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.objectives.division import cut, mixed, rows_of
from landscape.objectives.risk import EmpiricalRisk
from landscape.objectives.samples import Samples

N = 2500  # more than pass through 256 units at once
WEIGHTS = torch.tensor([0.2, 1.0, 3.0], dtype=torch.float64)


def each(outputs, targets):
    return functional.cross_entropy(outputs, targets, reduction="none")


def neighbors(outputs, targets):
    other = torch.arange(len(outputs)) ^ 1
    return (outputs - outputs[other]).square().sum(1) + (targets - targets[other]).abs()


def triplets(outputs, targets):
    groups = torch.arange(len(outputs)) // 3
    sums = outputs.new_zeros(len(outputs) // 3 + 1, 3).index_add(0, groups, outputs)
    return (outputs - sums[groups] / 3).square().sum(1)


COUPLED = {
    "weights over their mean": lambda o, t: WEIGHTS[t] * each(o, t) / WEIGHTS[t].mean(),
    "weights over their largest": lambda o, t: WEIGHTS[t] * each(o, t) / WEIGHTS[t].max(),
    "weights by the count of the class": lambda o, t: each(o, t) / t.bincount(minlength=3)[t],
    "a rare class in the batch": lambda o, t: each(o, t) * (1 + (t == 2).any()),
    "over the largest": lambda o, t: each(o, t) / each(o, t).max(),
    "centered outputs": lambda o, t: each(o - o.mean(0), t),
    "batch normalization": lambda o, t: each(functional.batch_norm(o, None, None, training=True), t),
    "neighbors": neighbors,
    "triplets": triplets,
    "sorted": lambda o, t: (o[:, 0].sort().values - t.sort().values).square(),
    "consecutive pairs": lambda o, t: (o[1:, 0] - o[:-1, 0] - (t[1:] - t[:-1])).square(),
    "valid samples only": lambda o, t: each(o, t)[t != 1],
    "by position": lambda o, t: each(o, t) * torch.linspace(0, 2, len(o), dtype=o.dtype),
    "weights of all samples": lambda o, t: each(o, t) * torch.linspace(0, 2, N, dtype=o.dtype),
    "contrast": lambda o, t: -(o @ o.T / 100).log_softmax(1).diagonal(),
}
ORDERS = {
    "sorted": lambda t: torch.argsort(t, stable=True),
    "mixed": lambda t: torch.randperm(N, generator=torch.Generator().manual_seed(5)),
    "in turn": lambda t: torch.arange(N).view(-1, 250).T.reshape(-1),
}


def network():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return nn.Sequential(nn.Linear(2, 256), nn.ReLU(), nn.Linear(256, 3)).double()


@pytest.fixture(scope="module")
def data():
    """Two features that tell three classes of sizes 1500, 995 and 5."""
    targets = torch.bucketize(torch.arange(N), torch.tensor([1500, 2495]), right=True)
    inputs = torch.randn(N, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    inputs[:, 0] += targets
    return inputs, targets


def by_hand(model, loss, inputs, targets):
    with torch.no_grad():
        return float(loss(model(inputs), targets).mean())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", COUPLED)
def test_the_risk_is_the_loss_of_all_samples_at_once(name, order, data):
    model, loss, order = network(), COUPLED[name], ORDERS[order](data[1])
    inputs, targets = data[0][order], data[1][order]
    risk = EmpiricalRisk(model, loss, (inputs, targets))
    assert risk.value(risk.theta) == pytest.approx(by_hand(model, loss, inputs, targets), rel=1e-12)


class Normalized(nn.Module):
    def __init__(self, normalize):
        super().__init__()
        self.inner, self.normalize = network(), normalize

    def forward(self, x):
        return self.inner(self.normalize(x))


@pytest.mark.parametrize(
    "normalize",
    [
        lambda x: functional.batch_norm(x, None, None, training=True),
        lambda x: x / x.abs().max(),
        lambda x: x - x[0],
        lambda x: x + x[torch.arange(len(x)) ^ 1] if len(x) % 2 == 0 else x,
    ],
)
@pytest.mark.parametrize("order", ORDERS)
def test_a_model_that_couples_samples_sees_all_of_them_at_once(normalize, order, data):
    model, order = Normalized(normalize), ORDERS[order](data[1])
    inputs, targets = data[0][order], data[1][order]
    risk = EmpiricalRisk(model, each, (inputs, targets))
    assert risk.value(risk.theta) == pytest.approx(by_hand(model, each, inputs, targets), rel=1e-12)


class Labeled(NamedTuple):
    logits: torch.Tensor
    extra: float


@dataclass
class Held:
    logits: torch.Tensor
    extra: torch.Tensor | None


SHAPES = {
    "tensor": (lambda o: o, lambda o: o),
    "mapping": (lambda o: {"logits": o}, lambda o: o["logits"]),
    "tuple": (lambda o: (o, None), lambda o: o[0]),
    "list": (lambda o: [o], lambda o: o[0]),
    "named": (lambda o: Labeled(o, 2.0), lambda o: o.logits),
    "dataclass": (lambda o: Held(o, o.sum() * 0), lambda o: o.logits),
}


class Packed(nn.Module):
    def __init__(self, pack):
        super().__init__()
        self.inner, self.pack = network(), pack

    def forward(self, x):
        return self.pack(self.inner(x))


@pytest.mark.parametrize("shape", SHAPES)
def test_samples_that_are_not_coupled_are_divided_whatever_holds_the_outputs(shape, data):
    pack, logits = SHAPES[shape]
    risk = EmpiricalRisk(Packed(pack), lambda o, t: each(logits(o), t), data)
    assert len(risk.terms()) > 1
    assert risk.value(risk.theta) == pytest.approx(by_hand(network(), each, *data), rel=1e-12)


def test_samples_come_from_everywhere_and_are_the_same_each_time():
    some = mixed(10_000, 100)
    assert len(some.unique()) == 100
    assert some.min() < 500 and some.max() > 9500
    assert torch.equal(some, mixed(10_000, 100))


@pytest.mark.parametrize("count", [2, 3, 8, 9, 10, 11, 12, 30, 96, 210, 1024])
def test_no_group_of_samples_fits_between_the_cuts(count):
    parts = [len(part) for part in cut(Samples(torch.zeros(count), torch.zeros(count)))]
    assert sum(parts) == count and min(parts) > 0
    bounds = np.cumsum(parts)[:-1]
    assert not any((bounds % size == 0).all() for size in range(2, count))


def test_rows_of_outputs_of_an_unknown_kind_are_refused():
    with pytest.raises(TypeError, match="outputs of type object"):
        rows_of(object(), torch.arange(2), 9)
