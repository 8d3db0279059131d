"""Budgets: what gradient evaluations pay for."""

import numpy as np
import pytest

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.objectives.functions import make_function
from landscape.race.budget import paid, standing, steps_within


@pytest.mark.parametrize(("evaluations", "cost", "steps"), [(150, 1, 150), (150, 2, 75), (151, 2, 75), (150, 3, 50), (1, 3, 1)])
def test_a_budget_pays_for_whole_steps_and_for_one_at_least(evaluations, cost, steps):
    assert steps_within(evaluations, cost) == steps


def test_a_racer_moves_when_its_step_is_paid_for():
    run = descend(make_function("himmelblau"), make_optimizer("sam", lr=0.01), steps=4)
    assert run.spent.tolist() == [0, 2, 4, 6, 8]
    assert standing(run, 7).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert standing(run, 100).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4]  # it has no more steps to pay for


def test_a_line_search_may_spend_the_budget_before_its_steps():
    whole = descend(make_function("rosenbrock"), make_optimizer("lbfgs"), steps=30, watch=True)
    run = paid(whole, 20)
    assert run.spent[-1] <= 20 < whole.spent[len(run)] and len(run) > 10
    assert run.step == len(run) - 1 and run.status == "completed"
    np.testing.assert_array_equal(run.thetas, whole.thetas[: len(run)])
    assert {len(vectors) for vectors in run.states.values()} == {len(run) - 1}
    assert paid(whole, 10_000) is whole


def test_a_run_that_left_keeps_its_end_where_it_is_paid_for():
    whole = descend(make_function("quadratic"), make_optimizer("gd", lr=1.0), steps=40)
    assert (whole.status, whole.step) == ("diverged", 1)
    short = paid(whole, 5)
    assert (short.status, short.step, len(short)) == ("diverged", 1, 6)
