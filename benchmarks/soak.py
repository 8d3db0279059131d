"""Random user actions on the app for a given number of changes: `python -m benchmarks.soak`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from benchmarks.machine import machine
from tests.browser.chromium import find
from tests.browser.server import serve
from tests.browser.soak import megabytes, soak
from tests.browser.visit import ARGUMENTS, Contexts, Visit

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Print the actions done, the errors, and the memory of server and page during the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(machine())
    began = time.monotonic()
    with TemporaryDirectory() as folder, serve(ROOT / "app.py", ROOT, Path(folder) / "app.log") as server, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        visit = Visit(Contexts(chromium), server)
        page = visit(motion="no-preference")

        def tell(k: int, name: str) -> None:
            if (k + 1) % 50 == 0:
                heap = page.evaluate("performance.memory?.usedJSHeapSize / 1e6")
                print(
                    f"{k + 1:5} changes, {time.monotonic() - began:5.0f} s: server {megabytes(server.process):.0f} MB, page {heap:.0f} MB",
                    flush=True,
                )

        visitor = soak(page, options.seed, options.changes, tell)
        print("done:", ", ".join(f"{name} {count}" for name, count in visitor.done.items()))
        print("went wrong:", visit.complaints() or "nothing")
        visit.close()
        chromium.close()


if __name__ == "__main__":
    main()
