import json
import zlib

import numpy as np
import plotly.graph_objects as go
import pytest

from ui.browser.packing import FEWEST, pack, unpack

RNG = np.random.default_rng(3)


def lists(value):
    """The same tree with its arrays as lists, NaN as None."""
    if isinstance(value, np.ndarray):
        return json.loads(json.dumps(value.tolist()).replace("NaN", "null"))
    if isinstance(value, dict):
        return {key: lists(held) for key, held in value.items()}
    return [lists(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("kind", ["f4", "f8", "i4", "u1"])
@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (5, 3), (0,)])
def test_arrays_come_back_with_their_type_shape_and_bytes(kind, shape):
    array = (100 * RNG.random(shape)).astype(kind)
    again = unpack(pack({"deep": [{"array": array}]}))["deep"][0]["array"]
    assert again.dtype == array.dtype and again.shape == shape and again.tobytes() == array.tobytes()


def test_a_tree_of_plain_values_comes_back_as_it_was():
    tree = {"a": [1, 2.5, None, "λ 中文", True], "b": {"c": [], "d": {}}, "e": [0.1] * (FEWEST - 1), "f": list(range(100))}
    assert unpack(pack(tree)) == tree


def test_long_lists_of_numbers_go_as_arrays_with_gaps_as_nan():
    numbers = [0.1 * k if k % 5 else None for k in range(40)]
    again = unpack(pack({"x": numbers}))["x"]
    assert isinstance(again, np.ndarray) and lists(again) == numbers


def test_a_figure_comes_back_with_the_content_that_plotly_itself_would_write():
    figure = go.Figure(
        [
            go.Surface(z=RNG.random((9, 7)).astype("f4"), x=np.arange(7.0)),
            go.Scatter(x=[float(k) for k in range(30)], y=[None, *(0.5 * k for k in range(29))], customdata=["a"] * 30),
        ],
        layout={"template": "none", "title": {"text": "损失"}},
    )
    again = unpack(pack({"figure": figure}))["figure"]
    written = json.loads(figure.to_json(engine="json"))
    assert again["layout"] == written["layout"] and again["data"][1]["customdata"] == written["data"][1]["customdata"]
    np.testing.assert_array_equal(again["data"][0]["z"], figure.data[0].z)
    assert lists(again["data"][1]["y"]) == list(figure.data[1].y)


def test_equal_arrays_are_sent_once_and_others_are_told_apart():
    array = RNG.random(1000)
    one, both = (len(zlib.decompress(pack(tree))) for tree in ({"a": array}, {"a": array, "b": array.copy()}))
    assert both < one + 50
    flat, grid = np.zeros(12), np.zeros((3, 4))
    again = unpack(pack({"flat": flat, "grid": grid, "ints": np.zeros(12, "i4")}))
    assert again["flat"].shape == (12,) and again["grid"].shape == (3, 4) and again["ints"].dtype == np.int32


def test_the_same_content_gives_the_same_bytes_and_nan_is_refused_outside_of_arrays():
    assert pack({"a": np.arange(3.0), "b": "x"}) == pack({"a": np.arange(3.0), "b": "x"})
    with pytest.raises(ValueError, match="JSON"):
        pack({"a": float("nan")})
