"""Packing: what a component is given as one compressed run of bytes, each array in it once.

The bytes are, compressed by zlib: the length of the head (uint32, little endian), the head (JSON in UTF-8, padded with spaces to a multiple
of 8), and the arrays one after the other, each padded to a multiple of 8. In the head's message `{"$": id}` stands for an array; its list
`arrays` says of each: id, type as in Plotly ("f4", "f8", "i4", ...), shape, and the byte at which it begins after the head.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping

import numpy as np
from plotly.graph_objects import Figure  # by name: looked up in the module, it costs a search at every value

# A list of so many numbers goes as an array; None, Plotly's gap, as NaN.
FEWEST = 16
# Most of what can be won at a fifth of the time of the highest level.
LEVEL = 3
ALIGNED = 8
# Bytes of the widest integer that the browser has arrays of; Plotly narrows wider ones itself, but not where they are empty.
WIDEST = 4


def pack(message: Mapping[str, object]) -> bytes:
    """Return `message` packed: a tree of mappings, lists, strings, numbers and None, with NumPy arrays and Plotly figures in it."""
    arrays: dict[str, np.ndarray] = {}
    tree = _without_arrays(message, arrays)
    places, start = [], 0
    for name, array in arrays.items():
        places.append([name, array.dtype.str[1:], list(array.shape), start])
        start += _padded(array.nbytes)
    head = json.dumps({"arrays": places, "message": tree}, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    head += b" " * (_padded(4 + len(head)) - 4 - len(head))
    parts = [len(head).to_bytes(4, "little"), head]
    for array in arrays.values():
        parts += [array.tobytes(), bytes(_padded(array.nbytes) - array.nbytes)]
    return zlib.compress(b"".join(parts), LEVEL)


def unpack(packed: bytes) -> dict[str, object]:
    """Return the message that was packed, its arrays as NumPy arrays; what the browser does in JavaScript."""
    content = zlib.decompress(packed)
    size = int.from_bytes(content[:4], "little")
    head = json.loads(content[4 : 4 + size])
    arrays = {}
    for name, kind, shape, start in head["arrays"]:
        arrays[name] = np.frombuffer(content, np.dtype("<" + kind), int(np.prod(shape)), 4 + size + start).reshape(shape)
    return json.loads(json.dumps(head["message"]), object_hook=lambda found: arrays[found["$"]] if "$" in found else found)


def _without_arrays(value: object, arrays: dict[str, np.ndarray]) -> object:
    """Return `value` with its arrays kept in `arrays` and named in their places."""
    match value:
        case Figure():
            return _without_arrays(value.to_plotly_json(), arrays)
        case np.ndarray():
            return _named(value.astype(np.float64) if value.dtype.kind in "iu" and value.dtype.itemsize > WIDEST else value, arrays)
        case {"dtype": str(kind), "bdata": str(text)}:
            array = np.frombuffer(base64.b64decode(text), np.dtype("<" + kind))
            shape = str(value.get("shape", array.size))
            return _named(array.reshape([int(side) for side in shape.split(",")]), arrays)
        case Mapping():
            return {key: _without_arrays(held, arrays) for key, held in value.items()}
        case list() | tuple() if len(value) >= FEWEST and all(item is None or type(item) is float for item in value):
            return _named(np.array(value, dtype=np.float64), arrays)
        case list() | tuple():
            return [_without_arrays(item, arrays) for item in value]
        case np.generic():
            return value.item()
    return value


def _named(array: np.ndarray, arrays: dict[str, np.ndarray]) -> dict[str, str]:
    """Keep `array` under a name made of its content, and return what stands for it; equal arrays are one."""
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    content = hashlib.blake2b(array.tobytes(), digest_size=9, person=f"{array.dtype.str}{array.shape}".encode()[:16])
    name = base64.urlsafe_b64encode(content.digest()).decode()
    arrays[name] = array
    return {"$": name}


def _padded(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED
