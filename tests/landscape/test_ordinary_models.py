"""Ordinary models: value, gradient and Hessian are those of the caller's own module, whose state stays as it was to the bit.

The reference is the untouched module: its value by `torch.func.functional_call`, its gradient by autograd, and central differences of both.
"""

import copy
import hashlib
import pickle
from functools import cache

import numpy as np
import pytest
import torch
from torch.utils._pytree import tree_leaves, tree_map

from landscape.objective import shaken
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane
from tests.landscape.objectives.ordinary import KINKED, ORDINARY

# Steps of central differences of fourth order (smooth models) and of second order, too small to meet a kink.
STEP, SMALL_STEP = 1e-3, 1e-6
SMOOTH_ERROR, KINKED_ERROR = 1e-8, 1e-5


class Reference:
    """The mean loss of the caller's module, in float64 and evaluation mode, at theta."""

    def __init__(self, model, loss, data):
        self.model, self.loss = model.double().eval(), loss
        for module in self.model.modules():  # torch leaves the row of padding out of the gradient, although the value may depend on it
            if isinstance(module, torch.nn.Embedding):
                module.padding_idx = None
        self.inputs, self.targets = tree_map(lambda leaf: leaf.double() if leaf.is_floating_point() else leaf, data)
        self.named = {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def losses(self, model):
        if isinstance(self.inputs, dict):
            return self.loss(model(**self.inputs), self.targets)
        return self.loss(model(*self.inputs) if isinstance(self.inputs, tuple) else model(self.inputs), self.targets)

    def value(self, theta):
        parts = torch.tensor(theta).split([p.numel() for p in self.named.values()])
        named = {name: part.view(p.shape) for part, (name, p) in zip(parts, self.named.items(), strict=True)}
        twin = copy.deepcopy(self.model)  # functional_call leaves its own tensors in a layer that stands in two places
        with torch.no_grad():
            return float(self.losses(lambda *args, **kwargs: torch.func.functional_call(twin, named, args, kwargs)).mean())

    def gradient(self, theta):
        """With theta written into the parameters, since a checkpoint reads them again in the backward pass."""
        torch.nn.utils.vector_to_parameters(torch.tensor(theta), self.named.values())
        slopes = torch.autograd.grad(self.losses(self.model).mean(), self.named.values(), allow_unused=True, materialize_grads=True)
        return torch.cat([part.flatten() for part in slopes]).numpy()


def slope(function, theta, v, *, kinked):
    """The derivative of `function` along `v` by central differences."""
    if kinked:
        return (function(theta + SMALL_STEP * v) - function(theta - SMALL_STEP * v)) / (2 * SMALL_STEP)
    near, far = (function(theta + k * STEP * v) - function(theta - k * STEP * v) for k in (1, 2))
    return (8 * near - far) / (12 * STEP)


def error(found, true):
    """The largest difference, as a share of the largest true number."""
    return float(np.abs(found - true).max() / np.abs(true).max())


@cache
def problem(name):
    """The caller's module, in training mode, with its loss and data; their risk; and a generic point with a direction of length one."""
    model, loss, data = ORDINARY[name]()
    risk = EmpiricalRisk(model.train(), loss, data)
    v = np.random.default_rng(5).normal(size=risk.dim)
    return model, loss, data, risk, shaken(risk.theta, seed=3), v / np.linalg.norm(v)


@pytest.mark.parametrize("name", ORDINARY)
def test_the_risk_and_its_derivatives_are_those_of_the_untouched_model(name):
    _, _, _, risk, theta, v = problem(name)
    reference, kinked = Reference(*ORDINARY[name]()), name in KINKED
    gradient = reference.gradient(theta)
    errors = {
        "value": error(risk.value(theta), reference.value(theta)),
        "gradient": error(risk.gradient(theta), gradient),
        "slope": abs(risk.gradient(theta) @ v - slope(reference.value, theta, v, kinked=kinked)) / np.linalg.norm(gradient),
        "Hessian product": error(risk.hessian_vector(theta, v), slope(reference.gradient, theta, v, kinked=kinked)),
    }
    assert errors["value"] < 1e-12 and errors["gradient"] < 1e-10, errors
    assert max(errors["slope"], errors["Hessian product"]) < (KINKED_ERROR if kinked else SMOOTH_ERROR), errors


@pytest.mark.parametrize("name", ORDINARY)
def test_many_points_at_once_are_those_points_one_by_one(name):
    *_, risk, theta, v = problem(name)
    thetas = theta + np.linspace(-0.1, 0.1, 5)[:, None] * v
    np.testing.assert_allclose(risk.values(thetas), [risk.value(row) for row in thetas], rtol=1e-12)
    np.testing.assert_allclose(risk.gradients(thetas[1:3]), [risk.gradient(row) for row in thetas[1:3]], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ORDINARY)
def test_the_points_of_a_plane_are_those_of_the_whole_space(name):
    *_, risk, theta, _ = problem(name)
    plane = random_plane(risk, theta, seed=1, vectors="normalize")
    a, b = np.array([0.0, 0.3, -0.2]), np.array([0.0, 0.1, 0.1])
    np.testing.assert_allclose(risk.along(plane)(a, b), [risk.value(row) for row in plane.embed(a, b)], rtol=1e-12)


def fingerprint(model):
    """Everything that a caller could notice of a module, and the state of the global streams."""
    state = [(name, t.detach().to_dense().numpy().tobytes(), t.dtype) for name, t in [*model.named_parameters(), *model.named_buffers()]]
    flags = [(name, p.requires_grad, p.grad is None, id(p)) for name, p in model.named_parameters()]
    modes = [(name, module.training, sorted(vars(module)), len(module._forward_hooks)) for name, module in model.named_modules()]
    streams = torch.get_rng_state().numpy().tobytes(), np.random.get_state()[1].tobytes()  # noqa: NPY002 - looked at, not drawn from
    return hashlib.sha256(pickle.dumps((state, flags, modes, streams))).hexdigest()


@pytest.mark.parametrize("name", ORDINARY)
def test_the_callers_model_and_data_stay_as_they_were(name):
    model, loss, data = ORDINARY[name]()
    before, kept = fingerprint(model.train()), copy.deepcopy(data)
    risk = EmpiricalRisk(model, loss, data)
    theta = shaken(risk.theta)
    risk.values(theta[None]), risk.hessian_vector(theta, theta)
    assert fingerprint(model) == before
    assert all(torch.equal(one, other) for one, other in zip(tree_leaves(data), tree_leaves(kept), strict=True))


@pytest.mark.parametrize("name", ORDINARY)
def test_the_self_check_raises_no_false_alarm_and_costs_little(name):
    *_, risk, _, _ = problem(name)
    assert risk.verdict.warnings == ()
    assert risk.verdict.evaluations <= 15
