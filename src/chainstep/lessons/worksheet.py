"""A worksheet: a derivation with blanks, its answer key, and a variant for every student.

A sheet and its key are derivations like any other, so `writing` turns both into any format; the
questions also go to Moodle (GIFT). Whether an answer is right is decided in `predict`.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chainstep.errors import ChainstepError, NotRunnable
from chainstep.lessons.derivation import Derivation, derive
from chainstep.lessons.predict import RULE, tolerance
from chainstep.lessons.worked import Item
from chainstep.network.model import GROUP_ACTIVATIONS, SUM, Connection, Unit
from chainstep.project import Project
from chainstep.stepping.explain.forward import activation_about
from chainstep.stepping.formula.builder import row
from chainstep.stepping.formula.nodes import Node, Space, Word, printable
from chainstep.stepping.formula.notation import Notation, notation_of
from chainstep.stepping.formula.text import plain
from chainstep.stepping.trace import Trace, trace

_BLANK: Final = "____________"
_TRIES: Final = 200
_LARGEST: Final = 20.0
_GIFT: Final = str.maketrans({mark: "\\" + mark for mark in "\\~=#{}:"})


@dataclass(frozen=True)
class Question:
    """One blank. number: from 1; prompt: what is asked, in one line of text; answer, tolerance."""

    number: int
    title: str
    prompt: str
    answer: float
    tolerance: float


@dataclass(frozen=True)
class Worksheet:
    """A sheet with blanks, its key, and the questions one by one.

    given: what the student starts from, in lines of text. key: with the way to each answer;
    brief: the answers alone.
    """

    sheet: Derivation
    key: Derivation
    brief: Derivation
    questions: tuple[Question, ...]
    given: tuple[str, ...]


def worksheet(
    project: Project,
    example: int = 0,
    seed: int | None = None,
    share: float = 1.0,
    units: Sequence[str] | None = None,
    notation: Notation | None = None,
    most: int | None = None,
    beat: Callable[[], None] | None = None,
) -> Worksheet:
    """Make a worksheet of one example's pass.

    seed: of a variant with other weights, the same for the same seed; None for the project's own.
    share: how much of what can be asked is left blank, the rest is shown; which is drawn by the
    seed. most, beat: as for `derive`.
    Raises NotRunnable, and ChainstepError where no variant of the net can be computed.
    """
    shown = project if seed is None else variant(project, seed, example)
    found = trace(shown, example)
    n = notation or notation_of(shown)
    whole = derive(found, n, units, most, beat)
    rng = random.Random(f"blanks/{seed}")
    numbered = list(_numbered(whole, share, rng))
    questions = tuple(_question(number, item, n) for number, item in numbered if number)
    about = "" if seed is None else f", variant {seed}"
    given = tuple(_given(found, n))
    sheet = Derivation(
        f"Worksheet: {whole.title}{about}",
        (*whole.notes, *given),
        tuple(_blanked(number, item, n) if number else item for number, item in numbered),
        whole.picture,
    )
    asked = [(number, item) for number, item in numbered if number]
    title = f"Answers: {whole.title}{about}"
    key = Derivation(title, (), tuple(_answered(number, item) for number, item in asked))
    brief = Derivation(title, (), tuple(_briefly(number, item, n) for number, item in asked))
    return Worksheet(sheet, key, brief, questions, given)


def class_set(
    project: Project,
    students: Sequence[str],
    seed: int = 1,
    example: int = 0,
    share: float = 1.0,
    units: Sequence[str] | None = None,
    notation: Notation | None = None,
    most: int | None = None,
    beat: Callable[[], None] | None = None,
) -> Iterator[Worksheet]:
    """Yield a worksheet for each student, each with numbers of its own.

    students: their names, "" for a line to write one on. seed: of the first variant, the others
    follow. Raises as `worksheet` does.
    """
    for place, name in enumerate(students):
        made = worksheet(project, example, seed + place, share, units, notation, most, beat)
        yield _named(made, name)


def variant(project: Project, seed: int, example: int = 0) -> Project:
    """Return the project with weights and biases of two decimals, drawn by the seed.

    Raises NotRunnable as `trace` does, ChainstepError where all that is drawn is out of range.
    """
    trace(project, example)  # not ready for another reason: say that one
    rng = random.Random(f"variant/{seed}")
    for _ in range(_TRIES):
        drawn = _drawn(project, rng)
        if _is_tame(drawn, example):
            return drawn
    raise ChainstepError(
        "No variant of this net stays within small numbers: choose another activation or loss."
    )


def as_gift(*sheets: Worksheet, category: str = "Backpropagation") -> str:
    """Return the questions for Moodle, each complete in itself; a category for each sheet."""
    if len(sheets) == 1:
        return _gift(sheets[0], category)
    named = ((made, f"{category}/variant {place}") for place, made in enumerate(sheets, 1))
    return "\n".join(_gift(made, name) for made, name in named)


def _gift(made: Worksheet, category: str) -> str:
    lines = [f"$CATEGORY: {printable(category)}", ""]
    given = " ".join(made.given)
    for question in made.questions:
        name = f"{question.number:02d} {question.title or question.prompt}".translate(_GIFT)
        asked = f"{given} Compute {question.prompt}".translate(_GIFT)
        answer = f"{{#{question.answer!r}:{question.tolerance!r}}}"
        lines += [f"::{name}::[plain]{asked} {answer}", ""]
    return "\n".join(lines)


def _drawn(project: Project, rng: random.Random) -> Project:
    weights = {c.ends: _one(rng) for c in project.network.connections}
    biased = (unit for unit in project.network.units if unit.bias is not None)
    return project.with_parameters(weights, {unit.id: _one(rng) for unit in biased})


def _one(rng: random.Random) -> float:
    """Return a weight that is not 0 and has two decimals."""
    return rng.choice((-1, 1)) * rng.randint(5, 99) / 100


def _is_tame(project: Project, example: int) -> bool:
    try:
        found = trace(project, example)
    except ChainstepError:
        return False
    values = [value for unit in found.units for value in (unit.a, unit.z, unit.delta)]
    return all(value is None or abs(value) < _LARGEST for value in values)


def _numbered(whole: Derivation, share: float, rng: random.Random) -> Iterator[tuple[int, Item]]:
    """Yield every item with the number of its blank, 0 where it stays as it is.

    Inputs are left out: they are among what is given.
    """
    number = 0
    for item in whole.items:
        if item.step.part == "input":
            continue
        can = item.value is not None
        if can and rng.random() < share:
            number += 1
            yield number, item
        else:
            yield 0, item
    if not number:
        raise NotRunnable("Nothing can be asked here: choose a unit that computes something.")


def _blanked(number: int, item: Item, n: Notation) -> Item:
    sentence = item.sentence
    if item.step.phase != "backward" or n.number(item.value or 0.0) in sentence:
        sentence = ""
    return replace(item, sentence=sentence, worked=(_line(number),))


def _line(number: int) -> Node:
    return row("=", Word(f"({number}) {_BLANK}"))


def _answered(number: int, item: Item) -> Item:
    title = f"({number}) {item.title}".rstrip()
    return replace(item, title=title, sentence="")


def _briefly(number: int, item: Item, n: Notation) -> Item:
    """Return an answer in one line."""
    left = row(Word(f"({number})"), Space(), item.left)
    worked = (row("=", n.num(item.value or 0.0, strong=True)),)
    return replace(item, title="", sentence="", symbols=None, left=left, worked=worked)


def _named(made: Worksheet, name: str) -> Worksheet:
    """Put a student's name, or a line for it, on a sheet; and the name on its key."""
    sheet = replace(made.sheet, notes=(f"Name: {name or 3 * _BLANK}", *made.sheet.notes))
    if not name:
        return replace(made, sheet=sheet)
    key, brief = (replace(d, title=f"{d.title}, {name}") for d in (made.key, made.brief))
    return replace(made, sheet=sheet, key=key, brief=brief)


def _question(number: int, item: Item, n: Notation) -> Question:
    value = item.value or 0.0
    prompt = plain(item.left)
    if item.symbols is not None and plain(item.symbols).startswith(prompt):
        prompt = plain(item.symbols)
    allowed = float(f"{tolerance(value, n.digits) * 1.004:.2e}")  # so many digits are enough
    return Question(number, item.title, prompt, value, allowed)


def _given(found: Trace, n: Notation) -> Iterator[str]:
    """Yield what the student needs to begin: inputs, weights, biases, targets, functions."""
    network = found.plan.network
    yield _listed("Inputs", ((plain(n.z(u.id)), found.z(u.id)) for u in network.inputs))
    weights = ((_weight_name(c, n), found.weight(c)) for c in network.connections)
    yield _listed("Weights", weights)
    biases = [(plain(n.b(bias.unit)), bias.bias) for bias in found.biases]
    if biases:
        yield _listed("Biases", biases)
    targets = [(plain(n.t(u.id)), found.target(u.id)) for u in network.outputs]
    if found.backward_refused is None and found.project.loss.name != "output":
        yield _listed("Targets", ((name, t or 0.0) for name, t in targets))
    computed = [unit for unit in network.units if not unit.is_input]
    yield f"Activations: {'; '.join(_functions(computed, n))}."
    yield f"An answer is {RULE}."
    gates = [f"{unit.id} {unit.combine}" for unit in computed if unit.combine != SUM]
    if gates:
        yield f"Not sums: {', '.join(gates)}."


def _functions(units: Iterable[Unit], n: Notation) -> Iterator[str]:
    """Yield each function with its formula and the units that have it."""
    having: dict[tuple[str, tuple[tuple[str, float], ...]], list[Unit]] = {}
    for unit in units:
        params = tuple(unit.all_params().items())
        having.setdefault((unit.activation, params), []).append(unit)
    for (name, params), found in having.items():
        told = [name.replace("_", " ")]
        if name != "identity" and name not in GROUP_ACTIVATIONS:
            told.append(activation_about(found[0], n))
        told += [f"{constant} = {value:g}" for constant, value in params]
        yield f"{', '.join(told)} at {', '.join(unit.id for unit in found)}"


def _weight_name(connection: Connection, n: Notation) -> str:
    """Return what a weight is called; with its ends, where the name does not tell them."""
    name = plain(n.w(connection.ends))
    ends = f" ({connection.source} → {connection.target})"
    return name + ends * (name == connection.name or n.letters.words)


def _listed(what: str, pairs: Iterable[tuple[str, float]]) -> str:
    return f"{what}: {', '.join(f'{name} = {_exact(value)}' for name, value in pairs)}."


def _exact(value: float) -> str:
    """Return a number with all its digits and a real minus sign."""
    return repr(value).replace("-", "−")
