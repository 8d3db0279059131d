"""Torch's operators that models use, each as a function or a layer of parameters at which it is smooth."""

import math
import warnings

import torch
from torch import distributions as draws
from torch import fft, linalg, nn, special
from torch.nn import functional as of
from torch.nn.utils import parametrizations


class Function(nn.Module):
    """A function of parameters of these shapes."""

    def __init__(self, function, *shapes):
        super().__init__()
        self.function = function
        self.arguments = nn.ParameterList([torch.zeros(shape) for shape in shapes])

    def forward(self, _inputs):
        return self.function(*self.arguments)


class Layer(nn.Module):
    """A module applied to inputs that are parameters too."""

    def __init__(self, module, shape, call=None):
        super().__init__()
        self.module, self.call = module, call or (lambda module, x: module(x))
        self.input = nn.Parameter(torch.zeros(shape))

    def forward(self, _inputs):
        return self.call(self.module, self.input)


def function(f, *shapes):
    return lambda: Function(f, *shapes or [(3, 4)])


def layer(build, shape, call=None):
    return lambda: Layer(build(), shape, call)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def named(names, operator, *shapes, of_positive=False):
    """One row for each name: operator(name) of a parameter, or of positive numbers made of it."""

    def row(f):
        return function((lambda x: f(x.abs() + 0.3)) if of_positive else f, *shapes)

    return {name: row(operator(name)) for name in names.split()}


def from_torch(names, *shapes, of_positive=False):
    return named(names, lambda name: getattr(torch, name), *shapes, of_positive=of_positive)


ACTIVATIONS = {
    **named(
        "relu relu6 elu selu celu gelu silu mish hardswish hardsigmoid hardtanh leaky_relu softplus logsigmoid softsign tanhshrink "
        "softshrink hardshrink sigmoid tanh rrelu glu",
        lambda name: getattr(of, name),
    ),
    **{f"{name} in place": function(lambda x, name=name: getattr(of, name)(x.sin(), inplace=True)) for name in ("silu", "hardsigmoid")},
    "gelu by tanh": function(lambda x: of.gelu(x, approximate="tanh")),
    "celu of 0.7": function(lambda x: of.celu(x, 0.7)),
    "softplus beyond its threshold": function(lambda x: of.softplus(x, 2.0, 1.0)),
    "threshold": function(lambda x: of.threshold(x, 0.1, -0.3)),
    "hardsigmoid beyond its ends": function(lambda x: of.hardsigmoid(6 * x)),
    "nn.Hardsigmoid": layer(lambda: nn.Sequential(nn.Linear(3, 2), nn.Hardsigmoid()), (2, 3)),
    "prelu": function(of.prelu, (3, 4), (4,)),
    **{name: function(lambda x, name=name: getattr(of, name)(x, 1)) for name in ("softmax", "softmin", "log_softmax")},
    "masked softmax": function(lambda x: x.masked_fill(torch.eye(3, 4) > 0, -math.inf).softmax(1)),
}

ELEMENTWISE = {
    **from_torch("sin cos tan atan sinh cosh asinh exp exp2 expm1 erf erfc sinc square abs sign digamma i0"),
    **from_torch("log log1p log2 sqrt rsqrt reciprocal lgamma", of_positive=True),
    **named("i0e i1 i1e ndtr log_ndtr erfcx", lambda name: getattr(special, name)),
    "acos": function(lambda x: x.tanh().acos()),
    "atanh": function(lambda x: (0.8 * x.tanh()).atanh()),
    "logit": function(lambda x: torch.logit(x.sigmoid(), 1e-3)),
    "polygamma": function(lambda x: torch.polygamma(1, x.abs() + 1)),
    "xlogy": function(lambda x, y: torch.xlogy(x, y.abs() + 0.5), (3,), (3,)),
    "power": function(lambda x, y: (x.abs() + 0.3) ** y, (3,), (3,)),
    **from_torch("atan2 hypot logaddexp maximum fmax", (3,), (3,)),
    "lerp": function(torch.lerp, (3,), (3,), (3,)),
    "addcdiv": function(lambda a, b, c: torch.addcdiv(a, b, c + 3, value=0.7), (3,), (3,), (3,)),
    "remainder": function(lambda x: torch.remainder(x, 0.7)),
    "clamp": function(lambda x, low: torch.clamp(x, low, low + 1), (3, 4), (4,)),
    "where": function(lambda x: torch.where(x > 0, x**2, x.sin())),
    "written in place": function(lambda x: x.clone().mul_(x).add_(x.sin())),
    "complex numbers": function(lambda a, b: torch.complex(a, b).tanh().prod(0).abs(), (3,), (3,)),
}

REDUCTIONS = {
    **{
        name: function(lambda x, name=name: getattr(torch, name)(x, 1))
        for name in "sum mean prod var std logsumexp amax nansum cumsum cumprod logcumsumexp".split()
    },
    **{
        f"{name} and where": function(lambda x, name=name: getattr(torch, name)(x, dim=1)[0])
        for name in "max median cummax cummin sort mode".split()
    },
    "product with a zero": function(lambda x: torch.prod(x * double([1, 0, 1, 1]), 1)),
    "cumulative product with zeros": function(lambda x: torch.cumprod(x * double([1, 0, 0, 1]), 1)),
    "topk": function(lambda x: x.topk(2, 1)[0]),
    "kthvalue": function(lambda x: x.kthvalue(2, 1)[0]),
    "quantile": function(lambda x: torch.quantile(x, 0.3, 1)),
    "renorm": function(lambda x: torch.renorm(x, 2, 0, 1.0)),
    "corrcoef": function(torch.corrcoef),
    **{f"{p}-norm": function(lambda x, p=p: linalg.vector_norm(x, p, dim=1)) for p in (0.5, 1, 2, 3, math.inf)},
    **{f"matrix norm {p}": function(lambda x, p=p: linalg.matrix_norm(x, p)) for p in ("fro", "nuc", 1, 2, -2, math.inf)},
    "normalize": function(lambda x: of.normalize(x, dim=1)),
}


def group_norms():
    """Shapes at which torch's batched second derivative of group normalization fails, and some at which it is wrong without a word."""
    for shape, groups in (((2, 4, 3), 2), ((1, 4, 2, 2), 1), ((1, 4, 2, 2), 4), ((1, 6, 3), 3), ((3, 4), 2)):
        yield (
            f"group_norm {shape} {groups}",
            function(lambda x, w, b, groups=groups: of.group_norm(x, groups, w, b), shape, shape[1:2], shape[1:2]),
        )
        yield f"group_norm {shape} {groups} alone", function(lambda x, groups=groups: of.group_norm(x, groups), shape)


NORMALIZATIONS = {
    **dict(group_norms()),
    "group_norm of fixed scale": function(lambda x: of.group_norm(x, 2, double([1, -2, 3, 0.5]), None), (2, 4, 2)),
    "nn.GroupNorm": layer(lambda: nn.Sequential(nn.Conv2d(1, 4, 2), nn.GroupNorm(2, 4, affine=False), nn.Tanh()), (2, 1, 3, 3)),
    "torch.group_norm": function(lambda x, w, b: torch.group_norm(x, 2, w, b), (2, 4, 3), (4,), (4,)),
    "batch_norm": function(lambda x, w, b: of.batch_norm(x, double([0.1, 0.2, 0.3]), double([1.1, 0.6, 2]), w, b), (4, 3), (3,), (3,)),
    "batch_norm of the batch": function(lambda x, w, b: of.batch_norm(x, None, None, w, b, True), (2, 3, 2, 2), (3,), (3,)),
    **{f"layer_norm {shape}": function(lambda x, w, b: of.layer_norm(x, (4,), w, b), shape, (4,), (4,)) for shape in ((3, 4), (4, 4, 4))},
    "layer_norm of two axes": function(lambda x: of.layer_norm(x, (3, 4))),
    "instance_norm": function(lambda x, w, b: of.instance_norm(x, weight=w, bias=b), (2, 3, 4), (3,), (3,)),
    "local_response_norm": function(lambda x: of.local_response_norm(x, 3), (2, 4, 3)),
    "rms_norm": function(lambda x, w: of.rms_norm(x, (4,), w), (3, 4), (4,)),
}


def convolutions():
    for d, side in ((1, 4), (2, 4), (3, 2)):
        convolve, transposed = getattr(of, f"conv{d}d"), getattr(of, f"conv_transpose{d}d")
        yield (
            f"conv{d}d",
            function(lambda x, w, b, f=convolve: f(x, w, b, padding=1, stride=2), (1, 2, *[side] * d), (2, 2, *[2] * d), (2,)),
        )
        yield (
            f"conv_transpose{d}d",
            function(lambda x, w, b, f=transposed: f(x, w, b, padding=1, stride=2), (1, 1, *[2] * d), (1, 2, *[2] * d), (2,)),
        )


CONVOLUTIONS = {
    **dict(convolutions()),
    "grouped and dilated": function(lambda x, w: of.conv2d(x, w, groups=2, dilation=2), (1, 2, 4, 4), (2, 1, 2, 2)),
    "same padding": function(lambda x, w: of.conv1d(x, w, padding="same"), (1, 2, 5), (2, 2, 3)),
    **{
        f"pad {mode} {d}": function(lambda x, mode=mode, d=d: of.pad(x, (1, 1) * d, mode=mode), (1, 1, *[side] * d))
        for mode in ("reflect", "replicate", "circular", "constant")
        for d, side in ((1, 4), (2, 3), (3, 2))
    },
    "unfold": function(lambda x: of.unfold(x, 2), (1, 2, 3, 3)),
    "fold": function(lambda x: of.fold(x, (3, 3), 2), (1, 4, 4)),
    "pixel_shuffle": function(lambda x: of.pixel_shuffle(x, 2), (1, 4, 2, 2)),
    "pixel_unshuffle": function(lambda x: of.pixel_unshuffle(x, 2), (1, 1, 4, 4)),
    "channel_shuffle": function(lambda x: of.channel_shuffle(x, 2), (1, 4, 2)),
}


def unpooled(x, d):
    pooled, where = getattr(of, f"max_pool{d}d")(x, 2, return_indices=True)
    return getattr(of, f"max_unpool{d}d")(pooled, where, 2, output_size=x.shape[-d:])


def poolings():
    for d, sides in ((1, (5,)), (2, (4, 4)), (3, (2, 2, 4))):
        shape = (1, 2, *sides)
        for name, options in (
            ("max_pool", {"kernel_size": 2}),
            ("max_pool", {"kernel_size": 2, "stride": 1, "padding": 1}),
            ("avg_pool", {"kernel_size": 2, "stride": 1, "padding": 1, "count_include_pad": False}),
            ("adaptive_avg_pool", {"output_size": 2}),
            ("adaptive_max_pool", {"output_size": 2}),
            ("lp_pool", {"norm_type": 2.0, "kernel_size": 2}),
        ):
            pool = getattr(of, f"{name}{d}d")
            yield f"{name}{d}d {options}", function(lambda x, pool=pool, options=options: pool(x, **options), shape)
        yield f"max_unpool{d}d", function(lambda x, d=d: unpooled(x, d), shape)


POOLINGS = {
    **dict(poolings()),
    "lp_pool2d of 3": function(lambda x: of.lp_pool2d(x.abs() + 0.1, 3.0, 2), (1, 1, 4, 4)),
    "fractional_max_pool2d": function(
        lambda x: of.fractional_max_pool2d(x, 2, output_size=2, _random_samples=double([[[0.3, 0.6], [0.2, 0.8]]])), (1, 2, 4, 4)
    ),
    "fractional_max_pool3d": function(
        lambda x: of.fractional_max_pool3d(x, 2, output_size=2, _random_samples=double([[[0.3, 0.6, 0.1]]])), (1, 1, 4, 4, 4)
    ),
}

RESAMPLINGS = {
    **{
        f"interpolate {mode} {options}": function(
            lambda x, size=size, mode=mode, options=options: of.interpolate(x, size, mode=mode, **options), shape
        )
        for mode, shape, size, options in (
            ("nearest", (1, 2, 3), 5, {}),
            ("linear", (1, 2, 3), 5, {}),
            ("bilinear", (1, 1, 4, 4), (5, 2), {"align_corners": True}),
            ("bilinear", (1, 1, 4, 4), (2, 2), {"antialias": True}),
            ("bicubic", (1, 1, 3, 4), (5, 2), {}),
            ("bicubic", (1, 1, 4, 4), (2, 2), {"antialias": True}),
            ("nearest-exact", (1, 1, 3, 4), (5, 2), {}),
            ("area", (1, 1, 3, 4), (2, 2), {}),
            ("trilinear", (1, 1, 2, 2, 3), (3, 3, 2), {}),
        )
    },
    **{
        f"grid_sample {mode} {padding}": function(
            lambda x, grid, mode=mode, padding=padding: of.grid_sample(x, grid, mode=mode, padding_mode=padding, align_corners=False),
            (1, 2, 4, 4),
            (1, 2, 3, 2),
        )
        for mode in ("bilinear", "nearest", "bicubic")
        for padding in ("zeros", "border", "reflection")
    },
    "grid_sample of a volume": function(lambda x, grid: of.grid_sample(x, grid, align_corners=True), (1, 1, 3, 3, 3), (1, 1, 2, 2, 3)),
    "affine_grid": function(lambda theta: of.affine_grid(theta, (2, 1, 3, 3), align_corners=False), (2, 2, 3)),
}

WORDS = torch.tensor([[0, 2, 1], [3, 3, 0]])
STARTS = torch.tensor([0, 2, 2])  # of three bags, the second of them empty

EMBEDDINGS = {
    **{
        f"embedding {options}": function(lambda w, options=options: of.embedding(WORDS, w, **options), (4, 3))
        for options in ({}, {"padding_idx": 0}, {"scale_grad_by_freq": True}, {"sparse": True}, {"max_norm": 1.0, "padding_idx": -1})
    },
    "nn.Embedding": layer(lambda: nn.Embedding(4, 3, padding_idx=0), (3,), lambda module, x: module(WORDS) * x),
    **{
        f"embedding_bag {mode}": function(lambda w, mode=mode: of.embedding_bag(WORDS, w, mode=mode), (4, 3))
        for mode in ("sum", "mean", "max")
    },
    **{
        f"embedding_bag {mode} {options}": function(
            lambda w, mode=mode, options=options: of.embedding_bag(WORDS.flatten(), w, STARTS, mode=mode, **options), (4, 3)
        )
        for mode in ("sum", "mean", "max")
        for options in ({}, {"padding_idx": 0}, {"max_norm": 1.0})
    },
    "embedding_bag with weights": function(lambda w, p: of.embedding_bag(WORDS, w, mode="sum", per_sample_weights=p), (4, 3), (2, 3)),
    "embedding_bag with its end": function(
        lambda w: of.embedding_bag(WORDS.flatten(), w, torch.tensor([0, 2, 6]), include_last_offset=True, sparse=True), (4, 3)
    ),
    "nn.EmbeddingBag": layer(lambda: nn.EmbeddingBag(4, 3, padding_idx=3), (3,), lambda module, x: module(WORDS) * x),
}

DISTANCES = {
    **{f"cdist {p}": function(lambda x, y, p=p: torch.cdist(x, y, p), (3, 4), (2, 4)) for p in (0.5, 1.0, 2.0, 3.0, math.inf)},
    **{f"pdist {p}": function(lambda x, p=p: of.pdist(x, p), (4, 3)) for p in (0.5, 1.0, 2.0, 3.0, math.inf)},
    **{f"pairwise_distance {p}": function(lambda x, y, p=p: of.pairwise_distance(x, y, p), (3, 4), (3, 4)) for p in (1.0, 2.0, 3.0)},
    "cdist of batches": function(lambda x, y: torch.cdist(x, y, 1.0), (2, 3, 2), (2, 2, 2)),
    "cdist to itself": function(lambda x: torch.cdist(x, x), (3, 4)),
    "cdist by matrix products": function(lambda x, y: torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist"), (3, 4), (2, 4)),
    "cdist of many": function(lambda x, y: torch.cdist(x + torch.arange(30.0).sin()[:, None], y), (1, 3), (2, 3)),
    "cosine_similarity": function(of.cosine_similarity, (3, 4), (3, 4)),
}


class Packed(nn.Module):
    """A recurrent layer on sequences of different lengths."""

    def __init__(self, kind):
        super().__init__()
        self.layer = kind(2, 2, batch_first=True)

    def forward(self, x):
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([3, 2]), batch_first=True)
        return nn.utils.rnn.pad_packed_sequence(self.layer(packed)[0], batch_first=True)[0]


def recurrent():
    for kind in (nn.RNN, nn.LSTM, nn.GRU):
        name, cell = kind.__name__, getattr(nn, f"{kind.__name__}Cell")
        yield name, layer(lambda kind=kind: kind(2, 2), (3, 2, 2), lambda module, x: module(x)[0])
        both = {"num_layers": 2, "bidirectional": True, "batch_first": True}
        yield f"{name} both ways", layer(lambda kind=kind, both=both: kind(2, 2, **both), (1, 3, 2), lambda module, x: module(x)[0])
        yield f"{name} packed", layer(lambda kind=kind: Packed(kind), (2, 3, 2))
        yield f"{name} cell", layer(lambda cell=cell: cell(2, 3), (2, 2), lambda module, x: torch.cat([*module(x)]))


RECURRENT = {
    **dict(recurrent()),
    "LSTM projected": layer(lambda: nn.LSTM(2, 3, proj_size=2, bidirectional=True), (2, 1, 2), lambda module, x: module(x)[0]),
    "RNN of relu": layer(lambda: nn.RNN(2, 3, nonlinearity="relu"), (3, 2, 2), lambda module, x: module(x)[0]),
}

HEADS = [(1, 2, 3, 4)] * 3
SEEN = torch.tensor([[1, 0, 1], [0, 0, 0], [0, 1, 1]], dtype=torch.bool)
PADDED = torch.tensor([[False, False, True], [False, False, False]])
attend = of.scaled_dot_product_attention


def attention():
    options = {"batch_first": True}
    for name, call in (
        ("with weights", {}),
        ("without weights", {"need_weights": False}),
        ("causal", {"need_weights": False, "attn_mask": ~torch.ones(3, 3, dtype=torch.bool).tril(), "is_causal": True}),
        ("padded", {"need_weights": False, "key_padding_mask": PADDED[:1]}),
    ):
        yield (
            f"MultiheadAttention {name}",
            layer(lambda: nn.MultiheadAttention(4, 2, **options), (1, 3, 4), lambda module, x, call=call: module(x, x, x, **call)[0]),
        )


ATTENTION = {
    "attention": function(attend, *HEADS),
    "causal attention": function(lambda q, k, v: attend(q, k, v, is_causal=True), *HEADS),
    "masked attention": function(lambda q, k, v: attend(q, k, v, attn_mask=SEEN), *HEADS),
    "attention with a mask that is added": function(lambda q, k, v, mask: attend(q, k, v, attn_mask=mask), *HEADS, (3, 3)),
    "scaled attention": function(lambda q, k, v: attend(q, k, v, scale=0.3), *HEADS),
    "attention of groups": function(lambda q, k, v: attend(q, k, v, enable_gqa=True), (1, 4, 3, 2), (1, 2, 3, 2), (1, 2, 3, 2)),
    "cross attention": function(lambda q, k, v: attend(q, k, v, is_causal=True), (1, 1, 2, 3), (1, 1, 4, 3), (1, 1, 4, 3)),
    **dict(attention()),
    "MultiheadAttention with biases": layer(
        lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True),
        (2, 1, 4),
        lambda module, x: module(x, x, x, need_weights=False)[0],
    ),
    "MultiheadAttention of other sizes": layer(
        lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=2),
        (2, 1, 4),
        lambda module, x: module(x, x[..., :3], x[..., :2], need_weights=False)[0],
    ),
    "TransformerEncoderLayer": layer(lambda: nn.TransformerEncoderLayer(4, 2, 3, batch_first=True), (1, 2, 4)),
    "TransformerEncoderLayer norm first": layer(
        lambda: nn.TransformerEncoderLayer(4, 2, 3, batch_first=True, norm_first=True, activation="gelu"), (1, 2, 4)
    ),
    "TransformerEncoder padded": layer(
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 2, batch_first=True), 1),
        (2, 3, 4),
        lambda module, x: module(x, src_key_padding_mask=PADDED),
    ),
    "TransformerDecoderLayer": layer(
        lambda: nn.TransformerDecoderLayer(4, 2, 2, batch_first=True), (1, 2, 4), lambda module, x: module(x, x * 0.5 + 1)
    ),
}


def symmetric(a):
    return a + a.mT


def positive(a):
    return a @ a.mT + torch.eye(len(a))


def regular(a):
    return a + 2.5 * torch.eye(len(a))


def leading(a):
    u, s, v = linalg.svd(a, full_matrices=False)
    return (u[:, :2] * s[:2]) @ v[:2]


def of_eigenvectors(a):
    values, vectors = linalg.eigh(symmetric(a))
    return vectors**2 * values.exp()


ALGEBRA = {
    "einsum": function(lambda a, b: torch.einsum("ij,jk->ik", a, b), (2, 3), (3, 2)),
    "bilinear": function(of.bilinear, (2, 2), (2, 3), (2, 2, 3), (2,)),
    "baddbmm": function(torch.baddbmm, (1, 2, 2), (1, 2, 3), (1, 3, 2)),
    "addmm": function(lambda a, b, c: torch.addmm(a, b, c, beta=0.3, alpha=0.7), (3,), (2, 3), (3, 3)),
    "kron": function(torch.kron, (2, 2), (2, 2)),
    "cross": function(linalg.cross, (2, 3), (2, 3)),
    "matrix_power": function(lambda a: linalg.matrix_power(regular(a), -2), (3, 3)),
    "svdvals": function(linalg.svdvals, (3, 4)),
    "svd": function(leading, (3, 4)),
    "eigvalsh": function(lambda a: linalg.eigvalsh(symmetric(a)), (3, 3)),
    "eigh": function(of_eigenvectors, (3, 3)),
    "eigvals": function(lambda a: linalg.eigvals(a).abs(), (3, 3)),
    "qr": function(lambda a: torch.cat(linalg.qr(a)), (4, 3)),
    "cholesky": function(lambda a: linalg.cholesky(positive(a)), (3, 3)),
    "cholesky_solve": function(lambda a, b: torch.cholesky_solve(b, linalg.cholesky(positive(a))), (3, 3), (3, 2)),
    "inv": function(lambda a: linalg.inv(regular(a)), (3, 3)),
    "pinv": function(linalg.pinv, (4, 3)),
    "solve": function(lambda a, b: linalg.solve(regular(a), b), (3, 3), (3, 2)),
    "solve_triangular": function(lambda a, b: linalg.solve_triangular(regular(a), b, upper=True), (3, 3), (3, 2)),
    "lstsq": function(lambda a, b: linalg.lstsq(a, b)[0], (4, 3), (4, 2)),
    "lu": function(lambda a: linalg.lu(regular(a))[2], (3, 3)),
    "det": function(linalg.det, (3, 3)),
    "logdet": function(lambda a: torch.logdet(positive(a)), (3, 3)),
    "slogdet": function(lambda a: linalg.slogdet(a)[1], (3, 3)),
    "matrix_exp": function(linalg.matrix_exp, (3, 3)),
    "cond": function(linalg.cond, (3, 3)),
    "householder_product": function(lambda a: linalg.householder_product(a, double([0.3, 0.4])), (3, 2)),
    "sparse product": function(lambda x: torch.sparse.mm(torch.eye(3, dtype=x.dtype).to_sparse(), x)),
    "product with its sparse self": function(lambda x: torch.sparse.mm(x.sin().to_sparse(), torch.ones(4, 2, dtype=x.dtype))),
}

FOURIER = {
    "fft": function(lambda x: torch.view_as_real(fft.fft(x)), (2, 4)),
    "rfft": function(lambda x: fft.rfft(x).abs(), (2, 5)),
    "irfft": function(lambda x: fft.irfft(fft.rfft(x) * double([1, 2, 0.5]), n=4), (2, 4)),
    "rfft2": function(lambda x: fft.irfft2(fft.rfft2(x).sin(), s=(3, 4))),
    "hfft": function(lambda x: fft.hfft(x.to(torch.complex128)), (5,)),
    "fftn": function(lambda x: fft.fftn(x).real, (2, 2, 3)),
    "stft": function(lambda x: torch.stft(x, 4, 2, window=torch.hann_window(4, dtype=x.dtype), return_complex=True).abs(), (9,)),
}


def written(x, index, values):
    x = x.clone()
    x[index] = values
    return x


ROWS = torch.tensor([[0, 1, 2, 0], [2, 2, 1, 0], [1, 0, 0, 2]])
TWO = [(3, 4), (3, 4)]

INDEXING = {
    "gather": function(lambda x: x.gather(0, ROWS)),
    "scatter": function(lambda x, s: x.scatter(0, torch.tensor([[0, 2, 1, 1]]), s), (3, 4), (1, 4)),
    "scatter_add": function(lambda x, s: x.scatter_add(0, ROWS, s), *TWO),
    **{
        f"scatter_reduce {reduce}": function(lambda x, s, reduce=reduce: x.scatter_reduce(0, ROWS, s, reduce), *TWO)
        for reduce in ("prod", "mean", "amax", "amin")
    },
    "index_add": function(lambda x, s: x.index_add(0, torch.tensor([0, 2, 0]), s), *TWO),
    "index_copy": function(lambda x, s: x.index_copy(0, torch.tensor([2, 0]), s), (3, 4), (2, 4)),
    "index_put": function(lambda x, s: x.index_put((torch.tensor([0, 0]), torch.tensor([1, 1])), s, accumulate=True), (3, 4), (2,)),
    "index_select": function(lambda x: x.index_select(1, torch.tensor([0, 0, 3]))),
    "select_scatter": function(lambda x, s: torch.select_scatter(x, s, 1, -2), (3, 4), (3,)),
    "select_scatter of a number": function(lambda x, s: x.select_scatter(s, dim=0, index=1), (4,), ()),
    "slice_scatter": function(lambda x, s: torch.slice_scatter(x, s, 1, 1, 3), (3, 4), (3, 2)),
    "an item that is written": function(lambda x, s: written(x, 1, s**2), (3, 4), (4,)),
    "an index": function(lambda x: x[torch.tensor([0, 2, 2]), torch.tensor([1, 1, 3])]),
    "masked_fill": function(lambda x: x.masked_fill(x > 0, 0.3)),
    "masked_scatter": function(lambda x, s: x.masked_scatter(torch.eye(3, 4) > 0, s), (3, 4), (5,)),
    "diagonals": function(lambda x: x.tril() + x.triu(1) ** 2 + torch.diag_embed(x.diagonal()), (3, 3)),
    "moved": function(lambda x: torch.rot90(x.roll(1, 1).flip(0)).tile(2, 1).repeat_interleave(torch.tensor([1, 2, 0] * 2 + [1, 1]), 0)),
    "windows": function(lambda x: x.unfold(1, 2, 1)),
    "strides": function(lambda x: x.clone().as_strided((2, 2, 2), (4, 1, 1))),
}

CLASSES = torch.tensor([0, 2, 1])
TARGETS = double([[0.3, -0.2, 0.5, 1], [0.1, 0.7, -0.9, 0.2], [1, 0.3, 0.2, -0.4]])
BITS, SIGNS, SHARES, SCALES = (TARGETS > 0).double(), TARGETS.sign(), TARGETS.softmax(1), double([1, 2, 0.5, 1])
LABELS = torch.tensor([[0, 2, -1, -1], [1, -1, 0, 0], [3, 0, 1, -1]])
TRIPLET = [(2, 3)] * 3

LOSSES = {
    "cross_entropy": function(lambda x: of.cross_entropy(x, CLASSES, weight=SCALES, label_smoothing=0.1)),
    "cross_entropy of shares": function(lambda x, t: of.cross_entropy(x, t.softmax(1)), *TWO),
    "cross_entropy of images": function(lambda x: of.cross_entropy(x, torch.tensor([[[0, 1], [2, 0]]]), ignore_index=2), (1, 3, 2, 2)),
    "nll_loss": function(lambda x: of.nll_loss(x.log_softmax(1), CLASSES)),
    **{
        f"{name} {reduction}": function(
            lambda x, name=name, targets=targets, reduction=reduction: getattr(of, name)(x, targets, reduction=reduction)
        )
        for name, targets in (
            ("mse_loss", TARGETS),
            ("l1_loss", TARGETS),
            ("smooth_l1_loss", TARGETS),
            ("huber_loss", TARGETS),
            ("soft_margin_loss", SIGNS),
            ("binary_cross_entropy_with_logits", BITS),
            ("poisson_nll_loss", SHARES),
            ("hinge_embedding_loss", SIGNS),
            ("multi_margin_loss", CLASSES),
            ("multilabel_margin_loss", LABELS),
            ("multilabel_soft_margin_loss", BITS),
        )
        for reduction in ("mean", "none")
    },
    "smooth_l1_loss of 0.3": function(lambda x: of.smooth_l1_loss(x, TARGETS, beta=0.3)),
    "binary_cross_entropy": function(lambda x, t: of.binary_cross_entropy(x.sigmoid(), t.sigmoid(), weight=TARGETS.abs()), *TWO),
    "weighted logits": function(lambda x: of.binary_cross_entropy_with_logits(x, BITS, pos_weight=SCALES)),
    "kl_div": function(lambda x: of.kl_div(x, SHARES, reduction="none")),
    "kl_div of logarithms": function(
        lambda x, t: of.kl_div(x.log_softmax(1), t.log_softmax(1), log_target=True, reduction="batchmean"), *TWO
    ),
    "full poisson_nll_loss": function(lambda x: of.poisson_nll_loss(x.exp(), TARGETS.abs() * 3, log_input=False, full=True)),
    "gaussian_nll_loss": function(lambda x, v: of.gaussian_nll_loss(x, TARGETS, v.exp(), full=True), *TWO),
    "linear_cross_entropy": function(lambda x, w: of.linear_cross_entropy(x, w, CLASSES), (3, 4), (5, 4)),
    "linear_cross_entropy in chunks": function(
        lambda x, w: of.linear_cross_entropy(x, w, CLASSES, options=nn.LinearCrossEntropyOptions()), (3, 4), (5, 4)
    ),
    "margin_ranking_loss": function(lambda x, y: of.margin_ranking_loss(x, y, SIGNS[0], margin=0.3), (4,), (4,)),
    "multi_margin_loss squared": function(lambda x: of.multi_margin_loss(x, CLASSES, p=2, weight=SCALES, margin=0.7)),
    "multi_margin_loss of one": function(lambda x: of.multi_margin_loss(x, torch.tensor(2), reduction="sum"), (4,)),
    "multi_margin_loss of one in a list": function(lambda x: of.multi_margin_loss(x, torch.tensor([2]), reduction="none"), (4,)),
    "multilabel_margin_loss of one": function(lambda x: of.multilabel_margin_loss(x, LABELS[2]), (4,)),
    "triplet_margin_loss": function(lambda a, p, n: of.triplet_margin_loss(a, p, n, margin=2.0), *TRIPLET),
    "triplet_margin_loss swapped": function(lambda a, p, n: of.triplet_margin_loss(a, p, n, margin=2.0, p=1, swap=True), *TRIPLET),
    "cosine_embedding_loss": function(lambda x, y: of.cosine_embedding_loss(x, y, double([1, -1, 1]), margin=-0.9), *TWO),
    "nn.AdaptiveLogSoftmaxWithLoss": layer(
        lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4], div_value=1.5), (3, 4), lambda module, x: module(x, torch.tensor([0, 3, 5]))[0]
    ),
    "log-likelihood of gammas": function(lambda a, b: draws.Gamma(a.exp(), b.exp()).log_prob(TARGETS[0].abs()), (4,), (4,)),
    "log-likelihood of betas": function(lambda a, b: draws.Beta(a.exp(), b.exp()).log_prob(SHARES[0]), (4,), (4,)),
    "log-likelihood of normals": function(lambda a, b: draws.MultivariateNormal(a, positive(b)).log_prob(TARGETS[0, :3]), (3,), (3, 3)),
    "log-likelihood of angles": function(lambda a, b: draws.VonMises(a, b.exp()).log_prob(TARGETS[0]), (4,), (4,)),
}


def hooked(module, **options):
    """A module with weight normalization of the old kind, whose weight a forward pass has made a leaf: torch copies no other."""
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        module = nn.utils.weight_norm(module, **options)
    with torch.no_grad():
        module(torch.zeros(2, 3))
    return module


def normalized():
    for dim in (0, 1, -1, None):
        yield f"weight_norm {dim}", layer(lambda dim=dim: parametrizations.weight_norm(nn.Linear(3, 2), dim=dim), (2, 3))
        yield f"hooked weight_norm {dim}", layer(lambda dim=dim: hooked(nn.Linear(3, 2), dim=dim), (2, 3))
    for d, kind in ((1, nn.Conv1d), (2, nn.Conv2d), (3, nn.Conv3d)):
        for dim in (0, 1, None):
            yield (
                f"weight_norm {kind.__name__} {dim}",
                layer(lambda kind=kind, dim=dim: parametrizations.weight_norm(kind(2, 2, 2), dim=dim), (1, 2, *[2] * d)),
            )


PARAMETRIZATIONS = {
    **dict(normalized()),
    "weight_norm transposed": layer(lambda: parametrizations.weight_norm(nn.ConvTranspose1d(2, 2, 2), dim=1), (1, 2, 2)),
    "spectral_norm": layer(lambda: parametrizations.spectral_norm(nn.Linear(3, 2)), (2, 3)),
    "hooked spectral_norm": layer(lambda: nn.utils.spectral_norm(nn.Linear(3, 2)), (2, 3)),
    **{
        f"orthogonal {kind}": layer(lambda kind=kind: parametrizations.orthogonal(nn.Linear(3, 3), orthogonal_map=kind), (2, 3))
        for kind in ("matrix_exp", "cayley", "householder")
    },
}

OPERATORS = {
    **ACTIVATIONS,
    **ELEMENTWISE,
    **REDUCTIONS,
    **NORMALIZATIONS,
    **CONVOLUTIONS,
    **POOLINGS,
    **RESAMPLINGS,
    **EMBEDDINGS,
    **DISTANCES,
    **RECURRENT,
    **ATTENTION,
    **ALGEBRA,
    **FOURIER,
    **INDEXING,
    **LOSSES,
    **PARAMETRIZATIONS,
}

LENGTHS = torch.tensor([1, 2])
PLACES = torch.tensor([[0, 1, 2], [1, 0, 2]])

# Operators of which torch has no second derivative, or says that it is zero, and the name that the refusal gives them.
ONCE = {
    "ctc_loss": (
        function(lambda x: of.ctc_loss(x.log_softmax(2), torch.tensor([[1, 2]]), torch.tensor([4]), torch.tensor([2])), (4, 1, 3)),
        "ctc_loss",
    ),
    "segment_reduce": (function(lambda x: torch.segment_reduce(x, "mean", lengths=LENGTHS)), "segment_reduce"),
    "sparse_coo_tensor": (function(lambda v: torch.sparse_coo_tensor(PLACES, v, (3, 3)) @ TARGETS, (3,)), "sparse_coo_tensor"),
    "sparse_coo_tensor by name": (
        function(lambda v: torch.sparse_coo_tensor(indices=PLACES, values=v, size=(3, 3)).to_dense(), (3,)),
        "sparse_coo_tensor",
    ),
    "sparse_csr_tensor": (
        function(lambda v: torch.sparse_csr_tensor(torch.tensor([0, 1, 2, 3]), PLACES[1], v, (3, 3)).to_dense(), (3,)),
        "sparse_csr_tensor",
    ),
    "sparse softmax": (function(lambda x: torch.sparse.softmax(x.sin().to_sparse(), 1).to_dense()), "sparse_softmax"),
}

# Operators of which torch has no first derivative either, or says that it is zero.
NEVER = {
    "igamma": (function(lambda a: special.gammainc(a.abs() + 0.4, double(1.3))), "igamma"),
    "ldl_factor": (function(lambda a: linalg.ldl_factor(positive(a))[0], (3, 3)), "linalg_ldl_factor_ex"),
    "geqrf": (function(lambda a: torch.geqrf(a)[0], (3, 3)), "geqrf"),
    "scatter that multiplies": (function(lambda x, s: x.scatter(0, ROWS[:1], s, reduce="multiply"), (3, 4), (1, 4)), "scatter"),
    **{
        name: (row, name)
        for name, row in named("bessel_j0 airy_ai modified_bessel_k1", lambda name: getattr(special, name), of_positive=True).items()
    },
    "hermite_polynomial_h": (function(lambda x: special.hermite_polynomial_h(x, 2)), "hermite_polynomial_h"),
}
