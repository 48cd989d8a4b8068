"""A small soft button that stays down, of which several stand in a row to choose from."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton


def toggle(text: str, tip: str) -> QToolButton:
    """Return such a button; what happens when it is pressed is connected where it stands."""
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    button.setProperty("chip", "soft")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
