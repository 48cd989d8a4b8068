"""Which prediction flips is told by its side of the middle; `test_breakpoints` has the others."""

from chainstep.project import Data, Loss, Training
from chainstep.stepping.run import Run
from chainstep.stepping.watching.breakpoints import Breakpoint
from tests.hand_nets import net, out, x


def test_a_flip_is_found_where_there_are_no_targets() -> None:
    project = net(
        x(),
        out(activation="identity", bias=None),
        wires="x>y:2",
        data=Data(inputs=((0.3,),)),
        loss=Loss(name="output"),
        training=Training(learning_rate=0.5),
    )
    run = Run(project)
    run.set_breakpoints([Breakpoint(kind="flip")])
    run.train(9)
    assert run.hit is not None
    assert run.trace.z("y") < 0.5
