"""The bundled examples: which there are, in a learner's order, and what each says of itself.

The documents lie in `resources/examples` and are read like any other. They are made by
`tests/build_examples.py`; published numbers in them carry their source.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from chainstep import resources
from chainstep.errors import FileError
from chainstep.files import document
from chainstep.project import Project

#: The example a first launch opens.
FIRST: Final = "xor"

#: Headings with the names of the examples below them, in the order to meet them.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Start here": ("xor", "diamond", "and", "or", "xor_shortcut", "deep_chain"),
        "Learn from data": ("sine", "moons", "circles", "spiral", "iris", "wine", "digits"),
        "Worked by hand": (
            "hmkcode_2_2_1_linear",
            "iitgn_scalar_neuron",
            "mazur_2_2_2",
            "han_kamber_3_2_1",
            "macleod_2_2_1",
            "victorzhou_forward",
            "nielsen_single_neuron_1",
            "nielsen_single_neuron_2",
            "stackoverflow_xor_trace",
            "bishop_5_3_2_instance",
            "hinton_prml_skip_instance",
        ),
        "One gate at a time": (
            "cs231n_xyz",
            "colah_fanout",
            "cs231n_gate_patterns",
            "micrograd_lecture_L",
            "cs231n_sigmoid_neuron",
            "cs231n_sigmoid_gates",
            "karpathy_guide_neuron",
            "karpathy_guide_neuron_gates",
        ),
        "Nets from the literature": (
            "goodfellow_xor_relu",
            "pdp86_xor_threshold",
            "snns_xor_shortcut",
            "negnevitsky_xor_trained",
            "rhw86_symmetry",
        ),
    }
)


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """One number as the source prints it.

    key: what it is, such as `z:h1`, `dE_dw:w5`, `after:1:E`; `@1` selects the second example.
    exact: the full value. Both are the computed number times `scale` (-1 where the source has the
    opposite sign). rounding: True where the source's digits are not the exact value rounded.
    """

    key: str
    value: float
    decimals: int
    exact: float
    scale: float = 1.0
    rounding: bool = False
    note: str = ""


class ExampleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundled example says of itself; level: its heading in `GROUPS`."""

    title: str
    about: str
    level: str = ""
    source: str = ""
    source_status: str = ""
    notes: tuple[str, ...] = ()
    printed: tuple[Printed, ...] = ()


def names() -> tuple[str, ...]:
    """Return the name of every bundled example, in a learner's order; touches no file."""
    return tuple(name for group in GROUPS.values() for name in group)


def load_example(name: str) -> Project:
    """Return a bundled example. Raises FileError for a name that there is not."""
    if name not in names():
        raise FileError(
            f"There is no example called {name}: `chainstep examples` lists those there are."
        )
    place = resources.path("examples", f"{name}.chainstep")
    try:
        content = place.read_bytes()
    except OSError as error:
        raise FileError(
            f"The example {name} cannot be read ({error.strerror}): install Chainstep again."
        ) from error
    return document.loads(content, str(place))


def about(project: Project) -> ExampleInfo | None:
    """Return what a project says of itself as an example; None where it says nothing sound."""
    try:
        return msgspec.convert(project.extras.get("example"), ExampleInfo)
    except msgspec.ValidationError:
        return None
