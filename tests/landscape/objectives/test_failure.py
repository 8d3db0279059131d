"""Failure: where a caller's model and loss do not take the data, the refusal says what does, and what it says works."""

import re
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.errors import LandscapeError
from landscape.objectives.risk import EmpiricalRisk

N = 12
LABELS = torch.arange(N) % 3
TOKENS = torch.arange(3 * N).view(N, 3) % 7
GENERATOR = torch.Generator().manual_seed(1)
INPUTS, TARGETS = torch.randn(N, 4, generator=GENERATOR), torch.randn(N, generator=GENERATOR)
each = nn.CrossEntropyLoss(reduction="none")


def mse(outputs, targets):
    return (outputs[:, 0] - targets).square()


def binary(outputs, targets):
    return functional.binary_cross_entropy_with_logits(outputs[:, 0], targets, reduction="none")


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(7, 3), nn.Linear(9, 1)

    def forward(self, tokens, scale=1.0):
        return self.head(self.table(tokens).flatten(1)) * scale


class Single(nn.Linear):
    """Makes a tensor in float32 whatever it is given."""

    def forward(self, x):
        return super().forward(x) @ torch.ones(1, 1)


class Casting(nn.Linear):
    def forward(self, x):
        return super().forward(x.float())


def seeded(build):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return build()


WEIGHT = torch.tensor([0.1, 1.0, 3.0])

KINDS = {
    "whole inputs": (lambda: nn.Linear(3, 1), mse, TOKENS, TARGETS, "inputs", "int64", torch.float64),
    "boolean inputs": (lambda: nn.Linear(4, 1), mse, INPUTS > 0, TARGETS, "inputs", "bool", torch.float64),
    "whole inputs by name": (Words, mse, {"tokens": TOKENS.double(), "scale": torch.ones(N, 1)}, TARGETS, "inputs", "float64", torch.int64),
    "indices as numbers": (Words, mse, TOKENS.double(), TARGETS, "inputs", "float64", torch.int64),
    "labels as numbers": (lambda: nn.Linear(4, 3), each, INPUTS, LABELS.double(), "targets", "float64", torch.int64),
    "short labels": (lambda: nn.Linear(4, 3), each, INPUTS, LABELS.int(), "targets", "int32", torch.int64),
    "whole chances": (lambda: nn.Linear(4, 1), binary, INPUTS, LABELS % 2, "targets", "int64", torch.float64),
}
DTYPES = {
    "made in forward": (lambda: Single(4, 1), mse, TARGETS, "Single"),
    "cast in forward": (lambda: Casting(4, 1), mse, TARGETS, "Casting"),
    "weights of a loss": (
        lambda: nn.Linear(4, 3),
        lambda o, t: functional.cross_entropy(o, t, WEIGHT, reduction="none"),
        LABELS,
        "<lambda>",
    ),
    "weights in a partial": (
        lambda: nn.Linear(4, 3),
        partial(functional.cross_entropy, weight=WEIGHT, reduction="none"),
        LABELS,
        "cross_entropy",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_numbers_of_another_kind_are_named_with_the_kind_that_works(name):
    build, loss, inputs, targets, part, got, dtype = KINDS[name]
    with pytest.raises(LandscapeError, match=f"the {part} must be of a type .* take; got torch.{got}.*Convert them to {dtype}") as refusal:
        EmpiricalRisk(seeded(build), loss, (inputs, targets))
    assert isinstance(refusal.value.__cause__, RuntimeError | IndexError)
    data = {"inputs": inputs, "targets": targets}
    data[part] = {**inputs, "tokens": TOKENS} if isinstance(data[part], dict) else data[part].to(refusal.value.details["dtype"])
    risk = EmpiricalRisk(seeded(build), loss, (data["inputs"], data["targets"]))
    assert np.isfinite(risk.value(risk.theta))


@pytest.mark.parametrize("name", DTYPES)
def test_a_dtype_of_its_own_is_named_with_the_one_that_works(name):
    build, loss, targets, who = DTYPES[name]
    with pytest.raises(
        LandscapeError, match=rf"{who} must compute in torch.float64; got RuntimeError: .*\. Pass dtype=torch.float32, with"
    ) as refusal:
        EmpiricalRisk(seeded(build), loss, (INPUTS, targets))
    model = seeded(build)
    risk = EmpiricalRisk(model, loss, (INPUTS, targets), dtype=refusal.value.details["other"])
    with torch.no_grad():
        assert risk.value(risk.theta) == pytest.approx(float(loss(model(INPUTS), targets).mean()), rel=1e-6)


@pytest.mark.parametrize("shift", [1, -1, 5])
@pytest.mark.parametrize("late", [False, True])
def test_labels_without_an_output_are_counted(shift, late):
    targets = torch.arange(3 * N * 50) % 3
    if late:
        targets[-1] = 2 + shift if shift > 0 else shift
    else:
        targets += shift
    inputs = torch.ones(len(targets), 4)
    with pytest.raises(LandscapeError, match="from 0 to 2, where the model has 3 outputs; got .* to .*. Number the classes") as refusal:
        EmpiricalRisk(seeded(lambda: nn.Sequential(nn.Linear(4, 512), nn.Linear(512, 3))), each, (inputs, targets))
    assert isinstance(refusal.value.__cause__, IndexError)
    assert str(refusal.value.got) == f"{targets.min()} to {targets.max()}"


def test_labels_that_the_loss_leaves_out_are_no_classes():
    targets = LABELS.clone()
    targets[:4] = -100
    risk = EmpiricalRisk(seeded(lambda: nn.Linear(4, 3)), each, (INPUTS, targets))
    outputs = torch.tensor(risk.outputs(risk.theta, INPUTS))
    assert risk.value(risk.theta) == pytest.approx(float(each(outputs, targets).mean()), rel=1e-12)
    targets[4] = 3
    with pytest.raises(LandscapeError, match="got 0 to 3. Number the classes"):
        EmpiricalRisk(seeded(lambda: nn.Linear(4, 3)), each, (INPUTS, targets))


def test_indices_without_a_row_are_counted():
    with pytest.raises(LandscapeError, match="table takes indices from 0 to 6; got 2 to 8. Number the entries from 0"):
        EmpiricalRisk(seeded(Words), mse, (TOKENS + 2, TARGETS))


class Odd(nn.Linear):
    def forward(self, x):
        raise KeyError("no such layer")


ERRORS = {
    "inputs of another width": (
        lambda: nn.Linear(5, 1),
        mse,
        RuntimeError,
        "mat1 and mat2 shapes",
        "while the model Linear was computed from inputs (12, 4) of torch.float64",
    ),
    "a model's own": (lambda: Odd(4, 1), mse, KeyError, "no such layer", "while the model Odd was computed from inputs (12, 4)"),
    "a loss's own": (
        lambda: nn.Linear(4, 1),
        lambda o, t: o["logits"],
        IndexError,
        "too many indices|only integers|new\\(\\)|indices",
        "while the loss <lambda> was computed from outputs (12, 1) of torch.float64 and targets (12,) of torch.float64",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_that_nobody_foresaw_keeps_its_words_and_is_given_the_place(name):
    build, loss, kind, match, place = ERRORS[name]
    with pytest.raises(kind, match=match) as error:
        EmpiricalRisk(seeded(build), loss, (INPUTS, TARGETS))
    assert len(error.value.__notes__) == 1
    assert re.search(re.escape(place), error.value.__notes__[0])
    assert error.value.__cause__ is None and error.value.__suppress_context__


def test_an_error_on_the_way_is_given_the_place_too():
    class Failing(nn.Linear):
        def forward(self, x):
            if len(x) == 2:
                raise ZeroDivisionError("two samples")
            return super().forward(x)

    risk = EmpiricalRisk(seeded(lambda: Failing(4, 1)), mse, (INPUTS, TARGETS))
    with pytest.raises(ZeroDivisionError, match="two samples") as error:
        risk.gradient(risk.theta, [0, 3])
    assert error.value.__notes__ == ["while the model Failing was computed from inputs (2, 4) of torch.float64"]


def bound():
    model = nn.Linear(4, 1)
    forward = model.forward  # that of this module, also in a copy of it
    model.forward = lambda x: 2 * forward(x)
    return model


def test_weights_of_the_callers_own_module_are_no_dtype_of_the_model():
    with pytest.raises(
        LandscapeError, match="must take its trainable parameters from its modules' attributes.*; got weight, bias. Register"
    ):
        EmpiricalRisk(seeded(bound), mse, (INPUTS, TARGETS))
