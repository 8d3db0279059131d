"""Keskar: that large batches end in sharper minima depends on the measure, where all runs end at one training loss (Keskar et al. 2017)."""

from __future__ import annotations

from landscape.errors import Phrase
from landscape.minima.batches import sharpness_at_one_loss
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim

SEEDS, SAMPLES = 3, 600


@claim(
    "keskar",
    "Large batches",
    source="Keskar, Mudigere, Nocedal, Smelyanskiy & Tang 2017, On large-batch training for deep learning, section 2.2.2",
    link="https://arxiv.org/abs/1609.04836",
    says=Phrase("claim_keskar"),
    measures=(Measure(Phrase("measure_largest_eigenvalue"), Band(low=1.0)), Measure(Phrase("measure_box"), Band(low=1.0))),
    why=Phrase("why_keskar"),
    expected=False,
)
def keskar(run: Run) -> Found:
    """Compare the largest batch with the smallest by both measures, each a median over seeds."""
    seeds = tuple(run.seed + k for k in range(SEEDS))
    *_, ended = sharpness_at_one_loss(rates=(), seeds=seeds, samples=SAMPLES, report=run.report, should_stop=run.should_stop)
    batches, said = [batch for batch, _ in ended.batches], Phrase("median_of", seeds=SEEDS)
    findings, series = [], []
    for k, (measure, name) in enumerate((("sharpness", "λ_max"), ("box", Phrase("box_measure")))):
        medians = ended.medians(ended.batches, measure)
        findings.append(Finding(k, said, float(medians[-1] / medians[0])))
        series.append(Series(name, batches, medians / medians[0], group=k))
    gradients = sum(one.steps * one.batch / SAMPLES for one in ended.runs)
    arrived = all(one.arrived for one in ended.runs)
    graph = Graph(Phrase("graph_batch"), Phrase("graph_beside_smallest"), tuple(series), level=1.0, log_x=True)
    return Found(tuple(findings), graph, round(gradients), None if arrived else Phrase("untrained"))
