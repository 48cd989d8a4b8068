"""Breakpoints: where, or under what condition, a run shall stop; and the document's form of them.

A breakpoint is a value. Whether one holds is found out in `guard`, what the run does then in
`run`. The document keeps them as plain objects under `debug.breakpoints`; one that this version
does not know is left there untouched.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

import msgspec

from chainstep.errors import ChainstepError
from chainstep.network.model import Network
from chainstep.stepping.numbers import as_typed
from chainstep.words import counted

UNIT: Final = "unit"
CONNECTION: Final = "connection"
PHASE: Final = "phase"
EPOCH: Final = "epoch"
SMALL_DELTA: Final = "small_delta"
LARGE_WEIGHT: Final = "large_weight"
SATURATED: Final = "saturated"
NOT_FINITE: Final = "not_finite"
LOSS_RISES: Final = "loss_rises"
LOSS_BELOW: Final = "loss_below"
FLIP: Final = "flip"

#: What a new breakpoint of a kind has for x, p or the epoch.
USUAL: Final[Mapping[str, float]] = {
    EPOCH: 100.0,
    SMALL_DELTA: 1e-6,
    LARGE_WEIGHT: 10.0,
    SATURATED: 0.01,
    LOSS_RISES: 5.0,
    LOSS_BELOW: 0.01,
}

#: Digits of what was measured: enough to see on which side of its limit it is.
MEASURED: Final = 6

Kind = Literal[
    "unit",
    "connection",
    "phase",
    "epoch",
    "small_delta",
    "large_weight",
    "saturated",
    "not_finite",
    "loss_rises",
    "loss_below",
    "flip",
]
Phase = Literal["", "forward", "loss", "backward", "update"]
Of = Literal["training", "validation"]


class Breakpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One breakpoint.

    kind: `unit`, `connection`, `phase` and `epoch` are places, the others conditions: |δ_j| <
    value, |w_ji| grows past value, |h′(a_j)| < value, anything not finite, the loss rises by
    value % over `epochs` epochs, the loss falls below value, a prediction is another one than
    when its example was met before. unit, connection: which one, any where not given. phase: of
    a unit or connection, both where empty. value: x, p, or the epoch from 1. of: which rows' loss.
    row: of the data, from 0. ignore: how many times it holds without stopping the run. Raises
    ChainstepError for a kind, phase or `of` that there is none of, TypeError for such a field; one
    about a unit that is not in the net stops nothing.

    >>> import chainstep
    >>> run = chainstep.Run(chainstep.load("mazur.chainstep"))
    >>> run.set_breakpoints([chainstep.Breakpoint(kind="loss_below", value=0.1)])
    >>> run.train(epochs=1000)
    31
    >>> run.hit.reason
    'loss < 0.1: it is 0.099126'
    >>> run.set_breakpoints([chainstep.Breakpoint(kind="unit", unit="h1", phase="backward")])
    >>> cursor = run.back_to_breakpoint()
    >>> cursor.step.phase, cursor.step.unit
    ('backward', 'h1')
    """

    kind: Kind
    unit: str = ""
    connection: tuple[str, str] | None = None
    phase: Phase = ""
    value: float = 0.0
    epochs: int = 1
    of: Of = "training"
    row: int | None = None
    enabled: bool = True
    ignore: int = 0

    def __post_init__(self) -> None:
        for field, word, known in (
            ("kind", self.kind, Kind), ("phase", self.phase, Phase), ("of", self.of, Of)
        ):  # fmt: skip
            words = get_args(known)
            if word not in words:
                listed = ", ".join(filter(None, words))
                raise ChainstepError(f"{word!r} is no {field} of a breakpoint; there are {listed}.")

    @property
    def place(self) -> "Breakpoint":
        """The same breakpoint, enabled and without an ignore count: what hits are counted for."""
        return msgspec.structs.replace(self, enabled=True, ignore=0)

    def fits(self, network: Network) -> bool:
        """Whether the unit or connection it is about is in the net."""
        if self.kind == CONNECTION or self.connection is not None:
            return self.connection in network.by_ends
        if self.kind == UNIT or self.unit:
            return self.unit in network.by_id
        return True


def read(item: Mapping[str, Any]) -> Breakpoint | None:
    """Return the breakpoint that an object of the document stands for, None for an unknown one."""
    try:
        return msgspec.convert(dict(item), Breakpoint)
    except msgspec.ValidationError:
        return None


def read_all(items: Iterable[Mapping[str, Any]]) -> tuple[Breakpoint, ...]:
    """Return the breakpoints of a document that this version knows."""
    return tuple(found for item in items if (found := read(item)) is not None)


def written(breakpoint: Breakpoint) -> dict[str, Any]:
    """Return a breakpoint as an object of the document."""
    plain = Breakpoint(kind=breakpoint.kind)
    given: dict[str, Any] = {"kind": breakpoint.kind} | {
        name: value
        for name, value in msgspec.structs.asdict(breakpoint).items()
        if value != getattr(plain, name)
    }
    if breakpoint.connection is not None:
        given["connection"] = list(breakpoint.connection)
    return given


def words(breakpoint: Breakpoint) -> str:
    """Return what a breakpoint waits for, such as "|δ| of h1 < 0.001"."""
    if breakpoint.kind in (UNIT, CONNECTION):
        who = breakpoint.unit or " → ".join(breakpoint.connection or ("?", "?"))
        return who + {"": "", "forward": ", forward", "backward": ", backward"}.get(
            breakpoint.phase, f", {breakpoint.phase}"
        )
    if breakpoint.kind == PHASE:
        phase = breakpoint.phase or "forward"
        return {"loss": "the error", "update": "the update"}.get(phase, f"{phase} pass")
    if breakpoint.kind == EPOCH:
        return f"epoch {breakpoint.value:,.0f} begins"
    return _condition(breakpoint, as_typed(breakpoint.value, MEASURED))


def _condition(breakpoint: Breakpoint, value: str) -> str:
    unit = breakpoint.unit or "any unit"
    weight = " → ".join(breakpoint.connection) if breakpoint.connection else "any connection"
    loss = "validation loss" if breakpoint.of == "validation" else "loss"
    epochs = counted(breakpoint.epochs, "epoch")
    whose = "a prediction" if breakpoint.row is None else f"example {breakpoint.row + 1}"
    return {
        SMALL_DELTA: f"|δ| of {unit} < {value}",
        LARGE_WEIGHT: f"|w| of {weight} > {value}",
        SATURATED: f"{unit} saturated: |h′(a)| < {value}",
        NOT_FINITE: f"{breakpoint.unit or 'anything'} is not finite",
        LOSS_RISES: f"{loss} rises by {breakpoint.value:g} % over {epochs}",
        LOSS_BELOW: f"{loss} < {value}",
        FLIP: f"{whose} flips" if breakpoint.row is None else f"prediction of {whose} flips",
    }[breakpoint.kind]
