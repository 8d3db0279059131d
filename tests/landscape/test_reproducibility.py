"""Reproducibility: the same bytes for the same scene and seed, in this process and in another, for any state of the global generators."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from landscape.scene.scene import Scene
from landscape.scene.study import Study

ROOT = Path(__file__).resolve().parents[2]
QUERIES = (
    "data=moons&data.n=40&model=mlp&model.widths=12-12&model.activation=relu&loss=cross_entropy&opt=sgd&opt.lr=0.2&opt2=adam"
    "&plane=random&steps=15&batch=7&resolution=11&start=0.1,0.2&window=auto&seed={seed}",
    "data=iris&model=logistic&loss=cross_entropy&plane=hessian&steps=9&resolution=11&start=auto&window=auto&seed={seed}",
    "steps=9&resolution=11&seed={seed}",
)


def digest(seed):
    """A hash of everything that the scenes show."""
    told = hashlib.sha256()
    for query in QUERIES:
        study = Study(Scene.from_query(query.format(seed=seed)))
        arrays = [study.dataset.inputs, study.dataset.targets, study.objective.theta, study.plane.origin, study.plane.u, study.plane.v]
        arrays += [array for run in study.trajectories for array in (run.thetas, run.losses)]
        arrays += [study.surface(11).values, study.spectrum.eigenvalues, study.spectrum.eigenvectors]
        for array in arrays:
            told.update(np.ascontiguousarray(array).tobytes())
    return told.hexdigest()


@pytest.fixture
def global_streams():
    before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002 - global on purpose: nothing may depend on it
    yield
    torch.set_rng_state(before[0])
    np.random.set_state(before[1])  # noqa: NPY002


@pytest.mark.usefixtures("global_streams")
def test_the_global_streams_are_neither_used_nor_moved():
    first = digest(5)
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    states = torch.get_rng_state(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    assert digest(5) == first
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.random.get_state()[1].tobytes() == states[1]  # noqa: NPY002
    assert torch.get_default_dtype() == torch.float32
    assert digest(6) != first


def test_another_process_makes_the_same_bytes():
    code = "from tests.landscape.test_reproducibility import digest; print(digest(5))"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest(5)
