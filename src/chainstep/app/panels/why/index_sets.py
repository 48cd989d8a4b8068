"""The two index sets of a unit, by name: those that feed it and those it feeds.

Pointing at either, or coming to it by the keyboard, lights it on the canvas. Which letters the
indices have is the notation's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from chainstep.app.look import fonts, plain, size, theme
from chainstep.app.look.names import shown_name
from chainstep.stepping.formula.nodes import printable

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation

_HEIGHT: Final = 28
_PADDING: Final = 10
#: So many names are written out.
_MOST: Final = 5


class IndexSet(QAbstractButton):
    """One set as a chip.

    Signals: pointed(bool): the pointer or the keyboard has come, or gone.
    """

    pointed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._take_size()
        size.changed.connect(self._take_size)

    def say(self, text: str, tip: str) -> None:
        """Show a text; tip: the whole of it in words."""
        self.setText(printable(text))
        self.setToolTip(plain.tip(tip))
        self.setAccessibleName(tip)
        self.update()

    def sizeHint(self) -> QSize:
        """The whole text."""
        return QSize(
            self.fontMetrics().horizontalAdvance(self.text()) + 2 * _PADDING, size.px(_HEIGHT)
        )

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(80, size.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground that wakes under the pointer, and the text."""
        worn, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        awake = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(worn.accent if awake else worn.line, 1.2))
        painter.setBrush(worn.selection if awake else worn.surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.setPen(worn.text)
        painter.setFont(self.font())
        room = self.rect().adjusted(_PADDING, 0, -_PADDING, 0)
        right = Qt.TextElideMode.ElideRight
        cut = painter.fontMetrics().elidedText(self.text(), right, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, cut)
        painter.end()

    def enterEvent(self, event: QEvent) -> None:
        """The pointer has come."""
        self._point(True)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer has gone."""
        self._point(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard has come."""
        super().focusInEvent(event)
        self._point(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard has gone."""
        super().focusOutEvent(event)
        self._point(False)

    def _point(self, here: bool) -> None:
        self.update()
        self.pointed.emit(here)

    def _take_size(self) -> None:
        self.setFont(fonts.ui_font(size.px(12)))
        self.updateGeometry()


class IndexSets(QWidget):
    """Both sets side by side.

    Signals: pointed(unit, which): "sources" or "targets" of a unit are to be lit; ("", "") ends it.
    """

    pointed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = ""
        self.sources, self.targets = IndexSet(), IndexSet()
        line = QHBoxLayout(self)
        line.setContentsMargins(18, 8, 18, 0)
        line.setSpacing(8)
        for chip in (self.sources, self.targets):
            line.addWidget(chip, 1)
        self.sources.pointed.connect(self._sources_pointed)
        self.targets.pointed.connect(self._targets_pointed)
        self.hide()

    def show_unit(self, unit: str, n: Notation) -> None:
        """Show the sets of a unit."""
        self._unit = unit
        fed = [c.source for c in n.network.incoming[unit]]
        feeds = [c.target for c in n.network.outgoing[unit]]
        self.sources.say(
            f"fed by {_set(n.letters.up, fed, n)}" if fed else "fed by no unit",
            f"{unit} is fed by {', '.join(fed) or 'no unit'}",
        )
        self.targets.say(
            f"feeds {_set(n.letters.down, feeds, n)}" if feeds else "feeds no unit",
            f"{unit} feeds {', '.join(feeds) or 'no unit'}",
        )
        self.show()

    def _sources_pointed(self, here: bool) -> None:
        self._tell("sources", here)

    def _targets_pointed(self, here: bool) -> None:
        self._tell("targets", here)

    def _tell(self, which: str, here: bool) -> None:
        self.pointed.emit(self._unit if here else "", which if here else "")


def _set(index: str, units: Sequence[str], n: Notation) -> str:
    """Return "k ∈ {o₁, o₂}"; in words only the names."""
    named = [shown_name(unit) for unit in units[:_MOST]]
    rest = [f"… {len(units)} in all"] if len(units) > _MOST else []
    inside = ", ".join([*named, *rest])
    return inside if n.letters.words else f"{index} ∈ {{{inside}}}"
