"""Weights: a safetensors file that a visitor opened, the scene that it is explored in, and the line on Explore that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import parse_qsl

import streamlit as st

from landscape.data.datasets import Dataset
from landscape.errors import LandscapeError
from landscape.files.weights import MAX_BYTES, Weights, listed, read_weights
from landscape.scene.fitting import fits, fitting_scene
from landscape.scene.scene import MOST_PARAMETERS, Scene, choose
from landscape.scene.tuning import tuned
from ui.jobs.study import study_of
from ui.session.files import Files
from ui.session.scene import on_this_page
from ui.words.translator import Translator

SUFFIX = ".safetensors"
# Weights kept in one session; the oldest go first.
MOST_WEIGHTS = 4

FROM_TRAINING = """from safetensors.torch import save_file

save_file(model.state_dict(), "mine.safetensors", {"scene": "data=moons&model=mlp&loss=cross_entropy"})"""


@dataclass(frozen=True, eq=False)
class OpenedWeights:
    """Weights that were read, with the file's `name` and the `scene` that they are explored in.

    `found` says how that scene was found: "named" by the file, as the "current" one on Explore, or by its tensors ("found").
    """

    name: str
    weights: Weights
    scene: Scene
    found: str


def open_weights(content: bytes | None, name: str, size: str, current: Scene, files: Files) -> OpenedWeights:
    """Read a file's content (None: too large to be sent, `size` says how large) and keep it in `files`.

    `current` is the scene on Explore. Raises `LandscapeError` for what cannot be read, or fits no model.
    """
    if content is None:
        raise LandscapeError("weights_too_large", most=MAX_BYTES // 10**6, got=size)
    weights = read_weights(content)
    if weights.size > MOST_PARAMETERS:
        raise LandscapeError("too_many_parameters", owner="weights", got=weights.size, most=MOST_PARAMETERS)
    trial = Files(files.tables, {weights.fingerprint: weights}, {weights.fingerprint: name})
    opened = OpenedWeights(name, weights, *_scene(weights, current, trial))
    files.keep_weights(weights, name, MOST_WEIGHTS)
    return opened


def _scene(weights: Weights, current: Scene, files: Files) -> tuple[Scene, str]:
    """Return the scene to explore the weights in, seen in a random plane around them unless their file names another; and how found."""
    if current.weights == weights.fingerprint and current.function is None and fits(weights, current, _data(files)):
        return current, "current"  # a link to these very weights, whose file was missing
    scene = fitting_scene(weights, current, _data(files))
    said = {key.partition(".")[0] for key, _ in parse_qsl((weights.scene or "").removeprefix("?"), keep_blank_values=True)}
    if "plane" not in said:
        scene = replace(scene, plane=choose("plane", "random"))
    scene = scene.unplaced()
    same = (scene.data, scene.model) == (current.data, current.model)
    found = "named" if weights.scene is not None else "current" if same else "found"
    return scene if "opt" in said else replace(tuned(study_of(scene, files), "data"), steps=scene.steps), found


def _data(files: Files) -> Callable[[Scene], Dataset]:
    return lambda scene: study_of(scene, files).dataset


def kept(scene: Scene, files: Files) -> Scene:
    """Return the scene, without the weights of a file where they no longer fit its model."""
    weights = files.weights.get(scene.weights)
    if weights is None or scene.function is not None or fits(weights, scene, _data(files)):
        return scene
    return replace(scene, weights="")


def missing(scene: Scene, files: Files) -> bool:
    """Return whether the scene is of weights that are not in this session."""
    return scene.function is None and bool(scene.weights) and scene.weights not in files.weights


def heading(t: Translator, opened: OpenedWeights) -> bool:
    """Name the file and say what its weights fit, and return whether the visitor asked to explore them."""
    model, data = t(f"models.{opened.scene.model.name}"), t(f"datasets.{opened.scene.data.name}")
    with st.container(horizontal=True, vertical_alignment="center", key="opened"):
        st.html(f'<div class="file">{escape(opened.name)}</div>', width="stretch")
        asked = st.button(t("result.explore_weights"), key="explore_scene", icon=":material/arrow_forward:")
    st.markdown(
        {
            "named": t("result.weights_named", model=model, data=data),
            "current": t("result.weights_current", model=model, data=data),
            "found": t("result.weights_found", model=model, data=data),
        }[opened.found]
    )
    st.caption(t("result.numbers", count=opened.weights.size, tensors=len(opened.weights.tensors)))
    return asked


def tensors_of(opened: OpenedWeights) -> str:
    """Return the names and shapes of the file's tensors, one a line."""
    return "\n".join(listed({name: tensor}) for name, tensor in opened.weights.tensors.items())


def how_to(t: Translator) -> None:
    """Say how such a file is made."""
    st.markdown(t("result.from_training"))
    st.code(FROM_TRAINING, language="python", wrap_lines=True)


def source_line(t: Translator, scene: Scene, files: Files, let_go: Callable[[], None]) -> None:
    """Say that the scene's weights come from a file, with a way back to the model's own."""
    name = files.names.get(scene.weights, scene.weights)
    with st.container(key="weights"):
        st.html(f'<div class="own" title="{escape(name)}">{escape(t("explore.weights", name=name))}</div>')
        st.button(t("explore.own_weights"), key="own_weights", icon=":material/undo:", type="tertiary", on_click=on_this_page(let_go))
