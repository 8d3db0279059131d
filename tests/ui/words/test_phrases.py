"""What a refusal says in its own words, beside ids and what the visitor wrote, is said in the page's language."""

import ast
import pickle
import re
from pathlib import Path

import pytest

from landscape.data.table import GAPS, TEXTS, open_table
from landscape.errors import PHRASES, LandscapeError, Phrase, listed
from landscape.files.weights import read_weights
from landscape.scene.exploration import explore
from landscape.scene.scene import CHOICES, FILES, NUMBERS, Scene, choose
from landscape.scene.study import Study
from tests.landscape.data import test_table
from tests.landscape.files import test_weights
from tests.landscape.scene import test_scene
from ui.words.translator import Translator

ROOT = Path(__file__).resolve().parents[3]
# Modules whose refusals the app can show.
SHOWN = {
    "catalogue",
    "directions",
    "errors",
    "fit",
    "fitting",
    "models",
    "optimizers",
    "plane",
    "record",
    "result",
    "scene",
    "study",
    "table",
    "weights",
}
SOURCES = [*(path for path in (ROOT / "landscape").rglob("*.py") if path.stem in SHOWN), *(ROOT / "ui").glob("*.py")]

# What a Chinese reader reads in Latin letters: units, formats, programs, symbols of formulas and how a window is written.
LATIN = {"MB", "CSV", "UTF", "GB", "GB18030", "JSON", "PDF", "ZIP", "NaN", "nan", "inf", "safetensors", "torch", "save_file", "sin"}
IDS = {"opt", "opt2", "opt3", "start", "window", *CHOICES, *NUMBERS, *FILES, *GAPS, *TEXTS, "auto", "F64", "F32", "F16", "BF16"}
IDS |= {"a_lo", "a_hi", "b_lo", "b_hi", "I8", "I64", "C64", "BOOL", "F8_E4M3"}  # corners of a window, types of numbers in a file
IDS |= {name for catalogue in CHOICES.values() for name in catalogue}
IDS |= {word for catalogue in CHOICES.values() for entry in catalogue.values() for p in entry.parameters for word in (p.name, *p.choices)}


def test_a_phrase_is_its_english_and_knows_what_it_is_made_of():
    phrase = listed([Phrase("binary"), Phrase("flat_features", count=3)])
    assert phrase == "binary, 3 flat features" and phrase.code == "listed"
    assert Translator("en").phrase(phrase) == str(phrase)
    assert Translator("zh").phrase(phrase) == "二分类、3 个普通（非图像）特征"
    again = pickle.loads(pickle.dumps(LandscapeError("not_images", owner="cnn", got=phrase)))
    assert (
        str(again) == str(LandscapeError("not_images", owner="cnn", got=phrase)) and again.details["got"].details["first"].code == "binary"
    )


def test_what_is_no_phrase_stays_as_it_is():
    assert [Translator("zh").phrase(text) for text in ("binary", 3, None)] == ["binary", 3, None]


def test_every_phrase_is_said_somewhere():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "landscape").glob("*.py")]
    said = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    tasks, nouns = {"binary", "multiclass", "regression", "ranking"}, {catalogue.noun for catalogue in CHOICES.values()}
    others = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg in ("owner", "noun")}
    assert others and sorted(set(PHRASES) - said - tasks - nouns) == []


def prose(node):
    """Words in the string itself, where it is one: "got 3 of them" and f"{n} tensors", but no id and no unit."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    if text in PHRASES:  # an owner or a noun, which becomes a phrase by itself
        return []
    return [word for word in re.findall(r"[A-Za-z]{2,}", text) if word not in LATIN | IDS | set(PHRASES)]


def loose(source):
    """Every detail of a refusal that is English written on the spot."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", "")
        details = {"LandscapeError": call.args[1:], "_foreign": call.args, "_damaged": call.args, "_invalid": call.args[1:]}.get(name)
        if details is not None:
            kept = [
                keyword.value for keyword in call.keywords if keyword.arg not in ("code", "name", "expected") or name != "LandscapeError"
            ]
            yield from (ast.unparse(value) for value in [*details, *kept] if prose(value))


def test_no_refusal_that_the_app_can_show_is_written_on_the_spot():
    assert SHOWN <= {path.stem for path in SOURCES}
    assert {path.name: list(found) for path in SOURCES if (found := [*loose(path.read_text(encoding="utf-8"))])} == {}


def test_the_check_sees_english_written_on_the_spot():
    source = 'LandscapeError("x", got=f"{n} blanks", owner="link"); _foreign("an empty file"); LandscapeError("y", got=Phrase("pdf"))'
    assert list(loose(source)) == ["f'{n} blanks'", "'an empty file'"]


def refused(call, *arguments):
    with pytest.raises(LandscapeError, match="; got ") as refusal:
        call(*arguments)
    return refusal.value


def study(query):
    """Make everything that the page of this link draws."""
    for _ in explore(Study(Scene.from_query(f"{query}&steps=3&resolution=11&start=auto&window=auto"))):
        pass


STUDIES = (
    "data=iris&model=mlp&loss=mse",
    "data=moons&model=cnn&loss=cross_entropy",
    "data=wine&model=one_unit&loss=mse&model.activation=identity",
    "data=table",
    "data=table&table=" + "0" * 16,
    "data=digits&model=mlp&model.widths=256-256-256-256&loss=cross_entropy&plane=pca",
    "data=moons&model=mlp&loss=cross_entropy&plane=pca&weights=" + "0" * 16,
    "data=line&model=linear&opt=gd&batch=2",
)


def refusals():
    """Refusals of every kind that a visitor can meet, each with what the visitor wrote."""
    yield from (refused(lambda content: open_table(content).dataset(), content) for content, _ in test_table.REFUSED.values())
    table = open_table(test_table.PASSENGERS)
    yield refused(lambda: table.dataset(target="Name", gaps="drop_rows", text="drop"))
    yield refused(lambda: table.dataset(target="Port", task="regression", gaps="drop_rows", text="drop"))
    yield refused(lambda: table.dataset(target=199))
    yield from (refused(Scene.from_query, query) for query in test_scene.REFUSED)
    yield from (refused(read_weights, content) for content, _ in test_weights.REFUSED.values())
    for query in STUDIES:
        try:
            study(query)
        except LandscapeError as error:
            yield error
    yield refused(lambda: choose("data", "moons", n=3))


def words(error):
    """The words in Latin letters of a refusal's Chinese sentence that neither an id nor the visitor's own are."""
    said = re.sub(r"'[^']*'|\"[^\"]*\"", "", Translator("zh").refusal(error))
    own = str(error.details.get("name", "")) + str(error.details.get("names", ""))
    return [word for word in re.findall(r"[A-Za-z_][A-Za-z_0-9]+", said) if word not in LATIN | IDS and word not in own]


def test_a_chinese_refusal_holds_no_english_word():
    met = list(refusals())
    assert len({error.code for error in met}) > 30
    assert {str(error)[:200]: left for error in met if (left := words(error))} == {}


def test_the_notes_on_a_table_are_said_in_the_language():
    notes = [
        note
        for gaps, text in zip(GAPS[1:], TEXTS[1:], strict=True)
        for note in open_table(test_table.PASSENGERS).dataset(gaps=gaps, text=text).notes
    ]
    assert len({note.code for note in notes}) == 7
    for note in notes:
        own = set(re.findall(r"\w+", str(note.details.get("names", ""))))
        assert set(re.findall(r"[A-Za-z]+", Translator("zh").phrase(note))) <= own
