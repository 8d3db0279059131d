"""The loss along ways between two minima: the lines, and the barrier of each where it is."""

import numpy as np
import pytest

from figures.style import style_of
from figures.ways import Way, losses_along

WORDS = {"t": "t", "loss": "loss", "barrier": "barrier"}
T = np.linspace(0, 1, 11)
STEPS = [f"{share:.1f}" for share in T]


def drawn(*losses):
    return losses_along([Way(f"way {k}", look, values) for k, (look, values) in enumerate(losses)], STEPS, words=WORDS)


def test_each_way_has_its_losses_its_look_and_its_name():
    figure = drawn(("straight", 1 + T), ("curve", 2 - T))
    barrier, line, _, other = figure.data
    np.testing.assert_allclose(line.y, 1 + T)
    np.testing.assert_allclose(other.y, 2 - T)
    assert (line.name, other.name) == ("way 0", "way 1")
    assert (line.line.color, line.line.dash) == (style_of("straight").color, style_of("straight").dash)
    assert list(line.customdata) == STEPS
    assert barrier.line.color == line.line.color


def test_the_barrier_stands_where_the_loss_is_farthest_above_the_chord():
    losses = np.array([1, 1.1, 1.2, 1.3, 4.9, 5.0, 3, 3, 3, 3, 3.0])  # the chord rises from 1 to 3
    barrier = drawn(("straight", losses)).data[0]
    assert list(barrier.x) == [4, 4]
    assert barrier.y == pytest.approx([1 + 0.4 * 2, 4.9])
    assert "3.1" in barrier.hovertemplate


def test_a_loss_of_zero_is_a_gap_of_the_logarithmic_axis_and_nothing_is_cut_off():
    losses = np.where(T == 0.5, 0.0, 10.0 ** (-6 * T))
    figure = drawn(("curve", losses))
    assert figure.data[1].y[5] is None
    low, high = figure.layout.yaxis.range
    assert figure.layout.yaxis.type == "log"
    assert low < -6 < 0 < high
    assert low > -7
