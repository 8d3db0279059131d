"""The journal: entries survive the death of the process, and the resumed computation ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from landscape.errors import LandscapeError
from landscape.files.journal import HEADER_BYTES, Journal
from landscape.files.result import save_result
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane
from landscape.sampling.quantities import sample_quantities
from landscape.sampling.surface import sample_surface

ROOT = Path(__file__).resolve().parents[3]
TURNS = [np.array([1.5, np.nan, -0.0]), np.array([]), np.array([np.inf]), np.arange(300.0)]


def small_net():
    generator = torch.Generator().manual_seed(2)
    net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    inputs, targets = torch.randn((30, 3), generator=generator), torch.randn((30, 1), generator=generator)
    return EmpiricalRisk(net, lambda outputs, targets: (outputs - targets).square().mean(dim=1), (inputs, targets))


def save_surface(path, journal, report=None):
    """The call that is killed, and the same call that resumes."""
    objective = small_net()
    plane = random_plane(objective, objective.theta, seed=5)
    surface = sample_surface(objective, plane, ((-1.0, 2.0), (-0.5, 1.5)), resolution=(61, 47), journal=journal, report=report)
    return save_result(path, surface=surface, plane=plane, recipe={"seed": 5})


def test_what_is_appended_is_there_when_the_file_is_opened_again(tmp_path):
    journal = Journal(tmp_path / "turns", "one surface")
    for number, turn in enumerate(TURNS):
        journal.append(turn)
        again = Journal(tmp_path / "turns", "one surface")
        assert len(journal) == len(again) == number + 1
        for mine, other in zip(journal, again, strict=True):
            assert mine.tobytes() == other.tobytes()
    for place in (0, 3, -1, -4):
        assert again[place].tobytes() == TURNS[place].tobytes()
        assert not again[place].flags.writeable
    assert [len(turn) for turn in again[1:3]] == [0, 1]
    for place in (4, -5):
        with pytest.raises(IndexError, match="4 turns"):
            again[place]


def test_a_turn_comes_back_as_float64(tmp_path):
    journal = Journal(tmp_path / "turns", "k")
    journal.append(np.array([1, 2], dtype=np.int32))
    assert journal[0].dtype == np.float64


def test_a_torn_record_is_dropped_at_every_length(tmp_path):
    path = tmp_path / "turns"
    whole = Journal(path, "k")
    for turn in TURNS[:2]:
        whole.append(turn)
    kept = path.stat().st_size
    whole.append(TURNS[0])
    data = path.read_bytes()
    for length in range(kept, len(data)):
        path.write_bytes(data[:length])
        journal = Journal(path, "k")
        assert len(journal) == 2 and path.stat().st_size == kept
    journal.append(TURNS[0])
    assert path.read_bytes() == data


def test_a_changed_record_is_dropped_with_all_that_follow(tmp_path):
    path = tmp_path / "turns"
    journal = Journal(path, "k")
    for turn in (TURNS[3], TURNS[3], TURNS[3]):
        journal.append(turn)
    data = bytearray(path.read_bytes())
    data[HEADER_BYTES + (len(data) - HEADER_BYTES) // 2] ^= 1
    path.write_bytes(data)
    assert len(Journal(path, "k")) == 1


def test_a_header_cut_short_starts_anew(tmp_path):
    path = tmp_path / "turns"
    Journal(path, "k").append(TURNS[0])
    header = path.read_bytes()[:HEADER_BYTES]
    for length in range(HEADER_BYTES):
        path.write_bytes(header[:length])
        assert len(Journal(path, "k")) == 0
        assert path.read_bytes() == header


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"x" * 500])
def test_a_file_of_another_kind_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "turns"
    path.write_bytes(content)
    with pytest.raises(LandscapeError, match="same computation; got a file of another kind"):
        Journal(path, "k")
    assert path.read_bytes() == content


def test_a_journal_of_another_key_is_refused_and_kept(tmp_path):
    path = tmp_path / "turns"
    Journal(path, "seed=1").append(TURNS[0])
    before = path.read_bytes()
    with pytest.raises(LandscapeError, match="got one of another computation"):
        Journal(path, "seed=2")
    assert path.read_bytes() == before


def test_a_folder_is_no_journal(tmp_path):
    for path in (tmp_path, tmp_path / "no" / "turns"):
        with pytest.raises(LandscapeError, match="readable and writable"):
            Journal(path, "k")


def test_only_appending_changes_a_journal(tmp_path):
    journal = Journal(tmp_path / "turns", "k")
    journal.extend(TURNS[:2])
    for change in (
        lambda: journal.__setitem__(0, TURNS[0]),
        lambda: journal.__delitem__(0),
        lambda: journal.insert(0, TURNS[0]),
        journal.pop,
        journal.reverse,
    ):
        with pytest.raises(TypeError, match="only be appended to"):
            change()
    journal.insert(2, TURNS[2])
    assert len(journal) == 3


def test_a_turn_is_one_row_of_numbers(tmp_path):
    with pytest.raises(LandscapeError, match="shape"):
        Journal(tmp_path / "turns", "k").append(np.zeros((2, 2)))


def test_an_interrupted_surface_is_finished_from_its_journal(tmp_path):
    class Interrupt(Exception):
        pass

    def stop(share):
        if share > 0.5:
            raise Interrupt

    with pytest.raises(Interrupt, match="^$"):
        save_surface(tmp_path / "cut.npz", Journal(tmp_path / "turns", "net"), stop)
    turns = len(Journal(tmp_path / "turns", "net"))
    assert turns > 2
    resumed = save_surface(tmp_path / "cut.npz", Journal(tmp_path / "turns", "net"))
    assert resumed.read_bytes() == save_surface(tmp_path / "whole.npz", None).read_bytes()


def test_interrupted_quantities_are_finished_from_their_journal(monkeypatch):
    risk, asked = small_net(), []
    plane = random_plane(risk, risk.theta, seed=5)

    def sample(journal):
        names = ["largest_eigenvalue", "gradient_norm", "loss"]
        found = sample_quantities(risk, plane, ((-1, 2), (0, 1)), names, resolution=(4, 3), curvature_resolution=2, journal=journal)
        return b"".join(found[name].values.tobytes() + found[name].error.tobytes() for name in names)

    turns = []
    whole = sample(turns)
    assert len(turns) == 16 and sample(None) == whole
    embed = type(plane).embed
    monkeypatch.setattr(type(plane), "embed", lambda self, a, b: asked.append(1) or embed(self, a, b))
    for cut in (0, 5, 13, 16):
        asked.clear()
        assert sample(turns[:cut]) == whole
        assert len(asked) == 16 - cut
    with pytest.raises(LandscapeError, match="a turn of 3 numbers for one of 4"):
        sample([np.zeros(3)])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_surface_is_finished_to_the_bytes_of_an_uninterrupted_one(tmp_path):
    path = tmp_path / "turns"
    command = [sys.executable, __file__, str(tmp_path / "cut.npz"), str(path)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        deadline = time.monotonic() + 120
        while not (path.exists() and path.stat().st_size > HEADER_BYTES + 3 * 8 * 256):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "cut.npz").exists()
    with path.open("ab") as file:
        file.write(b"\x00\x08\x00\x00torn")
    journal = Journal(path, "net")
    kept = len(journal)
    assert 3 <= kept < 12
    resumed = save_surface(tmp_path / "cut.npz", journal)
    assert len(journal) == 12 > kept
    assert resumed.read_bytes() == save_surface(tmp_path / "whole.npz", None).read_bytes()


if __name__ == "__main__":
    save_surface(Path(sys.argv[1]), Journal(sys.argv[2], "net"), lambda share: time.sleep(0.2))
