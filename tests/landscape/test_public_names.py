"""Public names: what the package imports on first use is what editors and type checkers are shown, from the same modules."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import landscape

INIT = Path(landscape.__file__)


def shown_to_type_checkers():
    """The names that `if TYPE_CHECKING:` imports, each as itself, with their modules."""
    (block,) = (node for node in ast.parse(INIT.read_text(encoding="utf-8")).body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING" and not block.orelse
    assert all(isinstance(node, ast.ImportFrom) for node in block.body)
    pairs = [(alias, node.module) for node in block.body for alias in node.names]
    assert all(alias.asname == alias.name for alias, _ in pairs)
    assert len({alias.name for alias, _ in pairs}) == len(pairs)
    return {alias.name: module for alias, module in pairs}


def test_type_checkers_see_exactly_the_names_that_are_imported_on_first_use():
    assert shown_to_type_checkers() == {name: f"landscape.{module}" for name, module in landscape._MODULES.items()}


@pytest.mark.parametrize("name", landscape.__all__)
def test_a_public_name_is_the_one_of_its_module(name):
    assert getattr(landscape, name) is getattr(import_module(f"landscape.{landscape._MODULES[name]}"), name)
    assert name in dir(landscape)


def test_the_package_itself_imports_neither_torch_nor_its_rooms():
    code = "import sys, landscape; print(sorted(name for name in sys.modules if name == 'torch' or name.startswith('landscape.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=INIT.parents[1])
    assert done.stdout.strip() == "[]"


def test_another_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'make_dat'"):
        landscape.make_dat  # noqa: B018 - reading it is what is refused
