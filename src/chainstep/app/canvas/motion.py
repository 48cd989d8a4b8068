"""What moves on the canvas: a number that travels along its connection, the pill that grows by it,
and a passing flash.

None is ever waited for: the next step, or the next flash, ends the one before at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation
from PySide6.QtWidgets import QGraphicsItem

from .edges import Look
from .labels import Pill
from .lit import FLASH_MS, GROW_MS, TRAVEL_MS, FlashRing, LitEdge, Traveller
from .marks import Ends, Marks

if TYPE_CHECKING:
    from .scene import CanvasScene


class Motion(QObject):
    """Moves things on a scene, unless `scene.reduced_motion` says that nothing should."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene = scene
        self.traveller: Traveller | None = None
        self._flashed: QGraphicsItem | None = None
        self._growing: Pill | None = None
        self._start = 0.0
        self._growth = self._animation(GROW_MS, self._grown, self._ripe)
        self._travel = self._animation(TRAVEL_MS, self._travelled, self._arrived)
        self._flash = self._animation(FLASH_MS, self._fade, self._faded)

    def travel(self, marks: Marks | None, scale: float = 1.0) -> None:
        """Send the number of the current connection on its way; None only ends the last."""
        self._travel.stop()
        self._arrived()
        known = self._scene.network.by_ends
        current = [ends for ends in marks.current if ends in known] if marks is not None else []
        if marks is None or not marks.direction or len(current) != 1:
            return
        if not self._scene.reduced_motion:
            route = self._scene.edges.route(current[0])
            value = marks.tags.get(current[0], ("", 0))[0].rpartition("= ")[2]
            self.traveller = Traveller(route, marks.direction == "backward", value)
            self.traveller.setScale(scale)
            self._scene.addItem(self.traveller)
            self._travel.start()

    def grow(self, pill: Pill | None, start: float = 0.0) -> None:
        """Let a pill grow from a width; None only ends the last."""
        self._growth.stop()
        self._ripe()
        if pill is not None and not self._scene.reduced_motion:
            self._growing, self._start = pill, start
            self._grown(0.0)
            self._growth.start()

    def grow_on(self, pill: Pill | None) -> None:
        """Let a pill go on growing in place of the one that grows, where there is one."""
        if self._growing is not None and pill is not None:
            self._growing = pill
            self._grown(self._growth.currentValue())

    def flash(self, what: str | Ends) -> None:
        """Draw the eye to a unit or a connection; what is not there is passed over."""
        self._flash.stop()
        self._faded()
        scene = self._scene
        if isinstance(what, str) and what in scene.units:
            self._flashed = FlashRing(*scene.units[what].centre)
        elif isinstance(what, tuple) and what in scene.network.by_ends:
            look = Look.of(scene.weight(what))
            self._flashed = LitEdge(scene.edges.route(what), look, "accent", 0.7)
        if self._flashed is not None:
            scene.addItem(self._flashed)
            self._flash.start()

    def stop(self) -> None:
        """End all motion: what it ran along may be gone."""
        self.travel(None)
        self.grow(None)
        self._flash.stop()
        self._faded()

    def _travelled(self, share: float) -> None:
        if self.traveller is not None:
            self.traveller.advance_to(share)

    def _arrived(self) -> None:
        if self.traveller is not None:
            self._scene.removeItem(self.traveller)
            self.traveller = None

    def _grown(self, share: float) -> None:
        if self._growing is not None and self._growing.scene() is self._scene:
            self._growing.grow(share, self._start)

    def _ripe(self) -> None:
        self._grown(1.0)
        self._growing = None

    def _fade(self, share: float) -> None:
        if self._flashed is not None and not self._scene.reduced_motion:
            self._flashed.setOpacity(1.0 - share * share)

    def _faded(self) -> None:
        if self._flashed is not None:
            self._scene.removeItem(self._flashed)
            self._flashed = None

    def _animation(
        self, ms: int, step: Callable[[float], None], done: Callable[[], None]
    ) -> QVariantAnimation:
        animation = QVariantAnimation(self)
        animation.setStartValue(0.0)
        animation.setEndValue(1.0)
        animation.setDuration(ms)
        animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        animation.valueChanged.connect(step)
        animation.finished.connect(done)
        return animation
