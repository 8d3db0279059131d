"""Parser: the options of `python -m landscape COMMAND`, most of them with SOURCE and --out FILE.npz, and the exit status of a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from landscape.command import path, replicate, spectrum, surface
from landscape.command.terminal import Progress, Stop
from landscape.command.work import Work
from landscape.errors import Cancelled, LandscapeError, require_whole
from landscape.files.replay import MOST_BYTES
from landscape.sampling.engines import ENGINES

STOPPED = 130  # the exit status of a program that Ctrl-C ended, as in shells
REFUSED = 2
MOST_THREADS = 1024
# Errors after which the same command may succeed, with more disk space or another path, so that its journals are kept. After any other
# error the command has to change, and the journals, kept for the old arguments, would be refused.
MENDABLE = ("journal_foreign", "journal_failed", "result_not_written")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 1 where a claim that should hold does not, 2 after an error (printed as one sentence), or
    130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    stop, progress, threads = Stop(), Progress(sys.stderr), torch.get_num_threads()
    try:
        with stop:
            if options.threads is not None:
                torch.set_num_threads(require_whole(options.command, "threads", options.threads, 1, MOST_THREADS))
            return options.carry_out(options, progress, stop)
    except Cancelled as stopped:
        progress.end(f"Stopped. The same command takes it up{stopped}.")
        return STOPPED
    except LandscapeError as error:
        progress.end(f"{error}")
        return REFUSED
    finally:
        torch.set_num_threads(threads)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
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
        command.add_argument("--seed", type=int, help="seed of directions, probes and batches (default: the scene's, or 0)")
        command.add_argument(
            "--engine", choices=ENGINES, default="local", help="where it is computed: here, or on a Ray cluster (default local)"
        )
        command.add_argument("--threads", type=int, metavar="N", help="threads that torch computes with (default: torch's own choice)")
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
    """Run a command that writes a file; delete its journals once that is written, or after an error that a repetition would not mend."""
    work = Work(options, progress, stop)
    try:
        options.run(options, work)
    except Cancelled:
        raise Cancelled(work.left_out) from None
    except LandscapeError as error:
        if error.code not in MENDABLE:
            work.drop_journals()
        raise
    finally:
        work.close()
    work.drop_journals()
    progress.end(f"{options.out}")
    return 0
