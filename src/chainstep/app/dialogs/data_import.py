"""The dialog that makes examples of a table: how it is read, what its columns are, what to make.

Everything guessed is shown and can be switched. The table is read by `import_reading` in a thread;
the rules are in `data.imports`, what becomes of the net in `data.fitting`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.dialogs.import_columns import ColumnList
from chainstep.app.dialogs.import_reading import Reading
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.fields import NumberField, Tick, refusal
from chainstep.app.panels.rows import plain_label, set_role
from chainstep.errors import ChainstepError
from chainstep.project import Project

if TYPE_CHECKING:  # NumPy comes in with it
    from chainstep.data.imports import Form, Imported, Sample

DELIMITERS: Final = (
    Option(",", "comma ,"), Option(";", "semicolon ;"), Option("\t", "tab"), Option("|", "bar |"),
)  # fmt: skip
DECIMALS: Final = (Option(".", "point 0.5"), Option(",", "comma 0,5"))
ENCODINGS: Final = (
    Option("utf-8", "UTF-8"), Option("utf-16", "UTF-16"), Option("cp1252", "Windows 1252"),
    Option("latin-1", "Latin 1"),
)  # fmt: skip
BLANKS: Final = (
    Option("refuse", "refuse the table", "Each missing cell is named."),
    Option("drop", "drop the row", "Rows with a missing cell are left out."),
    Option("mean", "take the mean", "The mean of the column over the training rows."),
)
NET: Final = (
    Option("keep", "stays as it is", "The columns must fit its inputs and outputs."),
    Option("follow", "follows the columns", "Inputs and outputs come or go until all fit."),
)
_HELD: Final = 20
#: Of 100 rows at least so many are left to train on.
MOST_HELD: Final = 90


class DataImport(QDialog):
    """Asks how a table is meant, and makes one edit of it.

    Signals: edited(str, object): the undo text and a function from project to project.
    told(str): what became of missing cells.
    """

    edited = Signal(str, object)
    told = Signal(str)

    def __init__(
        self, project: Project, content: bytes | str, name: str, parent: QWidget | None = None
    ) -> None:
        """content: of a file, or pasted text. Raises ChainstepError where it is no table."""
        super().__init__(parent)
        self._project, self._content, self._name = project, content, name
        self._text = ""
        self._sample: Sample | None = None
        self._reading: Reading | None = None
        self._make_fields()
        self._build()
        self._connect()
        self._decode("")
        self._guess()

    @property
    def form(self) -> Form:
        """How the table is read, as chosen."""
        from chainstep.data.imports import Form

        mark, decimal = self.delimiter.value or ",", self.decimal.value or "."
        return Form(mark, decimal, self.header.isChecked())

    def accept(self) -> None:
        """Read the whole table in a thread; the dialog closes when that has gone well."""
        from chainstep.data.imports import Plan

        if self._reading is not None:
            return
        if wrong := refusal(self.share, self.seed):
            self._say(wrong, "danger")
            return
        share = (self.share.value or 0.0) / 100
        plan = Plan(
            self.columns.roles,
            self.blanks.value or "refuse",  # type: ignore[arg-type]
            self.standardise.isChecked(),
            share,
            int(self.seed.value or 0),
        )
        self._reading = Reading(self._text, self.form, plan, self._name)
        self._reading.progressed.connect(self._progressed)
        self._reading.done.connect(self._done)
        self._reading.refused.connect(self._refused)
        self._busy(True)
        self._reading.begin()

    def reject(self) -> None:
        """Stop the reading, or close."""
        if self._stop():
            self._say("Stopped: nothing was imported.")
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Never leave a thread behind."""
        self._stop()
        super().done(result)

    def _make_fields(self) -> None:
        self.delimiter = Choice(DELIMITERS, "What stands between two cells")
        self.decimal = Choice(DECIMALS, "How decimals are written")
        self.encoding = Choice(ENCODINGS, "How the letters of the file are stored")
        self.header = Tick("first row holds names", "Otherwise it is an example like the others")
        self.columns = ColumnList()
        self.blanks = Choice(BLANKS, "What to do with cells that are empty, NaN or NA")
        self.blanks.set_value("refuse")
        self.net = Choice(NET, "Whether the net changes")
        self.standardise = Tick(
            "standardise the inputs",
            "Mean 0 and deviation 1 over the training rows; kept with the document.",
        )
        self.standardise.set_value(True)
        self.share = NumberField("So many of 100 rows are held back from training", whole=True,
                                 least=0, most=MOST_HELD)  # fmt: skip
        self.share.set_value(_HELD)
        self.seed = NumberField("Which rows are held back: the same seed, the same rows",
                                whole=True, least=0)  # fmt: skip
        self.seed.set_value(0)

    def _build(self) -> None:
        self.setWindowTitle("Import Data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(680, 560)
        self.about, self.message = plain_label("", "muted"), plain_label("", "muted", wraps=True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setVisible(False)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.import_button = self.buttons.addButton(
            "Import", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.import_button.setDefault(True)
        for button in self.buttons.buttons():
            button.setIcon(QIcon())  # the style brings pictures of its own
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(plain_label(self._name, "heading"))
        head.addStretch(1)
        head.addWidget(self.about)
        column.addLayout(head)
        column.addLayout(self._form_row())
        column.addWidget(self.columns, 1)
        column.addLayout(self._options())
        column.addWidget(self.message)
        column.addWidget(self.progress)
        column.addWidget(self.buttons)

    def _form_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        parts = (("cells", self.delimiter), ("decimals", self.decimal), ("letters", self.encoding))
        for text, choice in parts:
            choice.setAccessibleName(text)
            row.addWidget(plain_label(text, "muted"))
            row.addWidget(choice)
        row.addSpacing(6)
        row.addWidget(self.header)
        row.addStretch(1)
        self.encoding.setEnabled(isinstance(self._content, bytes))
        return row

    def _options(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        held = QHBoxLayout()
        held.setSpacing(8)
        held.addWidget(self.share)
        held.addWidget(plain_label("% of the rows, seed", "muted"))
        held.addWidget(self.seed)
        self.share.setMaximumWidth(64)
        self.seed.setMaximumWidth(64)
        grid.addWidget(plain_label("missing cells", "muted"), 0, 0)
        grid.addWidget(self.blanks, 0, 1)
        grid.addWidget(plain_label("the net", "muted"), 0, 2)
        grid.addWidget(self.net, 0, 3)
        grid.addWidget(plain_label("hold back", "muted"), 1, 0)
        grid.addLayout(held, 1, 1)
        grid.addWidget(self.standardise, 1, 3)
        return grid

    def _connect(self) -> None:
        self.delimiter.chosen.connect(self._delimiter_chosen)
        self.decimal.chosen.connect(self._look)
        self.encoding.chosen.connect(self._encoding_chosen)
        self.header.ticked.connect(self._look)
        self.columns.changed.connect(self._judge)
        self.net.chosen.connect(self._judge)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _decode(self, encoding: str) -> None:
        """Make text of the content. Raises ChainstepError."""
        from chainstep.data.imports import text_of

        if isinstance(self._content, str):
            self._text, found = self._content, "utf-8"
        else:
            self._text, found = text_of(self._content, self._name, encoding)
        self._encoding = found
        self.encoding.set_value(found)

    def _guess(self, delimiter: str = "") -> None:
        """Guess how the text is meant, and show it. Raises ChainstepError."""
        from chainstep.data.imports import guess_form

        form = guess_form(self._text, delimiter)
        self.delimiter.set_value(form.delimiter)
        self.decimal.set_value(form.decimal)
        self.header.set_value(form.header)
        self._show_columns()

    def _show_columns(self) -> None:
        from chainstep.data.imports import guess_roles, sample_of

        self._sample = sample_of(self._text, self.form, self._name)
        self.columns.show_sample(self._sample, guess_roles(self._sample))
        rows = max(1, self._text.rstrip().count("\n") + 1 - self.form.header)
        wide = len(self._sample.names)
        self.about.setText(f"about {counted(rows, 'row')}, {counted(wide, 'column')}")
        self._suggest_net()
        self._judge()

    def _suggest_net(self) -> None:
        """The net follows where the columns do not fit it."""
        self.net.set_value("follow" if self._unfit() else "keep")

    def _unfit(self) -> str:
        """Say how the columns chosen differ from the net, as far as the first rows tell."""
        roles, sample = self.columns.roles, self._sample
        assert sample is not None
        targets = roles.count("target")
        if "class" in roles:
            place = roles.index("class")
            targets = len({row[place].strip() for row in sample.rows if place < len(row)})
        network = self._project.network
        have, want = (roles.count("input"), targets), (len(network.inputs), len(network.outputs))
        if have == want or (have[0] == want[0] and not targets):
            return ""
        made = f"{counted(have[0], 'input')} and {counted(targets, 'output')}"
        return f"The columns make {made}; the net has {want[0]} and {want[1]}."

    @Slot()
    def _judge(self) -> None:
        """Say what will be made, or why nothing can be."""
        roles = self.columns.roles
        if "input" not in roles:
            self._say("No column is an input: make at least one.", "danger")
        elif self._unfit() and self.net.value == "keep":
            self._say(f"{self._unfit()} Choose other columns, or let it follow.", "danger")
        else:
            self._say(self._unfit().replace(".", ", and will follow.") if self._unfit() else "")

    @Slot()
    def _look(self) -> None:
        self._try(self._show_columns)

    @Slot(str)
    def _delimiter_chosen(self, delimiter: str) -> None:
        self._try(partial(self._guess, delimiter))

    @Slot(str)
    def _encoding_chosen(self, encoding: str) -> None:
        """Read it so; where it cannot be, the table stays as it was."""
        if self._try(partial(self._decode, encoding)):
            self._encoding = encoding
            self._try(self._show_columns)
        else:
            self.encoding.set_value(self._encoding)

    def _try(self, step: Callable[[], None]) -> bool:
        """Take a step, and return whether it was taken; a refusal is told in place."""
        try:
            step()
        except ChainstepError as refused:
            self._say(str(refused), "danger")
            return False
        return True

    @Slot(float)
    def _progressed(self, share: float) -> None:
        self.progress.setValue(round(1000 * share))

    @Slot(str)
    def _refused(self, sentence: str) -> None:
        self._finish()
        self._say(sentence, "danger")

    @Slot(object)
    def _done(self, found: Imported) -> None:
        from chainstep.data.fitting import with_examples

        columns = None if self._reading is None else self._reading.columns
        self._finish()
        follows = self.net.value == "follow"
        edit = partial(with_examples, data=found.data, follows=follows)
        try:
            edit(self._project)
        except ChainstepError as refused:
            self._say(str(refused), "danger")
            return
        self.edited.emit(f"Import {self._name}", edit)
        del columns  # held up to here, where the run has them
        self.told.emit(_what_was_missing(found))
        super().accept()

    def _finish(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.wait()
            reading.done.disconnect(self._done)  # what it still had to say is not heard
            reading.refused.disconnect(self._refused)
        self._busy(False)

    def _stop(self) -> bool:
        """Stop the reading; return whether there was one."""
        reading = self._reading
        if reading is None:
            return False
        reading.requestInterruption()
        self._finish()
        return True

    def _busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.progress.setValue(0)
        self.import_button.setEnabled(not busy)
        if not busy:  # Cancel had become the default meanwhile
            self.import_button.setFocus()
            self.import_button.setDefault(True)

    def _say(self, sentence: str, role: str = "muted") -> None:
        self.message.setText(sentence if len(sentence) <= 600 else f"{sentence[:600]}…")
        set_role(self.message, role)


def counted(number: int, noun: str) -> str:
    """Return "1 row", "2,000 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _what_was_missing(found: Imported) -> str:
    """Say how many rows were left out and cells filled, "" where nothing was missing."""
    if found.dropped:
        verb = "was" if found.dropped == 1 else "were"
        return f"{counted(found.dropped, 'row')} with missing cells {verb} left out."
    if found.filled:
        took = "took the mean of its column" if found.filled == 1 else "took their column's mean"
        return f"{counted(found.filled, 'missing cell')} {took}."
    return ""
