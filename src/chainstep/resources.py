"""Where icons, examples, lessons and fonts are found, in a wheel and in a checkout.

Only says where a file is. Reading it belongs to the room that knows its format.
"""

from functools import cache
from pathlib import Path


def path(*parts: str) -> Path:
    """Return the place of a resource, such as `path("icons", "step.svg")`.

    No parts give the folder of all resources. The file need not exist.
    """
    return folder_for(Path(__file__).resolve().parent).joinpath(*parts)


@cache
def folder_for(package: Path) -> Path:
    """Return the folder of resources that belongs to a copy of the package.

    A wheel carries it inside as `_resources`; a checkout has it beside `src`.
    """
    carried = package / "_resources"
    return carried if carried.is_dir() else package.parents[1] / "resources"
