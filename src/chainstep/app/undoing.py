"""Undo and redo as a person means them: training that was not kept is undone first.

The undo stack itself is in `document`. Weights that a run has reached are no entry of it until
something needs them; going back past the training is such a case, or they would be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from chainstep.app.window import MainWindow


class Undoing(QObject):
    """The two actions of a window, undo and redo."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._stack = window.document.undo_stack
        self.undo = self._action("undo", ("Ctrl+Z",))
        self.redo = self._action("redo", ("Ctrl+Shift+Z", "Ctrl+Y"))
        self.undo.triggered.connect(self._undo)
        self.redo.triggered.connect(self._redo)
        self._stack.indexChanged.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say what would be undone and redone, as far as there is anything."""
        if not shiboken6.isValid(self._stack):
            return  # it says farewell while the interpreter ends
        takes_back = self._training_is_last()
        what = self._window.training_words if takes_back else self._stack.undoText()
        self.undo.setText(f"Undo {what}".rstrip())
        self.undo.setEnabled(takes_back or self._stack.canUndo())
        self.redo.setText(f"Redo {self._stack.redoText()}".rstrip())
        self.redo.setEnabled(self._stack.canRedo() and not self._loses_training(1))

    def _action(self, name: str, keys: tuple[str, ...]) -> QAction:
        action = QAction(name.capitalize(), self._window)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        self._window.addAction(action)
        return action

    def _training_is_last(self) -> bool:
        """Whether the training came after the last edit, or would be lost with it."""
        if not self._window.debugger.unkept:
            return False
        return not self._stack.canUndo() or self._loses_training(-1)

    def _loses_training(self, way: int) -> bool:
        debugger, document = self._window.debugger, self._window.document
        target = document.neighbour(way)
        return (
            debugger.unkept and target is not None and not debugger.fits(document.project, target)
        )

    @Slot()
    def _undo(self) -> None:
        if self._training_is_last():
            self._window.keep_reached()
        self._stack.undo()

    @Slot()
    def _redo(self) -> None:
        if not self._loses_training(1):
            self._stack.redo()
