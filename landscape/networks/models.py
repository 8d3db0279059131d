"""Models: functions of the inputs with parameters theta, as float64 `nn.Module`s, initialized from a generator of their own.

Traits: `tasks` that a model suits ("regression", "binary", "multiclass", "ranking"), `inputs` that it takes ("flat", "image") and, where
they are limited, the numbers of input `features`. `toy` marks a model meant for one input and one output, though it takes more;
`of_residuals` one whose output is not a logit. `steps`, `largest_lr` and `settings` are the initial choices where the usual ones do not
suit the model.
Regression has one output a target, two classes have one, K > 2 classes K logits; in ranking each document of a query has one, its score.
"""

from __future__ import annotations

import math
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.data.datasets import Dataset
from landscape.data.fit import ANY_INPUT, features, require_fit
from landscape.errors import require_made
from landscape.networks.activations import activations, make_activation

models = Catalogue("models")

TASKS = ("regression", "binary", "multiclass")
_AND_RANKING = (*TASKS, "ranking")
_HIDDEN = tuple(activations)
_ELEMENTWISE = tuple(name for name in _HIDDEN if activations[name].traits["elementwise"])
_FIXED = tuple(name for name in _ELEMENTWISE if not activations[name].traits["learned"])
_SEED = Parameter("seed", 0, "random seed", low=0, high=2**32 - 1)
_INIT = Parameter("init", "torch", "initial weights", choices=("torch", "xavier", "he"))


@runtime_checkable
class _WithTask(Protocol):
    """What a model must know of a data set beside its arrays."""

    task: str


def make_model(name: str, dataset: Dataset, *, seed: int = 0, **params: Value) -> nn.Module:
    """Return the model `name` sized for `dataset`, initialized from a generator seeded by `seed`; the global generator is not used.

    With `init="torch"` the weights are, bit for bit, those of the same layers built by torch in float64 after `torch.manual_seed(seed)`.
    Raises `LandscapeError` for an unknown name, parameter or value, and when the data do not fit the model.
    """
    require_made("make_model", "dataset", dataset, _WithTask, "make_dataset or read_table")
    entry = models[name]
    require_fit(entry, dataset)
    generator = torch.Generator().manual_seed(_SEED.check(name, seed))
    return models.make(name, dataset, generator, **params)


# Decorators apply from the last to the first, so that linear precedes logistic in the catalogue.
@models.entry(
    "logistic",
    "Logistic regression",
    Parameter("bias", True, "bias"),
    formula=r"\log\frac{p}{1 - p} = w^\top x + b",
    source="Hastie, Tibshirani & Friedman 2009, section 4.4",
    tasks=("binary", "multiclass"),
    inputs=ANY_INPUT,
)
@models.entry(
    "linear",
    "Linear",
    Parameter("bias", True, "bias"),
    formula=r"\hat y = W x + b",
    source="Hastie, Tibshirani & Friedman 2009, section 3.2",
    tasks=_AND_RANKING,
    inputs=ANY_INPUT,
)
def _linear(dataset: Dataset, generator: torch.Generator, bias: bool) -> nn.Module:
    return nn.Sequential(*_flattened(dataset), _dense(features(dataset), _outputs(dataset), generator, bias=bias), *_scored(dataset))


@models.entry(
    "mlp",
    "Multilayer perceptron",
    Parameter("widths", (16, 16), "hidden widths", low=1, high=256, most=32),
    Parameter("activation", "tanh", "activation", choices=_HIDDEN),
    _INIT,
    formula=r"h_l = \varphi(W_l h_{l-1} + b_l),\quad \hat y = W_{L+1} h_L + b_{L+1}",
    source="Rumelhart, Hinton & Williams 1986",
    tasks=_AND_RANKING,
    inputs=ANY_INPUT,
)
def _mlp(dataset: Dataset, generator: torch.Generator, widths: tuple[int, ...], activation: str, init: str) -> nn.Module:
    layers, width = _flattened(dataset), features(dataset)
    for wider in widths:
        layers += _hidden(width, wider, activation, generator, init)
        width = wider
    return nn.Sequential(*layers, _dense(width, _outputs(dataset), generator, init), *_scored(dataset))


@models.entry(
    "residual_mlp",
    "Residual network",
    Parameter("width", 16, "hidden width", low=1, high=256),
    Parameter("depth", 6, "hidden layers", low=1, high=64),
    Parameter("activation", "relu", "activation", choices=_HIDDEN),
    Parameter("skip", True, "skip connections"),
    _INIT,
    formula=r"h_l = h_{l-1} + \varphi(W_l h_{l-1} + b_l)",
    source="He, Zhang, Ren & Sun 2016, Deep Residual Learning, section 3.1",
    tasks=TASKS,
    inputs=ANY_INPUT,
)
def _residual_mlp(
    dataset: Dataset, generator: torch.Generator, width: int, depth: int, activation: str, skip: bool, init: str
) -> nn.Module:
    """Without skip connections this is the mlp of `depth` equal widths, with the same weights for the same seed."""
    layers = [*_flattened(dataset), *_hidden(features(dataset), width, activation, generator, init)]
    for _ in range(depth - 1):
        block = nn.Sequential(*_hidden(width, width, activation, generator, init))
        layers.append(Skip(block) if skip else block)
    return nn.Sequential(*layers, _dense(width, _outputs(dataset), generator, init))


@models.entry(
    "cnn",
    "Convolutional network",
    Parameter("channels", (8, 16), "channels", low=1, high=64, most=3),
    Parameter("activation", "relu", "activation", choices=_ELEMENTWISE),
    _INIT,
    formula=r"h_l = \mathrm{pool}\,\varphi(K_l * h_{l-1} + b_l),\quad \hat y = W h_L + b",
    source="LeCun, Bottou, Bengio & Haffner 1998, section II.B",
    tasks=TASKS,
    inputs=("image",),
    steps=30,
    largest_lr=0.4,
    settings={"init": "he"},  # with torch's default the loss hardly falls in the first hundred steps
)
def _cnn(dataset: Dataset, generator: torch.Generator, channels: tuple[int, ...], activation: str, init: str) -> nn.Module:
    """3 x 3 convolutions, each followed by the activation and 2 x 2 average pooling, then one linear layer."""
    depth, height, width = dataset.image_shape
    layers: list[nn.Module] = [nn.Unflatten(1, dataset.image_shape)] if dataset.inputs.ndim == 2 else []
    for deeper in channels:
        convolution = nn.utils.skip_init(nn.Conv2d, depth, deeper, 3, padding=1, dtype=torch.float64)
        # Ceil mode keeps the last row and column of an image with an odd side, and does not reduce a 1 x 1 image to nothing.
        layers += [_draw(convolution, generator, init), make_activation(activation), nn.AvgPool2d(2, ceil_mode=True)]
        depth, height, width = deeper, math.ceil(height / 2), math.ceil(width / 2)
    return nn.Sequential(*layers, nn.Flatten(), _dense(depth * height * width, _outputs(dataset), generator, init))


@models.entry(
    "deep_linear",
    "Deep linear network",
    Parameter("depth", 2, "layers", low=2, high=16),
    Parameter("width", 1, "hidden width", low=1, high=64),
    formula=r"\hat y = W_L \cdots W_2 W_1 x",
    source="Saxe, McClelland & Ganguli 2014, section 1",
    tasks=TASKS,
    inputs=ANY_INPUT,
    toy=True,
)
def _deep_linear(dataset: Dataset, generator: torch.Generator, depth: int, width: int) -> nn.Module:
    """For one input and one output, depth 2 and width 1 give y = w2 w1 x, with two parameters."""
    sizes = [features(dataset), *[width] * (depth - 1), _outputs(dataset)]
    layers = [_dense(fan_in, fan_out, generator, bias=False) for fan_in, fan_out in zip(sizes, sizes[1:], strict=False)]
    return nn.Sequential(*_flattened(dataset), *layers)


@models.entry(
    "one_unit",
    "One unit",
    Parameter("activation", "sigmoid", "activation", choices=_FIXED),
    formula=r"\hat y = \varphi(w x + b)\ \text{or}\ \varphi(w_1 x_1 + w_2 x_2)",
    source="Rosenblatt 1958; Auer, Herbster & Warmuth 1996",
    tasks=("regression", "binary"),
    inputs=("flat",),
    features=(1, 2),
    of_residuals=True,
)
def _one_unit(dataset: Dataset, generator: torch.Generator, activation: str) -> nn.Module:
    """Two parameters: a slope and a bias for one feature, two slopes for two."""
    count = features(dataset)
    return nn.Sequential(_dense(count, 1, generator, bias=count == 1), make_activation(activation))


class Skip(nn.Module):
    """x + branch(x)."""

    def __init__(self, branch: nn.Module):
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


def _outputs(dataset: Dataset) -> int:
    if dataset.task == "regression":
        return math.prod(dataset.targets.shape[1:])
    return dataset.classes if dataset.classes > 2 else 1


def _flattened(dataset: Dataset) -> list[nn.Module]:
    return [] if dataset.inputs.ndim == 2 or dataset.task == "ranking" else [nn.Flatten()]


def _scored(dataset: Dataset) -> list[nn.Module]:
    """Return what makes scores (Q, n) of the outputs (Q, n, 1) for queries of n documents."""
    return [nn.Flatten(-2)] if dataset.task == "ranking" else []


def _hidden(fan_in: int, width: int, activation: str, generator: torch.Generator, init: str) -> list[nn.Module]:
    phi = make_activation(activation)
    return [_dense(fan_in, width * getattr(phi, "pieces", 1), generator, init), phi]


def _dense(fan_in: int, fan_out: int, generator: torch.Generator, init: str = "torch", *, bias: bool = True) -> nn.Module:
    # nn.Linear's constructor draws from the global generator, which all sessions of the process share.
    layer = nn.utils.skip_init(nn.Linear, fan_in, fan_out, bias=bias, dtype=torch.float64)
    return _draw(layer, generator, init)


def _draw(layer: nn.Module, generator: torch.Generator, init: str) -> nn.Module:
    """Initialize the layer: as torch does, or by Glorot & Bengio 2010 (equation 16) or He et al. 2015 (equation 10), with zero bias."""
    if init == "xavier":
        nn.init.xavier_uniform_(layer.weight, generator=generator)
    elif init == "he":
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
    else:
        nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
    if layer.bias is not None:
        bound = 1 / math.sqrt(layer.weight[0].numel()) if init == "torch" else 0.0
        nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
    return layer
