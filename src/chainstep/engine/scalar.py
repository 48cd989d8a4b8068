"""The scalar program: one batch of a tiny net as straight-line Python, without arrays.

A NumPy call costs as much as a dozen additions, so a net of a few connections is trained fastest
by a program that has one local variable for every weight. The source is made from integers and
from the fixed names and texts in this file alone: nothing a user typed gets into it, numbers come
in as constants by their own names. It calls the functions of `math`, which refuse what NumPy
would call inf: such a batch goes to the plain path. `scalar_engine` runs the program.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from chainstep.engine.plan import Plan
from chainstep.engine.updates import is_plain
from chainstep.network.model import GROUP_ACTIVATIONS, SUM, Unit
from chainstep.project import Loss, Training

#: program(theta, batches, rate, repeats, met) → (theta, error of each round).
Theta = tuple[float, ...]
Row = tuple[float, ...]
Program = Callable[[Theta, list[Any], float, int, float], tuple[Theta, list[float]]]

#: h from a, and h′ from a and z, "" for 1. {p}: the first parameter.
_H: Final[Mapping[str, tuple[str, str]]] = {
    "identity": ("{a}", ""),
    "logistic": ("1.0 / (1.0 + exp(-{a}))", "{z} * (1.0 - {z})"),
    "tanh": ("tanh({a})", "(1.0 - {z} * {z})"),
    "relu": ("0.0 if {a} <= 0.0 else {a}", "(0.0 if {a} <= 0.0 else 1.0)"),
    "leaky_relu": ("{p} * {a} if {a} <= 0.0 else {a}", "({p} if {a} <= 0.0 else 1.0)"),
    "elu": ("{p} * expm1({a}) if {a} <= 0.0 else {a}", "({p} * exp({a}) if {a} <= 0.0 else 1.0)"),
    "softplus": (
        "log1p(exp(-abs({a}))) + (0.0 if {a} <= 0.0 else {a})",
        "(1.0 / (1.0 + exp(-{a})))",
    ),
    "softsign": ("{a} / (1.0 + abs({a}))", "(1.0 / ((1.0 + abs({a})) * (1.0 + abs({a}))))"),
    "sine": ("sin({a})", "cos({a})"),
    "exp": ("exp({a})", "{z}"),
    "gaussian": ("exp(-{a} * {a})", "(-2.0 * {a} * {z})"),
}
#: What is added to met, ∂E/∂z or (binary cross-entropy) ∂E/∂a; from z, t, a and d = z − t.
_LOSSES: Final[Mapping[str, tuple[str, str]]] = {
    "half_squared_error": ("d{j} * d{j}", ""),
    "squared_error": ("d{j} * d{j}", "2.0 * d{j}"),
    "mean_squared_error": ("d{j} * d{j}", "2.0 * d{j} / outputs"),
    "binary_cross_entropy": (
        "log1p(exp(-abs(a{j}))) - a{j} * t{k} + (0.0 if a{j} <= 0.0 else a{j})",
        "",
    ),
}
#: Those that read a once and whose h′ is taken from z: a needs no name of its own.
_ONLY_Z: Final = frozenset({"logistic", "tanh", "exp"})
_MATH: Final = ("exp", "expm1", "log", "log1p", "tanh", "sin", "cos")
#: Terms on one line; a longer sum goes over several, for the compiler's sake.
_TERMS: Final = 40


def can_serve(plan: Plan, loss: Loss, training: Training) -> bool:
    """Tell whether there is a program for this net, loss and optimiser."""
    known = (plan.group is None and loss.name in _LOSSES) or loss.name == "cross_entropy"
    return known and is_plain(training) and all(map(_is_served, plan.network.units))


def _is_served(unit: Unit) -> bool:
    if unit.is_input:
        return True
    return unit.combine == SUM and (unit.activation in _H or unit.activation in GROUP_ACTIVATIONS)


def factor(plan: Plan, loss: Loss) -> float:
    """Return what the errors of the program are to be multiplied with to be E."""
    factors = {"half_squared_error": 0.5, "mean_squared_error": 1.0 / len(plan.outputs)}
    return factors.get(loss.name, 1.0)


def compile_program(plan: Plan, loss: Loss, training: Training, online: bool) -> Program:
    """Return the program. online: batches are single rows, else lists of rows."""
    writer = _Writer(plan, loss, training, online)
    source = writer.source()
    names: dict[str, Any] = {name: getattr(math, name) for name in _MATH}
    names |= {"outputs": float(len(plan.outputs)), **writer.constants}
    exec(compile(source, "<scalar program>", "exec"), names)
    program: Program = names["program"]
    return program


class _Writer:
    """Writes the source, unit by unit; z5, a5, d5 belong to row 5 of the plan, w3 to theta[3]."""

    def __init__(self, plan: Plan, loss: Loss, training: Training, online: bool) -> None:
        self.plan, self.loss, self.online = plan, loss, online
        self.mean = training.reduction == "mean"
        self.free = plan.trainable(training.train_biases).tolist()
        self.order = sorted(plan.network.units, key=lambda unit: plan.row[unit.id])
        self.constants: dict[str, float] = {}
        self.column = {unit.id: k for k, unit in enumerate(plan.network.outputs)}
        self.alive = self._alive()

    def source(self) -> str:
        """Return the text of the program."""
        weights = "".join(f"w{n}, " for n in range(self.plan.size))
        fields = [f"z{self.plan.row[unit.id]}" for unit in self.plan.network.inputs]
        fields += [f"t{k}" for k in range(len(self.plan.outputs))]
        row = "".join(f"{name}, " for name in fields)
        body = [*self._forward(), *self._error()]
        body += self._backward()
        lines = ["def program(theta, batches, rate, repeats, met):"]
        lines += [f" {weights}= theta" if weights else " pass", " sums = []"]
        lines += [" for _ in range(repeats):"]
        lines += self._online(row, body) if self.online else self._batched(row, body)
        lines += ["  sums.append(met)", "  met = 0.0", f" return ({weights}), sums"]
        return "\n".join(lines)

    def _online(self, row: str, body: list[str]) -> Iterator[str]:
        yield f"  for {row}in batches:"
        yield from (f"   {line}" for line in body)
        yield from (f"   w{n} -= {term}" for n, term in self._gradients())

    def _batched(self, row: str, body: list[str]) -> Iterator[str]:
        """Go down from row to row in v, while every row is computed at the same w."""
        yield "  for batch in batches:"
        yield "   share = rate / len(batch)" if self.mean else "   share = rate"
        yield from (f"   v{n} = w{n}" for n, _ in self._gradients())
        yield f"   for {row}in batch:"
        yield from (f"    {line}" for line in body)
        yield from (f"    v{n} -= {term}" for n, term in self._gradients())
        yield from (f"   w{n} = v{n}" for n, _ in self._gradients())

    def _forward(self) -> Iterator[str]:
        for unit in self.order:
            if not self.alive[unit.id]:
                continue
            j = self.plan.row[unit.id]
            grouped = self.plan.group is not None and unit.is_output
            h = "" if grouped else _H[unit.activation][0]
            terms = self._products(unit)
            if unit.activation in _ONLY_Z and 0 < len(terms) <= _TERMS and not self._keeps_a(unit):
                yield f"z{j} = {h.format(a='(' + ' + '.join(terms) + ')')}"
                continue
            yield from self._sum(f"z{j}" if h == "{a}" else f"a{j}", terms)
            if h not in ("{a}", ""):
                yield f"z{j} = {self._fill(h, unit)}"

    def _keeps_a(self, unit: Unit) -> bool:
        return unit.is_output and self.loss.name.endswith("cross_entropy")

    def _products(self, unit: Unit) -> list[str]:
        place = self.plan.bias.get(unit.id)
        terms = [] if place is None else [f"w{place}"]
        return terms + [
            f"w{self.plan.weight[c.ends]} * z{self.plan.row[c.source]}"
            for c in self.plan.network.incoming[unit.id]
        ]

    def _sum(self, name: str, terms: list[str]) -> Iterator[str]:
        yield f"{name} = {' + '.join(terms[:_TERMS]) or '0.0'}"
        for start in range(_TERMS, len(terms), _TERMS):
            yield f"{name} += {' + '.join(terms[start : start + _TERMS])}"

    def _fill(self, text: str, unit: Unit) -> str:
        j = self.plan.row[unit.id]
        names = list(unit.all_params())
        if names:
            self.constants[f"p{j}"] = unit.param(names[0])
        a = f"z{j}" if unit.activation == "identity" else f"a{j}"
        return text.format(a=a, z=f"z{j}", p=f"p{j}")

    def _error(self) -> Iterator[str]:
        """Write E into met and ∂E/∂z, or ∂E/∂a, of each output j into dj."""
        if self.loss.name == "cross_entropy":
            yield from self._cross_entropy()
            return
        for unit in self.plan.network.outputs:
            j, k = self.plan.row[unit.id], self.column[unit.id]
            error, direct = _LOSSES[self.loss.name]
            yield f"d{j} = z{j} - t{k}"
            yield f"met += {error.format(j=j, k=k)}"
            if direct:
                yield f"d{j} = {direct.format(j=j)}"

    def _cross_entropy(self) -> Iterator[str]:
        """Write p = e^(a − max a) / Σ and E = Σt ln Σ e^… − Σ t (a − max a)."""
        rows = [self.plan.row[unit.id] for unit in self.plan.network.outputs]
        yield f"top = max({', '.join(f'a{j}' for j in rows)}, a{rows[0]})"
        for j in rows:
            yield f"z{j} = exp(a{j} - top)"
        yield from self._sum("total", [f"z{j}" for j in rows])
        yield from self._sum("sum_t", [f"t{k}" for k in range(len(rows))])
        yield from self._sum("cross", [f"t{k} * (a{j} - top)" for k, j in enumerate(rows)])
        yield "met += sum_t * log(total) - cross"
        yield "total = sum_t / total"
        for k, j in enumerate(rows):
            yield f"d{j} = z{j} * total - t{k}"

    def _backward(self) -> Iterator[str]:
        for unit in reversed(self.order):
            if not self.alive[unit.id]:
                continue
            back = [
                f"d{self.plan.row[c.target]} * w{self.plan.weight[c.ends]}"
                for c in self.plan.network.outgoing[unit.id]
                if self.alive[c.target]
            ]
            yield from (self._delta_of_output if unit.is_output else self._delta)(unit, back)

    def _delta_of_output(self, unit: Unit, back: list[str]) -> Iterator[str]:
        """Make δ of dj = ∂E/∂z; the row's share of η goes into it, and so into every gradient."""
        j = self.plan.row[unit.id]
        own = self.plan.group is not None or self.loss.name == "binary_cross_entropy"
        share = "rate" if self.online else "share"
        if not back:
            slope = "" if own else self._slope(unit)
            yield f"d{j} *= {share} * {slope}" if slope else f"d{j} *= {share}"
            return
        yield f"d{j} *= {share}"
        slope = self._slope(unit) or "1.0"
        yield from self._sum("back", back)
        yield f"d{j} += back * {slope}" if own else f"d{j} = (d{j} + back) * {slope}"

    def _delta(self, unit: Unit, back: list[str]) -> Iterator[str]:
        j, slope = self.plan.row[unit.id], self._slope(unit)
        if slope and len(back) <= _TERMS:
            yield f"d{j} = ({' + '.join(back)}) * {slope}"
            return
        yield from self._sum(f"d{j}", back)
        if slope:
            yield f"d{j} *= {slope}"

    def _slope(self, unit: Unit) -> str:
        return self._fill(_H[unit.activation][1], unit)

    def _alive(self) -> dict[str, bool]:
        """Tell of each unit that is computed whether E hangs on it."""
        alive: dict[str, bool] = {}
        for unit in reversed(self.order):
            onward = self.plan.network.outgoing[unit.id]
            feeds = unit.is_output or any(alive[c.target] for c in onward)
            alive[unit.id] = feeds and not unit.is_input
        return alive

    def _gradients(self) -> Iterator[tuple[int, str]]:
        """Yield (place in theta, ∂E_n/∂θ times its share of η) of all that may change."""
        for unit in self.order:
            if not self.alive[unit.id]:
                continue
            j = self.plan.row[unit.id]
            delta = f"d{j}"
            place = self.plan.bias.get(unit.id)
            if place is not None and self.free[place]:
                yield place, delta
            for c in self.plan.network.incoming[unit.id]:
                if self.free[self.plan.weight[c.ends]]:
                    yield self.plan.weight[c.ends], f"{delta} * z{self.plan.row[c.source]}"
