"""A live torch.nn.Module as a project: `from_torch`, and `debug` with its data.

The module is exported to ONNX by PyTorch itself, in memory and in evaluation, and read by
`onnx.reader`; its own state is left as it was. Opening the window on it is up to `app`.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainstep.errors import FileError
from chainstep.files import document
from chainstep.files.atomic import write_atomically
from chainstep.files.bytes_in import needed
from chainstep.files.onnx.reader import read_onnx
from chainstep.files.sizes import LARGEST, Limit
from chainstep.project import Data, Loss, Project, Rows


def from_torch(
    module: Any,
    inputs: ArrayLike | int,
    targets: ArrayLike | None = None,
    limit: Limit = LARGEST,
) -> Project:
    """Return the project of a torch.nn.Module, its weights to the last digit.

    inputs: how many there are, or examples to step through, (N, inputs) or (inputs,). targets:
    of the examples, (N, outputs), (N,) for one output, or the numbers of the classes where there
    are several. Raises FileError for what cannot be drawn: the sentence names the operator.

    >>> import chainstep, torch
    >>> module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    >>> project = chainstep.from_torch(module, 2)
    >>> [(unit.kind, unit.activation) for unit in project.network.units][2:]
    [('hidden', 'tanh'), ('hidden', 'tanh'), ('hidden', 'tanh'), ('output', 'identity')]
    """
    torch = needed("torch", "torch", "from_torch")
    needed("onnx", "onnx", "from_torch")
    if not isinstance(module, torch.nn.Module):
        raise FileError(f"from_torch needs a torch.nn.Module, not {type(module).__name__}.")
    rows: Any = None if isinstance(inputs, int) else _rows(inputs, "inputs")
    width = inputs if isinstance(inputs, int) else rows.shape[1]
    first = next(module.parameters(), torch.zeros(1))
    example = torch.zeros(2, width, dtype=first.dtype, device=first.device)
    with _in_evaluation(module), TemporaryDirectory() as folder:
        place = Path(folder) / f"{type(module).__name__}.onnx"
        _export(torch, module, example, place)
        project = read_onnx(place, limit).project
    return project if rows is None else _with_examples(project, rows, targets)


def _with_examples(project: Project, rows: Any, targets: ArrayLike | None) -> Project:
    """Return a project with examples; without targets its output is what is differentiated."""
    width = len(project.network.outputs)
    wanted = () if targets is None else _targets(targets, len(rows), width)
    loss = Loss(name="output") if targets is None else project.loss
    return project.replace(data=Data(inputs=_tuples(rows), targets=wanted), loss=loss)


def debug(module: Any, inputs: ArrayLike, targets: ArrayLike | None = None) -> Project:
    """Open a torch.nn.Module in the window, before the first step; return its project.

    inputs, targets: examples, as for `from_torch`; without targets the output itself is
    differentiated. The window is a program of its own, so that a notebook goes on; it works on a
    copy, and the module is left as it was. Raises FileError for what cannot be drawn.

    >>> import chainstep, torch
    >>> module = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid())
    >>> project = chainstep.debug(module, [[0.0, 1.0], [1.0, 1.0]], [1.0, 0.0])
    >>> project.data.targets
    ((1.0,), (0.0,))
    """
    project = from_torch(module, inputs, targets)
    place = Path(mkdtemp(prefix="chainstep-")) / f"{type(module).__name__}.chainstep"
    write_atomically(place, document.dumps(project))
    subprocess.Popen([sys.executable, "-m", "chainstep", str(place)], start_new_session=True)
    return project


def _export(torch: Any, module: Any, example: Any, place: Path) -> None:
    """Export as ONNX, by the exporter that needs nothing but torch and onnx."""
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module,
                (example,),
                str(place),
                dynamo=False,
                opset_version=17,
                input_names=["input"],
                output_names=["output"],
                dynamic_axes={"input": {0: "batch"}},
            )
    except Exception as error:  # whatever the module's own code, or the exporter, raises
        first = str(error).strip().split("\n", 1)[0]
        unknown = type(error).__name__ == "UnsupportedOperatorError"
        remedy = (
            "use another layer in its place, or leave it out"
            if unknown
            else f"the module must take rows of {example.shape[1]} numbers"
        )
        raise FileError(
            f"PyTorch cannot export {type(module).__name__} ({first[:200]}): {remedy}."
        ) from error


@contextlib.contextmanager
def _in_evaluation(module: Any) -> Iterator[None]:
    """Put a module into evaluation, and each part back as it was."""
    before = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in before:
            part.training = training


def _rows(values: ArrayLike, what: str) -> Any:
    """Return numbers as rows, (N, width); tensors are taken as they are."""
    detach = getattr(values, "detach", None)
    array = np.asarray(detach().cpu().numpy() if detach else values, dtype=np.float64)
    array = array[None, :] if array.ndim == 1 and what == "inputs" else array
    if array.ndim != 2 or not np.isfinite(array).all():
        raise FileError(f"The {what} must be rows of finite numbers, (N, {what}).")
    return array


def _targets(values: ArrayLike, count: int, width: int) -> Rows:
    """Return targets as rows; the numbers of classes become rows with a 1."""
    detach = getattr(values, "detach", None)
    array = np.asarray(detach().cpu().numpy() if detach else values)
    if array.ndim == 1 and width > 1 and len(array) == count and array.dtype.kind in "iu":
        if array.min() < 0 or array.max() >= width:
            raise FileError(f"The classes must be numbers from 0 to {width - 1}.")
        array = np.eye(width)[array]
    if array.ndim <= 1 and array.size == count * width:
        array = array.reshape(count, width)
    rows = _rows(array, "targets")
    if rows.shape != (count, width):
        raise FileError(
            f"The targets are {rows.shape[0]} × {rows.shape[1]} numbers, but there are {count} "
            f"rows and {width} outputs."
        )
    return _tuples(rows)


def _tuples(rows: Any) -> Rows:
    return tuple(tuple(row) for row in rows.tolist())
