"""Colours of maps and classes, from the theme's tokens. What is mapped is up to each plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtGui import QColor, QImage

from chainstep.app.look.theme import Theme

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from numpy.typing import NDArray

    from chainstep.engine.activations import Array

#: Of more than two classes (Okabe and Ito, told apart by colour-blind readers too).
_CLASSES: Final = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
    "#56B4E9", "#8C6D31", "#7B61C4", "#5B8C2A", "#C2185B",
)  # fmt: skip
#: How strongly the ground of a map is coloured, so that points on it stand out.
_STRENGTH: Final = 0.45
_STEPS: Final = 256


def class_colours(theme: Theme, count: int) -> list[QColor]:
    """Return a colour for each class; of two, the second is the positive one."""
    if count <= 2:
        return [theme.negative, theme.positive]
    lift = 125 if theme.dark else 100
    return [QColor(_CLASSES[k % len(_CLASSES)]).lighter(lift) for k in range(count)]


def mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    """Return so much of a colour on a ground."""
    return QColor.fromRgbF(
        ground.redF() + share * (colour.redF() - ground.redF()),
        ground.greenF() + share * (colour.greenF() - ground.greenF()),
        ground.blueF() + share * (colour.blueF() - ground.blueF()),
    )


def diverging(theme: Theme, share: float) -> QColor:
    """Return the colour of a value from −1 to 1: negative, the surface, positive."""
    end = theme.positive if share > 0 else theme.negative
    return mixed(theme.surface, end, min(1.0, abs(share)) * _STRENGTH)


def diverging_image(theme: Theme, shares: Array) -> QImage:
    """Return a map of values from −1 to 1, (height, width) from the bottom, as a picture."""
    import numpy as np

    table = np.array(
        [diverging(theme, 2 * n / (_STEPS - 1) - 1).rgb() for n in range(_STEPS)], dtype=np.uint32
    )
    sound = np.nan_to_num(np.clip(shares, -1.0, 1.0))
    return _image(table[((sound + 1) / 2 * (_STEPS - 1)).round().astype(np.intp)])


def class_image(theme: Theme, winners: NDArray[Any], sureness: Array) -> QImage:
    """Return a map of classes, stronger where the net is surer (0 to 1), as a picture."""
    import numpy as np

    colours = class_colours(theme, max(3, int(winners.max()) + 1))
    steps = 32
    table = np.array(
        [
            [mixed(theme.surface, c, _STRENGTH * (0.15 + 0.85 * n / (steps - 1))).rgb()
             for n in range(steps)]
            for c in colours
        ],
        dtype=np.uint32,
    )  # fmt: skip
    sure = np.nan_to_num(np.clip(sureness, 0.0, 1.0))
    return _image(table[winners, (sure * (steps - 1)).round().astype(np.intp)])


def _image(pixels: NDArray[Any]) -> QImage:
    import numpy as np

    flipped = np.ascontiguousarray(pixels[::-1])
    height, width = flipped.shape
    # A copy: the picture would not keep the array alive.
    return QImage(flipped.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
