"""What `dev.py bench` can measure: the sections by name, in the order in which they are run.

A section is a function of one flag, whether to be quick, that returns or yields the rows of a
table. A row is a dict from column to value. The rows of a comparison hold `µs` and `ratios`
instead, as made by `training.row`; `tables` knows both. A section imports what it measures when
it is called.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

Row = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """title: over the table. where: module and function in this package."""

    title: str
    where: str

    def measure(self, quick: bool) -> Iterator[Row]:
        """Yield the rows of the table, each as soon as it is known."""
        module, function = self.where.split(":")
        measured: Callable[[bool], Iterable[Row]] = getattr(
            import_module(f"benchmarks.{module}"), function
        )
        yield from measured(quick)


SECTIONS: Final = {
    "layers": Section("Training layered nets", "training:layered"),
    "skips": Section("Training a net with skips and mixed activations", "training:skipping"),
    "dags": Section("Training random nets, fan-in 10", "dags:throughput"),
    "compile": Section("From a drawing to the first update", "growth:compile_times"),
    "trace": Section("Looking at a pass and at its terms", "growth:traces"),
    "accuracy": Section("Accuracy of a gradient", "accuracy:accuracy"),
    "memory": Section("Memory of a full batch", "growth:memory"),
    "window": Section("The window", "window:measure"),
}
