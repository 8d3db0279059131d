"""Facts: the cards under the pictures of an exploration, each one number with what it means."""

from __future__ import annotations

import numpy as np

from figures.numbers import number, percent
from landscape.descent.trajectory import AWAY, Trajectory
from landscape.sampling.quantities import CURVATURE
from landscape.sampling.surface import Surface
from landscape.scene.exploration import Exploration
from landscape.scene.path import Path
from ui.pictures.board import Fact
from ui.words.translator import Translator

# The cards by what they are about, in their order.
ORDER = ("run", "sharpness", "stability", "gradient", "plane", "surface", "trace", "critical", "parameters", "versions")
# What is said of a run that ended before its steps were done, or ran away.
ENDS = {"diverged": "fact.diverged", "unbounded": "fact.unbounded", "singular": "fact.singular"}
# An eigenvalue this small beside the largest is zero to working precision.
ROUNDING = 1e-12
# The largest stable learning rates of `Optimizer.largest_lr` as formulas.
LIMITS = {"gd": "2 / {top}", "sgd": "2 / {top}", "momentum": "(2 + 2β) / {top}", "nesterov": "(2 + 2β) / ((1 + 2β) {top})"}
LIMITS |= {"sam": "(2 + 2β) / {top}", "perturbed_gd": "2 / {top}"}

# What is said of the rate of a method that has no such limit, since it knows the curvature, where that is not said of each coordinate.
OWN_SCALES = {"newton": "fact.newton"} | dict.fromkeys(("damped_newton", "saddle_free_newton", "lbfgs"), "fact.whole_step")
OWN_SCALES |= {"muon": "fact.own_matrices"}


def in_order(facts: dict[str, Fact]) -> list[Fact]:
    """Return the cards in their order."""
    return [facts[about] for about in ORDER if about in facts]


def facts_of(exploration: Exploration, t: Translator, *, shows: str = "loss", ended: bool = False) -> dict[str, Fact]:
    """Return the cards by what they are about, the surface's of the map of `shows`; `ended` says that no more will be computed."""
    facts = {"run": run_fact(t, exploration.paths[0])} if exploration.paths else {}
    if round(exploration.unseen):
        note = t("fact.unseen", count=round(exploration.unseen))
        facts["critical"] = Fact(t("result.critical"), number(len(exploration.critical)), note, info=t("fact.unseen_info"))
    if exploration.limits:
        facts |= {"sharpness": _sharpness(exploration, t), "stability": _stability(exploration, t), "gradient": _end(exploration, t)}
    elif not exploration.finished:
        labels = {"sharpness": "λ max", "stability": _limit(exploration), "gradient": t("fact.gradient")}
        unknown = ("–", t("fact.not_computed")) if ended else ("…",)
        facts |= {about: Fact(label, *unknown) for about, label in labels.items()}
    if exploration.explained is not None:
        facts["plane"] = _held(exploration, t)
    if shows in exploration.maps:
        facts["surface"] = surface_fact(exploration, exploration.maps[shows], t, shows=shows)
    return facts


def surface_fact(exploration: Exploration, surface: Surface, t: Translator, *, shows: str) -> Fact:
    """The error of a surface of `shows` over the exploration's plane, and at how many points it is known."""
    return _residual(surface, t) if shows in CURVATURE else _exactness(exploration, surface, t)


def risk_surface_fact(surface: Surface, t: Translator, *, dim: int, samples: int) -> Fact:
    """The largest error of the surface of a risk of `dim` parameters, and at how many of its points that was evaluated."""
    grid, size = {"nx": len(surface.a), "ny": len(surface.b)}, {"dim": dim, "samples": samples}
    if surface.exact:
        return Fact(t("fact.surface"), t("fact.exact"), t("fact.points", **grid), info=t("fact.points_info", **size))
    note = t("fact.estimated", evaluations=surface.evaluations, **grid)
    return Fact(t("fact.surface"), _largest_error(surface), note, info=t("fact.estimated_info", **size))


def run_fact(t: Translator, run: Path | Trajectory) -> Fact:
    """How a run went, and why it stopped."""
    if run.status == "completed":
        steps = len(run.losses) - 1
        few = {0: "fact.completed_none", 1: "fact.completed_one"}
        return Fact(t("fact.final_loss"), number(run.losses[-1]), t(few[steps]) if steps in few else t("fact.completed", steps=steps))
    return Fact(t("fact.final_loss"), number(run.losses[-1]), t(ENDS[run.status], step=run.step), "warn")


def _sharpness(exploration: Exploration, t: Translator) -> Fact:
    top, residual = exploration.spectrum.eigenvalues[0], exploration.spectrum.residuals[0]
    place = t(_place(exploration))
    return Fact("λ max", number(top), t("fact.residual", place=place, residual=number(residual)))


def _place(exploration: Exploration) -> str:
    """Return the key of where curvature was looked at."""
    if exploration.scene.weights and exploration.dataset is not None:
        return "fact.at_weights"
    return "fact.at_start" if exploration.paths[0].status in AWAY else "fact.at_end"


def _limit(exploration: Exploration) -> str:
    """Return the formula of the first optimizer's largest stable learning rate; gradient descent's where a method has none."""
    choice = exploration.scene.optimizers[0]
    decay = choice.name in LIMITS and choice.get("weight_decay")
    top = "(λ max + w)" if decay else "λ max"
    return LIMITS.get(choice.name, LIMITS["gd"]).format(top=f"((1 − τ) {top})" if choice.get("dampening") else top)


def _stability(exploration: Exploration, t: Translator) -> Fact:
    """The first optimizer's learning rate beside the largest one at which it is stable on the quadratic model."""
    choice, limit = exploration.scene.optimizers[0], exploration.limits[0]
    label, lr = _limit(exploration), choice.get("lr")
    if exploration.scene.has_kinks:
        return Fact(label, "–", t("fact.kinks", lr=number(lr)))
    if limit is None:
        top = float(exploration.spectrum.eigenvalues[0])
        said = t(OWN_SCALES.get(choice.name, "fact.own_scale"), lr=number(lr))
        return Fact(label, number(2 / top) if top > 0 else "–", said)
    if np.isinf(limit):
        return Fact(label, "–", t("fact.no_limit", lr=number(lr)))
    if lr > limit:
        return Fact(label, number(limit), t("fact.unstable", lr=number(lr), limit=number(limit)), "warn")
    tone = "" if exploration.paths[0].status in AWAY else "good"  # stable on a bowl, which is not where a run that left has been
    return Fact(label, number(limit), t("fact.stable", lr=number(lr), limit=number(limit)), tone)


def _end(exploration: Exploration, t: Translator) -> Fact:
    """The gradient's norm, and whether the spectrum's lower end shows a way down."""
    eigenvalues = exploration.spectrum.eigenvalues
    bottom, zero = float(eigenvalues[-1]), max(float(exploration.spectrum.residuals[-1]), ROUNDING * float(np.abs(eigenvalues).max()))
    if exploration.scene.has_kinks:
        note = t("fact.kinked_end")
    elif not np.isfinite(bottom):
        note = t("fact.no_curvature")
    elif abs(bottom) <= zero:
        note = t("fact.flat")
    else:
        note = t("fact.negative" if bottom < 0 else "fact.positive", bottom=number(bottom))
    return Fact(t("fact.gradient"), number(exploration.gradient_norm), note)


def _held(exploration: Exploration, t: Translator) -> Fact:
    """The share of the path's variance in the plane, beside a random walk's, which says how much of it means anything."""
    if exploration.whole:
        return Fact(t("fact.plane"), "100 %", t("fact.whole"), "good")
    share = percent(exploration.explained)
    if exploration.random_walk is None:
        return Fact(t("fact.plane"), share, t("result.variance"))
    walk = percent(exploration.random_walk)
    return Fact(t("fact.plane"), share, t("fact.walk", walk=walk), info=t("fact.plane_info", share=share, walk=walk))


def _exactness(exploration: Exploration, surface: Surface, t: Translator) -> Fact:
    """The largest error of the surface, and at how many points it was evaluated."""
    if exploration.dataset is not None:
        return risk_surface_fact(surface, t, dim=exploration.dim, samples=exploration.samples)
    grid, evaluations = {"nx": len(surface.a), "ny": len(surface.b)}, surface.evaluations
    value = t("fact.exact") if surface.exact else _largest_error(surface)
    if surface.exact and evaluations == surface.values.size:
        return Fact(t("fact.surface"), value, t("fact.function_points", **grid))
    return Fact(t("fact.surface"), value, t("result.points" if surface.exact else "result.estimated", evaluations=evaluations, **grid))


def _largest_error(surface: Surface) -> str:
    """Return the largest error of an estimated surface, as a share of its range; a surface without a range has errors of rounding only."""
    span = float(np.ptp(surface.values[np.isfinite(surface.values)]))
    return f"≤ {percent(float(surface.error.max()) / span if span else 0.0)}"


def _residual(surface: Surface, t: Translator) -> Fact:
    """The largest residual of a map of eigenvalues, and at how many of its points there is an eigenvalue."""
    known = surface.error[np.isfinite(surface.error)]
    value = f"≤ {number(float(known.max()))}" if known.any() else t("fact.exact") if known.size else "…"
    grid = {"nx": len(surface.a), "ny": len(surface.b), "found": int(np.isfinite(surface.values).sum())}
    return Fact(t("fact.surface"), value, t("result.residuals", **grid))
