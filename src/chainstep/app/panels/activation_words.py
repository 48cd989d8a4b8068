"""The activations as a person chooses them: in groups, each with its formula.

What they compute is in `engine.activations`; drawing a formula is in `formula_widget`.
"""

from __future__ import annotations

from typing import Final

from chainstep.app.panels.choice import Option
from chainstep.stepping.formula import Node, Part, Sqrt, Sub, apply, frac, paren, row, sup

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

_AND_BELOW: Final = ("for", "a", ">", "0", ",", "else")


def options() -> list[Option | str]:
    """Return the choices with a heading above each group."""
    found: list[Option | str] = []
    for title, names in GROUPS.items():
        found.append(title)
        found += [Option(name, name.replace("_", " ")) for name in names]
    return found


def formula(name: str) -> Node:
    """Return h(a) = … of an activation."""
    return row(apply("h", "a"), "=", *_body(name))


def _body(name: str) -> tuple[Part, ...]:
    return _PLAIN[name]


def _exp(*power: Part) -> Node:
    return sup("e", *power)


def _below(*rest: Part) -> tuple[Part, ...]:
    return ("a", *_words("  if a > 0,  else  "), *rest)


def _words(text: str) -> tuple[Part, ...]:
    return (text,)


_SIGMA: Final = apply("σ", "a")
_PLUS: Final = row("ln", paren("1", "+", _exp("a")))
_HELD: Final = " held in [0, 1]"
_PLAIN: Final[dict[str, tuple[Part, ...]]] = {
    "identity": ("a",),
    "logistic": (frac("1", row("1", "+", _exp("-", "a"))),),
    "tanh": ("tanh", "a"),
    "softsign": (frac("a", row("1", "+", paren("a", kind="||"))),),
    "gaussian": (_exp("-", sup("a", "2")),),
    "sine": ("sin", "a"),
    "relu": ("max", paren("0", ",", "a")),
    "leaky_relu": _below("α", "a"),
    "elu": _below("α", paren(_exp("a"), "-", "1")),
    "selu": ("1.0507", "·", row(*_below("1.6733", paren(_exp("a"), "-", "1")))),
    "celu": _below("α", paren(_exp("a", "/", "α"), "-", "1")),
    "softplus": (_PLUS,),
    "gelu": ("a", apply("Φ", "a")),
    "gelu_tanh": (
        frac("a", "2"),
        paren(
            "1",
            "+",
            "tanh",
            paren(Sqrt(frac("2", "π")), paren("a", "+", "0.044715", sup("a", "3"))),
        ),
    ),
    "silu": ("a", _SIGMA),
    "mish": ("a", "tanh", paren(_PLUS)),
    "hard_swish": ("a", "·", paren(frac("a", "6"), "+", "½", _HELD)),
    "hard_sigmoid": ("α", "a", "+", "β", ",", _HELD),
    "clip": ("a", ",", " held in [low, high]"),
    "step": ("1", " if ", "a", ">", "0", ",", " else ", "0"),
    "exp": (_exp("a"),),
    "power": (sup("a", "p"),),
    "reciprocal": (frac("1", "a"),),
    "softmax": (_exp("a"), "/", row("Σ", Sub(_exp("a"), row("k")))),
    "log_softmax": ("a", "-", "ln", "Σ"),
}
