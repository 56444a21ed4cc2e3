"""The unit list as a run meets it, and how long files are kept."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from vaxtally.errors import UsageError
from vaxtally.intake.retention import release_expired

from ..intake_desk import AUG_10, AUG_11, Desk, people


def refused(desk: Desk) -> Path:
    return desk.outbox / "units.csv.result.csv"


def break_list(desk: Desk) -> None:
    path = desk.inbox / "units.csv"
    path.write_text(path.read_text("utf-8") + "HOC-1,Again,health_centre,760,,,,,,,,\n", encoding="utf-8")


def test_a_bad_list_leaves_the_last_good_one_and_says_so(desk: Desk) -> None:
    desk.run()
    break_list(desk)
    desk.put("a.csv", people(1))
    summary = desk.run(AUG_11)
    assert summary["unit_list"]["status"] == "refused"
    assert "HOC-1 stands 2 times" in summary["unit_list"]["reason"]
    text = refused(desk).read_text("utf-8-sig")
    assert "units.invalid" in text
    assert "Danh mục đơn vị chưa được cập nhật: đơn vị HOC-1 lặp lại 2 lần." in text
    assert refused(desk).stat().st_mode & 0o777 == 0o600
    assert desk.answer("a.csv").outcomes == {"loaded": 1}
    assert (desk.inbox / "units.csv").is_file()


def test_a_refused_list_is_said_once_and_cleared_by_a_good_one(desk: Desk) -> None:
    desk.run()
    break_list(desk)
    desk.run(AUG_11)
    before = desk.dump()["reference.unit_list"]
    desk.run(AUG_11)
    assert desk.dump()["reference.unit_list"] == before
    # The old list is put back, unchanged.
    desk.list_units()
    assert desk.run(AUG_11)["unit_list"]["status"] == "loaded"
    assert not refused(desk).exists()
    before = desk.dump()["reference.unit_list"]
    desk.run(AUG_11)
    assert desk.dump()["reference.unit_list"] == before
    assert len(before) == 3


def test_without_any_usable_list_nothing_is_taken_in(desk: Desk) -> None:
    (desk.inbox / "units.csv").write_text("nonsense")
    desk.put("a.csv", people(1))
    with pytest.raises(UsageError, match=r"units\.csv"):
        desk.run()
    (desk.inbox / "units.csv").unlink()
    with pytest.raises(UsageError, match=r"units\.csv"):
        desk.run()
    assert desk.uploads() == []
    assert desk.waiting() == ["HOC-1/uploads/a.csv"]


def test_a_list_that_was_seen_once_is_enough(desk: Desk) -> None:
    desk.run()
    (desk.inbox / "units.csv").unlink()
    desk.put("a.csv", people(1))
    desk.run()
    assert desk.answer("a.csv").outcomes == {"loaded": 1}


def test_every_list_is_archived(desk: Desk) -> None:
    content = (desk.inbox / "units.csv").read_bytes()
    desk.run()
    (kept,) = (desk.archive / "2021-08-10" / "units").iterdir()
    assert kept.read_bytes() == content


def test_a_list_still_being_written_is_left_alone(desk: Desk) -> None:
    desk.run()
    desk.list_units(**{"HOC-1": "vi"})
    desk.run(AUG_11, rest_seconds=3600.0)
    assert desk.query("SELECT count(*) FROM reference.unit WHERE closed_on IS NULL") == [(3,)]
    desk.run(AUG_11)
    assert desk.query("SELECT count(*) FROM reference.unit WHERE closed_on IS NULL") == [(1,)]


def test_a_file_still_being_written_is_left_alone(desk: Desk) -> None:
    desk.run()
    for name in ("a.csv", "b.csv.part", "c.TMP", ".d.csv"):
        desk.put(name, people(1))
    desk.run(rest_seconds=3600.0)
    assert desk.uploads() == []
    desk.run()
    assert desk.statuses() == [("a.csv", "loaded")]
    assert desk.waiting() == ["HOC-1/uploads/.d.csv", "HOC-1/uploads/b.csv.part", "HOC-1/uploads/c.TMP"]


def test_an_earlier_day_takes_nothing_in_and_may_report(desk: Desk) -> None:
    desk.put("a.csv", people(1))
    desk.run(AUG_11)
    break_list(desk)
    desk.list_units(**{"HOC-1": "vi"})
    assert desk.run(AUG_10)["errors"] == []
    desk.put("b.csv", people(2))
    before = desk.dump()
    summary = desk.run(AUG_10)
    assert summary["earlier_as_of"]
    assert "2021-08-11" in summary["errors"][0]
    after = desk.dump()
    assert {name for name in after if after[name] != before[name]} <= {"tally.entry_gap", "tally.reconciliation"}
    assert desk.waiting() == ["HOC-1/uploads/b.csv"]
    assert desk.query("SELECT count(*) FROM reference.unit WHERE closed_on IS NULL") == [(3,)]
    desk.run(AUG_11)
    assert desk.answer("b.csv").outcomes == {"loaded": 1}


def test_files_are_let_go_when_their_retention_ends(desk: Desk) -> None:
    desk.put("a.csv", people(1))
    desk.put("bad.csv", b"")
    desk.run()
    outside = desk.folder / "elsewhere"
    (outside / "2000-01-01").mkdir(parents=True)
    (desk.archive / "2001-01-01").symlink_to(outside)
    (desk.archive / "notes").mkdir()
    settings = desk.settings.with_changes(retention_days=30)
    assert release_expired(settings, AUG_10 + timedelta(days=30)) == []
    assert release_expired(settings, AUG_10 + timedelta(days=31)) == [date(2021, 8, 10)]
    assert sorted(path.name for path in desk.archive.iterdir()) == ["2001-01-01", "notes"]
    assert list(desk.quarantine.iterdir()) == []
    assert (outside / "2000-01-01").is_dir()
    desk.put("b.csv", people(2))
    desk.run(AUG_10 + timedelta(days=31), retention_days=30)
    assert desk.answer("b.csv").outcomes == {"loaded": 1}
