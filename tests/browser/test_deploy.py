"""The entry file for Streamlit Community Cloud runs the same app as app.py does."""

import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.server import serve

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with serve(ROOT / "deploy" / "streamlit_app.py", ROOT, tmp_path_factory.mktemp("cloud") / "cloud.log") as server:
        yield server


def test_the_deployed_entry_opens_the_app(visit, cloud, open_page):
    with visit(cloud) as open_deployed:
        page = open_deployed()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page).to_have_title(open_page().title())


def test_the_view_s_plotly_is_served(visit, cloud):
    with visit(cloud) as open_page:
        open_page()
        with urllib.request.urlopen(f"{cloud.url}/app/static/plotly.min.js", timeout=30) as answer:
            assert answer.status == 200
            assert len(answer.read()) > 10**6
