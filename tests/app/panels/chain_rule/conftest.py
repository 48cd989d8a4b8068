"""The chain-rule panel as wide as it stands in the window."""

import pytest
from pytestqt.qtbot import QtBot

from chainstep.app.panels.chain_rule.panel import ChainRulePanel
from tests.app.panels.chain_rule.stage import SIDE_PANEL


@pytest.fixture
def panel(qtbot: QtBot) -> ChainRulePanel:
    made = ChainRulePanel()
    qtbot.addWidget(made)
    made.setFixedWidth(SIDE_PANEL)
    return made
