"""The trace as text, for someone who reads along at a terminal with pencil and paper.

Every sum is written out below its unit. All digits are in the other formats (`trace`,
`trace_table`); whole sentences about a step are in `stepping.explain`.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from chainstep.cli.endings import one_line
from chainstep.cli.grid import grid, name, number
from chainstep.network.model import MAX, PRODUCT, Unit
from chainstep.network.order import forward_order
from chainstep.stepping.formula.notation import Notation, notation_of
from chainstep.stepping.formula.text import plain
from chainstep.stepping.terms import Outgoing, UnitTrace
from chainstep.stepping.trace import Trace

#: unit, quantity, how it is made, first factor, ×, second factor, =, value, remark
_ALIGN: Final = "lllrlrldl"
Row = tuple[str, ...]
_GAP: Final[Row] = ()


def text(trace: Trace, notation: Notation | None = None) -> str:
    """Return the whole trace as text: forward, loss, backward, gradients."""
    return "\n".join(_sections(trace, notation or notation_of(trace.project)))


def _sections(trace: Trace, n: Notation) -> Iterator[str]:
    writer, rule = _Writer(trace, n), {key: plain(node) for key, node in n.general().items()}
    order = forward_order(trace.plan.network)
    yield _title(trace)
    yield _section(f"Forward: {rule['a']}, {rule['z']}", map(writer.forward, order))
    if trace.backward_refused is not None:
        yield f"No backward pass: {one_line(trace.backward_refused)}\n"
        return
    yield _section(f"Loss: {trace.project.loss.name}", [writer.loss()])
    formula = rule["delta"]
    if not n.letters.words:
        here = "j" if n.letters.down != "j" else "i"
        formula += f" over all units {n.letters.down} that {here} feeds"
    yield _section(f"Backward: {formula}", map(writer.backward, reversed(order)))
    yield _section(f"Gradient: {rule['weight']}", [writer.gradient()])


def _title(trace: Trace) -> str:
    rows = len(trace.project.data.inputs)
    return f"Example {trace.example} (row {trace.example + 1} of {rows})\n"


def _section(title: str, blocks: Iterable[Iterable[Row]]) -> str:
    """Return a table of blocks, apart from each other but for those of a single row."""
    rows: list[Row] = []
    before = 0
    for block in map(list, blocks):
        if rows and (before > 1 or len(block) > 1):
            rows.append(_GAP)
        rows += block
        before = len(block)
    return f"{title}\n\n{grid(rows, _ALIGN)}"


class _Writer:
    """Turns the numbers of a trace into rows of the one table."""

    def __init__(self, trace: Trace, notation: Notation) -> None:
        self.trace, self.n = trace, notation

    def forward(self, unit: Unit) -> Iterator[Row]:
        found = self.trace.unit(unit.id)
        if unit.is_input:
            yield self._row(name(unit.id), self.n.z_name, "input", found.z)
            return
        heads = _heads(unit.id)
        bias = self.trace.bias(unit.id)
        if bias is not None:
            yield self._row(next(heads), "", "bias", bias)
        for term in found.incoming:
            how = f"from {name(term.source)}"
            yield self._product(next(heads), "", how, (term.weight, term.z), term.product)
        yield self._row(next(heads), self.n.a_name, _COMBINED.get(unit.combine, "sum"), found.a)
        yield self._row("", self.n.z_name, f"{unit.activation}({self.n.a_name})", found.z)
        if found.h_prime is not None:
            yield self._row("", self._h_prime, "", found.h_prime)

    def loss(self) -> Iterator[Row]:
        for unit in self.trace.plan.network.outputs:
            z, target = self._number(self.trace.z(unit.id)), self.trace.target(unit.id)
            how = f"{self.n.z_name} {z}"
            if target is not None:
                how += f", target {self._number(target)}"
            yield self._row(name(unit.id), "", how, self.trace.share(unit.id))
        yield self._row("", self.n.error_name, "sum", self.trace.loss)

    def backward(self, unit: Unit) -> Iterator[Row]:
        found = self.trace.unit(unit.id)
        if found.jacobian is not None:
            yield from self._jacobian(found)
        elif unit.is_input:
            yield from self._input(found)
        else:
            yield from self._delta(unit, found)

    def gradient(self) -> Iterator[Row]:
        for c in self.trace.plan.network.connections:
            head = f"{name(c.source)} → {name(c.target)}"
            factors = self._back(self.trace.delta(c.target)), self.trace.da_dw(c)
            value = self._back(self.trace.connection(*c.ends).dE_dw)
            slope = self.n.by_name(self.n.letters.w)
            yield self._product(head, slope, name(c.name), factors, value)
        for bias in self.trace.biases:
            slope = self.n.by_name(self.n.letters.b)
            yield self._row(name(bias.unit), slope, "", self._back(bias.dE_db))

    def _delta(self, unit: Unit, found: UnitTrace) -> Iterator[Row]:
        heads = _heads(unit.id)
        if unit.is_output:
            yield self._own(next(heads), unit, found)
        for term in found.outgoing:
            remark = f"({self._number(term.da_dz)} · {self._h_prime} {self._number(found.h_prime)})"
            yield (*self._share(next(heads), term, term.da_da, term.delta_term), remark)
        if not (unit.is_output or found.outgoing):
            yield self._row(next(heads), "", "feeds nothing", None)
        yield self._sum(next(heads), found.delta)
        if found.dE_dz is not None and found.outgoing:
            how = f"the sum before {self._h_prime}"
            yield self._row("", self.n.dE_dz_name, how, self._back(found.dE_dz))

    def _own(self, head: str, unit: Unit, found: UnitTrace) -> Row:
        """Return an output's own share; as δ less the rest where ∂E/∂z has no number."""
        if found.direct is None or found.h_prime is None:
            how = (
                f"own share: {self.n.dE_dz_name} is too large to hold, {self.n.delta_name} is exact"
            )
            return self._row(head, "", how, None)
        factors = self._back(found.direct), found.h_prime
        how, value = (
            f"own share {self.n.dE_dz_name} · {self._h_prime}",
            found.direct * found.h_prime,
        )
        return self._product(head, "", how, factors, self._back(value))

    def _jacobian(self, found: UnitTrace) -> Iterator[Row]:
        heads = _heads(found.id)
        for share in found.jacobian or ():
            how = f"through {self.n.z_name} of {name(share.unit)}"
            factors = self._back(share.dE_dz), share.dz_da
            yield self._product(next(heads), "", how, factors, self._back(share.term))
        yield self._sum(next(heads), found.delta)

    def _input(self, found: UnitTrace) -> Iterator[Row]:
        heads = _heads(found.id)
        for term in found.outgoing:
            yield self._share(next(heads), term, term.da_dz, term.dE_dz_term)
        yield self._row(next(heads), self.n.dE_dz_name, "the sum", self._back(found.dE_dz))

    def _share(self, head: str, term: Outgoing, slope: float | None, value: float | None) -> Row:
        factors = self._back(term.delta), slope
        return self._product(head, "", f"through {name(term.target)}", factors, self._back(value))

    def _sum(self, head: str, delta: float | None) -> Row:
        named, long = self.n.delta_name, self.n.by_name(self.n.letters.a)
        how = "the sum" if named == long else f"{long}, the sum"
        return self._row(head, named, how, self._back(delta))

    def _back(self, value: float | None) -> float | None:
        return self.n.carried(value)

    @property
    def _h_prime(self) -> str:
        return "own slope" if self.n.letters.words else f"{self.n.letters.h}′"

    def _row(self, head: str, quantity: str, how: str, value: float | None) -> Row:
        return head, quantity, how, "", "", "", "", self._number(value)

    def _product(
        self,
        head: str,
        quantity: str,
        how: str,
        factors: tuple[float | None, float | None],
        value: float | None,
    ) -> Row:
        first, second = map(self._number, factors)
        return head, quantity, how, first, "×", second, "=", self._number(value)

    def _number(self, value: float | None) -> str:
        return number(value, self.n.digits)


_COMBINED: Final = {PRODUCT: "product", MAX: "the largest"}


def _heads(unit_id: str) -> Iterator[str]:
    """Yield the unit's name for its first row, then nothing."""
    yield name(unit_id)
    while True:
        yield ""
