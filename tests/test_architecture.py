"""The rules of the house, as tests. The room rule itself is written in `pyproject.toml`.

What needs the window (no key bound twice, a closed window is collected) is in `app/`.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import chainstep

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
QT = ("PySide6", "shiboken6", "pyqtgraph")
#: Formats' libraries, imported inside the function that needs them.
HEAVY = ("onnx", "torch", "safetensors")
LONGEST_FILE = 400


def python_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def modules_outside_app() -> list[str]:
    """Every module one can import without a display, by its dotted name."""
    files = [file.relative_to(SOURCE).with_suffix("") for file in python_files("src")]
    named = [file.parent if file.name == "__init__" else file for file in files]
    outside = [file for file in named if "app" not in file.parts and file.name != "__main__"]
    return sorted(".".join(file.parts) for file in outside)


def in_fresh_python(code: str, *arguments: str) -> str:
    """Run code in an interpreter of its own and return what it printed."""
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that are loaded after running code in a fresh Python."""
    ending = "\nimport json, sys; print(json.dumps([m.split('.')[0] for m in sys.modules]))"
    return set(json.loads(in_fresh_python(code + ending)))


# --- rooms ---------------------------------------------------------------------------------------


def test_a_room_uses_only_the_rooms_below_it() -> None:
    code = "from importlinter.cli import lint_imports_command as lint; lint()"
    command = [sys.executable, "-c", code, "--no-logo", "--no-cache"]
    env = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"}
    result = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_room_but_app_imports_without_qt() -> None:
    code = """
import importlib, sys
blocked, modules = (set(names.split()) for names in sys.argv[1:])
for name in blocked:
    sys.modules[name] = None  # importing it raises ImportError
for module in sorted(modules):
    importlib.import_module(module)
"""
    modules = modules_outside_app()
    assert {"chainstep", "chainstep.errors", "chainstep.network.model"} <= set(modules)
    in_fresh_python(code, " ".join((*QT, *HEAVY)), " ".join(modules))


@pytest.mark.parametrize("room", ["chainstep.project", "chainstep.network", "chainstep.errors"])
def test_a_room_of_plain_values_loads_no_numpy(room: str) -> None:
    inside = [name for name in modules_outside_app() if f"{name}.".startswith(f"{room}.")]
    assert inside
    loaded = modules_after("\n".join(f"import {name}" for name in inside))
    assert "numpy" not in loaded


def test_importing_chainstep_loads_neither_numpy_nor_qt() -> None:
    loaded = modules_after("import chainstep")
    assert not loaded & {"numpy", "msgspec", *QT}


def test_every_public_name_comes_from_its_room_without_qt() -> None:
    code = "import chainstep\nfor name in chainstep.__all__: getattr(chainstep, name)"
    assert not modules_after(code) & set(QT)


def test_a_name_that_is_not_public_is_refused_by_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        chainstep.nonsense  # noqa: B018


def test_the_version_is_the_same_in_the_package_and_in_its_metadata() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert chainstep.__version__ == project["version"]


# --- Qt ------------------------------------------------------------------------------------------


def test_a_thousand_qt_calls_keep_every_reference_to_none() -> None:
    """PySide6 6.12 on Python 3.11 loses one on each call and aborts after some 5,000."""
    code = """
import sys
from PySide6.QtCore import QPoint
point = QPoint()
before = sys.getrefcount(None)
for x in range(1000):
    point.setX(x)
print(sys.getrefcount(None) - before)
"""
    assert int(in_fresh_python(code)) > -50


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Every method call, with the text of its object and the name of its method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, ast.unparse(node.func.value), node.func.attr


def foreign_slots(tree: ast.AST) -> list[int]:
    """Lines that connect a signal to a lambda or a partial, which keep a widget for ever."""
    return [
        call.lineno
        for call, _, method in calls(tree)
        if method == "connect" and call.args and holds_its_widget(call.args[0])
    ]


def holds_its_widget(slot: ast.expr) -> bool:
    if isinstance(slot, ast.Call):
        return ast.unparse(slot.func).split(".")[-1] == "partial"
    return isinstance(slot, ast.Lambda)


def cleared_scenes(tree: ast.AST) -> list[int]:
    """Lines that clear a whole scene, which deletes items under their Python wrappers."""
    return [
        call.lineno
        for call, target, method in calls(tree)
        if method == "clear" and target.removesuffix("()").lower().endswith("scene")
    ]


def test_the_search_for_bad_slots_and_cleared_scenes_finds_them() -> None:
    bad = ast.parse(
        "b.clicked.connect(lambda: 1)\n"
        "b.clicked.connect(functools.partial(f, 1))\n"
        "b.clicked.connect(self.f)\n"
        "self.scene().clear()\n"
        "self._scene.clear()\n"
        "self._rows.clear()\n"
    )
    assert foreign_slots(bad) == [1, 2]
    assert cleared_scenes(bad) == [4, 5]


@pytest.mark.parametrize("search", [foreign_slots, cleared_scenes])
def test_no_slot_keeps_a_widget_alive_and_no_scene_is_cleared(search: object) -> None:
    assert callable(search)
    found = {
        f"{file.relative_to(ROOT)}:{line}"
        for file in python_files("src")
        for line in search(ast.parse(file.read_text("utf-8")))
    }
    assert not found


# --- text ----------------------------------------------------------------------------------------


def test_no_file_is_longer_than_400_lines() -> None:
    files = [ROOT / "dev.py", *python_files("src", "tests", "benchmarks")]
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text("utf-8").split("\n")) - 1 for file in files
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def modules() -> dict[str, Path]:
    """Every module and package of the source by its dotted name within `chainstep`."""
    top = SOURCE / "chainstep"
    files = python_files("src/chainstep")
    folders = {file.parent: file for file in files if file.name == "__init__.py"}
    named = {file.with_suffix(""): file for file in files} | folders
    return {".".join(place.relative_to(top).parts): file for place, file in named.items()}


def is_there(name: str, known: dict[str, Path]) -> bool:
    """Whether a dotted name ends like that of a module, or of a module and a word in its text."""
    head, _, last = name.rpartition(".")
    if any(f".{each}".endswith(f".{name}") for each in known):
        return True
    homes = [file for each, file in known.items() if head and f".{each}".endswith(f".{head}")]
    return any(re.search(rf"\b{last}\b", file.read_text("utf-8")) for file in homes)


def test_a_text_points_only_to_places_that_are_there() -> None:
    known = modules()
    rooms = {name.split(".")[-1] for name, file in known.items() if file.name == "__init__.py"}
    pointers = re.compile(r"`(?:chainstep\.)?([a-z_]+(?:\.\w+)+)`")
    gone = {
        f"{name}: {found}"
        for name, file in known.items()
        for found in pointers.findall(file.read_text("utf-8"))
        if found.split(".")[0] in {*rooms, "app"} and not is_there(found, known)
    }
    assert not gone


def text_files() -> Iterable[Path]:
    """Every text of the project but this one, which has to name what it looks for."""
    for place in ("src", "resources", "tests", "benchmarks", ".ci", "docs"):
        yield from (file for file in (ROOT / place).rglob("*") if file.is_file())
    yield from (file for file in ROOT.iterdir() if file.is_file() and file.name != ".git")


@pytest.mark.parametrize(
    "pattern",
    [rb"(?<![\w.-])/(work|root|home)/", rb"pypi\.org|pythonhosted", rb"--(extra-)?index-url"],
)
def test_no_text_names_a_place_of_one_machine_or_a_registry(pattern: bytes) -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in text_files()
        if file != Path(__file__) and "__pycache__" not in file.parts
        if re.search(pattern, file.read_bytes())
    ]
    assert not found
