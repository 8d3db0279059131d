"""The catalogue of studies of minima: each builds a frozen `Study` from its parameters.

Traits, where an entry has them: `dials`, the parameters that are set on the board and not beside it; `ticks`, for a learning rate's name
the largest stable rates that are marked under its slider.
"""

from __future__ import annotations

from landscape.catalogue import Catalogue
from landscape.minima.basins import PERSISTENCE
from landscape.minima.batches import BATCH_STUDY
from landscape.minima.depth import DEPTH
from landscape.minima.edge import EDGE
from landscape.minima.modes import CONNECTION
from landscape.minima.river import RIVER
from landscape.minima.sharp_aware import SAM
from landscape.minima.wells import WELLS

studies = Catalogue("studies").extended(
    WELLS,
    PERSISTENCE,
    CONNECTION,
    DEPTH,
    EDGE,
    BATCH_STUDY,
    SAM,
    RIVER,
)
