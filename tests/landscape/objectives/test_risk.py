"""EmpiricalRisk: the mean loss against direct computation for many modules, and the caller's module unchanged, also after errors."""

import copy
import hashlib
import pickle

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import nn

from landscape.curvature.spectrum import top_eigenpairs
from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.losses.penalties import make_penalty
from landscape.networks.models import make_model
from landscape.objective import MOST_COLUMNS
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane
from landscape.sampling.surface import sample_surface

GENERATOR = 11
WINDOW = ((-1.0, 1.0), (-0.5, 1.0))


def mse(outputs, targets):
    return (outputs.reshape(len(targets), -1) - targets.reshape(len(targets), -1)).square().mean(1)


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)
        self.out = nn.Linear(8, 1)

    def forward(self, tokens):
        return self.out(self.encoder(self.embedding(tokens)).mean(1))


class Masked(nn.Module):
    """Attention written with torch's function, under a mask."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(4, 12)

    def forward(self, x):
        query, key, value = self.qkv(x).split(4, dim=-1)
        mask = torch.ones(3, 3, dtype=torch.bool).tril()
        return nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask).mean((1, 2))[:, None]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.second.weight = self.first.weight

    def forward(self, x):
        return self.second(torch.tanh(self.first(x))).mean(1, keepdim=True)


class Branching(nn.Module):
    """What it computes depends on the numbers: vmap refuses it."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.5, -2.0, 1.0, 3.0]))

    def forward(self, x):
        return (x @ self.weight if self.weight[0] > 0 else x.sum(1))[:, None]


def flat(rng):
    return torch.tensor(rng.normal(1.0, 2.0, size=(6, 4)))


ZOO = {
    "dense": (lambda: nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Dropout(0.5), nn.Linear(5, 1)), flat),
    "batch norm": (lambda: nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.GELU(), nn.Linear(5, 1)), flat),
    "convolution": (
        lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ELU(), nn.ConvTranspose2d(3, 2, 2), nn.Flatten(), nn.Linear(32, 1)),
        lambda rng: torch.tensor(rng.normal(size=(6, 2, 5, 5))),
    ),
    "embedding": (
        lambda: nn.Sequential(nn.Embedding(7, 3), nn.Flatten(), nn.Linear(9, 1)),
        lambda rng: torch.tensor(rng.integers(0, 7, (6, 3))),
    ),
    "attention": (Attending, lambda rng: torch.tensor(rng.integers(0, 7, (6, 3)))),
    "masked attention": (Masked, lambda rng: torch.tensor(rng.normal(size=(6, 3, 4)))),
    "tied": (Tied, flat),
    "branching": (Branching, flat),
}


def drawn(build):
    """A module with parameters and buffers drawn from its own generator; the global stream is left as it was."""
    with torch.random.fork_rng():
        model = build()
    generator = torch.Generator().manual_seed(GENERATOR)
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / 2
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2.0, generator=generator)
    return model


@pytest.fixture(params=ZOO)
def problem(request):
    build, inputs = ZOO[request.param]
    rng = np.random.default_rng(4)
    return drawn(build), inputs(rng), torch.tensor(rng.normal(size=6))


def fingerprint(model):
    """Everything that a caller could notice of a model, and the state of the global streams."""
    state = [(name, t.detach().numpy().tobytes(), t.dtype) for name, t in [*model.named_parameters(), *model.named_buffers()]]
    grads = [(name, p.requires_grad, None if p.grad is None else p.grad.numpy().tobytes()) for name, p in model.named_parameters()]
    modes = [(name, module.training, len(module._forward_hooks)) for name, module in model.named_modules()]
    streams = torch.get_rng_state().numpy().tobytes(), np.random.get_state()[1].tobytes()  # noqa: NPY002 - looked at, not drawn from
    return hashlib.sha256(pickle.dumps((state, grads, modes, streams))).hexdigest()


def by_hand(model, inputs, targets, theta):
    """The mean squared error of a float64 copy in evaluation mode, with theta written into its parameters."""
    twin = copy.deepcopy(model).double().eval()
    torch.nn.utils.vector_to_parameters(torch.tensor(theta), twin.parameters())
    with torch.no_grad():
        return float(mse(twin(inputs), targets).mean())


def test_the_risk_is_the_mean_loss_of_the_model_at_theta(problem):
    model, inputs, targets = problem
    risk = EmpiricalRisk(model, mse, (inputs, targets))
    np.testing.assert_array_equal(risk.theta, np.concatenate([p.detach().double().numpy().ravel() for p in model.parameters()]))
    for theta in (risk.theta, 1.1 * risk.theta + 0.01):
        assert risk.value(theta) == pytest.approx(by_hand(model, inputs, targets, theta), rel=1e-13)


def test_many_points_at_once_are_those_points_one_by_one(problem):
    model, inputs, targets = problem
    risk = EmpiricalRisk(model, mse, (inputs, targets), penalty=lambda theta: 0.1 * theta.abs().sum())
    thetas = risk.theta * np.linspace(0.8, 1.2, 9)[:, None]
    np.testing.assert_allclose(risk.values(thetas), [risk.value(theta) for theta in thetas], rtol=1e-13)
    np.testing.assert_allclose(risk.values(thetas[4:5]), risk.values(thetas)[4:5], rtol=1e-13)


def test_curvature_is_the_slope_of_the_gradient(problem):
    model, inputs, targets = problem
    risk = EmpiricalRisk(model, mse, (inputs, targets))
    v, h = np.random.default_rng(0).normal(size=risk.dim), 1e-6
    slope = (risk.gradient(risk.theta + h * v) - risk.gradient(risk.theta - h * v)) / (2 * h)
    np.testing.assert_allclose(risk.hessian_vector(risk.theta, v), slope, rtol=1e-5, atol=1e-6 * np.abs(slope).max())
    np.testing.assert_allclose(risk.hessian(risk.theta) @ v, risk.hessian_vector(risk.theta, v), rtol=1e-9, atol=1e-11)


def test_the_callers_model_comes_back_as_it_was(problem):
    model, inputs, targets = problem
    model.train()
    next(model.children(), model).eval()
    first = next(model.parameters())
    first.grad = torch.full_like(first, 0.25)
    before = fingerprint(model)
    risk = EmpiricalRisk(model, mse, (inputs, targets))
    plane = random_plane(risk, risk.theta, seed=1, vectors="normalize")
    sample_surface(risk, plane, WINDOW, resolution=(3, 4))
    descend(risk, make_optimizer("adam", lr=0.1), steps=3, batch_size=2, seed=5)
    top_eigenpairs(risk, risk.theta, 2, "BE")
    assert fingerprint(model) == before
    with pytest.raises(Cancelled, match="^$"):
        sample_surface(risk, plane, WINDOW, resolution=4, should_stop=lambda: True)
    with pytest.raises(Cancelled, match="^$"):
        descend(risk, make_optimizer("gd", lr=0.1), steps=3, should_stop=lambda: True)
    assert fingerprint(model) == before


def test_an_exception_inside_the_model_leaves_it_as_it_was():
    class Failing(nn.Linear):
        def forward(self, x):
            if len(x) == 2:
                raise ZeroDivisionError("two samples")
            return super().forward(x)

    model = drawn(lambda: Failing(4, 1)).train()
    before = fingerprint(model)
    risk = EmpiricalRisk(model, mse, (flat(np.random.default_rng(0)), np.zeros(6)))
    with pytest.raises(ZeroDivisionError, match="two samples"):
        descend(risk, make_optimizer("sgd", lr=0.1), steps=9, batch_size=2)
    with pytest.raises(ZeroDivisionError, match="two samples"):
        EmpiricalRisk(model, mse, (torch.ones(2, 4), torch.ones(2)))
    assert fingerprint(model) == before


def test_buffers_never_move():
    model, data = drawn(ZOO["batch norm"][0]), flat(np.random.default_rng(1))
    risk = EmpiricalRisk(model.train(), mse, (data, np.ones(6)))
    private = {name: buffer.clone() for name, buffer in risk._model.named_buffers()}
    descend(risk, make_optimizer("gd", lr=0.01), steps=5)
    assert private
    assert all(torch.equal(buffer, private[name]) for name, buffer in risk._model.named_buffers())
    assert risk.value(risk.theta) == risk.value(risk.theta)


def test_frozen_parameters_stay_out_of_theta():
    model = drawn(ZOO["dense"][0])
    model[0].requires_grad_(False)
    risk = EmpiricalRisk(model, mse, (flat(np.random.default_rng(1)), np.ones(6)))
    assert [block.name for block in risk.blocks] == ["3.weight", "3.bias"]
    assert risk.dim == 6
    with pytest.raises(LandscapeError, match="the model must have a parameter with requires_grad; got Sequential with none"):
        EmpiricalRisk(model.requires_grad_(False), mse, (torch.ones(2, 4), torch.ones(2)))


def test_tied_weights_are_one_block():
    risk = EmpiricalRisk(drawn(Tied), mse, (flat(np.random.default_rng(1)), np.ones(6)))
    assert [block.name for block in risk.blocks] == ["first.weight", "first.bias", "second.bias"]
    assert risk.dim == 24


def test_what_cannot_be_mapped_is_taken_one_by_one():
    data = flat(np.random.default_rng(1)), np.ones(6)
    assert EmpiricalRisk(drawn(Branching), mse, data).at_once == 1
    assert EmpiricalRisk(drawn(Tied), mse, data).at_once > 1


def test_a_batch_of_all_is_the_whole_and_batches_of_one_average_to_it():
    risk = EmpiricalRisk(drawn(ZOO["dense"][0]), mse, (flat(np.random.default_rng(1)), np.arange(6.0)))
    theta = torch.tensor(risk.theta)
    alone = [float(risk.loss(theta, torch.tensor([i]))) for i in range(6)]
    assert np.mean(alone) == pytest.approx(risk.value(theta), rel=1e-13)
    assert float(risk.loss(theta, torch.tensor([5, 3, 0, 1, 2, 4]))) == pytest.approx(risk.value(theta), rel=1e-13)
    np.testing.assert_allclose(risk.gradient(theta, [2, 4]), (risk.gradient(theta, [2]) + risk.gradient(theta, [4])) / 2, atol=1e-14)


def test_the_penalty_is_added_to_the_risk_and_not_to_the_test_risk():
    data = flat(np.random.default_rng(1)), np.arange(6.0)
    other = flat(np.random.default_rng(2)) + 1, np.ones(6)
    model = drawn(ZOO["dense"][0])
    plain = EmpiricalRisk(model, mse, data)
    penalized = EmpiricalRisk(model, mse, data, penalty=lambda theta: 3 * theta.square().sum())
    theta = plain.theta + 0.5
    assert penalized.value(theta) == pytest.approx(plain.value(theta) + 3 * theta @ theta, rel=1e-13)
    assert penalized.on(*other).value(theta) == pytest.approx(by_hand(model, other[0], torch.ones(6), theta), rel=1e-13)


def test_a_dataset_gives_its_training_part():
    dataset = make_dataset("line", offset=3.0)
    risk = EmpiricalRisk(drawn(lambda: nn.Linear(1, 1)), make_loss("mse"), dataset)
    slope, bias = 0.7, -2.0
    assert risk.value(np.array([slope, bias])) == pytest.approx(np.mean((slope * dataset.inputs[:, 0] + bias - dataset.targets) ** 2))
    assert risk.samples == 5


def test_the_callers_data_may_change_later():
    inputs, targets = flat(np.random.default_rng(1)), torch.ones(6, dtype=torch.float64)
    risk = EmpiricalRisk(drawn(lambda: nn.Linear(4, 1)), mse, (inputs, targets))
    before = risk.value(risk.theta)
    inputs += 1
    targets.zero_()
    assert risk.value(risk.theta) == before


def test_outputs_are_the_models_own():
    model, x = drawn(lambda: nn.Linear(4, 3)), flat(np.random.default_rng(1))
    risk = EmpiricalRisk(model, mse, (x, np.ones((6, 3))))
    weight, bias = (p.detach().double() for p in model.parameters())
    np.testing.assert_allclose(risk.outputs(risk.theta, x.numpy()), x @ weight.T + bias, rtol=1e-13)


@pytest.mark.parametrize(
    ("loss", "shape"),
    [
        (lambda o, t: ((o[:, 0] - t) ** 2).mean(), r"\(\)"),
        (lambda o, t: (o - t) ** 2, r"\(6, 6\)"),
        (lambda o, t: (o - t[:, None]) ** 2, r"\(6, 1\)"),
    ],
)
def test_a_loss_that_is_not_one_value_a_sample_is_refused(loss, shape):
    with pytest.raises(LandscapeError, match=rf"one value a sample, shape \(N,\); got shape {shape}"):
        EmpiricalRisk(drawn(lambda: nn.Linear(4, 1)), loss, (flat(np.random.default_rng(1)), np.ones(6)))


@pytest.mark.parametrize(("inputs", "targets"), [(np.ones((3, 4)), np.ones(2)), (np.ones((0, 4)), np.ones(0))])
def test_data_without_partners_are_refused(inputs, targets):
    with pytest.raises(LandscapeError, match="inputs and targets must have the same, non-zero length; got"):
        EmpiricalRisk(drawn(lambda: nn.Linear(4, 1)), mse, (inputs, targets))


def test_data_that_are_not_finite_are_refused():
    with pytest.raises(LandscapeError, match="targets must hold finite numbers only; got 1 that are not"):
        EmpiricalRisk(drawn(lambda: nn.Linear(4, 1)), mse, (np.ones((3, 4)), np.array([0.0, np.nan, 1.0])))


@pytest.mark.parametrize("alpha", [1e-3, 8.0])
def test_a_rescaled_relu_net_has_the_same_filter_normalized_surface(alpha):
    build = lambda: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 1))  # noqa: E731 - a formula, in one line
    data, surfaces = (flat(np.random.default_rng(1)), np.arange(6.0)), []
    for scale in (1.0, alpha):
        model = drawn(build).double()
        with torch.no_grad():
            model[0].weight *= scale
            model[0].bias *= scale
            model[2].weight /= scale
        risk = EmpiricalRisk(model, mse, data)
        plane = random_plane(risk, risk.theta, seed=6, vectors="normalize")
        surfaces.append(sample_surface(risk, plane, WINDOW, resolution=(7, 5)).values)
    np.testing.assert_allclose(surfaces[1], surfaces[0], rtol=1e-9)
    assert np.ptp(surfaces[0]) > 0.1


# S2: the last of ten points on y = x lifted by k.
@pytest.mark.parametrize(
    ("loss", "k", "slope"),
    [
        ("mse", 30.0, 2.63636),
        ("mse", 1000.0, 55.545),
        ("mae", 30.0, 1.0),
        ("huber", 30.0, 1.08333),
        ("huber", 1000.0, 1.08333),
        ("log_cosh", 30.0, 1.08686),
    ],
)
def test_one_outlier_tilts_the_line_by_what_the_loss_lets_it(loss, k, slope):
    dataset = make_dataset("line_outliers", outlier=k)
    risk = EmpiricalRisk(drawn(lambda: nn.Linear(1, 1)), make_loss(loss), dataset)
    best = minimize(risk.value, np.array([1.2, 0.1]), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000})
    assert best.x[0] == pytest.approx(slope, rel=2e-5)


# S11: 1/2 |w - (2, 0.3)|^2 and a penalty of 0.5.
def test_the_squared_penalty_shrinks_and_the_absolute_one_hovers_about_zero():
    def half(outputs, targets):
        return (outputs - targets).square().sum(1) / 2

    model = drawn(lambda: nn.Linear(1, 2, bias=False))
    data = np.ones((1, 1)), np.array([[2.0, 0.3]])
    run = {
        name: descend(
            EmpiricalRisk(model, half, data, penalty=make_penalty(name, strength=0.5)), make_optimizer("gd", lr=0.1), np.ones(2), steps=400
        )
        for name in ("l1", "l2")
    }
    np.testing.assert_allclose(run["l2"].thetas[-1], [4 / 3, 0.2], rtol=1e-9)
    assert run["l1"].thetas[-1, 0] == pytest.approx(1.5, abs=1e-9)
    hovering = run["l1"].thetas[-50:, 1]
    assert 0 < np.abs(hovering).max() < 0.1
    assert (hovering != 0).all()


@pytest.mark.parametrize(
    ("data", "model", "params", "loss", "batched"),
    [
        ("moons", "mlp", {"widths": (3, 2)}, "logistic", True),
        ("iris", "mlp", {"widths": (4,), "activation": "relu"}, "cross_entropy", True),
        ("line", "deep_linear", {"depth": 3, "width": 2}, "mae", True),
        ("digits", "mlp", {"widths": (2,)}, "cross_entropy", False),  # too large for batches: one point after another
    ],
)
def test_gradients_and_hessians_of_many_points_are_those_of_dense_autograd(data, model, params, loss, batched):
    dataset = make_dataset(data)
    risk = EmpiricalRisk(make_model(model, dataset, **params), make_loss(loss), dataset, penalty=make_penalty("l2", strength=0.3))
    assert (risk.of_rows() is not None and risk.dim <= MOST_COLUMNS) == batched
    thetas = np.random.default_rng(6).normal(size=(3, risk.dim))
    gradients, hessians = risk.gradients(thetas), risk.hessians(thetas)
    for theta, gradient, hessian in zip(torch.tensor(thetas), gradients, hessians, strict=True):
        np.testing.assert_allclose(gradient, torch.autograd.functional.jacobian(risk.loss, theta), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(hessian, torch.autograd.functional.hessian(risk.loss, theta), rtol=1e-9, atol=1e-11)
    assert risk.gradients(thetas[:0]).shape == (0, risk.dim) and risk.hessians(thetas[:0]).shape == (0, risk.dim, risk.dim)
