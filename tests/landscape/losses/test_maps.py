import numpy as np
import pytest

from landscape.losses.losses import make_loss
from landscape.losses.maps import GRADES, HEIGHT, class_map, order_map


def shares(x, y):
    first = y / HEIGHT
    return np.array([first, 1 - first - (x - first / 2), x - first / 2])


@pytest.mark.parametrize(("name", "soft"), [("cross_entropy", False), ("kl", True), ("jensen_shannon", True)])
def test_losses_of_three_classes_are_least_at_the_target(name, soft):
    drawn = class_map(make_loss(name), 0.6, soft=soft)
    np.testing.assert_allclose(shares(*drawn.lowest), [0.6, 0.2, 0.2], atol=1e-4)


def test_the_focal_loss_of_three_classes_is_least_nearer_to_the_middle():
    drawn = class_map(make_loss("focal", gamma=2.0), 0.6, soft=False)
    assert 1 / 3 < shares(*drawn.lowest)[0] < 0.55


def test_the_map_of_three_classes_is_the_triangle_of_their_probabilities():
    drawn = class_map(make_loss("cross_entropy"), 0.5, soft=False)
    j, i = 17, 30
    p = shares(drawn.x[i], drawn.y[j])
    assert drawn.values[j, i] == pytest.approx(-np.dot([0.5, 0.25, 0.25], np.log(p)), rel=1e-12)
    assert np.isnan(drawn.values[-1, 0]) and np.isnan(drawn.values[40, 2]) and np.isnan(drawn.values[0]).all()


def test_the_scores_of_three_documents():
    drawn = order_map(make_loss("listnet"))
    np.testing.assert_allclose(drawn.lowest, [2.0, 1.0], atol=1e-4)  # the differences of the grades
    j, i = 9, 52
    p, q = (np.exp(s) / np.exp(s).sum() for s in (np.array(GRADES), np.array([drawn.x[i], drawn.y[j], 0.0])))
    assert drawn.values[j, i] == pytest.approx(-np.dot(p, np.log(q)), rel=1e-12)
    assert order_map(make_loss("ranknet")).lowest is None  # ever better, the farther apart
    assert order_map(make_loss("margin_ranking")).lowest is None  # one of many
