"""The outputs beside the examples are those of the weights where the run is."""

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from chainstep.app.moment import Moment
from chainstep.app.panels.data import model as data_model
from chainstep.app.panels.data.table import DataTable
from chainstep.engine.predict import predict
from chainstep.files.examples import load_example
from chainstep.stepping.history import History
from chainstep.stepping.run import Run


def test_as_many_updates_on_another_line_have_outputs_of_their_own(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    shown: list[float] = []
    compute = data_model._outputs

    def noting(moment: Moment, rows: tuple[tuple[float, ...], ...]) -> list[list[float]]:
        found = compute(moment, rows)
        shown[:] = [row[0] for row in found]
        return found

    monkeypatch.setattr(data_model, "_outputs", noting)
    project = load_example("xor").with_training(batch_size=1)
    table, run, history = DataTable(), Run(project), History()
    qtbot.addWidget(table)
    table.resize(520, 240)
    table.setVisible(True)
    history.begin(run)
    for rate in (1.0, 4.0):
        run.retune(msgspec.structs.replace(run.trainer.training, learning_rate=rate))
        history.going_on(run)
        run.go_to(2)
        history.trained(run)
        table.show_moment(Moment(project, run, history=history))
        history.leave(run)
        run.restart() if rate == 1.0 else None
    qtbot.wait(50)
    history.go_to(run, history.events[1])
    table.show_moment(Moment(project, run, history=history))
    expected = predict(run.project, project.data.inputs)[:, 0].tolist()
    qtbot.waitUntil(lambda: shown == expected)
