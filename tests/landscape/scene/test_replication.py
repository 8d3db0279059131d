"""The replication page's scene: its link, and the verdicts as they come, each run once."""

import pytest

from landscape.replication.claims import claims
from landscape.scene import replication as module
from landscape.scene.replication import ReplicationScene, replicated


@pytest.fixture
def asked(monkeypatch):
    """What is run, by a stand-in that takes no time."""
    runs = []

    def run(name, told):
        told.report(0.5)
        runs.append((name, told.seed))
        return f"verdict on {name}"

    monkeypatch.setattr(module, "replicate", run)
    return runs


def test_the_default_is_all_claims_and_the_link_is_lossless():
    scene = ReplicationScene()
    assert scene.names == tuple(claims) and scene.to_query() == ""
    some = scene.of(("pca_share", "bezier")).with_value("seed", 7)
    assert some.names == ("bezier", "pca_share") and some.to_query() == "claim=bezier&claim2=pca_share&seed=7"
    assert ReplicationScene.from_query(some.to_link()) == some


def test_verdicts_come_one_by_one_and_what_is_known_is_not_run_again(asked):
    memory, told = {("verdict", "bezier", 4): "known"}, []
    scene = ReplicationScene().of(("bezier", "pca_share")).with_value("seed", 4)
    stages = list(replicated(scene, memory, lambda *progress: told.append(progress), lambda: False))
    assert [stage.running for stage in stages] == ["bezier", "pca_share", ""]
    assert [stage.verdicts for stage in stages] == [(), ("known",), ("known", "verdict on pca_share")]
    assert [stage.finished for stage in stages] == [False, False, True]
    assert asked == [("pca_share", 4)] and memory["verdict", "pca_share", 4] == "verdict on pca_share"
    assert told == [("replicating", 0.75)]


def test_nothing_asked_is_nothing_run(asked):
    (only,) = replicated(ReplicationScene().of(()), {}, lambda *progress: None, lambda: False)
    assert only.finished and only.verdicts == () and asked == []
