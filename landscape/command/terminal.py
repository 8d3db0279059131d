"""Terminal: the numbers given to a command, its progress line, and its interruption by Ctrl-C."""

from __future__ import annotations

import signal
import time
from argparse import ArgumentTypeError
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

BAR = 30
EVERY = 0.1  # seconds between two updates of the line
# Seconds over which the rate of progress is measured: a resumed command replays its journal at a much higher rate.
LATELY = 60.0


def whole(text: str) -> int:
    """Read a whole number from the command line."""
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a whole number such as 5") from None


class Stop:
    """A `should_stop` that returns True once Ctrl-C was pressed, within its context; a second Ctrl-C raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self._asked, self._patient = False, True

    def __call__(self) -> bool:
        return self._asked

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let the first Ctrl-C raise KeyboardInterrupt, in a context that never looks whether there was one."""
        self._patient = False
        try:
            yield
        finally:
            self._patient = True

    def __enter__(self) -> Stop:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, *_: object) -> None:
        if self._asked or not self._patient:
            raise KeyboardInterrupt
        self._asked = True


class Progress:
    """A progress line for the stage named by `begin`, rewritten in place on a terminal; nothing is written to other streams.

    Called with the finished share it shows a bar with the time left; `count` shows a number and the elapsed time, for an unknown total.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic):
        self._stream, self._clock = stream, clock
        self._width = 0
        self.begin("")

    def begin(self, stage: str, left: str = "left") -> None:
        """Start a new stage, with its bar and clock; `left` is the text after the time left, such as "left at most"."""
        self._stage, self._words = f"  {stage}" if stage else "", left
        self._began = self._told = self._clock()
        self._lately = deque([(self._began, 0.0)])

    def __call__(self, share: float) -> None:
        """Show the finished share."""
        if self._due():
            filled = round(BAR * share)
            left = f"{_duration(self._left(share))} {self._words}" if share > 0 else ""
            self._show(f"{'█' * filled}{'·' * (BAR - filled)} {100 * share:3.0f} %{self._stage}  {left}")

    def count(self, number: int, noun: str) -> None:
        """Show a number of items so far and the time since `begin`."""
        if self._due():
            self._show(f"{number} {noun}{self._stage}  {_duration(self._told - self._began)}")

    def end(self, words: str) -> None:
        """Replace the line by these words."""
        self._show("")
        self._stream.write(words + "\n")

    def _due(self) -> bool:
        now = self._clock()
        due = now - self._told >= EVERY
        self._told = now if due else self._told
        return due

    def _left(self, share: float) -> float:
        """Return the estimated seconds left, at the rate of the last minute."""
        self._lately.append((self._told, share))
        while len(self._lately) > 2 and self._told - self._lately[1][0] > LATELY:
            self._lately.popleft()
        began, before = self._lately[0]
        return (self._told - began) * (1 - share) / (share - before) if share > before else 0.0

    def _show(self, line: str) -> None:
        if self._stream.isatty():
            self._stream.write(f"\r{line:<{self._width}}" + ("" if line else "\r"))
            self._width = len(line)
            self._stream.flush()


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
