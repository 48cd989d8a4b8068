"""A formula as MathML Core, which browsers set without any script.

Names of units are arbitrary text: they are escaped, and nothing in them can become markup. LaTeX
is in `latex`; a whole page is written in `lessons`.
"""

from html import escape
from typing import Final

from chainstep.stepping.formula import nodes
from chainstep.stepping.formula.nodes import APPLY, Atom, Node, classified, members, printable

_EXPONENT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")
_BIG: Final = {"Σ": "∑", "Π": "∏", "max": "max"}


def inner(node: Node) -> str:
    """Return the formula as what stands inside a `math` element."""
    match node:
        case nodes.Num(text=text, strong=strong):
            return _number(text, strong)
        case nodes.Sym(text=text):
            return _symbol(text)
        case nodes.Word(text=text, function=function):
            return f"<mi>{_text(text)}</mi>" if function else f"<mtext>{_text(text)}</mtext>"
        case nodes.Op(symbol=symbol):
            return f"<mo>{_text(symbol) if symbol != APPLY else '&#x2061;'}</mo>"
        case nodes.Row():
            return _row(node)
        case nodes.BigSum():
            return _big(node)
        case nodes.Space(em=em):
            return f'<mspace width="{em:g}em"/>'
        case _:
            return _shape(node)


def _shape(node: Node) -> str:
    match node:
        case nodes.Frac(num=num, den=den):
            return f"<mfrac>{inner(num)}{inner(den)}</mfrac>"
        case nodes.Sub(base=base, sub=sub):
            return f"<msub>{inner(base)}{inner(sub)}</msub>"
        case nodes.Sup(base=base, sup=sup):
            return f"<msup>{inner(base)}{inner(sup)}</msup>"
        case nodes.SubSup(base=base, sub=sub, sup=sup):
            return f"<msubsup>{inner(base)}{inner(sub)}{inner(sup)}</msubsup>"
        case nodes.Paren(child=child, kind=kind):
            left, right = (f'<mo stretchy="true">{escape(mark)}</mo>' for mark in kind)
            return f"<mrow>{left}{inner(child)}{right}</mrow>"
        case nodes.Sqrt(child=child):
            return f"<msqrt>{inner(child)}</msqrt>"
        case nodes.Hat(child=child):
            return f"<mover>{inner(child)}<mo>^</mo></mover>"
    raise TypeError(f"not a formula: {node!r}")


def _row(node: Node) -> str:
    parts = []
    for member, atom in classified(node):
        if isinstance(member, nodes.Op) and member.symbol in "+−" and atom is Atom.ORDINARY:
            parts.append(f'<mo form="prefix">{member.symbol}</mo>')
        else:
            parts.append(inner(member))
    return f"<mrow>{''.join(parts)}</mrow>"


def _big(node: nodes.BigSum) -> str:
    sign = _BIG[node.symbol]
    big = f'<mo movablelimits="false">{sign}</mo>'
    if node.under is not None and node.over is not None:
        big = f"<munderover>{big}{inner(node.under)}{inner(node.over)}</munderover>"
    elif node.under is not None:
        big = f"<munder>{big}{inner(node.under)}</munder>"
    body = "" if node.body is None else "".join(inner(member) for member in members(node.body))
    return f"<mrow>{big}{body}</mrow>"


def _number(text: str, strong: bool) -> str:
    style = ' style="font-weight:bold"' if strong else ""
    mantissa, times, exponent = text.partition("×10")
    number = f"<mn{style}>{_text(mantissa.lstrip('−'))}</mn>"
    if mantissa.startswith("−"):
        number = f'<mrow><mo form="prefix">−</mo>{number}</mrow>'
    if not times:
        return number
    power = f"<msup><mn>10</mn><mn>{_text(exponent.translate(_EXPONENT))}</mn></msup>"
    return f"<mrow>{number}<mo>×</mo>{power}</mrow>"


def _symbol(text: str) -> str:
    return f"<mi>{_text(text)}</mi>" if text != "∂" else "<mo>∂</mo>"


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
