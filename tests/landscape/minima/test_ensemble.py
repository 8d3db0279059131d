"""Networks trained at once: against each trained alone."""

import numpy as np
import pytest

from landscape import EmpiricalRisk, descend, make_dataset, make_function, make_loss, make_model, make_optimizer
from landscape.minima.ensemble import train


@pytest.mark.parametrize(
    "objective",
    [
        make_function("himmelblau"),
        EmpiricalRisk(make_model("mlp", make_dataset("moons", n=30), widths=(4,)), make_loss("logistic"), make_dataset("moons", n=30)),
    ],
    ids=["function", "network"],
)
def test_each_ends_where_adam_alone_would(objective):
    starts = objective.theta + 0.3 * np.random.default_rng(0).standard_normal((3, objective.dim))
    shares = []
    ends = train(objective, starts, steps=40, lr=0.05, turn=shares.append)
    alone = [descend(objective, make_optimizer("adam", lr=0.05), start, steps=40).thetas[-1] for start in starts]
    np.testing.assert_allclose(ends, alone, rtol=1e-9, atol=1e-12)
    assert np.abs(ends - starts).min() > 1e-3
    assert shares == [step / 40 for step in range(40)]
