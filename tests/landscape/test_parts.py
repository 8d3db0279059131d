"""Samples in parts: the same results as from one pass over all samples, with the memory of one part."""

import gc
import pickle
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from landscape.curvature.blocks import Restriction, modules
from landscape.curvature.sharpness import ball_sharpness
from landscape.errors import LandscapeError
from landscape.losses.losses import make_loss
from landscape.losses.penalties import make_penalty
from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane
from landscape.sampling.surface import sample_surface

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
    risk, outputs, slope = divided.pass_through(theta, outputs=True, gradient=True)
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


class Series(nn.Module):
    """A recurrent net over one series, (T, F): each time sees those before it only."""

    def __init__(self):
        super().__init__()
        self.recurrent, self.head = nn.GRU(36, 4), nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.recurrent(x.flatten(1))[0])


class Level(nn.Module):
    """A model whose head starts at zero: nothing is seen of its samples at the start."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(36, 3)
        nn.init.zeros_(self.head.weight)

    def forward(self, x):
        return self.head(x.flatten(1))


def smooth(outputs, targets):
    """One loss a sample, each beside the one before it: weakly."""
    steps = torch.cat([outputs[:1, 0] * 0, outputs[1:, 0] - outputs[:-1, 0]])
    return (outputs[:, 0] - targets) ** 2 + 1e-3 * steps**2


def centered(outputs, targets):
    return ((outputs - outputs.mean(0))[:, 0] - targets) ** 2


WEIGHTS = torch.linspace(0.5, 2.0, N)


def weighted(outputs, targets):
    """A loss with weights of its own for each sample, which it does not take by parts."""
    return WEIGHTS * (outputs[:, 0] - targets) ** 2


@pytest.mark.parametrize(
    ("model", "loss"),
    [(Series, make_loss("cross_entropy")), (None, smooth), (Level, centered), (None, weighted)],
    ids=["causal", "weak", "zero at the start", "weights"],
)
def test_samples_that_hardly_see_each_other_stay_together_too(model, loss):
    torch.manual_seed(6)
    model = networks()["mlp"] if model is None else model()
    inputs, targets = data()
    risk = EmpiricalRisk(model, loss, (inputs, targets), memory=SMALL)
    assert len(risk._parts) == 1
    theta = risk.theta + 0.3
    torch.nn.utils.vector_to_parameters(torch.tensor(theta), model.double().parameters())
    with torch.no_grad():
        np.testing.assert_allclose(risk.value(theta), float(loss(model(inputs.double()), targets).mean()), rtol=1e-12)


def test_outputs_for_other_inputs_come_in_parts_as_large_as_memory_allows():
    model = networks()["mlp"]
    passed = []
    model[1].register_forward_hook(lambda layer, inputs, output: passed.append(len(output)))
    inputs, targets = data()
    risk = EmpiricalRisk(model, make_loss("cross_entropy"), (inputs[:5], targets[:5]))
    passed.clear()
    risk.outputs(risk.theta, inputs)
    assert passed == [N]


class Doubling(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(36, 3)

    def forward(self, x):
        return self.layer(x.mul_(2).flatten(1))


def test_a_model_that_writes_into_its_inputs_is_refused():
    with pytest.raises(LandscapeError, match="leave its inputs as they are"):
        EmpiricalRisk(Doubling(), make_loss("cross_entropy"), data())


def test_an_empty_batch_is_refused():
    risk = EmpiricalRisk(networks()["mlp"], make_loss("cross_entropy"), data())
    with pytest.raises(LandscapeError, match="empty batch"):
        risk.gradient(risk.theta, [])


def squared(outputs, targets):
    return (outputs[:, 0] - targets) ** 2


class Ridge(EmpiricalRisk):
    """A risk with a term of its own."""

    def loss(self, theta, batch=None):
        return super().loss(theta, batch) + (theta**2).sum()


@pytest.mark.parametrize("at_once", [1, 32])
def test_a_subclass_with_a_loss_of_its_own_is_believed_in_everything(at_once):
    plain, ridge = (kind(networks()["mlp"], squared, data(), memory=SMALL) for kind in (EmpiricalRisk, Ridge))
    ridge.at_once = at_once
    theta = plain.theta
    np.testing.assert_allclose(ridge.gradient(theta), plain.gradient(theta) + 2 * theta, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ridge.hessian_vector(theta, theta), plain.hessian_vector(theta, theta) + 2 * theta, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ridge.values(theta[None]), plain.value(theta) + theta @ theta, rtol=1e-12)
    value, outputs, slope = ridge.pass_through(theta, outputs=True, gradient=True)
    np.testing.assert_allclose(value, ridge.value(theta), rtol=1e-12)
    np.testing.assert_allclose(slope, ridge.gradient(theta), rtol=1e-10)
    np.testing.assert_allclose(outputs, plain.pass_through(theta, outputs=True)[1], rtol=1e-12)
    again = pickle.loads(pickle.dumps(ridge))
    assert type(again) is Ridge and again.value(theta) == ridge.value(theta)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_pickled_risk_is_the_same_to_the_bit_and_no_larger_than_what_it_is_made_of(dtype):
    model = networks()["cnn"]
    model[1].bias.requires_grad_(False)
    risk = EmpiricalRisk(model, squared, data(), dtype=dtype, memory=SMALL)
    content = pickle.dumps(risk)
    again = pickle.loads(content)
    assert again.value(risk.theta) == risk.value(risk.theta) and again.theta.tobytes() == risk.theta.tobytes()
    assert len(again._parts) == len(risk._parts) > 1
    assert len(content) < 1.5 * N * 37 * dtype.itemsize + 20_000
