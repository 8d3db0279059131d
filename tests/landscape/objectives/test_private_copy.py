"""The private copy: models and losses of every make, their values those of the caller's own, or one sentence; the caller's is untouched."""

import copy
import threading
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import prune

from landscape.curvature.spectrum import top_eigenpairs
from landscape.errors import LandscapeError
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane
from landscape.sampling.surface import sample_surface

N = 12


def mse(outputs, targets):
    return (outputs[:, 0] - targets).square()


def seeded(build):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return build()


def network(outputs=1):
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, outputs))


class Words(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.table, self.head = table, nn.Linear(3, 1)

    def forward(self, tokens):
        return self.head(self.table(tokens).view(len(tokens), -1, 3).sum(1))


class Waves(nn.Module):
    """Turns its inputs by a complex buffer."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 1)
        self.register_buffer("turns", torch.polar(torch.ones(4), torch.arange(4.0)))

    def forward(self, x):
        return self.layer((x * self.turns).imag)


@pytest.fixture
def flat():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(N, 4, generator=generator), torch.randn(N, generator=generator)


@pytest.fixture
def tokens():
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 4, (N, 3), generator=generator), torch.randn(N, generator=generator)


def deprecated(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


def pruned():
    model = network()
    prune.l1_unstructured(model[0], "weight", 0.5)
    return model


def trained(model):
    model(torch.ones(2, 4)).sum().backward()
    return model


def weight_normed():
    model = network()
    deprecated(lambda: nn.utils.weight_norm(model[0]))
    return model


def spectral_normed():
    model = network()
    nn.utils.spectral_norm(model[0])
    return model.eval()


def remembering():
    model = network()
    model.last = {"outputs": [model(torch.ones(1, 4))]}
    model.last["itself"] = model.last
    return model


def compiled_inside():
    model = network()
    model[0] = torch.compile(model[0], backend="eager")
    return model


def compiled_forward():
    model = network()
    model.forward = torch.compile(model.forward, backend="eager")
    return model


TAKEN = {
    "forward compiled": compiled_forward,
    "pruned": pruned,
    "pruned and trained": lambda: trained(pruned()),
    "weight norm by a hook": weight_normed,
    "weight norm by a hook, trained": lambda: trained(weight_normed()),
    "spectral norm by a hook": lambda: trained(spectral_normed()),
    "remembers its outputs": remembering,
    "data parallel": lambda: nn.DataParallel(network()),
    "compiled": lambda: torch.compile(network(), backend="eager"),
    "a layer compiled": compiled_inside,
    "parallel and compiled": lambda: nn.DataParallel(torch.compile(network(), backend="eager")),
    "complex buffer": Waves,
    "half precision": lambda: network().half(),
    "bfloat16": lambda: network().bfloat16(),
    "embedding of sparse gradients": lambda: Words(nn.Embedding(4, 3, sparse=True)),
    "embedding of scaled gradients": lambda: Words(nn.Embedding(4, 3, scale_grad_by_freq=True)),
    "embedding with a row of padding": lambda: Words(nn.Embedding(4, 3, padding_idx=1)),
    "bags of embeddings": lambda: nn.Sequential(nn.EmbeddingBag(4, 3, mode="mean", sparse=True, padding_idx=1), nn.Linear(3, 1)),
    "embedding of bounded norm": lambda: Words(nn.Embedding(4, 3, max_norm=0.5)),
    "frozen embedding of bounded norm": lambda: Words(nn.Embedding(4, 3, max_norm=0.5).requires_grad_(False)),
}


def of_model(model, theta, inputs, targets):
    """The mean squared error of the caller's own model, theta written into its parameters, in float32."""
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    theta, start, state = torch.tensor(theta), 0, {}
    for name, p in zip(names, (p for p in model.parameters() if p.requires_grad), strict=True):
        state[name] = theta[start : start + p.numel()].view(p.shape).float()
        start += p.numel()
    with torch.no_grad():
        twin = model.float().eval()
        for name, p in twin.named_parameters():
            if name in state:
                p.copy_(state[name])
        return float(mse(twin(inputs), targets).mean())


@pytest.mark.parametrize("name", TAKEN)
def test_values_and_slopes_are_those_of_the_callers_model(name, flat, tokens):
    model = seeded(TAKEN[name])
    before = {key: value.clone() for key, value in model.state_dict().items()}
    data = tokens if "embedding" in name else flat
    risk = EmpiricalRisk(model, mse, data)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    theta = risk.theta + 0.1 * np.random.default_rng(0).normal(size=risk.dim)
    v, h = np.random.default_rng(1).normal(size=risk.dim), 1e-6
    slope = (risk.value(theta + h * v) - risk.value(theta - h * v)) / (2 * h)
    assert risk.gradient(theta) @ v == pytest.approx(slope, rel=1e-6)
    assert np.isfinite(risk.hessian_vector(theta, v)).all()
    assert not any("module." in block.name or "_orig_mod" in block.name for block in risk.blocks)
    assert risk.value(theta) == pytest.approx(of_model(model, theta, *data), rel=1e-5)


def test_a_risk_whose_model_computes_its_weights_is_pickled_after_a_pass(flat):
    risk = EmpiricalRisk(seeded(pruned), mse, flat)
    gradient = risk.gradient(risk.theta)
    again = copy.deepcopy(risk)
    np.testing.assert_array_equal(again.gradient(risk.theta), gradient)


def test_parameters_without_numbers_take_part_in_nothing(flat):
    model = seeded(network)
    model.empty, model.hollow = nn.Parameter(torch.zeros(0, 3)), nn.Parameter(torch.zeros(0))
    risk, plain = EmpiricalRisk(model, mse, flat), EmpiricalRisk(seeded(network), mse, flat)
    assert risk.dim == plain.dim and [block.name for block in risk.blocks] == [block.name for block in plain.blocks]
    window = ((-1.0, 1.0), (-1.0, 1.0))
    surfaces = [sample_surface(each, random_plane(each, each.theta), window, resolution=3).values for each in (risk, plain)]
    np.testing.assert_array_equal(*surfaces)
    np.testing.assert_array_equal(top_eigenpairs(risk, risk.theta, 2).eigenvalues, top_eigenpairs(plain, plain.theta, 2).eigenvalues)


def test_layers_without_units_are_left_to_their_bias(flat):
    model = deprecated(lambda: nn.Sequential(nn.Linear(4, 0), nn.Linear(0, 1)))
    risk = EmpiricalRisk(model, mse, flat)
    assert [block.name for block in risk.blocks] == ["1.bias"] and risk.dim == 1
    assert risk.gradient([0.3])[0] == pytest.approx(2 * (0.3 - flat[1].double().mean().item()), rel=1e-12)


def test_the_weights_of_a_loss_take_the_risks_dtype(flat):
    weight, labels = torch.tensor([0.1, 1.0, 3.0]), torch.arange(N) % 3
    loss = nn.CrossEntropyLoss(weight=weight, reduction="none")
    risk = EmpiricalRisk(seeded(lambda: network(3)), loss, (flat[0], labels))
    outputs = torch.tensor(risk.outputs(risk.theta, flat[0]))
    expected = (weight.double()[labels] * functional.cross_entropy(outputs, labels, reduction="none")).mean()
    assert risk.value(risk.theta) == pytest.approx(float(expected), rel=1e-12)
    assert loss.weight.dtype == torch.float32 and loss.training


def test_a_compiled_loss_has_the_curvature_of_the_function(flat):
    plain = EmpiricalRisk(seeded(network), mse, flat)
    theta, v = plain.theta + 0.1, np.random.default_rng(1).normal(size=plain.dim)
    risk = EmpiricalRisk(seeded(network), torch.compile(mse, backend="aot_eager"), flat)
    np.testing.assert_allclose(risk.hessian_vector(theta, v), plain.hessian_vector(theta, v), rtol=1e-9, atol=1e-12)


def locked():
    model = network()
    model.lock = threading.Lock()
    return model


def complex_weight():
    model = network()
    model.phase = nn.Parameter(torch.ones(2, dtype=torch.complex64))
    return model


def quantized():
    return torch.ao.quantization.quantize_dynamic(network(), {nn.Linear}, dtype=torch.qint8)


REFUSED = {
    "scripted": (
        lambda: torch.jit.script(network()),
        "must be Python code, whose parameters can be replaced; got an object of class Recursive",
    ),
    "traced": (lambda: torch.jit.trace(network(), torch.ones(2, 4)), "Pass the model that it was made from"),
    "a layer scripted": (lambda: nn.Sequential(torch.jit.script(network()), nn.Tanh()), "must be Python code"),
    "lazy": (lambda: nn.Sequential(nn.LazyLinear(1)), "must have its shape; got 0.weight without a shape. Run the model once"),
    "lazy statistics": (lambda: nn.Sequential(nn.Linear(4, 1), nn.LazyBatchNorm1d(affine=False)), "got 1.running_mean without a shape"),
    "on meta": (lambda: network().to("meta"), "must hold numbers; got 0.weight on the device meta. Give them some"),
    "complex": (complex_weight, "must be real numbers; got .*phase of torch.complex64. Keep torch.view_as_real"),
    "quantized": (quantized, "got Sequential with none. Pass the model before it was quantized"),
    "a lock": (locked, "deepcopy must be able to copy Sequential; got TypeError: cannot pickle '_thread.lock' object. Take what"),
    "a class": (lambda: nn.Linear, "must be an object of torch.nn.Module; got the class Linear itself"),
    "a function": (lambda: torch.sin, "must be an object of torch.nn.Module; got an object of class builtin_function_or_method"),
    "no numbers": (lambda: nn.Linear(0, 0, bias=False), "a parameter with requires_grad; got Linear with none"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_cannot_be_taken_is_refused_in_one_sentence(name, flat):
    build, match = REFUSED[name]
    with pytest.raises(LandscapeError, match=match):
        deprecated(lambda: EmpiricalRisk(seeded(build), mse, flat))


@pytest.mark.parametrize(
    ("loss", "match"),
    [(nn.MSELoss, "a function of outputs and targets; got the class MSELoss itself"), ("mse", "got an object of class str")],
)
def test_what_is_no_loss_is_refused(loss, match, flat):
    with pytest.raises(LandscapeError, match=match):
        EmpiricalRisk(seeded(network), loss, flat)


@pytest.mark.parametrize("dtype", [torch.int64, torch.complex128, torch.float8_e4m3fn])
def test_a_risk_is_computed_in_floating_point_numbers(dtype, flat):
    with pytest.raises(LandscapeError, match=r"dtype must be one of torch.float64, .*; got torch"):
        EmpiricalRisk(seeded(network), mse, flat, dtype=dtype)


@pytest.mark.parametrize("device", ["meta", "gpu", "cuda:99"])
def test_a_device_that_computes_nothing_is_refused(device, flat):
    with pytest.raises(LandscapeError, match=f"torch must be able to compute on the device {device}; got .*Error: .*Pass device='cpu'"):
        EmpiricalRisk(seeded(network), mse, flat, device=device)
