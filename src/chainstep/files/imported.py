"""What comes in from a file: the project, and what to tell of it before it is opened.

The readers make it; the window shows it in `app.dialogs.models`, the command line with `info`.
What a format cannot hold on the way out is told by its writer.
"""

from typing import Final

import msgspec

from chainstep.network.model import Network
from chainstep.project import Loss, Project

#: What a model without a loss is trained with, by its outputs' activation.
LOSS_OF: Final = {
    "softmax": "cross_entropy",
    "log_softmax": "cross_entropy",
    "logistic": "binary_cross_entropy",
}


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A project as a file holds it.

    made_by: the program that wrote the file, if it says so. notes: one sentence each for what was
    left out, changed, or is not said by the file. guess: the activations taken for hidden units and
    outputs where the file tells none; the first note says so.
    """

    project: Project
    made_by: str = ""
    notes: tuple[str, ...] = ()
    guess: tuple[str, str] | None = None

    def with_activations(self, hidden: str, outputs: str) -> Project:
        """Return the project with other activations where they were guessed, and a fitting loss."""
        if self.guess is None or (hidden, outputs) == self.guess:
            return self.project
        network = self.project.network
        taken = {unit.id: outputs for unit in network.outputs}
        for unit in network.units:
            if not unit.is_input and unit.activation == self.guess[0]:
                taken.setdefault(unit.id, hidden)
        units = tuple(
            msgspec.structs.replace(unit, activation=taken.get(unit.id, unit.activation))
            for unit in network.units
        )
        changed = Network(units=units, connections=network.connections)
        return self.project.replace(network=changed, loss=loss_for(changed))


def loss_for(network: Network) -> Loss:
    """Return the loss that fits the activation of the outputs."""
    kinds = {unit.activation for unit in network.outputs}
    name = LOSS_OF.get(kinds.pop(), "") if len(kinds) == 1 else ""
    return Loss(name=name) if name else Loss()
