"""The order of imports between layers and between rooms, private parts of torch, and rules for the tests, checked on the syntax trees."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent

LAYERS = ("landscape", "figures", "ui", "pages", "app")  # each may import itself and what stands before it

# The rooms of a layer, each of which may import itself, the files beside the rooms, and the rooms before it.
ROOMS = {
    "landscape": (
        "data",
        "networks",
        "losses",
        "regression",
        "objectives",
        "curvature",
        "descent",
        "planes",
        "sampling",
        "sculpting",
        "saddles",
        "minima",
        "race",
        "replication",
        "files",
        "scene",
        "command",
    ),
    "ui": ("words", "browser", "session", "jobs", "pictures", "controls", "frame"),
}
# The files beside the rooms: what every room may use, in this order, and the two that name or begin everything.
ROOT_FILES = {"landscape": ("errors", "arrays", "catalogue", "objective", "plane"), "ui": ("registry",)}
ENTRANCES = ("__init__", "__main__")

BANNED = {
    "landscape": {"streamlit", "plotly", "pandas", "matplotlib"},
    "figures": {"streamlit", "torch"},
}

# The one module that may read private parts of torch, and torch's classes whose private attributes are no names of ours.
TORCH_INTERNALS = "landscape.networks.torch_internals"
TORCH_CLASSES = (torch.nn.Module, torch.Tensor, torch.Generator, torch.optim.Optimizer)

# What tests of a room are of beside its own files: the refusals, which the whole package declares, and Plotly, which the browser runs.
FOREIGN = {"words": {"phrases"}, "browser": {"plotly"}}

VAGUE = {"utils", "util", "core", "helpers", "helper", "common", "manager", "misc"}


def modules(root):
    """Every Python file of the product by its dotted name, landscape.sampling.surface or app."""
    files = [*root.glob("*.py"), *(path for layer in LAYERS for path in (root / layer).rglob("*.py"))]
    return {".".join(path.relative_to(root).with_suffix("").parts): path for path in files}


def imports(path, known):
    """The dotted names that a file imports; `from a import b` counts as a.b where that is a module of ours, else as a."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the import from the top, without leading dots"
            names.update(f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in known else node.module for alias in node.names)
    return names


def ours(name, known):
    """The module of ours that the imported `name` runs, or None; a package runs its __init__."""
    return name if name in known else f"{name}.__init__" if f"{name}.__init__" in known else None


def level(name):
    """The level of a module within its layer, or a sentence saying where to put it."""
    layer, part = name.split(".")[:2]
    order = (*ROOT_FILES[layer], *ROOMS[layer], *ENTRANCES)
    assert part in order, f"{layer}/{part} is no room; put it into one of {', '.join(ROOMS[layer])}"
    return order.index(part)


def upward(root):
    """Every import that points up, and every import of what its layer must not know."""
    known, wrong = modules(root), []
    for name, path in known.items():
        layer = name.split(".")[0]
        for target in imports(path, known):
            top = target.split(".")[0]
            if top in BANNED.get(layer, ()):
                wrong.append(f"{name} must not import {top}")
            if top in LAYERS and layer in LAYERS and LAYERS.index(top) > LAYERS.index(layer):
                wrong.append(f"{name} must not import {target}: {top} stands above {layer}")
            if layer == top and layer in ROOMS:
                within = ours(target, known)
                assert within, f"{name} imports {target}, which is no module"
                if level(within) > level(name):
                    wrong.append(f"{name} must not import {target}: {within.split('.')[1]} comes after {name.split('.')[1]}")
    return wrong


def cycle(root):
    """One import cycle, or None."""
    known = modules(root)
    graph = {name: {ours(target, known) for target in imports(path, known)} - {None, name} for name, path in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def own_names(tree):
    """The private names that a file defines: functions, classes, variables, and attributes set on self."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and getattr(node.value, "id", "") == "self":
            yield node.attr


def looked_up(tree):
    """Every (line, private name) that a file reads or writes on an object: x._name, getattr(x, "_name"), vars(x)["_name"]."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names = [node.attr]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"getattr", "setattr", "hasattr", "delattr"}:
            names = [part.value for part in node.args[1:2] if isinstance(part, ast.Constant)]
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            names = [node.slice.value]
        else:
            continue
        yield from ((node.lineno, name) for name in names if is_private(name))


def private_parts_of_torch(root):
    """Every private name used in landscape/ that landscape/ does not define or that torch's classes have, and private modules of torch."""
    known = {name: path for name, path in modules(root).items() if name.startswith("landscape.") and name != TORCH_INTERNALS}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in known.items()}
    of_torch = {name for kind in TORCH_CLASSES for name in dir(kind)} | vars(torch.nn.Module()).keys()
    ours = {name for tree in trees.values() for name in own_names(tree)} - of_torch
    found = [f"{name}:{line} reads {part}" for name, tree in trees.items() for line, part in looked_up(tree) if part not in ours]
    for name, path in known.items():
        for target in sorted(imports(path, known)):
            if target.startswith("torch.nn.modules") or (target.split(".")[0] == "torch" and any(map(is_private, target.split(".")))):
                found.append(f"{name} imports {target}")
    return found


def vague(root):
    """Files and folders whose names say nothing of what is in them."""
    folders = [root / folder for folder in (*LAYERS, "assets", "deploy", "benchmarks", "tests")]
    paths = [*root.glob("*.*"), *(path for folder in folders for path in folder.rglob("*"))]
    return sorted(str(path.relative_to(root)) for path in paths if set(re.split(r"[_\-.]", path.name.lower())) & VAGUE)


def test_imports_point_down():
    assert upward(ROOT) == []


def test_no_import_cycle():
    assert cycle(ROOT) is None


def test_private_parts_of_torch_stand_in_one_module():
    assert private_parts_of_torch(ROOT) == []


def test_every_module_of_a_layer_with_rooms_stands_in_one():
    for name in modules(ROOT):
        if name.split(".")[0] in ROOMS:
            assert level(name) >= 0
    for layer, rooms in ROOMS.items():
        assert {path.parent.name for path in (ROOT / layer).glob("*/__init__.py")} == set(rooms)


def test_the_tests_mirror_the_rooms():
    """A test of one file stands in the room of that file; laws of a whole layer stand beside the rooms."""
    for layer, rooms in ROOMS.items():
        assert {path.name for path in (ROOT / "tests" / layer).iterdir() if path.is_dir() and path.name != "__pycache__"} <= set(rooms)
        for room in rooms:
            files = {path.stem for path in (ROOT / layer / room).glob("*.py")} | FOREIGN.get(room, set())
            for test in (ROOT / "tests" / layer / room).glob("test_*.py"):
                assert test.stem.removeprefix("test_") in files, f"{test} tests no file of {layer}/{room}"


def test_no_name_that_says_nothing():
    assert vague(ROOT) == []


def test_the_package_loads_without_any_front_end():
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('streamlit', 'plotly', 'pandas', 'matplotlib')))\n"
        "import importlib, pkgutil, landscape\n"
        "names = [m.name for m in pkgutil.walk_packages(landscape.__path__, 'landscape.') if m.name != 'landscape.__main__']\n"
        "for name in names: importlib.import_module(name)\n"
        "print(len(names))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5


def tree_of(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"landscape__plane": "import plotly.graph_objects"}, "landscape.plane must not import plotly"),
        ({"landscape__plane": "def f():\n    import streamlit as st"}, "landscape.plane must not import streamlit"),
        ({"figures__relief": "from torch import nn"}, "figures.relief must not import torch"),
        (
            {"figures__relief": "from ui.words.titles import t", "ui__words__titles": ""},
            "figures.relief must not import ui.words.titles: ui stands above figures",
        ),
        ({"ui__registry": "import app", "app": ""}, "ui.registry must not import app: app stands above ui"),
        (
            {"ui__pictures__board": "import ui.controls.place", "ui__controls__place": ""},
            "ui.pictures.board must not import ui.controls.place: controls comes after pictures",
        ),
        (
            {"landscape__plane": "from landscape.sampling.surface import x", "landscape__sampling__surface": ""},
            "landscape.plane must not import landscape.sampling.surface: sampling comes after plane",
        ),
        (
            {"landscape__data__table": "from landscape.sampling import surface", "landscape__sampling__surface": ""},
            "landscape.data.table must not import landscape.sampling.surface: sampling comes after data",
        ),
    ],
)
def test_an_upward_import_is_seen(tmp_path, files, complaint):
    assert upward(tree_of(tmp_path, **files)) == [complaint]


def test_a_downward_import_is_fine(tmp_path):
    files = {"app": "import ui.registry", "ui__registry": "import landscape.plane, plotly, torch", "landscape__plane": "import torch"}
    assert upward(tree_of(tmp_path, **files)) == []


def test_a_module_outside_the_rooms_is_seen(tmp_path):
    with pytest.raises(AssertionError, match="landscape/sundries is no room"):
        upward(tree_of(tmp_path, landscape__sundries="", landscape__plane="import landscape.sundries"))


def test_a_cycle_is_seen(tmp_path):
    one, other = "import landscape.curvature.hessian", "def f():\n    import landscape.objectives.risk"
    root = tree_of(tmp_path, landscape__objectives__risk=one, landscape__curvature__hessian=other)
    assert set(cycle(root)) == {"landscape.objectives.risk", "landscape.curvature.hessian"}


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def f(layer):\n    return layer._forward_hooks", "landscape.plane:2 reads _forward_hooks"),
        ("def f(x):\n    return getattr(x, '_version')", "landscape.plane:2 reads _version"),
        ("def f(model):\n    vars(model)['_parameters'] = {}", "landscape.plane:2 reads _parameters"),
        (
            "import torch\nattend = torch.ops.aten._scaled_dot_product_attention_math",
            "landscape.plane:2 reads _scaled_dot_product_attention_math",
        ),
        ("from torch._C import Generator", "landscape.plane imports torch._C"),
        ("from torch.nn.modules.linear import Linear", "landscape.plane imports torch.nn.modules.linear"),
        ("class A:\n    def __init__(self):\n        self._buffers = 1", "landscape.plane:3 reads _buffers"),
    ],
)
def test_a_private_part_of_torch_is_seen(tmp_path, source, complaint):
    assert private_parts_of_torch(tree_of(tmp_path, landscape__plane=source)) == [complaint]


def test_private_names_of_our_own_and_the_module_of_internals_are_fine(tmp_path):
    own = "class A:\n    _kind = 1\n    def __init__(self):\n        self._own = self._made()\n    def _made(self):\n        return A._kind"
    root = tree_of(tmp_path, landscape__plane=own, landscape__networks__torch_internals="def f(x):\n    return x._version")
    assert private_parts_of_torch(root) == []


def test_a_vague_name_is_seen(tmp_path):
    assert vague(tree_of(tmp_path, ui__helpers="", figures__relief="")) == ["ui/helpers.py"]


# --- The tests themselves ---------------------------------------------------------------------------------------------------------------


def claims(node, claiming):
    """Whether a function states something that can fail: assert, raises, warns, expect, assert_..., check=True, or a helper that does."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert):
            return True
        if isinstance(inner, ast.Call):
            name = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
            if name in claiming or name in {"raises", "warns", "expect"} or name.startswith("assert_"):
                return True
            if any(keyword.arg == "check" and getattr(keyword.value, "value", False) is True for keyword in inner.keywords):
                return True
    return False


def empty_tests(source):
    """Names of the tests in `source` that cannot fail on a wrong result."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    claiming = set()
    while found := {f.name for f in functions if f.name not in claiming and claims(f, claiming)}:
        claiming |= found
    return [f.name for f in functions if f.name.startswith("test_") and f.name not in claiming]


def unmatched_raises(source):
    """Lines on which pytest.raises accepts any message."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "raises"
        and "match" not in {keyword.arg for keyword in node.keywords}
    ]


TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_every_test_can_fail(path):
    assert empty_tests(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_every_expected_error_is_matched_by_its_message(path):
    assert unmatched_raises(path.read_text(encoding="utf-8")) == []


def test_a_test_that_cannot_fail_is_seen():
    source = "def check(x):\n    assert x\ndef look(x):\n    return x\ndef test_a():\n    check(1)\ndef test_b():\n    look(1)\n"
    assert empty_tests(source) == ["test_b"]


def test_an_error_without_its_message_is_seen():
    source = "import pytest\nwith pytest.raises(ValueError):\n    f()\nwith pytest.raises(ValueError, match='x'):\n    f()\n"
    assert unmatched_raises(source) == [2]
