"""Initial line: the loss along the straight line from where training starts to where it ends (Goodfellow, Vinyals and Saxe 2015)."""

from __future__ import annotations

import numpy as np

from landscape.errors import Phrase
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim
from landscape.replication.descent import STEPS, descents, trained

POINTS = 41


@claim(
    "initial_line",
    "The straight way",
    source="Goodfellow, Vinyals & Saxe 2015, Qualitatively characterizing neural network optimization problems",
    link="https://arxiv.org/abs/1412.6544",
    says=Phrase("claim_initial_line"),
    measures=(Measure(Phrase("measure_rise"), Band(high=0.0)),),
    why=Phrase("why_initial_line"),
)
def initial_line(run: Run) -> Found:
    """Draw the loss along the line from start to end, for each of several starts."""
    at, findings, series, far = np.linspace(0.0, 1.0, POINTS), [], [], True
    for seed, risk, path in descents(run):
        start, end = path.thetas[0], path.thetas[-1]
        losses = risk.values(start + at[:, None] * (end - start))
        findings.append(Finding(0, Phrase("of_seed", seed=seed), largest_rise(losses)))
        series.append(Series(Phrase("of_seed", seed=seed), at, losses, group=len(series)))
        far = far and trained(path)
    graph = Graph(Phrase("graph_start_end"), Phrase("graph_loss"), tuple(series))
    evaluations = len(series) * (2 * STEPS + POINTS)
    return Found(tuple(findings), graph, evaluations, None if far else Phrase("untrained"))


def largest_rise(losses: np.ndarray) -> float:
    """Return by how much the loss rises at most from one point to the next, as a share of the first; 0 where it only falls."""
    return float(max(np.diff(losses).max(), 0.0) / losses[0])
