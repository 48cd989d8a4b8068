"""A derivation: a pass written out, each step with formula, numbers and result.

Made from the explanations of `stepping.explain`, so it says what the window says. How it becomes
text, Markdown, LaTeX or a page is in `writing`; with blanks to fill in it is a `worksheet`.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from chainstep.lessons.picture import as_svg
from chainstep.lessons.worked import Item, in_lines, loss_terms, multiplied, pieces, slopes
from chainstep.network.model import MAX, PRODUCT
from chainstep.stepping.explain.backward import sum_formula
from chainstep.stepping.explain.explained import Explanation
from chainstep.stepping.explain.step import explain_step
from chainstep.stepping.formula.builder import Part, apply, paren, row
from chainstep.stepping.formula.nodes import Node, Op, members
from chainstep.stepping.formula.notation import Notation, notation_of
from chainstep.stepping.steps import BACKWARD, FORWARD, LOSS, PassSteps, Step
from chainstep.stepping.trace import Trace

TITLES: Final = {FORWARD: "Forward pass", LOSS: "The error", BACKWARD: "Backward pass"}


@dataclass(frozen=True)
class Derivation:
    """A title, a few lines about what follows, and the items in the order of the steps.

    picture: the net as SVG, "" where it is too large.
    """

    title: str
    notes: tuple[str, ...]
    items: tuple[Item, ...]
    picture: str = ""

    def sections(self) -> Iterator[tuple[str, tuple[Item, ...]]]:
        """Yield the phases of the pass with their items, leaving out empty ones."""
        for phase, title in TITLES.items():
            items = tuple(item for item in self.items if item.step.phase == phase)
            if items:
                yield title, items


def derive(
    trace: Trace,
    notation: Notation | None = None,
    units: Collection[str] | None = None,
    most: int | None = None,
    beat: Callable[[], None] | None = None,
) -> Derivation:
    """Derive a whole pass, or what belongs to some units.

    notation: default the document's. most: only so many items, for a look at the beginning.
    beat: called after each step, so that a window lives on while a large net is derived.
    """
    n = notation or notation_of(trace.project)
    items = tuple(islice(_all_items(trace, n, units, beat), most))
    return Derivation(_title(trace, units), tuple(_notes(trace, n)), items, as_svg(trace.project))


def _all_items(
    trace: Trace, n: Notation, units: Collection[str] | None, beat: Callable[[], None] | None
) -> Iterator[Item]:
    for step in PassSteps(trace.plan.network, backward=trace.backward_refused is None).steps:
        if _is_whole(step) and (units is None or step.unit in units):
            yield from _items(trace, step, n)
            if beat is not None:
                beat()


def _title(trace: Trace, units: Collection[str] | None) -> str:
    about = f"example {trace.example + 1}"
    if units is None:
        return f"Backpropagation, {about}"
    named = [unit.id for unit in trace.plan.network.units if unit.id in units]
    return f"Backpropagation at {', '.join(named)}, {about}"


def _notes(trace: Trace, n: Notation) -> Iterator[str]:
    network = trace.plan.network
    yield (
        f"{len(network.units)} units, {len(network.connections)} connections. "
        f"Notation: {n.letters.title} ({n.letters.source})."
    )
    long = n.by_name(n.letters.a)
    if n.delta_name not in (long, "") and not n.letters.words:
        yield f"{n.delta_name} stands for {long}."
    if n.sign < 0:
        yield "What is carried back has a minus sign: it says how much the error falls."
    if trace.backward_refused is not None:
        yield f"There is only a forward pass: {trace.backward_refused}"


def _is_whole(step: Step) -> bool:
    """Tell whether a step stands for a finished quantity, not for one term of it on the way."""
    if step.phase == FORWARD:
        return step.part != "term" or step.nth == step.of
    if step.phase == LOSS:
        return step.nth == step.of
    return step.part in ("delta", "total", "gradient")


def _items(trace: Trace, step: Step, n: Notation) -> Iterator[Item]:
    explanation = explain_step(trace, step, n)
    if step.part == "gradient":
        yield from slopes(step, explanation, n)
        return
    head, sentence = _head(trace, step, explanation), _sentence(trace, step, explanation, n)
    if step.phase == BACKWARD:
        for piece in pieces(trace, step, n):
            yield replace(piece, title=head, sentence=sentence)
            head = sentence = ""
    yield _item(trace, step, explanation, n, head, sentence)


def _item(
    trace: Trace, step: Step, explanation: Explanation, n: Notation, head: str, sentence: str
) -> Item:
    symbols = explanation.formula
    if step.phase == BACKWARD:
        # The one that the numbers follow term by term; h′ taken out of the sum comes later.
        symbols = sum_formula(trace, trace.plan.network.by_id[step.unit], n)
    assert symbols is not None
    value = trace.z(step.unit) if step.part in ("input", "activate") else explanation.total
    return Item(
        step=step,
        title=head,
        sentence=sentence,
        symbols=symbols,
        left=_left(symbols),
        worked=tuple(_worked(trace, step, explanation, value, n)),
        value=value,
    )


def _head(trace: Trace, step: Step, explanation: Explanation) -> str:
    return f"Where the error enters: {step.unit}" if _enters(trace, step) else explanation.title


def _enters(trace: Trace, step: Step) -> bool:
    unit = trace.plan.network.by_id[step.unit] if step.unit else None
    return (
        step.phase == BACKWARD
        and unit is not None
        and unit.is_output
        and not trace.plan.network.outgoing[unit.id]
        and trace.plan.group is None
    )


def _sentence(trace: Trace, step: Step, explanation: Explanation, n: Notation) -> str:
    """Say why it is a sum, where it is one; the numbers follow anyhow."""
    if step.phase != BACKWARD:
        return "" if step.phase == LOSS or step.part == "term" else explanation.sentence
    targets = trace.plan.network.outgoing[step.unit]
    if not targets:
        return "" if _enters(trace, step) else explanation.sentence
    own = 1 if trace.plan.network.by_id[step.unit].is_output else 0
    term = Step(BACKWARD, step.unit, "term", targets[0].target, 1 + own, own + len(targets))
    return explain_step(trace, term, n).sentence.rpartition(" The share through ")[0]


def _left(symbols: Node) -> Node:
    parts: list[Part] = []
    for member in members(symbols):
        if isinstance(member, Op) and member.symbol == "=":
            break
        parts.append(member)
    return row(*parts)


def _worked(
    trace: Trace, step: Step, explanation: Explanation, value: float | None, n: Notation
) -> Iterator[Node]:
    if step.part == "activate":
        yield apply(row(trace.plan.network.by_id[step.unit].activation), n.num(trace.a(step.unit)))
    elif step.phase == LOSS:
        yield from in_lines(loss_terms(trace, explanation, n))
    elif step.part == "term":
        yield from _combined(trace, step, explanation, n)
    elif explanation.terms:
        yield from in_lines([multiplied(term, n) for term in explanation.terms])
    if value is not None:
        yield row("=", n.num(value, strong=True))
    else:
        yield row("=", "not representable")


def _combined(trace: Trace, step: Step, explanation: Explanation, n: Notation) -> Iterator[Node]:
    combine = trace.plan.network.by_id[step.unit].combine
    products = [multiplied(term, n) for term in explanation.terms]
    if combine == PRODUCT:
        yield n.times(*(paren(product) for product in products))
    elif combine == MAX:
        listed: list[Part] = []
        for product in products:
            listed += [",", product] if listed else [product]
        yield apply("max", *listed)
    else:
        yield from in_lines(products)
