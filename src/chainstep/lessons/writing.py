"""A derivation written out: plain text, Markdown, LaTeX or a page of HTML.

LaTeX needs amsmath and nothing else; Markdown carries LaTeX between dollar signs; the page is one
file with MathML, without scripts or anything fetched. What is written is decided in `derivation`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Final

from chainstep.lessons.derivation import Derivation
from chainstep.lessons.worked import Item
from chainstep.stepping.formula.builder import row
from chainstep.stepping.formula.latex import latex
from chainstep.stepping.formula.latex import text_of as latex_text
from chainstep.stepping.formula.mathml import inner
from chainstep.stepping.formula.nodes import Node, Op, members, printable
from chainstep.stepping.formula.text import plain

_MARKED: Final = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|$~&^])")
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 Inter, system-ui, sans-serif; max-width: 52em; margin: 2em auto;
  padding: 0 1em; color: #1a1e23; background: #fff; }}
h2 {{ margin-top: 2em; border-bottom: 1px solid #dfe3e8; }}
h3 {{ margin-bottom: 0.2em; font-size: 1em; }}
p {{ margin: 0.2em 0; color: #5a6470; }}
math {{ font-size: 1.1em; }}
div.f {{ overflow: auto hidden; margin: 0.4em 0 0.8em 1.5em; padding: 0.2em 0; }}
div.f math {{ vertical-align: top; }}
figure.net {{ margin: 1em 0; padding: 8px; background: #fff; border-radius: 8px; }}
figure.net svg {{ display: block; max-width: 100%; max-height: 24em; margin: 0 auto; }}
section + section {{ margin-top: 4em; }}
@media print {{ section + section {{ break-before: page; }} }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e8ebef; background: #14171b; }}
  p {{ color: #9aa4b0; }}
  h2 {{ border-color: #2e343c; }}
}}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def as_text(*derivations: Derivation) -> str:
    """Return plain text, one derivation after the other."""
    return "\n\n".join("\n".join(_text_lines(d)).rstrip() + "\n" for d in derivations)


def as_markdown(*derivations: Derivation) -> str:
    """Return Markdown with LaTeX between double dollar signs."""
    return "\n---\n\n".join(map(_markdown, derivations))


def _markdown(derivation: Derivation) -> str:
    lines = [f"# {marked(derivation.title)}", ""]
    for note in derivation.notes:
        lines += [marked(note), ""]
    for title, items in derivation.sections():
        lines += [f"## {title}", ""]
        for item in items:
            lines += [f"### {marked(item.title)}", ""] if item.title else []
            lines += [marked(item.sentence), ""] if item.sentence else []
            lines += ["$$", _aligned(item), "$$", ""]
    return "\n".join(lines).rstrip() + "\n"


def as_latex(*derivations: Derivation) -> str:
    """Return a LaTeX document that pdflatex sets with amsmath alone; each begins a page."""
    return latex_document("\n\\newpage\n".join("\n".join(_latex_body(d)) for d in derivations))


def latex_document(body: str) -> str:
    """Return a whole LaTeX document around a body."""
    return (
        "\\documentclass{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage{amsmath}\n"
        "\\allowdisplaybreaks\n\\begin{document}\n"
        f"{body}\n\\end{{document}}\n"
    )


def as_html(*derivations: Derivation) -> str:
    """Return one page of HTML with MathML that needs nothing else; printed, each begins a page."""
    return html_page(derivations[0].title, "\n".join(map(_html_section, derivations)))


def _html_section(derivation: Derivation) -> str:
    parts = ["<section>", f"<h1>{_escaped(derivation.title)}</h1>"]
    parts += [f"<p>{_escaped(note)}</p>" for note in derivation.notes]
    if derivation.picture:
        parts.append(f'<figure class="net">{derivation.picture}</figure>')
    for title, items in derivation.sections():
        parts.append(f"<h2>{_escaped(title)}</h2>")
        parts += [_html_item(item) for item in items]
    return "\n".join((*parts, "</section>"))


def html_page(title: str, body: str) -> str:
    """Return a whole page around a body of HTML. title: plain text."""
    return _PAGE.format(title=_escaped(title), body=body)


#: The formats by name, as `chainstep trace --format` calls them.
WRITERS: Final[Mapping[str, Callable[..., str]]] = {
    "text": as_text,
    "markdown": as_markdown,
    "latex": as_latex,
    "html": as_html,
}


def marked(text: str) -> str:
    """Return plain text for Markdown, in which nothing of it is markup."""
    return _MARKED.sub(r"\\\1", printable(text))


def _text_lines(derivation: Derivation) -> Iterator[str]:
    yield derivation.title
    yield "=" * len(derivation.title)
    yield from derivation.notes
    for title, items in derivation.sections():
        yield ""
        yield title
        yield "-" * len(title)
        for item in items:
            if item.title:
                yield ""
                yield printable(item.title)
            if item.sentence:
                yield f"  {printable(item.sentence)}"
            yield from (f"    {line}" for line in text_lines(item))


def text_lines(item: Item) -> Iterator[str]:
    """Yield an item's formula and numbers in lines of text."""
    if item.symbols is not None:
        yield plain(item.symbols)
    left = plain(item.left)
    for place, node in enumerate(item.worked):
        lead = left if place == 0 else " " * len(left)
        yield f"{lead} {plain(_led(node, place))}"


def _led(node: Node, place: int) -> Node:
    """Return a line with the = sign that the first one leaves out."""
    return node if place or _begins_with(node, "=") else row("=", node)


def _begins_with(node: Node, symbol: str) -> bool:
    first = next(members(node), None)
    return isinstance(first, Op) and first.symbol == symbol


def _without_equals(node: Node) -> Node:
    return row(*list(members(node))[1:]) if _begins_with(node, "=") else node


def _latex_body(derivation: Derivation) -> Iterator[str]:
    yield f"\\section*{{{latex_text(derivation.title)}}}"
    for note in derivation.notes:
        yield f"{latex_text(note)}\n"
    for title, items in derivation.sections():
        yield f"\\subsection*{{{latex_text(title)}}}"
        for item in items:
            if item.title:
                yield f"\\paragraph{{{latex_text(item.title)}}} {latex_text(item.sentence)}"
            yield f"\\begin{{align*}}\n{_rows(item)}\n\\end{{align*}}"


def _aligned(item: Item) -> str:
    return f"\\begin{{aligned}}\n{_rows(item)}\n\\end{{aligned}}"


def _rows(item: Item) -> str:
    """Return the lines of an item for an alignment of amsmath, aligned at the = signs."""
    rows = []
    if item.symbols is not None:
        right = list(members(item.symbols))
        after = right.index(Op("=")) + 1
        rows.append(f"{latex(item.left)} &= {latex(row(*right[after:]))}")
    for node in item.worked:
        plus = _begins_with(node, "+")
        lead = latex(item.left) if not rows else ""
        sign = r"&\quad " if plus else "&= "
        rows.append(f"{lead} {sign}{latex(_without_equals(node))}".strip())
    return " \\\\\n".join(rows)


def _html_item(item: Item) -> str:
    parts = [f"<h3>{_escaped(item.title)}</h3>"] if item.title else []
    parts += [f"<p>{_escaped(item.sentence)}</p>"] if item.sentence else []
    table = "".join(_html_rows(item))
    parts.append(
        '<div class="f"><math xmlns="http://www.w3.org/1998/Math/MathML">'
        f'<mtable displaystyle="true">{table}</mtable></math></div>'
    )
    return "\n".join(parts)


def _html_rows(item: Item) -> Iterator[str]:
    """Yield the lines of an item, aligned at the = signs."""
    left: str = inner(item.left)
    if item.symbols is not None:
        right = list(members(item.symbols))
        yield _html_row(left, "=", row(*right[right.index(Op("=")) + 1 :]))
    for place, node in enumerate(item.worked):
        plus = _begins_with(node, "+")
        rest = row(*list(members(node))[1:]) if plus else _without_equals(node)
        first = place == 0 and item.symbols is None
        yield _html_row(left if first else "", "+" if plus else "=", rest)


def _html_row(left: str, sign: str, right: Node) -> str:
    """Return a line; the sign keeps its spaces although its cell begins with it."""
    indent = "2em" if sign == "+" else "0.15em"
    sides = f' style="text-align:left;padding:0.15em 0.15em 0.15em {indent}"'
    end = ' style="text-align:right;padding:0.15em"'
    cell = f'<mo form="infix">{sign}</mo>{inner(right)}'
    return f"<mtr><mtd{end}>{left}</mtd><mtd{sides}>{cell}</mtd></mtr>"


def _escaped(text: str) -> str:
    return escape(printable(text), quote=True)
