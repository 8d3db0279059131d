"""Perturbed gradient descent: its formula, its seed, and how soon it leaves a saddle."""

import numpy as np
import torch

from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend

STEPS = 50


def test_the_path_is_that_of_the_formula(tanh_net):
    run = descend(tanh_net, make_optimizer("perturbed_gd", lr=0.03, sigma=0.7), steps=STEPS, seed=5)
    theta, noise = tanh_net.theta.copy(), np.random.default_rng(5)
    for step in range(STEPS):
        np.testing.assert_allclose(run.thetas[step], theta, rtol=0, atol=1e-12)
        theta = theta - 0.03 * (tanh_net.gradient(theta) + 0.7 * noise.normal(size=tanh_net.dim))
    assert run.losses[-1] < run.losses[0]


def test_the_seed_says_which_noise_and_torch_s_own_is_not_touched(formula):
    bowl = formula(lambda t: t.square().sum(), [1.0, 2.0])
    state = torch.get_rng_state()
    first, again, other = (descend(bowl, make_optimizer("perturbed_gd", lr=0.1), steps=5, seed=seed).thetas for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes() and np.abs(first - other)[1:].min() > 0
    assert torch.equal(state, torch.get_rng_state())


def test_noise_leaves_the_saddle_where_gradient_descent_stays(formula):
    """S3: from y = 0 with sigma 0.1, at the first |y| > 0.5: the median of 200 seeds is step 39."""
    saddle = formula(lambda t: t[0] ** 2 / 2 - t[1] ** 2 / 2 + t[1] ** 4 / 4, [1.0, 0.0])
    assert (descend(saddle, make_optimizer("gd", lr=0.1), steps=300).thetas[:, 1] == 0).all()
    optimizer, escapes = make_optimizer("perturbed_gd", lr=0.1, sigma=0.1), []
    for seed in range(200):
        run = optimizer.start(saddle, saddle.theta, seed)
        steps = 0
        while abs(float(run.theta[1])) <= 0.5:
            run.step()
            steps += 1
        escapes.append(steps)
    assert np.median(escapes) == 39
