"""Entry file for Streamlit Community Cloud: it stands beside deploy/requirements.txt so that torch's CPU build is taken.

Streamlit looks for static files and for relative page paths beside its entry file: they are put there too, and app.py names its pages by
absolute paths.
"""

from __future__ import annotations

import sys
from pathlib import Path

here = Path(__file__).resolve().parent
root = here.parent
if str(root) not in sys.path:
    sys.path.insert(0, str(root))

from ui.browser import static  # noqa: E402 - the root has to be on the path first

static.install(here / "static")
app = root / "app.py"
# As Streamlit runs a script itself; runpy would change sys.argv and sys.modules under the feet of the other sessions.
exec(compile(app.read_text(encoding="utf-8"), str(app), "exec"), {"__name__": "__main__", "__file__": str(app)})
