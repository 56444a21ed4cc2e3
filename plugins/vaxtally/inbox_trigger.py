"""The triggerer looks into the drop folders every few seconds, and says so when files have arrived and rest.

It holds no database connection and reads no file. What it has told stays told, also over a restart of the triggerer: a
file that cannot be taken in, and stays, starts nothing again until it changes.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from vaxtally.settings import Settings

if TYPE_CHECKING:
    from vaxtally.intake.discover import WaitingFile

log = logging.getLogger(__name__)

TOLD = "told"
# After a look that failed, so that a server that is gone is not asked every few seconds.
FAILED_SECONDS = 60.0


@dataclass
class Watch:
    """What was seen and told so far. Files are known by marks, not by names: those may be patients'."""

    told: set[str] = field(default_factory=set)
    _first_seen: dict[str, float] = field(default_factory=dict)

    def arrived(self, files: "Iterable[WaitingFile]", rest_seconds: float, now: float) -> int:
        """How many files are new that were the same in all looks of the last `rest_seconds`; from now on they are told.

        `now`: of any clock that only goes on. That of the files' machine does not matter, only that it says the same.
        """
        marks = {_mark(file) for file in files}
        self._first_seen = {mark: self._first_seen.get(mark, now) for mark in marks}
        rested = {mark for mark, since in self._first_seen.items() if now - since >= rest_seconds}
        new = rested - self.told
        self.told = (self.told & marks) | new
        return len(new)


class InboxTrigger(BaseEventTrigger):
    """Fires whenever files of a kind (`upload` or `report`) have arrived. Where they are looked for is a setting."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How the triggerer makes this trigger."""
        return "vaxtally.inbox_trigger.InboxTrigger", {"kind": self.kind}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, tell, wait; without end."""
        watch = Watch(await self._remembered())
        while True:
            before, pause = watch.told, FAILED_SECONDS
            try:
                settings = Settings.from_environment()
                files = await asyncio.to_thread(_look, settings, self.kind)
                if count := watch.arrived(files, _rest_seconds(settings), time.monotonic()):
                    yield TriggerEvent({"files": count, "set": _mark_of_all(watch.told)})
                pause = pause_seconds(settings)
            except Exception as error:
                # A look that fails is no reason to stop looking; the message may quote a name.
                log.warning("the inbox could not be looked into: %s", type(error).__name__)
            if watch.told != before:
                await self._remember(watch.told)
            await asyncio.sleep(pause)

    async def _remembered(self) -> set[str]:
        store = self.asset_state_store
        told: Any = await store.aget(TOLD, []) if store else []
        return set(told)

    async def _remember(self, told: set[str]) -> None:
        if self.asset_state_store:
            marks: Any = sorted(told)
            await self.asset_state_store.aset(TOLD, marks)


def pause_seconds(settings: Settings) -> float:
    """Between two looks: a server is asked less often than a folder of this machine."""
    from vaxtally.place import RemotePath

    return settings.watch_remote_seconds if isinstance(settings.inbox, RemotePath) else settings.watch_seconds


def _look(settings: Settings, kind: str) -> "list[WaitingFile]":
    from vaxtally.intake.discover import lying_files

    return lying_files(settings.inbox, kind)


def _rest_seconds(settings: Settings) -> float:
    from vaxtally.place import RemotePath, server

    is_whole = isinstance(settings.inbox, RemotePath) and server.is_object_store(settings.inbox)
    return 0.0 if is_whole else settings.rest_seconds


def _mark(file: "WaitingFile") -> str:
    return hashlib.sha256(f"{file.path}\0{file.size_bytes}\0{file.changed_at}".encode()).hexdigest()[:16]


def _mark_of_all(marks: set[str]) -> str:
    return hashlib.sha256("".join(sorted(marks)).encode()).hexdigest()[:16]
