"""Decides whether every unit paints its own disc, or one item paints those of all.

How that item paints is in `sprites`, which needs NumPy and is imported for large nets only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .items import LEGIBLE

if TYPE_CHECKING:
    from .scene import CanvasScene
    from .sprites import UnitSprites

#: Up to so many units each paint themselves at any zoom.
FEW_UNITS: Final = 200


class Crowd:
    """The units of a scene as one item, while they are many and too small for texts."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._sprites: UnitSprites | None = None

    def gather(self) -> None:
        """Let one item paint all discs where that is due, else each its own."""
        units, zoom = self._scene.units, self._scene.zoom
        if len(units) <= FEW_UNITS or zoom >= LEGIBLE:
            self.scatter()
        elif self._sprites is None:
            from .sprites import UnitSprites

            self._sprites = UnitSprites(units.values())
            self._scene.addItem(self._sprites)

    def scatter(self) -> None:
        """Let every unit paint itself: also before units come or go."""
        if self._sprites is not None:
            self._sprites.retire()
            self._scene.removeItem(self._sprites)
            self._sprites = None
