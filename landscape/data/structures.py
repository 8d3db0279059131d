"""Data whose samples or classes hang together: a sequence of segments, a tree of classes, queries with documents to rank."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from landscape.catalogue import Catalogue, Parameter
from landscape.data.dataset import Dataset
from landscape.errors import Phrase

structures = Catalogue("datasets")

_STATES = ("helix", "strand", "coil")
# Where the signal of each state is, before noise.
_SIGNALS = np.column_stack([np.cos(2 * np.pi * np.arange(3) / 3), np.sin(2 * np.pi * np.arange(3) / 3)])


@structures.entry(
    "segments",
    "Sequence of segments",
    Parameter("n", 240, "length of the sequence", 10, 5000),
    Parameter("run", 12.0, "mean length of a segment", 1.0, 100.0),
    Parameter("noise", 0.8, "noise", 0.0, 3.0),
    Parameter("window", 0, "neighbors seen on either side", 0, 10),
    formula=r"P(s_{i+1}\ne s_i)=1/\ell,\quad x_i=c_{s_i}+\sigma\varepsilon_i",
    source="Qian and Sejnowski 1988, Predicting the secondary structure of globular proteins",
)
def _segments(seed: int, n: int, run: float, noise: float, window: int) -> Dataset:
    """Like the secondary structure of a protein: samples in the order of the sequence, each with the signal of its state under noise.

    The test part is another sequence. With a `window`, an input is the signals of 2 window + 1 neighbors from left to right, where those
    beyond an end are the last one again.
    """
    rng = np.random.default_rng(seed)
    (inputs, targets), (test_inputs, test_targets) = (_sequence(rng, n, run, noise, window) for _ in range(2))
    features = tuple(f"x{k}{_offset(step)}" for step in range(-window, window + 1) for k in (1, 2))
    fields = {"classes": 3, "feature_names": features, "target_names": tuple(map(Phrase, _STATES))}
    return Dataset(inputs, targets, "classification", test_inputs, test_targets, **fields)


def _sequence(rng: np.random.Generator, n: int, run: float, noise: float, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the inputs and the states of one sequence: a Markov chain that leaves its state with probability 1 / run."""
    turns = np.where(rng.random(n) < 1 / run, rng.integers(1, 3, n), 0)  # to either of the other two states
    turns[0] = rng.integers(3)
    states = np.cumsum(turns) % 3
    signals = _SIGNALS[states] + noise * rng.standard_normal((n, 2))
    padded = np.pad(signals, ((window, window), (0, 0)), mode="edge")
    neighbors = sliding_window_view(padded, 2 * window + 1, axis=0)  # (n, 2, 2 window + 1)
    return neighbors.transpose(0, 2, 1).reshape(n, -1), states


def _offset(step: int) -> str:
    return f"[{step:+d}]" if step else ""


# The leaves of a tree four levels deep, from left to right; neighbors are next of kin, and a shallower tree is its left part.
_LEAVES = (
    *("dog", "wolf", "cat", "lion", "eagle", "hawk", "duck", "goose"),
    *("salmon", "trout", "shark", "ray", "frog", "toad", "lizard", "snake"),
)
_FIRST_FORK, _NEXT_FORK = 2.0, 0.6


@structures.entry(
    "tree",
    "Tree of classes",
    Parameter("n", 400, "number of points", 16, 5000),
    Parameter("depth", 3, "levels of the tree", 1, 4),
    Parameter("spread", 0.6, "spread", 0.0, 3.0),
    formula=r"x\sim\mathcal N(c_k,\ s^2I),\quad c_k=\sum_{l<L}\pm 2\cdot 0.6^{\,l}\,e_{1+l\bmod 2}",
    source="Bertinetto, Mueller, Tertikas, Samangooei and Lord 2020, Making better mistakes",
)
def _tree(seed: int, n: int, depth: int, spread: float) -> Dataset:
    """Classes 0..2^depth - 1 are the leaves of a balanced binary tree, from left to right.

    Two classes i and j have their nearest common ancestor as many steps up as i xor j has binary digits. Each fork divides the plane by
    less than the one above it, across and along by turns, so that next of kin are the nearest neighbors.
    """
    leaves = 2**depth
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % leaves
    middles = _middles(depth)
    (inputs, test_inputs) = (middles[labels] + spread * rng.standard_normal((n, 2)) for _ in range(2))
    fields = {"classes": leaves, "feature_names": ("x1", "x2"), "target_names": tuple(map(Phrase, _LEAVES[:leaves]))}
    return Dataset(inputs, labels, "classification", test_inputs, labels, **fields)


def _middles(depth: int) -> np.ndarray:
    """Return where the leaves are (2^depth, 2)."""
    levels = np.arange(depth)
    sides = np.where(np.arange(2**depth)[:, None] >> (depth - 1 - levels) & 1, 1.0, -1.0)
    steps = _FIRST_FORK * _NEXT_FORK**levels
    return np.column_stack([(sides * steps)[:, levels % 2 == axis].sum(axis=1) for axis in range(2)])


@structures.entry(
    "ranking",
    "Ranked queries",
    Parameter("queries", 40, "number of queries", 2, 500),
    Parameter("documents", 10, "documents a query", 2, 50),
    Parameter("noise", 0.3, "noise", 0.0, 3.0),
    formula=r"g=\mathrm{round}\big(4\,\sigma(\tfrac32x_1-x_2+x_3^2-1+\eta\varepsilon)\big),\quad x\sim\mathcal N(0,I_4)",
    source="Liu 2009, Learning to rank for information retrieval, section 1.3",
)
def _ranking(seed: int, queries: int, documents: int, noise: float) -> Dataset:
    """Documents of four features, the last of which says nothing, with grades of relevance from 0 to 4."""
    rng = np.random.default_rng(seed)

    def draw() -> tuple[np.ndarray, np.ndarray]:
        x = rng.standard_normal((queries, documents, 4))
        scores = 1.5 * x[..., 0] - x[..., 1] + x[..., 2] ** 2 - 1 + noise * rng.standard_normal((queries, documents))
        return x, np.round(4 / (1 + np.exp(-scores)))

    (inputs, grades), (test_inputs, test_grades) = draw(), draw()
    fields = {"feature_names": ("x1", "x2", "x3", "x4"), "target_names": (Phrase("grade"),)}
    return Dataset(inputs, grades, "ranking", test_inputs, test_grades, **fields)
