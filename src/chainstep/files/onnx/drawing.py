"""From drafts to a drawing: the units that the outputs need, with kinds and good names.

Where they stand is left to the automatic layout. The drafts are made in `reader`.
"""

from collections.abc import Iterable, Mapping

from chainstep.errors import FileError
from chainstep.files.document.text import label
from chainstep.files.imported import loss_for
from chainstep.files.onnx.affine import INTERNAL, Draft, Drafts, Form, Refused, Tensor
from chainstep.files.sizes import Size, TooLarge
from chainstep.network.model import (
    GROUP_ACTIVATIONS,
    HIDDEN,
    INPUT,
    LONGEST_ID,
    OUTPUT,
    PRODUCT,
    SUM,
    Connection,
    Network,
    Unit,
)
from chainstep.network.order import levels
from chainstep.project import Project


def drawn(
    drafts: Drafts,
    outputs: Iterable[tuple[str, Tensor]],
    names: Mapping[str, list[str]],
    name: str,
) -> Project:
    """Return the project of the units that the outputs need.

    names: {tensor: the units' ids} as Chainstep wrote them. Raises Refused or FileError.
    """
    ends = [form for _, tensor in outputs for form in tensor.array.ravel().tolist()]
    final = _final_units(drafts, ends)
    _expand_absolutes(drafts)
    _spell_groups(drafts, final)
    needed = _needed(drafts, final)
    _check_activations(drafts, needed)
    ids = _ids(drafts, needed, final, names)
    units = [_unit(drafts.units[n], ids[n], n in set(final)) for n in needed]
    connections = [c for n in needed for c in _connections(drafts.units[n], n, ids)]
    if not drafts.limit.allows(Size(units=len(units), connections=len(connections))):
        raise TooLarge(Size(units=len(units), connections=len(connections)), name=name)
    _refuse_overflow(connections, units, name)
    order = {n: place for place, n in enumerate(final)}
    ordered = sorted(zip(needed, units, strict=True), key=lambda pair: order.get(pair[0], -1))
    network = Network(units=tuple(unit for _, unit in ordered), connections=tuple(connections))
    return Project(network=network, loss=loss_for(network))


def _final_units(drafts: Drafts, ends: list[Form]) -> list[int]:
    """Return the output units in order: units that exist, or identity units that are added."""
    final: list[int] = []
    for form in ends:
        unit = form.alone()
        used = unit is None or unit in final or drafts.units[unit].activation == "input"
        internal = unit is not None and drafts.units[unit].activation in INTERNAL
        if used or internal:
            draft = Draft(form, "identity", {}, form.tensor)
            unit = next(iter(drafts.unit(draft).terms))
        assert unit is not None
        final.append(unit)
    return final


def _expand_absolutes(drafts: Drafts) -> None:
    """Write each |a| that is left as relu(a) + relu(-a)."""
    halves: dict[int, tuple[int, int]] = {}
    for number, draft in enumerate(list(drafts.units)):
        if draft.activation == "abs":
            draft.activation = "relu"
            other = drafts.apply(draft.form.times(-1.0), "relu")
            halves[number] = number, next(iter(other.terms))
    if halves:
        for draft in drafts.units:
            if any(n in halves for n, _ in draft.factors):
                raise Refused("a product of an absolute value cannot be drawn; write it as ReLUs")
            for number in [n for n in draft.form.terms if n in halves]:
                draft.form.terms[halves[number][1]] = draft.form.terms[number]


def _sources(draft: Draft) -> list[tuple[int, float]]:
    return list(draft.factors) if draft.combine != SUM else list(draft.form.terms.items())


def _needed(drafts: Drafts, final: list[int]) -> list[int]:
    """Return the units that some output depends on, and every input, in order of computation."""
    found = {n for n, draft in enumerate(drafts.units) if draft.activation == "input"}
    waiting = [n for n in final if n not in found]
    found.update(waiting)
    while waiting:
        for source, _ in _sources(drafts.units[waiting.pop()]):
            if source not in found:
                found.add(source)
                waiting.append(source)
    return _in_order(drafts, found)


def _in_order(drafts: Drafts, found: set[int]) -> list[int]:
    """Return numbers as they were made; absolutes made later are put before their use."""
    order: list[int] = []
    done: set[int] = set()
    for start in sorted(found):
        stack = [start]
        while stack:
            here = stack[-1]
            missing = [s for s, _ in _sources(drafts.units[here]) if s not in done and s > here]
            if here in done or not missing:
                stack.pop()
                if here not in done:
                    done.add(here)
                    order.append(here)
            else:
                stack.extend(missing)
    return order


def _check_activations(drafts: Drafts, needed: list[int]) -> None:
    for number in needed:
        draft = drafts.units[number]
        if draft.activation in INTERNAL:
            operator = draft.activation.capitalize()
            raise Refused(
                f"node {label(draft.name)} ({operator}) cannot be drawn: {operator} is known only "
                "as a part of an activation such as GELU"
            )


def _spell_groups(drafts: Drafts, final: list[int]) -> None:
    """Write a softmax that is not the one end of the net as exponentials over their sum.

    Raises Refused for a log-softmax in such a place: there is no logarithm.
    """
    groups: dict[int, list[int]] = {}
    for n in _needed(drafts, final):
        if drafts.units[n].activation in GROUP_ACTIVATIONS:
            groups.setdefault(drafts.units[n].group, []).append(n)
    if not groups:
        return
    whole = {n for n, draft in enumerate(drafts.units) if draft.group in groups}
    fed = {source for n in _needed(drafts, final) for source, _ in _sources(drafts.units[n])}
    if len(groups) == 1 and whole == set(final) and not fed & whole:
        return
    for group, members in groups.items():
        draft = drafts.units[members[0]]
        if draft.activation != "softmax":
            raise Refused(
                f"node {label(draft.name)} (LogSoftmax) cannot be drawn: it must be the last "
                "operator and cover all outputs; export the model without what follows it, or "
                "without the other outputs"
            )
        _spell(drafts, [n for n, unit in enumerate(drafts.units) if unit.group == group])
    drafts.note(
        "A softmax that is not the only end of the net is drawn as what it is made of: "
        "exponentials, a reciprocal of their sum, and products. Sums above 709 overflow."
    )


def _spell(drafts: Drafts, members: list[int]) -> None:
    """Make each member of a softmax the product of its exponential and one reciprocal."""
    raised = [drafts.apply(drafts.units[n].form, "exp") for n in members]
    total = raised[0]
    for form in raised[1:]:
        total = total.plus(form)
    below = next(iter(drafts.apply(total, "reciprocal").terms))
    for n, form in zip(members, raised, strict=True):
        draft = Draft(Form({}), "identity", {}, drafts.units[n].name)
        draft.combine = PRODUCT
        draft.factors = ((next(iter(form.terms)), 1.0), (below, 1.0))
        drafts.units[n] = draft


def _unit(draft: Draft, unit_id: str, is_output: bool) -> Unit:
    if draft.activation == "input":
        return Unit(id=unit_id, kind=INPUT)
    unit = Unit(
        id=unit_id,
        kind=OUTPUT if is_output else HIDDEN,
        activation=draft.activation,
        combine=draft.combine,
        bias=draft.form.constant if draft.combine == SUM else None,
    )
    return unit.with_params(**draft.params)


def _connections(draft: Draft, number: int, ids: Mapping[int, str]) -> Iterable[Connection]:
    """Yield the connections into a unit; what is wiring and no weight is frozen at 1."""
    dense = draft.form.dense
    for source, weight in _sources(draft):
        yield Connection(
            source=ids[source], target=ids[number], weight=weight, trainable=dense or weight != 1.0
        )


def _refuse_overflow(connections: list[Connection], units: list[Unit], name: str) -> None:
    total = sum(abs(c.weight) for c in connections) + sum(abs(u.bias or 0.0) for u in units)
    if not total < float("inf"):
        raise FileError(f"{name}: folding its layers together made a number too large.")


# --- names --------------------------------------------------------------------------------------


def _ids(
    drafts: Drafts, needed: list[int], final: list[int], names: Mapping[str, list[str]]
) -> dict[int, str]:
    """Return ids: those Chainstep once wrote, or x1, h1 (h2_1 from the second layer) and y1."""
    given = _kept_names(drafts, needed, names)
    if given is not None:
        return given
    ends = set(final)
    ids: dict[int, str] = {}
    inputs = [n for n in needed if drafts.units[n].activation == "input"]
    ids.update((n, f"x{place}") for place, n in enumerate(inputs, 1))
    ids.update((n, f"y{place}") for place, n in enumerate(final, 1))
    hidden = [n for n in needed if n not in ends and drafts.units[n].activation != "input"]
    layers = _layers(drafts, needed, hidden)
    for place, layer in enumerate(layers, 1):
        for number, n in enumerate(layer, 1):
            ids[n] = f"h{number}" if len(layers) == 1 else f"h{place}_{number}"
    return ids


def _layers(drafts: Drafts, needed: list[int], hidden: list[int]) -> list[list[int]]:
    """Return the hidden units by level."""
    edges = [
        Connection(source=str(source), target=str(n), weight=1.0)
        for n in needed
        for source, _ in _sources(drafts.units[n])
    ]
    network = Network(units=tuple(Unit(id=str(n)) for n in needed), connections=tuple(edges))
    level = levels(network)
    layers: dict[int, list[int]] = {}
    for n in hidden:
        layers.setdefault(level[str(n)], []).append(n)
    return [layers[key] for key in sorted(layers)]


def _kept_names(
    drafts: Drafts, needed: list[int], names: Mapping[str, list[str]]
) -> dict[int, str] | None:
    """Return the names that a file of ours gives to all units; None where any is missing."""
    left = {tensor: iter(ids) for tensor, ids in names.items()}
    ids: dict[int, str] = {}
    for n in needed:
        found = next(left.get(drafts.units[n].name, iter(())), None)
        if found is None:
            return None
        ids[n] = found
    fits = all(isinstance(i, str) and 0 < len(i) <= LONGEST_ID for i in ids.values())
    return ids if fits and len(set(ids.values())) == len(ids) else None
