"""Optimizers against torch.optim run by hand on a real module, and Newton against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from landscape.descent.optimizers import LARGEST_NEWTON, make_optimizer, optimizers
from landscape.errors import LandscapeError, SingularHessian
from landscape.objective import Objective

STEPS = 50


class Function(Objective):
    """A scalar function of theta written as a torch expression."""

    def __init__(self, function, dim: int):
        self.function, self.dim, self.theta, self.blocks = function, dim, np.zeros(dim), ()

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        return self.function(theta)


class Risk(Objective):
    """The mean squared error of a module on data, with theta its parameters one after another."""

    def __init__(self, model: nn.Module, inputs: Tensor, targets: Tensor):
        self.model, self.inputs, self.targets = model, inputs, targets
        self.theta = torch.cat([p.detach().reshape(-1) for p in model.parameters()]).numpy()
        self.dim, self.blocks, self.samples = len(self.theta), (), len(inputs)

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        rows = slice(None) if batch is None else batch
        named = list(self.model.named_parameters())
        parts = theta.split([p.numel() for _, p in named])
        parameters = {name: part.view(p.shape) for part, (name, p) in zip(parts, named, strict=True)}
        return (torch.func.functional_call(self.model, parameters, (self.inputs[rows],)) - self.targets[rows]).square().mean()


@pytest.fixture
def risk() -> Risk:
    rng = np.random.default_rng(7)
    model = nn.Sequential(nn.Linear(3, 4, dtype=torch.float64), nn.Tanh(), nn.Linear(4, 2, dtype=torch.float64))
    for parameter in model.parameters():
        parameter.data = torch.tensor(rng.normal(size=parameter.shape))
    return Risk(model, torch.tensor(rng.normal(1.0, 2.0, size=(12, 3))), torch.tensor(rng.normal(size=(12, 2))))


BY_HAND = [
    ("gd", {"lr": 0.03}, torch.optim.SGD, {"lr": 0.03}),
    ("sgd", {"lr": 0.03, "weight_decay": 0.1}, torch.optim.SGD, {"lr": 0.03, "weight_decay": 0.1}),
    ("momentum", {"lr": 0.02}, torch.optim.SGD, {"lr": 0.02, "momentum": 0.9}),
    (
        "momentum",
        {"lr": 0.02, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.05},
        torch.optim.SGD,
        {"lr": 0.02, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.05},
    ),
    ("nesterov", {"lr": 0.02, "momentum": 0.7}, torch.optim.SGD, {"lr": 0.02, "momentum": 0.7, "nesterov": True}),
    ("adagrad", {"lr": 0.1, "eps": 1e-3, "weight_decay": 0.1}, torch.optim.Adagrad, {"lr": 0.1, "eps": 1e-3, "weight_decay": 0.1}),
    ("rmsprop", {"lr": 0.01, "alpha": 0.8, "momentum": 0.5}, torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.8, "momentum": 0.5}),
    ("adam", {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 1e-4}, torch.optim.Adam, {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-4}),
    ("adamw", {"lr": 0.05, "weight_decay": 0.2}, torch.optim.AdamW, {"lr": 0.05, "weight_decay": 0.2}),
]


@pytest.mark.parametrize(("name", "params", "method", "arguments"), BY_HAND)
def test_path_is_that_of_torch_on_the_layers(risk, name, params, method, arguments):
    full_batch = optimizers[name].traits["full_batch"]
    batches = [None if full_batch else torch.tensor([step % 12, (3 * step + 5) % 12, 7]) for step in range(STEPS)]
    factors = [1 - step / STEPS for step in range(STEPS)]

    descent = make_optimizer(name, **params).start(risk, torch.tensor(risk.theta))
    left = [descent.step(batch, factor) for batch, factor in zip(batches, factors, strict=True)]

    by_hand = method(risk.model.parameters(), **arguments)
    for step, (batch, factor) in enumerate(zip(batches, factors, strict=True)):
        rows = slice(None) if batch is None else batch
        loss = (risk.model(risk.inputs[rows]) - risk.targets[rows]).square().mean()
        assert left[step] == pytest.approx(loss.item(), abs=1e-10)
        by_hand.zero_grad()
        loss.backward()
        by_hand.param_groups[0]["lr"] = arguments["lr"] * factor
        by_hand.step()
    expected = torch.cat([p.detach().reshape(-1) for p in risk.model.parameters()])
    assert not np.allclose(expected, risk.theta, atol=1e-2)
    np.testing.assert_allclose(descent.theta, expected, rtol=0, atol=1e-10)


def test_every_first_order_method_is_tried_by_hand():
    assert {name for name in optimizers if optimizers[name].traits["order"] == 1} == {row[0] for row in BY_HAND}


DEFAULTS = {"momentum": {"momentum"}, "nesterov": {"momentum"}}
METHODS = {name: method for name, _, method, _ in BY_HAND}


@pytest.mark.parametrize("name", METHODS)
def test_defaults_are_those_of_torch(name):
    theirs = METHODS[name]([torch.zeros(1, requires_grad=True)]).defaults
    if "betas" in theirs:
        theirs["beta1"], theirs["beta2"] = theirs["betas"]
    for key, value in make_optimizer(name).settings.items():
        assert value == (0.9 if key in DEFAULTS.get(name, ()) else theirs[key])


@pytest.mark.parametrize("name", optimizers)
def test_runs_are_apart_and_the_start_is_not_moved(risk, name):
    optimizer, start = make_optimizer(name, lr=0.05), torch.tensor(risk.theta)
    first, second = optimizer.start(risk, start), optimizer.start(risk, start)
    losses = [first.step() for _ in range(3)]
    assert torch.equal(start, torch.tensor(risk.theta))
    assert torch.equal(second.theta, start)
    assert [second.step() for _ in range(3)] == losses
    assert torch.equal(first.theta, second.theta)
    assert losses[0] == pytest.approx(risk.value(start), rel=1e-12)
    assert not first.theta.requires_grad


@pytest.mark.parametrize("name", optimizers)
def test_extreme_settings_within_the_ranges_are_taken_by_torch(risk, name):
    for end in ("low", "high"):
        params = {p.name: type(p.default)(getattr(p, end)) for p in optimizers[name].parameters}
        descent = make_optimizer(name, **params).start(risk, torch.tensor(risk.theta))
        assert np.isfinite(descent.step())


@pytest.mark.parametrize("name", optimizers)
def test_dtype_of_the_objective_is_kept(name):
    bowl = Function(lambda t: ((t - 3) ** 2 * torch.tensor([1.0, 4.0])).sum(), 2)
    bowl.dtype = torch.float32
    descent = make_optimizer(name).start(bowl, torch.tensor([1.0, 2.0]))
    descent.step()
    assert descent.theta.dtype == torch.float32


def rotated_quadratic() -> tuple[Function, np.ndarray]:
    rng = np.random.default_rng(4)
    q, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    hessian = torch.tensor(q @ np.diag([9.0, 4.0, 1.0, 0.2, 0.01]) @ q.T)
    center = torch.tensor(rng.normal(3.0, 2.0, size=5))
    return Function(lambda t: (t - center) @ hessian @ (t - center) / 2 + 1.5, 5), center.numpy()


def test_newton_lands_in_one_step_on_a_quadratic():
    objective, center = rotated_quadratic()
    descent = make_optimizer("newton").start(objective, torch.full((5,), -2.0))
    descent.step()
    np.testing.assert_allclose(descent.theta, center, atol=1e-10)


def test_newton_goes_the_share_it_is_told():
    objective, center = rotated_quadratic()
    descent = make_optimizer("newton", lr=0.5).start(objective, torch.full((5,), -2.0))
    descent.step(factor=0.6)
    np.testing.assert_allclose(descent.theta, -2 + 0.3 * (center + 2), atol=1e-10)


def saddle() -> Function:
    return Function(lambda t: t[0] ** 2 / 2 - t[1] ** 2 / 2 + t[1] ** 4 / 4, 2)


def test_newton_is_attracted_to_the_saddle():
    descent = make_optimizer("newton").start(saddle(), torch.tensor([1.0, 0.3]))
    heights = []
    for _ in range(4):
        descent.step()
        heights.append(float(descent.theta[1]))
    assert heights[:3] == pytest.approx([-0.074, 0.0008, 0.0], abs=6e-4)
    np.testing.assert_allclose(descent.theta, [0, 0], atol=1e-8)


@pytest.mark.parametrize(("y", "end"), [(0.44, 0.0), (0.45, -1.0)])
def test_edge_of_the_saddle_basin_of_newton(y, end):
    descent = make_optimizer("newton").start(saddle(), torch.tensor([1.0, y], dtype=torch.float64))
    for _ in range(60):
        descent.step()
    np.testing.assert_allclose(descent.theta, [0, end], atol=1e-8)


@pytest.mark.parametrize(
    "function",
    [
        lambda t: (t[0] - 2 * t[1]) ** 2,  # flat along a line
        lambda t: (2.3 * t[0] + 1.7 * t[1]) ** 2,  # the same, its zero eigenvalue rounded to 4e-16
        lambda t: t[0] - 3 * t[1],  # no curvature at all
        lambda t: (t[0] - 1).abs() ** 1.5 + t[1] ** 2,  # infinite curvature at t_0 = 1
        lambda t: (t[0] - 1e9 * t[1]) ** 2 + 1e-3 * t[1] ** 2,  # curvatures apart by more than float64 holds
    ],
)
def test_newton_without_an_inverse_says_so_and_stays(function):
    descent = make_optimizer("newton").start(Function(function, 2), torch.tensor([1.0, 3.0]))
    with pytest.raises(SingularHessian, match="eigenvalue|not finite"):
        descent.step()
    assert descent.theta.tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("name", "params", "limit"),
    [
        ("gd", {}, 0.2),
        ("sgd", {"weight_decay": 2.5}, 0.16),
        ("momentum", {"momentum": 0.9}, 0.38),
        ("momentum", {"momentum": 0.6, "dampening": 0.5}, 0.64),
        ("nesterov", {"momentum": 0.5}, 0.15),
    ],
)
def test_largest_lr_parts_runs_that_settle_from_runs_that_diverge(name, params, limit):
    assert make_optimizer(name, **params).largest_lr(10.0) == pytest.approx(limit)
    bowl, ends = Function(lambda t: 5 * (t**2).sum(), 1), []
    for share in (0.99, 1.01):
        descent = make_optimizer(name, lr=share * limit, **params).start(bowl, torch.tensor([1.0]))
        for _ in range(1000):
            descent.step()
        ends.append(abs(descent.theta.item()))
    assert ends[0] < 1e-3
    assert ends[1] > 1e3


def test_largest_lr_where_there_is_no_bound():
    assert make_optimizer("adam").largest_lr(10.0) is None
    assert make_optimizer("gd").largest_lr(-1.0) == np.inf


def test_newton_refuses_what_is_too_large():
    objective = Function(lambda t: (t**2).sum(), LARGEST_NEWTON + 1)
    with pytest.raises(LandscapeError, match="newton: at most 500 parameters; got 501. Take a smaller model"):
        make_optimizer("newton").start(objective, torch.ones(LARGEST_NEWTON + 1))


@pytest.mark.parametrize("name", ["gd", "newton"])
def test_methods_of_full_batches_refuse_a_batch(risk, name):
    optimizer = make_optimizer(name)
    assert optimizer.full_batch
    with pytest.raises(LandscapeError, match=f"{name}: every step takes all samples; got a batch of 2"):
        optimizer.start(risk, torch.tensor(risk.theta)).step(torch.tensor([1, 2]))


def test_settings_are_checked_and_kept():
    optimizer = make_optimizer("adam", lr=0.5, beta2=0.99)
    assert (optimizer.name, optimizer.lr, optimizer.settings["beta2"], optimizer.full_batch) == ("adam", 0.5, 0.99, False)
    with pytest.raises(LandscapeError, match="adam: lr must be between 1e-06 and 100.0; got 200"):
        make_optimizer("adam", lr=200)
    with pytest.raises(LandscapeError, match="its parameters are lr"):
        make_optimizer("gd", momentum=0.9)
