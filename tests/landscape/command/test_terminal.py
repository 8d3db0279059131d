"""The terminal: the progress bar with its time left, also after a resume, the count of an unknown total, and Ctrl-C."""

import io
import signal

import pytest

from landscape.command.terminal import Progress, Stop


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def shown(stream):
    return stream.getvalue().rsplit("\r", 1)[-1]


def test_a_bar_tells_share_stage_and_time_left(clock):
    stream = Terminal()
    progress = Progress(stream, clock)
    progress.begin("path")
    clock.now = 30.0
    progress(0.25)
    assert shown(stream) == "████████······················  25 %  path  1:30 left"
    progress.begin("surface", "left at most")
    clock.now = 3630.0
    progress(0.5)
    assert shown(stream).rstrip() == "███████████████···············  50 %  surface  1:00:00 left at most"


def test_what_was_replayed_in_no_time_does_not_shorten_the_time_left_for_long(clock):
    stream = Terminal()
    progress = Progress(stream, clock)
    clock.now = 1.0
    progress(0.5)  # taken up half way
    for minute in range(1, 5):
        clock.now = 60.0 * minute
        progress(0.5 + 0.01 * minute)
    assert "46:00 left" in shown(stream)  # a hundredth a minute


def test_a_count_tells_how_many_and_for_how_long(clock):
    stream = Terminal()
    progress = Progress(stream, clock)
    progress.begin("eigenpairs")
    clock.now = 75.0
    progress.count(41, "products")
    assert shown(stream) == "41 products  eigenpairs  1:15"


def test_it_is_silent_where_nobody_watches_and_rests_between_two_looks(clock):
    quiet, stream = io.StringIO(), Terminal()
    for target in (quiet, stream):
        progress = Progress(target, clock)
        clock.now += 1.0
        progress(0.5)
        before = target.getvalue()
        clock.now += 0.01
        progress(0.6)
        progress.count(3, "products")
        assert target.getvalue() == before
    assert quiet.getvalue() == "" and stream.getvalue() != ""
    progress = Progress(quiet, clock)
    progress.end("done.npz")
    assert quiet.getvalue() == "done.npz\n"


def test_the_end_leaves_nothing_of_the_bar(clock):
    stream = Terminal()
    progress = Progress(stream, clock)
    clock.now = 1.0
    progress(0.5)
    progress.end("x")
    line = stream.getvalue().split("\r")[-2:]
    assert line[0].strip() == "" and len(line[0]) > 40 and line[1] == "x\n"


def test_the_first_ctrl_c_is_heard_and_the_second_ends_at_once():
    before = signal.getsignal(signal.SIGINT)
    with Stop() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt, match="^$"):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
