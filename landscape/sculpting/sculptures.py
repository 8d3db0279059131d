"""The catalogue of sculptures; each is a base loss and a term, or a knob in the loss itself.

Traits: `knob`, the symbol of the strength in a sentence.
"""

from __future__ import annotations

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.sculpting.penalized import Penalized
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
