"""Losses with a second term, which says what is known beside the data: a tree of classes, a differential equation, a prior of codes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from landscape.catalogue import Catalogue, Parameter
from landscape.losses.shapes import Loss, class_logits, column, refuse

structured_losses = Catalogue("losses")


def tree_distances(classes: int) -> Tensor:
    """Return d (K, K): the steps from class i, up a balanced binary tree whose leaves are 0, 1, 2, ..., to the nearest ancestor of j too.

    It is the number of binary digits of i xor j: 0 for i = j, 1 for siblings such as 4 and 5, and 3 for 3 and 4.
    """
    leaves = torch.arange(classes)
    apart = leaves.unsqueeze(1) ^ leaves
    return sum((apart >> level > 0).long() for level in range(max(1, (classes - 1).bit_length())))


@structured_losses.entry(
    "tree_distance",
    "Cross-entropy and tree distance",
    Parameter("strength", 1.0, "strength lambda of the tree distance", low=0.0, high=100.0),
    formula=r"\ell = -\log p_y + \lambda \textstyle\sum_k p_k\, d(y, k),\quad p = \mathrm{softmax}(z)",
    source="Deng, Berg, Li & Fei-Fei 2010, section 8",
    smooth=True,
    convex=False,
    of="classes",
    tasks=("binary", "multiclass"),
)
def _tree_distance(strength: float) -> Loss:
    """d(y, k) is that of `tree_distances`: what a mistake costs, on average over the predicted distribution."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        logits, true = class_logits("tree_distance", outputs, targets)
        distances = tree_distances(logits.shape[1]).to(logits.device, logits.dtype)
        surprise = functional.cross_entropy(logits, true, reduction="none")
        return surprise + strength * (logits.softmax(1) * distances[true]).sum(1)

    return loss


@structured_losses.entry(
    "physics",
    "Data and physics residual",
    Parameter("weight", 1.0, "weight lambda of the equation", low=0.0, high=1e4),
    formula=r"\ell = o\, (u - y)^2 + \lambda f^2",
    source="Raissi, Perdikaris & Karniadakis 2019, section 3.1",
    smooth=True,
    convex=True,
    of="outputs",
    tasks=(),
)
def _physics(weight: float) -> Loss:
    """Outputs (N, 2) are the solution u at each place and the residual f of the differential equation there; targets (N, 2) the observed
    value y and whether it was observed, o = 1, or not, o = 0, where any finite y stands in. Targets (N,) or (N, 1) are all observed.

    The mean over N places is N_o / N times the mean over the N_o observed ones, plus that of the equation.
    """

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        targets = column(targets).to(outputs.dtype)
        if outputs.ndim != 2 or outputs.shape[1] != 2:
            raise refuse("physics", "outputs", "(N, 2)", outputs)
        if targets.shape not in (outputs.shape, outputs.shape[:1]):
            raise refuse("physics", "targets", tuple(outputs.shape), targets)
        value, observed = (targets, 1.0) if targets.ndim == 1 else targets.unbind(1)
        solution, residual = outputs.unbind(1)
        return observed * (solution - value).square() + weight * residual.square()

    return loss


@structured_losses.entry(
    "vae",
    "Variational autoencoder (beta-VAE)",
    Parameter("beta", 1.0, "weight beta of the KL divergence", low=0.0, high=100.0),
    formula=r"\ell = \lVert x - \hat x \rVert^2 + \tfrac{\beta}{2} \textstyle\sum_j \big(\mu_j^2 + e^{v_j} - 1 - v_j\big)",
    source="Kingma & Welling 2014, appendix B; Higgins et al. 2017, equation 4",
    smooth=True,
    convex=True,
    of="outputs",
    tasks=(),
)
def _vae(beta: float) -> Loss:
    """Outputs (N, d + 2k) are the reconstruction (d), then means (k) and logarithms v of variances (k) of the code; targets are x (N, d).

    The first term, summed over d, is -log p(x | z) up to a constant for a Gaussian decoder of variance 1/2; one of variance 1 has half of
    it, which is the same as twice the `beta`. The second is `beta` times KL(N(mu, e^v) || N(0, 1)), summed over k.
    """

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        targets = (targets.unsqueeze(1) if targets.ndim == 1 else targets).to(outputs.dtype)
        d = targets.shape[1]
        k = (outputs.shape[1] - d) // 2 if outputs.ndim == 2 else 0
        if k < 1 or outputs.shape != (len(targets), d + 2 * k):
            raise refuse("vae", "outputs", f"(N, {d} + 2k)", outputs)
        reconstruction, mean, log_variance = outputs.split([d, k, k], 1)
        divergence = (mean.square() + (log_variance.expm1() - log_variance)).sum(1) / 2
        return (targets - reconstruction).square().sum(1) + beta * divergence

    return loss
