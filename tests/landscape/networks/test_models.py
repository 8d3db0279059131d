"""Models against the same layers built by torch, and against their formulas by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.data.fit import require_fit, task_of
from landscape.errors import LandscapeError
from landscape.losses.losses import losses
from landscape.networks.activations import activations
from landscape.networks.models import make_model, models


def data(features: int, classes: int = 0, image_shape: tuple[int, int, int] | None = None, samples: int = 7) -> SimpleNamespace:
    rng = np.random.default_rng(11)
    targets = rng.integers(0, classes, samples) if classes else rng.normal(size=samples)
    inputs = rng.normal(1.0, 2.0, size=(samples, features))
    return SimpleNamespace(
        inputs=inputs, targets=targets, task="classification" if classes else "regression", classes=classes, image_shape=image_shape
    )


LINE, PLANE_BINARY, PLANE_REGRESSION = data(1), data(2, 2), data(2)
FLAT, THREE, DIGITS = data(5), data(4, 3), data(64, 10, (1, 8, 8))


def size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def outputs(model: nn.Module, dataset: SimpleNamespace) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor(dataset.inputs))


def fitting(name: str) -> SimpleNamespace:
    return {"cnn": DIGITS, "one_unit": PLANE_BINARY}.get(name, THREE)


def built_by_torch(seed: int, *layers: tuple) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(*[kind(*arguments, **given, dtype=torch.float64) for kind, arguments, given in layers])


def assert_same_numbers(model: nn.Module, reference: nn.Module) -> None:
    ours, theirs = list(model.parameters()), list(reference.parameters())
    assert [p.shape for p in ours] == [p.shape for p in theirs]
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_default_weights_are_those_of_torch_bit_for_bit():
    mlp = built_by_torch(5, (nn.Linear, (4, 6), {}), (nn.Linear, (6, 9), {}), (nn.Linear, (9, 3), {}))
    assert_same_numbers(make_model("mlp", THREE, seed=5, widths=(6, 9)), mlp)
    cnn = built_by_torch(8, (nn.Conv2d, (1, 3, 3), {"padding": 1}), (nn.Conv2d, (3, 5, 3), {"padding": 1}), (nn.Linear, (20, 10), {}))
    assert_same_numbers(make_model("cnn", DIGITS, seed=8, channels=(3, 5)), cnn)
    deep = built_by_torch(2, *((nn.Linear, sizes, {"bias": False}) for sizes in ((5, 3), (3, 3), (3, 1))))
    assert_same_numbers(make_model("deep_linear", FLAT, seed=2, depth=3, width=3), deep)


@pytest.mark.parametrize(("init", "std"), [("xavier", np.sqrt(2 / (64 + 200))), ("he", np.sqrt(2 / 64))])
def test_other_laws_have_their_variance_and_zero_bias(init, std):
    first, *_ = make_model("mlp", DIGITS, seed=3, widths=(200,), init=init).children()
    weight = first.weight.detach().numpy()
    assert weight.std() == pytest.approx(std, rel=0.03)
    assert abs(weight.mean()) < 4 * std / np.sqrt(weight.size)
    assert not first.bias.any()


def test_xavier_is_uniform_and_he_is_normal():
    weights = {init: next(make_model("mlp", DIGITS, widths=(200,), init=init).parameters()).detach() for init in ("xavier", "he")}
    assert float(weights["xavier"].abs().max()) <= np.sqrt(6 / (64 + 200))
    assert float(weights["he"].abs().max()) > 3 * np.sqrt(2 / 64)


@pytest.mark.parametrize("name", models)
def test_global_rng_is_untouched_and_the_seed_decides_every_byte(name):
    before = torch.random.get_rng_state()
    first, again, other = (make_model(name, fitting(name), seed=seed) for seed in (4, 4, 5))
    assert torch.equal(before, torch.random.get_rng_state())
    assert_same_numbers(first, again)
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))
    assert all(parameter.dtype == torch.float64 and parameter.requires_grad for parameter in first.parameters())


@pytest.mark.parametrize("name", models)
@pytest.mark.parametrize(("dataset", "width"), [(PLANE_BINARY, 1), (PLANE_REGRESSION, 1), (THREE, 3), (DIGITS, 10)])
def test_output_width_follows_the_task(name, dataset, width):
    try:
        require_fit(models[name], dataset)
    except LandscapeError:
        assert name in ("cnn", "logistic", "one_unit")
        return
    assert outputs(make_model(name, dataset), dataset).shape == (7, width)


def test_linear_is_w_x_plus_b():
    model = make_model("linear", THREE, seed=1)
    weight, bias = (parameter.detach().numpy() for parameter in model.parameters())
    np.testing.assert_allclose(outputs(model, THREE), THREE.inputs @ weight.T + bias, rtol=1e-12)
    assert size(make_model("logistic", PLANE_BINARY, bias=False)) == 2


def test_mlp_is_its_formula_and_no_hidden_layer_is_linear():
    model = make_model("mlp", FLAT, seed=2, widths=(3, 4), activation="tanh")
    w1, b1, w2, b2, w3, b3 = (parameter.detach().numpy() for parameter in model.parameters())
    hidden = np.tanh(np.tanh(FLAT.inputs @ w1.T + b1) @ w2.T + b2)
    np.testing.assert_allclose(outputs(model, FLAT), hidden @ w3.T + b3, rtol=1e-12)
    assert_same_numbers(make_model("mlp", FLAT, seed=9, widths=()), make_model("linear", FLAT, seed=9))


def test_residual_mlp_without_skips_is_the_mlp():
    plain = make_model("residual_mlp", THREE, seed=6, width=5, depth=3, activation="silu", skip=False)
    mlp = make_model("mlp", THREE, seed=6, widths=(5, 5, 5), activation="silu")
    assert_same_numbers(plain, mlp)
    assert torch.equal(outputs(plain, THREE), outputs(mlp, THREE))


def test_residual_mlp_adds_what_came_in():
    model = make_model("residual_mlp", THREE, seed=6, width=5, depth=3, activation="sigmoid")
    w1, b1, w2, b2, w3, b3, w4, b4 = (parameter.detach().numpy() for parameter in model.parameters())
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731 - a formula, in one line
    h = sigmoid(THREE.inputs @ w1.T + b1)
    h = h + sigmoid(h @ w2.T + b2)
    h = h + sigmoid(h @ w3.T + b3)
    np.testing.assert_allclose(outputs(model, THREE), h @ w4.T + b4, rtol=1e-12)


@pytest.mark.parametrize("shape", [(1, 8, 8), (2, 5, 7)])
def test_cnn_is_convolutions_averages_and_one_linear_layer(shape):
    images = data(int(np.prod(shape)), 4, shape)
    model = make_model("cnn", images, seed=3, channels=(2, 3), activation="tanh")
    k1, c1, k2, c2, w, b = (parameter.detach() for parameter in model.parameters())
    x = torch.tensor(images.inputs).reshape(7, *shape)
    for kernel, bias in ((k1, c1), (k2, c2)):
        x = functional.avg_pool2d(torch.tanh(functional.conv2d(x, kernel, bias, padding=1)), 2, ceil_mode=True)
    torch.testing.assert_close(outputs(model, images), x.reshape(7, -1) @ w.T + b, rtol=1e-12, atol=1e-12)


def test_images_may_come_already_in_their_shape():
    shaped = SimpleNamespace(**{**vars(DIGITS), "inputs": DIGITS.inputs.reshape(7, 1, 8, 8)})
    for name in ("cnn", "mlp", "linear"):
        torch.testing.assert_close(outputs(make_model(name, shaped), shaped), outputs(make_model(name, DIGITS), DIGITS))


def test_deep_linear_of_one_input_has_two_parameters():
    model = make_model("deep_linear", LINE, seed=1)
    w1, w2 = (parameter.item() for parameter in model.parameters())
    np.testing.assert_allclose(outputs(model, LINE), w2 * w1 * LINE.inputs, rtol=1e-14)


@pytest.mark.parametrize("activation", models["one_unit"].parameter("activation").choices)
@pytest.mark.parametrize("dataset", [LINE, PLANE_BINARY])
def test_one_unit_always_has_two_parameters(dataset, activation):
    model = make_model("one_unit", dataset, seed=7, activation=activation)
    assert size(model) == 2
    theta = torch.cat([parameter.detach().reshape(-1) for parameter in model.parameters()]).numpy()
    x = dataset.inputs
    score = x @ theta if x.shape[1] == 2 else theta[0] * x[:, 0] + theta[1]
    expected = activations.make(activation)(torch.tensor(score))
    torch.testing.assert_close(outputs(model, dataset)[:, 0], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["mlp", "residual_mlp", "cnn", "one_unit"])
def test_every_activation_of_a_model_runs_batched_over_parameters(name):
    dataset = fitting(name)
    for activation in models[name].parameter("activation").choices:
        model = make_model(name, dataset, seed=1, activation=activation)
        inputs = torch.tensor(dataset.inputs)
        stacked = {key: torch.stack([value.detach(), value.detach() * 0.7]) for key, value in model.named_parameters()}
        call = lambda parameters: torch.func.functional_call(model, parameters, (inputs,))  # noqa: B023, E731
        rows = torch.func.vmap(call)(stacked)
        alone = call({key: value[1] for key, value in stacked.items()})
        torch.testing.assert_close(rows[1], alone, rtol=1e-10, atol=1e-12)


def test_tasks():
    assert [task_of(d) for d in (LINE, PLANE_BINARY, THREE)] == ["regression", "binary", "multiclass"]


@pytest.mark.parametrize(
    ("entry", "dataset", "sentence"),
    [
        (models["cnn"], FLAT, "cnn: the data must be images; got 5 flat features. Pick the data set digits"),
        (models["one_unit"], FLAT, "one_unit: the number of input features must be one of 1, 2; got 5"),
        (models["one_unit"], THREE, "one_unit: the task must be one of regression, binary; got multiclass"),
        (models["logistic"], LINE, "logistic: the task must be one of binary, multiclass; got regression"),
        (losses["hinge"], THREE, "hinge: the task must be one of binary; got multiclass"),
        (losses["cross_entropy"], LINE, "cross_entropy: the task must be one of binary, multiclass; got regression"),
    ],
)
def test_data_that_do_not_fit_are_refused(entry, dataset, sentence):
    with pytest.raises(LandscapeError, match=sentence):
        require_fit(entry, dataset)


def test_make_model_refuses_what_does_not_fit_and_bad_settings():
    with pytest.raises(LandscapeError, match="the data must be images"):
        make_model("cnn", PLANE_BINARY)
    with pytest.raises(LandscapeError, match="mlp: widths must be between 1 and 256; got 0"):
        make_model("mlp", FLAT, widths=(4, 0))
    with pytest.raises(LandscapeError, match="one_unit activation: the name must be one of"):
        make_model("one_unit", LINE, activation="prelu")
    with pytest.raises(LandscapeError, match="seed must be between 0"):
        make_model("linear", LINE, seed=-1)
