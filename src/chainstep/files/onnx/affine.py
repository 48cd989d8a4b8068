"""A tensor graph read as a net: every number is an affine form over units, nothing is computed.

`Form` is constant + Σ coefficient · unit. A matrix product, a batch norm, a scaler or a reshape
only changes forms; an activation makes a unit out of one. Which operator does what is in
`operators`; the drawing that comes out of it is made in `drawing`.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import ACTIVATIONS
from chainstep.errors import ChainstepError
from chainstep.files.sizes import Limit, Size, TooLarge
from chainstep.network.model import ACTIVATION_PARAMS, GROUP_ACTIVATIONS, SUM

Objects = NDArray[np.object_]


class Refused(ChainstepError):
    """What the graph asks for cannot be drawn; the text completes "node … : "."""


class Form:
    """constant + Σ terms[unit] · unit, for one number of a tensor.

    constant: None where nothing was ever added: such a unit has no bias. dense: True below a
    matrix product, whose ones are weights and not mere wiring.
    """

    __slots__ = ("constant", "dense", "tensor", "terms", "truth")

    def __init__(
        self, terms: dict[int, float], constant: float | None = None, dense: bool = False
    ) -> None:
        self.terms, self.constant, self.dense = terms, constant, dense
        self.tensor = ""  # the graph's name of the first tensor it is part of
        self.truth = False  # whether it is 0 or 1, made of comparisons

    @property
    def offset(self) -> float:
        """The constant as a number."""
        return self.constant or 0.0

    def alone(self) -> int | None:
        """Return the unit that this form is, weight 1 and nothing added; else None."""
        if self.constant or len(self.terms) != 1:
            return None
        unit, weight = next(iter(self.terms.items()))
        return unit if weight == 1.0 else None

    def times(self, factor: float) -> "Form":
        """Return this form multiplied by a number."""
        if factor == 1.0:
            return self
        constant = None if self.constant is None else self.constant * factor
        return Form({u: w * factor for u, w in self.terms.items()}, constant, self.dense)

    def plus(self, other: "Form | float") -> "Form":
        """Return the sum with another form or a number."""
        if not isinstance(other, Form):
            return Form(self.terms, self.offset + other, self.dense)
        terms = dict(self.terms)
        for unit, weight in other.terms.items():
            terms[unit] = terms.get(unit, 0.0) + weight
        both = self.constant is None and other.constant is None
        constant = None if both else self.offset + other.offset
        return Form(terms, constant, self.dense or other.dense)

    def ratio_to(self, other: "Form") -> float | None:
        """Return k where this form is k times the other, to single precision; else None."""
        if self.terms.keys() != other.terms.keys() or not self.terms:
            return None
        pairs = [(self.terms[u], other.terms[u]) for u in self.terms]
        pairs.append((self.offset, other.offset))
        mine, its = max(pairs, key=lambda pair: abs(pair[1]))
        if its == 0:
            return None
        k = mine / its
        size = max(abs(mine) for mine, _ in pairs)
        return k if all(abs(mine - k * its) <= 1e-6 * size for mine, its in pairs) else None


class Draft:
    """A unit in the making. kind of `activation`: ours, or one that only patterns know.

    factors: of a product or max unit, its (source, weight); else `form` is the weighted input.
    group: the number of the softmax that a unit belongs to.
    """

    __slots__ = ("activation", "combine", "factors", "form", "group", "name", "params")

    def __init__(
        self, form: Form, activation: str, params: Mapping[str, float], name: str = ""
    ) -> None:
        self.form, self.activation, self.params, self.name = form, activation, params, name
        self.combine = SUM
        self.factors: tuple[tuple[int, float], ...] = ()
        self.group = -1


class Tensor:
    """A tensor of forms. batch: the axis that runs over examples, kept at length 1; or None."""

    __slots__ = ("array", "batch")

    def __init__(self, array: Objects, batch: int | None) -> None:
        self.array, self.batch = array, batch


Value = Any  # Tensor | NDArray[Any]: what an edge of the graph carries


#: Terms that may be copied or merged while a graph is read: seconds, and some 100 MB.
_MOST_WORK: Final = 1_000_000


def cost(value: Value) -> int:
    """Return what it takes to copy a tensor: its terms, and some for each element."""
    if not isinstance(value, Tensor):
        return 0
    return sum(len(form.terms) + 4 for form in value.array.ravel().tolist())


class Drafts:
    """Every unit met so far, inputs first; counts what they cost before it is spent."""

    def __init__(self, limit: Limit, batch: int = 0) -> None:
        """Start without units. batch: the fixed number of examples of the graph, 0 for any."""
        self.units: list[Draft] = []
        self.batch = batch
        self.notes: list[str] = []
        self.limit = limit
        self.weights = 0
        self.groups = 0
        self.work = 0
        self._settled: dict[int, tuple[Form, Form]] = {}

    def unit(self, draft: Draft) -> Form:
        """Add a unit and return the form that it is."""
        self.units.append(draft)
        if not draft.form.dense:
            self.weights += len(draft.form.terms) + len(draft.factors)
        if len(self.units) > self.limit.units:
            raise TooLarge(Size(units=len(self.units), connections=self.weights), True)
        return Form({len(self.units) - 1: 1.0})

    def spend(self, weights: int) -> None:
        """Count the weights of a matrix product before it is made."""
        self.weights += weights
        if self.weights > self.limit.connections:
            raise TooLarge(Size(units=len(self.units), connections=self.weights), True)

    def charge(self, work: int) -> None:
        """Count work before it is done: small files can ask for very much. Raises Refused."""
        self.work += work
        if self.work > _MOST_WORK:
            raise Refused("it asks for more arithmetic than a net of single units has")

    def note(self, sentence: str) -> None:
        """Keep what the reader should be told, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def apply(self, form: Form, activation: str, **params: float) -> Form:
        """Put an activation on a form: a new unit, or a number where nothing comes in."""
        if not form.terms and (number := _computed(form.offset, activation, params)) is not None:
            return Form({}, number)
        return self.unit(Draft(form, activation, params))

    def of(self, form: Form) -> tuple[Draft, float, float] | None:
        """Return draft, weight and constant where the form has a single term; else None."""
        if len(form.terms) != 1:
            return None
        unit, weight = next(iter(form.terms.items()))
        return self.units[unit], weight, form.offset

    def settled(self, form: Form) -> Form:
        """Return a form of one term without constant: a sum becomes a unit, once."""
        if len(form.terms) == 1 and not form.constant:
            unit, weight = next(iter(form.terms.items()))
            if self.units[unit].activation != "abs":
                return form
            inner = self.units[unit].form
            halves = [self.apply(inner.times(sign), "relu") for sign in (1.0, -1.0)]
            form = halves[0].plus(halves[1]).times(weight)
        return self.own_unit(form)

    def own_unit(self, form: Form) -> Form:
        """Return the identity unit of a form, the same one each time it is asked for."""
        if id(form) not in self._settled:
            # The form is kept too, so that its id stays its own.
            unit = self.unit(Draft(form, "identity", {}, form.tensor))
            self._settled[id(form)] = form, unit
        return self._settled[id(form)][1]

    def factors(self, combine: str, forms: list[Form]) -> Form:
        """Return a product or max of forms: a unit of that kind."""
        pairs = [next(iter(self.settled(form).terms.items())) for form in forms]
        sources = [unit for unit, _ in pairs]
        for place, (unit, weight) in enumerate(pairs):
            if unit in sources[:place]:  # a connection is unique: a copy carries the second one
                copy = self.apply(Form({unit: 1.0}), "identity")
                pairs[place] = next(iter(copy.terms)), weight
        dense = any(form.dense for form in forms)
        draft = Draft(Form({}, None, dense), "identity", {})
        draft.combine, draft.factors = combine, tuple(pairs)
        return self.unit(draft)


def _computed(a: float, activation: str, params: Mapping[str, float]) -> float | None:
    """Return what an activation of ours makes of a constant; None for one that it cannot."""
    if activation in ("abs", "erf"):
        return abs(a) if activation == "abs" else math.erf(a)
    if activation in INTERNAL or activation in GROUP_ACTIVATIONS:
        return None
    with np.errstate(all="ignore"):
        given = {**ACTIVATION_PARAMS.get(activation, {}), **params}
        z = ACTIVATIONS[activation].h(np.array([a]), **given)[0]
    return float(z) if math.isfinite(z) else None


def filled(shape: tuple[int, ...], items: list[Any]) -> Objects:
    """Return an array of objects in this shape."""
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array.reshape(shape)


#: Activations that only patterns know: a later node must turn them into one of ours.
INTERNAL: Final = frozenset({"erf", "abs", "greater", "less", "at_least", "at_most", "equal"})
