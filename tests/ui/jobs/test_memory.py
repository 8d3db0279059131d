"""The memory that all sessions share: bounded in bytes, the least recently used forgotten first."""

from __future__ import annotations

import numpy as np
import pytest

from landscape.sampling.surface import Surface
from ui.jobs.memory import OVERHEAD, Memory, array_bytes


def entry(count: int) -> np.ndarray:
    return np.zeros(count)


def test_the_least_recently_read_entry_is_forgotten_first():
    memory = Memory(3 * (800 + OVERHEAD))
    for name in "abc":
        memory[(name,)] = entry(100)
    assert memory[("a",)].shape == (100,)
    memory[("d",)] = entry(100)
    assert set(memory) == {("a",), ("c",), ("d",)}


def test_writing_a_key_again_counts_its_new_size_only():
    memory = Memory(2 * (800 + OVERHEAD))
    for _ in range(5):
        memory[("a",)] = entry(100)
    memory[("b",)] = entry(100)
    assert len(memory) == 2


def test_a_value_too_large_by_itself_is_not_kept():
    memory = Memory(10_000)
    memory[("small",)] = entry(10)
    memory[("large",)] = entry(10_000)
    assert ("large",) not in memory
    assert memory.get(("large",)) is None


def test_a_deleted_entry_frees_its_room():
    memory = Memory(800 + OVERHEAD)
    memory[("a",)] = entry(100)
    del memory[("a",)]
    memory[("b",)] = entry(100)
    assert set(memory) == {("b",)}
    with pytest.raises(KeyError, match="a"):
        del memory[("a",)]


def test_the_arrays_of_records_and_tuples_count():
    surface = Surface(entry(7), entry(5), np.zeros((5, 7)), np.zeros((5, 7)), 35)
    assert array_bytes((surface, entry(3))) == 8 * (7 + 5 + 35 + 35 + 3)
