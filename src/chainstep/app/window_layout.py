"""Where the parts of the window stand. What connects them is in `window`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.bars.legend import Legend
from chainstep.app.bars.notice import NoticeBar
from chainstep.app.bars.status_line import StatusLine
from chainstep.app.bars.step_bar import StepBar
from chainstep.app.bars.tool_strip import ToolStrip
from chainstep.app.bars.welcome import Empty, Invitation
from chainstep.app.canvas.scene import CanvasScene
from chainstep.app.canvas.view import CanvasView
from chainstep.app.late import LatePanels
from chainstep.app.look import size
from chainstep.app.moment import Moment
from chainstep.app.panels.chain_rule.panel import ChainRulePanel
from chainstep.app.panels.data.table import DataTable
from chainstep.app.panels.inspector.panel import Inspector
from chainstep.app.panels.loss.plot import LossPlot
from chainstep.app.panels.notation_bar import NotationBar
from chainstep.app.panels.readout import Readout
from chainstep.app.panels.rows import Scrolling, plain_label
from chainstep.app.panels.timeline import Timeline
from chainstep.app.panels.why.room import Room
from chainstep.app.plots.docks import PlotDocks
from chainstep.app.plots.tabs import PlotTabs
from chainstep.project import Project

if TYPE_CHECKING:
    from chainstep.app.panels.debugging.breakpoints import BreakpointsPanel
    from chainstep.app.panels.debugging.history import HistoryPanel
    from chainstep.app.panels.debugging.watches import WatchesPanel
    from chainstep.app.panels.training.panel import TrainingPanel
    from chainstep.app.panels.why.panel import WhyPanel
    from chainstep.app.window import MainWindow

#: The place of the Why tab.
WHY = 2
SIDE_WIDTH = 384
SIDE_LEAST = 350
#: The panels at the right take no more than this of the window.
SIDE_SHARE = 0.42
LEAST_WHOLE = 1000
BOTTOM_HEIGHT = 250
_SPLITTERS = (
    ("side", Qt.Orientation.Vertical),
    ("bottom", Qt.Orientation.Horizontal),
    ("main", Qt.Orientation.Vertical),
    ("across", Qt.Orientation.Horizontal),
)
_MARGIN = 20
#: What happens to a line over the canvas that covers more or less of it from then on.
_PLACED = {QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.Resize}
#: What a title bar takes of the screen, which only the system knows, and only later.
TITLE_BAR = 32
#: How far below and right of the last one a new window stands.
CASCADE = 28


@dataclass
class Places:
    """The splitters that panels stand in."""

    side: QSplitter
    bottom: QSplitter
    main: QSplitter
    across: QSplitter

    def arrange(self) -> None:
        """Give every panel the room it has at first, at the size that everything has now."""
        whole = max(self.across.width(), LEAST_WHOLE)
        side = min(size.px(SIDE_WIDTH), round(whole * SIDE_SHARE))
        self.side.setMinimumWidth(min(size.px(SIDE_LEAST), side))
        self.side.setSizes([430, 290])
        self.bottom.setSizes([480, 416])
        self.main.setSizes([460, BOTTOM_HEIGHT])
        self.across.setSizes([whole - side, side])


@dataclass
class Parts:
    """Everything in the window that shows something."""

    view: CanvasView
    area: CanvasArea
    notices: NoticeBar
    step_bar: StepBar
    readout: Readout
    tools: ToolStrip
    timeline: Timeline
    chain_rule: ChainRulePanel
    inspector: Inspector
    notation: NotationBar
    tabs: QTabWidget
    loss_plot: LossPlot
    plots: PlotTabs
    docks: PlotDocks
    data_table: DataTable
    status: StatusLine
    places: Places
    late: LatePanels

    @property
    def training(self) -> TrainingPanel:
        """The settings of the training."""
        return self.late.training.panel

    @property
    def why(self) -> WhyPanel:
        """The lenses."""
        return self.late.why.panel

    @property
    def breakpoints(self) -> BreakpointsPanel:
        """Where a run halts."""
        return self.late.breakpoints.panel

    @property
    def watches(self) -> WatchesPanel:
        """The numbers that are kept in sight."""
        return self.late.watches.panel

    @property
    def history(self) -> HistoryPanel:
        """What happened to the run."""
        return self.late.history.panel

    def show(self, moment: Moment) -> None:
        """Hand one moment to all but the plots and the data, which take longer."""
        if moment.stepping and self.area.invitation is not None:
            self.area.invitation.dismiss()
        self.readout.show_moment(moment)
        self.timeline.show_moment(moment)
        self.chain_rule.show_moment(moment)
        self.inspector.show_moment(moment)
        self.late.show_moment(moment)
        self.notation.show_moment(moment)

    def show_document(self, moment: Moment) -> None:
        """Show what needs no run, and so no NumPy; what comes with the run then moves nothing."""
        self.notation.show_moment(moment)
        self.inspector.show_moment(moment)
        self.data_table.show_moment(moment)

    def show_emptiness(self, project: Project) -> None:
        """Say what to do on an empty canvas."""
        self.area.empty.set_visible(not project.network.units)

    def show_inspector(self) -> None:
        """Bring the inspector to the front."""
        self.tabs.setCurrentIndex(0)

    def show_check(self) -> None:
        """Bring the check of every derivative to the front."""
        self.tabs.setCurrentIndex(WHY)
        self.why.check_everything()


class CanvasArea(QWidget):
    """The canvas with what lies over it: notices above, the timeline below."""

    def __init__(self, view: CanvasView, notices: NoticeBar, timeline: Timeline) -> None:
        super().__init__()
        self.view, self.notices, self.timeline = view, notices, timeline
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.legend = Legend()
        layout.addWidget(self.legend)
        layout.addWidget(view, 1)
        notices.setParent(self)  # over the canvas, which stays where it is
        timeline.setParent(self)
        for above in (self.legend, notices):
            above.installEventFilter(self)
        self.caption = plain_label()
        self.caption.setParent(view)
        self.caption.setObjectName("caption")
        self.caption.move(12, 12)
        self.caption.hide()
        self.empty = Empty(view)
        self.invitation: Invitation | None = None

    def say_what_weights(self, words: str) -> None:
        """Say what the weights shown are, "" where they are simply the net's."""
        self.caption.setText(words)
        self.caption.adjustSize()
        self.caption.setVisible(bool(words))

    def invite(self) -> None:
        """Say in one line what to do first."""
        self.invitation = Invitation(self.view)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep timeline and notices in their places."""
        super().resizeEvent(event)
        self.notices.resize(self.width(), self.notices.height())
        self.place_timeline()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell the canvas how much of it a notice covers."""
        if event.type() in _PLACED:
            notice = 0 if self.notices.isHidden() else self.notices.height()
            legend = 0 if self.legend.isHidden() else self.legend.sizeHint().height()
            self.view.cover_above(float(max(0, notice - legend)))
        return super().eventFilter(watched, event)

    def place_timeline(self) -> None:
        """Put the timeline along the foot of the canvas."""
        width, height = self.width() - 2 * _MARGIN, self.timeline.sizeHint().height()
        self.timeline.setGeometry(_MARGIN, self.height() - height - 14, width, height)
        self.timeline.raise_()
        self.view.bottom_inset = float(height + 14)


def build(window: MainWindow, scene: CanvasScene, actions: Mapping[str, QAction]) -> Parts:
    """Make the parts and put them into the window."""
    view, notices, timeline = CanvasView(scene), NoticeBar(), Timeline()
    readout, plots = Readout(), PlotTabs()
    parts = Parts(
        view=view,
        area=CanvasArea(view, notices, timeline),
        notices=notices,
        step_bar=StepBar(actions),
        readout=readout,
        tools=ToolStrip(actions),
        timeline=timeline,
        chain_rule=ChainRulePanel(),
        inspector=Inspector(),
        notation=NotationBar(),
        tabs=QTabWidget(),
        loss_plot=plots.loss,
        plots=plots,
        docks=PlotDocks(window, plots),
        data_table=DataTable(),
        status=StatusLine(),
        places=Places(*(_splitter(name, way) for name, way in _SPLITTERS)),
        late=LatePanels(window),
    )
    _place(window, parts)
    parts.step_bar.set_readout(readout)
    for action in actions.values():
        window.addAction(action)
    return parts


def fit_on_screen(window: QWidget, beside: QWidget | None) -> None:
    """Make a window no larger than its screen; beside: the one it comes a little below of."""
    room = window.screen().availableGeometry().adjusted(0, 0, 0, -TITLE_BAR)
    box = window.size().boundedTo(room.size())
    window.resize(box)
    if beside is None:
        return
    at = beside.pos() + QPoint(CASCADE, CASCADE)
    if at.x() + box.width() > room.right() + 1 or at.y() + box.height() > room.bottom() + 1:
        free = room.size() - box
        at = QPoint(min(at.x(), room.x() + free.width()), min(at.y(), room.y() + free.height()))
        if at == beside.pos():
            at = room.topLeft()
    window.move(at)


def _place(window: MainWindow, parts: Parts) -> None:
    parts.tabs.addTab(Scrolling(parts.inspector), "Inspector")
    parts.tabs.addTab(parts.late.training, "Training")
    parts.tabs.addTab(parts.late.why, "Why")
    parts.tabs.setDocumentMode(True)
    explained = _stacked(parts.notation, Scrolling(parts.chain_rule))
    places = parts.places
    _fill(places.side, explained, parts.tabs)
    Room(places.side, parts.tabs, WHY)
    parts.tabs.currentChanged.connect(parts.chain_rule.room_changed)
    tables = QTabWidget()
    tables.setDocumentMode(True)
    tables.addTab(parts.data_table, "Data")
    tables.addTab(parts.late.breakpoints, "Breakpoints")
    tables.addTab(parts.late.watches, "Watches")
    tables.addTab(parts.late.history, "History")
    _fill(places.bottom, parts.plots, tables)
    canvas = QWidget()
    row = QHBoxLayout(canvas)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(parts.tools)
    row.addWidget(parts.area, 1)
    _fill(places.main, canvas, places.bottom)
    _fill(places.across, places.main, places.side)
    places.main.setStretchFactor(0, 1)
    places.across.setStretchFactor(0, 1)
    places.arrange()
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget, stretch in ((parts.step_bar, 0), (places.across, 1), (parts.status, 0)):
        column.addWidget(widget, stretch)
    window.setCentralWidget(whole)
    window.resize(QSize(1280, 800))


def _fill(splitter: QSplitter, *widgets: QWidget) -> None:
    for widget in widgets:
        splitter.addWidget(widget)


def _splitter(name: str, way: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(way)
    splitter.setObjectName(name)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    return splitter


def _stacked(above: QWidget, below: QWidget) -> QWidget:
    """Return two widgets one above the other, the lower one as high as there is room."""
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(above)
    column.addWidget(below, 1)
    return both
