"""Rules: what each optimizer does in a step, line by line in plain text, with the numbers of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from figures.numbers import number
from landscape.scene.contest import Racer
from ui.words.translator import Translator

# What stands for each symbol of `Descent.state`, in the order of the step: the line with the method's settings put in.
_G = ("g", "g = ∇f(θ)")
_ADAM = (_G, ("m", "m ← {beta1} m + {1-beta1} g"), ("v", "v ← {beta2} v + {1-beta2} g²"))
LINES: Mapping[str, Sequence[tuple[str, str]]] = {
    "gd": (_G,),
    "sgd": (_G,),
    "momentum": (_G, ("m", "m ← {momentum} m + {1-dampening} g")),
    "nesterov": (_G, ("m", "m ← {momentum} m + g")),
    "adagrad": (_G, ("s", "s ← s + g²")),
    "adadelta": (_G, ("s", "s ← {rho} s + {1-rho} g²"), ("u", "u ← {rho} u + {1-rho} Δ²")),
    "rmsprop": (_G, ("s", "s ← {alpha} s + {1-alpha} g²"), ("m", "m ← {momentum} m + g / √s")),
    "rprop": (_G, (r"\Delta", "Δ ← {etaplus} Δ | {etaminus} Δ")),
    "adam": _ADAM,
    "adamw": _ADAM,
    "nadam": _ADAM,
    "radam": _ADAM,
    "muon": (_G, ("m", "M ← {momentum} M + {1-momentum} G")),
    "newton": (_G, (r"H^{-1} g", "H⁻¹ g")),
    "damped_newton": (_G, (r"(H + \mu I)^{-1} g", "(H + μI)⁻¹ g")),
    "saddle_free_newton": (_G, (r"(|H| + \mu I)^{-1} g", "(|H| + μI)⁻¹ g")),
    "lbfgs": (_G, ("p", "p = −B g")),
    "sam": (_G, (r"\epsilon", "ε = {rho} g / ‖g‖"), (r"\hat g", "ĝ = ∇f(θ + ε)"), ("m", "m ← {momentum} m + ĝ")),
    "perturbed_gd": (_G, (r"\xi", "ξ ~ N(0, {sigma}²)")),
}
# The step itself, in short.
STEPS: Mapping[str, str] = {
    "gd": "−η g", "sgd": "−η g", "momentum": "−η m", "nesterov": "−η (g + {momentum} m)", "adagrad": "−η g / √s",
    "adadelta": "−η √(u/s) g", "rmsprop": "−η g / √s", "rprop": "−Δ sign(g)", "adam": "−η m̂ / √v̂", "adamw": "−η m̂ / √v̂ − ηλθ",
    "nadam": "−η m̃ / √v̂", "radam": "−η r m̂ / √v̂", "muon": "−η U Vᵀ", "newton": "−η H⁻¹ g", "damped_newton": "−η (H + μI)⁻¹ g",
    "saddle_free_newton": "−η (|H| + μI)⁻¹ g", "lbfgs": "t p", "sam": "−η ĝ", "perturbed_gd": "−η (g + ξ)",
}  # fmt: skip


def rule_of(racer: Racer, ticks: int, t: Translator) -> list[tuple[str, list[str]]]:
    """Return the lines of a racer's rule, each with its numbers at every one of the `ticks` and at 0: those of the step that begins where
    it stands then; at the end, those of the last one.
    """
    run, settings = racer.trajectory, dict(racer.choice.settings)
    stands = np.append(racer.standing, np.full(ticks + 1 - len(racer.standing), racer.standing[-1]))
    taken = np.minimum(stands, max(len(run) - 2, 0))
    lines = [(t("race.rule_step"), [str(step + 1) for step in taken])]
    for symbol, text in LINES[racer.choice.name]:
        if symbol in run.states:
            lines.append((_filled(text, settings), _numbers(run.states[symbol], taken)))
    step = _filled(STEPS[racer.choice.name], settings) if not _adds_up(racer) else "−η m"
    lines.append((f"Δθ = {step}", _numbers(np.diff(run.thetas, axis=0), taken)))
    return [*lines, ("θ", _numbers(run.thetas, taken))]


def _adds_up(racer: Racer) -> bool:
    """Whether the racer is of a method whose steps add up by choice, and chosen so."""
    return racer.choice.name in ("rmsprop", "sam") and "m" in racer.trajectory.states


def _filled(text: str, settings: Mapping[str, object]) -> str:
    """Return the line with a method's settings in place of their names; "{1-beta1}" is what is left of it to 1."""
    for name, value in settings.items():
        if isinstance(value, float):
            text = text.replace(f"{{{name}}}", number(value)).replace(f"{{1-{name}}}", number(1 - value))
    return text.replace("+ 1 g", "+ g")


def _numbers(vectors: np.ndarray, taken: np.ndarray) -> list[str]:
    """Return each vector as text: both of two numbers, else its length."""
    if not len(vectors):
        return ["–"] * len(taken)
    if vectors.shape[1] == 2:
        texts = [f"({', '.join(number(float(value)) for value in vector)})" for vector in vectors]
    else:
        texts = [f"‖·‖ = {number(float(size))}" for size in np.linalg.norm(vectors, axis=1)]
    return [texts[k] for k in taken]
