"""The bundled typefaces: Inter for the interface, STIX for mathematics.

Bundling them makes every screen look alike and every screenshot reproducible. How letters are
measured for a formula is in `formulas.mathfont`; sizes and weights of the interface's parts in
`style`.
"""

from functools import cache, lru_cache
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

from chainstep import resources

UI_FAMILY: Final = "Inter"
MATH_FAMILY: Final = "STIXGeneral"
#: Larger cuts of Σ and brackets, from the smallest to the tallest.
TALL_FAMILIES: Final = ("STIXSizeOneSym", "STIXSizeTwoSym", "STIXSizeThreeSym", "STIXSizeFourSym")


@cache
def load_fonts() -> tuple[str, ...]:
    """Make the bundled families known to Qt, once, and return their names.

    Needs a QGuiApplication. A missing file is no error: Qt then takes what the system has.
    """
    families: list[str] = []
    for file in sorted(resources.path("fonts").glob("*.otf")):
        number = QFontDatabase.addApplicationFont(str(file))
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(dict.fromkeys(families))


@lru_cache(maxsize=256)
def ui_font(px: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return Inter with figures of one width, so that numbers do not dance when they change."""
    load_fonts()
    font = QFont(UI_FAMILY)
    font.setPixelSize(px)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    # Full hinting, the default of some systems, rounds every letter's width to whole pixels.
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return font


@lru_cache(maxsize=256)
def math_font(px: int, italic: bool = False, bold: bool = False) -> QFont:
    """Return STIX, unhinted: a formula keeps its proportions at every size and scale."""
    font = QFont(MATH_FAMILY)
    font.setItalic(italic)
    font.setBold(bold)
    return _unhinted(font, px)


@lru_cache(maxsize=256)
def tall_font(px: int, step: int) -> QFont:
    """Return the cut of Σ and brackets that is `step` (0 to 3) sizes above the text."""
    return _unhinted(QFont(TALL_FAMILIES[step]), px)


def _unhinted(font: QFont, px: int) -> QFont:
    load_fonts()
    font.setPixelSize(px)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.NoSubpixelAntialias)
    return font
