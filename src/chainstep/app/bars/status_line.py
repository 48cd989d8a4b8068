"""The line at the bottom: what is loaded, whether its gradients check, whether it is saved.

What needs an answer is in `notice`; where one is in the pass is in the readout of the step bar;
why a net cannot run yet is in the chain-rule panel.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from chainstep.app.canvas.edges import CROWD, STRONGEST
from chainstep.app.look import plain, size, theme
from chainstep.network.model import Network
from chainstep.network.order import levels
from chainstep.project import Project
from chainstep.stepping.numbers import format_number
from chainstep.words import counted

HEIGHT: Final = 28
FLASH_MS: Final = 6000
_MARGIN: Final = 14
_SPACING: Final = 18
#: More layers than these are counted, not listed.
_MOST_LAYERS: Final = 6


class Piece(QLabel):
    """A plain text that gives way: cut with "…" where there is no room.

    token: the colour of the theme it is written in.
    """

    def __init__(self, token: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.token = token
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(size.font())

    def say(self, text: str, token: str | None = None) -> None:
        """Show a text; an empty one takes no room."""
        self.token = token or self.token
        self.setText(text)
        self.setVisible(bool(text))
        self.update()

    def sizeHint(self) -> QSize:
        """The whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._line()) + 2, size.px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, or as much of it as fits."""
        painter = QPainter(self)
        painter.setPen(theme.current().colour(self.token))
        right = Qt.TextElideMode.ElideRight
        line = self.fontMetrics().elidedText(self._line(), right, self.width())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(self.rect(), flags, line)

    def _line(self) -> str:
        """The text without line breaks, which would be drawn as arrows."""
        return " ".join(self.text().split())


class StatusLine(QWidget):
    """The status line, 28 px high."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(size.px(HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.net, self.check = Piece(parent=self), Piece(parent=self)
        self.message = Piece("text", self)
        self.saved = Piece(parent=self)
        self._flash_end = QTimer(self)
        self._flash_end.setSingleShot(True)
        self._flash_end.setInterval(FLASH_MS)
        self._flash_end.timeout.connect(self._flash_over)
        for piece in self._pieces():
            piece.say("")
        size.changed.connect(self._size_changed)

    # What is shown

    def show_document(
        self, title: str, project: Project, modified: bool, stored: bool = True
    ) -> None:
        """Show what is loaded, its size, and whether it is saved; stored: whether it has a file."""
        self.net.say(f"{title}, {describe(project.network)}")
        clean = "Saved" if stored else ""
        self.saved.say("Edited" if modified else clean, "text" if modified else "muted")
        self._retell()

    def set_check(self, worst: float | None, passed: bool | None) -> None:
        """Show how the gradients compared with central differences.

        worst: the largest relative error. passed: None when they were not compared, or are of an
        older net.
        """
        if passed is None:
            self.check.say("")
        else:
            error = "" if worst is None else f" {_short(worst)}"
            words = f"Gradient check ✓{error}" if passed else f"Gradient check failed:{error}"
            self.check.say(words.removesuffix(":"), "muted" if passed else "danger")
        self._retell()

    def set_checking(self, share: float) -> None:
        """Show how far a check has come."""
        self.check.say(f"Checking gradients, {share:.0%}", "muted")
        self._retell()

    def flash(self, text: str) -> None:
        """Show a short message for six seconds in place of what is at the left."""
        self.message.say(text)
        self.net.hide()
        self.check.hide()
        self._flash_end.start()
        self._retell()

    def _flash_over(self) -> None:
        self.message.say("")
        self.net.setVisible(bool(self.net.text()))
        self.check.setVisible(bool(self.check.text()))
        self._retell()

    def _retell(self) -> None:
        """Put everything into the tooltip and the accessible name, nothing cut."""
        if self._flash_end.isActive():
            self.net.hide()
            self.check.hide()
        texts = [piece.text() for piece in self._pieces() if piece.text()]
        self.setToolTip(plain.tip("\n".join(texts)))
        self.setAccessibleName("Status: " + "; ".join(texts))
        self._arrange()

    def _pieces(self) -> tuple[Piece, ...]:
        return self.message, self.net, self.check, self.saved

    # Looks

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room out anew."""
        self._arrange()

    def _arrange(self) -> None:
        """Whole: saved, then the check; the net's name gives way first."""
        order = (self.saved, self.check, self.message, self.net)
        shown = [piece for piece in order if not piece.isHidden()]
        room = self.width() - 2 * _MARGIN - _SPACING * (len(shown) - 1)
        widths: dict[Piece, int] = {}
        for piece in shown:
            widths[piece] = max(0, min(piece.sizeHint().width(), room))
            room -= widths[piece]
        left = _MARGIN
        for piece in (self.message, self.net, self.check):
            if piece in widths:
                piece.setGeometry(left, 1, widths[piece], self.height() - 1)
                left += widths[piece] + _SPACING
        width = widths.get(self.saved, 0)
        self.saved.setGeometry(self.width() - _MARGIN - width, 1, width, self.height() - 1)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(600, size.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Everything but whether it is saved can be cut."""
        return QSize(200, size.px(HEIGHT))

    def _size_changed(self) -> None:
        self.setFixedHeight(size.px(HEIGHT))
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground, and a hairline above."""
        painter = QPainter(self)
        worn = theme.current()
        painter.fillRect(self.rect(), worn.surface)
        painter.fillRect(0, 0, self.width(), 1, worn.line)


@lru_cache(maxsize=8)
def describe(network: Network) -> str:
    """Say how large a net is: "2-2-2 · 8 connections · 4 biases"."""
    if not network.units:
        return "no units yet"
    biases = sum(unit.bias is not None for unit in network.units)
    connections = counted(len(network.connections), "connection")
    if len(network.connections) > CROWD:
        connections += f", the strongest {STRONGEST:,} drawn"
    parts = [_layers(network), connections]
    return " · ".join([*parts, counted(biases, "bias", "biases")])


def _layers(network: Network) -> str:
    """The units of each level, where outputs are the last; else how many units there are."""
    level = levels(network)
    last = max(level.values())
    sizes = Counter(level.values())
    layered = all(
        unit.is_input == (level[unit.id] == 0) and unit.is_output == (level[unit.id] == last)
        for unit in network.units
    )
    if not layered or last == 0 or last >= _MOST_LAYERS:
        return counted(len(network.units), "unit")
    return "-".join(str(sizes[number]) for number in range(last + 1))


def _short(error: float) -> str:
    """One digit is enough for an error: "2×10⁻¹⁰"."""
    return format_number(float(f"{error:.0e}"), 1)
