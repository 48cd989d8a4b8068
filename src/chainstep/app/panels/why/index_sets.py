"""The two index sets of a unit, by name: those that feed it and those it feeds.

Pointing at either, or coming to it by the keyboard, lights it on the canvas. Which letters the
indices have is the notation's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QSizePolicy, QWidget

from chainstep.app.look import fonts, plain, size, theme
from chainstep.app.look.names import shown_name
from chainstep.stepping.formula.nodes import printable

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation

_HEIGHT: Final = 28
_PADDING: Final = 10
#: So many names are written out, where there is room for them.
_MOST: Final = 5
_BESIDE: Final = QBoxLayout.Direction.LeftToRight
_BELOW: Final = QBoxLayout.Direction.TopToBottom


class IndexSet(QAbstractButton):
    """One set as a chip.

    Signals: pointed(bool): the pointer or the keyboard has come, or gone.
    """

    pointed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._texts: list[str] = [""]
        self._take_size()
        size.changed.connect(self._take_size)

    def say(self, texts: Sequence[str], tip: str) -> None:
        """Show the first of these texts that there is room for; tip: the whole of it in words."""
        self._texts = [printable(text) for text in texts]
        self.setText(self._texts[0])
        self.setToolTip(plain.tip(tip))
        self.setAccessibleName(tip)
        self.update()

    def sizeHint(self) -> QSize:
        """The whole text."""
        return QSize(self._width_of(self.text()), size.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(80, size.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground that wakes under the pointer, and as many names as there is room for."""
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
        cut = painter.fontMetrics().elidedText(self.shown, right, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, cut)
        painter.end()

    @property
    def shown(self) -> str:
        """The text that there is room for."""
        fitting = (text for text in self._texts if self._width_of(text) <= self.width())
        return next(fitting, self._texts[-1])

    def _width_of(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text) + 2 * _PADDING

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
    """Both sets, side by side where both can be read so.

    Signals: pointed(unit, which): "sources" or "targets" of a unit are to be lit; ("", "") ends it.
    """

    pointed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = ""
        self.sources, self.targets = IndexSet(), IndexSet()
        self._line = QBoxLayout(_BESIDE, self)
        self._line.setContentsMargins(18, 8, 18, 0)
        self._line.setSpacing(8)
        for chip in (self.sources, self.targets):
            self._line.addWidget(chip, 1)
        self.sources.pointed.connect(self._sources_pointed)
        self.targets.pointed.connect(self._targets_pointed)
        self.hide()

    def show_unit(self, unit: str, n: Notation) -> None:
        """Show the sets of a unit."""
        self._unit = unit
        fed = [c.source for c in n.network.incoming[unit]]
        feeds = [c.target for c in n.network.outgoing[unit]]
        self.sources.say(
            _texts("fed by", n.letters.up, fed, n),
            f"{unit} is fed by {', '.join(fed) or 'no unit'}",
        )
        self.targets.say(
            _texts("feeds", n.letters.down, feeds, n),
            f"{unit} feeds {', '.join(feeds) or 'no unit'}",
        )
        self._arrange()
        self.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the sets where they can be read."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        margins, chips = self._line.contentsMargins(), (self.sources, self.targets)
        room = self.width() - margins.left() - margins.right() - self._line.spacing()
        both = max(chip.sizeHint().width() for chip in chips) <= room // 2
        self._line.setDirection(_BESIDE if both else _BELOW)

    def _sources_pointed(self, here: bool) -> None:
        self._tell("sources", here)

    def _targets_pointed(self, here: bool) -> None:
        self._tell("targets", here)

    def _tell(self, which: str, here: bool) -> None:
        self.pointed.emit(self._unit if here else "", which if here else "")


def _texts(verb: str, index: str, units: Sequence[str], n: Notation) -> list[str]:
    """Return "feeds k ∈ {o₁, o₂}", then with ever fewer names; in words only the names."""
    if not units:
        return [f"{verb} no unit"]
    names = [shown_name(unit) for unit in units[:_MOST]]
    whole = [", ".join(names)] if len(names) == len(units) else []
    rest = f"… {len(units):,} in all"
    inside = [
        *whole,
        *(", ".join([*names[:k], rest]) for k in range(len(names) - bool(whole), -1, -1)),
    ]
    return [f"{verb} {each if n.letters.words else f'{index} ∈ {{{each}}}'}" for each in inside]
