"""Weights: the tensors of a safetensors file, which cannot contain code, and their copy into a model.

The file is the length of its header, the header in JSON, and the numbers (Hugging Face, the safetensors format); the library safetensors
checks that the tensors fill it without gaps or overlaps. Files are not trusted: the sizes of the file and of its header are checked before
either is read, names are reduced to plain characters before they are shown, and numbers must be finite.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError, deserialize
from torch import Tensor, nn

from landscape.errors import LandscapeError, Phrase, require_made

MAX_BYTES = 16 * 10**6
# A header has about 100 bytes a tensor; the deepest model of the catalogue has 130 tensors.
MAX_HEADER_BYTES = 10**5
DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
MOST_AXES = 8
# Key of the scene's query in the metadata of a file.
SCENE = "scene"

# The number of tensors, and the length of names, in an error message.
LISTED = 4
LONGEST_NAME = 60

_PREFIX = 8


@dataclass(frozen=True, eq=False)
class Weights:
    """`tensors` by name, ordered by layer, in the precision of the file; `fingerprint` is 16 hex digits of the sha256 of its bytes.

    `scene` is the query of the scene of these weights, if the metadata of the file contain one.
    """

    tensors: Mapping[str, Tensor]
    fingerprint: str
    scene: str | None = None

    @property
    def size(self) -> int:
        """The number of weights."""
        return sum(tensor.numel() for tensor in self.tensors.values())


def read_weights(content: bytes) -> Weights:
    """Return the weights in the bytes of a safetensors file.

    Raises `LandscapeError` for a file that is too large, of another kind, truncated or corrupted, or whose tensors are not finite
    floating-point numbers.
    """
    require_made("read_weights", "content", content, (bytes, bytearray), "open(path, 'rb').read()")
    if len(content) > MAX_BYTES:
        raise LandscapeError("weights_too_large", most=MAX_BYTES // 10**6, got=f"{len(content) / 1e6:.4g} MB")
    length = _header_length(content)
    header = _header(content[_PREFIX : _PREFIX + length])
    try:
        found = dict(deserialize(content))
    except SafetensorError:
        raise LandscapeError("weights_damaged", got=Phrase("unfit_tensors")) from None
    if not found:
        raise LandscapeError("weights_foreign", got=Phrase("no_tensors"))
    tensors = {name: _tensor(name, **found[name]) for name in sorted(found, key=_layer)}
    return Weights(tensors, hashlib.sha256(content).hexdigest()[:16], (header.get("__metadata__") or {}).get(SCENE))


def put_weights(model: nn.Module, weights: Weights) -> None:
    """Copy the weights into `model`, in its own precision.

    Raises `LandscapeError`, without changing the model, unless names and shapes are exactly those of its `state_dict`.
    """
    require_made("put_weights", "model", model, nn.Module, "torch.nn")
    require_made("put_weights", "weights", weights, Weights, "read_weights")
    wanted, given = model.state_dict(), weights.tensors
    for name in (*wanted, *given):
        if name not in wanted or name not in given:
            raise LandscapeError("weights_names", name=_clean(name), expected=listed(wanted), got=listed(given))
        if wanted[name].shape != given[name].shape:
            raise LandscapeError("weights_shape", name=_clean(name), expected=_sides(wanted[name]), got=_sides(given[name]))
    model.load_state_dict(given)


def listed(tensors: Mapping[str, Tensor]) -> str:
    """Return names and shapes in one line: "0.weight 3×5, 0.bias 3, … (8)"."""
    first = ", ".join(f"{_clean(name)} {_sides(tensors[name])}" for name in list(tensors)[:LISTED])
    return first if len(tensors) <= LISTED else f"{first}, … ({len(tensors)})"


def _header_length(content: bytes) -> int:
    """Return the length of the header; raise `LandscapeError` where it cannot be one, before it is parsed."""
    if not content:
        raise LandscapeError("weights_foreign", got=Phrase("empty_file"))
    length = int.from_bytes(content[:_PREFIX], "little")
    if content[_PREFIX : _PREFIX + 1] != b"{" or _PREFIX + length > len(content):
        raise LandscapeError("weights_foreign", got=Phrase("cut_short"))
    if length > MAX_HEADER_BYTES:
        raise LandscapeError("weights_foreign", got=Phrase("header_size", size=length))
    return length


def _header(text: bytes) -> dict[str, Any]:
    """Return the header; raise `LandscapeError` unless it is a JSON object of entries with few axes (the library is slow for many)."""
    try:
        header = json.loads(text, object_pairs_hook=_without_twins)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise LandscapeError("weights_damaged", got=Phrase("header_no_json")) from None
    entries = [entry for name, entry in header.items() if name != "__metadata__"] if isinstance(header, dict) else [None]
    for entry in entries:
        shape = entry.get("shape") if isinstance(entry, dict) else None
        if not isinstance(shape, list) or len(shape) > MOST_AXES:
            raise LandscapeError("weights_damaged", got=Phrase("header_kind"))
    return header


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a JSON object from its pairs; raise `LandscapeError` for a duplicate name, of which the library would keep the last."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise LandscapeError("weights_damaged", got=Phrase("twin_name"))
    return made


def _tensor(name: str, dtype: str, shape: list[int], data: bytearray) -> Tensor:
    if dtype not in DTYPES:
        raise LandscapeError("weights_dtype", name=_clean(name), known=", ".join(DTYPES), got=_clean(dtype))
    if not data:
        raise LandscapeError("weights_damaged", got=Phrase("no_numbers", name=_clean(name)))
    tensor = torch.frombuffer(data, dtype=DTYPES[dtype]).reshape(shape)
    odd = tensor[~tensor.isfinite()]
    if len(odd):
        raise LandscapeError("weights_finite", name=_clean(name), got=float(odd[0]))
    return tensor


def _layer(name: str) -> str:
    """Return a sort key with layer 2 before layer 10, and a layer's weight before its bias."""
    return ".".join(part.zfill(LONGEST_NAME) if part.isdecimal() else part for part in name.replace("bias", "~bias").split("."))


def _clean(text: str) -> str:
    """Return a name or dtype from the file, shortened, with every character that might be markup replaced."""
    return re.sub(r"[^A-Za-z0-9_., -]", "?", text[: LONGEST_NAME + 1])[:LONGEST_NAME] + ("…" if len(text) > LONGEST_NAME else "")


def _sides(tensor: Tensor) -> str:
    return "×".join(str(side) for side in tensor.shape[:LISTED]) or "()"
