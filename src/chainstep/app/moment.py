"""One moment: everything that the panels and the canvas show, as one value.

Made by `debugger.Debugger` after each move and handed to each part of the window once; a part
stores it and repaints. Nobody keeps pieces of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainstep.project import Project

if TYPE_CHECKING:  # NumPy comes in with the run, after the first paint
    from chainstep.stepping.explain.explained import Explanation
    from chainstep.stepping.history import History
    from chainstep.stepping.run import Run


@dataclass(frozen=True)
class Moment:
    """What is to be seen now.

    project: the document. run: the run over it, None where the net is not yet runnable; refusal:
    then the reason, and also why a run has no backward pass. explanation: of the step that the
    cursor stands on, None while training rushes by. digits: of every number shown. training:
    whether live training is under way. history: what happened to the run, and runs kept.
    """

    project: Project
    run: Run | None = None
    refusal: str | None = None
    explanation: Explanation | None = None
    digits: int = 4
    training: bool = False
    history: History | None = None

    @property
    def stepping(self) -> bool:
        """Whether there is a step to look at (not at the very start, not in full training)."""
        return self.explanation is not None and self.explanation.step is not None
