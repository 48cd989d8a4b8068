"""What the letters on the Why tab stand for, in one line, for who has never seen them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation


def glossary(n: Notation) -> str:
    """Return "a: what arrives at a unit · z: what leaves it · …" in the letters of a notation."""
    a, z, error = n.a_name, n.z_name, n.error_name
    if n.letters.words:
        return (
            "Input: what arrives at a unit, weighted and added up. Output: what leaves it. Slope: "
            "how fast the error changes with a quantity."
        )
    slope = n.by_name(a)
    short = f", for short {n.letters.delta}" if n.letters.delta else ""
    fast = "rises" if n.sign > 0 else "falls"
    return (
        f"{a}: what arrives at a unit, weighted and added up · {z}: what leaves it · {error}: the "
        f"error · {slope}: how fast {error} {fast} with {a}{short} · Δ: by how much something "
        "moves · Σ: add up"
    )
