"""Arrays: real numbers in whatever form a caller has them, as float64."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from landscape.errors import LandscapeError, Phrase, shown


def real_array(owner: str, name: str, values: object, shape: tuple[int | str, ...] | None = None, *, finite: bool = False) -> np.ndarray:
    """Return `values`, an array, a tensor or nested lists of real numbers, as a float64 array; refuse what is none.

    A float64 array is not copied. `shape`, where it is given, says how many axes there must be, and how long those are whose entry is a
    number. With `finite`, NaN and infinite entries are refused, too.
    """
    array = array_of(owner, name, values).astype(np.float64, copy=False)
    if shape is not None and not _fits(array.shape, shape):
        raise LandscapeError("wrong_shape", owner=owner, name=name, expected=shape, got=array.shape)
    if finite and not np.isfinite(array).all():
        got = Phrase("not_finite_numbers", count=int((~np.isfinite(array)).sum()))
        raise LandscapeError("not_finite", owner=owner, name=name, got=got)
    return array


def array_of(owner: str, name: str, values: object) -> np.ndarray:
    """Return `values` as an array of real numbers, of their own type; refuse what is none."""
    try:
        array = values.detach().numpy(force=True) if isinstance(values, Tensor) else np.asarray(values)
    except (ValueError, TypeError):  # lists of different lengths, a sparse tensor, or a type that numpy does not have
        raise _no_array(owner, name, shown(values)) from None
    if array.dtype.kind not in "biuf":
        raise _no_array(owner, name, shown(values) if array.size < 10 else f"an array of type {array.dtype}")
    return array


def _no_array(owner: str, name: str, got: str) -> LandscapeError:
    return LandscapeError("no_array", owner=owner, name=name, got=got)


def _fits(found: tuple[int, ...], wanted: tuple[int | str, ...]) -> bool:
    return len(found) == len(wanted) and all(isinstance(size, str) or length == size for length, size in zip(found, wanted, strict=True))
