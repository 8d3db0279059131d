"""The result file that a session has open; one, since it may be large."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from landscape.errors import LandscapeError
from landscape.files.result import Recording, Result, load_result
from landscape.scene.exploration import Exploration
from landscape.scene.opened import drawn_rows, opened

# The file: Streamlit closes the connection on a message of 25 MB, and base64 adds a third. The numbers in it as float64, in bytes: a
# small host has about 700 MB in all.
MOST_BYTES = 16 * 10**6
MOST_IN_MEMORY = 64 * 10**6


@dataclass(frozen=True, eq=False)
class OpenedResult:
    """A result file: its name, the fingerprint of its bytes, what is in it, and what is drawn of it."""

    name: str
    fingerprint: str
    result: Result
    exploration: Exploration

    @property
    def thinned(self) -> bool:
        """Whether the path or its numbering leaves steps out."""
        trajectory = self.result.trajectory
        return trajectory is not None and (isinstance(trajectory, Recording) or len(drawn_rows(trajectory)) < len(trajectory))


def open_result(content: bytes | None, name: str, size: str = "") -> OpenedResult:
    """Read a file's content (None: too large to be sent, `size` says how large). Raises `LandscapeError` for what cannot be drawn."""
    if content is None:
        raise LandscapeError("result_too_large", most=f"{MOST_BYTES / 10**6:.4g}", got=size)
    result = load_result(content, most_bytes=MOST_IN_MEMORY)
    return OpenedResult(name, hashlib.sha256(content).hexdigest()[:16], result, opened(result))
