"""The small tree a formula is made of: frozen nodes, and how neighbours in a row relate.

How to build one conveniently is in `builder`; LaTeX is in `latex`, MathML in `mathml`, plain text
and speech in `text`, and the boxes on the screen in `app.formulas.mathrules`. Nothing here
measures or draws. A rendering, which matches on every kind of node, names them as `nodes.Frac`.
"""

import unicodedata
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

MINUS: Final = "\N{MINUS SIGN}"
#: The invisible operator between a function and its argument: "of", when spoken.
APPLY: Final = "\N{FUNCTION APPLICATION}"


def _greek(letter: str) -> str:
    return unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda")


#: The names of Greek letters.
GREEK: Final = {letter: _greek(letter) for letter in "αβγδεζηθικλμνξοπρςστυφχψωΓΔΘΛΞΠΣΦΨΩ"}


class Atom(IntEnum):
    """What a node is among its neighbours (The TeXbook, chapter 17): it decides the spaces."""

    ORDINARY = 0
    OPERATOR = 1
    BINARY = 2
    RELATION = 3
    OPEN = 4
    CLOSE = 5
    PUNCTUATION = 6
    INNER = 7


class Operator(NamedTuple):
    """What a symbol is, and what it is called in LaTeX and when spoken."""

    atom: Atom
    latex: str
    spoken: str


OPERATORS: Final[dict[str, Operator]] = {
    "+": Operator(Atom.BINARY, "+", "plus"),
    MINUS: Operator(Atom.BINARY, "-", "minus"),
    "±": Operator(Atom.BINARY, r"\pm", "plus or minus"),
    "·": Operator(Atom.BINARY, r"\cdot", "times"),
    "×": Operator(Atom.BINARY, r"\times", "times"),
    "/": Operator(Atom.ORDINARY, "/", "over"),
    "=": Operator(Atom.RELATION, "=", "equals"),
    "≈": Operator(Atom.RELATION, r"\approx", "is about"),
    "≠": Operator(Atom.RELATION, r"\neq", "is not"),
    "<": Operator(Atom.RELATION, "<", "is less than"),
    ">": Operator(Atom.RELATION, ">", "is greater than"),
    "≤": Operator(Atom.RELATION, r"\leq", "is at most"),
    "≥": Operator(Atom.RELATION, r"\geq", "is at least"),
    "←": Operator(Atom.RELATION, r"\leftarrow", "becomes"),
    "→": Operator(Atom.RELATION, r"\to", "goes to"),
    "∈": Operator(Atom.RELATION, r"\in", "in"),
    ":": Operator(Atom.RELATION, ":", ":"),
    ",": Operator(Atom.PUNCTUATION, ",", ","),
    ";": Operator(Atom.PUNCTUATION, ";", ";"),
    "…": Operator(Atom.INNER, r"\dots", "and so on"),
    "⋯": Operator(Atom.INNER, r"\cdots", "and so on"),
    APPLY: Operator(Atom.ORDINARY, "", "of"),
}


class Node(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Any part of a formula. tag: what a highlight or a click refers to, such as "term:o1".

    A sum of hundreds of terms has thousands of nodes: made of one another from the leaves up, they
    form no cycles, and the garbage collector need not follow them.
    """

    tag: str | None = None


class Num(Node, frozen=True):
    """A number, already written by `numbers.format_number`. strong: set in bold, for a result."""

    text: str
    strong: bool = False


class Sym(Node, frozen=True):
    """A variable, in italics: one letter, perhaps with primes ("a", "δ", "∂", "h′")."""

    text: str


class Word(Node, frozen=True):
    """Upright text: a unit's name, as its author wrote it, or a function such as ln."""

    text: str
    function: bool = False


class Phrase(Word, frozen=True):
    """Running words that stand for a formula: set like a word, but broken between words."""


class Op(Node, frozen=True):
    """An operator, a relation or a mark: one of `OPERATORS`."""

    symbol: str


class Row(Node, frozen=True):
    """Nodes side by side. Rows within rows read as one row; their tags stay."""

    children: tuple[Node, ...]


class Frac(Node, frozen=True):
    """A fraction with a bar."""

    num: Node
    den: Node


class Sub(Node, frozen=True):
    """A base with a subscript."""

    base: Node
    sub: Node


class Sup(Node, frozen=True):
    """A base with a superscript."""

    base: Node
    sup: Node


class SubSup(Node, frozen=True):
    """A base with both, one above the other."""

    base: Node
    sub: Node
    sup: Node


class Layered(SubSup, frozen=True):
    """A quantity of a unit with its layer above: set as both scripts, never read as a power."""


class BigSum(Node, frozen=True):
    """A sum with limits under and over it, and what is summed. symbol: "Σ", "Π" or "max"."""

    under: Node | None = None
    over: Node | None = None
    body: Node | None = None
    symbol: str = "Σ"


class Paren(Node, frozen=True):
    """Brackets that grow with what is in them. kind: "()", "[]", "{}" or "||"."""

    child: Node
    kind: str = "()"


class Sqrt(Node, frozen=True):
    """A square root."""

    child: Node


class Hat(Node, frozen=True):
    """A letter under a circumflex, as in the corrected averages of Adam."""

    child: Node


class Space(Node, frozen=True):
    """A space of so many em, where the spaces between atoms do not do."""

    em: float = 1.0


def atom_of(node: Node) -> Atom:
    """Return what a node is among its neighbours, before its place makes a sign of a minus."""
    if isinstance(node, Op):
        operator = OPERATORS.get(node.symbol)
        return operator.atom if operator else Atom.ORDINARY
    if isinstance(node, BigSum) or (isinstance(node, Word) and node.function):
        return Atom.OPERATOR
    return Atom.INNER if isinstance(node, Frac) else Atom.ORDINARY


#: After these (or at the start) a plus or minus is a sign, not an operation.
_BEFORE_A_SIGN: Final = frozenset(
    {Atom.OPERATOR, Atom.BINARY, Atom.RELATION, Atom.OPEN, Atom.PUNCTUATION}
)


def settle(atom: Atom, before: Atom | None) -> Atom:
    """Return an atom's kind behind `before` (None at the start): a leading minus is a sign."""
    if atom is Atom.BINARY and (before is None or before in _BEFORE_A_SIGN):
        return Atom.ORDINARY
    return atom


def members(node: Node) -> Iterator[Node]:
    """Yield the nodes of a row with the rows inside it dissolved; any other node is its own."""
    if isinstance(node, Row):
        for child in node.children:
            yield from members(child)
    else:
        yield node


def classified(node: Node) -> list[tuple[Node, Atom]]:
    """Return the members of a row, each with what it is in its place."""
    row: list[tuple[Node, Atom]] = []
    before: Atom | None = None
    for member in members(node):
        atom = settle(atom_of(member), before)
        row.append((member, atom))
        if isinstance(member, BigSum) and member.body is not None:
            before = Atom.ORDINARY  # a sum ends as what is summed ends
        elif not isinstance(member, Space):
            before = atom
    return row


@lru_cache(maxsize=4096)
def printable(text: str) -> str:
    """Return text with nothing in it that breaks a line, hides, or turns the writing around."""
    return "".join(map(_printable, text))


def _printable(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") else letter
