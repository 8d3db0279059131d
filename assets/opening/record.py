"""Write what the first visitor after a start sees: `python -m assets.opening.record`."""

from __future__ import annotations

import json

from landscape.scene.exploration import explore
from landscape.scene.scene import Scene
from ui.controls import place
from ui.frame import gallery
from ui.frame.opening import FOLDER
from ui.jobs.study import study_of
from ui.pictures.board import addressed
from ui.pictures.explored import board_of
from ui.session.files import Files
from ui.words.translator import LANGUAGES, Translator


def content(language: str) -> tuple[str, bytes]:
    """Return what the gallery and the view are given for the default scene, as the page gives it."""
    t, scene = Translator(language), Scene()
    *_, exploration = explore(study_of(scene, Files()))
    unfolded = {**gallery.message(t, scene), "unfolded": True, "default": scene.to_link()}
    return json.dumps(unfolded, ensure_ascii=False, indent=1) + "\n", addressed(
        board_of(exploration, t, ended=True).message(), place.seen()
    )


def main() -> None:
    """Write both files of every language."""
    for language in LANGUAGES:
        row, picture = content(language)
        (FOLDER / f"gallery.{language}.json").write_text(row, encoding="utf-8")
        (FOLDER / f"view.{language}.bin").write_bytes(picture)


if __name__ == "__main__":
    main()
