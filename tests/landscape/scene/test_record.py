"""Record: a page's scene is made by its table alone; links keep their meaning when defaults change."""

import random
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, quote

import pytest

from landscape.catalogue import Catalogue, Parameter
from landscape.errors import LandscapeError
from landscape.scene.fields import (
    NAMED,
    Choice,
    Fingerprint,
    Frame,
    Group,
    Number,
    Point,
    SeveralEntries,
    choice_of,
    chosen,
    fingerprint,
    frame,
    number,
    optional,
    point,
    several,
)
from landscape.scene.record import Record
from landscape.scene.scene import Scene


def methods(rate, decay):
    """A catalogue whose defaults a later version of the program may have changed."""
    made = Catalogue("methods")
    made.entry("plain", "Plain", Parameter("rate", rate, "rate", 0.0, 10.0), Parameter("widths", (4,), "widths", 1, 99))(dict)
    made.entry("decaying", "Decaying", Parameter("rate", 0.5, "rate", 0.0, 10.0), Parameter("decay", decay, "decay", 0.0, 1.0))(dict)
    return made


FIRST, THIRD = methods(0.1, 0.25), methods(0.3, 0.75)
SIZE, EXACT = Parameter("size", 20, "size", 1, 500), Parameter("exact", False, "exact")
NORM = Parameter("norm", "two", "norm", choices=("one", "two", "largest"))


@dataclass(frozen=True)
class Pendulum(Record):
    """The scene of a new page."""

    method: Choice | None = optional(FIRST, group=Group.OBJECTIVE, moves=True)
    rule: Choice = chosen(FIRST, "decaying", rate=2.0, group=Group.OBJECTIVE)
    file: str = fingerprint(group=Group.OBJECTIVE)
    racers: tuple[Choice, ...] = several(FIRST, ("a", "b"), choice_of(FIRST, "plain", {}), group=Group.RUN)
    size: int = number(SIZE, group=Group.RUN)
    exact: bool = number(EXACT, group=Group.RUN)
    norm: str = number(NORM, group=Group.DRAWING)
    start: tuple[float, float] | None = point((1.0, 2.0), group=Group.PLANE, optional=True)
    window: tuple | None = frame(group=Group.DRAWING)


@dataclass(frozen=True)
class SecondPendulum(Pendulum):
    """The same page after a first change of defaults."""

    VERSION = 2
    FORMER = {1: {"size": 20, "start": (1.0, 2.0), "rule": Choice("decaying", (("rate", 2.0),)), "racers": (Choice("plain"),)}}

    rule: Choice = chosen(FIRST, "plain", group=Group.OBJECTIVE)
    racers: tuple[Choice, ...] = several(FIRST, ("a", "b"), Choice("decaying"), Choice("plain"), group=Group.RUN)
    size: int = number(replace(SIZE, default=40), group=Group.RUN)
    start: tuple[float, float] | None = point(group=Group.PLANE)


@dataclass(frozen=True)
class ThirdPendulum(Record):
    """The same page after a second change, of a catalogue's own defaults too."""

    VERSION = 3
    FORMER = {
        1: SecondPendulum.FORMER[1],
        2: {
            "method": None,
            "size": 40,
            "exact": False,
            "method.plain.rate": 0.1,
            "method.decaying.decay": 0.25,
            "rule.plain.rate": 0.1,
            "rule.decaying.decay": 0.25,
            "racers.plain.rate": 0.1,
            "racers.decaying.decay": 0.25,
        },
    }

    method: Choice | None = optional(THIRD, Choice("plain"), group=Group.OBJECTIVE, moves=True)
    rule: Choice = chosen(THIRD, "plain", group=Group.OBJECTIVE)
    file: str = fingerprint(group=Group.OBJECTIVE)
    racers: tuple[Choice, ...] = several(THIRD, ("a", "b"), Choice("decaying"), Choice("plain"), group=Group.RUN)
    size: int = number(replace(SIZE, default=60), group=Group.RUN)
    exact: bool = number(replace(EXACT, default=True), group=Group.RUN)
    norm: str = number(NORM, group=Group.DRAWING)
    start: tuple[float, float] | None = point(group=Group.PLANE)
    window: tuple | None = frame(group=Group.DRAWING)


PENDULUMS = (Pendulum, SecondPendulum, ThirdPendulum)


# --- A page's scene by its table alone --------------------------------------------------------------------------------------------------


def drawn_number(rng, parameter):
    if parameter.choices:
        return rng.choice(parameter.choices)
    if isinstance(parameter.default, bool):
        return rng.random() < 0.5
    low, high = (-1e6 if parameter.low is None else parameter.low), (1e6 if parameter.high is None else parameter.high)
    if isinstance(parameter.default, tuple):
        return tuple(rng.randint(int(low), int(high)) for _ in range(rng.randint(0, parameter.most)))
    value = rng.choice([low, high, parameter.default, rng.uniform(low, high)])
    return float(value) if isinstance(parameter.default, float) else int(value)


def drawn_entry(rng, page, key):
    entry = page.row(key).kind.catalogue[rng.choice(list(page.row(key).kind.catalogue))]
    return page.choose(key, entry.name, **{p.name: drawn_number(rng, p) for p in entry.parameters if rng.random() < 0.6})


def drawn_value(rng, page, row):
    kind, low = row.kind, rng.gauss(0, 10)
    if isinstance(kind, SeveralEntries):
        return tuple(drawn_entry(rng, page, key) for key in row.keys[: rng.randint(1, len(row.keys))])
    if isinstance(kind, NAMED):
        return None if kind.optional and rng.random() < 0.3 else drawn_entry(rng, page, row.key)
    if isinstance(kind, Number):
        return drawn_number(rng, kind.parameter)
    if isinstance(kind, Fingerprint):
        return rng.choice(["", f"{rng.getrandbits(64):016x}"])
    if isinstance(kind, Frame):
        return rng.choice([None, ((low, low + 1e-3), (-1e12, 7.0)), ((-0.0, 1.0), (-1, 2))])
    assert isinstance(kind, Point)
    return rng.choice([None, (rng.gauss(0, 1e3), rng.gauss(0, 1e-9)), (-0.0, 1e12), (3, -4)])


def drawn(page, seed):
    """A scene of the page, some of whose fields are not the default."""
    rng = random.Random(seed)
    return page(**{row.name: drawn_value(rng, page, row) for row in page.rows() if rng.random() < 0.5})


def hostile(page, seed):
    """A link gone wrong: random bytes, wild values, or a good link with parts of it mutated."""
    rng = random.Random(seed)
    wild = "".join(chr(rng.choice([rng.randrange(32, 127), rng.randrange(0x110000)])) for _ in range(rng.randrange(60)))
    if rng.random() < 0.2:
        return rng.choice([wild, quote(bytes(rng.randrange(256) for _ in range(80)), safe="=&.")])
    keys = [key for row in page.rows() for key in row.keys]
    keys += [
        f"{row.key}.{p.name}"
        for row in page.rows()
        if isinstance(row.kind, NAMED)
        for e in row.kind.catalogue.values()
        for p in e.parameters
    ]
    values = [
        "nan",
        "-inf",
        "1e999",
        "-0",
        "",
        " ",
        "0x10",
        "1_0",
        "٣",
        "auto",
        "none",
        "True",
        "[]",
        "9" * 400,
        "1," * 50,
        "0,1,0,1",
        wild,
    ]
    if rng.random() < 0.4:
        return {rng.choice(["version", *keys]): rng.choice(values) for _ in range(rng.randrange(1, 4))}
    parts = drawn(page, seed).to_query().split("&")
    for _ in range(rng.randrange(1, 4)):
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(keys) + rng.choice("=.&%") + rng.choice(values))
    return "&".join(parts)


@pytest.mark.parametrize("page", [*PENDULUMS, Scene])
def test_a_link_says_everything_and_a_kept_one_says_its_version(page):
    for seed in range(60):
        scene = drawn(page, seed)
        for query in (scene.to_query(), scene.to_link(), "?" + scene.to_link()):
            read = page.from_query(query)
            assert read == scene and hash(read) == hash(scene)
            assert (read.to_query(), read.to_link()) == (scene.to_query(), scene.to_link())
        assert f"&{scene.to_link()}".endswith(f"&version={page.VERSION}")
        assert page.from_query(dict(parse_qsl(scene.to_link(), keep_blank_values=True))) == scene


@pytest.mark.parametrize("page", [Pendulum, ThirdPendulum, Scene])
def test_whatever_a_link_holds_it_is_read_or_refused(page):
    outcomes = set()
    for seed in range(400):
        try:
            scene = page.from_query(hostile(page, seed))
        except LandscapeError:
            outcomes.add("refused")
        else:
            outcomes.add("read")
            assert page.from_query(scene.to_query()) == page.from_query(scene.to_link()) == scene
            assert hash(scene) == hash(replace(scene))
    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize("page", [*PENDULUMS, Scene])
def test_the_default_is_what_the_table_says(page):
    assert page() == page.default() == page.default(page.VERSION) == page.from_query("") == page.from_query("?utm_source=x&lang=zh")
    assert page().to_link() == f"version={page.VERSION}"
    keys = [key for row in page.rows() for key in row.keys]
    assert len(set(keys)) == len(keys) and not {"version", "lang"} & set(keys)
    assert [row.name for row in page.rows()] == [f.name for f in fields(page)]


def test_a_query_has_choices_first_then_numbers_files_and_places():
    scene = Pendulum(
        window=((0, 1), (2, 3)), size=7, norm="one", exact=True, start=None, file="0" * 16, method=choice_of(FIRST, "plain", {})
    )
    scene = scene.with_choice("b", choice_of(FIRST, "decaying", {"decay": 0.5})).with_choice("rule", choice_of(FIRST, "plain", {"rate": 3}))
    assert scene.to_query() == (
        "method=plain&rule=plain&rule.rate=3.0&a=plain&b=decaying&b.decay=0.5&size=7&exact=1&norm=one"
        "&file=0000000000000000&start=auto&window=0.0,1.0,2.0,3.0"
    )


REFUSED = {
    "method": (choice_of(FIRST, "plain", {}), Choice("elsewhere"), "method=elsewhere", "unknown_name"),
    "rule": (choice_of(FIRST, "plain", {"rate": 1.5}), Choice("plain", (("rate", 11.0),)), "rule=plain&rule.rate=11", "out_of_range"),
    "a": ((choice_of(FIRST, "plain", {}),), (Choice("plain", (("tempo", 1.0),)),), "a=plain&a.tempo=1", "unknown_parameter"),
    "file": ("0123456789abcdef", "../../etc/passwd", "file=../../etc/passwd", "not_a_fingerprint"),
    "size": (500, 501, "size=501", "out_of_range"),
    "exact": (True, 2, "exact=2", "not_a_flag"),
    "norm": ("one", "three", "norm=three", "unknown_name"),
    "start": ((0.5, -1e12), (0.5, 1e13), "start=0.5,1e13", "not_numbers"),
    "window": (((0.0, 1.0), (2.0, 3.0)), ((1.0, 0.0), (2.0, 3.0)), "window=1,0,2,3", "no_window"),
}


@pytest.mark.parametrize("key", REFUSED)
def test_a_value_is_checked_as_a_link_is(key):
    good, bad, link, code = REFUSED[key]
    scene = Pendulum().with_value(key, good)
    assert getattr(scene, Pendulum.row(key).name) == good and Pendulum.from_query(scene.to_query()) == scene
    for refuse in (lambda: Pendulum().with_value(key, bad), lambda: Pendulum.from_query(link)):
        with pytest.raises(LandscapeError, match="; got ") as refused:
            refuse()
        assert refused.value.code == code


def test_what_may_be_none_or_left_to_the_scene_may_be_set_so():
    scene = Pendulum(method=choice_of(FIRST, "plain", {}), window=((0.0, 1.0), (0.0, 1.0)))
    for key in ("method", "start", "window"):
        scene = scene.with_value(key, None)
    assert scene == Pendulum(start=None)


def test_fields_are_named_by_their_groups():
    assert Pendulum.names(Group.RUN, "norm") == ("racers", "size", "exact", "norm")
    assert Pendulum().part("norm", Group.PLANE) == (("norm", "two"), ("start", (1.0, 2.0)))
    assert Pendulum.placed() == {"start", "window"} and {row.name for row in Pendulum.rows() if row.moves} == {"method"}
    placed = Pendulum(start=(3.0, 4.0), window=((0.0, 1.0), (0.0, 1.0)), size=3)
    assert placed.unplaced() == Pendulum(start=None, size=3) and placed.unplaced(but=["start"]) == replace(placed, window=None)
    assert [key for key, _ in Pendulum().choices()] == ["rule", "a"]


# --- Links of former versions -----------------------------------------------------------------------------------------------------------


def values(scene):
    return {f.name: getattr(scene, f.name) for f in fields(scene)}


@pytest.mark.parametrize(("old", "new"), [(Pendulum, SecondPendulum), (Pendulum, ThirdPendulum), (SecondPendulum, ThirdPendulum)])
def test_an_old_link_means_what_it_meant(old, new):
    differ = 0
    for seed in range(200):
        scene = drawn(old, seed)
        assert values(new.from_query(scene.to_link())) == values(new.from_query(scene.to_query(), saved=True)) == values(scene)
        assert scene.to_query() == "" or values(new.from_query(scene.to_query())) == values(scene)
        assert new.from_query(new.from_query(scene.to_link()).to_link()) == new.from_query(scene.to_link())
        differ += values(new.from_query(f"version={new.VERSION}&" + scene._written(versioned=False))) != values(scene)
    assert differ > 100  # or nothing would have been proven


def test_settings_that_an_old_link_leaves_out_are_those_of_then():
    old = ThirdPendulum.from_query("method=plain&b.rate=7")
    assert old.method.get("rate") == 0.1 and old.rule == choice_of(FIRST, "decaying", {"rate": 2.0})
    assert ThirdPendulum.from_query("a=decaying&b=decaying&b.decay=0.5").racers == (
        choice_of(FIRST, "decaying", {"decay": 0.25}),
        choice_of(FIRST, "decaying", {"decay": 0.5}),
    )
    second = ThirdPendulum.from_query("version=2&b.rate=7")
    assert [choice.settings for choice in second.racers] == [(("rate", 0.5), ("decay", 0.25)), (("rate", 7.0), ("widths", (4,)))]
    assert (second.size, second.exact, second.method, second.start) == (40, False, None, None)


def test_a_link_of_today_and_an_empty_one_mean_today_s_defaults():
    assert ThirdPendulum.from_query("version=3&norm=one") == replace(ThirdPendulum(), norm="one")
    assert ThirdPendulum.from_query("") == ThirdPendulum.from_query("fbclid=1") == ThirdPendulum() != ThirdPendulum.from_query("norm=two")
    assert ThirdPendulum.from_query("version=1") == ThirdPendulum.from_query("", saved=True) == ThirdPendulum.default(1)
    assert values(ThirdPendulum.from_query("version=1")) == values(Pendulum())
    assert ThirdPendulum().to_query() == "version=3" and Pendulum().to_query() == ""
    assert replace(ThirdPendulum(), method=None).to_query() == "method=none&version=3"


@pytest.mark.parametrize("version", ["0", "4", "-1", "1.0", "", "three", "٣", "1" * 30, "auto"])
def test_a_version_that_is_none_of_ours_is_refused(version):
    with pytest.raises(LandscapeError, match="link: its version must be a whole number from 1 to 3; got") as refused:
        ThirdPendulum.from_query({"version": version, "size": "3"})
    assert refused.value.code == "link_version"


@pytest.fixture
def changed(monkeypatch):
    """Explore as it would be had its defaults been others in its first version."""
    former = {"steps": 77, "seed": 5, "start": (1.5, 0.5), "model.mlp.widths": (3,), "optimizers.adam.lr": 0.3, "loss": Choice("huber")}
    monkeypatch.setattr(Scene, "VERSION", 2)
    monkeypatch.setattr(Scene, "FORMER", {1: former})


@pytest.mark.usefixtures("changed")
def test_links_to_explore_keep_their_meaning_too():
    old = Scene.from_query("resolution=31")
    assert (old.steps, old.seed, old.start, old.loss.name) == (77, 5, (1.5, 0.5), "huber")
    assert Scene.from_query("version=2&resolution=31") == replace(Scene(), resolution=31)
    assert Scene.from_query("") == Scene() and Scene.from_query("", saved=True) == Scene.from_query("version=1") == Scene.default(1)
    assert Scene.from_query("steps=3&opt=adam").optimizers[0].get("lr") == 0.3
    assert Scene.from_query("version=2&steps=3&opt=adam").optimizers[0].get("lr") != 0.3
    for scene in (old, Scene(), Scene.from_query("data=moons"), drawn(Scene, 7)):
        assert Scene.from_query(scene.to_query()) == Scene.from_query(scene.to_link()) == scene
        assert scene.to_query() == scene.to_link() and scene.to_link().endswith("version=2")


@pytest.mark.usefixtures("changed")
def test_what_an_old_link_leaves_to_be_guessed_has_the_settings_of_then():
    assert Scene.from_query("data=moons").model.get("widths") == (3,)
    assert Scene.from_query("version=2&data=moons").model.get("widths") == (16, 16)
    assert Scene.from_query("data=line_outliers").loss.name == "huber"  # which suits those data, and was the default
