"""`chainstep info`: what a file holds, counted, and what there is to tell of its import.

The counting of paths and levels is in `network.order`.
"""

import argparse
import math

from chainstep.cli.endings import DONE, one_line
from chainstep.cli.grid import grid
from chainstep.cli.output import emit
from chainstep.engine.readiness import why_not_train
from chainstep.files import FORMATS, bring_in
from chainstep.network.order import depth, path_count
from chainstep.project import Project

#: Beyond so many, the number of paths is told as a power of ten.
MANY = 10**15


def run(options: argparse.Namespace) -> int:
    """Print the table."""
    found = bring_in(options.file)
    rows = facts(found.project)
    if found.made_by:
        rows.append(("written by", found.made_by))
    rows += [("" if number else "notes", note) for number, note in enumerate(found.notes)]
    emit(grid([list(row) for row in rows], "ll", indent=""), None)
    return DONE


def facts(project: Project) -> list[tuple[str, str]]:
    """Return what there is to tell, as pairs of a name and a text."""
    network, training = project.network, project.training
    return [
        ("units", _units(project)),
        ("connections", str(len(network.connections))),
        ("depth", str(depth(network))),
        ("paths", count_text(path_count(network))),
        ("parameters", _parameters(project)),
        ("loss", project.loss.name),
        ("optimizer", f"{training.optimizer}, learning rate {training.learning_rate:g}"),
        ("rows", _rows(project)),
        ("formats", _formats(project)),
        ("ready", one_line(why_not_train(project) or "to run and to train")),
    ]


def count_text(number: int) -> str:
    """Return a number of paths, which may have thousands of digits."""
    if number < MANY:
        return str(number)
    exponent = math.floor(math.log10(number))
    return f"about {10 ** (math.log10(number) - exponent):.3f}e{exponent}"


def _units(project: Project) -> str:
    network = project.network
    hidden = len(network.units) - len(network.inputs) - len(network.outputs)
    kinds = f"{len(network.inputs)} input, {hidden} hidden, {len(network.outputs)} output"
    return f"{len(network.units)} ({kinds})"


def _parameters(project: Project) -> str:
    network = project.network
    biased = [unit for unit in network.units if unit.bias is not None]
    parts = [*network.connections, *biased]
    trained = project.training.train_biases
    free = sum(c.trainable for c in network.connections)
    free += sum(unit.trainable for unit in biased) if trained else 0
    told = f"{len(network.connections)} weights, {len(biased)} biases"
    return f"{len(parts)} ({told}; {free} trainable)"


def _formats(project: Project) -> str:
    """Return the formats in which this project can go out as it is."""
    able = [kind for kind in FORMATS if kind.writes and kind.why_not(project) is None]
    return ", ".join(kind.extension for kind in able)


def _rows(project: Project) -> str:
    rows, held = len(project.data.inputs), len(project.data.validation)
    return f"{rows} ({held} held back for validation)" if held else str(rows)
