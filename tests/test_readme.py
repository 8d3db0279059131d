"""The README: its code runs, its link opens the scene that it describes, and the files and names in it exist."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from landscape import Scene, Study, explore, make_dataset, make_function

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

NO_FRONT_END = "import sys; sys.modules['streamlit'] = None; sys.path.insert(0, {root!r})\n"
WHAT_CAME_OUT = """
import numpy as np
drawn = [np.asarray(figure.data[0].x), np.asarray(figure.data[0].y), np.asarray(figure.data[0].z), np.asarray(figure.data[1].z)]
np.savez("out.npz", end=path.thetas[-1], **dict(zip("xyzl", drawn)))
"""


def blocks(document, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", document, flags=re.MULTILINE | re.DOTALL)


def ten_lines():
    (block,) = blocks(README, "python")
    return block


def links():
    return [found.split("?", 1)[1] for found in re.findall(r"\(http://localhost:8501/(\?[^)]+)\)", README)]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """What the ten lines draw, run in an empty folder and without Streamlit."""
    folder = tmp_path_factory.mktemp("readme")
    script = NO_FRONT_END.format(root=str(ROOT)) + ten_lines() + WHAT_CAME_OUT
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {**np.load(folder / "out.npz"), "page": (folder / "surface.html").read_text(encoding="utf-8")}


def cross_entropy_on_digits(theta):
    """The loss of a 64-32-32-10 tanh network at `theta`, by torch alone."""
    network = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 10)).double()
    nn.utils.vector_to_parameters(torch.tensor(theta), network.parameters())
    digits = make_dataset("digits")
    outputs = network(torch.tensor(np.array(digits.inputs)).double()).detach()
    return float(nn.functional.cross_entropy(outputs, torch.tensor(np.array(digits.targets))))


def test_from_python_has_ten_lines():
    assert len([line for line in ten_lines().splitlines() if line]) == 10  # ruff format sets the imports apart


def test_the_middle_of_the_drawn_surface_is_the_path_s_final_loss(drawn):
    (i,), (j,) = (np.flatnonzero(np.abs(drawn[side]) < 1e-9) for side in "xy")
    final = cross_entropy_on_digits(drawn["end"])
    assert drawn["z"].shape == (41, 41)
    assert drawn["z"][j, i] == pytest.approx(final, abs=1e-6)
    assert drawn["l"][-1] == pytest.approx(final, abs=1e-6)
    assert final < 0.1 * drawn["l"][0]


def test_the_drawn_page_holds_the_surface_and_the_path(drawn):
    assert {'"type":"surface"', '"type":"scatter3d"'} <= set(re.findall(r'"type":"(?:surface|scatter3d)"', drawn["page"]))
    assert len(drawn["page"]) > 10**6, "Plotly itself has to be inside, so that the page opens without a network"


def test_the_link_opens_three_runs_that_end_in_three_minima():
    (query,) = (link for link in links() if link.startswith("function=himmelblau"))
    scene = Scene.from_query(query)
    assert scene.to_query() == query
    minima = np.array([point.theta for point in make_function("himmelblau").known if point.kind == "minimum"])
    far = [np.linalg.norm(minima - run.thetas[-1], axis=1) for run in Study(scene).trajectories]
    assert len({int(distance.argmin()) for distance in far}) == 3
    assert max(float(distance.min()) for distance in far) < 0.1


@pytest.mark.parametrize("query", links())
def test_every_link_opens_a_picture(query):
    picture = next(explore(Study(replace(Scene.from_query(query), resolution=11))))
    assert np.isfinite(picture.surface.values).all()
    assert [path.status for path in picture.paths] == ["completed"] * len(picture.paths)


def test_the_scenes_of_the_shell_show_trained_networks():
    scenes = [Scene.from_query(query) for query in re.findall(r'landscape \w+ "(data=[^"]+)"', README)]
    assert len(scenes) == 2
    for scene in scenes:
        study = Study(scene)
        (a_lo, a_hi), (b_lo, b_hi) = study.window
        assert a_lo < 0 < a_hi and b_lo < 0 < b_hi
        assert study.objective.value(study.plane.embed(0.0, 0.0)) < 0.1 * study.trajectories[0].losses[0]
        assert study.predictions[0].accuracy > 0.95


def test_the_picture_moves_and_is_small():
    (name,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert (ROOT / name).stat().st_size <= 600_000
    with Image.open(ROOT / name) as picture:
        assert picture.n_frames >= 20
        assert picture.width == 900


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_file_that_is_named_is_there(text):
    named = set(re.findall(r"`((?:[\w.]+/)+[\w.]*|\w+\.(?:py|md|toml|json))`", text)) | set(re.findall(r"\]\((?!http)([^)#]+)\)", text))
    made = {"test-results/", ".venv/bin/python"}
    assert len(named) > 3
    assert sorted(name for name in named - made if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_make_target_that_is_named_exists(text):
    targets = set(re.findall(r"\bmake ([a-z]+)\b", text))
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {"test"} <= targets
    assert targets <= rules


def test_the_folders_that_are_listed_are_there():
    listed = re.findall(r"^    ([\w./]+?)/? {2,}\S", README, flags=re.MULTILINE)
    assert {"app.py", "pages", "ui", "figures", "landscape"} <= set(listed)
    assert [name for name in listed if not (ROOT / name).exists()] == []


USE_THE_LOSS = """
import sys; sys.path.insert(0, {root!r})
import landscape.losses.residual
exec({entry!r}, vars(landscape.losses.residual))
import torch
from landscape import Scene, make_loss
scene = Scene.from_query({link!r})
outputs, targets = torch.tensor([[0.5, -1.0, 4.0], [0.7, 3.0, -9.0]], dtype=torch.float64)
print(*make_loss(scene.loss.name, **dict(scene.loss.settings))(outputs, targets).tolist())
"""


def test_the_loss_of_the_example_is_complete():
    entry, row = blocks(CONTRIBUTING, "python")
    (link,) = re.findall(r"`(\?loss=[^`]+)`", CONTRIBUTING)
    script = USE_THE_LOSS.format(root=str(ROOT), entry=entry, link=link)
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    residuals = np.array([0.2, 4.0, -13.0])
    assert list(map(float, done.stdout.split())) == pytest.approx(np.log(1 + (residuals / 2) ** 2 / 2))
    (translated,) = blocks(CONTRIBUTING, "json")
    assert set(re.findall(r'"(losses[\w.]+)":', translated)) == {"losses.cauchy", "losses.cauchy.c"}
    assert '("cauchy", ' in row
