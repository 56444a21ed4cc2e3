"""Where a file goes after its verdict, and where its answer lies. Everything made here is private (0700/0600)."""

import hashlib
import os
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaxtally.settings import Settings

LONGEST_NAME_BYTES = 255
LONGEST_SUFFIX_BYTES = 16


def private_folder(path: Path) -> Path:
    """Make a folder and its missing parents, each 0700."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file 0600, whole or not at all."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    part.replace(path)


def move_private(source: Path, target: Path) -> None:
    """Move a file to its private place, also across file systems."""
    private_folder(target.parent)
    shutil.move(source, target)
    target.chmod(0o600)


def kept_path(received_on: date, unit_code: str | None, upload_id: int, name: str) -> str:
    """`<day>/<unit or department>/<upload id>-<file name>`, below the archive or the quarantine folder."""
    return f"{received_on.isoformat()}/{unit_code or 'department'}/{fit_name(f'{upload_id}-{name}')}"


def fit_name(name: str, room: int = 0) -> str:
    """The name, shortened before its suffix where it and `room` more bytes would not fit a file system."""
    encoded = name.encode()
    if len(encoded) + room <= LONGEST_NAME_BYTES:
        return name
    suffix = Path(name).suffix if len(Path(name).suffix.encode()) <= LONGEST_SUFFIX_BYTES else ""
    mark = "~" + hashlib.sha256(encoded).hexdigest()[:8] + suffix
    return encoded[: LONGEST_NAME_BYTES - room - len(mark.encode())].decode(errors="ignore") + mark


def answer_folder(settings: "Settings", kind: str, unit_code: str | None) -> Path:
    """`outbox/<unit>`, `outbox/<unit>/reports` or `outbox/reports`."""
    folder = settings.outbox / unit_code if unit_code else settings.outbox
    return folder / "reports" if kind == "report" else folder
