"""Watches: quantities of a run that are noted after each epoch, and the document's form of them.

A watch is a value; the document keeps it as a plain object under `debug.watches`, and one that
this version does not know is left there untouched. What they are worth is found out in
`recorder`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

import msgspec

from chainstep.errors import ChainstepError
from chainstep.network.model import GROUP_ACTIVATIONS, Network

Quantity = Literal[
    "weight", "bias", "delta", "z", "a", "h_prime", "mean_z", "mean_delta", "gradient",
    "gradient_norm",
]  # fmt: skip
#: Quantities of a connection, and of the whole net; all others are a unit's.
OF_CONNECTIONS: Final = ("weight", "gradient")
OF_THE_NET: Final = ("gradient_norm",)


class Watch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One quantity, at the weights reached after an epoch.

    quantity: `weight` w_ji of a connection, `bias` b_j, `delta` δ_j, `z`, `a`, `h_prime` h′(a) of
    a unit for one row of the data, `mean_z`, `mean_delta` mean |δ| of a unit over the training
    rows, `gradient` ∂E/∂w of a connection, `gradient_norm` ‖∂E/∂w‖ over them. row: from 0.
    Raises ChainstepError for a quantity that there is none of, TypeError for such a field; what
    does not fit the net has no values.

    >>> import chainstep
    >>> run = chainstep.Run(chainstep.load("mazur.chainstep"))
    >>> delta = chainstep.Watch(quantity="delta", unit="h1")
    >>> run.set_watches([delta])
    >>> run.train(epochs=2)
    2
    >>> [(epoch, round(value, 6)) for epoch, value in run.recorder.series[delta].points()]
    [(0, 0.008771), (1, 0.00752), (2, 0.006211)]
    """

    quantity: Quantity
    unit: str = ""
    connection: tuple[str, str] | None = None
    row: int = 0

    def __post_init__(self) -> None:
        known = get_args(Quantity)
        if self.quantity not in known:
            listed = ", ".join(known)
            raise ChainstepError(f"{self.quantity!r} cannot be watched; there are {listed}.")

    def fits(self, network: Network) -> bool:
        """Whether the unit or connection it is about is in the net and has such a number."""
        if self.quantity in OF_CONNECTIONS:
            return self.connection in network.by_ends
        if self.quantity in OF_THE_NET:
            return True
        unit = network.by_id.get(self.unit)
        if unit is None or (unit.is_input and self.quantity not in ("z", "mean_z")):
            return False
        if self.quantity == "h_prime" and unit.activation in GROUP_ACTIVATIONS:
            return False  # a softmax has no slope of its own
        return self.quantity != "bias" or unit.bias is not None


def read(item: Mapping[str, Any]) -> Watch | None:
    """Return the watch that an object of the document stands for, None for an unknown one."""
    try:
        found = msgspec.convert(dict(item), Watch)
    except msgspec.ValidationError:
        return None
    return found if found.row >= 0 else None


def read_all(items: Iterable[Mapping[str, Any]]) -> tuple[Watch, ...]:
    """Return the watches of a document that this version knows, each once."""
    found = (read(item) for item in items)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def written(watch: Watch) -> dict[str, Any]:
    """Return a watch as an object of the document."""
    item: dict[str, Any] = {"quantity": watch.quantity}
    if watch.unit:
        item["unit"] = watch.unit
    if watch.connection is not None:
        item["connection"] = list(watch.connection)
    if watch.row:
        item["row"] = watch.row
    return item


def words(watch: Watch) -> str:
    """Return what is watched, such as "δ of h1, example 2"."""
    if watch.quantity == "gradient_norm":
        return "‖∂E/∂w‖"
    if watch.quantity in OF_CONNECTIONS:
        letter = "w" if watch.quantity == "weight" else "∂E/∂w"
        return f"{letter} of " + " → ".join(watch.connection or ("?", "?"))
    if watch.quantity == "bias":
        return f"b of {watch.unit}"
    if watch.quantity in ("mean_z", "mean_delta"):
        return f"mean {'z' if watch.quantity == 'mean_z' else '|δ|'} of {watch.unit}"
    letter = {"delta": "δ", "h_prime": "h′(a)"}.get(watch.quantity, watch.quantity)
    return f"{letter} of {watch.unit}, example {watch.row + 1}"
