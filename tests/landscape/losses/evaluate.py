"""Values of losses for the tests of their families, and lines that they fit."""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import minimize

from landscape.losses.losses import losses, make_loss

RESIDUAL = ["mse", "mae", "huber", "log_cosh", "quantile", "tukey"]
MARGIN = ["hinge", "squared_hinge", "perceptron", "exponential", "logistic", "zero_one"]
CLASSES = ["cross_entropy", "focal"]
OFFSETS = torch.tensor([-5.3, -1.7, -0.6, 0.2, 0.9, 2.4, 7.1], dtype=torch.float64)
BITS = torch.tensor([1, 0, 1, 1, 0, 0, 1])


def at(name: str, outputs, targets, **params) -> torch.Tensor:
    return make_loss(name, **params)(outputs, targets)


def of_residual(name: str, r, **params) -> torch.Tensor:
    r = torch.as_tensor(r, dtype=torch.float64)
    return at(name, 2.5 - r, torch.full_like(r, 2.5), **params)


def of_margin(name: str, m, **params) -> torch.Tensor:
    m = torch.as_tensor(m, dtype=torch.float64)
    return at(name, m, torch.ones_like(m), **params)


def line_fit(name: str, x: np.ndarray, y: np.ndarray, start=(1.0, 0.0), **params) -> np.ndarray:
    """Return the (w, b) that minimizes the mean loss, by scipy, with this loss's own gradient."""
    loss, x, y = make_loss(name, **params), torch.tensor(x), torch.tensor(y)

    def risk(theta):
        theta = torch.tensor(theta, requires_grad=True)
        value = loss(theta[0] * x + theta[1], y).mean()
        value.backward()
        return value.item(), theta.grad.numpy()

    if losses[name].traits["smooth"]:
        return minimize(risk, start, jac=True, method="BFGS", options={"gtol": 1e-10}).x
    simplex = [start, (start[0] + 2, start[1]), (start[0], start[1] + 3)]
    options = {"xatol": 1e-10, "fatol": 1e-14, "maxiter": 4000, "initial_simplex": simplex}
    return minimize(lambda theta: risk(theta)[0], start, method="Nelder-Mead", options=options).x
