"""The Sculpt page's scene: its links and its stages."""

import pytest

from landscape.errors import LandscapeError
from landscape.scene.sculpt import SculptScene, sculpted
from landscape.sculpting.sculptures import sculptures


@pytest.mark.parametrize("name", sculptures)
def test_links_are_lossless(name):
    scene = SculptScene.from_query({"sculpture": name, "seed": "7", "resolution": "21"})
    assert (scene.sculpture.name, scene.seed, scene.resolution) == (name, 7, 21)
    assert SculptScene.from_query(scene.to_link()) == scene


def test_settings_are_in_the_link():
    scene = SculptScene.from_query("sculpture=elastic_net&sculpture.l1_ratio=0.8")
    assert scene.sculpture.get("l1_ratio") == 0.8 and "sculpture.l1_ratio=0.8" in scene.to_query()


@pytest.mark.parametrize("query", ["sculpture=clay", "sculpture=elastic_net&sculpture.l1_ratio=2", "resolution=1000", "seed=-1"])
def test_what_makes_no_sense_is_refused(query):
    with pytest.raises(LandscapeError, match=r"one of|between"):
        SculptScene.from_query(query)


def test_its_stages_are_those_of_its_film():
    told = []
    scene = SculptScene.from_query("sculpture=elastic_net&sculpture.l1_ratio=1&resolution=11&seed=3")
    last = list(sculpted(scene, lambda stage, share: told.append(stage), lambda: False))[-1]
    assert last.name == "elastic_net" and last.values.shape[1:] == (11, 11) and last.finished
    assert last.effect.check.expected.tolist() == [1.5, 0.0]  # the share that the scene names
    assert {*told} == {"fitting", "surface", "seeds"}
