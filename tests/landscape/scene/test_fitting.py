"""The scene that weights are explored in: the one that the file names, or the first whose model has such tensors."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save

from landscape.data.datasets import datasets, make_dataset
from landscape.errors import LandscapeError
from landscape.files.weights import listed, read_weights
from landscape.networks.models import make_model
from landscape.scene.fitting import fits, fitting_scene
from landscape.scene.scene import Scene, choose
from tests.landscape.files.test_weights import GOOD, data_of, moons_model, scene_of

FOUND = [
    ("linear", "wine", {}, {}),
    ("linear", "line", {"bias": False}, {}),
    ("mlp", "moons", {"widths": (7,)}, {}),
    ("mlp", "iris", {"widths": (8, 4, 3)}, {}),
    ("mlp", "diabetes", {"widths": (5, 4), "activation": "prelu"}, {}),
    ("mlp", "moons", {"widths": (5, 4), "activation": "maxout"}, {}),
    ("residual_mlp", "blobs", {"depth": 12, "width": 3}, {}),
    ("residual_mlp", "blobs", {"depth": 3, "width": 4, "activation": "maxout"}, {}),
    ("residual_mlp", "moons", {"depth": 2, "width": 4, "skip": False}, {"model": choose("model", "residual_mlp")}),
    ("cnn", "digits", {"channels": (3, 5)}, {}),
    ("cnn", "digits", {"channels": (3,), "activation": "prelu"}, {}),
    ("deep_linear", "wine", {"depth": 4, "width": 3}, {}),
    ("one_unit", "moons", {}, {"model": choose("model", "one_unit")}),
]


@pytest.mark.parametrize(("model", "data", "params", "current"), FOUND)
def test_the_model_and_its_data_are_found_by_names_and_shapes(model, data, params, current):
    weights = read_weights(save(make_model(model, make_dataset(data), **params).state_dict()))
    scene = fitting_scene(weights, replace(Scene(), **current), data_of)
    assert (scene.model.name, scene.data.name, scene.weights) == (model, data, weights.fingerprint)
    assert {name: scene.model.get(name) for name in params} == params
    assert scene.loss.name == ("mse" if data in ("line", "diabetes") else "cross_entropy")
    assert fits(weights, scene, data_of)


def test_the_scene_on_explore_comes_first_with_all_that_shapes_cannot_tell():
    weights = read_weights(GOOD)
    explored = scene_of("data=circles&model=mlp&model.widths=5-3&model.activation=relu&loss=focal&seed=4&steps=7")
    assert fitting_scene(weights, explored, data_of) == replace(explored, weights=weights.fingerprint)
    narrower = explored.with_choice("model", choose("model", "mlp", widths=(2,), activation="relu"))
    assert fitting_scene(weights, narrower, data_of) == replace(explored, weights=weights.fingerprint)
    assert fitting_scene(weights, replace(explored, function=choose("function", "booth")), data_of).function is None


def test_the_scene_that_the_file_names_is_taken_at_its_word():
    query = "data=spirals&model=mlp&model.widths=5-3&model.activation=gelu&loss=cross_entropy"
    weights = read_weights(save(moons_model().state_dict(), {"scene": query}))
    assert fitting_scene(weights, Scene(), data_of) == replace(scene_of(query), weights=weights.fingerprint)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("data=spirals&model=mlp", "tensor 0.weight: the model needs shape 16×2; got 5×2"),
        ("data=digits&model=mlp&model.widths=5-3", "tensor 0.weight: the model needs shape 5×64; got 5×2"),
        ("data=line&model=logistic", "the task must be one of"),
        ("data=nowhere", "datasets: the name must be one of"),
        ("x=" + "1" * 5000, "at most 4000 characters"),
        ("data=table&table=0123456789abcdef", "needs the visitor's own table"),
    ],
)
def test_a_named_scene_that_cannot_be_is_refused(query, sentence):
    weights = read_weights(save(moons_model().state_dict(), {"scene": query}))
    with pytest.raises(LandscapeError, match=sentence):
        fitting_scene(weights, Scene(), data_of)


@pytest.mark.parametrize(
    "tensors",
    [
        {"encoder.weight": torch.ones(4, 3), "encoder.bias": torch.ones(4)},
        {"a": torch.ones(3)},
        {"a": torch.tensor(1.0)},
        {"a": torch.ones(1, 1, 1, 1, 1)},
        {"0.weight": torch.ones(500, 2), "2.weight": torch.ones(1, 500)},
        {f"{k}.weight": torch.ones(1, 1) for k in range(200)},
    ],
    ids=["names", "vector", "scalar", "five axes", "too wide", "too deep"],
)
def test_weights_of_no_model_say_what_was_found_and_what_the_scene_has(tensors):
    weights = read_weights(save(tensors))
    sentence = "they must fit the model on Explore, deep_linear on line, which has 0.weight 1×1, 1.weight 1×1, or another of the catalogue"
    with pytest.raises(LandscapeError, match=sentence) as refused:
        fitting_scene(weights, Scene(), data_of)
    assert refused.value.got == listed(weights.tensors)


@pytest.mark.parametrize("data", datasets)
def test_the_weights_of_a_scene_fit_that_scene(data):
    scene = Scene.from_query(f"data={data}&model=mlp&model.widths=3")
    weights = read_weights(save(make_model("mlp", data_of(scene), widths=(3,)).state_dict()))
    assert fitting_scene(weights, scene, data_of) == replace(scene, weights=weights.fingerprint)
    assert not fits(weights, scene.with_choice("model", choose("model", "mlp", widths=(4,))), data_of)
