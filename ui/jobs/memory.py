"""Memory: the results that all sessions share, bounded in bytes, the least recently used forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import fields, is_dataclass
from threading import Lock

import numpy as np

# What an entry takes beside its arrays.
OVERHEAD = 1_000


class Memory(MutableMapping[tuple, object]):
    """A thread-safe mapping whose values hold at most `most` bytes of arrays together; reading an entry makes it the most recent.

    A value that is too large by itself is not kept.
    """

    def __init__(self, most: int):
        self._most, self._held = most, 0
        self._entries: OrderedDict[tuple, tuple[object, int]] = OrderedDict()
        self._lock = Lock()

    def __getitem__(self, key: tuple) -> object:
        with self._lock:
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def __setitem__(self, key: tuple, value: object) -> None:
        size = array_bytes(value) + OVERHEAD
        with self._lock:
            self._forget(key)
            self._entries[key] = value, size
            self._held += size
            while self._held > self._most:
                self._forget(next(iter(self._entries)))

    def __delitem__(self, key: tuple) -> None:
        with self._lock:
            if key not in self._entries:
                raise KeyError(key)
            self._forget(key)

    def __iter__(self) -> Iterator[tuple]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def _forget(self, key: tuple) -> None:
        _, size = self._entries.pop(key, (None, 0))
        self._held -= size


def array_bytes(value: object) -> int:
    """Return the bytes of all arrays in a value: an array, a record, tuple or mapping of them; bytes themselves count too."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, tuple):
        return sum(map(array_bytes, value))
    if isinstance(value, Mapping):
        return sum(map(array_bytes, value.values()))
    if is_dataclass(value):
        return sum(array_bytes(getattr(value, field.name)) for field in fields(value))
    return 0
