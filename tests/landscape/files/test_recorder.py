"""The recorder: evenly spaced checkpoints of a training loop within a size limit, and the model unchanged."""

import copy
import errno
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from landscape.errors import LandscapeError
from landscape.files.recorder import Recorder
from landscape.files.result import load_result
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import explained_variance, pca_plane

D = 3 * 6 + 6 + 6 * 2 + 2


def net(seed=1):
    generator = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 2))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return model


def flat(model):
    return torch.cat([p.detach().reshape(-1) for p in model.parameters() if p.requires_grad]).double().numpy()


def train(model, steps, record=None, fail_at=None):
    """SGD with a loss said before each step; gives what a recorder that keeps everything would hold."""
    generator = torch.Generator().manual_seed(7)
    inputs, targets = torch.randn((40, 3), generator=generator), torch.randn((40, 2), generator=generator)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05)
    thetas, losses = [], []
    for step in range(steps):
        loss = (model(inputs) - targets).square().mean()
        optimizer.zero_grad()
        loss.backward()
        thetas.append(flat(model))
        losses.append(loss.item())
        if record is not None:
            record(loss)
        if step == fail_at:
            raise RuntimeError("the power went")
        optimizer.step()
    return np.array(thetas), np.array(losses)


def test_three_lines_in_a_loop_give_the_path_that_was_walked(tmp_path):
    with Recorder(net(), tmp_path / "run.npz") as record:
        pass
    assert not (tmp_path / "run.npz").exists()
    model = net()
    with Recorder(model, tmp_path / "run.npz") as record:
        thetas, losses = train(model, 30, record)
        np.testing.assert_array_equal(record.thetas, thetas)
    for path in (record.trajectory, load_result(tmp_path / "run.npz").trajectory):
        np.testing.assert_array_equal(path.thetas, thetas)  # the net itself is float32: nothing is lost
        np.testing.assert_array_equal(path.losses, losses)
        np.testing.assert_array_equal(path.steps, np.arange(30))
        assert path.thetas.dtype == path.losses.dtype == np.float64
        assert (path.status, path.step) == ("completed", 29)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_its_rows_are_the_theta_of_the_empirical_risk(tmp_path):
    model = net()
    model[0].bias.requires_grad_(False)
    model[2].bias.requires_grad_(False)
    model[2].extra = model[0].weight
    risk = EmpiricalRisk(model, lambda outputs, targets: (outputs - targets).square().mean(dim=1), (torch.zeros(4, 3), torch.zeros(4, 2)))
    with Recorder(model, tmp_path / "run.npz") as record:
        record(1.0)
    np.testing.assert_array_equal(record.thetas, risk.theta[None])
    assert risk.dim == D - 8


def test_tied_parameters_are_kept_once_and_frozen_ones_not_at_all(tmp_path):
    model = nn.ModuleDict({"embed": nn.Embedding(5, 4), "head": nn.Linear(4, 5, bias=False), "frozen": nn.Linear(2, 2)})
    model["head"].weight = model["embed"].weight
    model["frozen"].requires_grad_(False)
    with Recorder(model, tmp_path / "run.npz") as record:
        record(0.5)
    np.testing.assert_array_equal(record.thetas, model["embed"].weight.detach().double().numpy().reshape(1, -1))


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("steps", [1, 2, 7, 8, 9, 64, 101])
def test_a_full_budget_halves_the_checkpoints_and_keeps_the_ends(tmp_path, steps, every):
    model = net()
    with Recorder(model, tmp_path / "run.npz", budget_bytes=6_000 + 8 * (4 * D + 16), every=every) as record:
        capacity = record.capacity
        thetas, losses = train(model, steps, record)
        assert (tmp_path / "run.npz.part").stat().st_size <= 4 * D * capacity
    kept = record.steps
    assert 8 <= capacity <= 24 and len(kept) <= capacity
    assert kept[0] == 0 and kept[-1] == (steps - 1) // every * every
    gaps = np.diff(kept)
    assert (gaps[:-1] == record.stride).all() and (gaps[-1:] <= record.stride).all()
    assert record.stride in every * 2 ** np.arange(10)
    assert record.stride == every or len(kept) > capacity // 2
    np.testing.assert_array_equal(record.thetas, thetas[kept])
    np.testing.assert_array_equal(record.losses, losses[kept])
    assert (tmp_path / "run.npz").stat().st_size <= 6_000 + 8 * (4 * D + 16)


def test_the_smallest_budget_keeps_the_first_and_the_newest(tmp_path):
    model, small = net(), 1_000
    with pytest.raises(LandscapeError, match="budget_bytes must be between"):
        Recorder(model, tmp_path / "run.npz", budget_bytes=small)
    with pytest.raises(LandscapeError, match="budget_bytes must be between") as refused:
        Recorder(model, tmp_path / "run.npz", budget_bytes=1)
    with Recorder(model, tmp_path / "run.npz", budget_bytes=int(refused.value.details["low"])) as record:
        thetas, _ = train(model, 50, record)
    assert record.capacity == 2
    np.testing.assert_array_equal(record.steps, [0, 49])
    np.testing.assert_array_equal(record.thetas, thetas[[0, 49]])


@pytest.mark.parametrize(("dtype", "digits"), [("float16", 2e-3), ("float32", 1e-7), ("float64", 0.0)])
def test_the_dtype_asked_is_what_is_kept(tmp_path, dtype, digits):
    model = net().double()
    with torch.no_grad():
        model[0].weight += 1e-9
    with Recorder(model, tmp_path / "run.npz", dtype=dtype) as record:
        record(1.0)
        assert (tmp_path / "run.npz.part").stat().st_size == np.dtype(dtype).itemsize * D
    np.testing.assert_allclose(record.thetas[0], flat(model), rtol=digits, atol=digits)
    assert np.array_equal(record.thetas[0], flat(model)) == (dtype == "float64")


def test_training_is_the_same_to_the_bit_with_a_recorder(tmp_path):
    alone, watched = net(), net()
    alone.train()
    watched.train()
    torch.manual_seed(3)
    train(alone, 12)
    before = torch.get_rng_state()
    with Recorder(watched, tmp_path / "run.npz", budget_bytes=6_000 + 4 * 4 * D) as record:
        train(watched, 12, record)
    assert torch.equal(torch.get_rng_state(), before)
    for mine, other in zip(alone.parameters(), watched.parameters(), strict=True):
        assert torch.equal(mine, other) and torch.equal(mine.grad, other.grad)
        assert other.requires_grad and other.is_leaf
    assert watched.training
    assert not watched._forward_hooks and not watched._backward_hooks


def test_what_is_kept_does_not_move_with_the_model(tmp_path):
    model = net()
    with Recorder(model, tmp_path / "run.npz") as record:
        before = flat(model)
        record(1.0)
        with torch.no_grad():
            model[0].weight.zero_()
        np.testing.assert_array_equal(record.thetas[0], before)


def test_an_exception_leaves_what_was_recorded_and_goes_on(tmp_path):
    model, twin = net(), copy.deepcopy(net())
    thetas, losses = train(twin, 18)
    with pytest.raises(RuntimeError, match="the power went"), Recorder(model, tmp_path / "run.npz") as record:
        train(model, 30, record, fail_at=17)
    result = load_result(tmp_path / "run.npz")
    np.testing.assert_array_equal(result.trajectory.thetas, thetas)
    np.testing.assert_array_equal(result.trajectory.losses, losses)
    assert result.recipe["asked"]["ended_by"] == "RuntimeError"
    assert list(tmp_path.iterdir()) == [tmp_path / "run.npz"]


def test_a_plane_of_the_path_holds_what_svd_says(tmp_path):
    model = net()
    with Recorder(model, tmp_path / "run.npz") as record:
        thetas, _ = train(model, 40, record)
    plane = pca_plane(load_result(tmp_path / "run.npz").trajectory)
    spread = np.linalg.svd(thetas - thetas.mean(axis=0), compute_uv=False) ** 2
    assert explained_variance(plane, thetas) == pytest.approx(spread[:2].sum() / spread.sum(), abs=1e-6)
    np.testing.assert_array_equal(plane.origin, thetas[-1])


def test_a_run_that_leaves_for_good_is_called_diverged(tmp_path):
    model = net()
    with Recorder(model, tmp_path / "run.npz") as record:
        record(1.0)
        record(float("inf"))
        with torch.no_grad():
            model[0].weight[0, 0] = torch.nan
        record(torch.tensor(torch.nan))
    path = load_result(tmp_path / "run.npz").trajectory
    assert (path.status, path.step) == ("diverged", 1)
    assert np.isnan(path.thetas[2]).sum() == 1


def test_a_loss_left_out_is_nan_and_no_divergence(tmp_path):
    with Recorder(net(), tmp_path / "run.npz") as record:
        record()
        record()
    assert np.isnan(record.losses).all() and record.trajectory.status == "completed"


def test_a_folder_gets_a_file_of_a_fixed_name_and_save_keeps_a_copy_on_the_way(tmp_path):
    model = net()
    with Recorder(model, tmp_path / "runs" / "monday") as record:
        record(1.0)
        assert record.save() == tmp_path / "runs" / "monday" / "recording.npz"
        assert len(load_result(record.path).trajectory) == 1
        record(0.5)
    assert len(load_result(record.path).trajectory) == 2


def test_the_same_training_gives_the_same_bytes(tmp_path):
    for name in ("first.npz", "second.npz"):
        model = net()
        with Recorder(model, tmp_path / name) as record:
            train(model, 9, record)
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_what_cannot_be_recorded_is_refused(tmp_path):
    frozen = net().requires_grad_(False)
    with pytest.raises(LandscapeError, match="requires_grad"):
        Recorder(frozen, tmp_path / "run.npz")
    with pytest.raises(LandscapeError, match="dtype"):
        Recorder(net(), tmp_path / "run.npz", dtype="int8")
    with pytest.raises(LandscapeError, match="every must be between"):
        Recorder(net(), tmp_path / "run.npz", every=0)
    with pytest.raises(LandscapeError, match="every must be a whole number; got 2.5"):
        Recorder(net(), tmp_path / "run.npz", every=2.5)
    model = net()
    with Recorder(model, tmp_path / "run.npz") as record:
        record(1.0)
        model[2] = nn.Linear(6, 3)
        with pytest.raises(LandscapeError, match="shape"):
            record(1.0)
        with pytest.raises(LandscapeError, match="shape"):
            record(torch.zeros(3))
    with pytest.raises(LandscapeError, match="must move"):
        Recorder(net(), tmp_path / "none.npz").trajectory  # noqa: B018 - the property is what refuses


# --- Files that are there, and places that cannot be written to ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["run.npz", "run.npz.part"])
def test_what_is_there_stays_unless_overwrite_says_otherwise(tmp_path, name):
    (tmp_path / name).write_text("hours of training")
    with pytest.raises(LandscapeError, match=f"^{tmp_path / name}: no file may be there yet; got one of 17 bytes .* Pass overwrite=True"):
        Recorder(net(), tmp_path / "run.npz")
    assert (tmp_path / name).read_text() == "hours of training"
    with Recorder(net(), tmp_path / "run.npz", overwrite=True) as record:
        if name == "run.npz":
            assert (tmp_path / name).read_text() == "hours of training"  # until the new one is complete
        record(1.0)
    assert load_result(tmp_path / "run.npz").trajectory.losses.tolist() == [1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_the_file_of_a_training_is_not_that_of_the_next(tmp_path):
    with Recorder(net(), tmp_path / "run.npz") as record:
        record(1.0)
        assert record.save() == record.save() == tmp_path / "run.npz"  # its own
    with pytest.raises(LandscapeError, match="no file may be there yet"):
        Recorder(net(), tmp_path / "run.npz")


@pytest.mark.parametrize(
    ("path", "words"),
    [("/sys/run.npz", "the folder /sys: .* Permission denied"), ("{tmp}/file/run.npz", "result file: .* got .*{tmp}/file")],
)
def test_a_place_that_cannot_be_written_to_is_refused_before_the_training(tmp_path, path, words):
    (tmp_path / "file").write_text("")
    with pytest.raises(LandscapeError, match=words.format(tmp=tmp_path)):
        Recorder(net(), path.format(tmp=tmp_path))


def test_a_disk_without_room_for_two_rows_is_refused_before_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=2 * (4096 + 2 * (4 * D + 16)) - 1))
    with pytest.raises(LandscapeError, match="needs a disk with"):
        Recorder(net(), tmp_path / "run.npz")


def test_rows_that_were_recorded_outlive_a_result_that_could_not_be_written(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    record = Recorder(net(), tmp_path / "run.npz")
    record(1.0)
    record(0.5)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(LandscapeError, match=f"No space left on device: {tmp_path / 'run.npz'}"):
            record.__exit__(None, None, None)
    assert (tmp_path / "run.npz.part").stat().st_size == 2 * 4 * D
    assert load_result(record.save()).trajectory.losses.tolist() == [1.0, 0.5]
