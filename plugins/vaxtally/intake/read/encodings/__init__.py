"""What the bytes of a text mean: which encoding they are in, by their content, and their text in NFC.

`recognise(chunks)` names the encoding of a file: utf-8, utf-8-sig, utf-16-le, utf-16-be, windows-1258, tcvn3, vni.
After a Unicode one may stand '+tcvn3' or '+vni': the text was typed in such a font; with '?' and columns behind it:
only those were. Who reads a file through once anyway feeds a `Detector`, and calls `with_columns` only where
`has_font_columns` says so. `Decoder(name).decode(chunk, final)` gives the text.
"""

from vaxtally.intake.read.encodings.decoder import Decoder
from vaxtally.intake.read.encodings.detection import Detector, detect, has_font_columns, recognise, with_columns

__all__ = ["Decoder", "Detector", "detect", "has_font_columns", "recognise", "with_columns"]
