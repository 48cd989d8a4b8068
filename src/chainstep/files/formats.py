"""The table of formats: by which ending a file is known, what reads it and what writes it.

A format's own module is imported when it is first used: the table itself costs nothing.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from chainstep.errors import FileError
from chainstep.files import document
from chainstep.files.bytes_in import read_bytes
from chainstep.files.document.text import LARGEST_FILE
from chainstep.files.imported import Imported
from chainstep.files.sizes import Limit
from chainstep.project import Project


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of file. extension: how its name ends, in small letters.

    read: from a path, up to a limit, with notes; write: to bytes; None for what cannot be done.
    write_float64: the same with all digits, where `write` has float32. beside: further files that
    belong to it.
    """

    extension: str
    name: str
    read: Callable[[Path, Limit], Imported] | None = None
    write: Callable[[Project], bytes] | None = None
    write_float64: Callable[[Project], bytes] | None = None
    beside: Callable[[Project, Path], dict[Path, bytes]] | None = None


def format_of(path: Path, verb: str = "read") -> Format:
    """Return the format of a file's name. verb: "read" or "write"; Raises FileError.

    The longest ending wins: `xor_torch.py` is a PyTorch module, `xor.py` a NumPy script.
    """
    able = [kind for kind in FORMATS if getattr(kind, verb) is not None]
    name = path.name.lower()
    for kind in sorted(able, key=lambda kind: -len(kind.extension)):
        if name.endswith(kind.extension) and path.suffix:
            return kind
    known = ", ".join(kind.extension for kind in able)
    given = f"{path.suffix} is not" if path.suffix else "a name without extension is not"
    raise FileError(f"{path.name}: {given} a format that Chainstep can {verb} (known are {known}).")


def _in(module: str, function: str) -> Callable[..., Any]:
    """Return a function of this room that imports its module when it is called."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(f"chainstep.files.{module}"), function)(*arguments)

    return call


def _read_document(path: Path, limit: Limit) -> Imported:
    return Imported(project=document.loads(read_bytes(path, LARGEST_FILE), path.name))


#: Every format, in the order in which they are listed.
FORMATS: Final[tuple[Format, ...]] = (
    Format(
        extension=".chainstep",
        name="Chainstep document",
        read=_read_document,
        write=document.dumps,
    ),
    Format(
        extension=".onnx",
        name="ONNX model",
        read=_in("onnx.reader", "read_onnx"),
        write=_in("onnx.writer", "write_onnx"),
        write_float64=_in("onnx.writer", "write_onnx_float64"),
    ),
    Format(
        extension=".safetensors",
        name="safetensors weights",
        read=_in("weights.net", "read_weights"),
        write=_in("weights.safetensors", "write_safetensors"),
        write_float64=_in("weights.safetensors", "write_safetensors_float64"),
    ),
    Format(
        extension=".npz",
        name="NumPy weights",
        read=_in("weights.net", "read_weights"),
        write=_in("weights.npz", "write_npz"),
    ),
    Format(
        extension=".pt",
        name="PyTorch state dict",
        read=_in("weights.net", "read_weights"),
        write=_in("weights.state_dict", "write_state_dict"),
    ),
    Format(
        extension=".pth",
        name="PyTorch state dict",
        read=_in("weights.net", "read_weights"),
        write=_in("weights.state_dict", "write_state_dict"),
    ),
    Format(extension=".py", name="NumPy script", write=_in("programs.numpy_script", "write_numpy")),
    Format(
        extension="_pure.py", name="plain Python", write=_in("programs.pure_python", "write_python")
    ),
    Format(
        extension="_torch.py", name="PyTorch module", write=_in("programs.pytorch", "write_torch")
    ),
    Format(
        extension="_train.py",
        name="PyTorch training loop",
        write=_in("programs.training", "write_training"),
    ),
    Format(
        extension=".ipynb",
        name="Jupyter notebook",
        write=_in("programs.notebook", "write_notebook"),
    ),
    Format(extension=".h", name="C99 header", write=_in("programs.c99", "write_c")),
    Format(
        extension=".mjs",
        name="JavaScript module",
        write=_in("programs.javascript", "write_javascript"),
    ),
    Format(
        extension=".js",
        name="JavaScript module",
        write=_in("programs.javascript", "write_javascript"),
    ),
    Format(
        extension="_connections.csv",
        name="table of connections",
        read=_in("csv_tables", "read_tables"),
        write=_in("csv_tables", "write_connections"),
        beside=_in("csv_tables", "units_beside"),
    ),
    Format(
        extension="_units.csv",
        name="table of units",
        read=_in("csv_tables", "read_tables"),
        write=_in("csv_tables", "write_units"),
        beside=_in("csv_tables", "connections_beside"),
    ),
    Format(extension=".tex", name="TikZ picture", write=_in("picture_source", "write_tikz")),
    Format(extension=".svg", name="SVG picture", write=_in("picture_source", "write_svg")),
)
