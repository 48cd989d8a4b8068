"""`chainstep train`: train as the document says, and write what was asked for.

The epochs are made in `training`; the bar and Ctrl+C are in `progress`. Nothing is written before
the end.
"""

import argparse
import math
from pathlib import Path

from chainstep.cli.endings import DONE, INTERRUPTED, naming, say
from chainstep.cli.grid import grid
from chainstep.cli.output import emit, refuse_early
from chainstep.cli.progress import Bar, Interrupts
from chainstep.cli.reading import read
from chainstep.cli.training import Training
from chainstep.data.tables import write_table
from chainstep.engine.initializers import initialised
from chainstep.engine.trainer import Held
from chainstep.errors import FileError, NumbersBroke
from chainstep.files import format_of, refuse_newer, save
from chainstep.project import Project
from chainstep.stepping.numbers import format_number

#: Digits of a loss that is printed; all of them are in the history.
DIGITS = 6


def run(options: argparse.Namespace) -> int:
    """Train, write the document and the history, print the losses."""
    _refuse_early(options)
    with naming(options.file):
        original = read(options.file)
        training = _prepared(original, options)
        with Interrupts() as interrupts:
            _train(training, interrupts, options)
            written = _write(training, original, options)
            print(_report(training, options), end="", flush=True)
    if training.interrupted:
        say(_interrupted(training, written))
        return INTERRUPTED
    return DONE


def _refuse_early(options: argparse.Namespace) -> None:
    """Refuse, before any work, what could not be written after it."""
    if options.out is not None:
        format_of(Path(options.out), "write")
        refuse_early(options.out)
        refuse_newer(Path(options.out))
    refuse_early(options.history, options.file)
    if options.history is not None and options.out is not None:
        places = {Path(name).absolute() for name in (options.out, options.history)}
        if len(places) == 1:
            raise FileError(f"{options.out} cannot hold both: give -o and --history two names.")


def _prepared(project: Project, options: argparse.Namespace) -> Training:
    if options.seed is not None:
        project = project.with_training(seed=options.seed)
    if options.init is not None:
        project = initialised(project, options.init, project.training.seed)
    epochs = project.training.epochs if options.epochs is None else options.epochs
    validate = options.history is not None
    return Training(project, epochs, options.until_loss, validate, options.breaks)


def _train(training: Training, interrupts: Interrupts, options: argparse.Namespace) -> None:
    try:
        with Bar(training.epochs) as bar:
            training.run(interrupts.asked, bar.show)
    except NumbersBroke as error:
        asked = options.out is not None or options.history is not None
        if not asked:
            raise
        raise NumbersBroke(f"{str(error).rstrip('.')}; nothing was written.") from error


def _write(training: Training, original: Project, options: argparse.Namespace) -> list[str]:
    """Write what was asked for; return the names of the files."""
    if options.out is not None:
        trainer = training.trainer
        save(trainer.plan.project_with(original, trainer.theta), options.out)
    if options.history is not None:
        emit(history(training), options.history)
    return [out for out in (options.out, options.history) if out is not None]


def history(training: Training) -> str:
    """Return one row an epoch, as CSV: all digits, an empty cell where there is no number."""
    header = ["epoch", "loss"]
    rows: list[list[float | None]] = [
        [epoch, loss] for epoch, loss in enumerate(training.trainer.losses)
    ]
    if training.validates:
        header += ["validation_loss", "validation_accuracy"]
        for row, held in zip(rows, training.held, strict=True):
            row += [_finite(held.loss), held.accuracy]
    return write_table(header, rows)


def _report(training: Training, options: argparse.Namespace) -> str:
    trainer = training.trainer
    rows = [["epochs", str(trainer.epoch)], ["loss", format_number(trainer.loss(), DIGITS)]]
    rows += _held(trainer.held())
    sentence = _stopped(training) or _not_reached(training)
    files = (options.out, options.history)
    rows += [["written", name] for name in files if name is not None]
    return grid(rows, "ll", indent="") + (f"{sentence}\n" if sentence else "")


def _held(held: Held | None) -> list[list[str]]:
    if held is None:
        return []
    rows = [["validation_loss", format_number(held.loss, DIGITS)]]
    if held.accuracy is not None:
        rows.append(["validation_accuracy", format_number(held.accuracy, DIGITS)])
    return rows


def _stopped(training: Training) -> str:
    return f"Stopped at a breakpoint: {training.stopped}." if training.stopped else ""


def _not_reached(training: Training) -> str:
    stopping, losses = training.stopping, training.trainer.losses
    if stopping.wanted is None or stopping.reached or training.interrupted:
        return ""
    wanted = f"A loss of {stopping.wanted:g} was not reached in {len(losses)} epochs"
    return f"{wanted}; the lowest was {format_number(min(losses), DIGITS)}." if losses else wanted


def _interrupted(training: Training, written: list[str]) -> str:
    where = f"Interrupted in epoch {training.trainer.epoch + 1} of {training.epochs}"
    if not written:
        return f"{where}; nothing was asked to be written."
    return f"{where}; what was reached is in {' and '.join(written)}."


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
