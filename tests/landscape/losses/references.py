"""The definition of every loss, written down once more in decimal arithmetic of 120 digits: nothing cancels, overflows or underflows."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Overflow, localcontext

import torch

DIGITS = Context(prec=120, Emax=MAX_EMAX, Emin=MIN_EMIN)
DIGITS.traps[Overflow] = False
ZERO, HALF, ONE, TWO = Decimal(0), Decimal("0.5"), Decimal(1), Decimal(2)


def exact(name: str, outputs: torch.Tensor, targets: torch.Tensor, **params) -> list[float]:
    """Return the losses of the batch by the definition of the loss."""
    values = {key: Decimal(value) if isinstance(value, float) else value for key, value in params.items()}
    with localcontext(DIGITS):
        return [float(each) for each in REFERENCES[name](decimals(outputs), decimals(targets), **values)]


def decimals(values: torch.Tensor) -> list:
    nested = values.tolist()
    return [[Decimal(x) for x in row] if isinstance(row, list) else Decimal(row) for row in nested]


def rows(values: list) -> list[list[Decimal]]:
    return [row if isinstance(row, list) else [row] for row in values]


def flat(values: list) -> list[Decimal]:
    return [row[0] if isinstance(row, list) else row for row in values]


def mean(values) -> Decimal:
    values = list(values)
    return sum(values, ZERO) / len(values)


def log_plus(x: Decimal) -> Decimal:
    """log(1 + e^x)."""
    return max(x, ZERO) + (1 + (-abs(x)).exp()).ln()


# Of a residual.


def of_residual(rho):
    def reference(outputs, targets, **params):
        pairs = zip(rows(outputs), rows(targets), strict=True)
        return [mean(rho(y - s, **params) for s, y in zip(mine, theirs, strict=True)) for mine, theirs in pairs]

    return reference


def huber(r, delta=ONE):
    return r * r / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2)


def log_cosh(r):
    return abs(r) + (1 + (-2 * abs(r)).exp()).ln() - TWO.ln()


def tukey(r, c=Decimal(4.685)):
    share = min(ONE, (r / c) ** 2)
    return c * c / 6 * (1 - (1 - share) ** 3)


def rmse(outputs, targets):
    columns = list(zip(rows(outputs), rows(targets), strict=True))
    each = [mean((y[k] - s[k]) ** 2 for s, y in columns).sqrt() for k in range(len(columns[0][0]))]
    return [mean(each)] * len(columns)


# Of a margin.


def of_margin(phi):
    def reference(outputs, targets, **params):
        return [phi(s if y > 0 else -s, **params) for s, y in zip(flat(outputs), flat(targets), strict=True)]

    return reference


def logistic(m, base="e"):
    return log_plus(-m) / (TWO.ln() if base == "2" else ONE)


# Of classes.


def logits_and_classes(outputs, targets):
    """Logits of at least two classes, and the true one, sample by sample."""
    for z, y in zip(rows(outputs), flat(targets), strict=True):
        yield (z, int(y)) if len(z) > 1 else ([ZERO, z[0]], int(y > 0))


def log_softmax(z):
    top = max(z)
    log_sum = sum(((x - top).exp() for x in z), ZERO).ln()
    return [x - top - log_sum for x in z]


def of_true_class(function):
    def reference(outputs, targets, **params):
        return [function(log_softmax(z), y, **params) for z, y in logits_and_classes(outputs, targets)]

    return reference


def focal(log_p, y, gamma=TWO, alpha=ZERO):
    rest = sum((x.exp() for k, x in enumerate(log_p) if k != y), ZERO)
    weight = ONE if alpha == 0 else alpha if y > 0 else 1 - alpha
    return weight * (rest**gamma if gamma else ONE) * -log_p[y]


def balanced(log_p, y, alpha=Decimal("0.75")):
    return (alpha if y > 0 else 1 - alpha) * -log_p[y]


def tree(log_p, y, strength=ONE):
    return -log_p[y] + strength * sum((x.exp() * steps_to_common_ancestor(y, k) for k, x in enumerate(log_p)), ZERO)


def steps_to_common_ancestor(i: int, j: int) -> int:
    """In a binary tree whose node k has the parent k // 2."""
    return 0 if i == j else 1 + steps_to_common_ancestor(i // 2, j // 2)


# Of distributions.


def targets_and_log_q(outputs, targets):
    if isinstance(targets[0], list) and len(targets[0]) > 1:
        yield from ((p, log_softmax(z)) for z, p in zip(outputs, targets, strict=True))
    else:
        for z, y in logits_and_classes(outputs, targets):
            yield [ONE if k == y else ZERO for k in range(len(z))], log_softmax(z)


def kl(outputs, targets):
    return [sum((p * (p.ln() - log_q) for p, log_q in zip(*each, strict=True) if p), ZERO) for each in targets_and_log_q(outputs, targets)]


def jensen_shannon(outputs, targets):
    def divergence(p, q):
        middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
        return sum((a * (a / m).ln() for a, m in zip(p, middle, strict=True) if a), ZERO)

    found = []
    for p, log_q in targets_and_log_q(outputs, targets):
        q = [x.exp() for x in log_q]
        found.append((divergence(p, q) + divergence(q, p)) / 2)
    return found


def infonce(outputs, targets, temperature=Decimal(0.1)):
    if isinstance(targets[0], list) and len(targets[0]) > 1:
        scores = [[cosine(u, v) for v in targets] for u in outputs]
        pairs = list(zip(scores, range(len(scores)), strict=True))
    else:
        pairs = list(logits_and_classes(outputs, targets))
    return [-log_softmax([x / temperature for x in row])[y] for row, y in pairs]


def cosine(u, v):
    norms = (sum((x * x for x in u), ZERO) * sum((x * x for x in v), ZERO)).sqrt()
    return sum((a * b for a, b in zip(u, v, strict=True)), ZERO) / norms if norms else ZERO


# Of an order.


def of_pairs(function):
    def reference(outputs, targets, **params):
        if not isinstance(targets[0], list):
            if isinstance(outputs[0], list) and len(outputs[0]) == 2:
                return [function(s[0] - s[1] if y > 0 else s[1] - s[0], **params) for s, y in zip(outputs, targets, strict=True)]
            return list(ordered(function, flat(outputs), targets, params)) or [ZERO]
        return [mean(list(ordered(function, s, y, params)) or [ZERO]) for s, y in zip(outputs, targets, strict=True)]

    return reference


def ordered(function, scores, grades, params):
    for i, above in enumerate(grades):
        for j, below in enumerate(grades):
            if above > below:
                yield function(scores[i] - scores[j], **params)


def listnet(outputs, targets):
    single = not isinstance(targets[0], list)
    queries = [(flat(outputs), targets)] if single else list(zip(outputs, targets, strict=True))
    return [-sum((p.exp() * q for p, q in zip(log_softmax(y), log_softmax(s), strict=True)), ZERO) for s, y in queries]


# Structured.


def physics(outputs, targets, weight=ONE):
    given = [row if len(row) == 2 else [row[0], ONE] for row in rows(targets)]
    return [seen * (u - y) ** 2 + weight * f * f for (u, f), (y, seen) in zip(outputs, given, strict=True)]


def vae(outputs, targets, beta=ONE):
    found = []
    for output, x in zip(outputs, rows(targets), strict=True):
        d = len(x)
        k = (len(output) - d) // 2
        code = zip(output[d : d + k], output[d + k :], strict=True)
        divergence = sum((mu * mu + v.exp() - 1 - v for mu, v in code), ZERO) / 2
        found.append(sum(((a - b) ** 2 for a, b in zip(x, output[:d], strict=True)), ZERO) + beta * divergence)
    return found


REFERENCES = {
    "mse": of_residual(lambda r: r * r),
    "mae": of_residual(abs),
    "huber": of_residual(huber),
    "log_cosh": of_residual(log_cosh),
    "quantile": of_residual(lambda r, q=HALF: q * r if r >= 0 else (q - 1) * r),
    "tukey": of_residual(tukey),
    "rmse": rmse,
    "hinge": of_margin(lambda m: max(ZERO, 1 - m)),
    "squared_hinge": of_margin(lambda m: max(ZERO, 1 - m) ** 2),
    "perceptron": of_margin(lambda m: max(ZERO, -m)),
    "exponential": of_margin(lambda m: (-m).exp()),
    "logistic": of_margin(logistic),
    "zero_one": of_margin(lambda m: ONE if m <= 0 else ZERO),
    "cross_entropy": of_true_class(lambda log_p, y: -log_p[y]),
    "balanced_cross_entropy": of_true_class(balanced),
    "focal": of_true_class(focal),
    "tree_distance": of_true_class(tree),
    "kl": kl,
    "jensen_shannon": jensen_shannon,
    "infonce": infonce,
    "margin_ranking": of_pairs(lambda d, margin=ONE: max(ZERO, margin - d)),
    "ranknet": of_pairs(lambda d: log_plus(-d)),
    "listnet": listnet,
    "physics": physics,
    "vae": vae,
}
