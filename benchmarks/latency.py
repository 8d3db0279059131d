"""From a changed control to the redrawn picture, in a real Chromium, for the default scene: `python -m benchmarks.latency`."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import machine
from landscape import Scene, Study
from landscape.optimizers import optimizers
from landscape.scene import choose
from landscape.tuning import tuned
from tests.browser.chromium import find
from tests.browser.explore import at_rest, drawn, nudge, open_settings, pick, pixel
from tests.browser.server import serve
from tests.browser.visit import ARGUMENTS, Visit
from ui.i18n import Translator
from ui.picture import payload_of

ROOT = Path(__file__).parent.parent
CHANGES = 16
REST = 800  # ms between two changes, so that none meets what the one before left behind
PICTURE = 20_000  # bytes: a message from the server longer than this carries the pictures

# What the page itself sees of a change: the key or the pointer, the request, the answer, the contour with other paths, the next frame.
PROBE = f"""
const seen = window.seen = {{ asked: 0, sent: 0, answered: 0, drawn: 0, painted: 0, all: 0, bytes: 0 }}, now = () => performance.now();
for (const name of ['keydown', 'pointerup']) addEventListener(name, () => {{ seen.asked = now(); }}, true);
window.WebSocket = class extends WebSocket {{
  constructor(...given) {{
    super(...given);
    this.addEventListener('message', ({{ data }}) => {{
      const bytes = data.byteLength ?? data.size ?? data.length;
      if (seen.answered < seen.sent && bytes > {PICTURE}) Object.assign(seen, {{ answered: now(), bytes }});
    }});
  }}
  send(data) {{
    if (seen.sent < seen.asked) seen.sent = now();
    super.send(data);
  }}
}};
"""
WATCH = """() => {
  const view = document.querySelector('.lv'), map = document.querySelector('.lv-map'), { seen } = window, now = () => performance.now();
  const paths = () => JSON.stringify(map.data.filter(trace => trace.meta?.role === 'path').map(({ x, y }) => [x, y]));
  let before = paths();
  map.on('plotly_afterplot', () => {
    const after = paths();
    if (after === before) return;
    before = after;
    if (seen.drawn > seen.asked) return;
    seen.drawn = now();
    requestAnimationFrame(() => setTimeout(() => { seen.painted = now(); }));
  });
  new MutationObserver(() => { seen.all = now(); }).observe(view, { attributeFilter: ['data-run'] });
}"""
NAMES = ("sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "gd")
WHOLE = "() => { const { asked, painted, all } = window.seen; return painted > asked && all > asked; }"


def main() -> None:
    """Print the two tables: in the browser, and what the server's own part is made of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=CHANGES, help=f"changes of each control (default {CHANGES})")
    changes = parser.parse_args().changes
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}; WebGL in software\n")
    print(f"Milliseconds from the key or the pointer to the picture: {changes} changes of each control, default scene, 1440 x 900.")
    head = "".join(f"{word:>9}" for word in ("median", "min", "max", "/ first", "waits", "server", "draws", "all", "kB"))
    print(f"{'':18}{head}")
    first = None
    for control, times in in_browser(changes):
        total = [t["painted"] - t["asked"] for t in times]
        first = first or median(total)
        parts = [median(t[stop] - t[start] for t in times) for start, stop in SPLITS]
        numbers = [median(total), min(total), max(total)]
        print(f"{control:18}" + "".join(f"{n:9.0f}" for n in numbers) + f"{median(total) / first:9.2f}" + "".join(f"{n:9.0f}" for n in parts)
              + f"{median(t['bytes'] for t in times) / 1000:9.0f}", flush=True)  # fmt: skip
    print("\nwaits: until the browser asks; server: until it answers; draws: until the next frame after the contour; all: the last small picture.")
    print("\nThe server's part, measured without a browser, median milliseconds:")
    print(f"{'':18}" + "".join(f"{word:>9}" for word in ("study", "figures", "JSON", "kB")))
    for control, times in on_server(changes):
        print(f"{control:18}" + "".join(f"{median(column):9.1f}" for column in zip(*times, strict=True)), flush=True)


SPLITS = (("asked", "sent"), ("sent", "answered"), ("answered", "painted"), ("asked", "all"))


def in_browser(changes: int) -> Iterable[tuple[str, list[dict[str, float]]]]:
    """Yield each control with what the page saw of each of its changes."""
    with tempfile.TemporaryDirectory() as folder, serve(ROOT / "app.py", ROOT, Path(folder) / "app.log") as server, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        visit = Visit(chromium, server)
        page = visit()
        page.add_init_script(PROBE)
        for control, act in controls().items():
            page.goto(f"{server.url}/?lang=en")
            drawn(page)
            at_rest(page)
            if control == "noise":
                open_settings(page, "data")
            page.wait_for_timeout(REST)
            page.evaluate(WATCH)
            yield control, [_one(page, act, k) for k in range(changes)]
        visit.close()
        chromium.close()


def controls() -> dict[str, Callable[[Page, int], None]]:
    """Return what a visitor does to each control for the k-th time."""
    return {
        "learning rate": lambda page, k: nudge(page, "opt.gd.lr", "ArrowLeft"),
        "steps": lambda page, k: nudge(page, "steps", "ArrowLeft"),
        "noise": lambda page, k: nudge(page, "data.line.noise"),
        "optimizer": lambda page, k: pick(page, "opt", optimizers[NAMES[k % len(NAMES)]].title),
        "click on contour": lambda page, k: page.mouse.click(*pixel(page, 2.0 - 0.2 * k, -1.7 + 0.1 * k)),
    }


def _one(page: Page, act: Callable[[Page, int], None], k: int) -> dict[str, float]:
    act(page, k)
    page.wait_for_function(WHOLE)
    drawn(page)
    page.wait_for_timeout(REST)
    return page.evaluate("() => ({ ...window.seen })")


def on_server(changes: int) -> Iterable[tuple[str, list[tuple[float, float, float, float]]]]:
    """Yield the same changes with the milliseconds of the study's first picture, of the figures and of their JSON, and its kilobytes."""
    torch.set_num_threads(1)  # as the app's workers
    for control, change in scenes().items():
        memory: dict[tuple, object] = {}
        _timed(Scene(), memory)
        yield control, [_timed(change(Scene(), memory, k), memory) for k in range(changes)]


def scenes() -> dict[str, Callable[[Scene, dict, int], Scene]]:
    """Return what each control's k-th change makes of a scene."""

    def lr(scene: Scene, memory: dict, k: int) -> Scene:
        return scene.with_choice("opt", choose("opt", "gd", lr=0.02 * 0.83 ** (k + 1)))

    def noise(scene: Scene, memory: dict, k: int) -> Scene:
        return replace(scene, data=choose("data", "line", **{**dict(scene.data.settings), "noise": 0.5 + 0.05 * (k + 1)}))

    def optimizer(scene: Scene, memory: dict, k: int) -> Scene:
        return tuned(Study(scene.with_choice("opt", choose("opt", NAMES[k % len(NAMES)])), memory=memory), "opt")

    return {
        "learning rate": lr,
        "steps": lambda scene, memory, k: replace(scene, steps=150 - 9 * (k + 1)),
        "noise": noise,
        "optimizer": optimizer,
        "click on contour": lambda scene, memory, k: replace(scene, start=(2.0 - 0.2 * k, -1.7 + 0.1 * k)),
    }


def _timed(scene: Scene, memory: dict[tuple, object]) -> tuple[float, float, float, float]:
    marks = [time.perf_counter()]
    exploration = next(Study(scene, memory=memory).explore())
    marks.append(time.perf_counter())
    payload = payload_of(exploration, Translator("en"))
    marks.append(time.perf_counter())
    text = json.dumps(payload.message())
    marks.append(time.perf_counter())
    study, figures, written = (1000 * (stop - start) for start, stop in zip(marks, marks[1:], strict=False))
    return study, figures, written, len(text) / 1000


if __name__ == "__main__":
    main()
