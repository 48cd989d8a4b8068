"""Tables from elsewhere: guesses, roles, bad and missing cells, and what is learnt from where."""

from pathlib import Path

import pytest

from chainstep.data import imports
from chainstep.data.imports import Form, Plan, guess_form, guess_roles, read, sample_of, text_of
from chainstep.errors import ChainstepError, FileError

HOSTILE = Path(__file__).parent / "hostile"
IRIS = (
    "sepal,petal,species\n5.1,1.4,setosa\n7.0,4.7,versicolor\n6.3,6.0,virginica\n5.0,1.5,setosa\n"
)
ROLES: tuple[imports.Role, ...] = ("input", "input", "class")


def made(text: str, *roles: imports.Role, **plan: object) -> imports.Imported:
    form = guess_form(text)
    return read(text, form, Plan(roles, **{"standardised": False, **plan}))  # type: ignore[arg-type]


def refused(text: str, *roles: imports.Role, **plan: object) -> str:
    with pytest.raises(ChainstepError) as caught:
        made(text, *roles, **plan)
    return str(caught.value)


def test_words_in_the_last_column_are_the_class() -> None:
    form = guess_form(IRIS)
    sample = sample_of(IRIS, form)
    assert form == Form(",", ".", True)
    assert sample.names == ("sepal", "petal", "species")
    assert sample.numeric == (True, True, False)
    assert guess_roles(sample) == ROLES


def test_a_class_becomes_one_hot_with_its_list_stored() -> None:
    data = made(IRIS, *ROLES).data
    assert data.classes == ("setosa", "versicolor", "virginica")
    assert data.targets == ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0))
    assert data.inputs[1] == (7.0, 4.7)
    assert data.columns == ("sepal", "petal", "setosa", "versicolor", "virginica")


def test_a_last_column_of_numbers_is_the_target_and_of_few_whole_ones_the_class() -> None:
    measured = "x,y\n" + "\n".join(f"{n},{n * 0.37}" for n in range(30))
    counted = "x,k\n" + "\n".join(f"{n},{n % 3}" for n in range(30))
    assert guess_roles(sample_of(measured, guess_form(measured))) == ("input", "target")
    assert guess_roles(sample_of(counted, guess_form(counted))) == ("input", "class")


def test_a_decimal_comma_with_semicolons_is_guessed_and_can_be_switched() -> None:
    text = "a;b\n1,5;2\n2,5;4\n"
    form = guess_form(text)
    assert (form.delimiter, form.decimal, form.header) == (";", ",", True)
    assert made(text, "input", "target").data.inputs == ((1.5,), (2.5,))
    with pytest.raises(FileError, match="'1,5' is not a number"):
        read(text, Form(";", ".", True), Plan(("input", "target"), standardised=False))


def test_a_table_without_header_gets_numbered_columns() -> None:
    text = "1,2\n3,4\n"
    assert sample_of(text, guess_form(text)).names == ("column 1", "column 2")
    switched = sample_of(text, Form(",", ".", True))
    assert switched.names == ("1", "2")


def test_names_that_repeat_are_told_apart() -> None:
    assert sample_of("a,a,\n1,2,3\n", Form()).names == ("a", "a 2", "column 3")


def test_each_bad_cell_is_named_by_line_and_column() -> None:
    text = IRIS + "4.9,abc,setosa\n5.0,1.5\n"
    said = refused(text, *ROLES)
    assert "line 6, column 'petal': 'abc' is not a number" in said
    assert "line 7 has 2 cells, but there are 3" in said


def test_what_stands_in_an_ignored_column_does_not_matter() -> None:
    text = "id,x,t\nA-1,1,2\n?,3,4\n"
    assert made(text, "ignore", "input", "target").data.inputs == ((1.0,), (3.0,))


HOLES = "x,y,t\n1,10,0\n,20,1\n3,nan,0\n5,40,1\n"


def test_missing_cells_are_refused_dropped_or_filled_as_asked() -> None:
    roles: tuple[imports.Role, ...] = ("input", "input", "target")
    said = refused(HOLES, *roles)
    assert "line 3, column 'x' is empty" in said
    assert "line 4, column 'y' is 'nan'" in said
    dropped = made(HOLES, *roles, blanks="drop")
    assert dropped.data.inputs == ((1.0, 10.0), (5.0, 40.0))
    assert dropped.dropped == 2
    filled = made(HOLES, *roles, blanks="mean")
    assert filled.data.inputs[1] == (3.0, 20.0)
    assert filled.data.inputs[2] == (3.0, pytest.approx(70 / 3))
    assert filled.filled == 2


def test_the_mean_that_fills_comes_from_the_training_rows_alone() -> None:
    text = "x,t\n" + "".join(f"{n},{n % 2}\n" for n in range(20)) + ",0\n"
    found = made(text, "input", "target", blanks="mean", share=0.3, seed=5).data
    known = [found.inputs[n][0] for n in found.training_rows if n != 20]
    assert found.inputs[20][0] == pytest.approx(sum(known) / len(known))


def test_a_missing_class_is_never_filled() -> None:
    text = "x,k\n1,a\n2,\n3,b\n"
    assert "line 3, column 'k' is empty" in refused(text, "input", "class", blanks="mean")
    assert made(text, "input", "class", blanks="drop").dropped == 1


def test_scaling_is_learnt_from_the_training_rows_alone() -> None:
    text = "x,k\n" + "".join(f"{n * n},{'ab'[n % 2]}\n" for n in range(40))
    data = made(text, "input", "class", standardised=True, share=0.25, seed=1).data
    training = [data.inputs[n][0] for n in data.training_rows]
    assert sum(training) / len(training) == pytest.approx(0.0, abs=1e-12)
    assert sum(x * x for x in training) / len(training) == pytest.approx(1.0)
    mean, sd = data.scaling["x"]
    assert data.inputs[7][0] * sd + mean == pytest.approx(49.0)


def test_the_split_is_stratified_and_the_same_for_the_same_seed() -> None:
    text = "x,k\n" + "".join(f"{n},{'ab'[n % 4 == 0]}\n" for n in range(80))
    one, two, other = (
        made(text, "input", "class", share=0.25, seed=seed).data for seed in (3, 3, 4)
    )
    assert one.validation == two.validation != other.validation
    held = [one.targets[n] for n in one.validation]
    assert (held.count((1.0, 0.0)), held.count((0.0, 1.0))) == (15, 5)


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (("ignore", "ignore", "class"), "No column is an input"),
        (("class", "input", "class"), "Only one column"),
        (("input", "target", "class"), "at once"),
    ],
)
def test_roles_that_cannot_be_are_refused(roles: tuple[imports.Role, ...], words: str) -> None:
    assert words in refused(IRIS, *roles)


def test_a_class_of_a_single_value_is_refused() -> None:
    assert "has 1 value;" in refused("x,k\n1,a\n2,a\n", "input", "class")


def test_progress_is_told_and_can_stop_the_reading() -> None:
    text = "x,t\n" + "".join(f"{n},{n}\n" for n in range(9000))
    told: list[float] = []

    def goes_on(share: float) -> bool:
        told.append(share)
        return len(told) < 3

    with pytest.raises(imports.Stopped):
        read(text, Form(), Plan(("input", "target")), progress=goes_on)
    assert told == sorted(told)
    assert 0.3 < told[-1] < 0.6


@pytest.mark.parametrize(
    ("encoding", "word"), [("utf-8", "größe"), ("utf-16", "größe"), ("latin-1", "größe")]
)
def test_the_encoding_is_guessed_or_said(encoding: str, word: str) -> None:
    data = f"{word},t\n1,2\n".encode(encoding)
    text, guessed = text_of(data, "t.csv")
    assert text.startswith(word)
    assert guessed in imports.ENCODINGS
    assert text_of(data, "t.csv", encoding)[0].lstrip("\ufeff").startswith(word)


def test_a_wrong_encoding_is_a_sentence() -> None:
    with pytest.raises(FileError, match="is not in UTF-8"):
        text_of("größe".encode("latin-1"), "t.csv", "utf-8")


GOOD = ("csv_bom_crlf.csv", "csv_latin1.csv", "csv_semicolon_decimal_comma.csv")


def found_in(name: str) -> imports.Imported:
    text, _ = text_of((HOSTILE / name).read_bytes(), name)
    form = guess_form(text)
    return read(text, form, Plan(guess_roles(sample_of(text, form, name))), name)


@pytest.mark.parametrize("name", GOOD)
def test_odd_but_sound_tables_load(name: str) -> None:
    assert found_in(name).data.inputs


@pytest.mark.parametrize(
    "name", sorted({path.name for path in HOSTILE.glob("csv_*.csv")} - set(GOOD))
)
def test_broken_tables_end_in_one_sentence(name: str) -> None:
    with pytest.raises(ChainstepError) as caught:
        found_in(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("head", ["a,b\n", "a_1,b_2\n", ""])
def test_an_underscore_makes_a_number_a_word_and_is_no_matter_in_a_name(head: str) -> None:
    form = Form(",", ".", bool(head))
    told = read(f"{head}1.5,2\n3,4\n", form, Plan(("input", "target"), standardised=False))
    assert told.data.inputs == ((1.5,), (3.0,))
    with pytest.raises(FileError, match="'1_5' is not a number"):
        read(f"{head}1_5,2\n3,4\n", form, Plan(("input", "target"), standardised=False))


@pytest.mark.parametrize("name", sorted(path.name for path in HOSTILE.glob("csv_*")))
def test_the_hostile_tables_load_or_are_refused_as_their_page_says(name: str) -> None:
    loads = ("csv_bom_crlf.csv", "csv_latin1.csv", "csv_semicolon_decimal_comma.csv")
    content = (HOSTILE / name).read_bytes()

    def imported() -> imports.Imported:
        text, _ = text_of(content, name)
        form = guess_form(text)
        roles = guess_roles(sample_of(text, form, name))
        return read(text, form, Plan(roles, standardised=False), name)

    if name in loads:
        first = imported().data.inputs[0]
        assert first == ((1.5, 2.25) if "semicolon" in name else (1.0, 2.0))
        return
    with pytest.raises(ChainstepError) as refused:
        imported()
    assert str(refused.value).startswith(name)
    assert str(refused.value).endswith(".")


def test_columns_without_a_cell_are_ignored_as_after_a_trailing_delimiter() -> None:
    text = "a,b,t,\n1,2,x,\n3,4,y,\n"
    assert guess_roles(sample_of(text, guess_form(text))) == ("input", "input", "class", "ignore")


@pytest.mark.parametrize("first", ["2024-01-01 2024-01-02 2024-01-03 2024-01-04", "Ann Bo Cy Di"])
def test_words_of_which_none_comes_twice_are_no_class_before_other_columns(first: str) -> None:
    lines = zip(first.split(), "5162", "0101", strict=True)
    text = "when,x,kind\n" + "".join(",".join(cells) + "\n" for cells in lines)
    assert guess_roles(sample_of(text, guess_form(text))) == ("ignore", "input", "class")


def test_words_that_come_again_are_the_class_wherever_they_stand() -> None:
    text = "kind,x,y\nred,5.5,0.1\nblue,1.5,0.2\nred,6.5,0.3\n"
    assert guess_roles(sample_of(text, guess_form(text))) == ("class", "input", "input")


def test_names_without_a_row_below_are_refused_as_such() -> None:
    with pytest.raises(FileError, match="no rows below"):
        sample_of("a,b,t\n", Form(",", ".", True), "t.csv")


def test_a_number_beyond_all_floats_is_called_too_large() -> None:
    assert "'1e400' is too large" in refused("a,t\n1,0\n1e400,1\n", "input", "target")


def test_the_decimal_comma_of_a_late_row_is_found_and_a_point_forbids_it() -> None:
    whole = "a;b\n" + "1;2\n" * 1000
    assert guess_form(whole + "1,5;2\n").decimal == ","
    assert guess_form(whole + "1,5;2.5\n").decimal == "."
    assert guess_form(whole).decimal == "."


@pytest.mark.parametrize("head", [1, 7, 30, 10_000])
def test_guesses_from_the_head_of_a_text_are_those_from_all_of_it(
    head: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "a,b\n" + '"one\ntwo",1\n' * 300
    whole = sample_of(text, Form())
    monkeypatch.setattr("chainstep.data.tables._HEAD", head)
    assert sample_of(text, Form()) == whole
    assert len(whole.rows) == imports.SAMPLE


def test_a_first_row_of_decimal_commas_is_an_example() -> None:
    text = "0,5;1,5;2\n0,7;1,2;3\n"
    assert guess_form(text) == Form(";", ",", False)
    assert len(made(text, "input", "input", "target").data.inputs) == 2
