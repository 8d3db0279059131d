"""Hessian outliers: as many eigenvalues stand apart from the bulk as there are classes, or one less (Sagun et al. 2017, Papyan 2019).

Data are Gaussian blobs about orthogonal means of equal length, so that no class is nearer to another.
"""

from __future__ import annotations

import numpy as np

from landscape.data.dataset import Dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Phrase
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim

CLASSES, SEEDS = (3, 5, 8), 5
SAMPLES, FEATURES, FAR, SPREAD = 200, 10, 3.0, 0.3
WIDTH, LR, MOST_STEPS = 16, 0.3, 100
LOW_LOSS = 0.1
SHOWN = 12
# From this ratio of one eigenvalue to the next on there is a gap: some ratio is always the largest.
GAP = 1.35


@claim(
    "hessian_outliers",
    "Outliers of the Hessian",
    source="Sagun, Evci, Güney, Dauphin & Bottou 2018, Empirical analysis of the Hessian of over-parametrized neural networks",
    link="https://arxiv.org/abs/1706.04454",
    says=Phrase("claim_hessian_outliers"),
    measures=(
        Measure(Phrase("measure_outliers"), Band(-1.0, 0.0)),
        Measure(Phrase("measure_first_gap"), Band(high=GAP)),
        Measure(Phrase("measure_last_gap"), Band(low=GAP)),
    ),
    why=Phrase("why_hessian_outliers"),
)
def hessian_outliers(run: Run) -> Found:
    """Count the eigenvalues before the widest gap, median over several blobs, where the loss is low; and look for a gap at the start."""
    findings, series, evaluations, low = [], [], 0, True
    for group, classes in enumerate(CLASSES):
        first, last = [], []
        for k in range(SEEDS):
            run.turn((group + k / SEEDS) / len(CLASSES))
            risk, theta, loss, cost = _trained(classes, run.seed + k)
            first.append(_eigenvalues(risk, risk.theta))
            last.append(_eigenvalues(risk, theta))
            evaluations, low = evaluations + cost + 2 * risk.dim, low and loss < LOW_LOSS
        gaps = [[widest_gap(values, 2 * classes) for values in spectra] for spectra in (first, last)]
        outliers = float(np.median([place for place, _ in gaps[1]]))
        findings.append(Finding(0, f"k = {classes}", outliers - classes))
        for measure, found in enumerate(gaps, 1):
            findings.append(Finding(measure, f"k = {classes}", float(np.median([ratio for _, ratio in found]))))
        shown = np.median(last, axis=0)[:SHOWN]
        series.append(Series(f"k = {classes}", np.arange(1, len(shown) + 1), shown, group=group))
    graph = Graph(Phrase("graph_rank"), Phrase("graph_eigenvalue"), tuple(series), log=True)
    unfit = None if low else Phrase("untrained")
    return Found(tuple(findings), graph, evaluations, unfit)


def widest_gap(eigenvalues: np.ndarray, most: int) -> tuple[int, float]:
    """Return after how many of the descending eigenvalues, `most` at most, comes the largest ratio of one to the next, and that ratio."""
    ratios = eigenvalues[:most] / np.maximum(eigenvalues[1 : most + 1], np.finfo(float).tiny)
    return int(ratios.argmax()) + 1, float(ratios.max())


def blobs(classes: int, seed: int) -> Dataset:
    """Return as many Gaussian blobs as classes, about orthogonal means at the same distance from the origin."""
    generator = np.random.default_rng(seed)
    means = FAR * np.linalg.qr(generator.standard_normal((FEATURES, classes)))[0].T
    targets = np.arange(SAMPLES) % classes
    inputs = means[targets] + SPREAD * generator.standard_normal((SAMPLES, FEATURES))
    return Dataset(inputs, targets, "classification", means, np.arange(classes), classes=classes)


def _trained(classes: int, seed: int) -> tuple[EmpiricalRisk, np.ndarray, float, int]:
    """Return the risk, the first point of gradient descent with a low loss (or the last point), its loss and the gradients it took."""
    data = blobs(classes, seed)
    risk = EmpiricalRisk(
        make_model("mlp", data, widths=(WIDTH,), activation="relu", seed=seed), make_loss("cross_entropy"), data, check=False
    )
    path = descend(risk, make_optimizer("gd", lr=LR), steps=MOST_STEPS)
    low = np.flatnonzero(path.losses < LOW_LOSS)
    step = int(low[0]) if len(low) else len(path) - 1
    return risk, path.thetas[step], float(path.losses[step]), len(path)


def _eigenvalues(risk: EmpiricalRisk, theta: np.ndarray) -> np.ndarray:
    return np.linalg.eigvalsh(risk.hessian(theta))[::-1]
