"""Result files: exact round trips, equal bytes for equal content, and LandscapeError for malformed files."""

import hashlib
import io
import json
import os
import re
import struct
import tracemalloc
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from landscape.curvature.critical import CriticalPoint
from landscape.curvature.density import Density
from landscape.curvature.spectrum import Spectrum
from landscape.curvature.trace import Estimate
from landscape.descent.trajectory import Trajectory
from landscape.errors import LandscapeError, Phrase
from landscape.files.result import KINDS, MAX_BYTES, MAX_RECIPE_BYTES, Recording, load_result, require_room, save_result
from landscape.objectives.self_check import Verdict
from landscape.plane import Plane
from landscape.sampling.quantities import CURVATURE, QUANTITIES
from landscape.sampling.surface import Surface

D = 7
SCENE = SimpleNamespace(to_query=lambda: "model=mlp&seed=4")


def quantity(name, rng):
    """A map of 6 x 3 points, or of eigenvalues at 2 x 8 with residuals, on the window of the surface."""
    nx, ny = (2, 8) if name in CURVATURE else (6, 3)
    values = rng.normal(size=(ny, nx))
    values[0, 1] = np.nan
    error = np.abs(values) * 1e-4 if name in CURVATURE else np.zeros((ny, nx))
    return Surface(np.linspace(-1.5, 2.0, nx), np.linspace(0.25, 9.0, ny), values, error, nx * ny)


def critical_point(kind, index, rng):
    return CriticalPoint(rng.normal(size=D), float(rng.normal()), 1e-9 / 3, np.sort(rng.normal(size=D))[::-1].copy(), index, kind)


def parts(seed=1):
    """One of everything, with no size twice but the one that has to be: D."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(5, 4))
    values[1, 2], values[3, 0], values[4, 3] = np.nan, np.inf, -0.0
    thetas = rng.normal(size=(6, D))
    thetas[-1, 2] = np.inf
    return {
        "surface": Surface(np.linspace(-1.5, 2.0, 4), np.linspace(0.25, 9.0, 5), values, np.abs(values) * 1e-3, 17),
        "plane": Plane(*rng.normal(size=(3, D))),
        "trajectory": Trajectory(thetas, np.array([3.0, 2.0, 1.0, 2.5, 9.0, np.inf]), "diverged", 3),
        "spectrum": Spectrum(np.array([5.0, 1.0, -0.5]), rng.normal(size=(D, 3)), np.array([1e-9, 1e-8, 1e-3])),
        "density": Density(np.sort(rng.normal(size=9)), *rng.random((1, 9)), np.linspace(-2, 3, 11), *rng.random((2, 11)), 1 / 3),
        "trace": Estimate(-20 / 7, np.nan),
        "critical": [critical_point("minimum", 0, rng), critical_point("degenerate", 2, rng)],
        "quantities": {name: quantity(name, rng) for name in QUANTITIES},
        "scene": SCENE,
        "recipe": {"tolerance": 1e-3, "seed": 4, "probes": np.int64(8), "note": "损失"},
    }


@pytest.fixture
def saved(tmp_path):
    return save_result(tmp_path / "all.npz", **parts())


def assert_same_bits(first, second):
    assert first.dtype == second.dtype and first.shape == second.shape
    assert first.tobytes() == second.tobytes()


# --- Saving and loading -----------------------------------------------------------------------------------------------------------------


def test_everything_comes_back_to_the_bit(saved):
    given, result = parts(), load_result(saved)
    for name, fields in {
        "surface": ("a", "b", "values", "error"),
        "plane": ("origin", "u", "v"),
        "trajectory": ("thetas", "losses"),
        "spectrum": ("eigenvalues", "eigenvectors", "residuals"),
        "density": ("nodes", "weights", "grid", "values", "standard_error"),
    }.items():
        assert type(getattr(result, name)) is type(given[name])
        for field in fields:
            assert_same_bits(getattr(getattr(result, name), field), getattr(given[name], field))
            assert not getattr(getattr(result, name), field).flags.writeable
    assert result.surface.evaluations == 17
    assert (result.trajectory.status, result.trajectory.step) == ("diverged", 3)
    assert result.scene == "model=mlp&seed=4"
    assert type(result.density.width) is float and result.density.width == 1 / 3
    assert type(result.trace) is Estimate and type(result.trace.value) is float
    assert result.trace.value == -20 / 7 and np.isnan(result.trace.standard_error)


def test_critical_points_come_back_to_the_bit(saved):
    given, found = parts()["critical"], load_result(saved).critical
    assert isinstance(found, tuple) and len(found) == 2
    for before, after in zip(given, found, strict=True):
        assert_same_bits(after.theta, before.theta)
        assert_same_bits(after.eigenvalues, before.eigenvalues)
        facts = (after.value, after.gradient_norm, after.index, after.kind)
        assert facts == (before.value, before.gradient_norm, before.index, before.kind)
        assert [type(fact) for fact in facts] == [float, float, int, str]
        assert not (after.theta.flags.writeable or after.eigenvalues.flags.writeable)


def test_quantities_come_back_to_the_bit_each_on_its_grid(tmp_path, saved):
    given, found = parts()["quantities"], load_result(saved).quantities
    assert list(found) == list(QUANTITIES)
    for name, surface in found.items():
        for field in ("a", "b", "values", "error"):
            assert_same_bits(getattr(surface, field), getattr(given[name], field))
        assert surface.evaluations == given[name].evaluations
    some = {name: given[name] for name in ("smallest_eigenvalue", "accuracy")}
    assert set(load_result(save_result(tmp_path / "some.npz", quantities=some)).quantities) == set(some)


def test_a_list_without_critical_points_is_none(tmp_path):
    result = load_result(save_result(tmp_path / "none.npz", critical=[], quantities={}))
    assert result.critical is None and result.quantities is None


def test_a_density_that_is_not_finite_is_kept(tmp_path):
    nan = np.full(4, np.nan)
    found = load_result(save_result(tmp_path / "nan.npz", density=Density(nan, np.full(4, 0.25), nan, nan, nan, np.nan))).density
    assert np.isnan(found.grid).all() and np.isnan(found.width)


def test_bounds_of_eigenvalues_come_back_and_a_spectrum_may_lack_them(tmp_path):
    known = Spectrum(np.array([5.0, 1.0]), np.eye(D, 2), np.full(2, 1e-9), np.array([1e-8, 0.25]))
    assert_same_bits(load_result(save_result(tmp_path / "known.npz", spectrum=known)).spectrum.bounds, known.bounds)
    before = Spectrum(known.eigenvalues, known.eigenvectors, known.residuals)
    assert load_result(save_result(tmp_path / "before.npz", spectrum=before)).spectrum.bounds is None


def test_a_file_of_before_is_read(tmp_path):
    before = save_result(tmp_path / "before.npz", surface=parts()["surface"], plane=parts()["plane"], recipe={"seed": 4})
    with zipfile.ZipFile(before) as archive:
        assert archive.namelist() == [
            f"{name}.npy"
            for name in ("recipe", *(f"surface.{x}" for x in ("a", "b", "values", "error")), *(f"plane.{x}" for x in ("origin", "u", "v")))
        ]
        recipe = json.loads(archive.read("recipe.npy")[128:])
    assert set(recipe) == {"format", "versions", "asked", "arrays", "surface"} and recipe["format"] == 1
    assert load_result(before).density is None


def test_what_would_be_too_large_to_save_is_refused_before_it_is_computed():
    require_room(MAX_BYTES // 8)
    with pytest.raises(LandscapeError, match="at most 2147 MB of numbers; got 2147 MB"):
        require_room(MAX_BYTES // 8 + 1)


PARTS = ("surface", "plane", "trajectory", "spectrum", "density", "trace", "critical", "quantities", "scene")


@pytest.mark.parametrize("name", [*PARTS, "recipe"])
def test_what_was_not_saved_is_absent(tmp_path, name):
    result = load_result(save_result(tmp_path / "one.npz", **{name: parts()[name]}))
    for other in PARTS:
        assert (getattr(result, other) is None) == (other != name)


def test_the_recipe_says_what_was_asked_with_what_and_the_hash_of_every_array(saved):
    result = load_result(saved)
    assert result.recipe["asked"] == {
        "tolerance": 1e-3, "seed": 4, "probes": 8, "note": "损失",
        "scene": "model=mlp&seed=4", "window": [[-1.5, 2.0], [0.25, 9.0]], "resolution": [4, 5],
    }  # fmt: skip
    assert set(result.recipe["versions"]) == {"landscape", "numpy", "python", "scipy", "torch"}
    assert result.recipe["versions"]["numpy"] == np.__version__
    with zipfile.ZipFile(saved) as archive:
        assert set(result.recipe["arrays"]) == {info.filename.removesuffix(".npy") for info in archive.infolist()} - {"recipe"}
        for name, told in result.recipe["arrays"].items():
            assert told["sha256"] == hashlib.sha256(archive.read(f"{name}.npy")).hexdigest()


def test_numpy_reads_the_file_by_itself(saved):
    with np.load(saved, allow_pickle=False) as members:
        np.testing.assert_array_equal(members["surface.values"], parts()["surface"].values)
        assert json.loads(members["recipe"].tobytes())["format"] == 1


def test_a_header_is_what_numpy_writes(saved):
    with zipfile.ZipFile(saved) as archive:
        for info in archive.infolist():
            written = io.BytesIO()
            np.lib.format.write_array(written, np.load(io.BytesIO(archive.read(info))), version=(1, 0))
            assert archive.read(info) == written.getvalue()


def test_equal_content_gives_equal_bytes_at_any_time_and_in_any_order(tmp_path, saved, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 2e9)
    given = dict(reversed(parts().items()))
    given["recipe"] = dict(reversed(given["recipe"].items()))
    again = save_result(tmp_path / "again.npz", **given)
    assert again.read_bytes() == saved.read_bytes()
    with zipfile.ZipFile(again) as archive:
        assert {(info.date_time, info.create_system) for info in archive.infolist()} == {((1980, 1, 1, 0, 0, 0), 3)}
    other = save_result(tmp_path / "other.npz", **parts(seed=2))
    assert other.read_bytes() != saved.read_bytes()


def test_a_loaded_result_saves_to_the_same_bytes(tmp_path, saved):
    result = load_result(saved)
    kept = {name: getattr(result, name) for name in PARTS}
    again = save_result(tmp_path / "again.npz", **kept, recipe=result.recipe["asked"])
    assert again.read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_narrow_parameters_stay_narrow_on_disk_and_are_float64_in_memory(tmp_path, dtype):
    thetas = np.random.default_rng(3).normal(size=(300, D)).astype(dtype)
    recording = Recording(thetas, np.arange(300.0), "completed", 299, np.arange(300) * 4)
    path = save_result(tmp_path / "path.npz", trajectory=recording)
    loaded = load_result(path).trajectory
    assert isinstance(loaded, Recording)
    assert_same_bits(loaded.thetas, thetas.astype(np.float64))
    assert_same_bits(loaded.steps, np.arange(300) * 4)
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("trajectory.thetas.npy").file_size == 128 + thetas.nbytes
    assert save_result(tmp_path / "again.npz", trajectory=loaded).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("wrap", [bytes, io.BytesIO, str, lambda data: data], ids=["bytes", "file", "str", "path"])
def test_bytes_files_and_paths_are_read_alike(saved, wrap):
    source = wrap(saved.read_bytes()) if wrap in (bytes, io.BytesIO) else wrap(saved)
    assert_same_bits(load_result(source).surface.values, parts()["surface"].values)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, saved, monkeypatch):
    before = saved.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(LandscapeError, match="No space left"):
        save_result(saved, **parts(seed=2))
    assert saved.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["all.npz"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"recipe": {"object": object()}}, "recipe must be"),
        ({"recipe": {"tolerance": np.nan}}, "recipe must be"),
        ({"recipe": {"text": "\ud800"}}, "recipe must be"),
        ({"recipe": {"text": "x" * MAX_RECIPE_BYTES}}, "recipe must be"),
        ({"surface": Surface(np.arange(3.0), np.arange(2.0), np.zeros((3, 2)), np.zeros((2, 3)), 6)}, "surface.values must be"),
        ({"surface": Surface(np.array([0.0, np.nan]), np.arange(2.0), *np.zeros((2, 2, 2)), 4)}, "surface.a must be"),
        ({"surface": Surface(np.array([1.0, 0.0]), np.arange(2.0), *np.zeros((2, 2, 2)), 4)}, "surface.a must be"),
        ({"surface": Surface(np.arange(2.0), np.arange(2.0), *np.zeros((2, 2, 2)), -1)}, "surface.evaluations must be"),
        ({"trajectory": Trajectory(np.zeros((2, 3)), np.zeros(2), "sleepy", 1)}, "trajectory.status must be"),
        ({"trajectory": Trajectory(np.zeros((2, 3)), np.zeros(2), "completed", 2)}, "trajectory.step must be"),
        ({"trajectory": Recording(np.zeros((2, 3)), np.zeros(2), "completed", 1, np.array([4, 4]))}, "trajectory.steps must be"),
        ({"trajectory": Trajectory(np.zeros((2, 3), complex), np.zeros(2), "completed", 1)}, "trajectory.thetas must be"),
        ({"plane": parts()["plane"], "spectrum": Spectrum(np.zeros(1), np.zeros((D + 1, 1)), np.zeros(1))}, "eigenvectors must be"),
        ({"scene": 3}, "scene must be"),
        ({"quantities": {"height": quantity("loss", np.random.default_rng(1))}}, "quantity: the name must be one of loss"),
        ({"quantities": {"loss": Surface(np.arange(2.0), np.arange(2.0), *np.zeros((2, 2, 3)), 4)}}, "quantities.loss.values must be"),
        (
            {"quantities": {"loss": Surface(np.arange(2.0), np.arange(2.0), *np.zeros((2, 2, 2)), 4)}, "surface": parts()["surface"]},
            "quantities.loss.a must be on the window of surface.a",
        ),
        (
            {
                "quantities": {
                    n: Surface(np.arange(2.0), np.arange(2.0) + (n == "loss"), *np.zeros((2, 2, 2)), 4) for n in ("loss", "accuracy")
                }
            },
            "quantities.accuracy.b must be on the window of quantities.loss.b",
        ),
        (
            {
                "quantities": {
                    "loss": quantity("loss", np.random.default_rng(1)),
                    "accuracy": quantity("largest_eigenvalue", np.random.default_rng(1)),
                }
            },
            r"quantities.accuracy.a must be of shape \(6\)",
        ),
        ({"critical": [CriticalPoint(np.zeros(n), 0.0, 0.0, np.ones(n), 0, "minimum") for n in (2, 3)]}, "critical must be points of one"),
        ({"critical": [CriticalPoint(np.zeros(2), 0.0, 0.0, np.ones(2), 3, "minimum")]}, "critical.index must be"),
        ({"critical": [CriticalPoint(np.zeros(2), 0.0, 0.0, np.ones(2), 0, "low")]}, "critical.kinds must be"),
        ({"density": Density(*np.zeros((2, 3)), np.zeros(4), *np.zeros((2, 5)), 1.0)}, "density.values must be"),
        ({"density": Density(np.array([1.0, 0.0]), *np.zeros((4, 2)), 1.0)}, "density.nodes must be ascending"),
        ({"trace": Estimate(np.zeros(2), 0.0)}, "trace.value must be of shape"),
        ({"trace": Estimate(True, 0.0)}, "trace.value must be made of real numbers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_could_not_be_loaded_again_is_not_saved(tmp_path, given, message):
    with pytest.raises(LandscapeError, match=message):
        save_result(tmp_path / "none.npz", **given)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(LandscapeError, match="its folder must exist"):
        save_result(tmp_path / "no" / "all.npz", **parts())


# --- Hostile files ----------------------------------------------------------------------------------------------------------------------


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(contents, compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return stream.getvalue()


def without(data, name):
    """The file without one of its arrays, the recipe knowing nothing of it."""
    return packed(
        {k: v for k, v in members(with_recipe(data, lambda recipe: recipe["arrays"].pop(name) and None)).items() if k != f"{name}.npy"}
    )


def npy(array):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), allow_pickle=True)
    return stream.getvalue()


def with_recipe(data, change, **arrays):
    """The file with `arrays` put in place of its own, their hashes right, and `change` made to its recipe."""
    contents = members(data)
    recipe = json.loads(contents["recipe.npy"][128:])
    for name, array in arrays.items():
        name = name.replace("__", ".")
        contents[f"{name}.npy"] = npy(array)
        shape, dtype = list(np.shape(array)), np.asarray(array).dtype.str
        recipe["arrays"][name] = {"dtype": dtype, "shape": shape, "sha256": hashlib.sha256(contents[f"{name}.npy"]).hexdigest()}
    text = change(recipe)
    text = json.dumps(recipe).encode() if text is None else text
    contents["recipe.npy"] = npy(np.frombuffer(text, np.uint8))
    return packed(contents)


def same(_):
    return None


def setting(*keys, to):
    def change(recipe):
        for key in keys[:-1]:
            recipe = recipe[key]
        recipe[keys[-1]] = to

    return change


class Bomb:
    def __reduce__(self):
        return os.abort, ()


def declaring(data, size):
    """The file, its central directory claiming that the last member is `size` bytes long."""
    at = data.rindex(b"PK\1\2")
    return data[: at + 20] + struct.pack("<LL", size, size) + data[at + 28 :]


def many(data):
    return packed(members(data) | {f"x{i}.npy": b"" for i in range(2000)})


FOREIGN, DAMAGED, INVALID = "that save_result wrote", "as it was saved", "must be"
HOSTILE = {
    "empty": (lambda _: b"", FOREIGN),
    "no zip": (lambda _: b"x1,x2\n1,2\n" * 50, FOREIGN),
    "an empty zip": (lambda _: packed({}), FOREIGN),
    "half": (lambda data: data[: len(data) // 2], FOREIGN),
    "without its last byte": (lambda data: data[:-1], FOREIGN),
    "a comment": (lambda data: data[:-2] + b"\4\0aaaa", FOREIGN),
    "many members": (many, "a zip archive of 2054 members"),
    "a zip64 locator": (lambda data: data[:-42] + b"PK\6\7" + data[-38:], "a zip archive of another program"),
    "a path": (lambda data: packed(members(data) | {"../../evil.npy": b"x"}), FOREIGN),
    "an absolute path": (lambda data: packed(members(data) | {"/etc/passwd": b"x"}), FOREIGN),
    "no recipe": (lambda data: packed({k: v for k, v in members(data).items() if k != "recipe.npy"}), FOREIGN),
    "a bomb": (lambda data: packed(members(data) | {"surface.a.npy": bytes(10**7)}, zipfile.ZIP_DEFLATED), FOREIGN),
    "a declared size": (lambda data: declaring(data, 2**31), "at most"),
    "a pickle": (lambda data: packed(members(data) | {"surface.values.npy": npy(np.array([Bomb()]))}), DAMAGED),
    "a pickled recipe": (lambda data: packed(members(data) | {"recipe.npy": npy(np.array([Bomb()]))}), FOREIGN),
    "a missing array": (lambda data: packed({k: v for k, v in members(data).items() if k != "surface.a.npy"}), DAMAGED),
    "an untold array": (lambda data: packed(members(data) | {"trajectory.steps.npy": npy(np.arange(6))}), DAMAGED),
    "another value": (lambda data: packed(members(data) | {"surface.a.npy": npy(np.array([0.0, 1.0, 2.0, 4.0]))}), DAMAGED),
    "a wrong hash": (lambda data: with_recipe(data, setting("arrays", "surface.a", "sha256", to="0" * 64)), DAMAGED),
    "objects": (lambda data: with_recipe(data, same, surface__values=np.array([[Bomb()]])), DAMAGED),
    "whole numbers": (lambda data: with_recipe(data, same, surface__values=np.zeros((5, 4), int)), DAMAGED),
    "an absurd shape": (lambda data: with_recipe(data, setting("arrays", "surface.values", "shape", to=[10**12, 10**12])), "at most"),
    "a negative shape": (lambda data: with_recipe(data, setting("arrays", "surface.values", "shape", to=[-4, -5])), DAMAGED),
    "a shape of flags": (lambda data: with_recipe(data, setting("arrays", "surface.values", "shape", to=[True, 20])), DAMAGED),
    "a shape of words": (lambda data: with_recipe(data, setting("arrays", "surface.values", "shape", to=["5", "4"])), DAMAGED),
    "another shape": (lambda data: with_recipe(data, setting("arrays", "surface.values", "shape", to=[4, 5])), DAMAGED),
    "a transpose": (lambda data: with_recipe(data, same, surface__values=np.zeros((4, 5))), "surface.values must be"),
    "fortran order": (lambda data: with_recipe(data, same, surface__values=np.zeros((4, 5)).T), DAMAGED),
    "NaN in a": (lambda data: with_recipe(data, same, surface__a=np.array([0, 1, np.nan, 2])), "surface.a must be"),
    "infinity in b": (lambda data: with_recipe(data, same, surface__b=np.array([0, 1, 2, 3, np.inf])), "surface.b must be"),
    "NaN in the plane": (lambda data: with_recipe(data, same, plane__u=np.full(D, np.nan)), "finite"),
    "no plane": (lambda data: with_recipe(data, same, plane__u=np.ones(D), plane__v=np.ones(D)), "collinear"),
    "huge directions": (lambda data: with_recipe(data, same, plane__u=np.full(D, 1e308), plane__v=np.full(D, 1e308)), "collinear"),
    "another D": (lambda data: with_recipe(data, same, spectrum__eigenvectors=np.zeros((D + 1, 3))), "eigenvectors must be"),
    "half a surface": (lambda data: with_recipe(data, lambda recipe: recipe.pop("surface") and None), DAMAGED),
    "no evaluations": (lambda data: with_recipe(data, setting("surface", "evaluations", to=-3)), "evaluations must be"),
    "many evaluations": (lambda data: with_recipe(data, setting("surface", "evaluations", to=True)), "evaluations must be"),
    "a status": (lambda data: with_recipe(data, setting("trajectory", "status", to=["x"])), "status must be"),
    "a step": (lambda data: with_recipe(data, setting("trajectory", "step", to=6)), "step must be"),
    "a scene": (lambda data: with_recipe(data, setting("asked", "scene", to={"a": 1})), "scene must be"),
    "half a density": (lambda data: packed({k: v for k, v in members(data).items() if k != "density.width.npy"}), DAMAGED),
    "a row of widths": (lambda data: with_recipe(data, same, density__width=np.ones(2)), DAMAGED),
    "a whole width": (lambda data: with_recipe(data, same, density__width=np.array(3)), DAMAGED),
    "another number of weights": (lambda data: with_recipe(data, same, density__weights=np.ones(8)), "density.weights must be"),
    "nodes in disorder": (lambda data: with_recipe(data, same, density__nodes=np.arange(9.0)[::-1]), "density.nodes must be ascending"),
    "a grid in disorder": (lambda data: with_recipe(data, same, density__grid=np.arange(11.0)[::-1]), "density.grid must be ascending"),
    "half a trace": (lambda data: without(data, "trace.value"), DAMAGED),
    "another trace": (lambda data: packed(members(data) | {"trace.value.npy": npy(np.array(7.0))}), DAMAGED),
    "a trace of words": (lambda data: with_recipe(data, same, trace__value=np.array("x")), DAMAGED),
    "half a critical point": (lambda data: without(data, "critical.eigenvalues"), DAMAGED),
    "another number of points": (lambda data: with_recipe(data, same, critical__value=np.zeros(3)), "critical.value must be"),
    "points of another space": (lambda data: with_recipe(data, same, critical__theta=np.zeros((2, D + 1))), "critical.theta must be"),
    "an index of fractions": (lambda data: with_recipe(data, same, critical__index=np.array([0.0, 2.0])), DAMAGED),
    "a large index": (lambda data: with_recipe(data, same, critical__index=np.array([0, D + 1])), "critical.index must be"),
    "a negative index": (lambda data: with_recipe(data, same, critical__index=np.array([-1, 0])), "critical.index must be"),
    "one kind": (lambda data: with_recipe(data, setting("critical", "kinds", to=["minimum"])), "critical.kinds must be"),
    "a mapping of kinds": (
        lambda data: with_recipe(data, setting("critical", "kinds", to=dict.fromkeys(KINDS[:2]))),
        "critical.kinds must be",
    ),
    "a number of kinds": (lambda data: with_recipe(data, setting("critical", "kinds", to=2)), "critical.kinds must be"),
    "an unknown kind": (lambda data: with_recipe(data, setting("critical", "kinds", to=["minimum", {}])), "critical.kinds must be"),
    "no kinds": (lambda data: with_recipe(data, lambda recipe: recipe.pop("critical") and None), DAMAGED),
    "an unknown quantity": (lambda data: packed(members(data) | {"quantities.height.values.npy": npy(np.zeros((3, 6)))}), FOREIGN),
    "half a quantity": (lambda data: without(data, "quantities.accuracy.error"), DAMAGED),
    "a map of another window": (lambda data: with_recipe(data, same, quantities__loss__a=np.linspace(-1.5, 3, 6)), "on the window of"),
    "a map without order": (lambda data: with_recipe(data, same, quantities__loss__b=np.array([0.25, 9, 9])), "quantities.loss.b must be"),
    "a map of another size": (lambda data: with_recipe(data, same, quantities__loss__error=np.zeros((8, 2))), "loss.error must be"),
    "many points of a map": (lambda data: with_recipe(data, setting("quantities.loss", "evaluations", to=-1)), "loss.evaluations must be"),
    "a list of arrays": (lambda data: with_recipe(data, setting("arrays", to=[1])), DAMAGED),
    "an unknown array": (lambda data: with_recipe(data, setting("arrays", "x", to={})), DAMAGED),
    "the next format": (lambda data: with_recipe(data, setting("format", to=2)), "its format must be 1"),
    "no format": (lambda data: with_recipe(data, lambda recipe: recipe.pop("format") and None), "its format must be 1"),
    "a true format": (lambda data: with_recipe(data, setting("format", to=True)), "its format must be 1"),
    "a recipe that is no JSON": (lambda data: with_recipe(data, lambda _: b"{"), DAMAGED),
    "a recipe of NaN": (lambda data: with_recipe(data, lambda _: b'{"format": NaN}'), DAMAGED),
    "a recipe of bytes": (lambda data: with_recipe(data, lambda _: b"\xff\xfe"), DAMAGED),
    "a list": (lambda data: with_recipe(data, lambda _: b"[1]"), DAMAGED),
    "a deep recipe": (lambda data: with_recipe(data, lambda _: b"[" * 500_000), DAMAGED),
    "a long number": (lambda data: with_recipe(data, lambda _: b"9" * 10_000), DAMAGED),
    "a long recipe": (lambda data: with_recipe(data, lambda _: b" " * (MAX_RECIPE_BYTES + 1)), DAMAGED),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_gives_one_sentence(saved, case):
    make, message = HOSTILE[case]
    data = make(saved.read_bytes())
    tracemalloc.start()
    try:
        with pytest.raises(LandscapeError, match=re.escape(message)) as refused:
            load_result(data)
        assert tracemalloc.get_traced_memory()[1] < 30 * 2**20
    finally:
        tracemalloc.stop()
    assert len(str(refused.value)) < 400 and "\n" not in str(refused.value)


def test_the_unchanged_file_passes_through_the_same_hands(saved):
    assert load_result(with_recipe(saved.read_bytes(), same, surface__values=np.full((5, 4), np.nan))).surface.evaluations == 17


def test_numbers_near_overflow_are_loaded_without_a_warning(saved):
    huge = np.full(D, 1e308)
    result = load_result(with_recipe(saved.read_bytes(), same, plane__u=huge))
    assert_same_bits(result.plane.u, huge)


def test_a_file_twice_the_same_member_is_refused(saved):
    stream = io.BytesIO(saved.read_bytes())
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("recipe.npy", b"x")
    with pytest.raises(LandscapeError, match="twice"):
        load_result(stream)


def test_a_file_larger_than_allowed_is_refused_before_it_is_read(tmp_path, saved):
    sparse = tmp_path / "sparse.npz"
    with sparse.open("wb") as file:
        file.truncate(MAX_BYTES * 2)
    for source, most in ((sparse, MAX_BYTES), (saved, 1000), (saved.read_bytes(), 1000), (saved.open("rb"), 1000)):
        with pytest.raises(LandscapeError, match="at most"):
            load_result(source, most_bytes=most)
        if hasattr(source, "close"):
            source.close()


def test_narrow_numbers_count_at_their_size_in_memory(tmp_path):
    thetas = np.ones((100, 40), np.float16)
    path = save_result(tmp_path / "path.npz", trajectory=Trajectory(thetas, np.ones(100), "completed", 99))
    with pytest.raises(LandscapeError, match="at most"):
        load_result(path, most_bytes=20_000)
    assert load_result(path, most_bytes=40_000).trajectory.thetas.shape == (100, 40)


def test_a_path_that_is_no_file_is_refused(tmp_path):
    for path in (tmp_path / "none.npz", tmp_path, "no\0name"):
        with pytest.raises(LandscapeError, match="must exist and be readable"):
            load_result(path)


def test_a_file_of_text_is_refused():
    with pytest.raises(LandscapeError, match=FOREIGN):
        load_result(io.StringIO("x1,x2\n"))


def test_whatever_byte_is_wrong_the_result_is_the_same_or_refused(saved):
    data, rng = saved.read_bytes(), np.random.default_rng(8)
    outcomes = {"refused": 0, "loaded": 0}
    for _ in range(1500):
        wrong = bytearray(data)
        for _ in range(int(rng.integers(1, 4))):
            wrong[int(rng.integers(len(wrong)))] = int(rng.integers(256))
        try:
            result = load_result(bytes(wrong))
        except LandscapeError:
            outcomes["refused"] += 1
        else:
            assert_same_bits(result.surface.values, parts()["surface"].values)
            outcomes["loaded"] += 1
    assert outcomes["refused"] > 1000


@pytest.mark.parametrize("status", ["completed", "diverged", "unbounded", "singular"])
def test_every_end_of_a_run_comes_back(tmp_path, status):
    run = Trajectory(np.arange(8.0).reshape(4, 2), np.array([2.0, 1.0, -3.0, -1e9]), status, 1)
    kept = load_result(save_result(tmp_path / "run.npz", trajectory=run)).trajectory
    assert (kept.status, kept.step, kept.ran_away) == (status, 1, status in ("diverged", "unbounded"))


VERDICT = Verdict(
    11,
    256,
    notes=(Phrase("check_unused", names="idle.bias"),),
    warnings=(Phrase("check_estimate", slope="1.5", true="0"), Phrase("check_draws")),
)


def test_a_verdict_comes_back_with_its_phrases(tmp_path):
    found = load_result(save_result(tmp_path / "v.npz", trace=Estimate(1.0, 0.1), verdict=VERDICT)).verdict
    assert found == VERDICT
    assert [phrase.details for phrase in found.warnings] == [{"slope": "1.5", "true": "0"}, {}]
    assert load_result(save_result(tmp_path / "none.npz", trace=Estimate(1.0, 0.1))).verdict is None


def changed(**changes):
    def change(recipe):
        recipe["verdict"] |= changes

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda recipe: recipe.update(verdict=[]),
        lambda recipe: recipe["verdict"].pop("samples") and None,
        changed(evaluations=-1),
        changed(samples=True),
        changed(more=1),
        changed(notes={}),
        changed(notes=["check_draws"]),
        changed(notes=[{"code": "check_draws"}]),
        changed(notes=[{"code": "check_draws", "details": {}, "more": 1}]),
        changed(notes=[{"code": "check_flat", "details": {"value": "1"}}]),
        changed(notes=[{"code": "random_loss", "details": {}}]),
        changed(notes=[{"code": "claim_sam", "details": {}}]),
        changed(warnings=[{"code": "check_unused", "details": {"names": 1}}]),
        changed(warnings=[{"code": "check_unused", "details": {"name": "a"}}]),
        changed(warnings=[{"code": "check_unused", "details": {"names": "a", "more": "b"}}]),
    ],
)
def test_a_verdict_that_save_result_would_not_write_is_refused(tmp_path, change):
    data = save_result(tmp_path / "v.npz", trace=Estimate(1.0, 0.1), verdict=VERDICT).read_bytes()
    with pytest.raises(LandscapeError, match="its content must be as it was saved"):
        load_result(with_recipe(data, change))
