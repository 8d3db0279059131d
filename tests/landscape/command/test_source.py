"""Studies of a user's own: what they import from beside them, and what is said where they are none or raise."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from landscape.command.parser import main
from landscape.command.source import is_link
from landscape.files.result import load_result

ROOT = Path(__file__).resolve().parents[3]
STUDY = """
import torch
from landscape import EmpiricalRisk

class Needs:
    def __init__(self, width, *, depth, bias=True):
        pass

model = torch.nn.Linear(3, 1)
risk = EmpiricalRisk(model, lambda o, t: (o[:, 0] - t) ** 2, (torch.eye(3), torch.arange(3.0)))
number = 3

def refused():
    return EmpiricalRisk(model, None, (torch.eye(3), torch.arange(2.0)))

def missing():
    return {}["no such key"]

def leaves():
    raise SystemExit(3)

def broken():
    import torch
    class Broken(torch.nn.Linear):
        made = False
        def forward(self, x):
            if self.made:
                raise RuntimeError("of my model")
            return super().forward(x)
    risk = EmpiricalRisk(Broken(3, 1), lambda o, t: (o[:, 0] - t) ** 2, (torch.eye(3), torch.arange(3.0)))
    Broken.made = True
    return risk
"""
SIBLING = "from near.layers import WIDTH\nfrom alone import OFFSET\n" + STUDY.replace("Linear(3, 1)", "Linear(WIDTH, 1)")


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.py"
    path.write_text(STUDY, encoding="utf-8")
    return path


def refused(capsys, source, out):
    """Run a command on `source`; return its sentence and, above it, the traceback."""
    assert main(["path", source, "--steps", "1", "--out", str(out)]) == 2
    *trace, said = capsys.readouterr().err.strip().splitlines()
    assert not list(out.parent.glob(f"{out.name}*"))
    return said, "\n".join(trace)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "{study}",
            "it must name an Objective, or a function that returns one, after a colon; got no name. Write {study}:model, for example.",
        ),
        ("{study}:", "after a colon; got no name. Write {study}:model"),
        ("study", "after a colon; got no name. Write study:NAME"),
        (":risk", "got no name"),
        ("{study}:rsk", "got 'rsk'. Write {study}:risk"),
        ("{study}:Needs", "is called without arguments; got Needs(width, depth)"),
        ("{study}:model", "got a Linear. Write EmpiricalRisk(model, loss, data)"),
        ("{study}:number", "got a int"),
        ("{study}x.py:risk", "got no file {study}x.py"),
        ("no_such_package.study:risk", "got no module no_such_package"),
        ("landscape.no_such_study:risk", "got no module landscape.no_such_study"),
    ],
)
def test_what_is_no_study_is_refused_in_one_sentence(study, tmp_path, capsys, source, words):
    said, trace = refused(capsys, source.format(study=study), tmp_path / "x.npz")
    assert words.format(study=study) in said and trace == ""


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("missing", 'return {}["no such key"]', "got KeyError: 'no such key'. Mend it"),
        ("leaves", "raise SystemExit(3)", "got SystemExit: 3. Mend it"),
        ("broken", 'raise RuntimeError("of my model")', "got RuntimeError: of my model. Mend what"),
    ],
)
def test_a_study_that_raises_shows_its_own_line_and_our_sentence(study, tmp_path, capsys, name, line, words):
    said, trace = refused(capsys, f"{study}:{name}", tmp_path / "x.npz")
    assert words in said and line in trace and f'File "{study}"' in trace


def test_a_study_that_is_refused_shows_the_line_that_brought_it_about(study, tmp_path, capsys):
    said, trace = refused(capsys, f"{study}:refused", tmp_path / "x.npz")
    assert "the loss must be a function of outputs and targets" in said
    assert [line.strip() for line in trace.splitlines() if "^" not in line] == [
        f'File "{study}", line {1 + STUDY[: STUDY.index("return EmpiricalRisk")].count(chr(10))}, in refused',
        "return EmpiricalRisk(model, None, (torch.eye(3), torch.arange(2.0)))",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [("1 / 0", "ZeroDivisionError"), ("import no_such_one", "ModuleNotFoundError: No module named 'no_such_one'"), ("def", "SyntaxError")],
    ids=["raises", "imports", "syntax"],
)
def test_a_file_that_raises_shows_its_own_line_first(tmp_path, capsys, text, words):
    own = tmp_path / "own.py"
    own.write_text(text, encoding="utf-8")
    said, trace = refused(capsys, f"{own}:risk", tmp_path / "x.npz")
    assert f"got {words}" in said and trace.count('File "') == 1 and f'File "{own}", line 1' in trace


def neighbors(folder, width):
    (folder / "near").mkdir(parents=True)
    (folder / "near" / "layers.py").write_text(f"WIDTH = {width}", encoding="utf-8")
    (folder / "alone.py").write_text("OFFSET = 1", encoding="utf-8")
    (folder / "study.py").write_text(
        SIBLING.replace("eye(3)", f"eye({width})").replace("range(3.0)", f"range({width}.0)"), encoding="utf-8"
    )
    return f"{folder / 'study.py'}:risk"


def test_a_study_imports_the_modules_in_its_folder_and_not_those_of_another_study(tmp_path):
    before, modules = list(sys.path), set(sys.modules)
    for width in (3, 5):
        out = tmp_path / f"{width}.npz"
        assert main(["path", neighbors(tmp_path / str(width), width), "--steps", "1", "--out", str(out)]) == 0
        assert load_result(out).trajectory.thetas.shape[1] == width + 1
    assert sys.path == before
    assert not {"near", "near.layers", "alone"} & (set(sys.modules) - modules)


UNSEEDED = """
import random
import numpy as np
import torch
from landscape import EmpiricalRisk

x = torch.tensor(np.random.randn(8, 3))
y = torch.tensor([random.random() for _ in range(8)])
risk = EmpiricalRisk(torch.nn.Linear(3, 1), lambda o, t: (o[:, 0] - t) ** 2, (x, y))
"""


def states():
    return random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes()  # noqa: NPY002 - a study's own


def test_a_study_that_draws_without_a_seed_draws_the_same_again_and_disturbs_nobody(tmp_path):
    """Else the same command could not take up what the last one computed."""
    (tmp_path / "study.py").write_text(UNSEEDED, encoding="utf-8")
    found = []
    for name in ("first.npz", "second.npz"):
        before = states()
        assert main(["path", f"{tmp_path / 'study.py'}:risk", "--steps", "2", "--out", str(tmp_path / name)]) == 0
        assert states() == before
        found.append((tmp_path / name).read_bytes())
        random.random(), torch.rand(1)
    assert found[0] == found[1]


def test_a_study_beside_the_package_leaves_the_package_as_it_is(tmp_path):
    """Its folder is on the path already, and what is imported meanwhile from there is not of the study."""
    code = "import sys; from landscape.command.source import beside; from pathlib import Path\n"
    code += f"with beside(Path({str(ROOT)!r})): import landscape.command.parser\n"
    code += "print('landscape.command.parser' in sys.modules, sys.path.count(sys.path[0]))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "1"]


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("data=moons", True),
        ("", True),
        ("?", True),
        ("http://localhost:8501/", True),
        ("localhost:8501/?data=moons", True),
        ("runs/lr=0.1/study.py:risk", False),
        ("runs/lr=0.1/study.py", False),
        ("package.module:risk", False),
    ],
)
def test_a_path_with_an_equals_sign_is_no_link(source, link):
    assert is_link(source) is link
