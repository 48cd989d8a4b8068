"""A table is read as it was meant, or refused with the line and column of what is wrong."""

import codecs
import csv
import io
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.data import tables
from chainstep.data.tables import Table, read_table, read_text, select_columns, write_table
from chainstep.errors import FileError
from tests.work import Work

HOSTILE = Path(__file__).parent / "hostile"


def read(content: str | bytes, *only: str) -> Table:
    data = content if isinstance(content, bytes) else content.encode()
    return read_table(data, "data.csv", only)


def error_of(content: str | bytes, *only: str) -> FileError:
    with pytest.raises(FileError) as caught:
        read(content, *only)
    assert str(caught.value).startswith("data.csv")
    assert "\n" not in str(caught.value)
    return caught.value


# --- the hostile files ---------------------------------------------------------------------------


def test_the_files_that_must_load_load() -> None:
    expected = {
        "csv_bom_crlf": (("a", "b", "y"), ((1.0, 2.0, 0.0),), ",", ".", "utf-8"),
        "csv_latin1": (("aé", "b", "y"), ((1.0, 2.0, 0.0),), ",", ".", "cp1252"),
        "csv_semicolon_decimal_comma": (
            ("a", "b", "y"),
            ((1.5, 2.25, 0.0), (3.5, 4.75, 1.0)),
            ";",
            ",",
            "utf-8",
        ),
    }
    for name, told in expected.items():
        table = read((HOSTILE / f"{name}.csv").read_bytes())
        assert (table.header, table.rows, table.delimiter, table.decimal, table.encoding) == told


def test_the_files_that_must_be_refused_are_refused_with_every_place() -> None:
    expected = {
        "csv_empty": ("data.csv is empty: give a row of numbers on each line.",),
        "csv_unclosed_quote": (
            'data.csv, line 2: a quote (") is opened and never closed: add or remove one.',
        ),
        "csv_ragged": (
            "line 3 has 2 cells, but the header has 3",
            "line 4 has 4 cells, but the header has 3",
        ),
        "csv_nan_inf": (
            "line 2, column 'b': 'nan' is not a finite number",
            "line 3, column 'a': 'inf' is not a finite number",
            "line 4, column 'a' is empty",
            "line 5, column 'a': '1e400' is not a finite number",
        ),
    }
    for name, problems in expected.items():
        assert error_of((HOSTILE / f"{name}.csv").read_bytes()).problems == problems
    assert len(list(HOSTILE.glob("csv_*.csv"))) == 7


# --- how it was meant ----------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_each_delimiter_is_recognised(delimiter: str, header: bool) -> None:
    lines = [["sepal length", "b"]] * header + [["1.5", "-2e3"], ["3", "+.5"]]
    table = read("\n".join(delimiter.join(cells) for cells in lines))
    assert table.rows == ((1.5, -2000.0), (3.0, 0.5))
    assert table.header == (("sepal length", "b") if header else None)
    assert table.delimiter == delimiter


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_decimal_comma_is_read_where_the_delimiter_is_another(delimiter: str) -> None:
    text = f"1,5{delimiter}2\n-,25{delimiter}1e3\n"
    table = read(text)
    assert table.rows == ((1.5, 2.0), (-0.25, 1000.0))
    assert (table.delimiter, table.decimal) == (delimiter, ",")


def test_a_column_of_numbers_alone_is_a_table() -> None:
    assert read("1\n2.5\n\n3\n").rows == ((1.0,), (2.5,), (3.0,))
    assert read("x\r1\r2\r").rows == ((1.0,), (2.0,))


def test_points_and_commas_together_are_refused_rather_than_guessed() -> None:
    problems = error_of("a;b\n1.234,5;1\n1,5;2.5\n").problems
    assert problems == (
        "line 2, column 'a': '1.234,5' is not a number",
        "line 3, column 'a': '1,5' is not a number",
    )


def test_a_first_row_is_a_header_only_where_words_outnumber_numbers() -> None:
    assert read("a,1,c\n1,2,3").header == ("a", "1", "c")
    assert error_of("1,abc,3\n4,5,6").problems == ("line 1, column 2: 'abc' is not a number",)
    assert error_of("1,nan,3\n4,5,6").problems[0].startswith("line 1, column 2: 'nan' is not a")


@pytest.mark.parametrize(
    ("encoding", "mark", "named"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_each_encoding_is_recognised(encoding: str, mark: bytes, named: str) -> None:
    table = read(mark + "é€,b\r\n1,2\r\n".encode(encoding))
    assert (table.header, table.rows, table.encoding) == (("é€", "b"), ((1.0, 2.0),), named)


def test_cells_in_quotes_with_spaces_and_line_breaks_are_read() -> None:
    table = read('"a\nb", "c"\n"1", 2 \n')
    assert table.rows == ((1.0, 2.0),)
    assert error_of('"a\nb",c\n1,2\nx,2\n').problems[0].startswith("line 4, column")


@pytest.mark.parametrize("cell", ["1_000", "0x10", "1 2", "½", "1e", "--1", "true"])
def test_what_only_looks_like_a_number_is_refused(cell: str) -> None:
    assert error_of(f"a_b,c\n1,2\n3,{cell}\n").problems == (
        f"line 3, column 'c': {cell!r} is not a number",
    )
    told = error_of(f"a_b;c\n1,5;2\n3;{cell}\n").problems
    assert told == (f"line 3, column 'c': {cell!r} is not a number",)


# --- what is refused -----------------------------------------------------------------------------


def test_a_word_among_numbers_is_told_with_its_line_and_column() -> None:
    text = "sepal,petal\n" + "1,2\n" * 5 + "3,abc\n"
    assert str(error_of(text)) == "data.csv: line 7, column 'petal': 'abc' is not a number."


def test_the_first_20_problems_are_told_and_the_others_counted() -> None:
    error = error_of("a,b\n1,2\n" + "x,1\n" * 1500)
    assert len(error.problems) == 21
    assert error.problems[19] == "line 22, column 'a': 'x' is not a number"
    assert str(error).startswith("data.csv has 1,500 problems: line 3, ")
    assert str(error).endswith("; and 1,480 more.")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b" \n\n ", "is empty"),
        (b"a,b\n", "has a header but no rows of numbers below it"),
        (b"PK\x03\x04rest", "is a workbook or archive, not a table: save it as CSV"),
        (b"\x89PNG\r\n\0\0", "is not a text file"),
        (b"\xff\xfea", "is not a text file"),
        (b"\x81\x8d", "is not a text file"),
        (b'a,b\n1,"2"3\n', 'line 2: after a closing quote (") the cell must end'),
        (b'a,b\n1,2\n3,"4\n5,6\n', 'line 3: a quote (") is opened and never closed'),
        (b"a,b\n1," + b"2" * 200_000, "line 2: a cell is too long for a number"),
        (b"a" * 400_000, "line 1: a cell is too long for a number"),
        (b",".join([b"1"] * 2001), "has 2,001 columns, at most 2,000 can be read"),
        (b"a,b,c\n" + b"1,2,\n", "line 2, column 'c' is empty"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_in_one_sentence(content: bytes, told: str) -> None:
    assert told in str(error_of(content))


def test_tables_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "has at most 100 MB" in str(error_of(bytes(100 * 2**20 + 1)))
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    assert len(read("1\n2\n3\n").rows) == 3
    assert "has more than 3 rows: give a part of it" in str(error_of("1\n2\n3\n4\n"))


@given(
    st.binary(max_size=200) | st.text(alphabet="1.,;\t|\"'a\r\n -e_", max_size=60).map(str.encode)
)
def test_any_bytes_are_a_table_or_refused_but_never_break(data: bytes) -> None:
    try:
        table = read_table(data, "data.csv")
    except FileError as error:
        outcome: Table | FileError = error
    else:
        outcome = table
    if isinstance(outcome, FileError):
        assert "\n" not in str(outcome)
    else:
        assert all(len(row) == outcome.width for row in outcome.rows)
        assert all(math.isfinite(value) for row in outcome.rows for value in row)


# --- columns -------------------------------------------------------------------------------------


def test_columns_are_selected_by_name_or_taken_in_order() -> None:
    table = read("y,x2,x1\n1,2,3\n4,5,6\n")
    assert select_columns(table, ["x1", "x2"]) == ((3.0, 2.0), (6.0, 5.0))
    assert select_columns(table, ["a", "b", "c"]) == table.rows
    assert select_columns(read("1,2\n3,4\n"), ["x1", "x2"]) == ((1.0, 2.0), (3.0, 4.0))


def test_columns_that_do_not_fit_are_refused_with_both_sides_named() -> None:
    with pytest.raises(FileError) as caught:
        select_columns(read("a,b,x1\n1,2,3\n"), ["x1", "x2"])
    assert str(caught.value) == (
        "The table has 3 columns (a, b, x1), but the net has 2 inputs (x1, x2): "
        "name the columns after the inputs, or give exactly these."
    )
    with pytest.raises(FileError, match=r"has 2 columns called x, but|2 columns called x"):
        select_columns(read("x,x\n1,2\n"), ["x"])


def test_columns_that_are_not_wanted_may_hold_anything() -> None:
    text = "species,x2,x1,note\nsetosa,2,3,\nvirginica,5,6,x\n"
    table = read(text, "x1", "x2")
    assert (table.header, table.rows) == (("x1", "x2"), ((3.0, 2.0), (6.0, 5.0)))
    assert select_columns(table, ["x1", "x2"]) == table.rows
    assert error_of(text, "x1", "x3").problems[0] == (
        "line 2, column 'species': 'setosa' is not a number"
    )
    assert error_of("a,x\n1,q\n", "x").problems == ("line 2, column 'x': 'q' is not a number",)


def test_a_header_of_numbers_is_recognised_by_the_names_wanted() -> None:
    assert read("2,1\n5,6\n", "1", "2").rows == ((6.0, 5.0),)
    assert read("2,1\n5,6\n").rows == ((2.0, 1.0), (5.0, 6.0))


# --- writing -------------------------------------------------------------------------------------

numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[numbers] * width), min_size=1)))
def test_what_was_written_is_read_back_to_the_bit(rows: list[tuple[float, ...]]) -> None:
    header = [f"column {n}" for n in range(len(rows[0]))]
    table = read_text(write_table(header, rows))
    assert table.header == tuple(header)
    assert [[value.hex() for value in row] for row in table.rows] == [
        [value.hex() for value in row] for row in rows
    ]


def test_text_is_safe_from_being_taken_for_a_formula_and_numbers_stay_numbers() -> None:
    starts = ["=1+1", "+1", "-1", "@a", "\ta", "\ra", '-"a", b']
    text = write_table([*starts, "a=b"], [[-1.5, 1e-7, 3, None, "plain", "-", 5e-324]])
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert header == [*(f"'{start}" for start in starts), "a=b"]
    assert row == ["-1.5", "1e-07", "3", "", "plain", "'-", "5e-324"]


def test_a_table_of_numbers_is_read_with_less_than_a_call_a_number() -> None:
    numbers = random.Random(0)
    row = ",".join(repr(numbers.gauss(0, 1)) for _ in range(20))
    data = ("\n".join([row] * 20_000)).encode()
    with Work() as work:
        assert len(read(data).rows) == 20_000
    assert work.calls < 20 * 20_000


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_first_row_of_decimal_commas_is_no_row_of_names(delimiter: str) -> None:
    table = read_text("0,5;1,5;0\n0,7;1,2;1\n".replace(";", delimiter))
    assert table.header is None
    assert table.rows == ((0.5, 1.5, 0.0), (0.7, 1.2, 1.0))
    assert read_text("0,5;1,5;0".replace(";", delimiter)).rows == ((0.5, 1.5, 0.0),)
