"""Samples in parts: the numbers of one pass over all of them, in the memory of one part."""

import gc
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from landscape.blocks import Restriction, modules
from landscape.directions import random_plane
from landscape.errors import LandscapeError
from landscape.losses import make_loss
from landscape.objective import Objective
from landscape.penalties import make_penalty
from landscape.risk import EmpiricalRisk
from landscape.sharpness import ball_sharpness
from landscape.surface import sample_surface

N, SMALL = 150, 2e4


def networks():
    torch.manual_seed(4)
    return {
        "mlp": nn.Sequential(nn.Flatten(), nn.Linear(36, 10), nn.Tanh(), nn.Linear(10, 3)),
        "cnn": nn.Sequential(nn.Unflatten(1, (1, 6)), nn.Conv2d(1, 5, 3), nn.BatchNorm2d(5), nn.Softplus(), nn.Flatten(), nn.Linear(80, 3)),
    }


def data():
    generator = torch.Generator().manual_seed(5)
    return torch.randn(N, 6, 6, generator=generator), torch.randint(0, 3, (N,), generator=generator)


@pytest.fixture(params=["mlp", "cnn"])
def risks(request):
    options = {"penalty": make_penalty("l2", strength=0.03)}
    model = networks()[request.param]
    return [EmpiricalRisk(model, make_loss("cross_entropy"), data(), memory=memory, **options) for memory in (2**30, SMALL)]


def test_little_memory_means_many_parts_of_all_samples_in_their_order(risks):
    whole, divided = risks
    assert len(whole._parts) == 1 and whole.keeps_graphs
    assert len(divided._parts) > 3 and not divided.keeps_graphs
    assert torch.equal(torch.cat([part.inputs for part in divided._parts]), whole._parts[0].inputs)
    assert max(map(len, divided._parts)) - min(map(len, divided._parts)) <= 1


def test_every_number_is_that_of_one_pass(risks):
    whole, divided = risks
    generator = np.random.default_rng(1)
    theta = whole.theta + 0.3 * generator.standard_normal(whole.dim)
    v, batch = generator.standard_normal(whole.dim), generator.permutation(N)[:97]
    close = {"rtol": 1e-11, "atol": 1e-13}
    np.testing.assert_allclose(divided.value(theta), whole.value(theta), **close)
    np.testing.assert_allclose(divided.values(np.stack([theta, v])), whole.values(np.stack([theta, v])), **close)
    np.testing.assert_allclose(divided.gradient(theta), whole.gradient(theta), **close)
    np.testing.assert_allclose(divided.gradient(theta, batch), whole.gradient(theta, batch), **close)
    np.testing.assert_allclose(divided.hessian_vector(theta, v), whole.hessian_vector(theta, v), **close)
    np.testing.assert_allclose(divided.hessian(theta), whole.hessian(theta), **close)
    np.testing.assert_allclose(divided.outputs(theta, data()[0]), whole.outputs(theta, data()[0]), **close)
    risk, outputs, slope = divided.pass_through(theta, gradient=True)
    np.testing.assert_allclose(risk, whole.value(theta), **close)
    np.testing.assert_allclose(outputs, whole.outputs(theta, data()[0]), **close)
    np.testing.assert_allclose(slope, whole.gradient(theta), **close)


def test_a_surface_is_the_same_with_layers_that_share_their_work(risks):
    whole, divided = risks
    plane = random_plane(whole, whole.theta, seed=2)
    surfaces = [sample_surface(risk, plane, ((-1.0, 0.7), (-0.4, 1.0)), resolution=(5, 4)) for risk in risks]
    np.testing.assert_allclose(surfaces[1].values, surfaces[0].values, rtol=1e-11)
    entries = divided._entries(plane)
    for entry in entries:
        assert len(entry.products) == len(divided._parts)
    assert len(entries) == 1


def test_what_stands_on_the_risk_goes_part_by_part_too(risks):
    whole, divided = risks
    block = next(iter(modules(whole.blocks)))
    parts = [Restriction(risk, risk.theta, block) for risk in risks]
    assert len(parts[1].terms()) == len(divided._parts)
    np.testing.assert_allclose(parts[1].hessian(parts[1].theta), parts[0].hessian(parts[0].theta), rtol=1e-10, atol=1e-13)
    peaks = [ball_sharpness(risk, risk.theta, rho=0.1) for risk in risks]
    np.testing.assert_allclose(peaks[1].value, peaks[0].value, rtol=1e-9)


class Kept:
    """A tensor that a graph keeps for its backward pass."""

    def __init__(self, tensor, alive):
        self.tensor = tensor.detach()
        alive.add(self)


def most_kept(risk, use):
    """The most numbers that graphs keep at once, counted whenever one more is kept, while `use(risk)` runs."""
    alive, most = weakref.WeakSet(), 0

    def pack(tensor):
        nonlocal most
        kept = Kept(tensor, alive)
        most = max(most, sum(one.tensor.numel() for one in alive))
        return kept

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept.tensor):
        use(risk)
    gc.collect()
    return most


@pytest.mark.parametrize("use", [lambda risk: risk.gradient(risk.theta), lambda risk: risk.hessian_vector(risk.theta, risk.theta)])
def test_no_more_than_one_parts_graph_is_in_memory(use):
    model = networks()["mlp"]
    whole, divided = (EmpiricalRisk(model, make_loss("cross_entropy"), data(), memory=memory) for memory in (2**30, SMALL))
    weights = sum(p.numel() for p in model.parameters())  # a graph keeps those too, a few times, whatever the samples
    share = max(map(len, divided._parts)) / N
    assert most_kept(divided, use) < 1.5 * share * most_kept(whole, use) + 6 * weights
    assert most_kept(divided, use) < most_kept(whole, use) / 2


def contrast(outputs, targets):
    """One loss a sample, each against all others."""
    return (outputs @ outputs.T).logsumexp(1) - (outputs * outputs).sum(1)


def pairs(outputs, targets):
    """One loss a pair of neighbors."""
    return nn.functional.softplus(outputs[1:, 0] - outputs[:-1, 0])


class Transductive(nn.Module):
    """A model with something of its own for each sample."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(36, 3)
        self.register_buffer("shift", torch.linspace(0, 1, N)[:, None])

    def forward(self, x):
        return self.layer(x.flatten(1)) + self.shift


class Mixing(nn.Module):
    """A model whose samples see each other."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(36, 3)

    def forward(self, x):
        outputs = self.layer(x.flatten(1))
        return outputs - outputs.mean(0)


@pytest.mark.parametrize(
    ("model", "loss"),
    [(None, contrast), (None, pairs), (Transductive, make_loss("cross_entropy")), (Mixing, make_loss("cross_entropy"))],
)
def test_samples_that_belong_together_stay_together(model, loss):
    torch.manual_seed(6)
    model = networks()["mlp"] if model is None else model()
    inputs, targets = data()
    risk = EmpiricalRisk(model, loss, (inputs, targets), memory=SMALL)
    assert len(risk._parts) == 1
    with torch.no_grad():
        outputs = model.double().eval()(inputs.double())
        np.testing.assert_allclose(risk.value(risk.theta), float(loss(outputs, targets).mean()), rtol=1e-12)


def test_large_activations_are_divided_without_being_asked():
    torch.manual_seed(7)
    model = nn.Sequential(nn.Linear(4, 600), nn.ReLU(), nn.Linear(600, 1))
    inputs = torch.randn(1500, 4)
    risk = EmpiricalRisk(model, lambda outputs, targets: (outputs[:, 0] - targets) ** 2, (inputs, inputs[:, 0]))
    assert len(risk._parts) > 2 and risk.keeps_graphs and risk.at_once == 1
    with torch.no_grad():
        expected = float(((model.double()(inputs.double())[:, 0] - inputs[:, 0]) ** 2).mean())
    np.testing.assert_allclose(risk.value(risk.theta), expected, rtol=1e-10)


def test_memory_is_a_positive_number():
    with pytest.raises(LandscapeError, match="memory"):
        EmpiricalRisk(networks()["mlp"], make_loss("cross_entropy"), data(), memory=0)


def test_terms_of_any_objective_add_up_to_it():
    class Quartic(Objective):
        dim, theta, blocks = 2, np.zeros(2), ()

        def loss(self, theta, batch=None):
            return (theta**4).sum() + theta[0] * theta[1]

    (term,) = Quartic().terms()
    assert float(term(torch.tensor([1.0, 2.0]))) == Quartic().value([1.0, 2.0]) == 19
