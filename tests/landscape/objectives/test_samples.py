"""Samples: the same risk for arrays, tensors, tuples, mappings and DataLoaders."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset

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
    [
        ([], "no batch at all"),
        ([torch.zeros(3)], "batch of type Tensor"),
        ([{"x": torch.zeros(3)}], "batch of type dict"),
        ([(torch.zeros(3), torch.zeros(3), torch.zeros(3))], "batch of 3 parts. Pass a tuple"),
        ([(torch.zeros(3), 1.0)], "single samples, which are no batches"),
    ],
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


@pytest.fixture
def line():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(9, 3, generator=generator), torch.randn(9, generator=generator)


def flat_line():
    with torch.random.fork_rng():
        torch.manual_seed(2)
        return nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))


def by_hand(inputs, targets):
    with torch.no_grad():
        return float(mse(flat_line().double()(inputs.double()), targets.double()).mean())


class Pairs(torch.utils.data.Dataset):
    """A data set written by hand: a mapping for each sample."""

    def __init__(self, inputs, targets):
        self.inputs, self.targets = inputs, targets

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, k):
        return {"input": self.inputs[k].numpy(), "labels": float(self.targets[k])}


class Stream(torch.utils.data.IterableDataset):
    def __init__(self, inputs, targets):
        self.pairs = list(zip(inputs, targets, strict=True))

    def __iter__(self):
        return iter(self.pairs)


TAKEN = {
    "tensor data set": TensorDataset,
    "subsets": lambda x, y: ConcatDataset([Subset(TensorDataset(x, y), range(k, 9, 2)) for k in range(2)]),
    "written by hand": Pairs,
    "stream": Stream,
    "mapping": lambda x, y: {"input": x, "labels": y},
    "generator": lambda x, y: ((x[k : k + 2], y[k : k + 2]) for k in range(0, 9, 2)),
    "shuffled by workers": lambda x, y: DataLoader(TensorDataset(x, y), batch_size=2, shuffle=True, num_workers=1),
    "nothing to drop": lambda x, y: DataLoader(TensorDataset(x, y), batch_size=3, drop_last=True),
    "frame and series": lambda x, y: (pd.DataFrame(x.double().numpy(), index=range(50, 59)), pd.Series(y.double().numpy(), index=range(9))),
    "mixed columns": lambda x, y: (pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2].double()}), y),
    "lists": lambda x, y: (x.double().tolist(), y.double().tolist()),
    "lists of tensors": lambda x, y: (list(x), list(y)),
    "batches of lists": lambda x, y: [(x.double().tolist(), y.double().tolist())],
    "long doubles": lambda x, y: (x.numpy().astype(np.longdouble), y.numpy().astype(">f4")),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_data_of_every_make_give_the_loss_of_their_samples(kind, line):
    stream = torch.get_rng_state()
    risk = EmpiricalRisk(flat_line(), mse, TAKEN[kind](*line))
    assert risk.samples == 9
    assert risk.value(risk.theta) == pytest.approx(by_hand(*line), rel=1e-12)
    assert torch.equal(torch.get_rng_state(), stream)


def test_numbers_in_lists_keep_their_digits():
    risk = EmpiricalRisk(nn.Linear(1, 1), lambda o, t: t + 0 * o[:, 0], ([[1.0], [2.0]], [0.1, 0.3]), check=False)
    assert risk.value(risk.theta) == pytest.approx(0.2, rel=1e-15)


def test_short_unsigned_numbers_become_indices():
    labels = np.array([0, 1, 2] * 3, dtype=np.uint16)
    risk = EmpiricalRisk(nn.Linear(3, 3), nn.CrossEntropyLoss(reduction="none"), (np.ones((9, 3)), labels))
    assert risk._data.targets.dtype == torch.int64


def test_complex_inputs_take_the_risks_precision():
    class Waves(nn.Linear):
        def forward(self, x):
            return super().forward(x.imag)

    waves = np.exp(1j * np.arange(27.0).reshape(9, 3)).astype(np.complex64)
    assert EmpiricalRisk(Waves(3, 1), lambda o, t: o[:, 0] * t, (waves, np.ones(9)))._data.inputs.dtype == torch.complex128


BAD = {
    "sparse": (lambda x: x.to_sparse(), "inputs must be dense; got a tensor of kind torch.sparse_coo. Convert them by to_dense"),
    "sparse rows": (lambda x: x.to_sparse_csr(), "got a tensor of kind torch.sparse_csr"),
    "scipy": (lambda x: scipy.sparse.csr_array(x.numpy()), "got an object of class csr_array"),
    "nested": (lambda x: torch.nested.nested_tensor([x[:4], x[4:]]), "got a tensor of kind nested"),
    "quantized": (lambda x: torch.quantize_per_tensor(x, 0.1, 0, torch.qint8), "got a tensor of kind quantized"),
    "meta": (lambda x: x.to("meta"), "must hold numbers; got inputs on the device meta"),
    "text": (lambda x: ["a"] * 9, "inputs must be an array of numbers with an entry for each sample; got dtype <U1"),
    "objects": (lambda x: pd.DataFrame({"a": x[:, 0], "b": "cat"}), "got dtype object"),
    "gap": (lambda x: {"input": x, "mask": None}, "got dtype object"),
    "constant": (lambda x: {"input": x, "scale": 2.0}, "got a single number"),
    "ragged lists": (lambda x: [[1.0]] * 8 + [[1.0, 2.0]], "got rows of different lengths. Encode text"),
    "ragged tensors": (lambda x: [torch.ones(1)] * 8 + [torch.ones(2)], "got rows of different lengths"),
    "masked": (lambda x: np.ma.masked_less(x.numpy(), x.min().item() + 1e-9), "inputs must hold finite numbers only; got 1 that are not"),
    "missing": (lambda x: pd.DataFrame({"a": pd.array([1, None] * 4 + [3], dtype="Int64")}), "got 4 that are not"),
    "huge": (lambda x: np.full((9, 3), 2**63, dtype=np.uint64), "got dtype uint64"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_array_of_numbers_is_refused(kind, line):
    make, match = BAD[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # layouts that torch calls new
        inputs = make(line[0])
    with pytest.raises(LandscapeError, match=match):
        EmpiricalRisk(flat_line(), mse, (inputs, line[1]))


@pytest.mark.parametrize("data", [3, None, torch.ones(4), pd.DataFrame({"a": [1.0]})])
def test_data_without_targets_are_refused(data):
    with pytest.raises(LandscapeError, match=r"a batch must be a pair \(inputs, targets\).*; got .*Pass a tuple"):
        EmpiricalRisk(flat_line(), mse, data)


def test_a_loader_that_drops_samples_is_refused(line):
    loader = DataLoader(TensorDataset(*line), batch_size=4, shuffle=True, drop_last=True)
    with pytest.raises(LandscapeError, match="the loader must give all of its 9 samples; got 8. Make it with drop_last=False"):
        EmpiricalRisk(flat_line(), mse, loader)


def test_batches_padded_to_different_lengths_are_refused():
    batches = [(torch.ones(2, 5), torch.ones(2)), (torch.ones(2, 7), torch.ones(2))]
    with pytest.raises(LandscapeError, match=r"the inputs of all batches .*; got shape \(5,\), shape \(7,\). Pad them"):
        EmpiricalRisk(flat_line(), mse, batches)
