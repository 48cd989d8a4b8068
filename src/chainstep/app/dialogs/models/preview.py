"""What a model file holds, shown before it is opened: size, what was left out or is not said.

A file of weights alone can also go into the drawing that is open; then a table shows where. The
file is read in a thread by `app.beside`; what is around it is in `frame`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from chainstep import files
from chainstep.app.beside import Beside
from chainstep.app.dialogs.models.activations import ActivationRow
from chainstep.app.dialogs.models.frame import Preview, size_text
from chainstep.app.dialogs.models.matches import MatchTable
from chainstep.app.panels.fields import Tick
from chainstep.errors import ChainstepError
from chainstep.project import Project

if TYPE_CHECKING:  # NumPy comes in with it
    from chainstep.files.weights.net import Match

#: The formats that hold weights and no graph.
WEIGHTS: Final = (".safetensors", ".npz", ".pt", ".pth")
_STAYS: Final = (
    "Only weights and biases change, in one step that can be undone: activations, examples and "
    "settings of the drawing stay."
)


class ModelPreview(Preview):
    """Asks whether a file is to be opened.

    Signals: opened(object, object): the project to open in a window, and its path. edited(str,
    object): the undo text and a function from project to project, for weights into the drawing.
    refused(str): the file cannot be read, and the dialog is closed.
    """

    opened = Signal(object, object)
    edited = Signal(str, object)
    refused = Signal(str)

    def __init__(self, path: Path, project: Project, parent: QWidget | None = None) -> None:
        """project: the drawing that is open."""
        super().__init__("Import", path.name, "Import", parent)
        self._path, self._project = path, project
        self._found: files.Imported | None = None
        self._into: tuple[Project, list[Match]] | None = None
        self._build_choice()
        self._reading: Beside | None = Beside(partial(files.bring_in, path))
        self._reading.done.connect(self._read)
        self._reading.refused.connect(self._not_read)
        self.set_busy(True)
        self.say(f"Reading {path.name} …")
        self._reading.begin()

    def accept(self) -> None:
        """Open the net, or put the weights into the drawing."""
        if self._into_drawing.isChecked() and self._into is not None:
            edit = partial(_with_weights, source=self._into[0])
            self.edited.emit(f"Load weights of {self._path.name}", edit)
        elif self._found is not None:
            self.opened.emit(self._chosen(self._found), self._path)
        else:
            return
        super().accept()

    def done(self, result: int) -> None:
        """Listen no longer to the reading, which ends by itself."""
        self._finish()
        super().done(result)

    def _build_choice(self) -> None:
        self._as_net = QRadioButton("Open as a net of its own")
        self._into_drawing = QRadioButton("Put the weights into the drawing that is open")
        group = QButtonGroup(self)
        for button in (self._as_net, self._into_drawing):
            group.addButton(button)
            self.body.addWidget(button)
            button.clicked.connect(self._choose)
        self.matches = MatchTable()
        self.turned = Tick(
            "take the matrices the other way round",
            "A square matrix fits either way: look whether the outputs are those you know.",
        )
        self.turned.ticked.connect(self._choose)
        self.activations = ActivationRow()
        self.activations.hidden.chosen.connect(self._activation_chosen)
        self.activations.outputs.chosen.connect(self._activation_chosen)
        self.body.addWidget(self.activations)
        self.body.addWidget(self.matches)
        self.body.addWidget(self.turned)
        self._as_net.setChecked(True)
        self._show_choice(False)

    def _show_choice(self, shown: bool) -> None:
        """Show the choice for weights, and the table where it is wanted."""
        into = shown and self._into_drawing.isChecked()
        for button in (self._as_net, self._into_drawing):
            button.setVisible(shown)
        self.matches.setVisible(into)
        self.turned.setVisible(into)
        self.activations.setVisible(
            self._found is not None and self._found.guess is not None and not into
        )

    @Slot(object)
    def _read(self, found: files.Imported) -> None:
        self._finish()
        self._found = found
        if found.guess is not None:
            self.activations.show_guess(*found.guess)
        self.show_net(found.project.network, self._file_facts(found))
        self.show_notes(found.notes)
        self.say(*_warning(found.project))
        self.set_busy(False)
        self._show_choice(self._is_weights and bool(self._project.network.connections))
        self.fit()

    @Slot()
    def _activation_chosen(self) -> None:
        if self._found is not None:
            self.show_net(self._chosen(self._found).network, self._file_facts(self._found))

    @Slot(str)
    def _not_read(self, sentence: str) -> None:
        """Where the weights tell no net, they may still fit the drawing."""
        self._finish()
        self.set_busy(False)
        if not self._is_weights or not self._match():
            self.refused.emit(sentence)
            self.reject()
            return
        self.show_net(self._project.network, self._file_facts(None))
        self._as_net.setEnabled(False)
        self._into_drawing.setChecked(True)
        self._show_choice(True)
        self._choose()
        self.fit()

    @Slot()
    def _choose(self) -> None:
        """Show what would become of the choice."""
        self._show_choice(True)
        if self._into_drawing.isChecked():
            fits = self._match()
            self.matches.show_matches(self._into[1] if self._into is not None else ())
            self.matches.setVisible(fits)
            self.accept_button.setEnabled(fits)
            self.show_notes((_STAYS,))
            if fits:
                self.say(self._missed())
        elif self._found is not None:
            self.show_notes(self._found.notes)
            self.accept_button.setEnabled(True)
            self.say(*_warning(self._found.project))
        self.fit()

    def _chosen(self, found: files.Imported) -> Project:
        """Return the net with the activations chosen, where the file tells none."""
        row = self.activations
        hidden, outputs = row.hidden.value, row.outputs.value
        return found.with_activations(hidden, outputs) if hidden and outputs else found.project

    def _match(self) -> bool:
        """Try the weights on the drawing; a refusal is told in place."""
        turned = self.turned.isChecked()
        try:
            self._into = files.load_weights(self._project, self._path, turned)
        except ChainstepError as refused:
            self._into = None
            self.say(str(refused), "danger")
        return self._into is not None

    def _missed(self) -> str:
        assert self._into is not None
        matches = self._into[1]
        missed = sum(not match.place for match in matches)
        return (
            f"{missed} of {len(matches)} layers fit nowhere: they are left out." if missed else ""
        )

    @property
    def _is_weights(self) -> bool:
        return self._path.suffix.lower() in WEIGHTS

    def _file_facts(self, found: files.Imported | None) -> list[tuple[str, str]]:
        kind = files.format_of(self._path).name
        try:
            size = f", {size_text(self._path.stat().st_size)}"
        except OSError:
            size = ""
        made_by = found.made_by if found is not None else ""
        return [("file", kind + size), *([("written by", made_by)] if made_by else [])]

    def _finish(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.done.disconnect(self._read)
            reading.refused.disconnect(self._not_read)


def _with_weights(project: Project, source: Project) -> Project:
    """Return a project with the weights and biases of another one of the same drawing."""
    weights = {c.ends: c.weight for c in source.network.connections}
    biases = {u.id: u.bias for u in source.network.units if u.bias is not None}
    return project.with_parameters(weights, biases)


def _warning(project: Project) -> tuple[str, str]:
    """Return a sentence and its role for a large net."""
    network = project.network
    size = files.Size(units=len(network.units), connections=len(network.connections))
    if files.COMFORTABLE.allows(size):
        return "", "muted"
    return (
        f"{size} are many: single terms will be slow to step through, and the picture is crowded.",
        "danger",
    )
