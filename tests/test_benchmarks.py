"""What `dev.py bench` measures is there, and its tables say what falls short."""

from importlib import import_module
from typing import Any

import pytest

from benchmarks import tables
from benchmarks.sections import SECTIONS
from benchmarks.timing import Result

ROW: dict[str, Any] = {
    "net": "2-2-1",
    "batch": 1,
    "parameters": 9,
    "µs": {"chainstep": 0.4, "PyTorch": 100.0, "NumPy by hand": 9.0},
    "ratios": {
        "chainstep": {"PyTorch": (240.0, 250.0, 260.0), "NumPy by hand": (22.0, 23.0, 24.0)}
    },
}


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_has_its_function(name: str) -> None:
    module, function = SECTIONS[name].where.split(":")
    assert callable(getattr(import_module(f"benchmarks.{module}"), function))


def test_a_ratio_below_its_target_is_named() -> None:
    asked, short = tables.missed({"layers": [ROW]})
    assert asked == 2
    assert short == ["2-2-1, batch 1: chainstep against PyTorch ×250 of 300"]
    assert "PyTorch ×250 (240–260) of 300!" in tables.text("Training", [ROW])


def test_a_page_has_the_peers_in_order_and_only_medians() -> None:
    lines = tables.markdown("Training", [ROW]).splitlines()
    assert lines[2] == "| net | batch | µs a step | PyTorch | NumPy by hand |"
    assert lines[4] == "| 2-2-1 | 1 | 0.4 | 250× | 23× |"


def test_a_disturbed_turn_changes_no_ratio() -> None:
    calm, disturbed = [2.0] * 15, [2.0, 900.0] * 7 + [2.0]
    result = Result({"ours": [1.0] * 15, "calm": calm, "disturbed": disturbed})
    assert result.ratio("disturbed", "ours") == result.ratio("calm", "ours") == (2.0, 2.0, 2.0)
