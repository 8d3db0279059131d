"""The scene of the replication page: which claims, from which seed on, and the verdicts of a run of them as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace

from landscape.catalogue import Parameter
from landscape.replication.claim import Run, Verdict
from landscape.replication.claims import claims, replicate
from landscape.scene.fields import Choice, Group, number, several
from landscape.scene.record import Record

KEYS = tuple(f"claim{k or ''}" for k in (0, *range(2, len(claims) + 1)))


@dataclass(frozen=True)
class ReplicationScene(Record):
    """What the replication page shows, all claims by default."""

    claims: tuple[Choice, ...] = several(claims, KEYS, *map(Choice, claims), group=Group.OBJECTIVE)
    seed: int = number(Parameter("seed", 0, "random seed", 0, 2**31), group=Group.RUN)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its claims."""
        return tuple(choice.name for choice in self.claims)

    def of(self, names: tuple[str, ...]) -> ReplicationScene:
        """Return the scene of these claims, in the order of the catalogue."""
        return replace(self, claims=tuple(self.choose(KEYS[0], name) for name in claims if name in names))


@dataclass(frozen=True, eq=False)
class Replication:
    """The verdicts so far, the claim that is being run ("" when none is), and whether that was all."""

    verdicts: tuple[Verdict, ...] = ()
    running: str = ""
    finished: bool = False


def replicated(
    scene: ReplicationScene, memory: MutableMapping[tuple, object], report: Callable[[str, float], None], should_stop: Callable[[], bool]
) -> Iterator[Replication]:
    """Yield the verdicts of the scene's claims, one after another; one that `memory` holds is not run again."""
    names, found = scene.names, ()
    for k, name in enumerate(names):
        yield Replication(found, name)
        key = ("verdict", name, scene.seed)
        if (verdict := memory.get(key)) is None:
            told = Run(scene.seed, lambda share, k=k: report("replicating", (k + share) / len(names)), should_stop)
            verdict = memory[key] = replicate(name, told)
        found = (*found, verdict)
    yield Replication(found, finished=True)
