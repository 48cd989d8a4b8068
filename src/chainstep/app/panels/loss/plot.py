"""The loss plot: the loss now, and its curve once there is one; validation and accuracy beside.

Nothing here loads pyqtgraph or NumPy before `wake`, which the window calls after its first paint;
the curve with its axes is in `canvas`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.look import icons, theme
from chainstep.app.moment import Moment
from chainstep.app.panels.debugging.edits import add
from chainstep.app.panels.loss.legend import NAMES, AccuracyChart, Legend
from chainstep.app.panels.rows import plain_label, plain_tip
from chainstep.app.plots.exporting import ExportMenu, Table, export_button
from chainstep.stepping.numbers import format_number
from chainstep.stepping.watching.breakpoints import (
    EPOCH,
    LOSS_BELOW,
    LOSS_RISES,
    Breakpoint,
    read_all,
)
from chainstep.stepping.watching.samples import Samples

if TYPE_CHECKING:  # NumPy and pyqtgraph come in after the first paint
    from chainstep.app.panels.loss.canvas import LossCanvas
    from chainstep.engine.trainer import Trainer

EMPTY: Final = "No epoch finished yet: Train (F5) or step to an update."
_LOG_TIP: Final = "E on a log axis: equal heights are equal factors."
_NO_LOG_TIP: Final = "E is 0 or negative somewhere, and a log axis has no place for that."


class LossPlot(QWidget):
    """One loss an epoch, live; log or linear; the wheel zooms, a double click shows all.

    Signals:
        failed(str): a sentence for the user.
        edited(str, object): the undo text and a function from project to project.
        epoch_asked(int): stand behind so many epochs.
    """

    failed = Signal(str)
    edited = Signal(str, object)
    epoch_asked = Signal(int)

    def __init__(self, held: Samples | None = None, parent: QWidget | None = None) -> None:
        """held: validation loss, its accuracy and the training's, as the recorder notes them."""
        super().__init__(parent)
        self.canvas: LossCanvas | None = None
        self._moment: Moment | None = None
        self._trainer: Trainer | None = None
        self._line = 0
        self.held = Samples() if held is None else held
        self.accuracy = AccuracyChart(self.held)
        self.legend = Legend()
        self.accuracy_button = QToolButton()
        self.menu = ExportMenu(self, self)
        self.value = plain_label("", "muted")
        self.value.setMinimumWidth(1)  # rather cut than make the window wide
        self.hint = plain_label(EMPTY, "muted", wraps=True)
        self.log_button = QToolButton()
        self._pages = QStackedLayout()
        self._build()
        theme.changed.connect(self._dress)

    def show_moment(self, moment: Moment) -> None:
        """Show the losses of the run up to now; while hidden, nothing is done."""
        self._moment = moment
        if self.isVisible():
            self._refresh()

    @Slot()
    def wake(self) -> None:
        """Bring in pyqtgraph; called after the first paint."""
        if self.canvas is not None:
            return
        from chainstep.app.panels.loss.canvas import LossCanvas

        self.canvas = LossCanvas(self)
        self.canvas.set_log(self.log_button.isChecked())
        self._pages.addWidget(self.canvas)
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._trainer = None
        self._refresh()

    def _build(self) -> None:
        self.log_button.setText("log")
        self.log_button.setCheckable(True)
        self.log_button.setChecked(True)
        self.log_button.setToolTip(_LOG_TIP)
        self.log_button.setAccessibleName("log axis for E")
        self.log_button.setStyleSheet("QToolButton { padding: 3px 7px; }")
        keep_room(self.log_button)
        self.log_button.toggled.connect(self._log_toggled)
        self.accuracy_button.setText("accuracy")
        self.accuracy_button.setCheckable(True)
        self.accuracy_button.setToolTip("Which share of the examples is classed rightly")
        self.accuracy_button.setStyleSheet("QToolButton { padding: 3px 7px; }")
        self.accuracy_button.toggled.connect(self._show_page)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer)
        self.out = export_button(self.menu)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.legend)
        head.addStretch(1)
        for widget in (self.value, self.accuracy_button, self.log_button, self.out):
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 6, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(self._pages, 1)
        self._pages.addWidget(self.hint)
        self._pages.addWidget(self.accuracy)
        self._show_header(None)

    def _refresh(self) -> None:
        moment = self._moment
        run = moment.run if moment is not None else None
        trainer = run.trainer if run is not None else None
        if moment is None or trainer is None or not trainer.losses:
            self._trainer = None
            self._show_header(None)
            self._pages.setCurrentWidget(self.hint)
            return
        self.wake()
        self._show_curve(moment, trainer)

    def _show_curve(self, moment: Moment, trainer: Trainer) -> None:
        canvas, run = self.canvas, moment.run
        assert canvas is not None
        assert run is not None
        history = moment.history
        line = 0 if history is None else history.line
        if trainer is not self._trainer:
            canvas.forget()
        elif line != self._line:
            canvas.buffer.clear()  # as many epochs of another line have other losses
        self._trainer, self._line = trainer, line
        marked = 0 if moment.training else run.cursor.epoch + 1
        canvas.show_losses(trainer.losses, marked, moment.digits)  # first: they choose the axis
        canvas.show_kept([] if history is None else history.kept)
        canvas.show_breaks(*_breaks_of(moment))
        canvas.show_validation(self.held.epochs, self.held.column(0))
        self._show_header(moment)
        self._show_page()

    def _show_header(self, moment: Moment | None) -> None:
        """Say E of the last epoch, and why the axis is linear where it has to be."""
        trainer = self._trainer
        fits = self.canvas is None or trainer is None or self.canvas.log_fits
        self.value.setVisible(trainer is not None)
        self.out.setVisible(trainer is not None)
        self.legend.setVisible(trainer is not None)
        self.accuracy_button.setVisible(trainer is not None and self.accuracy.some)
        self.log_button.setVisible(trainer is not None and not self._shows_accuracy)
        self.log_button.setEnabled(fits)
        self.log_button.setToolTip(plain_tip(_LOG_TIP if fits else _NO_LOG_TIP))
        if moment is None or trainer is None:
            return
        text = f"E = {format_number(trainer.losses[-1], moment.digits)}"
        self.value.setText(text if fits else f"{text} · linear, as E is not always above 0")

    def plot_name(self) -> str:
        """Return what a file of the plot is called."""
        return "accuracy" if self._shows_accuracy else "loss"

    def picture_size(self) -> QSize:
        """Return how large the plot is painted."""
        shown = self._pages.currentWidget()
        size = QSize(480, 200) if shown is None else shown.size()
        return size + QSize(0, NAMES)

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the curve as it stands on the screen, below the names of its lines."""
        self.legend.picture(painter, rect)
        rect = rect.adjusted(0, NAMES, 0, 0)
        if self._shows_accuracy:
            self.accuracy.picture(painter, rect)
        elif self.canvas is not None:
            QWidget.render(self.canvas, painter, rect.topLeft().toPoint())

    def table(self) -> Table:
        """Return a row an epoch, and one for each measure within; what is not known is empty."""
        header = ["epoch", "loss", "validation_loss", "validation_accuracy", "training_accuracy"]
        held = dict(zip(self.held.epochs, self.held.rows, strict=True))
        losses = dict(enumerate(self._trainer.losses if self._trainer is not None else (), 1))
        none = (math.nan,) * 3
        return header, [
            (n, losses.get(n), *(None if math.isnan(v) else v for v in held.get(n, none)))  # type: ignore[call-overload]
            for n in sorted({*losses, *held})
        ]

    @property
    def _shows_accuracy(self) -> bool:
        return self.accuracy_button.isChecked() and self.accuracy.some

    @Slot()
    def _show_page(self) -> None:
        """Show the loss or the accuracy."""
        if self.canvas is None or self._trainer is None:
            return
        self.accuracy.update()
        self._pages.setCurrentWidget(self.accuracy if self._shows_accuracy else self.canvas)
        self.log_button.setVisible(not self._shows_accuracy)
        self.legend.show_lines(bool(len(self.held)) and not math.isnan(self.held.rows[-1][0]))

    @Slot(QPoint)
    def _offer(self, place: QPoint) -> None:
        """Offer to go to the epoch under the pointer, to break there, and the export."""
        canvas = self.canvas
        if canvas is None or self._trainer is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        epoch = 0 if self._shows_accuracy else canvas.epoch_at(canvas.mapFrom(self, place))
        if epoch:
            menu.addAction(f"Go to Epoch {epoch:,}").setData(("go", epoch))
            menu.addAction(f"Breakpoint at Epoch {epoch:,}").setData(("break", epoch))
            menu.addSeparator()
        menu.addActions(self.menu.actions())
        menu.triggered.connect(self._chosen)
        menu.popup(self.mapToGlobal(place))

    @Slot(QAction)
    def _chosen(self, action: QAction) -> None:
        what, epoch = action.data() if isinstance(action.data(), tuple) else ("", 0)
        if what == "go":
            self.epoch_asked.emit(epoch)
        elif what == "break":
            self.edited.emit(*add(Breakpoint(kind="epoch", value=float(epoch))))

    @Slot(bool)
    def _log_toggled(self, log: bool) -> None:
        if self.canvas is not None:
            self.canvas.set_log(log)

    @Slot()
    def _dress(self) -> None:
        icons.retint(self)
        self.legend.dress()
        if self.canvas is not None:
            self.canvas.dress()


def _breaks_of(moment: Moment) -> tuple[list[int], list[float]]:
    """Return the epochs and the values of E that a breakpoint which is on waits for."""
    found = read_all(moment.project.debug.breakpoints)
    on = [each for each in found if each.enabled]
    epochs = [int(each.value) for each in on if each.kind == EPOCH and each.value < 1e15]
    levels = [each.value for each in on if each.kind == LOSS_BELOW]
    if moment.run is not None and (guard := moment.run.guard) is not None:
        limits = (guard.limit(each) for each in on if each.kind == LOSS_RISES)
        levels += [limit for limit in limits if math.isfinite(limit)]
    return epochs, levels


def keep_room(widget: QWidget) -> None:
    """Let a widget keep its place while it is hidden, so that nothing jumps."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)
