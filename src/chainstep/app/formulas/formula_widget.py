"""A widget that shows one formula, lit where it is told to be.

What the formula says comes from `stepping.explain`, its layout from `mathlayout`.
"""

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from chainstep.app.formulas.mathlayout import Highlight, Layout, lay_out
from chainstep.app.look import size
from chainstep.stepping.formula.latex import latex
from chainstep.stepping.formula.nodes import Node
from chainstep.stepping.formula.text import plain, speech

_MARGIN = 4
_LEAST_WIDTH = 40
_PICTURE_SCALE = 4


class FormulaWidget(QWidget):
    """Shows one formula, broken into lines where it is wider than the widget.

    Signals: tag_clicked(str): the innermost tag under a click. tag_hovered(str): the tag that the
    pointer has come to, "" when it has left one.
    """

    tag_clicked = Signal(str)
    tag_hovered = Signal(str)

    def __init__(self, px: int = 18, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node: Node | None = None
        self._desk_px = px
        self._highlight: Highlight = {}
        self._hovered = ""
        self._by_keyboard = False
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def _px(self) -> int:
        return size.px(self._desk_px)

    @property
    def formula(self) -> Node | None:
        """The formula shown, or None."""
        return self._node

    @property
    def highlight(self) -> Highlight:
        """What is lit: {tag: (colour or None, ground or None)}."""
        return self._highlight

    def set_formula(self, node: Node | None) -> None:
        """Show a formula, or nothing. The highlight stays."""
        if node is self._node or node == self._node:
            return
        self._node = node
        self.setAccessibleName(speech(node) if node is not None else "")
        self._hover("")
        self.updateGeometry()
        self.update()

    def set_highlight(self, highlight: Highlight) -> None:
        """Light what is under these tags: {tag: (colour or None, ground or None)}."""
        if highlight != self._highlight:
            self._highlight = dict(highlight)
            self.update()

    def layout_now(self) -> Layout | None:
        """Return the layout at the widget's present width, or None without a formula."""
        return self._layout_for(self.width())

    def tag_at(self, point: QPointF) -> str | None:
        """Return the innermost tag at a place of the widget."""
        layout = self.layout_now()
        return layout.tag_at(point - self._origin(layout)) if layout else None

    def sizeHint(self) -> QSize:
        """The formula on one line."""
        layout = lay_out(self._node, self._px) if self._node is not None else None
        return self._size_of(layout)

    def minimumSizeHint(self) -> QSize:
        """A column that a formula can still be broken into."""
        return QSize(min(_LEAST_WIDTH + 6 * self._px, self.sizeHint().width()), self._px)

    def hasHeightForWidth(self) -> bool:
        """Broken into more lines, a formula is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of the formula broken at `width`."""
        return self._size_of(self._layout_for(width)).height()

    def _layout_for(self, width: int) -> Layout | None:
        if self._node is None:
            return None
        return lay_out(self._node, self._px, max(width - 2 * _MARGIN, _LEAST_WIDTH))

    def _size_of(self, layout: Layout | None) -> QSize:
        if layout is None:
            return QSize(0, 0)
        # One pixel more than its width, so that rounding never breaks a line that fits.
        return QSize(int(layout.width) + 2 * _MARGIN + 1, int(layout.height) + 2 * _MARGIN + 1)

    def _origin(self, layout: Layout) -> QPointF:
        return QPointF(_MARGIN, max(_MARGIN, (self.height() - layout.height) / 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the formula, and a ring around it when it has the keyboard."""
        layout = self.layout_now()
        if layout is None:
            return
        painter = QPainter(self)
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        layout.paint(painter, self._origin(layout), colour, self._highlight)
        if self.hasFocus() and self._by_keyboard:
            self._paint_ring(painter)
        painter.end()

    def _paint_ring(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 1.5))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Ring the formula only for those who came by the keyboard."""
        self._by_keyboard = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        super().focusInEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which tag the pointer is on."""
        self._hover(self.tag_at(event.position()) or "")

    def leaveEvent(self, event: QEvent) -> None:
        """Say that the pointer is on no tag any more."""
        self._hover("")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say which tag was clicked."""
        tag = self.tag_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and tag is not None:
            self.tag_clicked.emit(tag)

    def _hover(self, tag: str) -> None:
        if tag == self._hovered:
            return
        self._hovered = tag
        if tag:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()
        self.tag_hovered.emit(tag)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the formula as text."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_text()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy the formula."""
        if self._node is not None:
            menu = self.context_menu()
            menu.exec(event.globalPos())
            menu.deleteLater()

    def context_menu(self) -> QMenu:
        """Return a new menu with the ways to copy the formula."""
        menu = QMenu(self)
        menu.addAction(self.tr("Copy as text")).triggered.connect(self.copy_text)
        menu.addAction(self.tr("Copy as LaTeX")).triggered.connect(self.copy_latex)
        menu.addAction(self.tr("Copy as picture")).triggered.connect(self.copy_picture)
        return menu

    def copy_text(self) -> None:
        """Put the formula on the clipboard in one line of Unicode."""
        if self._node is not None:
            QGuiApplication.clipboard().setText(plain(self._node))

    def copy_latex(self) -> None:
        """Put the formula on the clipboard as LaTeX."""
        if self._node is not None:
            QGuiApplication.clipboard().setText(latex(self._node))

    def copy_picture(self) -> None:
        """Put the formula on the clipboard as a picture, dark on white, large enough to print."""
        if self._node is None:
            return
        layout = lay_out(self._node, self._desk_px)
        room = self._size_of(layout) * _PICTURE_SCALE
        picture = QImage(room, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(_PICTURE_SCALE)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        layout.paint(painter, QPointF(_MARGIN, _MARGIN), QColor(Qt.GlobalColor.black))
        painter.end()
        QGuiApplication.clipboard().setImage(picture)
