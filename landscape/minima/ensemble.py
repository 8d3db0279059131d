"""Ensemble: several networks of one kind trained at once, each from its own start, as if it were alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from landscape.objective import ArrayLike, Objective


def train(
    objective: Objective, starts: ArrayLike, *, steps: int, lr: float, turn: Callable[[float], None] = lambda share: None
) -> np.ndarray:
    """Return the ends (k, D) of `steps` full-batch steps of Adam at the rate `lr` from each row of `starts` (k, D).

    Adam moves every coordinate by itself, so that the rows do not touch each other: each is what `descend` with "adam" ends at, but
    their gradients come out of one batch. `turn` hears the finished share before each step, and may raise.
    """
    thetas = objective.tensors(starts).clone()
    adam = torch.optim.Adam([thetas], lr=lr, foreach=False)
    for step in range(steps):
        turn(step / steps)
        thetas.grad = torch.from_numpy(objective.gradients(thetas)).to(thetas)
        adam.step()
    return thetas.double().numpy(force=True)
