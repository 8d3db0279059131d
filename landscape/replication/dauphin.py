"""Dauphin: critical points of a higher loss have more negative eigenvalues, and all minima lie low (Dauphin et al. 2014)."""

from __future__ import annotations

import numpy as np

from landscape.errors import Phrase
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim
from landscape.replication.counted import Counted
from landscape.saddles.indices import index_by_loss, teacher_student

# With fewer distinct points a rank correlation says nothing.
FEWEST = 8


@claim(
    "dauphin",
    "Index against loss",
    source="Dauphin et al. 2014, Identifying and attacking the saddle point problem in high-dimensional non-convex optimization, section 3",
    link="https://arxiv.org/abs/1406.2572",
    says=Phrase("claim_dauphin"),
    measures=(Measure(Phrase("measure_spearman"), Band(low=0.3)), Measure(Phrase("measure_highest_minimum"), Band(high=0.05))),
    why=Phrase("why_dauphin"),
)
def dauphin(run: Run) -> Found:
    """Correlate the share of negative eigenvalues with the loss over the distinct critical points of a teacher-student problem."""
    risk = Counted(teacher_student(seed=run.seed))
    found = index_by_loss(objective=risk, seed=run.seed, report=run.report, should_stop=run.should_stop)
    losses, shares = found.losses, found.shares
    lowest = found.highest_minimum / losses.max() if len(losses) else np.nan
    points = Phrase("of_points", points=len(losses))
    findings = (Finding(0, points, found.spearman if len(losses) >= FEWEST else np.nan), Finding(1, points, float(lowest)))
    graph = Graph(Phrase("graph_loss"), Phrase("graph_negative"), (Series(points, losses, shares, line=False),))
    return Found(findings, graph, risk.count, None if len(losses) >= FEWEST else Phrase("few_points"))
