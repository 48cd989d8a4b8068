"""From an empty canvas to a trained net in a file, with mouse and keys alone."""

from pathlib import Path

import pytest

import chainstep
from chainstep.app.main import Desk
from chainstep.files import document as document_format
from chainstep.stepping.numbers import format_number, signed
from chainstep.stepping.trace import Trace

from .journey import (
    ALT,
    CTRL,
    SHIFT,
    Driver,
    Key,
    chosen_in_dialogs,
    new_window,
    settle,
    wait_until,
)


@pytest.fixture
def empty(desk: Desk, driver: Driver) -> Driver:
    return new_window(desk, driver)


def n(value: float | None) -> str:
    assert value is not None
    return format_number(value, 4)


def s(value: float | None) -> str:
    assert value is not None
    return signed(value, 4)


def check_forward(driver: Driver, trace: Trace, unit: str) -> None:
    """The terms w·z one after the other on canvas and panel, then h(a), against the trace."""
    told = trace.unit(unit)
    bias = next(b.bias for b in trace.biases if b.unit == unit)
    so_far, shown = bias, []
    for place, term in enumerate(told.incoming, start=1):
        driver.key(Key.Key_F11)
        so_far += term.product
        shown.append(f"{n(term.weight)} × {n(term.z)} = {s(term.product)}")
        assert f"forward · {unit} · term {place} of {len(told.incoming)}" in driver.readout
        assert sorted(driver.tags) == sorted(shown)
        assert driver.rows[place][0] == term.source
        assert driver.rows[place][-1] == s(term.product)
        assert driver.rows[-1][-1] == s(so_far)
        assert n(so_far) in driver.pills[0]
    assert so_far == pytest.approx(told.a, abs=1e-12)
    driver.key(Key.Key_F11)
    assert driver.pills == [f"a = {n(told.a)}"]
    assert driver.discs[unit] == n(told.z)


def check_backward(driver: Driver, trace: Trace, unit: str) -> None:
    """The shares one after the other, their sum, and what follows for the weights."""
    told, so_far, shown = trace.unit(unit), 0.0, []
    for place, term in enumerate(told.outgoing, start=1):
        driver.key(Key.Key_F11)
        value = term.delta_term if told.delta is not None else term.dE_dz_term
        assert value is not None
        so_far += value
        factors = (term.delta, term.da_da if told.delta is not None else term.da_dz)
        shown.append(f"{n(factors[0])} × {n(factors[1])} = {s(value)}")
        assert f"backward · {unit} · term {place} of {len(told.outgoing)}" in driver.readout
        assert sorted(driver.tags) == sorted(shown)
        assert driver.rows[place - 1][-1] == s(value)
        assert driver.rows[-1][-1] == s(so_far)
        assert driver.pills[0].endswith(f"= {n(so_far)}")
    driver.key(Key.Key_F11)
    if told.delta is None:
        assert driver.pills == [f"∂E/∂z = {n(told.dE_dz)}"]
        return
    assert driver.pills == [f"δ = {n(told.delta)}"]
    driver.key(Key.Key_F11)
    assert f"δ {s(told.delta)}" in driver.notes
    slopes = {c.source: c.dE_dw for c in trace.connections if c.target == unit}
    rows = {row[0]: row[-1] for row in driver.rows}
    assert {source: rows[source] for source in slopes} == {u: n(g) for u, g in slopes.items()}


def test_a_net_is_drawn_stepped_trained_saved_and_found_again(
    desk: Desk, empty: Driver, tmp_path: Path
) -> None:
    window = empty.window
    assert empty.parts.area.empty.isVisible()
    empty.draw()
    network = window.document.project.network
    assert [u.id for u in network.units] == ["i1", "i2", "h1", "h2", "o1"]
    assert len(network.connections) == 6
    empty.type_table()
    data = window.document.project.data
    assert data.inputs == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert data.targets == ((0,), (1,), (1,), (0,))

    walk_forward_and_back(empty)

    empty.set_training()
    project = window.document.project
    assert (project.training.learning_rate, project.training.seed) == (4, 3)
    wait_until(lambda: empty.parts.status.check.text().startswith("Gradient check ✓"))
    empty.train()
    run = window.debugger.moment().run
    assert run is not None
    assert run.losses[-1] < 0.01
    assert empty.parts.loss_plot.value.text() == f"E = {format_number(run.losses[-1])}"
    assert window.isWindowModified()

    path = tmp_path / "xor by hand.chainstep"
    with chosen_in_dialogs(path):
        empty.key(Key.Key_S, CTRL)
        assert not window.isWindowModified()
        saved = window.document.project
        window.close()
        assert len(desk.windows) == 1
        Driver(desk.windows[0]).key(Key.Key_O, CTRL)
    again = Driver(desk.windows[1]).window.document.project
    assert document_format.dumps(again) == document_format.dumps(saved)
    assert run.project.network.connections == again.network.connections
    outputs = chainstep.predict(again, data.inputs)[:, 0]
    assert [round(float(z)) for z in outputs] == [0, 1, 1, 0]


def walk_forward_and_back(driver: Driver) -> None:
    """Step by terms through the pass of the second example and back to its start."""
    document = driver.window.document
    before = document.project
    driver.key(Key.Key_F10, CTRL, times=2)  # the whole first example, then the second
    driver.key(Key.Key_PageUp, ALT)  # and back to where the second begins
    trace = chainstep.trace(before, example=1)
    assert driver.readout.startswith("epoch 1 · example 1 of 4")
    pictures = [driver.picture()]

    def step() -> None:
        driver.key(Key.Key_F11)
        pictures.append(driver.picture())

    for unit in ("i1", "i2"):
        step()
        assert driver.readout == f"epoch 1 · example 2 of 4 · forward · {unit}"
        assert driver.discs[unit] == n(trace.unit(unit).z)
    for unit in ("h1", "h2", "o1"):
        check_forward(driver, trace, unit)
    step()
    assert driver.pills == [f"E = {n(trace.loss)}"]
    assert "target 1" in driver.notes
    step()
    assert driver.rows[0][-1] == s(trace.unit("o1").delta)
    step()
    assert driver.pills == [f"δ = {n(trace.unit('o1').delta)}"]
    step()
    assert f"δ {s(trace.unit('o1').delta)}" in driver.notes
    for unit in ("h2", "h1", "i2", "i1"):
        check_backward(driver, trace, unit)
    assert document.project is before

    end = driver.picture()
    driver.key(Key.Key_F11)
    assert driver.readout.startswith("epoch 1 · example 3 of 4")
    driver.key(Key.Key_Left, ALT)
    assert driver.picture() == end
    for _ in range(200):
        if driver.readout.endswith("start"):
            break
        driver.key(Key.Key_Left, ALT)
    assert driver.readout == "epoch 1 · example 1 of 4 · start"
    assert not driver.window.actions_by_name["step_back"].isEnabled()
    assert document.project is before


def test_every_step_back_shows_what_was_shown_before(driver: Driver) -> None:
    pictures = []
    for _ in range(60):
        pictures.append(driver.picture())
        driver.key(Key.Key_F11)
    while pictures:
        driver.key(Key.Key_Left, ALT)
        assert driver.picture() == pictures.pop()


def test_the_invitation_goes_with_the_first_step(driver: Driver) -> None:
    invitation = driver.parts.area.invitation
    assert invitation is not None
    assert invitation.isVisible()
    driver.key(Key.Key_F11)
    assert not invitation.isVisible()


def test_the_timeline_is_a_slider_over_the_pass(driver: Driver) -> None:
    timeline = driver.parts.timeline
    middle = timeline.rect().center().y()
    driver.key(Key.Key_F11)
    x = round(timeline.x_of(12))
    point = timeline.rect().topLeft()
    point.setX(x)
    point.setY(middle - 10)
    driver.click(driver.place(timeline, point))
    run = driver.window.debugger.moment().run
    assert run is not None
    assert abs(run.cursor.index - 12) <= 1
    assert "example 1 of 4" in driver.readout


def test_a_click_on_a_connection_lights_its_row(driver: Driver) -> None:
    driver.step_until(lambda step: step.unit == "h1" and step.part == "delta")
    x1, y1 = driver.scene.units["h1"].centre
    x2, y2 = driver.scene.units["o1"].centre
    driver.click(driver.at(x1 + (x2 - x1) * 0.3, y1 + (y2 - y1) * 0.3))
    lit = driver.parts.chain_rule.rows.lit
    assert lit is not None
    assert driver.parts.chain_rule.rows.lines[lit].label == "o1"


def test_a_click_on_a_row_flashes_its_connection(driver: Driver) -> None:
    flashed: list[object] = []
    driver.scene.motion.flash = flashed.append  # type: ignore[method-assign]
    driver.step_until(lambda step: step.unit == "h1" and step.part == "delta")
    rows = driver.parts.chain_rule.rows
    settle()
    driver.click(driver.place(rows, rows.row_rect(0).center()))
    assert ("h1", "o1") in flashed
    assert "o1" in flashed


def test_pause_lands_on_a_step_one_can_walk_on_from(driver: Driver) -> None:
    driver.set_epochs("1000000")
    driver.key(Key.Key_F5)
    wait_until(lambda: driver.parts.readout.text.endswith("training"))
    driver.key(Key.Key_F5)
    run = driver.window.debugger.moment().run
    assert run is not None
    epoch = run.trainer.epoch
    assert driver.readout == f"epoch {epoch} · update"
    driver.key(Key.Key_F11)
    assert driver.readout == f"epoch {epoch + 1} · example 1 of 4 · forward · i1"
    driver.key(Key.Key_Left, ALT)
    assert driver.readout == f"epoch {epoch} · update"
    driver.key(Key.Key_F5, CTRL | SHIFT)
    assert driver.readout == "epoch 1 · example 1 of 4 · start"


def test_the_inspector_shows_the_current_unit_while_nothing_is_selected(driver: Driver) -> None:
    inspector = driver.parts.inspector
    assert inspector.summary.isVisible()
    driver.step_until(lambda step: step.unit == "h2")
    assert inspector.unit.isVisible()
    assert inspector.unit.name.text() == "h2"
    driver.click(driver.unit("o1"))
    driver.step_until(lambda step: step.unit == "h1" and step.phase == "backward")
    assert inspector.unit.name.text() == "o1"
    driver.click(driver.at(0, -160))
    assert inspector.unit.name.text() == "h1"
    driver.key(Key.Key_F5, CTRL | SHIFT)
    assert inspector.summary.isVisible()
