"""Fixtures of the browser tests: the app on a free port, one Chromium, and pages that fail the test on any error."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import find
from tests.browser.explore import Wire
from tests.browser.server import Server, serve
from tests.browser.visit import ARGUMENTS, Contexts, Visit

ROOT = Path(__file__).resolve().parents[2]
REPORT = pytest.StashKey[pytest.TestReport]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the browser tests' files out to two workers, each with a server and a Chromium of its own: two cores bear no more."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    load = [0, 0]
    for path, count in Counter(item.path for item in ours).most_common():
        worker = load.index(min(load))
        load[worker] += count
        for item in ours:
            if item.path == path:
                item.add_marker(pytest.mark.browser)
                item.add_marker(pytest.mark.xdist_group(f"browser {worker}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Remember whether the test itself failed, for the picture taken at its end."""
    report = yield
    if call.when == "call":
        item.stash[REPORT] = report
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(chromium: Browser) -> Contexts:
    return Contexts(chromium)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The lab itself."""
    with serve(ROOT / "app.py", ROOT, tmp_path_factory.mktemp("server") / "app.log") as server:
        yield server


@pytest.fixture
def pictures() -> Path:
    """Where the pictures of failed tests go."""
    return ROOT / "test-results"


@pytest.fixture
def visit(contexts: Contexts, pictures: Path, request: pytest.FixtureRequest) -> Callable[[Server], Visit]:
    """A context manager that opens pages of any server and fails on what goes wrong there."""

    folder = pictures / re.sub(r"[^\w.-]+", "_", request.node.nodeid.removeprefix("tests/browser/"))[:120]

    @contextmanager
    def watched(server: Server) -> Iterator[Visit]:
        pages = Visit(contexts, server)
        complaints = []
        try:
            yield pages
            complaints = pages.complaints()
            assert not complaints, "\n".join(complaints)
        finally:
            report = request.node.stash.get(REPORT, None)  # there already where the visit ends with a fixture, not inside the test
            if complaints or sys.exc_info()[0] or (report and report.failed):
                pages.photograph(folder)
            pages.close()

    return watched


@pytest.fixture
def open_page(visit: Callable[[Server], Visit], app: Server) -> Iterator[Visit]:
    """open_page(query, lang, width, height, color_scheme, path): a page of the lab; any error on it fails the test."""
    with visit(app) as pages:
        yield pages


@pytest.fixture
def wire(open_page: Visit) -> Wire:
    """What the pages that a test opens receive and send."""
    wire = Wire()
    open_page.watchers.append(wire.listen)
    return wire
