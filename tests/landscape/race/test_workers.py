"""Workers: with one local step on equal parts they are one large batch; more local steps need fewer rounds and drift farther."""

import numpy as np
import pytest

from landscape.race.workers import SAME, beside, off_one_batch, rounds, team
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy
from landscape.scene.scene import Scene
from landscape.scene.study import Study
from landscape.scene.teamed import teamed

START = np.array([-1.8, 1.9])


@pytest.fixture(scope="module")
def risk():
    return Study(Scene()).objective


def found(risk, **changes):
    how = {"workers": 4, "local": 8, "lr": 0.01, "steps": 48, "batch_size": None, "seed": 0}
    return team(risk, START, **{**how, **changes})


@pytest.mark.parametrize(("workers", "equal"), [(4, True), (5, True), (3, False)])
def test_equal_parts_are_one_large_batch(risk, workers, equal):
    off = off_one_batch(risk, START, workers=workers, lr=0.01, steps=48, seed=0)
    assert found(risk, workers=workers).equal == equal and (off < SAME) == equal


def test_there_is_a_round_for_every_so_many_local_steps(risk):
    crew = found(risk)
    counts, losses = rounds(crew.run)
    np.testing.assert_array_equal(counts, np.arange(48 // 8 + 1))
    np.testing.assert_allclose(losses, [risk.value(theta) for theta in crew.run.mean.thetas[::8]], rtol=1e-12)


def test_workers_have_their_own_losses_and_at_a_round_that_of_the_average(risk):
    crew = found(risk)
    assert crew.losses.shape == (49, 4) and np.ptp(crew.losses[4]) > 1e-3
    np.testing.assert_allclose(crew.losses[8], crew.run.mean.losses[8], rtol=1e-12)


def test_more_local_steps_drift_farther(risk):
    short, long = (found(risk, local=local).run.drift.max() for local in (1, 24))
    assert long > 1.5 * short


def test_other_numbers_of_local_steps_stand_beside():
    assert beside(8, 48) == [1, 32] and beside(1, 48) == [4] and beside(20, 48) == [1, 48]


def test_the_stages_end_with_all_of_them():
    stages = list(teamed(RaceStudy(RaceScene(topic="workers", worker_steps=24, workers=2))))
    assert [stage.finished for stage in stages] == [False, True]
    assert list(stages[0].team.others) == [8] and list(stages[1].team.others) == [1, 8, 24]
    assert stages[0].team.off_batch is None and stages[1].team.off_batch < SAME
    np.testing.assert_array_equal(stages[1].team.others[8].workers, stages[1].team.run.workers)
