"""Names in an old encoding: neither the database nor an answer could spell them."""

import hashlib


def readable_name(name: bytes) -> str | None:
    """Another name for a file whose own is no UTF-8; None where it is."""
    readable = name.decode(errors="replace")
    if readable.encode() == name:
        return None
    stem, dot, suffix = readable.rpartition(".")
    mark = hashlib.sha256(name).hexdigest()[:8]
    return f"{stem}-{mark}.{suffix}" if dot else f"{readable}-{mark}"
