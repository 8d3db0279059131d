"""Ordinary models, as people train them: each with its loss and its data, small, away from the origin, and honest (no state, no noise).

`ORDINARY` maps a name to a function that builds (model, loss, data) anew, the same each time. `KINKED` names those whose second derivative
jumps somewhere, such as at the zero of a ReLU.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.checkpoint import checkpoint

Problem = tuple[nn.Module, Callable[..., Tensor], tuple]

ORDINARY: dict[str, Callable[[], Problem]] = {}
KINKED: set[str] = set()


def ordinary(name: str, *, kinked: bool = False) -> Callable:
    """Enter a builder in the table; it draws from torch's global generator, whose state is that of before afterwards."""

    def entered(build: Callable[[], Problem]) -> Callable[[], Problem]:
        def drawn() -> Problem:
            with torch.random.fork_rng():
                torch.manual_seed(17)
                return build()

        ORDINARY[name] = drawn
        if kinked:
            KINKED.add(name)
        return build

    return entered


class Formed(nn.Module):
    """Modules, parameters and buffers by name, and a forward that is a function of them."""

    def __init__(self, formula: Callable, **parts: nn.Module | Tensor):
        super().__init__()
        self.formula = formula
        for name, part in parts.items():
            if isinstance(part, nn.Module | nn.Parameter):
                setattr(self, name, part)
            else:
                self.register_buffer(name, part)

    def forward(self, *inputs: Tensor, **named: Tensor) -> object:
        return self.formula(self, *inputs, **named)


def weights(*shape: int, size: float = 0.5) -> nn.Parameter:
    return nn.Parameter(size * torch.randn(shape))


# --- Losses -----------------------------------------------------------------------------------------------------------------------------


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs.flatten(1) - targets.flatten(1)).square().mean(1)


def entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Of logits (N, K), or (N, T, K) with the mean over T."""
    losses = F.cross_entropy(outputs.flatten(0, -2), targets.flatten(), reduction="none")
    return losses.reshape(len(targets), -1).mean(1)


def binary(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(outputs.flatten(), targets, reduction="none")


def itself(outputs: Tensor, targets: Tensor) -> Tensor:
    """For models whose outputs are the losses."""
    return outputs


def flat(n: int = 7, d: int = 4, m: int = 1) -> tuple[Tensor, Tensor]:
    return 0.3 + torch.randn(n, d), torch.randn(n, m)


def classes(n: int = 7, d: int = 4, k: int = 3) -> tuple[Tensor, Tensor]:
    return 0.3 + torch.randn(n, d), torch.randint(k, (n,))


def series(n: int = 6, t: int = 5, d: int = 3, m: int = 1) -> tuple[Tensor, Tensor]:
    return 0.3 + torch.randn(n, t, d), torch.randn(n, m)


def images(n: int = 5, c: int = 1, side: int = 8, k: int = 3) -> tuple[Tensor, Tensor]:
    return 0.3 + torch.randn(n, c, side, side), torch.randint(k, (n,))


# --- Regression and dense networks ------------------------------------------------------------------------------------------------------


@ordinary("logistic regression")
def _logistic() -> Problem:
    x, _ = flat(9, 5)
    return nn.Linear(5, 1), binary, (x, (torch.rand(9) < 0.5).float())


@ordinary("softmax regression, weighted classes")
def _softmax() -> Problem:
    x, y = classes(9, 5)
    shares = torch.tensor([0.2, 1.0, 3.0])
    return nn.Linear(5, 3), lambda outputs, targets: shares.to(outputs)[targets] * entropy(outputs, targets), (x, y)


@ordinary("Poisson regression")
def _poisson() -> Problem:
    x, _ = flat()
    return (
        nn.Linear(4, 1),
        lambda outputs, targets: F.poisson_nll_loss(outputs[:, 0], targets, reduction="none"),
        (x, torch.randint(6, (7,)).float()),
    )


@ordinary("quantile regression", kinked=True)
def _quantile() -> Problem:
    levels = torch.tensor([0.1, 0.5, 0.9])

    def pinball(outputs: Tensor, targets: Tensor) -> Tensor:
        rest, q = targets - outputs, levels.to(outputs)
        return torch.maximum(q * rest, (q - 1) * rest).mean(1)

    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)), pinball, flat()


@ordinary("perceptron of tanh and softplus")
def _dense() -> Problem:
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 5), nn.Softplus(), nn.Linear(5, 2)), squared, flat(m=2)


@ordinary("perceptron of ReLU and Huber's loss", kinked=True)
def _relu() -> Problem:
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.LeakyReLU(), nn.Linear(5, 1))
    return model, lambda outputs, targets: F.huber_loss(outputs, targets, reduction="none")[:, 0], flat()


@ordinary("PReLU", kinked=True)
def _prelu() -> Problem:
    return nn.Sequential(nn.Linear(4, 6), nn.PReLU(6), nn.Linear(6, 1)), squared, flat()


@ordinary("dropout")
def _dropout() -> Problem:
    parts = nn.Linear(4, 6), nn.Dropout(0.5), nn.GELU(), nn.AlphaDropout(0.3), nn.Linear(6, 1)
    return nn.Sequential(*parts), squared, flat()


@ordinary("gated units")
def _gated() -> Problem:
    """SwiGLU and a highway."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        x = m.down(F.silu(m.gate(x)) * m.up(x)) + x
        share = torch.sigmoid(m.carry(x))
        return m.out(share * torch.tanh(m.change(x)) + (1 - share) * x)

    layers = {name: nn.Linear(*shape) for name, shape in {"gate": (4, 6), "up": (4, 6), "down": (6, 4)}.items()}
    return Formed(formula, **layers, carry=nn.Linear(4, 4), change=nn.Linear(4, 4), out=nn.Linear(4, 1)), squared, flat()


@ordinary("Fourier features")
def _fourier() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        phases = x @ m.frequencies
        return m.out(torch.cat([phases.sin(), phases.cos()], -1))

    return Formed(formula, frequencies=2 * torch.randn(4, 5), out=nn.Linear(10, 1)), squared, flat()


@ordinary("low rank")
def _low_rank() -> Problem:
    return Formed(lambda m, x: torch.tanh(x @ m.left @ m.right.mT), left=weights(4, 2), right=weights(3, 2)), squared, flat(m=3)


@ordinary("LoRA adapters on a frozen layer")
def _lora() -> Problem:
    class Adapted(nn.Module):
        def __init__(self, base: nn.Linear, rank: int):
            super().__init__()
            self.base = base.requires_grad_(False)
            self.down, self.up = weights(rank, base.in_features), weights(base.out_features, rank)

        def forward(self, x: Tensor) -> Tensor:
            return self.base(x) + 0.5 * F.linear(F.linear(x, self.down), self.up)

    return nn.Sequential(Adapted(nn.Linear(4, 5), 2), nn.SiLU(), Adapted(nn.Linear(5, 1), 1)), squared, flat()


@ordinary("frozen trunk")
def _frozen() -> Problem:
    trunk = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Tanh()).requires_grad_(False)
    return nn.Sequential(trunk, nn.Linear(6, 3)), entropy, classes()


@ordinary("trunk run without gradients")
def _without_gradients() -> Problem:
    """Frozen parameters only are used under `no_grad`."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        with torch.no_grad():
            x = m.trunk(x)
        return m.head(x)

    return Formed(formula, trunk=nn.Linear(4, 6).requires_grad_(False), head=nn.Linear(6, 3)), entropy, classes()


@ordinary("tied autoencoder")
def _tied() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        return F.linear(torch.tanh(m.encoder(x)), m.encoder.weight.T, m.bias)

    x, _ = flat()
    return Formed(formula, encoder=nn.Linear(4, 2), bias=weights(4)), squared, (x, x)


@ordinary("one layer in two places")
def _shared() -> Problem:
    layer = nn.Linear(4, 4)
    return nn.Sequential(layer, nn.Tanh(), layer, nn.Tanh(), nn.Linear(4, 1)), squared, flat()


@ordinary("lists and dictionaries of parameters")
def _lists() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        for weight in m.layers:
            x = torch.tanh(x @ weight)
        return sum(m.heads[key] * m.parts[key](x) for key in ("one", "two"))

    layers = nn.ParameterList([weights(4, 4), weights(4, 3)])
    heads = nn.ParameterDict({"one": weights(1), "two": weights(1)})
    parts = nn.ModuleDict({"one": nn.Linear(3, 1), "two": nn.Linear(3, 1)})
    return Formed(formula, layers=layers, heads=heads, parts=parts), squared, flat()


@ordinary("bilinear form")
def _bilinear() -> Problem:
    x, y = flat(8, 4)
    return nn.Bilinear(4, 3, 2), squared, ((x, torch.randn(8, 3)), torch.randn(8, 2))


@ordinary("siamese network, contrastive loss", kinked=True)
def _siamese() -> Problem:
    def formula(m: Formed, left: Tensor, right: Tensor) -> Tensor:
        return F.pairwise_distance(m.branch(left), m.branch(right))

    def contrastive(distances: Tensor, same: Tensor) -> Tensor:
        return same * distances.square() + (1 - same) * F.relu(1.5 - distances).square()

    branch = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))
    return Formed(formula, branch=branch), contrastive, ((torch.randn(7, 4), torch.randn(7, 4)), (torch.rand(7) < 0.5).float())


@ordinary("pairs of a batch, InfoNCE")
def _infonce() -> Problem:
    """Each sample's loss depends on the others."""

    def formula(m: Formed, left: Tensor, right: Tensor) -> Tensor:
        one, other = F.normalize(m.one(left), dim=1), F.normalize(m.other(right), dim=1)
        return one @ other.T * m.log_scale.exp()

    def of_rows(similarities: Tensor, places: Tensor) -> Tensor:
        return F.cross_entropy(similarities, places, reduction="none")

    model = Formed(formula, one=nn.Linear(4, 3), other=nn.Linear(5, 3), log_scale=nn.Parameter(torch.tensor(0.5)))
    return model, of_rows, ((torch.randn(7, 4), torch.randn(7, 5)), torch.arange(7))


@ordinary("ranking of pairs")
def _ranking() -> Problem:
    def formula(m: Formed, better: Tensor, worse: Tensor) -> Tensor:
        return (m.score(better) - m.score(worse))[:, 0]

    score = nn.Sequential(nn.Linear(4, 5), nn.ELU(), nn.Linear(5, 1))
    return Formed(formula, score=score), lambda gaps, weight: weight * F.softplus(-gaps), ((*flat(8)[:1], torch.randn(8, 4)), torch.rand(8))


@ordinary("survival, partial likelihood")
def _survival() -> Problem:
    """Cox: each sample's loss depends on those at risk."""

    def partial(scores: Tensor, times: Tensor) -> Tensor:
        at_risk = times[None] >= times[:, None]
        return torch.logsumexp(scores.T.masked_fill(~at_risk, -torch.inf), 1) - scores[:, 0]

    return nn.Linear(4, 1), partial, (torch.randn(7, 4), torch.rand(7))


@ordinary("several tasks, a dictionary of outputs")
def _tasks() -> Problem:
    def formula(m: Formed, x: Tensor) -> dict[str, Tensor]:
        x = torch.tanh(m.trunk(x))
        return {"kind": m.kind(x), "size": m.size(x)}

    def both(outputs: dict[str, Tensor], targets: dict[str, Tensor]) -> Tensor:
        return entropy(outputs["kind"], targets["kind"]) + 0.3 * squared(outputs["size"], targets["size"])

    model = Formed(formula, trunk=nn.Linear(4, 5), kind=nn.Linear(5, 3), size=nn.Linear(5, 1))
    return model, both, (torch.randn(7, 4), {"kind": torch.randint(3, (7,)), "size": torch.randn(7, 1)})


# --- Attention --------------------------------------------------------------------------------------------------------------------------


@ordinary("attention of several heads")
def _attention() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        return m.out(m.attention(x, x, x, need_weights=False)[0].mean(1))

    return Formed(formula, attention=nn.MultiheadAttention(4, 2, batch_first=True), out=nn.Linear(4, 1)), squared, series(d=4)


@ordinary("attention to a memory, masked")
def _cross_attention() -> Problem:
    def formula(m: Formed, x: Tensor, memory: Tensor, padded: Tensor) -> Tensor:
        return m.attention(x, memory, memory, key_padding_mask=padded)[0].mean(1)

    padded = torch.arange(4)[None] >= torch.tensor([4, 3, 2, 4, 1, 3])[:, None]
    model = Formed(formula, attention=nn.MultiheadAttention(4, 2, kdim=3, vdim=3, batch_first=True))
    return model, squared, ({"x": torch.randn(6, 5, 4), "memory": torch.randn(6, 4, 3), "padded": padded}, torch.randn(6, 4))


@ordinary("encoder layer, normalized after")
def _post_norm() -> Problem:
    layer = nn.TransformerEncoderLayer(4, 2, 6, activation="gelu", batch_first=True)
    return nn.Sequential(layer, nn.Flatten(), nn.Linear(20, 1)), squared, series(d=4)


@ordinary("encoder of layers normalized before", kinked=True)
def _pre_norm() -> Problem:
    layer = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, norm_first=True)
    encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(4), enable_nested_tensor=False)
    padded = torch.arange(5)[None] >= torch.tensor([5, 3, 2, 4, 5, 4])[:, None]
    model = Formed(lambda m, x, padded: m.out(m.encoder(x, src_key_padding_mask=padded)[:, 0]), encoder=encoder, out=nn.Linear(4, 1))
    return model, squared, ((torch.randn(6, 5, 4), padded), torch.randn(6, 1))


@ordinary("decoder layer")
def _decoder() -> Problem:
    decoder = nn.TransformerDecoderLayer(4, 2, 6, activation="gelu", batch_first=True)
    causal = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
    model = Formed(lambda m, x, memory: m.decoder(x, memory, tgt_mask=m.causal).mean(1), decoder=decoder, causal=causal)
    return model, squared, ((torch.randn(5, 3, 4), torch.randn(5, 4, 4)), torch.randn(5, 4))


@ordinary("small GPT with tied embeddings")
def _gpt() -> Problem:
    def formula(m: Formed, tokens: Tensor) -> Tensor:
        x = m.tokens(tokens) + m.places(torch.arange(tokens.shape[1]))
        q, k, v = (part.unflatten(-1, (2, 2)).transpose(1, 2) for part in m.qkv(m.before(x)).split(4, -1))
        x = x + m.mix(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
        return F.linear(m.after(x + m.deep(x)), m.tokens.weight)

    layers = {"before": nn.LayerNorm(4), "after": nn.LayerNorm(4), "qkv": nn.Linear(4, 12), "mix": nn.Linear(4, 4)}
    deep = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 4))
    tokens = torch.randint(9, (5, 6))
    return (
        Formed(formula, tokens=nn.Embedding(9, 4), places=nn.Embedding(6, 4), deep=deep, **layers),
        entropy,
        (tokens[:, :-1], tokens[:, 1:]),
    )


@ordinary("vision transformer")
def _vit() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        x = m.patches(x).flatten(2).mT
        x = torch.cat([m.token.expand(len(x), -1, -1), x], 1) + m.places
        return m.head(m.encoder(x)[:, 0])

    encoder = nn.TransformerEncoderLayer(4, 2, 6, activation="gelu", batch_first=True, norm_first=True)
    parts = {"patches": nn.Conv2d(1, 4, 4, 4), "encoder": encoder, "head": nn.Linear(4, 3)}
    return Formed(formula, token=weights(1, 1, 4), places=weights(1, 5, 4), **parts), entropy, images()


@ordinary("rotary places, one table for all keys")
def _rotary() -> Problem:
    """Rotary embeddings in a buffer, one head of keys for two of queries, RMS norm."""

    def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        one, two = x.chunk(2, -1)
        return x * cos + torch.cat([-two, one], -1) * sin

    def formula(m: Formed, x: Tensor) -> Tensor:
        y = m.norm(x)
        q = turned(m.q(y).unflatten(-1, (2, 4)).transpose(1, 2), m.cos, m.sin)
        k = turned(m.k(y)[:, None], m.cos, m.sin).expand(-1, 2, -1, -1)
        v = m.v(y)[:, None].expand(-1, 2, -1, -1)
        scores = (q @ k.mT / 2).masked_fill(m.later, -torch.inf)
        return m.out((scores.softmax(-1) @ v).transpose(1, 2).flatten(2)).mean(1)

    angles = (torch.arange(5)[:, None] * torch.tensor([1.0, 0.1])).repeat(1, 2)
    buffers = {"cos": angles.cos(), "sin": angles.sin(), "later": torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)}
    layers = {"q": nn.Linear(4, 8), "k": nn.Linear(4, 4), "v": nn.Linear(4, 4), "out": nn.Linear(8, 1)}
    return Formed(formula, norm=nn.RMSNorm(4), **layers, **buffers), squared, series(d=4)


@ordinary("transformer with sine places")
def _places() -> Problem:
    rates = torch.exp(-math.log(100.0) * torch.arange(0, 4, 2) / 4)
    phases = torch.arange(5)[:, None] * rates
    layer = nn.TransformerEncoderLayer(4, 1, 5, activation="gelu", batch_first=True)
    model = Formed(
        lambda m, tokens: m.out(m.layer(m.tokens(tokens) + m.places).mean(1)),
        tokens=nn.Embedding(7, 4, padding_idx=0),
        places=torch.stack([phases.sin(), phases.cos()], -1).flatten(1),
        layer=layer,
        out=nn.Linear(4, 3),
    )
    return model, entropy, (torch.randint(7, (6, 5)), torch.randint(3, (6,)))


@ordinary("checkpointed transformer")
def _checkpointed() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        for layer in m.layers:
            x = checkpoint(layer, x, use_reentrant=False)
        return m.out(x.mean(1))

    layers = nn.ModuleList(nn.TransformerEncoderLayer(4, 2, 6, activation="gelu", batch_first=True) for _ in range(2))
    return Formed(formula, layers=layers, out=nn.Linear(4, 1)), squared, series(d=4)


@ordinary("linear attention and a gated state space")
def _state_space() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        q, k, v = F.elu(m.q(x)) + 1, F.elu(m.k(x)) + 1, m.v(x)
        sums = torch.cumsum(torch.einsum("nti,ntj->ntij", k, v), 1)
        attended = torch.einsum("nti,ntij->ntj", q, sums) / (q * k.cumsum(1)).sum(-1, keepdim=True)
        rate, states, state = F.softplus(m.rate(x)), [], x.new_zeros(len(x), 3)
        for t in range(x.shape[1]):
            state = torch.exp(-rate[:, t]) * state + rate[:, t] * attended[:, t]
            states.append(state)
        return m.out(torch.stack(states, 1)).mean(1)

    layers = {name: nn.Linear(3, 3) for name in ("q", "k", "v", "rate")}
    return Formed(formula, **layers, out=nn.Linear(3, 1)), squared, series()


# --- Recurrent --------------------------------------------------------------------------------------------------------------------------


def recurrent(layer: nn.Module, width: int) -> Formed:
    return Formed(lambda m, x: m.out(m.layer(x)[0][:, -1]), layer=layer, out=nn.Linear(width, 1))


@ordinary("Elman network")
def _elman() -> Problem:
    return recurrent(nn.RNN(3, 4, batch_first=True), 4), squared, series()


@ordinary("LSTM of two layers")
def _lstm() -> Problem:
    return recurrent(nn.LSTM(3, 3, 2, batch_first=True, dropout=0.2), 3), squared, series()


@ordinary("LSTM with projections")
def _projected() -> Problem:
    return recurrent(nn.LSTM(3, 4, batch_first=True, proj_size=2), 2), squared, series()


@ordinary("GRU in both directions")
def _gru() -> Problem:
    return recurrent(nn.GRU(3, 3, batch_first=True, bidirectional=True), 6), squared, series()


@ordinary("packed sequences")
def _packed() -> Problem:
    def formula(m: Formed, x: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        outputs, _ = pad_packed_sequence(m.layer(packed)[0], batch_first=True)
        return m.out(outputs.sum(1) / lengths[:, None])

    model = Formed(formula, layer=nn.LSTM(3, 3, batch_first=True, bidirectional=True), out=nn.Linear(6, 1))
    return model, squared, ((torch.randn(6, 5, 3), torch.tensor([5, 2, 3, 1, 4, 5])), torch.randn(6, 1))


@ordinary("cells in a loop")
def _cells() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        h = c = x.new_zeros(len(x), 3)
        state = m.start.expand(len(x), -1)
        for t in range(x.shape[1]):
            h, c = m.lstm(x[:, t], (h, c))
            state = m.gru(h, state)
        return m.out(state)

    return Formed(formula, lstm=nn.LSTMCell(3, 3), gru=nn.GRUCell(3, 2), start=weights(2), out=nn.Linear(2, 1)), squared, series()


# --- Convolutional ----------------------------------------------------------------------------------------------------------------------


@ordinary("LeNet")
def _lenet() -> Problem:
    parts = nn.Conv2d(1, 3, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(3, 4, 3), nn.Tanh(), nn.AvgPool2d(2)
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)), entropy, images()


@ordinary("convolutions with ReLU and the largest of four", kinked=True)
def _pooled() -> Problem:
    parts = nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 4, 2, stride=2), nn.ReLU6(), nn.AdaptiveMaxPool2d(1)
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(4, 3)), entropy, images()


@ordinary("residual block with batch normalization", kinked=True)
def _resnet() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        x = F.relu(m.stem(x))
        x = F.relu(m.second(F.relu(m.first(x))) + m.shortcut(x), inplace=True)
        return m.head(x.mean((2, 3)))

    def layer(a: int, b: int, size: int, **options: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(a, b, size, bias=False, **options), nn.BatchNorm2d(b))

    parts = {"stem": layer(1, 3, 3), "first": layer(3, 4, 3, stride=2, padding=1), "second": layer(4, 4, 3, padding=1)}
    return Formed(formula, **parts, shortcut=layer(3, 4, 1, stride=2), head=nn.Linear(4, 3)), entropy, images()


@ordinary("depthwise and squeezed")
def _depthwise() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        x = F.silu(m.depth(m.stem(x)))
        x = m.point(x * torch.sigmoid(m.squeeze(x.mean((2, 3))))[:, :, None, None])
        return m.head(F.hardtanh(x, -9, 9).mean((2, 3)))

    parts = {"stem": nn.Conv2d(1, 3, 1), "depth": nn.Conv2d(3, 3, 3, groups=3, dilation=2), "point": nn.Conv2d(3, 4, 1)}
    return Formed(formula, **parts, squeeze=nn.Linear(3, 3), head=nn.Linear(4, 3)), entropy, images()


@ordinary("autoencoder with transposed convolutions")
def _transposed() -> Problem:
    parts = nn.Conv2d(1, 3, 4, stride=2), nn.GELU(), nn.ConvTranspose2d(3, 2, 4, stride=2), nn.CELU(), nn.ConvTranspose2d(2, 1, 1)
    x, _ = images(4)
    return nn.Sequential(*parts), squared, (x, x)


@ordinary("U-Net")
def _unet() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        first = torch.tanh(m.down(x))
        deep = torch.tanh(m.bottom(F.avg_pool2d(first, 2)))
        rising = F.interpolate(deep, scale_factor=2, mode="bilinear", align_corners=False)
        return m.out(torch.cat([first, rising], 1))

    x, _ = images(4)
    parts = {"down": nn.Conv2d(1, 2, 3, padding=1), "bottom": nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular")}
    return Formed(formula, **parts, out=nn.Conv2d(5, 1, 1)), squared, (x, x.sin())


@ordinary("convolutions of a sequence and of a volume")
def _causal() -> Problem:
    def formula(m: Formed, x: Tensor, volume: Tensor) -> Tensor:
        x = torch.tanh(m.one(F.pad(x, (2, 0))))
        x = m.two(F.pad(x, (4, 0))) + x
        return m.out(torch.cat([x.mean(2), m.three(volume).flatten(1)], 1))

    parts = {"one": nn.Conv1d(2, 3, 3), "two": nn.Conv1d(3, 3, 3, dilation=2), "three": nn.Conv3d(1, 2, 2), "out": nn.Linear(5, 1)}
    return Formed(formula, **parts), squared, ((torch.randn(5, 2, 7), torch.randn(5, 1, 2, 2, 2)), torch.randn(5, 1))


@ordinary("patches folded and shuffled")
def _folded() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        patches = torch.tanh(m.mix(F.unfold(x, 4, stride=4).mT)).mT
        return F.pixel_shuffle(m.grow(F.fold(patches, (4, 4), 2, stride=2)), 2)

    x, _ = images(4)
    return Formed(formula, mix=nn.Linear(16, 4), grow=nn.Conv2d(1, 4, 1)), squared, (x, x)


@ordinary("sampled at shifted places")
def _spatial() -> Problem:
    """A spatial transformer."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        shift = 0.2 * torch.tanh(m.place(x.flatten(1))).view(-1, 2, 3)
        grid = F.affine_grid(shift + m.stay, list(x.shape), align_corners=False)
        return m.head(F.grid_sample(x, grid, mode="bilinear", align_corners=False).flatten(1))

    return Formed(formula, place=nn.Linear(16, 6), stay=torch.eye(2, 3), head=nn.Linear(16, 3)), entropy, images(side=4)


# --- Normalized -------------------------------------------------------------------------------------------------------------------------


@ordinary("batch normalization with its running figures")
def _batch_norm() -> Problem:
    norm = nn.BatchNorm1d(6)
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2.0)
    return nn.Sequential(nn.Linear(4, 6), norm, nn.Tanh(), nn.Linear(6, 1)), squared, flat()


@ordinary("layer and RMS normalization")
def _layer_norm() -> Problem:
    parts = nn.Linear(4, 6), nn.LayerNorm(6), nn.SiLU(), nn.RMSNorm(6), nn.Linear(6, 1)
    return nn.Sequential(*parts), squared, flat()


@ordinary("group and instance normalization")
def _group_norm() -> Problem:
    parts = nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.Mish(), nn.Conv2d(4, 3, 3), nn.InstanceNorm2d(3, affine=True), nn.Sigmoid()
    return nn.Sequential(*parts, nn.Conv2d(3, 2, 2), nn.LocalResponseNorm(2), nn.Flatten(), nn.Linear(18, 3)), entropy, images()


@ordinary("weight normalization")
def _weight_norm() -> Problem:
    parts = parametrizations.weight_norm(nn.Linear(4, 6)), nn.Tanh(), parametrizations.weight_norm(nn.Linear(6, 1), dim=None)
    return nn.Sequential(*parts), squared, flat()


@ordinary("spectral normalization")
def _spectral_norm() -> Problem:
    return nn.Sequential(parametrizations.spectral_norm(nn.Linear(4, 6)), nn.Tanh(), nn.Linear(6, 1)), squared, flat()


@ordinary("orthogonal layers")
def _orthogonal() -> Problem:
    maps = "matrix_exp", "cayley", "householder"
    layers = [part for name in maps for part in (parametrizations.orthogonal(nn.Linear(4, 4), orthogonal_map=name), nn.Tanh())]
    return nn.Sequential(*layers, nn.Linear(4, 1)), squared, flat()


@ordinary("standardized weights")
def _standardized() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(m.weight, (1, 2, 3), keepdim=True)
        return m.head(F.conv2d(x, (m.weight - mean) / (variance + 1e-5).sqrt()).tanh().mean((2, 3)))

    return Formed(formula, weight=weights(3, 1, 3, 3), head=nn.Linear(3, 3)), entropy, images()


@ordinary("cosine classifier")
def _cosine() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        return 3 * F.cosine_similarity(torch.tanh(m.trunk(x))[:, None], m.prototypes[None], dim=-1)

    return Formed(formula, trunk=nn.Linear(4, 5), prototypes=weights(3, 5)), entropy, classes()


# --- Embeddings, sets, graphs and mixtures ----------------------------------------------------------------------------------------------


@ordinary("bags of embeddings")
def _bags() -> Problem:
    def formula(m: Formed, words: Tensor, shares: Tensor) -> Tensor:
        return m.out(torch.cat([m.sums(words, per_sample_weights=shares), m.means(words)], 1))

    bags = {"sums": nn.EmbeddingBag(8, 3, mode="sum"), "means": nn.EmbeddingBag(8, 2, mode="mean")}
    return Formed(formula, **bags, out=nn.Linear(5, 3)), entropy, ((torch.randint(8, (6, 4)), torch.rand(6, 4)), torch.randint(3, (6,)))


@ordinary("factorized recommendations")
def _recommendations() -> Problem:
    def formula(m: Formed, pairs: Tensor) -> Tensor:
        user, item = pairs.unbind(1)
        return (m.users(user) * m.items(item)).sum(1, keepdim=True) + m.tastes(user) + m.fame(item)

    tables = {"users": nn.Embedding(5, 3), "items": nn.Embedding(6, 3), "tastes": nn.Embedding(5, 1), "fame": nn.Embedding(6, 1)}
    return Formed(formula, **tables), squared, (torch.randint(5, (9, 2)), torch.randn(9, 1))


@ordinary("sets")
def _sets() -> Problem:
    def formula(m: Formed, x: Tensor, present: Tensor) -> Tensor:
        return m.of_sum((m.of_each(x) * present[..., None]).sum(1))

    parts = {"of_each": nn.Sequential(nn.Linear(3, 5), nn.Tanh()), "of_sum": nn.Sequential(nn.Linear(5, 4), nn.SELU(), nn.Linear(4, 1))}
    return Formed(formula, **parts), squared, ((torch.randn(6, 4, 3), (torch.rand(6, 4) < 0.7).float()), torch.randn(6, 1))


def adjacency(n: int = 7) -> Tensor:
    edges = torch.triu(torch.rand(n, n) < 0.5, 1)
    linked = (edges | edges.T).float() + torch.eye(n)
    sizes = linked.sum(1).rsqrt()
    return sizes[:, None] * linked * sizes


@ordinary("graph convolution, dense adjacency", kinked=True)
def _graph() -> Problem:
    """The outputs of one node depend on its neighbors."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        return m.adjacency @ m.second(F.relu(m.adjacency @ m.first(x)))

    return Formed(formula, first=nn.Linear(4, 5), second=nn.Linear(5, 3), adjacency=adjacency()), entropy, classes()


@ordinary("graph convolution, sparse adjacency")
def _sparse_graph() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        return torch.sparse.mm(m.adjacency, m.second(torch.tanh(torch.sparse.mm(m.adjacency, m.first(x)))))

    parts = {"first": nn.Linear(4, 5), "second": nn.Linear(5, 3), "adjacency": adjacency().to_sparse()}
    return Formed(formula, **parts), entropy, classes()


@ordinary("graph attention along a list of edges", kinked=True)
def _graph_attention() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        (source, goal), y = m.edges, m.values(x)
        scores = F.leaky_relu(m.score(torch.cat([y[source], y[goal]], 1))[:, 0], 0.2).exp()
        sums = torch.zeros_like(y[:, 0]).index_add(0, goal, scores)
        return torch.zeros_like(y).index_add(0, goal, (scores / sums[goal])[:, None] * y[source])

    edges = (adjacency() > 0).nonzero().T
    return Formed(formula, values=nn.Linear(4, 3), score=nn.Linear(6, 1), edges=edges), entropy, classes()


@ordinary("mixture of experts, softmax gate")
def _experts() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        outputs = torch.stack([expert(x) for expert in m.experts], 1)
        return (m.gate(x).softmax(1)[..., None] * outputs).sum(1)

    experts = nn.ModuleList(nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1)) for _ in range(3))
    return Formed(formula, experts=experts, gate=nn.Linear(4, 3)), squared, flat()


@ordinary("mixture of experts, the best two", kinked=True)
def _best_experts() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        outputs = torch.stack([expert(x) for expert in m.experts], 1)
        best, places = m.gate(x).topk(2, dim=1)
        return (best.softmax(1)[..., None] * outputs.gather(1, places[..., None])).sum(1)

    experts = nn.ModuleList(nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1)) for _ in range(4))
    return Formed(formula, experts=experts, gate=nn.Linear(4, 4)), squared, flat()


@ordinary("experts called for their own samples only", kinked=True)
def _routed() -> Problem:
    """The shapes inside depend on the numbers: vmap refuses it."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        shares, places = m.gate(x).softmax(1).max(1)
        outputs = torch.zeros_like(x[:, :1])
        for k, expert in enumerate(m.experts):
            mine = (places == k).nonzero()[:, 0]
            outputs = outputs.index_put((mine,), shares[mine, None] * expert(x[mine]))
        return outputs

    return Formed(formula, experts=nn.ModuleList(nn.Linear(4, 1) for _ in range(3)), gate=nn.Linear(4, 3)), squared, flat(9)


@ordinary("hypernetwork")
def _hypernetwork() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        first, second = m.maker(m.code).split([12, 3])
        return torch.tanh(x @ first.view(4, 3)) @ second.view(3, 1)

    return Formed(formula, maker=nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 15)), code=weights(2)), squared, flat()


@ordinary("model inside a model")
def _inner() -> Problem:
    """A stateless call of a module with weights made by another, by `functional_call`; and one learning step inside the forward."""

    def formula(m: Formed, x: Tensor, given: Tensor) -> Tensor:
        fast = dict(m.inner.named_parameters())

        def inner_loss(parameters: dict[str, Tensor]) -> Tensor:
            return (torch.func.functional_call(m.inner, parameters, (x,)) - given).square().mean()

        slopes = torch.func.grad(inner_loss)(fast)
        stepped = {name: p - m.rate.exp() * slopes[name] for name, p in fast.items()}
        return torch.func.functional_call(m.inner, stepped, (x,))

    inner = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
    x, y = flat()
    return Formed(formula, inner=inner, rate=nn.Parameter(torch.tensor(-1.0))), squared, ((x, y), y + 0.1)


@ordinary("splines on edges")
def _splines() -> Problem:
    """A Kolmogorov-Arnold layer of quadratic B-splines."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        x = torch.tanh(x)[..., None]
        bases = ((x >= m.knots[:-1]) & (x < m.knots[1:])).to(x)
        for k in (1, 2):
            left = (x - m.knots[: -k - 1]) / (m.knots[k:-1] - m.knots[: -k - 1])
            right = (m.knots[k + 1 :] - x) / (m.knots[k + 1 :] - m.knots[1:-k])
            bases = left * bases[..., :-1] + right * bases[..., 1:]
        return torch.einsum("nib,iob->no", bases, m.coefficients) + F.silu(x[..., 0]) @ m.base

    knots = torch.arange(-2, 7) * 0.5 - 1.0
    return Formed(formula, knots=knots, coefficients=weights(4, 2, 6), base=weights(4, 2)), squared, flat(m=2)


# --- Probability ------------------------------------------------------------------------------------------------------------------------


@ordinary("autoencoder with fixed noise")
def _variational() -> Problem:
    def formula(m: Formed, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_scale = m.encoder(x).chunk(2, 1)
        return m.decoder(mean + noise * log_scale.exp()), mean, log_scale

    def bound(outputs: tuple[Tensor, Tensor, Tensor], x: Tensor) -> Tensor:
        made, mean, log_scale = outputs
        return (made - x).square().sum(1) + 0.5 * (mean.square() + (2 * log_scale).exp() - 1 - 2 * log_scale).sum(1)

    x, _ = flat()
    parts = {"encoder": nn.Linear(4, 4), "decoder": nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 4))}
    return Formed(formula, **parts), bound, ((x, torch.randn(7, 2)), x)


@ordinary("weights drawn by noise in a buffer")
def _bayes() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        drawn = m.mean + F.softplus(m.spread) * m.noise
        return torch.tanh(x @ drawn[0]) @ drawn[1, :, :1]

    return Formed(formula, mean=weights(2, 4, 4), spread=weights(2, 4, 4), noise=torch.randn(2, 4, 4)), squared, flat()


@ordinary("mixture density")
def _mixture() -> Problem:
    def likelihood(outputs: Tensor, targets: Tensor) -> Tensor:
        shares, means, scales = outputs.chunk(3, 1)
        parts = torch.distributions.Normal(means, scales.exp()).log_prob(targets)
        return -torch.logsumexp(shares.log_softmax(1) + parts, 1)

    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 9)), likelihood, flat()


@ordinary("gamma and beta likelihoods")
def _gamma() -> Problem:
    def likelihood(outputs: Tensor, targets: Tensor) -> Tensor:
        a, b = (F.softplus(outputs) + 0.1).unbind(1)
        return -torch.distributions.Gamma(a, b).log_prob(targets) - torch.distributions.Beta(a, b).log_prob(targets / (1 + targets))

    x, _ = flat()
    return nn.Linear(4, 2), likelihood, (x, 0.2 + torch.rand(7))


@ordinary("normalizing flow")
def _flow() -> Problem:
    """A dense map with its determinant, a planar layer, an affine coupling."""

    def formula(m: Formed, x: Tensor) -> tuple[Tensor, Tensor]:
        x, volume = x @ m.dense.T, torch.linalg.slogdet(m.dense)[1]
        bent = torch.tanh(x @ m.w + m.b)
        volume = volume + torch.log((1 + (1 - bent.square()) * (m.u @ m.w)).abs())
        x = x + bent[:, None] * m.u
        kept, moved = x.chunk(2, 1)
        shift, scale = m.coupling(kept).chunk(2, 1)
        return torch.cat([kept, moved * scale.exp() + shift], 1), volume + scale.sum(1)

    def likelihood(outputs: tuple[Tensor, Tensor], targets: Tensor) -> Tensor:
        z, volume = outputs
        return z.square().sum(1) / 2 - volume

    parts = {"dense": nn.Parameter(torch.eye(4) + 0.2 * torch.randn(4, 4)), "w": weights(4), "u": weights(4), "b": weights()}
    return Formed(formula, **parts, coupling=nn.Linear(2, 4)), likelihood, (torch.randn(7, 4), torch.zeros(7))


@ordinary("Gaussian process by Cholesky")
def _process() -> Problem:
    """The loss of a point is its log density given those before it."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        scaled = x * m.log_scales.exp()
        distances = (scaled[:, None] - scaled).square().sum(-1)
        kernel = m.log_size.exp() * torch.exp(-distances / 2)
        return torch.linalg.cholesky(kernel + (m.log_noise.exp() + 1e-6) * torch.eye(len(x)).to(x))

    def likelihood(factor: Tensor, targets: Tensor) -> Tensor:
        rest = torch.linalg.solve_triangular(factor, targets, upper=False)[:, 0]
        return rest.square() / 2 + factor.diagonal().log()

    parts = {"log_scales": weights(4), "log_size": nn.Parameter(torch.tensor(0.1)), "log_noise": nn.Parameter(torch.tensor(-1.0))}
    return Formed(formula, **parts), likelihood, flat()


@ordinary("energy by a matrix square root and eigenvalues")
def _spectral() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        symmetric = m.a + m.a.T
        values, vectors = torch.linalg.eigh(symmetric)
        root = vectors @ torch.diag_embed((1 + values.square()).sqrt()) @ vectors.T
        return torch.linalg.solve(root + torch.eye(4).to(x), x.T).T @ torch.linalg.matrix_exp(m.b)

    return Formed(formula, a=weights(4, 4), b=weights(4, 4, size=0.3)), squared, flat(m=4)


@ordinary("sequence loss by summing over alignments")
def _alignments() -> Problem:
    """CTC by its forward recursion."""

    def loss(scores: Tensor, labels: Tensor) -> Tensor:
        scores = scores.log_softmax(-1)
        blanks = torch.zeros_like(labels)
        states = torch.cat([torch.stack([blanks, labels], 2).flatten(1), blanks[:, :1]], 1)
        skips = F.pad((states[:, 2:] != states[:, :-2]) & (states[:, 2:] != 0), (2, 0))
        emitted = scores.gather(2, states[:, None].expand(-1, scores.shape[1], -1))
        never = torch.full_like(emitted[:, 0], -1e3)
        alpha = torch.cat([emitted[:, 0, :2], never[:, 2:]], 1)
        for t in range(1, scores.shape[1]):
            one, two = (torch.cat([never[:, :k], alpha[:, :-k]], 1) for k in (1, 2))
            alpha = torch.stack([alpha, one, torch.where(skips, two, never)]).logsumexp(0) + emitted[:, t]
        return -alpha[:, -2:].logsumexp(1)

    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4))
    return model, loss, (torch.randn(5, 6, 3), torch.randint(1, 4, (5, 2)))


@ordinary("conditional random field")
def _field() -> Problem:
    def formula(m: Formed, x: Tensor, tags: Tensor) -> Tensor:
        scores = m.scores(x)
        path = scores.gather(2, tags[..., None]).sum((1, 2)) + m.moves[tags[:, :-1], tags[:, 1:]].sum(1)
        total = scores[:, 0]
        for t in range(1, scores.shape[1]):
            total = torch.logsumexp(total[:, :, None] + m.moves, 1) + scores[:, t]
        return total.logsumexp(1) - path

    x, _ = series()
    return Formed(formula, scores=nn.Linear(3, 4), moves=weights(4, 4)), itself, ((x, torch.randint(4, (6, 5))), torch.zeros(6))


# --- Physics and implicit layers --------------------------------------------------------------------------------------------------------


@ordinary("neural differential equation")
def _ode() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        for k in range(6):
            x = x + m.field(torch.cat([x, torch.full_like(x[:, :1], k / 6)], 1)) / 6
        return m.out(x)

    return Formed(formula, field=nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 4)), out=nn.Linear(4, 1)), squared, flat()


@ordinary("equilibrium by repeated steps")
def _equilibrium() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        z = torch.zeros_like(x)
        for _ in range(15):
            z = torch.tanh(m.inner(z) + m.outer(x))
        return m.out(z)

    return Formed(formula, inner=nn.Linear(4, 4), outer=nn.Linear(4, 4), out=nn.Linear(4, 1)), squared, flat()


@ordinary("physics, derivatives by autograd in the forward")
def _pinn() -> Problem:
    """u'' + u = f with the slopes of the network by torch.autograd.grad."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        with torch.enable_grad():
            x = x.detach().clone().requires_grad_()
            u = m.net(x)
            (slope,) = torch.autograd.grad(u.sum(), x, create_graph=True)
            (bend,) = torch.autograd.grad(slope.sum(), x, create_graph=True)
        return bend + u

    net = nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.Linear(6, 1))
    x = torch.linspace(-1, 1, 9)[:, None]
    return Formed(formula, net=net), squared, (x, x.cos())


@ordinary("physics, derivatives by torch.func in the forward")
def _functional_pinn() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        def u(point: Tensor) -> Tensor:
            return m.net(point)[0]

        slope = torch.func.grad(u)
        bend = torch.func.jacrev(slope)
        return torch.vmap(lambda point: slope(point)[1] - 0.1 * bend(point)[0, 0] + u(point) * slope(point)[0])(x)[:, None]

    net = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1))
    return Formed(formula, net=net), squared, (torch.rand(8, 2), torch.zeros(8, 1))


@ordinary("energies and forces")
def _forces() -> Problem:
    """Forces are minus the gradient of the energy by places: a loss on first derivatives."""

    def formula(m: Formed, places: Tensor) -> Tensor:
        with torch.enable_grad():
            places = places.detach().requires_grad_()
            gaps = (places[:, :, None] - places[:, None] + 1e-3).square().sum(-1)
            energy = m.net(torch.exp(-gaps).flatten(1)).sum()
            return -torch.autograd.grad(energy, places, create_graph=True)[0]

    return (
        Formed(formula, net=nn.Sequential(nn.Linear(9, 4), nn.Tanh(), nn.Linear(4, 1))),
        squared,
        (torch.randn(5, 3, 2), torch.randn(5, 3, 2)),
    )


@ordinary("operator by Fourier modes")
def _modes() -> Problem:
    """Complex weights from real parts, a product in Fourier space, and a path beside it."""

    def formula(m: Formed, x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(m.lift(x[..., None]), dim=1)[:, :3]
        mixed = torch.einsum("nkc,kcd->nkd", spectrum, torch.view_as_complex(m.modes))
        x = torch.fft.irfft(mixed, n=x.shape[1], dim=1) + m.beside(m.lift(x[..., None]))
        return m.out(F.gelu(x))[..., 0]

    parts = {"lift": nn.Linear(1, 2), "beside": nn.Linear(2, 2), "out": nn.Linear(2, 1), "modes": weights(3, 2, 2, 2)}
    x = torch.randn(5, 8)
    return Formed(formula, **parts), squared, (x, x.cumsum(1) / 4)


@ordinary("complex layers from real parts")
def _complex() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        weight = torch.complex(m.real, m.imaginary)
        hidden = torch.complex(x[:, :2], x[:, 2:]) @ weight
        return m.out(torch.cat([torch.tanh(hidden.abs()), hidden.angle()], 1))

    return Formed(formula, real=weights(2, 3), imaginary=weights(2, 3), out=nn.Linear(6, 1)), squared, flat()


@ordinary("mechanics by a Hamiltonian")
def _mechanics() -> Problem:
    """Leapfrog steps whose force is the slope of a learned potential; the slopes by hand."""

    def formula(m: Formed, state: Tensor) -> Tensor:
        q, p = state.chunk(2, 1)

        def force(q: Tensor) -> Tensor:
            return -((1 - torch.tanh(m.first(q)).square()) * m.second) @ m.first.weight

        for _ in range(4):
            p = p + 0.1 * force(q)
            q = q + 0.2 * p
            p = p + 0.1 * force(q)
        return torch.cat([q, p], 1)

    x, _ = flat()
    return Formed(formula, first=nn.Linear(2, 5), second=weights(5)), squared, (x, x.sin())


@ordinary("rendering by cumulative products")
def _rendering() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        density, color = m.field(x).split([1, 3], -1)
        passed = torch.exp(-F.softplus(density) * 0.3)
        before = torch.cumprod(torch.cat([torch.ones_like(passed[:, :1]), passed[:, :-1]], 1), 1)
        return (before * (1 - passed) * torch.sigmoid(color)).sum(1)

    return Formed(formula, field=nn.Sequential(nn.Linear(3, 6), nn.SiLU(), nn.Linear(6, 4))), squared, series(m=3)


@ordinary("optimal transport by Sinkhorn's steps")
def _transport() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        cost = (m.embed(x)[:, :, None] - m.places).square().sum(-1)
        plan = -cost
        for _ in range(6):
            plan = plan - plan.logsumexp(1, keepdim=True)
            plan = plan - plan.logsumexp(2, keepdim=True)
        return (plan.exp() * cost).sum((1, 2))

    return Formed(formula, embed=nn.Linear(3, 2), places=weights(5, 2)), itself, (series()[0], torch.zeros(6))


@ordinary("linear fit inside, by least squares")
def _inner_fit() -> Problem:
    """Ridge regression on learned features, solved in the forward: the head is a function of all samples."""

    def formula(m: Formed, x: Tensor, given: Tensor) -> Tensor:
        features = torch.tanh(m.features(x))
        gram = features.T @ features + m.log_ridge.exp() * torch.eye(3).to(x)
        return features @ torch.cholesky_solve(features.T @ given, torch.linalg.cholesky(gram))

    x, y = flat(9)
    return Formed(formula, features=nn.Linear(4, 3), log_ridge=nn.Parameter(torch.tensor(-1.0))), squared, ((x, y), y)


@ordinary("soft tree")
def _tree() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        one, two = torch.sigmoid(m.splits(x)).unbind(1)
        return torch.stack([one * two, one * (1 - two), (1 - one) * two, (1 - one) * (1 - two)], 1) @ m.leaves

    return Formed(formula, splits=nn.Linear(4, 2), leaves=weights(4, 1)), squared, flat()


@ordinary("weights of a power and of a learned activation")
def _learned_activation() -> Problem:
    def formula(m: Formed, x: Tensor) -> Tensor:
        x = m.first(x)
        x = x * torch.sigmoid(m.slope * x) + m.wave * torch.sin(m.rate * x).square() / m.rate
        return m.last(x) ** 3 / 9 + (1 + m.last(x).square()) ** m.power

    parts = {name: nn.Parameter(torch.tensor(value)) for name, value in {"slope": 1.1, "wave": 0.4, "rate": 1.3, "power": 0.4}.items()}
    return Formed(formula, first=nn.Linear(4, 5), last=nn.Linear(5, 1), **parts), squared, flat()
