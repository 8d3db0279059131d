"""Picked: the one tensor that is meant, of a model's outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from landscape.errors import LandscapeError

# A key, a place or an attribute of the outputs, or a function of them; None: the outputs themselves.
Pick = str | int | Callable[[object], Tensor] | None


def picker(pick: Pick) -> Callable[[object], Tensor]:
    """Return the function from a model's outputs to the tensor that is meant, detached; it refuses what is no tensor of samples."""

    def picked(outputs: object) -> Tensor:
        chosen = outputs if pick is None else pick(outputs) if callable(pick) else _part(outputs, pick)
        if not isinstance(chosen, Tensor) or chosen.ndim == 0:
            example = next((repr(name) for name in _names(chosen)), "lambda outputs: outputs[0]")
            raise LandscapeError("outputs_several", owner="outputs", example=example, got=_described(chosen))
        return chosen.detach()

    return picked


def _part(outputs: object, pick: str | int) -> object:
    names = _names(outputs)
    if pick not in names or isinstance(pick, bool):
        raise LandscapeError("unknown_part", owner="pick", known=", ".join(map(repr, names)) or type(outputs).__name__, got=repr(pick)[:60])
    return outputs[pick] if isinstance(outputs, Mapping) or isinstance(pick, int) else getattr(outputs, pick)


def _names(outputs: object) -> list[object]:
    """Return the keys, or the places and the names, of the parts of the outputs; none of a tensor."""
    if isinstance(outputs, Mapping):
        return list(outputs)
    if isinstance(outputs, tuple | list):
        own = () if type(outputs) in (tuple, list) else set(dir(outputs)) - {*dir(tuple), *dir(list)}  # the names of a named tuple
        return [*range(len(outputs)), *sorted(name for name in own if not name.startswith("_"))]
    return [] if isinstance(outputs, Tensor) else [name for name in getattr(outputs, "__dict__", ()) if not name.startswith("_")]


def _described(outputs: object) -> str:
    if isinstance(outputs, Tensor):
        return f"shape {tuple(outputs.shape)}"
    names = ", ".join(map(str, _names(outputs)))
    return f"a {type(outputs).__name__} of {names}"[:120] if names else f"a {type(outputs).__name__}"
