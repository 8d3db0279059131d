"""Values of losses for the tests of their families, batches of every shape that each loss takes, and lines that they fit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from scipy.optimize import minimize

from landscape.losses.losses import losses, make_loss

RESIDUAL = ["mse", "mae", "huber", "log_cosh", "quantile", "tukey"]
MARGIN = ["hinge", "squared_hinge", "perceptron", "exponential", "logistic", "zero_one"]
CLASSES = ["cross_entropy", "focal", "balanced_cross_entropy", "tree_distance"]
DISTRIBUTION = ["kl", "jensen_shannon", "infonce"]
LABELED = [*CLASSES, *DISTRIBUTION]  # they take scores and labels, or logits and class indices
PAIRS = ["margin_ranking", "ranknet"]
RANKING = [*PAIRS, "listnet"]
ALONE = [*RESIDUAL, *MARGIN, *LABELED]  # one value of one output and one target, sample by sample
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


def normal(*shape: int, seed: int = 0, scale: float = 1.0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def numbers(*values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


Batch = tuple[str, dict[str, object], torch.Tensor, torch.Tensor]


def ordinary() -> dict[str, Batch]:
    """Batches off every kink, one for each shape that a loss takes: (loss, parameters, outputs, targets) by a label."""
    return {f"{batch[0]} {note}": batch for note, batch in _ordinary()}


def _ordinary() -> Iterator[tuple[str, Batch]]:
    params = {"huber": {"delta": 0.8}, "quantile": {"q": 0.9}, "tukey": {"c": 2.1}, "focal": {"gamma": 1.7, "alpha": 0.3}}
    params |= {"balanced_cross_entropy": {"alpha": 0.6}, "tree_distance": {"strength": 2.5}, "infonce": {"temperature": 0.4}}
    for name in [*RESIDUAL, "rmse"]:
        yield "line", (name, params.get(name, {}), normal(7, seed=1, scale=2), normal(7, seed=2))
        yield "three outputs", (name, params.get(name, {}), normal(5, 3, seed=3), normal(5, 3, seed=4))
    for name in MARGIN:
        yield "scores", (name, {}, OFFSETS.flip(0), BITS)
    yield "base 2", ("logistic", {"base": "2"}, OFFSETS, BITS)
    for name in LABELED:
        yield "scores", (name, params.get(name, {}), OFFSETS.flip(0) / 2, BITS)
        yield "logits", (name, params.get(name, {}), normal(6, 5, seed=5, scale=2), torch.tensor([3, 0, 1, 4, 2, 0]))
    for name in ("kl", "jensen_shannon"):
        yield "probabilities", (name, {}, normal(6, 4, seed=6, scale=2), normal(6, 4, seed=7).softmax(1))
    yield "embeddings", ("infonce", {"temperature": 0.4}, normal(5, 3, seed=8), normal(5, 3, seed=9))
    for name in RANKING:
        yield "queries", (name, {}, normal(3, 5, seed=10), numbers([0, 1, 2, 1, 0], [3, 3, 3, 0, 1], [0, 1, 2, 3, 4]))
        yield "one query", (name, {}, normal(5, seed=11), numbers(0, 2, 1, 2, 0))
    for name in PAIRS:
        yield "pairs", (name, {}, normal(7, 2, seed=12), BITS)
    yield "narrow", ("margin_ranking", {"margin": 0.3}, normal(7, 2, seed=13), BITS * 2 - 1)
    yield "all observed", ("physics", {"weight": 0.7}, normal(6, 2, seed=14), normal(6, seed=15))
    seen = torch.stack([normal(6, seed=16), numbers(1, 0, 0, 1, 0, 1)], 1)
    yield "some observed", ("physics", {"weight": 0.7}, normal(6, 2, seed=17), seen)
    yield "code of two", ("vae", {"beta": 4.0}, normal(4, 7, seed=18), normal(4, 3, seed=19))
    yield "one feature", ("vae", {}, normal(4, 3, seed=20), normal(4, seed=21))


def extreme() -> dict[str, Batch]:
    """Batches of very large and very small numbers, of one sample, of one class, of equal outputs and of ties."""
    return {f"{batch[0]} {note}": batch for note, batch in _extreme()}


def _extreme() -> Iterator[tuple[str, Batch]]:
    far = numbers(1e30, -1e30, 1e4, -1e4, 1e-30, -1e-30, 0)
    bits = torch.tensor([1, 0, 0, 1, 1, 0, 1])
    corners = numbers([1e4, -1e4, 0], [-1e4, 1e4, 1e4], [0, 0, 0], [1e30, -1e30, 1e30], [1e-30, -1e-30, 0])
    for name in [*RESIDUAL, "rmse"]:
        yield "far outputs", (name, {}, far, torch.zeros(7))
        yield "far targets", (name, {}, torch.zeros(7, dtype=torch.float64), far.flip(0))
        yield "one sample", (name, {}, numbers(1.5), numbers(-2))
        yield "perfect", (name, {}, numbers(3, 3), numbers(3, 3))
    for scale in (1e-200, 1e200):
        yield f"at {scale}", ("rmse", {}, numbers(3, -4, 0) * scale, torch.zeros(3))
    for name in [*MARGIN, *LABELED]:
        yield "far scores", (name, {}, far, bits)
        yield "far, all of class 0", (name, {}, far, torch.zeros(7))
        yield "one sample", (name, {}, numbers(0.4), torch.tensor([1]))
    yield "far scores, base 2", ("logistic", {"base": "2"}, far, bits)
    for name in LABELED:
        for true in range(3):
            yield f"corners, all of class {true}", (name, {}, corners, torch.full((5,), true))
        yield "two logits", (name, {}, corners[:, :2], torch.tensor([0, 1, 1, 0, 0]))
    for name in ("kl", "jensen_shannon"):
        yield "corners, shared", (name, {}, corners, numbers([0.5, 0.5, 0], [0, 0, 1], [1, 0, 0], [0.2, 0.3, 0.5], [1e-30, 1, 1e-300]))
        yield "equal", (name, {}, numbers([1, 1, 1, 1]), numbers([0.25, 0.25, 0.25, 0.25]))
    long, short = numbers([3e200, 4e200], [1e200, 0]), numbers([0, 2e-200], [3e-200, -4e-200])
    yield "long and short embeddings", ("infonce", {}, long, short)
    yield "a row of zeros", ("infonce", {}, numbers([0, 0], [1, 2], [2, 1]), numbers([1, 0], [0, 0], [2, 1]))
    yield "one pair", ("infonce", {}, numbers([1, 2]), numbers([2, 1]))
    for name in RANKING:
        yield "far", (name, {}, numbers([1e4, -1e4, 0], [1e30, -1e30, 1e30], [5, 5, 5]), numbers([0, 1, 2], [1, 0, 1], [0, 1, 1]))
        yield "ties", (name, {}, numbers([1, 2], [3, 3], [5, 4]), numbers([1, 1], [0, 0], [0, 1]))
        yield "far grades", (name, {}, numbers([1, 2, 3]), numbers([1e4, -1e4, 1e30]))
        yield "one tied query", (name, {}, numbers(1, 2, 2), numbers(4, 4, 4))
        yield "one document", (name, {}, numbers(1), numbers(4))
    for name in PAIRS:
        yield "far pairs", (name, {}, numbers([1e30, -1e30], [-1e4, 1e4], [0, 0]), torch.tensor([0, 1, 1]))
    yield "far", ("physics", {}, numbers([1e30, 1e-30], [1e-30, -1e30], [0, 0]), numbers([-1e30, 1], [1e30, 0], [0, 1]))
    yield "far means", ("vae", {}, numbers([1e30, -1e30, 0], [0, 1e-30, 1e-30]), numbers(-1e30, 1e-30))
    yield "far variances", ("vae", {}, numbers([0, 0, -1e4], [0, 0, -1e30], [0, 0, 700], [0, 0, 0]), torch.zeros(4))


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
