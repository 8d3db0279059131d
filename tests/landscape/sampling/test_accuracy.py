"""Accuracy: which threshold a loss implies, against what its catalogue entry declares and what numpy counts."""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.errors import LandscapeError
from landscape.losses.losses import losses, make_loss
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import coordinate_plane
from landscape.sampling.accuracy import indifferent_at, rule_of
from landscape.sampling.quantities import sample_quantities

WINDOW = ((-1.0, 1.0), (-1.0, 1.0))
INPUTS = np.random.default_rng(3).normal(size=(60, 2))
LABELS = (INPUTS[:, 0] + 0.8 * np.random.default_rng(4).normal(size=60) > 0.5).astype(float)

LOSSES = {
    "probability": (lambda o, t: functional.binary_cross_entropy(o, t, reduction="none"), 0.5),
    "weighted probability": (lambda o, t: functional.binary_cross_entropy(o, t, reduction="none") * (1 + 4 * t), 0.5),
    "smoothed probability": (lambda o, t: functional.binary_cross_entropy(o, 0.9 * t + 0.05, reduction="none"), 0.5),
    "logit": (nn.BCEWithLogitsLoss(reduction="none"), 0.0),
    "weighted logit": (nn.BCEWithLogitsLoss(reduction="none", pos_weight=torch.tensor(3.0, dtype=torch.float64)), 0.0),
    "squared probability of a logit": (lambda o, t: (o.sigmoid() - t) ** 2, 0.0),
    "residual": (nn.MSELoss(reduction="none"), 0.5),
    "soft margin": (lambda o, t: functional.softplus(-o * (2 * t - 1)), 0.0),
    "exponential": (lambda o, t: torch.exp(-o * (2 * t - 1)), 0.0),
}


def accuracy(model, loss, data, **options):
    """The map "accuracy" at the model's own weights, and the risk."""
    torch.manual_seed(0)
    risk = EmpiricalRisk(model(), loss, data)
    found = sample_quantities(risk, coordinate_plane(risk.theta, 0, 1), WINDOW, ["accuracy"], resolution=(3, 5), **options)
    return float(found["accuracy"].values[2, 1]), risk


def score():
    return nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))


def probability():
    return nn.Sequential(nn.Linear(2, 1), nn.Sigmoid(), nn.Flatten(0))


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_says_its_threshold(name):
    loss, threshold = LOSSES[name]
    assert indifferent_at(loss, torch.zeros(20, dtype=torch.float64), torch.zeros(20, dtype=torch.float64), 0.0) == threshold


@pytest.mark.parametrize("name", [name for name, entry in losses.items() if "binary" in entry.traits["tasks"]])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_losses_of_the_catalogue_say_the_threshold_that_they_declare(name, dtype):
    declared = losses[name].traits.get("threshold", 0.0)
    for shape, low in (((7,), 0.0), ((7, 1), 0.0), ((7, 1), -1.0)):
        targets = torch.full(shape[:1], low, dtype=dtype)
        expected = declared if low == 0 else 0.0  # a residual from -1 and 1 has its middle at 0
        assert indifferent_at(make_loss(name), torch.zeros(shape, dtype=dtype), targets, low) == expected


@pytest.mark.parametrize(("model", "name"), [(probability, "probability"), (score, "logit"), (score, "residual"), (score, "soft margin")])
def test_accuracy_counts_on_the_side_of_the_threshold(model, name):
    loss, threshold = LOSSES[name]
    found, risk = accuracy(model, loss, (INPUTS, LABELS))
    outputs = risk.outputs(risk.theta, INPUTS)
    assert found == np.mean((outputs > threshold) == (LABELS > 0))
    assert found != np.mean((outputs > 0.5 - threshold) == (LABELS > 0))


def coupled(outputs, targets):
    """A loss of pairs of samples: it says no threshold."""
    return functional.softplus(-(targets[:, None] - targets) * (outputs[:, None] - outputs)).mean(1)


def test_what_may_be_probabilities_or_scores_is_not_guessed():
    with pytest.raises(LandscapeError, match=r"accuracy: .* Pass threshold=0\.5 for probabilities, or threshold=0\.0 for scores") as raised:
        accuracy(probability, coupled, (INPUTS, LABELS))
    assert raised.value.code == "unclear_threshold"
    found, risk = accuracy(probability, coupled, (INPUTS, LABELS), threshold=0.3)
    assert found == np.mean((risk.outputs(risk.theta, INPUTS) > 0.3) == (LABELS > 0))
    found, risk = accuracy(score, coupled, (INPUTS, LABELS))  # no probability is negative
    assert found == np.mean((risk.outputs(risk.theta, INPUTS) > 0) == (LABELS > 0))


class Tokens(nn.Module):
    """Scores (N, T, K), or (N, K, T), of tokens (N, T)."""

    def __init__(self, last=True, kinds=7):
        super().__init__()
        self.table, self.head, self.last = nn.Embedding(7, 4), nn.Linear(4, kinds), last

    def forward(self, tokens):
        scores = self.head(self.table(tokens))
        return scores if self.last else scores.transpose(1, 2)


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("ignored", [-100, -1])
def test_padding_does_not_count(last, ignored):
    rng = np.random.default_rng(1)
    tokens, targets = rng.integers(0, 7, (30, 5)), rng.integers(0, 7, (30, 5))
    targets[:, 2:] = ignored
    read = (lambda o: o.transpose(1, 2)) if last else (lambda o: o)

    def loss(o, t):
        return functional.cross_entropy(read(o), t, reduction="none", ignore_index=ignored).mean(1)

    found, risk = accuracy(lambda: Tokens(last), loss, (tokens, targets), **({} if ignored == -100 else {"ignore_index": ignored}))
    best = risk.outputs(risk.theta, tokens).argmax(2 if last else 1)
    assert found == np.mean(best[:, :2] == targets[:, :2]) != np.mean(best == targets)
    with pytest.raises(LandscapeError, match=f"from 0 to 6; got {ignored}. Pass ignore_index={ignored} where") as raised:
        accuracy(lambda: Tokens(last), loss, (tokens, targets), ignore_index=None)
    assert raised.value.code == "foreign_class"


def test_ignored_targets_of_two_classes_do_not_count():
    targets = np.where(np.arange(60) < 20, -1.0, LABELS)

    def loss(o, t):
        return torch.where(t < 0, 0.0, functional.binary_cross_entropy(o, t.clamp(min=0), reduction="none"))

    found, risk = accuracy(probability, loss, (INPUTS, targets), ignore_index=-1)
    assert found == np.mean((risk.outputs(risk.theta, INPUTS[20:]) > 0.5) == (targets[20:] > 0))
    with pytest.raises(LandscapeError, match="class indices, or 0 and 1, or -1 and 1"):
        accuracy(probability, loss, (INPUTS, targets))


def test_one_hot_targets_are_classes_and_several_labels_are_not():
    one_hot = np.eye(3)[np.random.default_rng(2).integers(0, 3, 60)]

    def loss(o, t):
        return functional.cross_entropy(o, t, reduction="none")

    found, risk = accuracy(lambda: nn.Linear(2, 3), loss, (INPUTS, one_hot))
    outputs = risk.outputs(risk.theta, INPUTS)
    assert found == np.mean(outputs.argmax(1) == one_hot.argmax(1))
    several = one_hot + np.roll(one_hot, 1, axis=1)

    def each(o, t):
        return functional.binary_cross_entropy_with_logits(o, t, reduction="none").mean(1)

    assert accuracy(lambda: nn.Linear(2, 3), each, (INPUTS, several))[0] == np.mean((outputs > 0) == (several > 0))
    assert accuracy(lambda: nn.Linear(2, 3), each, (INPUTS, one_hot), threshold=0.1)[0] == np.mean((outputs > 0.1) == (one_hot > 0))


def test_classes_along_two_axes_are_not_guessed():
    tokens = np.random.default_rng(1).integers(0, 7, (9, 7))

    def loss(o, t):
        return functional.cross_entropy(o, t, reduction="none").mean(1)

    with pytest.raises(LandscapeError, match="of_outputs") as raised:
        accuracy(lambda: Tokens(False), loss, (tokens, tokens))
    assert raised.value.code == "unclear_axis"


@dataclass
class Answer:
    """What a model returns beside its scores."""

    scores: torch.Tensor
    hidden: torch.Tensor


ANSWERS = {
    "mapping": (dict, "scores"),
    "record": (Answer, "scores"),
    "named": (namedtuple("Named", ("hidden", "scores")), "scores"),
    "place": (lambda scores, hidden: (hidden, scores), 1),
    "function": (lambda scores, hidden: [hidden, {"deep": scores}], lambda outputs: outputs[1]["deep"]),
}


class Answering(nn.Module):
    """A linear layer whose scores stand among other outputs."""

    def __init__(self, kind):
        super().__init__()
        self.layer, self.kind = nn.Linear(2, 3), kind

    def forward(self, x):
        scores = self.layer(x)
        return self.kind(scores=scores, hidden=x)


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_outputs_meant_are_picked(kind):
    build, pick = ANSWERS[kind]
    classes = np.random.default_rng(2).integers(0, 3, 60)
    take = pick if callable(pick) else lambda o: o.scores if kind in ("record", "named") else o[pick]

    def loss(o, t):
        return functional.cross_entropy(take(o), t, reduction="none")

    found, risk = accuracy(lambda: Answering(build), loss, (INPUTS, classes), pick=pick)
    weights, bias = risk.theta[:6].reshape(3, 2), risk.theta[6:]
    assert found == np.mean((INPUTS @ weights.T + bias).argmax(1) == classes)
    np.testing.assert_allclose(risk.outputs(risk.theta, INPUTS, pick=pick), INPUTS @ weights.T + bias, rtol=1e-12)
    with pytest.raises(LandscapeError, match="must be one tensor with the samples first"):
        risk.outputs(risk.theta, INPUTS)
    with pytest.raises(LandscapeError, match="must be one tensor with the samples first") as raised:
        accuracy(lambda: Answering(build), loss, (INPUTS, classes))
    assert raised.value.code == "outputs_several"
    with pytest.raises(LandscapeError, match="the outputs have the parts"):
        accuracy(lambda: Answering(build), loss, (INPUTS, classes), pick="logits")


def test_targets_of_a_regression_are_called_no_classes_whatever_the_outputs_are():
    with pytest.raises(LandscapeError, match="class indices") as raised:
        rule_of(torch.zeros(3, 2), torch.tensor([[0.0], [0.25], [1.0]]), None, threshold=None, ignored=-100)
    assert raised.value.code == "no_classes"
