"""What the bytes of a text mean: which encoding they are in, by their content, and their text in NFC.

`detect(chunks)` or a `Detector` names the encoding: utf-8, utf-8-sig, utf-16-le, utf-16-be, windows-1258, tcvn3, vni.
After a Unicode one may stand '+tcvn3' or '+vni': the text was typed in such a font; with a '?' (`has_font_columns`)
only some columns were. `Decoder(name).decode(chunk, final)` gives the text.
"""

from vaxtally.intake.read.encodings.decoding import Decoder
from vaxtally.intake.read.encodings.detection import Detector, detect

__all__ = ["Decoder", "Detector", "detect", "has_font_columns"]


def has_font_columns(name: str) -> bool:
    """Whether some columns are in an old font, and some are not."""
    return name.endswith("?")
