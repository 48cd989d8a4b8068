"""A film as an animated GIF, written by Pillow: Qt reads GIFs but has no writer.

The frames are painted in `film`. Nothing here needs Qt, so that packing can go on in a thread.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import Any, Final

from chainstep.files.bytes_in import needed

#: Milliseconds that a frame stands, and the first and the last one.
PACE: Final = 1_300
ENDS: Final = 3_000
_COLOURS: Final = 256
#: The colours are taken from one pixel of so many, both ways.
_SPARSE: Final = 3
_NEAREST: Final = 0  # PIL.Image.Resampling.NEAREST


class Gif:
    """Takes pixels frame by frame and packs them in the end."""

    def __init__(self, size: tuple[int, int], pace: int = PACE) -> None:
        """size: of every frame; pace: milliseconds a frame. Raises FileError without Pillow."""
        self._pillow = needed("PIL.Image", "pillow", "Writing a GIF")
        self._size, self._pace = size, pace
        self._palette: Any = None
        self._frames: list[Any] = []

    def choose_colours(self, samples: list[bytes]) -> None:
        """Take the colours of the film from a few of its frames, as RGB bytes.

        They are the most frequent ones as they are: an average would tint the paper.
        """
        width, height = (length // _SPARSE for length in self._size)
        counts: Counter[tuple[int, int, int]] = Counter()
        for sample in samples:
            frame = self._pillow.frombytes("RGB", self._size, sample)
            small = frame.resize((width, height), _NEAREST)
            counts.update({colour: n for n, colour in small.getcolors(width * height)})
        alike: dict[tuple[int, ...], tuple[int, int, int]] = {}
        for colour, _ in counts.most_common():  # Pillow does not tell close shades apart
            alike.setdefault(tuple(value // 8 for value in colour), colour)
        chosen = list(alike.values())[:_COLOURS]
        chosen += chosen[-1:] * (_COLOURS - len(chosen))
        self._palette = self._pillow.new("P", (1, 1))
        self._palette.putpalette([value for colour in chosen for value in colour])

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
