"""What comes in from a file: the project, and what to tell of it before it is opened.

The readers make it; the window shows it in `app.dialogs.import_preview`, the command line with
`info`. What a format cannot hold on the way out is told by its writer.
"""

import msgspec

from chainstep.project import Project


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A project as a file holds it.

    made_by: the program that wrote the file, if it says so. notes: one sentence each for what was
    left out, changed, or is not said by the file.
    """

    project: Project
    made_by: str = ""
    notes: tuple[str, ...] = ()
