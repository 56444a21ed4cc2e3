"""Which files wait in the drop folders, in the order in which the contract applies them."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

KIND_OF_FOLDER = {"uploads": "upload", "reports": "report"}
UNFINISHED_SUFFIXES = (".part", ".tmp")
DEPARTMENT_FOLDER = "reports"


@dataclass(frozen=True, order=True)
class WaitingFile:
    """A file that rests in a drop folder. Sorts as the contract applies files: time (s), file name, path."""

    modified_second: int
    name: str
    path: str
    kind: str
    unit_code: str | None
    size_bytes: int

    @property
    def modified_at(self) -> datetime:
        return datetime.fromtimestamp(self.modified_second, UTC)


def waiting_files(inbox: Path, kind: str, rest_seconds: float, now: datetime) -> list[WaitingFile]:
    """Every file of a kind (`upload` or `report`) whose size has rested for `rest_seconds`, in contract order.

    Hidden files, `*.part`, `*.tmp` and symbolic links are never touched.
    """
    return sorted(
        _waiting(entry, stat, kind, unit_code)
        for folder, unit_code in _folders(inbox, kind)
        for entry in _entries(folder)
        if entry.is_file(follow_symlinks=False) and _is_finished(entry.name)
        if has_rested(stat := entry.stat(follow_symlinks=False), rest_seconds, now)
    )


def misplaced_files(inbox: Path) -> list[str]:
    """Files (relative to the inbox) that lie beside the drop folders of a unit, where nobody takes them in."""
    return sorted(
        str(Path(entry.path).relative_to(inbox))
        for folder in _entries(inbox)
        if folder.is_dir(follow_symlinks=False) and folder.name != DEPARTMENT_FOLDER
        for entry in _entries(Path(folder.path))
        if entry.is_file(follow_symlinks=False) and _is_finished(entry.name)
    )


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folders(inbox: Path, kind: str) -> Iterator[tuple[Path, str | None]]:
    if kind == "report":
        yield inbox / DEPARTMENT_FOLDER, None
    for entry in _entries(inbox):
        if entry.is_dir(follow_symlinks=False) and entry.name != DEPARTMENT_FOLDER and not entry.name.startswith("."):
            for folder, folder_kind in KIND_OF_FOLDER.items():
                if folder_kind == kind:
                    yield Path(entry.path) / folder, entry.name


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        _make_names_readable(folder)
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _make_names_readable(folder: Path) -> None:
    """Rename what has a name in an old encoding: neither the database nor an answer could spell it."""
    for entry in list(os.scandir(folder)):
        name = os.fsencode(entry.name)
        readable = name.decode(errors="replace")
        if readable.encode() != name:
            stem, dot, suffix = readable.rpartition(".")
            mark = hashlib.sha256(name).hexdigest()[:8]
            new_name = f"{stem}-{mark}.{suffix}" if dot else f"{readable}-{mark}"
            Path(entry.path).rename(folder / new_name)


def _is_finished(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(UNFINISHED_SUFFIXES)


def has_rested(stat: os.stat_result, rest_seconds: float, now: datetime) -> bool:
    """Whether the file is finished, as far as its times tell."""
    # The change time counts too: a copy that keeps the original's modification time is still being written.
    return rest_seconds <= 0 or now.timestamp() - max(stat.st_mtime, stat.st_ctime) >= rest_seconds


def _waiting(entry: os.DirEntry[str], stat: os.stat_result, kind: str, unit_code: str | None) -> WaitingFile:
    return WaitingFile(int(stat.st_mtime), entry.name, entry.path, kind, unit_code, stat.st_size)
