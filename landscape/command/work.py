"""Work: the objective, progress line and journals of one command."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from contextlib import ExitStack

import torch

from landscape.command.source import fingerprint, opened
from landscape.command.terminal import Progress, Stop
from landscape.errors import require_range
from landscape.files.journal import Journal
from landscape.files.replay import Journalled
from landscape.objectives.functions import AnalyticFunction
from landscape.sampling.engines import Spread


class Work:
    """The objective of a command, its scene with the study of it (or None), its seed, and its journals beside the result file."""

    def __init__(self, options: argparse.Namespace, progress: Progress, stop: Stop):
        self.progress, self.stop = progress, stop
        self.objective, self.study = opened(options.source, progress, stop)
        self.scene = None if self.study is None else self.study.scene
        self.seed = options.seed if options.seed is not None else 0 if self.scene is None else self.scene.seed
        self.recipe = {"command": options.command, "source": options.source, "objective": fingerprint(self.objective)}
        self.recipe["threads"] = torch.get_num_threads()  # the last digits depend on it
        self._spread = options.engine == "ray" and options.command != "surface"  # for a surface the points are distributed
        self.recipe |= {"engine": options.engine} if self._spread else {}
        self._out, self._most_bytes = options.out, int(require_range(options.command, "journal", options.journal, 0, 10**6) * 10**9)
        self._journals: list[Journal] = []
        self._open = ExitStack()
        self._journalled: Journalled | None = None

    def journal(self, suffix: str, asked: Mapping[str, object]) -> Journal:
        """Return the journal of the computation with these arguments, new or continued."""
        self._journals.append(Journal(self._out.with_name(self._out.name + suffix), json.dumps(self.recipe | asked, sort_keys=True)))
        return self._journals[-1]

    def journalled(self, suffix: str, asked: Mapping[str, object]) -> Journalled:
        """Return the objective with its evaluations kept in a journal; the study uses it, too, unless it is a test function."""
        journal = self.journal(suffix, asked)
        objective = self._open.enter_context(Spread(self.objective, should_stop=self.stop)) if self._spread else self.objective
        self._journalled = Journalled(objective, journal, most_bytes=self._most_bytes, should_stop=self.stop)
        if self.study is not None and not isinstance(self.objective, AnalyticFunction):
            self.study.objective = self._journalled
        return self._journalled

    def close(self) -> None:
        """Stop the workers on a cluster."""
        self._open.close()

    @property
    def left_out(self) -> str:
        """A text on the evaluations that exceeded the journal's size limit; "" if there are none."""
        lost = 0 if self._journalled is None else self._journalled.given - self._journalled.kept
        return f", but for the last {lost} of {self._journalled.given} evaluations: --journal gives more room" if lost > 0 else ""

    def drop_journals(self) -> None:
        """Delete the journals from the disk."""
        for journal in self._journals:
            journal.path.unlink(missing_ok=True)
