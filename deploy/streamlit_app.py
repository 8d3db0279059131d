"""Entry file for Streamlit Community Cloud: it stands beside deploy/requirements.txt so that torch's CPU build is taken."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
if str(root) not in sys.path:
    sys.path.insert(0, str(root))
runpy.run_path(str(root / "app.py"), run_name="__main__")
