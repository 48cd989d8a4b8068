"""What holds for every test of the window: own settings, a still cursor, nothing left behind."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import shiboken6
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QLocale,
    QSettings,
    QStandardPaths,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from chainstep.app.main import Desk
    from chainstep.project import Project

    from .journey import Driver

#: Qt's own, kept for the next time one is needed.
KEPT_BY_QT = ("QTipLabel", "QComboBoxPrivateContainer")

#: What Qt says while windows are closed, when pytest-qt has stopped listening.
said_between_tests: list[str] = []


def hear(_kind: QtMsgType, _context: object, message: str) -> None:
    if "This plugin does not support" not in message:
        said_between_tests.append(message)


# Here and not in a fixture: pytest-qt sets its own on top for each test, and puts this one back.
qInstallMessageHandler(hear)


def pytest_sessionfinish() -> None:
    qInstallMessageHandler(None)


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """The class of the application that pytest-qt makes."""
    from chainstep.app.main import Application

    return Application


@pytest.fixture(scope="session", autouse=True)
def still_application(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> QApplication:
    """The application with its settings in a temporary folder and a cursor that does not blink."""
    QStandardPaths.setTestModeEnabled(True)
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    folder = str(tmp_path_factory.mktemp("settings"))
    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
            QSettings.setPath(form, scope, folder)
    QCoreApplication.setOrganizationName("Chainstep tests")
    QCoreApplication.setApplicationName("Chainstep")
    QLocale.setDefault(QLocale.c())
    qapp.setCursorFlashTime(0)
    return qapp


@pytest.fixture(autouse=True)
def fresh_settings(still_application: QApplication) -> None:
    """Start every test with no settings, as on a first launch."""
    QSettings().clear()


@pytest.fixture(autouse=True)
def nothing_left_behind(
    still_application: QApplication,
) -> Iterator[None]:
    """Fail a test that leaves a window open, or whose windows complain while they close."""
    before = {shiboken6.getCppPointer(widget) for widget in QApplication.topLevelWidgets()}
    said_between_tests.clear()
    yield
    if left_since(before):
        gc.collect()  # parentless helpers of pyqtgraph hang on reference cycles
    left = left_since(before)
    names = [f"{type(widget).__name__} {widget.windowTitle()!r}" for widget in left]
    for widget in left:
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not names, f"windows left open: {names}"
    assert not said_between_tests, f"Qt said while closing: {said_between_tests}"


def left_since(before: set[tuple[int, ...]]) -> list[QWidget]:
    """Return the top-level widgets that are new, after deleting what is due."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if shiboken6.getCppPointer(widget) not in before
        and widget.metaObject().className() not in KEPT_BY_QT
    ]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """The windows of an application, empty at first; all are closed in the end."""
    from chainstep.app.main import Desk

    from .journey import close_all

    desk = Desk()
    yield desk
    close_all(desk)


@pytest.fixture
def open_window(desk: Desk) -> Callable[[Project], Driver]:
    """Open a window on a project and take it into one's hands."""
    from .journey import Driver

    def open_one(project: Project) -> Driver:
        return Driver(desk.open_project(project))

    return open_one


@pytest.fixture
def driver(desk: Desk) -> Driver:
    """The window of a first launch: XOR, with its invitation."""
    from .journey import Driver

    window = desk.open_example()
    window.parts.area.invite()
    return Driver(window)
