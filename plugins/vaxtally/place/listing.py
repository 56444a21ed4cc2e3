"""What lies in a remote folder: one request for all of an object store, several at once for a server with folders."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from vaxtally.place import server
from vaxtally.place.names import readable_name
from vaxtally.place.remote import TRICKS, Enters, RemoteFile, RemotePath

log = logging.getLogger(__name__)

# As many as an SFTP connection has channels by default.
SIDE_BY_SIDE = 8

_Parts = tuple[str, ...]


def files(place: RemotePath, enters: Enters) -> list[RemoteFile]:
    """Every file below in the folders that `enters` takes."""
    if server.is_object_store(place):
        return _objects(place, enters)
    found: list[RemoteFile] = []
    waiting: list[_Parts] = [()]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        while waiting:
            below: list[_Parts] = []
            for parts, entries in zip(waiting, pool.map(lambda parts: _entries(place, parts), waiting), strict=True):
                for path, info in entries:
                    if info["type"] == "file":
                        found.append(server.listed(path, info))
                    elif info["type"] == "directory" and enters((*parts, path.name)):
                        below.append((*parts, path.name))
            waiting = below
    return found


def folders(place: RemotePath) -> list[RemotePath]:
    """The folders right below."""
    if server.is_object_store(place):
        try:
            infos = server.call(place, "ls", detail=True, refresh=True)
        except FileNotFoundError:
            return []
        names = [info["name"].rstrip("/").rpartition("/")[2] for info in infos if info["type"] == "directory"]
        return [place / name for name in names if name not in TRICKS]
    return [path for path, info in _entries(place, ()) if info["type"] == "directory"]


def _objects(place: RemotePath, enters: Enters) -> list[RemoteFile]:
    """Keys that a folder could not hold (`..`, `//`, a key that ends in `/`) are nobody's files."""
    try:
        infos: dict[str, dict[str, Any]] = server.call(place, "find", detail=True)
    except FileNotFoundError:
        return []
    found = []
    start = len(place.path) + 1
    for key, info in infos.items():
        parts = tuple(key[start:].split("/"))
        is_sound = not any(part in TRICKS or "\0" in part for part in parts)
        if is_sound and all(enters(parts[:depth]) for depth in range(1, len(parts))):
            found.append(server.listed(RemotePath(place.scheme, place.conn_id, key), info))
    return found


def _entries(place: RemotePath, parts: _Parts) -> list[tuple[RemotePath, dict[str, Any]]]:
    folder = place / "/".join(parts) if parts else place
    try:
        infos: list[dict[str, Any]] = server.call(folder, "ls", detail=True)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        if not parts:
            raise
        log.error("a folder %d levels below the inbox may not be read and is left alone", len(parts))
        return []
    named = [(info["name"].rstrip("/").rpartition("/")[2], info) for info in infos]
    return [(_readable(folder, name), info) for name, info in named if name not in TRICKS]


def _readable(folder: RemotePath, name: str) -> RemotePath:
    """The entry under a name that a database can spell; what has another is renamed, as local ones are."""
    raw = name.encode(errors="surrogateescape")
    readable = readable_name(raw)
    if readable is None:
        return folder / name
    path, renamed = RemotePath(folder.scheme, folder.conn_id, f"{folder.path}/{name}"), folder / readable
    path.rename(renamed)
    return renamed
