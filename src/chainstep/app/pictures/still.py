"""One picture of the net, as PNG, SVG or PDF: what the canvas shows, on paper of its own size.

The canvas is in `stage`, what is lit in `app.lighting`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageWriter, QPageSize, QPaintDevice, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from chainstep.app.canvas.marks import Marks
from chainstep.app.lighting import all_known
from chainstep.app.pictures.stage import Stage
from chainstep.errors import FileError
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
    making = StillMaking(project, kind, marks, paper)
    for number in range(len(making)):
        making.add(number)
    return making.finish()


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
    stage = _set(project, marks, paper)
    if widest is not None:
        paper = replace(paper, sharpness=min(paper.sharpness, widest / stage.part.width()))
    image = _image(stage, paper)
    painter = QPainter(image)
    stage.paint(painter, _ground(painter, stage, paper))
    painter.end()
    return image


class StillMaking:
    """A picture on its way into a file: one thing on the canvas after the other, then packed."""

    def __init__(
        self, project: Project, kind: str, marks: Marks | None = None, paper: Paper | None = None
    ) -> None:
        """As `picture`."""
        self._painter = QPainter()
        paper = paper or Paper()
        stage = _set(project, marks, paper)
        self._buffer = QBuffer()
        self._buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._device = _DEVICES[kind](stage, paper, self._buffer)
        self._painter.begin(self._device)
        if isinstance(self._device, QPdfWriter):
            self._painter.scale(_RESOLUTION / 96, _RESOLUTION / 96)
        self._parts = stage.parts(self._painter, _ground(self._painter, stage, paper))

    def __len__(self) -> int:
        return len(self._parts) + 1

    def add(self, number: int) -> None:
        """Paint one thing; the last ends it."""
        if number < len(self._parts):
            self._parts[number]()
        else:
            self._painter.end()

    def finish(self) -> bytes:
        """Return the file. Raises FileError where there was no room for it."""
        if isinstance(self._device, QImage):
            return encoded(self._device)
        return bytes(self._buffer.data().data())

    def drop(self) -> None:
        """Let go of what is half made."""
        if self._painter.isActive():
            self._painter.end()

    def __del__(self) -> None:
        """End before the device goes, as Qt asks for: a dialog may go in the middle of it."""
        self.drop()


def encoded(image: QImage) -> bytes:
    """Return an image as a PNG file. Raises FileError where there was no room for the image."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    if not writer.write(image):
        raise FileError("There is no room for a picture of this size: make it less sharp.")
    return bytes(buffer.data().data())


def _set(project: Project, marks: Marks | None, paper: Paper) -> Stage:
    stage = Stage(project, paper.look)
    stage.show(marks)
    stage.frame()
    return stage


def _ground(painter: QPainter, stage: Stage, paper: Paper) -> QRectF:
    """Paint what is behind the net; return the whole sheet."""
    sheet = QRectF(QPointF(), stage.part)
    if not paper.see_through:
        painter.fillRect(sheet, stage.worn.background)
    return sheet


def _image(stage: Stage, paper: Paper, _buffer: QBuffer | None = None) -> QImage:
    """Return the pixels to paint on, not more than memory is for."""
    size = stage.part
    scale = min(paper.sharpness, math.sqrt(_MOST_PIXELS / (size.width() * size.height())))
    pixels = QSize(math.ceil(size.width() * scale), math.ceil(size.height() * scale))
    clear, solid = QImage.Format.Format_ARGB32_Premultiplied, QImage.Format.Format_RGB32
    image = QImage(pixels, clear if paper.see_through else solid)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.transparent if paper.see_through else stage.worn.background)
    return image


def _svg(stage: Stage, _paper: Paper, buffer: QBuffer) -> QSvgGenerator:
    size = stage.part
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(math.ceil(size.width()), math.ceil(size.height())))
    generator.setViewBox(QRectF(QPointF(), size))
    generator.setTitle("A neural network drawn in Chainstep")
    return generator


def _pdf(stage: Stage, _paper: Paper, buffer: QBuffer) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(stage.part * _POINTS, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF())
    writer.setResolution(_RESOLUTION)
    writer.setTitle("A neural network")
    writer.setCreator("Chainstep")
    return writer


_DEVICES: Final[Mapping[str, Callable[[Stage, Paper, QBuffer], QPaintDevice]]] = {
    "png": _image,
    "svg": _svg,
    "pdf": _pdf,
}
