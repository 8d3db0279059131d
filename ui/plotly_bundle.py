"""plotly.min.js of the installed plotly package, put where Streamlit serves static files from."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import plotly

SOURCE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
FOLDER = Path(__file__).parent.parent / "static"
URL = "app/static/plotly.min.js"


def install(source: Path = SOURCE, folder: Path = FOLDER) -> Path:
    """Copy `source` into `folder` unless a copy of the same size and age is there; the copy appears whole or not at all."""
    target = folder / source.name
    wanted = source.stat()
    if target.exists() and (target.stat().st_size, target.stat().st_mtime_ns) == (wanted.st_size, wanted.st_mtime_ns):
        return target
    folder.mkdir(exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(source.read_bytes())
        os.chmod(draft, 0o644)  # mkstemp's 0600 would keep a server of another user from reading it
        os.utime(draft, ns=(wanted.st_atime_ns, wanted.st_mtime_ns))
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return target
