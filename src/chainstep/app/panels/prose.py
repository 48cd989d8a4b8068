"""A sentence or two that wrap anywhere if they must, drawn as they are, never as rich text.

A QLabel keeps a name of two hundred letters on one line and makes its column that wide.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from chainstep.app.look import size, theme
from chainstep.app.look.fonts import ui_font
from chainstep.stepping.formula.nodes import printable

_LINE: Final = 1.6
#: Layouts at so many widths are kept; a layout tries a few.
_MOST_WIDTHS: Final = 6


class Prose(QWidget):
    """Plain text in the interface's face, as high as its lines and at least `least` of them.

    token: the theme's name of its colour.
    """

    def __init__(
        self,
        px: int = 13,
        weight: QFont.Weight = QFont.Weight.Normal,
        token: str = "text",
        least: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text, self._token, self._least = "", token, least
        self._shown = ""
        self._desk_px, self._weight = px, weight
        self._made: dict[int, QTextLayout] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        size.changed.connect(self._size_changed)

    @property
    def text(self) -> str:
        """What it says, with names as they are typed."""
        return self._text

    @property
    def line_height(self) -> int:
        """The height of one line."""
        return self._height(1)

    def set_text(self, text: str, shown: str | None = None) -> None:
        """Show a text. shown: how it is set, where that differs from how it is read out."""
        set_as = text if shown is None else shown
        if (text, set_as) != (self._text, self._shown):
            self._text, self._shown, self._made = text, set_as, {}
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def set_token(self, token: str) -> None:
        """Take another colour of the theme."""
        if token != self._token:
            self._token = token
            self.update()

    def sizeHint(self) -> QSize:
        """One line, at most as wide as the side panel."""
        return QSize(200, self.heightForWidth(max(self.width(), 100)))

    def minimumSizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(60, self._height(1))

    def hasHeightForWidth(self) -> bool:
        """Narrower, it is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of the lines at a width."""
        return self._height(max(self._layout(width).lineCount(), self._least))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        painter = QPainter(self)
        painter.setPen(theme.current().colour(self._token))
        self._layout(self.width()).draw(painter, QPointF(0, 0))
        painter.end()

    @property
    def _px(self) -> int:
        return size.px(self._desk_px)

    def _height(self, lines: int) -> int:
        return round(lines * self._px * _LINE)

    def _layout(self, width: int) -> QTextLayout:
        if width in self._made:
            return self._made[width]
        if len(self._made) == _MOST_WIDTHS:
            self._made.clear()
        layout = QTextLayout(printable(self._shown), ui_font(self._px, self._weight))
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        self._break(layout, width)
        self._made[width] = layout
        return layout

    def _break(self, layout: QTextLayout, width: int) -> None:
        height = self._px * _LINE
        layout.beginLayout()
        while self._text and (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 20))
            top = layout.lineCount() * height - height
            line.setPosition(QPointF(0, top + (height - line.height()) / 2))
        layout.endLayout()

    def _size_changed(self) -> None:
        self._made = {}
        self.updateGeometry()
        self.update()
