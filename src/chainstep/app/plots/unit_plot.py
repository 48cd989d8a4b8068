"""A small map of z over the input plane for every hidden and output unit: what each unit sees.

The large map of an output, with the examples on it, is `boundary`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from chainstep.app.look import theme
from chainstep.app.look.names import shown_name
from chainstep.app.moment import Moment
from chainstep.app.panels.ticks import short
from chainstep.app.plots import colours
from chainstep.app.plots.axes import paint_text, thin
from chainstep.app.plots.exporting import Table
from chainstep.app.plots.panel import PlotPanel

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.engine.activations import Array
    from chainstep.stepping.maps import Plane
    from chainstep.stepping.run import Run

#: Units that are shown; of more, those of the first levels.
MOST: Final = 40
_CELLS: Final = 40
_FINE: Final = 96
_LABEL: Final = 15.0
_GAP: Final = 10.0


class UnitPlot(PlotPanel):
    """One small map a unit; a click shows the unit on the canvas."""

    name = "units"
    about = "The output z of each unit over the inputs"

    def __init__(self) -> None:
        super().__init__()
        self.units: tuple[str, ...] = ()
        self.spans: list[tuple[float, float]] = []
        self.z: Array | None = None
        self.plane: Plane | None = None

    def why_not(self, moment: Moment, run: Run) -> str:
        """Maps have two dimensions."""
        count = len(moment.project.network.inputs)
        if count in (1, 2):
            return ""
        return f"Maps of units need a net with one or two inputs; this one has {count}."

    def refines(self) -> bool:
        """Small maps can be finer."""
        return True

    def measure(self, moment: Moment, run: Run, fine: bool) -> None:
        """Run the net over the plane, once for all units."""
        import numpy as np

        from chainstep.app.plots.boundary_map import span
        from chainstep.network.order import forward_order
        from chainstep.stepping import maps

        network, plan = moment.project.network, run.trainer.plan
        computed = [unit.id for unit in forward_order(network) if not unit.is_input]
        self.units = tuple(computed[:MOST])
        side = _FINE if fine else _CELLS
        self.plane = maps.plane_of(moment.project)
        if len(plan.inputs) == 1:
            points = np.linspace(self.plane.left, self.plane.right, side)[None]
            shape = (len(self.units), 1, side)
        else:
            points, shape = maps.grid(self.plane, side, side), (len(self.units), side, side)
        rows = [plan.row[unit] for unit in self.units]
        self.z = maps.unit_maps(plan, run.trainer.theta, points, rows).reshape(shape)
        pairs = zip(self.units, self.z, strict=True)
        self.spans = [span(moment.project, unit, z) for unit, z in pairs]
        more = len(computed) - len(self.units)
        self.value.setText(f"z of each unit · {more} more not shown" if more else "z of each unit")

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the maps in rows, each with its name and what its colours span."""
        if self.z is None:
            return
        worn = theme.current()
        for place, (unit, box) in enumerate(self._boxes(rect)):
            self._paint_one(painter, box, place)
            low, high = self.spans[place]
            name = QRectF(box.left() - 4, box.top() - _LABEL, box.width() + 8, _LABEL)
            words = shown_name(unit)
            if box.width() > 78:
                words += f"  {short(low)} … {short(high)}"
            paint_text(painter, name, words, worn.text)

    def table(self) -> Table:
        """Return the inputs and z of every unit, a point a row."""
        assert self.moment is not None
        assert self.z is not None
        assert self.plane is not None
        from chainstep.stepping.maps import grid

        names = [unit.id for unit in self.moment.project.network.inputs]
        count, height, width = self.z.shape
        places = grid(self.plane, width, height)[: len(names)].T.tolist()
        if height == 1:
            step = (self.plane.right - self.plane.left) / (width - 1)
            places = [[self.plane.left + n * step] for n in range(width)]
        values = self.z.reshape(count, -1).T.tolist()
        rows = [(*p, *z) for p, z in zip(places, values, strict=True)]
        return [*names, *self.units], rows

    def pressed(self, place: QPoint, button: Qt.MouseButton) -> None:
        """Show the unit on the canvas."""
        unit = self._unit_at(place)
        if unit and button == Qt.MouseButton.LeftButton:
            self.unit_chosen.emit(unit)

    def tip_at(self, place: QPoint) -> str:
        """Name the unit and what its colours span."""
        unit = self._unit_at(place)
        if not unit:
            return ""
        low, high = self.spans[self.units.index(unit)]
        return f"z of {unit}: {short(low)} (orange) to {short(high)} (blue). Click to select it."

    def _paint_one(self, painter: QPainter, box: QRectF, place: int) -> None:
        assert self.z is not None
        worn, (low, high) = theme.current(), self.spans[place]
        half = (high - low) / 2 or 1.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.z.shape[1] == 1:
            values = self.z[place, 0].tolist()
            across, upwards = box.width() / (len(values) - 1), box.height() / (2 * half)
            painter.setPen(thin(worn.accent, 1.5))
            painter.save()
            painter.setClipRect(box)
            painter.drawPolyline(
                QPolygonF(
                    [
                        QPointF(box.left() + n * across, box.bottom() - (v - low) * upwards)
                        for n, v in enumerate(values)
                        if v == v
                    ]
                )
            )
            painter.restore()
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            shares = (self.z[place] - (low + half)) / half
            painter.drawImage(box, colours.diverging_image(worn, shares))
        painter.setPen(thin(worn.line))
        painter.drawRect(box)

    def _boxes(self, rect: QRectF) -> list[tuple[str, QRectF]]:
        """Return where each unit's map stands: squares, as large as fit."""
        count = max(1, len(self.units))
        side, columns = 1.0, 1
        for rows in range(1, count + 1):
            across = -(-count // rows)
            fits = min(
                (rect.width() - 2) / across - _GAP, (rect.height() - 2) / rows - _LABEL - _GAP / 2
            )
            if fits > side:
                side, columns = fits, across
        boxes = []
        for place, unit in enumerate(self.units):
            row, column = divmod(place, columns)
            left = rect.left() + 1 + column * (side + _GAP)
            top = rect.top() + 1 + row * (side + _LABEL + _GAP / 2) + _LABEL
            boxes.append((unit, QRectF(left, top, side, side)))
        return boxes

    def _unit_at(self, place: QPoint) -> str:
        if self.z is None:
            return ""
        boxes = self._boxes(QRectF(self.canvas.rect()))
        return next((unit for unit, box in boxes if box.contains(QPointF(place))), "")
