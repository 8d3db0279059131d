"""The derivatives of torch's operators, with formulas where torch's own are missing or wrong, against differences of untouched values."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from scipy.special import j0
from torch import nn
from torch.autograd.function import once_differentiable
from torch.func import functional_call
from torch.utils.checkpoint import checkpoint

from landscape.errors import LandscapeError
from landscape.networks.formulas import Formulas
from landscape.objectives.risk import EmpiricalRisk
from tests.landscape.networks.operators import NEVER, ONCE, OPERATORS, function

STEP = 1e-5
ONE = torch.zeros(1, 1, dtype=torch.float64)

# Operators with a formula, and what is seen without it: numbers that differ, or what the refusal names.
WRONG = "Not equal to tolerance"
NEEDED = {
    "attention": "scaled_dot_product_flash_attention",
    "MultiheadAttention without weights": "scaled_dot_product_flash_attention",
    "weight_norm 0": WRONG,
    "weight_norm 1": WRONG,
    "hooked weight_norm 0": WRONG,
    "weight_norm Conv2d 0": WRONG,
    "group_norm (1, 4, 2, 2) 4 alone": WRONG,
    "group_norm of fixed scale": WRONG,
    "hardsigmoid": "hardsigmoid",
    "embedding {'padding_idx': 0}": WRONG,
    "embedding {'scale_grad_by_freq': True}": WRONG,
    "embedding {'sparse': True}": "sparse tensors",
    "embedding_bag sum": "embedding_bag",
    "cdist 2.0": "cdist",
    "pdist 1.0": "pdist",
    "linear_cross_entropy in chunks": "double backward are not supported",
    "select_scatter": WRONG,
    "multi_margin_loss mean": "multi_margin_loss",
    "multilabel_margin_loss mean": "multilabel_margin_loss",
}

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*nested tensors.*prototype"),
    pytest.mark.filterwarnings("ignore:Sparse (CSR|invariant)"),
    pytest.mark.filterwarnings("ignore:The reduce argument of torch.scatter"),
]


class OneSample(nn.Module):
    """All that an operator gives, as the outputs of one sample."""

    def __init__(self, operator):
        super().__init__()
        self.operator = operator

    def forward(self, inputs):
        return self.operator(inputs).reshape(1, -1)


def curved(outputs, _targets):
    weights = torch.linspace(-1.0, 1.3, outputs.shape[1], dtype=outputs.dtype).cos()
    return (weights * outputs + outputs**2 / 2).sum(1)


class Untouched:
    """The same function by torch alone, at any theta."""

    def __init__(self, model):
        self.model, self.parameters = model, dict(model.named_parameters())
        self.sizes = [p.numel() for p in self.parameters.values()]

    def value(self, theta):  # with a graph, since torch encodes padded sequences differently without; of copies, since max_norm writes
        parts = torch.tensor(theta, requires_grad=True).split(self.sizes)
        held = {name: part.view(p.shape).clone() for part, (name, p) in zip(parts, self.parameters.items(), strict=True)}
        return float(curved(functional_call(self.model, held, (ONE,)), None).detach())

    def slope(self, theta, v):
        return (self.value(theta + STEP * v) - self.value(theta - STEP * v)) / (2 * STEP)


def drawn(build):
    with torch.random.fork_rng():
        torch.manual_seed(0)  # the vectors of spectral_norm
        model = OneSample(build()).double().eval()
    generator = torch.Generator().manual_seed(11)
    for parameter in model.parameters():
        parameter.data = 0.7 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    return model


def risk_of(model):
    """The risk of one sample, without the self-check: that refuses some of what is to be seen here, and has tests of its own."""
    return EmpiricalRisk(model, curved, (ONE, ONE), check=False)


def near(found, true, scale):
    np.testing.assert_allclose(found, true, rtol=0, atol=1e-6 * scale)


@pytest.mark.parametrize("name", OPERATORS)
def test_derivatives_are_those_of_the_values(name):
    model = drawn(OPERATORS[name])
    risk, untouched = risk_of(model), Untouched(model)
    rng, theta = np.random.default_rng(1), risk.theta
    v, w = rng.normal(size=(2, risk.dim))
    rows = np.stack([theta, theta + 0.1 * v])
    np.testing.assert_allclose(risk.values(rows), [untouched.value(row) for row in rows], rtol=1e-12)
    gradient = risk.gradient(theta)
    near([gradient @ v, gradient @ w], [untouched.slope(theta, v), untouched.slope(theta, w)], np.abs(gradient).max() + 1)
    image = (risk.gradient(theta + STEP * v) - risk.gradient(theta - STEP * v)) / (2 * STEP)
    for found in (risk.hessian_vector(theta, v), risk.hessian(theta) @ v, risk.hessians(rows)[0] @ v):
        near(found, image, np.abs(image).max() + 1)


@pytest.mark.parametrize("name", NEEDED)
def test_torch_alone_is_wrong_there_or_fails(name, monkeypatch):
    monkeypatch.setattr("landscape.networks.formulas.FORMULAS", {})
    with pytest.raises((AssertionError, RuntimeError, LandscapeError), match=NEEDED[name]):
        test_derivatives_are_those_of_the_values(name)


@pytest.mark.parametrize("name", ONCE)
def test_a_missing_second_derivative_is_named_where_it_is_asked_for(name):
    build, operator = ONCE[name]
    model = drawn(build)
    risk, untouched = risk_of(model), Untouched(model)
    v = np.random.default_rng(1).normal(size=risk.dim)
    near(risk.gradient(risk.theta) @ v, untouched.slope(risk.theta, v), 1)
    for ask in (lambda: risk.hessian_vector(risk.theta, v), lambda: risk.hessian(risk.theta), lambda: risk.hessians(risk.theta[None])):
        with pytest.raises(LandscapeError, match=f"Hessians a second one; got {operator}, of which torch lacks one") as refusal:
            ask()
        assert refusal.value.code == "no_derivative"


@pytest.mark.parametrize("name", NEVER)
def test_a_missing_first_derivative_is_named_where_it_is_asked_for(name):
    build, operator = NEVER[name]
    model = drawn(build)
    risk = risk_of(model)
    assert risk.value(risk.theta) == pytest.approx(Untouched(model).value(risk.theta), rel=1e-12)
    np.testing.assert_allclose(risk.values(np.stack([risk.theta] * 2)), risk.value(risk.theta), rtol=1e-12)
    theta = risk.theta
    for ask in (lambda: risk.gradient(theta), lambda: risk.pass_through(theta, gradient=True), lambda: risk.gradients(theta[None])):
        with pytest.raises(LandscapeError, match=f"gradients need a derivative of every operator.*got {operator}, "):
            ask()


def test_parts_without_parameters_that_are_computed_again_are_taken_row_by_row():
    risk = risk_of(drawn(function(lambda x: checkpoint(torch.sin, x, use_reentrant=False) ** 2)))
    theta = risk.theta
    weights = np.cos(np.linspace(-1, 1.3, 12))

    def slope(x):
        return (weights + np.sin(x) ** 2) * np.sin(2 * x)

    np.testing.assert_allclose(risk.gradients(np.stack([theta, theta + 1])), [slope(theta), slope(theta + 1)], rtol=1e-12)
    bend = 2 * (weights + np.sin(theta) ** 2) * np.cos(2 * theta) + np.sin(2 * theta) ** 2
    np.testing.assert_allclose(risk.hessians(theta[None])[0], np.diag(bend), rtol=1e-12, atol=1e-14)


def test_the_self_check_leaves_values_to_a_model_without_derivatives():
    risk = EmpiricalRisk(drawn(NEVER["bessel_j0"][0]), curved, (ONE, ONE))
    assert [warning.code for warning in risk.verdict.warnings] == ["check_no_gradient"] and "bessel_j0" in risk.verdict.warnings[0]


def test_special_functions_of_data_alone_are_constants():
    class Wave(nn.Linear):
        def forward(self, x):
            return super().forward(torch.special.bessel_j0(x))

    x = torch.linspace(0.1, 2, 6, dtype=torch.float64).reshape(2, 3)
    risk = EmpiricalRisk(Wave(3, 1, bias=False), lambda outputs, _targets: outputs[:, 0], (x, x))
    np.testing.assert_allclose(risk.gradient(risk.theta), j0(x.numpy()).mean(0), rtol=1e-12)


def test_a_function_with_one_derivative_is_named():
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        @once_differentiable
        def backward(ctx, slope):
            return 2 * slope

    risk = risk_of(drawn(function(lambda x: x + Doubled.apply(x))))
    assert risk.gradient(risk.theta).all()
    for ask in (lambda: risk.hessian_vector(risk.theta, risk.theta), lambda: risk.hessian(risk.theta)):
        with pytest.raises(LandscapeError, match="got once_differentiable, of which torch lacks one"):
            ask()


def test_errors_of_other_kinds_are_torchs_own():
    class Failing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, slope):
            raise RuntimeError("nothing to do with derivatives")

    risk = risk_of(drawn(function(Failing.apply)))
    with pytest.raises(RuntimeError, match="nothing to do with derivatives"):
        risk.gradient(risk.theta)


@pytest.mark.parametrize("name", ["relu", "batch_norm", "embedding {}", "cdist by matrix products", "MultiheadAttention with weights"])
def test_a_model_without_such_operators_is_evaluated_without_the_mode(name):
    assert isinstance(risk_of(drawn(OPERATORS[name]))._trainable.formulas, nullcontext)


@pytest.mark.parametrize("name", NEEDED)
def test_a_model_with_one_keeps_it(name):
    assert isinstance(risk_of(drawn(OPERATORS[name]))._trainable.formulas, Formulas)


def test_formulas_stand_in_within_losses_and_penalties():
    rng = np.random.default_rng(2)
    x, labels = torch.tensor(rng.normal(size=(5, 3))), torch.tensor([0, 2, 1, 1, 0])

    def loss(outputs, targets):
        return nn.functional.multi_margin_loss(outputs, targets, p=2, margin=3.0, reduction="none")

    def direct(theta):
        outputs, rows = x @ theta[:9].reshape(3, 3).T + theta[9:], theta.reshape(4, 3)
        gaps = [(3 - o[y] + o[j]).clamp(min=0) ** 2 for o, y in zip(outputs, labels, strict=True) for j in range(3) if j != y]
        return sum(gaps) / 15 + sum((rows[i] - rows[j]).abs().sum() ** 2 for i in range(4) for j in range(i))

    def penalty(theta):
        return torch.pdist(theta.reshape(4, 3), 1.0).square().sum()

    risk = EmpiricalRisk(drawn(lambda: nn.Linear(3, 3)).operator, loss, (x, labels), penalty=penalty)
    assert isinstance(risk._trainable.formulas, Formulas)
    true = torch.autograd.functional.hessian(direct, torch.tensor(risk.theta)).numpy()
    for found in (risk.hessian(risk.theta), risk.hessians(risk.theta[None])[0]):
        np.testing.assert_allclose(found, true, rtol=1e-12, atol=1e-12)
    theta = risk.theta + 0.1
    assert risk.value(theta) == pytest.approx(float(direct(torch.tensor(theta))), rel=1e-12)


def test_rows_of_embeddings_are_cut_without_a_write_to_theta():
    model = nn.Sequential(nn.Embedding(4, 3, max_norm=0.5, padding_idx=0), nn.Flatten(), nn.Linear(9, 1))
    words = torch.tensor([[0, 2, 1], [3, 3, 0]])
    risk = EmpiricalRisk(drawn(lambda: model).operator, lambda outputs, _targets: outputs[:, 0], (words, torch.zeros(2)))
    theta = np.array(risk.theta) * 2
    before = theta.copy()
    rows = theta[:12].reshape(4, 3)
    cut = rows * np.minimum(1, 0.5 / np.linalg.norm(rows, axis=1, keepdims=True))
    true = (cut[words].reshape(2, 9) @ theta[12:21] + theta[21]).mean()
    for _ in range(2):
        assert risk.value(theta) == pytest.approx(true, rel=1e-6)
        assert risk.gradient(theta).any() and risk.hessian(theta).any()
    np.testing.assert_array_equal(theta, before)


@pytest.mark.parametrize(
    ("shape", "groups", "says"), [((1, 4), 4, "more than 1 value per channel"), ((2, 4, 3), 3, "divisible by num_groups")]
)
def test_what_torch_refuses_to_normalize_stays_refused(shape, groups, says):
    with Formulas(), pytest.raises((ValueError, RuntimeError), match=says):
        nn.functional.group_norm(torch.ones(shape), groups)


def test_distances_of_equal_points_are_zero_with_their_derivatives():
    points = torch.tensor([[1.0, 2.0], [1.0, 2.0], [0.0, 3.0]], dtype=torch.float64)
    with Formulas():
        hessian = torch.autograd.functional.hessian(lambda x: torch.pdist(x).sum() + torch.cdist(x, x, 3.0)[0, 1], points)
        assert torch.pdist(points)[0] == torch.cdist(points, points)[0, 0] == 0
    true = torch.autograd.functional.hessian(lambda x: (x[0] - x[2]).norm() + (x[1] - x[2]).norm(), points)
    torch.testing.assert_close(hessian, true)


def test_an_activation_in_place_changes_its_input():
    x = torch.tensor([-4.0, 0.5, 7.0])
    with Formulas():
        given = x.clone()
        assert nn.functional.hardsigmoid(given, inplace=True) is given
    torch.testing.assert_close(given, nn.functional.hardsigmoid(x))


class Causal(nn.Module):
    """Attention whose forward pass makes its masks anew, in torch's default dtype."""

    def __init__(self, weights: bool):
        super().__init__()
        self.weights = weights
        with torch.random.fork_rng():
            torch.manual_seed(3)
            self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        late = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return self.attention(x, x, x, attn_mask=late, key_padding_mask=torch.zeros(x.shape[:2]), need_weights=self.weights)[0]


@pytest.mark.parametrize("weights", [True, False])
def test_masks_that_a_forward_pass_makes_in_float32_serve_attention_in_float64(weights):
    x = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(4))
    model = Causal(weights)
    risk = EmpiricalRisk(model, lambda outputs, targets: (outputs - targets).square().mean((1, 2)), (x, x))
    assert risk.value(risk.theta) == pytest.approx((model(x) - x).square().mean().item(), rel=1e-6)  # torch's own in float32


CAUSAL = torch.ones(5, 5, dtype=torch.bool).triu(1)
PADDED = torch.tensor([[True, True, False, False, False], [False] * 5, [True] * 5])
OF_ONE_HEAD = torch.zeros(6, 5, 5, dtype=torch.bool).index_put((torch.tensor([1]), torch.tensor([2])), torch.tensor(True))
MASKS = {
    "padding on the left of a causal mask": {"key_padding_mask": PADDED, "attn_mask": CAUSAL},
    "rows of a float mask": {"attn_mask": torch.zeros(5, 5, dtype=torch.float64).index_fill(0, torch.tensor([1]), -torch.inf)},
    "a row of one head": {"attn_mask": OF_ONE_HEAD},
    "a hint before the mask": {"attn_mask": torch.zeros_like(CAUSAL), "is_causal": True},
}


@pytest.mark.parametrize("beside", [{}, {"add_bias_kv": True}, {"add_zero_attn": True}])
@pytest.mark.parametrize("kind", MASKS)
def test_attention_that_sees_nothing_has_torchs_values_and_slopes(kind, beside):
    torch.manual_seed(0)
    attention = nn.MultiheadAttention(8, 2, batch_first=True, dtype=torch.float64, **beside)
    nn.init.normal_(attention.out_proj.bias)
    x = torch.randn(3, 5, 8, dtype=torch.float64, requires_grad=True)
    found = []
    for context in (nullcontext(), Formulas()):
        with context:
            value = attention(x, x, x, need_weights=False, **MASKS[kind])[0]
        found.append((value, torch.autograd.grad(value.square().sum(), x)[0]))
    for torchs, ours in zip(*found, strict=True):
        torch.testing.assert_close(ours, torchs, rtol=1e-10, atol=1e-12)


def test_select_scatter_takes_what_torch_takes():
    x, part = torch.randn(3, 4, dtype=torch.float64), torch.randn(3)
    with Formulas():
        assert torch.equal(torch.select_scatter(x, part, 1, -1)[:, -1], part.double())
        with pytest.raises(IndexError, match="out of range"):
            torch.select_scatter(x, part, 1, 7)
