"""The field of a typed loss: its text, the sliders of the parameters that it declares, and its formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from landscape.catalogue import Parameter
from landscape.errors import LandscapeError
from landscape.losses.expression import LONGEST, parse_loss, rewritten
from landscape.losses.own import OWN_LOSS, losses_and_own
from landscape.scene.fields import Choice, choice_of
from ui.controls import widgets
from ui.session.scene import change_scene, current_scene, of_page, on_this_page
from ui.words.translator import Translator

# (the page's scene, the loss as it is now set) to the scene with that loss
Change = Callable[[Any, Choice], Any]
# A parameter within this range gets a slider; another one a number box, which has no ends to speak of.
SLIDER = Parameter("parameter", 1.0, "", low=1e-3, high=1e3, scale="log")
BOX = Parameter("parameter", 1.0, "", low=-1e9, high=1e9)


@dataclass(frozen=True)
class _Draft:
    """A text that was refused, why, and the expression that it was to replace."""

    text: str
    refusal: LandscapeError
    over: str


def own_loss(
    t: Translator,
    key: str,
    choice: Choice,
    change: Change,
    *,
    typed: Change | None = None,
    remark: widgets.Remark | None = None,
    sliders: bool = True,
) -> None:
    """Draw the field for the loss `choice` of the field `key` of the page's scene, in the current container.

    What is typed becomes the scene by `typed`, or else by `change`, which is for the sliders. A text that is refused stays in the field,
    with the refusal below it, and the scene stays as it was. Without `sliders` the page has the parameters elsewhere.
    """
    expression = str(choice.get("expression"))
    draft = st.session_state.get(_kept(key))
    refused = draft is not None and draft.over == expression
    _field(t, key, draft.text if refused else expression, expression, typed or change, remark)
    if refused:
        st.error(t.refusal(draft.refusal))
    loss = parse_loss(expression)
    for name, value in loss.parameters.items() if sliders else ():
        _slider(t, key, name, value, expression, change, disabled=refused)
    st.latex(t.formula(loss.latex))


def _field(t: Translator, key: str, text: str, expression: str, change: Change, remark: widgets.Remark | None) -> None:
    place = f"{key}.{OWN_LOSS}.expression"

    def apply() -> None:
        typed, before = st.session_state[place], current_scene()
        if typed == text:  # Streamlit also calls this for a widget that has just left the page
            return
        st.session_state.pop(_kept(key), None)
        try:
            change_scene(change(before, _choice(typed)))
        except LandscapeError as error:
            st.session_state[_kept(key)] = _Draft(typed, error, expression)
            return
        if remark is not None:
            remark(before, current_scene())

    st.session_state[place] = text
    st.text_area(t("own.expression"), key=place, on_change=on_this_page(apply), max_chars=LONGEST, height=120, help=t("own.language"))


def _slider(t: Translator, key: str, name: str, value: float, expression: str, change: Change, *, disabled: bool) -> None:
    kind = SLIDER if SLIDER.low <= value <= SLIDER.high else BOX

    def turned(scene: Any, number: object) -> Any:
        return change(scene, _choice(rewritten(expression, name, float(number))))

    widgets.parameter(t, kind, t("own.parameter", name=name), f"{key}.{OWN_LOSS}.{name}", value, turned, disabled=disabled)


def _choice(expression: str) -> Choice:
    return choice_of(losses_and_own, OWN_LOSS, {"expression": expression})


def _kept(key: str) -> str:
    return of_page(f"{key}.draft")
