"""The document: one value, one undo command, one file that it belongs to."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from chainstep import files
from chainstep.app import document as document_module
from chainstep.app.document import Document
from chainstep.errors import ChainstepError, EditRefused, FileError
from chainstep.files import document as document_format
from chainstep.files.examples import load_example
from chainstep.network.model import HIDDEN, Unit
from chainstep.project import Project

Clock = Callable[[float], None]


@pytest.fixture
def document(qapp: object) -> Document:
    return Document(load_example("xor"), title="XOR")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that only the test moves on."""
    now = [0.0]
    monkeypatch.setattr(document_module.time, "monotonic", lambda: now[0])

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    return pass_time


def add(name: str) -> Callable[[Project], Project]:
    return lambda project: project.add_unit(Unit(id=name, kind=HIDDEN), (0.0, 0.0))


def move(x: float) -> Callable[[Project], Project]:
    return lambda project: project.move({"h1": (x, 0.0)})


def stored(document: Document, folder: Path) -> Path:
    """Save a document and return where."""
    path = folder / "net.chainstep"
    document.save(path)
    return path


def test_undo_and_redo_put_the_very_same_values_back(document: Document) -> None:
    values = [document.project]
    for name in ("a", "b", "c"):
        document.apply(f"Add {name}", add(name))
        values.append(document.project)
    for value in reversed(values[:-1]):
        document.undo_stack.undo()
        assert document.project is value
    for value in values[1:]:
        document.undo_stack.redo()
        assert document.project is value


def test_a_refused_edit_changes_nothing_and_is_no_undo_step(document: Document) -> None:
    before = document.project
    with pytest.raises(EditRefused):
        document.apply("Connect", lambda project: project.connect("o1", "h1", 1.0))
    assert document.project is before
    assert document.undo_stack.count() == 0


def test_an_edit_without_effect_is_no_undo_step(document: Document) -> None:
    document.apply("Nothing", lambda project: project)
    assert document.undo_stack.count() == 0
    assert not document.modified


def test_moves_of_one_unit_within_a_second_are_one_undo_step(
    document: Document, clock: Clock
) -> None:
    before = document.project
    for x in range(5):
        clock(0.4)
        document.apply("Move h1", move(x), merges=True)
    assert document.undo_stack.count() == 1
    clock(1.5)
    document.apply("Move h1", move(9), merges=True)
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.project is before


def test_moves_of_different_units_are_undo_steps_of_their_own(
    document: Document, clock: Clock
) -> None:
    document.apply("Move h1", move(1), merges=True)
    document.apply("Move h2", move(2), merges=True)
    assert document.undo_stack.count() == 2


def test_a_move_after_a_save_is_a_step_of_its_own(
    document: Document, tmp_path: Path, clock: Clock
) -> None:
    document.apply("Move h1", move(1), merges=True)
    stored(document, tmp_path)
    document.apply("Move h1", move(2), merges=True)
    assert document.modified
    document.undo_stack.undo()
    assert not document.modified


def test_both_values_are_told_with_every_change(document: Document) -> None:
    told: list[tuple[Project, Project]] = []

    def hear(before: Project, after: Project) -> None:
        told.append((before, after))

    document.changed.connect(hear)
    start = document.project
    document.apply("Add a", add("a"))
    after = document.project
    document.undo_stack.undo()
    assert told == [(start, after), (after, start)]


def test_modified_means_different_from_the_file(document: Document, tmp_path: Path) -> None:
    assert not document.modified
    document.apply("Add a", add("a"))
    assert document.modified
    document.undo_stack.undo()
    assert not document.modified
    document.undo_stack.redo()
    stored(document, tmp_path)
    assert not document.modified
    document.undo_stack.undo()
    assert document.modified
    document.undo_stack.redo()
    assert not document.modified


def test_a_save_keeps_the_save_before_as_a_backup(document: Document, tmp_path: Path) -> None:
    path = stored(document, tmp_path)
    first = path.read_bytes()
    document.apply("Add a", add("a"))
    document.save()
    assert (tmp_path / "net.chainstep~").read_bytes() == first
    assert path.read_bytes() == document_format.dumps(document.project) != first


def test_a_save_that_fails_leaves_the_document_unsaved_where_it_was(
    document: Document, tmp_path: Path
) -> None:
    document.apply("Add a", add("a"))
    with pytest.raises(FileError, match="there is no folder"):
        document.save(tmp_path / "nowhere" / "net.chainstep")
    assert document.modified
    assert document.path is None
    assert document.title == "XOR"


def test_the_title_is_the_name_of_the_file(document: Document, tmp_path: Path) -> None:
    assert document.title == "XOR"
    stored(document, tmp_path)
    assert document.title == "net.chainstep"
    assert Document(Project()).title == "Untitled"


def test_a_file_changed_by_another_program_is_told_once(
    document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    path = stored(document, tmp_path)
    with qtbot.waitSignal(document.overtaken, timeout=3000):
        path.write_bytes(document_format.dumps(Project()))
    with qtbot.assertNotEmitted(document.overtaken, wait=300):
        path.touch()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_second_change_on_the_disk_is_told_too(
    document: Document, tmp_path: Path, qtbot: QtBot, replaced: bool
) -> None:
    """Many programs replace a file when they save it, which ends the watching of the old one."""
    path = stored(document, tmp_path)
    for title in ("a", "b"):
        content = document_format.dumps(Project(extras={"title": title}))
        with qtbot.waitSignal(document.overtaken, timeout=3000):
            if replaced:
                other = tmp_path / "other"
                other.write_bytes(content)
                other.replace(path)
            else:
                path.write_bytes(content)


def test_a_file_written_in_several_goes_is_told_once(
    document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    path, told = stored(document, tmp_path), []
    document.overtaken.connect(lambda: told.append(1))
    with open(path, "wb") as file:
        for part in (b"{", b'"format"', b": 1}"):
            file.write(part)
            file.flush()
            qtbot.wait(30)
    qtbot.wait(300)
    assert told == [1]


def test_ones_own_save_is_not_another_program(
    document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    stored(document, tmp_path)
    with qtbot.assertNotEmitted(document.overtaken, wait=300):
        for name in ("a", "b"):
            document.apply(f"Add {name}", add(name))
            document.save()


def test_a_file_that_is_gone_for_a_moment_is_still_watched(
    document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    path = stored(document, tmp_path)
    path.unlink()
    qtbot.wait(50)
    with qtbot.waitSignal(document.overtaken, timeout=3000):
        path.write_bytes(document_format.dumps(Project()))


def test_after_saving_elsewhere_the_old_file_is_watched_no_more(
    document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    path = stored(document, tmp_path)
    document.save(tmp_path / "other.chainstep")
    with qtbot.assertNotEmitted(document.overtaken, wait=300):
        path.write_bytes(b"another")


@given(names=st.lists(st.text(min_size=1, max_size=3), max_size=8))
def test_undoing_everything_gives_the_start_byte_for_byte(names: list[str]) -> None:
    document = Document(load_example("xor"))
    start = document_format.dumps(document.project)
    for name in names:
        try:
            document.apply(f"Add {name}", add(name))
        except ChainstepError:
            continue
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document_format.dumps(document.project) == start


def test_a_document_of_a_newer_version_is_never_overwritten(
    document: Document, tmp_path: Path
) -> None:
    path = tmp_path / "newer.chainstep"
    newer = b'{"format": "chainstep", "version": 99, "network": {}}'
    path.write_bytes(newer)
    with pytest.raises(FileError, match="newer"):
        document.save(path)
    assert path.read_bytes() == newer
    with pytest.raises(FileError):
        files.load(path)
