"""A film as an animated GIF, written by Pillow: Qt reads GIFs but has no writer.

The frames are painted in `film`. Nothing here needs Qt, so that packing can go on in a thread.
"""

from __future__ import annotations

import io
from typing import Any, Final

from chainstep.files.bytes_in import needed

#: Milliseconds that a frame stands, and the first and the last one.
PACE: Final = 1_300
ENDS: Final = 3_000
_COLOURS: Final = 255


class Gif:
    """Takes pixels frame by frame and packs them in the end."""

    def __init__(self, size: tuple[int, int], pace: int = PACE) -> None:
        """size: of every frame; pace: milliseconds a frame. Raises FileError without Pillow."""
        self._pillow = needed("PIL.Image", "pillow", "Writing a GIF")
        self._size, self._pace = size, pace
        self._palette: Any = None
        self._frames: list[Any] = []

    def choose_colours(self, samples: list[bytes]) -> None:
        """Take the colours of the film from a few of its frames, as RGB bytes."""
        width, height = self._size
        board = self._pillow.new("RGB", (width, height * len(samples)))
        for n, sample in enumerate(samples):
            board.paste(self._pillow.frombytes("RGB", self._size, sample), (0, n * height))
        self._palette = board.quantize(_COLOURS, dither=self._pillow.Dither.NONE)

    def add(self, pixels: bytes) -> None:
        """Add a frame, as RGB bytes."""
        frame = self._pillow.frombytes("RGB", self._size, pixels)
        plain = self._pillow.Dither.NONE
        self._frames.append(frame.quantize(palette=self._palette, dither=plain))

    def packed(self) -> bytes:
        """Return the file."""
        first, *rest = self._frames
        times = [self._pace] * len(self._frames)
        times[0], times[-1] = max(ENDS // 2, self._pace), max(ENDS, self._pace)
        out = io.BytesIO()
        first.save(out, "GIF", save_all=True, append_images=rest, duration=times, loop=0)
        return out.getvalue()
