"""Where files are: a folder of this machine, or one on a server that Airflow's object storage opens.

A local place is a `pathlib.Path`, which is the fastest there is; a remote one a RemotePath, which offers the few of its
methods that intake uses. What both write and move privately is in `vaxtally.intake.places`.
"""

from pathlib import Path
from urllib.parse import unquote

from vaxtally.place.remote import RemotePath

__all__ = ["Place", "RemotePath", "place_of"]

Place = Path | RemotePath


def place_of(text: str) -> Place:
    """The place that an address names: a plain path, `file://…`, or `scheme://[connection@]…`.

    `str(place)` gives the address back. Raises ValueError, which does not quote it: a password may be in it.
    """
    scheme, mark, rest = text.partition("://")
    if not mark or "/" in scheme:
        return Path(text)
    if scheme.lower() != "file":
        return RemotePath.parse(text)
    if not rest.startswith("/"):
        raise ValueError("a file:// address needs three slashes: file:///folder")
    return Path(unquote(rest))
