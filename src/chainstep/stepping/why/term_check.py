"""The gradient check term by term, and how the check itself errs as h is swept.

Every term ∂E/∂a_k ∂a_k/∂a_j is held against a difference of its own: only unit k is moved, by what
a nudge of j gives it, and E is watched. A central difference errs by truncation, which falls with
h², and by rounding, which grows as h falls: swept, its error makes a V. A step that has no rounding
to speak of is in `complex_step`, the check of all weights, biases and units at once in
`gradient_check`; here both are laid side by side for one example.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from chainstep.errors import NotRunnable
from chainstep.network.model import Unit
from chainstep.stepping.trace import Trace, only
from chainstep.stepping.why.complex_step import complex_step
from chainstep.stepping.why.gradient_check import LIMIT, Checked, check
from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudge, Nudged

#: For central differences of single terms: the sixth of the mantissa that is best for them.
STEP: Final = 1e-5
#: A relative error above this is a failed check of a term: its step is larger than others'.
TERM_LIMIT: Final = 1e-5
#: A complex step agrees to this; below that size a derivative is 0.
COMPLEX_LIMIT: Final = 1e-9
TINY_GRADIENT: Final = 1e-12
TERM: Final = "term"
#: The V: from where truncation rules to where rounding does.
SWEEP: Final = tuple(10.0**-power for power in range(1, 15))


@dataclass(frozen=True)
class CheckedTerm:
    """One term of one sum: through the connection source → target.

    analytic: ∂E/∂a_k ∂a_k/∂a_j; numeric: by moving k alone; relative: their difference over the
    larger of the two, and of what rounding hides.
    """

    source: str
    target: str
    analytic: float
    numeric: float
    relative: float


@dataclass(frozen=True)
class Compared:
    """One derivative in three ways. kind: weight, bias, unit, or term through source → target.

    what: the unit, or the connection as (source, target). complex: None where it has no meaning.
    skipped: why the difference counts for nothing, where a kink lies within h.
    """

    kind: str
    what: str | tuple[str, str]
    analytic: float
    central: float
    complex: float | None
    relative: float
    skipped: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the complex step agrees, or else the difference, if it says anything."""
        if self.complex is not None:
            size = max(abs(self.analytic), abs(self.complex), TINY_GRADIENT)
            return abs(self.analytic - self.complex) <= COMPLEX_LIMIT * size
        limit = TERM_LIMIT if self.kind == TERM else LIMIT
        return self.skipped is not None or self.relative <= limit

    @property
    def nudged(self) -> Nudged:
        """What is moved."""
        if self.kind == WEIGHT:
            return Nudged(WEIGHT, self.what[1], self.what[0])
        unit = self.what if isinstance(self.what, str) else self.what[0]
        return Nudged(self.kind if self.kind == BIAS else UNIT, unit)


@dataclass(frozen=True)
class Swept:
    """The error of a difference at one h: (E(+h) − E) / h and (E(+h) − E(−h)) / 2h."""

    h: float
    one_sided: float
    central: float


def check_terms(trace: Trace) -> tuple[CheckedTerm, ...]:
    """Check every term that comes back over a connection. Raises NotRunnable."""
    if trace.backward_refused is not None:
        raise NotRunnable(trace.backward_refused)
    units = trace.plan.network.units
    return tuple(row for unit in units for row in check_terms_at(trace, unit.id))


def check_terms_at(
    trace: Trace, unit: str, h: float = STEP, most: int | None = None
) -> tuple[CheckedTerm, ...]:
    """Check the terms of the sum at one unit. Raises NotRunnable.

    most: of more terms only so many, the largest; each takes two forward passes.
    """
    return tuple(_terms_at(trace, trace.plan.network.by_id[unit], h, most))


def sweep(nudge: Nudge) -> tuple[Swept, ...]:
    """Return the relative errors of differences against the derivative, for each h."""
    true, still = nudge.derivative, nudge.error()
    return tuple(_swept(h, true, nudge.error(h), nudge.error(-h), still) for h in SWEEP)


def compare(trace: Trace, unit: str | None = None, most: int | None = None) -> tuple[Compared, ...]:
    """Check weights, biases, units and terms of one example. Raises NotRunnable.

    unit: only what belongs to it: the weights into it, its bias, its a, and the terms of its sum.
    most: of more weights or terms only the largest.
    """
    alone = only(trace.project, trace.example).with_data(validation=())
    project = trace.plan.project_with(alone, trace.theta)
    found = [_beside(trace, row) for row in check(project, unit, most).rows]
    terms = check_terms(trace) if unit is None else check_terms_at(trace, unit, most=most)
    return (*found, *(_term_beside(trace, term) for term in terms))


def sweep_term(trace: Trace, source: str, target: str) -> tuple[Swept, ...]:
    """Return the relative errors of differences against one term, for each h."""
    nudge = _nudge_at(trace, source)
    true = next(share.product for share in nudge.shares if share.unit == target)

    def change(h: float) -> float:
        return nudge.held(h, (target,))[target]

    return tuple(_swept(h, true, change(h), change(-h)) for h in SWEEP)


def _swept(h: float, true: float, up: float, down: float, still: float = 0.0) -> Swept:
    """Hold differences against a derivative. up, down, still: E, or its change, at h, −h and 0."""
    size = abs(true) or 1.0
    one_sided, central = (up - still) / h, (up - down) / (2 * h)
    return Swept(h, abs(one_sided - true) / size, abs(central - true) / size)


def _beside(trace: Trace, row: Checked) -> Compared:
    made = Compared(row.kind, row.what, row.analytic, row.numeric, None, row.relative, row.skipped)
    return replace(made, complex=complex_step(trace, made.nudged))


def _term_beside(trace: Trace, term: CheckedTerm) -> Compared:
    nudged = _nudged_at(trace, term.source)
    exact = complex_step(trace, nudged, term.target)
    ends = term.source, term.target
    return Compared(TERM, ends, term.analytic, term.numeric, exact, term.relative)


def _nudged_at(trace: Trace, unit: str) -> Nudged:
    return Nudged(INPUT if trace.plan.network.by_id[unit].is_input else UNIT, unit)


def _nudge_at(trace: Trace, unit: str) -> Nudge:
    return Nudge(trace, _nudged_at(trace, unit))


def _terms_at(trace: Trace, unit: Unit, h: float, most: int | None) -> Iterator[CheckedTerm]:
    nudge = _nudge_at(trace, unit.id)
    largest = sorted(nudge.shares, key=lambda share: -abs(share.product))
    chosen = {share.unit for share in largest[:most]}
    up, down, error = nudge.held(h, chosen), nudge.held(-h, chosen), abs(nudge.error())
    # What is known of E is some 1e-16 of it, and of E near 0 of its square root.
    hidden = 1e-15 * max(error, math.sqrt(error)) / h / 1e-6
    for share in (share for share in nudge.shares if share.unit in chosen):
        numeric = (up[share.unit] - down[share.unit]) / (2 * h)
        size = max(abs(share.product), abs(numeric), hidden)
        relative = abs(share.product - numeric) / size if size else 0.0
        yield CheckedTerm(unit.id, share.unit, share.product, numeric, relative)
