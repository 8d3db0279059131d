"""Draws the gallery's pictures, from the figures of the app: `python -m assets.gallery.record` writes assets/gallery/<tile>.webp.

Names of tiles after the command draw these alone.
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable
from dataclasses import replace

import plotly.graph_objects as go
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from figures.robust import points_and_lines
from figures.wells import BALL_TRACE, RISE_TRACE
from landscape.scene.exploration import Exploration, explore
from landscape.scene.lines import followed
from landscape.scene.saddle_race import race_stages
from landscape.scene.study import Study
from tests.browser.chromium import find
from tests.browser.visit import ARGUMENTS
from ui.browser import static
from ui.frame.gallery import GALLERY, Tile, scenes
from ui.pictures import minima
from ui.pictures.explored import board_of
from ui.pictures.saddles import board_of as saddles_board
from ui.words.translator import Translator

WIDTH, HEIGHT = 288, 144  # twice as large as on the page
QUALITY = 82
# Without axes the relief has more room: it is seen from nearer, and from where its paths are not hidden.
EYES = {"saddle": (-0.95, -0.35, 0.6), "digits": (-0.8, -0.95, 0.85)}
FLAT, CENTER, LIFT, HEADS = {"x": 1, "y": 1.3, "z": 0.55}, {"x": 0, "y": 0, "z": -0.08}, 0.012, 0.09
NO_MARGIN = {"l": 0, "r": 0, "t": 0, "b": 0}
LINES = ("mse", "huber")
T = Translator("en")
WORDS = dict.fromkeys(("x", "y", "point", "outlier", *LINES), "")
DRAW = """async ([text, width, height]) => {
  const figure = JSON.parse(text);
  const div = document.body.appendChild(document.createElement('div'));
  Object.assign(div.style, { width: `${width}px`, height: `${height}px` });
  await Plotly.newPlot(div, figure.data, { ...figure.layout, width, height, autosize: false }, { staticPlot: true });
  const picture = await Plotly.toImage(div, { format: 'png', width, height, scale: 2 });
  Plotly.purge(div);
  div.remove();
  return picture;
}"""


def main(names: list[str]) -> None:
    """Write the pictures of these tiles, of all where none is named."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        page = chromium.new_page()
        page.add_script_tag(path=static.PLOTLY)
        for tile in GALLERY:
            if not names or tile.name in names:
                _photograph(page, PICTURES.get(tile.name, _map)(tile)).save(
                    static.PICTURES / f"{tile.name}.webp", quality=QUALITY, method=6, alpha_quality=90
                )
        chromium.close()


def _map(tile: Tile) -> go.Figure:
    """The contour, without axes."""
    figure = board_of(_explored(tile), T).picture("contour").figure
    figure.layout.update(margin=NO_MARGIN, xaxis={"visible": False}, yaxis={"visible": False})
    figure.data[0].update(showscale=False)
    return figure


def _relief(tile: Tile) -> go.Figure:
    """The relief of what is explored."""
    return _nearer(tile, board_of(_explored(tile), T).picture("relief").figure)


def _race(tile: Tile) -> go.Figure:
    """The relief of a race, with one run that is held and one that is let go."""
    scene = replace(scenes()[tile.name], racers=("gd", "perturbed_gd"))
    *_, found = race_stages(scene, {}, lambda stage, share: None, lambda: False)
    return _nearer(tile, saddles_board(found, T).picture("relief").figure)


def _nearer(tile: Tile, figure: go.Figure) -> go.Figure:
    """The figure from nearer and without axes; the paths a hair above the ground, and no marks, which would hide what is small."""
    scene = figure.layout.scene
    low, high = scene.zaxis.range
    paths = [trace for trace in figure.data if trace.meta["role"] in ("path", "head")]
    for place, path in enumerate(paths):  # each above what is drawn before it, a line above its white casing, and a head whole
        lift = HEADS if path.meta["role"] == "head" else (1 + place) * LIFT
        path.z = [None if z is None else z + lift * (high - low) for z in path.z]
    x, y, z = EYES[tile.name]
    hidden = {"visible": False}
    scene.update(xaxis=hidden, yaxis=hidden, zaxis=hidden, aspectratio=FLAT, camera={"eye": {"x": x, "y": y, "z": z}, "center": CENTER})
    return go.Figure([figure.data[0], *paths], figure.layout)


def _lines(tile: Tile) -> go.Figure:
    """The data with the lines of squared error and of Huber's loss."""
    found = followed(scenes()[tile.name])
    figure = points_and_lines(found.points, found.frame, [found.lines[name] for name in LINES], words=WORDS)
    figure.layout.update(margin={"l": 14, "r": 14, "t": 12, "b": 12}, xaxis={"visible": False}, yaxis={"visible": False})
    return figure


def _section(tile: Tile) -> go.Figure:
    """The two wells with their shifted test curve, and the balls of all rates where they end."""
    scene = scenes()[tile.name]
    found = list(scene.stages(lambda stage, share: None, lambda: False))[-1]
    figure = minima.BOARDS[scene.study.name](found, scene, T).picture("section").figure
    figure.data[RISE_TRACE].mode = "lines"
    figure.layout.update(margin={"l": 14, "r": 14, "t": 8, "b": 12}, xaxis={"visible": False}, yaxis={"visible": False})
    return go.Figure(figure.data[: BALL_TRACE + 1], figure.layout)


def _explored(tile: Tile) -> Exploration:
    return list(explore(Study(scenes()[tile.name])))[-1]


def _photograph(page: Page, figure: go.Figure) -> Image.Image:
    drawn = page.evaluate(DRAW, [figure.to_json(), WIDTH, HEIGHT])
    return Image.open(io.BytesIO(base64.b64decode(drawn.split(",")[1]))).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


PICTURES: dict[str, Callable[[Tile], go.Figure]] = {"saddle": _race, "digits": _relief, "outlier": _lines, "flat_sharp": _section}


if __name__ == "__main__":
    main(sys.argv[1:])
