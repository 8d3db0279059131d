"""Journal: an append-only file of the values that a long computation has evaluated, from which an interrupted one is resumed."""

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

from landscape.errors import LandscapeError, journal_of, require_path

# The file is a header (MARK and the sha256 of the key) and records; a record is its number of bytes, their crc32, and the float64 values.
MARK = b"landscape journal 1\n"
HEADER_BYTES = len(MARK) + hashlib.sha256().digest_size
RECORD = struct.Struct("<LL")


class Journal(MutableSequence[np.ndarray]):
    """A sequence of 1-D float64 arrays (turns) in an append-only file, for `sample_surface(..., journal=...)` and `Journalled`.

    `key` must identify the computation: objective, data, plane, window, resolution, tolerance, seeds, versions. An existing file with this
    key is continued. When `append` returns, the turn has been passed to the operating system and outlives the process, but not a power
    failure within seconds; on opening, an incomplete last record is dropped, and so is everything from a corrupted record on. Turns are
    read from the file and not kept in memory. Only one process at a time may append. Raises `LandscapeError` for a file of another kind or
    key, or that cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str], key: str):
        require_path("the journal", path)
        self.path = Path(path)
        self._places: list[tuple[int, int]] = []  # offset and number of bytes of each turn's values
        header = MARK + hashlib.sha256(key.encode()).digest()
        with _on_disk(self):
            with self.path.open("a+b") as file:
                file.seek(0)
                found = file.read(HEADER_BYTES)
                if not header.startswith(found):
                    kind = "one of another computation" if found.startswith(MARK) else "a file of another kind"
                    raise LandscapeError("journal_foreign", owner=journal_of(self), got=kind)
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
        """Find the turns before the first incomplete or corrupted record."""
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
        with _on_disk(self), self.path.open("rb") as file:
            file.seek(start)
            return np.frombuffer(file.read(count), "<f8").astype(np.float64, copy=False)

    def insert(self, index: int, value: np.ndarray) -> None:
        """Append `value`, shape (n,); raises TypeError for an index other than the end."""
        if whole(index) != len(self):
            raise TypeError("a journal can only be appended to")
        turn = np.asarray(value, "<f8")
        if turn.ndim != 1:
            raise LandscapeError("wrong_shape", owner="journal", name="a turn", expected=("n",), got=f"shape {turn.shape}")
        data = memoryview(np.ascontiguousarray(turn)).cast("B") if len(turn) else b""  # no copy: it may be the gradient of a large model
        with _on_disk(self), self.path.open("ab") as file:
            if file.seek(0, os.SEEK_END) != self._end:
                raise LandscapeError("journal_foreign", owner=journal_of(self), got="one that another process appends to")
            file.write(RECORD.pack(len(data), zlib.crc32(data)))
            file.write(data)
        self._places.append((self._end + RECORD.size, len(data)))

    def __setitem__(self, index: object, value: object) -> None:
        raise TypeError("a journal can only be appended to")

    def __delitem__(self, index: object) -> None:
        raise TypeError("a journal can only be appended to")


@contextmanager
def _on_disk(journal: Journal) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LandscapeError("journal_failed", owner=journal_of(journal), got=error.strerror or type(error).__name__) from None
