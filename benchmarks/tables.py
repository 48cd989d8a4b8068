"""The tables of a benchmark, as plain text."""

from typing import Any


def show(section: str, rows: list[dict[str, Any]]) -> None:
    """Print one section."""
    print(f"== {section}")
    if rows and "ratios" in rows[0]:
        _ratios(rows)
    elif rows:
        _plain(rows)
    print(flush=True)


def _ratios(rows: list[dict[str, Any]]) -> None:
    """Print µs of ours and how many times as long every peer takes (quartiles)."""
    for row in rows:
        print(f"{row['net']}, batch {row['batch']}")
        for name, ratios in row["ratios"].items():
            parts = [
                f"{peer} ×{_short(middle)} ({_short(low)}–{_short(high)})"
                for peer, (low, middle, high) in ratios.items()
            ]
            print(f"    {name:18} {row['µs'][name]:>10.2f} µs   " + "   ".join(parts))


def _plain(rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    cells = [names] + [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(len(line[k]) for line in cells) for k in range(len(names))]
    for line in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


def _cell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
