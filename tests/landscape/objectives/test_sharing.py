"""Sharing: the same values as full forward passes, also for models that branch, repeat layers or have hooks."""

import numpy as np
import pytest
import torch
from torch import nn

from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.objectives.sharing import find_entries
from landscape.planes.directions import random_plane
from landscape.sampling.surface import sample_surface

A, B = np.linspace(-1.3, 0.9, 7), np.linspace(0.2, -2.0, 7)


def mse(outputs, targets):
    return ((outputs - targets) ** 2).flatten(1).mean(dim=1)


class Twice(nn.Module):
    """One layer that sees the data and then something else."""

    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(torch.tanh(self.layer(torch.tanh(self.layer(x)))))


class Both(nn.Module):
    """Two layers that see the data, one of them with what the other gives too, without a bias."""

    def __init__(self):
        super().__init__()
        self.left, self.right, self.head = nn.Linear(6, 4, bias=False), nn.Linear(6, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(torch.relu(self.left(x)) * self.right(x.flatten(1)))


class Branching(nn.Module):
    """A layer that sees the data, or their opposite where its own first weight is negative."""

    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.Linear(6, 5), nn.Linear(5, 2)

    def forward(self, x):
        return self.head(torch.tanh(self.layer(x if self.layer.weight[0, 0] > 0 else -x)))


class Scaled(nn.Linear):
    def forward(self, x):
        return 3 * super().forward(x) ** 2


MODELS = {
    "mlp": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2)), 1),
    "normed": (lambda: nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)), 1),
    "both": (Both, 2),
    "twice": (Twice, 1),
    "branching": (Branching, None),
    "first something else": (lambda: nn.Sequential(nn.Tanh(), nn.Linear(6, 2)), 0),
    "a subclass": (lambda: nn.Sequential(Scaled(6, 4), nn.Linear(4, 2)), 0),
    "linear": (lambda: nn.Linear(6, 2), 1),
    "convolution": (
        lambda: nn.Sequential(nn.Unflatten(1, (2, 3)), nn.Conv1d(2, 4, 2, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(16, 2)),
        1,
    ),
    "convolution round the edge": (
        lambda: nn.Sequential(
            nn.Unflatten(1, (1, 2, 3)),
            nn.Conv2d(1, 4, 3, stride=2, padding=1, padding_mode="circular", bias=False),
            nn.Flatten(),
            nn.Linear(8, 2),
        ),
        1,
    ),
}


def frozen(which):
    model = MODELS["mlp"][0]()
    getattr(model[1], which).requires_grad_(False)
    return model


def hooked():
    model = MODELS["mlp"][0]()
    model[1].register_forward_hook(lambda layer, inputs, output: torch.sigmoid(output))
    return model


MODELS |= {
    "frozen weight": (lambda: frozen("weight"), 0),
    "frozen bias": (lambda: frozen("bias"), 0),
    "in place": (lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(inplace=True), nn.Linear(8, 2)), 1),
    "hooked": (hooked, 0),
}


@pytest.fixture(params=MODELS)
def problem(request):
    build, count = MODELS[request.param]
    torch.manual_seed(2)
    risk = EmpiricalRisk(build(), mse, (torch.randn(40, 6), torch.randn(40, 2)))
    risk.at_once = 1
    return risk, count


def test_every_value_is_that_of_the_whole_forward_pass(problem):
    risk, count = problem
    plane = random_plane(risk, risk.theta, seed=1, vectors="normalize")
    assert count is None or len(risk._entries(plane)) == count
    expected = np.array([risk.value(theta) for theta in plane.embed(A, B)])
    np.testing.assert_allclose(risk.along(plane)(A, B), expected, rtol=1e-12)
    np.testing.assert_allclose(Objective.along(risk, plane)(A, B), expected, rtol=1e-12)


def test_the_model_is_as_before_after_success_and_after_an_exception(problem):
    risk, _ = problem
    plane = random_plane(risk, risk.theta, seed=1, vectors="normalize")
    before = risk.value(risk.theta)
    values = risk.along(plane)
    values(A, B)
    assert risk.value(risk.theta) == before
    risk._loss = lambda outputs, targets: 1 / 0
    with pytest.raises(ZeroDivisionError, match="division"):
        values(A, B)
    risk._loss = mse
    assert risk.value(risk.theta) == before
    assert not any("forward" in vars(module) for module in risk._model.modules())


def test_a_surface_uses_it_and_keeps_the_origins_loss(problem):
    risk, _ = problem
    plane = random_plane(risk, risk.theta, seed=1, vectors="normalize")
    surface = sample_surface(risk, plane, ((-1.0, 1.0), (-2.0, 1.0)), resolution=(5, 7))
    whole = np.array([[risk.value(plane.embed(a, b)) for a in surface.a] for b in surface.b])
    np.testing.assert_allclose(surface.values, whole, rtol=1e-12)


def test_a_layer_whose_forward_was_replaced_by_hand_is_left_alone():
    layer = nn.Linear(6, 2)
    layer.forward = lambda x: 0 * x[:, :2]
    x = torch.randn(4, 6)
    assert find_entries(layer, lambda: layer(x), [x], {id(p) for p in layer.parameters()}) == []
