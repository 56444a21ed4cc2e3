"""Refused files that wait: which they are, put back to be judged afresh, discarded; killed in between."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from vaxtally import intake
from vaxtally.clock import RunTime
from vaxtally.errors import UsageError
from vaxtally.intake import quarantine
from vaxtally.intake.quarantine import Chosen
from vaxtally.tally import gaps

from ..intake_desk import AUG_10, AUG_11, MORNING, Desk, people, person

BAD = b"%PDF-1.4"


def waiting(desk: Desk, as_of: date = AUG_11, unit: str | None = None) -> list[str]:
    found = quarantine.waiting_uploads(desk.engine, as_of, unit)
    with desk.engine.connect() as connection:
        told = [file.upload_id for file in gaps.quarantined_files(connection, as_of, unit)]
    assert [file.upload_id for file in found] == told, "a mail says the same"
    return [file.file_name for file in found]


def time(desk: Desk, as_of: date = AUG_11) -> RunTime:
    return RunTime.now(desk.settings, as_of)


def retry(desk: Desk, *upload_ids: int, rule: str | None = None) -> list[tuple[int, str | None]]:
    done = quarantine.retry(desk.engine, desk.settings, time(desk), Chosen(upload_ids, rule), "An")
    return [(one.upload_id, one.problem) for one in done]


def ids(desk: Desk) -> dict[str, int]:
    return {upload.file_name: upload.upload_id for upload in desk.uploads()}


def decisions(desk: Desk) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in desk.query(
            "SELECT upload_id, decision, reason, decided_by, decided_on, became_upload_id"
            " FROM intake.quarantine_decision ORDER BY 1"
        )
    ]


def test_what_waits_and_why(desk: Desk) -> None:
    desk.put("a.csv", BAD)
    desk.put("b.csv", [person(n, **{"Mũi": "x"}) for n in range(25)], unit="HOC-2")
    desk.put("c.csv", people(1), unit="HOC-9")
    desk.put("d.csv", BAD, unit=None, kind="reports")
    desk.put("good.csv", people(2))
    desk.run()
    listed = quarantine.waiting_uploads(desk.engine, AUG_11)
    assert [(f.file_name, f.unit_code, f.kind, f.rules, f.rows_total, f.age_days) for f in listed] == [
        ("d.csv", None, "report", ("file.unreadable",), 0, 1),
        ("a.csv", "HOC-1", "upload", ("file.unreadable",), 0, 1),
        ("b.csv", "HOC-2", "upload", ("file.mostly_rejected",), 25, 1),
        ("c.csv", "HOC-9", "upload", ("file.unit_unknown",), 0, 1),
    ]
    assert listed[2].messages == ("Most rows fail; nothing was loaded. Check the template and send again.",)
    assert all(file.rules_version for file in listed)
    assert waiting(desk, unit="HOC-2") == ["b.csv"]
    assert waiting(desk, date(2021, 8, 9)) == []


def test_once_the_unit_is_listed_a_retried_file_loads(desk: Desk) -> None:
    path = desk.put("a.csv", people(1, 2), unit="HOC-9")
    desk.run(AUG_10)
    desk.list_units(**{"HOC-1": "vi", "HOC-9": "vi"})
    old = ids(desk)["a.csv"]
    assert retry(desk, old) == [(old, None)]
    assert path.is_file() and path.stat().st_mode & 0o777 == 0o600
    assert int(path.stat().st_mtime) == MORNING + 1, "as old as it was sent"
    (listed,) = quarantine.waiting_uploads(desk.engine, AUG_11)
    assert listed.retried_on == AUG_11
    desk.run(AUG_11)
    first, second = desk.uploads()
    assert (first.status, second.status) == ("quarantined", "loaded")
    assert decisions(desk) == [(old, "retried", None, "An", AUG_11, second.upload_id)]
    assert waiting(desk) == []
    assert Path(first.archive_path).is_file(), "the file of the old upload is kept, too"
    assert desk.answer("a.csv", "HOC-9").outcomes == {"loaded": 2}


def test_still_refused_the_new_upload_waits_in_its_place(desk: Desk) -> None:
    desk.put("a.csv", BAD)
    desk.put("b.csv", BAD + b"2", kind="reports")
    desk.put("c.csv", BAD + b"3", unit=None, kind="reports")
    desk.run(AUG_10)
    before = set(ids(desk).values())
    assert all(problem is None for _, problem in retry(desk, rule="file.unreadable"))
    assert desk.waiting() == ["HOC-1/reports/b.csv", "HOC-1/uploads/a.csv", "reports/c.csv"]
    desk.run(AUG_11)
    assert sorted(waiting(desk)) == ["a.csv", "b.csv", "c.csv"]
    assert not before & {file.upload_id for file in quarantine.waiting_uploads(desk.engine, AUG_11)}
    assert len([row for row in decisions(desk) if row[-1]]) == 3


def test_never_over_another_file(desk: Desk) -> None:
    desk.put("a.csv", BAD)
    desk.run(AUG_10)
    newer = desk.put("a.csv", people(1))
    ((_, problem),) = retry(desk, *ids(desk).values())
    assert problem == "another file of its name waits in the inbox"
    assert newer.read_bytes() != BAD and decisions(desk) == []
    assert desk.waiting() == ["HOC-1/uploads/a.csv"]
    desk.run(AUG_11)
    assert waiting(desk) == []


def test_a_file_that_is_gone_is_said(desk: Desk) -> None:
    desk.put("a.csv", BAD)
    desk.run(AUG_10)
    Path(desk.uploads()[0].archive_path).write_bytes(b"other")
    ((_, problem),) = retry(desk, *ids(desk).values())
    assert problem == "its file is not in quarantine any more"
    assert (desk.waiting(), decisions(desk)) == ([], [])


@pytest.mark.parametrize("at", ["copyfile", "link", "linked", "after"])
def test_killed_anywhere_and_run_again(desk: Desk, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    desk.put("a.csv", BAD)
    desk.run(AUG_10)
    old = ids(desk)["a.csv"]

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if at == "linked":
            link = os.link

            def link_and_die(*arguments: Any) -> None:
                link(*arguments)
                patched.setattr(Path, "unlink", killed)
                raise KeyboardInterrupt

            patched.setattr(quarantine.os, "link", link_and_die)
        elif at != "after":
            patched.setattr(quarantine.shutil if at == "copyfile" else quarantine.os, at, killed)
        if at == "after":
            retry(desk, old)
        else:
            with pytest.raises(KeyboardInterrupt):
                retry(desk, old)
    assert retry(desk, old) == [(old, None)]
    assert desk.waiting() == ["HOC-1/uploads/a.csv"]
    desk.run(AUG_11)
    _, second = desk.uploads()
    assert decisions(desk) == [(old, "retried", None, "An", AUG_11, second.upload_id)]
    assert desk.waiting() == []


def test_two_at_once_put_it_back_once(desk: Desk) -> None:
    desk.put("a.csv", BAD)
    desk.run(AUG_10)
    old = ids(desk)["a.csv"]
    assert retry(desk, old) == retry(desk, old) == [(old, None)]
    assert len(decisions(desk)) == 1
    desk.run(AUG_11)
    with pytest.raises(UsageError, match=f"as upload {old};"):
        retry(desk, old)


def test_what_is_discarded_is_asked_for_no_more_and_kept(desk: Desk) -> None:
    path = desk.put("a.csv", BAD)
    desk.put("b.csv", BAD + b"2")
    desk.run(AUG_10)
    a = ids(desk)["a.csv"]
    assert quarantine.discard(desk.engine, time(desk), Chosen((a,)), " Không phải danh sách ", "An") == [a]
    assert decisions(desk) == [(a, "discarded", "Không phải danh sách", "An", AUG_11, None)]
    assert waiting(desk) == ["b.csv"]
    assert waiting(desk, AUG_10) == ["a.csv", "b.csv"], "the past stays as it was told"
    assert Path(desk.uploads()[0].archive_path).is_file() and not path.exists()
    assert quarantine.discard(desk.engine, time(desk), Chosen((a,)), "again", "An") == [a]
    assert len(decisions(desk)) == 1
    assert [upload_id for upload_id, _ in retry(desk, rule="file.unreadable")] == [ids(desk)["b.csv"]]
    assert retry(desk, a) == [(a, None)], "by its id it can be taken up again"


@pytest.mark.parametrize(("chosen", "reason"), [(Chosen((999_999,)), "x"), (Chosen(rule="file.encoding"), " ")])
def test_wrong_usage_changes_nothing(desk: Desk, chosen: Chosen, reason: str) -> None:
    desk.put("a.csv", BAD)
    desk.run(AUG_10)
    with pytest.raises(UsageError):
        quarantine.discard(desk.engine, time(desk), chosen, reason, "An")
    assert decisions(desk) == []


def test_a_file_whose_rows_all_came_back_corrected_waits_no_more(desk: Desk) -> None:
    desk.put("a.csv", [person(n, **{"Mũi": "x"}) for n in range(25)])
    desk.run(AUG_10)
    assert waiting(desk, AUG_10) == ["a.csv"]
    desk.put("fixed.csv", people(*range(20)))
    desk.run(AUG_11)
    assert waiting(desk) == ["a.csv"], "five rows are still missing"
    desk.put("rest.csv", people(*range(20, 25)))
    desk.run(AUG_11)
    assert waiting(desk) == []


def test_a_file_that_is_not_moved_yet_is_left_to_the_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("a.csv", BAD)
    with monkeypatch.context() as patched:
        patched.setattr(intake, "finish_files", lambda *_: 0)
        desk.run(AUG_10)
    assert quarantine.waiting_uploads(desk.engine, AUG_11) == []
    desk.run(AUG_10)
    assert waiting(desk) == ["a.csv"]
