"""Scene: lossless and canonical as a link, for every catalogue; hostile links are refused in one way."""

import json
import random
from dataclasses import fields, replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from landscape.data.fit import fits
from landscape.errors import LandscapeError
from landscape.losses.losses import losses
from landscape.networks.models import models
from landscape.scene.exploration import explore
from landscape.scene.scene import CHOICES, LONGEST_QUERY, NUMBERS, OPTIMIZER_KEYS, Choice, Scene, choose
from landscape.scene.study import Study
from landscape.scene.tuning import tuned

# What links of old meant when they were made, every field written out; they must mean it for ever.
OLD = json.loads(Path(__file__).with_name("links.json").read_text(encoding="utf-8"))
# Losses as they may be typed, with every sign that a link or an address bar might take for its own.
TYPED = (
    "residual ** 2 + 1e-3",
    "a=.5;b = 2\nabs(residual)*a+b",
    "where(residual > 1 & residual < 2 | not residual >= 0, residual^2, -residual/3)",
    "max（0，1－margin）",
)
CHOSEN = ("function", "data", "model", "loss", "penalty", "schedule", "plane")


def drawn_value(rng, parameter):
    """A value in a parameter's range: its ends, its default, or anything between."""
    if parameter.choices:
        return rng.choice(parameter.choices)
    if isinstance(parameter.default, bool):
        return rng.random() < 0.5
    if isinstance(parameter.default, str):
        return rng.choice(TYPED)
    low = -1e6 if parameter.low is None else parameter.low
    high = 1e6 if parameter.high is None else parameter.high
    if isinstance(parameter.default, tuple):
        return tuple(rng.randint(int(low), int(high)) for _ in range(rng.randint(0, parameter.most)))
    number = rng.choice([low, high, parameter.default, rng.uniform(low, high)])
    return float(number) if isinstance(parameter.default, float) else int(number)


def drawn_choice(rng, key):
    entry = CHOICES[key][rng.choice(list(CHOICES[key]))]
    return choose(key, entry.name, **{p.name: drawn_value(rng, p) for p in entry.parameters if rng.random() < 0.6})


def drawn_scene(seed):
    rng = random.Random(seed)
    scene = Scene()
    for key in CHOSEN:
        if rng.random() < 0.5:
            scene = replace(scene, **{key: drawn_choice(rng, key)})
    for key, parameter in NUMBERS.items():
        if rng.random() < 0.5:
            scene = replace(scene, **{key: drawn_value(rng, parameter)})
    if rng.random() < 0.7:
        scene = replace(scene, optimizers=tuple(drawn_choice(rng, key) for key in OPTIMIZER_KEYS[: rng.randint(1, 3)]))
    if rng.random() < 0.6:
        scene = replace(scene, start=rng.choice([None, (rng.gauss(0, 1e3), rng.gauss(0, 1e-9)), (-0.0, 1e12), (3, -4)]))
    if rng.random() < 0.6:
        lo = rng.gauss(0, 10)
        scene = replace(scene, window=rng.choice([None, ((lo, lo + 1e-3), (-1e12, 7.0)), ((-0.0, 1.0), (-1, 2))]))
    if rng.random() < 0.3:
        scene = replace(scene, data=choose("data", "table", target=rng.randint(-1, 199)), table=f"{rng.getrandbits(64):016x}")
    if rng.random() < 0.3:
        scene = replace(scene, weights=f"{rng.getrandbits(64):016x}")
    return scene


@pytest.mark.parametrize("block", range(0, 400, 50))
def test_a_link_says_everything(block):
    for seed in range(block, block + 50):
        scene = drawn_scene(seed)
        query = scene.to_query()
        read = Scene.from_query(query)
        assert read == scene
        assert hash(read) == hash(scene)
        assert read.to_query() == query
        assert Scene.from_query("?" + query) == scene
        assert len(query) < LONGEST_QUERY
        assert query.isascii()


def test_the_drawn_scenes_cover_every_name():
    scenes = [drawn_scene(seed) for seed in range(800)]
    for key in CHOSEN:
        assert {getattr(scene, key).name for scene in scenes if getattr(scene, key)} == set(CHOICES[key])
    assert {choice.name for scene in scenes for choice in scene.optimizers} == set(CHOICES["opt"])


def test_the_default_scene_is_the_empty_link():
    assert Scene().to_query() == ""
    assert Scene.from_query("") == Scene.from_query("?") == Scene()


def test_a_mapping_is_a_link_too():
    scene = drawn_scene(3)
    pairs = dict(pair.split("=") for pair in replace(scene, table="").to_query().split("&"))
    assert Scene.from_query(pairs) == replace(scene, table="")


def test_equal_scenes_have_one_link():
    for same in ("start=0,-0", "start=-0.0,0", "start=0e5,0.00", "start=%2B0,0"):
        assert Scene.from_query(same).to_query() == "start=0.0,0.0"
    assert replace(Scene(), start=(1, 2), window=((-1, 1), (-2, 2))).to_query() == "start=1.0,2.0&window=-1.0,1.0,-2.0,2.0"
    assert Scene.from_query("data=line&data.slope=-0").to_query() == Scene.from_query("data=line&data.slope=0").to_query()
    assert Scene.from_query("steps=2e2").to_query() == "steps=200"


def test_settings_without_a_name_change_the_default():
    scene = Scene.from_query("opt2.lr=0.01&data.noise=2&model.width=3")
    assert scene.optimizers[1].get("lr") == 0.01
    assert scene.optimizers[0] == Scene().optimizers[0]
    assert (scene.data.get("noise"), scene.data.get("n")) == (2.0, 40)
    assert scene.model.get("width") == 3


def test_keys_of_messengers_are_ignored():
    assert Scene.from_query("utm_source=x&lang=zh&fbclid=IwAR0&seed=4&optional=3") == replace(Scene(), seed=4)


ONE_WORD = [
    "function=saddle",
    "function=rosenbrock",
    "data=iris",
    "data=line_outliers",
    "data=moons",
    "data=diabetes",
    "loss=huber",
    "loss=mae",
]


@pytest.mark.parametrize("query", ONE_WORD)
def test_a_link_of_one_word_opens_what_the_controls_would_choose(query):
    key, name = query.split("=")
    chosen = Scene().with_choice(key, choose(key, name))
    scene = Scene.from_query(query)
    assert scene == tuned(Study(chosen), key, Scene())
    assert Scene.from_query(scene.to_query()) == scene
    assert [path.status for path in Study(replace(scene, resolution=11)).paths] == ["completed"] * 2


def test_what_a_link_names_stays_as_it_is():
    scene = Scene.from_query("data=iris&model=logistic&opt=adam&opt.lr=0.3&steps=70&seed=2")
    assert (scene.model.name, scene.loss.name, scene.plane.name) == ("logistic", "cross_entropy", "pca")
    assert [(choice.name, choice.get("lr")) for choice in scene.optimizers] == [("adam", 0.3)]
    assert (scene.steps, scene.seed, scene.start, scene.window) == (70, 2, None, None)
    assert Scene.from_query("data=iris&loss=focal").loss.name == "focal"
    assert Scene.from_query("data=iris&plane=hessian").plane.name == "hessian"
    assert Scene.from_query("data=digits&model=cnn&model.init=torch&steps=1").model.get("init") == "torch"
    assert Scene.from_query("function=saddle&start=1,1&steps=20&window=-3,3,-3,3").start == (1.0, 1.0)


def test_links_of_old_that_spell_things_out_mean_what_they_meant():
    line = "data=line&data.n=60&data.noise=0.2&data.residuals=normal"
    assert replace(Scene.from_query(line), data=Scene().data) == Scene()
    old = Scene.from_query("data=moons&model=mlp&loss=cross_entropy&plane=pca&opt=gd&opt.lr=0.1&start=auto&window=auto")
    assert (old.schedule.name, old.steps, old.batch, old.model.get("widths")) == ("constant", 150, 0, (16, 16))
    slow = Scene.from_query("data=digits&model=cnn&loss=cross_entropy&plane=pca&opt=gd&start=auto&window=auto")
    assert (slow.steps, slow.model.get("init"), slow.optimizers[0].get("lr")) == (150, "torch", 1e-3)


def written_out(value):
    """A field's value in plain names, numbers and lists."""
    if isinstance(value, Choice):
        return {"name": value.name, **{name: written_out(setting) for name, setting in value.settings}}
    return [written_out(part) for part in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("query", OLD, ids=[query[:60] for query in OLD])
def test_a_link_of_old_means_what_it_meant(query):
    read, first = (
        {f.name: written_out(getattr(scene, f.name)) for f in fields(scene)} for scene in (Scene.from_query(query), Scene.default(1))
    )
    meant = {key: with_later_settings(key, value) for key, value in OLD[query].items()}
    assert read == {**first, **meant}  # fields that came later are not in the file


def with_later_settings(key, meant):
    """What a choice of the file meant, with the usual values of the settings that came after the link, which are not in the file."""
    if key not in CHOSEN or meant is None:
        return meant
    return {**written_out(choose(key, meant["name"])), **meant}


def test_only_what_is_not_in_the_file_is_filled_in():
    assert with_later_settings("loss", {"name": "huber", "delta": 7.0}) == {"name": "huber", "delta": 7.0}
    assert with_later_settings("loss", {"name": "logistic"}) == {"name": "logistic", "base": "e"}


def test_the_links_of_old_cover_every_name():
    for key in CHOSEN:
        assert {meant[key]["name"] for meant in OLD.values() if meant[key]} == set(CHOICES[key])
    assert {choice["name"] for meant in OLD.values() for choice in meant["optimizers"]} == set(CHOICES["opt"])


@pytest.mark.parametrize(
    "query", ["data=wine&loss=hinge", "data=moons&model=cnn", "data=table&table=0123456789abcdef", "data=line&model=logistic"]
)
def test_a_link_to_what_does_not_go_together_is_read_and_refused_where_it_is_drawn(query):
    scene = Scene.from_query(query)
    assert Scene.from_query(scene.to_query()) == scene
    with pytest.raises(LandscapeError, match="the task must be one of|the data must be images|needs the visitor's own table"):
        next(explore(Study(scene)))


ONE_WORD = {
    "model=logistic": "moons", "loss=hinge": "moons", "loss=cross_entropy": "moons", "loss=zero_one": "moons", "model=cnn": "digits",
    "model=mlp": "line", "loss=mae": "line",
}  # fmt: skip


@pytest.mark.parametrize("query", ONE_WORD)
def test_a_model_or_a_loss_alone_brings_data_that_suit_it(query):
    scene = Scene.from_query(query)
    assert scene.data.name == ONE_WORD[query] and Scene.from_query(scene.to_query()) == scene
    assert fits(models[scene.model.name], Study(scene).dataset) and fits(losses[scene.loss.name], Study(scene).dataset)


@pytest.mark.parametrize("start", ["2.03,1", "1,2", "1.42,1.42"])
@pytest.mark.parametrize("loss", ["mae", "quantile"])
def test_a_loss_with_kinks_may_begin_at_its_minimum(loss, start):
    """No rate leads down far from there; the run must stay near all the same."""
    for run in Study(Scene.from_query(f"loss={loss}&start={start}")).trajectories:
        assert run.losses[-1] <= run.losses[0]


def test_another_plane_has_coordinates_of_its_own():
    for plane in ("random", "pca", "hessian", "three_points"):
        scene = Scene.from_query(f"plane={plane}&resolution=11")
        assert (scene.start, scene.window) == (None, None)
        path = next(explore(Study(scene))).paths[0]
        (a_lo, a_hi), (b_lo, b_hi) = Study(scene).window
        assert ((path.a >= a_lo) & (path.a <= a_hi) & (path.b >= b_lo) & (path.b <= b_hi)).all()


REFUSED = {
    "function=nowhere": "functions: the name must be one of himmelblau",
    "function=": "functions: the name must be one of .*got ''",
    "model=MLP": "models: the name must be one of .*got 'MLP'",
    "opt=gd&opt2=": "optimizers: the name must be one of",
    "opt=gd&opt.momentum=1": "gd: its parameters are lr; got 'momentum'",
    "opt.=1": "gd: its parameters are lr; got ''",
    "opt=gd&opt3=adam": "named opt, opt2, opt3 without a gap; got opt, opt3",
    "opt2=adam": "without a gap; got opt2",
    "opt.lr=nan": "lr must be a finite number; got nan",
    "opt.lr=inf": "lr must be a finite number; got inf",
    "opt.lr=1e999": "lr must be a finite number; got inf",
    "opt.lr=-0": "lr must be between 1e-06 and 100.0; got -0.0",
    "opt.lr=fast": "lr must be a finite number; got 'fast'",
    "steps=0": "steps must be between 1 and 5000; got 0",
    "steps=1e9": "steps must be between 1 and 5000; got 1000000000",
    "steps=2.5": "steps must be a whole number; got 2.5",
    "steps=": "steps must be a finite number; got ''",
    "log=yes": "log must be 1 .on. or 0 .off.; got 'yes'",
    "resolution=202": "resolution must be between 11 and 201",
    "seed=-1": "seed must be between 0 and 1000000",
    "seed=1&seed=2": "each key may be given once; got 'seed'",
    "start=1": "start must be 2 finite numbers",
    "start=1,2,3": "start must be 2 finite numbers",
    "start=nan,1": "start must be 2 finite numbers",
    "start=1e13,1": "start must be 2 finite numbers",
    "start=": "start must be 2 finite numbers joined by commas; got ''",
    "window=1,0,0,1": "from a smaller to a larger finite number",
    "window=0,1,0": "window must be 4 finite numbers",
    "window=0,1e999,0,1": "window must be 4 finite numbers",
    "model=mlp&model.widths=16--16": "widths must be at most 32 whole numbers",
    "model=mlp&model.widths=-3": "widths must be at most 32 whole numbers",
    "model=mlp&model.widths=99999999999": "widths must be at most 32 whole numbers",
    "model=mlp&model.widths=300": "widths must be between 1 and 256; got 300",
    "model=mlp&model.widths=" + "-".join(["8"] * 33): "widths must be at most 32 whole numbers",
    "model=mlp&model.activation=lambda": "activation: the name must be one of",
    "table=../../etc/passwd": "16 hexadecimal digits",
    "table=0123456789ABCDEF": "16 hexadecimal digits",
    "weights=../../etc/passwd": "16 hexadecimal digits",
    "weights=0123456789abcde": "16 hexadecimal digits; got '0123456789abcde'",
    "x=" + "1" * LONGEST_QUERY: "at most 4000 characters; got 4002",
}


@pytest.mark.parametrize("query", REFUSED, ids=[query[:40] for query in REFUSED])
def test_a_link_that_makes_no_sense_is_refused(query):
    with pytest.raises(LandscapeError, match=REFUSED[query]):
        Scene.from_query(query)


def hostile(seed):
    """A link gone wrong: random bytes, random unicode, or a good link with parts of it mutated."""
    rng = random.Random(seed)
    wild = "".join(chr(rng.choice([rng.randrange(32, 127), rng.randrange(0x110000)])) for _ in range(rng.randrange(60)))
    kind = rng.randrange(5)
    if kind == 0:
        return wild
    if kind == 1:
        return quote(bytes(rng.randrange(256) for _ in range(rng.randrange(80))), safe="=&.")
    keys = [*CHOICES, *NUMBERS, "start", "window", "table", "weights", "opt.lr", "model.widths", "data.n", "plane.i"]
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
        "True",
        "[]",
        "None",
        "9" * 400,
        "1," * 50,
        "a" * 300,
        wild,
    ]
    if kind == 2:
        return {rng.choice(keys): rng.choice(values) for _ in range(rng.randrange(1, 4))}
    parts = drawn_scene(seed).to_query().split("&")
    for _ in range(rng.randrange(1, 4)):
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(keys) + rng.choice("=.&%") + rng.choice(values))
    return "&".join(parts)


@pytest.mark.parametrize("block", range(0, 3000, 500))
def test_whatever_a_link_holds_it_is_read_or_refused(block):
    outcomes = set()
    for seed in range(block, block + 500):
        try:
            scene = Scene.from_query(hostile(seed))
        except LandscapeError:
            outcomes.add("refused")
        else:
            outcomes.add("read")
            assert Scene.from_query(scene.to_query()) == scene
            assert hash(scene) == hash(replace(scene))
    assert outcomes == {"read", "refused"}


def test_a_choice_is_changed_by_its_key():
    scene = Scene().with_choice("model", choose("model", "mlp", widths=(3,)))
    assert scene.model.get("widths") == (3,)
    adam = choose("opt2", "adam", lr=0.5)
    assert scene.with_choice("opt2", adam).optimizers == (Scene().optimizers[0], adam)
    assert scene.with_choice("opt3", adam).optimizers == (*Scene().optimizers, adam)
    assert scene.with_choice("function", None).function is None


def test_a_choice_builds_its_entry():
    assert choose("function", "quadratic", kappa=50.0).build(CHOICES["function"]).hessian(np.zeros(2)).trace() == pytest.approx(51.0)
    assert Choice("gd", (("lr", 0.1),)).get("momentum", 0.9) == 0.9
    with pytest.raises(LandscapeError, match="kappa must be between 1.0 and 10000.0; got 0.5"):
        choose("function", "quadratic", kappa=0.5)


def test_parts_name_their_fields():
    names = [f.name for f in fields(Scene)]
    assert [name for name, _ in Scene().part(*names)] == names
    assert Scene().part("seed", "steps") == Scene().part("steps", "seed") == (("steps", 150), ("seed", 0))


def test_settings_that_move_the_coordinates_are_those_of_another_space_or_another_plane():
    assert {key for key in CHOICES if Scene().moved_by(key)} == {"plane"}  # which is the whole space, by its own parameters
    seen = replace(Scene(), plane=choose("plane", "pca"))
    assert {key for key in CHOICES if seen.moved_by(key)} == {"function", "data", "model", "plane"}


def test_beside_a_function_the_choices_of_a_risk_say_nothing():
    scene = replace(Scene(), penalty=choose("penalty", "l2"))
    assert [key for key, _ in scene.choices()] == ["data", "model", "loss", "penalty", "opt", "opt2", "schedule", "plane"]
    function = scene.with_choice("function", choose("function", "booth")).choices()
    assert [key for key, _ in function] == ["function", "opt", "opt2", "schedule", "plane"] and function[0][1].name == "booth"
