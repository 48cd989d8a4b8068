"""What every exported program has in common: names, lines of arithmetic, rows to check itself by.

A net with layers is written as matrices, any other one line a unit. How a language spells that is
in `numpy_script`, `pure_python`, `c99`, `javascript` and `pytorch`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent as indented
from typing import Final

import numpy as np

from chainstep.engine.predict import predict
from chainstep.engine.readiness import why_not_forward
from chainstep.errors import NotRunnable
from chainstep.files.layers import Layer, comment, group_of, identifiers, layers
from chainstep.network.model import GROUP_ACTIVATIONS, MAX, PRODUCT, SUM, Unit
from chainstep.network.order import forward_order
from chainstep.project import Project

_WIDTH: Final = 96
_MOST_ROWS: Final = 5
#: Numbers that the check may hold in all.
_MOST_NUMBERS: Final = 4_000


@dataclass(frozen=True)
class Helper:
    """A function of the exported program: its text, and the helpers it uses itself."""

    text: str
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Language:
    """How lines of arithmetic are spelled.

    declare, end: around an assignment. remark: before a comment. builtin: activations that need no
    helper. maximum: of a list of expressions. constant: a unit that nothing feeds.
    """

    declare: str
    end: str
    remark: str
    builtin: Mapping[str, str]
    maximum: Callable[[list[str]], str]
    constant: Callable[[str], str] = str


class Program:
    """A project on its way to becoming code. Raises NotRunnable where it cannot run.

    names: {id: identifier}. layers: None for a net without. rows, answers: to check by.
    """

    def __init__(self, project: Project) -> None:
        if reason := why_not_forward(project):
            raise NotRunnable(reason)
        self.project, self.network = project, project.network
        self.names = identifiers(unit.id for unit in self.network.units)
        self.layers: tuple[Layer, ...] | None = layers(self.network)
        self.group = group_of(self.network)
        self.inputs, self.outputs = self.network.inputs, self.network.outputs
        self.rows, self.answers = _examples(project)

    @property
    def needed(self) -> list[Unit]:
        """The units that outputs depend on, inputs too, in the order of computation."""
        found = {unit.id for unit in self.outputs}
        order = forward_order(self.network)
        for unit in reversed(order):
            if unit.id in found:
                found.update(c.source for c in self.network.incoming[unit.id])
        return [unit for unit in order if unit.id in found]

    @property
    def left_out(self) -> list[str]:
        """The hidden units that no output depends on."""
        needed = {unit.id for unit in self.needed}
        return [u.id for u in self.network.units if u.id not in needed and not u.is_input]

    def activations(self) -> list[str]:
        """Return the activations in use, in the order of the units."""
        return list(dict.fromkeys(unit.activation for unit in self.needed if not unit.is_input))

    def helpers(self, table: Mapping[str, Helper], more: Iterable[str] = ()) -> str:
        """Return the text of the helpers in use, each after those it uses itself."""
        done: dict[str, str] = {}

        def add(name: str) -> None:
            if name in table and name not in done:
                for other in table[name].uses:
                    add(other)
                done[name] = table[name].text.strip("\n")

        for name in (*more, *self.activations()):
            add(name)
        return "\n\n\n".join(done.values())

    def call(self, unit: Unit, a: str, language: Language) -> str:
        """Return the expression for z of a unit, a its weighted input."""
        if unit.activation == "identity" or unit.activation in GROUP_ACTIVATIONS:
            return a
        function = language.builtin.get(unit.activation, unit.activation)
        params = "".join(f", {number(value)}" for value in unit.all_params().values())
        return f"{function}({a}{params})"

    def terms(self, unit: Unit) -> list[str]:
        """Return w_i z_i of each connection, as text."""
        return [product(c.weight, self.names[c.source]) for c in self.network.incoming[unit.id]]

    def weighted_input(self, unit: Unit, language: Language) -> str:
        """Return the expression for a of a unit."""
        terms = self.terms(unit)
        if not terms:
            start = {SUM: unit.bias or 0.0, PRODUCT: 1.0, MAX: 0.0}[unit.combine]
            return language.constant(number(start))
        if unit.combine != SUM and len(terms) == 1:
            return terms[0]
        if unit.combine == PRODUCT:
            return " * ".join(f"({t})" if " " in t or t[0] == "-" else t for t in terms)
        if unit.combine == MAX:
            return language.maximum(terms)
        return total(([number(unit.bias)] if unit.bias else []) + terms)

    def lines(self, language: Language) -> list[str]:
        """Return one assignment for each unit; outputs of a softmax hold their a."""
        result = []
        for unit in self.needed:
            if not unit.is_input:
                value = self.call(unit, self.weighted_input(unit, language), language)
                result.append(self.assignment(self.names[unit.id], value, unit.id, language))
        return result

    def assignment(self, name: str, value: str, unit_id: str, language: Language) -> str:
        """Return an assignment, on several lines where it is long, with the unit's own name."""
        told = f"  {language.remark} {comment(unit_id)}" if name != unit_id else ""
        line = f"{language.declare}{name} = {value}{language.end}"
        if len(line) <= _WIDTH - 8:
            return line + told
        opening, _, rest = line.partition(" = ")
        if language.end:
            rest = rest.removesuffix(language.end)
        broken = rest.replace(" + ", "\n+ ").replace(" - ", "\n- ").replace("), (", "),\n(")
        lines = indented(_filled(broken.split("\n")), "    ")
        return f"{opening} = ({told}\n{lines}\n){language.end}"


def _filled(parts: list[str]) -> str:
    """Join parts into lines of some width."""
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) < _WIDTH - 20:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number as the shortest decimal that reads back to the same bits."""
    return repr(float(value))


def product(weight: float, name: str) -> str:
    """Return w * z, without a factor of 1."""
    if weight == 1.0:
        return name
    return f"-{name}" if weight == -1.0 else f"{number(weight)} * {name}"


def total(terms: Sequence[str]) -> str:
    """Return a sum, `a - b` instead of `a + -b`."""
    text = terms[0]
    for term in terms[1:]:
        text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text


def matrix(rows: Sequence[Sequence[float]], brackets: str = "[]", margin: str = "    ") -> str:
    """Return rows of numbers as nested lists, one row to a line, long rows on several."""
    opening, closing = brackets[0], brackets[1]
    lines = []
    for row in rows:
        body = _filled([f"{number(value)}," for value in row]).removesuffix(",")
        body = body.replace("\n", f"\n{margin} ")
        lines.append(f"{margin}{opening}{body}{closing},")
    return f"{opening}\n" + "\n".join(lines) + f"\n{closing}"


def vector(values: Sequence[float], brackets: str = "[]") -> str:
    """Return numbers as a list."""
    opening, closing = brackets[0], brackets[1]
    body = _filled([f"{number(value)}," for value in values]).removesuffix(",")
    if "\n" in body:
        return f"{opening}\n{indented(body, '    ')}\n{closing}"
    return f"{opening}{body}{closing}"


def _examples(project: Project) -> tuple[list[list[float]], list[list[float]]]:
    """Return rows and the engine's outputs for them: the data's first, or a made-up one."""
    width = len(project.network.inputs)
    most = max(1, min(_MOST_ROWS, _MOST_NUMBERS // width))
    fitting = [list(row) for row in project.data.inputs[:most] if len(row) == width]
    rows = fitting or [[((n * 7 + 5) % 21 - 10) / 10 for n in range(width)]]
    answers = predict(project, rows)
    sound = np.array([bool(np.isfinite(row).all()) for row in answers])
    kept = [row for row, good in zip(rows, sound.tolist(), strict=True) if good]
    return kept, answers[sound].tolist()


def title(program: Program) -> str:
    """Return what the program computes, in one line."""
    inputs, outputs = (
        ", ".join(comment(unit.id, 20) for unit in units[:6]) + (", …" if len(units) > 6 else "")
        for units in (program.inputs, program.outputs)
    )
    return f"{inputs} → {outputs}"
