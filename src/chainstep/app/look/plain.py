"""Words handed to Qt as they are: Qt takes a name such as `<b>x</b>` for rich text.

Not here: labels (they get `Qt.TextFormat.PlainText` where they are made) and how a formula is
spoken (`stepping.formula.text`).
"""

from __future__ import annotations

import html

from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAction,
    QKeySequence,
)
from PySide6.QtWidgets import QWidget

from chainstep.stepping.formula.nodes import printable

#: The longest text in a menu.
_LONGEST = 64
#: Keys that are shorter and clearer as a sign.
_SIGNS = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓", "Return": "↵"}


def tip(text: str) -> str:
    """Return a text that a tooltip shows letter by letter."""
    if "<" not in text and "&" not in text:
        return text
    return f"<qt>{html.escape(text).replace(chr(10), '<br>')}</qt>"


def menu_text(text: str) -> str:
    """Return a text for a menu: one line of reasonable length, with no letter as its key."""
    line = " ".join(printable(text).split())
    return (line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…").replace("&", "&&")


def key_text(action: QAction) -> str:
    """Return an action's first key as a hint: "F11", "Alt ←"; "" without one."""
    text = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return " ".join(_SIGNS.get(part, part) for part in text.split("+") if part)


def announce(widget: QWidget, text: str, urgent: bool = False) -> None:
    """Let a screen reader say a text now; nothing happens where none is running."""
    event = QAccessibleAnnouncementEvent(widget, text)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
    QAccessible.updateAccessibility(event)
