"""Edge of stability: along full-batch gradient descent the sharpness rises to 2 / lr and hovers there (Cohen et al. 2021)."""

from __future__ import annotations

from landscape.errors import Phrase
from landscape.minima.digits import digits, half_squared
from landscape.minima.edge import BAND
from landscape.minima.edge import edge_of_stability as runs_at_edge
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim
from landscape.replication.counted import Counted

SAMPLES, WIDTHS = 500, (40, 40)


@claim(
    "edge_of_stability",
    "Edge of stability",
    source="Cohen, Kaur, Li, Kolter & Talwalkar 2021, Gradient descent on neural networks typically occurs at the edge of stability",
    link="https://arxiv.org/abs/2103.00065",
    says=Phrase("claim_edge_of_stability"),
    measures=(Measure(Phrase("measure_hover"), Band(*BAND)),),
    why=Phrase("why_edge_of_stability"),
)
def edge_of_stability(run: Run) -> Found:
    """Train at three rates, and take the mean of sharpness · η / 2 over the last quarter of each run."""
    objective = Counted(digits(SAMPLES, widths=WIDTHS, loss=half_squared, standardize=True, seed=run.seed).risk)
    *_, edge = runs_at_edge(objective=objective, report=run.report, should_stop=run.should_stop)
    names = [f"η = {one.lr:g}" for one in edge.runs]
    findings = tuple(Finding(0, name, one.hover) for name, one in zip(names, edge.runs, strict=True))
    series = tuple(
        Series(name, one.steps / one.planned, one.sharpness / one.limit, group=k)
        for k, (name, one) in enumerate(zip(names, edge.runs, strict=True))
    )
    return Found(findings, Graph(Phrase("graph_of_run"), Phrase("graph_sharpness_rate"), series, level=1.0), round(objective.count))
