"""Cards under a comparison of losses: what a lecturer would say of each, with the numbers of the lecture scenes checked."""

from __future__ import annotations

import math

import numpy as np

from figures.numbers import number, percent
from landscape.losses.curves import MARGIN, RESIDUAL, LossCurve, derivatives, function_of
from landscape.losses.emphasis import CROWD, EASIER, EASY, HARD, Emphasis, emphasis
from landscape.losses.losses import losses, make_loss
from landscape.losses.properties import optimal_probability
from landscape.scene.comparison import Comparison, Ground, data_of, least_errors
from landscape.scene.fields import Choice
from ui.pictures.board import Fact
from ui.words.translator import Translator

# The share of class 1 at which it is asked which probability is best.
SHARE = 0.9
# An influence grows without bound where it is still larger at the end of its curve than so far before it.
BEFORE, GROWS = 0.9, 1.01
AGREES = 1e-4


def facts_of(comparison: Comparison, t: Translator) -> list[Fact]:
    """Return the cards of every loss that something can be said of."""
    facts = [_robustness(choice, comparison.curves[key], t) for key, choice in comparison.scene.along(RESIDUAL) if key in comparison.curves]
    for _, choice in comparison.scene.keyed():
        if choice.name == "focal":
            facts += _focal(choice, t)
    surrogates = [ground for ground in comparison.grounds if ground.errors is not None]
    if any(ground.choice.name == "zero_one" for ground in surrogates):
        facts += [_errors(ground, comparison, t) for ground in surrogates]
        facts += _logistic(t)
    return facts


def _robustness(choice: Choice, curve: LossCurve, t: Translator) -> Fact:
    """How little is lost on normal noise, and how much one observation can do."""
    x, y = curve.parts["influence"].x, np.abs(curve.parts["influence"].y)
    title = t(f"losses.{choice.name}")
    if not math.isfinite(curve.efficiency):
        return Fact(title, "–", t("curves.no_location"))
    most, before = float(np.nanmax(y)), float(np.nanmax(y[np.abs(x) <= BEFORE * x[-1]]))
    note = t("curves.unbounded") if most > GROWS * before else t("curves.bounded", most=number(most))
    return Fact(title, percent(curve.efficiency), note, info=t("curves.efficiency"))


def _focal(choice: Choice, t: Translator) -> list[Fact]:
    seen, gamma = emphasis(choice.build(losses)), float(choice.get("gamma"))
    best = optimal_probability(choice.name, SHARE, **dict(choice.settings))
    tone, truthful = "good" if _agrees(seen, gamma, float(choice.get("alpha"))) else "warn", abs(best - SHARE) < AGREES
    times = t("curves.easy_note", entropy=_exact(seen.entropy), less=number(seen.less))
    crowd, share = t("curves.crowd", crowd=CROWD, p=EASY, hard=HARD), t("curves.crowd_note", share=percent(seen.share_entropy, 2))
    return [
        Fact(t("curves.easy", p=EASY), _exact(seen.easy), times, tone),
        Fact(t("curves.easy", p=EASIER), f"1/{seen.less_easier:.0f}", t("curves.easier_note"), tone),
        Fact(crowd, percent(seen.share), share, tone),
        Fact(t("curves.best", share=SHARE), f"{best:.3f}", t("curves.best_note"), "good" if truthful else "warn", t("curves.best_info")),
    ]


def _agrees(seen: Emphasis, gamma: float, alpha: float) -> bool:
    """Whether the loss does what its definition says: it is cross-entropy times alpha (1 - p)^gamma."""
    weight, entropy = alpha or 1.0, [-math.log(p) for p in (EASY, HARD)]
    easy, hard = (weight * (1 - p) ** gamma * loss for p, loss in zip((EASY, HARD), entropy, strict=True))
    wanted = (easy, entropy[0] / easy, hard / (hard + CROWD * easy))
    return all(math.isclose(found, there, rel_tol=AGREES) for found, there in zip((seen.easy, seen.less, seen.share), wanted, strict=True))


def _errors(ground: Ground, comparison: Comparison, t: Translator) -> Fact:
    """How many samples are on the wrong side at the lowest point, beside the fewest possible."""
    data = data_of(comparison.scene, ground.axis)
    count, least = len(data.targets), least_errors(data)
    wrong = t("curves.wrong", wrong=round(ground.errors * count), count=count)
    reached = math.isclose(ground.errors, least)
    return Fact(t(f"losses.{ground.choice.name}"), wrong, t("curves.wrong_note", least=round(least * count)), "good" if reached else "warn")


def _logistic(t: Translator) -> list[Fact]:
    """Whether the logistic loss is above the 0-1 loss depends on the base of its logarithm: at m = 0 it is log 2."""
    at = {base: derivatives(function_of(make_loss("logistic", base=base), MARGIN), np.zeros(1))[0][0] for base in ("2", "e")}
    notes = {base: (t("curves.bounds"), "good") if value >= 1 else (t("curves.bounds_not"), "warn") for base, value in at.items()}
    return [Fact(t("curves.logistic", base=base), number(value), *notes[base]) for base, value in at.items()]


def _exact(value: float) -> str:
    """Five digits, as lecture notes have them."""
    return number(value, 5)
