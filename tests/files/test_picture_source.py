"""The net as TikZ and SVG source: well formed, every unit and connection in it."""

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chainstep.files import save
from chainstep.files.examples import load_example, names
from tests.hand_nets import net, out, x

SVG = "{http://www.w3.org/2000/svg}"
NASTY = ("<b>x</b>", 'a"b&c', "50% $x_1^2$ \\end{document}", "line\nbreak\x07")


def test_every_example_is_a_well_formed_svg_with_all_its_parts(tmp_path: Path) -> None:
    for name in names():
        network = load_example(name).network
        save(load_example(name), tmp_path / "net.svg")
        root = ElementTree.parse(tmp_path / "net.svg").getroot()
        assert len(root.findall(f"{SVG}g")) == len(network.units)
        assert len(root.findall(f"{SVG}line")) == len(network.connections)


def test_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    project = net(*(x(name) for name in NASTY), out("y"), wires="")
    for name in NASTY:
        project = project.connect(name, "y", 1.0)
    save(project, tmp_path / "net.svg")
    root = ElementTree.parse(tmp_path / "net.svg").getroot()
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert {"<b>x</b>", 'a"b&c'} <= set(titles)
    save(project, tmp_path / "net.tex")
    text = (tmp_path / "net.tex").read_text("utf-8")
    assert text.count("\\end{document}") == 1
    assert text.count("\\node[") == 5
    assert text.count("\\draw[") == 4


def test_an_empty_drawing_is_an_empty_picture(tmp_path: Path) -> None:
    for ending in (".svg", ".tex"):
        save(net(wires=""), tmp_path / f"net{ending}")
    assert ElementTree.parse(tmp_path / "net.svg").getroot().findall(f"{SVG}g") == []


def has_tikz() -> bool:
    """Tell whether LaTeX is here with what the picture needs."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    files = ("standalone.cls", "tikz.sty")
    return all(subprocess.run(["kpsewhich", f], capture_output=True).returncode == 0 for f in files)


@pytest.mark.long
@pytest.mark.skipif(not has_tikz(), reason="LaTeX with TikZ and standalone is not installed")
def test_latex_takes_the_picture(tmp_path: Path) -> None:
    save(load_example("xor"), tmp_path / "net.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "net.tex"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
