"""Parser: the options of `python -m landscape COMMAND`, most of them with SOURCE and --out FILE.npz, and the exit status of a command."""

from __future__ import annotations

import argparse
import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import torch

from landscape.command import path, replicate, spectrum, surface
from landscape.command.source import in_a_line
from landscape.command.terminal import Progress, Stop, whole
from landscape.command.work import Work
from landscape.errors import Cancelled, LandscapeError, Phrase, require_whole
from landscape.files.replay import MOST_BYTES
from landscape.sampling.engines import ENGINES

STOPPED = 130  # the exit status of a program that Ctrl-C ended, as in shells
REFUSED = 2
MOST_THREADS = 1024
# Errors after which the same command may succeed, with more disk space or another path, so that its journals are kept. After any other
# refusal the command has to change, and the journals, kept for the old arguments, would be refused.
MENDABLE = (
    *("journal_foreign", "journal_failed", "result_not_written", "result_exists", "result_no_folder", "result_no_space"),
    *("cluster_failed", "cluster_full"),
)
# Refusals of what a user's own code raised, whose traceback is shown.
TRACED = ("study_failed", "command_failed")
# Folders of this package, of Python's own modules and of installed ones.
OURS = f"{Path(__file__).parents[1]}{os.sep}"
INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)[eE][+-]?\d{1,3}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 1 where a claim that should hold does not, 2 after an error (printed as one sentence,
    below the traceback of a study's own), or 130 after Ctrl-C.
    """
    stop, progress, threads = Stop(), Progress(sys.stderr), torch.get_num_threads()
    try:
        options = _parser().parse_args([_plain(argument) for argument in (sys.argv[1:] if arguments is None else arguments)])
        with stop:
            if options.threads is not None:
                torch.set_num_threads(require_whole(options.command, "threads", options.threads, 1, MOST_THREADS))
            return options.carry_out(options, progress, stop)
    except Cancelled as stopped:
        progress.end(f"Stopped. The same command takes it up{stopped}.")
        return STOPPED
    except KeyboardInterrupt:
        progress.end("Stopped at once.")
        return STOPPED
    except LandscapeError as error:
        progress.end("".join(_traceback(error)) + f"{error}")
        return REFUSED
    finally:
        torch.set_num_threads(threads)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are refusals in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise LandscapeError("no_option", owner=self.prog, got=message)


def _plain(argument: str) -> str:
    """Return an argument with a negative number such as -1e-3 written out: argparse takes that for an option."""
    return format(Decimal(argument), "f") if NEGATIVE.fullmatch(argument) else argument


def _traceback(error: LandscapeError) -> list[str]:
    """Return the traceback of what a study raised, from the first line that is not of this package or of Python's imports; of a refusal
    that a line of a study brought about, that line.
    """
    if error.code not in TRACED:
        frames = traceback.extract_tb(error.__traceback__)
        return traceback.format_list([frame for frame in frames if not frame.filename.startswith((OURS, "<frozen", *INSTALLED))])
    cause = error.__cause__
    trace = cause.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith((OURS, "<frozen")):
        trace = trace.tb_next
    if trace is None and not isinstance(cause, SyntaxError):  # which names its own line; any other is a fault of this package
        trace = cause.__traceback__
    return traceback.format_exception(cause.with_traceback(trace))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m landscape", description="Loss landscapes, curvature and paths, into one .npz file; and claims of papers."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module, purpose in (
        ("surface", surface, "sample the loss on a window of a plane"),
        ("spectrum", spectrum, "find the Hessian's outermost eigenpairs"),
        ("path", path, "run an optimizer, the scene's own or another, and keep its path"),
    ):
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        command.set_defaults(run=module.run, command=name, carry_out=_carry_out)
        command.add_argument("source", help="a scene's query, or FILE.py:NAME or MODULE:NAME of an Objective")
        command.add_argument("--out", type=Path, required=True, help="the result, one .npz file")
        command.add_argument("--force", action="store_true", help="replace the result file if there is one")
        command.add_argument("--seed", type=whole, help="seed of directions, probes and batches (default: the scene's, or 0)")
        command.add_argument(
            "--engine", choices=ENGINES, default="local", help="where it is computed: here, or on a Ray cluster (default local)"
        )
        command.add_argument("--threads", type=whole, metavar="N", help="threads that torch computes with (default: torch's own choice)")
        command.add_argument(
            "--journal",
            type=float,
            default=MOST_BYTES / 10**9,
            metavar="GB",
            help="room for gradients and Hessian products on disk until the result is there; what a stopped command had computed past it "
            "is computed again (default %(default)g)",
        )
        module.add_options(command)
    purpose = "run claims of papers at a small scale, and say which hold"
    command = commands.add_parser("replicate", help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
    command.set_defaults(command="replicate", carry_out=replicate.carry_out)
    replicate.add_options(command)
    return parser


def _carry_out(options: argparse.Namespace, progress: Progress, stop: Stop) -> int:
    """Run a command that writes a file; what a user's own code raises in it is the cause of a refusal."""
    work = None
    try:
        with ExitStack() as until:
            work = Work(options, progress, stop, until)
            _run(options, work)
    except (LandscapeError, Cancelled):
        raise
    except KeyboardInterrupt:
        raise Cancelled("" if work is None else work.left_out) from None
    except Exception as error:
        kept = Phrase("kept_in", path=work.kept[0]) if work and work.kept else Phrase("kept_nothing")
        raise LandscapeError("command_failed", owner=options.source, kept=kept, got=in_a_line(error)) from error
    progress.end(f"{options.out}")
    return 0


def _run(options: argparse.Namespace, work: Work) -> None:
    """Run a command; delete its journals once its file is written, or after a refusal that a repetition would not mend."""
    try:
        options.run(options, work)
    except Cancelled:
        raise Cancelled(work.left_out) from None
    except LandscapeError as error:
        if error.code not in MENDABLE:
            work.drop_journals()
        raise
    else:
        work.drop_journals()
    finally:
        work.drop_empty_journals()
