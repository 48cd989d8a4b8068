"""What can be asked for on the command line, with the help that says so.

A first argument that is a command's name is that command; anything else is a FILE for the window
(`./trace` opens a file called trace). What a command does is in the module of its name, imported
only when it runs.
"""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, NamedTuple

from chainstep import __version__
from chainstep.stepping.formula.letters import NOTATIONS

Parser = argparse.ArgumentParser

_STATUSES: Final = "Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 130 interrupted."

_TRACE: Final = """\
Prints one forward and one backward pass of one example at the weights in FILE, every term.

  text  for people: each unit with its terms, the loss, each unit's delta = dE/da as a sum over
        the units it feeds, then the gradients
  json  the numbers with all their digits, as the format's description defines them
  csv   one row a term, in the order of the steps: phase,unit,part,other,factor1,factor2,value
        phase  forward, loss, backward or gradient
        part   forward: input bias term a z h_prime · loss: share E · backward: direct
               dE_dz_term dE_dz delta_term jacobian delta · gradient: dE_dw dE_db
        other  the unit at the far end of a term's connection
        value  of a term the product of its two factors; empty where there is no number
  markdown, latex, html
        the pass derived: each step with formula, numbers and result, in the chosen notation;
        LaTeX needs amsmath alone, the page is one file without scripts"""
_TRACE_FORMATS: Final = ("text", "json", "csv", "markdown", "latex", "html")

_TRAIN: Final = """\
Trains as the section `training` of FILE says, and prints the losses at the end.
FILE itself stays as it is, unless -o names it. Ctrl+C stops and writes what was asked for.
The history has the columns epoch,loss[,validation_loss,validation_accuracy]: epochs from 0, the
loss as met before each update, the validation after the epoch."""

_PREDICT: Final = """\
Prints the outputs for each row of DATA.csv, as CSV with the outputs' names as header.
A header that names all inputs selects these columns; otherwise the columns are exactly the inputs,
in order. Columns that were standardised in FILE are standardised here in the same way."""

_CHECK: Final = """\
Compares the gradient of every weight, bias and unit with central differences, h = 1e-6 max(1, |w|),
over the training rows. The status is 1 where one differs by more than a relative 1e-6. What lies
within h of a kink is listed as skipped."""


class Command(NamedTuple):
    """A command with its options, ready to run."""

    module: str
    options: argparse.Namespace

    def __call__(self) -> int:
        """Run the command; return its exit status."""
        run: Callable[[argparse.Namespace], int] = import_module(f".{self.module}", __package__).run
        return run(self.options)


def parse(arguments: Sequence[str] | None = None) -> Command:
    """Return the command that the arguments ask for. Raises SystemExit, as argparse does."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in COMMANDS:
        return _command(given[0], given[1:])
    parser = _window_parser()
    options = parser.parse_args(given)
    _refuse_misspelt(parser, options.files)
    return Command("window", options)


def _command(name: str, rest: list[str]) -> Command:
    summary, description, add_arguments = COMMANDS[name]
    parser = Parser(
        prog=f"chainstep {name}",
        description=description or f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_arguments(parser)
    options = parser.parse_args(rest)
    if name == "examples" and options.name is None and options.out is not None:
        parser.error("-o OUT needs a NAME: `chainstep examples xor -o xor.chainstep`.")
    return Command(name, options)


def _window_parser() -> Parser:
    commands = "\n".join(f"  {name:9} {summary}" for name, (summary, *_) in COMMANDS.items())
    parser = Parser(
        prog="chainstep",
        usage="chainstep [FILE ...]\n       chainstep COMMAND [arguments]",
        description="Draw a net, step through backpropagation term by term, watch the loss fall.\n"
        "Opens the window, one for each FILE; the commands need no display:\n\n"
        f"{commands}\n\n`chainstep COMMAND --help` tells more of each.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("files", metavar="FILE", nargs="*", help="a document to open")
    parser.add_argument("--version", action="version", version=f"chainstep {__version__}")
    return parser


def _refuse_misspelt(parser: Parser, files: list[str]) -> None:
    """Take `trian xor.chainstep` for what it is: a command misspelt, not a file to open."""
    from difflib import get_close_matches
    from pathlib import Path

    near = get_close_matches(files[0].lower(), COMMANDS, 1, 0.7) if files else []
    if near and not Path(files[0]).exists():
        parser.error(f"there is no command {files[0]}: {near[0]} was meant, perhaps.")


def _file(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="a document, or a model of another program")


def _out(parser: Parser, what: str, metavar: str = "OUT") -> None:
    parser.add_argument("-o", dest="out", metavar=metavar, help=what)


def _trace(parser: Parser) -> None:
    _file(parser)
    parser.add_argument(
        "--example", metavar="N", type=int, default=0,
        help="the row of the data, from 0 (the window shows N + 1); default 0",
    )  # fmt: skip
    parser.add_argument("--format", choices=_TRACE_FORMATS, default="text")
    parser.add_argument(
        "--notation", choices=tuple(NOTATIONS),
        help="the letters for people; default: what FILE says. json and csv keep their own",
    )  # fmt: skip
    _out(parser, "a file to write to, instead of printing")


def _train(parser: Parser) -> None:
    from chainstep.project import INITIALIZERS

    _file(parser)
    parser.add_argument(
        "--epochs", metavar="N", type=_count, help="how many epochs; default: what FILE says"
    )
    parser.add_argument(
        "--until-loss", metavar="L", type=_loss, help="stop when an epoch's loss is at most L"
    )
    parser.add_argument(
        "--seed", metavar="S", type=_count,
        help="draws the order of the rows, and what --init draws; never touches other weights",
    )  # fmt: skip
    parser.add_argument(
        "--init", choices=INITIALIZERS, help="start from new weights instead of those in FILE"
    )
    parser.add_argument(
        "--break", dest="breaks", action="store_true",
        help="stop at the breakpoints in FILE, and say at which and where",
    )  # fmt: skip
    _out(parser, "a document to write, with the weights reached", "OUT.chainstep")
    parser.add_argument("--history", metavar="OUT.csv", help="a table of losses to write")


def _predict(parser: Parser) -> None:
    _file(parser)
    parser.add_argument("data", metavar="DATA.csv", help="a table of inputs")
    _out(parser, "a file to write to, instead of printing", "OUT.csv")


def _convert(parser: Parser) -> None:
    parser.add_argument("source", metavar="IN", help="a file of any format that can be read")
    parser.add_argument("out", metavar="OUT", help="a file of any format that can be written")
    parser.add_argument(
        "--float64", action="store_true",
        help="write ONNX and safetensors with all digits instead of in float32",
    )  # fmt: skip
    parser.add_argument(
        "--example", metavar="N", type=_count,
        help="of a picture: show the values of this row of the data, from 0; "
        "of a GIF or frames: walk through it (default 0)",
    )  # fmt: skip
    parser.add_argument(
        "--into", metavar="DRAWING",
        help="IN holds weights alone: put them into this drawing, and tell what went where",
    )  # fmt: skip
    parser.add_argument(
        "--transpose", action="store_true", help="with --into: matrices are (in, out)"
    )
    parser.epilog = _formats()


def _formats() -> str:
    """Return the table of formats: how a file's name ends, and what can be done with it."""
    from chainstep.files import FORMATS

    rows = ["A file's format is told by how its name ends:", ""]
    for kind in FORMATS:
        done = " ".join(["in" if kind.reads else "  ", "out" if kind.writes else ""])
        rows.append(f"  {kind.extension:18} {done:7} {kind.name}")
    return "\n".join(rows)


def _examples(parser: Parser) -> None:
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="an example to tell of, or with -o to write out"
    )
    _out(parser, "the file to write it to")


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number


_count.__name__ = "whole number"  # argparse: "invalid whole number value: 'x'"


def _loss(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number")
    return number


_loss.__name__ = "number"

#: Each command: what it does in a line, its description, its arguments.
COMMANDS: Final[dict[str, tuple[str, str, Callable[[Parser], None]]]] = {
    "trace": ("show one forward and one backward pass, every term", _TRACE, _trace),
    "train": ("train a net and keep the weights reached", _TRAIN, _train),
    "predict": ("compute the outputs for each row of a table", _PREDICT, _predict),
    "check": ("compare every gradient with finite differences", _CHECK, _file),
    "convert": ("bring a model in, or a document out in another format", "", _convert),
    "info": ("count units, connections, depth, paths and parameters", "", _file),
    "examples": ("list the bundled examples, check one's numbers, or write it out", "", _examples),
}
