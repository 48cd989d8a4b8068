"""Plots on their way out: as PNG, SVG or CSV, each a whole file or none.

What is painted and which numbers are behind it is asked of the plot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from chainstep.app.look import icons, theme
from chainstep.app.panels.rows import plain_tip
from chainstep.app.settings import Settings
from chainstep.errors import ChainstepError
from chainstep.files.atomic import write_atomically

Table = tuple[Sequence[str], Iterable[Iterable[object]]]
#: Pixels of a PNG for each pixel on the screen.
SHARPNESS: Final = 2
KINDS: Final = ("png", "svg", "csv")
_MARGIN: Final = 12


class Exportable(Protocol):
    """A plot that can be taken along."""

    def plot_name(self) -> str:
        """Return what a file of it is called, without ending."""

    def picture_size(self) -> QSize:
        """Return how large it is painted."""

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint it."""

    def table(self) -> Table:
        """Return a header and the rows of numbers behind it."""


class ExportMenu(QMenu):
    """Export as PNG, SVG or CSV; a refusal goes to the plot's own signal `failed`."""

    def __init__(self, plot: Exportable, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot = plot
        for kind in KINDS:
            action = self.addAction(f"Export {kind.upper()}…")
            action.setData(kind)
            action.triggered.connect(self._export)

    @Slot()
    def _export(self) -> None:
        action = self.sender()
        kind = str(action.data()) if action is not None else ""  # type: ignore[attr-defined]
        settings = Settings()
        start = settings.folder("plot") / f"{self._plot.plot_name()}.{kind}"
        pattern = f"{kind.upper()} (*.{kind})"
        name, _ = QFileDialog.getSaveFileName(self, "Export the Plot", str(start), pattern)
        if not name:
            return
        ending = Path(name).suffix.lower()[1:]
        path = Path(name if ending in KINDS else f"{name}.{kind}")
        try:
            write_atomically(path, content(self._plot, ending if ending in KINDS else kind))
        except ChainstepError as refused:
            self._tell(str(refused))
            return
        settings.set_folder("plot", path)

    def _tell(self, sentence: str) -> None:
        failed = getattr(self._plot, "failed", None)
        if failed is not None:
            failed.emit(sentence)


def export_button(menu: QMenu) -> QToolButton:
    """Return the small button that offers the export."""
    button = QToolButton()
    icons.set_icon(button, "save-as", "muted")
    button.setToolTip(plain_tip("Export this plot as PNG, SVG or CSV"))
    button.setAccessibleName("Export this plot")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    button.setStyleSheet(
        "QToolButton { padding: 3px 5px; } QToolButton::menu-indicator { image: none; }"
    )
    return button


def content(plot: Exportable, kind: str) -> bytes:
    """Return a plot as the bytes of a PNG, SVG or CSV file."""
    if kind == "csv":
        from chainstep.data.tables import write_table

        return write_table(*plot.table()).encode()
    return _png(plot) if kind == "png" else _svg(plot)


def _png(plot: Exportable) -> bytes:
    size = _grown(plot.picture_size())
    image = QImage(size * SHARPNESS, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SHARPNESS)
    painter = QPainter(image)
    _paint(plot, painter, size)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def _svg(plot: Exportable) -> bytes:
    size = _grown(plot.picture_size())
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    painter = QPainter(generator)
    _paint(plot, painter, size)
    painter.end()
    return bytes(data.data())


def _grown(size: QSize) -> QSize:
    return size + QSize(2 * _MARGIN, 2 * _MARGIN)


def _paint(plot: Exportable, painter: QPainter, size: QSize) -> None:
    ground: QColor = theme.current().surface
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), ground)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipping(False)
    painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    inside = QRectF(0, 0, size.width(), size.height())
    plot.picture(painter, inside.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN))
