"""Names of units as a person reads them: h₁ for h1, alone and inside a sentence.

Formulas set their own subscripts (`formulas`); what a screen reader says and what is copied keeps
the plain names.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from chainstep.app.canvas.text import literal

_NUMBERED: Final = re.compile(r"(.*[^\W\d_])(\d{1,4})", re.DOTALL)
_WORD: Final = re.compile(r"\w*[^\W\d_]\d{1,4}\b")
_SHORT: Final = 12
_TO_SUBSCRIPT: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def shown_name(unit_id: str) -> str:
    """Return a unit's name on one line, a trailing number lowered: `o₁`."""
    plain = literal(unit_id)
    found = _NUMBERED.fullmatch(plain)
    return found[1] + found[2].translate(_TO_SUBSCRIPT) if found else plain


def name_and_number(text: str) -> tuple[str, str]:
    """Return "h" and "1" for h1; a name without a number, or too long to be one, comes whole."""
    found = _NUMBERED.fullmatch(text) if len(text) <= _SHORT else None
    return (found[1], found[2]) if found else (text, "")


def lowered(text: str, ids: Container[str] | None = None) -> str:
    """Return a sentence with the names of these units as they are shown.

    ids: None where every word with a number at its end is a unit's name.
    """
    return _WORD.sub(
        lambda found: shown_name(found[0]) if ids is None or found[0] in ids else found[0], text
    )
