"""The legend above the canvas while a lens is open: what is the step's there, and what the lens's.

Which of the two is in front is decided in `layers`; it is hidden where there is no lens.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from chainstep.app.look import fonts, plain, size, theme
from chainstep.stepping.formula.nodes import printable

_HEIGHT: Final = 28
_DOT: Final = 5.0
_LEFT: Final = 24
_RIGHT: Final = 12
_WIDEST: Final = 420


class LayerChip(QAbstractButton):
    """A word with a dot in the colour of its layer; filled where the layer is in front."""

    def __init__(self, token: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token, self._tip = token, tip
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def say(self, text: str) -> None:
        """Show a text, or hide without one."""
        self.setText(printable(text))
        self.setVisible(bool(text))
        self.setToolTip(plain.tip(f"{text}\n{self._tip}"))
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The whole text, within reason."""
        self.setFont(self._font())
        wide = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(min(_LEFT + wide + _RIGHT, size.px(_WIDEST)), size.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(min(90, self.sizeHint().width()), size.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A rounded ground, the dot, the words."""
        worn, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        ring = worn.text if self.hasFocus() or self.underMouse() else worn.line
        painter.setPen(QPen(worn.colour(self._token) if self.isChecked() else ring, 1.4))
        painter.setBrush(worn.surface)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(QPen(worn.colour(self._token), 1.8))
        painter.setBrush(worn.colour(self._token) if self.isChecked() else worn.surface)
        painter.drawEllipse(QPointF(box.left() + 13, box.center().y()), _DOT, _DOT)
        painter.setPen(worn.text if self.isChecked() else worn.muted)
        painter.setFont(self._font())
        room = self.rect().adjusted(_LEFT, 0, -_RIGHT + 2, 0)
        cut = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room.width()
        )
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(room, flags, cut)
        painter.end()

    def enterEvent(self, event: QEvent) -> None:
        """Show that it can be pressed."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """And no longer."""
        self.update()

    def _font(self) -> QFont:
        return fonts.ui_font(size.px(12), QFont.Weight.Medium)


class Legend(QWidget):
    """Two chips in a line above the canvas.

    Signals: step_asked(), lens_asked(): this one in front, please.
    """

    step_asked = Signal()
    lens_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = LayerChip("current", "Show the numbers of this step on top", self)
        self.lens = LayerChip("accent", "Show the numbers of this view on top", self)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 8, 12, 0)
        line.setSpacing(8)
        for chip in (self.step, self.lens):
            line.addWidget(chip)
        line.addStretch(1)
        self.step.clicked.connect(self.step_asked)
        self.lens.clicked.connect(self.lens_asked)
        self.hide()

    def show_layers(self, step: str, lens: str, lens_first: bool) -> None:
        """Name the layers; with no lens there is nothing to tell apart."""
        self.step.say(step)
        self.lens.say(lens)
        self.step.setChecked(bool(step) and not (lens and lens_first))
        self.lens.setChecked(not self.step.isChecked())
        self.setVisible(bool(lens))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground of the canvas."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().background)
        painter.end()
