"""Widgets that mirror a value held elsewhere: a visitor's change makes a new scene before the page runs again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import streamlit as st

from figures.numbers import number
from landscape.catalogue import Parameter, Value
from landscape.errors import LandscapeError
from landscape.scene.scene import Scene
from ui.session.scene import change_scene, current_scene, on_this_page, refuse
from ui.words.titles import capitalized
from ui.words.translator import Translator

Change = Callable[[Scene, object], Scene]
# What is to be said once the scene before has become the scene after.
Remark = Callable[[Scene, Scene], None]

# The rungs of a log slider within one decade.
ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
# So many controls more may another scene of a page have in its column.
MOST = 12
# A slider serves a range that the eye can divide; wider ones get a number box.
WIDEST_SLIDER = 20.0


def clear(places: int = MOST) -> None:
    """Draw nothing at so many places: what is not drawn over stays on the page until the run ends, in the language of before, and a run may
    wait for its picture.
    """
    for _ in range(places):
        st.empty()


def mirror(
    make: Callable[..., object], label: str, key: str, value: object, change: Change, remark: Remark | None = None, **settings: object
) -> None:
    """Make a widget that shows `value`; when the visitor changes it, `change(scene, new value)` becomes the session's scene.

    `remark(scene before, scene after)` may then say what else has changed.

    The value is assigned in every run: a browser that is slow to load a widget's script would otherwise mount it at its first option, and
    report that as the visitor's choice. The widget in the visitor's hands is left alone as long as it shows what they chose: an answer to
    one press would take back the next one, which is on its way.
    """
    in_hand = st.session_state.get("in_hand") == key
    if not in_hand or st.session_state.get(key) != value:
        st.session_state[key] = value
        if in_hand:
            del st.session_state["in_hand"]
    make(label, key=key, on_change=on_this_page(_apply), args=(key, value, change, remark), **settings)


def parameter(t: Translator, parameter: Parameter, label: str, key: str, value: Value, change: Change, *, disabled: bool = False) -> None:
    """Make the widget that suits a parameter's type and range."""
    label = capitalized(label)
    if parameter.choices:
        prefix = "activations." if parameter.name == "activation" else "option."
        mirror(st.selectbox, label, key, value, change, options=list(parameter.choices), format_func=lambda name: t(f"{prefix}{name}"))
    elif isinstance(parameter.default, bool):
        mirror(st.toggle, label, key, value, change)
    elif isinstance(parameter.default, tuple):
        mirror(
            st.text_input, label, key, parameter.write(value), lambda scene, text: change(scene, parameter.parse(label, str(text).strip()))
        )
    elif parameter.scale == "log":
        rungs = _ladder(parameter)
        nearest = min(rungs, key=lambda rung: abs(math.log(rung / value)))
        label = label if nearest == value else f"{label} ({number(value)})"
        mirror(st.select_slider, label, key, nearest, change, options=rungs, format_func=number, disabled=disabled)
    elif isinstance(parameter.default, float) and parameter.high - parameter.low <= WIDEST_SLIDER:
        step = (parameter.high - parameter.low) / 100
        mirror(st.slider, label, key, value, change, min_value=parameter.low, max_value=parameter.high, step=step)
    else:
        mirror(st.number_input, label, key, value, change, min_value=parameter.low, max_value=parameter.high, disabled=disabled)


def limits(t: Translator, parameter: Parameter, rates: Sequence[float]) -> None:
    """Draw marks at some largest stable rates under the log slider just drawn."""
    rungs = _logarithms(parameter)
    marks = [f'<div style="--at:{_share(rate, rungs):.4f}"><i></i><span>2/λ = {number(rate)}</span></div>' for rate in rates]
    st.html(f'<div class="tick" title="{t("explore.limit_help")}">{"".join(marks)}</div>')


def _logarithms(parameter: Parameter) -> np.ndarray:
    return np.log(np.array(_ladder(parameter), dtype=np.float64))


def _share(value: float, rungs: np.ndarray) -> float:
    """Return where on the slider a value is, as a share of its length."""
    return float(np.interp(np.log(value), rungs, np.linspace(0.0, 1.0, len(rungs))))


class Tick:
    """A mark under the log slider just drawn, whose place keeps its height before it is known."""

    def __init__(self, parameter: Parameter):
        self._rungs = _logarithms(parameter)
        self._place = st.empty()
        self._place.html('<div class="tick"></div>')

    def mark(self, at: float, t: Translator) -> None:
        """Put the mark at the value `at`, or at the nearer end of the slider."""
        share = _share(at, self._rungs)
        words = t("explore.limit", value=number(at))
        self._place.html(f'<div class="tick" style="--at:{share:.4f}"><i></i><span title="{t("explore.limit_help")}">{words}</span></div>')


def _apply(key: str, shown: object, change: Change, remark: Remark | None) -> None:
    """Turn the widget's new value into a scene, or into a refusal for the page to show.

    Streamlit also calls this for a widget that has just left the page, with the value it had: nothing has changed then.
    """
    if st.session_state[key] == shown:
        return
    st.session_state["in_hand"] = key
    before = current_scene()
    try:
        change_scene(change(before, st.session_state[key]))
    except LandscapeError as error:
        refuse(error)
        return
    if remark is not None:
        remark(before, current_scene())


@cache
def _ladder(parameter: Parameter) -> tuple[Value, ...]:
    """Return the slider's values: round numbers, twelve a decade.

    They must not depend on the value shown: a slider whose options change forgets its place and reports its first option as chosen.
    """
    kind, low, high = type(parameter.default), math.floor(math.log10(parameter.low)), math.ceil(math.log10(parameter.high))
    rungs = (float(f"{digits}e{power}") for power in range(low, high + 1) for digits in ROUND)
    return tuple(sorted({kind(rung) for rung in rungs if parameter.low <= rung <= parameter.high and kind(rung) == rung}))
