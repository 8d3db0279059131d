"""The command line: the same numbers as from Python, one sentence for a mistake, and an interrupted surface taken up to the same bytes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from landscape.__main__ import main
from landscape.files import load_result
from landscape.optimizers import make_optimizer
from landscape.scene import Scene
from landscape.spectrum import top_eigenpairs
from landscape.study import Study
from landscape.surface import sample_surface
from landscape.trajectory import descend

ROOT = Path(__file__).resolve().parents[2]
MOONS = "data=moons&data.n=40&model=mlp&model.widths=4&loss=cross_entropy&plane=pca&steps=15&start=auto&window=auto&opt=gd"
OWN = """
import torch
from landscape import EmpiricalRisk

def problem():
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))
    x = torch.randn(50, 3)
    return EmpiricalRisk(model, lambda o, t: (o[:, 0] - t) ** 2, (x, x.sum(dim=1)))

def slow():
    import time
    risk = problem()
    values = risk.values
    risk.at_once = 1  # few points a turn
    risk.values = lambda thetas: (time.sleep(0.05), values(thetas))[1]
    return risk

risk = problem()
nothing = 3
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "study.py"
    path.write_text(OWN)
    return path


def test_a_scenes_surface_is_the_one_from_python(tmp_path):
    out = tmp_path / "surface.npz"
    assert main(["surface", MOONS, "--resolution", "7", "5", "--out", str(out)]) == 0
    study = Study(Scene.from_query(MOONS))
    expected = sample_surface(study.objective, study.plane, study.window, resolution=(7, 5))
    found = load_result(out)
    np.testing.assert_array_equal(found.surface.values, expected.values)
    np.testing.assert_array_equal(found.plane.u, study.plane.u)
    assert not out.with_name("surface.npz.part").exists()


@pytest.mark.parametrize("place", ["problem", "risk"])
def test_an_objective_of_ones_own_by_file_and_name(own, tmp_path, place):
    out = tmp_path / "own.npz"
    arguments = [
        "surface",
        f"{own}:{place}",
        "--window",
        "-0.5",
        "1",
        "-2",
        "1",
        "--resolution",
        "41",
        "--tolerance",
        "1e-3",
        "--out",
        str(out),
    ]
    assert main(arguments) == 0
    surface = load_result(out).surface
    assert (surface.a[0], surface.b[0], surface.values.shape) == (-0.5, -2.0, (41, 41))
    assert surface.evaluations < 41**2 and surface.error.any()


def test_the_spectrum_is_printed_and_kept(own, tmp_path, capsys):
    out = tmp_path / "spectrum.npz"
    assert main(["spectrum", f"{own}:risk", "--top", "3", "--which", "BE", "--out", str(out)]) == 0
    spectrum = load_result(out).spectrum
    namespace = {}
    exec(own.read_text(), namespace)
    risk = namespace["risk"]
    np.testing.assert_allclose(spectrum.eigenvalues, top_eigenpairs(risk, risk.theta, k=3, which="BE").eigenvalues, rtol=1e-9)
    assert [float(line.split()[0]) for line in capsys.readouterr().out.splitlines()] == pytest.approx(spectrum.eigenvalues, rel=1e-8)


def test_a_path_is_the_one_from_python(own, tmp_path, capsys):
    out = tmp_path / "path.npz"
    assert main(["path", f"{own}:risk", "--optimizer", "adam", "--lr", "0.02", "--steps", "12", "--batch", "10", "--out", str(out)]) == 0
    namespace = {}
    exec(own.read_text(), namespace)
    expected = descend(namespace["risk"], make_optimizer("adam", lr=0.02), steps=12, batch_size=10)
    np.testing.assert_array_equal(load_result(out).trajectory.losses, expected.losses)
    assert "completed after 12 steps" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("data=nonsense", "nonsense"),
        ("missing.py:risk", "missing.py"),
        ("no.such.module:risk", "no.such"),
        ("{own}:absent", "absent"),
        ("{own}:nothing", "a int"),
    ],
)
def test_a_mistake_is_one_sentence_and_no_traceback(own, tmp_path, capsys, source, words):
    assert main(["surface", source.format(own=own), "--out", str(tmp_path / "x.npz")]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "\n" not in said


def test_ctrl_c_stops_cleanly_and_the_same_command_takes_it_up_to_the_same_bytes(own, tmp_path):
    def command(out):
        return [sys.executable, "-m", "landscape", "surface", f"{own}:slow", "--resolution", "21", "--out", str(out)]

    whole, halves = tmp_path / "whole.npz", tmp_path / "halves.npz"
    subprocess.run(command(whole), cwd=ROOT, check=True, capture_output=True)
    for ending in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen(command(halves), cwd=ROOT, stderr=subprocess.PIPE, text=True)
        part = halves.with_name("halves.npz.part")
        before = part.stat().st_size if part.exists() else 0
        deadline = time.monotonic() + 60
        while (not part.exists() or part.stat().st_size < before + 300) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(ending)
        said = process.communicate(timeout=60)[1]
        assert not halves.exists() and part.stat().st_size > before
        if ending == signal.SIGINT:
            assert process.returncode == 130 and "The same command takes it up" in said
    subprocess.run(command(halves), cwd=ROOT, check=True, capture_output=True)
    assert halves.read_bytes() == whole.read_bytes()
    assert not part.exists()


def test_help_names_every_command():
    said = subprocess.run([sys.executable, "-m", "landscape", "--help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert all(command in said for command in ("surface", "spectrum", "path"))
