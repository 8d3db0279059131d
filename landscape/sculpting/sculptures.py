"""The catalogue of sculptures; each is a base loss and a term, or a knob in the loss itself.

Traits: `knob`, the symbol of the strength in a sentence.
"""

from __future__ import annotations

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.sculpting.equation import Physical
from landscape.sculpting.masks import Dropped
from landscape.sculpting.neighbors import Smoothed
from landscape.sculpting.penalized import Penalized
from landscape.sculpting.relatives import Related
from landscape.sculpting.sculpture import Sculpture

sculptures = Catalogue("sculptures")


def make_sculpture(name: str, *, seed: int = 0, **params: Value) -> Sculpture:
    """Return the sculpture `name` of the catalogue; `seed` fixes its data and its initial parameters."""
    return sculptures.make(name, seed, **params)


@sculptures.entry(
    "l1",
    "L1 penalty",
    formula=r"\tfrac12\lVert w - w_0\rVert^2 + \lambda\,\lVert w\rVert_1",
    source="Tibshirani 1996, section 2.1; Beck and Teboulle 2009",
    knob="λ",
)
def _l1(seed: int) -> Sculpture:
    return Penalized(seed, "l1", 1.0)


@sculptures.entry(
    "l2",
    "L2 penalty",
    formula=r"\tfrac12\lVert w - w_0\rVert^2 + \tfrac{\lambda}{2}\,\lVert w\rVert_2^2",
    source="Hoerl and Kennard 1970",
    knob="λ",
)
def _l2(seed: int) -> Sculpture:
    return Penalized(seed, "l2", 0.0)


@sculptures.entry(
    "elastic_net",
    "Elastic net",
    Parameter("l1_ratio", 0.5, "share of L1", 0.01, 1.0),
    formula=r"\tfrac12\lVert w - w_0\rVert^2 + \lambda\left(\rho\,\lVert w\rVert_1 + \tfrac{1-\rho}{2}\lVert w\rVert_2^2\right)",
    source="Zou and Hastie 2005, section 2.1",
    knob="λ",
)
def _elastic_net(seed: int, l1_ratio: float) -> Sculpture:
    return Penalized(seed, "elastic_net", l1_ratio)


@sculptures.entry(
    "smoothing",
    "Smoothing of neighbors",
    Parameter("noise", 1.0, "noise", 0.2, 3.0),
    formula=r"-\log p_i(y_i) + \lambda\,\mathrm{JS}(p_i \,\|\, p_{i+1})",
    source="Lin 1991, section IV",
    knob="λ",
)
def _smoothing(seed: int, noise: float) -> Sculpture:
    return Smoothed(seed, noise)


@sculptures.entry(
    "tree",
    "Cost of distant mistakes",
    Parameter("spread", 0.4, "spread of the classes", 0.2, 3.0),
    formula=r"-\log p_y + \lambda \textstyle\sum_k p_k\, d(y, k)",
    source="Deng, Berg, Li & Fei-Fei 2010, section 8",
    knob="λ",
)
def _tree(seed: int, spread: float) -> Sculpture:
    return Related(seed, spread)


@sculptures.entry(
    "physics",
    "A law of physics",
    Parameter("points", 7, "observed points", 3, 40),
    Parameter("noise", 0.05, "noise", 0.0, 0.5),
    formula=r"\tfrac1N\sum_{i\in o} (u_i - y_i)^2 + \tfrac{\lambda}{N}\sum_i \big((\ddot u_i + 2\delta\dot u_i)/\omega^2 + u_i\big)^2",
    source="Raissi, Perdikaris & Karniadakis 2019, section 3.1",
    knob="λ",
)
def _physics(seed: int, points: int, noise: float) -> Sculpture:
    return Physical(seed, points, noise)


@sculptures.entry(
    "dropout",
    "Dropout",
    formula=r"\mathbb{E}_m \big(y - \tfrac{1}{1-p}\,w^\top (m \odot x)\big)^2,\quad m_j \sim \mathrm{Bernoulli}(1-p)",
    source="Srivastava et al. 2014, section 9.1",
    knob="p",
)
def _dropout(seed: int) -> Sculpture:
    return Dropped(seed)
