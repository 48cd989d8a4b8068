"""The notations: a table of which letter stands for which quantity, and where it was read.

How a formula is written with them is in `notation`. A letter may carry an upright index after an
underscore ("E_total"). In "words" the letters are nouns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Letters:
    """What an author calls each quantity.

    a: weighted input; z: output; x: value of an input; t: target; w, b: weight, bias; error: E,
    error_n: E of one example; delta: ∂E/∂a, "" for an author who has no letter for it; h: the
    activation; rate: of learning. down: index of the units that a unit feeds, up: of those that
    feed it. source_first: w_ij from i to j, instead of w_ji. level: how the layer is written over
    a letter, "" for not at all; first_level: the number of the inputs' layer.
    """

    title: str
    source: str
    a: str
    z: str
    t: str
    error: str
    error_n: str
    delta: str
    h: str
    x: str = "x"
    w: str = "w"
    b: str = "b"
    rate: str = "η"
    down: str = "k"
    up: str = "i"
    source_first: bool = False
    level: str = ""
    first_level: int = 0
    words: bool = False


NOTATIONS: Final[Mapping[str, Letters]] = {
    "bishop": Letters(
        "Bishop", "Pattern Recognition and Machine Learning, 2006, section 5.3",
        a="a", z="z", t="t", error="E", error_n="E_n", delta="δ", h="h",
    ),
    "hinton": Letters(
        "Hinton", "Neural Networks for Machine Learning, 2012, lecture 3",
        a="z", z="y", t="t", error="E", error_n="E", delta="", h="f",
        rate="ε", down="j", up="i", source_first=True,
    ),
    "nielsen": Letters(
        "Nielsen", "Neural Networks and Deep Learning, 2015, chapter 2",
        a="z", z="a", t="y", error="C", error_n="C_x", delta="δ", h="σ",
        up="k", level="l", first_level=1,
    ),
    "ng": Letters(
        "Ng", "Deep Learning Specialization, 2017, course 1",
        a="z", z="a", t="y", error="L", error_n="L", delta="", h="g",
        rate="α", up="i", level="[l]",
    ),
    "goodfellow": Letters(
        "Goodfellow", "Deep Learning, 2016, section 6.5",
        a="a", z="h", t="y", error="J", error_n="L", delta="", h="f",
        w="W", rate="ε", down="j", up="i", level="(l)",
    ),
    "mazur": Letters(
        "Mazur", "A Step by Step Backpropagation Example, 2015",
        a="net", z="out", t="target", error="E_total", error_n="E_total", delta="δ", h="f",
        x="in", down="o",
    ),
    "words": Letters(
        "Words", "no letters but k and i",
        a="input", z="output", t="target", error="error", error_n="error", delta="slope",
        h="activation", x="value", w="weight", b="bias", rate="learning rate", words=True,
    ),
}  # fmt: skip
