"""The catalogue of sculptures; each is a base loss and a term, or a knob in the loss itself.

Traits: `knob`, the symbol of the strength in a sentence.
"""

from __future__ import annotations

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.sculpting.contrast import Contrast
from landscape.sculpting.curriculum import Curriculum
from landscape.sculpting.equation import Physical
from landscape.sculpting.imbalance import Imbalance
from landscape.sculpting.latent import Latent
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


@sculptures.entry(
    "vae",
    "Variational autoencoder",
    formula=r"\mathbb E_{q(z \mid x)} \lVert x - \hat x(z) \rVert^2 + \beta\, \mathrm{KL}\big(q(z \mid x) \,\Vert\, \mathcal N(0, I)\big)",
    source="Higgins et al. 2017, equation 4; Lucas et al. 2019, section 4",
    knob="β",
)
def _vae(seed: int) -> Sculpture:
    return Latent(seed)


@sculptures.entry(
    "infonce",
    "Contrast of pairs (InfoNCE)",
    formula=r"-\tfrac1K \textstyle\sum_i \log \frac{e^{s_{ii} / \tau}}{\sum_{k=1}^K e^{s_{ik} / \tau}},\quad s_{ik} = \cos(z_i, z_k')",
    source="van den Oord et al. 2018, section 2.3; Wang and Isola 2020, section 4",
    knob="τ",
)
def _infonce(seed: int) -> Sculpture:
    return Contrast(seed)


@sculptures.entry(
    "focal",
    "Focal loss on rare cases",
    formula=r"-\tfrac1N \textstyle\sum_i (1 - p_i)^\gamma \log p_i",
    source="Lin, Goyal, Girshick, He and Dollar 2017, section 3.2",
    knob="γ",
)
def _focal(seed: int) -> Sculpture:
    return Imbalance(seed, "focal")


@sculptures.entry(
    "balance",
    "Weight of the rare class",
    formula=r"-\tfrac1N \textstyle\sum_i \alpha_{y_i} \log p_i,\quad \alpha_1 = \alpha,\ \alpha_0 = 1 - \alpha",
    source="Lin, Goyal, Girshick, He and Dollar 2017, section 3.1",
    knob="α",
)
def _balance(seed: int) -> Sculpture:
    return Imbalance(seed, "balanced_cross_entropy")


@sculptures.entry(
    "curriculum",
    "Easy samples first",
    Parameter("decay", 1e-4, "weight decay", 1e-6, 1e-1, scale="log"),
    formula=r"-\tfrac{1}{s N} \textstyle\sum_{k=1}^{s N} \log p_{(k)},\quad \ell^0_{(1)} \le \ell^0_{(2)} \le \dots \le \ell^0_{(N)}",
    source="Bengio, Louradour, Collobert and Weston 2009, section 3; Hacohen and Weinshall 2019, section 2",
    knob="s",
)
def _curriculum(seed: int, decay: float) -> Sculpture:
    return Curriculum(seed, decay)
