"""Where the parts of the window stand. What connects them is in `window`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
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
    """Put the parts into the window: bars above and below, the splitters between them."""
    places, tabs = parts.places, _side_tabs(parts)
    _fill(places.side, _stacked(parts.notation, Scrolling(parts.chain_rule)), tabs)
    Room(places.side, tabs, WHY)
    tabs.currentChanged.connect(parts.chain_rule.room_changed)  # once the room is given
    _fill(places.bottom, parts.plots, _tables(parts))
    _fill(places.main, _beside(parts.tools, parts.area), places.bottom)
    _fill(places.across, places.main, places.side)
    places.main.setStretchFactor(0, 1)
    places.across.setStretchFactor(0, 1)
    places.arrange()
    window.setCentralWidget(_stacked(parts.step_bar, places.across, parts.status))
    window.resize(QSize(1280, 800))


def _side_tabs(parts: Parts) -> QTabWidget:
    """Return the tabs below the explanation, filled; the place of the Why tab is `WHY`."""
    tabs, late = parts.tabs, parts.late
    _add_pages(tabs, Inspector=Scrolling(parts.inspector), Training=late.training, Why=late.why)
    return tabs


def _tables(parts: Parts) -> QTabWidget:
    """Return the tabs beside the plots."""
    tables, late = QTabWidget(), parts.late
    _add_pages(tables, Data=parts.data_table, Breakpoints=late.breakpoints, Watches=late.watches,
               History=late.history)  # fmt: skip
    return tables


def _add_pages(tabs: QTabWidget, **pages: QWidget) -> None:
    tabs.setDocumentMode(True)
    for name, page in pages.items():
        tabs.addTab(page, name)


def _fill(splitter: QSplitter, *widgets: QWidget) -> None:
    for widget in widgets:
        splitter.addWidget(widget)


def _splitter(name: str, way: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(way)
    splitter.setObjectName(name)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    return splitter


def _stacked(*widgets: QWidget) -> QWidget:
    """Return widgets one above the other, the second as high as there is room."""
    return _in_line(QVBoxLayout(), widgets)


def _beside(*widgets: QWidget) -> QWidget:
    """Return widgets side by side, the second as wide as there is room."""
    return _in_line(QHBoxLayout(), widgets)


def _in_line(line: QBoxLayout, widgets: Sequence[QWidget]) -> QWidget:
    whole = QWidget()
    whole.setLayout(line)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(0)
    for place, widget in enumerate(widgets):
        line.addWidget(widget, int(place == 1))
    return whole
