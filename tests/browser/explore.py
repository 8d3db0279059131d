"""The Explore page in a browser, by handles that outlive its looks: what is drawn, what the wire carries, and a visitor's hands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from landscape.scene.scene import Scene
from tests.browser.visit import WAIT
from ui.browser.packing import unpack

Place = tuple[float, float]

SETTLED = """() => {
  const app = document.querySelector('[data-testid=stApp]')?.dataset, busy = document.querySelector('.st-key-cancel');
  return app?.testConnectionState === 'CONNECTED' && app.testScriptState === 'notRunning' && !busy;
}"""
MENU = ":is(.st-key-pages, .st-key-pages_narrow) [data-testid=stPopoverButton]"
RANGES = "['xaxis', 'yaxis'].map(name => document.querySelector('.lv-map')._fullLayout[name].range)"
CAMERA = "document.querySelector('.lv-relief')._fullLayout?.scene?._scene?.getCamera()"
RESTING = f"""() => new Promise(done => {{
  const read = () => JSON.stringify({CAMERA}), before = read();
  requestAnimationFrame(() => requestAnimationFrame(() => done(before && before === read())));
}})"""


class Wire:
    """What goes between pages and the server: what the view was given, at full precision, and how much the pages have sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self._given: dict[Page, list[bytes]] = {}

    def listen(self, page: Page) -> None:
        """Listen to `page`, which is not loaded yet, from its first byte on."""
        given = self._given.setdefault(page, [])

        def hear(socket: WebSocket) -> None:
            socket.on("framereceived", lambda frame: given.append(frame) if isinstance(frame, bytes) else None)
            socket.on("framesent", lambda frame: self.sent.append(frame if isinstance(frame, bytes) else frame.encode()))

        page.on("websocket", hear)

    def view(self, page: Page) -> dict[str, Any]:
        """Return the data that the page's view was given last."""
        for frame in reversed(self._given[page]):
            message = ForwardMsg.FromString(frame)
            element = message.delta.new_element
            if element.WhichOneof("type") == "bidi_component" and element.bidi_component.id.endswith("-view"):
                return given(element.bidi_component.bytes)
        raise LookupError("the view was given nothing yet")

    def losses(self, page: Page) -> list[list[float | str]]:
        """Return the losses of each path, as the view was given them."""
        return [list(path["losses"]) for path in self.view(page)["timeline"]["paths"]]


def given(data: bytes) -> dict[str, Any]:
    """Return what the view was given: the message that all sessions share, and after it the session's own values."""
    end = len(data) - 4 - int.from_bytes(data[-4:], "little")
    return {**unpack(data[:end]), **json.loads(data[end:-4])}


def picture(message: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the figure of that picture, of what the view was given."""
    return next(picture["figure"] for picture in message["pictures"] if picture["key"] == key)


def drawn(page: Page, timeout: float = WAIT) -> str:
    """Wait until the scene's last picture is on the page; return which run it shows."""
    page.wait_for_selector(".lv[data-shown]", timeout=timeout)
    page.wait_for_function(SETTLED, timeout=timeout)
    return page.locator(".lv").get_attribute("data-shown")


def redrawn(page: Page, act: Callable[[], object]) -> str:
    """Do `act` and wait until the picture of another scene is there."""
    before = drawn(page)
    act()
    page.wait_for_function("run => document.querySelector('.lv').dataset.shown !== run", arg=before)
    return drawn(page)


def at_rest(page: Page) -> None:
    """Put the playhead at the end, as a visitor does with the End key."""
    page.locator(".lv-scrubber").press("End")
    page.wait_for_selector(".lv-play[data-playing=false]")


def query(page: Page) -> dict[str, str]:
    """Return what the address bar says."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def start(page: Page) -> Place | None:
    """Return the start in the address bar."""
    parts = query(page).get("start", "").split(",")
    return (float(parts[0]), float(parts[1])) if len(parts) == 2 else None


def widget(page: Page, key: str) -> Locator:
    """Return the Streamlit widget of that key; a dot in a key is a dash in its class."""
    return page.locator(f".st-key-{key.replace('.', '-')}")


def nudge(page: Page, key: str, keystroke: str = "ArrowRight", times: int = 1) -> None:
    """Move the slider of that key from the keyboard."""
    handle = widget(page, key).locator("input[type=range]")
    handle.focus()
    for _ in range(times):
        handle.press(keystroke)


def pick(page: Page, key: str, title: str) -> None:
    """Choose the option with that title in the select box of that key."""
    widget(page, key).get_by_role("combobox").click()
    page.get_by_role("option", name=title, exact=True).click()


def open_settings(page: Page, key: str) -> None:
    """Open the popover with the settings of the select box of that key."""
    row = widget(page, key).locator("xpath=ancestor::*[@data-testid='stHorizontalBlock'][1]")
    row.get_by_test_id("stPopoverButton").first.click()  # a hidden second one only measures the width


def go_to(page: Page, title: str) -> None:
    """Go to the page of that title by the menu: the one in the sidebar, or the one above a narrow page."""
    page.locator(MENU).filter(visible=True).first.click()
    page.get_by_role("link", name=title, exact=True).filter(visible=True).click()


def camera(page: Page) -> list[float]:
    """Return where the relief is looked at from, once it has come to rest."""
    page.wait_for_function(RESTING)
    seen = page.evaluate(CAMERA)
    return [seen[part][axis] for part in ("eye", "center", "up") for axis in "xyz"]


def rotate(page: Page, dx: int = 130, dy: int = 40) -> None:
    """Drag the relief with the mouse."""
    x, y = center(page.locator(".lv-relief").first)
    page.mouse.move(x, y)
    page.mouse.down()
    for share in (0.25, 0.5, 0.75, 1.0):
        page.mouse.move(x + dx * share, y + dy * share)
    page.mouse.up()


def center(element: Locator) -> Place:
    """Return the middle of an element on the page."""
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pixel(page: Page, a: float, b: float) -> Place:
    """Return where the contour shows (a, b), from the drawn box and the ranges of its axes alone."""
    ranges = page.evaluate(RANGES)
    box = page.locator(".lv-map .nsewdrag").bounding_box()
    (a_lo, a_hi), (b_lo, b_hi) = ranges
    return box["x"] + box["width"] * (a - a_lo) / (a_hi - a_lo), box["y"] + box["height"] * (b_hi - b) / (b_hi - b_lo)


def cell(page: Page) -> Place:
    """Return the size of one cell of the drawn grid."""
    cells = Scene.from_query(query(page)).resolution - 1
    return tuple((high - low) / cells for low, high in page.evaluate(RANGES))


def step(page: Page) -> int:
    """Return the playhead's step."""
    return int(page.locator(".lv-scrubber").input_value())


def alerts(page: Page) -> list[str]:
    """Return the sentences of refusal on the page."""
    return page.get_by_test_id("stAlertContainer").get_by_test_id("stMarkdownContainer").all_inner_texts()
