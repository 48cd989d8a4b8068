"""A million epochs of XOR in the window: what memory grows by, what a frame of the plot takes."""

import time
from typing import Any

from PySide6.QtWidgets import QApplication

from benchmarks.window.stage import act, application, figure, frames, memory_mb, open_window, row
from chainstep.files.examples import load_example


def measure(quick: bool) -> list[dict[str, Any]]:
    """Train on, and look at the loss plot while it happens and at the end."""
    application()
    goal = 100_000 if quick else 1_000_000
    window = open_window(load_example("xor").with_training(epochs=goal, stop=None))
    run, canvas = window.debugger.moment().run, window.parts.loss_plot.canvas
    assert run is not None
    assert canvas is not None
    before, peak, until = memory_mb(), 0.0, time.monotonic() + 600
    act(window, "train")
    while window.debugger.training and time.monotonic() < until:
        QApplication.processEvents()
        peak = max(peak, memory_mb())
    grown, name = peak - before, f"XOR, {run.trainer.epoch:,} epochs"
    spells = frames(lambda: canvas.show_losses(run.trainer.losses, 0, 4), 100)
    return [
        figure("memory grown by, at most", name, f"{grown:.1f} MB", "≤ 30 MB", grown <= 30),
        row("loss plot at the end", name, spells, 8),
    ]
