"""How every command ends: its exit status, one sentence on stderr, output any reader copes with.

0 done, 1 the input is at fault, 2 wrong usage, 130 interrupted. What a sentence says is up to
whoever raised the error.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from chainstep.errors import ChainstepError, FileError

if TYPE_CHECKING:
    from chainstep.cli.parser import Command

DONE, AT_FAULT, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

#: Set to anything, a fault of Chainstep's own shows where it happened.
TRACEBACK = "CHAINSTEP_TRACEBACK"


def ended(
    parse: Callable[[Sequence[str] | None], "Command"], arguments: Sequence[str] | None
) -> int:
    """Parse and run a command; turn however it ends into an exit status."""
    any_text(sys.stdout)
    any_text(sys.stderr)
    try:
        status = parse(arguments)()
        if sys.stdout is not None:
            sys.stdout.flush()
    except SystemExit as request:  # from argparse: --help, --version, wrong usage
        return request.code if isinstance(request.code, int) else WRONG_USAGE
    except KeyboardInterrupt:
        return _said("Interrupted.", INTERRUPTED)
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        _forget_stdout()
        return DONE
    except Exception as error:
        return _failed(error)
    return status


def say(sentence: str) -> None:
    """Write a sentence on stderr: one line, whatever the names in it hold."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(one_line(sentence), file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """Return a text with line breaks and control characters, of a name say, made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def any_text(stream: TextIO | None) -> None:
    """Let a stream take any character: UTF-8, or `?` on a terminal that speaks something else."""
    reconfigure = getattr(stream, "reconfigure", None)
    if stream is None or reconfigure is None:
        return
    if stream.isatty():
        reconfigure(errors="replace")
    else:
        reconfigure(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put a file's name before the sentence of an error that does not name it."""
    try:
        yield
    except FileError:
        raise
    except ChainstepError as error:
        raise type(error)(f"{Path(path).name}: {error}") from error


def _failed(error: Exception) -> int:
    if isinstance(error, ChainstepError):
        return _said(str(error), AT_FAULT)
    if isinstance(error, OSError):
        # Whatever waits to be printed would fail again when Python ends.
        _forget_stdout()
        return _said(_system_sentence(error), AT_FAULT)
    if isinstance(error, MemoryError):
        return _said("There is not enough memory for this: close other programs.", AT_FAULT)
    if os.environ.get(TRACEBACK):
        raise error
    fault = f"{type(error).__name__}: {error}"
    return _said(
        f"Chainstep itself has failed ({fault}); nothing was changed. Please report this with "
        f"your file; with {TRACEBACK}=1 set, the same command shows where it happened.",
        AT_FAULT,
    )


def _said(sentence: str, status: int) -> int:
    say(sentence)
    return status


def _system_sentence(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is not None:
        return f"{error.filename} cannot be used ({reason}): check the file and its folder."
    if error.errno in (errno.ENOSPC, errno.EFBIG):
        return f"The output cannot be written ({reason}): free some space."
    return f"The system has refused ({reason}): try again or write elsewhere."


def _forget_stdout() -> None:
    """Send what is still to be printed nowhere."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
