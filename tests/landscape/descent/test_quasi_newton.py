"""L-BFGS against torch's own loop on the layers, and against the two-loop recursion written with numpy."""

import numpy as np
import pytest
import torch

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend

STEPS = 50


def valley(theta):
    x, y = 0.8 * theta[0] - 0.6 * theta[1] - 1.0, 0.6 * theta[0] + 0.8 * theta[1] + 0.5
    return torch.cosh(x) + 2.0 * (y - 0.3 * x**2) ** 2 + 0.1 * y**4


def two_loop(objective, start, lr, kept):
    """Nocedal & Wright 2006, algorithms 7.4 and 7.5, with the step lr, the first one of length at most lr in the sum of its sizes."""
    theta, gradient, pairs, path = np.array(start, dtype=np.float64), objective.gradient(start), [], [np.array(start)]
    for step in range(STEPS):
        q, alphas = gradient.copy(), []
        for s, y in reversed(pairs):
            alphas.append(s @ q / (y @ s))
            q = q - alphas[-1] * y
        direction = q * (pairs[-1][0] @ pairs[-1][1] / (pairs[-1][1] @ pairs[-1][1]) if pairs else 1.0)
        for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
            direction = direction + s * (alpha - y @ direction / (y @ s))
        length = lr * (min(1.0, 1 / np.abs(gradient).sum()) if step == 0 else 1.0)
        moved = -length * direction
        theta = theta + moved
        turned = objective.gradient(theta) - gradient
        gradient = gradient + turned
        if turned @ moved > 1e-10:
            pairs = [*pairs, (moved, turned)][-kept:]
        path.append(theta.copy())
    return np.array(path)


@pytest.mark.parametrize(("lr", "kept"), [(0.4, 2), (0.3, 100)])
def test_without_a_line_search_it_is_the_two_loop_recursion(formula, lr, kept):
    objective = formula(valley, [2.0, 1.5])
    run = descend(objective, make_optimizer("lbfgs", lr=lr, history_size=kept, line_search_fn="none"), steps=STEPS)
    expected = two_loop(objective, [2.0, 1.5], lr, kept)
    assert np.abs(expected[-1] - expected[0]).max() > 0.5
    np.testing.assert_allclose(run.thetas, expected, rtol=0, atol=1e-12)
    assert (run.spent == np.minimum(np.arange(STEPS + 1), len(np.unique(run.thetas, axis=0)))).all()


@pytest.mark.parametrize("lr", [1.0, 0.5])
def test_with_a_line_search_it_is_that_of_torch(formula, lr):
    objective, theta = formula(valley, [2.0, 1.5]), torch.tensor([2.0, 1.5], dtype=torch.float64, requires_grad=True)
    run = descend(objective, make_optimizer("lbfgs", lr=lr), steps=STEPS)
    by_hand = torch.optim.LBFGS(
        [theta], lr=lr, max_iter=1, max_eval=26, tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe"
    )
    evaluated = 0

    def closure():
        nonlocal evaluated
        evaluated += 1
        by_hand.zero_grad()
        loss = valley(theta)
        loss.backward()
        return loss

    for step in range(STEPS):
        np.testing.assert_allclose(run.thetas[step], theta.detach(), rtol=0, atol=1e-12)
        by_hand.step(closure)
    assert run.losses[-1] < run.losses[0] - 1
    assert 10 < run.spent[-1] < evaluated  # a point that was tried is not evaluated twice


def test_on_a_net_it_falls_at_every_step_and_lower_than_gradient_descent(tanh_net):
    run = descend(tanh_net, make_optimizer("lbfgs"), steps=STEPS)
    assert (np.diff(run.losses) <= 1e-15).all()
    descent = descend(tanh_net, make_optimizer("gd", lr=0.02), steps=int(run.spent[-1]))
    assert run.losses[-1] < 0.5 * descent.losses[-1]


def test_it_costs_what_its_line_searches_evaluate(formula):
    run = descend(formula(valley, [2.0, 1.5]), make_optimizer("lbfgs"), steps=4)
    assert run.spent[0] == 0 and (np.diff(run.spent) >= 1).all()
    assert run.spent[1] >= 2  # the start, and at least one point tried


def test_where_the_gradient_is_zero_it_stays(formula):
    run = descend(formula(lambda t: (t**2).sum(), [0.0, 0.0]), make_optimizer("lbfgs"), steps=5)
    assert (run.thetas == 0).all() and run.status == "completed"


def test_a_line_search_turns_back_where_there_is_no_number(formula):
    """Beyond the edge of a logarithm: log t_0 has no bottom, and no value left of zero."""
    edge = formula(lambda t: torch.log(t[0]) + t[1] ** 2, [0.5, 1.0])
    run = descend(edge, make_optimizer("lbfgs", lr=10.0), steps=15)
    assert np.isfinite(run.losses).all() and (np.diff(run.losses) < 0).all() and (run.thetas[:, 0] > 0).all()


@pytest.mark.parametrize("search", ["strong_wolfe", "none"])
def test_downhill_without_end_is_a_result(formula, search):
    steep = formula(lambda t: t.sum() - (t**4).sum(), [3.0, -2.0])
    run = descend(steep, make_optimizer("lbfgs", lr=2.0, line_search_fn=search), steps=60)
    assert run.losses[-1] < -1e100 and (run.status == "unbounded" or search == "strong_wolfe")  # a search gets there in two steps
