"""The tables of a benchmark, as plain text and as Markdown.

Which numbers there are is in `sections`; what they have to reach, in `targets`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.ours import FAST, NUMPY, THREADS
from benchmarks.targets import BLAS, PEERS, target

#: What stands behind the name of a net in our own rows.
_WITH = {NUMPY: "", FAST: " `[fast]`", THREADS: ", threads"}
Row = dict[str, Any]
Ratio = tuple[float, float, float]


def text(title: str, rows: list[Row]) -> str:
    """Return one section for a terminal."""
    lines = _comparison(rows) if rows and "ratios" in rows[0] else _columns(rows)
    return "\n".join([f"== {title}", *lines, ""])


def markdown(title: str, rows: list[Row]) -> str:
    """Return one section for a page."""
    if rows and "ratios" in rows[0]:
        rows = list(_medians(rows))
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join([f"**{title}**", "", *lines, ""])


def missed(found: dict[str, list[Row]]) -> tuple[int, list[str]]:
    """Return how many ratios have a target, and a line for each that falls short of it."""
    asked, short = 0, []
    for rows in found.values():
        for row in rows:
            for ours, peer, (_, middle, _), least in _ratios(row):
                asked += least is not None
                if least is not None and middle < least:
                    what = f"{row['net']}, batch {row['batch']}: {ours} against {peer}"
                    short.append(f"{what} ×{_cell(middle)} of {_cell(float(least))}")
    return asked, short


def spread(found: dict[str, list[Row]]) -> float:
    """Return how far the quartiles typically lie from the median, as a share of it."""
    shares = sorted(
        (high - low) / 2 / middle
        for rows in found.values()
        for row in rows
        for _, _, (low, middle, high), _ in _ratios(row)
    )
    return shares[len(shares) // 2] if shares else 0.0


def _ratios(row: Row) -> Iterator[tuple[str, str, Ratio, float | None]]:
    for ours, peers in row.get("ratios", {}).items():
        for peer, ratio in peers.items():
            least = target(row["net"], row["batch"], row["parameters"], ours, peer)
            yield ours, peer, ratio, least


def _comparison(rows: list[Row]) -> Iterator[str]:
    """Yield µs of ours and how many times as long every peer takes: median, quartiles, target."""
    for row in rows:
        yield f"{row['net']}, batch {row['batch']}"
        for name in row["ratios"]:
            parts = [f"    {name:16} {row['µs'][name]:>10.2f} µs"]
            for ours, peer, (low, middle, high), least in _ratios(row):
                if ours == name:
                    asked = "" if least is None else f" of {_cell(float(least))}"
                    mark = "!" if least is not None and middle < least else ""
                    quartiles = f"({_cell(low)}–{_cell(high)})"
                    parts.append(f"{peer} ×{_cell(middle)} {quartiles}{asked}{mark}")
            yield "   ".join(parts)


def _medians(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield a comparison as plain rows: µs of ours, and the medians of the peers."""
    rows = list(rows)
    found = {peer for row in rows for ratios in row["ratios"].values() for peer in ratios}
    peers = [peer for peer in PEERS if peer in found]
    for row in rows:
        for name, ratios in row["ratios"].items():
            cells: Row = {"net": row["net"] + _WITH[name], "batch": row["batch"]}
            cells["µs a step"] = row["µs"][name]
            for peer in peers:
                cells[peer] = _times(peer, ratios[peer][1]) if peer in ratios else ""
            yield cells


def _times(peer: str, ratio: float) -> str:
    return f"{ratio:.0%} of it" if peer == BLAS else f"{_cell(ratio)}×"


def _columns(rows: list[Row]) -> Iterator[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names] + [[_cell(row.get(name, "")) for name in names] for row in rows]
    widths = [max(len(line[k]) for line in cells) for k in range(len(names))]
    for line in cells:
        yield "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    if value and abs(value) < 1e-4:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
