"""Engines: the same results from a Ray cluster, started on this machine, as from this process, also when workers die."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from landscape.__main__ import main
from landscape.curvature.density import spectral_density
from landscape.curvature.spectrum import top_eigenpairs
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled, LandscapeError
from landscape.files.result import load_result
from landscape.losses.losses import make_loss
from landscape.objective import Objective
from landscape.objectives.functions import make_function
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane
from landscape.planes.directions import random_plane
from landscape.sampling import engines
from landscape.sampling.engines import Spread, evaluator
from landscape.sampling.surface import sample_surface, turn_length

ray = pytest.importorskip("ray", reason="no build of Ray for this Python")
pytestmark = [pytest.mark.xdist_group("cluster"), pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning")]

WINDOW = ((-1.0, 0.8), (-0.5, 1.1))


@pytest.fixture(scope="module", autouse=True)
def cluster():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a worker takes one core for each
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def risk():
    torch.manual_seed(8)
    model = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.BatchNorm1d(12), nn.Linear(12, 3))
    generator = torch.Generator().manual_seed(9)
    data = torch.randn(90, 5, generator=generator), torch.randint(0, 3, (90,), generator=generator)
    return EmpiricalRisk(model, make_loss("cross_entropy"), data, memory=3e4)


@pytest.mark.parametrize("tolerance", [None, 1e-3])
def test_a_surface_is_the_same_to_the_byte(risk, tolerance):
    plane = random_plane(risk, risk.theta, seed=3)
    sampled = {"resolution": (33, 29), "tolerance": tolerance}
    here, there = (sample_surface(risk, plane, WINDOW, engine=engine, **sampled) for engine in ("local", "ray"))
    assert there.values.tobytes() == here.values.tobytes() and there.error.tobytes() == here.error.tobytes()
    assert there.evaluations == here.evaluations


def test_functions_go_too():
    function, plane = make_function("himmelblau"), Plane(np.array([0.3, -0.2]), *np.array([[1.0, 0.5], [0.1, 2.0]]))
    here, there = (sample_surface(function, plane, WINDOW, resolution=(21, 30), engine=engine) for engine in ("local", "ray"))
    np.testing.assert_array_equal(there.values, here.values)


class Mortal(Objective):
    """A bowl that notes the process of each evaluation, and whose first worker to reach `deadly` dies of it, once."""

    at_once = 1

    def __init__(self, folder, deadly):
        self.dim, self.theta, self.blocks = 2, np.zeros(2), ()
        self.folder, self.deadly, self.home = str(folder), deadly, os.getpid()

    def loss(self, theta, batch=None):
        assert os.getpid() != self.home, "evaluated in the process that asked"
        kind = "w" if theta.requires_grad else "v"
        with open(f"{self.folder}/{kind}{os.getpid()}", "a", encoding="utf-8") as notes:
            notes.write(".")
        if float(theta.detach()[0]) > self.deadly and self.first():
            os.kill(os.getpid(), signal.SIGKILL)
        return (theta**4).sum() + theta[0] * theta[1]

    def first(self):
        try:
            Path(self.folder, "dead").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def test_a_worker_that_dies_costs_its_turn_only(tmp_path):
    mortal = Mortal(tmp_path, deadly=0.5)
    surface = sample_surface(mortal, Plane(np.zeros(2), *np.eye(2)), WINDOW, resolution=(16, 9), engine="ray")
    a, b = np.meshgrid(surface.a, surface.b)
    np.testing.assert_allclose(surface.values, a**4 + b**4 + a * b, rtol=1e-14)
    assert Path(tmp_path, "dead").exists()
    counts = [path.stat().st_size for path in tmp_path.glob("v*")]
    assert len(counts) >= 2
    assert 16 * 9 < sum(counts) <= 16 * 9 + turn_length(mortal)


def test_an_interrupted_surface_is_taken_up_by_the_cluster(risk):
    plane, journal, told = random_plane(risk, risk.theta, seed=3), [], []
    sampled = {"resolution": (40, 40), "journal": journal, "engine": "ray"}
    with pytest.raises(Cancelled, match="^$"):
        sample_surface(risk, plane, WINDOW, **sampled, report=told.append, should_stop=lambda: bool(told))
    kept = len(journal)
    assert 0 < kept < 1600 / turn_length(risk)
    taken_up = sample_surface(risk, plane, WINDOW, **sampled)
    assert taken_up.values.tobytes() == sample_surface(risk, plane, WINDOW, resolution=(40, 40)).values.tobytes()
    assert len(journal) > kept


class Slow(Objective):
    at_once = 1

    def __init__(self):
        self.dim, self.theta, self.blocks = 2, np.zeros(2), ()

    def loss(self, theta, batch=None):
        time.sleep(30)
        return theta.sum()


def test_cancel_is_heard_while_workers_work():
    asked = threading.Event()
    threading.Timer(1.0, asked.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled, match="^$"):
        sample_surface(Slow(), Plane(np.zeros(2), *np.eye(2)), WINDOW, resolution=5, engine="ray", should_stop=asked.is_set)
    assert time.monotonic() - began < 25


class Failing(Objective):
    def __init__(self, error):
        self.dim, self.theta, self.blocks, self.error = 2, np.zeros(2), (), error

    def loss(self, theta, batch=None):
        raise self.error


@pytest.mark.parametrize("error", [ZeroDivisionError("of mine"), LandscapeError("no_ray", owner="of mine", got="nothing")])
def test_what_the_objective_raises_comes_back_as_it_was(error):
    with pytest.raises(type(error), match="of mine") as raised:
        sample_surface(Failing(error), Plane(np.zeros(2), *np.eye(2)), WINDOW, resolution=3, engine="ray")
    assert getattr(raised.value, "details", None) == getattr(error, "details", None)


class Deadly(Failing):
    def loss(self, theta, batch=None):
        os.kill(os.getpid(), signal.SIGKILL)


def test_workers_that_keep_dying_are_told_in_one_sentence():
    with pytest.raises(LandscapeError, match="workers must live"):
        sample_surface(Deadly(None), Plane(np.zeros(2), *np.eye(2)), WINDOW, resolution=3, engine="ray")


@pytest.fixture
def spread(risk):
    with Spread(risk) as spread:
        yield spread


def test_products_and_gradients_are_those_of_one_process(risk, spread):
    generator = np.random.default_rng(4)
    theta, v = risk.theta + 0.2 * generator.standard_normal(risk.dim), generator.standard_normal(risk.dim)
    assert len(spread._workers) == 2
    close = {"rtol": 1e-11, "atol": 1e-14}
    np.testing.assert_allclose(spread.hessian_vector(theta, v), risk.hessian_vector(theta, v), **close)
    np.testing.assert_allclose(spread.gradient(theta), risk.gradient(theta), **close)
    batch = np.array([3, 80, 41, 5, 77])
    np.testing.assert_allclose(spread.gradient(theta, batch), risk.gradient(theta, batch), **close)
    value, _ = spread.value_and_gradient(spread.tensor(theta))
    np.testing.assert_allclose([value, spread.value(theta), *spread.values(theta[None])], [risk.value(theta)] * 3, rtol=1e-14)


def test_two_places_are_kept_apart(risk, spread):
    v = np.linspace(-1, 1, risk.dim)
    here, there = spread.curvature(risk.theta), spread.curvature(risk.theta + 0.1)
    for product, theta in ((here, risk.theta), (there, risk.theta + 0.1), (here, risk.theta)):
        np.testing.assert_allclose(product(v), risk.hessian_vector(theta, v), rtol=1e-11, atol=1e-14)


def test_what_takes_an_objective_takes_a_spread_one(risk, spread):
    here, there = (top_eigenpairs(objective, risk.theta, k=3) for objective in (risk, spread))
    np.testing.assert_allclose(there.eigenvalues, here.eigenvalues, rtol=1e-10)
    densities = [spectral_density(objective, risk.theta, probes=2, steps=8) for objective in (risk, spread)]
    np.testing.assert_allclose(densities[1].values, densities[0].values, rtol=1e-6, atol=1e-9)
    paths = [descend(objective, make_optimizer("sgd", lr=0.2), steps=4, batch_size=30, seed=1) for objective in (risk, spread)]
    np.testing.assert_allclose(paths[1].thetas, paths[0].thetas, rtol=1e-10, atol=1e-13)


def test_a_second_one_makes_do_with_what_room_is_left(risk, monkeypatch):
    monkeypatch.setattr(engines, "START", 8.0)
    monkeypatch.setattr(engines, "LATER", 4.0)
    with Spread(risk, workers=1), Spread(risk) as second:
        assert len(second._workers) == 1
        np.testing.assert_allclose(second.gradient(risk.theta), risk.gradient(risk.theta), rtol=1e-11, atol=1e-14)
        with pytest.raises(LandscapeError, match="room for a worker"):
            Spread(risk)
    with pytest.raises(LandscapeError, match="given back"):
        second.gradient(risk.theta)


def test_the_dense_hessian_keeps_no_more_graphs_than_the_objective(risk, spread):
    np.testing.assert_array_equal(spread.hessian(risk.theta), risk.hessian(risk.theta))
    assert spread.keeps_graphs == risk.keeps_graphs


class Waiting(Slow):
    def terms(self, batch=None):
        return [self.loss] * 2


def test_cancel_is_heard_while_workers_make_gradients():
    asked = threading.Event()
    with Spread(Waiting(), should_stop=asked.is_set) as spread:
        threading.Timer(1.0, asked.set).start()
        began = time.monotonic()
        with pytest.raises(Cancelled, match="^$"):
            spread.gradient(np.zeros(2))
        assert time.monotonic() - began < 25


class MortalSum(Mortal):
    def terms(self, batch=None):
        return [self.loss, lambda theta: theta.prod() ** 2]


def test_a_worker_of_products_that_dies_is_started_again(tmp_path):
    point = np.array([0.7, -0.4])
    expected = [[12 * 0.49 + 2 * 0.16, 1 + 4 * point.prod()], [1 + 4 * point.prod(), 12 * 0.16 + 2 * 0.49]]
    with Spread(MortalSum(tmp_path, deadly=0.5)) as spread:
        found = np.stack([spread.hessian_vector(point, axis) for axis in np.eye(2)])
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert Path(tmp_path, "dead").exists()


SOURCE = """
import torch
from torch import nn
from landscape import EmpiricalRisk

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.layer, self.head = nn.Linear(3, 40), nn.Linear(40, 1)

    def forward(self, x):
        return self.head(torch.tanh(self.layer(x)))

def loss(outputs, targets):
    return (outputs - targets).square().mean(1)

def risk():
    inputs = torch.linspace(-1, 1, 90).view(30, 3)
    return EmpiricalRisk(Net(), loss, (inputs, inputs[:, :1] ** 2), memory=2e4)
"""


@pytest.mark.parametrize(
    "command", [["surface", "--resolution", "9", "7"], ["spectrum", "--top", "2"], ["path", "--steps", "3", "--lr", "0.1"]]
)
def test_the_command_line_sends_a_model_that_only_its_file_knows(command, tmp_path, capsys):
    source = tmp_path / "own.py"
    source.write_text(SOURCE, encoding="utf-8")
    results = []
    for engine in ("local", "ray"):
        out = tmp_path / f"{engine}.npz"
        assert main([command[0], f"{source}:risk", *command[1:], "--engine", engine, "--out", str(out)]) == 0
        results.append(load_result(out))
    here, there = results
    if command[0] == "surface":
        assert there.surface.values.tobytes() == here.surface.values.tobytes()
    elif command[0] == "spectrum":
        np.testing.assert_allclose(there.spectrum.eigenvalues, here.spectrum.eigenvalues, rtol=1e-9)
        assert there.recipe["asked"]["engine"] == "ray"
    else:
        np.testing.assert_allclose(there.trajectory.thetas, here.trajectory.thetas, rtol=1e-10, atol=1e-14)
    assert sorted(path.suffix for path in tmp_path.glob("*.*")) == [".npz", ".npz", ".py"]


@pytest.mark.parametrize("command", [["surface", "--resolution", "5"], ["path", "--steps", "2", "--lr", "0.1"]])
def test_the_command_line_sends_the_modules_beside_a_file(command, tmp_path):
    model, study = SOURCE.split("def loss")
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "nets.py").write_text(model, encoding="utf-8")
    source = tmp_path / "own.py"
    source.write_text(
        f"import torch\nfrom landscape import EmpiricalRisk\nfrom beside.nets import Net\n\ndef loss{study}", encoding="utf-8"
    )
    results = []
    for engine in ("local", "ray"):
        out = tmp_path / f"{engine}.npz"
        assert main([command[0], f"{source}:risk", *command[1:], "--engine", engine, "--out", str(out)]) == 0
        results.append(load_result(out))
    here, there = (result.surface.values if result.surface else result.trajectory.thetas for result in results)
    np.testing.assert_allclose(there, here, rtol=1e-10, atol=1e-14)
    assert "beside" not in sys.modules


@pytest.mark.parametrize(("workers", "rule"), [(0, "between 1 and inf"), (-1, "between 1 and inf"), (2.5, "a whole number")])
def test_no_workers_at_all_is_refused_before_a_cluster_is_started(risk, monkeypatch, workers, rule):
    monkeypatch.setattr(engines, "_connected", None)
    with pytest.raises(LandscapeError, match=f"workers must be {rule}; got {workers}"):
        Spread(risk, workers=workers)


def test_the_engine_has_a_name(risk):
    with pytest.raises(LandscapeError, match="local, ray"):
        evaluator("dask", risk, random_plane(risk, risk.theta))


def test_without_ray_it_says_how_to_get_it(risk, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(LandscapeError, match="pip install ray"):
        sample_surface(risk, random_plane(risk, risk.theta), WINDOW, resolution=3, engine="ray")
