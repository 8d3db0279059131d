"""The Minima page's scene: its links and its stages."""

import pytest

from landscape.errors import LandscapeError
from landscape.minima.studies import studies
from landscape.minima.study import Study
from landscape.scene.minima import MinimaScene


@pytest.mark.parametrize("name", studies)
def test_links_are_lossless_and_every_study_is_a_record_of_its_parameters(name):
    scene = MinimaScene.from_query({"study": name})
    assert MinimaScene.from_query(scene.to_link()) == scene and scene.study.name == name
    study = scene.study.build(studies)
    assert isinstance(study, Study) and vars(study) == dict(scene.study.settings)


def test_settings_are_in_the_link():
    scene = MinimaScene.from_query("study=wells&study.lr=0.15")
    assert scene.study.get("lr") == 0.15 and "study.lr=0.15" in scene.to_query()


@pytest.mark.parametrize("query", ["study=valley", "study=wells&study.lr=0", "study.lr=nan"])
def test_what_makes_no_sense_is_refused(query):
    with pytest.raises(LandscapeError, match=r"one of|between|finite"):
        MinimaScene.from_query(query)


def test_its_stages_are_those_of_its_study():
    told = []
    last = list(MinimaScene.from_query("study=wells&study.lr=0.15").stages(lambda stage, share: told.append(stage), lambda: False))[-1]
    assert last.finished and last.rolls[0].lr == 0.15 and "paths" in told
