"""What of plotly.js is not public and used all the same: seen on this version, in one file, to be looked at again with another."""

import re

import pytest

from ui.browser import static

SEEN_ON = "4.1.1"
PRIVATE = re.compile(r"_full|_scene|__data__|\.js-line|glplot")


def test_the_version_that_these_parts_were_seen_on():
    with static.PLOTLY.open(encoding="utf-8") as file:
        assert re.search(r"plotly\.js v([\d.]+)", file.read(200))[1] == SEEN_ON


@pytest.mark.parametrize("script", static.SCRIPTS, ids=lambda script: script.name)
def test_only_one_script_touches_what_is_not_public(script):
    assert bool(PRIVATE.search(script.read_text(encoding="utf-8"))) == (script.name == "plotly.js")
