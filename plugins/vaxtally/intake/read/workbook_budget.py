"""What parsing a workbook may cost: looked up in the container before anything is unpacked.

The budget grows with what the file could honestly hold, so that a small hostile file never costs much, and a large
honest one is read. An honest XLSX packs 5 to 15 times, one of equal rows up to 60 times; a bomb hundreds of times.
Measured of calamine on 3 million cells in 113 MB of XML: 2.2 MB of memory and 0.03 s of processor time for each MB.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vaxtally.intake.read.source import Limits, unreadable

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MB = 1024**2
_MOST_ENTRIES = 10_000
# Of a directory of so many entries, with long names.
_DIRECTORY_BYTES = 2 * _MB
_END_OF_DIRECTORY = b"PK\x05\x06"
_END_BYTES = 22 + 65_535
# Small parts compress extremely well, in honest files too.
_RATIO_COUNTS_FROM = 10 * _MB
# What a file may cost for being packed so many times; more is not believed.
_BELIEVED_RATIO = 20
# An XLS has 65,536 rows of 256 cells at most.
_OLE_BYTES = 256 * _MB

_DATES_FROM_1904 = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904\s*=\s*[\"'](?:1|true|on)[\"']", re.IGNORECASE)
# BIFF8: a stream of records begins with BOF of type 'workbook globals'; record DATEMODE.
_BIFF_GLOBALS = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_BIFF_DATE_MODE = 0x22
_BIFF_PROBE = 64 * 1024


@dataclass(frozen=True)
class Budget:
    """What the child that parses a workbook may use and write."""

    memory_bytes: int
    seconds: int
    output_bytes: int
    dates_from_1904: bool


def budget_of(path: Path, limits: Limits) -> Budget:
    """Raises FileRefusedError file.unreadable for a container that asks for too much, or holds no workbook."""
    with path.open("rb") as file:
        is_archive = file.read(4) == ZIP_MAGIC
        if is_archive:
            unpacked, from_1904 = _look_into_archive(file, limits)
            believed = min(unpacked, _BELIEVED_RATIO * path.stat().st_size)
        else:
            believed, from_1904 = _look_into_container(file, path.stat().st_size)
    more = max(believed - 128 * _MB, 0)
    return Budget(
        memory_bytes=limits.child_memory_bytes + 5 * more // 2,
        seconds=limits.child_seconds + believed // (8 * _MB),
        output_bytes=min(limits.unpacked_bytes, 32 * _MB + 2 * believed),
        dates_from_1904=from_1904,
    )


def _look_into_archive(file: BinaryIO, limits: Limits) -> tuple[int, bool]:
    """The bytes it unpacks to, and whether its dates count from 1904."""
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names:
                raise unreadable("an archive that is no workbook")
            unpacked = _unpacked(entries, limits)
            with archive.open("xl/workbook.xml") as part:
                from_1904 = bool(_DATES_FROM_1904.search(part.read(_MB)))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise unreadable("a damaged archive") from error
    except Exception as error:
        # zlib and struct have errors of their own; what stands in them is of no use to anybody.
        if type(error).__module__ in ("zlib", "struct", "lzma"):
            raise unreadable("a damaged archive") from error
        raise
    return unpacked, from_1904


def _check_directory(file: BinaryIO) -> None:
    """The directory is read whole before an entry is seen: look at its size first."""
    size = file.seek(0, 2)
    file.seek(max(size - _END_BYTES, 0))
    end = file.read()
    place = end.rfind(_END_OF_DIRECTORY)
    record = end[place : place + 22]
    if place < 0 or len(record) < 22:
        raise unreadable("a damaged archive")
    entries, directory_bytes = int.from_bytes(record[10:12], "little"), int.from_bytes(record[12:16], "little")
    if entries > _MOST_ENTRIES or directory_bytes > _DIRECTORY_BYTES:
        raise unreadable("an archive of too many parts")
    file.seek(0)


def _unpacked(entries: list[zipfile.ZipInfo], limits: Limits) -> int:
    if len(entries) > _MOST_ENTRIES or any(entry.flag_bits & 1 for entry in entries):
        raise unreadable("an encrypted or an odd archive")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if unpacked > limits.unpacked_bytes:
        raise unreadable("too large when unpacked")
    if unpacked > _RATIO_COUNTS_FROM and unpacked > limits.unpacked_ratio * packed:
        raise unreadable("packed too tightly")
    return unpacked


def _look_into_container(file: BinaryIO, size: int) -> tuple[int, bool]:
    """The size of an XLS, which is not packed, and whether its dates count from 1904."""
    if size > _OLE_BYTES:
        raise unreadable("too large for an XLS")
    file.seek(0)
    content = file.read()
    place = content.find(_BIFF_GLOBALS)
    end = min(place + _BIFF_PROBE, len(content) - 6)
    while 0 <= place < end:
        kind, length = (int.from_bytes(content[place + at : place + at + 2], "little") for at in (0, 2))
        if kind == _BIFF_DATE_MODE:
            return size, content[place + 4] == 1
        place += 4 + length
    return size, False
