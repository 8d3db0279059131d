"""Stages: what each topic of the Race page computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from landscape.scene.attraction import attraction
from landscape.scene.contest import contest
from landscape.scene.cornered import cornered
from landscape.scene.racing import RaceStudy
from landscape.scene.rates import rates
from landscape.scene.teamed import teamed

STAGES: Mapping[str, Callable[[RaceStudy], Iterator[object]]] = {
    "race": contest,
    "rates": rates,
    "basins": attraction,
    "corner": cornered,
    "workers": teamed,
}
