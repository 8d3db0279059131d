"""Controls of the replication page: which claims and seed, and the table of claims, each with its paper, band and button."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from math import inf

import streamlit as st

from figures.numbers import number
from landscape.catalogue import Entry
from landscape.replication.claim import Band, Finding, Verdict
from landscape.replication.claims import claims
from landscape.scene.record import Record
from landscape.scene.replication import Replication, ReplicationScene
from ui.controls import widgets
from ui.jobs.follow import Request
from ui.session.scene import of_page, on_this_page
from ui.words.translator import Translator

COLUMNS = (4.5, 5.2, 1.6, 1.3)
BADGES = {True: ("replication.holds", "green"), False: ("replication.not_here", "orange"), None: ("replication.undecided", "gray")}


@dataclass(frozen=True)
class Asked(Request):
    """A request to run claims; another `turn` of it is another request, since one that was cancelled does not go on."""

    turn: int = 0


def controls(t: Translator, scene: ReplicationScene) -> None:
    """Draw which claims the page shows, and the seed."""

    def choose(scene: ReplicationScene, names: object) -> Record:
        return scene.of(tuple(names) or tuple(claims))

    names = {"options": list(claims), "format_func": lambda name: t(f"claims.{name}")}
    widgets.mirror(st.multiselect, t("replication.choose"), "claims", list(scene.names), choose, **names)

    def reseed(scene: ReplicationScene, value: object) -> Record:
        return scene.with_value("seed", value)

    widgets.parameter(t, scene.row("seed").kind.parameter, t("replication.seed"), "seed", scene.seed, reseed)
    st.caption(t("replication.about"))


def asked(scene: ReplicationScene) -> Asked:
    """Return what the visitor has asked to run; nothing before the first click, and nothing after another seed was chosen."""
    kept: Asked | None = st.session_state.get(of_page("asked"))
    return kept if kept is not None and kept.scene.seed == scene.seed else Asked("replication", scene.of(()))


def found(scene: ReplicationScene, result: Replication | None) -> dict[str, Verdict]:
    """Return the verdicts of this seed by claim, those of `result` and those that the session has seen before."""
    kept: dict[tuple[str, int], Verdict] = st.session_state.setdefault(of_page("found"), {})
    kept.update({(verdict.claim, verdict.seed): verdict for verdict in (result.verdicts if result is not None else ())})
    return {name: kept[name, scene.seed] for name in scene.names if (name, scene.seed) in kept}


def table(t: Translator, scene: ReplicationScene, verdicts: Mapping[str, Verdict], running: str, *, busy: bool) -> None:
    """Draw the claims of `scene` with what is owed, what was measured, and the buttons, which wait while something runs."""
    left = tuple(name for name in scene.names if name not in verdicts)
    with st.container(key="claim_table"):
        head = st.columns(COLUMNS, vertical_alignment="center")
        for column, key in zip(head, ("replication.paper", "replication.band", "replication.verdict"), strict=False):
            column.caption(t(key))
        _button(t, head[3], "run_all", t("replication.run_all"), scene, left, disabled=busy or not left)
        for name in scene.names:
            _row(t, scene, claims[name], verdicts.get(name), running=running == name, busy=busy)


def _row(t: Translator, scene: ReplicationScene, entry: Entry, verdict: Verdict | None, *, running: bool, busy: bool) -> None:
    with st.container(key=f"claim_{entry.name}"):
        paper, band, judged, button = st.columns(COLUMNS, vertical_alignment="center")
        source = f"[{t.source(entry.source)}]({entry.traits['link']})"
        paper.markdown(f"**{t(f'claims.{entry.name}')}{t('replication.stop')}** {t.phrase(entry.traits['says'])}  \n:small[{source}]")
        band.html(_measures(t, entry, verdict))
        if verdict is None:
            judged.caption(t("replication.running" if running else "replication.not_run"))
        else:
            _judged(t, judged, verdict)
            if verdict.holds is not True:
                band.caption(str(t.phrase(entry.traits["why"] if verdict.found.unfit is None else verdict.found.unfit)))
        _button(t, button, f"run_{entry.name}", t("replication.run"), scene, (entry.name,), disabled=busy or verdict is not None)


def _judged(t: Translator, place: st.delta_generator.DeltaGenerator, verdict: Verdict) -> None:
    word, color = BADGES[verdict.holds]
    cost = t("replication.cost", seconds=number(verdict.seconds, 2), evaluations=verdict.found.evaluations)
    place.markdown(f":{color}-badge[{t(word)}]  \n:small[{cost}]")


def _button(
    t: Translator,
    place: st.delta_generator.DeltaGenerator,
    key: str,
    label: str,
    scene: ReplicationScene,
    names: tuple[str, ...],
    *,
    disabled: bool,
) -> None:
    place.button(label, key=key, on_click=on_this_page(_ask), args=(scene, names), disabled=disabled, width="stretch")


def _ask(scene: ReplicationScene, names: tuple[str, ...]) -> None:
    """Ask for these claims; once more where the same was asked and cancelled."""
    before, wanted = asked(scene), Asked("replication", scene.of(names))
    again = before.scene == wanted.scene
    st.session_state[of_page("asked")] = replace(wanted, turn=before.turn + 1 if again else 0)


def _measures(t: Translator, entry: Entry, verdict: Verdict | None) -> str:
    """Return the measures as rows of HTML: the name, the band, and each value found."""
    rows = []
    for k, measure in enumerate(entry.traits["measures"]):
        values = "" if verdict is None else "".join(_value(t, verdict, finding) for finding in verdict.measured(k))
        cells = f"<span>{escape(str(t.phrase(measure.name)))}</span><b>{escape(interval(measure.band))}</b><span>{values}</span>"
        rows.append(f"<div>{cells}</div>")
    return f'<div class="measures">{"".join(rows)}</div>'


def _value(t: Translator, verdict: Verdict, finding: Finding) -> str:
    tone = "good" if verdict.inside(finding) else "warn"
    setting = escape(str(t.phrase(finding.setting)))
    return f'<span><i data-tone="{tone}">{number(finding.value)}</i> <small>{setting}</small></span>'


def interval(band: Band) -> str:
    """Return a band in signs."""
    if band.low == -inf:
        return f"≤ {number(band.high)}"
    return f"≥ {number(band.low)}" if band.high == inf else f"{number(band.low)} … {number(band.high)}"
