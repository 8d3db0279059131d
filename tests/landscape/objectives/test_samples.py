"""Samples: the same risk for arrays, tensors, tuples, mappings and DataLoaders."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from landscape.errors import LandscapeError
from landscape.objectives.risk import EmpiricalRisk


def mse(outputs, targets):
    return (outputs - targets) ** 2


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(3, 1), nn.Linear(2, 1)

    def forward(self, left, right):
        return (self.left(left) * self.right(right))[:, 0]


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(11, 4), nn.Linear(4, 1)

    def forward(self, tokens, mask):
        return self.head((self.table(tokens) * mask[..., None]).sum(dim=1))[:, 0]


@pytest.fixture
def two():
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    return TwoInputs(), (rng.normal(size=(10, 3)), rng.normal(size=(10, 2))), rng.normal(size=10)


def expected(model, inputs, targets):
    model = model.double()
    return mse(model(*map(torch.tensor, inputs)), torch.tensor(targets)).mean().item()


def test_a_tuple_of_inputs_becomes_the_models_arguments(two):
    model, inputs, targets = two
    risk = EmpiricalRisk(model, mse, (inputs, targets))
    assert risk.samples == 10
    assert risk.value(risk.theta) == pytest.approx(expected(model, inputs, targets), rel=1e-12)
    assert risk.outputs(risk.theta, tuple(part[:4] for part in inputs)).shape == (4,)


def test_a_mapping_becomes_the_models_named_arguments(two):
    model, (left, right), targets = two
    risk = EmpiricalRisk(model, mse, ({"right": right, "left": left}, targets))
    assert risk.value(risk.theta) == pytest.approx(expected(model, (left, right), targets), rel=1e-12)
    assert risk.loss(risk.tensor(risk.theta), torch.tensor([7])).item() != risk.value(risk.theta)


def test_many_points_and_batches_work_for_trees_too(two):
    model, inputs, targets = two
    risk = EmpiricalRisk(model, mse, (inputs, targets))
    thetas = risk.theta + np.random.default_rng(0).normal(size=(5, risk.dim))
    np.testing.assert_allclose(risk.values(thetas), [risk.value(theta) for theta in thetas], rtol=1e-12)
    parts = [risk.loss(risk.tensor(thetas[0]), torch.arange(k, k + 2)).item() for k in range(0, 10, 2)]
    assert np.mean(parts) == pytest.approx(risk.value(thetas[0]), rel=1e-12)


def test_a_loaders_batches_are_joined_whatever_their_sizes(two):
    model, inputs, targets = two
    tensors = [torch.tensor(part, dtype=torch.float32) for part in (*inputs, targets)]
    whole = EmpiricalRisk(model, mse, (tuple(tensors[:2]), tensors[2]))

    def pairs(batch):
        left, right, target = (torch.stack(parts) for parts in zip(*batch, strict=True))
        return (left, right), target

    loader = DataLoader(TensorDataset(*tensors), batch_size=4, collate_fn=pairs)
    risk = EmpiricalRisk(model, mse, loader)
    assert risk.samples == 10
    assert risk.value(risk.theta) == pytest.approx(whole.value(whole.theta), rel=1e-12)


def test_a_plain_loader_of_one_input(two):
    x, y = torch.randn(9, 3, generator=torch.Generator().manual_seed(1)), torch.arange(9.0)
    risk = EmpiricalRisk(nn.Sequential(nn.Linear(3, 1), nn.Flatten(0)), mse, DataLoader(TensorDataset(x, y), batch_size=2))
    assert risk.value(risk.theta) == pytest.approx(EmpiricalRisk(risk._model, mse, (x, y)).value(risk.theta), rel=1e-12)


@pytest.mark.parametrize("key", ["labels", "targets"])
def test_batches_that_are_mappings_keep_their_targets_under_a_known_name(key):
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(5)
    tokens, mask = torch.randint(0, 11, (8, 6), generator=generator), torch.ones(8, 6)
    targets = torch.randn(8, generator=generator)
    batches = [{"tokens": tokens[k : k + 3], "mask": mask[k : k + 3], key: targets[k : k + 3]} for k in range(0, 8, 3)]
    model = Words()
    risk = EmpiricalRisk(model, mse, batches)
    model = model.double()
    assert risk.value(risk.theta) == pytest.approx(float(mse(model(tokens, mask.double()), targets.double()).mean().detach()), rel=1e-12)
    v = np.random.default_rng(1).normal(size=risk.dim)
    slope = (risk.value(risk.theta + 1e-6 * v) - risk.value(risk.theta - 1e-6 * v)) / 2e-6
    assert risk.gradient(risk.theta) @ v == pytest.approx(slope, rel=1e-6)


def test_whole_numbers_stay_what_they_are_and_floats_take_the_risks_dtype():
    risk = EmpiricalRisk(
        nn.Linear(2, 1), lambda o, t: o[:, 0] * t, (np.ones((3, 2), dtype=np.float32), np.array([1, 2, 3])), dtype=torch.float32
    )
    assert risk._data.inputs.dtype == torch.float32 and risk._data.targets.dtype == torch.int64


@pytest.mark.parametrize(
    ("batches", "match"),
    [([], "no batch at all"), ([torch.zeros(3)], "batch of type Tensor"), ([{"x": torch.zeros(3)}], "batch of type dict")],
)
def test_a_loader_that_gives_no_pairs_is_refused(batches, match):
    with pytest.raises(LandscapeError, match=match):
        EmpiricalRisk(nn.Linear(1, 1), mse, iter(batches))


def test_parts_of_different_lengths_are_refused(two):
    model, (left, right), targets = two
    with pytest.raises(LandscapeError, match="got 10 / 9 inputs and 10 targets"):
        EmpiricalRisk(model, mse, ((left, right[:9]), targets))


def test_on_a_graphics_card_the_numbers_are_the_same(two):
    model, inputs, targets = two
    device = "cuda" if torch.cuda.is_available() else "cpu"
    risk = EmpiricalRisk(model, mse, (inputs, targets), device=device)
    there = EmpiricalRisk(model, mse, (inputs, targets))
    theta = risk.theta + 0.1
    v = np.random.default_rng(2).normal(size=risk.dim)
    assert risk.value(theta) == pytest.approx(there.value(theta), rel=1e-12)
    np.testing.assert_allclose(risk.hessian_vector(theta, v), there.hessian_vector(theta, v), rtol=1e-9, atol=1e-12)
