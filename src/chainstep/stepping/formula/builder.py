"""Formulas: one small tree, built here and rendered by whoever needs it.

The tree's nodes are in `nodes`; as LaTeX, MathML, a line of text or speech it is written in
`latex`, `mathml` and `text`. Whose letters a quantity wears is in `letters` and `notation`.
Which formula belongs to which step is decided in `explain`; drawing is in `app.formulas.mathbox`.

    row(partial("E", of_unit("a", "h1")), "=", sum_over("k", partial("E", sub("a", "k"))))
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from chainstep.stepping.formula.nodes import (
    APPLY,
    MINUS,
    OPERATORS,
    BigSum,
    Frac,
    Node,
    Num,
    Op,
    Paren,
    Row,
    Sub,
    Sup,
    Sym,
    Word,
)
from chainstep.stepping.numbers import DEFAULT_DIGITS, format_number

#: What the builders take: a node, or a string that `as_node` reads.
Part = Node | str

_DIGITS: Final = re.compile(r"[+−-]?[0-9.]*[0-9½∞][0-9.]*")
_LETTER: Final = re.compile(r"\w′*|∂")
_FUNCTIONS: Final = frozenset({"ln", "log", "exp", "sin", "cos", "tanh", "max", "min"})


def as_node(part: Part) -> Node:
    """Return a node; a string becomes an operator, a number, a variable (one letter) or a word.

    Not for names of units, which are words whatever they look like: `unit_name`.
    """
    return part if isinstance(part, Node) else _read(part)


@lru_cache(maxsize=1024)
def _read(part: str) -> Node:
    text = MINUS if part == "-" else part
    if text in OPERATORS:
        return Op(text)
    if _DIGITS.fullmatch(text):
        return Num(text.replace("-", MINUS))
    if _LETTER.fullmatch(text):
        return Sym(text)
    return Word(text, function=text in _FUNCTIONS)


def row(*parts: Part, tag: str | None = None) -> Row:
    """Return nodes side by side."""
    return Row(tuple(map(as_node, parts)), tag=tag)


def num(
    value: float, digits: int = DEFAULT_DIGITS, tag: str | None = None, strong: bool = False
) -> Num:
    """Return a number as `format_number` writes it."""
    return Num(format_number(value, digits), strong, tag=tag)


def factor(value: float, digits: int = DEFAULT_DIGITS, tag: str | None = None) -> Node:
    """Return a number as a factor of a product: in brackets if it has a minus sign."""
    if value < 0:
        return Paren(num(value, digits), tag=tag)
    return num(value, digits, tag)


def unit_name(unit_id: str, tag: str | None = None) -> Word:
    """Return a unit's name: upright, and exactly the text it is."""
    return Word(unit_id, tag=tag)


def of_unit(letter: Part, unit_id: str, tag: str | None = None) -> Sub:
    """Return a quantity of a unit, such as a_h1."""
    return Sub(as_node(letter), unit_name(unit_id), tag=tag)


def sub(base: Part, *index: Part, tag: str | None = None) -> Sub:
    """Return a base with one or more indices: `sub("w", "j", "i")`."""
    return Sub(as_node(base), _one(index), tag=tag)


def sup(base: Part, *power: Part, tag: str | None = None) -> Sup:
    """Return a base with an exponent."""
    return Sup(as_node(base), _one(power), tag=tag)


def frac(top: Part, bottom: Part, tag: str | None = None) -> Frac:
    """Return a fraction."""
    return Frac(as_node(top), as_node(bottom), tag=tag)


def partial(of: Part, by: Part, tag: str | None = None) -> Frac:
    """Return the partial derivative ∂of/∂by."""
    return Frac(row("∂", of), row("∂", by), tag=tag)


def paren(*parts: Part, kind: str = "()", tag: str | None = None) -> Paren:
    """Return parts in brackets that grow with them."""
    return Paren(_one(parts), kind, tag=tag)


def apply(function: Part, *argument: Part, tag: str | None = None) -> Row:
    """Return a function of its argument, such as h′(a)."""
    return row(function, Op(APPLY), paren(*argument), tag=tag)


def sum_over(
    under: Part, *body: Part, over: Part | None = None, symbol: str = "Σ", tag: str | None = None
) -> BigSum:
    """Return a sum (or "Π", or "max") of `body` over what stands under the sign."""
    return BigSum(
        as_node(under),
        None if over is None else as_node(over),
        _one(body) if body else None,
        symbol,
        tag=tag,
    )


def choice(index: Part, unit_ids: Sequence[str], most: int = 4, tagged: bool = False) -> Row:
    """Return `k ∈ {o1, o2}`; of more than `most` names the first ones, dots and the last.

    tagged: each name lights up with the term of its unit, and lights it.
    """
    shown: list[Part] = [unit_name(i, f"term:{i}" if tagged else None) for i in unit_ids]
    if len(shown) > most:
        shown[most - 1 : -1] = ["…"]
    return row(index, "∈", paren(*_between(shown, ","), kind="{}"))


def product(*parts: Part, sign: str = "·", tag: str | None = None) -> Row:
    """Return parts with a multiplication sign between them."""
    return row(*_between(parts, sign), tag=tag)


def added(values: Iterable[float], tags: Iterable[str | None], digits: int = DEFAULT_DIGITS) -> Row:
    """Return `0.0134 − 0.0046`: numbers added up, each under its own tag."""
    parts: list[Part] = []
    for value, tag in zip(values, tags, strict=True):
        if parts:
            parts += [MINUS if value < 0 else "+", num(abs(value), digits, tag)]
        else:
            parts.append(num(value, digits, tag))
    return row(*parts)


def _one(parts: Sequence[Part]) -> Node:
    return as_node(parts[0]) if len(parts) == 1 else row(*parts)


def _between(parts: Sequence[Part], sign: str) -> list[Part]:
    joined: list[Part] = []
    for part in parts:
        joined += [sign, part] if joined else [part]
    return joined
