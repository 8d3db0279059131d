"""Gallery: one line that says what this is, and scenes worth a lecture, one click each.

A tile is an entry of `GALLERY`, its sentences `gallery.<tile>.*` in both languages, and a picture that `python -m assets.gallery.record`
draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import streamlit as st

from landscape.scene.record import Record
from landscape.scene.scene import Scene
from ui import registry
from ui.browser import script_run, static
from ui.browser.component import register
from ui.frame import navigation
from ui.session.address import link
from ui.session.scene import on_this_page, open_page, set_scene
from ui.words.translator import Translator


@dataclass(frozen=True)
class Tile:
    """One picture of the row, which opens the scene of the link `query` on `page`.

    `gallery.<name>.title` and `.alt` are its words, and `.note` says what to look at.
    """

    name: str
    query: str
    page: str = "explore"


GALLERY = (
    Tile("saddle", "start=1.0,0.0", page="saddles"),
    Tile("flat_sharp", "", page="minima"),
    Tile("outlier", "", page="outliers"),
    Tile("rate", "function=quadratic&opt=gd&opt.lr=0.21&opt2=gd&opt2.lr=0.19&steps=30&start=-1.8,0.4&window=-2.0,2.0,-2.0,2.0"),
    Tile(
        "minima",
        "function=himmelblau&opt=gd&opt.lr=0.01&opt2=momentum&opt2.lr=0.008&opt3=adam&opt3.lr=0.3&steps=120&start=0.4,4.4&window=auto",
    ),
    Tile(
        "digits",
        "data=digits&model=mlp&model.widths=32-32&loss=cross_entropy&plane=pca&opt=adam&opt.lr=0.02&steps=60&start=auto&window=auto",
    ),
)


@cache
def scenes() -> Mapping[str, Record]:
    """Return the scene of each tile by its name."""
    return {tile.name: registry.page(tile.page).kind().from_query(tile.query) for tile in GALLERY}


def show(t: Translator, scene: Scene) -> None:
    """Draw the line and the row: unfolded where a visit begins with the default scene, and folded to one line after the first pick."""
    unfolded = st.session_state.setdefault("gallery_unfolded", scene == Scene())

    def picked() -> None:
        _take(str(st.session_state["gallery"].picked))

    row = _COMPONENT(key="gallery", data={**message(t, scene), "unfolded": unfolded}, on_picked_change=on_this_page(picked))
    page = page_of(str(row.picked))
    if page != open_page().id:
        set_scene(scenes()[str(row.picked)], page)
        navigation.go(t, page)
    if scenes().get(str(row.picked), scene) != scene:  # clicked before the package was there: nobody has heard of it
        _take(str(row.picked))
        script_run.rerun()


def _take(name: str) -> None:
    """Make the scene of that name the session's, if there is one and it is of this page."""
    if name not in scenes():
        return
    st.session_state["gallery_unfolded"] = False
    if page_of(name) == open_page().id:
        set_scene(scenes()[name])


def page_of(name: str) -> str:
    """Return the page that the scene of that name is of; the open one for a name of none."""
    return next((tile.page for tile in GALLERY if tile.name == name), open_page().id)


def message(t: Translator, scene: Scene) -> dict[str, object]:
    """Return what the browser is told: the tiles, and what to look at in `scene` as long as it is one of theirs."""
    shown = next((name for name, choice in scenes().items() if choice == scene), "")
    return {
        "words": {"open": t("gallery.open"), "tiles": t("gallery.tiles")},
        "title": t(f"gallery.{shown}.title") if shown else "",
        "line": t(f"gallery.{shown}.note") if shown else t("gallery.what"),
        "shown": shown,
        "tiles": [_tile(tile, t) for tile in GALLERY],
    }


def _tile(tile: Tile, t: Translator) -> dict[str, str]:
    return {
        "key": tile.name,
        "title": t(f"gallery.{tile.name}.title"),
        "note": t(f"gallery.{tile.name}.note"),
        "alt": t(f"gallery.{tile.name}.alt"),
        "picture": static.address(static.PICTURES / f"{tile.name}.webp"),
        "link": f"{registry.page(tile.page).address}{link(scenes()[tile.name], t.language)}",
    }


_COMPONENT = register("gallery")
