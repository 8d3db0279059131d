"""Direction fields: the steps point where the methods step."""

import numpy as np
import pytest

from landscape.objectives.functions import make_function
from landscape.saddles.field import direction_field

HIMMELBLAU = make_function("himmelblau")
WINDOW = ((-4.0, 3.0), (-2.0, 5.0))


@pytest.mark.parametrize("step", ["gradient", "newton"])
def test_each_arrow_points_where_the_step_goes(step):
    field = direction_field(HIMMELBLAU, WINDOW, step, side=5)
    assert len(field.a) == 25 and field.a[1] - field.a[0] == pytest.approx(7 / 5)
    for a, b, da, db in zip(field.a, field.b, field.da, field.db, strict=True):
        theta = np.array([a, b])
        move = -HIMMELBLAU.gradient(theta)
        move = move if step == "gradient" else np.linalg.solve(HIMMELBLAU.hessian(theta), move)
        assert np.array([da, db]) / np.hypot(da, db) == pytest.approx(move / np.linalg.norm(move), abs=1e-9)
    lengths = np.hypot(field.da, field.db)
    assert (0 < lengths).all() and (lengths < 1).all() and np.median(lengths) == pytest.approx(0.75, abs=0.01)


def test_newton_s_arrows_are_mirrored_where_the_function_is_a_ridge():
    saddle, window = make_function("saddle", scale=0.5), ((-1.0, 1.0), (-1.0, 1.0))
    down, newton = (direction_field(saddle, window, step, side=4) for step in ("gradient", "newton"))
    assert np.sign(newton.da) == pytest.approx(np.sign(down.da)) and np.sign(newton.db) == pytest.approx(-np.sign(down.db))


def test_where_there_is_no_step_there_is_no_arrow():
    field = direction_field(make_function("saddle", scale=0.5), ((-1.0, 1.0), (-1.0, 1.0)), "gradient", side=5)
    assert len(field.a) == 24 and not ((np.abs(field.a) < 1e-9) & (np.abs(field.b) < 1e-9)).any()
