"""Registry: the pages of the app, one entry each; navigation, addresses, languages and the tests of every page follow from it.

A page is a script `pages/<id>.py`, an entry here, and its words in both languages: `pages.<id>` for its title, `pages.group.<group>` for
the title of its group. This module imports nothing that takes long: the first visitor after a start waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from landscape.scene.record import Record

FOLDER = Path(__file__).resolve().parents[1] / "pages"


@dataclass(frozen=True)
class Page:
    """One page: `group` is the part of the menu it stands in, `icon` a Material symbol, `scene` where its kind of scene is declared
    ("module:Class", empty for a page without one), `folder` where its script stands.
    """

    id: str
    group: str
    icon: str
    scene: str = ""
    folder: Path = FOLDER

    @property
    def script(self) -> Path:
        """The page's script, by an absolute path, since a host's entry file may stand in another folder."""
        return self.folder / f"{self.id}.py"

    @property
    def address(self) -> str:
        """The path of its address; the first page's is the app's own."""
        return "" if self == PAGES[0] else self.id

    def kind(self) -> type[Record] | None:
        """Return its kind of scene, None for a page without one; imported on first use."""
        module, _, name = self.scene.partition(":")
        return getattr(import_module(module), name) if module else None


PAGES: tuple[Page, ...] = (
    Page("explore", "landscapes", "landscape", "landscape.scene.scene:Scene"),
    Page("saddles", "landscapes", "call_split", "landscape.scene.saddles:SaddlesScene"),
    Page("minima", "landscapes", "south", "landscape.scene.minima:MinimaScene"),
    Page("losses", "losses", "ssid_chart", "landscape.scene.comparison:LossesScene"),
    Page("outliers", "losses", "scatter_plot", "landscape.scene.outliers:OutliersScene"),
    Page("sculpt", "losses", "air", "landscape.scene.sculpt:SculptScene"),
    Page("race", "optimizers", "sprint", "landscape.scene.race:RaceScene"),
    Page("replication", "papers", "fact_check", "landscape.scene.replication:ReplicationScene"),
    Page("open_result", "files", "folder_open"),
)


def page(id: str) -> Page:
    """Return the page of that id. Raises `KeyError` where there is none."""
    found = [page for page in PAGES if page.id == id]
    if not found:
        raise KeyError(f"no page {id!r}; there are {', '.join(page.id for page in PAGES)}")
    return found[0]


def groups() -> dict[str, list[Page]]:
    """Return the pages by group, both in the order of the registry."""
    found: dict[str, list[Page]] = {}
    for entry in PAGES:
        found.setdefault(entry.group, []).append(entry)
    return found
