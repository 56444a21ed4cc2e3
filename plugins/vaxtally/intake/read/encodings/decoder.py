"""Bytes to text in NFC, chunk by chunk."""

import re

from vaxtally.intake.read.encodings import columns
from vaxtally.intake.read.encodings.capitals import CELL_ENDS
from vaxtally.intake.read.encodings.letters import finished, raw_decoder
from vaxtally.intake.read.source import FileRefusedError

# A text of one endless line or of combining characters only must not be held back for ever.
_MOST_HELD = 1 << 16
# Combining characters, and the letters that are marks in VNI.
_MAY_CHANGE = re.compile(r"[\u0300-\u036f\xc0-\xff]")


class Decoder:
    """Like codecs.IncrementalDecoder, in NFC wherever a chunk ends. `name`: as recognise() gives it."""

    def __init__(self, name: str) -> None:
        self._name = name
        outer, _, self._font = name.partition("+")
        self._letters = self._font.partition("?")[0] or outer
        self._raw = raw_decoder(outer)
        self._is_first = True
        self._held = ""

    def decode(self, data: bytes, final: bool = False) -> str:
        """The text so far, without a BOM. Raises FileRefusedError file.encoding."""
        try:
            text = self._raw.decode(data, final)
        except UnicodeError as error:
            raise FileRefusedError("file.encoding") from error
        if self._is_first and text:
            text, self._is_first = text.removeprefix("\ufeff"), False
        text = self._held + text
        cut = len(text) if final else self._settled(text)
        self._held = text[cut:]
        return self._finished(text[:cut])

    def _finished(self, text: str) -> str:
        font, is_in_part, rest = self._font.partition("?")
        if not is_in_part:
            return finished(text, self._letters, bool(font))
        text = finished(text, "utf-8", is_font=False)
        # Before the columns are known, the text as it is.
        return columns.unified(text, font, *columns.parsed(rest)) if rest else text

    def _settled(self, text: str) -> int:
        """How much of the text no later character can change."""
        if "?" in self._font:
            end = columns.end_of_rows(text)
        elif self._letters == "tcvn3":
            end = max(map(text.rfind, CELL_ENDS)) + 1
        else:
            end = max(len(text) - 1, 0)
            while end and _MAY_CHANGE.match(text, end):
                end -= 1
        return end if len(text) - end < _MOST_HELD else len(text)
