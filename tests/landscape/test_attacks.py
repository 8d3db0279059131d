"""The self-check against models and losses that are not the function of theta that they seem; what it cannot see is listed with reasons."""

import re

import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.errors import REFUSALS, LandscapeError
from landscape.objectives.risk import EmpiricalRisk
from tests.landscape.objectives.attacks import ATTACKS


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.codes])
def test_an_attack_is_refused_or_warned_of(name):
    attack = ATTACKS[name]
    if "check_estimate" in attack.codes:
        with pytest.warns(UserWarning, match="The gradient is an estimate"):
            verdict = EmpiricalRisk(*attack.build()).verdict
        assert [phrase.code for phrase in verdict.warnings] == ["check_estimate"]
        return
    with pytest.raises(LandscapeError, match="|".join(re.escape(REFUSALS[code].rule) for code in attack.codes)):
        EmpiricalRisk(*attack.build())


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.missed])
def test_what_cannot_be_seen_passes(name):
    """Each with its reason in the table: should one be seen one day, its row says so."""
    assert EmpiricalRisk(*ATTACKS[name].build()).verdict.warnings == (), ATTACKS[name].missed


@pytest.mark.parametrize("name", ["random numbers of torch", "a counter", "a part under no_grad", "parameters clamped in the forward"])
def test_switched_off_the_check_lets_everything_pass(name):
    assert EmpiricalRisk(*ATTACKS[name].build(), check=False).verdict is None


def weighted(outputs, targets):
    """Each sample's loss depends on the mean weight of all: alike in each part of mixed data, not of sorted ones."""
    shares = torch.tensor([0.1, 1.0, 4.0], dtype=outputs.dtype)[targets]
    return shares * functional.cross_entropy(outputs, targets, reduction="none") / shares.mean()


COUPLED = {
    "weights over their mean": (lambda: nn.Linear(3, 3).double(), weighted),
    "statistics of the batch": (
        lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, track_running_stats=False), nn.Linear(4, 3)).double(),
        lambda outputs, targets: functional.cross_entropy(outputs, targets, reduction="none"),
    ),
}


@pytest.mark.parametrize("kind", COUPLED)
def test_samples_that_depend_on_each_other_stay_together_also_in_sorted_data(kind):
    build, loss = COUPLED[kind]
    generator = torch.Generator().manual_seed(4)
    targets = torch.arange(3).repeat_interleave(2000)
    inputs = torch.randn(6000, 3, generator=generator, dtype=torch.float64) + targets[:, None]
    model = build().eval()
    true = float(loss(model(inputs), targets).mean().detach())
    risk = EmpiricalRisk(model, loss, (inputs, targets), memory=30_000.0)
    assert risk.value(risk.theta) == pytest.approx(true, rel=1e-12)
    assert risk.values(risk.theta[None])[0] == pytest.approx(true, rel=1e-12)
