"""Latency from a change of a control to the redrawn figure, in Chromium, for the default scene: `python -m benchmarks.latency`."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch
from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import machine
from landscape import Scene, Study
from landscape.descent.optimizers import optimizers
from landscape.scene.exploration import explore
from landscape.scene.scene import choose
from landscape.scene.tuning import tuned
from tests.browser.chromium import find
from tests.browser.explore import at_rest, drawn, nudge, open_settings, pick, pixel
from tests.browser.server import serve
from tests.browser.visit import ARGUMENTS, Contexts, Visit
from ui.pictures.explored import board_of
from ui.words.translator import Translator

ROOT = Path(__file__).parent.parent
CHANGES = 16
REST = 800  # ms between two changes, so that the work of one has ended before the next
PICTURE = 20_000  # bytes: messages from the server longer than this contain figures

# The times of a change on the page's clock: key or pointer event, request, response, contour map with new paths, next frame.
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
  new MutationObserver(() => { seen.all = now(); }).observe(view, { attributeFilter: ['data-shown'] });
}"""
NAMES = ("nesterov", "adagrad", "rmsprop", "adam", "adamw", "momentum", "gd")
# Parts of the latency, each between two of these times.
SPLITS = {"waits": ("asked", "sent"), "server": ("sent", "answered"), "draws": ("answered", "painted"), "all": ("asked", "all")}
WHOLE = "() => { const { asked, painted, all } = window.seen; return painted > asked && all > asked; }"


def main() -> None:
    """Print two tables: the latency of each change as measured in the page, and the parts of the server's time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=CHANGES, help=f"changes of each control (default {CHANGES})")
    changes = parser.parse_args().changes
    print(f"{machine()}; WebGL in software; load before {os.getloadavg()[0]:.1f}\n")
    print(f"Default scene, 1440 x 900, {changes} changes of each control: milliseconds from the key or the pointer to the redrawn contour.")
    print(_row("", ("median", "min", "max", "ratio", *SPLITS, "kB")))
    first = None
    for control, seen in in_browser(changes):
        total = [times["painted"] - times["asked"] for times in seen]
        first = first or median(total)
        splits = [median(times[stop] - times[start] for times in seen) for start, stop in SPLITS.values()]
        kilobytes = median(times["bytes"] for times in seen) / 1000
        print(_row(control, (median(total), min(total), max(total), f"{median(total) / first:.2f}", *splits, kilobytes)), flush=True)
    print(f"\nLoad after: {os.getloadavg()[0]:.1f}. Only an otherwise idle machine says how long a visitor waits.")
    print("ratio: to the first row. waits: until the browser asks. server: until it answers. draws: until the frame after the contour.")
    print("all: until the last drawing that the change leads to, critical points included.\n")
    print("The server's part by itself: milliseconds of processor time, median.")
    print(_row("", ("study", "figures", "packing", "kB")))
    for control, times in on_server(changes):
        print(_row(control, tuple(map(median, zip(*times, strict=True)))), flush=True)


def _row(title: str, columns: tuple[object, ...]) -> str:
    return f"{title:18}" + "".join(f"{column:>9.0f}" if isinstance(column, float) else f"{column:>9}" for column in columns)


def in_browser(changes: int) -> Iterable[tuple[str, list[dict[str, float]]]]:
    """Yield each control with the times of each of its changes, measured in the page."""
    with TemporaryDirectory() as folder, serve(ROOT / "app.py", ROOT, Path(folder) / "app.log") as server, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        visit = Visit(Contexts(chromium), server)
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
    """Return the k-th user action on each control."""
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
    """Yield the same changes with the milliseconds of the study's first result, of the figures and of packing them, and the kilobytes."""
    torch.set_num_threads(1)  # as the app's workers
    for control, change in scenes().items():
        memory: dict[tuple, object] = {}
        _timed(Scene(), memory)
        yield control, [_timed(change(Scene(), memory, k), memory) for k in range(changes)]


def scenes() -> dict[str, Callable[[Scene, dict, int], Scene]]:
    """Return the function that applies the k-th change of each control to a scene."""

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
    marks = [time.thread_time()]
    exploration = next(explore(Study(scene, memory=memory)))
    marks.append(time.thread_time())
    board = board_of(exploration, Translator("en"))
    marks.append(time.thread_time())
    message = board.message()
    marks.append(time.thread_time())
    study, figures, written = (1000 * (stop - start) for start, stop in zip(marks, marks[1:], strict=False))
    return study, figures, written, len(message) / 1000


if __name__ == "__main__":
    main()
