"""The two languages say the same: same keys, same fields, nothing left in English, nothing unused."""

import ast
import json
import re
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import pytest

from landscape.errors import REFUSALS, LandscapeError
from ui.registry import PAGES
from ui.words import translator as i18n
from ui.words.translator import LANGUAGES, LOCALES, Translator, catalogues, declared_texts, pick_language, texts

ROOT = Path(__file__).resolve().parents[3]
CODE = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]

# Keys that the code puts together: t(f"nav.{page}") makes "nav." such a prefix.
DYNAMIC = (
    "error.",
    "axis.",
    "explore.",
    "figure.",
    "formula.",
    "gallery.",
    "minima.",
    "option.",
    "outliers.",
    "progress.",
    "race.",
    "saddles.",
    "source.",
    "view.",
    "sculpt.about.",
    "sculpt.control.",
    "sculpt.measure.",
    "sculpt.picture.",
    "sculpt.ring.",
    "sculpt.solver.",
    "sculpt.word.",
)

# What a Chinese reader writes in Latin letters too: names of algorithms and functions.
SAME = {
    "option.exponential",  # the curves of the corner are said by their formulas
    "option.log_cosh",
    "race.corner.at",
    "activations.sigmoid",
    "activations.relu",
    "activations.leaky_relu",
    "activations.prelu",
    "activations.elu",
    "activations.gelu",
    "activations.silu",
    "activations.maxout",
    "activations.softmax",
    "option.he",
    "option.xavier",
    "optimizers.adagrad",
    "optimizers.rmsprop",
    "optimizers.adam",
    "optimizers.adamw",
    "optimizers.adadelta",
    "optimizers.nadam",
    "optimizers.radam",
    "optimizers.muon",
    "optimizers.lbfgs",
}

CJK = re.compile(r"[\u4e00-\u9fff]")


def fields(text):
    return sorted(set(re.findall(r"\{([a-z_]+)\}", text)))


def wordless(text):
    """Whether a sentence is made of fields alone, as {owner} is."""
    return not re.search(r"[^\W\d_]", re.sub(r"\{\w+\}", "", text))


def literals(tree):
    """Every string constant of the code but its docstrings, the constant parts of f-strings among them."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    }


def sources():
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in CODE if path.exists()]


def translations(tree):
    """Every call t("key", ...) with a literal key."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args:
            if isinstance(node.args[0], ast.Constant):
                yield node


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice_in_a_file(language):
    pairs = json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8"), object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert sorted(keys) == sorted(set(keys))


def test_the_app_s_own_english_repeats_nothing_that_the_package_declares():
    own = json.loads((LOCALES / "en.json").read_text(encoding="utf-8"))
    assert not set(own) & set(declared_texts())


def test_every_english_sentence_is_in_chinese_and_the_other_way_round():
    english, chinese = set(texts("en")), set(texts("zh"))
    assert sorted(english - chinese) == [], "not translated"
    assert sorted(chinese - english) == [], "translated, but no longer said"


def test_every_translation_has_the_fields_of_the_english_sentence():
    english, chinese = texts("en"), texts("zh")
    assert [key for key in english if fields(english[key]) != fields(chinese[key])] == []


def test_no_sentence_is_empty_or_has_loose_spaces():
    assert [(language, key) for language in LANGUAGES for key, text in texts(language).items() if not text or text != text.strip()] == []


def test_chinese_is_written_in_chinese():
    assert {key for key, text in texts("zh").items() if not CJK.search(text) and not wordless(text)} - SAME == set()


def test_what_may_stay_in_latin_letters_does():
    assert {key for key in SAME if CJK.search(texts("zh")[key])} == set()


def test_a_chinese_character_is_followed_by_chinese_punctuation():
    assert {key: text for key, text in texts("zh").items() if re.search(r"[\u4e00-\u9fff][,;:?!]", text)} == {}


def test_english_holds_no_chinese_and_no_british_spelling():
    british = re.compile(r"\b(colour|normalis|optimis|minimis|behaviour|centre|neighbour)", re.IGNORECASE)
    assert {key: text for key, text in texts("en").items() if CJK.search(text) or british.search(text)} == {}


def test_every_sentence_of_the_app_is_used():
    said = set().union(*(literals(tree) for _, tree in sources()))
    own = json.loads((LOCALES / "en.json").read_text(encoding="utf-8"))
    made = (*DYNAMIC, *(f"{catalogue.noun}." for catalogue in catalogues()))  # the controls say each entry and parameter of a catalogue
    said |= {f"pages.{page.id}" for page in PAGES} | {f"pages.group.{page.group}" for page in PAGES}
    assert [key for key in own if key not in said and not key.startswith(made)] == []


def test_every_declared_prefix_is_used():
    said = set().union(*(literals(tree) for _, tree in sources()))
    assert [prefix for prefix in DYNAMIC if not any(text.startswith(prefix) for text in said)] == []


def test_every_key_in_the_code_exists_and_gets_exactly_its_fields():
    wrong = []
    for path, tree in sources():
        for call in translations(tree):
            key, given = call.args[0].value, [keyword.arg for keyword in call.keywords]
            wanted = fields(texts("en").get(key, "{}"))
            if key not in texts("en") or (None not in given and given and sorted(given) != wanted):
                wrong.append(f"{path.name}:{call.lineno} {key} {given}")
    assert wrong == []


def test_the_check_of_keys_sees_a_call():
    (call,) = translations(ast.parse('t("nav.explore", n=1); t(key); other("x")'))
    assert call.args[0].value == "nav.explore"


def test_titles_and_meanings_come_from_the_catalogues():
    for catalogue in catalogues():
        for entry in catalogue.values():
            assert Translator("en")(f"{catalogue.noun}.{entry.name}") == entry.title
            for parameter in entry.parameters:
                assert Translator("en")(f"{catalogue.noun}.{entry.name}.{parameter.name}") == parameter.meaning


def test_nouns_of_the_catalogues_are_distinct():
    nouns = [catalogue.noun for catalogue in catalogues()]
    assert sorted(nouns) == sorted(set(nouns))


def details_of(code):
    """Details that fill every field of the refusal: each field's own name in angle brackets."""
    refusal = REFUSALS[code]
    parts = (refusal.what, refusal.rule, refusal.remedy)
    names = {name for part in parts for _, name, _, _ in Formatter().parse(part) if name}
    return {name: f"<{name}>" for name in names} | {"got": "<got>"}


@pytest.mark.parametrize("code", REFUSALS)
def test_an_english_refusal_reads_as_the_error_itself(code):
    error = LandscapeError(code, **details_of(code))
    assert Translator("en").refusal(error) == str(error)


@pytest.mark.parametrize("code", REFUSALS)
def test_a_chinese_refusal_keeps_what_was_got_and_every_detail(code):
    error = LandscapeError(code, **details_of(code))
    said = Translator("zh").refusal(error)
    assert CJK.search(said)
    assert all(value in said for value in details_of(code).values())


def test_fields_are_filled_once_and_other_braces_stay(monkeypatch):
    monkeypatch.setattr(i18n, "texts", lambda language: {"k": r"{a} of {b}: $\frac{1}{n}$"})
    assert Translator("en")("k", a="{b}", b=2) == r"{b} of 2: $\frac{1}{n}$"
    assert Translator("en")("k") == r"{a} of {b}: $\frac{1}{n}$"


def test_a_value_without_a_field_is_refused(monkeypatch):
    monkeypatch.setattr(i18n, "texts", lambda language: {"k": "{a}"})
    with pytest.raises(KeyError, match="k has no field b"):
        Translator("en")("k", a=1, b=2)


def test_an_unknown_key_is_refused():
    with pytest.raises(KeyError, match="no.such.key"):
        Translator("zh")("no.such.key")


@pytest.mark.parametrize("language", ["", "xx", "EN", "../zh", None, "zh" * 5000])
def test_an_unknown_language_is_english(language):
    assert Translator(language).language == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dictionaries_cannot_be_changed(language):
    with pytest.raises(TypeError, match="does not support item assignment"):
        texts(language)["error.sentence"] = "changed for everybody"


@pytest.mark.parametrize(
    ("asked", "remembered", "locale", "language"),
    [
        (None, None, "zh-CN", "zh"),
        (None, None, "zh", "zh"),
        (None, None, "ZH-Hant-TW", "zh"),
        (None, None, "de-DE", "en"),
        (None, None, None, "en"),
        ("en", "zh", "zh-CN", "en"),
        ("zh", "en", "en-US", "zh"),
        (None, "zh", "en-US", "zh"),
        ("<script>", "zh", "en-US", "zh"),
        ("zh\x00", None, "en-US", "en"),
        (["zh"], {"zh": 1}, "en-US", "en"),
    ],
)
def test_the_url_goes_before_the_session_and_the_session_before_the_browser(asked, remembered, locale, language):
    assert pick_language(asked, remembered, locale) == language


def test_the_session_remembers_the_language(monkeypatch):
    browser = SimpleNamespace(query_params={"lang": "zh"}, session_state={}, context=SimpleNamespace(locale="en-US"))
    monkeypatch.setattr(i18n, "st", browser)
    assert i18n.current_translator().language == "zh"
    browser.query_params = {}  # as after a change of page
    assert i18n.current_translator().language == "zh"


def test_a_citation_s_own_words_are_said_in_the_language_and_names_stay():
    chinese, printed = Translator("zh"), "LeCun et al. 1998, section II.B; as a loss: Sections & Tables 2009, table 12.1, section 4"
    assert Translator("en").source(printed) == printed
    assert (
        chinese.source(printed)
        == "LeCun et al. 1998, 第\u00a0II.B\u00a0节; 作为损失: Sections & Tables 2009, 表\u00a012.1, 第\u00a04\u00a0节"
    )


def test_no_citation_of_the_catalogues_keeps_an_english_word_of_place():
    sources = {entry.source for catalogue in catalogues() for entry in catalogue.values()}
    words = re.compile(r"\b(section|equation|algorithm|table|lecture|chapter|page|figure|no\.|appendix|weights|named|factor|for 95) ")
    assert {source for source in sources if words.search(source)} != set()
    assert {said for source in sources if words.search(said := Translator("zh").source(source))} == set()


def test_the_words_in_a_formula_are_said_in_the_language():
    formulas = [entry.formula for catalogue in catalogues() for entry in catalogue.values() if "text{" in entry.formula]
    assert formulas and [Translator("en").formula(formula) for formula in formulas] == formulas
    assert not [said for said in map(Translator("zh").formula, formulas) if re.search(r"text\{[^}]*[A-Za-z]", said)]
    assert Translator("zh").formula(r"a \text{ learned}") == r"a \text{ 由学习得到}"
