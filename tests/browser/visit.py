"""Pages opened in a real Chromium, watched for errors that a visitor would not see in the picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.server import Server

ARGUMENTS = (
    "--no-sandbox",  # a container's root has no sandbox
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
    "--disable-gpu",  # pages are put together by the processor, as Chromium does by itself where there is no card
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
WAIT = 60_000  # milliseconds; generous, since two busy cores draw WebGL in software


def wait_for_run(page: Page, timeout: float = WAIT) -> None:
    """Return when the script run that the last action started has ended, or waits for a job that the visitor can cancel by now.

    A component may still be drawing.
    """
    page.wait_for_timeout(155)  # the front end gathers changes for 150 ms before it asks for a run
    page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]", timeout=timeout)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning], .st-key-cancel button").first.wait_for(timeout=timeout)
    page.wait_for_timeout(100)


class Contexts:
    """One browser's contexts, one a locale, kept from visit to visit: the scripts in its cache need not be fetched and compiled anew."""

    def __init__(self, browser: Browser):
        self._browser = browser
        self._kept: dict[str, BrowserContext] = {}

    def kept(self, locale: str) -> BrowserContext:
        """Return the context of that locale."""
        if locale not in self._kept:
            self._kept[locale] = self.new(locale)
        return self._kept[locale]

    def new(self, locale: str) -> BrowserContext:
        """Return a context with an empty cache."""
        context = self._browser.new_context(locale=locale)
        context.set_default_timeout(WAIT)
        return context

    def tidy(self) -> None:
        """Close every page of the contexts that stay, and forget what the pages stored there."""
        for context in self._kept.values():
            for page in context.pages:
                page.close()
            context.clear_permissions()
            context.clear_cookies()


class Visit:
    """One test's pages on one server, with all that went wrong on them; callable to open a page."""

    def __init__(self, contexts: Contexts, server: Server):
        self.server = server
        self.errors: list[str] = []
        self.watchers: list[Callable[[Page], None]] = []  # each is told of every page before it is loaded
        self._contexts = contexts
        self._own: list[BrowserContext] = []
        self._pages: list[Page] = []

    def __call__(
        self,
        query: str | dict[str, object] = "",
        lang: str = "en",
        width: int = 1120,
        height: int = 720,
        color_scheme: str = "light",
        path: str = "",
        locale: str = "en-US",
        motion: str = "reduce",
        cached: bool = True,
    ) -> Page:
        """Open the page `path` with `query` and wait for its first run; an empty `lang` leaves the language to the browser's `locale`.

        The window is small and the path does not play by itself (it does with `motion` "no-preference"), since WebGL is drawn in software.
        A browser that is not `cached` has never been here before.
        """
        context = self._contexts.kept(locale) if cached else self._contexts.new(locale)
        if not cached:
            self._own.append(context)
        page = context.new_page()
        self._pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion=motion)
        for watcher in self.watchers:
            watcher(page)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        query = query.lstrip("?") if isinstance(query, str) else urlencode(query)
        parts = [part for part in (query, f"lang={lang}" if lang else "") if part]
        page.goto(f"{self.server.url}/{path.lstrip('/')}{'?' if parts else ''}{'&'.join(parts)}")
        wait_for_run(page)
        return page

    def complaints(self) -> list[str]:
        """Return everything that went wrong so far: console errors, page errors and the server's tracebacks."""
        return [*self.errors, *filter(None, [self.server.complaints()])]

    def photograph(self, folder: Path) -> None:
        """Keep a picture of each open page in `folder`, 0.png and so on, for a failed test."""
        for number, page in enumerate(page for page in self._pages if not page.is_closed()):
            page.screenshot(path=folder / f"{number}.png", full_page=True)

    def close(self) -> None:
        """Close every page."""
        for page in self._pages:
            if not page.is_closed() and page.url.startswith(self.server.url):
                page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self._contexts.tidy()
        for context in self._own:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text} ({message.location.get('url', '')})")
