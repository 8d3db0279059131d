"""Journal: what a long computation has evaluated so far, kept on disk turn by turn, so that a killed one is taken up where it stopped."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from operator import index as whole
from pathlib import Path

import numpy as np

from landscape.errors import LandscapeError

# The file is a header (the mark and the key's sha256) and records; a record is (bytes, crc32 of those bytes) and the turn's float64.
MARK = b"landscape journal 1\n"
HEADER_BYTES = len(MARK) + hashlib.sha256().digest_size
RECORD = struct.Struct("<LL")


class Journal(MutableSequence[np.ndarray]):
    """The turns of one computation, 1-D float64 arrays, in an append-only file: for `sample_surface(..., journal=...)` and `Journalled`.

    `key` names exactly what is computed, and with what: objective, data, plane, window, resolution, tolerance, seeds, versions. A file kept
    for another key is refused; one kept for this key is taken up. A turn is with the operating system when `append` returns, so that it
    outlives the process, though not a power cut in the next seconds; a last record cut short is dropped on opening, as is all that follows
    a changed one. Turns are read back from the file, and none is kept in memory. One process at a time may append. Raises `LandscapeError`
    for a file of another kind or key, or that cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str], key: str):
        self.path = Path(path)
        self._places: list[tuple[int, int]] = []  # where each turn's numbers start, and their bytes
        header = MARK + hashlib.sha256(key.encode()).digest()
        with _on_disk():
            with self.path.open("a+b") as file:
                file.seek(0)
                found = file.read(HEADER_BYTES)
                if not header.startswith(found):
                    kind = "one of another computation" if found.startswith(MARK) else "a file of another kind"
                    raise LandscapeError("journal_foreign", got=kind)
                if len(found) < HEADER_BYTES:
                    file.truncate(0)
                    file.write(header)
                else:
                    self._scan(file)
                    file.truncate(self._end)

    @property
    def _end(self) -> int:
        return sum(self._places[-1]) if self._places else HEADER_BYTES

    def _scan(self, file: object) -> None:
        """Find the turns up to the first record that is cut short or changed."""
        while len(start := file.read(RECORD.size)) == RECORD.size:
            count, crc = RECORD.unpack(start)
            remaining = os.fstat(file.fileno()).st_size - file.tell()
            if count % 8 or count > remaining or zlib.crc32(file.read(count)) != crc:
                break
            self._places.append((self._end + RECORD.size, count))

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int | slice) -> np.ndarray | list[np.ndarray]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        if not -len(self) <= whole(index) < len(self):
            raise IndexError(f"a journal of {len(self)} turns has no turn {index}")
        start, count = self._places[index]
        with _on_disk(), self.path.open("rb") as file:
            file.seek(start)
            return np.frombuffer(file.read(count), "<f8").astype(np.float64, copy=False)

    def insert(self, index: int, value: np.ndarray) -> None:
        """Append `value`, shape (n,); a place other than the end is a TypeError."""
        if whole(index) != len(self):
            raise TypeError("a journal can only be appended to")
        turn = np.asarray(value, "<f8")
        if turn.ndim != 1:
            raise LandscapeError("wrong_shape", owner="journal", name="a turn", expected=("n",), got=f"shape {turn.shape}")
        data = memoryview(np.ascontiguousarray(turn)).cast("B") if len(turn) else b""  # not copied: a turn may be a large model's gradient
        with _on_disk(), self.path.open("ab") as file:
            if file.seek(0, os.SEEK_END) != self._end:
                raise LandscapeError("journal_foreign", got="one that another process appends to")
            file.write(RECORD.pack(len(data), zlib.crc32(data)))
            file.write(data)
        self._places.append((self._end + RECORD.size, len(data)))

    def __setitem__(self, index: object, value: object) -> None:
        raise TypeError("a journal can only be appended to")

    def __delitem__(self, index: object) -> None:
        raise TypeError("a journal can only be appended to")


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LandscapeError("journal_failed", got=error.strerror or type(error).__name__) from None
