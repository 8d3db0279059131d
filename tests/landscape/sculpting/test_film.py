"""A film: its plane, its surfaces, its growth, and that it can be stopped."""

import numpy as np
import pytest

from landscape.errors import Cancelled
from landscape.plane import Plane
from landscape.sculpting.film import COARSE, plane_of, sculpt, surfaces
from landscape.sculpting.sculptures import make_sculpture, sculptures

QUICK = ("l1", "l2", "elastic_net", "smoothing", "focal")


@pytest.mark.parametrize("name", QUICK)
def test_a_film_grows_and_is_of_the_whole_objective(name):
    coarse, fine, last = sculpt(name, resolution=15)
    count = len(last.strengths)
    assert coarse.values.shape == (count, COARSE, COARSE) and fine.values.shape == (count, 15, 15)
    assert (coarse.claim, fine.claim, fine.finished, last.finished) == (None, None, False, True)
    assert len(last.claim.before) == len(last.claim.after) == 5
    sculpture = make_sculpture(name)
    for k in (0, count // 2, count - 1):
        objective = sculpture.objective(float(last.strengths[k]))
        theta = last.plane.embed(last.a[3], last.b[11])
        assert last.values[k, 11, 3] == pytest.approx(objective.value(theta), rel=1e-9)
        assert last.losses[k] == pytest.approx(objective.value(last.thetas[k]), rel=1e-12)
        off = last.thetas[k] - last.plane.embed(*last.places[:, k])
        assert np.linalg.norm(off) == pytest.approx(last.distances[k], abs=1e-9)
    assert last.distances[[0, count // 2, -1]] == pytest.approx(0, abs=1e-7)
    assert not last.values.flags.writeable and not last.thetas.flags.writeable


def test_the_check_of_the_two_penalties_holds():
    for name, expected in (("l1", (1.5, 0.0)), ("l2", (4 / 3, 0.2))):
        check = next(sculpt(name)).effect.check
        assert check.holds and check.strength == 0.5 and check.expected == pytest.approx(expected)


def test_an_affine_film_is_mixed_from_its_ends():
    """One that is sampled at every strength is the same."""
    sculpture = make_sculpture("elastic_net", l1_ratio=0.3)
    plane, window, never = (
        Plane(np.zeros(2), *np.eye(2)),
        ((-1.0, 2.0), (-0.5, 1.0)),
        {"turn": lambda share: None, "should_stop": lambda: False},
    )
    mixed = surfaces(sculpture, sculpture.strengths, plane, window, 7, **never)[2]
    sculpture.affine = False
    assert mixed == pytest.approx(surfaces(sculpture, sculpture.strengths, plane, window, 7, **never)[2], rel=1e-12)


def test_minima_on_a_line_have_a_plane_too():
    thetas = np.outer(np.linspace(0, 1, 5), [1.0, 2.0, -1.0, 0.5]) + 3
    plane = plane_of(thetas)
    assert plane.distance(thetas) == pytest.approx(np.zeros(5), abs=1e-9)
    assert plane.u @ plane.v == pytest.approx(0, abs=1e-12) and np.linalg.norm(plane.v) == pytest.approx(1)


def test_it_stops_when_asked():
    with pytest.raises(Cancelled):
        list(sculpt("smoothing", should_stop=lambda: True))


def test_the_same_seed_gives_the_same_bytes():
    one, other = (next(sculpt("smoothing", seed=2, resolution=11)) for _ in range(2))
    assert one.values.tobytes() == other.values.tobytes() and one.thetas.tobytes() == other.thetas.tobytes()


def test_every_sculpture_names_its_knob_and_its_usual_strength():
    for name, entry in sculptures.items():
        sculpture = make_sculpture(name)
        assert entry.traits["knob"] and entry.formula and entry.source
        assert sculpture.strengths[0] < sculpture.usual <= sculpture.strengths[-1] and (np.diff(sculpture.strengths) > 0).all()
        assert np.abs(sculpture.strengths - sculpture.usual).min() < 0.02
