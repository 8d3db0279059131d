"""Bezier: two minima that a straight line leads over a barrier are connected by a curve of nearly constant loss (Garipov et al. 2018)."""

from __future__ import annotations

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Phrase
from landscape.minima.connection import connect
from landscape.minima.digits import digits
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim
from landscape.replication.counted import Counted

SAMPLES, WIDTHS = 500, (32, 32)
LR, STEPS, BENT = 0.01, 120, 80
LOW_LOSS = 0.02


@claim(
    "bezier",
    "Mode connectivity",
    source="Garipov, Izmailov, Podoprikhin, Vetrov & Wilson 2018, Loss surfaces, mode connectivity, and fast ensembling of DNNs, section 3",
    link="https://arxiv.org/abs/1802.10026",
    says=Phrase("claim_bezier"),
    measures=(Measure(Phrase("measure_straight"), Band(low=0.1)), Measure(Phrase("measure_curve"), Band(high=0.02))),
    why=Phrase("why_bezier"),
)
def bezier(run: Run) -> Found:
    """Train two networks from different starts on the same data, and a quadratic Bezier curve between them."""
    task = digits(SAMPLES, widths=WIDTHS, seed=run.seed)
    risk = Counted(task.risk)
    ends = []
    for k in range(2):
        start = digits(SAMPLES, widths=WIDTHS, seed=run.seed + 1 + k).risk.theta
        told = {"report": lambda share, k=k: run.report(0.2 * (k + share)), "should_stop": run.should_stop}
        ends.append(descend(risk, make_optimizer("adam", lr=LR), start, steps=STEPS, **told))
    thetas, low = [path.thetas[-1] for path in ends], max(path.losses[-1] for path in ends)
    told = {"report": lambda share: run.report(0.4 + 0.6 * share), "should_stop": run.should_stop}
    curve = connect(risk, *thetas, steps=BENT, seed=run.seed, **told)
    findings = (Finding(0, "", curve.straight_barrier), Finding(1, "", curve.barrier))
    series = (Series(Phrase("straight_line"), curve.t, curve.straight), Series(Phrase("bezier_curve"), curve.t, curve.losses, group=1))
    graph = Graph(Phrase("graph_between"), Phrase("graph_loss"), series, log=True)
    return Found(findings, graph, round(risk.count), None if low < LOW_LOSS else Phrase("untrained"))
