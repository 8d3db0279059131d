"""Tables: CSV files against numpy's reader, and errors that name row and column."""

import codecs

import numpy as np
import pytest

from landscape.data.datasets import Dataset
from landscape.data.table import GAPS, MAX_BYTES, MAX_CLASSES, MAX_COLUMNS, MAX_ROWS, MIN_ROWS, TEXTS, open_table, read_table
from landscape.errors import LandscapeError

NUMBERS = np.round(np.random.default_rng(5).normal((3.0, -40.0, 0.7), (1.0, 25.0, 2.0), size=(30, 3)), 4)


def csv_of(rows, header="", separator=",", end="\n"):
    lines = [header] if header else []
    lines += [separator.join(str(cell) for cell in row) for row in rows]
    return (end.join(lines) + end).encode()


def both_parts(dataset):
    """All rows as they came out, sorted: inputs and target side by side."""
    rows = np.concatenate(
        [np.column_stack([dataset.inputs, dataset.targets]), np.column_stack([dataset.test_inputs, dataset.test_targets])]
    )
    return rows[np.lexsort(rows.T)]


def sorted_rows(rows):
    return rows[np.lexsort(rows.T)]


def flowers(count=12):
    """Two inputs and a target of words, three kinds in turn."""
    kinds = ("tulip", "rose", "iris")
    return [(0.5 * i, i * i, kinds[i % 3]) for i in range(count)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["", "width,height,price"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_numbers_come_back_whatever_separates_them(separator, header, end):
    data = csv_of(NUMBERS, header.replace(",", separator), separator, end)
    dataset = read_table(data, standardize=False)
    np.testing.assert_array_equal(both_parts(dataset), sorted_rows(NUMBERS))
    assert dataset.task == "regression" and dataset.inputs.shape == (24, 2) and dataset.test_inputs.shape == (6, 2)
    assert dataset.feature_names == (("width", "height") if header else ("x1", "x2"))
    assert dataset.target_names == (("price",) if header else ("x3",))


def test_a_file_is_read_like_its_bytes(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(csv_of(NUMBERS, "a,b,c"))
    expected = read_table(path.read_bytes())
    for source in (path, str(path)):
        np.testing.assert_array_equal(read_table(source).inputs, expected.inputs)


def test_a_byte_order_mark_quotes_spaces_and_blank_lines_are_no_data():
    data = codecs.BOM_UTF8 + b'"a b" , "c, d" ,y\n\n' + b"".join(b' "%d", %d ,%d.5\n,,\n' % (i, i * i, i) for i in range(9)) + b"\n\n"
    dataset = read_table(data, standardize=False)
    assert dataset.feature_names == ("a b", "c, d") and dataset.target_names == ("y",)
    np.testing.assert_array_equal(both_parts(dataset), sorted_rows(np.array([[i, i * i, i + 0.5] for i in range(9)])))


def test_the_decimal_comma_of_a_semicolon_file_is_read():
    data = csv_of(NUMBERS, "a;b;y", ";").replace(b".", b",")
    np.testing.assert_array_equal(both_parts(read_table(data, standardize=False)), sorted_rows(NUMBERS))
    np.testing.assert_array_equal(both_parts(read_table(data.split(b"\n", 1)[1], standardize=False)), sorted_rows(NUMBERS))


def test_scientific_notation_and_signs_are_numbers():
    cells = ["1e3", "-2.5E-2", "+.5", "7.", "0", "-0.0", "1e-99", "12"]
    dataset = read_table(csv_of((i, cell) for i, cell in enumerate(cells)), standardize=False)
    np.testing.assert_array_equal(both_parts(dataset)[:, 1], sorted(float(cell) for cell in cells))


@pytest.mark.parametrize("target", ["height", 1])
def test_any_column_may_be_the_target(target):
    dataset = read_table(csv_of(NUMBERS, "width,height,price"), target=target, standardize=False)
    np.testing.assert_array_equal(both_parts(dataset), sorted_rows(NUMBERS[:, [0, 2, 1]]))
    assert dataset.feature_names == ("width", "price") and dataset.target_names == ("height",)


def test_standardizing_uses_the_training_part_alone():
    plain, dataset = (read_table(csv_of(NUMBERS), seed=3, standardize=flag) for flag in (False, True))
    mean, deviation = plain.inputs.mean(axis=0), plain.inputs.std(axis=0)
    np.testing.assert_allclose(dataset.inputs, (plain.inputs - mean) / deviation, rtol=1e-10)
    np.testing.assert_allclose(dataset.test_inputs, (plain.test_inputs - mean) / deviation, rtol=1e-10)
    np.testing.assert_allclose(dataset.test_targets, (plain.test_targets - plain.targets.mean()) / plain.targets.std(), rtol=1e-10)
    assert dataset.standardized and not plain.standardized


def test_the_seed_draws_the_split():
    first, again, other = (read_table(csv_of(NUMBERS), seed=seed).inputs for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_words_are_classes_in_the_order_of_the_alphabet():
    dataset = read_table(csv_of(flowers(), "a,b,kind"), standardize=False)
    assert (dataset.task, dataset.classes, dataset.target_names) == ("classification", 3, ("iris", "rose", "tulip"))
    for a, _, label in both_parts(dataset):
        assert dataset.target_names[int(label)] == flowers()[int(2 * a)][2]
    assert dataset.targets.dtype == np.int64 and set(dataset.test_targets) == {0, 1, 2}  # 3 of 12, one of each class


def test_words_without_a_header_do_not_make_the_first_row_one():
    dataset = read_table(csv_of(flowers()))
    assert len(dataset.inputs) + len(dataset.test_inputs) == 12 and dataset.feature_names == ("x1", "x2")


def test_the_name_of_a_class_is_cut_to_a_length_that_can_be_shown():
    assert read_table(csv_of([(i, "ab"[i % 2] * 1000) for i in range(9)])).target_names == ("a" * 60, "b" * 60)


def test_few_whole_numbers_are_classes_from_zero():
    rows = [(i + 0.5, (-3, 10, 2)[i % 3]) for i in range(12)]
    dataset = read_table(csv_of(rows), standardize=False)
    assert (dataset.classes, dataset.target_names) == (3, ("-3", "2", "10"))
    for x, label in both_parts(dataset):
        assert dataset.target_names[int(label)] == str((-3, 10, 2)[int(x) % 3])


@pytest.mark.parametrize(
    "targets",
    [
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],  # each value met once
        [1, 1, 2, 2, 3.5, 3.5, 4, 4, 5, 5],  # not whole
        [k // 2 for k in range(2 * (MAX_CLASSES + 1))],  # too many values
    ],
)
def test_other_numbers_are_for_regression(targets):
    dataset = read_table(csv_of(enumerate(targets)))
    assert dataset.task == "regression" and dataset.classes == 0


def test_the_task_may_be_chosen():
    rows = [(i + 0.5, (1.5, 4)[i % 2]) for i in range(10)]
    assert read_table(csv_of(rows)).task == "regression"
    assert read_table(csv_of(rows), task="classification").target_names == ("1.5", "4")
    whole = [(i + 0.5, i % 2) for i in range(10)]
    assert read_table(csv_of(whole)).task == "classification"
    assert set(read_table(csv_of(whole), task="regression", standardize=False).targets) == {0.0, 1.0}


def test_constant_columns_are_left_out_and_named():
    rows = [(7, x, 0.1, y) for x, y, _ in NUMBERS]
    dataset = read_table(csv_of(rows, "seven,x,tenth,y"))
    assert dataset.dropped == ("seven", "tenth") and dataset.feature_names == ("x",) and dataset.inputs.shape == (24, 1)


def test_a_column_that_is_constant_in_training_alone_is_only_centered():
    rows = [(i, 0.1 if i else 5.1, i * i + 0.5) for i in range(10)]
    sets = [read_table(csv_of(rows), seed=seed) for seed in range(30, 40)]
    lonely = [dataset for dataset in sets if np.ptp(dataset.inputs[:, 1]) == 0]
    assert lonely
    for dataset in lonely:
        np.testing.assert_allclose(np.sort(dataset.test_inputs[:, 1]), [0.0, 5.0], atol=1e-12)


def test_columns_of_one_name_or_of_none_are_told_apart():
    dataset = read_table(csv_of([(i, -i, i * i, i + 0.5) for i in range(8)], "a,a,,y"))
    assert dataset.feature_names == ("a", "a (2)", "x3")


def test_the_largest_table_allowed_is_read():
    rows = [(i % 7, i / 8) for i in range(MAX_ROWS)]
    assert read_table(csv_of(rows, "a,y")).notes == ()
    dataset = read_table(csv_of(rows, "a,y"))
    assert len(dataset.inputs) + len(dataset.test_inputs) == MAX_ROWS
    wide = read_table(csv_of([[i + j for j in range(MAX_COLUMNS)] for i in range(MIN_ROWS)]))
    assert wide.inputs.shape[1] == MAX_COLUMNS - 1


def rows_with(cell, row=4, column=1, header="a,b,y"):
    rows = [[f"{value}" for value in values] for values in NUMBERS]
    rows[row][column] = cell
    return csv_of(rows, header)


REFUSED = {
    "nothing": (b"", "the table: the file must hold rows of numbers; got an empty file"),
    "mark only": (codecs.BOM_UTF8, "got white space only"),
    "blank": (b" \n\t\n\r\n", "got white space only"),
    "commas": (b",,\n,,\n", "got separators only"),
    "header only": (b"a,b,y\n", "at least 8 rows of data; got 0"),
    "seven rows": (csv_of(NUMBERS[:7], "a,b,y"), "at least 8 rows of data; got 7"),
    "too many columns": (csv_of([range(MAX_COLUMNS + 1)] * 9), "at most 1000 columns; got 1001"),
    "too large": (b"1,2\n" * (MAX_BYTES // 4 + 1), r"at most 5 MB; got 5.01 MB"),
    "latin": (
        "größe,y\n".encode("latin-1") + csv_of(NUMBERS[:, :2]),
        "text must be in UTF-8, or Chinese in GB18030; got another encoding, at line 1",
    ),
    "wide text": ("a,y\n1,2\n".encode("utf-16-le"), "the file must be text, with one line a row; got a file that is no text"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "the file must be text, with one line a row; got a picture"),
    "workbook": (b"PK\x03\x04" + bytes(80), "got a workbook or a zip file"),
    "noise": (bytes(range(1, 256)), "got a file that is no text"),
    "half a character": (b"\xff\xfe" + "a,y".encode("utf-16-le") + b"\0", "got another encoding, at line 1"),
    "open quote": (b'a,y\n"' + b"1,2\n" * 50_000, "separated by commas, semicolons or tabs; got line .* with a cell that does not end"),
    "ragged": (csv_of(NUMBERS[:5], "a,b,y") + b"1,2\n" + csv_of(NUMBERS[:5]), "line 7: every row must have 3 cells, like the first; got 2"),
    "ragged and long": (csv_of(NUMBERS[:9], "a,b,y") + b"1,2,3,4\n", "line 11: every row must have 3 cells, like the first; got 4"),
    "text": (rows_with("tall", 4, 1), "column 'b', line 6: a cell of a column of numbers must be a number; got 'tall'"),
    "second line after blanks": (b"\n\n" + rows_with("tall", 4, 0), "column 'a', line 8: .* got 'tall'"),
    "python's own numbers": (rows_with("1_000"), "column 'b', line 6: a cell of a column of numbers must be a number; got '1_000'"),
    "thousands": (rows_with('"1,000"'), "column 'b', line 6: a cell of a column of numbers must be a number; got '1,000'"),
    "other digits": (rows_with("\u0663"), "column 'b', line 6: a cell of a column of numbers must be a number"),
    "empty cell": (rows_with(""), "column 'b', line 6: no cell may be empty, NaN or infinite; got ''"),
    "empty target": (rows_with("", 29, 2), "column 'y', line 31: no cell may be empty, NaN or infinite; got ''"),
    "missing class": (csv_of([*flowers(), (1, 2, "?")], "a,b,kind"), r"column 'kind', line 14: no cell may be empty.* got '\?'"),
    "not a number": (rows_with("NaN"), "column 'b', line 6: no cell may be empty, NaN or infinite; got 'NaN'"),
    "infinite": (rows_with("-inf", 0, 0), "column 'a', line 2: no cell may be empty, NaN or infinite; got '-inf'"),
    "overflow": (rows_with("1e999"), "column 'b', line 6: a number must be 0 or have a size from 1e-100 to 1e\\+100; got '1e999'"),
    "huge": (rows_with("-2e100"), "column 'b', line 6: a number must be 0 or have a size .*; got '-2e100'"),
    "underflow": (rows_with("-1e-200"), "column 'b', line 6: a number must be 0 or have a size"),
    "one class": (
        csv_of([(i, "yes") for i in range(9)], "a,kind"),
        "target column 'kind': the target must take at least two values; got 'yes'",
    ),
    "one number": (csv_of([(i, 2.5) for i in range(9)], "a,y"), "target column 'y': the target must take at least two values; got '2.5'"),
    "one number twice written": (csv_of([(i, ("2", "2.0")[i % 2]) for i in range(9)], "a,y"), "at least two values; got '2'"),
    "rare classes": (csv_of([(i, f"k{max(0, i - 8)}") for i in range(12)], "a,kind"), "two classes must have .*; got 'k1', 'k2', 'k3'"),
    "many classes": (csv_of([(i, f"k{i // 2}") for i in range(42)], "a,kind"), "'kind': there may be at most 20 classes; got 21"),
    "no inputs": (csv_of([(i,) for i in range(9)], "y"), "needs two columns or more, the inputs and the target; got 1"),
    "constant inputs": (
        csv_of([(3, 4, i) for i in range(9)], "a,b,y"),
        "needs an input column that varies, .*; got only columns with one value: a, b",
    ),
    "long cell": (rows_with("w" * 100_000), r"got 'w{57}\.\.\.'\. Correct the cell"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_that_cannot_be_used_is_refused_where_it_goes_wrong(case):
    data, message = REFUSED[case]
    with pytest.raises(LandscapeError, match=message) as refusal:
        read_table(data)
    error = refusal.value
    assert error.what.startswith("the table") and error.rule and error.remedy.endswith(".")
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "z"}, "target column: the name must be one of a, b, y; got 'z'"),
        ({"target": 3}, "table: target must be between -1 and 2; got 3"),
        ({"task": "ranking"}, "task: the name must be one of regression, classification"),
        ({"task": "classification"}, "target column 'y': there may be at most 20 classes; got 30"),
        ({"seed": -4}, "table: seed must be between 0 and"),
    ],
)
def test_a_request_that_does_not_fit_the_table_is_refused(arguments, message):
    with pytest.raises(LandscapeError, match=message):
        read_table(csv_of(NUMBERS, "a,b,y"), **arguments)


def test_words_cannot_be_the_target_of_a_regression():
    with pytest.raises(LandscapeError, match="column 'kind', line 2: a column must hold numbers only; got 'tulip'"):
        read_table(csv_of(flowers(), "a,b,kind"), task="regression")


@pytest.mark.parametrize("name", ["missing.csv", ".", "a\0b"])
def test_a_path_without_a_file_is_refused(tmp_path, name):
    with pytest.raises(LandscapeError, match="the file must exist and be readable"):
        read_table(f"{tmp_path}/{name}")


def test_a_file_that_is_too_large_is_refused_by_its_size(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(3 * MAX_BYTES)
    with pytest.raises(LandscapeError, match=r"at most 5 MB; got 15.0 MB"):
        read_table(path)


def passengers(count=60):
    """A table as people have them: ids, names, blanks, words, and a mostly blank column; `line` k + 2 has row k."""
    rng, rows = np.random.default_rng(3), []
    for i in range(count):
        age = "" if i % 12 == 5 else f"{rng.integers(1, 80)}"
        cabin = f"C{i}" if i % 4 == 0 else ""
        rows.append(
            (i + 1, f'"Doe, Jo {i}"', ("male", "female")[i % 2], age, f"{rng.gamma(2, 15):.2f}", cabin, "SCQ"[i % 3], i * i % 7 // 4)
        )
    return rows


PASSENGERS = csv_of(passengers(), "PassengerId,Name,Sex,Age,Fare,Cabin,Port,Survived", end="\r\n")


def test_gaps_and_text_are_refused_unless_it_is_said_what_becomes_of_them():
    with pytest.raises(LandscapeError, match="column 'Name', line 2: a column must hold numbers only; got 'Doe, Jo 0'"):
        read_table(PASSENGERS)
    with pytest.raises(LandscapeError, match="column 'Age', line 7: no cell may be empty.*; got ''"):
        read_table(PASSENGERS, text="encode")
    for asked in ({"gaps": "fill"}, {"text": "hash"}):
        with pytest.raises(LandscapeError, match="the name must be one of refuse"):
            read_table(PASSENGERS, **asked)


def test_rows_with_blanks_are_left_out_and_text_is_encoded():
    dataset = read_table(PASSENGERS, gaps="drop_rows", text="encode", standardize=False)
    whole = [row for row in passengers() if row[3]]
    expected = [(row[2] == "male", float(row[3]), float(row[4]), row[6] == "C", row[6] == "Q", row[6] == "S", row[7]) for row in whole]
    assert dataset.feature_names == ("Sex = male", "Age", "Fare", "Port = C", "Port = Q", "Port = S")
    np.testing.assert_array_equal(both_parts(dataset), sorted_rows(np.array(expected, dtype=float)))
    assert dataset.notes == (
        "row numbers and ids left out: PassengerId",
        "text columns with more than 20 values left out: Name",
        "mostly blank columns left out: Cabin",
        "rows with blank or unusable cells left out: 5",
        "text encoded as columns of 0 and 1: Sex (1), Port (3)",
    )


def test_columns_with_blanks_and_columns_of_text_are_left_out():
    dataset = read_table(PASSENGERS, gaps="drop_columns", text="drop", standardize=False)
    assert dataset.feature_names == ("Fare",) and len(dataset.inputs) + len(dataset.test_inputs) == 60
    assert dataset.notes[1:] == ("text columns left out: Name, Sex, Cabin, Port", "columns with blank or unusable cells left out: Age")


def test_a_row_whose_target_is_blank_cannot_be_learned_from():
    for gaps in ("drop_rows", "drop_columns"):
        dataset = read_table(PASSENGERS, target="Age", gaps=gaps, text="drop", standardize=False)
        assert len(dataset.inputs) + len(dataset.test_inputs) == 55 and dataset.task == "regression"


def test_cells_that_are_no_numbers_are_gaps_of_a_column_of_numbers():
    dataset = read_table(rows_with("tall"), gaps="drop_rows", standardize=False)
    np.testing.assert_array_equal(both_parts(dataset), sorted_rows(np.delete(NUMBERS, 4, axis=0)))
    sizes = csv_of([((36, 38, 40, "XL")[i % 4], i % 5, i + 0.5) for i in range(40)], "size,b,y")  # but few values, met again, are words
    assert read_table(sizes, text="encode").feature_names[:4] == ("size = 36", "size = 38", "size = 40", "size = XL")


def test_too_few_whole_rows_are_refused_with_their_count():
    data = csv_of([(i * 1.5, "" if i % 3 else i, -i) for i in range(21)], "a,b,c")
    with pytest.raises(LandscapeError, match="at least 8 rows of data; got 7 of 21 without blank cells"):
        read_table(data, target="b", gaps="drop_rows")
    assert read_table(data, gaps="drop_rows").notes == ("mostly blank columns left out: b",)


@pytest.mark.parametrize(
    ("name", "left_out"), [("Id", True), ("customer_id", True), ("", True), ("序号", True), ("year", False), ("paid", False)]
)
def test_only_what_is_called_a_row_number_is_taken_for_one(name, left_out):
    dataset = read_table(csv_of([(50 + i, i * i % 11, i * 0.3) for i in range(20)], f"{name},b,y"))
    assert ("b",) == dataset.feature_names if left_out else len(dataset.feature_names) == 2
    assert len(dataset.notes) == left_out


def test_an_id_alone_is_an_input_after_all():
    assert read_table(csv_of([(i, i * i) for i in range(20)], "id,y")).feature_names == ("id",)


def test_blank_columns_and_blank_ends_of_rows_are_no_columns():
    rows = [(f"{a}", f"{b}", f"{y}", "", "") for a, b, y in NUMBERS]
    dataset = read_table(csv_of(rows, "a,b,y,,"), standardize=False)
    np.testing.assert_array_equal(both_parts(dataset), sorted_rows(NUMBERS))
    assert dataset.notes == ("blank columns left out: x4, x5",)
    np.testing.assert_array_equal(both_parts(read_table(csv_of(rows, "a,b,y"), standardize=False)), sorted_rows(NUMBERS))


def test_of_too_many_rows_a_sample_is_taken_the_same_each_time():
    count = 5 * MAX_ROWS // 2
    data = csv_of([(i, -3 * i) for i in range(count)], "a,y")
    dataset = read_table(data, standardize=False, seed=1)
    assert dataset.notes == (f"a random sample of {MAX_ROWS} of {count} rows",)
    kept = both_parts(dataset)
    np.testing.assert_array_equal(kept, both_parts(read_table(data, standardize=False, seed=2)))
    assert len(kept) == MAX_ROWS and len(np.unique(kept[:, 0])) == MAX_ROWS
    np.testing.assert_array_equal(kept[:, 1], -3 * kept[:, 0])
    assert abs(kept[:, 0].mean() - count / 2) < 5 * count / np.sqrt(12 * MAX_ROWS)  # drawn from all of it


def test_a_fault_of_a_sample_is_named_by_its_line_in_the_file():
    rows = [(i, "" if i > MAX_ROWS and i % 2 else -i, i) for i in range(2 * MAX_ROWS)]
    data = csv_of(rows, "a,b,y")
    with pytest.raises(LandscapeError, match="no cell may be empty") as refusal:
        read_table(data)
    assert data.splitlines()[refusal.value.details["line"] - 1].split(b",")[1] == b""


def test_classes_met_once_are_left_out_and_named():
    dataset = read_table(csv_of([*flowers(), (1, 2, "lily")], "a,b,kind"))
    assert dataset.target_names == ("iris", "rose", "tulip") and dataset.notes == ("rows of classes met once left out: lily",)
    assert len(dataset.inputs) + len(dataset.test_inputs) == 12


@pytest.mark.parametrize(("encoding", "name"), [("gbk", "GB18030"), ("utf-16", "UTF-16")])
def test_chinese_in_other_encodings_is_read_and_said(encoding, name):
    rows = [(i, ("优", "良", "及格")[i % 3]) for i in range(12)]
    dataset = read_table(csv_of(rows, "数学成绩,等级").decode().encode(encoding))
    assert dataset.feature_names == ("数学成绩",) and set(dataset.target_names) == {"优", "良", "及格"}
    assert dataset.notes == (f"read as {name}",)


@pytest.mark.parametrize("text", ["größe,höhe", "prix,été,château", "señor,niño", "naïve,façade"])
def test_european_text_is_not_taken_for_chinese(text):
    with pytest.raises(LandscapeError, match="another encoding, at line 1"):
        read_table(csv_of([range(i, i + 1 + text.count(",")) for i in range(9)], text).decode().encode("cp1252"))


def test_a_table_tells_its_columns_before_there_is_a_target():
    table = open_table(PASSENGERS)
    assert table.rows == 60 and table.names[-1] == "Survived" and table.likely_target == -1
    assert table.tasks("Survived") == ("classification", "regression") and table.tasks("Port") == ("classification",)
    assert table.tasks("Fare") == ("regression",) and table.tasks("Name") == ()
    moved = open_table(csv_of([(i % 2, f"word {i}", i * 0.5) for i in range(20)], "label,name,x"))
    assert moved.likely_target == 0
    named = open_table(csv_of([(i * 0.5, f"word {i}") for i in range(20)], "x,name"))
    assert named.likely_target == 0  # the last column cannot be predicted


def test_more_inputs_than_there_is_room_for_are_refused():
    rng = np.random.default_rng(0)
    words = rng.integers(0, 20, size=(MAX_ROWS, 12))
    data = csv_of([[*(chr(97 + k) for k in row), i % 9] for i, row in enumerate(words)])
    with pytest.raises(LandscapeError, match="rows times inputs may be at most 4000000; got 4800000"):
        read_table(data, text="encode")


PIECES = [
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r\n",
    b"\r",
    b'"',
    b" ",
    b"1",
    b"-2.5",
    b"1e400",
    b"1e99",
    b"-1e99",
    b"1e-99",
    b"nan",
    b"a",
    b"0",
    b"3,",
    b"4\n",
    "\u00e9".encode(),
]


def hostile(rng):
    """A file made of pieces of tables, of broken tables or of plain noise."""
    kind = rng.integers(3)
    if kind == 0:
        return rng.bytes(int(rng.integers(0, 400)))
    if kind == 1:
        return b"".join(PIECES[i] for i in rng.integers(len(PIECES), size=int(rng.integers(0, 300))))
    cells = rng.choice(
        ["1", "-2", "0.5", "1e99", "-1e99", "1e-99", "red", "blue"][: int(rng.integers(3, 9))],
        size=(int(rng.integers(6, 40)), int(rng.integers(1, 5))),
    )
    if rng.random() < 0.3:
        cells[tuple(rng.integers(cells.shape))] = rng.choice(["", "nan", "red"])
    data = bytearray(csv_of(cells, separator=str(rng.choice([",", ";", "\t"]))))
    for _ in range(int(rng.integers(0, 3))):
        data[int(rng.integers(len(data)))] = int(rng.integers(256))
    return bytes(data)


def test_no_file_raises_anything_but_a_refusal():
    rng = np.random.default_rng(20)
    outcomes = set()
    for _ in range(1500):
        data = hostile(rng)
        asked = {"gaps": str(rng.choice(GAPS)), "text": str(rng.choice(TEXTS)), "task": rng.choice([None, "auto", "classification"])}
        try:
            table = open_table(data)
            dataset = table.dataset(seed=1, target=int(rng.integers(-1, len(table.columns))), **asked)
        except LandscapeError as error:
            outcomes.add(error.code)
        else:
            assert isinstance(dataset, Dataset) and np.isfinite(dataset.inputs).all() and len(dataset.inputs) >= 6
            assert len(dataset.feature_names) == dataset.inputs.shape[1]
            outcomes.update((dataset.task, *(note.code for note in dataset.notes)))
    assert {"classification", "regression", "table_ragged", "table_encoding", "table_text", "table_gap", "table_rows"} <= outcomes
    assert {"gap_rows", "encoded", "text_columns", "single_rows", "table_foreign"} <= outcomes
