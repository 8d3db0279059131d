"""Place: where the optimizers set out and which window of the plane is shown, as a visitor's hands and numbers set them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from figures.numbers import number
from landscape.errors import LandscapeError
from landscape.plane import Window
from landscape.scene.exploration import Exploration
from landscape.scene.scene import Scene
from ui.controls import widgets
from ui.pictures.words import axis_names
from ui.session.scene import current_scene, of_page, refuse, set_scene
from ui.words.translator import Translator

# A scene's coordinates are at most so large.
FARTHEST = 1e12
# A window's width: at least this share of its distance from the origin, where float64 still tells its points apart, and at most so many
# times as wide as the window before it.
FINEST, WIDEST = 1e-9, 1e6
# The arrows of a number box go through the window in so many steps.
STEPS = 100


def placed(_: str, values: Mapping[str, float]) -> None:
    """Hear a board's `placed`."""
    start_at(float(values["a"]), float(values["b"]))


def moved(_: str, values: Mapping[str, Any]) -> None:
    """Hear a board's `moved` of a plane's window."""
    show_window(tuple(map(float, values["corners"])), int(values["turn"]))


def start_at(a: float, b: float) -> None:
    """Let the optimizers set out from (a, b)."""
    set_scene(replace(current_scene(), start=(a, b)))


def show_window(corners: Sequence[float], turn: int) -> None:
    """Show the window with these corners (a_lo, a_hi, b_lo, b_hi); without corners, the one that was there before the first hand on it.

    `turn` counts what the browser has asked for, so that it knows which of its wishes a picture answers.
    """
    scene, ways = current_scene(), _moved()
    st.session_state[of_page("turn")] = turn
    if not len(corners):
        set_scene(replace(scene, window=ways.get(scene.window, scene.window)))
        return
    try:
        window = checked(corners, scene.window)
    except LandscapeError as error:
        refuse(error)
        return
    ways[window] = ways.get(scene.window, scene.window)
    set_scene(replace(scene, window=window))


def checked(corners: Sequence[float], before: Window | None) -> Window:
    """Return the window with these corners.

    Raises LandscapeError unless they are finite and ascending, and the window is neither lost in rounding nor far wider than before.
    """
    if len(corners) != 4 or not all(map(math.isfinite, corners)) or corners[0] >= corners[1] or corners[2] >= corners[3]:
        raise LandscapeError("no_window", owner="plane", got=tuple(corners))
    window = ((corners[0], corners[1]), (corners[2], corners[3]))
    for k, (low, high) in enumerate(window):
        far, most = max(abs(low), abs(high)), math.inf if before is None else WIDEST * (before[k][1] - before[k][0])
        if high - low < FINEST * far or high - low > most or far > FARTHEST:
            raise LandscapeError("window_extreme", most=number(WIDEST), got=f"{number(low)} … {number(high)}")
    return window


def seen() -> dict[str, object]:
    """Return what the view has to know of this session: the window asked for, whether a hand has moved it, and the last wish heard."""
    window = current_scene().window
    corners = None if window is None else [*window[0], *window[1]]
    return {"zoomable": True, "window": corners, "zoomed": window in _moved(), "turn": st.session_state.get(of_page("turn"), 0)}


def _moved() -> dict[Window | None, Window | None]:
    """Return the windows that this session's hands have made, each with the one before the first of them."""
    return st.session_state.setdefault(of_page("moved_windows"), {})


class StartBoxes:
    """Two number boxes for the exact start, under the plane's own names; they keep their room until the first picture tells where it is."""

    def __init__(self, t: Translator, scene: Scene):
        self._t, self._scene = t, scene
        self._room = st.container(key="start")

    def fill(self, exploration: Exploration | None) -> None:
        """Show the scene's start, or, where the model itself has chosen it, that of the picture."""
        scene, shown = self._scene, scene_start(self._scene, exploration)
        with self._room:
            for k, (column, name) in enumerate(zip(st.columns(2), axis_names(scene, self._t), strict=True)):
                with column:
                    self._box(k, f"{self._t('explore.start')} {name}", shown)

    def _box(self, k: int, label: str, shown: tuple[float, float] | None) -> None:
        def change(scene: Scene, value: object) -> Scene:
            return replace(scene, start=(float(value), shown[1]) if k == 0 else (shown[0], float(value)))

        settings = {"min_value": -FARTHEST, "max_value": FARTHEST, "step": step_of(self._scene.window, k), "format": "%.4g"}
        value = None if shown is None else float(shown[k])
        widgets.mirror(st.number_input, label, f"start.{'ab'[k]}", value, change, disabled=shown is None, **settings)


def scene_start(scene: Scene, exploration: Exploration | None) -> tuple[float, float] | None:
    """Return where the optimizers set out: as the scene says, or else where the exploration of this scene has them; None if unknown."""
    if scene.start is not None:
        return scene.start
    if exploration is None or not exploration.paths or exploration.scene != scene:
        return None
    return float(exploration.paths[0].a[0]), float(exploration.paths[0].b[0])


def step_of(window: Window | None, k: int) -> float:
    """Return a round step: about the `STEPS`-th part of the window, or 0.1 where the landscape chooses the window."""
    if window is None:
        return 0.1
    rough = (window[k][1] - window[k][0]) / STEPS
    return float(f"1e{math.floor(math.log10(rough))}")
