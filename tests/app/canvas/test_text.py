"""Names in short; first paint without NumPy."""

import subprocess
import sys

import pytest

from chainstep.app.canvas import glyphs, text
from chainstep.network.model import ACTIVATION_PARAMS


def test_a_trailing_number_is_lowered(qapp: object) -> None:
    name, index = text.name_line("h12", 17, 60.0)
    assert (name.text, index.text) == ("h", "12")
    assert index.drop > 0


def test_a_long_name_is_cut_with_an_ellipsis(qapp: object) -> None:
    line = text.name_line("a very long name indeed", 17, 46.0)
    assert line[0].text.endswith("…")
    assert text.width(line) <= 46.0
    assert not text.fits("a very long name indeed", 17, 46.0)
    assert text.fits("h1", 17, 46.0)


def test_names_that_differ_in_their_number_alone_stay_apart_when_cut() -> None:
    shown = {"".join(run.text for run in text.name_line(f"digit {n}", 17, 30.0)) for n in range(10)}
    assert len(shown) == 10
    assert all("…" in name for name in shown)
    assert text.width(text.name_line("digit 3", 17, 30.0)) <= 30.0


def test_what_follows_the_last_equals_sign_is_bold(qapp: object) -> None:
    head, result = text.equation_line("0.1 × 0.2 = +0.02", 13)
    assert (head.text, result.text) == ("0.1 × 0.2 = ", "+0.02")
    assert result.face.font.weight() > head.face.font.weight()


@pytest.mark.parametrize("name", ACTIVATION_PARAMS)
def test_every_activation_has_a_shape_of_its_size(qapp: object, name: str) -> None:
    rect = glyphs.activation_path(name).boundingRect()
    assert rect.width() <= glyphs.WIDTH + 1e-9
    assert rect.height() == pytest.approx(glyphs.HEIGHT)


def test_a_small_net_is_painted_without_numpy() -> None:
    program = """
import sys
from PySide6.QtWidgets import QApplication
from chainstep.app.canvas.scene import CanvasScene
from chainstep.app.canvas.view import CanvasView
from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Project
app = QApplication([])
units = (Unit(id="i", kind="input"), Unit(id="o", kind="output", bias=0.0))
net = Network(units=units, connections=(Connection(source="i", target="o", weight=1.0),))
scene = CanvasScene()
view = CanvasView(scene)
scene.sync(None, Project(network=net))
view.show()
view.grab()
assert "numpy" not in sys.modules, "NumPy was loaded"
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_power_of_ten_loses_decimals_and_never_its_power() -> None:
    width = text.ui(11, text.SEMIBOLD).metrics.horizontalAdvance
    for whole, shown in (("−4.400×10¹⁵⁴", "−4.4×10¹⁵⁴"), ("9.999×10⁻¹²", "1×10⁻¹¹")):
        assert text.fitted(whole, 13, text.SEMIBOLD, width(shown)).text == shown
    assert text.fitted("1.00000×10³⁰⁰", 13, text.SEMIBOLD, 53.0).text.endswith("×10³⁰⁰")
