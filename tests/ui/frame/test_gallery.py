"""The gallery's scenes show what their sentences claim: each number has a road of its own to the truth."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from figures.style import style_of
from landscape.objectives.functions import make_function
from landscape.scene.exploration import explore
from landscape.scene.lines import followed
from landscape.scene.record import Record
from landscape.scene.saddle_race import SaddleRace, race_stages
from landscape.scene.scene import Scene
from landscape.scene.study import Study
from ui.browser import static
from ui.frame.gallery import GALLERY, Tile, message, scenes
from ui.pictures.explored import board_of
from ui.registry import page
from ui.words.translator import LANGUAGES, Translator

KEYS = [tile.name for tile in GALLERY]
SHARED: dict[tuple, object] = {}


def study(key: str) -> Study:
    return Study(scenes()[key], memory=SHARED)


def ends(key: str) -> list[np.ndarray]:
    return [run.thetas[-1] for run in study(key).trajectories]


def claims(key: str) -> list[str]:
    """The sentences of a scene in all languages."""
    return [Translator(language)(f"gallery.{key}.note") for language in LANGUAGES]


def kind(tile: Tile) -> type[Record]:
    return page(tile.page).kind()


@pytest.mark.parametrize("tile", GALLERY, ids=lambda tile: tile.name)
def test_the_link_of_each_scene_is_its_canonical_one(tile):
    assert kind(tile).from_query(tile.query).to_query() == tile.query
    assert static.PICTURES / f"{tile.name}.webp" in static.served().values()


def test_the_row_is_the_six_scenes_that_a_lecture_begins_with():
    assert [tile.name for tile in GALLERY] == ["saddle", "flat_sharp", "outlier", "rate", "minima", "digits"]
    assert len(set(scenes().values())) == len(KEYS) and Scene() not in scenes().values()


@pytest.mark.parametrize("key", [key for key in KEYS if isinstance(scenes()[key], Scene)])
def test_each_scene_is_computed_and_drawn_in_every_language(key):
    exploration = list(explore(study(key)))[-1]
    assert exploration.finished
    for language in LANGUAGES:
        board_of(exploration, Translator(language)).message()


def raced(scene: Record) -> SaddleRace:
    return list(race_stages(scene, SHARED, lambda stage, share: None, lambda: False))[-1]


def test_on_the_ridge_gradient_descent_and_momentum_end_on_the_saddle_and_only_chance_leads_away():
    found = raced(scenes()["saddle"])
    assert found.scene.start == (1.0, 0.0)
    ends = {racer: run.thetas[-1] for racer, run in zip(found.scene.racers, found.runs, strict=True)}
    assert ends["gd"] == pytest.approx([0, 0], abs=1e-4) and ends["momentum"] == pytest.approx([0, 0], abs=1e-4)
    for racer in ("perturbed_gd", "perturbed_start"):
        assert np.abs(ends[racer]) == pytest.approx([0, 1], abs=0.1)


def test_beside_the_ridge_each_leaves_at_its_step_and_newton_never():
    found = raced(page("saddles").kind()())
    y = {racer: np.abs(run.thetas[:, 1]) for racer, run in zip(found.scene.racers, found.runs, strict=True)}
    assert found.scene.start == (1.0, 1e-6) and y["newton"].max() == 1e-6
    for racer, step in (("gd", 139), ("momentum", 50)):
        assert y[racer][step - 1] <= 0.5 < y[racer][step]


def test_the_saddle_and_its_minima_are_marked_with_their_eigenvalues():
    marked = {(point.kind, *np.round(point.theta, 9)): sorted(point.eigenvalues) for point in raced(scenes()["saddle"]).critical}
    assert marked.keys() == {("saddle", 0, 0), ("minimum", 0, 1), ("minimum", 0, -1)}
    # f = x^2 / 2 - y^2 / 2 + y^4 / 4: the second derivatives are 1 and 3 y^2 - 1
    for (_, _, y), eigenvalues in marked.items():
        assert eigenvalues == pytest.approx(sorted([1.0, 3 * y**2 - 1]))


def test_one_rate_stays_in_the_sharp_minimum_and_the_other_ends_in_the_flat_one():
    found = list(scenes()["flat_sharp"].stages(lambda stage, share: None, lambda: False))[-1]
    rolls = {roll.lr: roll for roll in found.rolls}
    slow, fast = rolls[0.05], rolls[0.1]
    assert slow.losses[-1] == pytest.approx(0, abs=1e-3) and fast.losses[-1] == pytest.approx(0, abs=1e-3)
    curvature = make_function("flat_sharp").hessian
    sharpness = [float(np.linalg.eigvalsh(curvature(np.array([roll.xs[-1], 0.0])))[-1]) for roll in (slow, fast)]
    assert sharpness == pytest.approx([25, 1], rel=0.01)
    assert slow.xs[0] == fast.xs[0] and slow.lr < 2 / 25 < fast.lr
    rises = [curvature * 0.3**2 / 2 for curvature in (1, 25)]
    assert found.shifts[found.at] == 0.3 and found.rises[found.at] == pytest.approx(rises, abs=1e-9)
    said = (slow.lr, fast.lr, 0.3, *rises)
    assert all(f"{number:g}" in claim for number in said for claim in claims("flat_sharp"))


def test_an_outlier_turns_the_line_of_squared_error_and_not_that_of_huber():
    found = followed(scenes()["outlier"])
    slope, intercept = np.polyfit(found.points.x, found.points.y, 1)
    assert slope == pytest.approx(1 + 30 * 4.5 / 82.5)
    assert (found.lines["mse"].slope, found.lines["mse"].intercept) == pytest.approx((slope, intercept))
    # At slope 13/12 the residual of the last point is beyond delta = 1: it pulls with 1 only.
    assert found.lines["huber"].slope == pytest.approx(13 / 12)
    assert all(f"{slope:.2f}" in claim and "1.08" in claim and "30" in claim for claim in claims("outlier"))


def test_above_two_over_the_sharpness_the_run_diverges_and_below_it_does_not():
    above, below = study("rate").trajectories
    assert (above.status, below.status) == ("diverged", "completed")
    sharpest = float(np.linalg.eigvalsh(study("rate").objective.hessian(np.zeros(2)))[-1])
    rates = [choice.get("lr") for choice in scenes()["rate"].optimizers]
    assert rates[1] < 2 / sharpest < rates[0]
    for claim in claims("rate"):
        assert {f"{2 / sharpest:g}", *(f"{rate:g}" for rate in rates)} <= set(re.findall(r"\d+\.\d+", claim))
    assert np.abs(above.thetas[-1, 1]) == pytest.approx(0.4 * (rates[0] * sharpest - 1) ** (len(above) - 1))
    low, high = scenes()["rate"].window[1]
    assert not low < above.thetas[-1, 1] < high


def test_three_optimizers_end_in_three_minima():
    minima = np.array([point.theta for point in study("minima").objective.known if point.kind == "minimum"])
    nearest = [np.linalg.norm(minima - end, axis=1) for end in ends("minima")]
    assert len({int(far.argmin()) for far in nearest}) == 3 and max(float(far.min()) for far in nearest) < 0.1


def test_the_network_has_learned_digits():
    digits = study("digits")
    logits = digits.objective.outputs(digits.trajectories[0].thetas[-1], digits.dataset.test_inputs)
    right = float((np.asarray(logits).argmax(axis=1) == np.asarray(digits.dataset.test_targets)).mean())
    assert right > 0.9
    for claim in claims("digits"):
        assert f"{right:.0%}" in claim.replace(" ", "") and str(digits.objective.dim) in claim.replace(",", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_runs_of_one_optimizer_have_names_and_looks_of_their_own(language):
    exploration = next(explore(study("rate")))
    t = Translator(language)
    first, second = board_of(exploration, t).timeline.paths
    assert (first.label, second.label) == tuple(f"{t('optimizers.gd')}, η = {rate}" for rate in (0.21, 0.19))
    looks = style_of(first.optimizer), style_of(second.optimizer)
    assert looks[0] == style_of("gd") and looks[0].color != looks[1].color and looks[0].dash != looks[1].dash


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["", *(key for key in KEYS if isinstance(scenes()[key], Scene))])
def test_the_message_is_small_and_says_what_to_look_at_until_the_scene_is_changed(key, language):
    t, scene = Translator(language), scenes()[key] if key else Scene()
    told = message(t, scene)
    assert len(json.dumps(told)) < 6_000
    assert told["shown"] == key and told["line"] == (t(f"gallery.{key}.note") if key else t("gallery.what"))
    for tile, shown in zip(GALLERY, told["tiles"], strict=True):
        address, _, query = shown["link"].partition("?")
        assert kind(tile).from_query(query) == scenes()[shown["key"]] and address == page(tile.page).address
    assert all(f"lang={language}" in tile["link"] for tile in told["tiles"])
