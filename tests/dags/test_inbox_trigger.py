"""What the triggerer says about the drop folders: once for each new set of files, never before they rest."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from vaxtally import inbox_trigger
from vaxtally.inbox_trigger import InboxTrigger, Watch
from vaxtally.intake.discover import WaitingFile, lying_files

ABSENT = 0.6


class Store:
    """Stands for Airflow's store of an asset's state."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def aget(self, key: str, default: Any = None) -> Any:
        return self.kept.get(key, default)

    async def aset(self, key: str, value: Any) -> None:
        self.kept[key] = value


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAXTALLY_INBOX", str(tmp_path))
    monkeypatch.setenv("VAXTALLY_REST_SECONDS", "0")
    monkeypatch.setenv("VAXTALLY_WATCH_SECONDS", "0.2")
    folder = tmp_path / "HOC-1" / "uploads"
    folder.mkdir(parents=True)
    return folder


@asynccontextmanager
async def listening(trigger: InboxTrigger) -> AsyncIterator[list[int]]:
    """The events of a running trigger as they come: how many files each is about."""
    events: list[int] = []

    async def listen() -> None:
        async for event in trigger.run():
            events.append(event.payload["files"])

    task = asyncio.create_task(listen())
    yield events
    task.cancel()


async def until(events: list[int], files: int) -> None:
    """Wait until that many files were told, and a few looks longer: no more may come."""
    for _ in range(100):
        if sum(events) >= files:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(ABSENT)
    assert sum(events) == files


def waiting(path: str, size: int = 1, changed_at: float = 1.0) -> WaitingFile:
    return WaitingFile(1, path, path, "upload", "HOC-1", size, changed_at)


def test_a_file_is_told_when_it_has_rested_and_once() -> None:
    watch = Watch()
    assert watch.arrived([waiting("a")], 10, now=0) == 0
    assert watch.arrived([waiting("a", size=2)], 10, now=8) == 0
    assert watch.arrived([waiting("a", size=2)], 10, now=16) == 0
    assert watch.arrived([waiting("a", size=2), waiting("b")], 10, now=18) == 1
    assert watch.arrived([waiting("a", size=2), waiting("b")], 10, now=20) == 0
    assert watch.arrived([waiting("a", size=2), waiting("b")], 10, now=28) == 1
    assert watch.arrived([waiting("a", size=2), waiting("b")], 10, now=99) == 0


def test_a_file_that_was_gone_and_is_there_again_is_new() -> None:
    watch = Watch()
    assert watch.arrived([waiting("a")], 0, now=0) == 1
    assert watch.arrived([], 0, now=1) == 0
    assert watch.arrived([waiting("a", changed_at=5.0)], 0, now=2) == 1


def test_events_for_new_files_only_and_none_for_those_that_stay(uploads: Path) -> None:
    async def look() -> None:
        trigger, store = InboxTrigger("upload"), Store()
        trigger.asset_state_store = store  # pyright: ignore[reportAttributeAccessIssue]
        (uploads / "Nguyễn Văn A.csv").write_text("1")
        (uploads / "b.csv.part").write_text("1")
        async with listening(trigger) as events:
            await until(events, 1)
            (uploads / "c.csv").write_text("1")
            (uploads / "d.csv").write_text("1")
            await until(events, 3)
        assert "Nguyễn" not in str(store.kept)

    asyncio.run(look())


def test_what_was_told_stays_told_over_a_restart(uploads: Path) -> None:
    async def look() -> None:
        store = Store()
        (uploads / "a.csv").write_text("1")
        for expected in (1, 0):
            trigger = InboxTrigger("upload")
            trigger.asset_state_store = store  # pyright: ignore[reportAttributeAccessIssue]
            async with listening(trigger) as events:
                await asyncio.sleep(1)
                await until(events, expected)

    asyncio.run(look())


def test_a_look_that_fails_ends_nothing_and_quotes_nothing(
    uploads: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = []

    def failing_once(*arguments: Any) -> Any:
        looks.append(arguments)
        if len(looks) == 1:
            raise OSError("Nguyễn Văn A.csv")
        return lying_files(*arguments)

    async def look() -> None:
        (uploads / "a.csv").write_text("1")
        async with listening(InboxTrigger("upload")) as events:
            await until(events, 1)

    monkeypatch.setattr("vaxtally.intake.discover.lying_files", failing_once)
    monkeypatch.setattr(inbox_trigger, "FAILED_SECONDS", 0.1)
    asyncio.run(look())
    assert "OSError" in caplog.text
    assert "Nguyễn" not in caplog.text


def test_looking_at_1300_units_costs_little(uploads: Path) -> None:
    for n in range(1300):
        for folder in ("uploads", "reports"):
            (uploads.parent.parent / f"U-{n}" / folder).mkdir(parents=True)
    begun = os.times()
    lying_files(uploads.parent.parent, "upload")
    used = os.times()
    assert used.user + used.system - begun.user - begun.system < 0.5
