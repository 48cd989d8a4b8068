"""Where Tab goes in what is made late: on from the place that it takes.

Qt puts every newcomer at the end of the whole window.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def stops(alone: QWidget) -> list[QWidget]:
    """Return what Tab comes to in a widget that stands in no window yet, in order."""
    found, widget = [], alone.nextInFocusChain()
    while widget is not None and widget is not alone:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def go_on(place: QWidget, found: list[QWidget]) -> None:
    """Let Tab go from a place to these widgets, which stand in its window now."""
    before: QWidget | None = place
    while before is not None and not before.focusPolicy() & Qt.FocusPolicy.TabFocus:
        before = before.previousInFocusChain()
    if before is None or before in found:
        return  # nothing comes before them
    for widget in found:
        QWidget.setTabOrder(before, widget)
        before = widget
