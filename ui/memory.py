"""Memory: the results that all sessions share, bounded, the least recently used forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from threading import Lock


class Memory(MutableMapping[tuple, object]):
    """A thread-safe mapping of at most `most` entries; reading one makes it the most recent."""

    def __init__(self, most: int):
        self._most = most
        self._entries: OrderedDict[tuple, object] = OrderedDict()
        self._lock = Lock()

    def __getitem__(self, key: tuple) -> object:
        with self._lock:
            self._entries.move_to_end(key)
            return self._entries[key]

    def __setitem__(self, key: tuple, value: object) -> None:
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)

    def __delitem__(self, key: tuple) -> None:
        with self._lock:
            del self._entries[key]

    def __iter__(self) -> Iterator[tuple]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
