"""Many concurrent sessions, over Streamlit's protocol and in browser contexts: `python -m benchmarks.sessions`."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.machine import machine
from tests.browser.chromium import find
from tests.browser.server import Server, serve
from tests.browser.session import Session
from tests.browser.soak import megabytes
from tests.browser.visit import ARGUMENTS

ROOT = Path(__file__).parent.parent
COUNTS = (1, 10, 30, 50)
PATIENCE = 120.0
# Stores the time of the first contour map, on the page's clock.
SEEN = """new MutationObserver(() => {
  if (!window.drawn && document.querySelector('.lv-map .nsewdrag')) window.drawn = performance.now();
}).observe(document, { childList: true, subtree: true })"""
# Ten scenes that share no results.
SCENES = (
    "function=himmelblau&opt=gd&opt.lr=0.01&start=0.4,4.4&window=auto",
    "function=rosenbrock&opt=gd&opt.lr=0.0005&start=auto&window=auto",
    "function=beale&opt=gd&opt.lr=0.01&start=auto&window=auto",
    "function=six_hump_camel&opt=gd&opt.lr=0.02&start=auto&window=auto",
    "function=rastrigin&opt=gd&opt.lr=0.002&start=auto&window=auto",
    "data=line_outliers&model=linear&loss=huber&plane=coordinates&opt=gd&opt.lr=0.02&start=auto&window=auto",
    "data=line&model=linear&loss=mse&plane=coordinates&opt=gd&opt.lr=0.1&start=auto&window=auto",
    "data=moons&model=mlp&model.widths=6&loss=cross_entropy&plane=pca&opt=adam&opt.lr=0.05&start=auto&window=auto",
    "data=circles&model=mlp&model.widths=6&loss=cross_entropy&plane=pca&opt=adam&opt.lr=0.05&start=auto&window=auto",
    "data=iris&model=logistic&loss=cross_entropy&plane=pca&opt=adam&opt.lr=0.05&start=auto&window=auto",
)


def main() -> None:
    """Print the time to the first and to the last figure of concurrent sessions, and the server's memory afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, help="sessions at once")
    parser.add_argument("--rounds", type=int, default=1, help="how often each count is tried")
    parser.add_argument("--browsers", type=int, default=4, help="real browser contexts at once; 0 for none")
    parser.add_argument("--visits", type=int, default=30, help="visits one after the other, for the memory; 0 for none")
    parser.add_argument("--app", type=Path, default=ROOT, help="the checkout whose app is served (default: this one)")
    options = parser.parse_args()
    print(f"{machine()}; load before {os.getloadavg()[0]:.1f}; app of {'this checkout' if options.app == ROOT else 'another checkout'}\n")
    with TemporaryDirectory() as folder, serve(options.app / "app.py", options.app, Path(folder) / "app.log") as server:
        first = asyncio.run(_crowd(server, [""]))
        print("The very first session of the process, then sessions at once: seconds, to the first picture and to the last.")
        print(f"{'':26}{'p50':>7}{'p95':>7}{'max':>7}{'last p95':>10}{'failed':>8}{'kB each':>9}{'server MB':>11}")
        print(_row("first after the start", first, server))
        for count in options.counts:
            for _ in range(options.rounds):
                print(_row(f"{count} of one scene", asyncio.run(_crowd(server, [""] * count)), server), flush=True)
        for turn, count in enumerate(count for count in options.counts if count > 1):
            fresh = [f"{scene}&seed={100 * turn + k}&steps={100 + k + 50 * turn}" for k, scene in enumerate(SCENES[:count])]
            print(_row(f"{len(fresh)} of different scenes", asyncio.run(_crowd(server, fresh)), server), flush=True)
        if options.visits:
            before = megabytes(server.process)
            for _ in range(options.visits):
                asyncio.run(_crowd(server, [""]))
            print(f"\n{options.visits} visits, one after the other: {before:.0f} MB before, {megabytes(server.process):.0f} MB after.")
        if options.browsers:
            print(f"{options.browsers} browser contexts at once: {_in_browsers(server, options.browsers)}")
        print(f"Complaints of the server: {server.complaints() or 'none'}. Load after: {os.getloadavg()[0]:.1f}.")


async def _crowd(server: Server, queries: Sequence[str]) -> list[Session]:
    return list(await asyncio.gather(*(Session(server.url, query).visit(PATIENCE) for query in queries)))


def _row(title: str, sessions: Sequence[Session], server: Server) -> str:
    first = [session.pictures[0] if session.pictures else PATIENCE for session in sessions]
    last = [PATIENCE if session.settled is None else session.settled for session in sessions]
    failed = sum(bool(session.faults) or session.settled is None for session in sessions)
    kilobytes = np.median([session.received for session in sessions]) / 1000
    p50, p95 = np.percentile(first, [50, 95])
    waits = f"{p50:7.2f}{p95:7.2f}{max(first):7.2f}{np.percentile(last, 95):10.2f}"
    return f"{title:26}{waits}{failed:8}{kilobytes:9.0f}{megabytes(server.process):11.0f}"


def _in_browsers(server: Server, count: int) -> str:
    """Open the page in `count` contexts of one Chromium; return the seconds until each has drawn its contour map."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        pages = [chromium.new_context(viewport={"width": 1120, "height": 720}, reduced_motion="reduce").new_page() for _ in range(count)]
        for page in pages:
            page.add_init_script(SEEN)
            page.goto(f"{server.url}/?lang=en", wait_until="commit")
        waits = []
        for page in pages:
            page.wait_for_function("window.drawn", timeout=1000 * PATIENCE)
            waits.append(page.evaluate("window.drawn / 1000"))
        chromium.close()
    return ", ".join(f"{wait:.1f}" for wait in waits) + " s to the contour"


if __name__ == "__main__":
    main()
