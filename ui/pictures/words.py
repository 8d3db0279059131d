"""Words: what the figures of an exploration say, in the visitor's language."""

from __future__ import annotations

from landscape.sampling.quantities import QUANTITIES
from landscape.scene.exploration import Exploration
from landscape.scene.scene import Scene
from ui.words.translator import Translator

FIGURE_WORDS = (
    "beyond", "count", "data", "density", "distance", "diverged", "eigenvalue", "grade", "index", "negative", "positive", "predicted",
    "query", "rank", "stable_up_to", "step", "test", "train", "true", "unbounded",
    "start", "end", "minimum", "saddle", "maximum", "degenerate", "slice_minimum", *QUANTITIES,
)  # fmt: skip
# What stands at the relief's height in place of a long name.
SYMBOLS = {"smallest_eigenvalue.short": "λ min", "largest_eigenvalue.short": "λ max"}


def words_of(exploration: Exploration, t: Translator) -> dict[str, str]:
    """Return every word of the figures; "a" and "b" name the plane's coordinates, "x" and "y" the first two inputs of the data."""
    a, b = axis_names(exploration.scene, t)
    x, y = map(t.phrase, _input_names(exploration))
    return {word: t(f"figure.{word}") for word in FIGURE_WORDS} | SYMBOLS | {"a": a, "b": b, "x": x, "y": y}


def axis_names(scene: Scene | None, t: Translator) -> tuple[str, str]:
    """Return what the plane's coordinates are called: the parameters' own names where they are the parameters."""
    if scene is None:
        return t("axis.random.a"), t("axis.random.b")
    if scene.function is not None and scene.plane.name == "coordinates":
        return "x", "y"
    if scene.plane.name == "coordinates":
        i, j = scene.plane.get("i"), scene.plane.get("j")
        return f"θ{_subscript(i + 1)}", f"θ{_subscript(j + 1)}"
    return t(f"axis.{scene.plane.name}.a"), t(f"axis.{scene.plane.name}.b")


def _subscript(index: int) -> str:
    return str(index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _input_names(exploration: Exploration) -> tuple[str, str]:
    features = exploration.dataset.feature_names if exploration.dataset is not None else ()
    return (features[0], features[1]) if len(features) >= 2 else ("x₁", "x₂")
