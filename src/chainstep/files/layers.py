"""A net seen as layers, where it is one: what exporters write as matrices instead of units.

Names for programs are here too. Order and levels themselves are in `network.order`.
"""

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from chainstep.network.model import GROUP_ACTIVATIONS, SUM, Network, Unit
from chainstep.network.order import levels


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """Units that all have the same sources and the same activation.

    weights: a row for each unit, a column for each source. biases: None for a layer without.
    """

    units: tuple[Unit, ...]
    sources: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...] | None

    @property
    def activation(self) -> str:
        """The activation that all its units have."""
        return self.units[0].activation


def layers(network: Network) -> tuple[Layer, ...] | None:
    """Return the layers of a plain layered net, inputs left out; None for any other net.

    Plain: each level fully connected to the next and to nothing else, inputs first, outputs last.
    """
    level = levels(network)
    rows: dict[int, list[Unit]] = {}
    for unit in network.units:
        rows.setdefault(level[unit.id], []).append(unit)
    if not network.inputs or not network.outputs or tuple(rows.get(0, ())) != network.inputs:
        return None
    if len(rows) < 2 or tuple(rows[len(rows) - 1]) != network.outputs:
        return None
    found = [_layer(network, rows[n - 1], rows[n]) for n in range(1, len(rows))]
    whole = [layer for layer in found if layer is not None]
    return tuple(whole) if len(whole) == len(found) else None


def _layer(network: Network, before: list[Unit], units: list[Unit]) -> Layer | None:
    sources = tuple(unit.id for unit in before)
    first = units[0]
    same = all(
        unit.combine == SUM
        and (unit.activation, unit.params) == (first.activation, first.params)
        and (unit.bias is None) == (first.bias is None)
        for unit in units
    )
    weights = []
    for unit in units:
        incoming = {c.source: c.weight for c in network.incoming[unit.id]}
        if not same or incoming.keys() != set(sources):
            return None
        weights.append(tuple(incoming[source] for source in sources))
    biases = tuple(u.bias for u in units if u.bias is not None)
    return Layer(
        units=tuple(units),
        sources=sources,
        weights=tuple(weights),
        biases=biases or None,
    )


def group_of(network: Network) -> str | None:
    """Return "softmax" or "log_softmax" where that couples the outputs, else None."""
    name = network.outputs[0].activation if network.outputs else ""
    return name if name in GROUP_ACTIVATIONS else None


# --- names --------------------------------------------------------------------------------------

_STRANGE: Final = re.compile(r"[^A-Za-z0-9_]+")
_TAKEN: Final = (
    "auto case catch char const debugger default delete do double enum export extends extern "
    "final float function goto implements inline int interface let long new null package print "
    "private protected public register restrict return short signed sizeof static super switch "
    "this throw typedef typeof union unsigned var void volatile yield eval arguments undefined "
    "NaN Infinity main Math math np torch nn exp log sin tanh pow erf erfc j0 j1 jn y0 y1 yn gamma "
    "step relu leaky_relu elu selu celu gelu gelu_tanh silu mish softplus softsign softmax clip "
    "log_softmax logistic gaussian reciprocal power identity sine hard_sigmoid hard_swish input "
    "output inputs outputs network predict a z x y row rows N X T ROWS ANSWERS INPUTS OUTPUTS "
    "check check loss NETWORK_H NETWORK_INPUTS NETWORK_OUTPUTS NETWORK_TEST fmax fmin fabs sqrt "
    "expm1 log1p cos max min sum zip len abs range float Unit Network process console started "
    # what a torch.nn.Module has already
    "training forward train parameters named_parameters state_dict load_state_dict apply children "
    "modules buffers cuda cpu to type half bfloat16 zero_grad requires_grad_ share_memory compile "
    "add_module register_buffer register_parameter register_module get_parameter get_buffer ipu "
    "named_children named_modules named_buffers extra_repr dump_patches call_super_init self"
)
#: Words of Python, C or JavaScript that cannot be the name of a variable, and names in use.
_WORDS: Final = frozenset({*keyword.kwlist, *map(str.lower, keyword.kwlist), *_TAKEN.split()})


def identifiers(names: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """Return for each name one that C, Python, JavaScript and ONNX accept, no two the same.

    h1 stays h1, σ-unit becomes unit, 2nd becomes _2nd. taken: names that are not given.
    """
    given: dict[str, str] = {}
    used = {*taken}
    for name in names:
        base = _plain(name)
        chosen, number = base, 2
        while chosen in used or chosen in _WORDS or chosen.lower() in used:
            chosen, number = f"{base}_{number}", number + 1
        used |= {chosen, chosen.lower()}
        given[name] = chosen
    return given


def _plain(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = _STRANGE.sub("_", ascii_only)[:60].strip("_") or "unit"
    return f"_{plain}" if plain[0].isdigit() else plain


def comment(text: str, longest: int = 80) -> str:
    """Return a user's text for a comment in any language: one line, nothing that could end it."""
    shown = "".join(c if c.isprintable() else "?" for c in text).replace("*/", "* /")
    shown = shown.replace("\\", "/").replace("</", "< /").replace('"', "'")
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
