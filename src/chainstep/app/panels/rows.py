"""How a panel at the side is laid out: headings, rows with the label left, hairlines, values.

All text is plain text, whatever a name looks like. The fields themselves are in `fields` and
`choice`; which rows there are is decided by each panel.
"""

from __future__ import annotations

import html
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontInfo, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QVBoxLayout,
    QWidget,
)

LABEL_WIDTH: Final = 94
AIR: Final = 18
_PX: Final = 13
DASH: Final = "–"


def plain_tip(text: str) -> str:
    """Return a text as a tooltip shows it literally, and wraps it; empty stays empty."""
    return f"<span>{html.escape(text)}</span>" if text else ""


def plain_label(text: str = "", role: str = "", wraps: bool = False) -> QLabel:
    """Return a label that reads nothing as rich text."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wraps)
    if role:
        label.setProperty("role", role)
    return label


def set_role(label: QLabel, role: str) -> None:
    """Give a label another role of the style sheet."""
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)


def hairline(shape: QFrame.Shape = QFrame.Shape.HLine) -> QFrame:
    """Return the line between two sections."""
    line = QFrame()
    line.setFrameShape(shape)
    line.setProperty("role", "hairline")
    return line


class Elided(QLabel):
    """One line, cut in the middle where there is no room; the whole text is its tooltip."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""

    @property
    def whole(self) -> str:
        """The text, not cut."""
        return self._whole

    def set_whole(self, text: str) -> None:
        """Show a text."""
        self._whole = text
        self.setAccessibleName(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        """Cut the text anew in another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._cut()

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())

    def _cut(self) -> None:
        one_line = "".join(c if c.isprintable() else " " for c in self._whole)
        room = max(self.width() - 2, 0)
        text = self.fontMetrics().elidedText(one_line, Qt.TextElideMode.ElideMiddle, room)
        if text != self.text():
            self.setText(text)
        self.setToolTip(plain_tip(self._whole) if text != self._whole else "")


class Heading(QWidget):
    """A section's name, and a few muted words at the right."""

    def __init__(self, title: str = "", aside: str = "") -> None:
        super().__init__()
        self.title, self.aside = Elided("heading"), plain_label(aside, "muted")
        self.title.set_whole(title)
        layout = _line(self)
        layout.addWidget(self.title, 1)
        layout.addWidget(self.aside)

    def set_texts(self, title: str, aside: str = "") -> None:
        """Show other words."""
        self.title.set_whole(title)
        self.aside.setText(aside)


class RowLabel(QLabel):
    """The muted label of a row; all are of one width, which grows with the type."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "muted")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """The common width, unless the text needs more."""
        width = round(LABEL_WIDTH * QFontInfo(self.font()).pixelSize() / _PX)
        own = super().sizeHint()
        return QSize(max(width, own.width()), own.height())

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()


class Row(QWidget):
    """A muted label at the left and widgets at the right, hidden and shown as one."""

    def __init__(self, label: str, *widgets: QWidget, stretch: int = 0) -> None:
        """stretch: which of the widgets takes the room that is left."""
        super().__init__()
        self.label = RowLabel(label)
        layout = _line(self)
        layout.addWidget(self.label)
        for place, widget in enumerate(widgets):
            layout.addWidget(widget, 1 if place == stretch else 0)
            if label and not widget.accessibleName():
                widget.setAccessibleName(label)


class ValueRow(Row):
    """A label and a number that can be selected and copied."""

    def __init__(self, label: str, tip: str = "") -> None:
        self.value = plain_label(DASH)
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.value.setCursor(Qt.CursorShape.IBeamCursor)
        super().__init__(label, self.value)
        self.setToolTip(plain_tip(tip))

    def set_text(self, text: str, role: str = "") -> None:
        """Show a value; role: of the style sheet, such as "positive"."""
        self.value.setText(text)
        set_role(self.value, role)


class Column(QWidget):
    """Sections one below the other; a panel or a page of one."""

    def __init__(self, margin: int = AIR, spacing: int = 8) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(margin, margin and 12, margin, margin and 12)
        self.column.setSpacing(spacing)

    def put(self, *widgets: QWidget) -> None:
        """Append widgets."""
        for widget in widgets:
            self.column.addWidget(widget)

    def put_line(self) -> None:
        """Append a hairline with air around it."""
        self.column.addSpacing(4)
        self.column.addWidget(hairline())
        self.column.addSpacing(2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let the style sheet paint the ground, as for any plain widget."""
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)


class Scrolling(QScrollArea):
    """Lets a panel scroll, up and down, where there is not the room for it."""

    def __init__(self, panel: QWidget | None = None, both_ways: bool = False) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        if not both_ways:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if panel is not None:
            self.setWidget(panel)


def _line(owner: QWidget) -> QHBoxLayout:
    layout = QHBoxLayout(owner)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    return layout
