"""The bar at the top: the grains of stepping, Train, and at the right where one is.

Its commands are the window's actions; what they do is connected in `menus`. The readout at the
right is `panels.readout`. In a narrow window the key hints go first, then the coarsest steps move
into a menu; Back, Term, Unit and Train always stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QMenu, QSizePolicy, QWidget

from chainstep.app.look import icons, size, theme
from chainstep.app.look.chips import Chip, Look

HEIGHT: Final = 52
_SPACING: Final = 6
_MARGIN: Final = 12
#: What "epoch 1 · example 1 of 1 · backward · unit h₁ · term 2 of 2" needs, and a short form of it.
_READOUT_WISH: Final = 372
_READOUT_LEAST: Final = 240
_LEAST_WIDTH: Final = 480

#: Name of the action, label (None: its own words), key hint (None: its own key), look.
_CHIPS: Final[tuple[tuple[str, str | None, str | None, Look], ...]] = (
    ("restart", "", "", "plain"),
    ("step_back", "", None, "plain"),
    ("step_term", "Term", None, "soft"),
    ("step_unit", "Unit", None, "soft"),
    ("step_pass", "Pass", "", "plain"),
    ("step_example", "Example", "", "plain"),
    ("step_epoch", "Epoch", "", "plain"),
    ("train", None, None, "primary"),
)
#: What moves into the menu, the coarsest first.
_MAY_GO: Final = ("step_epoch", "step_example", "step_pass")


class StepBar(QWidget):
    """The stepping toolbar, 52 px high.

    actions: by name: restart, step_back, step_term, step_unit, step_pass, step_example,
    step_epoch and train.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(size.px(HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Stepping")
        self._train = actions["train"]
        self.chips = {
            name: Chip.for_action(actions[name], label, key, look, self)
            for name, label, key, look in _CHIPS
        }
        self.chips["train"].reserve("Train", "Pause")
        self.more = Chip("…", parent=self)
        self.more.setAccessibleName("More steps")
        self.more.setToolTip("More steps")
        self.more.clicked.connect(self._open_menu)
        self.menu = QMenu(self)
        self.readout: QWidget | None = None
        self._lay_out()
        size.changed.connect(self._size_changed)

    def set_readout(self, readout: QWidget) -> None:
        """Put the widget that says where one is at the right."""
        self.readout = readout
        self._row.addWidget(readout, 1)
        self._arrange()

    def set_training(self, training: bool) -> None:
        """Let the train action say Pause while training is under way, and Train again after."""
        self._train.setText("Pause" if training else "Train")
        icons.set_icon(self._train, "pause" if training else "play")

    def sizeHint(self) -> QSize:
        """Everything with its keys, and the readout."""
        return QSize(
            self._width_of(tuple(self.chips), keys=True) + size.px(_READOUT_WISH), size.px(HEIGHT)
        )

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for a small window."""
        return QSize(size.px(_LEAST_WIDTH), size.px(HEIGHT))

    # Layout

    def _lay_out(self) -> None:
        self._row = QHBoxLayout(self)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._row.setContentsMargins(_MARGIN, 0, _MARGIN, 1)
        self._row.setSpacing(_SPACING)
        for name in self.chips:
            if name == "train":
                self._row.addWidget(self.more)
                self._add_separator()
            self._row.addWidget(self.chips[name])
        self._row.addStretch(0)
        self.more.hide()

    def _add_separator(self) -> None:
        line = QFrame(self)
        line.setProperty("role", "hairline")
        line.setFrameShape(QFrame.Shape.VLine)
        line.setFixedSize(1, 24)
        self._row.addSpacing(_SPACING)
        self._row.addWidget(line)
        self._row.addSpacing(_SPACING)

    def _width_of(self, names: tuple[str, ...], keys: bool) -> int:
        """The width of these chips with margins, separators and, where one is missing, "…"."""
        chips = [self.chips[name] for name in names]
        widths = [chip.width_with(keys or not chip.label) for chip in chips]
        if len(names) < len(self.chips):
            widths.append(self.more.sizeHint().width())
        separator = 1 + 3 * _SPACING
        return sum(widths) + _SPACING * len(widths) + separator + 2 * _MARGIN

    def _arrange(self) -> None:
        """Show what there is room for: keys first to go, then the coarsest steps."""
        names = tuple(self.chips)
        keys = self._width_of(names, keys=True) + size.px(_READOUT_WISH) <= self.width()
        for name in _MAY_GO:
            if self._width_of(names, keys) + self._readout_least() <= self.width():
                break
            names = tuple(kept for kept in names if kept != name)
        for name, chip in self.chips.items():
            chip.show_key(keys or not chip.label)
            chip.setVisible(name in names)
        self.more.setVisible(len(names) < len(self.chips))
        self._fill_menu(names)
        self._row.activate()

    def _readout_least(self) -> int:
        """What the readout cannot do without, within bounds: its text is not to move chips."""
        asked = self.readout.minimumSizeHint().width() if self.readout else 0
        return min(max(asked, size.px(_READOUT_LEAST)), size.px(_READOUT_WISH))

    def _fill_menu(self, shown: tuple[str, ...]) -> None:
        hidden = [chip.action for name, chip in self.chips.items() if name not in shown]
        wanted = [action for action in hidden if action is not None]
        if wanted != self.menu.actions():
            for action in self.menu.actions():
                self.menu.removeAction(action)
            self.menu.addActions(wanted)

    def _open_menu(self) -> None:
        icons.dress(self.menu)
        self.menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 4)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find out again what there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _size_changed(self) -> None:
        self.setFixedHeight(size.px(HEIGHT))
        self._arrange()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground, and a hairline below."""
        painter = QPainter(self)
        worn = theme.current()
        painter.fillRect(self.rect(), worn.surface)
        painter.fillRect(0, self.height() - 1, self.width(), 1, worn.line)
