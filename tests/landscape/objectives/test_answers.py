"""Answers of a caller's loss and penalty: real tensors of the right shape, or one sentence; whole numbers count as numbers."""

import numpy as np
import pytest
import torch
from torch import nn

from landscape.errors import LandscapeError
from landscape.objectives.risk import EmpiricalRisk

N = 12
GENERATOR = torch.Generator().manual_seed(1)
INPUTS, TARGETS = torch.randn(N, 4, generator=GENERATOR), torch.randn(N, generator=GENERATOR)


def model():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return nn.Linear(4, 1)


def mse(outputs, targets):
    return (outputs[:, 0] - targets).square()


@pytest.mark.parametrize(
    ("loss", "got"),
    [
        (lambda o, t: float(mse(o, t).mean()), "an object of class float"),
        (lambda o, t: mse(o, t).detach().numpy(), "an object of class ndarray"),
        (lambda o, t: None, "an object of class NoneType"),
        (lambda o, t: (mse(o, t), {"mean": mse(o, t).mean()}), r"\(\(12,\) of torch.float64, \(mean: \(\) of torch.float64\)\)"),
        (lambda o, t: mse(o, t) * (1 + 0j), r"\(12,\) of torch.complex128"),
    ],
)
def test_a_loss_must_return_a_real_tensor(loss, got):
    with pytest.raises(LandscapeError, match=f"the loss must return a tensor of real numbers, one a sample; got {got}. Leave float"):
        EmpiricalRisk(model(), loss, (INPUTS, TARGETS))


@pytest.mark.parametrize("kind", [torch.bool, torch.int64, torch.uint8])
def test_an_error_rate_may_be_whole_numbers(kind):
    risk = EmpiricalRisk(model(), lambda o, t: (o[:, 0] > t).to(kind), (INPUTS, TARGETS), check=False)
    with torch.no_grad():
        assert risk.value(risk.theta) == pytest.approx(float((model()(INPUTS)[:, 0] > TARGETS).double().mean()), rel=1e-15)
    assert not risk.gradient(risk.theta).any()


@pytest.mark.parametrize(
    ("penalty", "got"),
    [
        (lambda theta: float(theta.square().sum()), "an object of class float"),
        (lambda theta: theta.square(), r"\(5,\) of torch.float64"),
        (lambda theta: theta.sum() * 1j, r"\(\) of torch.complex128"),
    ],
)
def test_a_penalty_must_be_a_function_to_one_number(penalty, got):
    with pytest.raises(LandscapeError, match=f"the penalty must be a function from theta to a tensor of one number; got {got}. Return"):
        EmpiricalRisk(model(), mse, (INPUTS, TARGETS), penalty=penalty)


class Sloped(nn.Module):
    """u'(x) + u(x)^2 of a network u, by its own backward pass, as a physics-informed network has it."""

    def __init__(self, own):
        super().__init__()
        self.layer, self.out, self.own = nn.Linear(4, 5), nn.Linear(5, 1, bias=False), own

    def forward(self, x):
        with torch.set_grad_enabled(self.own or torch.is_grad_enabled()):
            x = x.detach().requires_grad_() if self.own else x.requires_grad_()
            u = self.out(torch.tanh(self.layer(x)))
            (slope,) = torch.autograd.grad(u.sum() + x.square().sum(), x, create_graph=True)
            return slope.sum(1, keepdim=True) + u.square()


@pytest.mark.parametrize("own", [False, True])
def test_a_model_that_differentiates_in_its_forward_pass_has_the_graph_that_it_needs(own):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = Sloped(own)
    risk = EmpiricalRisk(network, mse, (INPUTS, TARGETS))
    theta = risk.theta + 0.1
    weight, bias, out = theta[:20].reshape(5, 4), theta[20:25], theta[25:]
    x, y = INPUTS.double().numpy(), TARGETS.double().numpy()
    hidden = np.tanh(x @ weight.T + bias)
    slope = ((1 - hidden**2) * out) @ weight + 2 * x
    expected = np.mean((slope.sum(1) + (hidden @ out) ** 2 - y) ** 2)
    assert risk.value(theta) == pytest.approx(expected, rel=1e-12)
    assert risk.values(theta[None])[0] == pytest.approx(expected, rel=1e-12)
    assert risk.pass_through(theta, outputs=True)[1].shape == (N, 1)
    v, h = np.random.default_rng(0).normal(size=risk.dim), 1e-6
    numeric = (risk.value(theta + h * v) - risk.value(theta - h * v)) / (2 * h)
    assert risk.gradient(theta) @ v == pytest.approx(numeric, rel=1e-7)
    steps = (risk.gradient(theta + h * v) - risk.gradient(theta - h * v)) / (2 * h)
    np.testing.assert_allclose(risk.hessian_vector(theta, v), steps, rtol=1e-5, atol=1e-6 * np.abs(steps).max())
    plane = type("Plane", (), {"origin": theta, "u": v, "v": v[::-1].copy(), "embed": lambda _, a, b: theta + a[:, None] * v})()
    np.testing.assert_allclose(risk.along(plane)(np.array([0.0, 0.3]), np.zeros(2)), risk.values(np.stack([theta, theta + 0.3 * v])))
