"""The boards of the outliers page about labels: two classes with a wrong one, and rare frauds among payments."""

from __future__ import annotations

from figures.labeled import labels_and_scores, payments, precision_and_recall, shares, told, turn
from figures.numbers import number, percent
from figures.relief import relief
from figures.robust import landscape, look_of, of_each_point
from figures.style import Style
from landscape.scene.frauds import Frauds
from landscape.scene.mislabeled import Mislabeled, Score
from landscape.scene.outliers import OF_MARGIN
from ui.pictures.board import BOARD_WORDS, Board, Chip, Fact, Picture
from ui.words.translator import Translator

PLANE, SAMPLE = frozenset({"plane"}), frozenset({"sample"})


def classes_board(found: Mislabeled, t: Translator, *, dragging: bool = False) -> Board:
    """Return everything that is shown of two classes; while a hand drags, the large pictures alone."""
    names = {name: t(f"losses.{name}") for name in OF_MARGIN}
    words = {**names, "x": "x", "label": t("outliers.label"), "score": t("outliers.score"), "a": t("outliers.slope")}
    words |= {"b": t("outliers.intercept"), "loss": t("figure.loss"), "local_minimum": t("outliers.local_minimum")}
    scores, loss = list(found.scores.values()), names[found.scene.classes]
    figure = labels_and_scores(found.points, found.frame, scores, words=words)
    pictures = [Picture("labels", "plot", figure, t("outliers.labels_label"), t("outliers.labels_hands"), "large", SAMPLE)]
    if found.surface is not None:
        figure = landscape(found.surface, 0.0, scores, words=words)
        note = t("outliers.scores_note", loss=loss)
        pictures.append(Picture("class_landscape", "contour", figure, t("outliers.map_label", loss=loss), note, "large", PLANE))
    facts = [] if dragging else _errors(found, names, t)
    if not dragging and found.surface is not None:
        lines = list(found.scores.values())
        pulls = of_each_point(found.points, lines, [s.pulls for s in lines], quantity=t("outliers.pull"), words=words)
        pictures.append(Picture("pulls", "plot", pulls, t("outliers.pulls_title"), t("outliers.pulls_note"), links=SAMPLE))
        raised = relief(found.surface, words=words)
        pictures.append(Picture("class_relief", "relief", raised, t("outliers.relief_title"), links=PLANE))
    return Board(
        pictures=pictures,
        words={word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=facts,
        chips=[_chip(names[score.name], told(score, len(found.points.x)), look_of(score.name)) for score in scores],
        shown=f"{found.scene.to_query()} {found.finished} {dragging}",
        partial=dragging,
    )


def frauds_board(frauds: Frauds, t: Translator) -> Board:
    """Return everything that is shown of payments and of what each line finds among them."""
    names = {name: t(f"outliers.{name}" if name in ("lts", "mm") else f"losses.{name}") for name in frauds.detectors}
    x, y = (str(t.phrase(name)) for name in frauds.names)
    words = {
        **names,
        **{word: t(f"outliers.{word}") for word in ("kept", "alarm", "missed", "caught", "precision", "recall")},
        "x": x,
        "y": y,
    }
    detectors = list(frauds.detectors.values())
    squares, robust = frauds.detectors["mse"], frauds.detectors["lts"]
    pictures = [
        Picture(f"by_{one.name}", "plot", payments(frauds, one, words=words), t("outliers.by_line", line=names[one.name]),
                t("outliers.by_note", line=names[one.name], slope=number(one.slope), caught=int((one.flagged.flags & frauds.bad).sum()),
                  bad=int(frauds.bad.sum()), alarms=int((one.flagged.flags & ~frauds.bad).sum())), "large", SAMPLE)
        for one in (squares, robust)
    ]  # fmt: skip
    figure = precision_and_recall(detectors, words=words)
    pictures.append(Picture("curves", "plot", figure, t("outliers.curves_title"), t("outliers.curves_note")))
    facts = [
        Fact(names[one.name], percent(one.found.average_precision, 2), t("outliers.average_note"),
             "good" if one.found.average_precision > squares.found.average_precision else "", t("outliers.average_info"))
        for one in detectors
    ]  # fmt: skip
    facts.append(Fact(t("outliers.guessing"), percent(frauds.detectors["mse"].found.base_rate, 2), t("outliers.guessing_note")))
    return Board(
        pictures=pictures,
        words={word: t(f"view.{word}") for word in BOARD_WORDS},
        facts=facts,
        chips=[_chip(names[one.name], shares(one.found), look_of(one.name)) for one in detectors],
        shown=frauds.scene.to_query(),
    )


def _errors(found: Mislabeled, names: dict[str, str], t: Translator) -> list[Fact]:
    """Return a card for each score: how many points it gets wrong."""
    if not found.scores:
        return []
    count, fewest = len(found.points.x), min(score.errors for score in found.scores.values())

    def note(score: Score) -> str:
        return t("outliers.threshold", at=turn(score)) if score.slope else t("outliers.never")

    return [
        Fact(names[score.name], f"{round(score.errors * count)}/{count}", note(score), "good" if score.errors == fewest else "warn")
        for score in found.scores.values()
    ]


def _chip(label: str, value: str, look: Style) -> Chip:
    return Chip(label, value, look.color, look.dash)
