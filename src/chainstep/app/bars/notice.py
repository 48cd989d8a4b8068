"""The line atop the canvas for what needs the user: a recovered file, a file changed on disk.

It never blocks and is never modal; several wait in a queue. Short confirmations belong into the
status line (`status_line.StatusLine.flash`), refusals of a gesture beside the pointer (`canvas`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from chainstep.app.look import fonts, icons, plain, theme
from chainstep.app.look.chips import Chip
from chainstep.app.look.theme import Theme

Kind = Literal["info", "warning", "error"]
Button = tuple[str, Callable[[], object]]

_HEIGHT: Final = 44
_ICON: Final = 18
_ICONS: Final[dict[Kind, str]] = {"info": "info", "warning": "warning", "error": "warning"}
_SPOKEN: Final[dict[Kind, str]] = {"info": "", "warning": "Warning: ", "error": "Error: "}
_MOST_BUTTONS: Final = 2
#: How much of the kind's colour is in the ground.
_TINT: Final = 0.07
#: A text without a single space must not push the buttons out.
_LEAST_TEXT: Final = 120
_TEXT_X: Final = 44
_GAP: Final = 6


@dataclass(frozen=True)
class _Notice:
    text: str
    kind: Kind
    buttons: tuple[Button, ...]
    timeout_ms: int


class NoticeBar(QWidget):
    """Shows one notice at a time, hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[_Notice] = deque()
        self._shown: _Notice | None = None
        self._watched: QWidget | None = None
        self._make_parts()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Notice")
        theme.changed.connect(self._dress)
        self.hide()

    @property
    def text(self) -> str:
        """The text shown, "" while there is none."""
        return self._shown.text if self._shown else ""

    @property
    def kind(self) -> Kind | None:
        """The kind of the notice shown."""
        return self._shown.kind if self._shown else None

    @property
    def waiting(self) -> int:
        """How many notices come after the one shown."""
        return len(self._waiting)

    def say(
        self,
        text: str,
        kind: Kind = "info",
        buttons: Sequence[Button] = (),
        timeout_ms: int = 0,
    ) -> None:
        """Show a notice, or put it in the queue; one that is there already is not said twice.

        buttons: at most two, each a word and a bound method that is called once, after the notice
        has gone. timeout_ms: 0 to stay until it is closed.
        """
        if len(buttons) > _MOST_BUTTONS:
            raise ValueError("a notice has at most two buttons")
        notice = _Notice(text, kind, tuple(buttons), timeout_ms)
        if any(other.text == text for other in (self._shown, *self._waiting) if other):
            return
        self._waiting.append(notice)
        if self._shown is None:
            self._show_next()

    def dismiss(self) -> None:
        """Close the notice shown; the next one follows."""
        self._shown = None
        self._timer.stop()
        self._show_next()

    def withdraw(self, text: str) -> None:
        """Let a notice go that no longer holds, shown or waiting."""
        self._waiting = deque(notice for notice in self._waiting if notice.text != text)
        if self.text == text and text:
            self.dismiss()

    def clear(self) -> None:
        """Close the notice shown and forget those that wait, as when another file is opened."""
        self._waiting.clear()
        self.dismiss()

    # Parts

    def _make_parts(self) -> None:
        self._icon = QLabel(self)
        self._icon.setFixedSize(_ICON, _ICON)
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setFont(fonts.ui_font())
        self._chips = [Chip(look="outline", parent=self) for _ in range(_MOST_BUTTONS)]
        self._chips[0].clicked.connect(self._press_first)
        self._chips[1].clicked.connect(self._press_second)
        self._close = Chip(icon="close", parent=self)
        self._close.setAccessibleName("Close notice")
        self._close.setToolTip("Close (Esc)")
        self._close.clicked.connect(self.dismiss)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)

    def minimumSizeHint(self) -> QSize:
        """Narrow; a long text wraps."""
        return QSize(320, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the text anew."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Buttons from the right, the text in what is left, and the height it then has."""
        shown = [self._close, *(chip for chip in reversed(self._chips) if not chip.isHidden())]
        right = self.width() - 8
        places: list[tuple[QWidget, int, QSize]] = []
        for chip in shown:
            places.append((chip, right - chip.sizeHint().width(), chip.sizeHint()))
            right = places[-1][1] - _GAP
        text = self._size_of_text(max(right - _TEXT_X - _GAP, _LEAST_TEXT))
        places.append((self._label, _TEXT_X, text))
        places.append((self._icon, _TEXT_X - _ICON - 10, QSize(_ICON, _ICON)))
        height = max(_HEIGHT, text.height() + 20)
        for widget, x, size in places:
            widget.setGeometry(x, (height - 1 - size.height()) // 2, size.width(), size.height())
        self.setFixedHeight(height)

    def _size_of_text(self, width: int) -> QSize:
        metrics = QFontMetrics(self._label.font())
        flags = Qt.TextFlag.TextWordWrap
        box = metrics.boundingRect(0, 0, width, 0, flags, self._label.text())
        return QSize(width, box.height())

    # Showing

    def _show_next(self) -> None:
        if not self._waiting:
            self.hide()
            return
        self._shown = notice = self._waiting.popleft()
        self._label.setText(notice.text)
        for number, chip in enumerate(self._chips):
            there = number < len(notice.buttons)
            chip.set_label(notice.buttons[number][0] if there else "")
            chip.setVisible(there)
        self._dress()
        self._arrange()
        self.show()
        if notice.timeout_ms > 0:
            self._timer.start(notice.timeout_ms)
        plain.announce(self, _SPOKEN[notice.kind] + notice.text, urgent=notice.kind == "error")

    def _press_first(self) -> None:
        self._press(0)

    def _press_second(self) -> None:
        self._press(1)

    def _press(self, number: int) -> None:
        notice = self._shown
        if notice is not None and number < len(notice.buttons):
            self.dismiss()
            notice.buttons[number][1]()

    # Esc, also when no one else wants it

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close for an Esc that reached the window, so that neither canvas nor field took it."""
        if (
            watched is self._watched
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
            and self._shown is not None
        ):
            self.dismiss()
            return True
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        """Listen to the window, and lie above what is in the same place."""
        super().showEvent(event)
        self.raise_()
        self._watched = self.window()
        if self._watched is not self:
            self._watched.installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop listening."""
        super().hideEvent(event)
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None

    # Painting

    def _dress(self) -> None:
        if self._shown is not None:
            kind = self._shown.kind
            colour = _colour(theme.current(), kind)
            self._icon.setPixmap(
                icons.pixmap(_ICONS[kind], _ICON, colour, self.devicePixelRatioF())
            )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground with a trace of the kind's colour, and a hairline below."""
        painter = QPainter(self)
        worn = theme.current()
        tint = QColor(_colour(worn, self.kind or "info"))
        tint.setAlphaF(_TINT)
        painter.fillRect(self.rect(), worn.surface)
        painter.fillRect(self.rect(), tint)
        painter.fillRect(0, self.height() - 1, self.width(), 1, worn.line)


def _colour(worn: Theme, kind: Kind) -> QColor:
    return {"info": worn.accent, "warning": worn.current_line, "error": worn.danger}[kind]
