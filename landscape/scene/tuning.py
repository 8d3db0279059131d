"""Tuning: the scene made to suit itself after one of its choices was changed."""

from __future__ import annotations

from dataclasses import replace

from landscape.catalogue import Catalogue
from landscape.data.datasets import Dataset
from landscape.data.fit import fits
from landscape.descent.optimizers import optimizers
from landscape.scene.scene import Scene
from landscape.scene.study import Study
from landscape.scene.suggestions import suggested_batch
from landscape.scene.suiting import SUITED, suited

# What each change leaves as the visitor had it, of the fields that are made to suit.
SETTLED = {
    "function": {"model", "settings", "loss"},
    "data": {"settings"},
    "model": {"model"},
    "loss": {"model", "settings", "loss", "steps"},
    "plane": SUITED - Scene.placed(),  # "path" too: a plane of the path was asked for
    "schedule": SUITED,  # it paces the rates that are there
}


def tuned(study: Study, changed: str, former: Scene | None = None) -> Scene:
    """Return the study's scene made to suit itself after its field `changed` ("data", "model", "opt2", ...) got another name.

    Another function, data set or model is another space: it gets a plane that can be drawn in it, and starts and windows of a former
    landscape are dropped. Other data get a model and a loss that suit them. Another loss on the same plane, where that is the whole space,
    keeps start and window. Another landscape or optimizer gets learning rates to begin with, and SGD a batch; a plane of the path becomes a
    random one where no path moves. `former` is the scene before the change.
    """
    scene = study.scene
    methods = scene.row("opt").keys
    if changed in methods:
        settled, keys = SUITED - {"opt", "path"}, (changed,)
        scene = _with_batch(scene, changed, study.dataset)
    else:
        settled, keys = SETTLED[changed], methods
    if changed not in methods and not scene.row(changed).moves and study.whole:
        settled = settled | {"plane", *scene.placed()}
    return suited(scene, study.dataset, settled, prepare=study.prepare, keys=keys, former=former)


def fitting(catalogue: Catalogue, dataset: Dataset) -> list[str]:
    """Return the names of the models or losses that suit a dataset."""
    return [name for name, entry in catalogue.items() if fits(entry, dataset)]


def _with_batch(scene: Scene, key: str, dataset: Dataset | None) -> Scene:
    """Return the scene with a batch where SGD was chosen without: it would be gradient descent."""
    chosen = scene.optimizers[scene.row("opt").keys.index(key)].name
    if dataset is None or scene.batch or not optimizers[chosen].traits.get("in_batches", False):
        return scene
    return replace(scene, batch=suggested_batch(len(dataset.targets)))
