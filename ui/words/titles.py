"""Titles: what a scene is called in a sentence."""

from __future__ import annotations

from landscape.scene.scene import OPTIMIZER_KEYS, Scene
from ui.words.translator import Translator


def title_of(scene: Scene, t: Translator) -> str:
    """Return a scene's short name: its function, or its data, model and loss, and its optimizers."""
    subject = ("function",) if scene.function is not None else ("data", "model", "loss")
    nouns = {"function": "functions", "data": "datasets", "model": "models", "loss": "losses"}
    names = [t(f"{nouns[key]}.{getattr(scene, key).name}") for key in subject]
    names += [t(f"optimizers.{choice.name}") for _, choice in zip(OPTIMIZER_KEYS, scene.optimizers, strict=False)]
    return " · ".join(names)
