"""Fit: whether a model or a loss can take a data set, by the traits `tasks`, `inputs` and `features` of its entry."""

from __future__ import annotations

import math

from landscape.catalogue import Entry
from landscape.data.datasets import Dataset
from landscape.errors import LandscapeError, Phrase, listed

ANY_INPUT = ("flat", "image")


def task_of(dataset: Dataset) -> str:
    """Return "regression", "ranking", "binary" (two classes) or "multiclass"."""
    if dataset.task != "classification":
        return dataset.task
    return "binary" if dataset.classes == 2 else "multiclass"


def fits(entry: Entry, dataset: Dataset) -> bool:
    """Return whether the model or loss `entry` can take the data."""
    try:
        require_fit(entry, dataset)
    except LandscapeError:
        return False
    return True


def require_fit(entry: Entry, dataset: Dataset) -> None:
    """Raise `LandscapeError` where the model or loss `entry` cannot take the data, by its traits."""
    task, tasks = task_of(dataset), entry.traits["tasks"]
    if not tasks:
        raise LandscapeError("suits_no_data", owner=entry.name, got=Phrase(task))
    if task not in tasks:
        raise LandscapeError("wrong_task", owner=entry.name, expected=listed(Phrase(task) for task in tasks), got=Phrase(task))
    if dataset.image_shape is None and "flat" not in entry.traits.get("inputs", ANY_INPUT):
        raise LandscapeError("not_images", owner=entry.name, got=Phrase("flat_features", count=features(dataset)))
    allowed = entry.traits.get("features")
    if allowed is not None and features(dataset) not in allowed:
        expected = ", ".join(str(number) for number in allowed)
        raise LandscapeError("wrong_features", owner=entry.name, expected=expected, got=features(dataset))


def features(dataset: Dataset) -> int:
    """Return the number of features of one input; in ranking, of one document."""
    return math.prod(dataset.inputs.shape[2 if dataset.task == "ranking" else 1 :])
