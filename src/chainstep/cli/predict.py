"""`chainstep predict`: the outputs for each row of a table.

The arithmetic is `engine.predict`'s, the reading of the table `data.tables`'.
"""

import argparse
from pathlib import Path

import numpy as np

from chainstep.cli.endings import DONE, naming
from chainstep.cli.output import emit, refuse_early
from chainstep.cli.reading import read
from chainstep.data.split import scaled
from chainstep.data.tables import LARGEST_TABLE, Row, read_table, select_columns, write_table
from chainstep.engine.activations import Array
from chainstep.engine.predict import predict
from chainstep.engine.readiness import why_not_forward
from chainstep.errors import FileError, NotRunnable, NumbersBroke
from chainstep.files import read_bytes
from chainstep.project import Project


def run(options: argparse.Namespace) -> int:
    """Print the outputs, or write them to a file."""
    refuse_early(options.out, options.file, options.data)
    project = read(options.file)
    with naming(options.file):
        if reason := why_not_forward(project):
            raise NotRunnable(reason)
        rows = standardised(project, read_inputs(project, options.data))
        outputs = predict(project, rows)
        _refuse_broken(project, outputs)
    header = [unit.id for unit in project.network.outputs]
    emit(write_table(header, outputs.tolist()), options.out)
    return DONE


def read_inputs(project: Project, path: str) -> tuple[Row, ...]:
    """Return the rows of a table with a column for each input, in order. Raises FileError.

    A header may name the inputs by the units' ids, or else by the columns of the document's data.
    """
    content = read_bytes(path, LARGEST_TABLE, "a table")
    ids = tuple(unit.id for unit in project.network.inputs)
    columns = _columns(project)
    try:
        return _read(content, Path(path).name, ids)
    except FileError:
        if columns == ids:
            raise
        try:
            return _read(content, Path(path).name, columns)
        except FileError:
            pass
        raise


def standardised(project: Project, rows: tuple[Row, ...]) -> list[list[float]]:
    """Return the rows as the net sees them: columns with a stored scale are brought to it."""
    scaling = project.data.scaling
    names = zip(_columns(project), (unit.id for unit in project.network.inputs), strict=True)
    scales = [scaling.get(column, scaling.get(unit_id)) for column, unit_id in names]
    return [
        [v if scale is None else scaled(v, scale) for v, scale in zip(row, scales, strict=True)]
        for row in rows
    ]


def _read(content: bytes, name: str, names: tuple[str, ...]) -> tuple[Row, ...]:
    table = read_table(content, name, names)
    try:
        return select_columns(table, names)
    except FileError as error:
        raise FileError(f"{name}: {error}") from error


def _columns(project: Project) -> tuple[str, ...]:
    """Return what the data call the input columns; the units' ids where they call them nothing."""
    network, columns = project.network, project.data.columns
    if len(columns) == len(network.inputs) + len(network.outputs):
        return columns[: len(network.inputs)]
    return tuple(unit.id for unit in network.inputs)


def _refuse_broken(project: Project, outputs: Array) -> None:
    broken = np.argwhere(~np.isfinite(outputs))
    if len(broken):
        row, place = broken[0].tolist()
        raise NumbersBroke(
            f"{project.network.outputs[place].id} is not finite for row {row + 1} of the table: "
            "smaller weights or inputs are needed."
        )
