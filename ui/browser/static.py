"""Static: the files that a browser fetches by themselves, put where Streamlit serves them from."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import plotly

ROOT = Path(__file__).resolve().parents[2]
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PICTURES = ROOT / "assets" / "gallery"
SCRIPTS = tuple(sorted((ROOT / "assets" / "view").glob("*.js")))
FOLDER = ROOT / "static"


def address(source: Path) -> str:
    """Return where the browser finds `source`, from the app's own address; another content has another address."""
    if source == PLOTLY:
        return f"app/static/{source.name}?{plotly.__version__}"
    return f"app/static/{_marked(source)}"


def install(folder: Path = FOLDER) -> None:
    """Put every file that is served into `folder`."""
    for name, source in served().items():
        copy(source, folder / name)


@cache
def served() -> Mapping[str, Path]:
    """Return the files that are served by the names that they have there: plotly.min.js of the installed package, the scripts of
    components, and the gallery's pictures.
    """
    return {PLOTLY.name: PLOTLY, **{_marked(source): source for source in (*SCRIPTS, *sorted(PICTURES.glob("*.webp")))}}


def copy(source: Path, target: Path) -> None:
    """Copy `source` to `target` unless a copy of the same size and age is there; the copy appears whole or not at all."""
    wanted = source.stat()
    if target.exists() and (target.stat().st_size, target.stat().st_mtime_ns) == (wanted.st_size, wanted.st_mtime_ns):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(source.read_bytes())
        os.chmod(draft, 0o644)  # mkstemp's 0600 would keep a server of another user from reading it
        os.utime(draft, ns=(wanted.st_atime_ns, wanted.st_mtime_ns))
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@cache
def _marked(source: Path) -> str:
    """Return the file's name with a mark of its content; scripts import each other by name, so it is their folder that has the mark."""
    if source in SCRIPTS:
        return f"{source.parent.name}.{_digest(b''.join(script.read_bytes() for script in SCRIPTS))}/{source.name}"
    return f"{source.stem}.{_digest(source.read_bytes())}{source.suffix}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:8]
