"""Where the parts of the window stand. What connects them is in `window`."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QScrollArea,
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
from chainstep.app.moment import Moment
from chainstep.app.panels.chain_rule.panel import ChainRulePanel
from chainstep.app.panels.data.table import DataTable
from chainstep.app.panels.debugging.breakpoints import BreakpointsPanel
from chainstep.app.panels.debugging.history import HistoryPanel
from chainstep.app.panels.debugging.watches import WatchesPanel
from chainstep.app.panels.inspector.panel import Inspector
from chainstep.app.panels.loss.plot import LossPlot
from chainstep.app.panels.notation_bar import NotationBar
from chainstep.app.panels.readout import Readout
from chainstep.app.panels.timeline import Timeline
from chainstep.app.panels.training.panel import TrainingPanel
from chainstep.app.panels.why.panel import WhyPanel
from chainstep.app.plots.tabs import PlotTabs
from chainstep.project import Project

SIDE_WIDTH = 384
BOTTOM_HEIGHT = 250
_MARGIN = 20


@dataclass
class Parts:
    """Everything in the window that shows something."""

    view: CanvasView
    area: "CanvasArea"
    notices: NoticeBar
    step_bar: StepBar
    readout: Readout
    tools: ToolStrip
    timeline: Timeline
    chain_rule: ChainRulePanel
    inspector: Inspector
    training: TrainingPanel
    breakpoints: BreakpointsPanel
    watches: WatchesPanel
    history: HistoryPanel
    why: WhyPanel
    notation: NotationBar
    tabs: QTabWidget
    loss_plot: LossPlot
    plots: PlotTabs
    data_table: DataTable
    status: StatusLine

    def show(self, moment: Moment) -> None:
        """Hand one moment to all."""
        self.readout.show_moment(moment)
        self.timeline.show_moment(moment)
        self.chain_rule.show_moment(moment)
        self.inspector.show_moment(moment)
        self.training.show_moment(moment)
        self.breakpoints.show_moment(moment)
        self.watches.show_moment(moment)
        self.history.show_moment(moment)
        self.why.show_moment(moment)
        self.notation.show_moment(moment)
        self.plots.show_moment(moment)
        self.data_table.show_moment(moment)

    def show_emptiness(self, project: Project) -> None:
        """Say what to do on an empty canvas."""
        self.area.empty.set_visible(not project.network.units)

    def show_inspector(self) -> None:
        """Bring the inspector to the front."""
        self.tabs.setCurrentIndex(0)


class CanvasArea(QWidget):
    """The canvas with what lies over it: notices above, the timeline below."""

    def __init__(self, view: CanvasView, notices: NoticeBar, timeline: Timeline) -> None:
        super().__init__()
        self.view, self.notices, self.timeline = view, notices, timeline
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(notices)
        layout.addWidget(view, 1)
        timeline.setParent(self)
        self.legend = Legend(view)
        self.empty = Empty(view)
        self.invitation: Invitation | None = None

    def invite(self) -> None:
        """Say in one line what to do first."""
        self.invitation = Invitation(self.view)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the timeline in its place."""
        super().resizeEvent(event)
        width, height = self.width() - 2 * _MARGIN, self.timeline.sizeHint().height()
        self.timeline.setGeometry(_MARGIN, self.height() - height - 14, width, height)
        self.timeline.raise_()
        self.view.bottom_inset = float(height + 14)
        self.legend.place()


def build(window: QMainWindow, scene: CanvasScene, actions: Mapping[str, QAction]) -> Parts:
    """Make the parts and put them into the window."""
    view, notices, timeline = CanvasView(scene), NoticeBar(), Timeline()
    inspector, training, tabs = Inspector(), TrainingPanel(), QTabWidget()
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
        inspector=inspector,
        training=training,
        breakpoints=BreakpointsPanel(),
        watches=WatchesPanel(),
        history=HistoryPanel(),
        why=WhyPanel(),
        notation=NotationBar(),
        tabs=tabs,
        loss_plot=plots.loss,
        plots=plots,
        data_table=DataTable(),
        status=StatusLine(),
    )
    _place(window, parts)
    parts.step_bar.set_readout(readout)
    for action in actions.values():
        window.addAction(action)
    return parts


def _place(window: QMainWindow, parts: Parts) -> None:
    parts.tabs.addTab(_scrolling(parts.inspector), "Inspector")
    parts.tabs.addTab(_scrolling(parts.training), "Training")
    parts.tabs.addTab(_scrolling(parts.why), "Why")
    parts.tabs.setDocumentMode(True)
    explained = _stacked(parts.notation, _scrolling(parts.chain_rule))
    side = _splitter("side", Qt.Orientation.Vertical, explained, parts.tabs)
    side.setSizes([430, 290])
    side.setMinimumWidth(350)
    tables = QTabWidget()
    tables.setDocumentMode(True)
    tables.addTab(parts.data_table, "Data")
    tables.addTab(_scrolling(parts.breakpoints), "Breakpoints")
    tables.addTab(_scrolling(parts.watches, both_ways=True), "Watches")
    tables.addTab(_scrolling(parts.history), "History")
    bottom = _splitter("bottom", Qt.Orientation.Horizontal, parts.plots, tables)
    bottom.setSizes([480, 416])
    canvas = QWidget()
    row = QHBoxLayout(canvas)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(parts.tools)
    row.addWidget(parts.area, 1)
    main = _splitter("main", Qt.Orientation.Vertical, canvas, bottom)
    main.setStretchFactor(0, 1)
    main.setSizes([460, BOTTOM_HEIGHT])
    across = _splitter("across", Qt.Orientation.Horizontal, main, side)
    across.setStretchFactor(0, 1)
    across.setSizes([1280 - SIDE_WIDTH, SIDE_WIDTH])
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget, stretch in ((parts.step_bar, 0), (across, 1), (parts.status, 0)):
        column.addWidget(widget, stretch)
    window.setCentralWidget(whole)
    window.resize(QSize(1280, 800))


def _splitter(name: str, way: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(way)
    splitter.setObjectName(name)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
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


def _scrolling(widget: QWidget, both_ways: bool = False) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    if not both_ways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area
