"""For the tests of the bars: a window with actions, and a look at whether one can be collected."""

import gc
import weakref
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app.actions import make_actions

#: Reads as markup where a widget guesses; must be shown letter by letter.
HOSTILE = "<b>x</b> &amp; <img src='file:///etc/passwd'>"


class Host(QWidget):
    """A window that owns actions and lays widgets out in a column."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: dict[str, QAction] = make_actions(self)
        self.said: list[str] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        for name, action in self.commands.items():
            action.setObjectName(name)
            action.triggered.connect(self.hear)

    def hear(self) -> None:
        self.said.append(self.sender().objectName())


def shown(qtbot: QtBot, host: QWidget, width: int = 1280, height: int = 400) -> None:
    """Show a window and wait until it has the keys."""
    qtbot.addWidget(host)
    host.resize(width, height)
    host.show()
    with qtbot.waitActive(host):
        host.activateWindow()


def is_collected(make: Callable[[], QWidget]) -> bool:
    """Whether what `make` returns goes away when it is closed and let go."""
    made = make()
    made.show()
    gone = weakref.ref(made)
    made.close()
    made.deleteLater()
    del made
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    return gone() is None


def colours(widget: QWidget, ratio: int = 1) -> set[str]:
    """The colours of every pixel that is painted."""
    image = widget.grab().toImage()
    pixels = (
        QColor(image.pixel(x, y))
        for x in range(0, image.width(), ratio)
        for y in range(0, image.height(), ratio)
    )
    return {pixel.name() for pixel in pixels}
