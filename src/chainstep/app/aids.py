"""The debugging aids of a window: breakpoints, watches, history, and what is told one by one.

Their panels are connected with it in `late`. What the panels show is theirs; what the
run does with it is in `debugger` and `stepping`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from chainstep.app.panels.debugging import edits as debug_edits

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.app.window import MainWindow


class Aids(QObject):
    """Does what the panels of breakpoints, watches and history ask for."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.scene.selection_changed.connect(self._focus_parameter)

    @Slot()
    def keep_run(self) -> None:
        """Keep the run as it is now, to compare others with."""
        moment = self._window.debugger.moment()
        if moment.run is not None and moment.history is not None:
            moment.history.keep(moment.run)
        self._window.debugger.show()

    @Slot(int)
    def drop_run(self, place: int) -> None:
        """Keep a run no longer."""
        history = self._window.debugger.history
        if history is not None:
            history.drop(place)
        self._window.debugger.show()

    @Slot(int)
    def compare_with(self, place: int) -> None:
        """Show how the weights differ from those of a kept run; −1 ends that."""
        history = self._window.debugger.history
        if history is not None:
            history.compared = history.kept[place] if place >= 0 else None
        self._window.debugger.show()

    @Slot()
    def toggle_breakpoint(self) -> None:
        """Break at what is selected, else at the unit of this step; or no longer."""
        scene = self._window.scene
        units, ends, marks = scene.selected_units, scene.selected_connections, scene.marks
        if not units and not ends and marks is not None and marks.unit is not None:
            units = frozenset({marks.unit})
        if units or ends:
            self._window.apply(*debug_edits.toggle(units, ends))
        else:
            self._window.show_sentence("Select a unit or a connection to break at.")

    def show_weights(self, moment: Moment) -> None:
        """Show the weights reached on the canvas, or how they differ from those of a kept run."""
        run, history, scene = moment.run, moment.history, self._window.scene
        compared = None if history is None or run is None else history.compared
        said = f"Δw: the weights now minus those of {compared.name}" if compared else ""
        self._window.parts.area.say_what_weights(said)
        if run is not None and compared is not None:
            from chainstep.stepping.history import differences

            scene.set_parameters(*differences(compared, run), differs=True)
            return
        if run is None or not self._window.debugger.unkept:
            scene.set_parameters(None)
            return
        from chainstep.app.canvas.run_weights import RunWeights

        plan, theta = run.trainer.plan, run.trainer.theta.copy()
        biases = {unit: float(theta[n]) for unit, n in plan.bias.items()}
        scene.set_parameters(RunWeights(plan.weight, theta), biases)

    @Slot()
    def _focus_parameter(self) -> None:
        """Tell the update of what alone is selected example by example."""
        scene, debugger = self._window.scene, self._window.debugger
        chosen: list[str | tuple[str, str]] = [*scene.selected_units, *scene.selected_connections]
        alone = chosen[0] if len(chosen) == 1 else None
        if alone != debugger.focus:
            debugger.focus = alone
            if not debugger.training and scene.marks is not None:
                debugger.show()
