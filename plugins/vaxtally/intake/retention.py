"""How long files are kept: archive and quarantine are folders by day, and whole days are let go."""

import logging
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vaxtally.place import Place, RemotePath

if TYPE_CHECKING:
    from vaxtally.settings import Settings

log = logging.getLogger(__name__)


def release_expired(settings: "Settings", as_of: date) -> list[date]:
    """Delete the days of archive and quarantine whose retention ended before `as_of`; returns those days."""
    oldest_kept = as_of - timedelta(days=settings.retention_days)
    expired = set()
    for base in (settings.archive, settings.quarantine):
        for folder in _folders(base):
            day = _day(folder.name)
            if day and day < oldest_kept:
                folder.remove_tree() if isinstance(folder, RemotePath) else shutil.rmtree(folder)
                expired.add(day)
    if expired:
        log.info("files of %d days were kept for %d days and deleted", len(expired), settings.retention_days)
    return sorted(expired)


def _folders(base: Place) -> Iterator[Place]:
    if isinstance(base, RemotePath):
        yield from base.folders()
    elif base.is_dir():
        yield from (folder for folder in base.iterdir() if folder.is_dir() and not folder.is_symlink())


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None
