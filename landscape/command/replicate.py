"""Replicate: `python -m landscape replicate [NAME ...]`, which runs claims of papers and says which hold at this scale."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from math import inf

from landscape.catalogue import Entry
from landscape.command.terminal import Progress, Stop, whole
from landscape.errors import Cancelled, LandscapeError
from landscape.replication.claim import Band, Run, Verdict
from landscape.replication.claims import claims, replicate

STOPPED = 130  # the exit status of a program that Ctrl-C ended, as in shells
HOLDS = {True: "holds", False: "does not hold at this scale", None: "undecided"}


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    command.add_argument("names", nargs="*", metavar="NAME", help=f"which claims (default all): {', '.join(claims)}")
    command.add_argument("--seed", type=whole, default=0, help="the first seed (default %(default)s)")
    command.add_argument("--threads", type=whole, default=1, metavar="N", help="threads that torch computes with (default %(default)s)")


def carry_out(options: argparse.Namespace, progress: Progress, stop: Stop) -> int:
    """Run the claims, print what each says and what was found; return 1 where one that should hold does not, 130 after Ctrl-C."""
    names, verdicts = [known(name) for name in options.names] or list(claims), []
    for name in names:
        progress.begin(name)
        try:
            verdict = replicate(name, Run(options.seed, progress, stop))
        except Cancelled:
            progress.end(f"Stopped after {len(verdicts)} of {len(names)} claims.")
            return STOPPED
        verdicts.append(verdict)
        progress.end("")
        print("\n".join(lines(claims[name], verdict)), flush=True)
    progress.end(summary(verdicts))
    return int(not all(verdict.as_expected for verdict in verdicts))


def known(name: str) -> str:
    """Return `name` if it is a claim's; refuse it otherwise, with the nearest that is."""
    if name not in claims:
        (nearest,) = get_close_matches(name, claims, n=1, cutoff=0.0)
        raise LandscapeError("unknown_claim", owner="replicate", known=", ".join(claims), nearest=nearest, got=repr(name)[:60])
    return name


def lines(entry: Entry, verdict: Verdict) -> list[str]:
    """Return what is printed of a claim and its verdict."""
    traits, found = entry.traits, verdict.found
    said = [f"{entry.name}: {HOLDS[verdict.holds]}  ({verdict.seconds:.1f} s, {found.evaluations} evaluations, seed {verdict.seed})"]
    said += [f"  {traits['says']}", f"  {entry.source}  {traits['link']}"]
    for k, measure in enumerate(traits["measures"]):
        values = ", ".join(f"{finding.value:.4g}" + (f" ({finding.setting})" if finding.setting else "") for finding in verdict.measured(k))
        said.append(f"    {measure.name}  [{interval(measure.band)}]  {values}")
    if verdict.holds is not True:
        said.append(f"  {traits['why'] if found.unfit is None else found.unfit}")
    return said


def interval(band: Band) -> str:
    """Return a band as text."""
    if band.low == -inf:
        return f"at most {band.high:g}"
    return f"at least {band.low:g}" if band.high == inf else f"{band.low:g} to {band.high:g}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return how many hold, how many do not, and how long all took."""
    counts = ", ".join(f"{word}: {sum(verdict.holds is holds for verdict in verdicts)}" for holds, word in HOLDS.items())
    return f"{counts}; {sum(verdict.seconds for verdict in verdicts):.0f} s"
