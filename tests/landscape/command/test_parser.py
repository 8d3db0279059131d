"""The command line: the same results as from Python, one sentence for an error, and resumed commands with the same bytes."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from landscape import __main__ as program
from landscape.command import parser, path, surface, work
from landscape.command.parser import main
from landscape.command.terminal import Stop
from landscape.command.work import Work
from landscape.curvature.density import spectral_density
from landscape.curvature.spectrum import top_eigenpairs
from landscape.curvature.trace import hessian_trace
from landscape.descent.optimizers import make_optimizer
from landscape.descent.schedules import make_schedule
from landscape.descent.trajectory import descend
from landscape.errors import LandscapeError
from landscape.files.journal import Journal
from landscape.files.result import Recording, load_result
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane
from landscape.sampling.quantities import sample_quantities
from landscape.sampling.surface import sample_surface
from landscape.scene.scene import Scene
from landscape.scene.study import Study

ROOT = Path(__file__).resolve().parents[3]
MOONS = "data=moons&data.n=40&model=mlp&model.widths=4&loss=cross_entropy&plane=pca&steps=15&start=auto&window=auto&opt=gd"
TWO = (
    "data=moons&data.n=40&model=mlp&model.widths=4&loss=cross_entropy&plane=random&steps=12&batch=7&seed=3&start=0.5,-0.25&window=auto"
    "&opt=momentum&opt.lr=0.05&opt2=adam&opt2.lr=0.02&schedule=step&schedule.step_size=5"
)
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
    along = risk.along
    risk.at_once = 1  # fewer points a turn
    risk.along = lambda plane: (lambda values: lambda a, b: (time.sleep(0.4), values(a, b))[1])(along(plane))
    return risk

def large():
    import time
    torch.manual_seed(3)
    x = torch.randn(50, 3)
    model = torch.nn.Sequential(torch.nn.Linear(3, 40), torch.nn.Tanh(), torch.nn.Linear(40, 1))
    risk = EmpiricalRisk(model, lambda o, t: (o[:, 0] - t) ** 2, (x, x.sum(dim=1)))
    curvature, step = risk.curvature, risk.value_and_gradient
    risk.curvature = lambda theta: (lambda product: lambda v: (time.sleep(0.05), product(v))[1])(curvature(theta))
    risk.value_and_gradient = lambda theta, batch=None: (time.sleep(0.05), step(theta, batch))[1]
    return risk

class Answering(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 4)

    def forward(self, x):
        return {"hidden": x, "scores": self.layer(x)}

def padded():
    torch.manual_seed(3)
    x = torch.randn(50, 3)
    classes = torch.where(torch.arange(50) < 20, -1, x.argmax(dim=1))
    loss = lambda o, t: torch.nn.functional.cross_entropy(o["scores"], t, reduction="none", ignore_index=-1)
    return EmpiricalRisk(Answering(), loss, (x, classes))

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


def test_a_scenes_path_is_that_of_its_own_optimizers(tmp_path):
    study = Study(Scene.from_query(TWO))
    for number, expected in enumerate(study.trajectories, 1):
        out = tmp_path / f"{number}.npz"
        assert main(["path", TWO, "--run", str(number), "--out", str(out)]) == 0
        found = load_result(out)
        np.testing.assert_array_equal(found.trajectory.thetas, expected.thetas)
        np.testing.assert_array_equal(found.trajectory.losses, expected.losses)
        assert found.scene == study.scene.to_query()
        assert found.recipe["asked"]["optimizer"] == study.scene.optimizers[number - 1].name
    assert main(["path", TWO, "--out", str(tmp_path / "first.npz")]) == 0
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "1.npz").read_bytes()


@pytest.mark.parametrize(
    ("options", "optimizer", "changed"),
    [
        (["--optimizer", "rmsprop"], make_optimizer("rmsprop"), {}),
        (["--lr", "0.5"], make_optimizer("momentum", lr=0.5), {}),
        (["--run", "2", "--lr", "0.5"], make_optimizer("adam", lr=0.5), {}),
        (["--steps", "4"], make_optimizer("momentum", lr=0.05), {"steps": 4}),
        (["--batch", "40"], make_optimizer("momentum", lr=0.05), {"batch_size": None}),
        (["--seed", "9"], make_optimizer("momentum", lr=0.05), {"seed": 9}),
        (["--optimizer", "gd"], make_optimizer("gd"), {"batch_size": None}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_said_outright_overrides_the_scenes_run(tmp_path, options, optimizer, changed):
    study, out = Study(Scene.from_query(TWO)), tmp_path / "path.npz"
    assert main(["path", TWO, *options, "--out", str(out)]) == 0
    start, schedule = study.plane.embed(0.5, -0.25), make_schedule("step", step_size=5)
    arguments = {"steps": 12, "batch_size": 7, "seed": 3} | changed
    expected = descend(study.objective, optimizer, start, **arguments, schedule=schedule)
    np.testing.assert_array_equal(load_result(out).trajectory.thetas, expected.thetas)


def test_a_functions_path(tmp_path):
    out = tmp_path / "path.npz"
    assert main(["path", "function=himmelblau&opt=newton&steps=5&start=2,1", "--out", str(out)]) == 0
    np.testing.assert_array_equal(load_result(out).trajectory.thetas[0], [2.0, 1.0])


def test_a_functions_surface_is_on_its_own_window(tmp_path):
    out, query = tmp_path / "surface.npz", "function=beale&window=auto&start=auto&opt=gd"
    assert main(["surface", query, "--resolution", "3", "--out", str(out)]) == 0
    study, found = Study(Scene.from_query(query)), load_result(out).surface
    assert ((found.a[0], found.a[-1]), (found.b[0], found.b[-1])) == study.window


def test_a_scenes_surface_comes_with_its_path_and_its_scene(tmp_path, monkeypatch):
    out, study = tmp_path / "surface.npz", Study(Scene.from_query(TWO))
    command = ["surface", TWO, "--resolution", "3", "--out", str(out)]
    assert main(command) == 0
    found = load_result(out)
    assert found.scene == study.scene.to_query()
    np.testing.assert_array_equal(found.trajectory.thetas, study.trajectories[0].thetas)
    assert found.recipe["asked"]["optimizer"] == "momentum"
    monkeypatch.setattr(surface, "NUMBERS_BESIDE", 4 * study.objective.dim)  # as of a large model
    assert main([*command, "--force"]) == 0
    thinned = load_result(out).trajectory
    assert isinstance(thinned, Recording) and thinned.steps.tolist() == [0, 4, 8, 12] and thinned.step == 3
    np.testing.assert_array_equal(thinned.thetas, study.trajectories[0].thetas[::4])


def test_density_and_trace_are_kept_beside_the_eigenpairs(own, tmp_path, capsys):
    out = tmp_path / "spectrum.npz"
    assert main(["spectrum", f"{own}:risk", "--density", "3", "6", "--trace", "12", "--seed", "4", "--out", str(out)]) == 0
    namespace = {}
    exec(own.read_text(), namespace)
    risk, found = namespace["risk"], load_result(out)
    density = spectral_density(risk, risk.theta, probes=3, steps=6, seed=4)
    np.testing.assert_allclose(found.density.nodes, density.nodes, rtol=1e-9, atol=1e-9)
    trace = hessian_trace(risk, risk.theta, probes=12, seed=4)
    assert found.trace.value == pytest.approx(trace.value) and found.trace.standard_error == pytest.approx(trace.standard_error)
    assert f"trace {trace.value:.6g}" in capsys.readouterr().out


def test_maps_beside_the_surface(tmp_path):
    out = tmp_path / "maps.npz"
    wanted = ["test_loss", "accuracy", "smallest_eigenvalue"]
    arguments = ["--resolution", "5", "4", "--curvature-resolution", "3", "2", "--quantities", *wanted]
    assert main(["surface", MOONS, *arguments, "--out", str(out)]) == 0
    study, found = Study(Scene.from_query(MOONS)), load_result(out)
    test = study.objective.on(study.dataset.test_inputs, study.dataset.test_targets)
    expected = sample_quantities(
        study.objective, study.plane, study.window, wanted, test=test, resolution=(5, 4), curvature_resolution=(3, 2)
    )
    assert set(found.quantities) == set(wanted)
    for name in wanted:
        np.testing.assert_array_equal(found.quantities[name].values, expected[name].values)
    assert list(tmp_path.iterdir()) == [out]


def test_an_accuracy_is_on_the_side_that_the_loss_or_the_option_says(tmp_path, monkeypatch):
    squares, out = MOONS.replace("cross_entropy", "mse").replace("pca", "random"), tmp_path / "maps.npz"
    study = Study(Scene.from_query(squares))
    data, whole, kept = study.dataset, Work.journal, {}
    monkeypatch.setattr(
        Work, "journal", lambda work, suffix, asked: kept.setdefault(suffix, []).append(asked) or whole(work, suffix, asked)
    )
    seen = {}
    for threshold, arguments in ((0.5, []), (-0.3, ["--threshold", "-0.3"])):
        assert (
            main(["surface", squares, "--resolution", "5", "4", "--quantities", "accuracy", *arguments, "--force", "--out", str(out)]) == 0
        )
        found = load_result(out).quantities["accuracy"]
        seen[threshold] = found.values
        for j, i in np.ndindex(4, 5):
            outputs = study.objective.outputs(study.plane.embed(found.a[i], found.b[j]), data.inputs).reshape(-1)
            assert found.values[j, i] == np.mean((outputs > threshold) == (data.targets > 0))
        assert load_result(out).recipe["asked"]["accuracy"]["threshold"] == threshold
    assert (seen[0.5] != seen[-0.3]).any()
    assert [asked["accuracy"]["threshold"] for asked in kept[".maps.part"]] == [0.5, -0.3]
    main(["surface", MOONS, "--resolution", "2", "--quantities", "accuracy", "--force", "--out", str(out)])
    assert "accuracy" not in kept[".maps.part"][-1]  # a journal of former versions, which knew this rule alone, still fits


def test_an_accuracy_of_picked_outputs_leaves_padding_out(own, tmp_path, capsys):
    out, namespace = tmp_path / "maps.npz", {}
    command = ["surface", f"{own}:padded", "--resolution", "3", "--quantities", "accuracy", "--out", str(out)]
    assert main([*command, "--pick", "scores"]) == 2 and "ignore_index=-1" in capsys.readouterr().err
    assert main([*command, "--ignore-index", "-1"]) == 2 and "pick='hidden'" in capsys.readouterr().err
    assert main([*command, "--ignore-index", "-1", "--pick", "scores"]) == 0
    exec(own.read_text(), namespace)
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(3)).double().numpy()
    risk = namespace["padded"]()
    plane, found = random_plane(risk, risk.theta), load_result(out).quantities["accuracy"]
    for j, i in np.ndindex(3, 3):
        theta = plane.embed(found.a[i], found.b[j])
        scores = x @ theta[:12].reshape(4, 3).T + theta[12:]
        assert found.values[j, i] == np.mean(scores[20:].argmax(1) == x[20:].argmax(1))


@pytest.mark.parametrize(
    ("source", "names", "words"),
    [
        ("function=himmelblau", ["gradient_norm"], "EmpiricalRisk"),
        ("{own}:risk", ["accuracy"], "class indices"),
        ("{own}:risk", ["test_loss", "loss"], "risk on other data"),
    ],
)
def test_maps_that_cannot_be_are_refused_in_one_sentence_before_the_surface(own, tmp_path, capsys, monkeypatch, source, names, words):
    monkeypatch.setattr(surface, "sample_surface", None)
    assert main(["surface", source.format(own=own), "--quantities", *names, "--out", str(tmp_path / "x.npz")]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "\n" not in said
    assert list(tmp_path.iterdir()) == [own]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["path", TWO, "--run", "3"], "run must be between 1 and 2"),
        (["path", "{own}:risk", "--run", "2"], "run must be between 1 and 1"),
        (["path", "{own}:risk", "--steps", "100000000"], "at most 2147 MB"),
        (["path", "{own}:risk", "--optimizer", "gd", "--batch", "5"], "every step takes all samples"),
        (["path", "{own}:risk", "--lr", "-1"], "lr must be between"),
        (["spectrum", "{own}:risk", "--top", "0"], "top must be between 1"),
        (["spectrum", "{own}:risk", "--trace", "0"], "trace must be between 1"),
        (["spectrum", "{own}:risk", "--density", "4", "0"], "density must be between 1"),
        (["surface", "{own}:risk", "--window", "1", "0", "0", "1"], "each side of the window"),
        (["surface", "{own}:risk", "--curvature-resolution", "1"], "nx must be between 2"),
        (["surface", MOONS.replace("pca&steps=15", "three_points&steps=1")], "collinear"),
        (["path", "{own}:risk", "--threads", "0"], "threads must be between 1"),
    ],
    ids=lambda value: " ".join(value[2:]) if isinstance(value, list) else "",
)
def test_what_is_refused_leaves_no_journal_in_the_way_of_the_corrected_command(own, tmp_path, capsys, arguments, words):
    arguments = [part.format(own=own) for part in arguments]
    assert main([*arguments, "--out", str(tmp_path / "x.npz")]) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [own]


def test_what_was_computed_stays_where_the_result_could_not_be_written(own, tmp_path, capsys, monkeypatch):
    def full(*_, **__):
        raise LandscapeError("result_not_written", got="No space left on device")

    command, out = ["path", f"{own}:risk", "--steps", "5", "--out", str(tmp_path / "x.npz")], tmp_path / "x.npz"
    with monkeypatch.context() as patched:
        patched.setattr(path, "save_result", full)
        assert main(command) == 2
    assert "No space left" in capsys.readouterr().err
    kept = out.with_name("x.npz.part").read_bytes()
    assert len(kept) > 5 * 8 * 26
    assert main(["path", f"{own}:risk", "--steps", "6", "--out", str(out)]) == 2
    assert "one of another computation" in capsys.readouterr().err and out.with_name("x.npz.part").read_bytes() == kept
    assert main(command) == 0
    assert sorted(tmp_path.iterdir()) == sorted([own, out])


def test_threads_are_those_asked_for_told_and_given_back(own, tmp_path):
    before = torch.get_num_threads()
    assert main(["path", f"{own}:risk", "--steps", "1", "--threads", str(before + 1), "--out", str(tmp_path / "x.npz")]) == 0
    assert load_result(tmp_path / "x.npz").recipe["asked"]["threads"] == before + 1
    assert torch.get_num_threads() == before


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


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("dta=digits", "'dta'. Write data,"),
        ("data=moons&lr=0.1", "'lr'. Write opt.lr,"),
        ("http://localhost:8501/?dta=digits", "'dta'. Write data,"),
        ("penalty.strength=3", "'penalty.strength'. Name it too, as in penalty=l1"),
        ("opt=gd&opt2.lr=3", "'opt2.lr'. Name it too, as in opt2="),
        ("http://localhost:8501/race?topic=rates", "one of the page race"),
    ],
)
def test_a_link_with_a_key_that_nobody_reads_is_refused_with_the_nearest(tmp_path, capsys, source, words):
    assert main(["surface", source, "--resolution", "2", "--out", str(tmp_path / "x.npz")]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("link: ") and words in said and "\n" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "before", ["http://localhost:8501/?", "https://lab.example.org/base/?embed=true&embed_options=a&embed_options=b&", "?"]
)
def test_a_whole_address_is_its_scene(tmp_path, before):
    out, address = tmp_path / "x.npz", f"{before}function=booth&start=1,1&opt=gd&lang=zh&utm_source=mail&fbclid=x"
    assert main(["path", address, "--steps", "1", "--out", str(out)]) == 0
    assert Scene.from_query(load_result(out).scene, saved=True) == Scene.from_query("function=booth&start=1,1&opt=gd")


class Impatient(Stop):
    """Answers True at every look after the first few, as if Ctrl-C had been pressed there."""

    looks = 0

    def __call__(self):
        self.looks += 1
        return self.looks > self.most


@pytest.mark.parametrize(
    ("most", "arguments"),
    [
        (5, ["surface", MOONS, "--resolution", "40"]),
        (2, ["surface", "{own}:risk", "--plane", "hessian", "--resolution", "40"]),
        (9, ["surface", MOONS, "--resolution", "4", "--quantities", "accuracy", "largest_eigenvalue", "--curvature-resolution", "3"]),
        (7, ["path", TWO, "--run", "2"]),
        (7, ["path", "{own}:risk", "--steps", "20", "--optimizer", "newton"]),
        (7, ["path", "{own}:risk", "--steps", "20", "--journal", "0.000002"]),
        (9, ["spectrum", MOONS.replace("widths=4", "widths=60"), "--density", "2", "5", "--trace", "30"]),
        (1, ["spectrum", "{own}:risk", "--top", "2"]),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_a_command_stopped_again_and_again_ends_with_the_bytes_of_one_that_was_not(own, tmp_path, capsys, monkeypatch, most, arguments):
    arguments = [part.format(own=own) for part in arguments]
    whole, parts = tmp_path / "whole.npz", tmp_path / "parts.npz"
    assert main([*arguments, "--out", str(whole)]) == 0
    capsys.readouterr()
    monkeypatch.setattr(parser, "Stop", Impatient)
    Impatient.most, stops = most, 0
    while main([*arguments, "--out", str(parts)]) == 130:
        assert "The same command takes it up" in capsys.readouterr().err
        assert not parts.exists()
        Impatient.most, stops = Impatient.most + most, stops + 1  # what is taken up is looked at again
    assert stops >= 2
    assert parts.read_bytes() == whole.read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted([own, whole, parts])


def test_a_scenes_own_path_hears_ctrl_c_and_is_not_run_again(tmp_path, monkeypatch):
    steps, command = [], ["surface", MOONS, "--resolution", "3", "--out", str(tmp_path / "x.npz")]
    step = EmpiricalRisk.value_and_gradient
    monkeypatch.setattr(EmpiricalRisk, "value_and_gradient", lambda *given: steps.append(1) or step(*given))
    with monkeypatch.context() as patched:
        patched.setattr(parser, "Stop", Impatient)
        Impatient.most = 12
        assert main(command) == 130
    assert 4 <= len(steps) < 12
    assert main(command) == 0
    assert len(steps) == 15


def test_a_journal_without_room_says_what_will_be_done_again(own, tmp_path, capsys, monkeypatch):
    Impatient.most = 8
    monkeypatch.setattr(parser, "Stop", Impatient)
    assert main(["path", f"{own}:risk", "--journal", "0.000001", "--out", str(tmp_path / "x.npz")]) == 130
    said = capsys.readouterr().err.strip()
    assert said == "Stopped. The same command takes it up, but for the last 4 of 8 evaluations: --journal gives more room."


@pytest.mark.parametrize(
    "arguments",
    [["surface", "slow", "--resolution", "21"], ["spectrum", "large", "--trace", "24"], ["path", "large", "--steps", "60", "--batch", "9"]],
    ids=lambda arguments: arguments[0],
)
def test_ctrl_c_stops_cleanly_and_the_same_command_takes_it_up_to_the_same_bytes(own, tmp_path, capsys, arguments):
    def command(out):
        name, place, *options = arguments
        return [name, f"{own}:{place}", *options, "--out", str(out)]

    whole, halves = tmp_path / "whole.npz", tmp_path / "halves.npz"
    assert main(command(whole)) == 0
    said = capsys.readouterr().out
    for ending in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen([sys.executable, "-m", "landscape", *command(halves)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        part = halves.with_name("halves.npz.part")
        before = part.stat().st_size if part.exists() else 0
        deadline = time.monotonic() + 60
        while (not part.exists() or part.stat().st_size < before + 300) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(ending)
        told = process.communicate(timeout=60)[1]
        assert not halves.exists() and part.stat().st_size > before
        if ending == signal.SIGINT:
            assert process.returncode == 130 and "The same command takes it up" in told
    assert main(command(halves)) == 0
    assert capsys.readouterr().out == said
    assert halves.read_bytes() == whole.read_bytes()
    assert not part.exists()


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit, match="^0$"):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(command in said for command in ("surface", "spectrum", "path"))


# --- Options, files and Ctrl-C ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--resolution", "2.5"],
            "got argument --resolution: '2.5' is not a whole number such as 5. Run python -m landscape surface --help",
        ),
        (["--window", "-1", "1"], "got argument --window: expected 4 arguments"),
        (["--window", "1", "-1", "0", "1"], "must run from a smaller to a larger finite number; got ((1.0, -1.0)"),
        (["--window", "0", "nan", "0", "1"], "must run from a smaller to a larger finite number"),
        (["--resolution", "3", "4", "5"], "resolution must have shape (2,); got (3,)"),
        (["--threads", "0"], "threads must be between 1"),
        (["--seed", "half"], "'half' is not a whole number"),
        (["--journal", "-1"], "journal must be between 0"),
        (["--colour", "red"], "unrecognized arguments: --colour red"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_option_is_one_sentence(own, tmp_path, capsys, arguments, words):
    assert main(["surface", f"{own}:risk", *arguments, "--out", str(tmp_path / "x.npz")]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "\n" not in said and "; got " in said
    assert list(tmp_path.iterdir()) == [own]


def test_a_missing_option_is_one_sentence_too(own, capsys):
    assert main(["path", f"{own}:risk"]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("python -m landscape path: ") and "--out" in said and "\n" not in said


def test_negative_numbers_in_scientific_notation_are_numbers(own, tmp_path):
    out = tmp_path / "x.npz"
    window = ["--window", "-1e-3", "2.5e-3", "-.5E+0", "1"]
    assert main(["surface", f"{own}:risk", *window, "--resolution", "2", "--out", str(out)]) == 0
    surface = load_result(out).surface
    assert (*surface.a, *surface.b) == (-1e-3, 2.5e-3, -0.5, 1.0)


@pytest.mark.parametrize("out", [".", "{tmp}", "{tmp}/no/x.npz", "/sys/x.npz"])
def test_where_nothing_can_be_written_nothing_is_computed(tmp_path, capsys, monkeypatch, out):
    monkeypatch.setattr(work, "opened", None)  # not even the study is imported
    assert main(["path", "data=moons", "--out", out.format(tmp=tmp_path)]) == 2
    said = capsys.readouterr().err.strip()
    assert ("a file of its own" in said or "a file can be made in it" in said) and "\n" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_result_for_which_the_disk_has_no_room_is_refused_before_the_first_step(own, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=26 * 8 * 1000))
    monkeypatch.setattr(Journal, "__init__", None)
    assert main(["path", f"{own}:risk", "--steps", "1000", "--out", str(tmp_path / "x.npz")]) == 2
    assert "needs a disk with 0.2082 MB left; got 0.208 MB" in capsys.readouterr().err
    assert main(["surface", f"{own}:risk", "--resolution", "200", "--out", str(tmp_path / "x.npz")]) == 2
    assert "needs a disk with 0.6406 MB left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [own]


def test_a_result_that_is_there_stays_unless_force_says_otherwise(own, tmp_path, capsys):
    out = tmp_path / "x.npz"
    out.write_text("precious")
    command = ["path", f"{own}:risk", "--steps", "3", "--out", str(out)]
    assert main(command) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"{out}: no file may be there yet; got one of 8 bytes") and "--force" in said and "\n" not in said
    assert out.read_text() == "precious" and len(list(tmp_path.iterdir())) == 2
    assert main([*command, "--force"]) == 0
    assert load_result(out).trajectory.status == "completed"


def test_a_journal_of_another_command_is_named_with_what_to_do_and_kept(own, tmp_path, capsys, monkeypatch):
    out, part = tmp_path / "x.npz", tmp_path / "x.npz.part"
    with monkeypatch.context() as patched:
        patched.setattr(parser, "Stop", Impatient)
        Impatient.most = 4
        assert main(["path", f"{own}:risk", "--steps", "9", "--out", str(out)]) == 130
    capsys.readouterr()
    kept = part.read_bytes()
    for other in (["path", f"{own}:risk", "--steps", "8"], ["spectrum", f"{own}:risk"], ["surface", f"{own}:risk"]):
        assert main([*other, "--out", str(out), "--force"]) == 2
        said = capsys.readouterr().err.strip()
        assert f"the journal {part}: " in said and "Repeat the command" in said and "or delete that file" in said and "\n" not in said
    assert part.read_bytes() == kept and sorted(tmp_path.iterdir()) == [own, out.with_name("x.npz.part")]
    assert main(["path", f"{own}:risk", "--steps", "9", "--out", str(out)]) == 0


FAILING = """
calls = 0

def failing():
    risk = problem()
    step = risk.value_and_gradient
    def counted(*given):
        global calls
        calls += 1
        if calls > limit:
            raise error
        return step(*given)
    risk.value_and_gradient = counted
    return risk
"""


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("RuntimeError('the machine is out of memory')", 2, "then takes up what is in {out}.part."),
        ("KeyboardInterrupt()", 130, "Stopped. The same command takes it up."),
    ],
    ids=["error", "second Ctrl-C"],
)
def test_what_was_computed_before_an_error_is_kept_and_taken_up(own, tmp_path, capsys, error, status, words):
    whole, out = tmp_path / "whole.npz", tmp_path / "x.npz"
    own.write_text(OWN + f"limit, error = 10**9, {error}\n" + FAILING)
    command = ["path", f"{own}:failing", "--steps", "9", "--out"]
    assert main([*command, str(whole)]) == 0
    capsys.readouterr()
    own.write_text(OWN + f"limit, error = 4, {error}\n" + FAILING)
    assert main([*command, str(out)]) == status
    said = capsys.readouterr().err.strip().splitlines()
    assert words.format(out=out) in said[-1]
    assert (status == 2) == any("raise error" in line for line in said)
    assert out.with_name("x.npz.part").exists() and not out.exists()
    own.write_text(OWN + f"limit, error = 6, {error}\n" + FAILING)  # four are taken up, six are left
    assert main([*command, str(out)]) == 0
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("stage", ["import", "writing"])
def test_ctrl_c_while_a_study_is_imported_or_the_result_is_written_leaves_nothing_half_done(own, tmp_path, capsys, monkeypatch, stage):
    command, out = ["path", f"{own}:risk", "--steps", "5", "--out", str(tmp_path / "x.npz")], tmp_path / "x.npz"
    with monkeypatch.context() as patched:
        if stage == "import":
            own.write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n")
        else:
            patched.setattr(os, "replace", lambda *_: os.kill(os.getpid(), signal.SIGINT) or os.kill(os.getpid(), signal.SIGINT))
        assert main(command) == 130
    assert "The same command takes it up." in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == [own] + [out.with_name("x.npz.part")] * (stage == "writing")
    own.write_text(OWN)
    monkeypatch.setattr(Journal, "insert", None if stage == "writing" else Journal.insert)  # nothing is evaluated again
    assert main(command) == 0 and load_result(out).trajectory.status == "completed"


def test_ctrl_c_before_the_package_is_imported_is_a_sentence(monkeypatch, capsys):
    class Hasty(ModuleType):
        @property
        def main(self):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "landscape.command.parser", Hasty("landscape.command.parser"))
    assert program.main(["path"]) == 130
    assert capsys.readouterr().err == "Stopped before it began. The same command begins again.\n"


def test_a_disk_that_fills_up_meanwhile_costs_nothing_that_was_computed(own, tmp_path, capsys):
    whole, out = tmp_path / "whole.npz", tmp_path / "x.npz"
    command = ["path", f"{own}:risk", "--steps", "40", "--out"]
    assert main([*command, str(whole)]) == 0

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    run = [sys.executable, "-m", "landscape", *command, str(out)]
    full = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, preexec_fn=small)
    assert full.returncode == 2 and f"the journal {out}.part: " in full.stderr and "Free some room and repeat it" in full.stderr
    assert 2500 < out.with_name("x.npz.part").stat().st_size <= 3000 and not out.exists()
    assert main([*command, str(out)]) == 0
    assert out.read_bytes() == whole.read_bytes()


def test_one_pair_of_both_ends_is_the_largest(tmp_path, capsys):
    wide = MOONS.replace("widths=4", "widths=60")
    found = []
    for which in ("BE", "LA"):
        out = tmp_path / f"{which}.npz"
        assert main(["spectrum", wide, "--top", "1", "--which", which, "--out", str(out)]) == 0
        found.append(load_result(out).spectrum)
    both, high = found
    assert both.eigenvectors.shape[0] > 150
    assert both.eigenvalues.tobytes() == high.eigenvalues.tobytes() and both.bounds.tobytes() == high.bounds.tobytes()
    assert f"± {both.bounds[0]:.1e}" in capsys.readouterr().out
