"""SAM: sharpness-aware minimization ends in minima with a smaller largest eigenvalue, by its radius (Foret et al. 2021)."""

from __future__ import annotations

import numpy as np

from landscape.errors import Phrase
from landscape.minima.sharp_aware import BATCH, STEPS, sharpness_by_radius
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim

SEEDS, SAMPLES = 3, 600


@claim(
    "sam",
    "Sharpness-aware minimization",
    source="Foret, Kleiner, Mobahi & Neyshabur 2021, Sharpness-aware minimization for efficiently improving generalization",
    link="https://arxiv.org/abs/2010.01412",
    says=Phrase("claim_sam"),
    measures=(Measure(Phrase("measure_sharpness_ratio"), Band(high=0.95)),),
    why=Phrase("why_sam"),
)
def sam(run: Run) -> Found:
    """Compare the sharpness at each radius with that at the next smaller one, of plain SGD first; median over seeds."""
    seeds = tuple(run.seed + k for k in range(SEEDS))
    *_, ended = sharpness_by_radius(seeds=seeds, samples=SAMPLES, report=run.report, should_stop=run.should_stop)
    radii, table = np.array(ended.radii), ended.table("sharpness")
    ratios = np.median(table[:, 1:] / table[:, :-1], axis=0)
    findings = tuple(Finding(0, f"ρ = {rho:g}", float(ratio)) for rho, ratio in zip(radii[1:], ratios, strict=True))
    series = tuple(
        Series(Phrase("of_seed", seed=seed), radii, row, group=k) for k, (seed, row) in enumerate(zip(seeds, table, strict=True))
    )
    gradients = sum(STEPS * (2 if rho else 1) * BATCH / SAMPLES for rho in radii) * SEEDS
    return Found(findings, Graph(Phrase("graph_radius"), "λ_max", series), round(gradients))
