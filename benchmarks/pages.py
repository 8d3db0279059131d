"""From a click on a page's link to its first picture, and from a changed control to the next one: `python -m benchmarks.pages`."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import machine
from landscape.replication.claims import claims
from tests.browser.chromium import find
from tests.browser.explore import MENU, SETTLED, drawn
from tests.browser.server import serve
from tests.browser.visit import ARGUMENTS, WAIT, Contexts, Visit
from ui.registry import PAGES
from ui.words.translator import Translator

ROOT = Path(__file__).parent.parent
CHANGES = 8
REST = 800  # ms between two changes, so that the work of one has ended before the next
LATEST = 60_000  # ms after which a page has no picture by itself

# What a page shows first; on that of the claims, before a run, its table down to the last button.
PICTURES = f".lv .js-plotly-plot, .st-key-run_{list(claims)[-1]} button"
# The page's clock: the last key or pointer event, the first picture that was not there when it came, the first one drawn after it.
PROBE = """
const seen = window.seen = { asked: 0, fresh: 0, drawn: 0 }, plots = () => [...document.querySelectorAll(PICTURES)];
let old = new Set(), known = new WeakSet();
const asked = event => {
  if (!event.isTrusted) return;
  Object.assign(seen, { asked: performance.now(), fresh: 0, drawn: 0 });
  old = new Set(plots());
};
for (const name of ['keydown', 'pointerdown']) addEventListener(name, asked, true);
const painted = name => {
  if (seen[name]) return;
  seen[name] = -1;
  requestAnimationFrame(() => setTimeout(() => { seen[name] = performance.now(); }));
};
const look = () => {
  for (const plot of plots()) {
    if (!old.has(plot) && (plot.localName === 'button' || (plot._fullData?.length && plot.querySelector('.main-svg')))) painted('fresh');
    if (known.has(plot) || !plot.on) continue;
    known.add(plot);
    plot.on('plotly_afterplot', () => painted('drawn'));
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
SLIDERS = "section[data-testid=stSidebar] input[type=range]:not(details:not([open]) *)"  # what is folded away takes no keys


def main() -> None:
    """Print a row for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=CHANGES, help=f"changes of each page's first slider (default {CHANGES})")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="only these pages")
    options = parser.parse_args()
    print(f"{machine()}; WebGL in software; load before {os.getloadavg()[0]:.1f}")
    print("Milliseconds, 1440 x 900. first: from the click on the page's link, in a process that has shown Explore only, to its first")
    print("picture. all: to the end of what it computes by itself. change: from a key on its first slider to the redrawn picture.\n")
    print(f"{'':14}{'first':>9}{'all':>9}{'change':>9}{'min':>9}{'max':>9}")
    for entry in PAGES[1:]:
        if entry.scene and (not options.pages or entry.id in options.pages):
            first, whole, changes = measured(entry.id, options.changes)
            spread = (median(changes), min(changes), max(changes)) if changes else ()
            print(f"{entry.id:14}{first:>9.0f}{whole:>9.0f}" + "".join(f"{time:>9.0f}" for time in spread), flush=True)
    print(f"\nLoad after: {os.getloadavg()[0]:.1f}.")


def measured(id: str, changes: int) -> tuple[float, float, list[float]]:
    """Return the times of one page, on a server of its own."""
    with TemporaryDirectory() as folder, serve(ROOT / "app.py", ROOT, Path(folder) / "app.log") as server, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        visit = Visit(Contexts(chromium), server)
        visit.watchers.append(lambda page: page.add_init_script(f"const PICTURES = {json.dumps(PICTURES)};{PROBE}"))
        page = visit(width=1440, height=900)
        drawn(page)
        page.wait_for_timeout(REST)
        page.locator(MENU).filter(visible=True).first.click()
        page.wait_for_timeout(REST)
        page.get_by_role("link", name=Translator("en")(f"pages.{id}"), exact=True).filter(visible=True).click()
        first = _since(page, "fresh")
        page.wait_for_function(SETTLED, timeout=5 * WAIT)
        whole = page.evaluate("() => performance.now() - seen.asked")
        times = [_change(page, k) for k in range(changes)] if page.locator(SLIDERS).count() else []
        visit.close()
        chromium.close()
    return first, whole, times


def _change(page: Page, k: int) -> float:
    page.wait_for_timeout(REST)
    slider = page.locator(SLIDERS).first
    slider.focus()
    slider.press("ArrowRight" if k % 2 else "ArrowLeft")
    time = _since(page, "drawn")
    page.wait_for_function(SETTLED, timeout=5 * WAIT)
    return time


def _since(page: Page, name: str) -> float:
    """Return the milliseconds from the last hand's event to the first picture of that name."""
    page.wait_for_function(f"() => seen.{name} > 0", timeout=LATEST)
    return page.evaluate(f"() => seen.{name} - seen.asked")


if __name__ == "__main__":
    main()
