"""Fields that say once, and only when a person did it, that a value was changed.

A line of text is taken on Enter and when the user clicks elsewhere; Escape gives the old value
back. What is set by the program is never announced. How fields stand in rows is in `rows`; what a
change does to the document is in `changes`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from chainstep.app.panels.rows import plain_tip
from chainstep.errors import ChainstepError
from chainstep.stepping.numbers import DEFAULT_DIGITS, MINUS, as_typed, format_number, parse_number

_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ARROWS: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_OWN: Final = (*_ENTER, *_ARROWS, Qt.Key.Key_Escape)
_UNDO: Final = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
_WHOLE_LIMIT: Final = 2**53


class Field(QLineEdit):
    """One line that is taken on Enter and on leaving it; see `NumberField` and `TextField`."""

    def __init__(self, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tip = plain_tip(tip)
        self._select_on_release = False
        self.setToolTip(self._tip)
        self.setMinimumWidth(60)
        self.textEdited.connect(self._unmark)

    @property
    def invalid(self) -> bool:
        """Whether what stands here was refused."""
        return bool(self.property("invalid") == "true")

    @property
    def typing(self) -> bool:
        """Whether there is text that has not been taken yet."""
        return self.isModified()

    def finish(self) -> None:
        """Take what has been typed, if anything has; mark it where it is refused."""
        if not self.isModified():
            return
        try:
            self._take(self.text())
        except ChainstepError as error:
            self._mark(str(error))

    def forget(self) -> None:
        """Drop what has been typed and show the value."""
        self._unmark()
        self.setModified(False)
        self._display()

    def event(self, event: QEvent) -> bool:
        """Keep the keys that mean something here from the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.KeypadModifier,
            )
            if plain and event.key() in _OWN:
                event.accept()
                return True
            if not self.typing and any(event.matches(keys) for keys in _UNDO):
                event.ignore()
                return True  # nothing here to take back: the document's own undo is meant
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the text on Enter, give the old one back on Escape, nudge with the arrows."""
        if event.key() in _ENTER:
            self._enter()
        elif event.key() == Qt.Key.Key_Escape and (self.typing or self.invalid):
            self.forget()
            self.selectAll()
        elif event.key() in _ARROWS and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._nudge(1 if event.key() == Qt.Key.Key_Up else -1)
        elif not self.typing and any(event.matches(keys) for keys in _UNDO):
            event.ignore()  # the document has nothing to take back, and the number stays
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the value in full, selected, so that typing replaces it."""
        super().focusInEvent(event)
        if not self.typing:
            self._display()
            self.selectAll()
        self._select_on_release = event.reason() == Qt.FocusReason.MouseFocusReason

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take what was typed, unless only a menu has opened."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.finish()
            if not self.typing:
                self._display()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The click that brings the focus selects everything, unless it was dragged."""
        super().mouseReleaseEvent(event)
        if self._select_on_release and not self.hasSelectedText():
            self.selectAll()
        self._select_on_release = False

    def _enter(self) -> None:
        self.finish()
        if not self.invalid:
            self._display()
            self.selectAll()

    def _display(self) -> None:
        """Show the value, in full while the cursor is here; never over what is being typed."""
        if self.typing:
            return
        text = self._full() if self.hasFocus() else self._shown()
        if text != self.text():
            self.setText(text)
            if not self.hasFocus():
                self.setCursorPosition(0)

    def _mark(self, sentence: str) -> None:
        self._wear("true", plain_tip(sentence), sentence)

    def _unmark(self) -> None:
        if self.invalid:
            self._wear("false", self._tip, "")

    def _wear(self, invalid: str, tip: str, description: str) -> None:
        self.setProperty("invalid", invalid)
        self.setToolTip(tip)
        self.setAccessibleDescription(description)
        self.style().unpolish(self)
        self.style().polish(self)

    @abstractmethod
    def _take(self, text: str) -> None:
        """Take a text over and announce it. Raises ChainstepError where it is none."""

    @abstractmethod
    def _shown(self) -> str:
        """Return the value as it stands here without the cursor."""

    def _full(self) -> str:
        return self._shown()

    def _nudge(self, direction: int) -> None:
        """Only numbers have a next one."""


class TextField(Field):
    """A name.

    Signals: committed(str): the user gave another text.
    """

    committed = Signal(str)

    def __init__(self, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(tip, parent)
        self._value = ""

    def set_value(self, value: str) -> None:
        """Show a text; what is being typed stays."""
        self._value = value
        self._display()

    def _take(self, text: str) -> None:
        self.setModified(False)
        if text != self._value:
            self._value = text
            self.committed.emit(text)

    def _shown(self) -> str:
        return self._value


class NumberField(Field):
    """A number, shown at the document's digits and edited in full.

    least, most: the smallest and the largest taken, None for any.
    Signals: committed(float): the user gave another number.
    """

    committed = Signal(float)

    def __init__(
        self,
        tip: str = "",
        parent: QWidget | None = None,
        *,
        whole: bool = False,
        least: float | None = None,
        most: float | None = None,
        below: float | None = None,
        trimmed: bool = False,
    ) -> None:
        """whole: only whole numbers; least, most: the smallest and the largest taken.

        below: every number taken is smaller; trimmed: 0.5 and not 0.5000.
        """
        super().__init__(tip, parent)
        self._value: float | None = None
        self._digits = DEFAULT_DIGITS
        self._whole, self._trimmed = whole, trimmed
        self.least, self.most, self._below = least, most, below

    @property
    def value(self) -> float | None:
        """The number, None where there is none or there are several."""
        return self._value

    def set_value(self, value: float | None, digits: int = DEFAULT_DIGITS) -> None:
        """Show a number at so many digits, or none; what is being typed stays."""
        self._value, self._digits = value, digits
        self._display()

    def _take(self, text: str) -> None:
        if self._value is None and not text.strip():
            self.forget()
            return
        value = self._read(text)
        self.setModified(False)
        if value != self._value:
            self._value = value
            self.committed.emit(value)

    def _read(self, text: str) -> float:
        value = parse_number(text)
        too_small = self.least is not None and value < self.least
        if self._whole and (value != int(value) or too_small or value > _WHOLE_LIMIT):
            raise ChainstepError(f"Write a whole number of at least {int(self.least or 0)}.")
        if too_small:
            raise ChainstepError(f"Write a number of at least {self.least:g}.")
        if self.most is not None and value > self.most:
            raise ChainstepError(f"Write a number of at most {self.most:,.10g}.")
        if self._below is not None and value >= self._below:
            raise ChainstepError(f"Write a number below {self._below:g}.")
        return value

    def _shown(self) -> str:
        if self._value is None:
            return ""
        if self._whole:
            return str(int(self._value))
        write = as_typed if self._trimmed else format_number
        return write(self._value, self._digits)

    def _full(self) -> str:
        if self._value is None or self._whole:
            return self._shown()
        return repr(float(self._value)).removesuffix(".0").replace("-", MINUS, 1)

    def _nudge(self, direction: int) -> None:
        try:
            base = self._read(self.text())
        except ChainstepError as error:
            if self.text():
                self._mark(str(error))
            return
        self._unmark()
        value = nudged(base, direction, 0 if self._whole else self._digits)
        if self.least is not None:
            value = max(value, self.least)
        if self.most is not None:
            value = min(value, self.most)
        if self._below is not None and value >= self._below:
            value = base
        self.setModified(False)
        if value != self._value:
            self._value = value
            self.committed.emit(value)
        self._display()


def nudged(value: float, direction: int, digits: int) -> float:
    """Return the number with its last digit one up or down, as far as `digits` show it.

    digits: of the document, 0 for whole numbers. Small numbers keep so many significant ones.
    """
    exact = Decimal(repr(float(value))).normalize()
    lowest = -digits
    if exact and digits and abs(value) < 10.0 ** (1 - digits):
        lowest = exact.adjusted() - digits + 1
    last = int(exact.as_tuple().exponent)
    place = max(lowest, min(last, -1 if digits else 0))
    result = float(exact + direction * Decimal(1).scaleb(place))
    return result if math.isfinite(result) else value


class Tick(QCheckBox):
    """A tick, or a dash where several values differ.

    Signals: ticked(bool): the user set it or took it away.
    """

    ticked = Signal(bool)

    def __init__(self, text: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setToolTip(plain_tip(tip))
        self.clicked.connect(self._clicked)

    def set_value(self, value: bool | None) -> None:
        """Show a value; None: they differ."""
        self.setTristate(value is None)
        states = {None: Qt.CheckState.PartiallyChecked, True: Qt.CheckState.Checked}
        self.setCheckState(states.get(value, Qt.CheckState.Unchecked))

    def _clicked(self) -> None:
        ticked = self.checkState() == Qt.CheckState.Checked
        self.setTristate(False)
        self.ticked.emit(ticked)


def refusal(*fields: Field) -> str:
    """Say what is wrong with the first field that was refused, "" where all are well."""
    wrong = (f for f in fields if f.invalid)
    return next((f"“{f.text()}”: {f.accessibleDescription()}" for f in wrong), "")


def common(values: Sequence[float | None]) -> float | None:
    """Return the number that all share, None where they differ or there is none."""
    return values[0] if values and all(value == values[0] for value in values) else None
