"""How large the interface is: as at a desk, or as for a room with a projector.

Widgets that paint themselves ask for `factor`; labels, fields and menus follow the application's
font. The canvas has its own zoom and asks for `lines`. The new style sheet lays out and paints
everything anew: `changed` is for what has a fixed size or keeps something made for the old one.
Which panels a room sees is in `presenting`; whether it is remembered, in `settings`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from chainstep.app.look import fonts, style

#: Type and lines in a room, beside those at a desk.
ROOM: Final = 1.5
ROOM_LINES: Final = 1.4


class _Ruler(QObject):
    """The size now.

    Signals: changed(): everything is larger, or as it was.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.large = False


_ruler = _Ruler()

changed = _ruler.changed
"""Emitted after the size has changed. Connect bound methods only."""


def large() -> bool:
    """True where a room reads along."""
    return _ruler.large


def factor() -> float:
    """How much larger than at a desk type is."""
    return ROOM if _ruler.large else 1.0


def lines() -> float:
    """How much wider than at a desk connections are, at the same zoom."""
    return ROOM_LINES if _ruler.large else 1.0


def px(length: float) -> int:
    """Return a length, or a size of type, as it is now."""
    return round(length * factor())


def font(size: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the interface's font at the size that is right now."""
    return fonts.ui_font(px(size), weight)


def apply(app: QApplication, big: bool) -> None:
    """Make everything large, or as at a desk."""
    if big == _ruler.large:
        return
    before = factor()
    own = [w for w in app.allWidgets() if w.testAttribute(Qt.WidgetAttribute.WA_SetFont)]
    sizes = [widget.font().pixelSize() for widget in own]
    _ruler.large = big
    with style.scrolled_as_before(app):
        with style.laid_aside(app):  # else what it has a rule for keeps the old font
            app.setFont(font())
        for widget, pixels in zip(own, sizes, strict=True):
            face = QFont(widget.font())
            face.setPixelSize(max(1, round(pixels * factor() / before)))
            widget.setFont(face)
        _ruler.changed.emit()
