"""The small plot: every curve is the engine's, and the point stands on it."""

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from chainstep.app.look import theme
from chainstep.app.panels.inspector.activation_curves import curves
from chainstep.app.panels.inspector.activation_plot import ActivationPlot, tick_text, ticks
from chainstep.engine.activations import ACTIVATIONS
from chainstep.network.model import ACTIVATION_PARAMS


def params(name: str) -> tuple[tuple[str, float], ...]:
    return tuple(ACTIVATION_PARAMS[name].items())


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_the_curves_are_those_of_the_engine(name: str) -> None:
    found = curves(name, params(name), None)
    assert found is not None
    function = ACTIVATIONS[name]
    for pieces, engine in ((found.h, function.h), (found.h_prime, function.h_prime)):
        for x, y in (point for piece in pieces for point in piece[::17]):
            expected = engine(np.array([x]), **dict(params(name)))[0]
            assert math.isclose(y, float(expected), rel_tol=1e-12)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_no_line_is_drawn_across_a_jump(name: str) -> None:
    found = curves(name, params(name), None)
    assert found is not None
    kinks = ACTIVATIONS[name].kinks(**dict(params(name)))
    for piece in found.h:
        assert not any(piece[0][0] < kink < piece[-1][0] for kink in kinks)


@pytest.mark.parametrize("a", [-40.0, 0.3, 25.0])
def test_the_point_is_always_in_view(a: float) -> None:
    for name in ("logistic", "relu", "exp", "power"):
        z = float(ACTIVATIONS[name].h(np.array([a]), **dict(params(name)))[0])
        found = curves(name, params(name), (a, z))
        assert found is not None
        assert found.low < a < found.high
        assert found.bottom < z < found.top


def test_softmax_has_no_curve() -> None:
    assert curves("softmax", (), None) is None


def test_extreme_parameters_still_give_a_plot() -> None:
    for value in (0.0, -1e9, 1e9, 1e-300):
        assert curves("celu", (("alpha", value),), None) is not None
        assert curves("hard_sigmoid", (("alpha", value), ("beta", 0.5)), None) is not None
        assert curves("power", (("exponent", value),), None) is not None
    assert curves("clip", (("low", 5.0), ("high", -5.0)), None) is not None


@pytest.mark.parametrize(("low", "high"), [(-6.0, 6.0), (-0.08, 1.08), (-1e-7, 1e-7), (0, 3e9)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 6
    assert all(low <= tick <= high for tick in found)


def test_ticks_are_written_with_a_real_minus_sign() -> None:
    assert [tick_text(value) for value in (-5.0, 0.0, 0.5)] == ["−5", "0", "0.5"]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_point_is_painted_where_it_stands(qtbot: QtBot, qapp, look) -> None:
    theme.apply(qapp, look)
    plot = ActivationPlot()
    qtbot.addWidget(plot)
    plot.resize(340, 156)
    plot.set_activation("logistic", (), (2.0, 0.8807970779778823), 0.105)
    picture = plot.grab().toImage()
    middle = plot.place(2.0, 0.8807970779778823).toPoint()
    assert QColor(picture.pixel(middle)) == theme.current().current
    assert "a = 2.0000" in plot.accessibleName()
    theme.apply(qapp, "light")
