"""The panels behind tabs that are not in front, each made when it is first shown or asked for.

So the first window does not wait for what nobody has looked at. A panel made late is connected and
shown the present moment before it is seen. Where the tabs stand is in `window_layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from chainstep.app.look import tab_order
from chainstep.app.panels.rows import Scrolling

if TYPE_CHECKING:  # each comes in with the panel that is made
    from chainstep.app.moment import Moment
    from chainstep.app.panels.debugging.breakpoints import BreakpointsPanel
    from chainstep.app.panels.debugging.history import HistoryPanel
    from chainstep.app.panels.debugging.watches import WatchesPanel
    from chainstep.app.panels.training.panel import TrainingPanel
    from chainstep.app.panels.why.panel import WhyPanel
    from chainstep.app.window import MainWindow

W = TypeVar("W", bound=QWidget)


class Late(Scrolling, Generic[W]):
    """The page of a tab, empty until its panel is asked for. make: returns the panel, connected."""

    def __init__(self, make: Callable[[], W], both_ways: bool = False) -> None:
        super().__init__(both_ways=both_ways)
        self._make = make
        self.made: W | None = None

    @property
    def panel(self) -> W:
        """The panel; from the first time on, the same."""
        if self.made is None:
            self.made = self._make()
            stops = tab_order.stops(self.made)
            self.setWidget(self.made)
            tab_order.go_on(self, stops)
        return self.made

    def showEvent(self, event: QShowEvent) -> None:
        """The tab comes to the front."""
        if self.made is None:
            self.panel.show()
        super().showEvent(event)


class LatePanels:
    """Makes the late panels of one window, and hands on what the window tells all of its panels."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.training = Late(self._make_training)
        self.why = Late(self._make_why)
        self.breakpoints = Late(self._make_breakpoints)
        self.watches = Late(self._make_watches, both_ways=True)
        self.history = Late(self._make_history)

    def show_moment(self, moment: Moment) -> None:
        """Hand a moment to those that are there."""
        pages: tuple[Late[Any], ...] = (
            self.training, self.breakpoints, self.watches, self.history, self.why
        )  # fmt: skip
        for page in pages:
            if page.made is not None:
                page.made.show_moment(moment)

    def select(self, units: Collection[str], ends: Collection[tuple[str, str]]) -> None:
        """Tell the one that follows the selection what is selected on the canvas."""
        if self.why.made is not None:
            self.why.made.select(units, ends)

    def _make_training(self) -> TrainingPanel:
        from chainstep.app.panels.training.panel import TrainingPanel

        panel, window = TrainingPanel(), self._window
        panel.edited.connect(window.apply)
        panel.randomise_asked.connect(window.randomise)
        panel.reset_asked.connect(window.debugger.restart)
        panel.show_moment(window.shown())
        return panel

    def _make_why(self) -> WhyPanel:
        from chainstep.app.panels.why.panel import WhyPanel

        panel, window = WhyPanel(), self._window
        panel.lit.connect(window.layers.set_lens)
        panel.pointed.connect(window.layers.relate)
        panel.show_moment(window.shown())
        panel.select(window.scene.selected_units, window.scene.selected_connections)
        return panel

    def _make_breakpoints(self) -> BreakpointsPanel:
        from chainstep.app.panels.debugging.breakpoints import BreakpointsPanel

        panel = BreakpointsPanel()
        panel.edited.connect(self._window.apply)
        panel.show_moment(self._window.shown())
        return panel

    def _make_watches(self) -> WatchesPanel:
        from chainstep.app.panels.debugging.watches import WatchesPanel

        panel = WatchesPanel()
        panel.edited.connect(self._window.apply)
        panel.show_moment(self._window.shown())
        return panel

    def _make_history(self) -> HistoryPanel:
        from chainstep.app.panels.debugging.history import HistoryPanel

        panel, window = HistoryPanel(), self._window
        panel.go_asked.connect(window.debugger.go_to_event)
        panel.keep_asked.connect(window.aids.keep_run)
        panel.drop_asked.connect(window.aids.drop_run)
        panel.compare_asked.connect(window.aids.compare_with)
        panel.show_moment(window.shown())
        return panel
