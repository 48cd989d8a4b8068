"""The table of formats: by which ending a file is known, what reads it and what writes it.

A format's module is named here and imported when it is first used: the table itself costs nothing.
Pictures are painted by the window's canvas, which this room knows by such a name only.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from chainstep.errors import FileError
from chainstep.files.imported import Imported
from chainstep.files.sizes import Limit
from chainstep.project import Project

#: What a file of a format holds in the first place.
Group = Literal["document", "model", "program", "picture", "table"]


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of file. extension: how its name ends, in small letters.

    reads, writes, beside: "module:function", "" for what cannot be done. beside: further files
    that belong to it. options: what `write` can be told by name (float64, example). needs: what a
    project must be able to do. folder: whether it is a folder of files. gives, loses: in words,
    what goes out, and what the format cannot say.
    """

    extension: str
    name: str
    group: Group
    reads: str = ""
    writes: str = ""
    beside: str = ""
    options: tuple[str, ...] = ()
    needs: Literal["", "forward", "train"] = ""
    folder: bool = False
    gives: str = ""
    loses: str = ""

    @property
    def read(self) -> Callable[[Path, Limit], Imported] | None:
        """Return what a file holds, up to a limit, with notes; None where it is not read."""
        return _found(self.reads) if self.reads else None

    @property
    def write(self) -> Callable[..., Any] | None:
        """Return a project as bytes, as a folder {name: bytes}; None where it is not written."""
        return _found(self.writes) if self.writes else None

    def others(self, project: Project, place: Path) -> dict[Path, bytes]:
        """Return the further files that belong to one written at a place."""
        found: dict[Path, bytes] = _found(self.beside)(project, place) if self.beside else {}
        return found

    def why_not(self, project: Project) -> str | None:
        """Say why a project cannot go out in this format, None where it can."""
        from chainstep.engine.readiness import why_not_forward, why_not_train

        if self.needs == "train":
            return why_not_train(project)
        return why_not_forward(project) if self.needs else None


_KERAS: Final = 'Keras files are not read: save the model by model.export("m.onnx", format="onnx")'
_PICKLE: Final = (
    "a pickle can run anything and is not opened: save scikit-learn's coefs_ and intercepts_ by "
    "numpy.savez, or the model by skl2onnx"
)
#: What to do about files of models that are not read, by their endings.
_INSTEAD: Final = {
    **dict.fromkeys((".keras", ".h5", ".hdf5", ".pb"), _KERAS),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), _PICKLE),
    ".tflite": "TensorFlow Lite is not read: export the model as ONNX before it is converted",
    ".npy": "one array alone is no net: save all weights together by numpy.savez",
    ".data": "this is the second file of an ONNX model: open the .onnx file beside it",
}


def format_of(path: Path, verb: Literal["read", "write"] = "read") -> Format:
    """Return the format of a file's name that can be read or written. Raises FileError.

    The longest ending wins: `xor_torch.py` is a PyTorch module, `xor.py` a NumPy script.
    """
    able = [kind for kind in FORMATS if (kind.reads if verb == "read" else kind.writes)]
    name = path.name.lower()
    for kind in sorted(able, key=lambda kind: -len(kind.extension)):
        if name.endswith(kind.extension) and len(name) > len(kind.extension):
            return kind
    if verb == "read" and (remedy := _INSTEAD.get(path.suffix.lower())):
        raise FileError(f"{path.name}: {remedy}.")
    known = ", ".join(kind.extension for kind in able)
    given = f"{path.suffix} is not" if path.suffix else "a name without extension is not"
    raise FileError(f"{path.name}: {given} a format that Chainstep can {verb} (known are {known}).")


def _found(name: str) -> Callable[..., Any]:
    """Return the function that "module:function" names."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"chainstep.{module}"), function)
    return found


_PROGRAM: Final = "Not in it: data beyond the rows of the check, training settings, the layout."
_ARRAYS: Final = (
    "Chainstep opens it exactly as drawn. Other programs see bare arrays: no connections, no "
    "activations, no data."
)
_TABLE: Final = "Not in it: data, loss, training settings and the layout."


def _weights(extension: str, name: str, writer: str, gives: str, loses: str = _ARRAYS) -> Format:
    return Format(
        extension=extension,
        name=name,
        group="model",
        reads="files.weights.net:read_weights",
        writes=f"files.weights.{writer}",
        gives=gives,
        loses=loses,
    )


def _program(extension: str, name: str, writer: str, gives: str, loses: str = _PROGRAM) -> Format:
    return Format(
        extension=extension,
        name=name,
        group="program",
        writes=f"files.programs.{writer}",
        needs="forward" if loses is _PROGRAM else "train",
        gives=gives,
        loses=loses,
    )


def _table(extension: str, name: str, writer: str, beside: str, gives: str) -> Format:
    return Format(
        extension=extension,
        name=name,
        group="table",
        reads="files.csv_tables:read_tables",
        writes=f"files.csv_tables:{writer}",
        beside=f"files.csv_tables:{beside}",
        gives=gives,
        loses=_TABLE,
    )


def _picture(extension: str, name: str, gives: str) -> Format:
    return Format(
        extension=extension,
        name=name,
        group="picture",
        writes=f"app.pictures.still:write_{extension[1:]}",
        options=("example",),
        gives=gives,
    )


def _film(extension: str, name: str, gives: str) -> Format:
    return Format(
        extension=extension,
        name=name,
        group="picture",
        writes=f"app.pictures.film:write_{extension[1:]}",
        options=("example",),
        needs="forward",
        folder=extension == "_frames",
        gives=gives,
    )


def _also(kind: Format, extension: str) -> Format:
    """Return a format under a second ending."""
    return msgspec.structs.replace(kind, extension=extension)


_STATE_DICT: Final = _weights(
    ".pt", "PyTorch state dict", "state_dict:write_state_dict",
    "Weights and biases as float64 tensors, for load_state_dict.",
    "Not in it: names, connections, activations. It is loaded into a module of that shape.",
)  # fmt: skip
_JAVASCRIPT: Final = _program(
    ".mjs", "JavaScript module", "javascript:write_javascript",
    "One module without dependencies, for a page or for Node; it checks itself.",
)  # fmt: skip

#: Every format, in the order in which they are listed.
FORMATS: Final[tuple[Format, ...]] = (
    Format(
        extension=".chainstep",
        name="Chainstep document",
        group="document",
        reads="files.document:read_document",
        writes="files.document:dumps",
        gives="Everything.",
    ),
    Format(
        extension=".onnx",
        name="ONNX model",
        group="model",
        reads="files.onnx.reader:read_onnx",
        writes="files.onnx.writer:write_onnx",
        options=("float64",),
        needs="forward",
        gives="The net as a graph that any ONNX runtime computes, with the document inside.",
        loses="Chainstep opens it exactly as drawn. Other programs see no data, loss or training "
        "settings.",
    ),
    msgspec.structs.replace(
        _weights(
            ".safetensors", "safetensors weights", "safetensors:write_safetensors",
            "Weights and biases under PyTorch's names, with the document inside.",
        ),
        options=("float64",),
    ),
    _weights(
        ".npz", "NumPy weights", "npz:write_npz",
        "W1, b1, W2 … as float64 arrays (a row for each unit), with the document inside.",
    ),
    _STATE_DICT,
    _also(_STATE_DICT, ".pth"),
    _program(
        ".py", "NumPy script", "numpy_script:write_numpy",
        "A script that computes the outputs with NumPy and checks itself.",
    ),
    _program(
        "_pure.py", "plain Python", "pure_python:write_python",
        "A script that needs nothing but Python's own math, and checks itself.",
    ),
    _program(
        "_torch.py", "PyTorch module", "pytorch:write_torch",
        "The net as a torch.nn.Module with its weights, in float64; it checks itself.",
    ),
    _program(
        "_train.py", "PyTorch training loop", "training:write_training",
        "Module, data and the very updates of this training; it repeats the losses.",
        "Not in it: rows held back for validation, the layout, breakpoints and watches.",
    ),
    _program(
        ".ipynb", "Jupyter notebook", "notebook:write_notebook",
        "One forward and one backward pass, cell by cell in NumPy, checked at the end.",
        "Not in it: training settings, the layout, rows of the data beyond the first 50.",
    ),
    _program(
        ".h", "C99 header", "c99:write_c",
        "One header without allocation, in double, with a test to switch on.",
    ),
    _JAVASCRIPT,
    _also(_JAVASCRIPT, ".js"),
    _table(
        "_connections.csv", "table of connections", "write_connections", "units_beside",
        "A row for each connection, and a second table, …_units.csv, beside it.",
    ),
    _table(
        "_units.csv", "table of units", "write_units", "connections_beside",
        "A row for each unit, and a second table, …_connections.csv, beside it.",
    ),
    _picture(".png", "PNG picture", "The net as it stands on the canvas, in pixels."),
    _picture(
        ".svg", "SVG picture",
        "The net as it stands on the canvas, sharp at any size; letters are outlines.",
    ),
    _picture(
        ".pdf", "PDF picture", "The net as it stands on the canvas, on a page of its own size."
    ),
    Format(
        extension=".tex",
        name="TikZ picture",
        group="picture",
        writes="files.tikz:write_tikz",
        gives="A LaTeX source to edit: a node for each unit, an arrow for each connection.",
    ),
    _film(
        ".gif", "animated GIF",
        "A whole pass, step by step: the canvas, the words and the formula of each.",
    ),
    _film(
        "_frames", "folder of frames",
        "A whole pass as one PNG a step, for slides, and a list of what each of them says.",
    ),
)  # fmt: skip
