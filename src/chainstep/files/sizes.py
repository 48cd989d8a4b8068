"""How large a net a file holds, and the refusal to draw one that is too large.

The limits are for what is *drawn from* other programs' files; a document has its own, in
`document.network`.
"""

from typing import Final

import msgspec

from chainstep.errors import FileError


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """Units and connections of the net that a file holds."""

    units: int
    connections: int

    def __str__(self) -> str:
        return f"{self.units:,} units and {self.connections:,} connections"


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The most that is drawn."""

    units: int
    connections: int

    def allows(self, size: Size) -> bool:
        """Tell whether a net of this size is drawn."""
        return size.units <= self.units and size.connections <= self.connections


#: Beyond this, ask first; beyond that, never.
COMFORTABLE: Final = Limit(units=500, connections=5_000)
LARGEST: Final = Limit(units=5_000, connections=200_000)


class TooLarge(FileError):
    """The net is larger than the limit. size: what was found; partial: True for "at least"."""

    def __init__(self, size: Size, partial: bool = False, name: str = "The file") -> None:
        at_least = "at least " if partial else ""
        super().__init__(
            f"{name} holds a net of {at_least}{size}, too large to be drawn unit by unit: "
            "export a smaller model, or a part of it."
        )
        self.size, self.partial = size, partial

    def named(self, name: str) -> "TooLarge":
        """Return the same refusal with the file's name."""
        return TooLarge(self.size, self.partial, name)
