"""The menu bar, made from the actions.

What a command is called and which keys it has is in `actions`; the context menu is in
`canvas_menu`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QWidget

from chainstep.app.canvas_menu import CanvasMenu
from chainstep.app.dialogs import help_texts
from chainstep.app.dialogs.help_window import KeysWindow
from chainstep.app.look import icons, theme
from chainstep.app.panels import changes
from chainstep.app.presenting import PANELS
from chainstep.app.settings import Settings
from chainstep.files import examples

if TYPE_CHECKING:
    from chainstep.app.window import MainWindow

_EDITED_HERE: Final = ("cut", "copy", "paste", "duplicate", "delete", "select_all")
_COPIED: Final = ("copied_text", "copied_latex", "copied_picture")
_ADDED: Final = ("add_input", "add_hidden", "add_output")


class Menus(QObject):
    """Builds the menus of a window and does what belongs to none of its parts."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._actions = window.actions_by_name
        self._settings = Settings()
        self._connect()
        self._build()
        window.parts.view.menu_asked.connect(self._canvas_menu)

    def _build(self) -> None:
        bar = self._window.menuBar()
        self._file(bar.addMenu("&File"))
        self._edit(bar.addMenu("&Edit"))
        self._view(bar.addMenu("&View"))
        self._add(bar.addMenu("&Network"), "tool_select", "tool_add", "tool_connect", "",
                  *_ADDED, "type_number", "", "tidy", "randomise", "", "check")  # fmt: skip
        self._debug(bar.addMenu("&Debug"))
        self._samples = bar.addMenu("E&xamples")
        self._samples.aboutToShow.connect(self._fill_examples)
        self._add(bar.addMenu("&Help"), "examples", "shortcuts", "about")
        for menu in bar.findChildren(QMenu):
            menu.aboutToShow.connect(self._dress)

    def _debug(self, menu: QMenu) -> None:
        self._add(menu, "train", "search_back", "", "step_term", "step_unit", "step_level",
                  "step_pass", "step_example", "step_batch", "step_epoch", "")  # fmt: skip
        self._add(menu.addMenu("Back By"), "step_back", "back_unit", "back_level", "back_pass",
                  "back_example", "back_batch", "back_epoch")  # fmt: skip
        self._add(menu, "", "run_to_unit", "run_back_to_unit", "go_to_epoch")
        menu.addMenu(self._window.parts.data_table.worst_menu)
        self._add(menu, "", "breakpoint", "", "restart")

    def _file(self, menu: QMenu) -> None:
        self._add(menu, "new", "open")
        self._recent: QMenu = menu.addMenu("Open Recent")
        self._recent.aboutToShow.connect(self._fill_recent)
        self._add(menu, "", "save", "save_as", "export", "derivation", "worksheet", "",
                  "import_model", "import_data", "import_clipboard", "make_data", "", "close",
                  "quit")  # fmt: skip

    def _edit(self, menu: QMenu) -> None:
        for action in (self._window.undoing.undo, self._window.undoing.redo):
            menu.addAction(action)
        self._add(menu, "", *_EDITED_HERE, "")
        self._add(menu.addMenu("Copy This Step As"), *_COPIED)

    def _view(self, menu: QMenu) -> None:
        self._add(menu, "fit", "zoom_in", "zoom_out", "zoom_reset", "", "projector", *PANELS)
        menu.addMenu("Plots on Their Own").addActions(self._window.parts.docks.actions)
        self._add(menu, "", "next_panel", "previous_panel", "",
                  "more_digits", "fewer_digits", "")  # fmt: skip
        look = menu.addMenu("Theme")
        group = QActionGroup(self)
        for mode in theme.MODES:
            action = self._actions[f"theme_{mode}"]
            group.addAction(action)
            self._add(look, action.objectName())
            action.setChecked(mode == self._settings.theme_mode)
        self._actions["reduced_motion"].setChecked(self._settings.reduced_motion)
        self._add(menu, "reduced_motion", "", "fullscreen")

    @Slot()
    def _fill_examples(self) -> None:
        """Read the examples' titles when the menu is first opened, not before the first paint."""
        menu = self._samples
        if not menu.isEmpty():
            return
        self._add(menu, "examples", "")
        for heading, names in examples.GROUPS.items():
            part = menu.addMenu(heading.replace("&", "&&"))
            for name in names:
                about = examples.about(examples.load_example(name))
                action = part.addAction((about.title if about else name).replace("&", "&&"))
                action.setData(name)
                action.triggered.connect(self._open_example)

    def _add(self, menu: QMenu, *names: str) -> None:
        for name in names:
            if name:
                menu.addAction(self._actions[name])
            else:
                menu.addSeparator()

    @Slot()
    def _dress(self) -> None:
        menu = self.sender()
        if isinstance(menu, QMenu):
            icons.dress(menu)

    def _connect(self) -> None:
        window, slots = self._window, self._slots()
        for name, action in self._actions.items():
            if name.startswith(("step_", "back_")) or name in ("restart", "train"):
                action.triggered.connect(window.command)
            elif name.startswith("theme_"):
                action.triggered.connect(self._choose_theme)
            elif not name.startswith("tool_"):
                action.triggered.connect(slots[name])
        view = window.parts.view
        for name in ("tool_select", "tool_add", "tool_connect"):
            self._actions[name].triggered.connect(self._choose_tool)
        self._actions["tool_select"].setChecked(True)
        for name in (*_EDITED_HERE, *_ADDED, "tool_select", "tool_add", "tool_connect"):
            # These keys mean something else in a text field and in the table.
            self._actions[name].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            view.addAction(self._actions[name])

    def _slots(self) -> dict[str, Callable[..., object]]:
        window, view = self._window, self._window.parts.view
        editing, filing = window.editing, window.filing
        return {
            "breakpoint": window.aids.toggle_breakpoint,
            "run_to_unit": window.travel.run_to_unit,
            "run_back_to_unit": window.travel.run_back_to_unit,
            "go_to_epoch": window.travel.ask_epoch, "search_back": window.travel.search_back,
            "new": self._new, "open": self._open, "save": filing.save, "save_as": filing.save_as,
            "export": window.exports.export,
            "close": window.close, "quit": self._quit, "cut": editing.cut, "copy": editing.copy,
            "paste": self._paste, "duplicate": editing.duplicate, "delete": editing.delete,
            "select_all": editing.select_all, "fit": view.fit, "zoom_in": self._zoom_in,
            "zoom_out": self._zoom_out, "zoom_reset": self._zoom_reset,
            "fullscreen": self._full_screen, "more_digits": self._more_digits,
            "fewer_digits": self._fewer_digits, "reduced_motion": self._reduce_motion,
            "projector": window.presenting.set_projector,
            "next_panel": window.presenting.next_panel,
            "previous_panel": window.presenting.previous_panel,
            **dict.fromkeys(PANELS, window.presenting.show_panel),
            "import_model": window.model_in.import_file,
            "import_data": window.data_in.import_file, "make_data": window.data_in.generate,
            "import_clipboard": window.data_in.import_clipboard,
            "add_input": self._add_unit, "add_hidden": self._add_unit,
            "add_output": self._add_unit, "type_number": self._type_number,
            "tidy": editing.tidy, "randomise": window.randomise_again,
            "check": window.checking.show, "examples": self._browse,
            "shortcuts": self._show_keys, "about": self._about,
            "derivation": window.handouts.export_derivation,
            "worksheet": window.handouts.export_worksheet,
            **dict.fromkeys(_COPIED, window.handouts.copy_step),
        }  # fmt: skip

    @Slot()
    def _new(self) -> None:
        if self._window.desk is not None:
            from chainstep.project import Project

            self._window.desk.open_project(Project())

    @Slot()
    def _open(self) -> None:
        for path in self._window.filing.ask_open():
            self._open_path(path)

    def _open_path(self, path: Path) -> None:
        if self._window.desk is not None:
            self._window.desk.open_path(path, self._window)

    @Slot()
    def _open_example(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and self._window.desk is not None:
            self._window.desk.open_example(action.data(), self._window)

    @Slot()
    def _browse(self) -> None:
        from chainstep.app.gallery.window import Gallery

        gallery = Gallery(self._window)
        gallery.opened.connect(self._open_chosen)
        gallery.open()

    @Slot(str)
    def _open_chosen(self, name: str) -> None:
        if self._window.desk is not None:
            self._window.desk.open_example(name, self._window)

    @Slot()
    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self._settings.recent_files():
            action = self._recent.addAction(str(path).replace("&", "&&"))
            action.setData(str(path))
            action.setEnabled(path.exists())
            action.triggered.connect(self._open_recent)
        self._recent.addSeparator()
        clear = self._recent.addAction("Clear the List")
        clear.setEnabled(bool(self._settings.recent_files()))
        clear.triggered.connect(self._clear_recent)

    @Slot()
    def _open_recent(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._open_path(Path(action.data()))

    @Slot()
    def _clear_recent(self) -> None:
        self._settings.clear_recent()

    @Slot()
    def _quit(self) -> None:
        if self._window.desk is not None:
            self._window.desk.quit()
        else:
            self._window.close()

    @Slot()
    def _paste(self) -> None:
        from chainstep.errors import ChainstepError

        try:
            self._window.editing.paste()
        except ChainstepError as refused:
            self._window.warn(str(refused))

    @Slot()
    def _choose_tool(self) -> None:
        action = self.sender()
        parts = self._window.parts
        if isinstance(action, QAction):
            parts.view.set_tool(action.objectName().removeprefix("tool_"), parts.tools.kind)

    @Slot()
    def _add_unit(self) -> None:
        action = self.sender()
        if action is not None:
            self._window.editing.add_unit(action.objectName().removeprefix("add_"))
            view = self._window.parts.view
            if view.fitted:
                view.fit()
            else:
                view.reveal(self._window.scene.focused_unit or "")

    @Slot()
    def _type_number(self) -> None:
        self._window.parts.view.numbers.begin_somewhere()

    @Slot()
    def _choose_theme(self) -> None:
        action, app = self.sender(), QApplication.instance()
        mode = action.objectName().removeprefix("theme_") if action is not None else ""
        for known in theme.MODES:
            if mode == known and isinstance(app, QApplication):
                self._settings.theme_mode = known
                theme.apply(app, known)

    @Slot()
    def _zoom_in(self) -> None:
        self._window.parts.view.zoom_by(1.25)

    @Slot()
    def _zoom_out(self) -> None:
        self._window.parts.view.zoom_by(0.8)

    @Slot()
    def _zoom_reset(self) -> None:
        view = self._window.parts.view
        view.zoom_by(1.0 / view.zoom)

    @Slot(bool)
    def _full_screen(self, full: bool) -> None:
        if full:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    @Slot()
    def _more_digits(self) -> None:
        self._change_digits(1)

    @Slot()
    def _fewer_digits(self) -> None:
        self._change_digits(-1)

    def _change_digits(self, change: int) -> None:
        digits = self._window.document.project.view.digits + change
        if digits in changes.DIGITS:
            self._window.apply(*changes.set_digits(digits))

    @Slot(bool)
    def _reduce_motion(self, reduced: bool) -> None:
        self._settings.reduced_motion = reduced
        self._window.reduce_motion(reduced)

    @Slot()
    def _show_keys(self) -> None:
        KeysWindow(self._window).open()

    @Slot()
    def _about(self) -> None:
        from chainstep import __version__

        _tell(self._window, f"Chainstep {__version__}", help_texts.ABOUT)

    @Slot(QPoint)
    def _canvas_menu(self, point: QPoint) -> None:
        CanvasMenu(self._window, point).popup(point)


def _tell(parent: QWidget, title: str, text: str) -> None:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    box.open()
