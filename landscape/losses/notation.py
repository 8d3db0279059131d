"""Notation: a typed expression as a formula in LaTeX."""

from __future__ import annotations

import ast
import re

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega".split()
)
_SYMBOLS = {"prediction": r"\hat y", "target": "y", "residual": "r", "margin": "m"}
_DEFINED = {"residual": r"r = y - \hat y", "margin": "m = y s"}
_COMPARED = {ast.Lt: "<", ast.LtE: r"\le", ast.Gt: ">", ast.GtE: r"\ge", ast.Eq: "=", ast.NotEq: r"\ne"}
_TRUE_OR_FALSE = (ast.Compare, ast.BoolOp)
# How tightly a piece of a formula holds together: below what its place asks for, it is put in brackets.
_OR, _AND, _NOT, _COMPARISON, _SUM, _NEGATIVE, _PRODUCT, _POWER, _ATOM = range(9)

_Piece = tuple[str, int]


def formula_of(tree: ast.expr) -> str:
    """Return the formula of a loss with this syntax tree, and what its residual or margin is."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return ",\\quad ".join([rf"\ell = {_numeric(tree)[0]}", *(text for name, text in _DEFINED.items() if name in used)])


def _numeric(node: ast.expr) -> _Piece:
    """Return a piece that is a number, as a comparison is where one is asked for: 1 where it holds."""
    if isinstance(node, _TRUE_OR_FALSE) or _negated(node):
        return rf"\mathbf{{1}}[{_piece(node)[0]}]", _ATOM
    return _piece(node)


def _piece(node: ast.expr) -> _Piece:
    match node:
        case ast.Constant(value=value):
            return _number(value)
        case ast.Name(id=name):
            return _symbol(name), _ATOM
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return rf"\lnot {_held(_piece(operand), _COMPARISON)}", _NOT
        case ast.UnaryOp(op=op, operand=operand):
            return ("-" if isinstance(op, ast.USub) else "") + _held(_numeric(operand), _PRODUCT), _NEGATIVE
        case ast.BinOp(op=op, left=left, right=right):
            return _BINARY[type(op)](_numeric(left), _numeric(right))
        case ast.BoolOp(op=op, values=values):
            sign, level = (r" \land ", _AND) if isinstance(op, ast.And) else (r" \lor ", _OR)
            return sign.join(_held(_piece(value), level + 1) for value in values), level
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            rest = (f" {_COMPARED[type(op)]} {_held(_numeric(side), _SUM)}" for op, side in zip(ops, comparators, strict=True))
            return _held(_numeric(left), _SUM) + "".join(rest), _COMPARISON
        case ast.Call(func=ast.Name(id="where"), args=args):
            return _cases(*args), _OR
        case ast.Call(func=ast.Name(id=name), args=args):
            return _call(name, [_numeric(arg) for arg in args])
    raise TypeError(f"{type(node).__name__} has no notation")


def _cases(condition: ast.expr, yes: ast.expr, no: ast.expr) -> str:
    rows = [f"{_numeric(yes)[0]} & {_piece(condition)[0]}"]
    while isinstance(no, ast.Call) and no.func.id == "where":
        condition, yes, no = no.args
        rows.append(f"{_numeric(yes)[0]} & {_piece(condition)[0]}")
    rows.append(rf"{_numeric(no)[0]} & \text{{otherwise}}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _call(name: str, args: list[_Piece]) -> _Piece:
    inside = ",\\, ".join(text for text, _ in args)
    match name:
        case "abs":
            return rf"\left|{inside}\right|", _ATOM
        case "exp":
            return f"e^{{{inside}}}", _POWER
        case "sqrt":
            return rf"\sqrt{{{inside}}}", _ATOM
        case "log1p":
            return rf"\log\left(1 + {_held(args[0], _PRODUCT)}\right)", _PRODUCT
        case "sign":
            return rf"\operatorname{{sign}}\left({inside}\right)", _PRODUCT
    return rf"\{name}\left({inside}\right)", _PRODUCT


def _sum(left: _Piece, right: _Piece) -> _Piece:
    return f"{_held(left, _SUM)} + {_held(right, _PRODUCT)}", _SUM


def _difference(left: _Piece, right: _Piece) -> _Piece:
    return f"{_held(left, _SUM)} - {_held(right, _PRODUCT)}", _SUM


def _product(left: _Piece, right: _Piece) -> _Piece:
    first, second = _held(left, _NEGATIVE), _held(right, _PRODUCT)
    return f"{first} {chr(92)}{'cdot' if second[0].isdigit() else ','} {second}", min(left[1], _PRODUCT) if left[
        1
    ] >= _NEGATIVE else _PRODUCT


def _quotient(left: _Piece, right: _Piece) -> _Piece:
    return rf"\frac{{{left[0]}}}{{{right[0]}}}", _PRODUCT


def _power(base: _Piece, exponent: _Piece) -> _Piece:
    return f"{_held(base, _ATOM)}^{{{exponent[0]}}}", _POWER


_BINARY = {ast.Add: _sum, ast.Sub: _difference, ast.Mult: _product, ast.Div: _quotient, ast.Pow: _power}


def _held(piece: _Piece, least: int) -> str:
    """Return the piece's text, in brackets where it holds together less than its place asks for."""
    text, level = piece
    return text if level >= least else rf"\left({text}\right)"


def _negated(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _number(value: float) -> _Piece:
    digits, _, power = repr(value).partition("e")
    if not power:
        return digits, _ATOM
    return rf"{digits} \cdot 10^{{{int(power)}}}", _PRODUCT


def _symbol(name: str) -> str:
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    stem, index = re.fullmatch(r"(.*?)_?(\d*)", name).groups()
    letter = rf"\{stem}" if stem in GREEK else stem if len(stem) == 1 else rf"\mathrm{{{stem or name}}}".replace("_", r"\_")
    return f"{letter}_{{{index}}}" if index and stem else letter
