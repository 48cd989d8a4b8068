"""Where the run is, in one line at the top right: "epoch 3 · example 2 of 4 · backward · h1 …".

The words are `stepping.explain.step`'s; here they are set, and cut where there is no room.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from chainstep.app.canvas import text
from chainstep.app.look import size, theme
from chainstep.app.look.names import shown_name
from chainstep.app.panels import whereabouts

if TYPE_CHECKING:
    from chainstep.app.moment import Moment

_PX: Final = 13
_HEIGHT: Final = 24
_WIDEST: Final = 460
_LEAST: Final = 120
_LEAST_UNIT: Final = 72.0
_NUMBERS: Final = re.compile(r"(\d[\d,]*)")

#: Text and whether it is set in semi-bold.
_Word = tuple[str, bool]


class Readout(QWidget):
    """One line that says where the run is; the numbers and the unit stand out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pieces: tuple[str, ...] = ()
        self._unit = -1
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """All of it, cut or not."""
        return whereabouts.DOT.join(self._pieces)

    def show_moment(self, moment: Moment) -> None:
        """Show a moment."""
        found = _told(moment)
        if found == (self._pieces, self._unit):
            return
        self._pieces, self._unit = found
        self.setAccessibleName(self.text)
        self.updateGeometry()
        self.update()

    def shown(self, room: float) -> str:
        """Return the text as it is cut to a width."""
        return "".join(word for word, _ in self._words(room))

    def sizeHint(self) -> QSize:
        """All of it, within reason."""
        wide = _width(_words_of(self._pieces, self._unit))
        return QSize(size.px(min(round(wide) + 2, _WIDEST)), size.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """The beginning and the end."""
        return QSize(min(size.px(_LEAST), self.sizeHint().width()), size.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the line at the right."""
        painter, now = QPainter(self), theme.current()
        painter.scale(size.factor(), size.factor())
        width, height = self.width() / size.factor(), self.height() / size.factor()
        words = self._words(width)
        x = width - _width(words)
        for word, strong in words:
            run = text.Run(word, _face(strong))
            painter.setPen(now.text if strong else now.muted)
            text.draw(painter, (run,), x, height / 2 + _PX * 0.36)
            x += run.width
        painter.end()

    def _words(self, room: float) -> list[_Word]:
        """Leave out pieces after the first until the rest fits, the unit's name cut if need be."""
        for left_out in range(max(len(self._pieces) - 1, 1)):
            pieces, unit = _without(self._pieces, self._unit, left_out)
            over = _width(_words_of(pieces, unit)) - room
            if over <= 0:
                return _words_of(pieces, unit)
            cut = _cut_by(pieces[unit], over) if unit >= 0 else None
            if cut is not None:
                return _words_of([*pieces[:unit], cut, *pieces[unit + 1 :]], unit)
        whole = "".join(word for word, _ in _words_of(pieces, unit))
        return [(text.shortened(whole, _face(False), room), False)]


def _told(moment: Moment) -> tuple[tuple[str, ...], int]:
    """Return the pieces for a moment and which of them is the unit."""
    run = moment.run
    if run is None:
        return ("not yet runnable",), -1
    if moment.training:
        return (f"epoch {run.trainer.epoch + 1:,}", "training"), -1
    cursor = run.cursor
    return whereabouts.pieces(cursor), whereabouts.unit_place(cursor)


def _words_of(pieces: Sequence[str], unit: int) -> list[_Word]:
    words: list[_Word] = []
    for number, piece in enumerate(pieces):
        words += [(whereabouts.DOT, False)] if number else []
        if number == unit:
            words.append((shown_name(piece), True))
        else:
            parts = _NUMBERS.split(piece)
            words += [(part, bool(n % 2)) for n, part in enumerate(parts) if part]
    return words


def _without(pieces: tuple[str, ...], unit: int, left_out: int) -> tuple[list[str], int]:
    """Return the pieces with so many left out after the first, and where the unit is now."""
    if not left_out:
        return list(pieces), unit
    kept = [*pieces[:1], "…", *pieces[1 + left_out :]]
    return kept, unit - left_out + 1 if unit > left_out else -1


def _cut_by(name: str, over: float) -> str | None:
    """Return a name shortened by a width, None where too little of it would be left."""
    face = _face(True)
    natural = face.metrics.horizontalAdvance(name)
    if natural - over - 1 < min(natural, _LEAST_UNIT):
        return None
    return text.shortened(name, face, natural - over - 1)


def _face(strong: bool) -> text.Face:
    return text.ui(_PX, text.SEMIBOLD if strong else text.REGULAR)


def _width(words: Sequence[_Word]) -> float:
    return sum(_face(strong).metrics.horizontalAdvance(word) for word, strong in words)
