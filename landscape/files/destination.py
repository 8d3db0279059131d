"""Destination: the place where a result is to be written, looked at before the computation and not only after it."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from landscape.errors import LandscapeError, Phrase


def require_destination(path: str | os.PathLike[str], *, overwrite: bool = False, instead: str) -> Path:
    """Return `path`, to which a result can be written; refuse it otherwise.

    It must name a file, in a folder that is there and can be written to: a file is made there and deleted again. Where a file is there
    already `overwrite` must be True; `instead` is the code of the phrase that says how to ask for that.
    """
    path = Path(path)
    if not path.name or path.is_dir():
        raise LandscapeError("result_is_folder", path=str(path), got=Phrase("a_folder"))
    if path.exists() and not path.is_file():
        raise LandscapeError("result_is_folder", path=str(path), got=Phrase("a_device"))
    require_folder(path.parent)
    if not overwrite:
        require_none_at(path, instead=instead)
    return path


def require_none_at(path: Path, *, instead: str) -> None:
    """Refuse a path at which there is a file."""
    if os.path.lexists(path):
        kept = path.lstat()
        saved = datetime.fromtimestamp(kept.st_mtime).strftime("%Y-%m-%d %H:%M")
        raise LandscapeError(
            "result_exists", path=str(path), instead=Phrase(instead), got=Phrase("file_from", size=kept.st_size, saved=saved)
        )


def require_folder(folder: Path) -> None:
    """Refuse a folder in which no file can be made."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise LandscapeError("result_no_folder", path=str(folder), got=error.strerror or type(error).__name__) from None


def require_space(path: Path, size: int) -> None:
    """Refuse a path on a disk that has no room for a file of `size` bytes."""
    free = shutil.disk_usage(path.parent).free
    if size > free:
        raise LandscapeError("result_no_space", path=str(path), least=f"{size / 10**6:.4g}", got=f"{free / 10**6:.4g} MB")
