"""What the number of dimensions does: critical points of random landscapes counted beside theory, and the index of a network's by loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from landscape.saddles.gaussian import Census, count_points
from landscape.saddles.indices import IndexByLoss, index_by_loss
from landscape.scene.saddles import SaddlesScene

# Balls in which critical points are counted, for each dimension, and starts in the network's space.
BALLS, STARTS = 100, 100


@dataclass(frozen=True, eq=False)
class SaddleCounts:
    """The critical points of a random landscape of each dimension, `censuses`, and those of a small network by their loss, `network`."""

    scene: SaddlesScene
    censuses: tuple[Census, ...] = ()
    network: IndexByLoss | None = None
    finished: bool = False


def count_stages(scene: SaddlesScene, report: Callable[[str, float], None], should_stop: Callable[[], bool]) -> Iterator[SaddleCounts]:
    """Yield the counts, dimension by dimension, then the network's."""
    found = SaddleCounts(scene)
    for dim in range(1, scene.dimensions + 1):

        def told(share: float, dim: int = dim) -> None:
            report("counting", (dim - 1 + share) / scene.dimensions)

        census = count_points(dim, seed=scene.seed, balls=BALLS, report=told, should_stop=should_stop)
        found = replace(found, censuses=(*found.censuses, census))
        yield found

    def heard(share: float) -> None:
        report("critical", share)

    network = index_by_loss(starts=STARTS, seed=scene.seed, report=heard, should_stop=should_stop)
    yield replace(found, network=network, finished=True)
