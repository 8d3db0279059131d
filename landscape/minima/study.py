"""Study: a frozen record of what one question about minima is asked with, and the generator of its growing answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

Report = Callable[[str, float], None]
ShouldStop = Callable[[], bool]


class Study(ABC):
    """One question about minima. A study is a frozen record whose fields are the parameters of its entry in `studies`."""

    @abstractmethod
    def stages(self, report: Report, should_stop: ShouldStop) -> Iterator[object]:
        """Yield frozen results, each fuller than the one before; the last one's attribute `finished` is true.

        `report` hears the stage and its finished share; where `should_stop` answers True, `Cancelled` is raised.
        """
