"""Definitions: what the pages on saddles and on replication measure, as formulas with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from landscape.scene.saddles import SaddlesScene


@dataclass(frozen=True)
class Definition:
    """A formula; its title is `saddles.defined.<name>`."""

    name: str
    formula: str
    source: str


CRITICAL = (
    Definition("critical", r"\nabla f(\theta^*) = 0", "Dauphin et al. 2014"),
    Definition("index", r"\operatorname{index}(\theta^*) = \#\{i : \lambda_i(\nabla^2 f(\theta^*)) < 0\}", "Milnor 1963, Morse theory"),
)
RACE = (
    *CRITICAL,
    Definition("escape", r"t = \frac{\ln (r / d)}{\ln (1 + \eta\, |\lambda_{\min}|)}", "Lee, Simchowitz, Jordan & Recht 2016"),
    Definition("heavy_ball", r"z^2 - (1 + \beta + \eta\, |\lambda_{\min}|)\, z + \beta = 0", "Polyak 1964"),
    Definition("newton", r"\theta \leftarrow \theta - H^{-1} g", "Nocedal & Wright 2006, section 2.2"),
    Definition(
        "saddle_free", r"\theta \leftarrow \theta - |H|^{-1} g,\quad |H| = Q\, |\Lambda|\, Q^\top", "Dauphin et al. 2014, algorithm 1"
    ),
    Definition(
        "noise", r"\theta \leftarrow \theta - \eta\, (g + \xi),\quad \xi \sim \mathcal{N}(0, \sigma^2 I)", "Jin et al. 2021, algorithm 1"
    ),
)
BATCHES = (
    Definition("noisy_line", r"R(w_1, w_2) = \frac{1}{N} \sum_i (y_i - w_2 w_1 x_i)^2", "Baldi & Hornik 1989"),
    Definition(
        "batches",
        r"t = \frac{\ln (r / d)}{\mathbb{E}_B \ln |1 + 2 \eta\, \overline{xy}_B|}",
        "Daneshmand, Kohler, Lucchi & Hofmann 2018, Escaping saddles with stochastic gradients",
    ),
)
NETWORKS = (
    *CRITICAL,
    Definition("search", r"\min_\theta \|\nabla f(\theta)\|^2,\quad (H^2 + \mu I)\, s = -H g", "Levenberg 1944; Marquardt 1963"),
    Definition("copies", r"h!\; 2^h", "Chen, Lu & Hecht-Nielsen 1993"),
    Definition("missing", r"\hat p = \frac{n_1}{n},\quad \hat u = \frac{n_1 (n_1 - 1)}{2 (n_2 + 1)}", "Good 1953; Chao 1984"),
)
DIMENSION = (
    *CRITICAL,
    Definition("field", r"\mathbb{E}\, f(x) f(y) = e^{-\|x - y\|^2 / 2}", "Bray & Dean 2007"),
    Definition("hessian", r"\nabla^2 f = G - f I,\quad G_{ii} \sim \mathcal{N}(0, 2),\; G_{ij} \sim \mathcal{N}(0, 1)", "Fyodorov 2004"),
    Definition(
        "density",
        r"\rho_k = (2 \pi)^{-D / 2}\, \mathbb{E}\big[\, |\det \nabla^2 f|\; 1_{\operatorname{index} = k} \big],\quad "
        r"p_k = \rho_k / {\textstyle\sum_j} \rho_j",
        "Kac 1943; Rice 1944",
    ),
    Definition("share", r"\alpha = \operatorname{index} / D,\quad r(\alpha, L)", "Dauphin et al. 2014, figure 1"),
)
# What each claim measures; its source stands in its row of the table.
CLAIMS: Mapping[str, str] = {
    "edge_of_stability": r"\lambda_{\max}(\nabla^2 L)\; \eta / 2 \to 1",
    "skip_connections": r"L(\theta + a\, d),\quad \|d_j\| = \|\theta_j\|",
    "bezier": r"B = \max_t \big[\, L(\gamma(t)) - (1 - t)\, L(\theta_0) - t\, L(\theta_1) \big]",
    "sam": r"\min_\theta\, \max_{\|\varepsilon\| \le \rho} L(\theta + \varepsilon)",
    "hessian_outliers": r"\operatorname{arg\,max}_j\; \lambda_j / \lambda_{j+1}",
    "initial_line": r"L((1 - t)\, \theta_0 + t\, \theta_T),\quad 0 \le t \le 1",
    "pca_share": r"\frac{\lambda_1 + \lambda_2}{\sum_k \lambda_k},\quad \lambda_k \propto \frac{6}{\pi^2 k^2}",
    "dauphin": r"\rho_S\big(\operatorname{index} / D,\; L\big)",
    "river_valley": r"L(\theta) = L(\Phi(\theta)) + \big[L(\theta) - L(\Phi(\theta))\big]",
    "keskar": r"100\; \frac{\max_{|z_i| \le \epsilon (|\theta_i| + 1)} L(\theta + z) - L(\theta)}{1 + L(\theta)}",
}


def definitions_of(scene: SaddlesScene) -> tuple[Definition, ...]:
    """Return what the part of the Saddles page uses."""
    if scene.part == "race":
        return (*RACE, *BATCHES) if scene.sampled else RACE
    return NETWORKS if scene.part == "networks" else DIMENSION
