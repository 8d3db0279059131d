"""Analytic test functions of two coordinates, with known critical points.

Traits: `complete`, whether the declared critical points are all those in the window. Where the default run would not show the function's
characteristic behavior: its number of `steps`, and `lr_share`, the factor of the default learning rate with which the path slows down
visibly at a saddle and stays in the window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import torch
from scipy.special import expit
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter
from landscape.objective import ArrayLike, Block, Objective

Formula = Callable[[Tensor, Tensor], Tensor]
Window = tuple[tuple[float, float], tuple[float, float]]
Declared = Sequence[tuple[float, float, str]]

functions = Catalogue("functions")


def make_function(name: str, **params: object) -> AnalyticFunction:
    """Return the catalogue's function `name`; raise `LandscapeError` for an unknown name or a parameter out of its range."""
    return functions.make(name, **params)


@dataclass(frozen=True, eq=False)
class KnownPoint:
    """A critical point: theta (2,), its kind and the function's value there.

    `kind` is minimum, saddle, maximum or degenerate (a zero eigenvalue of the Hessian: the second derivatives do not decide).
    """

    theta: np.ndarray
    kind: str
    value: float


class AnalyticFunction(Objective):
    """A closed formula f(x, y) of theta = (x, y), float64.

    `window`, ((x_lo, x_hi), (y_lo, y_hi)), is the usual domain, and `theta` an instructive starting point. `declared` lists critical points
    (x, y, kind) to a few digits; the trait `complete` of the entry says whether these are all in the window.
    """

    dim = 2
    blocks = (Block("xy", (2,), 0, 2, kind="whole"),)

    def __init__(self, formula: Formula, start: tuple[float, float], window: Window, declared: Declared = ()):
        self._formula, self._declared = formula, tuple(declared)
        self.window = window
        self.theta = _read_only(np.array(start, dtype=np.float64))

    def loss(self, theta: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return the differentiable f(theta); there are no samples, and `batch` is ignored."""
        return self._formula(theta[0], theta[1])

    def values(self, thetas: ArrayLike) -> np.ndarray:
        """Return f at each row of `thetas`, shape (k, 2) to (k,), in one evaluation of the formula."""
        rows = self.tensors(thetas)
        with torch.no_grad():
            return self.of_rows()(rows).numpy(force=True)

    def of_rows(self) -> Callable[[Tensor], Tensor]:
        """Return the formula of rows (k, 2)."""
        return lambda rows: self._formula(rows[:, 0], rows[:, 1])

    @cached_property
    def known(self) -> tuple[KnownPoint, ...]:
        """The declared critical points, refined by Newton's method to double precision."""
        if not self._declared:
            return ()
        thetas = _polish(self, np.array([point[:2] for point in self._declared], dtype=np.float64))
        kinds = [point[2] for point in self._declared]
        rows = zip(thetas, kinds, self.values(thetas), strict=True)
        return tuple(KnownPoint(_read_only(theta), kind, float(value)) for theta, kind, value in rows)


def _polish(function: AnalyticFunction, points: np.ndarray, steps: int = 6) -> np.ndarray:
    """Return the critical points to which Newton's method converges from the rows of `points` (k, 2), in one batch.

    With the pseudo-inverse there is no step along a null direction of the Hessian: an exactly declared degenerate point does not move.
    """
    for _ in range(steps):
        inverses = np.linalg.pinv(function.hessians(points), hermitian=True)
        points = points - (inverses @ function.gradients(points)[:, :, None])[:, :, 0]
    return points


def _read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.setflags(write=False)
    return array


@functions.entry(
    "himmelblau",
    "Himmelblau",
    formula=r"f(x,y)=(x^2+y-11)^2+(x+y^2-7)^2",
    source="Himmelblau 1972, Applied Nonlinear Programming",
    complete=True,
)
def _himmelblau() -> AnalyticFunction:
    def formula(x: Tensor, y: Tensor) -> Tensor:
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    declared = (
        (3.0, 2.0, "minimum"),
        (-2.805118, 3.131313, "minimum"),
        (-3.779310, -3.283186, "minimum"),
        (3.584428, -1.848127, "minimum"),
        (-0.270845, -0.923039, "maximum"),
        (-3.073026, -0.081353, "saddle"),
        (3.385154, 0.073852, "saddle"),
        (0.086678, 2.884255, "saddle"),
        (-0.127961, -1.953715, "saddle"),
    )
    return AnalyticFunction(formula, (-0.5, -0.5), ((-6.0, 6.0), (-6.0, 6.0)), declared)


@functions.entry(
    "rosenbrock",
    "Rosenbrock's valley",
    Parameter("a", 1.0, "x of the minimum", -3.0, 3.0),
    Parameter("b", 100.0, "steepness of the valley", 0.1, 1000.0, "log"),
    formula=r"f(x,y)=(a-x)^2+b\,(y-x^2)^2",
    source="Rosenbrock 1960, The Computer Journal 3(3)",
    complete=True,
)
def _rosenbrock(a: float, b: float) -> AnalyticFunction:
    def formula(x: Tensor, y: Tensor) -> Tensor:
        return (a - x) ** 2 + b * (y - x**2) ** 2

    half = max(2.0, abs(a) + 0.5)
    window = ((-half, half), (-1.0, max(3.0, a**2 + 1.0)))
    return AnalyticFunction(formula, (-1.2, 1.0) if a >= 0 else (1.2, 1.0), window, ((a, a**2, "minimum"),))


@functions.entry(
    "beale",
    "Beale",
    formula=r"f(x,y)=(1.5-x+xy)^2+(2.25-x+xy^2)^2+(2.625-x+xy^3)^2",
    source="Beale 1958, On an iterative method for finding a local minimum of a function of more than one variable",
    complete=True,
)
def _beale() -> AnalyticFunction:
    def formula(x: Tensor, y: Tensor) -> Tensor:
        return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2

    declared = ((3.0, 0.5, "minimum"), (0.0, 1.0, "saddle"), (0.1005373, -2.6445140, "saddle"))
    return AnalyticFunction(formula, (-1.0, 1.5), ((-4.5, 4.5), (-4.5, 4.5)), declared)


@functions.entry(
    "booth",
    "Booth",
    formula=r"f(x,y)=(x+2y-7)^2+(2x+y-5)^2",
    source="Jamil and Yang 2013, A literature survey of benchmark functions, no. 17",
    complete=True,
)
def _booth() -> AnalyticFunction:
    def formula(x: Tensor, y: Tensor) -> Tensor:
        return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2

    return AnalyticFunction(formula, (-6.0, -3.0), ((-10.0, 10.0), (-10.0, 10.0)), ((1.0, 3.0, "minimum"),))


@functions.entry(
    "six_hump_camel",
    "Six-hump camel",
    formula=r"f(x,y)=\left(4-2.1x^2+\tfrac{x^4}{3}\right)x^2+xy+(4y^2-4)\,y^2",
    source="Dixon and Szego 1978, Towards Global Optimization 2",
    complete=True,
)
def _six_hump_camel() -> AnalyticFunction:
    def formula(x: Tensor, y: Tensor) -> Tensor:
        return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2

    half = (
        (0.089842, -0.712656, "minimum"),
        (1.703607, -0.796084, "minimum"),
        (1.607105, 0.568651, "minimum"),
        (1.230230, 0.162335, "maximum"),
        (1.109205, -0.768268, "saddle"),
        (1.296070, 0.605084, "saddle"),
        (1.638070, 0.228674, "saddle"),
    )
    mirrored = tuple((-x, -y, kind) for x, y, kind in half)  # f(-x, -y) = f(x, y)
    return AnalyticFunction(formula, (-1.2, 0.2), ((-2.1, 2.1), (-1.3, 1.3)), (*half, *mirrored, (0.0, 0.0, "saddle")))


@functions.entry(
    "rastrigin",
    "Rastrigin",
    Parameter("amplitude", 10.0, "height of the ripples", 0.0, 50.0),
    formula=r"f(x,y)=2A+x^2+y^2-A\cos 2\pi x-A\cos 2\pi y",
    source="Rastrigin 1974, Systems of Extremal Control",
    complete=True,
)
def _rastrigin(amplitude: float) -> AnalyticFunction:
    turn = 2 * math.pi

    def formula(x: Tensor, y: Tensor) -> Tensor:
        return 2 * amplitude + x**2 + y**2 - amplitude * (torch.cos(turn * x) + torch.cos(turn * y))

    def slope(t: np.ndarray | float) -> np.ndarray:
        return 2 * t + turn * amplitude * np.sin(turn * t)

    edge = 5.12
    declared = _separable(_roots(slope, -edge, edge), lambda t: 2 + turn**2 * amplitude * math.cos(turn * t))
    return AnalyticFunction(formula, (3.3, -2.4), ((-edge, edge), (-edge, edge)), declared)


@functions.entry(
    "styblinski_tang",
    "Styblinski and Tang",
    formula=r"f(x,y)=\tfrac12\left(x^4-16x^2+5x+y^4-16y^2+5y\right)",
    source="Styblinski and Tang 1990, Neural Networks 3(4)",
    complete=True,
)
def _styblinski_tang() -> AnalyticFunction:
    def formula(x: Tensor, y: Tensor) -> Tensor:
        return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2

    declared = _separable((-2.903534, 0.156731, 2.746803), lambda t: 6 * t**2 - 16)
    return AnalyticFunction(formula, (0.5, 0.0), ((-5.0, 5.0), (-5.0, 5.0)), declared)


@functions.entry(
    "ackley",
    "Ackley",
    formula=r"f(x,y)=-20\,e^{-0.2\sqrt{(x^2+y^2)/2}}-e^{(\cos 2\pi x+\cos 2\pi y)/2}+20+e",
    source="Ackley 1987, A Connectionist Machine for Genetic Hillclimbing",
    complete=False,
)
def _ackley() -> AnalyticFunction:
    """Not differentiable at the global minimum, the tip of a cone; the gradient given there is 0, an element of the subdifferential."""

    def formula(x: Tensor, y: Tensor) -> Tensor:
        square = (x**2 + y**2) / 2
        apart = square > 0
        radius = torch.where(apart, torch.sqrt(torch.where(apart, square, 1.0)), 0.0)  # the derivative of sqrt at 0 is NaN in torch
        ripples = (torch.cos(2 * math.pi * x) + torch.cos(2 * math.pi * y)) / 2
        return -20 * torch.exp(-0.2 * radius) - torch.exp(ripples) + 20 + math.e

    near, corner = 0.9521657, 0.9684776
    sides = ((near, 0.0), (-near, 0.0), (0.0, near), (0.0, -near))
    ring = (*sides, *product((corner, -corner), repeat=2))
    declared = ((0.0, 0.0, "minimum"), *((x, y, "minimum") for x, y in ring))
    return AnalyticFunction(formula, (-3.2, 2.4), ((-5.0, 5.0), (-5.0, 5.0)), declared)


@functions.entry(
    "monkey_saddle",
    "Monkey saddle",
    formula=r"f(x,y)=x^3-3xy^2",
    source="Hilbert and Cohn-Vossen 1932, Geometry and the Imagination, section 29",
    complete=True,
    steps=80,
    lr_share=0.15,
)
def _monkey_saddle() -> AnalyticFunction:
    def formula(x: Tensor, y: Tensor) -> Tensor:
        return x**3 - 3 * x * y**2

    return AnalyticFunction(formula, (1.2, 0.01), ((-1.5, 1.5), (-1.5, 1.5)), ((0.0, 0.0, "degenerate"),))


@functions.entry(
    "saddle",
    "Saddle",
    Parameter("scale", 1.0, "steepness", 0.01, 10.0, "log"),
    Parameter("quartic", 0.0, "walls that close the valley", 0.0, 10.0),
    formula=r"f(x,y)=s\,(x^2-y^2)+q\,y^4",
    source="Dauphin et al. 2014, Identifying and attacking the saddle point problem, section 2",
    complete=True,
    steps=80,
    lr_share=0.1,
)
def _saddle(scale: float, quartic: float) -> AnalyticFunction:
    """For q > 0 there are two minima, at y = +-sqrt(s / 2q), outside the window for small q."""

    def formula(x: Tensor, y: Tensor) -> Tensor:
        return scale * (x**2 - y**2) + quartic * y**4

    declared = [(0.0, 0.0, "saddle")]
    if quartic > 0:
        depth = math.sqrt(scale / (2 * quartic))
        declared += [(0.0, depth, "minimum"), (0.0, -depth, "minimum")]
    return AnalyticFunction(formula, (1.5, 7e-4), ((-2.0, 2.0), (-2.0, 2.0)), declared)


@functions.entry(
    "mueller_brown",
    "Müller and Brown",
    formula=r"f(x,y)=\sum_{k=1}^{4}A_k\,e^{a_k(x-x_k)^2+b_k(x-x_k)(y-y_k)+c_k(y-y_k)^2}",
    source="Müller and Brown 1979, Theoretica Chimica Acta 53",
    complete=True,
)
def _mueller_brown() -> AnalyticFunction:
    height, a, b, c = (-200.0, -100.0, -170.0, 15.0), (-1.0, -1.0, -6.5, 0.7), (0.0, 0.0, 11.0, 0.6), (-10.0, -10.0, -6.5, 0.7)
    center_x, center_y = (1.0, 0.0, -0.5, -1.0), (0.0, 0.5, 1.5, 1.0)
    terms = tuple(zip(height, a, b, c, center_x, center_y, strict=True))

    def formula(x: Tensor, y: Tensor) -> Tensor:
        def term(height: float, a: float, b: float, c: float, x_k: float, y_k: float) -> Tensor:
            return height * torch.exp(a * (x - x_k) ** 2 + b * (x - x_k) * (y - y_k) + c * (y - y_k) ** 2)

        return sum(term(*constants) for constants in terms)

    declared = (
        (-0.558224, 1.441726, "minimum"),
        (0.623499, 0.028038, "minimum"),
        (-0.050011, 0.466694, "minimum"),
        (-0.822002, 0.624313, "saddle"),
        (0.212487, 0.292988, "saddle"),
    )
    return AnalyticFunction(formula, (-0.9, 0.5), ((-1.5, 1.2), (-0.3, 2.0)), declared)


@functions.entry(
    "quadratic",
    "Quadratic bowl",
    Parameter("kappa", 10.0, "condition number", 1.0, 1e4, "log"),
    Parameter("angle", 0.0, "rotation in degrees", -180.0, 180.0),
    formula=r"f(x,y)=\tfrac12\left(u^2+\kappa v^2\right),\quad u=x\cos\varphi+y\sin\varphi,\quad v=-x\sin\varphi+y\cos\varphi",
    source="Goh 2017, Why momentum really works, Distill",
    complete=True,
)
def _quadratic(kappa: float, angle: float) -> AnalyticFunction:
    """The start is (1, 1) in the eigenvector basis: the angle does not change the losses of a rotation-invariant optimizer."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def formula(x: Tensor, y: Tensor) -> Tensor:
        return ((cos * x + sin * y) ** 2 + kappa * (cos * y - sin * x) ** 2) / 2

    return AnalyticFunction(formula, (cos - sin, sin + cos), ((-2.0, 2.0), (-2.0, 2.0)), ((0.0, 0.0, "minimum"),))


@functions.entry(
    "flat_sharp",
    "Flat and sharp minimum",
    Parameter("T", 0.2, "how smoothly the wells meet", 0.01, 1.0, "log"),
    Parameter("k", 25.0, "curvature of the sharp minimum", 1.0, 100.0, "log"),
    formula=r"f(x,y)=-T\log\left(e^{-\frac{(x+2)^2+y^2}{2T}}+e^{-k\frac{(x-2)^2+y^2}{2T}}\right)",
    source="Hochreiter and Schmidhuber 1997, Flat minima, Neural Computation 9(1)",
    complete=True,
    lr_share=2.3,  # gradient descent is unstable at the sharp minimum, momentum with its smaller rate is not
)
def _flat_sharp(T: float, k: float) -> AnalyticFunction:  # noqa: N803 (a temperature)
    """The smooth minimum of two isotropic quadratics of curvature 1 and k: learning rates below 2 and 2 / k are stable there."""

    def formula(x: Tensor, y: Tensor) -> Tensor:
        flat, sharp = ((x + 2) ** 2 + y**2) / 2, k * ((x - 2) ** 2 + y**2) / 2
        return -T * torch.logsumexp(torch.stack([-flat / T, -sharp / T]), 0)  # its second derivative is finite far away, too

    def slope(x: np.ndarray) -> np.ndarray:
        """Return df/dx on the line y = 0, on which all critical points lie: df/dy is y times a positive number."""
        share = expit((k * (x - 2) ** 2 - (x + 2) ** 2) / (2 * T))  # softmin weight of the flat minimum
        return share * (x + 2) + (1 - share) * k * (x - 2)

    declared = tuple((x, 0.0, kind) for x, kind in zip(_roots(slope, -4.0, 4.0), ("minimum", "saddle", "minimum"), strict=True))
    return AnalyticFunction(formula, (2.01, 0.0), ((-4.0, 4.0), (-3.0, 3.0)), declared)


@functions.entry(
    "river_valley",
    "River valley",
    Parameter("slope", 0.2, "fall of the floor", 0.01, 10.0, "log"),
    Parameter("k", 20.0, "steepness of the walls", 1.0, 1e4, "log"),
    Parameter("bend", 0.5, "bends of the river", 0.0, 3.0),
    formula=r"f(x,y)=s\left(\sqrt{1+(x-4)^2}-1\right)+\tfrac{k}{2}\,(y-b\sin x)^2",
    source="Wen et al. 2024, Understanding Warmup-Stable-Decay Learning Rates: A River Valley Loss Landscape Perspective",
    complete=True,
    steps=400,
)
def _river_valley(slope: float, k: float, bend: float) -> AnalyticFunction:
    """The river y = b sin x falls by at most s a unit of length to the one minimum, where x = 4; across it the curvature is k or more."""

    def formula(x: Tensor, y: Tensor) -> Tensor:
        return slope * (torch.sqrt(1 + (x - 4) ** 2) - 1) + k / 2 * (y - bend * torch.sin(x)) ** 2

    half = max(2.0, 1.5 * bend)
    mouth = (4.0, bend * math.sin(4.0), "minimum")
    return AnalyticFunction(formula, (-5.0, 0.6 * half), ((-6.0, 6.0), (-half, half)), (mouth,))


def _separable(roots: Sequence[float], curvature: Callable[[float], float]) -> Declared:
    """Return the critical points of g(x) + g(y) from the roots of g' and the second derivative g''."""
    kinds = {2: "minimum", 1: "saddle", 0: "maximum"}
    return tuple((x, y, kinds[(curvature(x) > 0) + (curvature(y) > 0)]) for x, y in product(roots, repeat=2))


def _roots(slope: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> tuple[float, ...]:
    """Return the sign changes of `slope`, to a few digits, by linear interpolation; with an even number of points, 0 is not one of them."""
    points = np.linspace(low, high, 20000)
    slopes = slope(points)
    (before,) = np.nonzero(np.sign(slopes[:-1]) != np.sign(slopes[1:]))
    share = slopes[before] / (slopes[before] - slopes[before + 1])
    return tuple((points[before] + share * (points[before + 1] - points[before])).tolist())
