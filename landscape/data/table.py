"""Table: a user's CSV file, read into columns and converted into a `Dataset`, or refused with the line and column of the first fault."""

from __future__ import annotations

import codecs
import csv
import io
import math
import os
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from landscape.data.datasets import SEED, Dataset, split
from landscape.errors import LandscapeError, Phrase, listed, require_name, require_whole

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MIN_ROWS = 8
MAX_COLUMNS = 1_000
MAX_NUMBERS = 4_000_000
MAX_CLASSES = 20
MAX_NAME = 60
SMALLEST, LARGEST = 1e-100, 1e100  # the squares of such numbers, in a variance, neither overflow nor underflow

# The treatments of blank or unusable cells, and of input columns of text.
GAPS = ("refuse", "drop_rows", "drop_columns")
TEXTS = ("refuse", "encode", "drop")
# What a column can be the target of, and the task inferred from its values.
TASKS = ("regression", "classification")
BY_VALUES = "auto"
# Where rows with unusable cells are dropped, a column with a larger share of such cells is dropped first.
MOSTLY = 0.5
# The longest list of names written in full.
LISTED = 6

_SEPARATORS = ",;\t|"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_MISSING = frozenset({"", "?", "na", "n/a", "#n/a", "<na>", "nan", "null", "inf", "infinity"})
# Usual names of a target column, of a row number and of an id.
_TARGETS = frozenset({"target", "label", "class", "y", "目标", "标签", "类别"})
_ROW_NUMBER = re.compile(r"|unnamed: 0|index|row|no\.?|nr\.?|#|序号|行号", re.IGNORECASE)
_ID = re.compile(r"(?i:(.*[\W_])?id)|.*(Id|ID|编号|学号|工号)")
# Magic numbers of files that are not text, whatever their names.
_KINDS = {
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF87a": "picture",
    b"GIF89a": "picture",
    b"%PDF": "pdf",
    b"PK\x03\x04": "workbook",
    b"\xd0\xcf\x11\xe0": "workbook",
    b"\x1f\x8b": "archive",
    b"7z\xbc\xaf": "archive",
    b"Rar!\x1a": "archive",
}


@dataclass(frozen=True)
class _Cell:
    """A cell that cannot be used: the code of its refusal, its line in the file, and its text."""

    code: str
    line: int
    text: str


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table: one number a row, NaN where the cell is blank or cannot be used; `gap` is the first such cell.

    In a column of text, `values` are indices into `words`, the distinct texts in sorted order, and `text` is the first text cell; a column
    of numbers has neither. `counts_rows` says that the column is a row number or an ascending id, by its name and its values.
    """

    name: str
    values: np.ndarray
    gap: _Cell | None
    words: tuple[str, ...]
    text: _Cell | None
    counts_rows: bool

    def label(self, value: float) -> str:
        """Return the name of the class with this value."""
        return self.words[int(value)] if self.words else str(value).removesuffix(".0")

    def refusal(self, cell: _Cell) -> LandscapeError:
        """Return the error that refuses one of its cells."""
        bounds = {"low": SMALLEST, "high": LARGEST} if cell.code == "table_magnitude" else {}
        return LandscapeError(cell.code, column=_quoted(self.name), line=cell.line, got=_quoted(cell.text), **bounds)


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of a CSV file, the number of rows in the file, and notes on how it was read."""

    columns: tuple[Column, ...]
    rows: int
    notes: tuple[Phrase, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The distinct names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def likely_target(self) -> int:
        """The index of the last column with a usual name of a target, else of the last that can be predicted; -1 for the last column."""
        fit = [i for i, column in enumerate(self.columns) if self.tasks(i) and not column.counts_rows]
        called = [i for i in fit if self.columns[i].name.casefold() in _TARGETS]
        place = (called or fit or [-1])[-1]
        return -1 if place == len(self.columns) - 1 else place

    def target(self, target: str | int) -> Column:
        """Return the target column by its name or its index (-1: the last)."""
        if isinstance(target, int):
            return self.columns[require_whole("table", "target", target, -1, len(self.columns) - 1)]
        return self.columns[self.names.index(require_name("target column", target, self.names))]

    def inputs(self, target: str | int) -> tuple[Column, ...]:
        """Return the columns other than the target; row numbers only if there is nothing else."""
        wanted = self.target(target)
        others = tuple(column for column in self.columns if column is not wanted)
        return tuple(column for column in others if not column.counts_rows) or others

    def tasks(self, target: str | int) -> tuple[str, ...]:
        """Return the tasks that the target's values allow, the likeliest first; none where it cannot be predicted."""
        wanted = self.target(target)
        return _tasks(wanted, wanted.values[~np.isnan(wanted.values)])

    def dataset(
        self,
        *,
        target: str | int = -1,
        task: str | None = None,
        gaps: str = "refuse",
        text: str = "refuse",
        seed: int = 0,
        standardize: bool = True,
    ) -> Dataset:
        """Return the data set for predicting `target`; arguments and errors are those of `read_table`."""
        seed = SEED.check("table", seed)
        require_name("gaps", gaps, GAPS)
        require_name("text", text, TEXTS)
        task = None if task == BY_VALUES else task
        if task is not None:
            require_name("task", task, TASKS)
        wanted, notes = self.target(target), list(self.notes)
        inputs = self._accepted(wanted, gaps, text, notes)
        rows = _whole_rows((*inputs, wanted), notes)
        if np.ptp(wanted.values[rows]) == 0:
            only = wanted.label(wanted.values[rows][0])
            raise LandscapeError("table_constant_target", column=_quoted(wanted.name), got=_quoted(only))
        if task is None:
            task = (*_tasks(wanted, wanted.values[rows]), "classification" if wanted.words else "regression")[0]
        elif task == "regression" and wanted.text:
            raise wanted.refusal(wanted.text)
        if task == "classification":
            rows = _met_twice(wanted, rows, notes)
        matrix, names, dropped = _matrix(inputs, rows, notes)
        fields = {"standardize": standardize, "feature_names": names, "dropped": dropped, "notes": tuple(notes)}
        if task == "regression":
            return split(matrix, wanted.values[rows], task, seed, target_names=(wanted.name,), **fields)
        found, labels = np.unique(wanted.values[rows], return_inverse=True)
        classes = tuple(wanted.label(value) for value in found)
        return split(matrix, labels, task, seed, classes=len(classes), target_names=classes, **fields)

    def _accepted(self, wanted: Column, gaps: str, text: str, notes: list[Phrase]) -> list[Column]:
        """Return the input columns that `gaps` and `text` keep, and append the others to `notes`; raise the first refusal."""
        inputs = list(self.inputs(self.columns.index(wanted)))
        if len(inputs) < len(self.columns) - 1:
            numbers = (column for column in self.columns if column is not wanted and column not in inputs)
            notes.append(Phrase("row_numbers", names=_listed(column.name for column in numbers)))
        if text != "refuse":
            most = MAX_CLASSES if text == "encode" else 0
            code = {"code": "many_words", "most": most} if most else {"code": "text_columns"}
            inputs = _without(inputs, notes, lambda column: len(column.words) > most, **code)
        if gaps == "drop_rows":
            inputs = _without(inputs, notes, lambda column: np.isnan(column.values).mean() > MOSTLY, "mostly_blank")
        elif gaps == "drop_columns":
            inputs = _without(inputs, notes, lambda column: column.gap is not None, "gap_columns")
        for column in (*inputs, wanted):
            refused = (column.text if text == "refuse" and column is not wanted else None) or (column.gap if gaps == "refuse" else None)
            if refused:
                raise column.refusal(refused)
        return inputs


def read_table(
    source: bytes | str | os.PathLike[str],
    *,
    target: str | int = -1,
    task: str | None = None,
    gaps: str = "refuse",
    text: str = "refuse",
    seed: int = 0,
    standardize: bool = True,
) -> Dataset:
    """Return the CSV file `source` (its bytes, or its path) as a `Dataset`, split by `seed` and standardized as the real datasets are.

    Cells are separated by commas, semicolons (then 1,5 is one and a half), tabs or bars, in UTF-8, UTF-16 or, where the bytes are Chinese
    text, GB18030. The first row is a header when all its cells are text or when a text stands above a number; without a header the columns
    are x1, x2, ... Blank lines and blank columns are skipped. Of more than MAX_ROWS rows a random sample is taken, with a fixed seed.

    `target` is the target column's name or its index from 0 (-1: the last); all others are inputs. With `task` None, a target of text or of
    integers with at most MAX_CLASSES values that each occur twice, gives classification with the classes in sorted order; any other target
    gives regression.

    `gaps` is the treatment of cells that are blank or not finite numbers: "refuse" raises; "drop_rows" drops their rows, after dropping the
    inputs in which more than half of the cells are such; "drop_columns" drops the inputs with such cells, and the rows where the target has
    one. `text` is the treatment of inputs of text: "refuse" raises; "encode" makes one-hot columns (a single column of 0 and 1 for two
    values), and drops inputs with more than MAX_CLASSES values; "drop" drops all of them.

    `Dataset.notes` lists these changes. Always dropped, and named there or in `Dataset.dropped`: inputs that are constant or row numbers
    (by name and values), and rows of a class that occurs once.
    Raises `LandscapeError` for a file that is too large, unreadable, ragged or too short, for cells that `gaps` or `text` refuses, and for
    a target with a single value or too many classes.
    """
    arguments = {"target": target, "task": task, "gaps": gaps, "text": text}
    return open_table(source).dataset(**arguments, seed=seed, standardize=standardize)


def open_table(source: bytes | str | os.PathLike[str]) -> Table:
    """Return the CSV file `source` (its bytes, or its path) as a `Table`, whose columns can be inspected before a target is chosen.

    Raises `LandscapeError` for a file that is too large, unreadable, ragged or too short.
    """
    notes: list[Phrase] = []
    text = _text(_bytes(source), notes)
    separator = _separator(text)
    cells, lines = _columns(text, separator)
    decimal_comma = separator == ";"
    first, second = ([column[min(row, len(lines) - 1)] for column in cells] for row in (0, 1))
    header = first if _is_header(first, second, decimal_comma) else [None] * len(first)
    rows = range(header is first, len(lines))
    if len(rows) < MIN_ROWS:
        raise LandscapeError("table_rows", low=MIN_ROWS, got=len(rows))
    if len(rows) > MAX_ROWS:
        notes.append(Phrase("sampled", most=MAX_ROWS, rows=len(rows)))
        rows = rows[0] + np.sort(np.random.default_rng(0).choice(len(rows), MAX_ROWS, replace=False))
    count = len(lines) - (header is first)
    columns, blank = [], []
    for called, name, column in zip(header, _names(header), cells, strict=True):
        kept = [column[row] for row in rows]
        if any(kept):
            columns.append(_column(name, called, kept, rows, lines, decimal_comma))
        else:
            blank.append(name)
    if len(columns) < 2:
        raise LandscapeError("table_one_column", got=len(columns))
    if blank:
        notes.append(Phrase("blank_columns", names=_listed(blank)))
    return Table(tuple(columns), count, tuple(notes))


# --- Rows and columns of the data -------------------------------------------------------------------------------------------------------


def _without(inputs: list[Column], notes: list[Phrase], unfit: Callable[[Column], bool], code: str, **details: object) -> list[Column]:
    """Return the columns that are not `unfit`; the names of the others go into a note."""
    if gone := [column.name for column in inputs if unfit(column)]:
        notes.append(Phrase(code, names=_listed(gone), **details))
    return [column for column in inputs if not unfit(column)]


def _whole_rows(columns: Sequence[Column], notes: list[Phrase]) -> np.ndarray:
    """Return the indices of the rows in which no column is NaN; raise `LandscapeError` if too few are left."""
    count = len(columns[-1].values)
    usable = np.ones(count, dtype=bool)
    for column in columns:
        usable &= ~np.isnan(column.values)
    rows = np.flatnonzero(usable)
    if len(rows) < MIN_ROWS:
        raise LandscapeError("table_rows", low=MIN_ROWS, got=Phrase("rows_left", rows=len(rows), count=count))
    if len(rows) < count:
        notes.append(Phrase("gap_rows", count=count - len(rows)))
    return rows


def _tasks(wanted: Column, values: np.ndarray) -> tuple[str, ...]:
    counts = Counter(values.tolist())
    classes = len(counts) <= MAX_CLASSES and sum(count >= 2 for count in counts.values()) >= 2
    if wanted.words:
        return ("classification",) if classes else ()
    if not classes:
        return ("regression",) if len(counts) >= 2 else ()
    few = min(counts.values()) >= 2 and all(value.is_integer() for value in counts)
    return ("classification", "regression") if few else ("regression", "classification")


def _met_twice(wanted: Column, rows: np.ndarray, notes: list[Phrase]) -> np.ndarray:
    """Return the rows whose class occurs at least twice: a single sample cannot be in the training part and in the test part."""
    found, places, counts = np.unique(wanted.values[rows], return_inverse=True, return_counts=True)
    if len(found) > MAX_CLASSES:
        raise LandscapeError("table_classes", column=_quoted(wanted.name), most=MAX_CLASSES, got=len(found))
    single = [wanted.label(value) for value in found[counts < 2]]
    if not single:
        return rows
    if len(found) - len(single) < 2 or len(rows) - len(single) < MIN_ROWS:
        raise LandscapeError("table_rare_class", column=_quoted(wanted.name), got=_listed(map(_quoted, single)))
    notes.append(Phrase("single_rows", names=_listed(single)))
    return rows[counts[places] >= 2]


def _matrix(inputs: Sequence[Column], rows: np.ndarray, notes: list[Phrase]) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return the inputs (N, d), their names, and the names of the columns that are left out because they are constant."""
    found = {column: np.unique(column.values[rows]) for column in inputs}
    dropped = tuple(column.name for column in inputs if len(found[column]) < 2)
    varying = [column for column in inputs if len(found[column]) >= 2]
    if not varying:
        got = Phrase("constant_columns", names=_listed(dropped)) if dropped else Phrase("no_column")
        raise LandscapeError("table_no_inputs", got=got)
    ones = {column: _encoded(found[column]) if column.words else None for column in varying}
    width = sum(1 if values is None else len(values) for values in ones.values())
    if width * len(rows) > MAX_NUMBERS:
        raise LandscapeError("table_numbers", most=MAX_NUMBERS, got=width * len(rows))
    matrix, names = np.empty((len(rows), width)), []
    for column, values in ones.items():
        cells = column.values[rows]
        for value in (None,) if values is None else values:
            matrix[:, len(names)] = cells if value is None else cells == value
            names.append(column.name if value is None else f"{column.name} = {column.label(value)}")
    if encoded := [f"{column.name} ({len(values)})" for column, values in ones.items() if values is not None]:
        notes.append(Phrase("encoded", names=_listed(encoded)))
    return matrix, tuple(names), dropped


def _encoded(found: np.ndarray) -> np.ndarray:
    """Return the values that get an indicator column: all, or the second of two, whose first column would be redundant."""
    return found[1:] if len(found) == 2 else found


# --- Reading ----------------------------------------------------------------------------------------------------------------------------


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


def _text(data: bytes, notes: list[Phrase]) -> str:
    for start, kind in _KINDS.items():
        if data.startswith(start):
            raise LandscapeError("table_foreign", got=Phrase(kind))
    text = _decoded(data, notes)
    if "\0" in text:  # in binary files only
        raise LandscapeError("table_foreign", got=Phrase("no_text"))
    if not text.strip():
        raise LandscapeError("table_empty", got=Phrase("blanks_only" if data else "empty_file"))
    return text


def _decoded(data: bytes, notes: list[Phrase]) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line, encoding = data.count(b"\n", 0, error.start) + 1, "gb18030"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = ""
    if not text or encoding == "gb18030" and not _is_chinese(text):
        if re.search(rb"[\0-\x08\x0e-\x1f]", data) and encoding == "gb18030":
            raise LandscapeError("table_foreign", got=Phrase("no_text"))
        raise LandscapeError("table_encoding", got=Phrase("other_encoding", line=1 if encoding == "utf-16" else line))
    notes.append(Phrase("encoding", name=encoding.upper()))
    return text


def _is_chinese(text: str) -> bool:
    """Return whether the characters outside ASCII are common Chinese ones; bytes of a European encoding decode to rare characters.

    Level 1 of GB 2312, the 3755 most common characters, has the lead bytes B0 to D7, its punctuation A1 to A3.
    """
    others = re.sub(r"[\0-\x7f]", "", text)
    first = [code[0] for code in (char.encode("gb2312", "ignore") for char in others) if code]
    return 10 * sum(0xA1 <= byte <= 0xA3 or 0xB0 <= byte <= 0xD7 for byte in first) >= 8 * len(others)


def _separator(text: str) -> str:
    """Return the separator under which the file's first rows all have the same number of cells, two or more.

    The comma is tried last: where it is the decimal mark, the semicolon separates the cells. Where none fits, the one that occurs in most
    rows is returned, so that the error names the ragged row. A space is returned only where nothing else fits.
    """
    met = {}
    for separator in _SEPARATORS + " ":
        try:
            widths = [len(row) for _, row in islice(_rows(text, separator), 50)]
        except LandscapeError:
            widths = []
        fits = bool(widths) and min(widths) == max(widths) > 1
        met[separator] = (
            fits and separator != " ",
            fits,
            separator != "," and fits,
            sum(width > 1 for width in widths if separator != " "),
        )
    return max(met, key=met.__getitem__)


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the number of the line on which it ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        for row in reader:
            stripped = [cell.strip() for cell in row]
            if any(stripped):
                yield reader.line_num, stripped
    except csv.Error:  # without NUL only: a cell over the csv module's limit, from a quote that is never closed
        raise LandscapeError("table_unreadable", got=Phrase("long_cell", line=reader.line_num)) from None


def _columns(text: str, separator: str) -> tuple[list[list[str]], array]:
    """Return the cells of each column, header included, and the line number of each row."""
    cells: list[list[str]] = []
    lines = array("l")
    for line, row in _rows(text, separator):
        if not cells:
            cells = [[] for _ in row]
            if len(row) < 2:
                raise LandscapeError("table_one_column", got=len(row))
            if len(row) > MAX_COLUMNS:
                raise LandscapeError("table_columns", most=MAX_COLUMNS, got=len(row))
        if len(row) < len(cells) or any(row[len(cells) :]):
            raise LandscapeError("table_ragged", line=line, expected=len(cells), got=len(row))
        for column, cell in zip(cells, row, strict=False):
            column.append(cell)
        lines.append(line)
    if not cells:
        raise LandscapeError("table_empty", got=Phrase("separators_only"))
    return cells, lines


def _column(name: str, header: str | None, cells: Sequence[str], rows: Sequence[int], lines: Sequence[int], decimal_comma: bool) -> Column:
    """Return the column of these rows; `lines` are the line numbers of all rows.

    It is text if at most half of its cells are numbers, or if some are not and its values are few and repeated, such as sizes 38, 40, XL.
    """
    values = np.full(len(cells), np.nan)
    unusable: list[_Cell] = []
    for i, cell in enumerate(cells):
        if _is_number(cell, decimal_comma):
            number = float(cell.replace(",", "."))
            if number == 0 or SMALLEST <= abs(number) <= LARGEST:
                values[i] = number
                continue
            code = "table_magnitude"
        else:
            code = "table_gap" if _is_missing(cell) else "table_cell"
        unusable.append(_Cell(code, lines[rows[i]], cell))
    text = next((cell for cell in unusable if cell.code == "table_cell"), None)
    if text is not None:
        words = sorted({cell for cell in cells if not _is_missing(cell)})
        there = sum(not _is_missing(cell) for cell in cells)
        numbers = there - sum(cell.code == "table_cell" for cell in unusable)
        if 2 * numbers <= there or (len(words) <= MAX_CLASSES and 2 * len(words) <= there):
            place = {word: k for k, word in enumerate(words)}
            values = np.array([place.get(cell, np.nan) for cell in cells])
            gap = next((cell for cell in unusable if cell.code == "table_gap"), None)
            return Column(name, values, gap, tuple(word[:MAX_NAME] for word in words), replace(text, code="table_text"), False)
    return Column(name, values, unusable[0] if unusable else None, (), None, header is not None and _counts_rows(header, values, rows))


def _counts_rows(header: str, values: np.ndarray, rows: Sequence[int]) -> bool:
    """Return whether a column is a row number, or an id of ascending integers, by its name and its values."""
    if _ROW_NUMBER.fullmatch(header):
        return bool(np.ptp(values - np.asarray(rows)) == 0)
    return bool(_ID.fullmatch(header)) and np.array_equal(values, np.floor(values)) and bool((np.diff(values) > 0).all())


def _is_header(first: Sequence[str], second: Sequence[str], decimal_comma: bool) -> bool:
    text = [not _is_missing(cell) and not _is_number(cell, decimal_comma) for cell in first]
    above_number = (over and _is_number(cell, decimal_comma) for over, cell in zip(text, second, strict=True))
    return all(text) or any(above_number)


def _names(header: Sequence[str | None]) -> tuple[str, ...]:
    """Return distinct names of the columns; x1, x2, ... where the header has none."""
    names: dict[str, None] = {}
    again: Counter[str] = Counter()
    for i, cell in enumerate(header, start=1):
        name = base = (cell or "")[:MAX_NAME] or f"x{i}"
        while name in names:
            again[base] += 1
            name = f"{base} ({again[base] + 1})"
        names[name] = None
    return tuple(names)


def _is_number(cell: str, decimal_comma: bool) -> bool:
    return bool(_NUMBER.fullmatch(cell)) or (decimal_comma and bool(_DECIMAL_COMMA.fullmatch(cell)))


def _is_missing(cell: str) -> bool:
    return cell.lstrip("+-").casefold() in _MISSING


def _listed(names: Iterable[str]) -> Phrase | str:
    """Return the names in one line, cut off after `LISTED` of them."""
    names = list(names)
    return listed(names) if len(names) <= LISTED else Phrase("listed_of", names=listed(names[:LISTED]), count=len(names))


def _quoted(text: str) -> str:
    """Return `text` in quotes, cut to `MAX_NAME` characters: a cell may be megabytes long."""
    return repr(text if len(text) <= MAX_NAME else text[: MAX_NAME - 3] + "...")
