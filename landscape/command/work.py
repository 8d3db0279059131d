"""Work: the objective, progress line and journals of one command."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import torch

from landscape.command.source import fingerprint, opened
from landscape.command.terminal import Progress, Stop
from landscape.errors import require_range
from landscape.files.destination import require_destination, require_space
from landscape.files.journal import Journal
from landscape.files.replay import Journalled
from landscape.files.result import require_room
from landscape.objectives.functions import AnalyticFunction
from landscape.objectives.risk import EmpiricalRisk
from landscape.sampling.engines import Spread


class Work:
    """The objective of a command, its scene with the study of it (or None), its seed, and its journals beside the result file.

    What it opens stays open `until` that is closed: workers on a cluster, and the way to the modules beside a study.
    """

    def __init__(self, options: argparse.Namespace, progress: Progress, stop: Stop, until: ExitStack):
        self.progress, self.stop = progress, stop
        self._out = require_destination(options.out, overwrite=options.force, instead="force_option")
        self._most_bytes = int(require_range(options.command, "journal", options.journal, 0, 10**6) * 10**9)
        self._journals: list[Journal] = []
        self._open = until
        self.objective, self.study = opened(options.source, progress, stop, self._open)
        self.scene = None if self.study is None else self.study.scene
        self.verdict = self.objective.verdict if isinstance(self.objective, EmpiricalRisk) else None
        self.seed = options.seed if options.seed is not None else 0 if self.scene is None else self.scene.seed
        self.recipe = {"command": options.command, "source": options.source, "objective": fingerprint(self.objective)}
        self.recipe["threads"] = torch.get_num_threads()  # the last digits depend on it
        self._spread = options.engine == "ray" and options.command != "surface"  # for a surface the points are distributed
        self.recipe |= {"engine": options.engine} if self._spread else {}
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

    def require_room(self, numbers: int) -> None:
        """Refuse a result of so many numbers where no file, or not the disk, has room for it."""
        require_room(numbers)
        require_space(self._out, numbers * self.objective.dtype.itemsize)

    @property
    def left_out(self) -> str:
        """A text on the evaluations that exceeded the journal's size limit; "" if there are none."""
        lost = 0 if self._journalled is None else self._journalled.given - self._journalled.kept
        return f", but for the last {lost} of {self._journalled.given} evaluations: --journal gives more room" if lost > 0 else ""

    @property
    def kept(self) -> list[Path]:
        """The journals that hold something to take up."""
        return [journal.path for journal in self._journals if len(journal)]

    def drop_journals(self) -> None:
        """Delete the journals from the disk."""
        for journal in self._journals:
            journal.path.unlink(missing_ok=True)

    def drop_empty_journals(self) -> None:
        """Delete the journals that hold nothing: they would only be in the way of another command."""
        for journal in self._journals:
            if not len(journal):
                journal.path.unlink(missing_ok=True)
