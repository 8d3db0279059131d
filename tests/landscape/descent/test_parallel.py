"""Workers that average: against gradient descent on all samples, and against their own loops by hand."""

import numpy as np
import pytest
import torch

from landscape.descent.optimizers import make_optimizer
from landscape.descent.parallel import descend_in_parallel
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled, LandscapeError


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 12])
def test_an_average_after_every_step_on_full_equal_parts_is_gradient_descent(tanh_net, workers):
    run = descend_in_parallel(tanh_net, workers=workers, lr=0.05, steps=50)
    expected = descend(tanh_net, make_optimizer("gd", lr=0.05), steps=50)
    np.testing.assert_allclose(run.mean.thetas, expected.thetas, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.mean.losses, expected.losses, rtol=1e-12)
    assert run.averaged.all() and run.workers.shape == (51, workers, tanh_net.dim)
    assert (run.drift > 0).sum() == (0 if workers == 1 else 50)


def test_with_local_steps_each_worker_goes_its_own_way_until_the_average(tanh_net):
    start = tanh_net.theta + 0.1
    run = descend_in_parallel(tanh_net, start, workers=3, local=4, lr=0.03, steps=10, seed=6)
    parts = torch.randperm(12, generator=torch.Generator().manual_seed(6)).tensor_split(3)
    points = [start.copy() for _ in parts]
    for step in range(1, 11):
        points = [point - 0.03 * tanh_net.gradient(point, part) for point, part in zip(points, parts, strict=True)]
        middle = np.mean(points, axis=0)
        assert run.drift[step] == pytest.approx(np.mean([np.linalg.norm(point - middle) for point in points]), rel=1e-10)
        if step in (4, 8, 10):
            points = [middle] * 3
        np.testing.assert_allclose(run.workers[step], points, rtol=0, atol=1e-12)
        np.testing.assert_allclose(run.mean.thetas[step], middle, rtol=0, atol=1e-12)
    assert np.flatnonzero(run.averaged).tolist() == [0, 4, 8, 10]
    assert run.drift[4] > run.drift[3] > run.drift[2] > run.drift[1] > run.drift[0] == 0
    assert run.drift[5] < run.drift[4]


def test_batches_are_of_the_worker_s_own_samples_and_the_seed_says_which(tanh_net):
    first, again, other = (descend_in_parallel(tanh_net, workers=2, lr=0.05, steps=9, batch_size=4, seed=seed) for seed in (1, 1, 2))
    assert first.workers.tobytes() == again.workers.tobytes()
    assert np.abs(first.workers - other.workers).max() > 1e-3
    part = torch.randperm(12, generator=torch.Generator().manual_seed(1))[:6].tolist()
    moved = descend_in_parallel(tanh_net, workers=2, local=9, lr=1.0, steps=2, batch_size=1, seed=1)
    alone = [tanh_net.theta - tanh_net.gradient(tanh_net.theta, [sample]) for sample in part]
    assert min(np.abs(moved.workers[1, 0] - point).max() for point in alone) < 1e-12


def test_divergence_is_a_result(formula):
    bowl = formula(lambda t: 5 * t.square().sum(), [1.0, 2.0])
    run = descend_in_parallel(bowl, workers=1, lr=0.3, steps=3000)
    assert (run.mean.status, run.mean.step) == ("diverged", 1)
    assert len(run.mean) == len(run.workers) == len(run.drift) < 3001


def test_what_cannot_be_dealt_out_is_refused(tanh_net):
    for wrong in ({"workers": 13}, {"workers": 0}, {"local": 0}, {"steps": 0}, {"batch_size": 0}):
        with pytest.raises(LandscapeError, match="the parallel run: .* must be between 1"):
            descend_in_parallel(tanh_net, **({"workers": 2, "lr": 0.1, "steps": 3} | wrong))


def test_cancel_is_looked_at_before_each_step(tanh_net):
    with pytest.raises(Cancelled, match="^$"):
        descend_in_parallel(tanh_net, workers=2, lr=0.1, steps=3, should_stop=lambda: True)
