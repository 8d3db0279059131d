"""A restless visitor: random hands on every control of the Explore page, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error, Locator, Page

from tests.browser.explore import drawn

SIDEBAR = "[data-testid=stSidebar]"
# What Streamlit shows of a page that has died, or of a run that has.
DEAD = "[data-testid=stDialog], [data-testid=stException]"
# A control may go away between the look at it and the hand on it: the next run draws others.
REACH = 1_500
TYPED = ("0", "1", "3", "16", "0.5", "-1", "8-8", "1e9")


class Visitor:
    """One restless visitor of `page`; `act` does the next thing, and `done` counts what was done how often."""

    def __init__(self, page: Page, seed: int):
        self.page, self.done = page, dict.fromkeys(ACTS, 0)
        self._rng = random.Random(seed)

    def act(self) -> str:
        """Do one random thing with one random control, and rest for up to half a second."""
        name = self._rng.choices(list(ACTS), [weight for weight, _ in ACTS.values()])[0]
        try:
            ACTS[name][1](self)
        except Error as error:
            if "Timeout" not in error.message and "not attached" not in error.message and "not visible" not in error.message:
                raise
        else:
            self.done[name] += 1
        self.page.wait_for_timeout(self._rng.choice((0, 20, 80, 150, 300, 500)))
        return name

    def alive(self) -> bool:
        """Say whether the page still answers: connected, without a dialog of an error, and without an exception."""
        connected = self.page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").count() == 1
        return connected and self.page.locator(DEAD).count() == 0

    def one(self, selector: str) -> Locator:
        """Return a random one of what is in sight."""
        found = [item for item in self.page.locator(selector).all() if item.is_visible()]
        return self._rng.choice(found) if found else self.page.locator(selector).first

    def slide(self) -> None:
        """Hold an arrow key down on a slider."""
        handle = self._rng.choice(self.page.locator(f"{SIDEBAR} input[type=range]").all() or [self.page.locator(f"{SIDEBAR} input").first])
        handle.focus(timeout=REACH)
        key = self._rng.choice(("ArrowLeft", "ArrowRight", "ArrowRight", "Home", "End"))
        for _ in range(self._rng.randint(1, 8)):
            handle.press(key, timeout=REACH)
            self.page.wait_for_timeout(self._rng.choice((30, 60, 150, 300)))

    def drag(self) -> None:
        """Drag a slider with the mouse."""
        box = self.one(f"{SIDEBAR} [data-testid=stSlider]").bounding_box(timeout=REACH)
        if box is None:
            return
        y = box["y"] + box["height"] * 0.75
        self.page.mouse.move(box["x"] + box["width"] * self._rng.random(), y)
        self.page.mouse.down()
        for _ in range(5):
            self.page.mouse.move(box["x"] + box["width"] * self._rng.random(), y)
        self.page.mouse.up()

    def choose(self) -> None:
        """Choose another entry in a select box."""
        self.one(f"{SIDEBAR} [role=combobox]").click(timeout=REACH)
        options = self.page.get_by_role("option").all()
        if options:
            self._rng.choice(options).click(timeout=REACH)

    def type(self) -> None:
        """Type something, sensible or not, into a number or text box."""
        field = self.one(f"{SIDEBAR} :is([data-testid=stNumberInput], [data-testid=stTextInput]) input")
        field.press("ControlOrMeta+a", timeout=REACH)
        self.page.keyboard.type(self._rng.choice(TYPED))
        field.press("Enter", timeout=REACH)

    def press(self) -> None:
        """Press a button, a toggle or a fold of the controls, or switch the language."""
        button = f"{SIDEBAR} :is([data-testid=stBaseButton-secondary], summary, [data-testid=stCheckbox] label, [role=radio])"
        self.one(button).click(timeout=REACH)

    def place(self) -> None:
        """Click into a picture, or drag across it."""
        box = self.one(".lv-map, .lv-relief").bounding_box(timeout=REACH)
        if box is None:
            return
        spots = [(box["x"] + box["width"] * self._rng.random(), box["y"] + box["height"] * self._rng.random()) for _ in range(2)]
        self.page.mouse.move(*spots[0])
        self.page.mouse.down()
        if self._rng.random() < 0.4:
            self.page.mouse.move(*spots[1], steps=4)
        self.page.mouse.up()

    def play(self) -> None:
        """Play, pause, step or scrub."""
        if self._rng.random() < 0.5:
            self.one(".lv-transport button").click(timeout=REACH)
        else:
            self.page.locator(".lv-scrubber").press(self._rng.choice(("Home", "End", "ArrowLeft", "PageDown")), timeout=REACH)

    def scene(self) -> None:
        """Pick a scene of the gallery."""
        self.one("[class*=st-key-gallery] a, [class*=st-key-gallery] button").click(timeout=REACH)

    def history(self) -> None:
        """Go back, and perhaps forward again; never out of the app."""
        if self.page.evaluate("history.length") > 4:
            self.page.go_back(wait_until="commit", timeout=REACH)
            if not self.page.url.startswith("http"):
                self.page.go_forward(wait_until="commit")
            if self._rng.random() < 0.5:
                self.page.go_forward(wait_until="commit", timeout=REACH)

    def cancel(self) -> None:
        """Cancel what is computed, if anything is."""
        button = self.page.locator(".st-key-cancel button")
        if button.count():
            button.click(timeout=REACH)

    def escape(self) -> None:
        """Close what is open: a list, a popover."""
        self.page.keyboard.press("Escape")


ACTS: dict[str, tuple[int, Callable[[Visitor], None]]] = {
    "slide": (8, Visitor.slide),
    "drag": (3, Visitor.drag),
    "choose": (6, Visitor.choose),
    "type": (3, Visitor.type),
    "press": (5, Visitor.press),
    "place": (5, Visitor.place),
    "play": (3, Visitor.play),
    "scene": (3, Visitor.scene),
    "history": (3, Visitor.history),
    "cancel": (3, Visitor.cancel),
    "escape": (2, Visitor.escape),
}


def soak(page: Page, seed: int, changes: int, tell: Callable[[int, str], None] = lambda k, name: None) -> Visitor:
    """Let a visitor do `changes` random things; raise AssertionError as soon as the page is dead, and at the end if it draws no more."""
    visitor = Visitor(page, seed)
    for k in range(changes):
        name = visitor.act()
        tell(k, name)
        assert visitor.alive(), f"dead after {k + 1} changes with seed {seed}, the last one: {name}; {page.url}"
    assert 2 * sum(visitor.done.values()) > changes, f"most of the hands found nothing to do: {visitor.done}"
    page.keyboard.press("Escape")
    visitor.cancel()
    drawn(page, 120_000)
    return visitor


def megabytes(process: int) -> float:
    """Return the memory that a process holds, where the system tells; else nan."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000
