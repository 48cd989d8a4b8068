"""The dialog that makes examples without a file: gates and point clouds, with noise and a seed.

The rules are in `data.generators`; tables from files are asked for in `data_import`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

from chainstep.app.dialogs.data_import import MOST_HELD
from chainstep.app.look import theme
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.fields import NumberField, Tick, refusal
from chainstep.app.panels.rows import Row, plain_label, set_role
from chainstep.app.panels.ticks import linear_ticks
from chainstep.app.plots import boundary_paint as paint
from chainstep.app.plots.axes import Axes, inner, paint_marks
from chainstep.errors import ChainstepError
from chainstep.project import Data, Project

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

CLOUDS: Final = (
    Option("moons", "two moons", "Two interleaving half circles."),
    Option("circles", "circles", "A circle round another one."),
    Option("spiral", "spiral", "Two arms that wind round each other: hard."),
    Option("blobs", "blobs", "Round heaps, as many as there are classes."),
    Option("sine", "sine", "One period, for a net with one input."),
)
GATES: Final = ("and", "or", "nand", "nor", "xor", "xnor")
#: Noise each cloud begins with.
NOISE: Final = {"moons": 0.15, "circles": 0.08, "spiral": 0.02, "blobs": 0.5, "sine": 0.05}
_DECIMALS: Final = 4
_MOST_ROWS: Final = 20_000
_MOST_CLASSES: Final = 10
_MOST_NOISE: Final = 100


class DataGenerate(QDialog):
    """Asks what to make, shows it, and makes one edit of it.

    Signals: edited(str, object): the undo text and a function from project to project.
    """

    edited = Signal(str, object)

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self.data = Data()
        self._refused = ""
        gates = [Option(name, name.upper(), "Four rows of 0 and 1.") for name in GATES]
        self.kind = Choice(["Point clouds", *CLOUDS, "Logic gates", *gates], "What to make")
        self.rows = NumberField("How many examples", whole=True, least=2, most=_MOST_ROWS)
        self.noise = NumberField("The deviation of what is added to each point", least=0,
                                 most=_MOST_NOISE, trimmed=True)  # fmt: skip
        self.classes = NumberField("How many heaps", whole=True, least=2, most=_MOST_CLASSES)
        self.seed = NumberField("The same seed, the same points", whole=True, least=0)
        self.share = NumberField("So many of 100 rows are held back", whole=True, least=0,
                                 most=MOST_HELD)  # fmt: skip
        self.follow = Tick("let the net follow", "Inputs and outputs come or go until all fit")
        self.preview = Preview()
        self.message = plain_label("", "muted", wraps=True)
        self._build()
        self._begin()

    def make(self) -> Data:
        """Return the examples as chosen. Raises ChainstepError for what cannot be made."""
        from chainstep.data import generators
        from chainstep.data.split import hold_back

        kind, seed = self.kind.value or "moons", int(self.seed.value or 0)
        if kind in GATES:
            return generators.gate(kind)
        rows = int(self.rows.value or 2)
        extra = {"classes": int(self.classes.value or 2)} if kind == "blobs" else {}
        made = generators.CLOUDS[kind](rows, self.noise.value or 0.0, seed, **extra)
        made = generators.rounded(made, _DECIMALS)
        if made.targets and len(made.targets[0]) > 1:
            made = msgspec.structs.replace(
                made, classes=tuple(f"class {k + 1}" for k in range(len(made.targets[0])))
            )
        return hold_back(made, (self.share.value or 0.0) / 100, seed)

    def accept(self) -> None:
        """Hand the examples over."""
        from chainstep.data.fitting import with_examples

        seen = (self.rows, self.noise, self.classes, self.seed, self.share)
        if wrong := refusal(*(field for field in seen if field.isVisible())):
            self._say(wrong, "danger")
            return
        edit = partial(with_examples, data=self.data, follows=self.follow.isChecked())
        try:
            edit(self._project)
        except ChainstepError as refused:
            self._say(str(refused), "danger")
            return
        self.edited.emit(f"Make {self.kind.currentText()}", edit)
        super().accept()

    def _build(self) -> None:
        self.setWindowTitle("Make Data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 400)
        fields = QVBoxLayout()
        fields.setSpacing(8)
        self.row_of = {
            "kind": Row("what", self.kind),
            "rows": Row("examples", self.rows),
            "noise": Row("noise", self.noise),
            "classes": Row("classes", self.classes),
            "seed": Row("seed", self.seed),
            "share": Row("hold back", self.share, plain_label("%", "muted")),
        }
        for row in self.row_of.values():
            fields.addWidget(row)
        fields.addWidget(self.follow)
        fields.addStretch(1)
        across = QHBoxLayout()
        across.setSpacing(20)
        across.addLayout(fields, 2)
        across.addWidget(self.preview, 3)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.make_button = buttons.addButton("Make", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make_button.setDefault(True)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # the style brings pictures of its own
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addLayout(across, 1)
        column.addWidget(self.message)
        column.addWidget(buttons)

    def _begin(self) -> None:
        one_input = len(self._project.network.inputs) == 1
        self.kind.set_value("sine" if one_input else "moons")
        for field, value in ((self.rows, 200), (self.classes, 3), (self.share, 33)):
            field.set_value(value)
        self.seed.set_value(self._project.training.seed)
        self.noise.set_value(NOISE[self.kind.value or "moons"])
        self.kind.chosen.connect(self._kind_chosen)
        for field in (self.rows, self.noise, self.classes, self.seed, self.share):
            field.committed.connect(self._show)
        self.follow.ticked.connect(self._judge)
        self._show()
        self.follow.set_value(bool(self._unfit()))
        self._judge()

    @Slot(str)
    def _kind_chosen(self, kind: str) -> None:
        if kind in NOISE:
            self.noise.set_value(NOISE[kind])
        self._show()
        self.follow.set_value(bool(self._unfit()))
        self._judge()

    @Slot()
    def _show(self) -> None:
        kind = self.kind.value or "moons"
        for name in ("rows", "noise", "seed", "share"):
            self.row_of[name].setVisible(kind not in GATES)
        self.row_of["classes"].setVisible(kind == "blobs")
        self._refused = ""
        try:
            self.data = self.make()
        except ChainstepError as refused:
            self._refused = str(refused)
        else:
            self.preview.show_data(self.data)
        self._judge()

    @Slot()
    def _judge(self) -> None:
        """Say why the examples cannot be had, where they cannot."""
        if self._refused:
            self._say(self._refused, "danger")
            self.make_button.setEnabled(False)
            return
        unfit = self._unfit()
        blocked = bool(unfit) and not self.follow.isChecked()
        self.make_button.setEnabled(not blocked)
        self._say(unfit if blocked else "", "danger" if blocked else "muted")

    def _unfit(self) -> str:
        from chainstep.data.fitting import why_not_fit

        return why_not_fit(self._project, self.data)

    def _say(self, sentence: str, role: str) -> None:
        self.message.setText(sentence)
        set_role(self.message, role)


class Preview(QWidget):
    """The points as they will be."""

    def __init__(self) -> None:
        super().__init__()
        self._data = Data()
        self.setMinimumSize(240, 200)
        self.setAccessibleName("The examples as points")

    def show_data(self, data: Data) -> None:
        """Show other points."""
        self._data = data
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the points, rings for those held back."""
        data, worn = self._data, theme.current()
        if not data.inputs:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        flat = len(data.inputs[0]) == 1
        points = [
            (row[0], target[0]) if flat else (row[0], row[1])
            for row, target in zip(data.inputs, data.targets, strict=True)
        ]
        axes = _axes(inner(QRectF(self.rect())), points)
        marks = linear_ticks(axes.left, axes.right, 4), linear_ticks(axes.bottom, axes.top, 5)
        paint_marks(painter, axes, worn, *marks)
        held = frozenset(data.validation)
        shown = range(0, len(points), -(-len(points) // paint.MOST_POINTS))
        tints: list[QColor] = (
            [worn.accent] * len(shown)
            if flat
            else paint.point_colours(Project(data=data), worn, shown)
        )
        dots = [
            (axes.at(*points[n]), tint, n in held) for n, tint in zip(shown, tints, strict=True)
        ]
        paint.paint_points(painter, dots, worn)


def _axes(rect: QRectF, points: list[tuple[float, float]]) -> Axes:
    """Return axes with air round the points, of one scale in both ways."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    wide, high = max(xs) - min(xs) or 1.0, max(ys) - min(ys) or 1.0
    scale = 1.2 * max(wide / rect.width(), high / rect.height())
    x, y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    across, upwards = scale * rect.width() / 2, scale * rect.height() / 2
    return Axes(rect, x - across, x + across, y - upwards, y + upwards)
