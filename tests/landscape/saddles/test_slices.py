"""Slices: derivatives by the chain rule, and points that are critical in the plane alone are said to be so."""

import numpy as np
import pytest

from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.plane import Plane
from landscape.saddles.slices import Slice, slice_points

ORIGIN, U, V = np.array([0.3, -0.2, 1.0]), np.array([1.0, 0.0, 0.5]), np.array([0.2, 2.0, 0.0])


def test_the_slice_has_the_values_and_derivatives_of_the_chain_rule(formula):
    source = formula(lambda theta: (theta**4).sum() + theta.prod(), ORIGIN)
    plane = Plane(ORIGIN, U, V)
    slice_, axes = Slice(source, plane), np.stack([U, V])
    points = np.random.default_rng(0).normal(size=(4, 2))
    for point, value, slope, hessian in zip(points, slice_.values(points), slice_.gradients(points), slice_.hessians(points), strict=True):
        theta = plane.embed(*point)
        assert value == pytest.approx(source.value(theta), rel=1e-14)
        np.testing.assert_allclose(slope, axes @ source.gradient(theta), rtol=1e-12)
        np.testing.assert_allclose(hessian, axes @ source.hessian(theta) @ axes.T, rtol=1e-12)


def test_batches_of_a_network_are_those_of_one_point_at_a_time():
    dataset = make_dataset("moons", n=30)
    risk = EmpiricalRisk(make_model("mlp", dataset, widths=(4,)), make_loss("logistic"), dataset)
    rng = np.random.default_rng(1)
    slice_ = Slice(risk, Plane(risk.theta, *rng.normal(size=(2, risk.dim))))
    points = rng.normal(size=(3, 2))
    assert slice_.of_rows() is not None
    np.testing.assert_allclose(slice_.gradients(points), [slice_.gradient(point) for point in points], rtol=1e-11)
    np.testing.assert_allclose(slice_.hessians(points), [slice_.hessian(point) for point in points], rtol=1e-10, atol=1e-13)


def test_what_holds_in_the_plane_alone_is_said_to_be_so(formula):
    """f = x^2 + y^2 - z^2 + z (x - 1): at z = 0 the plane's minimum (0, 0) has a slope in z; at the plane of the saddle it has none."""
    source = formula(lambda theta: theta[0] ** 2 + theta[1] ** 2 - theta[2] ** 2 + theta[2] * (theta[0] - 1), np.zeros(3))
    (aside,) = slice_points(source, Plane(np.zeros(3), np.eye(3)[0], np.eye(3)[1]), ((-1.0, 2.0), (-1.0, 1.5)))
    assert (aside.point.kind, aside.full, aside.slice_only) == ("minimum", None, True)
    assert aside.gradient_norm == pytest.approx(1.0)
    center = np.array([0.2, 0.0, -0.4])  # 2 x + z = 0 and -2 z + x - 1 = 0
    (through,) = slice_points(source, Plane(center, np.eye(3)[0], np.eye(3)[1]), ((-1.0, 2.0), (-1.0, 1.5)))
    np.testing.assert_allclose(through.theta, center, atol=1e-12)
    assert (through.point.kind, through.full.kind, through.full.index, through.slice_only) == ("minimum", "saddle", 1, True)
    (true,) = slice_points(source, Plane(center, np.eye(3)[0], np.eye(3)[2]), ((-1.0, 2.0), (-1.0, 1.5)))
    assert (true.point.kind, true.full.kind, true.slice_only) == ("saddle", "saddle", False)


def test_a_slice_without_critical_points_has_none(formula):
    source = formula(lambda theta: theta[0] + theta[1] ** 2 + theta[2] ** 2, np.zeros(3))
    assert slice_points(source, Plane(np.zeros(3), np.eye(3)[0], np.eye(3)[1]), ((-1.0, 1.0), (-1.0, 1.0))) == []
