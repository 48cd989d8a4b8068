"""A bug hunt as an engineer would do it: handwritten digits, and a validation loss that rises.

Break there, look at the worst example's terms, go back 20 epochs, halve the learning rate, branch,
compare the two runs: all by keys and mouse in the real window.
"""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QTabWidget, QWidget

import chainstep
from chainstep.app.main import Desk
from chainstep.project import Project
from chainstep.stepping.numbers import format_number, signed
from chainstep.stepping.run import Run
from tests.app.panels import stage

from .journey import CTRL, Driver, Key, settle, wait_until

Take = Callable[[Driver, str], None]
RISE = 2.0


def show_tab(driver: Driver, title: str) -> None:
    """Click on a tab by its title, wherever it is."""
    for tabs in driver.window.findChildren(QTabWidget):
        titles = [tabs.tabText(n) for n in range(tabs.count())]
        if title in titles:
            bar = tabs.tabBar()
            driver.click(driver.place(bar, bar.tabRect(titles.index(title)).center()))
            settle()
            return
    raise AssertionError(f"no tab {title}")


def press(driver: Driver, button: QWidget) -> None:
    driver.show_in_panel(button)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle()


def run_of(driver: Driver) -> Run:
    run = driver.window.debugger.moment().run
    assert run is not None
    return run


def held_back(project: Project) -> float:
    """The mean cross-entropy on the rows held back, from the outputs alone."""
    rows = list(project.data.validation)
    p = chainstep.predict(project, [project.data.inputs[row] for row in rows])
    t = np.array([project.data.targets[row] for row in rows])
    return float(-(t * np.log(p)).sum(axis=1).mean())


def straight_to(driver: Driver, epochs: int) -> Run:
    """A run of its own, without a window, over the same document."""
    run = Run(driver.window.document.project)
    run.train(epochs)
    return run


def go_to_epoch(driver: Driver, epoch: int) -> None:
    driver.key(Key.Key_G, CTRL)
    dialog = driver.window.findChild(QInputDialog)
    assert dialog is not None
    dialog.setIntValue(epoch)
    dialog.accept()
    settle()
    driver.window.activateWindow()
    wait_until(driver.window.isActiveWindow)


def break_where_the_validation_loss_rises(driver: Driver) -> None:
    show_tab(driver, "Breakpoints")
    panel = driver.parts.breakpoints
    press(driver, panel.add)
    stage.choose(panel.form.kind, "loss_rises")
    stage.choose(panel.form.of, "validation")
    driver.show_in_panel(panel.form.value)
    driver.fill(panel.form.value, f"{RISE:g}")
    press(driver, panel.form.add)
    assert [row.words.text() for row in panel.rows] == ["validation loss rises by 2 % over 1 epoch"]
    driver.train(60)


def look_at_the_worst_example(driver: Driver) -> None:
    """Choose the worst of the rows held back; add up the terms of the unit that feels it most."""
    show_tab(driver, "Data")
    menu = driver.parts.data_table.worst_menu
    menu.aboutToShow.emit()
    titles = [action.text() for action in menu.actions()]
    first = menu.actions()[titles.index("Held-back rows") + 1]
    first.trigger()
    settle()
    cursor = run_of(driver).cursor
    said = f"example {cursor.row + 1:,}  ·  E = {format_number(run_of(driver).trace.loss)}"
    assert first.text().startswith(said)
    assert cursor.row in driver.window.document.project.data.validation
    alone = chainstep.trace(run_of(driver).project, example=cursor.row)
    hidden = [u.id for u in driver.window.document.project.network.units if u.kind == "hidden"]
    unit = max(hidden, key=lambda each: abs(alone.unit(each).delta or 0.0))
    driver.click(driver.unit(unit))
    driver.key(Key.Key_F8, times=2)
    assert f"{cursor.row + 1:,} aside · backward · {unit} · term 1 of 10" in driver.readout
    driver.key(Key.Key_F11, times=9)
    terms = [term.delta_term or 0.0 for term in alone.unit(unit).outgoing]
    assert [row[-1] for row in driver.rows[:10]] == [signed(term) for term in terms]
    assert driver.rows[-1][-1] == signed(alone.unit(unit).delta or 0.0)


def halve_the_rate(driver: Driver) -> None:
    show_tab(driver, "Training")
    field = driver.parts.training.rate
    driver.show_in_panel(field)
    driver.fill(field, "0.0015")
    driver.train(60)


def play(driver: Driver, take: Take) -> None:
    """The whole hunt; `take` is told where a picture is worth having."""
    take(driver, "1-open")
    break_where_the_validation_loss_rises(driver)
    run, stopped = run_of(driver), run_of(driver).trainer.epoch
    assert run.hit is not None
    assert run.hit.breakpoint.of == "validation"
    assert stopped > 20
    before, after = (held_back(straight_to(driver, n).project) for n in (stopped - 1, stopped))
    assert after > before * (1 + RISE / 100)
    assert driver.parts.notices.text.endswith(
        f"from {format_number(before, 6)} to {format_number(after, 6)}."
    )
    take(driver, "2-stopped")

    look_at_the_worst_example(driver)
    take(driver, "3-worst")

    far = run.losses
    go_to_epoch(driver, stopped - 20)
    assert run_of(driver).losses == far[: stopped - 20]
    halve_the_rate(driver)
    history = driver.window.debugger.history
    assert history is not None
    assert run_of(driver) is run, "another rate does not begin the run anew"
    assert [kept.name for kept in history.kept] == ["Run 1"]
    assert history.kept[0].losses.tolist() == far
    assert run.losses[: stopped - 20] == far[: stopped - 20]
    assert run.losses != far
    driver.dismiss_notice()

    show_tab(driver, "History")
    words = [event.words for event in history.events]
    assert f"Went back to epoch {stopped - 20}" in words
    assert "η 0.003 → 0.0015" in " ".join(words)
    assert f"Branched from Run 1 at epoch {stopped - 20}" in words
    press(driver, driver.parts.history.rows[0].compare)
    ends = next(iter(run.trainer.plan.weight))
    here = float(run.trainer.theta[run.trainer.plan.weight[ends]])
    assert driver.scene.differs
    assert driver.parts.area.caption.text() == "Δw: the weights now minus those of Run 1"
    assert driver.scene.weight(ends) == here - history.kept[0].weights[ends]
    take(driver, "4-compared")


def test_a_rising_validation_loss_is_hunted_down(desk: Desk) -> None:
    play(Driver(desk.open_example("digits")), lambda _driver, _name: None)


pytestmark = pytest.mark.timeout(240)
