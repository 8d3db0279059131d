"""Weights: files of safetensors are read exactly, and malformed ones raise LandscapeError."""

import hashlib
import json
import random
import struct

import pytest
import torch
from safetensors.torch import save

from landscape.data.datasets import make_dataset
from landscape.errors import LandscapeError
from landscape.files.weights import MAX_BYTES, MAX_HEADER_BYTES, listed, put_weights, read_weights
from landscape.networks.models import make_model
from landscape.scene.scene import Scene
from landscape.scene.study import Study

DATA = {}  # digits take a second to split


def data_of(scene):
    key = scene.part("data", "table", "seed")
    if key not in DATA:
        DATA[key] = Study(scene).dataset
    return DATA[key]


def moons_model(**params):
    return make_model("mlp", make_dataset("moons"), **{"widths": (5, 3), **params})


def scene_of(query):
    return Scene.from_query(query)


def file(header, data=b""):
    """A file of this header and these bytes, right or wrong."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def told(shape, offsets, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


ZERO = bytes(64)
GOOD = save(moons_model(seed=3).state_dict())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_every_floating_type_is_put_into_the_model_as_it_is(dtype):
    given = {name: tensor.to(dtype) for name, tensor in moons_model(seed=3).state_dict().items()}
    model = moons_model(seed=8)
    put_weights(model, read_weights(save(given)))
    for name, tensor in model.state_dict().items():
        assert tensor.dtype == torch.float64
        assert torch.equal(tensor, given[name].double())


def test_weights_know_their_file_their_size_and_their_layers_in_order():
    weights = read_weights(save({f"{k}.{part}": torch.ones(2, k) for k in (10, 2, 1) for part in ("bias", "weight")}))
    assert list(weights.tensors) == ["1.weight", "1.bias", "2.weight", "2.bias", "10.weight", "10.bias"]
    assert weights.size == 2 * 2 * 13
    assert listed(weights.tensors) == "1.weight 2×1, 1.bias 2×1, 2.weight 2×2, 2.bias 2×2, … (6)"
    assert read_weights(GOOD).fingerprint == hashlib.sha256(GOOD).hexdigest()[:16]
    assert read_weights(GOOD).scene is None
    assert read_weights(file({"__metadata__": None, "a": told([1], [0, 4])}, bytes(4))).scene is None
    assert read_weights(save({"a": torch.ones(1)}, {"scene": "data=moons", "format": "pt"})).scene == "data=moons"


REFUSED = {
    "nothing": (b"", "must be a safetensors file; got an empty file"),
    "a few bytes": (b"\x01\x02", "another kind of file"),
    "a zip": (b"PK\x03\x04" + ZERO, "another kind of file"),
    "a pickle": (b"\x80\x04\x95" + ZERO, "another kind of file"),
    "code": (b"import os; os.system('true')", "another kind of file"),
    "a header longer than the file": (struct.pack("<Q", 100) + b"{}", "or one cut short"),
    "a header of all there is": (struct.pack("<Q", 2**64 - 1) + b"{}", "or one cut short"),
    "a header that takes memory": (file(b"{" + b" " * MAX_HEADER_BYTES + b"}"), "a header of 100002 bytes"),
    "no tensors": (file({}), "got no tensors"),
    "metadata alone": (file({"__metadata__": {"scene": "data=moons"}}), "got no tensors"),
    "no JSON": (file(b"{nope}"), "a header that is no JSON"),
    "metadata that are no text": (
        file({"__metadata__": {"scene": 3}, "a": told([1], [0, 4])}, bytes(4)),
        "header and tensors that do not fit each other",
    ),
    "offsets that overlap": (
        file({"a": told([2], [0, 8]), "b": told([2], [4, 12])}, bytes(12)),
        "header and tensors that do not fit each other",
    ),
    "offsets with a gap": (
        file({"a": told([1], [0, 4]), "b": told([1], [8, 12])}, bytes(12)),
        "header and tensors that do not fit each other",
    ),
    "offsets backwards": (file({"a": told([1], [4, 0])}, bytes(4)), "as it was saved; got"),
    "offsets beyond the end": (file({"a": told([4], [0, 16])}, bytes(8)), "as it was saved; got"),
    "a shape that is not its bytes": (file({"a": told([3], [0, 8])}, bytes(8)), "as it was saved; got"),
    "a shape that overflows": (file({"a": told([2**62, 2**62], [0, 4])}, bytes(4)), "header and tensors that do not fit each other"),
    "a huge shape of nothing": (file({"a": told([2**62, 0], [0, 0])}), "got a without a number"),
    "a negative side": (file({"a": told([-1], [0, 4])}, bytes(4)), "header and tensors that do not fit each other"),
    "cut short": (GOOD[:-3], "as it was saved; got"),
    "with more behind it": (GOOD + b"more", "as it was saved; got"),
    "the same name twice": (file(b'{"a":%b,"a":%b}' % ((json.dumps(told([1], [0, 4])).encode(),) * 2), bytes(4)), "there twice"),
    "metadata twice": (
        file(b'{"__metadata__":{"scene":"a","scene":"b"},"a":%b}' % json.dumps(told([1], [0, 4])).encode(), bytes(4)),
        "twice",
    ),
    "NaN": (
        save({"ok": torch.ones(2), "w": torch.tensor([1.0, float("nan")])}),
        "tensor w: its numbers must be finite; got nan",
    ),
    "infinity": (save({"w": torch.tensor([float("inf"), -float("inf")])}), "must be finite; got inf"),
    "whole numbers": (save({"w": torch.ones(3, dtype=torch.int64)}), "tensor w: its type must be one of F64, F32, F16, BF16; got I64"),
    "yes and no": (save({"w": torch.ones(3, dtype=torch.bool)}), "got BOOL"),
    "complex numbers": (save({"w": torch.ones(3, dtype=torch.complex64)}), "got C64"),
    "eighths": (file({"a": told([4], [0, 4], "F8_E4M3")}, bytes(4)), "got F8_E4M3"),
    "a type that is none": (file({"a": told([4], [0, 4], "F99")}, bytes(4)), "header and tensors that do not fit each other"),
    "a name that is markup": (save({"<b>[x](y)`\n" * 9: torch.ones(1, dtype=torch.int8)}), r"tensor \?b\?\?x\?\?y\?\?\?[^<]*…: its type"),
    "more axes than a library counts in time": (file({"a": told([1] * 9000, [0, 4])}, bytes(4)), "a header of another kind"),
    "an entry that is a number": (file({"a": 3}), "a header of another kind"),
    "more than is taken": (bytes(MAX_BYTES + 1), "at most 16 MB; got 16 MB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_file_is_refused_in_one_sentence(case):
    content, sentence = REFUSED[case]
    with pytest.raises(LandscapeError, match=sentence) as refused:
        read_weights(content)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("block", range(0, 1500, 500))
def test_whatever_bytes_are_changed_a_file_is_read_or_refused(block):
    outcomes = set()
    for seed in range(block, block + 500):
        rng = random.Random(seed)
        content = bytearray(GOOD)
        for _ in range(rng.randint(1, 4)):
            content[rng.randrange(len(content) if rng.random() < 0.2 else 400)] = rng.choice(b'0123456789{}[],:"F\x00\xff')
        try:
            weights = read_weights(bytes(content[: rng.choice([len(content), len(content), rng.randrange(len(content))])]))
        except LandscapeError:
            outcomes.add("refused")
        else:
            outcomes.add("read")
            assert all(tensor.isfinite().all() for tensor in weights.tensors.values())
    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"widths": (5, 4)}, "tensor 2.weight: the model needs shape 4×5; got 3×5. Set the data and the model"),
        ({"widths": (5,)}, "tensor 2.weight: the model needs shape 1×5; got 3×5"),
        ({"widths": (5, 3, 3)}, "tensor 4.weight: the model needs shape 3×3; got 1×3"),
        (
            {"widths": (5, 3), "activation": "prelu"},
            "tensor 1.weight: the model has exactly 0.weight 5×2, .* … .8.; got 0.weight 5×2, .* .6.",
        ),
    ],
)
def test_the_first_tensor_that_does_not_fit_is_named_and_the_model_stays(change, sentence):
    model = moons_model(**change)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(LandscapeError, match=sentence):
        put_weights(model, read_weights(GOOD))
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_a_tensor_too_many_is_named_too():
    surplus = read_weights(save({**moons_model().state_dict(), "7.running_mean": torch.ones(2)}))
    with pytest.raises(LandscapeError, match="tensor 7.running_mean: the model has exactly"):
        put_weights(moons_model(), surplus)
