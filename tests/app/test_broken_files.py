"""A file that is no document gives one sentence in the window and changes nothing."""

from pathlib import Path

import pytest

from chainstep.app.main import Desk
from chainstep.app.settings import Settings

from .journey import CTRL, Driver, Key, chosen_in_dialogs


def document_with(**parts: str) -> bytes:
    """A document in which parts of a good one are replaced."""
    units = (
        '{"id": "a", "kind": "input"}, {"id": "b", "kind": "hidden"}, {"id": "c", "kind": "output"}'
    )
    connections = '{"source": "a", "target": "b", "weight": 1}'
    text = (
        '{"format": "chainstep", "version": VERSION, "network": '
        '{"units": [UNITS], "connections": [CONNECTIONS]}}'
    )
    for name, content in {
        "VERSION": "1",
        "UNITS": units,
        "CONNECTIONS": connections,
        **parts,
    }.items():
        text = text.replace(name, content)
    return text.encode()


BROKEN = {
    "cyclic": (
        document_with(
            CONNECTIONS='{"source": "b", "target": "c", "weight": 1},'
            ' {"source": "c", "target": "b", "weight": 1}'
        ),
        "b → c → b",
    ),
    "truncated": (document_with()[:60], "broken.chainstep"),
    "newer": (document_with(VERSION="9"), "newer"),
    "nan": (document_with(CONNECTIONS='{"source": "a", "target": "b", "weight": NaN}'), "broken"),
    "infinite": (document_with(CONNECTIONS='{"source":"a","target":"b","weight":1e999}'), "a"),
    "duplicated": (
        document_with(UNITS='{"id": "a", "kind": "input"}, {"id": "a", "kind": "output"}'),
        "a",
    ),
    "empty": (b"", "broken.chainstep"),
    "binary": (bytes(range(256)), "broken.chainstep"),
    "nested": (b"[" * 100_000, "broken.chainstep"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gives_one_sentence_and_changes_nothing(
    desk: Desk, driver: Driver, tmp_path: Path, name: str
) -> None:
    content, word = BROKEN[name]
    path = tmp_path / "broken.chainstep"
    path.write_bytes(content)
    before = driver.window.document.project
    with chosen_in_dialogs(path):
        driver.key(Key.Key_O, CTRL)
    text = driver.parts.notices.text
    assert word in text
    assert "Traceback" not in text
    assert driver.parts.notices.kind == "error"
    assert driver.parts.notices.waiting == 0
    assert desk.windows == [driver.window]
    assert driver.window.document.project is before
    assert path.read_bytes() == content
    assert Settings().recent_files() == []


def test_a_file_of_200_mb_is_refused_at_once(desk: Desk, driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "large.chainstep"
    with open(path, "wb") as file:
        file.truncate(200 * 2**20)
    with chosen_in_dialogs(path):
        driver.key(Key.Key_O, CTRL)
    assert "too large" in driver.parts.notices.text
    assert desk.windows == [driver.window]


def test_a_file_that_is_gone_is_named(desk: Desk, driver: Driver, tmp_path: Path) -> None:
    assert desk.open_path(tmp_path / "gone.chainstep", driver.window) is None
    assert "gone.chainstep" in driver.parts.notices.text
