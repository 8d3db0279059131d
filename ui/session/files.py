"""The visitor's own files in this session: tables and weights, by the fingerprint of their bytes."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from landscape.data.table import Table
from landscape.files.weights import Weights

if TYPE_CHECKING:
    from landscape.scene.record import Record


@dataclass(frozen=True)
class Files:
    """The visitor's own files that scenes name, by the fingerprint of their bytes: tables, weights, and the names of their files."""

    tables: MutableMapping[str, Table] = field(default_factory=dict)
    weights: MutableMapping[str, Weights] = field(default_factory=dict)
    names: MutableMapping[str, str] = field(default_factory=dict)

    def keep_weights(self, weights: Weights, name: str, most: int) -> None:
        """Keep these weights too, but no more than `most` in all."""
        self._keep(self.weights, weights.fingerprint, weights, name, most)

    def keep_table(self, table: Table, fingerprint: str, name: str, most: int) -> None:
        """Keep this table too, but no more than `most` in all."""
        self._keep(self.tables, fingerprint, table, name, most)

    def _keep(self, kept: MutableMapping[str, object], fingerprint: str, file: object, name: str, most: int) -> None:
        kept[fingerprint], self.names[fingerprint] = file, name
        while len(kept) > most:
            oldest = next(iter(kept))
            del kept[oldest], self.names[oldest]

    def copy(self) -> Files:
        """Return what is there now: a worker must not see the session change."""
        return Files(dict(self.tables), dict(self.weights), dict(self.names))

    def brought(self, scene: Record) -> frozenset[str]:
        """Return the fingerprints of those files which the scene names and which are here.

        They are part of what is asked for: who lacks a file shares no result with those who have it.
        """
        named = {getattr(scene, "table", ""), getattr(scene, "weights", "")}
        return frozenset(named & {*self.tables, *self.weights})


def session_files() -> Files:
    """Return this session's files."""
    return Files(*(st.session_state.setdefault(kind, {}) for kind in ("tables", "weights_read", "weights_names")))
