"""The formula tree and its three renderings as text."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.stepping.formula.builder import (
    added,
    apply,
    as_node,
    choice,
    factor,
    frac,
    num,
    of_unit,
    paren,
    partial,
    product,
    row,
    sub,
    sum_over,
    sup,
)
from chainstep.stepping.formula.latex import latex
from chainstep.stepping.formula.nodes import (
    Atom,
    BigSum,
    Frac,
    Hat,
    Node,
    Num,
    Op,
    Paren,
    Row,
    Space,
    Sqrt,
    Sub,
    SubSup,
    Sup,
    Sym,
    Word,
    classified,
)
from chainstep.stepping.formula.text import aloud, plain, speech

A_H1 = of_unit("a", "h1")
WHY_A_SUM = row(
    partial("E", A_H1),
    "=",
    sum_over("k", product(partial("E", sub("a", "k")), partial(sub("a", "k"), A_H1))),
)
HALF_SQUARES = row("E", "=", "½", sum_over("k", sup(paren(sub("z", "k"), "−", sub("t", "k")), "2")))
HOSTILE = [
    r"}\end{document}",
    r"\input{/etc/passwd}",
    "<b>x</b>",
    "{{{",
    "100 % $x^2$ #1 a_b & ~",
    "a\n\nb\tc\0d",
    "--''``?`!`",
    "abc\u202edef",
    "汉字 ∂ α ₁ ²",
    "",
]


def test_the_chain_rule_reads_on_one_line() -> None:
    assert plain(WHY_A_SUM) == "∂E/∂a_h1 = Σ_k ∂E/∂a_k · ∂a_k/∂a_h1"


def test_the_chain_rule_is_spoken_in_plain_english() -> None:
    assert speech(WHY_A_SUM) == (
        "d E by d a h1 equals the sum over k of d E by d a k times d a k by d a h1"
    )


def test_the_chain_rule_in_latex_needs_amsmath_alone() -> None:
    assert latex(WHY_A_SUM) == (
        r"\frac{\partial E}{\partial a_{\mathrm{h1}}} = \sum_{k} "
        r"\frac{\partial E}{\partial a_{k}} \cdot \frac{\partial a_{k}}{\partial a_{\mathrm{h1}}}"
    )


def test_half_the_squares_in_all_three() -> None:
    assert plain(HALF_SQUARES) == "E = ½ Σ_k (z_k − t_k)²"
    assert latex(HALF_SQUARES) == (r"E = \tfrac{1}{2} \sum_{k} \left( z_{k} - t_{k} \right)^{2}")
    assert speech(HALF_SQUARES) == (
        "E equals one half the sum over k of open bracket z k minus t k close bracket squared"
    )


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (apply("h′", sub("a", "j")), "h′(a_j)"),
        (row("w", "←", "w", "−", "η", partial("E", "w")), "w ← w − η ∂E/∂w"),
        (row(sub("w", "j", "i"), sub("z", "i")), "w_ji z_i"),
        (row("E", "=", "−", sum_over("k", sub("t", "k"), "ln", sub("p", "k"))),
         "E = −Σ_k t_k ln p_k"),
        (frac(row("a", "+", "b"), row("c", "−", "d")), "(a + b)/(c − d)"),
        (row("k", "∈", paren("1", ",", "2", kind="{}")), "k ∈ {1, 2}"),
        (sum_over("i", "x", over="n", symbol="Π"), "Π_i^n x"),
        (sup("x", "−", "1"), "x⁻¹"),
        (SubSup(Sym("w"), row("j", "i"), Sym("τ")), "w_ji^τ"),
        (frac(Hat(Sym("m")), row(Sqrt(Sym("v")), "+", "ε")), "m\u0302/(√v + ε)"),
    ],
)  # fmt: skip
def test_one_line_has_the_spaces_and_brackets_a_reader_needs(node: Node, text: str) -> None:
    assert plain(node) == text


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (apply("h′", sub("a", "j")), "h prime of a j"),
        (num(-0.0381), "minus 0.0381"),
        (num(4.386e-9), "4.386 times 10 to the power minus 9"),
        (row("w", "←", "w"), "w becomes w"),
        (choice("k", ["o1", "o2"]), "k in o1, o2"),
        (frac("a", "b"), "a over b"),
        (frac(row("a", "+", "b"), "c"), "the fraction a plus b over c, end of fraction"),
        (sum_over(row("i", "=", "1"), "x", over="n"), "the sum from i equals 1 to n of x"),
        (paren("x", kind="||"), "the absolute value of x"),
    ],
)
def test_words_follow_how_one_reads_aloud(node: Node, words: str) -> None:
    assert speech(node) == words


def test_a_string_becomes_what_it_looks_like() -> None:
    kinds = {text: as_node(text) for text in ("=", "-", "0.5", "½", "a", "∂", "h′", "ln", "loss")}
    assert kinds["="] == Op("=")
    assert kinds["-"] == Op("−")
    assert kinds["0.5"] == Num("0.5")
    assert kinds["½"] == Num("½")
    assert kinds["a"] == Sym("a")
    assert kinds["∂"] == Sym("∂")
    assert kinds["h′"] == Sym("h′")
    assert kinds["ln"] == Word("ln", function=True)
    assert kinds["loss"] == Word("loss")


def test_a_units_name_is_upright_text_whatever_it_looks_like() -> None:
    for name in ("k", "=", "0.5", "∂"):
        assert of_unit("a", name).sub == Word(name)


def test_a_negative_factor_stands_in_brackets() -> None:
    assert plain(product(factor(0.1385), factor(-0.5), sign="×")) == "0.1385 × (−0.5000)"


def test_a_running_sum_keeps_each_terms_tag_and_turns_its_sign_into_an_operation() -> None:
    total = added([0.0134, -0.0046], ["term:o1", "term:o2"])
    assert plain(total) == "0.0134 − 0.0046"
    assert [child.tag for child in total.children] == ["term:o1", None, "term:o2"]


def test_a_long_choice_of_units_is_folded_to_its_ends() -> None:
    names = [f"o{i}" for i in range(1, 31)]
    assert plain(choice("k", names)) == "k ∈ {o1, o2, o3, …, o30}"
    assert plain(choice("k", names[:4])) == "k ∈ {o1, o2, o3, o4}"


def test_a_leading_minus_is_a_sign_and_a_minus_between_is_an_operation() -> None:
    atoms = [atom for _, atom in classified(row("−", "a", "−", "b", "=", "−", "c"))]
    assert [atoms[0], atoms[2], atoms[5]] == [Atom.ORDINARY, Atom.BINARY, Atom.ORDINARY]


def test_a_minus_after_a_sum_is_an_operation() -> None:
    assert plain(row(sum_over("k", "x"), "−", "y")) == "Σ_k x − y"


def test_nodes_are_values_that_cannot_be_changed() -> None:
    assert partial("E", A_H1) == partial("E", of_unit("a", "h1"))
    assert hash(WHY_A_SUM) == hash(row(*WHY_A_SUM.children))
    with pytest.raises(AttributeError):
        A_H1.tag = "term:h1"  # type: ignore[misc]


def braces_balance(code: str) -> bool:
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", code):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name_in_latex(name: str) -> None:
    code = latex(row(of_unit("a", name), "+", "b"))
    inside = code.removeprefix("a_{").removesuffix("} + b")
    assert re.match(r"\\(text|mathrm)\{", inside)
    assert braces_balance(code)
    assert r"\end" not in code
    assert r"\input" not in code
    assert "\n" not in code


def test_an_underscore_in_a_name_is_escaped() -> None:
    assert latex(of_unit("a", "h_1")) == r"a_{\mathrm{h\_1}}"


NAMES = st.one_of(st.text(max_size=12), st.sampled_from(HOSTILE))
LEAVES = st.one_of(
    st.builds(Num, st.floats().map(lambda value: num(value).text)),
    st.builds(Sym, NAMES),
    st.builds(Word, NAMES, st.booleans()),
    st.sampled_from("=+−·,…∈").map(Op),
    st.builds(Space),
)


def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Row, st.lists(inner, max_size=4).map(tuple)),
        st.builds(Frac, inner, inner),
        st.builds(Sub, inner, inner),
        st.builds(Sup, inner, inner),
        st.builds(SubSup, inner, inner, inner),
        st.builds(BigSum, inner, st.none() | inner, st.none() | inner),
        st.builds(Paren, inner, st.sampled_from(["()", "[]", "{}", "||"])),
        st.builds(Sqrt, inner),
        st.builds(Hat, inner),
    )


FORMULAS = st.recursive(LEAVES, grow, max_leaves=12)


@given(FORMULAS)
def test_latex_braces_balance_in_every_formula(node: Node) -> None:
    assert braces_balance(latex(node))


@given(FORMULAS)
def test_every_formula_has_one_line_of_text_without_hidden_controls(node: Node) -> None:
    for text in (plain(node), speech(node)):
        assert not [letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf")]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("∂E/∂z of i2 is −0.0047.", "d E by d z of i2 is minus 0.0047."),
        ("∂E/∂z · h′(a) = +1", "d E by d z times h prime of a equals plus 1"),
        ("δ of h1 is 4.2×10⁻⁷", "delta of h1 is 4.2 times 10 to the power minus 7"),
        ("η = 0.5; 2 × (−3)", "eta equals 0.5; 2 times (minus 3)"),
    ],
)  # fmt: skip
def test_a_sentence_is_read_out_without_signs(written: str, said: str) -> None:
    assert aloud(written) == said
