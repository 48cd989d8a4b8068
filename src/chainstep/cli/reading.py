"""Reading a file for a command; what had to be guessed of it is told, one sentence on stderr.

What else there is to tell of an import is printed by `info`.
"""

from chainstep.cli.endings import say
from chainstep.files import bring_in
from chainstep.project import Project


def read(path: str) -> Project:
    """Return the project that a file holds. Raises FileError."""
    found = bring_in(path)
    if found.guess is not None:
        say(found.notes[0])
    return found.project
