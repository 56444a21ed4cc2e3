"""What the report's pictures share: colours that colour-blind readers tell apart, the typeface, both file forms."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

INK, WATER, GREY, LINE = "#17324d", "#0b6e8a", "#5b6b7b", "#dfe6ec"
DOTS_PER_INCH = 240


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture with the words that stand for it where it is not seen; `svg`, where there is one, is a document."""

    name: str
    alt: str
    png: bytes
    svg: str | None = None


class Drawing:
    """A figure being drawn, in inches."""

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor="white")

    def finish(self, name: str, alt: str) -> Picture:
        """Both file forms; the same drawing gives the same bytes."""
        png, svg = io.BytesIO(), io.StringIO()
        self.figure.savefig(png, format="png", metadata={"Title": alt})
        self.figure.savefig(svg, format="svg", metadata={"Title": alt, "Date": None})
        return Picture(name=name, alt=alt, png=png.getvalue(), svg=svg.getvalue())


@contextmanager
def drawing(width: float, height: float) -> Iterator[Drawing]:
    """Draw in Be Vietnam Pro, as the PDF is set; letters become outlines, so that no reader needs the typeface."""
    import fontpkg_be_vietnam_pro
    import matplotlib as mpl

    _load_typeface()
    with mpl.rc_context(
        {"font.family": fontpkg_be_vietnam_pro.FAMILY, "svg.fonttype": "path", "svg.hashsalt": "vaxtally"}
    ):
        yield Drawing(width, height)


@cache
def _load_typeface() -> None:
    from matplotlib import font_manager

    for style in ("Regular", "SemiBold"):
        font_manager.fontManager.addfont(font_folder() / f"BeVietnamPro-{style}.ttf")


def font_folder() -> Path:
    """Where the typeface's files are."""
    import fontpkg_be_vietnam_pro

    return Path(fontpkg_be_vietnam_pro.ROOT) / "files"
