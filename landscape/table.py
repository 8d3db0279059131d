"""The visitor's own table: a CSV file read into a `Dataset`, or refused in a sentence that names the row and the column."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from landscape.datasets import SEED, TASKS, Dataset, split
from landscape.errors import LandscapeError, require_name, require_range

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MIN_ROWS = 8
MAX_COLUMNS = 200
MAX_CLASSES = 20
MAX_NAME = 60
SMALLEST, LARGEST = 1e-100, 1e100  # the squares that standardizing takes of such numbers neither overflow nor vanish

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "inf", "infinity"})


@dataclass(frozen=True)
class _Cells:
    """The cells of a file, stripped: `columns` by name, and the line in the file of each row."""

    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]
    decimal_comma: bool

    def numbers(self, name: str) -> np.ndarray:
        """Return the column `name` as numbers, or refuse its first cell that is none."""
        return np.array([self._number(name, i, cell) for i, cell in enumerate(self.columns[name])], dtype=np.float64)

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the column `name` as it is written, or refuse its first missing cell."""
        for i, cell in enumerate(self.columns[name]):
            if _is_missing(cell):
                raise self._refusal("table_gap", name, i, cell)
        return self.columns[name]

    def is_text(self, name: str) -> bool:
        """Say whether the column `name` has a cell that is neither a number nor missing."""
        return any(not _is_missing(cell) and not _is_number(cell, self.decimal_comma) for cell in self.columns[name])

    def _number(self, name: str, i: int, cell: str) -> float:
        if not _is_number(cell, self.decimal_comma):
            raise self._refusal("table_gap" if _is_missing(cell) else "table_text", name, i, cell)
        number = float(cell.replace(",", "."))
        if number == 0 or SMALLEST <= abs(number) <= LARGEST:
            return number
        raise self._refusal("table_magnitude", name, i, cell, low=SMALLEST, high=LARGEST)

    def _refusal(self, code: str, name: str, i: int, cell: str, **details: object) -> LandscapeError:
        return LandscapeError(code, column=_quoted(name), line=self.lines[i], got=_quoted(cell), **details)


def read_table(
    source: bytes | str | os.PathLike[str],
    *,
    target: str | int = -1,
    task: str | None = None,
    seed: int = 0,
    standardize: bool = True,
) -> Dataset:
    """Return the CSV file `source` (its bytes, or its path) as a `Dataset`, split by `seed` and standardized as the real datasets are.

    Cells are separated by commas, semicolons (then 1,5 is one and a half) or tabs, in UTF-8. The first row is a header when all of it is
    text or when a text stands above a number; without a header the columns are x1, x2, ... Blank lines are skipped.
    `target` is the target column's name, or its place from 0 (-1: the last). All others are inputs and must be numbers; constant ones are
    left out and named in `Dataset.dropped`. With `task` None, a target of text, or of whole numbers with at most MAX_CLASSES values each
    met twice, gives the classes, in sorted order; any other target is for regression.
    Raises `LandscapeError` for a file that is too large, unreadable, ragged, too short or not of numbers, and for a target that takes one
    value only, has too many classes or a class of one row.
    """
    seed = SEED.check("table", seed)
    if task is not None:
        require_name("task", task, TASKS)
    cells = _cells(_text(_bytes(source)))
    target = _column(tuple(cells.columns), target)
    values = cells.labels(target) if cells.is_text(target) else cells.numbers(target).tolist()
    if len(set(values)) < 2:
        raise LandscapeError("table_constant_target", column=_quoted(target), got=_quoted(cells.columns[target][0]))
    task = task or _task(values)
    inputs, varying, dropped = _inputs(cells, target)
    fields = {"standardize": standardize, "feature_names": varying, "dropped": dropped}
    if task == "regression":
        return split(inputs, cells.numbers(target), task, seed, target_names=(target,), **fields)
    classes, labels = _classes(values, target)
    return split(inputs, labels, task, seed, classes=len(classes), target_names=classes, **fields)


def _column(names: tuple[str, ...], target: str | int) -> str:
    if isinstance(target, int):
        return names[int(require_range("table", "target", target, -1, len(names) - 1))]
    return require_name("target column", target, names)


def _inputs(cells: _Cells, target: str) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return the input columns that vary, their names, and the names of those that do not."""
    columns = {name: cells.numbers(name) for name in cells.columns if name != target}
    varying = tuple(name for name, column in columns.items() if np.ptp(column) > 0)
    dropped = tuple(name for name in columns if name not in varying)
    if not varying:
        raise LandscapeError("table_no_inputs", got=f"{len(dropped)} constant")
    return np.column_stack([columns[name] for name in varying]), varying, dropped


def _task(values: Sequence[str | float]) -> str:
    if isinstance(values[0], str):
        return "classification"
    counts = Counter(values)
    few = len(counts) <= MAX_CLASSES and min(counts.values()) >= 2
    return "classification" if few and all(value.is_integer() for value in counts) else "regression"


def _classes(values: Sequence[str | float], target: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the classes, sorted, and the class index of each row."""
    counts = Counter(values)  # plain Python: an array of strings would give every row the room of the longest
    if len(counts) > MAX_CLASSES:
        raise LandscapeError("table_classes", column=_quoted(target), most=MAX_CLASSES, got=len(counts))
    distinct = sorted(counts)
    names = tuple(str(value).removesuffix(".0") if isinstance(value, float) else value[:MAX_NAME] for value in distinct)
    rarest = min(range(len(distinct)), key=lambda k: counts[distinct[k]])
    if counts[distinct[rarest]] < 2:
        raise LandscapeError("table_rare_class", column=_quoted(target), got=_quoted(names[rarest]))
    index = {value: k for k, value in enumerate(distinct)}
    return names, np.array([index[value] for value in values], dtype=np.int64)


def _bytes(source: bytes | str | os.PathLike[str]) -> bytes:
    if isinstance(source, (str, os.PathLike)):
        try:
            with Path(source).open("rb") as file:
                source = file.read(MAX_BYTES + 1)
                size = os.fstat(file.fileno()).st_size
        except (OSError, ValueError):  # ValueError: a NUL character in the path
            raise LandscapeError("table_no_file", got=_quoted(str(source))) from None
    else:
        size = len(source)
    if size > MAX_BYTES:
        raise LandscapeError("table_too_large", most=MAX_BYTES // 10**6, got=f"{math.ceil(size / 1e4) / 100} MB")
    return bytes(source)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LandscapeError("table_encoding", got=f"byte 0x{data[error.start]:02x} at {error.start}") from None
    if "\0" in text:  # no text has it; programs, pictures and UTF-16 do
        raise LandscapeError("table_encoding", got=f"byte 0x00 at {text.index(chr(0))}")
    if not text.strip():
        raise LandscapeError("table_empty", got="an empty file" if not data else "white space only")
    return text


def _cells(text: str) -> _Cells:
    separator = _separator(text)
    rows = _rows(text, separator, MAX_ROWS + 2)  # one for a header and one too many
    if not rows:
        raise LandscapeError("table_empty", got="separators only")
    first = rows[0][1]
    if len(first) > MAX_COLUMNS:
        raise LandscapeError("table_columns", most=MAX_COLUMNS, got=len(first))
    for line, row in rows:
        if len(row) != len(first):
            raise LandscapeError("table_ragged", line=line, expected=len(first), got=len(row))
    decimal_comma = separator == ";"
    header = _is_header(first, rows[1][1] if len(rows) > 1 else first, decimal_comma)
    names = _names(first if header else [""] * len(first))
    body = rows[1:] if header else rows
    if not MIN_ROWS <= len(body) <= MAX_ROWS:
        raise LandscapeError("table_rows", low=MIN_ROWS, high=MAX_ROWS, got=len(body) if len(body) < MIN_ROWS else "more")
    columns = zip(*(row for _, row in body), strict=True)
    return _Cells(dict(zip(names, columns, strict=True)), tuple(line for line, _ in body), decimal_comma)


def _separator(text: str) -> str:
    """Return the separator under which the file's first rows all have the same number of cells, two or more.

    The comma comes last: it is also a decimal mark, and then the semicolon is the separator. Where none fits, the one that occurs in most
    rows is taken, so that the odd row can be named.
    """
    met = {}
    for separator in ",;\t":
        try:
            widths = [len(row) for _, row in _rows(text, separator, 50)]
        except LandscapeError:
            widths = []
        fits = bool(widths) and min(widths) == max(widths) > 1
        met[separator] = (fits, separator != "," and fits, sum(width > 1 for width in widths))
    return max(met, key=met.__getitem__)


def _rows(text: str, separator: str, most: int) -> list[tuple[int, list[str]]]:
    """Return at most `most` rows that are not blank, each with the number of the line on which it ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    stripped = ((reader.line_num, [cell.strip() for cell in row]) for row in reader)
    try:
        return list(islice(((line, row) for line, row in stripped if any(row)), most))
    except csv.Error as error:
        raise LandscapeError("table_unreadable", got=f"line {reader.line_num}: {error}") from None


def _is_header(first: Sequence[str], second: Sequence[str], decimal_comma: bool) -> bool:
    text = [not _is_missing(cell) and not _is_number(cell, decimal_comma) for cell in first]
    above_number = (over and _is_number(cell, decimal_comma) for over, cell in zip(text, second, strict=True))
    return all(text) or any(above_number)


def _names(header: Iterable[str]) -> tuple[str, ...]:
    """Return one name a column, all different: x1, x2, ... where there is none."""
    names: list[str] = []
    for i, cell in enumerate(header, start=1):
        name = base = cell[:MAX_NAME] or f"x{i}"
        again = 2
        while name in names:
            name, again = f"{base} ({again})", again + 1
        names.append(name)
    return tuple(names)


def _is_number(cell: str, decimal_comma: bool) -> bool:
    return bool(_NUMBER.fullmatch(cell)) or (decimal_comma and bool(_DECIMAL_COMMA.fullmatch(cell)))


def _is_missing(cell: str) -> bool:
    return cell.lstrip("+-").casefold() in _MISSING


def _quoted(text: str) -> str:
    """Return `text` in quotes, shortened: a hostile cell may be megabytes long."""
    return repr(text if len(text) <= MAX_NAME else text[: MAX_NAME - 3] + "...")
