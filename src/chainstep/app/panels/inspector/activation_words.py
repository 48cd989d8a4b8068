"""The activations as a person chooses them: in groups, each with its formula.

What they compute is in `engine.activations`; drawing a formula is in `formulas.formula_widget`.
"""

from __future__ import annotations

from typing import Final

from chainstep.app.panels.choice import Option
from chainstep.network.model import GROUP_ACTIVATIONS
from chainstep.stepping.formula.builder import Part, apply, frac, paren, row, sub, sum_over, sup
from chainstep.stepping.formula.nodes import Node, Space, Sqrt

GROUPS: Final = {
    "Smooth and bounded": ("logistic", "tanh", "softsign", "gaussian", "sine"),
    "Rectifiers": ("relu", "leaky_relu", "elu", "selu", "celu", "softplus"),
    "Gated": ("gelu", "gelu_tanh", "silu", "mish", "hard_swish"),
    "Straight pieces": ("identity", "hard_sigmoid", "clip", "step"),
    "Arithmetic": ("exp", "power", "reciprocal"),
    "All outputs together": ("softmax", "log_softmax"),
}
PARAMS: Final = {"alpha": "α", "beta": "β", "exponent": "exponent p", "low": "low", "high": "high"}
PARAM_TIPS: Final = {
    "alpha": "A slope or a scale of this activation; its place is in the formula.",
    "beta": "What is added before the value is held between 0 and 1.",
    "exponent": "The power that a is raised to.",
    "low": "No output is below this.",
    "high": "No output is above this.",
}
NO_DERIVATIVE: Final = "A step has no derivative, so no error can be carried back through it."
ONLY_OUTPUTS: Final = "This couples all outputs with one another; only outputs can have it."


def options() -> list[Option | str]:
    """Return the choices with a heading above each group."""
    found: list[Option | str] = []
    for title, names in GROUPS.items():
        found.append(title)
        found += [Option(name, name.replace("_", " ")) for name in names]
    return found


def formula(name: str) -> Node:
    """Return h(a) = … of an activation."""
    head = apply("h", "a") if name not in GROUP_ACTIVATIONS else apply("h", sub("a", "j"))
    return row(head, "=", *_BODIES[name])


def _exp(*power: Part) -> Node:
    return sup("e", *power)


def _else(*rest: Part) -> tuple[Part, ...]:
    return ("a", *_IF, ">", "0", ",", Space(0.5), "else", Space(0.3), *rest)


_IF: Final[tuple[Part, ...]] = (Space(0.5), "if", Space(0.3), "a")
_HELD: Final[tuple[Part, ...]] = (Space(0.5), "held in", Space(0.3))
_UNIT_RANGE: Final = paren("0", ",", "1", kind="[]")
_PLUS: Final = row("ln", paren("1", "+", _exp("a")))
_GROUP: Final = sum_over("k", _exp(sub("a", "k")))
_INNER: Final = paren("a", "+", "0.044715", sup("a", "3"))
_BODIES: Final[dict[str, tuple[Part, ...]]] = {
    "identity": ("a",),
    "logistic": (frac("1", row("1", "+", _exp("-", "a"))),),
    "tanh": ("tanh", "a"),
    "softsign": (frac("a", row("1", "+", paren("a", kind="||"))),),
    "gaussian": (_exp("-", sup("a", "2")),),
    "sine": ("sin", "a"),
    "relu": ("max", paren("0", ",", "a")),
    "leaky_relu": _else("α", "a"),
    "elu": _else("α", paren(_exp("a"), "-", "1")),
    "selu": ("1.0507", paren(*_else("1.6733", paren(_exp("a"), "-", "1")))),
    "celu": _else("α", paren(_exp("a", "/", "α"), "-", "1")),
    "softplus": (_PLUS,),
    "gelu": ("a", apply("Φ", "a")),
    "gelu_tanh": (frac("a", "2"), paren("1", "+", "tanh", paren(Sqrt(frac("2", "π")), _INNER))),
    "silu": ("a", apply("σ", "a")),
    "mish": ("a", "tanh", paren(_PLUS)),
    "hard_swish": ("a", "·", paren(frac("a", "6"), "+", "½", *_HELD, _UNIT_RANGE)),
    "hard_sigmoid": ("α", "a", "+", "β", ",", *_HELD, _UNIT_RANGE),
    "clip": ("a", ",", *_HELD, paren("low", ",", "high", kind="[]")),
    "step": ("1", *_IF, ">", "0", ",", Space(0.5), "else", Space(0.3), "0"),
    "exp": (_exp("a"),),
    "power": (sup("a", "p"),),
    "reciprocal": (frac("1", "a"),),
    "softmax": (frac(_exp(sub("a", "j")), _GROUP),),
    "log_softmax": (sub("a", "j"), "-", "ln", _GROUP),
}
