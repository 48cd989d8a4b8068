"""What the canvas says next to the pointer: one sentence at a time, above or below it.

How it is painted is in `labels`; who has something to say is in `gestures` and `keys`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPointF, QSizeF, QTimer

from .labels import Bubble
from .routes import RADIUS

if TYPE_CHECKING:
    from .scene import CanvasScene

PASSING_MS: Final = 3_000


class Speech(QObject):
    """The bubble of a scene."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene = scene
        self._bubble: Bubble | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)

    @property
    def text(self) -> str:
        """The sentence next to the pointer, or ""."""
        return self._bubble.content if self._bubble is not None else ""

    def show(self, sentence: str, at: QPointF, refusing: bool, passing: bool = False) -> None:
        """Show a sentence next to a point; passing: it goes by itself."""
        if self._bubble is None or self._bubble.content != sentence:
            self.hide()
            self._bubble = Bubble(sentence, refusing)
            self._scene.addItem(self._bubble)
        self._bubble.setPos(self._place(at, self._bubble.boundingRect().size()))
        self._timer.stop()
        if passing:
            self._timer.start(PASSING_MS)

    def hide(self) -> None:
        """Take the sentence away."""
        self._timer.stop()
        if self._bubble is not None:
            self._scene.removeItem(self._bubble)
            self._bubble = None

    def _place(self, at: QPointF, pixels: QSizeF) -> QPointF:
        """Return where the bubble starts: below the pointer, inside what can be seen."""
        zoom = self._scene.zoom
        size, gap = pixels / zoom, 8 / zoom
        place = at + QPointF(-size.width() / 2, 26 / zoom + RADIUS)
        for view in self._scene.views()[:1]:
            seen = view.mapToScene(view.viewport().rect()).boundingRect()
            x = max(seen.left() + gap, min(place.x(), seen.right() - size.width() - gap))
            if place.y() + size.height() > seen.bottom() - gap:
                place.setY(at.y() - RADIUS - 18 / zoom - size.height())
            place.setX(x)
        return place
