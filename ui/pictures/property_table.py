"""The table of what losses are like, as measured, beside what is often said of every loss."""

from __future__ import annotations

from collections.abc import Sequence

from figures import style
from figures.numbers import number
from landscape.losses.properties import Properties
from landscape.scene.fields import Choice
from ui.pictures.board import Table, TableRow
from ui.words.translator import Translator

COLUMNS = (
    "non_negative", "zero_at_perfect", "differentiable", "convex", "lipschitz", "bounded_influence", "bounds_zero_one", "calibrated",
)  # fmt: skip
# What a text on losses claims of every one of them.
CLAIMED = ("non_negative", "differentiable", "convex")
# So many kinks are named one by one.
MOST_KINKS = 3


def property_table(measured: Sequence[tuple[Choice, Properties]], before: str, t: Translator) -> Table:
    """Return the table of what was measured of losses, to stand before the row of pictures of that name."""
    rows = [_row(choice, properties, t) for choice, properties in measured]
    claim = TableRow(t("curves.claim"), [(t("figure.yes"), "") if column in CLAIMED else ("", "") for column in COLUMNS])
    columns = [(t(f"figure.{column}"), t(f"figure.{column}.info")) for column in COLUMNS]
    return Table(t("curves.properties"), columns, [claim, *rows], t("curves.properties_note"), before)


def _row(choice: Choice, properties: Properties, t: Translator) -> TableRow:
    look = style.loss_style(choice.name)
    cells = [(_said(column, properties, t), _tone(column, getattr(properties, column))) for column in COLUMNS]
    return TableRow(t(f"losses.{choice.name}"), cells, look.color, look.dash)


def _said(column: str, properties: Properties, t: Translator) -> str:
    match getattr(properties, column):
        case None:
            return t("figure.undecided")
        case False if column == "differentiable" and 0 < len(properties.kinks) <= MOST_KINKS:
            return t("figure.no_at", places=", ".join(number(kink) for kink in properties.kinks))
        case bool() as known:
            return t("figure.yes") if known else t("figure.no")
        case bound:
            return f"≤ {number(bound)}"


def _tone(column: str, known: bool | float | None) -> str:
    """A cell that contradicts the claim stands out."""
    return "warn" if column in CLAIMED and known is False else ""
