"""Targets that do not fit the net, as a file may hold them, stop no plot."""

import pytest
from pytestqt.qtbot import QtBot

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.plots import boundary_paint
from chainstep.app.plots.boundary import BoundaryPlot
from chainstep.project import Data, Project
from chainstep.stepping.run import Run
from tests.nets import draw


@pytest.mark.parametrize("activation", ["identity", "logistic"])
@pytest.mark.parametrize("targets", [((), ()), ((1.0,),), ((1.0,), ()), ((1.0,), (2.0, 3.0)), ()])
def test_targets_that_do_not_fit_colour_no_example_and_stop_no_map(
    qtbot: QtBot, targets: tuple[tuple[float, ...], ...], activation: str
) -> None:
    data = Data(inputs=((0.0, 1.0), (1.0, 0.0)), targets=targets)
    project = Project(network=draw("x1 x2 > o", output=activation), data=data)
    run, plot = Run(project), BoundaryPlot()
    qtbot.addWidget(plot)
    plot.setVisible(True)
    plot.wake()
    plot.show_moment(Moment(project, run, run.refused))
    assert plot.shown is not None
    plot.grab()
    worn = theme.current()
    assert boundary_paint.point_colours(project, worn, (0, 1)) == [worn.muted] * 2
