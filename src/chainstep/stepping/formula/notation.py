"""Writing in a notation: every quantity of a step as a node, and the words for it in a sentence.

Which letter an author uses is a table, `letters`. A `Notation` also knows the sign of what is
carried back (∂E/∂a or −∂E/∂a), the number of digits, and the net, for layers and for the names of
weights. Which formula a step needs is decided in `explain`; nodes are built with `formula`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from chainstep.network.model import Network
from chainstep.network.order import levels
from chainstep.project import Project, View
from chainstep.stepping.explain.explained import names_of
from chainstep.stepping.formula import builder as formula
from chainstep.stepping.formula.builder import Part, row
from chainstep.stepping.formula.letters import NOTATIONS, Letters
from chainstep.stepping.formula.nodes import Layered, Node, Num, Phrase, Row, Sym, Word
from chainstep.stepping.formula.text import plain
from chainstep.stepping.numbers import format_number, signed

POSITIVE: Final = "positive"
NEGATIVE: Final = "negative"
#: What is carried back: ∂E/∂a, or −∂E/∂a as older texts have it.
SIGNS: Final = (POSITIVE, NEGATIVE)
Ends = tuple[str, str]


@dataclass(frozen=True)
class Notation:
    """How quantities are written. sign: 1 where δ = ∂E/∂a, −1 where δ = −∂E/∂a."""

    letters: Letters
    network: Network
    sign: int = 1
    digits: int = 4

    # --- numbers ------------------------------------------------------------------------------

    def number(self, value: float) -> str:
        """Return a number as text."""
        return format_number(value, self.digits)

    def signed(self, value: float) -> str:
        """Return a number as text, with its sign in front of positive ones too."""
        return signed(value, self.digits)

    def num(self, value: float, strong: bool = False) -> Num:
        """Return a number as a node."""
        return formula.num(value, self.digits, strong=strong)

    def carried(self, derivative: float | None) -> float | None:
        """Return a derivative of E as it is carried back: with its sign turned where δ has it."""
        return derivative if derivative is None else self.sign * derivative

    # --- quantities of a unit -----------------------------------------------------------------

    def a(self, unit: str) -> Node:
        """Return the weighted input of a unit."""
        return self._of(self.letters.a, unit)

    def z(self, unit: str) -> Node:
        """Return the output of a unit."""
        return self._of(self.letters.z, unit)

    def x(self, unit: str) -> Node:
        """Return the value that the data give an input."""
        return self._of(self.letters.x, unit, level=False)

    def t(self, unit: str) -> Node:
        """Return the target of an output."""
        return self._of(self.letters.t, unit, level=False)

    def b(self, unit: str) -> Node:
        """Return the bias of a unit."""
        return self._of(self.letters.b, unit)

    def w(self, ends: Ends) -> Node:
        """Return the weight of a connection (source, target); by its own name where one is used."""
        source, target = ends
        named = self.network.by_ends[ends].name if ends in self.network.by_ends else ""
        if named and self.letters.title == "Mazur":
            return Word(named)
        return self._weight(formula.unit_name(source), formula.unit_name(target), target)

    def delta(self, unit: str) -> Node:
        """Return δ of a unit; ∂E/∂a where the author has no letter for it."""
        if not self.letters.delta or self.letters.words:
            return self.dE_da(unit)
        return self._of(self.letters.delta, unit)

    def dE_da(self, unit: str) -> Node:
        """Return ∂E/∂a of a unit, −∂E/∂a where that is what is carried back."""
        return self.dE(self.a(unit))

    def dE_dz(self, unit: str) -> Node:
        """Return ∂E/∂z of a unit, −∂E/∂z where that is what is carried back."""
        return self.dE(self.z(unit))

    def dE(self, by: Part) -> Node:
        """Return the derivative of E by a quantity, with the sign that is carried back."""
        if self.letters.words:
            moves = "changes" if self.sign > 0 else "falls"
            return Phrase(f"how the {_said(self.error)} {moves} with the {_said(by)}")
        found = self.partial(self.error, by)
        return found if self.sign > 0 else row("−", found)

    def h_prime(self, unit: str) -> Node:
        """Return h′(a) of a unit."""
        if self.letters.words:
            return Phrase(f"slope of the activation of {unit}")
        return formula.apply(f"{self.letters.h}′", self.a(unit))

    def h(self, unit: str, name: str = "") -> Node:
        """Return h(a) of a unit; name: of a function that stands for itself, such as softmax."""
        if self.letters.words:
            return Phrase(f"{name or 'activation'} of the input of {unit}")
        function = row(name) if name else row(self.letters.h, tag="h")
        return formula.apply(function, self.a(unit))

    # --- quantities under a sum ---------------------------------------------------------------

    def a_down(self, targets: Sequence[str]) -> Node:
        """Return a_k, k any of the units that a unit feeds."""
        return self._any(self.letters.a, self.letters.down, targets)

    def z_down(self, units: Sequence[str]) -> Node:
        """Return z_k, k any of several units."""
        return self._any(self.letters.z, self.letters.down, units)

    def t_down(self) -> Node:
        """Return t_k."""
        return self._any(self.letters.t, self.letters.down, ())

    def z_up(self, sources: Sequence[str]) -> Node:
        """Return z_i, i any of the units that feed a unit."""
        return self._any(self.letters.z, self.letters.up, sources)

    def w_up(self, unit: str) -> Node:
        """Return w_ji of a given unit j, i any of the units that feed it."""
        return self._weight(formula.as_node(self.letters.up), formula.unit_name(unit), unit)

    def w_down(self, unit: str, targets: Sequence[str]) -> Node:
        """Return w_kj of a given unit j, k any of the units that it feeds."""
        of_level = targets[0] if self._shared_level(targets) is not None else ""
        name = formula.unit_name(unit)
        return self._weight(name, formula.as_node(self.letters.down), of_level)

    def dE_down(self, by: Node) -> Node:
        """Return the derivative of E by a_k or z_k as a factor below a sum."""
        found = self.dE(by)
        return found if self.sign > 0 or self.letters.words else formula.paren(found)

    def delta_down(self, targets: Sequence[str]) -> Node:
        """Return δ_k, k any of the units that a unit feeds."""
        if not self.letters.delta or self.letters.words:
            return self.dE_down(self.a_down(targets))
        return self._any(self.letters.delta, self.letters.down, targets)

    def over_down(self, units: Sequence[str], *body: Part) -> Node:
        """Return the sum of `body` over k, one of `units`."""
        return self._over(self.letters.down, units, "Σ", body)

    def over_up(self, units: Sequence[str], symbol: str, *body: Part) -> Node:
        """Return the sum, product or maximum of `body` over i, one of `units`."""
        return self._over(self.letters.up, units, symbol, body)

    def over_all(self, *body: Part) -> Node:
        """Return the sum of `body` over all outputs k."""
        if self.letters.words:
            return row(Phrase("the sum over every output k of"), *body)
        return formula.sum_over(self.letters.down, *body)

    def chain_rule(self) -> Node:
        """Return ∂E/∂a_j = Σ_k ∂E/∂a_k · ∂a_k/∂a_j, for any unit j."""
        here = self._any(self.letters.a, "j" if self.letters.down != "j" else "i", ())
        below = self.a_down(())
        body = self.times(self.dE_down(below), self.partial(below, here))
        if self.letters.words:
            return row(self.dE(here), "=", Phrase("the sum over every k that j feeds of"), body)
        return row(self.dE(here), "=", formula.sum_over(self.letters.down, body))

    def general(self) -> dict[str, Node]:
        """Return the four rules for any unit: a, z, ∂E/∂a and ∂E/∂w, by these keys."""
        any_j, up = "j", self.letters.up
        if self.letters.words:
            return {
                "a": Phrase("input = bias + the sum of weight × output over every i that feeds it"),
                "z": Phrase("output = activation of the input"),
                "delta": self.chain_rule(),
                "weight": Phrase("how the error changes with a weight = slope × what came in"),
            }
        a, z = (_indexed(s, Sym(any_j), None) for s in (self.letters.a, self.letters.z))
        index = (up, any_j) if self.letters.source_first else (any_j, up)
        weight = _indexed(self.letters.w, row(*index), None)
        total = formula.sum_over(up, weight, _indexed(self.letters.z, Sym(up), None))
        return {
            "a": row(a, "=", _indexed(self.letters.b, Sym(any_j), None), "+", total),
            "z": row(z, "=", formula.apply(self.letters.h, a)),
            "delta": self.chain_rule(),
            "weight": row(self.dE(weight), "=", self.dE(a), "·", self.partial(a, weight)),
        }

    # --- pieces -------------------------------------------------------------------------------

    @property
    def error(self) -> Node:
        """The error E."""
        return Word("error") if self.letters.words else _letter(self.letters.error)

    @property
    def error_n(self) -> Node:
        """The error of one example."""
        return Word("error") if self.letters.words else _letter(self.letters.error_n)

    @property
    def rate(self) -> Node:
        """The learning rate."""
        return _letter(self.letters.rate)

    @property
    def any_weight(self) -> Node:
        """A weight, whichever."""
        return _letter(self.letters.w)

    @property
    def any_bias(self) -> Node:
        """A bias, whichever."""
        return _letter(self.letters.b)

    def partial(self, of: Part, by: Part) -> Node:
        """Return ∂of/∂by; in words, how the one changes with the other."""
        if not self.letters.words:
            return formula.partial(of, by)
        return Phrase(f"how the {_said(of)} changes with the {_said(by)}")

    def times(self, *factors: Part) -> Row:
        """Return a product, with a sign between the factors where letters would run together."""
        return formula.product(*factors, sign="×" if self.letters.words else "·")

    def beside(self, *factors: Part) -> Row:
        """Return a product of factors side by side; in words with a sign between them."""
        return self.times(*factors) if self.letters.words else row(*factors)

    # --- words for sentences ------------------------------------------------------------------

    @property
    def a_name(self) -> str:
        """What a is called in a sentence: "a", "net", "input"."""
        return self.letters.a

    @property
    def z_name(self) -> str:
        """What z is called in a sentence."""
        return self.letters.z

    @property
    def error_name(self) -> str:
        """What E is called in a sentence."""
        return self.letters.error.partition("_")[0]

    @property
    def the_error(self) -> str:
        """E inside a sentence: "E", "the error"."""
        return "the error" if self.letters.words else self.error_name

    @cached_property
    def delta_name(self) -> str:
        """What is carried back is called in a sentence: "δ", "∂E/∂z", "slope"."""
        if self.letters.words:
            return "slope" if self.sign > 0 else "downward slope"
        return self.letters.delta or self.by_name(self.letters.a)

    @property
    def h_prime_name(self) -> str:
        """What h′(a) is called in a sentence."""
        if self.letters.words:
            return "the slope of the activation"
        return f"{self.letters.h}′({self.letters.a})"

    @property
    def dE_dz_name(self) -> str:
        """What ∂E/∂z is called in a sentence."""
        if self.letters.words:
            return "slope by the output" if self.sign > 0 else "downward slope by the output"
        return self.by_name(self.letters.z)

    def by_name(self, letter: str) -> str:
        """Return ∂E/∂letter as text, with the sign that is carried back."""
        if self.letters.words:
            return f"slope by the {letter}"
        return f"{'' if self.sign > 0 else '−'}∂{self.error_name}/∂{letter}"

    def opening(self, sentence: str) -> str:
        """Return a sentence that may begin with a name; a word takes a capital there."""
        return sentence[:1].upper() + sentence[1:] if self.letters.words else sentence

    # --- how it is done -----------------------------------------------------------------------

    @property
    def _levels(self) -> dict[str, int]:
        return levels(self.network)

    def _level(self, unit: str) -> Node | None:
        if not self.letters.level or unit not in self._levels:
            return None
        return self._as_level(self._levels[unit])

    def _as_level(self, level: int) -> Node:
        number = str(level + self.letters.first_level)
        kind = self.letters.level.replace("l", "")
        return formula.paren(number, kind=kind) if kind else Num(number)

    def _shared_level(self, units: Sequence[str]) -> Node | None:
        """Return the level of all these units where it is the same, else None."""
        found = {self._levels.get(unit) for unit in units} if self.letters.level else set()
        level = found.pop() if len(found) == 1 else None
        return None if level is None else self._as_level(level)

    def _of(self, letter: str, unit: str, level: bool = True) -> Node:
        if self.letters.words:
            return Phrase(f"{letter} of {unit}")
        return _indexed(letter, formula.unit_name(unit), self._level(unit) if level else None)

    def _any(self, letter: str, index: str, units: Sequence[str]) -> Node:
        if self.letters.words:
            return Phrase(f"{letter} of {index}")
        return _indexed(letter, formula.as_node(index), self._shared_level(units))

    def _weight(self, source: Node, target: Node, of_level: str) -> Node:
        if self.letters.words:
            return Phrase(f"weight from {plain(source)} to {plain(target)}")
        first, second = (source, target) if self.letters.source_first else (target, source)
        return _indexed(self.letters.w, row(first, ",", second), self._level(of_level))

    def _over(self, index: str, units: Sequence[str], symbol: str, body: Sequence[Part]) -> Node:
        if not self.letters.words:
            return formula.sum_over(formula.choice(index, units, tagged=True), *body, symbol=symbol)
        what = {"Σ": "sum", "Π": "product", "max": "largest"}[symbol]
        named = names_of(units)
        return row(Phrase(f"the {what}, over every {index} of {named}, of"), *body)


def notation_of(project: Project, digits: int | None = None) -> Notation:
    """Return the notation that a document asks for; Bishop's where it asks for one unknown."""
    return notation(project.network, project.view, digits=digits)


def notation(
    network: Network, view: View, name: str | None = None, digits: int | None = None
) -> Notation:
    """Return a notation for a net. name: instead of the view's; digits: likewise."""
    letters = NOTATIONS.get(name or view.notation, NOTATIONS["bishop"])
    sign = -1 if view.sign == NEGATIVE else 1
    return Notation(letters, network, sign, view.digits if digits is None else digits)


@lru_cache(maxsize=128)
def _letter(text: str) -> Node:
    base, _, index = text.partition("_")
    node = Sym(base) if len(base) == 1 else Word(base)
    upright: Node = Word(index) if len(index) > 1 else Sym(index)
    return formula.sub(node, upright) if index else node


def _indexed(letter: str, index: Node, level: Node | None) -> Node:
    base = _letter(letter)
    return formula.sub(base, index) if level is None else Layered(base, index, level)


def _said(part: Part) -> str:
    return plain(formula.as_node(part))
