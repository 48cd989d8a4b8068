"""The command line: `chainstep [FILE …]` opens the window, `chainstep COMMAND …` needs none.

`main` is the entry point. What can be asked for is in `parser`, how a command ends (statuses, one
sentence) in `endings`, each command in a file of its own. What the commands do is done in the
rooms below; nothing here imports Qt.
"""

import os
from collections.abc import Sequence

#: Two BLAS threads collapse a hundredfold on a busy machine. NumPy reads this when imported.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments ask for; return the exit status: 0, 1, 2 or 130.

    argv: without the program's name; None for those the program was started with.
    """
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    from chainstep.cli.endings import ended
    from chainstep.cli.parser import parse

    return ended(parse, argv)
