"""A link as it is pasted: whole addresses, keys that others appended, and those that no scene knows."""

import json
from pathlib import Path

import pytest

from landscape.scene.link import OTHER_PAGES, Unread, parts_of, passing
from landscape.scene.scene import Scene
from ui.registry import PAGES

LINKS = json.loads((Path(__file__).parent / "links.json").read_text(encoding="utf-8"))
KINDS = [page.kind() for page in PAGES if page.kind() is not None]


@pytest.mark.parametrize(
    ("address", "page", "query"),
    [
        ("data=moons&steps=3", "", "data=moons&steps=3"),
        ("?data=moons", "", "data=moons"),
        ("http://localhost:8501/?data=moons&steps=3", "", "data=moons&steps=3"),
        ("https://lab.example.org?data=moons", "", "data=moons"),
        ("localhost:8501/?data=moons", "", "data=moons"),
        ("lab.example.org/a/base/race?opt=adam#top", "race", "opt=adam"),
        ("https://lab.example.org/~/+/?data=moons", "", "data=moons"),
        ("http://localhost:8501/a=b/saddles", "saddles", ""),
        ("data=moons&note=http://somewhere/race?x=1", "", "data=moons&note=http://somewhere/race?x=1"),
        ("", "", ""),
        ("http://localhost:8501", "", ""),
    ],
)
def test_an_address_is_taken_whole(address, page, query):
    found = parts_of(address)
    assert (found[0], found[1].removeprefix("?")) == (page, query)


def test_a_pasted_address_keeps_its_first_key():
    assert Scene.from_query("http://localhost:8501/?data=moons&steps=3") == Scene.from_query("data=moons&steps=3")


def test_the_pages_that_are_refused_by_name_are_those_of_the_app():
    assert list(OTHER_PAGES) == [page.address for page in PAGES[1:]]


@pytest.mark.parametrize(
    ("query", "unread"),
    [
        ("dta=digits&steps=3", [Unread("dta", "data")]),
        ("dta.n=3", [Unread("dta.n", "data.n")]),
        ("lr=0.5&widths=4", [Unread("lr", "opt.lr"), Unread("widths", "model.widths")]),
        ("Data=moons&zzzzzz=1", [Unread("Data", "data"), Unread("zzzzzz", "")]),
        ("steps.x=4", [Unread("steps.x", "steps")]),
        ("penalty.strength=3", [Unread("penalty.strength", "", "penalty")]),
        ("penalty=none&penalty.strength=3", [Unread("penalty.strength", "", "penalty")]),
        ("penalty=l2&penalty.strength=3", []),
        ("opt2.lr=0.1", []),  # the default scene has a second optimizer
        ("opt=gd&opt2.lr=0.1", [Unread("opt2.lr", "", "opt2")]),
        ("opt3.lr=0.1", [Unread("opt3.lr", "", "opt3")]),
        ("utm_source=x&fbclid=1&lang=zh&embed=true&version=1&mc_eid=2&igshid=3&si=4&ref=5&gclid=6&msclkid=7", []),
    ],
)
def test_the_keys_that_nobody_reads(query, unread):
    assert list(Scene.unread(query)) == unread


def test_a_link_with_unknown_keys_means_what_the_rest_of_it_means():
    assert Scene.from_query("dta=digits&seed=4&penalty.strength=3") == Scene.from_query("seed=4")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_page_reads_its_own_links_and_names_the_rest(kind):
    assert kind.unread(kind().to_link() + "&lang=zh&utm_medium=mail") == ()
    assert [found.key for found in kind.unread("qqq=1&version=1&www.n=2")] == ["qqq", "www.n"]
    assert not any(map(passing, kind.keys()))


def test_every_key_of_an_old_link_is_read():
    assert {link: found for link in LINKS if (found := Scene.unread(link))} == {}
