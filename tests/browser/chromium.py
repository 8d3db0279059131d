"""Finds a Chromium for the browser tests, or gets one: `python -m tests.browser.chromium` prints its path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
INSTALLERS = (  # the system's package managers, each with the commands that bring a Chromium
    ("apt-get", ("apt-get update", "apt-get install -y --no-install-recommends chromium")),
    ("dnf", ("dnf install -y chromium",)),
    ("pacman", ("pacman -Sy --noconfirm chromium",)),
    ("zypper", ("zypper --non-interactive install chromium",)),
    ("apk", ("apk add chromium",)),
    ("brew", ("brew install --cask chromium",)),
)
NONE_FOUND = (
    "The browser tests need Chromium and none could be had: install chromium or google-chrome with your package manager, "
    "or set CHROMIUM to the path of one."
)


class NoChromium(RuntimeError):
    """There is no Chromium that starts."""


def find() -> str:
    """Return the path of a Chromium that starts: $CHROMIUM, one on the PATH, or Playwright's own. Raises NoChromium."""
    named = os.environ.get("CHROMIUM")
    if named:
        if starts(named):
            return named
        raise NoChromium(f"CHROMIUM names {named!r}, which is no browser that starts; correct it or unset it.")
    for path in candidates():
        if starts(path):
            return path
    raise NoChromium(NONE_FOUND)


def obtain() -> str:
    """Return the path of a Chromium that starts; where there is none, let Playwright or the system bring one. Raises NoChromium."""
    for step in (
        download,
        install_system_libraries,
        *(lambda c=commands: install(c) for tool, commands in INSTALLERS if shutil.which(tool)),
    ):
        try:
            return find()
        except NoChromium:
            if os.environ.get("CHROMIUM"):
                raise
        step()
    return find()


def installed() -> Iterable[str]:
    """Yield the browsers that the system has."""
    yield from filter(None, map(shutil.which, NAMES))
    yield from (str(path) for path in APPLICATIONS if path.exists())


def candidates() -> Iterable[str]:
    """Yield what may be a browser, the system's before Playwright's."""
    yield from installed()
    if own := downloaded():
        yield own


def downloaded() -> str | None:
    """Return where Playwright keeps its own Chromium, if it is there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def starts(path: str) -> bool:
    """Whether the program runs at all: a downloaded browser may lack system libraries, a distribution's name may be an empty shell."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def download() -> None:
    """Let Playwright download its own Chromium; on a closed network this fails and the system's packages are next."""
    run([sys.executable, "-m", "playwright", "install", "chromium"])


def install_system_libraries() -> None:
    """Install the libraries that Playwright's Chromium links to, where a bare Linux has the browser but not these."""
    if sys.platform == "linux" and downloaded() and shutil.which("apt-get"):
        run([*rights(), sys.executable, "-m", "playwright", "install-deps", "chromium"])


def install(commands: Iterable[str]) -> None:
    """Run a package manager's commands, as root where it needs that."""
    for command in commands:
        run([*(rights() if not command.startswith("brew") else []), *command.split()])


def rights() -> list[str]:
    """Return what stands before a command that needs root: nothing for root, else sudo, which must not ask."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def run(command: list[str]) -> None:
    """Run one step and say so; whether it helped is seen from the browser it leaves behind, so its exit status does not matter."""
    print("Looking for a Chromium:", " ".join(command), file=sys.stderr, flush=True)
    try:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            timeout=600,
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)


if __name__ == "__main__":
    try:
        print("Chromium for the browser tests:", obtain())
    except NoChromium as refusal:
        sys.exit(str(refusal))
