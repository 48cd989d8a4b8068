"""Paints the map of an output with the points on it, or the curve over one input.

The numbers come from `boundary_map`; the panel with its mouse is `boundary`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPolygonF

from chainstep.app.look.names import shown_name
from chainstep.app.look.theme import Theme
from chainstep.app.panels.ticks import linear_ticks, short
from chainstep.app.plots import colours
from chainstep.app.plots.axes import LEFT, Axes, inner, paint_marks, paint_text, rows_for, thin
from chainstep.network.model import Network
from chainstep.project import Project

if TYPE_CHECKING:
    from chainstep.app.plots.boundary_map import Mapped

#: More points than these are thinned out evenly.
MOST_POINTS: Final = 1000
RADIUS: Final = 3.6
_BAR: Final = 52.0
_NAMES: Final = 92.0


def room(rect: QRectF, classes: bool) -> QRectF:
    """Return where the map itself stands. classes: their names need more room than a bar."""
    return inner(rect, right=_NAMES if classes else _BAR)


def axes_of(shown: Mapped, rect: QRectF) -> Axes:
    """Return the axes of a map in a rectangle."""
    plane = shown.plane
    classes = shown.winners is not None
    return Axes(room(rect, classes), plane.left, plane.right, plane.bottom, plane.top)


def paint_map(painter: QPainter, axes: Axes, shown: Mapped, theme: Theme) -> None:
    """Paint colours, lines and marks of a map over two inputs."""
    image = (
        colours.diverging_image(theme, shown.shares)
        if shown.winners is None
        else colours.class_image(theme, shown.winners, shown.z)
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setClipRect(axes.rect)
    painter.drawImage(axes.rect, image)
    height, width = shown.z.shape
    wide, high = axes.rect.width() / width, axes.rect.height() / height
    left, bottom = axes.rect.left() + wide / 2, axes.rect.bottom() - high / 2
    for strength, lines in shown.lines:
        painter.setPen(thin(theme.text if strength > 1 else theme.muted, strength))
        painter.drawLines(
            [
                QLineF(left + wide * a, bottom - high * b, left + wide * c, bottom - high * d)
                for a, b, c, d in lines.tolist()
            ]
        )
    painter.restore()
    _paint_frame(painter, axes, theme)


def name_axes(painter: QPainter, axes: Axes, names: Sequence[str], theme: Theme) -> None:
    """Write the inputs' names at the ends of the axes."""
    rect, left, right = axes.rect, Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    below = QRectF(rect.right() + 16, rect.bottom() + 4, _BAR - 16, 16)
    paint_text(painter, below, names[0], theme.text, 12, left)
    if len(names) > 1:
        beside = QRectF(rect.left() - LEFT, rect.bottom() + 4, LEFT - 8, 16)
        paint_text(painter, beside, f"{names[1]} ↑", theme.text, 12, right)


def paint_bar(painter: QPainter, axes: Axes, shown: Mapped, theme: Theme) -> None:
    """Paint what the colours mean."""
    box = QRectF(axes.rect.right() + 12, axes.rect.top(), 8, axes.rect.height())
    fill = QLinearGradient(box.bottomLeft(), box.topLeft())
    for share in (-1.0, 0.0, 1.0):
        fill.setColorAt((share + 1) / 2, colours.diverging(theme, share))
    painter.setPen(thin(theme.line))
    painter.setBrush(fill)
    painter.drawRect(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    left = Qt.AlignmentFlag.AlignLeft
    for value, y in ((shown.high, box.top() + 6), (shown.low, box.bottom() - 6)):
        place = QRectF(box.right() + 4, y - 8, 32, 16)
        paint_text(painter, place, short(value), theme.muted, align=left)


def paint_legend(painter: QPainter, axes: Axes, names: Sequence[str], theme: Theme) -> None:
    """Paint the names of the classes in their colours at the right."""
    worn = colours.class_colours(theme, max(3, len(names)))
    for place, name in enumerate(names[: max(1, int(axes.rect.height() // 17))]):
        y = axes.rect.top() + 8 + 17 * place
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(worn[place])
        painter.drawEllipse(QPointF(axes.rect.right() + 10, y), 4, 4)
        box = QRectF(axes.rect.right() + 18, y - 8, _NAMES - 18, 16)
        paint_text(painter, box, name, theme.muted, align=Qt.AlignmentFlag.AlignLeft)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_curve(
    painter: QPainter, axes: Axes, shown: Mapped, network: Network, theme: Theme
) -> None:
    """Paint the outputs over one input."""
    across = linear_ticks(axes.left, axes.right, max(2, round(axes.rect.width() / 80)))
    upwards = linear_ticks(axes.bottom, axes.top, rows_for(axes.rect.height()))
    paint_marks(painter, axes, theme, across, upwards)
    worn = curve_colours(theme, len(shown.z))
    step = (axes.right - axes.left) / max(1, shown.z.shape[1] - 1)
    for values, colour, unit in zip(shown.z.tolist(), worn, network.outputs, strict=True):
        line = [axes.at(axes.left + n * step, v) for n, v in enumerate(values) if v == v]
        painter.setPen(QPen(colour, 1.8))
        painter.drawPolyline(QPolygonF(line))
        if line:
            end = line[-1]
            box = QRectF(end.x() + 6, end.y() - 8, _BAR - 8, 16)
            paint_text(painter, box, shown_name(unit.id), colour, align=Qt.AlignmentFlag.AlignLeft)


def curve_colours(theme: Theme, count: int) -> list[QColor]:
    """Return a colour for each output of a curve."""
    return [theme.accent] if count == 1 else colours.class_colours(theme, max(3, count))


def paint_points(
    painter: QPainter, points: Iterable[tuple[QPointF, QColor, bool]], theme: Theme
) -> None:
    """Paint examples: filled ones are trained on, rings are held back."""
    for place, colour, held in points:
        painter.setPen(QPen(colour if held else theme.surface, 1.6 if held else 1.0))
        painter.setBrush(theme.surface if held else colour)
        painter.drawEllipse(place, RADIUS, RADIUS)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_current(painter: QPainter, place: QPointF, theme: Theme) -> None:
    """Put an amber ring round the current example."""
    for colour, width in ((theme.surface, 5.0), (theme.current, 2.6)):
        painter.setPen(QPen(colour, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(place, RADIUS + 3, RADIUS + 3)


def point_colours(project: Project, theme: Theme, rows: Sequence[int]) -> list[QColor]:
    """Return the colour of the class, or of the target, of each row; muted where none fits."""
    data, targets = project.data, project.data.targets
    if len(targets) != len(data.inputs) or len(set(map(len, targets))) != 1 or not targets[0]:
        return [theme.muted for _ in rows]
    if len(targets[0]) > 1:
        worn = colours.class_colours(theme, max(3, len(targets[0])))
        return [worn[max(range(len(targets[n])), key=targets[n].__getitem__)] for n in rows]
    values = [row[0] for row in targets]
    low, high = min(values), max(values)
    middle, half = (low + high) / 2, (high - low) / 2 or 1.0
    if len(set(values)) == 2:
        return [theme.positive if targets[n][0] > middle else theme.negative for n in rows]
    return [colours.diverging(theme, 1.6 * (targets[n][0] - middle) / half) for n in rows]


def _paint_frame(painter: QPainter, axes: Axes, theme: Theme) -> None:
    across = linear_ticks(axes.left, axes.right, max(2, round(axes.rect.width() / 80)))
    upwards = linear_ticks(axes.bottom, axes.top, rows_for(axes.rect.height()))
    paint_marks(painter, axes, theme, across, upwards, grid=False)
    painter.setPen(thin(theme.line))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(axes.rect)
