"""What a hand has done to points: a link carries it without loss, and refuses what is none."""

import numpy as np
import pytest

from landscape.errors import LandscapeError
from landscape.scene.edits import MOST_EDITS, Edit, added, applied, moved, removed
from landscape.scene.outliers import OutliersScene

POINTS = np.stack([np.arange(4.0), 10 + np.arange(4.0)], axis=1)


def test_moves_removals_and_additions_are_applied_and_every_point_keeps_its_number():
    edits = added(removed(moved((), 4, 2, (2.5, -7.0)), 4, 0), (9.0, 9.0))
    places, numbers = applied(edits, POINTS)
    assert places.tolist() == [[1.0, 11.0], [2.5, -7.0], [3.0, 13.0], [9.0, 9.0]]
    assert numbers.tolist() == [1, 2, 3, 4]
    assert POINTS[2].tolist() == [2.0, 12.0]


def test_an_added_point_can_be_moved_and_removed_by_its_number():
    edits = added(added((), (1.0, 1.0)), (2.0, 2.0))
    assert applied(moved(edits, 4, 5, (8.0, 8.0)), POINTS)[0][-2:].tolist() == [[1.0, 1.0], [8.0, 8.0]]
    assert applied(removed(edits, 4, 4), POINTS)[0][-1].tolist() == [2.0, 2.0]


def test_the_last_move_of_a_row_counts_and_the_order_of_others_does_not():
    one = moved(moved((), 4, 2, (0.0, 0.0)), 4, 1, (5.0, 5.0))
    other = moved(moved(moved((), 4, 1, (3.0, 3.0)), 4, 1, (5.0, 5.0)), 4, 2, (0.0, 0.0))
    assert one == other


def test_a_link_carries_them():
    edits = added(removed(moved((), 10, 9, (9.0, 39.0)), 10, 3), (-1.25e-7, 3.0))
    scene = OutliersScene(edits=edits)
    assert "edits=r3~m9,9.0,39.0~a-1.25e-07,3.0" in scene.to_query()
    assert OutliersScene.from_query(scene.to_query()) == scene


@pytest.mark.parametrize(
    "text", ["m9", "m9,1", "x3", "r", "m1,1,1~m1,2,2", "m1,1e999,1", "m1,nan,1", "a1,2,3", "~", "r99999999", "m1,1,1e13"]
)
def test_what_is_no_edit_is_refused(text):
    with pytest.raises(LandscapeError, match="moves, removals and additions"):
        OutliersScene.from_query({"edits": text})


def test_more_than_a_link_has_room_for_are_refused():
    assert len(OutliersScene.from_query({"edits": "~".join(["a1,2"] * MOST_EDITS)}).edits) == MOST_EDITS
    with pytest.raises(LandscapeError, match=f"at most {MOST_EDITS} edits"):
        OutliersScene.from_query({"edits": "~".join(["a1,2"] * (MOST_EDITS + 1))})


def test_an_edit_of_a_row_that_is_not_there_is_refused():
    with pytest.raises(LandscapeError, match="edits"):
        applied((Edit(4, None),), POINTS)
