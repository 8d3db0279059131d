"""The page of an opened result: what it makes of good, poor and hostile files, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from landscape.curvature.critical import CriticalPoint
from landscape.curvature.density import Density
from landscape.curvature.spectrum import Spectrum
from landscape.curvature.trace import Estimate
from landscape.data.datasets import make_dataset
from landscape.descent.trajectory import Trajectory
from landscape.errors import LandscapeError
from landscape.files.result import Recording, save_result
from landscape.networks.models import make_model
from landscape.plane import Plane
from landscape.sampling.surface import Surface
from landscape.scene import opened as thinning
from landscape.scene.scene import Scene, choose
from tests.browser.explore import given, picture
from ui.browser.packing import unpack
from ui.controls.weights import MOST_WEIGHTS, kept, open_weights, tensors_of
from ui.jobs.study import study_of
from ui.pictures.opened import board_of, missing, recipe_of
from ui.session.files import Files
from ui.session.result import open_result
from ui.words.translator import LANGUAGES, Translator

pytestmark = pytest.mark.usefixtures("few_starts")

APP = str(Path(__file__).parents[2] / "app.py")
SCENE = "data=moons&model=mlp&loss=cross_entropy&plane=pca&opt=adam&start=auto&window=auto"
DIM = 5

# A plane along two oblique axes, and a path whose coordinates and distance are known: (a, b) = (k, 2 k), k off the plane.
PLANE = Plane(np.full(DIM, 0.5), np.eye(DIM)[0], np.eye(DIM)[1] + np.eye(DIM)[0])
STEPS = np.arange(4)
PATH = Trajectory(PLANE.embed(STEPS, 2.0 * STEPS) + STEPS[:, None] * np.eye(DIM)[3], np.array([4.0, 2.0, 1.0, 0.5]), "completed", 3)
SURFACE = Surface(np.linspace(-1, 5, 4), np.linspace(-2, 8, 3), np.arange(12.0).reshape(3, 4), np.full((3, 4), 0.11), 7)
SPECTRUM = Spectrum(np.array([3.0, -1.0]), np.eye(DIM, 2), np.array([1e-3, 2e-3]))
WHOLE = {"surface": SURFACE, "plane": PLANE, "trajectory": PATH, "spectrum": SPECTRUM}

# Maps over the same window: one on the surface's grid, eigenvalues on a coarser one, with a point where none was found.
EXACT = np.zeros((3, 4))
ACCURACY = Surface(SURFACE.a, SURFACE.b, np.linspace(0.2, 0.9, 12).reshape(3, 4), EXACT, 12)
SMALLEST = Surface(SURFACE.a[[0, 3]], SURFACE.b[[0, 2]], np.array([[-3.0, 1.0], [np.nan, 2.0]]), np.array([[2e-4, 1e-4], [np.nan, 0.0]]), 4)
MAPS = {"smallest_eigenvalue": SMALLEST, "accuracy": ACCURACY}
GRID = np.linspace(-2.0, 4.0, 61)
DENSITY = Density(np.array([-1.0, 3.0, 3.1]), np.array([0.5, 0.25, 0.25]), GRID, np.exp(-(GRID**2)), np.full(61, 0.01), 0.1)
TRACE = Estimate(12.34, 0.251)
# The first two in the plane, the second of them beyond the window; the third off the plane.
CRITICAL = [
    CriticalPoint(theta, 1.5 + k, 1e-12, np.array([9.0, 5.0, 2.0, 1.0, -0.5 * k]), k, "saddle" if k else "minimum")
    for k, theta in enumerate([PLANE.embed(1.0, 2.0), PLANE.embed(9.0, 2.0), PLANE.embed(2.0, 2.0) + 1e-3 * np.eye(DIM)[3]])
]


def file(tmp_path: Path, **parts: object) -> bytes:
    return save_result(tmp_path / "result.npz", **parts).read_bytes()


def facts(board) -> dict[str, tuple[str, str]]:
    return {fact.label: (fact.value, fact.note) for fact in board.facts}


def keys(board) -> list[str]:
    return [picture.key for picture in board.pictures if picture.size == "small"]


def test_a_whole_result_is_drawn_at_true_losses_where_its_plane_puts_it(tmp_path):
    opened = open_result(file(tmp_path, **WHOLE, scene=SCENE), "all.npz")
    board = board_of(opened, Translator("en"))
    assert opened.exploration.paths[0].a == pytest.approx(STEPS) and opened.exploration.paths[0].b == pytest.approx(2.0 * STEPS)
    assert opened.exploration.paths[0].distance == pytest.approx(STEPS)
    assert board.timeline.paths[0].losses.tolist() == [4.0, 2.0, 1.0, 0.5] and board.timeline.paths[0].label == "Adam"
    (ground,) = [trace for trace in board.picture("contour").figure.data if trace.type == "contour"]
    assert np.array(ground.customdata) == pytest.approx(SURFACE.values)
    assert keys(board) == ["curves", "spectrum", "distance"] and missing(opened, Translator("en")) is None
    said = facts(board)
    assert said["Surface error"] == ("≤ 1 %", "estimated, of the range; 7 evaluations for 4×3 points")
    assert said["λ max"] == ("3", "residual 0.001; largest of the 2 in the file")
    assert said["Parameters"][0] == "5" and said["Final loss"] == ("0.5", "all 3 steps done")
    assert unpack(board.message())["timeline"]["steps"] == 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("parts", "panels", "sentence"),
    [
        ({"surface"}, [], None),
        ({"surface", "trajectory"}, ["curves", "distance"], "result.no_plane"),
        ({"trajectory"}, ["curves", "distance"], "result.no_surface"),
        ({"trajectory", "plane"}, ["curves", "distance"], "result.no_surface"),
        ({"spectrum"}, ["spectrum"], "result.no_surface"),
        ({"plane"}, [], "result.no_surface"),
        (set(), [], "result.no_surface"),
    ],
)
def test_what_a_file_does_not_hold_is_said_and_the_rest_drawn(tmp_path, parts, panels, sentence, language):
    t = Translator(language)
    opened = open_result(file(tmp_path, **{part: WHOLE[part] for part in parts}), "part.npz")
    board = board_of(opened, t)
    assert keys(board) == panels and missing(opened, t) == (sentence and t(sentence))
    assert [picture.key for picture in board.pictures if picture.size == "large"] == (["relief", "contour"] if "surface" in parts else [])
    assert (board.timeline is not None) == ("trajectory" in parts)
    unpack(board.message())


def test_a_path_is_never_put_on_a_surface_whose_plane_is_unknown(tmp_path):
    opened = open_result(file(tmp_path, surface=SURFACE, trajectory=PATH), "result.npz")
    roles = {trace.meta["role"] for trace in board_of(opened, Translator("en")).picture("contour").figure.data}
    assert opened.exploration.own_plane and "path" not in roles and "head" not in roles


def test_a_recording_counts_checkpoints_and_says_which_steps_they_are(tmp_path):
    losses = np.array([4.0, np.nan, 1.0, 0.5])
    recording = Recording(PATH.thetas, losses, "diverged", 2, 20 * STEPS)
    board = board_of(open_result(file(tmp_path, trajectory=recording), "run.npz"), Translator("en"))
    assert facts(board)["Final loss"] == ("0.5", "diverged from step 40 on")
    assert board.words["step"] == "checkpoint" and unpack(board.message())["timeline"]["paths"][0]["losses"][1] == "NaN"


def test_large_parts_are_thinned_for_the_browser_with_both_ends_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(thinning, "MOST_SIDE", 3)
    monkeypatch.setattr(thinning, "MOST_STEPS", 3)
    monkeypatch.setattr(thinning, "MOST_EIGENVALUES", 1)
    opened = open_result(file(tmp_path, **WHOLE), "large.npz")
    assert opened.exploration.maps["loss"].a.tolist() == [-1.0, 3.0, 5.0] and opened.exploration.maps["loss"].values[:, 1].tolist() == [
        2.0,
        6.0,
        10.0,
    ]
    assert opened.exploration.paths[0].losses.tolist() == [4.0, 1.0, 0.5] and opened.thinned
    assert opened.exploration.spectrum.eigenvalues.tolist() == [3.0]
    said = facts(board_of(opened, Translator("en")))
    assert said["Final loss"] == ("0.5", "all 3 steps done")
    assert said["Surface error"] == ("≤ 1 %", "estimated, of the range; 7 evaluations for 4×3 points")  # of the whole file, as it says


@pytest.mark.parametrize("shape", [(1, 4), (3, 1)])
def test_a_line_of_points_is_no_surface(tmp_path, shape):
    line = Surface(np.arange(float(shape[1])), np.arange(float(shape[0])), np.ones(shape), np.zeros(shape), 4)
    opened = open_result(file(tmp_path, surface=line), "line.npz")
    assert not opened.exploration.maps and missing(opened, Translator("en")) == Translator("en")("result.thin_surface")


@pytest.mark.parametrize("values", [np.full((3, 4), np.nan), np.full((3, 4), np.inf), np.full((3, 4), 2.0), 9e98 * SURFACE.values])
def test_a_surface_of_odd_numbers_is_drawn_as_it_is(tmp_path, values):
    odd = Surface(SURFACE.a, SURFACE.b, values, np.zeros((3, 4)), 12)
    board = board_of(open_result(file(tmp_path, surface=odd, plane=PLANE, trajectory=PATH), "odd.npz"), Translator("en"))
    assert len(board.message()) > 500


def test_numbers_beyond_drawing_are_refused(tmp_path):
    far = Surface(np.array([-1e300, 1e300]), np.array([0.0, 1.0]), np.ones((2, 2)), np.zeros((2, 2)), 4)
    with pytest.raises(LandscapeError, match="surface: a must be between"):
        open_result(file(tmp_path, surface=far), "far.npz")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spoiled", [b"", b"PK", b"\x93NUMPY", b"import os", "cut", "changed"])
def test_a_wrong_or_spoiled_file_is_refused_in_the_page_s_language(tmp_path, spoiled, language):
    good = file(tmp_path, **WHOLE)
    content = {"cut": good[:-40], "changed": good.replace(SURFACE.values.tobytes(), SURFACE.values[::-1].tobytes())}.get(spoiled, spoiled)
    with pytest.raises(LandscapeError, match="the result file") as refused:
        open_result(content, "bad.npz")
    assert Translator(language).refusal(refused.value)


def test_a_file_that_was_too_large_to_be_sent_is_refused():
    with pytest.raises(LandscapeError, match="at most 16 MB of numbers; got 900 MB"):
        open_result(None, "huge.npz", "900 MB")


@pytest.mark.parametrize(
    ("saved", "found"),
    [
        ({"scene": SCENE}, Scene.from_query(SCENE)),
        ({"scene": ""}, Scene()),
        ({"recipe": {"source": SCENE}}, Scene.from_query(SCENE)),
        ({"recipe": {"source": "study.py:risk"}}, None),
        ({"recipe": {"source": ["=", 1]}}, None),
        ({"scene": "data=<script>"}, None),
        ({"scene": "nonsense"}, None),
        ({}, None),
    ],
)
def test_the_scene_is_the_file_s_or_the_command_line_s_source(tmp_path, saved, found):
    assert open_result(file(tmp_path, spectrum=SPECTRUM, **saved), "s.npz").exploration.scene == found


@pytest.mark.parametrize("saved", [{"scene": ""}, {"scene": "resolution=61"}, {"recipe": {"source": "resolution=61"}}])
def test_the_scene_of_a_file_is_what_it_was_when_the_file_was_saved(tmp_path, monkeypatch, saved):
    """An empty query too: it was the default scene of then."""
    monkeypatch.setattr(Scene, "VERSION", 2)
    monkeypatch.setattr(Scene, "FORMER", {1: {"steps": 77}})
    found = open_result(file(tmp_path, spectrum=SPECTRUM, **saved), "s.npz").exploration.scene
    assert found == replace(Scene(), steps=77)
    again = open_result(file(tmp_path, spectrum=SPECTRUM, scene=Scene().to_query()), "s.npz").exploration.scene
    assert again == Scene()


@pytest.mark.parametrize(
    "told", [{"optimizer": "<b>"}, {"optimizer": ["adam"]}, {"objective": 3}, {"objective": {"dim": "x", "samples": True}}]
)
def test_a_hostile_recipe_is_shown_as_text_and_believed_in_nothing(tmp_path, told):
    opened = open_result(file(tmp_path, **WHOLE, recipe=told), "told.npz")
    board = board_of(opened, Translator("en"))
    assert board.timeline.paths[0].label == "Path" and facts(board)["Parameters"] == ("5", "")
    assert json.loads(recipe_of(opened)).items() >= told.items()


def test_a_long_recipe_is_cut(tmp_path):
    opened = open_result(file(tmp_path, spectrum=SPECTRUM, recipe={"note": "x" * 100_000}), "long.npz")
    assert len(recipe_of(opened)) < 5000


def ground(figure):
    return figure.data[0]


def roles(figure) -> set[str]:
    return {trace.meta["role"] for trace in figure.data}


def test_each_map_of_a_file_can_be_shown_the_loss_first(tmp_path):
    opened = open_result(file(tmp_path, **WHOLE, quantities=MAPS), "maps.npz")
    t = Translator("en")
    assert list(opened.exploration.maps) == ["loss", "accuracy", "smallest_eigenvalue"]
    for shows, surface in (("loss", SURFACE), ("accuracy", ACCURACY), ("smallest_eigenvalue", SMALLEST)):
        board = board_of(opened, t, shows)
        below, above = (board.picture(key).figure for key in ("contour", "relief"))
        for drawn in (above, below):
            np.testing.assert_array_equal(ground(drawn).customdata, surface.values.astype(np.float32))
        assert ground(below).colorbar.title.text == t(f"figure.{shows}")
        height = above.layout.scene.zaxis.title.text
        assert height == ("λ min" if shows == "smallest_eigenvalue" else t(f"figure.{shows}"))
        assert {"path", "head", "mark"} <= roles(below)
        assert (roles(above) == {"ground"}) == (shows != "loss")  # a loss has no height in another map
        assert (t("figure.slice_minimum") in {trace.name for trace in below.data}) == (shows == "loss")
    first, loss = board_of(opened, t), board_of(opened, t, "loss")
    assert first.message() == loss.message() != board.message()
    assert board.picture("contour").title == "Contour map of the smallest eigenvalue"
    assert board_of(opened, t).picture("contour").title == t("view.contour_label")


def test_a_map_of_eigenvalues_says_its_residual_and_where_none_was_found(tmp_path):
    opened = open_result(file(tmp_path, **WHOLE, quantities=MAPS), "maps.npz")
    board = board_of(opened, Translator("en"), "smallest_eigenvalue")
    assert facts(board)["Surface error"] == ("≤ 2e-4", "largest residual; eigenvalues found at 3 of 2×2 points")
    below = board.picture("contour").figure
    assert "zero" in roles(below) and np.isnan(ground(below).z[1, 0])
    assert facts(board_of(opened, Translator("en"), "accuracy"))["Surface error"][0] == "0"


@pytest.mark.parametrize("language", LANGUAGES)
def test_maps_without_a_surface_are_drawn_and_their_loss_is_the_surface(tmp_path, language):
    t = Translator(language)
    opened = open_result(file(tmp_path, quantities=MAPS), "maps.npz")
    assert list(opened.exploration.maps) == ["accuracy", "smallest_eigenvalue"] and missing(opened, t) is None
    np.testing.assert_array_equal(ground(board_of(opened, t).picture("contour").figure).z, ACCURACY.values.astype(np.float32))
    assert list(open_result(file(tmp_path, quantities={**MAPS, "loss": SURFACE}), "maps.npz").exploration.maps)[0] == "loss"


def test_a_large_map_is_thinned_and_one_without_area_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(thinning, "MOST_SIDE", 3)
    line = Surface(SURFACE.a[[0, 3]], SURFACE.b, np.ones((3, 2)), np.zeros((3, 2)), 6)
    opened = open_result(file(tmp_path, quantities={"accuracy": ACCURACY, "largest_eigenvalue": line}), "maps.npz")
    assert opened.exploration.maps["accuracy"].a.tolist() == [-1.0, 3.0, 5.0] and list(opened.exploration.maps) == [
        "accuracy",
        "largest_eigenvalue",
    ]
    thin = Surface(SURFACE.a, np.array([0.0]), np.ones((1, 4)), np.zeros((1, 4)), 4)
    opened = open_result(file(tmp_path, quantities={"accuracy": thin}), "thin.npz")
    assert not opened.exploration.maps and missing(opened, Translator("en")) == Translator("en")("result.thin_surface")


def test_a_map_beyond_drawing_is_refused_by_its_name(tmp_path):
    far = Surface(SURFACE.a, SURFACE.b, 1e300 * SURFACE.values, EXACT, 12)
    with pytest.raises(LandscapeError, match="gradient_norm: values must be between"):
        open_result(file(tmp_path, quantities={"gradient_norm": far}), "far.npz")


@pytest.mark.parametrize("language", LANGUAGES)
def test_density_trace_and_critical_points_alone_are_a_result(tmp_path, language):
    t = Translator(language)
    opened = open_result(file(tmp_path, density=DENSITY, trace=TRACE, critical=CRITICAL), "spectrum.npz")
    board = board_of(opened, t)
    assert keys(board) == ["density"] and missing(opened, t) == t("result.no_surface") and not opened.exploration.maps
    said = facts(board)
    assert said[t("result.trace")] == ("12.3 ± 0.25", t("result.standard_error"))
    assert said[t("result.critical")][0] == "3" and said[t("result.parameters")][0] == "5"
    unpack(board.message())


def test_critical_points_are_drawn_where_the_plane_holds_them_and_the_rest_is_counted(tmp_path):
    opened = open_result(file(tmp_path, surface=SURFACE, plane=PLANE, critical=CRITICAL), "critical.npz")
    t = Translator("en")
    (minimum,) = [trace for trace in board_of(opened, t).picture("contour").figure.data if trace.name == "minimum"]
    assert (*minimum.x, *minimum.y) == pytest.approx((1.0, 2.0))
    assert minimum.customdata[0][0] == "λ = 9, 5, 2, …, 0<br>"
    assert facts(board_of(opened, t))["Critical points"] == ("3", "minimum\u00a01, saddle\u00a02; not in the picture: 2")
    assert facts(board_of(open_result(file(tmp_path, surface=SURFACE, plane=PLANE, critical=CRITICAL[:1]), "one.npz"), t))[
        "Critical points"
    ] == ("1", "minimum\u00a01")
    lost = open_result(file(tmp_path, surface=SURFACE, critical=CRITICAL), "no_plane.npz")
    assert not lost.exploration.critical and facts(board_of(lost, t))["Critical points"][1].endswith("not in the picture: 3")


@pytest.mark.parametrize(
    ("trace", "shown"),
    [
        (Estimate(-4.0, 0.0), ("-4", "exact")),
        (Estimate(7.0, np.nan), ("7", "one sample: its error is not known")),
        (Estimate(np.nan, np.nan), ("NaN", "the Hessian is not finite there")),
    ],
)
def test_a_trace_says_what_is_known_of_its_error(tmp_path, trace, shown):
    assert facts(board_of(open_result(file(tmp_path, trace=trace), "trace.npz"), Translator("en")))["Hessian trace"] == shown


@pytest.mark.parametrize(
    ("errors", "asked", "note"),
    [
        (0.01, None, "nodes: 3; band: ± one standard error"),
        (0.01, [10, 80], "probes: 10, steps: 80, nodes: 3; band: ± one standard error"),
        (0.01, ["<b>", None], "nodes: 3; band: ± one standard error"),
        (np.nan, [1, 80], "probes: 1, steps: 80, nodes: 3; one sample: its error is not known"),
        (0.0, None, "nodes: 3; exact"),
    ],
)
def test_a_density_says_what_it_was_made_of_and_what_is_known_of_its_error(tmp_path, errors, asked, note):
    found = Density(DENSITY.nodes, DENSITY.weights, GRID, DENSITY.values, np.full(61, errors), 0.1)
    opened = open_result(file(tmp_path, density=found, spectrum=SPECTRUM, recipe={"density": asked} if asked else None), "d.npz")
    panel = board_of(opened, Translator("en")).pictures[-1]
    assert (panel.key, panel.note) == ("density", note)
    assert {"density", "eigenvalue"} <= roles(panel.figure) and ("band" in roles(panel.figure)) == (errors == 0.01)


def test_a_density_of_no_number_says_so_and_a_huge_one_is_refused(tmp_path):
    nothing = Density(np.full(3, np.nan), DENSITY.weights, np.full(61, np.nan), np.full(61, np.nan), np.full(61, np.nan), np.nan)
    (panel,) = board_of(open_result(file(tmp_path, density=nothing), "nan.npz"), Translator("en")).pictures
    assert panel.note == "nodes: 3; the Hessian is not finite there"
    huge = Density(DENSITY.nodes, DENSITY.weights, 1e300 * GRID, DENSITY.values, DENSITY.standard_error, 0.1)
    with pytest.raises(LandscapeError, match="density: grid must be between"):
        open_result(file(tmp_path, density=huge), "huge.npz")


def visit(language: str, opened=None, refusal=None) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.session_state["result"], app.session_state["result_refusal"] = opened, refusal
    return app.switch_page("pages/open_result.py").run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_empty_page_says_what_can_be_opened(language):
    app, t = visit(language), Translator(language)
    assert not app.exception and not app.error
    assert app.markdown[0].value and t("result.what") in [markdown.value for markdown in app.markdown]
    assert len(app.code) == 3 and app.query_params["lang"] == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_one_sentence_and_the_last_good_picture_stays(tmp_path, language):
    opened = open_result(file(tmp_path, **WHOLE, scene=SCENE), "good.npz")
    app = visit(language, opened, LandscapeError("result_foreign", got="an empty file"))
    t = Translator(language)
    assert not app.exception
    assert [error.value for error in app.error] == [t.refusal(LandscapeError("result_foreign", got="an empty file"))]
    assert [e for e in app.get("bidi_component") if "result_view" in e.proto.id]
    assert app.button(key="explore_scene").label == t("result.explore")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_visitor_chooses_what_is_shown_and_another_file_begins_with_its_loss(tmp_path, language):
    t = Translator(language)
    app = visit(language, open_result(file(tmp_path, **WHOLE, quantities=MAPS), "maps.npz"))
    (choice,) = [control for control in app.get("button_group") if "shows_" in control.key]
    assert choice.options == [t(f"figure.{name}").capitalize() for name in ("loss", "accuracy", "smallest_eigenvalue")]
    choice.set_value("accuracy").run()
    assert not app.exception and shown(app) == t("figure.accuracy")
    app.session_state["result"] = open_result(file(tmp_path, **WHOLE), "other.npz")
    app.run()
    assert not app.exception and shown(app) == t("figure.loss")
    assert not [control for control in app.get("button_group") if "shows_" in control.key]


def shown(app: AppTest) -> str:
    """Return what the color bar of the contour is called."""
    (view,) = [element for element in app.get("bidi_component") if "result_view" in element.proto.id]
    contour = picture(given(view.proto.bytes), "contour")
    return contour["data"][0]["colorbar"]["title"]["text"]


# --- Weights ----------------------------------------------------------------------------------------------------------------------------


def weights_file(scene: str | None = None, seed: int = 5, **params: object) -> bytes:
    model = make_model("mlp", make_dataset("moons"), seed=seed, **{"widths": (4,), **params})
    return save(model.state_dict(), None if scene is None else {"scene": scene})


def test_weights_of_the_scene_on_explore_keep_it_and_are_seen_from_around_them():
    current = Scene.from_query("data=circles&model=mlp&model.widths=4&model.activation=relu&loss=focal&plane=pca&start=1,2&steps=9")
    files = Files()
    opened = open_weights(weights_file(), "mine.safetensors", "", current, files)
    scene = opened.scene
    assert opened.found == "current" and list(files.weights) == [scene.weights] and files.names == {scene.weights: "mine.safetensors"}
    assert (scene.data, scene.model, scene.loss, scene.steps) == (current.data, current.model, current.loss, 9)
    assert (scene.plane, scene.start, scene.window) == (choose("plane", "random"), None, None)
    assert Scene.from_query(scene.to_query()) == scene
    theta = np.concatenate([tensor.flatten().numpy() for tensor in opened.weights.tensors.values()])
    np.testing.assert_array_equal(study_of(scene, files).plane.origin, theta)
    assert tensors_of(opened).splitlines() == ["0.weight 4×2", "0.bias 4", "2.weight 1×4", "2.bias 1"]


def test_weights_of_another_model_bring_it_its_data_their_loss_and_learning_rates():
    opened = open_weights(weights_file(widths=(4, 3)), "mine.safetensors", "", Scene(), Files())
    assert opened.found == "found"
    assert (opened.scene.data.name, opened.scene.model.get("widths"), opened.scene.loss.name) == (
        "moons",
        (4, 3),
        "cross_entropy",
    )
    assert opened.scene.optimizers != Scene().optimizers


@pytest.mark.parametrize(
    ("said", "plane", "same_optimizers"),
    [
        ("", "random", False),
        ("&plane=hessian", "hessian", False),
        ("&plane.i=0&opt=gd&opt.lr=0.02&opt2=momentum&opt2.lr=0.004", None, True),
    ],
)
def test_the_scene_that_the_file_names_decides_what_it_says(said, plane, same_optimizers):
    query = "data=spirals&model=mlp&model.widths=4&loss=hinge&start=1,2&window=0,1,0,1" + said
    opened = open_weights(weights_file(query), "mine.safetensors", "", Scene(), Files())
    assert opened.found == "named"
    assert (
        opened.scene.data.name,
        opened.scene.loss.name,
        opened.scene.start,
        opened.scene.window,
    ) == ("spirals", "hinge", None, None)
    assert opened.scene.plane.name == (plane or Scene().plane.name)
    assert (opened.scene.optimizers == Scene().optimizers) == same_optimizers


def test_the_file_that_a_link_was_missing_gives_the_link_s_own_scene():
    content = weights_file()
    fingerprint = open_weights(content, "mine.safetensors", "", Scene(), Files()).scene.weights
    link = Scene.from_query(f"data=moons&model=mlp&model.widths=4&plane=hessian&start=0.5,0.25&window=-1,1,-2,2&weights={fingerprint}")
    assert open_weights(content, "mine.safetensors", "", link, Files()).scene == link


def test_a_session_keeps_few_weights_and_none_that_were_refused():
    files = Files()
    for seed in range(MOST_WEIGHTS + 2):
        last = open_weights(weights_file(seed=seed), f"{seed}.safetensors", "", Scene(), files).scene.weights
    assert len(files.weights) == len(files.names) == MOST_WEIGHTS and list(files.weights)[-1] == last
    before = dict(files.weights)
    for content, sentence in (
        (save({"w": torch.ones(3, 4)}), "they must fit the model on Explore"),
        (save({"0.weight": torch.ones(1, 200_001, dtype=torch.float16)}), "a model drawn live has at most 200000 parameters; got 200001"),
        (None, "at most 16 MB; got 900 MB"),
    ):
        with pytest.raises(LandscapeError, match=sentence):
            open_weights(content, "bad.safetensors", "900 MB", Scene(), files)
    assert files.weights == before


def test_weights_go_where_they_no_longer_fit_and_stay_elsewhere():
    files = Files()
    scene = open_weights(weights_file(), "mine.safetensors", "", Scene(), files).scene
    for same in (scene.with_choice("data", choose("data", "spirals")), scene.with_choice("function", choose("function", "booth"))):
        assert kept(same, files) == same
    for other in (scene.with_choice("data", choose("data", "iris")), scene.with_choice("model", choose("model", "linear"))):
        assert kept(other, files).weights == "" and other.weights == scene.weights


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", [None, "data=moons&model=mlp&model.widths=4&loss=cross_entropy"])
def test_opened_weights_are_named_and_lead_to_explore(language, scene):
    t = Translator(language)
    app = visit(language, open_weights(weights_file(scene), "<b>mine</b>.safetensors", "", Scene(), Files()))
    assert not app.exception and not app.error
    sentence = t("result.weights_named" if scene else "result.weights_found", model=t("models.mlp"), data=t("datasets.moons"))
    assert sentence in [markdown.value for markdown in app.markdown]
    assert [code.value for code in app.code] == ["0.weight 4×2\n0.bias 4\n2.weight 1×4\n2.bias 1"]
    assert app.button(key="explore_scene").label == t("result.explore_weights")
