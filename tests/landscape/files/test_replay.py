"""Replay: interrupted anywhere, a resumed computation ends with the same bytes, evaluates only new entries, and refuses foreign ones."""

from dataclasses import astuple

import numpy as np
import pytest
import torch
from torch import nn

from landscape.curvature.density import spectral_density
from landscape.curvature.spectrum import top_eigenpairs
from landscape.curvature.trace import hessian_trace
from landscape.descent.optimizers import make_optimizer, optimizers
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled, LandscapeError
from landscape.files.replay import Journalled
from landscape.objective import Objective
from landscape.objectives.risk import EmpiricalRisk
from landscape.planes.directions import random_plane


def net(width=4, dtype=torch.float64):
    generator = torch.Generator().manual_seed(3)
    model = nn.Sequential(nn.Linear(3, width), nn.Tanh(), nn.Linear(width, 1))
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    x, y = torch.randn(13, 3, generator=generator), torch.randn(13, generator=generator)
    return EmpiricalRisk(model, lambda outputs, targets: (outputs[:, 0] - targets).square(), (x, y), dtype=dtype)


class Counted(Objective):
    """Passes every question on and counts it."""

    def __init__(self, objective):
        self.__dict__.update({name: getattr(objective, name) for name in ("dim", "theta", "blocks", "dtype", "samples", "at_once")})
        self.objective, self.asked = objective, 0

    def loss(self, theta, batch=None):
        return self.objective.loss(theta, batch)

    def _pass(self, name, *given):
        self.asked += 1
        return getattr(self.objective, name)(*given)

    def value(self, theta):
        return self._pass("value", theta)

    def values(self, thetas):
        return self._pass("values", thetas)

    def gradient(self, theta, batch=None):
        return self._pass("gradient", theta, batch)

    def value_and_gradient(self, theta, batch=None):
        return self._pass("value_and_gradient", theta, batch)

    def hessian(self, theta):
        return self._pass("hessian", theta)

    def hessian_vector(self, theta, v):
        return self._pass("hessian_vector", theta, v)

    def along(self, plane):
        evaluate = self.objective.along(plane)

        def counted(a, b):
            self.asked += 1
            return evaluate(a, b)

        return counted

    def curvature(self, theta):
        product = self.objective.curvature(theta)

        def counted(v):
            self.asked += 1
            return product(v)

        return counted


def every_answer(objective):
    theta = objective.theta + 0.1
    point, other = objective.tensor(theta), np.cos(np.arange(objective.dim))
    batch = torch.tensor([4, 1, 7])
    value, slope = objective.value_and_gradient(point, batch)
    assert slope.dtype == objective.dtype and slope.shape == point.shape
    plane = random_plane(objective, theta, seed=2)
    return [
        objective.value(theta),
        objective.values(np.stack([theta, other])),
        objective.along(plane)(np.array([0.5, -1.0]), np.array([0.25, 2.0])),
        objective.gradient(theta, batch),
        objective.gradient(theta),
        value,
        slope.double().numpy(),
        objective.hessian_vector(theta, other),
        objective.curvature(theta)(other),
        objective.curvature(theta)(other[::-1].copy()),
        objective.hessian(theta),
    ]


def as_bytes(*arrays):
    return b"".join(np.asarray(array, np.float64).tobytes() for array in arrays)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_every_answer_is_the_objectives_own_and_comes_back_without_its_work(dtype):
    objective, journal = Counted(net(dtype=dtype)), []
    expected = as_bytes(*every_answer(net(dtype=dtype)))
    assert as_bytes(*every_answer(Journalled(objective, journal))) == expected
    assert objective.asked == len(journal) == 10
    again = Counted(net(dtype=dtype))
    again.curvature = again.along = None  # a replay makes no graph either
    assert as_bytes(*every_answer(Journalled(again, journal))) == expected
    assert again.asked == 0 and len(journal) == 10


@pytest.mark.parametrize("batch", [None, 5])
@pytest.mark.parametrize("name", list(optimizers))
def test_a_run_cut_off_anywhere_ends_with_the_same_bytes(name, batch):
    if batch and optimizers[name].traits["full_batch"]:
        with pytest.raises(LandscapeError, match="every step takes all samples"):
            descend(Journalled(net(), []), make_optimizer(name), steps=3, batch_size=batch)
        return

    def run(objective):
        path = descend(objective, make_optimizer(name, lr=0.01), steps=6, batch_size=batch, seed=1)
        return as_bytes(path.thetas, path.losses)

    whole, journal = run(net()), []
    assert run(Journalled(net(), journal)) == whole
    for cut in range(len(journal) + 1):
        kept, objective = journal[:cut], Counted(net())
        assert run(Journalled(objective, kept)) == whole
        assert objective.asked == len(journal) - cut
        assert as_bytes(*kept) == as_bytes(*journal)


@pytest.mark.parametrize("width", [4, 40], ids=["dense", "Lanczos"])
@pytest.mark.parametrize(
    "find",
    [
        lambda objective: top_eigenpairs(objective, objective.theta, k=3, which="BE").__dict__.values(),
        lambda objective: spectral_density(objective, objective.theta, probes=3, steps=5, seed=2).__dict__.values(),
        lambda objective: astuple(hessian_trace(objective, objective.theta, probes=30, seed=2)),
    ],
    ids=["eigenpairs", "density", "trace"],
)
def test_curvature_cut_off_anywhere_ends_with_the_same_bytes(find, width):
    whole, journal = as_bytes(*find(net(width))), []
    assert as_bytes(*find(Journalled(net(width), journal))) == whole
    for cut in {0, 1, len(journal) // 2, len(journal) - 1, len(journal)}:
        objective = Counted(net(width))
        assert as_bytes(*find(Journalled(objective, journal[:cut]))) == whole
        assert objective.asked == len(journal) - cut


@pytest.mark.parametrize(
    "other",
    [
        lambda objective: objective.value(objective.theta + 1e-9),
        lambda objective: objective.gradient(objective.theta),
        lambda objective: objective.values(objective.theta[None]),
        lambda objective: objective.curvature(objective.theta)(objective.theta),
        lambda objective: objective.hessian(objective.theta),
    ],
)
def test_the_answer_to_another_question_is_refused(other):
    objective, journal = net(), []
    Journalled(objective, journal).value(objective.theta)
    with pytest.raises(LandscapeError, match="same computation; got an answer to another question"):
        other(Journalled(objective, journal))
    assert Journalled(objective, journal).value(objective.theta) == objective.value(objective.theta)


def test_a_product_at_another_point_and_a_gradient_on_another_batch_are_other_questions():
    objective, journal = net(), []
    first = Journalled(objective, journal)
    first.curvature(objective.theta)(objective.theta)
    with pytest.raises(LandscapeError, match="another question"):
        Journalled(objective, journal).curvature(objective.theta + 1)(objective.theta)
    journal.clear()
    Journalled(objective, journal).gradient(objective.theta, torch.tensor([1, 2]))
    with pytest.raises(LandscapeError, match="another question"):
        Journalled(objective, journal).gradient(objective.theta, torch.tensor([1, 3]))


def test_a_full_journal_keeps_the_beginning_and_the_rest_is_done_again():
    def run(objective):
        return descend(objective, make_optimizer("adam"), steps=9).thetas.tobytes()

    whole, journal = run(net()), []
    room = 8 * 3 * (net().dim + 2) + 50  # three gradients, and a value; but that comes after one that was left out
    first = Journalled(net(), journal, most_bytes=room)
    assert run(first) == whole
    assert len(journal) == first.kept == 3 and first.given == 10
    objective = Counted(net())
    again = Journalled(objective, journal, most_bytes=room)
    assert run(again) == whole
    assert objective.asked == 7 and len(journal) == 3
    smaller = Journalled(objective, journal, most_bytes=0)
    assert run(smaller) == whole and len(journal) == 3


def test_it_looks_at_stop_before_each_answer_and_tells_how_many_it_gave():
    heard, answers = [], iter([False, False, True])
    objective = Journalled(net(), [], report=heard.append, should_stop=lambda: next(answers))
    objective.value(objective.theta)
    objective.value(objective.theta)
    with pytest.raises(Cancelled, match="^$"):
        objective.value(objective.theta)
    assert heard == [1, 2] and objective.given == objective.kept == 2


def test_graphs_are_passed_on():
    objective = net()
    wrapped = Journalled(objective, [])
    theta = objective.tensor(objective.theta)
    assert float(wrapped.loss(theta)) == float(objective.loss(theta))
    assert sum(float(term(theta)) for term in wrapped.terms()) == pytest.approx(float(objective.loss(theta)))
    assert wrapped.given == 0
