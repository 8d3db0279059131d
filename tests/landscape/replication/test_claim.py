"""A verdict: every finding in its band, or not, or nothing decided; and what counts as expected."""

import math

import numpy as np
import pytest

from landscape.catalogue import Catalogue
from landscape.errors import Cancelled, Phrase
from landscape.replication.claim import Band, Finding, Found, Graph, Measure, Run, Series, claim

GRAPH = Graph("x", "y", (Series("line", [0, 1], [2, 3]),))


def verdict_of(*values, unfit=None, expected=True):
    """The verdict of a claim of two measures, one in 1 … 2 and one of at least 5."""

    @claim(
        "made_up",
        "Made up",
        source="Nobody 1900",
        link="https://example.org",
        says=Phrase("untrained"),
        measures=(Measure(Phrase("random_walk"), Band(1.0, 2.0)), Measure(Phrase("straight_line"), Band(low=5.0))),
        why=Phrase("untrained"),
        expected=expected,
    )
    def made_up(run):
        return Found(tuple(Finding(k, f"seed {run.seed}", value) for k, value in values), GRAPH, 7, unfit)

    return Catalogue("claims").extended(made_up).make("made_up", Run(seed=3))


@pytest.mark.parametrize(
    ("band", "value", "inside"),
    [
        (Band(0.95, 1.08), 0.95, True),
        (Band(0.95, 1.08), 1.08, True),
        (Band(0.95, 1.08), 0.9499, False),
        (Band(high=0.0), -1e9, True),
        (Band(high=0.0), 1e-12, False),
        (Band(low=0.4), 0.39, False),
        (Band(), math.nan, False),
        (Band(low=0.4), math.inf, True),
    ],
)
def test_a_band_holds_both_its_ends_and_never_what_is_no_number(band, value, inside):
    assert (value in band) is inside


def test_a_claim_holds_where_every_finding_lies_in_its_band():
    assert verdict_of((0, 1.0), (0, 2.0), (1, 5.0)).holds is True
    assert verdict_of((0, 1.0), (0, 2.1), (1, 5.0)).holds is False
    assert verdict_of((0, 1.0), (1, 4.9)).holds is False
    assert verdict_of((0, 1.0), (1, math.nan)).holds is False


def test_a_run_that_is_not_fit_decides_nothing():
    assert verdict_of((0, 1.0), (1, 5.0), unfit=Phrase("untrained")).holds is None


def test_only_a_claim_that_should_hold_is_a_surprise_where_it_does_not():
    assert verdict_of((0, 1.0)).as_expected
    assert not verdict_of((0, 3.0)).as_expected
    assert not verdict_of((0, 1.0), unfit=Phrase("untrained")).as_expected
    assert verdict_of((0, 3.0), expected=False).as_expected


def test_a_verdict_knows_its_run_and_its_findings_by_measure():
    verdict = verdict_of((1, 6.0), (0, 1.5), (1, 7.0))
    assert (verdict.claim, verdict.seed, verdict.found.evaluations) == ("made_up", 3, 7)
    assert [finding.value for finding in verdict.measured(1)] == [6.0, 7.0] and verdict.seconds >= 0
    assert verdict.found.graph.series[0].y.dtype == np.float64 and not verdict.found.graph.series[0].y.flags.writeable


def test_a_run_ends_where_nobody_waits_and_says_how_far_it_is():
    heard = []
    Run(report=heard.append).turn(0.25)
    Run(report=heard.append).part(2, 4)(0.5)
    assert heard == [0.25, 0.625]
    with pytest.raises(Cancelled, match="^$"):
        Run(should_stop=lambda: True).turn(0.5)
