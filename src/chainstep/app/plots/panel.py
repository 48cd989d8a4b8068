"""What all plots share: a line of controls, the picture, a hint instead of it, and the export.

A plot asks nothing of NumPy before `wake`, measures nothing while it is hidden, and measures only
where the parameters, the net or the data are others. What is measured and painted is each plot's.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from chainstep.app.look import icons, theme
from chainstep.app.moment import Moment
from chainstep.app.panels.rows import plain_label, plain_tip
from chainstep.app.plots.exporting import ExportMenu, Table, export_button

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.stepping.run import Run

#: Milliseconds of rest after which a plot may spend time on detail.
REST: Final = 180
NOT_YET: Final = "Nothing to show yet."


class PlotPanel(QWidget):
    """One plot of a run. A plot without one of the abstract methods is refused by mypy.

    Signals:
        edited(str, object): the undo text and a function from project to project.
        failed(str): a sentence for the user.
        unit_chosen(str): show this unit on the canvas.
        row_activated(int): make this row the current example.
    """

    edited = Signal(str, object)
    failed = Signal(str)
    unit_chosen = Signal(str)
    row_activated = Signal(int)

    #: What a file of the plot is called, and what is said of it.
    name = "plot"
    about = ""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.moment: Moment | None = None
        self._measured: tuple[object, ...] = ()
        self._awake = False
        self.canvas = PlotCanvas(self)
        self.value = plain_label("", "muted")
        self.value.setMinimumWidth(1)  # rather cut than make the window wide
        self.hint = plain_label(NOT_YET, "muted", wraps=True)
        self.menu = ExportMenu(self, self)
        self.controls = QHBoxLayout()
        self._pages = QStackedLayout()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._rested)
        self._build()
        theme.changed.connect(self._dress)

    # What each plot says for itself

    def why_not(self, moment: Moment, run: Run) -> str:
        """Say in one sentence why there is nothing to see, "" where there is."""
        return ""

    def why_not_bare(self, moment: Moment) -> str:
        """Say why there is nothing to see without a run; "" where `measure_bare` can do it."""
        return moment.refusal or NOT_YET

    def measure_bare(self, moment: Moment, fine: bool) -> None:
        """Take the numbers of a net that cannot run yet."""

    @abstractmethod
    def measure(self, moment: Moment, run: Run, fine: bool) -> None:
        """Take the numbers. fine: there is time for detail."""

    @abstractmethod
    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the numbers taken last."""

    @abstractmethod
    def table(self) -> Table:
        """Return a header and the rows of numbers behind the picture."""

    def refines(self) -> bool:
        """Whether `measure` knows a finer picture."""
        return False

    def pressed(self, place: QPoint, button: Qt.MouseButton) -> None:
        """The mouse went down on the picture."""

    def dragged(self, place: QPoint) -> None:
        """The mouse moved while it is down."""

    def released(self) -> None:
        """The mouse came up."""

    def needs_right_button(self) -> bool:
        """Whether the right button does something else now than to offer the export."""
        return False

    def tip_at(self, place: QPoint) -> str:
        """Return what is said of a place in the picture."""
        return ""

    # What all have

    def show_moment(self, moment: Moment) -> None:
        """Show the numbers of a moment; while hidden, nothing is done."""
        self.moment = moment
        if self.isVisible():
            self.refresh()

    @Slot()
    def wake(self) -> None:
        """NumPy may come in now; called after the first paint."""
        self._awake = True
        if self.isVisible():
            self.refresh()

    def refresh(self, anew: bool = False) -> None:
        """Measure and paint. anew: even where the parameters are the same."""
        if anew:
            self._measured = ()
        reason = self._reason()
        self._pages.setCurrentWidget(self.hint if reason else self.canvas)
        self.value.setVisible(not reason)
        self.out.setVisible(not reason)  # of nothing there is no picture
        self.hint.setText(reason)
        if not reason:
            self._measure(fine=False)
        self.canvas.update()

    def plot_name(self) -> str:
        """Return what a file of the plot is called."""
        return self.name

    def picture_size(self) -> QSize:
        """Return how large the picture is, at least as large as can be read."""
        return self.canvas.size().expandedTo(QSize(420, 260))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.refresh()

    def _reason(self) -> str:
        moment = self.moment
        if moment is None or not self._awake:
            return NOT_YET
        if moment.run is None:
            return self.why_not_bare(moment)
        return self.why_not(moment, moment.run)

    def _measure(self, fine: bool) -> None:
        moment = self.moment
        assert moment is not None
        run, project = moment.run, moment.project
        made = (project.network,) * 2 if run is None else (run.trainer.theta, run.trainer.plan)
        key = (*made, project.data, project.loss, fine)
        known = self._measured
        same = len(known) == len(key) and all(a is b for a, b in zip(known, key, strict=True))
        finer = len(known) == len(key) and known[-1] and not fine
        if not same and not (finer and all(a is b for a, b in zip(known[:-1], key, strict=False))):
            self._measured = key
            if run is None:
                self.measure_bare(moment, fine)
            else:
                self.measure(moment, run, fine)
        if self.refines() and not self._measured[-1]:
            self._rest.start()

    @Slot()
    def _rested(self) -> None:
        moment = self.moment
        if moment is None or moment.training or not self.isVisible() or self._reason():
            return
        self._measure(fine=True)
        self.canvas.update()

    def _build(self) -> None:
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.out = export_button(self.menu)
        head = QHBoxLayout()
        head.setSpacing(6)
        self.controls.setSpacing(6)
        head.addLayout(self.controls)
        head.addStretch(1)
        head.addWidget(self.value)
        head.addWidget(self.out)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 6, 12, 8)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(self._pages, 1)
        self._pages.addWidget(self.hint)
        self._pages.addWidget(self.canvas)
        self.canvas.setAccessibleName(self.about or self.name)

    @Slot()
    def _dress(self) -> None:
        icons.retint(self)
        if self.isVisible():
            self.refresh(anew=True)


class PlotCanvas(QWidget):
    """Where a plot is painted; hands the mouse on."""

    def __init__(self, panel: PlotPanel) -> None:
        super().__init__()
        self._panel = panel
        self.setMouseTracking(True)
        self.setMinimumSize(80, 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let the plot paint itself."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._panel.picture(painter, QRectF(self.rect()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the export."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        if by_mouse and self._panel.needs_right_button():
            return
        self._panel.menu.popup(event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell the plot."""
        self._panel.pressed(event.position().toPoint(), event.button())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the plot, and show what is under the mouse."""
        place = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._panel.dragged(place)
        else:
            self.setToolTip(plain_tip(self._panel.tip_at(place)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell the plot."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._panel.released()
