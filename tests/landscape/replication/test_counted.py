"""What is counted: each evaluation once, and the same numbers as of the objective itself."""

import numpy as np
import torch

from landscape.objectives.functions import make_function
from landscape.replication.counted import Counted


def test_every_way_to_evaluate_is_counted_and_gives_what_the_source_gives():
    source = make_function("himmelblau")
    counted, theta, v = Counted(source), np.array([0.7, -1.3]), np.array([1.0, 2.0])
    assert counted.value(theta) == source.value(theta) and counted.count == 1
    np.testing.assert_array_equal(counted.values(np.array([theta, v])), source.values(np.array([theta, v])))
    assert counted.count == 3
    np.testing.assert_array_equal(counted.gradient(theta), source.gradient(theta))
    assert counted.count == 4
    assert counted.value_and_gradient(torch.tensor(theta))[0] == source.value(theta) and counted.count == 5
    np.testing.assert_array_equal(counted.gradients(np.array([theta, v])), source.gradients(np.array([theta, v])))
    assert counted.count == 7
    product = counted.curvature(theta)
    np.testing.assert_array_equal(product(v), source.hessian_vector(theta, v))
    assert counted.count == 8
    np.testing.assert_array_equal(counted.hessian(theta), source.hessian(theta))
    assert counted.count == 10
    np.testing.assert_array_equal(counted.hessians(np.array([theta, v])), source.hessians(np.array([theta, v])))
    assert counted.count == 14
