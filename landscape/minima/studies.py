"""The catalogue of studies of minima: each builds a frozen `Study` from its parameters."""

from __future__ import annotations

from landscape.catalogue import Catalogue
from landscape.minima.modes import CONNECTION
from landscape.minima.wells import WELLS

studies = Catalogue("studies").extended(
    WELLS,
    CONNECTION,
)
