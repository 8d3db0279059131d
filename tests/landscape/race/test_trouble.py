"""Trouble: why a run diverged, on a quadratic whose curvature is known."""

import numpy as np
import pytest

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.objectives.functions import make_function
from landscape.race.trouble import trouble_of


@pytest.mark.parametrize(("name", "settings", "limit"), [("gd", {}, 0.2), ("momentum", {"momentum": 0.9}, 0.38)])
def test_the_limit_of_the_curvature_is_named(name, settings, limit):
    objective, optimizer = make_function("quadratic", kappa=10.0), make_optimizer(name, lr=0.5, **settings)
    trouble = trouble_of(objective, optimizer, descend(objective, optimizer, steps=50))
    assert trouble.sharpness == pytest.approx(10.0) and trouble.at_start == pytest.approx(10.0)
    assert trouble.limit == pytest.approx(limit) and trouble.step == 1


def test_a_method_of_its_own_scale_has_no_limit_and_a_run_that_stays_no_trouble():
    objective = make_function("himmelblau")
    climbs = make_optimizer("newton")
    trouble = trouble_of(objective, climbs, descend(objective, climbs, np.array([-0.5, -1.0]), steps=20))
    assert trouble.limit is None and trouble.sharpness < 0  # it goes up to the maximum
    stays = make_optimizer("gd", lr=0.005)
    assert trouble_of(objective, stays, descend(objective, stays, steps=20)) is None
