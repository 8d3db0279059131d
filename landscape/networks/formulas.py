"""Formulas: what stands in for torch's operators whose second derivative is missing or wrong, made of operators whose is right."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from landscape.networks.torch_internals import attention_by_matrix_products


class Formulas(TorchFunctionMode):
    """Replaces fused attention by matrix products: fused kernels have no second derivative nor vmap. `met`: whether any was called."""

    met = False

    def __torch_function__(self, func: Callable, types: object, args: tuple = (), kwargs: dict | None = None) -> object:
        kwargs = kwargs or {}
        if func is nn.functional.scaled_dot_product_attention:
            self.met = True
            return _attend(*args, **kwargs)
        if func is nn.functional.multi_head_attention_forward and not kwargs.get("need_weights", True):
            self.met = True
            return func(*args, **{**kwargs, "need_weights": True})[0], None  # with weights it uses matrix products
        return func(*args, **kwargs)


def _attend(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, *args: object, **kwargs: object) -> Tensor:
    """Return `scaled_dot_product_attention` by matrix products, with a boolean mask converted to an additive one."""
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill(~attn_mask, -torch.inf)
    return attention_by_matrix_products(query, key, value, attn_mask, *args, **kwargs)
