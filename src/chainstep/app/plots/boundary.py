"""The boundary plot: what the net gives over its input plane, with the examples on it, live.

Two inputs make a map with the decision boundary or lines of equal output, one input a curve.
Drawing new examples with the mouse is in `drawing_points`; painting in `boundary_paint`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QToolButton

from chainstep.app.look import theme
from chainstep.app.look.names import shown_name
from chainstep.app.moment import Moment
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.rows import plain_tip
from chainstep.app.plots import boundary_paint as paint
from chainstep.app.plots.axes import Axes
from chainstep.app.plots.drawing_points import Brush, pen_names
from chainstep.app.plots.exporting import Table
from chainstep.app.plots.panel import PlotPanel
from chainstep.project import Project
from chainstep.stepping.numbers import format_number

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.app.plots.boundary_map import Mapped
    from chainstep.engine.activations import Array
    from chainstep.engine.plan import Plan
    from chainstep.stepping.run import Run

_DRAW_TIP: Final = (
    "Draw examples with the mouse, of the class chosen beside; the right button takes them away."
)
#: So near a point counts as on it, in pixels.
_NEAR: Final = 9.0


class BoundaryPlot(PlotPanel):
    """The output over the plane of one or two inputs."""

    name = "boundary"
    about = "What the net gives over its inputs, with the examples on it"

    def __init__(self) -> None:
        super().__init__()
        self.shown: Mapped | None = None
        self.output = Choice([], "Which output is mapped")
        self.draw = QToolButton()
        self.pen = Choice([], "What the drawn examples are")
        self.brush: Brush | None = None
        self._offered: tuple[object, ...] = ()
        self._make_controls()

    def why_not(self, moment: Moment, run: Run) -> str:
        """A map has two dimensions."""
        return _why_no_map(moment.project)

    def refines(self) -> bool:
        """A map over two inputs can be finer."""
        return self.moment is not None and len(self.moment.project.network.inputs) == 2

    def measure(self, moment: Moment, run: Run, fine: bool) -> None:
        """Run the net over the plane."""
        self._map(moment, run.trainer.plan, run.trainer.theta, fine)

    def why_not_bare(self, moment: Moment) -> str:
        """The first examples can be drawn: only they are missing."""
        from chainstep.engine.readiness import why_not_forward

        project = moment.project
        if project.data.inputs or why_not_forward(project) is not None:
            return super().why_not_bare(moment)
        return _why_no_map(project)

    def measure_bare(self, moment: Moment, fine: bool) -> None:
        """Run the net with the weights of the document."""
        from chainstep.engine.plan import compile_plan

        plan = compile_plan(moment.project.network)
        self._map(moment, plan, plan.theta(), fine)

    def _map(self, moment: Moment, plan: Plan, theta: Array, fine: bool) -> None:
        from chainstep.app.plots.boundary_map import COARSE, FINE, mapped

        self._offer(moment.project)
        chosen = self.output.value or ""
        network = moment.project.network
        classes = not chosen and len(network.outputs) > 1 and len(network.inputs) == 2
        at = paint.room(QRectF(self.canvas.rect()), classes)
        size = max(40.0, at.width()), max(40.0, at.height())
        cells = FINE if fine else COARSE
        self.shown = mapped(moment.project, plan, theta, chosen, size, cells)

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the map and the points."""
        moment, shown = self.moment, self.shown
        if moment is None or shown is None:
            return
        worn, axes = theme.current(), paint.axes_of(shown, rect)
        network = moment.project.network
        if len(network.inputs) == 1:
            paint.paint_curve(painter, axes, shown, network, worn)
        else:
            paint.paint_map(painter, axes, shown, worn)
            if shown.winners is None:
                paint.paint_bar(painter, axes, shown, worn)
            else:
                names = moment.project.data.classes or [u.id for u in network.outputs]
                paint.paint_legend(painter, axes, names, worn)
        paint.name_axes(painter, axes, [shown_name(u.id) for u in network.inputs], worn)
        self._paint_points(painter, axes, moment)

    def table(self) -> Table:
        """Return the cells of the map, or the points of the curve."""
        shown, moment = self.shown, self.moment
        assert shown is not None
        assert moment is not None
        from chainstep.stepping.maps import grid

        network = moment.project.network
        inputs, outputs = [u.id for u in network.inputs], [u.id for u in network.outputs]
        if len(inputs) == 1:
            step = (shown.plane.right - shown.plane.left) / (shown.z.shape[1] - 1)
            points = zip(*shown.z.tolist(), strict=True)
            rows = [(shown.plane.left + n * step, *z) for n, z in enumerate(points)]
            return [*inputs, *outputs], rows
        places = grid(shown.plane, shown.z.shape[1], shown.z.shape[0]).T.tolist()
        if shown.winners is None:
            header = [*inputs, self.output.value or outputs[0]]
            return header, [(*p, z) for p, z in zip(places, shown.z.ravel().tolist(), strict=True)]
        names = moment.project.data.classes or outputs
        winners = shown.winners.ravel().tolist()
        return [*inputs, "class"], [(*p, names[k]) for p, k in zip(places, winners, strict=True)]

    def tip_at(self, place: QPoint) -> str:
        """Say where that is and what the net gives there."""
        shown, moment = self.shown, self.moment
        if shown is None or moment is None or len(moment.project.network.inputs) != 2:
            return ""
        axes = self._axes()
        if not axes.rect.contains(QPointF(place)):
            return ""
        x, y = axes.value(QPointF(place))
        height, width = shown.z.shape
        column = min(width - 1, int((place.x() - axes.rect.left()) / axes.rect.width() * width))
        row = min(height - 1, int((axes.rect.bottom() - place.y()) / axes.rect.height() * height))
        first, second = moment.project.network.inputs
        where = ", ".join(
            f"{shown_name(u.id)} = {format_number(v, 2)}" for u, v in ((first, x), (second, y))
        )
        if shown.winners is not None:
            names = moment.project.data.classes or [u.id for u in moment.project.network.outputs]
            return f"{where}: {names[int(shown.winners[row, column])]}"
        name = self.output.value or moment.project.network.outputs[0].id
        return f"{where}: {shown_name(name)} = {format_number(float(shown.z[row, column]), 3)}"

    def pressed(self, place: QPoint, button: Qt.MouseButton) -> None:
        """Begin to draw or take away points, or go to the example under the mouse."""
        if self.draw.isChecked() and self.shown is not None and self.moment is not None:
            erases = button == Qt.MouseButton.RightButton
            self.brush = Brush(self.moment.project, self._axes(), self.pen.value or "", erases)
            self.brush.go(QPointF(place))
            if erases:
                self.released()
            self.canvas.update()
        elif button == Qt.MouseButton.LeftButton:
            row = self._row_at(place)
            if row is not None:
                self.row_activated.emit(row)

    def dragged(self, place: QPoint) -> None:
        """Draw on."""
        if self.brush is not None:
            self.brush.go(QPointF(place))
            self.canvas.update()

    def needs_right_button(self) -> bool:
        """While drawing it takes points away."""
        return self.draw.isChecked()

    def released(self) -> None:
        """Make one undo step of what was drawn."""
        brush, self.brush = self.brush, None
        if brush is not None and brush.words:
            self.edited.emit(brush.words, brush.edit())

    def _make_controls(self) -> None:
        self.output.chosen.connect(self._choose)
        self.output.setAccessibleName("output")
        self.draw.setText("Draw points")
        self.draw.setCheckable(True)
        self.draw.setToolTip(plain_tip(_DRAW_TIP))
        self.draw.setStyleSheet("QToolButton { padding: 3px 8px; }")
        self.draw.toggled.connect(self._toggle_drawing)
        self.pen.setAccessibleName("class of drawn examples")
        for widget in (self.output, self.draw, self.pen):
            self.controls.addWidget(widget)
            widget.setVisible(False)
        for choice in (self.output, self.pen):
            choice.setStyleSheet("QComboBox { padding: 2px 4px 2px 8px; }")

    def _offer(self, project: Project) -> None:
        """Offer the outputs there are, and the classes to draw."""
        ids = tuple(unit.id for unit in project.network.outputs)
        names = pen_names(project)
        if (ids, names) == self._offered:
            return
        self._offered = ids, names
        options = [Option("", "all outputs"), *(Option(i, shown_name(i)) for i in ids)]
        _refill(self.output, options)
        _refill(self.pen, [Option(str(n), name) for n, name in enumerate(names)])
        self.output.setVisible(len(ids) > 1 and len(project.network.inputs) == 2)
        self.draw.setVisible(True)
        self.pen.setVisible(self.draw.isChecked() and len(names) > 1)

    def _axes(self) -> Axes:
        assert self.shown is not None
        return paint.axes_of(self.shown, QRectF(self.canvas.rect()))

    def _paint_points(self, painter: QPainter, axes: Axes, moment: Moment) -> None:
        project, worn = moment.project, theme.current()
        step = max(1, -(-len(project.data.inputs) // paint.MOST_POINTS))
        rows = range(0, len(project.data.inputs), step)
        painter.save()
        painter.setClipRect(axes.rect.adjusted(-6, -6, 6, 6))
        paint.paint_points(painter, self._points(axes, project, rows), worn)
        run = moment.run
        if run is not None and not moment.training and self.brush is None:
            current = [p for p, _, _ in self._points(axes, project, [run.cursor.row])]
            for place in current:
                paint.paint_current(painter, place, worn)
        if self.brush is not None:
            dots = [(p, self.brush.colour(worn), False) for p in self.brush.places]
            paint.paint_points(painter, dots, worn)
        painter.restore()

    def _points(
        self, axes: Axes, project: Project, rows: range | list[int]
    ) -> list[tuple[QPointF, QColor, bool]]:
        """Return place, colour and whether it is held back, of rows; a curve has one a target."""
        worn, data = theme.current(), project.data
        held = frozenset(data.validation)
        known = [n for n in rows if n < len(data.inputs)]
        if len(project.network.inputs) == 1:
            tints = paint.curve_colours(worn, len(project.network.outputs))
            return [
                (axes.at(data.inputs[n][0], value), tint, n in held)
                for n in known
                if n < len(data.targets)
                for value, tint in zip(data.targets[n], tints, strict=False)
            ]
        tints = paint.point_colours(project, worn, known)
        return [
            (axes.at(*data.inputs[n][:2]), tint, n in held)
            for n, tint in zip(known, tints, strict=True)
        ]

    def _row_at(self, place: QPoint) -> int | None:
        """Return the row whose point is under the mouse."""
        if self.moment is None or self.shown is None:
            return None
        project, axes = self.moment.project, self._axes()
        if len(project.network.inputs) != 2:
            return None
        far = [
            ((axes.at(*row[:2]) - QPointF(place)).manhattanLength(), n)
            for n, row in enumerate(project.data.inputs)
        ]
        nearest = min(far, default=(_NEAR + 1, 0))
        return nearest[1] if nearest[0] <= _NEAR else None

    @Slot(str)
    def _choose(self, _key: str) -> None:
        self.refresh(anew=True)

    @Slot(bool)
    def _toggle_drawing(self, draws: bool) -> None:
        shape = Qt.CursorShape.CrossCursor if draws else Qt.CursorShape.ArrowCursor
        self.canvas.setCursor(shape)
        self.pen.setVisible(draws and self.pen.count() > 1)


def _why_no_map(project: Project) -> str:
    count = len(project.network.inputs)
    if count in (1, 2):
        return ""
    return f"A map needs a net with one or two inputs; this one has {count}."


def _refill(choice: Choice, options: list[Option]) -> None:
    """Offer other things, keeping the choice where it is still there."""
    kept = choice.value
    choice.set_options(options)
    choice.set_value(kept if any(o.key == kept for o in options) else options[0].key)
