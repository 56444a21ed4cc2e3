"""Memory that a process which reads lists keeps for the next part, and the next file.

A part passes through some hundred arrays and buffers of a few megabytes, each freed soon after. Allocators give such
pieces back to the system, which clears the pages again when they are next asked for: a third of the processor time of
reading a large file went there.
"""

import ctypes
from functools import cache

# What glibc keeps at the end of its heap, and up to which size a piece lies there (malloc.h: the numbers of mallopt).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 1 << 28
_LARGEST_PIECE_BYTES = 1 << 26


@cache
def keep_freed_memory() -> None:
    """Have Arrow and Python keep what they free, up to 256 MB. Does nothing where the C library is not glibc."""
    import pyarrow as pa

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
    mallopt(_MMAP_THRESHOLD, _LARGEST_PIECE_BYTES)
    # Arrow's own pools have the same habit, and no setting for it once they are in use.
    pa.set_memory_pool(pa.system_memory_pool())
