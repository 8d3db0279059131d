"""The replication page: what is owed is there before anything runs, a click runs one claim, and what was found stays."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.replication import hessian_outliers
from landscape.replication.claim import Finding, Verdict
from landscape.replication.claims import claims
from landscape.scene import replication as scene
from ui.controls.replication import interval
from ui.jobs.job import memory
from ui.words.translator import LANGUAGES, Translator

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(hessian_outliers, "SEEDS", 1)
    monkeypatch.setattr(hessian_outliers, "CLASSES", (3,))
    memory().clear()


def opened(language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("pages/replication.py")
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption))


def owed(app: AppTest) -> str:
    return unescape("\n".join(element.proto.body for element in app.get("html")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_owed_is_there_before_anything_runs(language, monkeypatch):
    ran = []
    monkeypatch.setattr(scene, "replicate", lambda name, run: ran.append(name))
    t, app = Translator(language), opened(language)
    assert not app.exception and not app.error and ran == []
    for name, entry in claims.items():
        assert t(f"claims.{name}") in said(app) and entry.traits["link"] in said(app)
        assert t.phrase(entry.traits["says"]) in said(app) and not app.button(key=f"run_{name}").disabled
        for measure in entry.traits["measures"]:
            assert interval(measure.band) in owed(app) and str(t.phrase(measure.name)) in owed(app)
    assert said(app).count(t("replication.not_run")) == len(claims)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_click_runs_one_claim_and_what_was_found_stays(language, monkeypatch):
    t, app = Translator(language), opened(language)
    app.button(key="run_hessian_outliers").click().run()
    assert not app.exception
    assert f":green-badge[{t('replication.holds')}]" in said(app) and 'data-tone="good"' in owed(app)
    assert app.button(key="run_hessian_outliers").disabled and said(app).count(t("replication.not_run")) == len(claims) - 1

    verdict = app.session_state["replication.found"]["hessian_outliers", 0]
    risen = replace(verdict.found, findings=(Finding(0, "", 0.25),))
    monkeypatch.setattr(scene, "replicate", lambda name, run: Verdict(name, 0, claims[name].traits["measures"], True, risen, 1.0))
    app.button(key="run_initial_line").click().run()
    assert set(app.session_state["replication.found"]) == {("hessian_outliers", 0), ("initial_line", 0)}
    assert said(app).count(t("replication.not_run")) == len(claims) - 2
    assert t.phrase(claims["initial_line"].traits["why"]) in said(app)  # a rise is none of its band
    assert t("replication.not_here") in said(app)


def test_another_seed_is_not_run_before_it_is_asked_for():
    app = opened(claim="hessian_outliers", seed="3")
    assert app.session_state["replication.scene"].names == ("hessian_outliers",)
    app.button(key="run_all").click().run()
    assert list(app.session_state["replication.found"]) == [("hessian_outliers", 3)]
    app.number_input(key="seed").set_value(4).run()
    assert not app.exception and list(app.session_state["replication.found"]) == [("hessian_outliers", 3)]
    assert said(app).count(Translator("en")("replication.not_run")) == 1


def test_a_link_that_makes_no_sense_is_one_sentence():
    app = opened(claim="phlogiston")
    assert not app.exception and len(app.error) == 1 and "phlogiston" in app.error[0].value
