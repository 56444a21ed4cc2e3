"""What bytes stand in a text, counted by numpy: where there are many, the methods of bytes take five times as long."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# What is made of so much stays in the processor's cache.
_CACHED_BYTES = 1 << 17


def line_ends(text: bytes) -> int:
    """How many LF a text has."""
    import numpy as np

    return int(np.count_nonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n")))


def pairs(text: bytes) -> "Iterator[tuple[np.ndarray, np.ndarray]]":
    """Every byte of a text and the one behind it, in blocks; the last one has none."""
    import numpy as np

    signs = np.frombuffer(text, dtype=np.uint8)
    for start in range(0, len(signs) - 1, _CACHED_BYTES):
        block = signs[start : start + _CACHED_BYTES + 1]
        yield block[:-1], block[1:]


def holds_pair(text: bytes, first: int, second: int) -> bool:
    """Whether one byte stands right before another somewhere."""
    return any(((sign == first) & (behind == second)).any() for sign, behind in pairs(text))
