"""Updates a second while a hand drags a point of the outliers page, in Chromium: `python -m benchmarks.drag`.

An update is a whole one: the lines and the landscape redrawn from numbers that Python has sent for another place of the point.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import machine
from tests.browser.chromium import find
from tests.browser.explore import drawn
from tests.browser.server import serve
from tests.browser.visit import ARGUMENTS, Contexts, Visit

ROOT = Path(__file__).parent.parent
SECONDS = 6.0
OFTEN = 0.012  # seconds between two moves of the pointer
PICTURE = 1_500  # bytes: messages from the server longer than this contain pictures

# What happens on the page's clock: each request, each answer with pictures, each drawing by Plotly, and each whole update.
PROBE = f"""
const seen = window.seen = {{ sent: [], answered: [], drawn: [], updated: [], bytes: [] }}, now = () => performance.now();
window.WebSocket = class extends WebSocket {{
  constructor(...given) {{
    super(...given);
    this.addEventListener('message', ({{ data }}) => {{
      const bytes = data.byteLength ?? data.size ?? data.length;
      if (bytes > {PICTURE}) {{ seen.answered.push(now()); seen.bytes.push(bytes); }}
    }});
  }}
  send(data) {{ seen.sent.push(now()); super.send(data); }}
}};
"""
WATCH = """() => {
  const view = document.querySelector('.lv'), { seen } = window, { react } = window.Plotly;
  for (const list of Object.values(seen)) list.length = 0;
  window.Plotly.react = async (div, ...rest) => {
    const began = performance.now(), done = await react(div, ...rest);
    seen.drawn.push([div.className.includes('lv-map') ? 'landscape' : 'lines', performance.now() - began]);
    return done;
  };
  new MutationObserver(() => { seen.updated.push(performance.now()); }).observe(view, { attributeFilter: ['data-shown'] });
}"""
LAST = """() => {
  const div = document.querySelector('.lv-picture .lv-chart'), box = div.getBoundingClientRect(), { xaxis, yaxis } = div._fullLayout;
  const { x, y } = div.data.find(trace => trace.meta?.role === 'handle'), k = x.length - 1;
  return [box.x + xaxis._offset + xaxis.d2p(x[k]), box.y + yaxis._offset + yaxis.d2p(y[k]), yaxis._length];
}"""


def main() -> None:
    """Print how many updates a second there are, and where their time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"seconds of dragging (default {SECONDS:g})")
    parser.add_argument("--query", default="", help="the scene that is dragged")
    given = parser.parse_args()
    print(f"{machine()}; WebGL in software")
    with TemporaryDirectory() as folder, serve(ROOT / "app.py", ROOT, Path(folder) / "app.log") as server, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        visit = Visit(Contexts(chromium), server)
        visit.watchers.append(lambda page: page.add_init_script(PROBE))
        page = visit(given.query, width=1440, height=900, path="outliers")
        drawn(page)
        page.wait_for_timeout(1500)
        seen = dragged(page, given.seconds)
        visit.close()
        chromium.close()
    print(report(seen, given.seconds))


def dragged(page: Page, seconds: float) -> dict[str, list]:
    """Drag the last point up and down for some seconds, and return what the page has seen."""
    x, y, height = page.evaluate(LAST)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(WATCH)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        page.mouse.move(x, y + 0.3 * height * math.sin(2 * passed) ** 2)
        time.sleep(OFTEN)
    seen = page.evaluate("() => structuredClone(window.seen)")
    page.mouse.up()
    page.wait_for_timeout(500)
    return seen


def report(seen: dict[str, list], seconds: float) -> str:
    """Return the figures of one drag."""
    updated, sent = seen["updated"], seen["sent"]
    apart = [after - before for before, after in zip(updated, updated[1:], strict=False)]
    waits = [min((answer - request for answer in seen["answered"] if answer > request), default=math.nan) for request in sent]
    draws = {name: [took for what, took in seen["drawn"] if what == name] for name in ("lines", "landscape")}
    return "\n".join([
        f"{len(updated) / seconds:.1f} updates a second; {len(sent)} places sent, {len(seen['answered'])} answers",
        f"milliseconds, medians: between two updates {median(apart):.0f} (longest {max(apart):.0f}),",
            f"from a place sent to its answer {median(waits):.0f},",
        "drawing " + ", ".join(f"{name} {median(took):.0f}" for name, took in draws.items() if took),
        f"bytes of an answer {median(seen['bytes']):.0f}",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
