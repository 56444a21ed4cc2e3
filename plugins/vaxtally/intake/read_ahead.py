"""The planned files of a shard, read part by part and brought to canonical form while the parts before are copied."""

import hashlib
import logging
import traceback
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from vaxtally.intake import spool
from vaxtally.intake.discover import sha256_of
from vaxtally.place import place_of

if TYPE_CHECKING:
    import pyarrow as pa

    from vaxtally.intake.read import FileRefusedError, HeaderColumn, SourceFile
    from vaxtally.settings import Settings

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lists:
    """What cells are looked up in: each unit's own and lower units."""

    units_below: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Step:
    """What reading a file has come to: canonical rows of which more may follow, or (`rows` None) its end.

    At the end: why the file is refused, if it is, and whether the bytes read are those that were planned.
    """

    file: Any
    header: "list[HeaderColumn]"
    rows: "pa.Table | None" = None
    refusal: "FileRefusedError | None" = None
    is_as_planned: bool = True
    dates_from_1904: bool = False


def read_steps(settings: "Settings", lists: Lists, files: Iterable[Any]) -> Generator[Step, None, None]:
    """The steps of one file after the other; each has one end. Raises PlaceUnreachableError."""
    for file in files:
        try:
            with spool.planned(settings, file.kind, place_of(file.source_path)) as path:
                yield from _file_steps(lists, file, path)
        except (FileNotFoundError, PermissionError):
            # Of fetching: what reading raises is a refusal.
            yield Step(file, [], is_as_planned=False)


def ahead(steps: Generator[T, None, None]) -> Generator[T, None, None]:
    """The same steps, the next one made by a thread while the caller works on this one."""
    with closing(steps), ThreadPoolExecutor(1) as pool:
        made = pool.submit(next, steps, None)
        while step := made.result():
            made = pool.submit(next, steps, None)
            yield step


def _file_steps(lists: Lists, file: Any, path: Path) -> Iterator[Step]:
    """A file that our reader stumbles over is refused, and harms no other."""
    from vaxtally.intake.read import FileRefusedError, read_in_parts

    digest, header, refusal, from_1904 = hashlib.sha256(), [], None, False
    try:
        for source in read_in_parts(path, file.kind, digest=digest):
            header, from_1904 = source.header, source.dates_from_1904
            if source.rows:
                yield Step(file, header, canonical_rows(source, lists, file))
    except FileRefusedError as error:
        refusal = error
    except Exception as error:
        # Where, not what: the message of an unforeseen error may quote a cell.
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("upload %d: %s at %s:%s", file.upload_id, type(error).__name__, place.filename, place.lineno)
        refusal = FileRefusedError("file.unreadable")
    is_as_planned = _is_unchanged(file, path) if refusal else digest.hexdigest() == file.sha256
    yield Step(file, header, refusal=refusal, is_as_planned=is_as_planned, dates_from_1904=from_1904)


def _is_unchanged(file: Any, path: Path) -> bool:
    """Whether a file is there as it was planned: a verdict is on these bytes."""
    try:
        return sha256_of(path) == file.sha256
    except OSError:
        return False


def canonical_rows(source: "SourceFile", lists: Lists, file: Any) -> "pa.Table":
    """Rows in the columns of staging, as of the day the file was received (`kind`, `unit_code`, `received_on`)."""
    from vaxtally.intake.canonical import canonicalise_report, canonicalise_upload

    if file.kind == "upload":
        below = lists.units_below.get(file.unit_code, frozenset({file.unit_code}))
        return canonicalise_upload(source, file.unit_code, below, file.received_on)
    return canonicalise_report(source, file.unit_code, frozenset(lists.units_below), file.received_on)
