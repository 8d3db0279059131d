"""PCA share: how much of a training path its two first principal components hold (Li et al. 2018), beside what they hold of a random walk
of as many steps (Antognini and Sohl-Dickstein 2018).
"""

from __future__ import annotations

import numpy as np

from landscape.errors import Phrase
from landscape.planes.directions import random_walk_variance
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim
from landscape.replication.descent import STEPS, descents, trained

COMPONENTS = 10


@claim(
    "pca_share",
    "Two components of a path",
    source="Li, Xu, Taylor, Studer & Goldstein 2018, Visualizing the loss landscape of neural nets, section 7.2",
    link="https://arxiv.org/abs/1712.09913",
    says=Phrase("claim_pca_share"),
    measures=(Measure(Phrase("measure_share"), Band(low=0.4)), Measure(Phrase("measure_above_walk"), Band(low=0.1))),
    why=Phrase("why_pca_share"),
)
def pca_share(run: Run) -> Found:
    """Return what the components hold of the paths of several starts, beside one random walk."""
    count, findings, series, far = np.arange(1, COMPONENTS + 1), [], [], True
    for seed, risk, path in descents(run):
        name, shares = Phrase("of_seed", seed=seed), component_shares(path.thetas)
        findings.append(Finding(0, name, float(shares[1])))
        findings.append(Finding(1, name, float(shares[1] - random_walk_variance(STEPS, risk.dim))))
        series.append(Series(name, count, shares[:COMPONENTS], group=len(series)))
        far = far and trained(path)
    walk = np.random.default_rng(run.seed).standard_normal((STEPS + 1, path.thetas.shape[1])).cumsum(axis=0)
    null = Series(Phrase("random_walk"), count, component_shares(walk)[:COMPONENTS], group=len(series), dashed=True)
    graph = Graph(Phrase("graph_components"), Phrase("graph_share"), (*series, null))
    return Found(tuple(findings), graph, len(series) * 2 * STEPS, None if far else Phrase("untrained"))


def component_shares(points: np.ndarray) -> np.ndarray:
    """Return the share of the variance of `points` (n, D) in the first 1, 2, ... principal components."""
    centered = points - points.mean(axis=0)
    spread = np.linalg.eigvalsh(centered @ centered.T)[::-1].clip(0.0)
    return spread.cumsum() / spread.sum()
