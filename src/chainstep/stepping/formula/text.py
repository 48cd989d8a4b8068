"""A formula in one line of Unicode, and in words for a screen reader.

Both are for people, not for parsing back: where brackets would only get in the way, as in ∂E/∂a_k,
there are none. LaTeX is in `latex`.
"""

import re
from typing import Final

from chainstep.stepping.formula import nodes
from chainstep.stepping.formula.nodes import (
    APPLY,
    GREEK,
    MINUS,
    OPERATORS,
    Atom,
    Node,
    classified,
    members,
    printable,
)

_SUPERSCRIPT: Final = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
_FROM_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")
_SPACED: Final = frozenset({Atom.BINARY, Atom.RELATION, Atom.INNER, Atom.OPERATOR})
_COMPOSITE: Final = frozenset({Atom.BINARY, Atom.RELATION, Atom.INNER, Atom.OPERATOR})
_SCRIPTED: Final = (nodes.Sub, nodes.Sup, nodes.SubSup, nodes.Word, nodes.Num, nodes.Sqrt)

_SPOKEN: Final = {"∂": "d", "′": "prime", **GREEK}
_SPOKEN_BIG: Final = {"Σ": "the sum", "Π": "the product", "max": "the largest"}
#: Signs in a sentence, and what is said for them.
_SPOKEN_SIGNS: Final = {"×": "times", "·": "times", "=": "equals", "→": "to", "Σ": "the sum"}
_DERIVATIVE: Final = re.compile(r"∂(\w+)/∂(\w+)")
_SLOPE: Final = re.compile(r"(\w)′\((\w+)\)")
_NUMBER: Final = re.compile(r"[−+]?[0-9][0-9.]*(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
_SPOKEN_POWER: Final = {"2": "squared", "3": "cubed"}


def plain(node: Node) -> str:
    """Return the formula in one line: `∂E/∂a_h1 = Σ_k ∂E/∂a_k · ∂a_k/∂a_h1`."""
    match node:
        case nodes.Num(text=text) | nodes.Sym(text=text) | nodes.Word(text=text):
            return " ".join(printable(text).split())
        case nodes.Op(symbol=symbol):
            return "" if symbol == APPLY else symbol
        case nodes.Frac(num=num, den=den):
            return f"{_grouped(num)}/{_grouped(den)}"
        case nodes.Sub(base=base, sub=sub):
            return f"{_grouped(base)}_{_script(sub)}"
        case nodes.Sup(base=base, sup=sup):
            return _grouped(base) + _raised(sup)
        case nodes.Layered(base=base, sub=sub, sup=sup):
            return f"{_grouped(base)}^{plain(sup)}_{_script(sub)}"
        case nodes.SubSup(base=base, sub=sub, sup=sup):
            return f"{_grouped(base)}_{_script(sub)}{_raised(sup)}"
        case nodes.Paren(child=child, kind=kind):
            return kind[0] + plain(child) + kind[1]
        case nodes.Sqrt(child=child):
            return "√" + _grouped(child)
        case nodes.Hat(child=child):
            return plain(child) + "\N{COMBINING CIRCUMFLEX ACCENT}"
        case nodes.Space():
            return " "
        case _:
            return _plain_big(node) if isinstance(node, nodes.BigSum) else _plain_row(node)


def speech(node: Node) -> str:
    """Return the formula in words: "d E by d a h1 equals the sum over k of …"."""
    return " ".join(_said(node).split()).replace(" ,", ",")


def aloud(sentence: str) -> str:
    """Return a sentence as it is read out: what is a sign on paper becomes a word."""
    text = _DERIVATIVE.sub(r"d \1 by d \2", sentence)
    text = _SLOPE.sub(r"\1 prime of \2", text)
    text = _NUMBER.sub(lambda found: _said_number(found[0]), text)
    text = text.replace(MINUS, "minus ")
    for sign, word in {**GREEK, **_SPOKEN_SIGNS}.items():
        text = text.replace(sign, f" {word} " if sign in _SPOKEN_SIGNS else word)
    return " ".join(text.split())


def _plain_row(node: Node) -> str:
    text, before = "", None
    for member, atom in classified(node):
        part = plain(member)
        if before is not None and _space_between(before, (member, atom)):
            text += " "
        text += part
        before = (member, atom)
    return " ".join(text.split())


def _space_between(left: tuple[Node, Atom], right: tuple[Node, Atom]) -> bool:
    if isinstance(left[0], nodes.Op) and left[1] is Atom.ORDINARY:
        return False  # a sign
    if {left[1], right[1]} & _SPACED or left[1] is Atom.PUNCTUATION:
        return right[1] is not Atom.PUNCTUATION
    return isinstance(left[0], _SCRIPTED) and not isinstance(right[0], nodes.Op)


def _plain_big(node: nodes.BigSum) -> str:
    text = node.symbol
    if node.under is not None:
        text += "_" + _script(node.under)
    if node.over is not None:
        text += _raised(node.over)
    return text if node.body is None else f"{text} {plain(node.body)}"


def _script(node: Node) -> str:
    text = plain(node)
    return f"{{{text}}}" if _is_composite(node) or " " in text else text


def _raised(node: Node) -> str:
    text = plain(node)
    if text and not text.strip("0123456789−-"):
        return text.translate(_SUPERSCRIPT)
    return "^" + (text if len(text) == 1 else f"({text})")


def _grouped(node: Node) -> str:
    return f"({plain(node)})" if _is_composite(node) else plain(node)


def _is_composite(node: Node) -> bool:
    """True where the text of a node would not read as one thing next to a slash or a script."""
    row = classified(node)
    if any(isinstance(member, nodes.Op) and member.symbol == MINUS for member, _ in row):
        return True
    return any(atom in _COMPOSITE and not isinstance(member, nodes.Word) for member, atom in row)


def _said(node: Node) -> str:
    match node:
        case nodes.Num(text=text):
            return _said_number(text)
        case nodes.Sym(text=text):
            return " ".join(_SPOKEN.get(letter, letter) for letter in printable(text))
        case nodes.Word(text=text):
            return printable(text)
        case nodes.Op(symbol=symbol):
            return OPERATORS[symbol].spoken if symbol in OPERATORS else symbol
        case nodes.Row():
            return " ".join(_said(member) for member in members(node))
        case nodes.Frac():
            return _said_fraction(node)
        case nodes.Paren():
            return _said_bracket(node)
        case nodes.BigSum():
            return _said_big(node)
        case _:
            return _said_script(node)


def _said_script(node: Node) -> str:
    match node:
        case nodes.Sub(base=base, sub=sub):
            return f"{_said(base)} {_said(sub)}"
        case nodes.Sup(base=base, sup=sup):
            return f"{_said(base)} {_said_power(sup)}"
        case nodes.Layered(base=base, sub=sub, sup=sup):
            return f"{_said(base)} {_said(sub)} of layer {_said(sup)}"
        case nodes.SubSup(base=base, sub=sub, sup=sup):
            return f"{_said(base)} {_said(sub)} {_said_power(sup)}"
        case nodes.Sqrt(child=child):
            return f"the square root of {_said(child)}"
        case nodes.Hat(child=child):
            return f"{_said(child)} hat"
    return ""


def _said_power(node: Node) -> str:
    text = plain(node)
    return _SPOKEN_POWER.get(text) or f"to the power {_said(node)}"


def _said_fraction(node: nodes.Frac) -> str:
    top = next(members(node.num), None)
    if isinstance(top, nodes.Sub):
        top = top.base
    if top == nodes.Sym("∂"):
        return f"{_said(node.num)} by {_said(node.den)}"
    if _is_composite(node.num) or _is_composite(node.den):
        return f"the fraction {_said(node.num)} over {_said(node.den)}, end of fraction"
    return f"{_said(node.num)} over {_said(node.den)}"


def _said_bracket(node: nodes.Paren) -> str:
    inside = _said(node.child)
    if node.kind == "||":
        return f"the absolute value of {inside}"
    if node.kind == "{}" or not _is_composite(node.child):
        return inside
    return f"open bracket {inside} close bracket"


def _said_big(node: nodes.BigSum) -> str:
    text = _SPOKEN_BIG[node.symbol]
    if node.under is not None:
        text += (" from " if node.over is not None else " over ") + _said(node.under)
    if node.over is not None:
        text += f" to {_said(node.over)}"
    return text if node.body is None else f"{text} of {_said(node.body)}"


def _said_number(text: str) -> str:
    mantissa, times, exponent = text.partition("×10")
    words = mantissa.replace(MINUS, "minus ").replace("+", "plus ").replace("∞", "infinity")
    words = words.replace("½", "one half")
    if times:
        power = exponent.translate(_FROM_SUPERSCRIPT).replace(MINUS, "minus ")
        return f"{words} times 10 to the power {power}"
    return words
