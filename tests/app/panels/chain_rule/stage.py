"""What the tests of the chain-rule panel do with it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.moment import Moment
from chainstep.app.panels.chain_rule.panel import ChainRulePanel
from chainstep.app.panels.chain_rule.term_lines import Line

SIDE_PANEL = 384


def kinds(panel: ChainRulePanel, kind: str) -> list[Line]:
    return [row for row in panel.rows.lines if row.kind == kind]


def click(qtbot: QtBot, panel: ChainRulePanel, number: int) -> None:
    place = panel.rows.row_rect(number).center()
    qtbot.mouseClick(panel.rows, Qt.MouseButton.LeftButton, pos=place)


def shown(panel: ChainRulePanel, moment: Moment) -> None:
    """Show the panel on screen at the height it wants."""
    panel.show_moment(moment)
    panel.setFixedHeight(panel.heightForWidth(SIDE_PANEL))
    panel.show()
    QApplication.processEvents()
