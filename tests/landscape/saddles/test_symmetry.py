"""Symmetry: copies made by hand are recognized, others are not, and how many there are is counted against an enumeration."""

from itertools import permutations, product

import numpy as np
import pytest
import torch

from landscape.curvature.critical import CriticalPoint, find_critical_points
from landscape.data.datasets import make_dataset
from landscape.losses.losses import make_loss
from landscape.networks.models import make_model
from landscape.objectives.risk import EmpiricalRisk
from landscape.saddles.symmetry import copies, hidden_layers, nearest_copy, orbits


def net(activation="tanh", widths=(3,), name="mlp", **params):
    dataset = make_dataset("moons", n=12) if name == "mlp" else make_dataset("line", n=12)
    if name == "mlp":
        params = {"widths": widths, "activation": activation}
    model = make_model(name, dataset, **params)
    return model, EmpiricalRisk(model, make_loss("logistic" if name == "mlp" else "mse"), dataset)


def by_hand(theta, perm, signs):
    """A copy of the 2-3-1 net's theta: rows of W1, entries of b1 and columns of W2, permuted and flipped."""
    w1, b1, w2, b2 = theta[:6].reshape(3, 2), theta[6:9], theta[9:12], theta[12:]
    perm, signs = list(perm), np.array(signs)
    return np.concatenate([(signs[:, None] * w1[perm]).ravel(), signs * b1[perm], signs * w2[perm], b2])


ALL = [(perm, signs) for perm in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3)]


def test_every_copy_has_the_same_risk_and_is_taken_back_to_where_it_came_from():
    model, risk = net()
    theta = np.random.default_rng(0).normal(size=13)
    layers = hidden_layers(model)
    assert [(layer.odd, layer.symmetries) for layer in layers] == [(True, 48)]
    for perm, signs in ALL:
        copy = by_hand(theta, perm, signs)
        assert risk.value(copy) == pytest.approx(risk.value(theta), rel=1e-14)
        np.testing.assert_allclose(nearest_copy(layers, copy, theta), theta, rtol=1e-15)


def test_the_nearest_of_all_copies_is_the_nearest_by_enumeration():
    model, _ = net()
    rng = np.random.default_rng(5)
    theta, target = rng.normal(size=13), rng.normal(size=13)
    nearest = min(np.linalg.norm(by_hand(theta, *symmetry) - target) for symmetry in ALL)
    assert np.linalg.norm(nearest_copy(hidden_layers(model), theta, target) - target) == pytest.approx(nearest, rel=1e-14)


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ("none", 48),
        ("twins", 24),  # units 0 and 1 equal
        ("mirrored twins", 24),  # unit 1 is minus unit 0
        ("zero unit", 24),
        ("two zero units", 6),
        ("triplets", 8),
    ],
)
def test_copies_are_counted_as_an_enumeration_counts_them(change, count):
    model, _ = net()
    theta = np.random.default_rng(1).normal(size=13)
    units = hidden_layers(model)[0].units
    targets = {"twins": [(1, 1.0)], "mirrored twins": [(1, -1.0)], "triplets": [(1, 1.0), (2, -1.0)]}
    for unit, sign in targets.get(change, []):
        theta[units[unit]] = sign * theta[units[0]]
    for unit in {"zero unit": [0], "two zero units": [0, 2]}.get(change, []):
        theta[units[unit]] = 0.0
    distinct = {tuple(np.round(by_hand(theta, *symmetry), 9) + 0.0) for symmetry in ALL}
    assert copies(hidden_layers(model), theta) == len(distinct) == count


@pytest.mark.parametrize(("activation", "odd"), [("relu", False), ("sigmoid", False), ("tanh", True), ("identity", True)])
def test_only_odd_activations_allow_flips(activation, odd):
    model, risk = net(activation)
    (layer,) = hidden_layers(model)
    assert (layer.odd, layer.symmetries) == (odd, 48 if odd else 6)
    theta = np.random.default_rng(2).normal(size=13)
    flipped = by_hand(theta, (0, 1, 2), (-1.0, 1.0, 1.0))
    assert (risk.value(flipped) == pytest.approx(risk.value(theta), rel=1e-12)) == odd


def test_two_hidden_layers_are_matched_together():
    model, risk = net(widths=(3, 4))
    one, two = hidden_layers(model)
    assert (one.incoming.shape, one.outgoing.shape, two.incoming.shape, two.outgoing.shape) == ((3, 3), (3, 4), (4, 4), (4, 1))
    rng = np.random.default_rng(3)
    theta = rng.normal(size=risk.dim)
    copy = theta.copy()
    for layer in (one, two):
        perm, signs = rng.permutation(len(layer.units)), rng.choice([-1.0, 1.0], size=(len(layer.units), 1))
        copy[layer.units] = signs * copy[layer.units[perm]]
    assert not np.allclose(copy, theta) and risk.value(copy) == pytest.approx(risk.value(theta), rel=1e-13)
    np.testing.assert_allclose(nearest_copy((one, two), copy, theta), theta, rtol=1e-14)


def test_models_without_such_layers_have_none():
    dataset = make_dataset("moons", n=12)
    assert hidden_layers(make_model("logistic", dataset)) == ()
    assert hidden_layers(make_model("residual_mlp", dataset, depth=3)) == ()
    assert hidden_layers(torch.nn.ReLU()) == ()
    maxout = make_model("mlp", dataset, widths=(4,), activation="maxout")
    assert hidden_layers(maxout) == ()


def test_a_deep_linear_net_has_its_origin_alone_and_other_points_in_pairs():
    model, _ = net(name="deep_linear")
    layers = hidden_layers(model)
    assert copies(layers, np.zeros(2)) == 1 and copies(layers, np.array([0.5, 2.0])) == 2


def test_the_minima_of_a_tanh_net_are_one_point_and_its_copies():
    """Teacher and student are 1-2-1 tanh nets with no output bias apart: the teacher's eight copies are the only minima of loss 0."""
    x = np.linspace(-2.0, 2.0, 12)[:, None]
    teacher = np.array([2.0, -1.5, 1.0, 0.5, 1.0, -1.0, 0.0])
    model = make_model("mlp", make_dataset("line", n=5), widths=(2,))
    targets = np.tanh(x @ teacher[None, :2] + teacher[2:4]) @ teacher[4:6]
    risk = EmpiricalRisk(model, make_loss("mse"), (x, targets))
    near = [teacher, [-1.5, 2.0, 0.5, 1.0, -1.0, 1.0, 0.0], [-2.0, -1.5, -1.0, 0.5, -1.0, -1.0, 0.0], [1.5, 2.0, -0.5, 1.0, 1.0, 1.0, 0.0]]
    found = find_critical_points(risk, starts=np.array(near) + 0.02 * np.random.default_rng(0).normal(size=(4, 7)))
    assert [point.kind for point in found] == ["minimum"] * 4
    (orbit,) = orbits(found, model)
    assert orbit.members == (0, 1, 2, 3) and orbit.copies == 8
    assert orbit.point.value == pytest.approx(0.0, abs=1e-20)


def test_points_of_another_place_or_kind_stay_apart_and_valleys_are_one():
    model, _ = net()

    def point(theta, kind="saddle", value=1.0):
        return CriticalPoint(np.asarray(theta, dtype=float), value, 0.0, np.ones(13), 0, kind)

    rng = np.random.default_rng(8)
    one, other = rng.normal(size=(2, 13))
    listed = [point(one), point(other), point(by_hand(one, (2, 0, 1), (1.0, -1.0, 1.0))), point(one, "minimum")]
    listed += [point(one, "degenerate", 2.0), point(other, "degenerate", 2.0), point(one, "degenerate", 3.0)]
    found = orbits(listed, model)
    assert [orbit.members for orbit in found] == [(0, 2), (1,), (3,), (4, 5), (6,)]
    assert [orbit.copies for orbit in found] == [48, 48, 48, None, None]
    assert orbits([], model) == []
