"""Optimizers: every method of torch.optim that acts on coordinates, run by hand on a real module, and what all methods share."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from landscape.descent.method import paired
from landscape.descent.optimizers import make_optimizer, optimizers, serves
from landscape.errors import LandscapeError
from landscape.objective import Block, Objective

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
        self.dim, self.samples = len(self.theta), len(inputs)
        ends = np.cumsum([p.numel() for p in model.parameters()])
        self.blocks = tuple(
            Block(name, tuple(p.shape), int(end) - p.numel(), int(end), "filters" if p.ndim > 1 else "vector")
            for (name, p), end in zip(model.named_parameters(), ends, strict=True)
        )

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
    (
        "adadelta",
        {"lr": 2.0, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1},
        torch.optim.Adadelta,
        {"lr": 2.0, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1},
    ),
    (
        "rprop",
        {"lr": 0.02, "etaminus": 0.4, "etaplus": 1.3, "step_size_min": 1e-4, "step_size_max": 0.3},
        torch.optim.Rprop,
        {"lr": 0.02, "etas": (0.4, 1.3), "step_sizes": (1e-4, 0.3)},
    ),
    (
        "nadam",
        {"lr": 0.05, "beta1": 0.8, "beta2": 0.9, "eps": 1e-4, "momentum_decay": 0.1, "weight_decay": 0.1},
        torch.optim.NAdam,
        {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-4, "momentum_decay": 0.1, "weight_decay": 0.1},
    ),
    (
        "radam",
        {"lr": 0.05, "beta1": 0.8, "beta2": 0.9, "eps": 1e-4, "weight_decay": 0.1},
        torch.optim.RAdam,
        {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-4, "weight_decay": 0.1},
    ),
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
        assert left[step] == pytest.approx(loss.item(), abs=1e-12)
        by_hand.zero_grad()
        loss.backward()
        by_hand.param_groups[0]["lr"] = arguments["lr"] * factor
        by_hand.step()
    expected = torch.cat([p.detach().reshape(-1) for p in risk.model.parameters()])
    assert not np.allclose(expected, risk.theta, atol=1e-2)
    np.testing.assert_allclose(descent.theta, expected, rtol=0, atol=1e-12)


def bent_valley() -> Function:
    """A function that is no quadratic, in axes turned by 0.6 and off the origin."""

    def valley(theta: Tensor) -> Tensor:
        x, y = theta[0] - 1.3, theta[1] + 0.7
        a, b = 0.825 * x + 0.565 * y, -0.565 * x + 0.825 * y
        return torch.log1p(a**2) + 0.3 * (b - 0.5 * a**2) ** 2 + 0.1 * torch.sin(3 * b)

    return Function(valley, 2)


@pytest.mark.parametrize(("name", "params", "method", "arguments"), BY_HAND)
def test_path_is_that_of_torch_on_a_function(name, params, method, arguments):
    valley, start = bent_valley(), torch.tensor([2.5, 1.1], dtype=torch.float64)
    descent, by_hand = make_optimizer(name, **params).start(valley, start), start.clone().requires_grad_()
    torchs = method([by_hand], **arguments)
    for _ in range(STEPS):
        descent.step()
        torchs.zero_grad()
        valley.loss(by_hand).backward()
        torchs.step()
        np.testing.assert_allclose(descent.theta, by_hand.detach(), rtol=0, atol=1e-12)
    assert np.abs(by_hand.detach().numpy() - start.numpy()).max() > 0.05


# Tried by hand in files of their own: with two gradients a step, with a closure, with noise, on matrices.
ELSEWHERE = {"lbfgs", "muon", "perturbed_gd", "sam"}


def test_every_first_order_method_is_tried_by_hand():
    assert {name for name in optimizers if optimizers[name].traits["order"] == 1} == {row[0] for row in BY_HAND} | ELSEWHERE


DEFAULTS = {"momentum": {"momentum"}, "nesterov": {"momentum"}}
METHODS = {name: method for name, _, method, _ in BY_HAND}


@pytest.mark.parametrize("name", METHODS)
def test_defaults_are_those_of_torch(name):
    theirs = METHODS[name]([torch.zeros(1, requires_grad=True)]).defaults
    for key, value in paired(make_optimizer(name).settings).items():
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
        params = {p.name: type(p.default)(getattr(p, end)) for p in optimizers[name].parameters if getattr(p, end) is not None}
        descent = make_optimizer(name, **params).start(risk, torch.tensor(risk.theta))
        assert np.isfinite(descent.step())


@pytest.mark.parametrize("name", optimizers)
def test_dtype_of_the_objective_is_kept(name):
    bowl = Function(lambda t: ((t - 3) ** 2 * torch.tensor([1.0, 4.0])).sum(), 2)
    bowl.dtype, bowl.blocks = torch.float32, (Block("weight", (1, 2), 0, 2),)
    descent = make_optimizer(name).start(bowl, torch.tensor([1.0, 2.0]))
    descent.step()
    assert descent.theta.dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "params", "limit"),
    [
        ("gd", {}, 0.2),
        ("sgd", {"weight_decay": 2.5}, 0.16),
        ("momentum", {"momentum": 0.9}, 0.38),
        ("momentum", {"momentum": 0.6, "dampening": 0.5}, 0.64),
        ("momentum", {"momentum": 0.0, "dampening": 0.5}, 0.2),
        ("nesterov", {"momentum": 0.5}, 0.15),
        ("sam", {"rho": 1e-6}, 0.2),
        ("sam", {"rho": 1e-6, "momentum": 0.9, "weight_decay": 9.0}, 0.2),
        ("perturbed_gd", {"sigma": 1e-5}, 0.2),
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


@pytest.mark.parametrize("name", ["gd", "newton", "rprop", "lbfgs", "perturbed_gd"])
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


COSTS = {"sam": 2, "newton": 8, "damped_newton": 8, "saddle_free_newton": 8}


@pytest.mark.parametrize("name", optimizers)
def test_what_a_step_costs_is_what_it_evaluates(name):
    """A dense Hessian of 7 parameters counts as 7 products; the bowl has one weight matrix, so that Muon can serve it."""
    counted, bowl = 0, Function(lambda t: ((t - 3) ** 4).sum(), 7)
    bowl.blocks = (Block("weight", (1, 7), 0, 7),)
    value_and_gradient, hessian = bowl.value_and_gradient, bowl.hessian

    def gradients(*point):
        nonlocal counted
        counted += 1
        return value_and_gradient(*point)

    def hessians(theta):
        nonlocal counted
        counted += bowl.dim
        return hessian(theta)

    bowl.value_and_gradient, bowl.hessian = gradients, hessians
    optimizer = make_optimizer(name, lr=1e-2)
    descent = optimizer.start(bowl, torch.full((7,), 2.0))
    for _ in range(3):
        descent.step()
    assert descent.spent == counted
    assert optimizer.cost(7) == COSTS.get(name, 1)
    assert counted == 3 * optimizer.cost(7) or (optimizers[name].traits.get("searches") and counted > 3)


SYMBOLS = {
    "momentum": "m", "nesterov": "m", "adagrad": "s", "adadelta": "su", "rmsprop": "s", "rprop": [r"\Delta"], "adam": "mv", "adamw": "mv",
    "nadam": "mv", "radam": "mv", "muon": "m", "lbfgs": "p", "sam": [r"\epsilon", r"\hat g"], "perturbed_gd": [r"\xi"],
    "newton": ["H^{-1} g"], "damped_newton": [r"(H + \mu I)^{-1} g"], "saddle_free_newton": [r"(|H| + \mu I)^{-1} g"],
}  # fmt: skip


@pytest.mark.parametrize("name", optimizers)
def test_the_state_holds_what_made_the_last_step_under_the_symbols_of_the_formula(risk, name):
    descent = make_optimizer(name).start(risk, torch.tensor(risk.theta))
    assert descent.state() == {}
    descent.step()
    gradient = risk.gradient(descent.theta)
    descent.step()
    state = descent.state()
    assert list(state) == ["g", *SYMBOLS.get(name, ())]
    np.testing.assert_allclose(state["g"], gradient, rtol=1e-12)
    assert all(vector.shape == (risk.dim,) and vector.dtype == np.float64 for vector in state.values())
    kept = {symbol: vector.copy() for symbol, vector in state.items()}
    descent.step()
    assert all(np.array_equal(state[symbol], kept[symbol]) for symbol in state)
    if name not in ("adamw", "radam"):  # whose m and v are Adam's, as its formula says
        assert all(symbol.upper() in optimizers[name].formula.upper() for symbol in state)  # Muon's are matrices, in capitals


def test_the_state_of_momentum_is_the_sum_of_its_gradients(risk):
    descent = make_optimizer("momentum", lr=0.01, momentum=0.7).start(risk, torch.tensor(risk.theta))
    total = np.zeros(risk.dim)
    for _ in range(5):
        total = 0.7 * total + risk.gradient(descent.theta)
        descent.step()
    np.testing.assert_allclose(descent.state()["m"], total, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "dim", "matrices", "served"),
    [("newton", 500, True, True), ("saddle_free_newton", 501, True, False), ("muon", 9, False, False), ("muon", 10**6, True, True)],
)
def test_who_serves_what(name, dim, matrices, served):
    assert serves(name, dim, matrices=matrices) == served
