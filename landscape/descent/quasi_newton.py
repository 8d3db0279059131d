"""Quasi-Newton methods: the curvature is estimated from the gradients of former points."""

from __future__ import annotations

import math
from types import MappingProxyType

import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.descent.method import Descent, Optimizer, Slope, rate
from landscape.objective import ArrayLike, Objective

quasi_newton_methods = Catalogue("optimizers")

# The points that a line search tries at most, as in torch.
MOST_TRIED = 25
# What a point without a finite loss counts as, beside the loss at the start of the step: torch's line search knows no NaN.
WALL = 1e10


class _Lbfgs(Descent):
    """torch.optim.LBFGS, one iteration a step; the points of the last line search are not evaluated again.

    The run ends by its number of steps alone: the tolerances are zero, so that it stays where the gradient is.
    """

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike, seed: int = 0):
        super().__init__(optimizer, objective, theta, seed)
        settings = dict(optimizer.settings)
        searched = settings.pop("line_search_fn")
        self._theta.requires_grad_()
        self._torch = torch.optim.LBFGS(
            [self._theta],
            **settings,
            max_iter=1,
            max_eval=1 + MOST_TRIED,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            line_search_fn=None if searched == "none" else searched,
        )
        self._tried: dict[bytes, tuple[float, Tensor]] = {}

    def _evaluate(self, theta: Tensor, batch: ArrayLike | None) -> tuple[float, Tensor]:
        place = theta.detach().numpy(force=True).tobytes()
        if place not in self._tried:
            self._tried[place] = super()._evaluate(theta, batch)
        return self._tried[place]

    def _move(self, gradient: Tensor, lr: float, slope: Slope) -> dict[str, Tensor]:
        wall = WALL * max(1.0, abs(slope(self._theta)[0]))

        def closure() -> float:
            loss, self._theta.grad = slope(self._theta)
            if math.isfinite(loss) and bool(torch.isfinite(self._theta.grad).all()):
                return loss
            self._theta.grad = torch.zeros_like(self._theta)
            return wall

        self._torch.param_groups[0]["lr"] = lr
        self._torch.step(closure)
        here = self._theta.detach().numpy(force=True).tobytes()
        self._tried = {place: found for place, found in self._tried.items() if place == here}
        direction = self._torch.state[self._theta].get("d")
        return {} if direction is None else {"p": direction}


@quasi_newton_methods.entry(
    "lbfgs",
    "L-BFGS",
    rate(1.0, "first step tried"),
    Parameter("history_size", 100, "pairs kept", low=1, high=1000, scale="log"),
    Parameter("line_search_fn", "strong_wolfe", "line search", choices=("strong_wolfe", "none")),
    formula=(
        r"p = -B\, g,\ B \leftarrow (I - \rho s y^\top) B\, (I - \rho y s^\top) + \rho s s^\top,\quad"
        r" \theta \leftarrow \theta + t\, p,\quad s = \theta_{t+1} - \theta_t,\ y = g_{t+1} - g_t,\ \rho = \tfrac{1}{y^\top s}"
    ),
    source="Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.5",
    order=1,
    full_batch=True,
    searches=True,
)
def _lbfgs(**settings: Value) -> Optimizer:
    """The step length t meets the strong Wolfe conditions, or is the rate itself without a line search (torch's default)."""
    return Optimizer(quasi_newton_methods["lbfgs"], MappingProxyType(settings), _Lbfgs)
