"""The application: its windows, what it opens, and what it offers to recover.

What is inside a window is in `window`; whether a display is there at all is asked before, in
`cli.display`.
"""

import gc
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from chainstep import files
from chainstep.app import window_layout
from chainstep.app.filing import is_document
from chainstep.app.look import fonts, icons, size, style, theme
from chainstep.app.mishaps import Mishaps
from chainstep.app.recovery import Orphan, take_orphans
from chainstep.app.settings import APPLICATION, ORGANISATION, Settings
from chainstep.app.window import MainWindow
from chainstep.errors import ChainstepError
from chainstep.files import document as document_format
from chainstep.files import examples
from chainstep.project import Project


class Application(QApplication):
    """The application. It hears of files itself: a filter would take part in every event there is.

    Signals: handed_over(str): the path of a file that macOS asks to open. quit_asked(): the system
    asks to end, as macOS does, or a session.
    """

    handed_over = Signal(str)
    quit_asked = Signal()

    def event(self, event: QEvent) -> bool:
        """Tell what macOS hands over, and of the end before Qt closes windows in any order."""
        if isinstance(event, QFileOpenEvent):
            self.handed_over.emit(event.file())
            return True
        if event.type() == QEvent.Type.Quit:
            self.quit_asked.emit()
            if any(window.isVisible() for window in self.topLevelWidgets()):
                event.ignore()  # one of them was not let go
                return True
        return super().event(event)


class Desk(QObject):
    """All open windows. A window asks the desk for another one; the desk keeps them alive.

    on_screen: whether new windows are kept within the screen.
    """

    def __init__(self, on_screen: bool = False) -> None:
        super().__init__()
        self._on_screen = on_screen
        self.windows: list[MainWindow] = []

    def open_path(
        self, path: Path, beside: MainWindow | None = None, limit: files.Limit = files.COMFORTABLE
    ) -> MainWindow | None:
        """Open a file, or come to the window that has it. A refusal is shown where one looks.

        beside: the window that asks; a model of another program is shown there before it opens.
        Without one, as from the command line, it opens as a new, unsaved net, if it is not large.
        """
        known = next((w for w in self.windows if w.document.path == path.absolute()), None)
        if known is not None:
            known.raise_()
            known.activateWindow()
            return known
        if beside is not None and not is_document(path):
            beside.model_in.show(path)
            return None
        try:
            found = files.bring_in(path, limit)
        except ChainstepError as error:
            teller = beside or (self.windows[-1] if self.windows else self.open_example())
            if isinstance(error, files.TooLarge) and limit is files.COMFORTABLE:
                LargeModel(self, path, error, teller)
            else:
                teller.notices.say(str(error), "error")
            return None
        Settings().add_recent(path)
        if is_document(path):
            return self.open_project(found.project, path.absolute())
        window = self.open_project(found.project, title=path.stem)
        if found.guess is not None or len(found.notes) > 1:
            window.show_sentence(f"{path.name}: {found.notes[0]}")
        return window

    def open_project(
        self, project: Project, path: Path | None = None, title: str = ""
    ) -> MainWindow:
        """Show a project in a window of its own."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        # The first is built without the style sheet; with others there that would cost more.
        with nullcontext() if self.windows else style.laid_aside(app):
            window = MainWindow(project, path, title, self)
        if self._on_screen:
            window_layout.fit_on_screen(window, self.windows[-1] if self.windows else None)
        self.windows.append(window)
        window.show()
        return window

    def open_example(
        self, name: str = examples.FIRST, instead_of: MainWindow | None = None
    ) -> MainWindow:
        """Show a bundled example. instead_of: a window that gives way if nothing was done in it."""
        project = examples.load_example(name)
        about = examples.about(project)
        window = self.open_project(project, title=about.title if about else name)
        if instead_of is not None and _is_untouched(instead_of):
            window.setGeometry(instead_of.geometry())
            instead_of.close()
        return window

    def recover(self, orphan: Orphan) -> None:
        """Show what a process that is gone left behind, as unsaved changes to its file."""
        try:
            project = document_format.loads(orphan.content, orphan.title)
        except ChainstepError as error:
            if self.windows:
                self.windows[-1].notices.say(str(error), "error")
            return
        known = next(
            (w for w in self.windows if orphan.path and w.document.path == orphan.path), None
        )
        if known is not None:
            known.apply("Recover", lambda _file: project)
            known.filing.note_change()
            known.filing.copy.write()
            return
        window = self.open_project(project, orphan.path, orphan.title)
        window.document.mark_modified()
        window.filing.note_change()
        window.filing.copy.write()

    def tell_mishap(self, sentence: str) -> None:
        """Say in every window that Chainstep itself went wrong, and keep a copy of the work."""
        for window in self.windows:
            window.filing.copy.write()
            window.notices.say(sentence, "error")

    def forget(self, window: MainWindow) -> None:
        """A window is gone."""
        if window in self.windows:
            self.windows.remove(window)

    @Slot()
    def quit(self) -> None:
        """Close all windows, as far as the user lets them."""
        for window in reversed(list(self.windows)):
            if not window.close():
                return

    @Slot(str)
    def take(self, path: str) -> None:
        """Open what the system hands over."""
        self.open_path(Path(path))


def _is_untouched(window: MainWindow) -> bool:
    """Tell whether nothing was done that anybody could miss: an example, or an empty net."""
    document = window.document
    return not (document.path or document.undo_stack.count() or window.debugger.unkept)


class LargeModel(QObject):
    """The question whether a large model is to be drawn; it lives as long as its window."""

    def __init__(self, desk: Desk, path: Path, found: files.TooLarge, window: MainWindow) -> None:
        super().__init__(window)
        self._desk, self._path, self._window = desk, path, window
        size = f"{'at least ' if found.partial else ''}{found.size}"
        window.notices.say(
            f"{path.name} holds {size}: stepping will be slow, and the picture crowded.",
            "warning",
            [("Open anyway", self.accept)],
        )

    @Slot()
    def accept(self) -> None:
        """Draw it all the same."""
        self._desk.open_path(self._path, limit=files.LARGEST)


class Offer(QObject):
    """One offer to recover a copy; unanswered, it is made again at the next start."""

    def __init__(self, desk: Desk, orphan: Orphan, window: MainWindow) -> None:
        super().__init__(window)
        self._desk, self._orphan = desk, orphan
        window.notices.say(
            f"Chainstep ended unexpectedly. There are unsaved changes to “{orphan.title}”.",
            "warning",
            [("Recover", self.accept), ("Discard", self.decline)],
        )

    @Slot()
    def accept(self) -> None:
        """Open the copy; it has a new one of its own then."""
        self._desk.recover(self._orphan)
        self._orphan.forget()

    @Slot()
    def decline(self) -> None:
        """Drop it."""
        self._orphan.forget()


def make_application(arguments: list[str]) -> QApplication:
    """Return the application with its names, fonts and look."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else Application(arguments)
    app.setOrganizationName(ORGANISATION)
    app.setApplicationName(APPLICATION)
    app.setApplicationDisplayName("Chainstep")
    fonts.load_fonts()
    app.setFont(fonts.ui_font(13))
    app.setWindowIcon(icons.app_icon())
    theme.apply(app, Settings().theme_mode)
    size.apply(app, Settings().projector)
    return app


def run(paths: list[str]) -> int:
    """Open the files, or the first example, and stay until the last window is closed."""
    # Ctrl+C in the terminal ends the program at once; unsaved work is in its recovery copy.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    app = make_application(sys.argv[:1])
    desk = Desk(on_screen=True)
    Mishaps(desk.tell_mishap).install()
    gc.freeze()  # the modules last: a collection in the middle of a step need not look at them
    if isinstance(app, Application):
        app.handed_over.connect(desk.take)
        app.quit_asked.connect(desk.quit)
    for path in paths:
        desk.open_path(Path(path))
    if not desk.windows:
        desk.open_example().parts.area.invite()
    for orphan in take_orphans():
        Offer(desk, orphan, desk.windows[-1])
    return app.exec()
