"""One picture of the net, as PNG, SVG or PDF: what the canvas shows, on paper of its own size.

The canvas is in `stage`, what is lit in `app.lighting`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from chainstep.app.canvas.marks import Marks
from chainstep.app.lighting import all_known
from chainstep.app.pictures.stage import Stage
from chainstep.project import Project
from chainstep.stepping.run import run_of

#: Pixels of a PNG for each pixel of the canvas, unless asked otherwise.
SHARPNESS: Final = 2.0
_MOST_PIXELS: Final = 30_000_000
_POINTS: Final = 72 / 96
_RESOLUTION: Final = 1200


@dataclass(frozen=True)
class Paper:
    """How a picture is painted. look: one of `stage.LOOKS`. sharpness: of a PNG. see-through: with
    nothing behind the net.
    """

    look: str = "light"
    sharpness: float = SHARPNESS
    see_through: bool = False


def picture(
    project: Project, kind: str, marks: Marks | None = None, paper: Paper | None = None
) -> bytes:
    """Return a picture of a project. kind: "png", "svg" or "pdf"; marks: what is lit, and values.

    Raises FileError where Qt cannot paint here.
    """
    chosen = paper or Paper()
    stage = Stage(project, chosen.look)
    stage.show(marks)
    stage.frame()
    size = stage.part
    return WRITERS[kind](stage, size, chosen)


def write_png(project: Project, example: int | None = None) -> bytes:
    """Return the net as PNG, with the values of an example where one is given."""
    return picture(project, "png", values_of(project, example))


def write_svg(project: Project, example: int | None = None) -> bytes:
    """Return the net as SVG, with the values of an example where one is given."""
    return picture(project, "svg", values_of(project, example))


def write_pdf(project: Project, example: int | None = None) -> bytes:
    """Return the net as PDF, with the values of an example where one is given."""
    return picture(project, "pdf", values_of(project, example))


def values_of(project: Project, example: int | None) -> Marks | None:
    """Return z, δ and targets after a whole pass of a row of the data; None without one.

    Raises NotRunnable where there is no pass.
    """
    if example is None:
        return None
    run = run_of(project, example)
    run.seek(run.steps.count(with_update=False))
    return all_known(run)


def painted(
    project: Project, marks: Marks | None, paper: Paper, widest: int | None = None
) -> QImage:
    """Return a picture of a project as pixels, at most so many of them wide.

    Raises FileError where Qt cannot paint here.
    """
    stage = Stage(project, paper.look)
    stage.show(marks)
    stage.frame()
    size = stage.part
    if widest is not None:
        paper = replace(paper, sharpness=min(paper.sharpness, widest / size.width()))
    return image(stage, size, paper)


def image(stage: Stage, size: QSizeF, paper: Paper) -> QImage:
    """Return a picture as pixels, not more than memory is for."""
    scale = min(paper.sharpness, math.sqrt(_MOST_PIXELS / (size.width() * size.height())))
    pixels = QSize(math.ceil(size.width() * scale), math.ceil(size.height() * scale))
    clear, solid = QImage.Format.Format_ARGB32_Premultiplied, QImage.Format.Format_RGB32
    image = QImage(pixels, clear if paper.see_through else solid)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.transparent if paper.see_through else stage.worn.background)
    _paint(stage, QPainter(image), size, paper)
    return image


def _png(stage: Stage, size: QSizeF, paper: Paper) -> bytes:
    return encoded(image(stage, size, paper))


def encoded(image: QImage) -> bytes:
    """Return an image as a PNG file."""
    return _written(lambda buffer: image.save(buffer, "PNG"))  # type: ignore[call-overload]


def _svg(stage: Stage, size: QSizeF, paper: Paper) -> bytes:
    def write(buffer: QBuffer) -> None:
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(QSize(math.ceil(size.width()), math.ceil(size.height())))
        generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
        generator.setTitle("A neural network drawn in Chainstep")
        _paint(stage, QPainter(generator), size, paper)

    return _written(write)


def _pdf(stage: Stage, size: QSizeF, paper: Paper) -> bytes:
    def write(buffer: QBuffer) -> None:
        writer = QPdfWriter(buffer)
        writer.setPageSize(QPageSize(size * _POINTS, QPageSize.Unit.Point))
        writer.setPageMargins(QMarginsF())
        writer.setResolution(_RESOLUTION)
        writer.setTitle("A neural network")
        writer.setCreator("Chainstep")
        painter = QPainter(writer)
        scale = _RESOLUTION / 96
        painter.scale(scale, scale)
        _paint(stage, painter, size, paper)

    return _written(write)


def _paint(stage: Stage, painter: QPainter, size: QSizeF, paper: Paper) -> None:
    sheet = QRectF(0, 0, size.width(), size.height())
    if not paper.see_through:
        painter.fillRect(sheet, stage.worn.background)
    stage.paint(painter, sheet)
    painter.end()


def _written(write: Callable[[QBuffer], object]) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    buffer.close()
    return bytes(data.data())


WRITERS: Final = {"png": _png, "svg": _svg, "pdf": _pdf}
