"""Muon against torch.optim.Muon and AdamW on the layers of a network."""

import numpy as np
import pytest
import torch
from torch import nn

from landscape import EmpiricalRisk, make_loss, make_optimizer
from landscape.errors import LandscapeError

STEPS = 50


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"lr": 0.02, "momentum": 0.8, "nesterov": False, "ns_steps": 3, "weight_decay": 0.3, "adjust_lr_fn": "match_rms_adamw"},
        {"lr": 0.05, "weight_decay": 0.0, "eps": 1e-3},
    ],
)
def test_matrices_go_by_muon_and_the_rest_by_adamw(settings):
    rng = np.random.default_rng(7)
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()
    for parameter in model.parameters():
        parameter.data = torch.tensor(rng.normal(size=parameter.shape))
    inputs, targets = rng.normal(1.0, 2.0, size=(12, 3)), rng.normal(size=(12, 2))
    risk = EmpiricalRisk(model, make_loss("mse"), (inputs, targets))
    descent = make_optimizer("muon", **settings).start(risk, risk.theta)

    matrices, vectors = ([p for p in model.parameters() if p.ndim == axes] for axes in (2, 1))
    taken = {key: value for key, value in settings.items() if value != "original"}
    shared = {"lr": settings.get("lr", 1e-3), "weight_decay": settings.get("weight_decay", 0.1)}
    by_hand = torch.optim.Muon(matrices, **taken), torch.optim.AdamW(vectors, **shared)
    for _ in range(STEPS):
        descent.step()
        model.zero_grad()
        (model(torch.tensor(inputs)) - torch.tensor(targets)).square().mean().backward()
        for method in by_hand:
            method.step()
    expected = nn.utils.parameters_to_vector(model.parameters()).detach()
    np.testing.assert_allclose(descent.theta, expected, rtol=0, atol=1e-12)
    assert np.abs(expected.numpy() - risk.theta).max() > 0.03
    memory = descent.state()["m"]
    np.testing.assert_allclose(memory[:15].reshape(5, 3), by_hand[0].state[matrices[0]]["momentum_buffer"], atol=1e-12)
    np.testing.assert_allclose(memory[15:20], by_hand[1].state[vectors[0]]["exp_avg"], atol=1e-12)


def test_defaults_are_those_of_torch():
    theirs = torch.optim.Muon([torch.zeros(1, 1, requires_grad=True)]).defaults
    ours = make_optimizer("muon").settings
    assert {**ours, "adjust_lr_fn": None} == {key: theirs[key] for key in ours}


def test_all_directions_of_a_matrix_are_learned_alike():
    """The first update has singular values near 1, whatever those of the gradient are."""
    rng = np.random.default_rng(2)
    model = nn.Linear(4, 6, bias=False).double()
    model.weight.data = torch.tensor(rng.normal(size=(6, 4)))
    risk = EmpiricalRisk(model, make_loss("mse"), (rng.normal(size=(40, 4)) * [4.0, 2.0, 1.0, 0.5], rng.normal(size=(40, 6))))
    descent = make_optimizer("muon", lr=0.01, weight_decay=0.0).start(risk, risk.theta)
    descent.step()
    step = (descent.theta.numpy() - risk.theta).reshape(6, 4) / (0.01 * np.sqrt(6 / 4))
    slope = np.linalg.svd(descent.state()["g"].reshape(6, 4), compute_uv=False)
    turned = np.linalg.svd(step, compute_uv=False)
    assert slope[0] > 30 * slope[-1]
    assert 0.4 < turned.min() <= turned.max() < 1.4


def test_without_a_matrix_it_is_refused(formula):
    with pytest.raises(LandscapeError, match="muon: it needs weights that are matrices; got none. Take a network, or"):
        make_optimizer("muon").start(formula(lambda t: t.square().sum(), [1.0, 2.0]), np.ones(2))
