"""What a user can do wrong: one family of errors, each text one plain sentence.

Programming mistakes raise Python's own exceptions and are not here.
"""

from collections.abc import Sequence


class ChainstepError(Exception):
    """Any fault a user can cause; `str(error)` is one plain sentence with the remedy.

    >>> import chainstep
    >>> try:
    ...     chainstep.load("nowhere.chainstep")
    ... except chainstep.ChainstepError as error:
    ...     print(error)
    There is no file nowhere.chainstep.
    """


class EditRefused(ChainstepError):
    """An edit that would leave the network inconsistent; the sentence says why."""


class FileError(ChainstepError):
    """A file that cannot be read or written; the sentence names file, place and remedy.

    problems: every single problem found, for a list; the sentence carries at least the first 20.
    """

    def __init__(self, sentence: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.problems = problems or (sentence,)

    @classmethod
    def listing(cls, name: str, problems: Sequence[str], shown: int = 20) -> "FileError":
        """Return the error for these problems of a file; the sentence tells the first `shown`."""
        if len(problems) == 1:
            return cls(f"{name}: {problems[0]}.", tuple(problems))
        told = "; ".join(problems[:shown])
        rest = f"; and {len(problems) - shown:,} more" if len(problems) > shown else ""
        return cls(f"{name} has {len(problems):,} problems: {told}{rest}.", tuple(problems))


class NotRunnable(ChainstepError):
    """A half-drawn net, or data that do not fit: it loads and saves but cannot run yet."""


class NumbersBroke(ChainstepError):
    """A value stopped being finite; names the unit, the example and the epoch."""
