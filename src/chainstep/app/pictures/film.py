"""A whole pass as frames: the canvas at each step, with what the step says beside it.

How the words are set is in `caption`; `gif` makes one moving picture of the frames. What a step
says is `stepping.explain`'s, what it lights `app.lighting`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Protocol

from PySide6.QtCore import QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPainter

from chainstep.app.lighting import marks_of
from chainstep.app.moment import Moment
from chainstep.app.pictures.caption import HEIGHT, WIDTH, paint_caption
from chainstep.app.pictures.gif import PACE, Gif
from chainstep.app.pictures.stage import Stage
from chainstep.app.pictures.still import encoded
from chainstep.errors import ChainstepError, NotRunnable
from chainstep.project import Project
from chainstep.stepping.explain.step import explain
from chainstep.stepping.run import run_of

#: The size of a frame before `sharpness`: that of a slide.
SIZE: Final = QSize(1280, 720)
#: What makes a frame 1920 pixels wide.
SLIDE: Final = 1.5
GRAINS: Final = ("term", "unit", "level")
#: The finest grain with at most so many frames is taken unless one is asked for.
COMFORTABLE: Final = 120
MOST: Final = 400
#: The part of the canvas that is painted holds what so many frames show.
SAMPLES: Final = 6
#: What the frames of a folder say, a line each.
CAPTIONS: Final = "captions.txt"


@dataclass(frozen=True)
class Reel:
    """Which frames a film has, and how they look.

    example: a row of the data, from 0. grain: of the steps, None for one that suits the net.
    look: one of `stage.LOOKS`. sharpness: pixels for each of SIZE.
    """

    example: int = 0
    grain: str | None = None
    look: str = "light"
    sharpness: float = 1.0


class Film:
    """The frames of one pass of a project; each is painted when it is asked for."""

    def __init__(self, project: Project, reel: Reel | None = None) -> None:
        """Raises NotRunnable where there is no pass, or one too long to be shown."""
        self.reel = reel or Reel()
        self._run = run_of(project, self.reel.example)
        self._project = project
        self.stops = self._chosen_stops()
        self._stage = Stage(project, self.reel.look)
        self._frame_all()

    def __len__(self) -> int:
        return len(self.stops)

    def name(self, number: int) -> str:
        """Return what the file of a frame is called: "07-backward-h1"."""
        self._run.seek(self.stops[number])
        step = self._run.cursor.step
        said = "start" if step is None else "-".join(filter(None, (step.phase, step.unit)))
        plain = re.sub(r"[^\w-]+", "_", said)[:40]
        return f"{number + 1:0{len(str(len(self)))}d}-{plain}"

    def said(self, number: int) -> str:
        """Return what a frame says, in one line: for a slide's notes and for those who listen."""
        explanation = self._moment(number).explanation
        return explanation.told if explanation is not None else ""

    def pixels(self, number: int) -> bytes:
        """Return a frame as RGB bytes, row by row."""
        image = self.image(number).convertToFormat(QImage.Format.Format_RGB888)
        packed = image.width() * 3
        rows = bytes(image.constBits())
        if image.bytesPerLine() == packed:
            return rows
        starts = range(0, len(rows), image.bytesPerLine())
        return b"".join(rows[start : start + packed] for start in starts)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame in pixels."""
        size = SIZE * self.reel.sharpness
        return size.width(), size.height()

    def image(self, number: int) -> QImage:
        """Return a frame."""
        moment = self._moment(number)
        image = QImage(SIZE * self.reel.sharpness, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self.reel.sharpness)
        image.fill(self._stage.worn.background)
        painter = QPainter(image)
        self._stage.show(marks_of(moment))
        self._stage.paint(painter, self._canvas)
        share = number / max(len(self) - 1, 1)
        paint_caption(painter, moment, self._stage.worn, share, self._caption)
        painter.end()
        return image

    def _moment(self, number: int) -> Moment:
        self._run.seek(self.stops[number])
        digits = self._project.view.digits
        try:
            explanation = explain(self._run, digits)
        except ChainstepError as broken:
            return Moment(self._project, self._run, str(broken), None, digits)
        return Moment(self._project, self._run, self._run.refused, explanation, digits)

    def _chosen_stops(self) -> tuple[int, ...]:
        """Return after how many steps each frame stands, 0 first."""
        count = self._run.steps.count(with_update=False)
        grains = GRAINS if self.reel.grain is None else (self.reel.grain,)
        for grain in grains:
            stops = (0, *(end for end in self._run.steps.ends(grain) if end <= count))
            self.grain = grain
            if len(stops) <= (COMFORTABLE if grain != grains[-1] else MOST):
                return stops
        raise NotRunnable(
            f"A film of this pass would have {len(stops):,} frames; at most {MOST} are made: "
            "choose coarser steps or a smaller net."
        )

    def _frame_all(self) -> None:
        """Choose a part of the canvas that holds the net with all that is written beside it.

        The caption stands where it leaves the net larger.
        """
        last = len(self) - 1
        for number in sorted({last * n // SAMPLES for n in range(SAMPLES + 1)}):
            self._stage.show(marks_of(self._moment(number)))
            self._stage.include()
        above = QRectF(0, 0, SIZE.width(), SIZE.height() - HEIGHT)
        beside = QRectF(0, 0, SIZE.width() - WIDTH, SIZE.height())
        zooms = [self._stage.frame(QSizeF(room.size()), pills=True) for room in (above, beside)]
        if zooms[1] > 1.15 * zooms[0]:
            self._canvas = beside
            self._caption = QRectF(beside.right(), 0, WIDTH, SIZE.height())
        else:
            self._canvas = above
            self._caption = QRectF(0, above.bottom(), SIZE.width(), HEIGHT)
            self._stage.frame(QSizeF(above.size()), pills=True)


class Making(Protocol):
    """A film or a picture on its way into a file: one part after the other, then all of it."""

    def __len__(self) -> int:
        """Return how many parts there are."""

    def add(self, number: int) -> None:
        """Paint a part and keep it."""

    def finish(self) -> Any:
        """Return what is to be written. It may go on in a thread."""

    def drop(self) -> None:
        """Let go of what is half made."""


class GifMaking:
    """A film as one animated GIF."""

    def __init__(self, film: Film, pace: int = PACE) -> None:
        """pace: milliseconds a frame. Raises FileError without Pillow."""
        self.film = film
        self._gif = Gif(film.size, pace)
        last = len(film) - 1
        self._gif.choose_colours([film.pixels(n) for n in sorted({0, last // 3, 2 * last // 3})])

    def __len__(self) -> int:
        return len(self.film)

    def add(self, number: int) -> None:
        """Paint a frame and keep it."""
        self._gif.add(self.film.pixels(number))

    def finish(self) -> bytes:
        """Return the file."""
        return self._gif.packed()

    def drop(self) -> None:
        """Nothing is held open."""


class FramesMaking:
    """A film as a folder of PNGs, with a text that says what each of them shows."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self._files: dict[str, bytes] = {}
        self._said: list[str] = []

    def __len__(self) -> int:
        return len(self.film)

    def add(self, number: int) -> None:
        """Paint a frame and keep it."""
        name = f"{self.film.name(number)}.png"
        self._files[name] = encoded(self.film.image(number))
        self._said.append(f"{name}  {self.film.said(number)}")

    def finish(self) -> dict[str, bytes]:
        """Return the files by name."""
        return {**self._files, CAPTIONS: ("\n".join(self._said) + "\n").encode()}

    def drop(self) -> None:
        """Nothing is held open."""


def write_gif(project: Project, example: int | None = None) -> bytes:
    """Return the pass of an example, the first unless told otherwise, as an animated GIF.

    Raises NotRunnable where there is no pass to show, FileError without Pillow.
    """
    made: bytes = _made(GifMaking(Film(project, Reel(example=example or 0))))
    return made


def write_frames(project: Project, example: int | None = None) -> dict[str, bytes]:
    """Return the pass of an example, the first unless told otherwise, as pictures by name.

    Raises NotRunnable where there is no pass to show.
    """
    made: dict[str, bytes] = _made(
        FramesMaking(Film(project, Reel(example=example or 0, sharpness=SLIDE)))
    )
    return made


def _made(making: Making) -> Any:
    for number in range(len(making)):
        making.add(number)
    return making.finish()
