"""The form for what is handed out: a derivation, or worksheets for a class; with its first page.

It asks and shows; what is written, and where to, is in `handouts`, what it says in `lessons`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.beside import live_on
from chainstep.app.look import size, theme
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.fields import NumberField
from chainstep.app.panels.rows import Row, plain_label, set_role
from chainstep.errors import ChainstepError
from chainstep.stepping.formula.letters import NOTATIONS

if TYPE_CHECKING:  # NumPy comes in with these
    from chainstep.lessons.derivation import Derivation
    from chainstep.lessons.worksheet import Worksheet
    from chainstep.project import Project
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace

WHOLE, PART = "whole", "part"
OWN, CLASS = "own", "class"
FORMATS: Final = (
    Option("pdf", "PDF", "A4, to print or hand on"),
    Option("html", "Web page", "One file with MathML, for any browser"),
    Option("tex", "LaTeX", "For pdflatex, with amsmath alone"),
    Option("md", "Markdown", "With LaTeX between dollar signs"),
    Option("txt", "Plain text"),
)
MOODLE: Final = Option("gift", "Moodle GIFT", "Questions to import into a course")
_NUMBERS: Final = (
    Option(OWN, "those of the net", "One sheet for all"),
    Option(CLASS, "others for each student", "One sheet a student, drawn by a seed"),
)
_SHARES: Final = (Option("1", "every result"), Option("0.5", "half"), Option("0.25", "a quarter"))
_KEYS: Final = (
    Option("brief", "answers only", "One line an answer"),
    Option("key", "the way to each", "Formula, numbers and result"),
)
_MOST_STUDENTS: Final = 300
_FIELDS: Final = 330
#: So many items are made for the first page.
_PREVIEWED: Final = 60
_PAGE: Final = 400


@dataclass(frozen=True)
class Asked:
    """What is written out. keys: of worksheets, in the form asked for; empty for a derivation."""

    pages: tuple[Derivation, ...]
    keys: tuple[Derivation, ...]
    sheets: tuple[Worksheet, ...]
    suffix: str


class HandoutForm(QDialog):
    """Asks what to hand out. After it was accepted, `asked` says what."""

    def __init__(
        self,
        trace: Trace,
        reached: Project,
        units: Sequence[str],
        worksheet: bool,
        parent: QWidget | None = None,
    ) -> None:
        """reached: the project with the weights of the trace. units: selected, or of this step.

        worksheet: with blanks and a key.
        """
        super().__init__(parent)
        self._trace, self._reached = trace, reached
        self._units, self._worksheet = list(units), worksheet
        self.asked: Asked | None = None
        self._make_fields()
        self._lay_out()
        self._begin()

    def choose_whole(self) -> None:
        """Begin with the whole pass, whatever is selected."""
        self.what.set_value(WHOLE)
        self._show()

    def accept(self) -> None:
        """Make all sheets; a refusal is shown and nothing happens."""
        try:
            self.asked = self._make(self._students(), None)
        except ChainstepError as refused:
            self._say(str(refused), "danger")
            return
        super().accept()

    def _make_fields(self) -> None:
        self.what = Choice(self._parts(), "What of the pass is written out")
        letters = [Option(key, found.title, found.source) for key, found in NOTATIONS.items()]
        self.notation = Choice(letters, "The letters of an author")
        self.digits = NumberField("How many digits numbers have", whole=True, least=1)
        formats = [*FORMATS, MOODLE] if self._worksheet else FORMATS
        self.format = Choice(formats, "What kind of file")
        self.numbers = Choice(_NUMBERS, "Whose weights the sheets have")
        self.share = Choice(_SHARES, "How much is left blank; the rest is worked out")
        self.key = Choice(_KEYS, "What the answer key shows")
        self.count = NumberField("How many sheets, one a student", whole=True, least=1)
        self.seed = NumberField("The same seed, the same sheets", whole=True, least=1)
        self.names = QPlainTextEdit()
        self.names.setPlaceholderText("Names, one a line; without, each sheet has a line for it")
        self.names.setAccessibleName("Names of the students")
        self.names.setFixedHeight(84)
        self.names.setTabChangesFocus(True)
        self.page = _Paper()
        self.message = plain_label("", "muted", wraps=True)

    def _parts(self) -> list[Option]:
        found = [Option(WHOLE, "the whole pass")]
        if self._units:
            named = ", ".join(self._units[:3]) + (" …" if len(self._units) > 3 else "")
            found.append(Option(PART, f"only {named}", "What is selected, else this step's unit"))
        return found

    def _lay_out(self) -> None:
        self.setWindowTitle("Worksheets" if self._worksheet else "Derivation")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        fields = QVBoxLayout()
        fields.setSpacing(9)
        self.rows = {
            "what": Row("what", self.what),
            "notation": Row("letters", self.notation),
            "digits": Row("digits", self.digits),
        }
        if self._worksheet:
            self.rows |= {
                "share": Row("left blank", self.share),
                "key": Row("key", self.key),
                "numbers": Row("weights", self.numbers),
                "count": Row("students", self.count),
                "seed": Row("first seed", self.seed),
                "names": Row("", self.names),
            }
        self.rows["format"] = Row("file", self.format)
        for row in self.rows.values():
            fields.addWidget(row)
        fields.addStretch(1)
        fields.addWidget(self.message)
        fields.addWidget(self._buttons())
        across = QHBoxLayout(self)
        across.setContentsMargins(22, 20, 22, 18)
        across.setSpacing(22)
        left = QWidget()
        left.setMinimumWidth(size.px(_FIELDS))
        left.setLayout(fields)
        fields.setContentsMargins(0, 0, 0, 0)
        across.addWidget(left, 1)
        across.addWidget(self.page)

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save_button = buttons.addButton("Save…", QDialogButtonBox.ButtonRole.AcceptRole)
        self.save_button.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _begin(self) -> None:
        view = self._trace.project.view
        for field, key in (
            (self.what, PART if self._units and not self._worksheet else WHOLE),
            (self.notation, view.notation if view.notation in NOTATIONS else "bishop"),
            (self.format, "pdf"), (self.numbers, OWN), (self.share, "1"), (self.key, "brief"),
        ):  # fmt: skip
            field.set_value(key)
            field.chosen.connect(self._show)
        for number, value in ((self.digits, view.digits), (self.count, 30), (self.seed, 1)):
            number.set_value(value)
            number.committed.connect(self._show)
        self.names.textChanged.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        """Show the first page as it will be."""
        for name in ("count", "seed", "names") if self._worksheet else ():
            self.rows[name].setVisible(self.numbers.value == CLASS)
        students = self._students()
        named = bool(self._typed_names())
        self.count.setEnabled(not named)
        try:
            asked = self._make(students[:1], _PREVIEWED)
        except ChainstepError as refused:
            self._say(str(refused), "danger")
            self.save_button.setEnabled(False)
            return
        self.save_button.setEnabled(True)
        self.page.show_page(asked.pages[0])
        count = len(students)
        self._say(f"{count} sheets, and a key to each apart." if count > 1 else "", "muted")

    def _students(self) -> list[str]:
        """Return a name for each sheet, "" where none is known."""
        if not self._worksheet or self.numbers.value != CLASS:
            return [""]
        count = min(int(self.count.value or 1), _MOST_STUDENTS)
        return self._typed_names()[:_MOST_STUDENTS] or [""] * count

    def _typed_names(self) -> list[str]:
        lines = (line.strip() for line in self.names.toPlainText().splitlines())
        return [line for line in lines if line]

    def _make(self, students: Sequence[str], most: int | None) -> Asked:
        """Make the pages; most: of each only so many items, for the first page."""
        suffix = f".{self.format.value or 'pdf'}"
        units = self._units if self.what.value == PART else None
        n = self._letters()
        if not self._worksheet:
            from chainstep.lessons.derivation import derive

            return Asked((derive(self._trace, n, units, most, live_on),), (), (), suffix)
        sheets = self._sheets(students, units, n, most)
        keys = tuple(made.brief if self.key.value == "brief" else made.key for made in sheets)
        return Asked(tuple(made.sheet for made in sheets), keys, sheets, suffix)

    def _sheets(
        self, students: Sequence[str], units: Sequence[str] | None, n: Notation, most: int | None
    ) -> tuple[Worksheet, ...]:
        from chainstep.lessons.worksheet import class_set, worksheet

        project, example = self._reached, self._trace.example
        share = float(self.share.value or 1)
        if self.numbers.value != CLASS:
            return (worksheet(project, example, None, share, units, n, most, live_on),)
        seed = int(self.seed.value or 1)
        return tuple(class_set(project, students, seed, example, share, units, n, most, live_on))

    def _letters(self) -> Notation:
        from chainstep.stepping.formula.notation import notation

        project = self._trace.project
        digits = min(max(int(self.digits.value or 4), 1), 15)
        return notation(project.network, project.view, self.notation.value, digits)

    def _say(self, sentence: str, role: str) -> None:
        self.message.setText(sentence)
        set_role(self.message, role)


class _Paper(QWidget):
    """The first page, small."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QPixmap()
        self.setFixedSize(QSize(_PAGE, round(_PAGE * 1.414)))
        self.setAccessibleName("The first page")

    def show_page(self, derivation: Derivation) -> None:
        """Show a derivation's first page."""
        from chainstep.app.dialogs.pdf import first_page

        picture = first_page(derivation, _PAGE, max(self.devicePixelRatioF(), 1.0))
        self._picture = QPixmap.fromImage(picture)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the page with a hairline around it."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setPen(theme.current().line)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
