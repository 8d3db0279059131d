"""Trajectory: descend against torch.optim on the module itself, true losses, and why a run stopped."""

import numpy as np
import pytest
import torch
from torch import nn

from landscape.descent.optimizers import make_optimizer
from landscape.descent.schedules import make_schedule
from landscape.descent.trajectory import AWAY, descend
from landscape.errors import Cancelled, LandscapeError
from landscape.objectives.functions import functions, make_function
from landscape.objectives.risk import EmpiricalRisk

STEPS = 37


def mse(outputs, targets):
    return (outputs[:, 0] - targets).square()


@pytest.fixture
def net():
    """A float64 module, 13 samples off the origin, and its risk."""
    generator = torch.Generator().manual_seed(3)
    model = nn.Sequential(nn.Linear(3, 4, dtype=torch.float64), nn.Tanh(), nn.Linear(4, 1, dtype=torch.float64))
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    x = 1 + torch.randn(13, 3, generator=generator, dtype=torch.float64)
    y = torch.randn(13, generator=generator, dtype=torch.float64) - 2
    return model, x, y, EmpiricalRisk(model, mse, (x, y))


def trained(model, x, y, optimizer, scheduler, batches):
    """The points that torch's own loop visits, and the full-data loss at each."""
    thetas, losses = [], []
    for batch in [*batches, None]:
        with torch.no_grad():
            thetas.append(nn.utils.parameters_to_vector(model.parameters()).numpy().copy())
            losses.append(float(mse(model(x), y).mean()))
        if batch is not None:
            optimizer.zero_grad()
            mse(model(x[batch]), y[batch]).mean().backward()
            optimizer.step()
            scheduler.step()
    return np.array(thetas), np.array(losses)


SCHEDULES = {
    "constant": ({}, lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: 1.0)),
    "step": ({"step_size": 9, "gamma": 0.3}, lambda o: torch.optim.lr_scheduler.StepLR(o, 9, 0.3)),
    "cosine": ({}, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, STEPS)),
}


@pytest.mark.parametrize("batch_size", [None, 5, 13, 1])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("method", ["momentum", "adam"])
def test_a_run_is_that_of_torch_on_the_module(net, method, schedule, batch_size):
    model, x, y, risk = net
    options, scheduler = SCHEDULES[schedule]
    run = descend(
        risk, make_optimizer(method, lr=0.02), steps=STEPS, batch_size=batch_size, seed=8, schedule=make_schedule(schedule, **options)
    )
    generator, epochs = torch.Generator().manual_seed(8), []
    while batch_size is not None and len(epochs) < STEPS:
        epochs += torch.randperm(13, generator=generator).split(batch_size)
    batches = epochs[:STEPS] or [slice(None)] * STEPS
    optimizer = {"momentum": lambda p: torch.optim.SGD(p, 0.02, momentum=0.9), "adam": lambda p: torch.optim.Adam(p, 0.02)}[method](
        model.parameters()
    )
    thetas, losses = trained(model, x, y, optimizer, scheduler(optimizer), batches)
    np.testing.assert_allclose(run.thetas, thetas, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(run.losses, losses, rtol=1e-10)
    assert (run.status, run.step, len(run)) == ("completed", STEPS, STEPS + 1)


def test_losses_are_those_of_all_the_data_at_each_point(net):
    risk = net[3]
    run = descend(risk, make_optimizer("sgd", lr=0.01), risk.theta + 0.3, steps=9, batch_size=2)
    np.testing.assert_array_equal(run.thetas[0], risk.theta + 0.3)
    np.testing.assert_allclose(run.losses, [risk.value(theta) for theta in run.thetas], rtol=1e-13)


def test_the_seed_says_which_batches(net):
    first, again, other = (descend(net[3], make_optimizer("sgd", lr=0.01), steps=9, batch_size=4, seed=seed) for seed in (1, 1, 2))
    assert first.thetas.tobytes() == again.thetas.tobytes()
    assert np.abs(first.thetas - other.thetas).max() > 1e-4


# S5: a bowl of curvature 10, |x| after 100 steps from 1; the stability limit is 2 / 10.
@pytest.mark.parametrize(
    ("lr", "last", "status"),
    [
        (0.05, 7.9e-31, "completed"),
        (0.1, 0.0, "completed"),
        (0.19, 2.7e-5, "completed"),
        (0.2, 1.0, "completed"),
        (0.2001, 1.105, "diverged"),
        (0.21, 13781, "diverged"),
    ],
)
def test_past_two_over_the_sharpness_a_run_diverges(formula, lr, last, status):
    bowl = formula(lambda theta: 5 * (theta[0] - 3) ** 2, [4.0])
    run = descend(bowl, make_optimizer("gd", lr=lr), steps=100)
    assert abs(run.thetas[-1, 0] - 3) == pytest.approx(last, rel=0.02, abs=2e-15)
    assert run.status == status
    assert run.step == (1 if status == "diverged" else 100)


@pytest.mark.parametrize(("lr", "size", "status"), [(0.379, 1.5e-45, "completed"), (0.381, 2.4e55, "diverged")])
def test_momentum_is_stable_up_to_its_own_limit(formula, lr, size, status):
    run = descend(formula(lambda theta: 5 * theta[0] ** 2, [1.0]), make_optimizer("momentum", lr=lr), steps=2000)
    assert run.status == status
    assert abs(run.thetas[-1, 0]) == pytest.approx(size, rel=0.05)


def test_a_diverged_run_keeps_its_infinite_end_and_the_step_it_left(formula):
    bump = formula(lambda theta: theta[0] ** 4 - theta[0] ** 2, [0.3])
    run = descend(bump, make_optimizer("gd", lr=1.5), steps=200)
    assert run.status == "diverged"
    assert len(run) < 201
    assert not np.isfinite(run.losses[-1])
    assert np.isfinite(run.losses[: len(run) - 3]).all()
    assert run.losses[run.step - 1] <= run.losses[0]
    assert not (run.losses[run.step :] <= run.losses[0]).any()


# S6: two wells of equal depth and curvature 1 and 25; the sharp one holds GD below 2 / 25.
def test_a_large_learning_rate_leaves_the_sharp_minimum():
    two = make_function("flat_sharp")
    for lr in (0.05, 0.079):
        assert descend(two, make_optimizer("gd", lr=lr), steps=300).thetas[-1, 0] == pytest.approx(2.0, abs=1e-3)
    for lr, crossing in ((0.09, 24), (0.1, 15), (0.15, 6)):
        run = descend(two, make_optimizer("gd", lr=lr), steps=300)
        assert np.flatnonzero(run.thetas[:, 0] > 0)[-1] == crossing  # the last point right of the pass
        assert run.thetas[-1, 0] == pytest.approx(-2.0, abs=1e-3)
        assert run.status == "completed"
    bouncing = descend(two, make_optimizer("gd", lr=0.081), steps=300).thetas[-100:, 0]
    assert np.ptp(bouncing) > 0.1
    assert bouncing.min() > 1.0
    assert descend(two, make_optimizer("gd", lr=2.1), steps=300).status == "diverged"


# A loss without a lowest value.
@pytest.mark.parametrize("name", ["saddle", "monkey_saddle"])
@pytest.mark.parametrize("method", ["gd", "momentum", "nesterov"])
@pytest.mark.parametrize("lr", [0.05, 0.2])
def test_a_loss_that_falls_without_bound_is_called_so_and_the_run_ends_there(name, method, lr):
    function = make_function(name)
    run = descend(function, make_optimizer(method, lr=lr), steps=3000)
    assert run.status == "unbounded" and run.ran_away
    assert len(run) < 700 and np.isfinite(run.losses).all() and np.isfinite(run.thetas).all()
    np.testing.assert_allclose(run.losses, [function.value(theta) for theta in run.thetas], rtol=1e-12)
    assert 0 < run.step < len(run) - 1
    steepness = -np.diff(run.losses) / np.linalg.norm(np.diff(run.thetas, axis=0), axis=1)
    assert (np.diff(steepness[run.step - 1 :]) > 0).all()
    assert run.losses[-1] == run.losses.min() < -500
    assert np.linalg.norm(run.thetas[-1]) > 5 * np.abs(function.window).max()  # far outside, but no step later than it takes to be sure


@pytest.mark.parametrize("shift", [0.0, -1e3, 1e3, 1e6])
@pytest.mark.parametrize("scale", [1e-1, 1.0, 1e2])
def test_a_fall_without_bound_is_the_same_when_the_loss_is_shifted_or_scaled(formula, scale, shift):
    def saddle(theta):
        return scale * (theta[0] ** 2 - theta[1] ** 2 + shift)

    run = descend(formula(saddle, [1.5, 1e-3]), make_optimizer("gd", lr=0.05 / scale), steps=400)
    assert run.status == "unbounded"
    plain = descend(formula(lambda theta: theta[0] ** 2 - theta[1] ** 2, [1.5, 1e-3]), make_optimizer("gd", lr=0.05), steps=400)
    if shift == 0:
        assert (run.step, len(run)) == (plain.step, len(plain))
        np.testing.assert_allclose(run.thetas, plain.thetas, rtol=1e-9)


@pytest.mark.parametrize("far", [1.0, 1e-1, 1e-3])
def test_a_long_escape_from_a_saddle_to_a_minimum_is_no_fall_without_bound(far):
    """The fall grows by 30 decades on the way, and the minima are 1 to 32 units away."""
    saddle = make_function("saddle", quartic=0.5 * far)
    for method in ("gd", "momentum"):
        for steps in (40, 100, 130, 160, 200, 260, 400):  # a run that ends on its way is not judged by where it would go
            run = descend(saddle, make_optimizer(method, lr=0.05 if method == "gd" else 0.01), np.array([1.0, 1e-15]), steps=steps)
            assert (run.status, len(run)) == ("completed", steps + 1)


@pytest.mark.parametrize("name", sorted(set(functions) - {"saddle", "monkey_saddle"}))
@pytest.mark.parametrize("method", ["gd", "momentum", "newton"])
def test_no_function_with_a_lowest_value_falls_without_bound(name, method):
    function = make_function(name)
    generator = np.random.default_rng(4)
    for start in [np.array(function.theta), *generator.uniform(*np.transpose(function.window), size=(2, 2))]:
        for lr in (1e-2, 3.0):
            run = descend(function, make_optimizer(method, lr=lr), start, steps=40)
            assert run.status != "unbounded"


@pytest.mark.parametrize("method", ["gd", "momentum", "adam", "rmsprop"])
def test_a_minimum_far_away_is_no_fall_without_bound(formula, method):
    """Losses that come down from 1e8, and ones that fall below zero; a slope that grows on the way to a minimum, as robust losses' does."""
    losses = {
        "bowl": lambda theta: (theta[0] - 1e4) ** 2 + 0.3 * theta[1] ** 2,
        "deep": lambda theta: (theta[0] - 300) ** 2 - 1e9,
        "robust": lambda theta: torch.log1p((theta[0] - 300) ** 2) - 100,
        "line": lambda theta: torch.abs(theta[0] - 500) - 1e3,
    }
    for loss in losses.values():
        for lr in (0.1, 1.0):
            assert descend(formula(loss, [0.5, -2.0]), make_optimizer(method, lr=lr), steps=500).status != "unbounded"


def test_minus_infinity_is_a_fall_and_no_divergence(formula):
    run = descend(formula(lambda theta: -torch.exp(theta[0]), [1.0]), make_optimizer("gd", lr=1.0), steps=50)
    assert run.status == "unbounded" and run.step <= 1


def test_minus_infinity_at_the_very_first_step_is_a_fall_too(formula):
    run = descend(formula(lambda theta: -torch.exp(theta[0]), [3.0]), make_optimizer("gd", lr=100.0), steps=50)
    assert run.status == "unbounded" and run.losses[-1] == -np.inf


def test_a_run_that_bounces_across_its_start_has_not_diverged(formula):
    """With too long steps gradient descent comes into a cycle of two, whose upper phase may be the highest loss of the run."""
    bowl = formula(lambda theta: torch.log(torch.cosh(theta[0])) + 0.4 * theta[0], [-0.88])
    run = descend(bowl, make_optimizer("gd", lr=2.6), steps=50)
    assert run.losses[-1] > run.losses[0] > run.losses[-2] and run.losses[-1] == run.losses.max()
    assert run.status == "completed"


def test_a_run_in_batches_that_falls_without_bound_ends_there_too(net):
    model, x, y, _ = net
    risk = EmpiricalRisk(model, lambda outputs, targets: -mse(outputs, targets), (x, y))
    run = descend(risk, make_optimizer("sgd", lr=0.1), steps=4000, batch_size=5)
    assert run.status == "unbounded"
    assert len(run) < 4000 and len(run.thetas) == len(run.losses) and run.losses[-1] == run.losses.min()


def test_a_loss_that_is_no_number_at_the_start_is_a_diverged_run(formula):
    run = descend(formula(lambda theta: torch.log(theta[0]) + theta[1], [-1.0, 1.0]), make_optimizer("gd", lr=0.1), steps=5)
    assert (run.status, run.step) == ("diverged", 0)
    assert np.isnan(run.losses).all()


def test_newton_without_an_inverse_is_singular(formula):
    run = descend(formula(lambda theta: theta[0] ** 2 + theta[1], [3.0, 1.0]), make_optimizer("newton"), steps=5)
    assert (run.status, run.step, len(run)) == ("singular", 0, 1)
    np.testing.assert_array_equal(run.losses, [10.0])


def test_newton_reaches_the_bottom_of_a_bowl_in_one_step(quadratic):
    objective, center, _ = quadratic([0.3, 4.0, 70.0])
    run = descend(objective, make_optimizer("newton"), steps=3)
    np.testing.assert_allclose(run.thetas[1:], np.tile(center, (3, 1)), rtol=1e-12)
    assert run.status == "completed"


# S3: x^2/2 - y^2/2 + y^4/4.
@pytest.fixture
def saddle():
    return make_function("saddle", scale=0.5, quartic=0.25)


@pytest.mark.parametrize(("method", "step"), [("gd", 139), ("momentum", 50)])
def test_a_saddle_is_left_exponentially(saddle, method, step):
    run = descend(saddle, make_optimizer(method, lr=0.1), np.array([1.0, 1e-6]), steps=400)
    assert np.flatnonzero(np.abs(run.thetas[:, 1]) > 0.5)[0] == step
    assert run.losses[-1] == pytest.approx(-0.25, abs=1e-6)
    for stuck in ("gd", "momentum"):
        ridge = descend(saddle, make_optimizer(stuck, lr=0.1), np.array([1.0, 0.0]), steps=400)
        np.testing.assert_allclose(ridge.thetas[-1], [0.0, 0.0], atol=1e-6)
        assert ridge.losses[-1] == pytest.approx(0.0, abs=1e-12)


def test_newton_is_attracted_by_the_saddle(saddle):
    run = descend(saddle, make_optimizer("newton"), np.array([1.0, 0.3]), steps=4)
    np.testing.assert_allclose(run.thetas[1:4, 1], [-0.074, 0.0008, 0.0], atol=5e-4)
    np.testing.assert_allclose(run.thetas[4], [0.0, 0.0], atol=1e-15)
    ends = [descend(saddle, make_optimizer("newton"), np.array([1.0, y]), steps=40).thetas[-1, 1] for y in (0.44, 0.4471, 0.4473, 0.45)]
    np.testing.assert_allclose(ends[:2], [0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(np.abs(ends[2:]), [1.0, 1.0], atol=1e-9)
    assert ends[3] == pytest.approx(-1.0)


# S4: from (1, 1), the distance falls to a millionth.
@pytest.mark.parametrize(("kappa", "plain", "heavy"), [(10, 69, 27), (100, 691, 93), (1000, 6908, 315)])
def test_momentum_takes_the_root_of_the_steps(kappa, plain, heavy):
    bowl, root = make_function("quadratic", kappa=kappa, angle=0.0), np.sqrt(kappa)
    best = {
        "gd": {"lr": 2 / (1 + kappa)},
        "momentum": {"lr": (2 / (1 + root)) ** 2, "momentum": ((root - 1) / (root + 1)) ** 2},
    }
    for (method, params), expected in zip(best.items(), (plain, heavy), strict=True):
        run = descend(bowl, make_optimizer(method, **params), np.ones(2), steps=expected + 1)
        far = np.linalg.norm(run.thetas, axis=1) / np.sqrt(2)
        assert np.flatnonzero(far <= 1e-6)[0] == expected


def test_progress_is_heard_and_cancel_ends_the_run(net):
    heard = []
    descend(net[3], make_optimizer("gd", lr=0.01), steps=40, report=heard.append)
    assert heard == sorted(heard)
    assert len(heard) >= 2
    assert 0 < heard[0] < heard[-1] <= 1
    answers = iter([False, False, True])
    with pytest.raises(Cancelled, match="^$"):
        descend(net[3], make_optimizer("gd", lr=0.01), steps=40, should_stop=lambda: next(answers))


def test_progress_and_cancel_go_on_through_the_true_losses_of_a_run_in_batches(net):
    heard = []
    whole = descend(net[3], make_optimizer("sgd", lr=0.01), steps=300, batch_size=5, report=heard.append)
    assert heard == sorted(heard) and heard[-1] == 1
    ran = 15 / 28  # each step is 3 passes over 5 samples, and then comes one over all 13
    assert heard[299] == pytest.approx(ran) and heard[300] == pytest.approx(ran + (1 - ran) * net[3].at_once / 301)
    np.testing.assert_array_equal(whole.losses, net[3].values(whole.thetas))
    answers = iter([*[False] * 301, True])
    with pytest.raises(Cancelled, match="^$"):
        descend(net[3], make_optimizer("sgd", lr=0.01), steps=300, batch_size=5, should_stop=lambda: next(answers))


def test_what_is_no_run_is_refused(net):
    for numbers in ({"steps": 0}, {"steps": 3, "batch_size": 0}):
        with pytest.raises(LandscapeError, match="descend: (steps|batch_size) must be between 1 and inf; got 0"):
            descend(net[3], make_optimizer("sgd", lr=0.01), **numbers)
    with pytest.raises(LandscapeError, match="gd: every step takes all samples; got a batch of 4"):
        descend(net[3], make_optimizer("gd", lr=0.01), steps=3, batch_size=4)
    with pytest.raises(LandscapeError, match="theta must have shape"):
        descend(net[3], make_optimizer("gd", lr=0.01), np.zeros(2), steps=3)


def test_a_trajectory_cannot_be_written_to(net):
    run = descend(net[3], make_optimizer("gd", lr=0.01), steps=2)
    with pytest.raises(ValueError, match="read-only"):
        run.losses[0] = 1.0


def test_a_watched_run_keeps_what_made_each_step(formula):
    bowl = formula(lambda theta: (theta[0] - 1) ** 2 + 3 * theta[1] ** 2, [2.0, 1.0])
    run, plain = (descend(bowl, make_optimizer("momentum", lr=0.05), steps=12, watch=watch) for watch in (True, False))
    assert plain.states is None and plain.thetas.tobytes() == run.thetas.tobytes()
    assert {symbol: values.shape for symbol, values in run.states.items()} == {"g": (12, 2), "m": (12, 2)}
    np.testing.assert_allclose(run.states["g"], [bowl.gradient(theta) for theta in run.thetas[:-1]], rtol=1e-13)
    np.testing.assert_allclose(run.thetas[1:], run.thetas[:-1] - 0.05 * run.states["m"], rtol=1e-13)
    assert not run.states["m"].flags.writeable and not run.spent.flags.writeable
    assert run.spent.tolist() == list(range(13))


def test_a_run_that_ends_early_keeps_the_states_of_its_own_steps(formula):
    fall = formula(lambda theta: -(theta[0] ** 3), [1.0])
    run = descend(fall, make_optimizer("gd", lr=0.5), steps=200, watch=True)
    assert run.status in AWAY and len(run.spent) == len(run) and len(run.states["g"]) == len(run) - 1
    fall.samples = 4  # in batches the true losses, and with them the end, are known after the run only
    batched = descend(fall, make_optimizer("sgd", lr=0.5), steps=200, batch_size=1, watch=True)
    assert batched.status in AWAY and len(batched) < 200
    assert len(batched.spent) == len(batched) and len(batched.states["g"]) == len(batched) - 1
    flat = formula(lambda theta: (theta[0] - 1) ** 2 + 0 * theta[1], [2.0, 1.0])
    stuck = descend(flat, make_optimizer("newton"), steps=5, watch=True)
    assert (stuck.status, dict(stuck.states), stuck.spent.tolist()) == ("singular", {}, [0.0])


def test_batches_and_their_states_are_watched_too(net):
    run = descend(net[3], make_optimizer("sam", lr=0.01), steps=6, batch_size=5, watch=True)
    assert run.spent.tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert run.states[r"\hat g"].shape == (6, net[3].dim)
    np.testing.assert_allclose(np.diff(run.thetas, axis=0), -0.01 * run.states[r"\hat g"], atol=1e-14)


# S4: steps until the error is at most 1e-6 of the first one, from (1, 1) with the best rates of each method (Goh 2017).
@pytest.mark.parametrize(("kappa", "plain", "heavy"), [(10, 69, 27), (100, 691, 93), (1000, 6908, 315)])
def test_ill_conditioning_costs_kappa_steps_and_momentum_its_root(formula, kappa, plain, heavy):
    bowl, root = formula(lambda theta: (theta[0] ** 2 + kappa * theta[1] ** 2) / 2, [1.0, 1.0]), np.sqrt(kappa)
    descent = make_optimizer("gd", lr=2 / (1 + kappa))
    ball = make_optimizer("momentum", lr=(2 / (1 + root)) ** 2, momentum=((root - 1) / (root + 1)) ** 2)
    for optimizer, steps in ((descent, plain), (ball, heavy)):
        errors = np.linalg.norm(descend(bowl, optimizer, steps=steps + 5).thetas, axis=1) / np.sqrt(2)
        assert int(np.argmax(errors <= 1e-6)) == steps
