"""Formulas: what stands in for torch's operators whose derivatives are missing or wrong, made of operators whose are right.

Of some operators torch has no second derivative (fused attention, embedding bags, distances), of others a wrong one (weight normalization)
or one that is wrong where many are computed at once (group normalization). `tests/landscape/networks/test_formulas.py` has a table of the
operators that models use, each against finite differences.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import torch
from torch import Tensor, special
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from landscape.errors import LandscapeError, Phrase
from landscape.networks.torch_internals import WEIGHT_NORM, attention_by_matrix_products, transforms_active

# With more rows than this, torch takes Euclidean distances from matrix products, which have the derivatives needed.
MOST_ROWS = 25
# Special functions that torch's autograd takes for constants.
CONSTANT_TO_TORCH = re.compile("airy|bessel|polynomial")


class Formulas(TorchFunctionMode):
    """Within this context, formulas stand in for the operators in the table `FORMULAS`. `met`: whether any did.

    Embeddings get the derivatives of their values: `padding_idx` and `scale_grad_by_freq`, which change gradients only, count for nothing.
    Transformer encoders are evaluated as torch does where gradients are taken: where not, its fast path leaves zeros at padded places.
    """

    met = False

    def __torch_function__(self, func: Callable, types: object, args: tuple = (), kwargs: dict | None = None) -> object:
        kwargs = kwargs or {}
        if func is torch.autograd.grad and not transforms_active():  # whose tensors stand in no graph
            with self:  # torch leaves the mode for this call: a part of a model that is computed again in the backward pass needs it, too
                return func(*map(_edges, args), **kwargs)
        formula = FORMULAS.get(func)
        found = NotImplemented if formula is None else formula(*args, **kwargs)
        if found is NotImplemented:  # torch's own is right, here if not everywhere
            return func(*args, **kwargs)
        self.met = True
        return found


def _edges(tensors: tuple[Tensor, ...]) -> tuple[GradientEdge, ...]:
    """Return where the tensors stand in the graph: no function mode looks at a backward pass between these."""
    return tuple(map(get_gradient_edge, tensors))


def _attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, *args: object, **kwargs: object) -> Tensor:
    """Return `scaled_dot_product_attention` by matrix products, with a boolean mask converted to an additive one."""
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill(~attn_mask, -torch.inf)
    return attention_by_matrix_products(query, key, value, attn_mask, *args, **kwargs)


def _complex_view(input: Tensor) -> Tensor:  # noqa: A002 - torch's name
    """Return `view_as_complex` of a copy: the view must start at an even place, and a parameter starts anywhere in theta."""
    return torch.complex(*input.unbind(-1))


def _many_heads(query: Tensor, *args: object, need_weights: bool = True, **kwargs: object) -> tuple[Tensor, Tensor | None]:
    """Return `multi_head_attention_forward` by matrix products, which it uses where weights are asked for.

    Masks of numbers take the query's dtype, since many a forward pass makes them in torch's default one.
    """
    masks = {name: kwargs[name] for name in ("attn_mask", "key_padding_mask") if isinstance(kwargs.get(name), Tensor)}
    other = {name: mask.to(query.dtype) for name, mask in masks.items() if mask.is_floating_point() and mask.dtype != query.dtype}
    if need_weights and not other:
        return NotImplemented
    kwargs.update(other)
    values, weights = functional.multi_head_attention_forward(query, *args, need_weights=True, **kwargs)
    return values, weights if need_weights else None


def _weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """Return g v / |v|, the norm over all axes but `dim` (Salimans and Kingma 2016)."""
    return v * (g / torch.norm_except_dim(v, 2, dim))


def _group_norm(
    input: Tensor,  # noqa: A002 - torch's name
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    *_cudnn: bool,
) -> Tensor:
    """Return `group_norm` as layer normalization of each group."""
    if input.ndim < 2 or input.shape[1] % num_groups or input.numel() == len(input) * num_groups:  # torch refuses
        return NotImplemented
    groups = input.unflatten(1, (num_groups, -1)).flatten(2)
    normal = functional.layer_norm(groups, groups.shape[-1:], eps=eps).reshape(input.shape)
    along = (-1, *(1,) * (input.ndim - 2))
    normal = normal if weight is None else normal * weight.reshape(along)
    return normal if bias is None else normal + bias.reshape(along)


def _hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:  # noqa: A002 - torch's name
    value = functional.relu6(input + 3) / 6
    return input.copy_(value) if inplace else value


def _embedding(
    input: Tensor,  # noqa: A002 - torch's name
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Return `embedding` with the derivatives of its values, and without writing the rows cut to `max_norm` into the weights."""
    if padding_idx is None and max_norm is None and not scale_grad_by_freq and not sparse:
        return NotImplemented
    return functional.embedding(input, _cut(weight, max_norm, norm_type))


def _cut(weight: Tensor, most: float | None, p: float) -> Tensor:
    return weight if most is None else torch.renorm(weight, p, 0, most)


def _embedding_bag(
    input: Tensor,  # noqa: A002 - torch's name
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Return the sum, mean or maximum of the rows of each bag of indices, those of `padding_idx` left out; zeros of an empty bag."""
    if input.is_nested or input.is_floating_point() or mode not in ("sum", "mean", "max"):
        return NotImplemented
    if input.ndim == 2:
        count = len(input)
        bags = torch.arange(count, device=input.device).repeat_interleave(input.shape[1])
    else:
        count = len(offsets) - include_last_offset
        bags = torch.bucketize(torch.arange(len(input), device=input.device), offsets[:count], right=True) - 1
    chosen = input.reshape(-1)
    rows = functional.embedding(chosen, _cut(weight, max_norm, norm_type))
    left_out = torch.zeros_like(chosen, dtype=torch.bool) if padding_idx is None else chosen == padding_idx % len(weight)
    if mode == "max":
        lowest = rows.masked_fill(left_out[:, None], -torch.inf)
        start = torch.full_like(rows[:1], -torch.inf).expand(count, -1)
        most = start.scatter_reduce(0, bags[:, None].expand_as(lowest), lowest, "amax")
        return most.masked_fill(most == -torch.inf, 0)
    rows = rows.masked_fill(left_out[:, None], 0)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    sums = torch.zeros_like(rows[:1]).expand(count, -1).index_add(0, bags, rows)
    if mode == "sum":
        return sums
    sizes = torch.zeros(count, dtype=rows.dtype, device=rows.device).index_add(0, bags, (~left_out).to(rows.dtype))
    return sums / sizes.clamp(min=1)[:, None]


def _distances(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """Return `cdist` as norms of differences, except where torch takes it from matrix products."""
    large = max(x1.shape[-2], x2.shape[-2]) > MOST_ROWS and compute_mode == "use_mm_for_euclid_dist_if_necessary"
    if p == 2 and (large or compute_mode == "use_mm_for_euclid_dist"):
        return NotImplemented
    return _norms(x1.unsqueeze(-2) - x2.unsqueeze(-3), p)


def _own_distances(input: Tensor, p: float = 2.0) -> Tensor:  # noqa: A002 - torch's name
    """Return `pdist`, the distances of all pairs of rows."""
    first, second = torch.triu_indices(len(input), len(input), 1, device=input.device)
    return _norms(input[first] - input[second], p)


def _norms(differences: Tensor, p: float) -> Tensor:
    """Return the p-norms of rows; that of a zero row is zero with all its derivatives, as torch has the first."""
    equal = (differences == 0).all(-1)
    norms = torch.linalg.vector_norm(differences.masked_fill(equal.unsqueeze(-1), 1), p, -1)
    return norms.masked_fill(equal, 0)


def _multi_margin_loss(
    input: Tensor,  # noqa: A002 - torch's name
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return mean_j w_y max(0, margin - x_y + x_j)^p, without j = y, of each sample, then reduced."""
    if size_average is not None or reduce is not None or p not in (1, 2) or not input.ndim:
        return NotImplemented
    own = target.reshape(input.shape[:-1]).unsqueeze(-1)
    gaps = (margin - input.gather(-1, own) + input).clamp(min=0) ** p
    gaps = gaps.masked_fill(torch.arange(input.shape[-1], device=input.device) == own, 0)
    losses = gaps.mean(-1).reshape(target.shape)
    return _reduced(losses if weight is None else losses * weight[target], reduction)


def _multilabel_margin_loss(
    input: Tensor,  # noqa: A002 - torch's name
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the mean over j of max(0, 1 - x_y + x_j), summed over the labels y of a sample (up to the first -1), j being none of them."""
    if size_average is not None or reduce is not None or not input.ndim:
        return NotImplemented
    given = (target >= 0).long().cumprod(-1).bool()
    labels = target.clamp(min=0)
    is_label = ((torch.arange(input.shape[-1], device=input.device) == labels.unsqueeze(-1)) & given.unsqueeze(-1)).any(-2)
    gaps = (1 - input.gather(-1, labels).unsqueeze(-1) + input.unsqueeze(-2)).clamp(min=0)
    counted = given.unsqueeze(-1) & ~is_label.unsqueeze(-2)
    return _reduced(gaps.masked_fill(~counted, 0).sum(-2).mean(-1), reduction)


def _linear_cross_entropy(*args: object, options: object = None, **kwargs: object) -> Tensor:
    """Return `linear_cross_entropy` in one piece: in chunks, torch takes its second derivative for zero."""
    return NotImplemented if options is None else functional.linear_cross_entropy(*args, **kwargs)


def _select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:  # noqa: A002 - torch's name
    """Return `input` with `src` at `index` of `dim`; torch's second derivative is wrong under vmap."""
    if not -input.shape[dim] <= index < input.shape[dim]:  # torch refuses
        return NotImplemented
    place = torch.tensor([index % input.shape[dim]], device=input.device)
    return input.index_copy(dim, place, src.unsqueeze(dim).to(input.dtype))


def _sparse(make: Callable, place: int) -> Callable:
    """Return the constructor `make` of sparse tensors, whose argument of this place is `values`, with no second derivative of the values:
    torch says that it is zero, or fails.
    """

    def made(*args: object, **kwargs: object) -> Tensor:
        if "values" in kwargs:
            return make(*args, **{**kwargs, "values": _once(kwargs["values"], make)})
        return make(*args[:place], _once(args[place], make), *args[place + 1 :], **kwargs) if len(args) > place else NotImplemented

    return made


def _once(values: object, make: Callable) -> object:
    return _Once.apply(values, make.__name__) if isinstance(values, Tensor) and values.requires_grad else values


class _Once(torch.autograd.Function):
    """The identity, with a first derivative and a refusal for a second."""

    @staticmethod
    def forward(ctx: object, values: Tensor, name: str) -> Tensor:
        ctx.name = name
        return values.view_as(values)

    @staticmethod
    def backward(ctx: object, slope: Tensor) -> tuple[Tensor, None]:
        if torch.is_grad_enabled():  # a graph is made of this derivative, for a second
            raise _refusal(ctx.name)
        return slope, None


def _without_derivative(function: Callable) -> Callable:
    """Return a special function of which torch says, without a word, that it does not depend on its arguments: its gradient is refused."""

    def made(*args: object, **kwargs: object) -> Tensor:
        value = function(*args, **kwargs)
        varying = [arg for arg in args if isinstance(arg, Tensor) and arg.requires_grad]
        return _Never.apply(value, function.__name__.removeprefix("special_"), *varying)

    return made


class _Never(torch.autograd.Function):
    """A value that depends on some tensors, with a refusal for the derivative."""

    generate_vmap_rule = True

    @staticmethod
    def forward(value: Tensor, name: str, *varying: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def setup_context(ctx: object, inputs: tuple, output: Tensor) -> None:
        ctx.name = inputs[1]

    @staticmethod
    def backward(ctx: object, _slope: Tensor) -> tuple:
        raise _refusal(ctx.name)


def _refusal(operator: str) -> LandscapeError:
    return LandscapeError("no_derivative", owner="objective", got=Phrase("lacks_derivative", name=operator))


def _reduced(losses: Tensor, reduction: str) -> Tensor:
    return {"none": losses.clone, "mean": losses.mean, "sum": losses.sum}[reduction]()


# What stands in for each operator: a function of its arguments, which returns NotImplemented where torch's own is right.
FORMULAS: dict[Callable, Callable] = {
    functional.scaled_dot_product_attention: _attention,
    functional.multi_head_attention_forward: _many_heads,
    torch.view_as_complex: _complex_view,
    WEIGHT_NORM: _weight_norm,
    functional.group_norm: _group_norm,
    torch.group_norm: _group_norm,
    functional.hardsigmoid: _hardsigmoid,
    functional.embedding: _embedding,
    functional.embedding_bag: _embedding_bag,
    torch.cdist: _distances,
    torch.pdist: _own_distances,
    functional.multi_margin_loss: _multi_margin_loss,
    functional.multilabel_margin_loss: _multilabel_margin_loss,
    functional.linear_cross_entropy: _linear_cross_entropy,
    torch.select_scatter: _select_scatter,
    Tensor.select_scatter: _select_scatter,
    torch.sparse_coo_tensor: _sparse(torch.sparse_coo_tensor, 1),
    torch.sparse_csr_tensor: _sparse(torch.sparse_csr_tensor, 2),
    **{function: _without_derivative(function) for name, function in vars(special).items() if CONSTANT_TO_TORCH.search(name)},
}
