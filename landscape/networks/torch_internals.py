"""Torch internals: every part of torch that is not public and used all the same, each with the reason why no public one will do.

A test names the version of torch that they were seen on. No other module of the package reads a private attribute of torch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock

import torch
from torch import _C, Tensor, nn, ops

_counting, _quiet_calls = Lock(), 0


def parameter_tables(model: nn.Module) -> list[dict[str, Tensor | None]]:
    """Return the mapping from name to parameter of each submodule, in the order of `model.modules()`; writing to one replaces a parameter.

    `nn.Module.__setattr__` refuses a tensor that is no `nn.Parameter`, and `torch.func.functional_call` takes longer to look the modules up
    by name at every call than a small model takes to evaluate.
    """
    return [module._parameters for module in model.modules()]


def has_hooks(module: nn.Module) -> bool:
    """Return whether forward hooks or forward pre-hooks are registered on `module`; torch can register them, not list them."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def transforms_active() -> bool:
    """Return whether the caller runs inside `torch.func.vmap`, `grad` or another transform; there is no public question for it."""
    return torch._C._are_functorch_transforms_active()


def batched(function: Callable) -> Callable:
    """Return `torch.func.vmap(function)`, whose calls do not warn of their own speed where an operator has no rule for batches.

    Such a batch is still faster than a loop (three times for a bilinear form), it was this package that chose it, and a caller who never
    wrote vmap can do nothing about it. The switch is one for all threads, and there is no question for its state: the first of these calls
    turns it off and the last one on, as it is in torch.
    """
    of_batch = torch.func.vmap(function)

    @wraps(of_batch)
    def quiet(*args: object) -> object:
        _count_quiet_calls(1)
        try:
            return of_batch(*args)
        finally:
            _count_quiet_calls(-1)

    return quiet


def _count_quiet_calls(step: int) -> None:
    global _quiet_calls  # noqa: PLW0603 - as the switch is
    with _counting:
        _quiet_calls += step
        _C._functorch._set_vmap_fallback_warning_enabled(_quiet_calls == 0)


def uncompiled(compiled: Callable) -> Callable:
    """Return the module or function that `torch.compile` wrapped, or what is given itself; torch gives no public way back."""
    return getattr(compiled, "_orig_mod", getattr(compiled, "_torchdynamo_orig_callable", compiled))


def version_of(tensor: Tensor) -> int:
    """Return the version counter of `tensor`, which every in-place operation increases."""
    return tensor._version


def attention_by_matrix_products(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, *args: object, **kwargs: object) -> Tensor:
    """Return `scaled_dot_product_attention` by matrix products; `mask` is added to the scores, the other arguments are its own.

    `torch.nn.attention.sdpa_kernel` selects the same kernel, but for the whole process, whose other threads evaluate other models.
    """
    return ops.aten._scaled_dot_product_attention_math(query, key, value, mask, *args, **kwargs)[0]


# The operator that both kinds of `weight_norm` of `torch.nn.utils` call; it has no public name.
WEIGHT_NORM = torch._weight_norm
