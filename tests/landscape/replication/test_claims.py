"""The catalogue of claims: each says what is owed before it is run."""

import math

import pytest

from landscape.replication.claims import claims


@pytest.mark.parametrize("name", claims)
def test_a_claim_has_its_paper_a_sentence_and_bands_that_something_can_miss(name):
    entry = claims[name]
    assert entry.title and entry.source and entry.traits["link"].startswith("https://arxiv.org/abs/")
    assert entry.traits["says"].endswith(".") and entry.traits["why"].endswith(".")
    assert entry.traits["measures"]
    for measure in entry.traits["measures"]:
        assert measure.band.low < measure.band.high
        assert math.isfinite(measure.band.low) or math.isfinite(measure.band.high)


def test_only_the_caution_is_not_expected_to_hold():
    assert [name for name in claims if not claims[name].traits["expected"]] == ["keskar"]
