"""Conditioning: steps beside the closed forms, and beside the app's own optimizers on the app's own quadratic."""

import math

import numpy as np
import pytest

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.objectives.functions import make_function
from landscape.race.conditioning import ARRIVED, Rate, conditioned, iterates, optimal_descent, optimal_heavy_ball


@pytest.mark.parametrize(("kappa", "steps"), [(10.0, (69, 27)), (100.0, (691, 93)), (1000.0, (6908, 315))])
def test_steps_of_both_methods_at_their_best(kappa, steps):
    assert conditioned(kappa).steps == steps
    rate = (kappa - 1) / (kappa + 1)
    assert steps[0] == math.ceil(math.log(ARRIVED) / math.log(rate))  # both coordinates shrink by that rate, so that it is exact


@pytest.mark.parametrize("kappa", [10.0, 100.0])
def test_the_optimizers_of_the_app_take_the_same_steps(kappa):
    objective, best = make_function("quadratic", kappa=kappa), optimal_heavy_ball(kappa)
    for optimizer, expected in (
        (make_optimizer("gd", lr=optimal_descent(kappa).lr), conditioned(kappa).descent),
        (make_optimizer("momentum", lr=best.lr, momentum=best.momentum), conditioned(kappa).heavy_ball),
    ):
        run = descend(objective, optimizer, steps=len(expected) - 1)
        sizes = np.linalg.norm(run.thetas, axis=1)
        np.testing.assert_allclose(sizes / sizes[0], expected, rtol=1e-6, atol=1e-12)


def test_one_step_is_enough_where_nothing_is_bent_more_than_the_rest():
    assert conditioned(1.0).steps == (1, 1)


def test_nothing_is_clipped():
    assert iterates(Rate(0.21), 10.0, 100)[-1] == pytest.approx((1 - 2.1) ** 100)
    assert not np.isfinite(iterates(Rate(10.0), 10.0, 400)[-1])
