"""What will go out, to be looked at: a picture on its paper, or the first lines of a text."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QWidget

from chainstep.app.look import size, theme
from chainstep.app.panels.rows import plain_label

_AIR = 14


class Preview(QStackedWidget):
    """Shows one of three: a picture, a text, a few words."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet, self.text, self.words = Sheet(), _text(), plain_label("", "muted", wraps=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for page in (self.sheet, self.text, self.words):
            self.addWidget(page)
        self.setMinimumSize(QSize(420, 240))

    def show_picture(self, image: QImage) -> None:
        """Show a picture."""
        self.sheet.set_image(image)
        self.setCurrentWidget(self.sheet)

    def show_text(self, text: str) -> None:
        """Show a text from its beginning."""
        self.text.setPlainText(text)
        self.setCurrentWidget(self.text)

    def show_words(self, words: str) -> None:
        """Say something instead."""
        self.words.setText(words)
        self.setCurrentWidget(self.words)


class Sheet(QWidget):
    """A picture on a sheet with a hairline, as large as it fits; chequered where it is clear."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self.setAccessibleName("Preview of the picture")

    def set_image(self, image: QImage) -> None:
        """Show another picture."""
        self._image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the sheet."""
        if self._image.isNull():
            return
        painter, worn = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(self.rect()).adjusted(_AIR, _AIR, -_AIR, -_AIR)
        fitted = self._image.deviceIndependentSize().scaled(
            room.size(), Qt.AspectRatioMode.KeepAspectRatio
        )
        place = QRectF(0, 0, fitted.width(), fitted.height())
        place.moveCenter(room.center())
        painter.fillRect(self.rect(), worn.background)
        if self._image.hasAlphaChannel():
            painter.fillRect(place, Qt.BrushStyle.Dense6Pattern)
        painter.drawImage(place, self._image)
        painter.setPen(QPen(worn.line, 1.0))
        painter.drawRect(place)
        painter.end()


def _text() -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setReadOnly(True)
    field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(size.px(12))
    field.setFont(font)
    field.setTabChangesFocus(True)
    field.setAccessibleName("Preview of the file's first lines")
    return field
