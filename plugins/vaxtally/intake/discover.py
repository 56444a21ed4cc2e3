"""Which files wait in the drop folders, in the order in which the contract applies them."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vaxtally.place import Place, RemotePath
from vaxtally.place.names import readable_name

KIND_OF_FOLDER = {"uploads": "upload", "reports": "report", "replies": "reply"}
# The second is what WinSCP, the usual SFTP program of Windows, calls a file until it is whole.
UNFINISHED_SUFFIXES = (".part", ".filepart", ".tmp")
# Excel's `~$list.xlsx` is hidden where it is made, and stands beside a workbook that somebody has open.
HIDDEN_PREFIXES = (".", "~$")
# What Windows writes into a folder that somebody opens, hidden there.
HIDDEN_NAMES = ("thumbs.db", "desktop.ini")
DEPARTMENT_FOLDER = "reports"


@dataclass(frozen=True, order=True)
class WaitingFile:
    """A file that lies in a drop folder. Sorts as the contract applies files: time (s), file name, path.

    `changed_at`: when anything about it last changed, by the clock of the machine it is on (a timestamp).
    """

    modified_second: int
    name: str
    path: str
    kind: str
    unit_code: str | None
    size_bytes: int
    changed_at: float

    @property
    def modified_at(self) -> datetime:
        return datetime.fromtimestamp(self.modified_second, UTC)


def waiting_files(inbox: Place, kind: str, rest_seconds: float, now: datetime) -> list[WaitingFile]:
    """Every file of a kind (`upload`, `report` or `reply`) whose size has rested for `rest_seconds`, in contract order.

    Hidden files, `*.part`, `*.tmp` and symbolic links are never touched.
    """
    found = lying_files(inbox, kind)
    if isinstance(inbox, RemotePath):
        from vaxtally.intake import remote_inbox

        return remote_inbox.rested(inbox, found, rest_seconds)
    return [file for file in found if _is_at_rest(file.changed_at, rest_seconds, now)]


def lying_files(inbox: Place, kind: str) -> list[WaitingFile]:
    """Every file of a kind, rested or not, in contract order."""
    if isinstance(inbox, RemotePath):
        from vaxtally.intake import remote_inbox

        return sorted(remote_inbox.lying_files(inbox, kind))
    return sorted(
        file
        for folder, unit_code in _folders(inbox, kind)
        for entry in _entries(folder)
        if entry.is_file(follow_symlinks=False) and is_finished(entry.name)
        if (file := _waiting(entry, kind, unit_code)) is not None
    )


def misplaced_files(inbox: Place) -> list[str]:
    """Files (relative to the inbox) that lie beside the drop folders of a unit, where nobody takes them in."""
    if isinstance(inbox, RemotePath):
        from vaxtally.intake import remote_inbox

        return sorted(remote_inbox.misplaced_files(inbox))
    return sorted(
        str(Path(entry.path).relative_to(inbox))
        for folder in _entries(inbox)
        if folder.is_dir(follow_symlinks=False) and folder.name != DEPARTMENT_FOLDER
        for entry in _entries(Path(folder.path))
        if entry.is_file(follow_symlinks=False) and is_finished(entry.name)
    )


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_rested(stat: os.stat_result, rest_seconds: float, now: datetime) -> bool:
    """Whether a local file is finished, as far as its times tell."""
    return _is_at_rest(_changed_at(stat), rest_seconds, now)


def is_finished(name: str) -> bool:
    """Whether a file's name says that it is whole, and meant for us."""
    is_hidden = name.startswith(HIDDEN_PREFIXES) or name.lower() in HIDDEN_NAMES
    return not is_hidden and not name.lower().endswith(UNFINISHED_SUFFIXES)


def _folders(inbox: Path, kind: str) -> Iterator[tuple[Path, str | None]]:
    if kind == "report":
        yield inbox / DEPARTMENT_FOLDER, None
    for entry in _entries(inbox):
        if entry.is_dir(follow_symlinks=False) and entry.name != DEPARTMENT_FOLDER and not entry.name.startswith("."):
            for folder, folder_kind in KIND_OF_FOLDER.items():
                if folder_kind == kind:
                    yield Path(entry.path) / folder, entry.name


def _entries(folder: Path) -> Iterable[os.DirEntry[str]]:
    try:
        _make_names_readable(folder)
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _make_names_readable(folder: Path) -> None:
    for entry in list(os.scandir(folder)):
        if (name := readable_name(os.fsencode(entry.name))) is not None:
            Path(entry.path).rename(folder / name)


def _changed_at(stat: os.stat_result) -> float:
    # The change time counts too: a copy that keeps the original's modification time is still being written.
    return max(stat.st_mtime, stat.st_ctime)


def _is_at_rest(changed_at: float, rest_seconds: float, now: datetime) -> bool:
    return rest_seconds <= 0 or now.timestamp() - changed_at >= rest_seconds


def _waiting(entry: os.DirEntry[str], kind: str, unit_code: str | None) -> WaitingFile | None:
    """The file; None where it was taken away since the folder was listed."""
    try:
        stat = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return WaitingFile(int(stat.st_mtime), entry.name, entry.path, kind, unit_code, stat.st_size, _changed_at(stat))
