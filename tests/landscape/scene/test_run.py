"""Run: a scene's optimizer set up for descent, with the batch size that the method allows, against `descend` called by hand."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.schedules import make_schedule
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.functions import make_function
from landscape.objectives.risk import EmpiricalRisk
from landscape.scene.run import Run
from landscape.scene.scene import Scene, choose

OPTIMIZERS = (choose("opt", "gd", lr=0.03), choose("opt2", "sgd", lr=0.05))
SCENE = Scene(optimizers=OPTIMIZERS, schedule=choose("schedule", "step", step_size=3, gamma=0.5), steps=7, batch=16, seed=5)


def test_a_full_batch_method_takes_all_samples_whatever_the_scene_says():
    gd, sgd = (Run.of(SCENE, choice) for choice in OPTIMIZERS)
    assert (gd.optimizer.name, gd.batch, sgd.optimizer.name, sgd.batch) == ("gd", None, "sgd", 16)
    assert Run.of(replace(SCENE, batch=0), OPTIMIZERS[1]).batch is None


def test_the_path_is_that_of_descend_with_the_scene_s_arguments():
    data = make_dataset("line", n=40, residuals="normal")
    risk = EmpiricalRisk(make_model("deep_linear", data, seed=5), make_loss("mse"), data)
    start = np.array([0.4, -1.3])
    schedule = make_schedule("step", step_size=3, gamma=0.5)
    expected = descend(risk, make_optimizer("sgd", lr=0.05), start, steps=7, batch_size=16, seed=5, schedule=schedule)
    shares = []
    path = Run.of(SCENE, OPTIMIZERS[1]).descend(risk, start, report=shares.append)
    np.testing.assert_array_equal(path.thetas, expected.thetas)
    assert path.thetas.shape == (8, 2) and shares[-1] == 1.0


def test_a_run_can_be_stopped():
    with pytest.raises(Cancelled, match="^$"):
        Run.of(SCENE, OPTIMIZERS[0]).descend(make_function("booth"), should_stop=lambda: True)
