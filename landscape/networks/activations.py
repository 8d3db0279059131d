"""Activations: the functions phi of hidden units, as `nn.Module`s.

Traits: `elementwise` (applied to each entry by itself), `smooth` (continuously differentiable), `learned` (has parameters, part of theta),
`piecewise_constant` (derivative zero almost everywhere).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from landscape.catalogue import Catalogue, Parameter, Value

activations = Catalogue("activations")


def make_activation(name: str, **params: Value) -> nn.Module:
    """Return the activation `name`; raises `LandscapeError` for an unknown name, parameter or value."""
    return activations.make(name, **params)


def heaviside(x: Tensor) -> Tensor:
    """Return 1 where x >= 0 and 0 elsewhere (NaN stays NaN), with derivative 0 everywhere."""
    # A comparison has no graph, so that autograd would raise; floor has derivative 0.
    return (torch.floor(x) + 1).clamp(0, 1)


class Step(nn.Module):
    """phi(x) = 1 where x >= 0, else 0."""

    def forward(self, x: Tensor) -> Tensor:
        return heaviside(x)


class Maxout(nn.Module):
    """phi(z)_i = max_j z_ij over groups of `pieces` neighboring inputs: (..., width * pieces) to (..., width)."""

    def __init__(self, pieces: int):
        super().__init__()
        self.pieces = pieces

    def forward(self, z: Tensor) -> Tensor:
        return z.unflatten(-1, (-1, self.pieces)).amax(-1)


activations.entry(
    "identity",
    "Identity",
    formula=r"\varphi(x) = x",
    source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2.2.1",
    elementwise=True,
    smooth=True,
    learned=False,
)(nn.Identity)

activations.entry(
    "step",
    "Step",
    formula=r"\varphi(x) = \mathbf{1}[x \ge 0]",
    source="McCulloch & Pitts 1943",
    elementwise=True,
    smooth=False,
    piecewise_constant=True,
    learned=False,
)(Step)

activations.entry(
    "sigmoid",
    "Sigmoid",
    formula=r"\varphi(x) = \frac{1}{1 + e^{-x}}",
    source="Rumelhart, Hinton & Williams 1986, equation 2",
    elementwise=True,
    smooth=True,
    learned=False,
)(nn.Sigmoid)

activations.entry(
    "tanh",
    "Tanh",
    formula=r"\varphi(x) = \tanh x",
    source="LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.4",
    elementwise=True,
    smooth=True,
    learned=False,
)(nn.Tanh)

activations.entry(
    "relu",
    "ReLU",
    formula=r"\varphi(x) = \max(0, x)",
    source="Glorot, Bordes & Bengio 2011, section 3.1",
    elementwise=True,
    smooth=False,
    learned=False,
)(nn.ReLU)

activations.entry(
    "leaky_relu",
    "Leaky ReLU",
    Parameter("negative_slope", 0.01, "negative slope", low=0.0, high=1.0),
    formula=r"\varphi(x) = \max(0, x) + s \min(0, x)",
    source="Maas, Hannun & Ng 2013, section 2",
    elementwise=True,
    smooth=False,
    learned=False,
)(nn.LeakyReLU)


@activations.entry(
    "prelu",
    "PReLU",
    Parameter("init", 0.25, "initial negative slope", low=-1.0, high=1.0),
    formula=r"\varphi(x) = \max(0, x) + a \min(0, x),\ a \text{ learned}",
    source="He, Zhang, Ren & Sun 2015, Delving Deep into Rectifiers, section 2.1",
    elementwise=True,
    smooth=False,
    learned=True,
)
def _prelu(init: float) -> nn.Module:
    return nn.PReLU(init=init, dtype=torch.float64)


activations.entry(
    "elu",
    "ELU",
    Parameter("alpha", 1.0, "lower limit alpha", low=0.0, high=10.0),
    formula=r"\varphi(x) = \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
    source="Clevert, Unterthiner & Hochreiter 2016, section 3",
    elementwise=True,
    smooth=False,  # the derivative is continuous for alpha = 1 only
    learned=False,
)(nn.ELU)

activations.entry(
    "gelu",
    "GELU",
    formula=r"\varphi(x) = x\,\Phi(x)",
    source="Hendrycks & Gimpel 2016, section 2",
    elementwise=True,
    smooth=True,
    learned=False,
)(nn.GELU)

activations.entry(
    "silu",
    "SiLU",
    formula=r"\varphi(x) = \frac{x}{1 + e^{-x}}",
    source="Elfwing, Uchibe & Doya 2018, section 2",
    elementwise=True,
    smooth=True,
    learned=False,
)(nn.SiLU)

activations.entry(
    "maxout",
    "Maxout",
    Parameter("pieces", 2, "linear pieces", low=2, high=8),
    formula=r"\varphi(z)_i = \max_{1 \le j \le k} z_{ij}",
    source="Goodfellow, Warde-Farley, Mirza, Courville & Bengio 2013, section 3",
    elementwise=False,
    smooth=False,
    learned=False,
)(Maxout)


@activations.entry(
    "softmax",
    "Softmax",
    formula=r"\varphi(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}",
    source="Bridle 1990",
    elementwise=False,
    smooth=True,
    learned=False,
)
def _softmax() -> nn.Module:
    return nn.Softmax(dim=-1)
