"""Result files: computed arrays and the recipe of their computation, in one `.npz` file without pickle.

The file is a zip of `.npy` members that `numpy.load` can read: one member for each array, such as `surface.values`, and `recipe`, the bytes
of a JSON object. Members are uncompressed, in a fixed order and with a fixed date, so that equal content gives equal bytes on any machine,
and a file cannot expand when it is read. Files to load are not trusted: each member, with its header, must be exactly what `save_result`
would have written.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import platform
import secrets
import struct
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, Protocol

import numpy as np
import scipy
import torch

from landscape.curvature.critical import CriticalPoint
from landscape.curvature.density import Density
from landscape.curvature.spectrum import Spectrum
from landscape.curvature.trace import Estimate
from landscape.descent.trajectory import Trajectory
from landscape.errors import LandscapeError, Phrase, fields_of, require_made, require_name, require_path
from landscape.objectives.self_check import FINDINGS, Verdict
from landscape.plane import Plane
from landscape.sampling.quantities import CURVATURE, QUANTITIES
from landscape.sampling.surface import Surface

FORMAT = 1
# Largest size of a result, with every number counted as float64.
MAX_BYTES = 2**31
MAX_RECIPE_BYTES = 2**20

# The arrays of each part with the names of their axes; an axis has the same length throughout a file, and a scalar has none. Quantities of
# one pass share a grid, eigenvalues have another one.
ARRAYS = {
    "surface": {"a": ("nx",), "b": ("ny",), "values": ("ny", "nx"), "error": ("ny", "nx")},
    "plane": {"origin": ("D",), "u": ("D",), "v": ("D",)},
    "trajectory": {"thetas": ("T+1", "D"), "losses": ("T+1",), "steps": ("T+1",)},
    "spectrum": {"eigenvalues": ("k",), "eigenvectors": ("D", "k"), "residuals": ("k",), "bounds": ("k",)},
    "density": {"nodes": ("n",), "weights": ("n",), "grid": ("g",), "values": ("g",), "standard_error": ("g",), "width": ()},
    "trace": {"value": (), "standard_error": ()},
    "critical": {"theta": ("m", "D"), "value": ("m",), "gradient_norm": ("m",), "eigenvalues": ("m", "D"), "index": ("m",)},
}
GRIDS = {name: ("cx", "cy") if name in CURVATURE else ("qx", "qy") for name in QUANTITIES}
ARRAYS |= {f"quantities.{name}": {"a": (x,), "b": (y,), "values": (y, x), "error": (y, x)} for name, (x, y) in GRIDS.items()}
# The numbers and strings of a part that are not arrays.
FACTS = {"surface": ("evaluations",), "trajectory": ("status", "step"), "critical": ("kinds",)}
# The kind of each part, and what makes it.
MAKERS: dict[str, tuple[type, str]] = {
    "surface": (Surface, "sample_surface"),
    "plane": (Plane, "Plane or random_plane"),
    "trajectory": (Trajectory, "descend"),
    "spectrum": (Spectrum, "top_eigenpairs"),
    "density": (Density, "spectral_density"),
    "trace": (Estimate, "hessian_trace"),
    "quantities": (Surface, "sample_quantities"),
}
FACTS |= {f"quantities.{name}": ("evaluations",) for name in QUANTITIES}
STATUSES = ("completed", "diverged", "unbounded", "singular")
KINDS = ("minimum", "saddle", "maximum", "degenerate")

AXES = {f"{part}.{field}": axes for part, fields in ARRAYS.items() for field, axes in fields.items()}
MEMBERS = {f"{name}.npy": name for name in ("recipe", *AXES)}
WHOLE = ("trajectory.steps", "critical.index")
# Arrays that a part may lack: a trajectory of all steps, and a spectrum of before there were bounds.
OPTIONAL = {"trajectory.steps", "spectrum.bounds"}
ASCENDING = ("surface.a", "surface.b", "trajectory.steps", *(f"quantities.{name}.{side}" for name in QUANTITIES for side in "ab"))
NARROW = ("<f2", "<f4", "<f8")
HEADER_BYTES = 128
CHUNK_BYTES = 2**20
# The end-of-central-directory record of a zip file, and the locator before it in a zip64 file, whose own numbers replace those of the
# record.
END, END_MARK, LARGE_END_BYTES, LARGE_END_MARK = struct.Struct("<4s4H2LH"), b"PK\5\6", 20, b"PK\6\7"
MAX_DIRECTORY_BYTES = 2**13
# Exceptions of zipfile, struct and numpy for corrupted files (NotImplementedError: a compression method unknown to zipfile).
UNREADABLE = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, OverflowError, struct.error)


class HasQuery(Protocol):
    """A scene: any object with a method that returns its canonical query string."""

    def to_query(self) -> str: ...  # noqa: D102 - the class says it


@dataclass(frozen=True, eq=False)
class Recording(Trajectory):
    """A trajectory of some steps of a training: row k of `thetas` and `losses` is its step `steps[k]`, with `steps` ascending, (T+1,).

    `step` is an index of rows, as in `Trajectory`; `losses` are those that the training loop gave, maybe of a batch, or NaN.
    """

    steps: np.ndarray

    def __post_init__(self) -> None:
        super().__post_init__()
        self.steps.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Result:
    """The content of a file; parts that it does not contain are None. `scene` is the canonical query
    string, for `Scene.from_query(..., saved=True)`.

    `verdict` is that of the risk's self-check, for a model of somebody's own; None also in files of before there was one.
    `trace` is that of the Hessian, `critical` the critical points, `quantities` the surfaces of other quantities than the loss, by name.
    `recipe` describes the computation: the "format", the "versions" of Python and its packages, the arguments under "asked" (window,
    resolution, scene, and those given to `save_result`), and dtype, shape and sha256 of each array under "arrays".
    """

    surface: Surface | None
    plane: Plane | None
    trajectory: Trajectory | None
    spectrum: Spectrum | None
    density: Density | None
    trace: Estimate | None
    critical: tuple[CriticalPoint, ...] | None
    quantities: dict[str, Surface] | None
    scene: str | None
    recipe: dict[str, Any]
    verdict: Verdict | None = None


def save_result(
    path: str | os.PathLike[str],
    *,
    surface: Surface | None = None,
    plane: Plane | None = None,
    trajectory: Trajectory | None = None,
    spectrum: Spectrum | None = None,
    density: Density | None = None,
    trace: Estimate | None = None,
    critical: Sequence[CriticalPoint] | None = None,
    quantities: Mapping[str, Surface] | None = None,
    scene: HasQuery | str | None = None,
    verdict: Verdict | None = None,
    recipe: Mapping[str, object] | None = None,
) -> Path:
    """Write the given parts into the file `path` and return that path; `load_result` reads back the same bits.

    `quantities` are surfaces by name, as returned by `sample_quantities`, on the window of `surface`; `critical` is a list of critical
    points. An empty mapping or list is equivalent to None. `verdict` is that of the `EmpiricalRisk`: it tells a reader of the file what
    its numbers do not mean, and programs of before there was one pass over it. `recipe` holds further arguments of the computation, such
    as seeds and the tolerance: a mapping of strings to numbers, strings, lists and mappings. The window, the resolution and the scene's
    query are added to it. Parameters of a trajectory are stored as float16 or float32 where that is lossless. The file is written
    atomically. Raises `LandscapeError` for parts that are inconsistent with each other or that `load_result` would refuse, for a recipe
    that is not valid JSON, and where the file cannot be written.
    """
    require_path("the result file", path)
    parts = {"surface": surface, "plane": plane, "trajectory": trajectory, "spectrum": spectrum, "density": density, "trace": trace}
    for point in critical or ():
        require_made("save_result", "critical", point, CriticalPoint, "find_critical_points")
    parts |= {"critical": _columns(critical) if critical else None}
    parts |= {f"quantities.{require_name('quantity', name, QUANTITIES)}": found for name, found in (quantities or {}).items()}
    parts = {name: part for name, part in parts.items() if part is not None}
    for name, part in parts.items():
        if name != "critical":
            kind, maker = MAKERS[name.partition(".")[0]]
            require_made("save_result", name, part, kind, maker)
    arrays = {name: _array(name, getattr(parts[part], field)) for name, part, field in _present(parts)}
    _check_size(8 * sum(array.size for array in arrays.values()), MAX_BYTES)
    facts = {part: {fact: getattr(parts[part], fact) for fact in FACTS[part]} for part in FACTS if part in parts}
    asked = _asked(recipe, surface, scene)
    _check(arrays, facts, asked)
    told = {name: {"dtype": a.dtype.str, "shape": list(a.shape), "sha256": _sha256(a)} for name, a in arrays.items()}
    said = {} if verdict is None else {"verdict": _words(verdict)}
    text = _json({"format": FORMAT, "versions": versions(), "asked": asked, "arrays": told, **said, **facts})
    if len(text) > MAX_RECIPE_BYTES:
        raise _invalid("recipe", Phrase("json_bytes", most=MAX_RECIPE_BYTES), f"{len(text)}")
    return _write(Path(path), {"recipe": np.frombuffer(text, np.uint8), **arrays})


def load_result(source: str | os.PathLike[str] | bytes | BinaryIO, *, most_bytes: int = MAX_BYTES) -> Result:
    """Return the content of a file written by `save_result`: its path, its bytes, or a binary file object (read from its beginning).

    `most_bytes` limits the size of the file and of its numbers (8 bytes each) before any are read. Nothing in a file is executed. Raises
    `LandscapeError` for a file that is missing, too large, of another format or kind, truncated or corrupted, or with inconsistent content.
    """
    with _opened(source, most_bytes) as (file, size):
        try:
            return _load(file, size, most_bytes)
        except LandscapeError:
            raise
        except UNREADABLE:
            raise _damaged(Phrase("unreadable")) from None


def require_room(numbers: int) -> None:
    """Raise `LandscapeError` if a result of so many numbers would be too large for `save_result`, before it is computed."""
    _check_size(8 * numbers, MAX_BYTES)


# --- The recipe -------------------------------------------------------------------------------------------------------------------------


def _asked(recipe: Mapping[str, object] | None, surface: Surface | None, scene: HasQuery | str | None) -> dict[str, Any]:
    asked = json.loads(_json(dict(recipe or {})))
    if surface is not None and np.size(surface.a) and np.size(surface.b):
        asked["window"] = [[float(ends[0]), float(ends[-1])] for ends in (surface.a, surface.b)]
        asked["resolution"] = [len(surface.a), len(surface.b)]
    if scene is not None:
        asked["scene"] = scene.to_query() if hasattr(scene, "to_query") else scene
    return asked


def _json(value: Mapping[str, object]) -> bytes:
    """Return the canonical JSON text of `value`; numpy numbers and arrays are written as Python numbers and lists."""
    try:
        return json.dumps(value, default=lambda v: v.tolist(), sort_keys=True, ensure_ascii=False, allow_nan=False).encode()
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        rule = Phrase("json_values")
        raise _invalid("recipe", rule, f"{type(error).__name__}: {error}"[:120]) from None


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages on which results depend."""
    return {
        "landscape": _own_version(),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "scipy": scipy.__version__,
        "torch": str(torch.__version__),
    }


def _own_version() -> str:
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    with suppress(OSError, tomllib.TOMLDecodeError, KeyError):
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("landscape-lab")
    return "unknown"


# --- Consistency of content, checked on writing and on reading --------------------------------------------------------------------------


def _present(parts: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Return (name, part, field) of each array in these parts."""
    names = ((name, *name.rsplit(".", 1)) for name in AXES)
    return [(name, part, field) for name, part, field in names if part in parts and getattr(parts[part], field, None) is not None]


def _columns(points: Sequence[CriticalPoint]) -> SimpleNamespace:
    """Return the critical points as one array for each field."""
    try:
        columns = {field: np.array([getattr(point, field) for point in points]) for field in ARRAYS["critical"]}
    except ValueError:  # raised by numpy for rows of different lengths
        raise _invalid("critical", Phrase("one_space"), Phrase("several_spaces")) from None
    return SimpleNamespace(**columns, kinds=[point.kind for point in points])


def _check(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Mapping[str, Any]], asked: Mapping[str, Any]) -> None:
    """Raise `LandscapeError` for inconsistent shapes, coordinates that do not ascend, and facts out of range."""
    sizes: dict[str, int] = {}
    for name, array in arrays.items():
        axes = AXES[name]
        fits = array.ndim == len(axes) and all(sizes.setdefault(axis, n) == n for axis, n in zip(axes, array.shape, strict=True))
        if not fits or 0 in (n for axis, n in zip(axes, array.shape, strict=True) if axis != "k"):
            expected = ", ".join(str(sizes.get(axis, axis)) for axis in axes)
            raise _invalid(name, Phrase("of_shape", shape=expected), Phrase("shape", shape=array.shape))
    for name in arrays.keys() & set(ASCENDING):
        if not (np.isfinite(arrays[name]).all() and (arrays[name][1:] > arrays[name][:-1]).all()):
            raise _invalid(name, Phrase("finite_ascending"), Phrase("other_numbers"))
    for name in arrays.keys() & {"density.nodes", "density.grid"}:  # all NaN where the Hessian was not finite
        if (arrays[name][1:] < arrays[name][:-1]).any():
            raise _invalid(name, Phrase("ascending"), Phrase("other_numbers"))
    _check_windows(arrays)
    for part in facts:
        CHECKS[part.split(".")[0]](part, facts[part], sizes, arrays)
    if not isinstance(asked.get("scene", ""), str):
        raise _invalid("scene", Phrase("a_scene"), type(asked["scene"]).__name__)


def _check_windows(arrays: Mapping[str, np.ndarray]) -> None:
    """Raise `LandscapeError` for quantities on another window than that of the surface or of the other quantities."""
    for side in "ab":
        ends = {name: (values[0], values[-1]) for name, values in arrays.items() if name in ASCENDING and name.endswith(f".{side}")}
        for name, found in ends.items():
            if found != next(iter(ends.values())):
                got = Phrase("from_to", first=f"{found[0]:.6g}", last=f"{found[1]:.6g}")
                raise _invalid(name, Phrase("on_window", name=next(iter(ends))), got)


def _check_evaluations(part: str, facts: Mapping[str, Any], sizes: Mapping[str, int], arrays: Mapping[str, np.ndarray]) -> None:
    _check_whole(f"{part}.evaluations", facts["evaluations"], 2**53)


def _check_run(part: str, facts: Mapping[str, Any], sizes: Mapping[str, int], arrays: Mapping[str, np.ndarray]) -> None:
    _check_word("trajectory.status", facts["status"], STATUSES)
    _check_whole("trajectory.step", facts["step"], sizes["T+1"] - 1)


def _check_critical(part: str, facts: Mapping[str, Any], sizes: Mapping[str, int], arrays: Mapping[str, np.ndarray]) -> None:
    kinds, index = facts["kinds"], arrays["critical.index"]
    if not isinstance(kinds, list) or len(kinds) != len(index):
        raise _invalid("critical.kinds", Phrase("words", count=len(index)), repr(kinds)[:60])
    for kind, negative in zip(kinds, index.tolist(), strict=True):
        _check_word("critical.kinds", kind, KINDS)
        _check_whole("critical.index", negative, sizes["D"])


CHECKS = {"surface": _check_evaluations, "quantities": _check_evaluations, "trajectory": _check_run, "critical": _check_critical}


def _check_word(name: str, word: object, known: tuple[str, ...]) -> None:
    if not isinstance(word, str) or word not in known:
        raise _invalid(name, Phrase("one_of", known=", ".join(known)), repr(word)[:60])


def _check_whole(name: str, number: object, most: int) -> None:
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or not 0 <= number <= most:
        raise _invalid(name, Phrase("whole_number", most=most), repr(number)[:60])


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise LandscapeError("result_too_large", most=f"{most / 10**6:.4g}", got=f"{size / 10**6:.4g} MB")


def _invalid(name: str, expected: str, got: str) -> LandscapeError:
    return LandscapeError("result_invalid", name=name, expected=expected, got=got)


def _foreign(got: str) -> LandscapeError:
    return LandscapeError("result_foreign", got=got)


def _damaged(got: str) -> LandscapeError:
    return LandscapeError("result_damaged", got=got)


# --- Writing ----------------------------------------------------------------------------------------------------------------------------


def _array(name: str, values: object) -> np.ndarray:
    """Return the values as they are stored: little-endian, in C order, with the dtype of this array."""
    values = np.asarray(values)
    if values.dtype.kind not in "fiu":
        raise _invalid(name, Phrase("real_numbers"), Phrase("dtype", name=values.dtype))
    dtype = "<i8" if name in WHOLE else _narrowest(values) if name == "trajectory.thetas" else "<f8"
    return np.asarray(values, dtype, order="C")


def _narrowest(values: np.ndarray) -> str:
    """Return the smallest floating-point dtype that represents all of `values` exactly."""
    for dtype in NARROW[:-1]:
        if values.dtype.str == dtype or (values.dtype.str in NARROW and all(_survives(rows, dtype) for rows in _rows(values))):
            return dtype
    return NARROW[-1]


def _survives(values: np.ndarray, dtype: str) -> bool:
    with np.errstate(all="ignore"):
        return values.astype(dtype).astype(values.dtype).tobytes() == values.tobytes()


def _rows(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the values in parts of bounded size: an array may be memory-mapped from a file larger than the memory."""
    flat = values.reshape(-1)
    length = CHUNK_BYTES // values.itemsize
    return (flat[k : k + length] for k in range(0, len(flat), length))


def _header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """Return the header of a `.npy` member (numpy.lib.format, version 1.0), always of the same length."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    length = HEADER_BYTES - 10
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", length) + text.ljust(length - 1).encode("ascii") + b"\n"


def _pieces(array: np.ndarray) -> Iterator[bytes]:
    yield _header(array.dtype.str, array.shape)
    yield from (rows.tobytes() for rows in _rows(array))


def _sha256(array: np.ndarray) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(array):
        digest.update(piece)
    return digest.hexdigest()


def _write(path: Path, members: Mapping[str, np.ndarray]) -> Path:
    """Write the zip to a temporary file beside `path`, then rename it to `path`."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with unfinished.open("xb") as file:
            _write_zip(file, members)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise LandscapeError("result_not_written", got=f"{error.strerror or type(error).__name__}: {path}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _write_zip(file: BinaryIO, members: Mapping[str, np.ndarray]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in members.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix; by default it depends on the system
            entry.file_size = HEADER_BYTES + array.nbytes
            with archive.open(entry, "w") as member:
                for piece in _pieces(array):
                    member.write(piece)


# --- Reading ----------------------------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(source: str | os.PathLike[str] | bytes | BinaryIO, most: int) -> Iterator[tuple[BinaryIO, int]]:
    """Yield the source as a seekable file, and its size; raise `LandscapeError` for one larger than `most`."""
    if isinstance(source, (str, os.PathLike)):
        try:
            if not Path(source).is_file():  # reading a pipe would block
                raise FileNotFoundError
            file = open(source, "rb")
        except (OSError, ValueError):
            raise LandscapeError("result_no_file", got=repr(str(source))[:200]) from None
        with file:
            size = os.fstat(file.fileno()).st_size
            _check_size(size, most)
            yield file, size
        return
    data = source if isinstance(source, (bytes, bytearray, memoryview)) else _read_all(source, most)
    _check_size(len(data), most)
    yield io.BytesIO(data), len(data)


def _read_all(source: BinaryIO, most: int) -> bytes:
    """Return the content of a file object, at most one byte more than `most`, from its beginning: an upload may have been read before."""
    try:
        if source.seekable():
            source.seek(0)
        data = source.read(most + 1)
    except (OSError, ValueError) as error:
        raise LandscapeError("result_no_file", got=type(error).__name__) from None
    if not isinstance(data, bytes):
        raise _foreign(Phrase("file_of", name=type(data).__name__))
    return data


def _load(file: BinaryIO, size: int, most: int) -> Result:
    _check_end(file, size)
    try:
        archive = zipfile.ZipFile(file)
    except UNREADABLE:
        raise _foreign(Phrase("zip_cut_short")) from None
    with archive:
        entries = _entries(archive.infolist(), most)
        recipe = _recipe(archive, entries.pop("recipe"))
        told, facts = _told(recipe, entries.keys(), most)
        arrays = {name: _read_array(archive, entry, *told[name]) for name, entry in entries.items()}
    arrays = {name: arrays[name] for name in AXES if name in arrays}
    _check(arrays, facts, recipe["asked"])
    with np.errstate(all="ignore"):  # the checks of `Plane`, on numbers of any size
        parts = {part: _part(part, arrays, facts.get(part, {})) for part in ARRAYS}
    quantities = {name: parts.pop(f"quantities.{name}") for name in QUANTITIES}
    quantities = {name: found for name, found in quantities.items() if found is not None}
    verdict = _verdict(recipe["verdict"]) if "verdict" in recipe else None
    return Result(**parts, quantities=quantities or None, scene=recipe["asked"].get("scene"), recipe=recipe, verdict=verdict)


def _check_end(file: BinaryIO, size: int) -> None:
    """Raise `LandscapeError` for a file that is not a zip, or has a large directory of members, which zipfile reads as a whole."""
    if size == 0:
        raise _foreign(Phrase("empty_file"))
    file.seek(max(0, size - END.size - LARGE_END_BYTES))
    tail = file.read(END.size + LARGE_END_BYTES)
    if len(tail) < END.size or not tail[-END.size :].startswith(END_MARK):
        raise _foreign(Phrase("no_zip"))
    _, _, _, _, count, directory_bytes, _, comment_bytes = END.unpack(tail[-END.size :])
    if comment_bytes or tail.startswith(LARGE_END_MARK):
        raise _foreign(Phrase("foreign_zip"))
    if count > len(MEMBERS) or directory_bytes > MAX_DIRECTORY_BYTES:
        raise _foreign(Phrase("zip_members", count=count))


def _entries(infos: Iterable[zipfile.ZipInfo], most: int) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name; raise `LandscapeError` for unknown, duplicate or compressed ones, or more than `most` bytes in all."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = MEMBERS.get(info.filename)
        if name is None:
            raise _foreign(Phrase("member_foreign", name=f"{info.filename!r:.60}"))
        if name in entries:
            raise _foreign(Phrase("member_twice", name=name))
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise _foreign(Phrase("member_compressed", name=name))
        entries[name] = info
    if "recipe" not in entries:
        raise _foreign(Phrase("no_recipe"))
    _check_size(sum(info.file_size for info in entries.values()), most)
    return entries


def _recipe(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> dict[str, Any]:
    if entry.file_size > HEADER_BYTES + MAX_RECIPE_BYTES:
        raise _damaged(Phrase("recipe_size", size=entry.file_size))
    data = archive.read(entry)
    if not data.startswith(_header("|u1", (len(data) - HEADER_BYTES,))):
        raise _foreign(Phrase("recipe_kind"))
    try:
        recipe = json.loads(data[HEADER_BYTES:], parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _damaged(Phrase("recipe_no_json")) from None
    if not isinstance(recipe, dict):
        raise _damaged(Phrase("recipe_no_mapping"))
    version = recipe.get("format")
    if type(version) is not int or version != FORMAT:
        raise LandscapeError("result_version", expected=FORMAT, got=repr(version)[:60])
    return recipe


def _words(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON has it: its phrases by their codes, so that they can be said in any language."""
    phrases = {name: [{"code": said.code, "details": said.details} for said in getattr(verdict, name)] for name in ("notes", "warnings")}
    return {"evaluations": verdict.evaluations, "samples": verdict.samples, **phrases}


def _verdict(told: object) -> Verdict:
    """Return the verdict that `_words` wrote; raise `LandscapeError` for anything else."""
    told = told if isinstance(told, dict) else {}
    counts = {name: told.get(name) for name in ("evaluations", "samples")}
    lists = {name: told.get(name) for name in ("notes", "warnings")}
    whole = all(type(count) is int and 0 <= count <= 2**53 for count in counts.values())
    if not whole or set(told) != {*counts, *lists} or not all(isinstance(said, list) for said in lists.values()):
        raise _damaged(Phrase("no_facts"))
    return Verdict(**counts, **{name: tuple(_phrase(said) for said in lists[name]) for name in lists})


def _phrase(told: object) -> Phrase:
    """Return the phrase of a verdict that is told by its code and details, all of them texts."""
    match told:
        case {"code": str(code), "details": dict(details), **others} if not others and code in FINDINGS:
            if details.keys() == fields_of(code) and all(isinstance(detail, str) for detail in details.values()):
                return Phrase(code, **details)
    raise _damaged(Phrase("no_facts"))


def _no_constant(name: str) -> None:
    raise ValueError(name)  # JSON has no NaN and no infinity


def _told(recipe: Mapping[str, Any], names: Iterable[str], most: int) -> tuple[dict[str, tuple], dict[str, dict[str, Any]]]:
    """Return (dtype, shape, sha256) of each array and the facts of each part from the recipe, checked against the members."""
    arrays, names = recipe.get("arrays"), set(names)
    if not isinstance(recipe.get("asked"), dict) or not isinstance(arrays, dict) or set(arrays) != names:
        raise _damaged(Phrase("recipe_arrays"))
    told = {name: _told_array(name, arrays[name]) for name in names}
    _check_size(8 * sum(math.prod(shape) for _, shape, _ in told.values()), most)
    parts = {name.rsplit(".", 1)[0] for name in names}
    if not {f"{part}.{field}" for part in parts for field in ARRAYS[part]} - names <= OPTIONAL:
        raise _damaged(Phrase("no_arrays"))
    facts = {part: recipe.get(part) for part in FACTS if part in parts}
    if not all(isinstance(facts[part], dict) and set(facts[part]) == set(FACTS[part]) for part in facts):
        raise _damaged(Phrase("no_facts"))
    return told, facts


def _told_array(name: str, told: object) -> tuple[str, tuple[int, ...], str]:
    dtypes = ("<i8",) if name in WHOLE else NARROW if name == "trajectory.thetas" else ("<f8",)
    told = told if isinstance(told, dict) else {}
    dtype, shape, sha256 = (told.get(key) for key in ("dtype", "shape", "sha256"))
    whole = isinstance(shape, list) and len(shape) == len(AXES[name]) and all(type(n) is int and n >= 0 for n in shape)
    if not (whole and isinstance(dtype, str) and dtype in dtypes and isinstance(sha256, str)):
        raise _damaged(Phrase("array_kind", name=name))
    return dtype, tuple(shape), sha256


def _read_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, dtype: str, shape: tuple[int, ...], sha256: str) -> np.ndarray:
    """Return one member as float64 (steps and indices: int64), after comparing its header and sha256 with the recipe."""
    name = MEMBERS[entry.filename]
    if entry.file_size != HEADER_BYTES + np.dtype(dtype).itemsize * math.prod(shape):
        raise _damaged(Phrase("array_size", name=name))
    data = archive.read(entry)
    if not data.startswith(_header(dtype, shape)) or hashlib.sha256(data).hexdigest() != sha256:
        raise _damaged(Phrase("array_content", name=name))
    values = np.frombuffer(data, dtype, offset=HEADER_BYTES).reshape(shape)
    with np.errstate(all="ignore"):
        return values.astype(np.int64 if dtype == "<i8" else np.float64, copy=False)


def _part(part: str, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> Any:
    fields = {field: arrays[f"{part}.{field}"] for field in ARRAYS[part] if f"{part}.{field}" in arrays}
    if not fields:
        return None
    if part == "critical":
        return _points(**fields, **facts)
    fields = {field: float(values) if values.ndim == 0 else values for field, values in fields.items()}
    kinds = {"surface": Surface, "plane": Plane, "trajectory": Recording if "steps" in fields else Trajectory, "spectrum": Spectrum}
    kinds |= {"density": Density, "trace": Estimate, "quantities": Surface}
    return kinds[part.split(".")[0]](**fields, **facts)


def _points(kinds: list[str], **columns: np.ndarray) -> tuple[CriticalPoint, ...]:
    numbers = {field: columns[field].tolist() for field in ("value", "gradient_norm", "index")}
    rows = zip(columns["theta"], columns["eigenvalues"], *numbers.values(), kinds, strict=True)
    return tuple(CriticalPoint(**dict(zip(("theta", "eigenvalues", *numbers, "kind"), row, strict=True))) for row in rows)
