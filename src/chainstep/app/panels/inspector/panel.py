"""The inspector: what is selected, its fields and its numbers.

It chooses the page, and makes it when it is first needed; the pages are in `unit`, `connection` and
`several`, what an edit does to the project in `changes`. The settings of the training are in
`panels.training`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from chainstep.app.look import icons, tab_order, theme
from chainstep.app.panels.fields import Field
from chainstep.app.panels.inspector.several import SeveralPage, SummaryPage
from chainstep.app.panels.rows import Column

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.app.panels.inspector.connection import ConnectionPage
    from chainstep.app.panels.inspector.unit import UnitPage

Units = frozenset[str]
AllEnds = frozenset[tuple[str, str]]
Page = TypeVar("Page", "UnitPage", "ConnectionPage", SeveralPage)


class Inspector(Column):
    """Shows the selection of a moment, or the net where nothing is selected.

    Signals: edited(str, object): text for undo, and a function from Project to Project that may
    raise ChainstepError.
    """

    edited = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._moment: Moment | None = None
        self._units: Units = frozenset()
        self._ends: AllEnds = frozenset()
        self._renamed: tuple[str, str] | None = None
        self.summary = SummaryPage()
        self._pages: list[QWidget] = [self.summary]
        self.put(self.summary)
        self.column.addStretch(1)
        theme.changed.connect(self._theme_changed)

    @cached_property
    def unit(self) -> UnitPage:
        """The page for one unit."""
        from chainstep.app.panels.inspector.unit import UnitPage

        page = UnitPage()
        page.renamed.connect(self._remember_name)
        return self._added(page)

    @cached_property
    def connection(self) -> ConnectionPage:
        """The page for one connection."""
        from chainstep.app.panels.inspector.connection import ConnectionPage

        return self._added(ConnectionPage())

    @cached_property
    def several(self) -> SeveralPage:
        """The page for several units and connections."""
        return self._added(SeveralPage())

    def show_moment(self, moment: Moment) -> None:
        """Show what is selected as it is at a moment."""
        if moment is self._moment:
            return  # `select` has it already
        self._moment = moment
        self._follow_name(moment)
        self._refresh()

    def select(self, units: Units, ends: AllEnds, moment: Moment | None = None) -> None:
        """Show other units and connections; what was being typed is taken first.

        moment: at which to show them, if another one is about to be shown.
        """
        if (units, ends) == (self._units, self._ends):
            return
        before = self._moment
        self.finish()
        newer = self._moment is not before
        self._units, self._ends = units, ends
        for field in self.findChildren(Field):
            field.forget()
        if moment is None or moment is self._moment or newer:
            self._refresh()
        else:
            self.show_moment(moment)

    def finish(self) -> None:
        """Take what is being typed, as when the user clicks elsewhere."""
        for field in self.findChildren(Field):
            if field.typing:
                field.finish()

    def _refresh(self) -> None:
        moment = self._moment
        if moment is None:
            return
        network = moment.project.network
        units = [unit for unit in network.units if unit.id in self._units]
        connections = [c for c in network.connections if c.ends in self._ends] if self._ends else []
        if len(units) == 1 and not connections:
            self.unit.set_unit(moment, units[0])
            self._turn_to(self.unit)
        elif len(connections) == 1 and not units:
            self.connection.set_connection(moment, connections[0])
            self._turn_to(self.connection)
        elif units or connections:
            self.several.set_selection(moment, units, connections)
            self._turn_to(self.several)
        else:
            self.summary.set_moment(moment)
            self._turn_to(self.summary)

    def _added(self, page: Page) -> Page:
        stops = tab_order.stops(page)
        page.hide()
        self._pages.append(page)
        self.column.insertWidget(0, page)
        tab_order.go_on(self, stops)
        page.edited.connect(self.edited)
        return page

    def _turn_to(self, page: QWidget) -> None:
        for other in self._pages:
            if other is not page:
                other.hide()
        page.setVisible(True)

    def _remember_name(self, old: str, new: str) -> None:
        self._renamed = (old, new)

    def _follow_name(self, moment: Moment) -> None:
        """Keep a unit selected under the name it was just given here."""
        if self._renamed is None:
            return
        (old, new), known = self._renamed, moment.project.network.by_id
        self._renamed = None
        if old in self._units and old not in known and new in known:
            self._units = (self._units - {old}) | {new}

    def _theme_changed(self) -> None:
        icons.retint(self)
