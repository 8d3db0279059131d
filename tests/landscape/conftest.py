"""Small objectives with closed forms, away from the origin and without symmetries that would hide an error."""

import numpy as np
import pytest
import torch
from torch import nn

from landscape import EmpiricalRisk, descend, make_dataset, make_loss, make_model, make_optimizer
from landscape.objective import Block, Objective


class Formula(Objective):
    """A torch expression of theta (D,), seen from `theta`."""

    def __init__(self, formula, theta, blocks=None):
        self.formula, self.theta = formula, np.array(theta, dtype=np.float64)
        self.dim = len(self.theta)
        self.blocks = blocks or (Block("theta", (self.dim,), 0, self.dim, "whole"),)

    def loss(self, theta, batch=None):
        return self.formula(theta)


@pytest.fixture
def formula():
    return Formula


@pytest.fixture
def quadratic():
    """Return (eigenvalues, seed) to a bowl in random axes, its center off the origin: (objective, center, eigenvectors as columns)."""

    def build(eigenvalues, seed=3):
        eigenvalues = np.asarray(eigenvalues, dtype=np.float64)
        rng = np.random.default_rng(seed)
        axes = np.linalg.qr(rng.normal(size=(len(eigenvalues),) * 2))[0]
        center = rng.normal(2.0, 1.0, size=len(eigenvalues))
        matrix, middle = torch.tensor(axes * eigenvalues @ axes.T), torch.tensor(center)
        objective = Formula(lambda theta: (theta - middle) @ matrix @ (theta - middle) / 2 - 1.5, center + rng.normal(size=len(center)))
        return objective, center, axes

    return build


@pytest.fixture
def tanh_net():
    """A network 3-4-2 with tanh and its squared error on 12 samples off the origin: 26 parameters."""
    rng = np.random.default_rng(7)
    model = nn.Sequential(nn.utils.skip_init(nn.Linear, 3, 4), nn.Tanh(), nn.utils.skip_init(nn.Linear, 4, 2)).double()
    for parameter in model.parameters():
        parameter.data = torch.tensor(rng.normal(size=parameter.shape))
    return EmpiricalRisk(model, make_loss("mse"), (rng.normal(1.0, 2.0, size=(12, 3)), rng.normal(size=(12, 2))))


@pytest.fixture(scope="module")
def digits():
    """An MLP 64-6-10 on digits, 460 parameters: the risk, and a run whose curvature rises and falls."""
    data = make_dataset("digits")
    model = make_model("mlp", data, seed=1, widths=(6,))
    risk = EmpiricalRisk(model, make_loss("cross_entropy"), (data.inputs[:200], data.targets[:200]))
    return risk, descend(risk, make_optimizer("gd", lr=1.0), steps=60)
