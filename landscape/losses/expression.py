"""Expressions: a loss that a visitor types, such as `delta = 1.5; where(abs(residual) < delta, residual**2 / 2, delta * abs(residual))`.

An expression is arithmetic (+ - * / **), comparisons, and / or / not, the functions of `FUNCTIONS` and `where(condition, a, b)`, over the
names of `NAMES` and the parameters that it declares in front, `name = number`, each ended by a semicolon or a line's end. It is hostile
until proven otherwise, and never run as code: the text is cut into tokens of a closed list, their number and depth are bounded before
anything is parsed, and only the kinds of syntax named here are turned into functions of tensors. All numbers are float64, so that a power
tower is infinite, and at once.
"""

from __future__ import annotations

import ast
import keyword
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial, reduce
from types import MappingProxyType

import torch
from torch import Tensor

from landscape.errors import LandscapeError, Phrase
from landscape.losses.notation import formula_of

LONGEST = 500
MOST_TOKENS = 250
ROUNDING = 1e-11
DEEPEST = 40  # brackets within brackets, and parts within parts of the formula

# What the fingers of a Chinese keyboard, or a copied formula, give for the signs of this language.
_SIGNS = dict(zip("（）＝；，＋－＊／＜＞＾＆｜　−×÷", "()=;,+-*/<>^&| -*/", strict=True))
_TYPED = str.maketrans({**_SIGNS, "≤": "<=", "≥": ">=", "≠": "!="})
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[<>=!]=|[-+*/^()<>,;&|=\n])", re.ASCII
)
_SPELLED = {"^": "**", "&": "and", "|": "or"}
_WORDS = ("and", "or", "not")

Value = Tensor | float  # what a part of an expression is: a float where it depends on no sample
Names = Mapping[str, Tensor]
Part = float | Callable[[Names], Value]


def parse_loss(expression: str, **parameters: float) -> OwnLoss:
    """Return the loss that `expression` says; `parameters` stand above the numbers that it declares, and may declare more.

    Its outputs are (N,), (N, 1) or (N, m) with targets of the same shape, averaged over the m outputs; where it speaks of the margin, a
    score (N,) or (N, 1) and targets in {-1, +1} or {0, 1}. Raises `LandscapeError` for what is no such expression, does not depend on the
    prediction, or is finite nowhere.
    """
    declared, formula = _statements(_tokens(expression))
    for name, value in parameters.items():
        declared[_new_name(name)] = _number(name, value)
    tree = _tree(formula, declared)
    used, part = _used(tree), _compiled(tree, {**CONSTANTS, **{_unreserved(name): value for name, value in declared.items()}})
    text = "".join(f"{name} = {_written(value)}; " for name, value in declared.items()) + _text(tree)
    loss = OwnLoss(text, MappingProxyType(declared), _subject(used), formula_of(tree), _margins if "margin" in used else _outputs, part)
    _require_loss(loss)
    return replace(loss, of="residual") if loss.of == "outputs" and _shifts(loss) else loss


@dataclass(frozen=True, eq=False)
class OwnLoss:
    """A loss (outputs, targets) to (N,), read from an expression, whose derivative is autograd's.

    `text` is the expression in its canonical form, which `parse_loss` reads back to an equal loss. `of` says what one value depends on:
    "residual", "margin" or "outputs" (prediction and target by themselves). `latex` is its formula. Where a branch of `where` is not
    taken, its derivative is no part of the loss's, even where it is not finite; the square root's at 0 is 0, as that of the modulus.
    """

    text: str
    parameters: Mapping[str, float]
    of: str
    latex: str
    _read: Callable[[Tensor, Tensor], Names]
    _part: Part

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        names = self._read(outputs, targets)
        # A comparison has no graph, so that autograd would raise; floor has derivative 0.
        each = _at(self._part, names) + torch.floor(names["prediction"]).clamp(0, 0)
        return each if each.ndim == 1 else each.flatten(1).mean(1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnLoss) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> tuple:
        """Pickle as it was read: its functions are made again."""
        return parse_loss, (self.text,)


def rewritten(expression: str, name: str, value: float) -> str:
    """Return the expression with the number of its declared parameter `name` replaced, all else as it was typed."""
    pattern = rf"(^|[;\n]|；)(\s*{re.escape(name)}\s*[=＝]\s*)([-+−－]?\s*[\d.]+(?:[eE][+-]?\d+)?)"
    return re.sub(pattern, lambda found: f"{found[1]}{found[2]}{_written(value)}", expression, count=1)


def _tokens(expression: object) -> list[str]:
    """Return the expression's tokens, numbers written short; a line's end outside brackets is a semicolon."""
    if not isinstance(expression, str):
        raise LandscapeError("expression_unreadable", got=repr(type(expression).__name__))
    if len(expression) > LONGEST:
        raise LandscapeError("expression_long", most=LONGEST, got=len(expression))
    text, place, depth, tokens = expression.translate(_TYPED).replace("\r\n", "\n"), 0, 0, []
    while place < len(text):
        if text[place] in " \t":
            place += 1
            continue
        found = _TOKEN.match(text, place)
        if found is None:
            word = re.compile(r"[\w.]*", re.ASCII).match(text, place)[0][:20] or text[place]
            raise LandscapeError("expression_sign", got=Phrase("at_character", sign=ascii(word), place=place + 1))
        token, place = found[0], found.end()
        depth += {"(": 1, ")": -1}.get(token, 0)
        if found["number"]:
            token = _written(_number(token, float(token)))
        elif token == "\n":
            token = ";" if depth == 0 else ""
        tokens += [_SPELLED.get(token, token)] if token else []
        if len(tokens) > MOST_TOKENS or depth > DEEPEST:
            raise LandscapeError("expression_large", most=MOST_TOKENS, deepest=DEEPEST, got=Phrase("larger_expression"))
    return tokens


def _statements(tokens: list[str]) -> tuple[dict[str, float], list[str]]:
    """Return the declared parameters, and the tokens of the formula, the last statement."""
    statements: list[list[str]] = [[]]
    for token in tokens:
        if token == ";":
            statements.append([])
        else:
            statements[-1].append(token)
    *declarations, formula = [statement for statement in statements if statement] or [[]]
    declared: dict[str, float] = {}
    for statement in declarations:
        name, value = _declaration(statement)
        if name in declared:
            raise LandscapeError("given_twice", owner="expression", got=name)
        declared[name] = value
    if not formula or "=" in formula:
        raise LandscapeError("expression_empty", got=" ".join(formula)[:60] or Phrase("none"))
    return declared, formula


def _declaration(statement: list[str]) -> tuple[str, float]:
    match statement:
        case [name, "=", number]:
            sign = 1.0
        case [name, "=", "-" | "+" as signed, number]:
            sign = -1.0 if signed == "-" else 1.0
        case _:
            raise LandscapeError("expression_declaration", got=repr(" ".join(statement))[:60])
    if not number[0].isdigit() and number[0] != ".":
        raise LandscapeError("expression_declaration", got=repr(" ".join(statement))[:60])
    return _new_name(name), sign * float(number)


def _new_name(name: str) -> str:
    if name in TAKEN or not re.fullmatch(r"[A-Za-z](\w{0,28}[A-Za-z0-9])?", name, re.ASCII):
        raise LandscapeError("expression_declaration", got=repr(name)[:60])
    return name


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < math.inf:
        raise LandscapeError("not_a_number", owner="expression", name=name[:30], got=repr(value)[:60], example=1.5)
    return float(value)


def _written(number: float) -> str:
    """Return the shortest text that reads back to the number."""
    return repr(int(number)) if number == int(number) and abs(number) < 1e15 else repr(float(number))


def _tree(formula: list[str], declared: Mapping[str, float]) -> ast.expr:
    """Return the formula's syntax tree, made of `_compiled`'s kinds of nodes and known names only."""
    known = (*NAMES, *CONSTANTS, *declared, *CALLED)
    for token in formula:
        if token.isidentifier() and token not in (*known, *_WORDS):
            raise LandscapeError("expression_name", got=repr(token)[:60], known=", ".join(known))
    shown = repr(re.sub(r" ?([(),^/]|\*\*?) ?", r"\1", " ".join(formula)))[:60]
    try:
        tree = ast.parse(" ".join(map(_unreserved, formula)), mode="eval").body
    except SyntaxError:
        raise LandscapeError("expression_unreadable", got=shown) from None
    if _depth(tree) > DEEPEST:
        raise LandscapeError("expression_large", most=MOST_TOKENS, deepest=DEEPEST, got=Phrase("larger_expression"))
    nodes = list(ast.walk(tree))
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    named = [node for node in nodes if isinstance(node, ast.Name) and node.id in CALLED]
    if not all(isinstance(node, _KINDS) for node in nodes) or {*map(id, called)} != {*map(id, named)}:
        raise LandscapeError("expression_unreadable", got=shown)
    for node in nodes:
        if isinstance(node, ast.Call):
            _require_arguments(node)
    return tree


def _unreserved(token: str) -> str:
    """Return a name as Python's grammar can read it: lambda is a parameter here."""
    return f"{token}_" if keyword.iskeyword(token) and token not in _WORDS else token


def _text(tree: ast.expr) -> str:
    return re.sub(r"\b(\w+)_\b", r"\1", ast.unparse(tree), flags=re.ASCII)


def _require_arguments(node: ast.Call) -> None:
    name = node.func.id
    least, most = (3, 3) if name == "where" else FUNCTIONS[name].arguments
    if not least <= len(node.args) <= most:
        raise LandscapeError("expression_arguments", name=name, count=least if least == most else f"{least} … {most}", got=len(node.args))


def _depth(tree: ast.AST) -> int:
    """Return how deep the tree is, without recursion."""
    level, depth = [tree], 0
    while level:
        level, depth = [child for node in level for child in ast.iter_child_nodes(node)], depth + 1
    return depth


def _compiled(node: ast.expr, constants: Mapping[str, float]) -> Part:
    """Return the part of a loss that a node of the tree says."""
    compiled = partial(_compiled, constants=constants)
    match node:
        case ast.Constant(value=value):
            return float(value)
        case ast.Name(id=name):
            return constants[name] if name in constants else lambda names: names[name]
        case ast.UnaryOp(op=op, operand=operand):
            return _folded(_UNARY[type(op)], compiled(operand))
        case ast.BinOp(op=op, left=left, right=right):
            return _folded(_BINARY[type(op)], compiled(left), compiled(right))
        case ast.BoolOp(op=op, values=values):
            return reduce(partial(_folded, _BOOLEAN[type(op)]), map(compiled, values))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [compiled(side) for side in (left, *comparators)]
            pairs = [_folded(_COMPARED[type(op)], a, b) for op, a, b in zip(ops, sides, sides[1:], strict=False)]
            return reduce(partial(_folded, _BOOLEAN[ast.And]), pairs)
        case ast.Call(func=ast.Name(id="where"), args=args):
            return _where(*map(compiled, args))
        case ast.Call(func=ast.Name(id=name), args=args):
            function = FUNCTIONS[name]
            return (
                _folded(function.apply, *map(compiled, args))
                if len(args) == 1
                else reduce(partial(_folded, function.apply), map(compiled, args))
            )
    raise TypeError(f"{type(node).__name__} is no part of an expression")  # _tree lets no other node pass


def _folded(function: Callable[..., Value], *parts: Part) -> Part:
    """Return the part function(parts); a number where all of them are."""
    if not any(map(callable, parts)):
        return float(function(*(torch.tensor(part, dtype=torch.float64) for part in parts)))
    return lambda names: function(*(_at(part, names) for part in parts))


def _where(condition: Part, yes: Part, no: Part) -> Part:
    if not callable(condition):
        return yes if condition else no

    def where(names: Names) -> Tensor:
        holds = condition(names) != 0
        taken = [_at(part, _gated(names, gate)) if callable(part) else part for part, gate in ((yes, holds), (no, ~holds))]
        dtype = names["prediction"].dtype
        return torch.where(holds, *(branch if isinstance(branch, Tensor) else torch.tensor(branch, dtype=dtype) for branch in taken))

    return where


def _gated(names: Names, gate: Tensor) -> Names:
    """Return the names such that no derivative passes where `gate` is false: in the branch not taken, 0 times infinity would be NaN."""
    return {name: torch.where(gate, value, value.detach()) for name, value in names.items()}


def _at(part: Part, names: Names) -> Value:
    return part(names) if callable(part) else part


def _outputs(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
    prediction, target = _column(outputs), _column(targets).to(outputs.dtype)
    if prediction.shape != target.shape:  # (N, 1) against (N,) would broadcast to (N, N) silently
        raise LandscapeError("wrong_shape", owner="own", name="outputs", expected=tuple(target.shape), got=tuple(prediction.shape))
    return {"prediction": prediction, "target": target, "residual": target - prediction}


def _margins(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
    names = _outputs(outputs, targets)
    if names["prediction"].ndim != 1:
        raise LandscapeError("wrong_shape", owner="own", name="outputs", expected="(N,) or (N, 1)", got=tuple(outputs.shape))
    # The sign alone: a batch of ones does not show whether labels are {0, 1} or {-1, +1}.
    return {**names, "margin": torch.where(names["target"] > 0, names["prediction"], -names["prediction"])}


def _column(values: Tensor) -> Tensor:
    return values.squeeze(1) if values.ndim == 2 and values.shape[1] == 1 else values


def _used(tree: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & set(NAMES)


def _subject(used: set[str]) -> str:
    (alone,) = used if len(used) == 1 else ("outputs",)
    return alone if alone in ("residual", "margin") else "outputs"


def _require_loss(loss: OwnLoss) -> None:
    """Refuse a loss that is finite nowhere, or the same wherever the prediction is."""
    values = torch.stack([loss(_PROBES, torch.full_like(_PROBES, target)) for target in _TARGETS])
    if not values.isfinite().any():
        raise LandscapeError("expression_not_finite", got=Phrase("not_finite_anywhere"))
    known = values.nan_to_num()
    if ((known - known[:, :1]).abs() <= ROUNDING * known.abs().amax(1, keepdim=True)).all():
        raise LandscapeError("expression_constant", known=", ".join(PREDICTED), got=Phrase("same_everywhere"))


def _shifts(loss: OwnLoss) -> bool:
    """Return whether the loss is the same where prediction and target are moved together: it is one of the residual."""
    probes = _PROBES[_PROBES.abs() < 10]
    values = [loss(probes + moved, torch.full_like(probes, 0.4 + moved)) for moved in (0.0, 1.25, -3.5)]
    return all(torch.allclose(values[0], value, rtol=1e-9, atol=1e-9, equal_nan=True) for value in values[1:])


@dataclass(frozen=True)
class Function:
    """A function of the language: what it does to tensors, or to a tensor and a number, and how many arguments it takes."""

    apply: Callable[..., Value]
    arguments: tuple[int, int] = (1, 1)


def _sqrt(x: Tensor) -> Tensor:
    zero = x == 0
    return x.masked_fill(zero, 1.0).sqrt().masked_fill(zero, 0.0)


def _min(a: Value, b: Value) -> Tensor:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return torch.minimum(a, b)
    return torch.clamp(a, max=b) if isinstance(a, Tensor) else torch.clamp(b, max=a)


def _max(a: Value, b: Value) -> Tensor:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return torch.maximum(a, b)
    return torch.clamp(a, min=b) if isinstance(a, Tensor) else torch.clamp(b, min=a)


def _as_number(holds: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return the comparison as a function whose value is 1 or 0."""
    return lambda *sides: holds(*sides).to(next(side.dtype for side in sides if isinstance(side, Tensor)))


NAMES = ("prediction", "target", "residual", "margin")
PREDICTED = ("prediction", "residual", "margin")
CONSTANTS = MappingProxyType({"pi": math.pi})
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "abs": Function(torch.abs),
        "exp": Function(torch.exp),
        "log": Function(torch.log),
        "log1p": Function(torch.log1p),
        "sqrt": Function(_sqrt),
        "tanh": Function(torch.tanh),
        "sign": Function(torch.sign),
        "min": Function(_min, (2, 8)),
        "max": Function(_max, (2, 8)),
    }
)
CALLED = (*FUNCTIONS, "where")
TAKEN = frozenset((*NAMES, *CONSTANTS, *CALLED, *_WORDS))

_UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: _as_number(lambda a: a == 0)}
_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow}
_BOOLEAN = {ast.And: _as_number(lambda a, b: (a != 0) & (b != 0)), ast.Or: _as_number(lambda a, b: (a != 0) | (b != 0))}
_COMPARED = {
    ast.Lt: _as_number(operator.lt),
    ast.LtE: _as_number(operator.le),
    ast.Gt: _as_number(operator.gt),
    ast.GtE: _as_number(operator.ge),
    ast.Eq: _as_number(operator.eq),
    ast.NotEq: _as_number(operator.ne),
}
_KINDS = (ast.Constant, ast.Name, ast.Load, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.Call)
_KINDS += (*_UNARY, *_BINARY, *_BOOLEAN, *_COMPARED)

# Where a loss is tried before it is one: both signs, small and large, and no round number alone.
_SIZES = torch.cat([torch.logspace(-4, 4, 33, dtype=torch.float64), torch.linspace(0.0173, 6.0, 64, dtype=torch.float64)])
_PROBES = torch.cat([-_SIZES, torch.zeros(1, dtype=torch.float64), _SIZES]).sort().values
_TARGETS = (0.0, 1.0, -1.3, 2.6)
