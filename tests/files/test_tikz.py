"""The net as TikZ source: every unit and connection in it, names as nothing but text."""

import shutil
import subprocess
from pathlib import Path

import pytest

from chainstep.files import save
from chainstep.files.examples import load_example, names
from tests.hand_nets import net, out, x

NASTY = ("<b>x</b>", 'a"b&c', "50% $x_1^2$ \\end{document}", "line\nbreak\x07")


def test_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    project = net(*(x(name) for name in NASTY), out("y"), wires="")
    for name in NASTY:
        project = project.connect(name, "y", 1.0)
    save(project, tmp_path / "net.tex")
    text = (tmp_path / "net.tex").read_text("utf-8")
    assert text.count("\\end{document}") == 1
    assert text.count("\\node[") == 5
    assert text.count("\\draw[") == 4


def test_an_empty_drawing_is_an_empty_picture(tmp_path: Path) -> None:
    save(net(wires=""), tmp_path / "net.tex")
    assert "\\node" not in (tmp_path / "net.tex").read_text("utf-8")


def has_tikz() -> bool:
    """Tell whether LaTeX is here with what the picture needs."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    files = ("standalone.cls", "tikz.sty")
    return all(subprocess.run(["kpsewhich", f], capture_output=True).returncode == 0 for f in files)


def test_names_are_symbols_where_they_are_and_stand_beside_a_disc_too_small(
    tmp_path: Path,
) -> None:
    project = net(x("x_1"), x("λ2"), x("sepal_length"), out("y"), wires="x_1>y:1 λ2>y:-1")
    save(project, tmp_path / "net.tex")
    text = (tmp_path / "net.tex").read_text("utf-8")
    assert "{$x_{1}$};" in text
    assert r"{$\lambda_{2}$};" in text
    assert r"label={[called]left:{sepal\_length}}" in text
    assert text.count(r"\draw[negative") == 1


def test_a_connection_bends_round_a_unit_in_its_way(tmp_path: Path) -> None:
    project = load_example("deep_chain").connect("i1", "h2", 1.0)
    save(project, tmp_path / "net.tex")
    assert (tmp_path / "net.tex").read_text("utf-8").count("bend left") == 1


@pytest.mark.long
@pytest.mark.skipif(not has_tikz(), reason="LaTeX with TikZ and standalone is not installed")
def test_latex_takes_every_example_and_every_name(tmp_path: Path) -> None:
    nasty = net(*(x(name) for name in (*NASTY, "δ", "é", "日本")), out("y"), wires="")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
    for project in (nasty, *map(load_example, names())):
        save(project, tmp_path / "net.tex")
        assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
