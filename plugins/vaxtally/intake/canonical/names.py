"""The key by which names are compared, for a whole column at once."""

import re
import unicodedata
from typing import TYPE_CHECKING

from vaxtally.text import name_key

if TYPE_CHECKING:
    import pyarrow as pa

# UTF-8 bytes of ASCII and of the marks U+0300-033F, which are all that Vietnamese letters decompose into.
_MARKS = b"\xcc" + bytes(range(0x80, 0xC0))
_PLAIN_BYTES = bytes(range(0x80)) + _MARKS
# Every ASCII character in the form of vaxtally.text.name_key; the line end keeps the names apart.
_KEY = bytes(code if chr(code).isalnum() or code == 10 else 32 for code in range(128)).lower() + b" " * 128


def name_keys(names: "pa.Array") -> "pa.Array":
    """vaxtally.text.name_key of each name; null stays null. The names hold no line end."""
    import pyarrow as pa

    listed = names.to_pylist()
    present = [name for name in listed if name]
    if not present:
        return names
    bare = unicodedata.normalize("NFD", "\n".join(present)).encode()
    bare = bare.replace("đ".encode(), b"d").replace("Đ".encode(), b"d")
    if bare.translate(None, _PLAIN_BYTES):
        # Letters of other scripts: one by one.
        return pa.array([name and name_key(name) for name in listed], pa.string())
    keys = _single_spaced(bare.translate(_KEY, _MARKS)).decode().split("\n")
    if len(present) == len(listed):
        return pa.array(keys, pa.string())
    found = iter(keys)
    return pa.array([name and next(found) for name in listed], pa.string())


def _single_spaced(lines: bytes) -> bytes:
    """Words with one space between them, none at the ends of a line."""
    if b"  " in lines:
        lines = re.sub(rb"  +", b" ", lines)
    return lines.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" ")
