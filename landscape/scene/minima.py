"""The scene of the Minima page: which study, with its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from landscape.minima.studies import studies
from landscape.minima.study import Report, ShouldStop
from landscape.scene.fields import Choice, Group, chosen
from landscape.scene.record import Record


@dataclass(frozen=True)
class MinimaScene(Record):
    """What the Minima page shows."""

    study: Choice = chosen(studies, "wells", group=Group.OBJECTIVE, moves=True)

    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[object]:
        """Yield what the scene's study finds, as it grows."""
        return self.study.build(studies).stages(report, should_stop)
