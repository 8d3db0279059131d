"""The self-check of a risk: hostile models by what is wrong with them, each refused or warned of, and ordinary ones without a word."""

import copy
import pickle
import random
import re
import warnings
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from landscape.data.datasets import make_dataset
from landscape.errors import REFUSALS, LandscapeError
from landscape.losses.losses import losses, make_loss
from landscape.networks.models import make_model, models
from landscape.objectives import risk as risk_module
from landscape.objectives.risk import EmpiricalRisk
from landscape.objectives.self_check import MOST_SAMPLES
from landscape.scene.suggestions import suits_loss, suits_model
from landscape.sculpting.sculptures import make_sculpture, sculptures

GENERATOR = torch.Generator().manual_seed(3)
INPUTS, TARGETS = torch.randn(40, 3, generator=GENERATOR), torch.randn(40, generator=GENERATOR)


def squared(outputs, targets):
    return (outputs.reshape(len(targets)) - targets).square()


class Model(nn.Module):
    """A hidden layer and an output; what differs is what is made of the weights, of the hidden units, and of the result."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(3, 6), nn.Linear(6, 1)
        self.prepare()

    def prepare(self):
        pass

    def weight(self):
        return self.first.weight

    def hidden(self, x):
        return torch.tanh(functional.linear(x, self.weight(), self.first.bias))

    def forward(self, x):
        return self.last(self.hidden(x))


def made(**methods):
    return type("Made", (Model,), methods)


class WrongBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(ctx, slope):
        return slope * ctx.saved_tensors[0].exp() * 1.01


class WrongDoubleBackward(WrongBackward):
    @staticmethod
    def backward(ctx, slope):
        return slope * ctx.saved_tensors[0].detach().exp()


class Once(WrongBackward):
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, slope):
        return slope * ctx.saved_tensors[0].exp()


class OnlyOnce(WrongBackward):
    @staticmethod
    def backward(ctx, slope):
        if torch.is_grad_enabled():
            raise NotImplementedError("no double backward")
        return slope * ctx.saved_tensors[0].exp()


class Never(WrongBackward):
    @staticmethod
    def backward(ctx, slope):
        raise NotImplementedError("no backward")


class Spike(torch.autograd.Function):
    """A step with a surrogate gradient, by a comparison and no operator that rounds."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, slope):
        return slope / (1 + 3 * ctx.saved_tensors[0].abs()).square()


class Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, slope):
        return -slope


def through(function):
    return lambda self, x: function.apply(0.5 * functional.linear(x, self.first.weight, self.first.bias))


def counting(self, x):
    self.count += 1
    return torch.tanh(self.first(x)) * (1 + 0.1 * self.count)


def averaging(self, x):
    hidden = self.first(x)
    self.mean.mul_(0.9).add_(hidden.detach().mean(0), alpha=0.1)
    return torch.tanh(hidden - self.mean)


def counting_idly(self, x):
    self.count += 1
    return torch.tanh(self.first(x))


def clamping_data(self):
    self.first.weight.data.clamp_(-0.4, 0.4)
    return self.first.weight


def clamping(self):
    with torch.no_grad():
        return self.first.weight.clamp_(-0.4, 0.4)


def replacing(self):
    self.first.weight = nn.Parameter(self.first.weight * 0.5)
    return self.first.weight


def keeping(self):
    if not hasattr(self, "kept"):
        self.kept = (self.first.weight * 2).detach()
    return self.kept


def remembering(self, x):
    hidden = torch.tanh(self.first(x))
    before, self.before = getattr(self, "before", torch.zeros_like(hidden)), hidden.detach()
    return hidden + before


def of_closure(self):
    weight = self.first.weight
    self.multiply = lambda x: functional.linear(x, weight)


def outside(self):
    self.unregistered = [nn.Parameter(torch.ones(6, dtype=torch.float64))]


def widened(self):
    self.first, self.last = nn.Linear(3, 3000), nn.Linear(3000, 1)


def unmoved(self):
    self.fixed = self.first.weight.detach().double()


def drawn_by_numpy(self, x):
    return torch.tanh(self.first(x)) + 0.1 * np.random.standard_normal()  # noqa: NPY002 - hostile on purpose


def reentrant(self, x):
    return checkpoint(lambda: torch.tanh(self.first(x)), use_reentrant=True)


def reentrant_behind(self, x):
    return checkpoint(torch.tanh, self.first(x), use_reentrant=True)


HOSTILE = {
    "dropout in evaluation mode": (made(hidden=lambda self, x: functional.dropout(self.first(x))), "random_loss"),
    "noise": (made(hidden=lambda self, x: self.first(x) + 0.1 * torch.randn(6)), "random_loss"),
    "noise of numpy": (made(hidden=drawn_by_numpy), "random_loss"),
    "a count in a buffer": (made(prepare=lambda self: self.register_buffer("count", torch.zeros(())), hidden=counting), "stateful_loss"),
    "a running mean": (made(prepare=lambda self: self.register_buffer("mean", torch.zeros(6)), hidden=averaging), "stateful_loss"),
    "a hidden state kept": (made(hidden=remembering), "stateful_loss"),
    "weights clamped through data": (made(weight=clamping_data), "parameters_written"),
    "weights clamped without gradient": (made(weight=clamping), "parameters_written"),
    "a parameter put in place": (made(weight=replacing), "parameters_written"),
    "a product kept": (made(weight=keeping), "aliased_parameters"),
    "parameters in a list": (
        made(prepare=lambda self: setattr(self, "all", list(self.parameters())), weight=lambda self: self.all[0]),
        "aliased_parameters",
    ),
    "their data in a list": (
        made(prepare=lambda self: setattr(self, "all", list(self.parameters())), weight=lambda self: self.all[0].data * 2),
        "aliased_parameters",
    ),
    "a parameter in a closure": (made(prepare=of_closure, hidden=lambda self, x: torch.tanh(self.multiply(x))), "aliased_parameters"),
    "a parameter not registered": (
        made(prepare=outside, hidden=lambda self, x: torch.tanh(self.first(x) * self.unregistered[0])),
        "aliased_parameters",
    ),
    "weights copied once": (
        made(prepare=unmoved, forward=lambda self, x: functional.linear(x, self.fixed).sum(1)),
        "flat_loss",
    ),
    "a part cut off": (made(hidden=lambda self, x: torch.tanh(self.first(x)).detach()), "wrong_gradient"),
    "the data of a part": (made(weight=lambda self: self.first.weight.data), "wrong_gradient"),
    "a wrong backward function": (made(hidden=through(WrongBackward)), "wrong_gradient"),
    "a reversed gradient": (made(hidden=through(Reversed)), "wrong_gradient"),
    "a wrong second derivative": (made(hidden=through(WrongDoubleBackward)), "wrong_curvature"),
    "a backward function of once": (made(hidden=through(Once)), "wrong_curvature"),
    "reentrant checkpointing": (made(hidden=reentrant_behind), "reentrant_checkpoint"),
}

# Those that hold tensors of float64 beside their parameters.
OF_FLOAT64 = {"a parameter not registered", "weights copied once"}

WARNED = {
    "rounded weights": (
        made(weight=lambda self: self.first.weight + ((8 * self.first.weight).round() / 8 - self.first.weight).detach()),
        "check_estimate",
    ),
    "signs": (made(weight=lambda self: self.first.weight + (self.first.weight.sign() - self.first.weight).detach()), "check_estimate"),
    "spikes": (made(hidden=through(Spike)), "check_estimate"),
    "no gradient": (made(hidden=through(Never)), "check_no_gradient"),
    "no second derivative": (made(hidden=through(OnlyOnce)), "check_no_curvature"),
    "an idle count": (made(prepare=lambda self: self.register_buffer("count", torch.zeros(())), hidden=counting_idly), "check_buffers"),
    "random numbers for nothing": (made(hidden=lambda self, x: torch.tanh(self.first(x)) + 0 * torch.randn(6)), "check_draws"),
    "not finite": (made(forward=lambda self, x: self.last(self.hidden(x)).sum(1) / 0), "check_not_finite"),
}

NOTED = {
    "relu": (made(prepare=widened, hidden=lambda self, x: torch.relu(self.first(x))), {"check_kinks"}),
    "smooth": (Model, set()),
    "a layer that is not used": (made(prepare=lambda self: setattr(self, "idle", nn.Linear(2, 2))), {"check_unused"}),
    "half precision inside": (made(hidden=lambda self, x: torch.tanh(self.first(x)).float().double()), set()),
}


def risk_of(model_type, **options):
    return EmpiricalRisk(model_type().double(), squared, (INPUTS.double(), TARGETS.double()), **options)


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")  # torch says so of reentrant checkpointing
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_model_is_refused(kind):
    model_type, code = HOSTILE[kind]
    with pytest.raises(LandscapeError, match=re.escape(REFUSALS[code].rule)):
        risk_of(model_type)
    assert risk_of(model_type, check=False).verdict is None


@pytest.mark.parametrize("kind", WARNED)
def test_what_numbers_do_not_mean_is_said(kind):
    model_type, code = WARNED[kind]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        verdict = risk_of(model_type).verdict
    assert [phrase.code for phrase in verdict.warnings] == [code]
    assert [str(each.message) for each in told] == ([str(verdict.warnings[0])] if code == "check_estimate" else [])
    assert all(each.filename == __file__ for each in told)


@pytest.mark.parametrize("kind", NOTED)
def test_what_is_ordinary_is_noted_at_most(kind):
    model_type, codes = NOTED[kind]
    verdict = risk_of(model_type).verdict
    assert not verdict.warnings
    assert {phrase.code for phrase in verdict.notes} == codes


def test_what_the_callers_model_kept_of_its_weights_before_is_warned_of():
    model = HOSTILE["a product kept"][0]().double()
    model(INPUTS.double())
    (warning,) = EmpiricalRisk(model, squared, (INPUTS.double(), TARGETS.double())).verdict.warnings
    assert warning.code == "check_kept" and warning.details == {"names": "first.weight", "kept": "kept"}


def test_a_check_is_a_handful_of_evaluations_on_some_samples():
    calls = []

    class Counted(Model):
        def forward(self, x):
            calls.append(len(x))
            return super().forward(x)

    count = 5000
    rng = np.random.default_rng(0)
    data = rng.normal(size=(count, 3)), rng.normal(size=count)
    EmpiricalRisk(Counted(), squared, data, check=False)
    without = len(calls)
    calls.clear()
    verdict = EmpiricalRisk(Counted(), squared, data).verdict
    assert verdict.samples == MOST_SAMPLES and verdict.evaluations == 12
    assert len(calls) == without + verdict.evaluations


def test_samples_are_taken_from_everywhere():
    """A model that is random on the last of many samples only is found out."""
    random_at_the_end = made(forward=lambda self, x: self.last(self.hidden(x)) + 0.1 * (x[:, :1] > 4.5) * torch.randn(len(x), 1))
    inputs = torch.linspace(0, 5, 4000)[:, None].expand(-1, 3).double()
    with pytest.raises(LandscapeError, match="without random numbers"):
        EmpiricalRisk(random_at_the_end().double(), squared, (inputs, inputs[:, 0]))


def test_a_model_made_for_all_samples_at_once_is_examined_on_all():
    class Whole(Model):
        def forward(self, x):
            return super().forward(x + torch.linspace(0, 1, 400, dtype=x.dtype)[:, None])

    data = np.random.default_rng(0).normal(size=(400, 3)), np.zeros(400)
    assert EmpiricalRisk(Whole(), squared, data).verdict.samples == 400


@pytest.mark.parametrize("kind", ["noise", "noise of numpy", "smooth"])
def test_the_check_leaves_random_number_generators_and_the_callers_model_as_they_were(kind, monkeypatch):
    model = (HOSTILE | NOTED)[kind][0]().double()
    before, examine, states = copy.deepcopy(model.state_dict()), risk_module.examine, []

    def generators():
        return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), np.random.get_state()[2:], random.getstate()  # noqa: NPY002

    def noted(*arguments):
        states.append(generators())
        try:
            return examine(*arguments)
        finally:
            states.append(generators())

    monkeypatch.setattr(risk_module, "examine", noted)
    with nullcontext() if kind == "smooth" else pytest.raises(LandscapeError, match="without random numbers"):
        EmpiricalRisk(model, squared, (INPUTS.double(), TARGETS.double()))
    assert states[0] == states[1]
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items()) and model.training


@pytest.mark.parametrize("kind", sorted(HOSTILE.keys() - OF_FLOAT64))
@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")
def test_in_float32_a_hostile_model_is_refused_likewise(kind):
    model_type, code = HOSTILE[kind]
    with pytest.raises(LandscapeError, match=re.escape(REFUSALS[code].rule)):
        EmpiricalRisk(model_type(), squared, (INPUTS, TARGETS), dtype=torch.float32)


def test_a_model_of_float32_alone_says_what_was_not_tested():
    alone = made(forward=lambda self, x: self.last(self.hidden(x)) @ torch.ones(1, 1))
    verdict = EmpiricalRisk(alone(), squared, (INPUTS, TARGETS), dtype=torch.float32).verdict
    assert [said.code for said in verdict.warnings] == ["check_coarse"]


def test_the_verdict_goes_with_the_risk_and_other_data_are_not_checked():
    risk = risk_of(NOTED["a layer that is not used"][0])
    assert pickle.loads(pickle.dumps(EmpiricalRisk(nn.Linear(3, 1), squared, (INPUTS, TARGETS)))).verdict.evaluations == 11
    assert risk.on(INPUTS, TARGETS).verdict is None
    assert risk.verdict.notes[0].details == {"names": "idle.weight, idle.bias"}


def test_a_subclass_with_a_loss_of_its_own_is_not_examined_before_it_is_made():
    class Ridge(EmpiricalRisk):
        def __init__(self, strength):
            self.strength = strength
            super().__init__(nn.Linear(3, 1), squared, (INPUTS, TARGETS))

        def loss(self, theta, batch=None):
            return super().loss(theta, batch) + self.strength * theta.square().sum()

    assert Ridge(0.1).verdict is None


def test_a_loss_that_holds_the_model_is_refused_and_one_with_parameters_of_its_own_noted():
    class Penalized(nn.Module):
        def __init__(self, part):
            super().__init__()
            self.part = part

        def forward(self, outputs, targets):
            return squared(outputs, targets) + self.part.weight.square().sum()

    model = nn.Linear(3, 1)
    with pytest.raises(LandscapeError, match="got weight, bias in the loss, too"):
        EmpiricalRisk(model, Penalized(model), (INPUTS, TARGETS))
    verdict = EmpiricalRisk(model, Penalized(nn.Linear(2, 2)), (INPUTS, TARGETS)).verdict
    assert [said.code for said in verdict.notes] == ["check_loss_parameters"] and not verdict.warnings


def risks_of_the_catalogue():
    data = {name: make_dataset(name) for name in ("line", "moons", "wine", "digits", "ranking")}
    for model in models:
        dataset = next(each for each in data.values() if suits_model(model, each))
        yield make_model(model, dataset), make_loss("mse" if dataset.task == "regression" else "cross_entropy"), dataset
    for loss in losses.values():
        dataset = next((each for each in data.values() if suits_loss(loss, "mlp", each)), None)
        if dataset is not None:
            yield make_model("mlp", dataset), make_loss(loss.name), dataset
    for name in sculptures:  # these have the losses that go with no other data
        risk = make_sculpture(name).objective(0.1)
        yield risk._model, risk.sample_loss, (risk._data.inputs, risk.targets)


def test_the_models_and_losses_of_the_catalogue_pass():
    for model, loss, data in risks_of_the_catalogue():
        assert not EmpiricalRisk(model, loss, data).verdict.warnings


def wave(rate):
    class Wave(nn.Module):
        def __init__(self):
            super().__init__()
            self.rate = nn.Parameter(torch.tensor([rate]))

        def forward(self, x):
            return torch.sin(self.rate * x[:, :1])

    return Wave()


def separated():
    """A classifier at whose margins the cross-entropy is a difference of numbers 1e18 times as large."""
    model = nn.Linear(3, 2)
    with torch.no_grad():
        model.weight.copy_(200 * torch.tensor([[-1.0, 0, 0], [1, 0, 0]]))
        model.bias.zero_()
    inputs = torch.randn(20, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return model, nn.CrossEntropyLoss(reduction="none"), (inputs, (inputs[:, 0] > 0).long())


def test_what_differences_cannot_show_is_not_called_wrong():
    cases = {"cancels": separated(), "oscillates": (wave(1e7), squared, (INPUTS, TARGETS))}
    cases["hidden"] = made()(), lambda outputs, targets: 1e12 + squared(outputs, targets), (INPUTS, TARGETS)
    for kind, case in cases.items():
        assert [warning.code for warning in EmpiricalRisk(*case).verdict.warnings] == ["check_rough"], kind
    assert not EmpiricalRisk(wave(1e3), squared, (INPUTS, TARGETS)).verdict.warnings


def test_a_loss_without_any_slope_is_noted():
    def wrong(outputs, targets):
        return ((outputs.reshape(len(targets)) > 0) != (targets > 0)).double()

    verdict = EmpiricalRisk(made()(), wrong, (INPUTS, TARGETS)).verdict
    assert [note.code for note in verdict.notes] == ["check_no_slope"]


def test_a_list_that_holds_itself_is_looked_through_once():
    model = nn.Linear(2, 1)
    model.unused = nn.Parameter(torch.ones(1))
    own = type("Own", (nn.Module,), {"forward": lambda self, x: self.inner(x)})()
    own.inner, own.notes = model, []
    own.notes += [own.notes, torch.ones(2)]
    risk = EmpiricalRisk(own, lambda outputs, targets: (outputs[:, 0] - targets).square(), (torch.eye(2), torch.ones(2)))
    assert [phrase.code for phrase in risk.verdict.warnings] == ["check_kept"] and "notes" in risk.verdict.warnings[0]
