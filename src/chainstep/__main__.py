"""`python -m chainstep`: the same as the command `chainstep`, which is in `cli`."""

import sys

from chainstep.cli import main

if __name__ == "__main__":
    sys.exit(main())
