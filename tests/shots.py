"""Plays the journey and saves what it looks like: `python3 dev.py shots [DIR]`.

Writes light, dark and twice as large pictures of 1280×800 into DIR (`build/shots`), and the two of
the README into `resources/pictures`. What is played is in `tests/app/journey.py`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PICTURES = ROOT / "resources" / "pictures"
#: The pictures of the README, by their names here.
README = {"light/09-backward-sum": "step-light.png", "dark/11-trained": "trained-dark.png"}
WAIT = 260


def main(arguments: list[str]) -> int:
    """Write all pictures; the large ones in a process of their own, as Qt scales only at once."""
    folder = Path(arguments[0]) if arguments else ROOT / "build" / "shots"
    if "QT_SCALE_FACTOR" in os.environ:
        play(folder.resolve(), "@2x")
        return 0
    play(folder.resolve(), "")
    command = [sys.executable, __file__, str(folder)]
    status = subprocess.call(command, env={**os.environ, "QT_SCALE_FACTOR": "2"})
    print(f"The pictures are in {folder}.")
    return status


def play(folder: Path, suffix: str) -> None:
    """Play the journey in light and in dark."""
    from PySide6.QtCore import QSettings, QStandardPaths

    with tempfile.TemporaryDirectory() as home:
        QStandardPaths.setTestModeEnabled(True)
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
            QSettings.setPath(form, QSettings.Scope.UserScope, home)
        from chainstep.app.look import theme
        from chainstep.app.main import make_application

        app = make_application([sys.argv[0]])
        app.setCursorFlashTime(0)
        for mode in ("light", "dark"):
            QSettings().clear()
            theme.apply(app, mode)
            Album(folder / f"{mode}{suffix}").play()


class Album:
    """Takes the pictures of one journey into a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def play(self) -> None:
        """From the first launch to iris."""
        from tests.app.journey import Driver, close_all, new_window, open_desk
        from tests.nets import in_bishops_letters

        desk, first = open_desk()
        self.take(first, "01-first-launch")
        drawn = new_window(desk, first)
        self.take(drawn, "02-empty")
        self.draw(drawn)
        self.step(drawn)
        self.train(drawn)
        mazur = Driver(desk.open_example("mazur_2_2_2"))
        mazur.window.apply("Letters", in_bishops_letters)
        mazur.step_until(lambda s: s.phase == "backward" and s.unit == "h1" and s.nth == 2)
        self.take(mazur, "09-backward-sum")
        iris = Driver(desk.open_example("iris"))
        self.take_iris(iris)
        close_all(desk)

    def draw(self, driver: Any) -> None:
        """Draw 2-2-1, with one connection held in the air and one refused."""
        driver.draw()
        driver.scene.select([])
        driver.press(driver.towards("i1", "o1"), driver.unit("o1", -20, 0))
        self.take(driver, "03-connecting", settle=False)
        driver.press_escape()
        driver.press(driver.towards("o1", "h1"), driver.unit("h1", 8, 4))
        self.take(driver, "04-refused", settle=False)
        driver.press_escape()
        driver.type_table()
        driver.leave_table()

    def step(self, driver: Any) -> None:
        """Show a term of the forward pass, the error and the gradient of weights."""
        driver.key(driver.F10, driver.CTRL)
        driver.step_until(lambda s: s.phase == "forward" and s.unit == "h2" and s.nth == 2)
        self.take(driver, "05-forward-term")
        driver.step_until(lambda s: s.phase == "loss")
        self.take(driver, "06-loss")
        driver.step_until(lambda s: s.phase == "backward" and s.unit == "h1" and s.part == "delta")
        self.take(driver, "07-delta")
        driver.step_until(lambda s: s.part == "gradient" and s.unit == "h1")
        self.take(driver, "08-gradient")
        driver.step_until(lambda s: s.phase == "update")
        self.take(driver, "10-update")

    def train(self, driver: Any) -> None:
        """Train to the end, then look at one unit."""
        driver.set_training()
        driver.train()
        driver.dismiss_notice()
        self.take(driver, "11-trained")
        driver.show_tab(0)
        driver.click(driver.unit("h1"))
        self.take(driver, "12-inspector")

    def take_iris(self, driver: Any) -> None:
        """Show real data after some training."""
        driver.train()
        driver.dismiss_notice()
        self.take(driver, "13-iris")

    def take(self, driver: Any, name: str, settle: bool = True) -> None:
        """Save the window as it is when everything has come to rest."""
        from tests.app.journey import settle as rest

        if settle:
            driver.park()
        rest(WAIT)
        picture = driver.window.grab()
        picture.save(str(self.folder / f"{name}.png"))
        wanted = README.get(f"{self.folder.name}/{name}")
        if wanted is not None:
            save_small(picture, PICTURES / wanted)


def save_small(picture: Any, path: Path) -> None:
    """Save a picture without transparency and packed as well as it goes."""
    from PySide6.QtGui import QImage

    path.parent.mkdir(parents=True, exist_ok=True)
    picture.toImage().convertToFormat(QImage.Format.Format_RGB888).save(str(path), "PNG", 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
