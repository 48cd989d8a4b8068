"""A formula as LaTeX that amsmath alone can set.

Names of units are arbitrary text and are escaped to be exactly that: no name can end a group,
start a command or turn the line around. Letters that the reader's LaTeX fonts lack (say 汉) need
a Unicode engine there. Plain text and speech are in `text`.
"""

from collections.abc import Iterable
from typing import Final

from chainstep.stepping.formula import nodes
from chainstep.stepping.formula.nodes import GREEK, OPERATORS, Node, members, printable

_KNOWN_FUNCTIONS: Final = frozenset({"ln", "log", "exp", "sin", "cos", "tanh", "max", "min"})
_BIG: Final = {"Σ": r"\sum", "Π": r"\prod", "max": r"\max"}
_FENCES: Final = {
    "()": ("(", ")"),
    "[]": ("[", "]"),
    "{}": (r"\{", r"\}"),
    "||": ("|", "|"),
}
_SHAPES: Final = (nodes.Sub, nodes.Sup, nodes.SubSup, nodes.Row, nodes.Frac, nodes.BigSum)

#: In mathematics: letters and marks outside ASCII.
_SYMBOLS: Final = {
    "∂": r"\partial",
    "∞": r"\infty",
    "½": r"\tfrac{1}{2}",
    "′": "'",
    **{
        letter: "\\" + (word if letter.islower() else word.title())
        for letter, word in GREEK.items()
        if letter not in "ος"
    },
}
#: In text: what LaTeX would read as its own, or join to a neighbour.
_TEXT: Final = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "-": "-{}",
    "`": "`{}",
    "'": "'{}",
    "?": "?{}",
    "!": "!{}",
    **{mark: "\\" + mark for mark in "#$%&_{}"},
    **{digit: rf"\ensuremath{{_{number}}}" for number, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "⁻": r"\ensuremath{^{-}}",
    **{digit: rf"\ensuremath{{^{number}}}" for number, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{mark: rf"\ensuremath{{{code}}}" for mark, code in _SYMBOLS.items()},
    **{
        mark: rf"\ensuremath{{{operator.latex}}}"
        for mark, operator in OPERATORS.items()
        if not mark.isascii() and operator.latex
    },
}
_NUMBER: Final = {
    "\N{MINUS SIGN}": "-",
    "×": r" \times ",
    "∞": r"\infty ",
    "½": r"\tfrac{1}{2}",
}
_EXPONENT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def latex(node: Node) -> str:
    """Return the formula as LaTeX for mathematics mode, with balanced braces."""
    match node:
        case nodes.Num(text=text):
            return _number(text)
        case nodes.Sym(text=text):
            return _symbol(text)
        case nodes.Word(text=text, function=True):
            return "\\" + text if text in _KNOWN_FUNCTIONS else rf"\operatorname{{{name(text)}}}"
        case nodes.Word(text=text):
            return name(text)
        case nodes.Op(symbol=symbol):
            known = OPERATORS.get(symbol)
            return known.latex if known else _symbol(symbol)
        case nodes.Row():
            return _joined(latex(member) for member in members(node))
        case nodes.BigSum():
            return _big(node)
        case _:
            return _shape(node)


def name(text: str) -> str:
    """Return arbitrary text as upright LaTeX: `\\mathrm{h\\_1}`, or `\\text{…}` where needed."""
    cleaned = printable(text)
    inside = text_of(cleaned)
    simple = cleaned.isascii() and cleaned.replace("_", "").isalnum()
    return rf"\mathrm{{{inside}}}" if simple else rf"\text{{{inside}}}"


def text_of(text: str) -> str:
    """Return arbitrary text for LaTeX's running text, in which nothing of it is a command."""
    return "".join(_TEXT.get(letter, letter) for letter in printable(text))


def _shape(node: Node) -> str:
    match node:
        case nodes.Frac(num=num, den=den):
            return rf"\frac{{{latex(num)}}}{{{latex(den)}}}"
        case nodes.Sub(base=base, sub=sub):
            return f"{_base(base)}_{{{latex(sub)}}}"
        case nodes.Sup(base=base, sup=sup):
            return f"{_base(base)}^{{{latex(sup)}}}"
        case nodes.SubSup(base=base, sub=sub, sup=sup):
            return f"{_base(base)}_{{{latex(sub)}}}^{{{latex(sup)}}}"
        case nodes.Paren(child=child, kind=kind):
            left, right = _FENCES[kind]
            return rf"\left{left} {latex(child)} \right{right}"
        case nodes.Sqrt(child=child):
            return rf"\sqrt{{{latex(child)}}}"
        case nodes.Hat(child=child):
            return rf"\hat{{{latex(child)}}}"
        case nodes.Space(em=em):
            return r"\," if em < 0.5 else r"\quad"
    raise TypeError(f"not a formula: {node!r}")


def _base(base: Node) -> str:
    """Return what carries a script, in braces where a second script would be ambiguous."""
    code = latex(base)
    return f"{{{code}}}" if isinstance(base, _SHAPES) or "'" in code else code


def _big(node: nodes.BigSum) -> str:
    code = _BIG[node.symbol]
    if node.under is not None:
        code += f"_{{{latex(node.under)}}}"
    if node.over is not None:
        code += f"^{{{latex(node.over)}}}"
    return code if node.body is None else _joined((code, latex(node.body)))


def _joined(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)


def _number(text: str) -> str:
    if "×10" in text:
        mantissa, _, exponent = text.partition("×10")
        return rf"{_number(mantissa)} \times 10^{{{exponent.translate(_EXPONENT)}}}"
    if text.strip("+−0123456789.∞½/"):
        return name(text)
    return "".join(_NUMBER.get(letter, letter) for letter in text).strip()


def _symbol(text: str) -> str:
    if not all(letter in _SYMBOLS or (letter.isascii() and letter.isalnum()) for letter in text):
        return name(text)
    return " ".join(_SYMBOLS.get(letter, letter) for letter in text).replace(" '", "'")
