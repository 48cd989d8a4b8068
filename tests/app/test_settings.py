"""What is remembered between runs, and that a damaged store only means defaults."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app import settings as module
from chainstep.app.settings import Settings

Reopen = Callable[[], Settings]
INTEGERS = st.integers(-(2**31), 2**31 - 1)
JUNK = st.one_of(st.text(), INTEGERS, st.booleans(), st.lists(INTEGERS))


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def reopen(store: QSettings, tmp_path: Path) -> Reopen:
    """The settings as a program started later finds them on disk."""

    def read() -> Settings:
        store.sync()
        return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))

    return read


def test_a_fresh_store_gives_the_defaults(store: QSettings) -> None:
    fresh = Settings(store)
    assert fresh.theme_mode == "system"
    assert fresh.reduced_motion is False
    assert fresh.recent_files() == []
    assert fresh.folder("document").is_dir()


def test_taste_survives_a_restart(store: QSettings, reopen: Reopen) -> None:
    settings = Settings(store)
    settings.theme_mode, settings.reduced_motion = "dark", True
    later = reopen()
    assert (later.theme_mode, later.reduced_motion) == ("dark", True)
    settings.reduced_motion = False
    assert reopen().reduced_motion is False


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=JUNK)
def test_junk_in_the_store_reads_as_a_valid_value(store: QSettings, junk: object) -> None:
    for key in ("look/theme", "look/reduced_motion", "files/recent"):
        store.setValue(key, junk)
    settings = Settings(store)
    assert settings.theme_mode in ("light", "dark", "system")
    assert isinstance(settings.reduced_motion, bool)
    assert all(isinstance(path, Path) for path in settings.recent_files())


def test_recent_files_are_the_newest_ten_each_once(
    store: QSettings, reopen: Reopen, tmp_path: Path
) -> None:
    settings = Settings(store)
    paths = [tmp_path / f"net {i}, ü.chainstep" for i in range(12)]
    for path in [*paths, paths[5]]:
        settings.add_recent(path)
    expected = [paths[5], *(path for path in reversed(paths) if path != paths[5])][:10]
    assert settings.recent_files() == expected
    assert reopen().recent_files() == expected


def test_two_spellings_of_a_path_are_one_recent_file(store: QSettings, tmp_path: Path) -> None:
    settings = Settings(store)
    settings.add_recent(tmp_path / "a.chainstep")
    settings.add_recent(tmp_path / "sub" / ".." / "a.chainstep")
    assert settings.recent_files() == [tmp_path / "a.chainstep"]


def test_recent_lists_of_one_and_of_none_survive_a_restart(
    store: QSettings, reopen: Reopen, tmp_path: Path
) -> None:
    settings = Settings(store)
    settings.add_recent(tmp_path / "a")
    assert reopen().recent_files() == [tmp_path / "a"]
    settings.clear_recent()
    assert reopen().recent_files() == []


def test_each_kind_of_file_has_its_folder(store: QSettings, reopen: Reopen, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    settings = Settings(store)
    settings.set_folder("document", tmp_path / "net.chainstep")
    settings.set_folder("data", tmp_path / "data")
    assert reopen().folder("document") == tmp_path
    assert reopen().folder("data") == tmp_path / "data"
    (tmp_path / "data").rmdir()
    assert settings.folder("data") == settings.folder("never chosen")


def window_with_dock(qtbot: QtBot, area: Qt.DockWidgetArea) -> tuple[QMainWindow, QDockWidget]:
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = QDockWidget("Loss", window)
    dock.setObjectName("loss")
    window.addDockWidget(area, dock)
    return window, dock


def test_a_window_comes_back_as_it_was(
    store: QSettings, reopen: Reopen, qtbot: QtBot, qapp: QApplication
) -> None:
    window, dock = window_with_dock(qtbot, Qt.DockWidgetArea.LeftDockWidgetArea)
    window.setGeometry(20, 30, 640, 420)
    Settings(store).save_window(window)
    later, dock = window_with_dock(qtbot, Qt.DockWidgetArea.RightDockWidgetArea)
    assert reopen().restore_window(later)
    assert later.size() == window.size()
    assert later.dockWidgetArea(dock) == Qt.DockWidgetArea.LeftDockWidgetArea


def test_an_arrangement_of_another_version_is_left_alone(
    store: QSettings, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(store)
    window, dock = window_with_dock(qtbot, Qt.DockWidgetArea.LeftDockWidgetArea)
    assert not settings.restore_window(window)
    settings.save_window(window)
    monkeypatch.setattr(module, "STATE_VERSION", module.STATE_VERSION + 1)
    later, dock = window_with_dock(qtbot, Qt.DockWidgetArea.RightDockWidgetArea)
    assert not settings.restore_window(later)
    assert later.dockWidgetArea(dock) == Qt.DockWidgetArea.RightDockWidgetArea


def test_a_window_finds_its_splitters_where_they_were(qtbot: QtBot, reopen: Reopen) -> None:
    def window() -> tuple[QMainWindow, QSplitter]:
        main, splitter = QMainWindow(), QSplitter()
        splitter.setObjectName("across")
        splitter.addWidget(QWidget())
        splitter.addWidget(QWidget())
        main.setCentralWidget(splitter)
        main.resize(600, 300)
        qtbot.addWidget(main)
        main.show()
        return main, splitter

    first, moved = window()
    moved.setSizes([450, 150])
    reopen().save_window(first)
    second, found = window()
    reopen().restore_window(second)
    assert found.sizes() == moved.sizes()
