"""Records the README's moving picture, the default scene playing: `python -m assets.readme.record` writes assets/readme/lab.webp."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import find
from tests.browser.explore import at_rest, drawn
from tests.browser.server import serve
from tests.browser.visit import ARGUMENTS, Visit

ROOT = Path(__file__).parents[2]
PICTURE = Path(__file__).with_name("lab.webp")
PAGE = {"width": 1440, "height": 900}
WIDTH = 900
FRAMES = 48
FASTER = 1.7  # the paths bend early in the run: the playhead starts slowly
FRAME, FIRST, LAST = 90, 700, 2000  # milliseconds
MOST_BYTES = 600_000
QUALITIES = (85, 75, 65, 55, 45, 35)

STEPS = "() => Number(document.querySelector('.lv-scrubber').max)"
# As a hand on the scrubber does, but without its focus ring; then two frames, in which the relief draws itself.
MOVE = """step => new Promise(done => {
  const bar = document.querySelector('.lv-scrubber');
  bar.value = step;
  bar.dispatchEvent(new Event('input', { bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
BELOW = "() => document.querySelector('.lv-facts').getBoundingClientRect().bottom + 10"


def main() -> None:
    """Write the picture, at the best quality that stays within `MOST_BYTES`."""
    with TemporaryDirectory() as folder, serve(ROOT / "app.py", ROOT, Path(folder) / "app.log") as server, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        visit = Visit(chromium, server)
        page = visit(**PAGE)
        drawn(page)
        at_rest(page)
        frames = list(map(_small, _photographs(page)))
        visit.close()
        chromium.close()
    durations = [FIRST, *[FRAME] * (len(frames) - 2), LAST]
    for quality in QUALITIES:
        frames[0].save(PICTURE, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=quality, method=6)
        if PICTURE.stat().st_size <= MOST_BYTES:
            return
    raise RuntimeError(f"{PICTURE.name} has more than {MOST_BYTES} bytes at the lowest quality: take fewer FRAMES.")


def _photographs(page: Page) -> list[bytes]:
    steps = page.evaluate(STEPS)
    places = np.unique(np.round(steps * np.linspace(0, 1, FRAMES) ** FASTER))
    clip = {"x": 0, "y": 0, "width": PAGE["width"], "height": page.evaluate(BELOW)}
    page.locator(".lv-scrubber").blur()
    frames = []
    for place in places:
        page.evaluate(MOVE, place)
        frames.append(page.screenshot(clip=clip))
    return frames


def _small(photograph: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(photograph)).convert("RGB")
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
