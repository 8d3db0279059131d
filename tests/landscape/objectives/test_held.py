"""Models that compute a part of themselves again in the backward pass (activation checkpointing), against the same model without."""

import copy
from threading import Barrier, Thread

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from landscape.curvature.blocks import Restriction
from landscape.curvature.sharpness import box_sharpness
from landscape.errors import LandscapeError
from landscape.objective import Block, Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane
from landscape.race.basins import SideBySide
from landscape.saddles.slices import Slice


def squared(outputs, targets):
    return (outputs[:, 0] - targets).square()


class Checkpointed(nn.Module):
    """A small network whose first part is checkpointed where `on`."""

    def __init__(self, on=True, reentrant=False):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh())
        self.last = nn.Linear(4, 1)
        self.on, self.reentrant, self.fails = on, reentrant, False

    def forward(self, x):
        if self.fails:
            raise RuntimeError("it fails")
        hidden = checkpoint(self.first, x, use_reentrant=self.reentrant) if self.on else self.first(x)
        return self.last(hidden)


class Attending(nn.Module):
    """A checkpointed block with attention, which formulas stand in for."""

    def __init__(self):
        super().__init__()
        self.on = True
        self.into, self.block, self.last = nn.Linear(1, 4), nn.TransformerEncoderLayer(4, 2, 6, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        tokens = self.into(x[..., None])
        return self.last((checkpoint(self.block, tokens, use_reentrant=False) if self.on else self.block(tokens)).mean(1))


DATA = torch.randn(20, 3, generator=torch.Generator().manual_seed(1)), torch.randn(20, generator=torch.Generator().manual_seed(2))
rng = np.random.default_rng(0)


def pair(model_type=Checkpointed, data=DATA, **options):
    """Return the risk of the checkpointed model, that of the same without, and a theta away from the first."""
    torch.manual_seed(0)
    model = model_type()
    plain = copy.deepcopy(model)
    plain.on = False
    risks = EmpiricalRisk(model, squared, data, **options), EmpiricalRisk(plain, squared, data, **options)
    return *risks, risks[0].theta + 0.5 * rng.normal(size=risks[0].dim)


QUANTITIES = {
    "value": lambda risk, theta, v: risk.value(theta),
    "gradient": lambda risk, theta, v: risk.gradient(theta),
    "of a batch": lambda risk, theta, v: risk.gradient(theta, np.array([1, 5, 7])),
    "value_and_gradient": lambda risk, theta, v: risk.value_and_gradient(risk.tensor(theta))[1].numpy(),
    "pass_through": lambda risk, theta, v: risk.pass_through(theta, gradient=True)[2].numpy(),
    "hessian_vector": lambda risk, theta, v: risk.hessian_vector(theta, v),
    "hessian": lambda risk, theta, v: risk.hessian(theta),
    "values": lambda risk, theta, v: risk.values(np.stack([theta, v])),
    "gradients": lambda risk, theta, v: risk.gradients(np.stack([theta, v])),
    "hessians": lambda risk, theta, v: risk.hessians(np.stack([theta, v])),
    "of a slice": lambda risk, theta, v: Slice(risk, Plane(theta, v, v**2)).hessian(np.array([0.1, -0.2])),
    "of a block": lambda risk, theta, v: Restriction(risk, theta, Block("b", (4,), 3, 7)).hessian(theta[3:7] + 1),
    "in a box": lambda risk, theta, v: np.array(box_sharpness(risk, theta, steps=3).value),
}


CASES = [(Checkpointed, {}), (Checkpointed, {"memory": 3000.0}), (Attending, {})]


@pytest.mark.parametrize(("model_type", "options"), CASES, ids=["whole", "in parts", "attention"])
@pytest.mark.parametrize("name", QUANTITIES)
def test_a_checkpointed_model_has_the_derivatives_of_the_same_without(name, model_type, options):
    checkpointed, plain, theta = pair(model_type, **options)
    v = rng.normal(size=plain.dim)
    found, true = (np.asarray(QUANTITIES[name](risk, theta, v)) for risk in (checkpointed, plain))
    np.testing.assert_allclose(found, true, rtol=1e-12, atol=1e-12 * np.abs(true).max())


def test_products_of_two_kept_graphs_may_alternate():
    checkpointed, plain, theta = pair()
    thetas = [theta, theta + rng.normal(size=plain.dim)]
    products, true = ([risk.curvature(at) for at in thetas] for risk in (checkpointed, plain))
    for k in (0, 1, 0, 1, 1, 0):
        v = rng.normal(size=plain.dim)
        np.testing.assert_allclose(products[k](v), true[k](v), rtol=1e-12)
        assert checkpointed.value(thetas[1 - k]) == plain.value(thetas[1 - k])


def test_two_threads_with_two_risks_do_not_disturb_each_other():
    pairs, barrier, wrong = [pair() for _ in range(2)], Barrier(2), []

    def work(checkpointed, plain, theta):
        barrier.wait()
        for _ in range(30):
            v = np.cos(theta + len(wrong))
            if not np.allclose(checkpointed.hessian_vector(theta, v), plain.hessian_vector(theta, v), rtol=1e-12):
                wrong.append(theta)

    threads = [Thread(target=work, args=each) for each in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("ask", ["gradient", "curvature"])
def test_after_an_exception_the_parameters_are_those_of_before(ask):
    risk, _, theta = pair()
    own = [(parameter, parameter.detach().clone()) for parameter in risk._model.parameters()]
    risk._model.fails = True
    with pytest.raises(RuntimeError, match="it fails"):
        getattr(risk, ask)(theta)
    assert all(now is one and torch.equal(now, kept) for now, (one, kept) in zip(risk._model.parameters(), own, strict=True))


def test_contexts_nest():
    risk, plain, theta = pair()
    outer, inner = risk.tensor(theta).clone().requires_grad_(), risk.tensor(theta + 1).clone().requires_grad_()
    with risk.held(outer):
        with risk.held(inner):
            (slope,) = torch.autograd.grad(risk.loss(inner), inner)
        (other,) = torch.autograd.grad(risk.loss(outer), outer)
    np.testing.assert_allclose(slope.numpy(), plain.gradient(theta + 1), rtol=1e-12)
    np.testing.assert_allclose(other.numpy(), plain.gradient(theta), rtol=1e-12)


def test_a_graph_entered_without_gradients_still_reaches_theta():
    risk, _, theta = pair()
    point = risk.tensor(theta).clone().requires_grad_()
    with torch.no_grad(), risk.held(point), torch.enable_grad():
        assert risk.loss(point).requires_grad


def test_a_graph_that_would_be_computed_again_elsewhere_is_refused():
    risk, plain, theta = pair()
    for objective, at in ((risk, theta), (SideBySide(risk, 2), np.concatenate([theta, theta + 1]))):
        with pytest.raises(LandscapeError, match="checkpointing") as refusal:
            objective.loss(objective.tensor(at).clone().requires_grad_())
        assert refusal.value.code == "recomputed"
    point = plain.tensor(theta).clone().requires_grad_()
    assert plain.loss(point).requires_grad


def test_objectives_hold_nothing_unless_told():
    class Bowl(Objective):
        dim, theta, blocks = 2, np.ones(2), (Block("x", (2,), 0, 2),)

        def loss(self, theta, batch=None):
            return theta.square().sum()

    np.testing.assert_array_equal(Bowl().gradient(np.array([3.0, 4.0])), [6.0, 8.0])
