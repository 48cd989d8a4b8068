"""The bar stays on its line, and Ctrl+C waits for the end of an update."""

import io
import signal

import pytest

from chainstep.cli.grid import grid, width
from chainstep.cli.progress import Bar, Interrupts


class Terminal(io.StringIO):
    """A stderr that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [1, 10, 40, 80, 200])
def test_the_bar_is_never_as_wide_as_the_terminal(columns: int) -> None:
    for epoch in (0, 1, 500, 1000, 2000):
        assert width(Bar(1000).line(epoch, 0.123, columns)) < columns


def test_the_bar_grows_with_the_epochs() -> None:
    shown = [Bar(100).line(epoch, 0.5, 100).count("█") for epoch in (0, 25, 50, 100)]
    assert shown == [0, 10, 20, 40]
    assert "50%  epoch 50 of 100  loss 0.5000" in Bar(100).line(50, 0.5, 100)


def test_the_bar_is_wiped_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Bar(10) as bar:
        bar.show(1, 0.5)
        bar.show(2, 0.5)  # too soon after the first
    assert terminal.getvalue().count("epoch") == 1
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_nothing_is_drawn_on_a_terminal_that_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    with Bar(10) as bar:
        bar.show(1, 0.5)
    assert terminal.getvalue() == ""


def test_ctrl_c_is_a_wish_the_first_time_and_an_order_the_second() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        assert not interrupts.asked()
        signal.raise_signal(signal.SIGINT)
        assert interrupts.asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_columns_are_aligned_by_what_one_sees() -> None:
    rows = [("隠れ", "1.25", "a"), ("h", "−10.5", "bc"), (), ("e\u0301x", "3")]
    assert grid(rows, "ldr").splitlines() == [
        "  隠れ    1.25   a",
        "  h     −10.5   bc",
        "",
        "  e\u0301x      3",
    ]
