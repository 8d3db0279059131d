"""Every page of the registry runs in both languages, and has what an entry promises."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from ui.registry import PAGES, groups, page
from ui.session.address import MOST_NAMED
from ui.words.translator import LANGUAGES, Translator, texts

pytestmark = pytest.mark.usefixtures("few_starts")

APP = Path(__file__).parents[2] / "app.py"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.id)
def test_every_page_runs_in_both_languages(entry, language):
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    if entry.address:
        app.switch_page(str(entry.script.relative_to(APP.parent))).run()
    assert not app.exception and not app.error
    assert app.session_state["page"] == entry.id and app.session_state["language"] == language
    assert app.sidebar.markdown[0].value == f"#### {Translator(language)('app.name')}"


def test_every_page_has_a_script_a_kind_of_scene_that_makes_links_and_words_in_both_languages():
    assert {entry.script for entry in PAGES} == set(PAGES[0].folder.glob("*.py"))
    assert len({entry.id for entry in PAGES}) == len({entry.address for entry in PAGES}) == len(PAGES)
    assert sum(map(len, groups().values())) == len(PAGES)
    for entry in PAGES:
        kind = entry.kind()
        assert kind is None or kind.from_query(kind().to_link()) == kind()
        for language in LANGUAGES:
            assert {f"pages.{entry.id}", f"pages.group.{entry.group}"} <= texts(language).keys()
    with pytest.raises(KeyError, match="no page 'nowhere'; there are " + ", ".join(entry.id for entry in PAGES)):
        page("nowhere")


@pytest.mark.parametrize(("entry", "language"), [*zip(PAGES[:-1], cycle(LANGUAGES), strict=False)], ids=lambda of: getattr(of, "id", of))
def test_a_key_of_the_link_that_the_scene_does_not_know_is_named_and_the_rest_of_it_kept(entry, language):
    t, known = Translator(language), entry.kind().keys()[0]
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    if entry.address:
        app.switch_page(str(entry.script.relative_to(APP.parent)))
    else:
        app.session_state["page"] = entry.id
        del app.session_state[f"{entry.id}.scene"]
    link = entry.kind()().to_link() + f"&{known}q=1&qqqqq`](x)=2&xxxxx=1&yyyyy=1&utm_source=mail&si=3&lang={language}"
    for key, value in parse_qsl(link):
        app.query_params[key] = value
    app.run()
    assert not app.exception and not app.error
    [said] = [found.value for found in app.info]  # one box for all of them, since each pushes the picture down
    named = [t("remark.unknown_key", name=f"`{known}q`", nearest=f"`{known}`"), t("remark.strange_key", name="`qqqqq](x)`")]
    named += [t("remark.strange_key", name=f"`{key}`") for key in ("xxxxx", "yyyyy")][: MOST_NAMED - 2] + [t("remark.more_keys", count=1)]
    assert said == t("remark.left_out", keys=("、" if language == "zh" else ", ").join(named))
    assert app.session_state[f"{entry.id}.scene"] == entry.kind()()
