"""Budget: what a step costs in gradient evaluations, and where each racer stands once so many are spent."""

from __future__ import annotations

import numpy as np

from landscape.descent.optimizers import Optimizer


def cost_of(optimizer: Optimizer, dim: int) -> int:
    """Return the gradient evaluations that a step costs; a method of second order also pays `dim` Hessian-vector products."""
    return 1 + dim if optimizer.descent.__name__ == "_Newton" else 1


def steps_within(evaluations: int, cost: int) -> int:
    """Return the steps that so many gradient evaluations pay for; at least one is taken."""
    return max(1, evaluations // cost)


def standing(steps: int, cost: int, evaluations: int) -> np.ndarray:
    """Return the step (evaluations + 1,) at which a run of `steps` steps stands after each number of evaluations: it moves when a step
    is paid for, and ends where the run did.
    """
    return np.arange(min(evaluations, steps * cost) + 1) // cost
