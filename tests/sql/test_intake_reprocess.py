"""Rejected rows judged again after a list changed: what passes is the row it was, known from that day on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from vaxtally import intake, reference
from vaxtally.clock import RunTime
from vaxtally.errors import UsageError
from vaxtally.intake import rejudge, reprocess
from vaxtally.intake.reprocess import Rejected, ReprocessSummary
from vaxtally.text import fold

from ..intake_desk import AUG_10, AUG_11, Desk, people, person

AUG_12 = date(2021, 8, 12)
UNKNOWN = {"Vắc xin": "Phai do"}
REPORT = {"Ngày": "09/08/2021", "Vắc xin": "Pfizer", "Mũi": "1", "Số mũi tiêm": "30"}


@pytest.fixture
def alias(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The vaccine list learns what units call it."""

    def learn() -> None:
        known = {**reference.vaccine_by_fold(), fold(UNKNOWN["Vắc xin"]): "PFIZER"}
        monkeypatch.setattr("vaxtally.intake.canonical.words.vaccine_by_fold", lambda: known)

    return learn


def again(
    desk: Desk, rule: str = "vaccine.unknown", as_of: date = AUG_12, dry_run: bool = False, **chosen: Any
) -> ReprocessSummary:
    time = RunTime.now(desk.settings, as_of)
    done = reprocess.reprocess(desk.engine, desk.settings, time, Rejected(rule, **chosen), dry_run)
    if not dry_run:
        intake.finish_files(desk.engine, desk.settings)
    desk.check_sums()
    assert desk.query("SELECT 1 FROM pg_inherits WHERE inhparent = 'intake.staged_row'::regclass") == []
    return done


def doses(desk: Desk) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in desk.query(
            "SELECT u.file_name, d.row_number, d.vaccine, d.received_on FROM registry.dose AS d"
            " JOIN intake.upload AS u USING (upload_id) ORDER BY 1, 2"
        )
    ]


def test_what_passes_is_the_row_it_was_and_known_from_that_day(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("a.csv", [person(1), person(2, **UNKNOWN), person(3, **{"Họ và tên": ""})])
    desk.run(AUG_10)
    first = desk.answer("a.csv").summary
    alias()
    done = again(desk)
    assert (done.uploads, done.rows, done.rows_changed) == (1, {"loaded": 1}, 1)
    assert doses(desk) == [("a.csv", 1, "PFIZER", AUG_10), ("a.csv", 2, "PFIZER", AUG_12)]
    answer = desk.answer("a.csv")
    assert answer.outcomes == {"loaded": 2, "rejected": 1}
    assert answer.rules(2) == set() and answer.rules(3) == {"full_name.missing"}
    assert answer.summary["issues_by_rule"] == {"full_name.missing": 1}
    assert first["issues_by_rule"] == {"vaccine.unknown": 1, "full_name.missing": 1}
    history = desk.files(desk.outbox / "HOC-1" / "history")
    assert any(name.endswith(".result.csv") for name in history), "the earlier answer is kept"
    kept = desk.query("SELECT row_number, outcome, vaccine, closed_at IS NULL FROM intake.row ORDER BY 1")
    assert kept == [(2, "loaded", "PFIZER", False), (3, "rejected", "PFIZER", True)]
    entered = "SELECT sum(entered) FROM tally.entry_gap_as_of(:day)"
    assert [desk.query(entered, day=day)[0][0] for day in (AUG_10, AUG_11, AUG_12)] == [1, 1, 2]


def test_once_more_changes_nothing(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("a.csv", [person(1, **UNKNOWN), person(2, **UNKNOWN, **{"Mũi": "9"}), person(3, **{"Vắc xin": "??"})])
    desk.run(AUG_10)
    alias()
    done = again(desk)
    assert (done.rows, done.rows_changed) == ({"loaded": 1, "rejected": 2}, 2)
    assert desk.answer("a.csv").rules(2) == {"dose_number.invalid"}
    before, files = desk.dump(), desk.files()
    for as_of in (AUG_12, date(2021, 8, 13)):
        done = again(desk, as_of=as_of)
        assert (done.rows, done.rows_changed, done.changed_upload_ids) == ({"rejected": 1}, 0, [])
        assert (desk.dump(), desk.files()) == (before, files)


def test_a_dry_run_says_the_same_and_changes_nothing(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("a.csv", [person(n, **UNKNOWN) for n in range(25)])
    desk.put("b.csv", [person(30, **UNKNOWN), person(31)])
    desk.run(AUG_10)
    alias()
    before, files = desk.dump(), desk.files()
    tried = again(desk, dry_run=True)
    assert (desk.dump(), desk.files()) == (before, files)
    assert again(desk) == tried


def test_every_outcome_is_counted_and_answered(desk: Desk, alias: Callable[[], None]) -> None:
    """Duplicate of the unit's own later record, held beside another dose, updated, rejected for another reason."""
    desk.put("a.csv", [
        person(1, **UNKNOWN),
        person(2, **UNKNOWN),
        person(3, **UNKNOWN, **{"Ngày tiêm": "31/02/2021"}),
        person(4, **UNKNOWN),
        person(5),
    ])  # fmt: skip
    desk.run(AUG_10)
    desk.put("b.csv", [person(2, **{"Vắc xin": "Moderna"})])
    desk.put("c.csv", [person(4)], unit="HOC-2")
    desk.execute("UPDATE intake.row SET closed_at = NULL, closed_by_upload_id = NULL, closed_by_row_number = NULL")
    desk.run(AUG_11)
    desk.execute("UPDATE intake.row SET closed_at = NULL, closed_by_upload_id = NULL, closed_by_row_number = NULL")
    alias()
    done = again(desk, unit_code="HOC-1")
    assert done.rows == {"loaded": 1, "held": 2, "rejected": 1}
    answer = desk.answer("a.csv")
    assert answer.outcomes == {"loaded": 2, "held": 2, "rejected": 1}
    assert answer.rules(2) == {"record.same_day_dose"}
    assert answer.rules(4) == {"record.same_dose_other_unit"}
    reviews = desk.query("SELECT rule, row_number, opened_on FROM registry.review ORDER BY 2")
    assert reviews == [("record.same_day_dose", 2, AUG_12), ("record.same_dose_other_unit", 4, AUG_12)]


def test_rows_that_the_unit_corrected_since_are_left_alone(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("a.csv", [person(1, **UNKNOWN), person(2)])
    desk.run(AUG_10)
    desk.put("b.csv", [person(1, **{"Số lô": "NEW"})])
    desk.run(AUG_11)
    before = desk.dump()
    alias()
    done = again(desk)
    assert (done.uploads, done.rows) == (0, {})
    assert desk.dump() == before


@pytest.mark.parametrize("changed", [False, True])
def test_an_older_row_does_not_revert_what_the_unit_sent_later(
    desk: Desk, alias: Callable[[], None], changed: bool
) -> None:
    desk.put("a.csv", [person(1, **UNKNOWN, **{"Số lô": "OLD"}), person(2)])
    desk.run(AUG_10)
    if changed:
        desk.put("b.csv", [person(1, **{"Số lô": "FIRST"})])
    desk.put("c.csv", [person(1, **{"Số lô": "LAST"})])
    desk.run(AUG_11)
    desk.execute("UPDATE intake.row SET closed_at = NULL, closed_by_upload_id = NULL, closed_by_row_number = NULL")
    alias()
    assert again(desk).rows == {"duplicate": 1}
    assert desk.answer("a.csv").rules(1) == {"record.stale"}
    assert desk.query("SELECT DISTINCT lot_number FROM registry.dose ORDER BY 1") == [("FF0884",), ("LAST",)]


def test_serial_dates_are_read_by_their_workbooks_calendar(desk: Desk, alias: Callable[[], None]) -> None:
    import io

    import openpyxl
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    row = person(1, **UNKNOWN) | {"Ngày tiêm": (date(2021, 8, 9) - date(1904, 1, 1)).days}
    for cells in (list(row), list(row.values()), list(person(2).values())):
        book.active.append(cells)
    content = io.BytesIO()
    book.save(content)
    desk.put("a.xlsx", content.getvalue())
    desk.run(AUG_10)
    assert [row.now == row.before for row in restaged(desk)] == [True]
    alias()
    assert again(desk).rows == {"loaded": 1}
    assert desk.query("SELECT DISTINCT given_on FROM registry.dose") == [(date(2021, 8, 9),)]


def test_only_the_rows_that_were_asked_for(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("a.csv", [person(1, **UNKNOWN), person(2)])
    desk.put("b.csv", [person(3, **UNKNOWN), person(4)], unit="HOC-2")
    desk.put("c.csv", [person(5, **UNKNOWN), person(6)], unit="HOC-2")
    desk.run(AUG_10)
    alias()
    assert again(desk, "dose_number.invalid").uploads == 0
    last = desk.uploads()[-1].upload_id
    assert again(desk, upload_id=last).changed_upload_ids == [last]
    assert again(desk, unit_code="HOC-2").uploads == 1
    assert again(desk).uploads == 1


def test_a_file_out_of_quarantine(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("a.csv", [*(person(n, **UNKNOWN) for n in range(20)), *people(20, 21, 22), person(23, **{"Mũi": "x"})])
    desk.run(AUG_10)
    (upload,) = desk.uploads()
    assert upload.status == "quarantined" and Path(upload.archive_path).is_file()
    alias()
    done = again(desk)
    assert done.rows == {"loaded": 23, "rejected": 1}
    assert done.released_upload_ids == [upload.upload_id]
    (released,) = desk.uploads()
    assert (released.status, released.file_issues) == ("loaded", [])
    assert Path(released.archive_path).is_relative_to(desk.archive)
    assert Path(released.archive_path).is_file() and not Path(upload.archive_path).exists()
    answer = desk.answer("a.csv")
    assert (answer.status, answer.summary["rules"]) == ("loaded", [])
    assert answer.outcomes == {"loaded": 23, "rejected": 1}
    assert answer.rules(0) == set() and answer.rules(24) == {"dose_number.invalid"}
    before = desk.dump()
    assert again(desk, "file.mostly_rejected").uploads == 0
    desk.put("a.csv", Path(released.archive_path).read_bytes())
    desk.run(AUG_12)
    assert [upload.status for upload in desk.uploads()] == ["loaded", "repeated"]
    assert len(desk.dump()["registry.dose"]) == len(before["registry.dose"]) == 23


def test_a_file_that_is_mostly_rejected_still_gets_the_new_remarks(desk: Desk, alias: Callable[[], None]) -> None:
    rows = [person(n, **UNKNOWN, **{"Mũi": "x"}) for n in range(20)]
    desk.put("a.csv", [*rows, person(20, **UNKNOWN), person(21)])
    desk.run(AUG_10)
    assert desk.answer("a.csv").rules(21) == {"vaccine.unknown"}
    alias()
    done = again(desk, "file.mostly_rejected")
    assert (done.rows, done.rows_changed, done.released_upload_ids) == ({"rejected": 22}, 21, [])
    answer = desk.answer("a.csv")
    assert answer.status == "quarantined" and answer.summary["rules"] == ["file.mostly_rejected"]
    assert answer.rules(21) == {"file.mostly_rejected"} and answer.rules(1) == {"dose_number.invalid"}
    assert doses(desk) == []


def test_reports_too(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("r.csv", [{**REPORT, **UNKNOWN}, {**REPORT, "Mũi": "2"}], kind="reports")
    desk.put("city.csv", [{"Mã đơn vị": "HOC-9", **REPORT}], unit=None, kind="reports")
    desk.run(AUG_10)
    alias()
    assert again(desk, "report.vaccine_unknown").rows == {"loaded": 1}
    desk.list_units(**{"HOC-1": "vi", "HOC-1A": "vi", "HOC-2": "en", "HOC-9": "vi"})
    desk.run(AUG_12)
    assert again(desk, "report.unit_unknown").rows == {"loaded": 1}
    figures = desk.query(
        "SELECT unit_code, dose_number, doses_given, source, received_on FROM stats.report ORDER BY 1, 2"
    )
    assert figures == [
        ("HOC-1", 1, 30, "unit", AUG_12), ("HOC-1", 2, 30, "unit", AUG_10), ("HOC-9", 1, 30, "department", AUG_12),
    ]  # fmt: skip
    assert desk.query("SELECT sum(doses_given) FROM stats.report_as_of(:day)", day=AUG_11) == [(30,)]
    assert desk.answer("r.csv", "HOC-1/reports").outcomes == {"loaded": 2}


def test_a_later_report_has_the_last_word(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("r.csv", [{**REPORT, **UNKNOWN}], kind="reports")
    desk.run(AUG_10)
    desk.put("s.csv", [{**REPORT, "Số mũi tiêm": "35"}], kind="reports")
    desk.run(AUG_11)
    alias()
    done = again(desk, "report.vaccine_unknown")
    assert (done.rows, done.rows_revised) == ({}, 1)
    assert desk.query("SELECT doses_given FROM stats.current_report") == [(35,)]
    assert again(desk, "report.vaccine_unknown").uploads == 0, "it is closed"


def test_a_line_that_contradicts_its_own_file_stays_out(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("r.csv", [{**REPORT, **UNKNOWN, "Số mũi tiêm": "31"}, REPORT], kind="reports")
    desk.run(AUG_10)
    alias()
    assert again(desk, "report.vaccine_unknown").rows == {"rejected": 1}
    assert desk.answer("r.csv", "HOC-1/reports").rules(1) == {"report.contradiction"}
    assert desk.query("SELECT doses_given FROM stats.current_report") == [(30,)]


def test_the_same_name_sent_since_keeps_its_answer(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("a.csv", [person(1, **UNKNOWN), person(2)])
    desk.run(AUG_10)
    desk.put("a.csv", people(3))
    desk.run(AUG_11)
    alias()
    (changed,) = again(desk).changed_upload_ids
    assert desk.answer("a.csv").summary["upload_id"] > changed
    assert desk.answer(f"{changed}-a.csv", "HOC-1/history").outcomes == {"loaded": 2}


def test_an_update_is_judged_by_the_day_its_file_came(desk: Desk, alias: Callable[[], None]) -> None:
    """Rules about the future and about delay look at the file's own day, not at today."""
    desk.put("a.csv", [
        person(1, **UNKNOWN, **{"Ngày tiêm": "11/08/2021"}),
        person(2, **UNKNOWN, **{"Ngày tiêm": "09/08/2021"}),
        person(3),
    ])  # fmt: skip
    desk.run(AUG_10)
    alias()
    again(desk, as_of=date(2021, 9, 30))
    answer = desk.answer("a.csv")
    assert answer.rules(1) == {"given_on.in_future"}
    assert answer.rules(2) == set(), "not late: the file came in time"


def test_a_new_version_of_the_lists_is_noted(desk: Desk, alias: Callable[[], None], monkeypatch: Any) -> None:
    from vaxtally.intake import ruleset

    desk.put("a.csv", [person(1, **UNKNOWN), person(2)])
    desk.run(AUG_10)
    old = desk.answer("a.csv").summary["rules_version"]
    alias()
    changed = ruleset.parts() | {"vaccines": "1" * 64}
    monkeypatch.setattr(ruleset, "parts", lambda: changed)
    again(desk)
    assert desk.answer("a.csv").summary["rules_version"] != old
    (noted,) = desk.query("SELECT * FROM intake.reprocess")
    assert noted.previous_ruleset_id != noted.ruleset_id == desk.uploads()[0].ruleset_id
    assert (noted.rule, noted.as_of, noted.rows_judged, noted.rows_passed) == ("vaccine.unknown", AUG_12, 1, 1)


@pytest.mark.parametrize("rule", ["no.rule", "record.same_day_dose", "file.encoding", "lot_number.missing"])
def test_rules_that_reject_no_row_are_wrong_usage(desk: Desk, rule: str) -> None:
    with pytest.raises(UsageError):
        again(desk, rule)


def test_nothing_becomes_known_before_the_last_day(desk: Desk, alias: Callable[[], None]) -> None:
    desk.put("a.csv", [person(1, **UNKNOWN), person(2)])
    desk.run(AUG_11)
    alias()
    with pytest.raises(UsageError, match="before that"):
        again(desk, as_of=AUG_10)
    again(desk, as_of=AUG_12)
    desk.put("b.csv", people(4))
    assert desk.run(AUG_11)["earlier_as_of"], "what was judged again counts as taken in on that day"


@contextmanager
def killed(place: Any, name: str, at: str | None = None) -> Iterator[None]:
    """Kill the command when it comes to a function (with an argument that contains `at`)."""
    original = getattr(place, name)

    def die(*arguments: Any, **named: Any) -> Any:
        if at is None or any(at in str(argument) for argument in arguments):
            raise KeyboardInterrupt
        return original(*arguments, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(place, name, die)
        with pytest.raises(KeyboardInterrupt):
            yield


STEPS = [
    (rejudge, "copy_rows", None),
    (rejudge.db, "run", "intake/row/update_judged"),
    (rejudge.db, "run", "registry/review/insert"),
    (rejudge.db, "run", "intake/upload/update_judged"),
    (rejudge, "_release", None),
    (reprocess, "_changed_uploads", None),
    (intake, "finish_files", None),
]


@pytest.mark.parametrize("step", STEPS, ids=[f"{name} {at or ''}" for _, name, at in STEPS])
def test_killed_anywhere_and_run_again(desk: Desk, alias: Callable[[], None], step: Any, monkeypatch: Any) -> None:
    def fill() -> None:
        desk.put("a.csv", [*(person(n, **UNKNOWN) for n in range(25))])
        desk.put("b.csv", [person(30, **UNKNOWN), person(31)])
        desk.put("c.csv", [person(32, **UNKNOWN), person(33)], unit="HOC-2")
        desk.run(AUG_10)

    monkeypatch.setattr(reprocess.apply, "BATCH_ROWS", 1)
    fill()
    alias()
    with killed(*step):
        again(desk)
    again(desk)
    assert desk.query("SELECT upload_id FROM intake.upload WHERE answer_outdated_at IS NOT NULL") == []
    assert all(Path(upload.archive_path).is_file() for upload in desk.uploads())
    assert len(doses(desk)) == 29 == sum(upload.rows_loaded for upload in desk.uploads())
    assert {upload.status for upload in desk.uploads()} == {"loaded"}
    assert desk.answer("b.csv").outcomes == desk.answer("c.csv", "HOC-2").outcomes == {"loaded": 2}
    desk.run(AUG_12)
    assert len(doses(desk)) == 29


def test_a_file_at_fault_holds_up_no_other(desk: Desk, alias: Callable[[], None], monkeypatch: Any) -> None:
    from sqlalchemy.exc import DataError

    desk.put("a.csv", [person(1, **UNKNOWN), person(2)])
    desk.put("b.csv", [person(3, **UNKNOWN), person(4)])
    desk.run(AUG_10)
    bad = desk.uploads()[0].upload_id
    original = rejudge._stage_file

    def stumble(connection: Any, below: Any, shard: int, file: Any, rule: str) -> None:
        if file.upload_id == bad:
            raise DataError("statement", {}, ValueError("value"))
        original(connection, below, shard, file, rule)

    alias()
    monkeypatch.setattr(rejudge, "_stage_file", stumble)
    done = again(desk)
    assert (done.failed_upload_ids, done.rows) == ([bad], {"loaded": 1})


def restaged(desk: Desk) -> list[Any]:
    """Kept upload rows with their canonical values as they were, and as the kept cells give them now."""
    found = []
    for upload in desk.query("SELECT upload_id FROM intake.upload WHERE rows_rejected + rows_held > 0"):
        shard = desk.query("SELECT CAST(nextval('intake.shard_seq') AS integer)")[0][0]
        file = desk.query("SELECT *, true AS is_whole FROM intake.upload WHERE upload_id = :id", id=upload.upload_id)[0]
        rejudge.stage(desk.engine, desk.settings, shard, [file], "")
        table = f"intake.{rejudge.staging.ROW_TABLE[file.kind]}_{shard}"
        found += desk.query(
            "SELECT r.upload_id, r.row_number, r.sheet, r.canonical AS before, s.canonical AS now FROM intake.row AS r"
            " LEFT JOIN (SELECT n.row_number, jsonb_strip_nulls(to_jsonb(n) - ARRAY['shard', 'upload_id',"
            f" 'row_number', 'sheet', 'line', 'original']) AS canonical FROM {table} AS n) AS s"
            " ON r.row_number = s.row_number WHERE r.upload_id = :id ORDER BY 2",
            id=upload.upload_id,
        )
        with desk.engine.begin() as connection:
            rejudge.staging.drop_shard(connection, file.kind, shard)
    return found


def test_the_kept_cells_say_what_the_file_said(desk: Desk) -> None:
    """Repeated columns, malformed rows, quotes and line breaks."""
    header = ("Họ và tên", "Giới tính", "Ngày sinh", "CCCD", "CMND", "Vắc xin", "Mũi", "Ngày tiêm", "Ghi chú")
    lines = [
        ",".join(header),
        'Lê An,Nam,01/02/1980,079080000001,023456789,??,1,09/08/2021,"a ""quoted""\nline, two"',
        "Lê Bình,Nam,1980,,,??,1,09/08/2021,,,beyond",
        "Lê Cúc,Nữ,03/1980,'079180000003,,??,mũi 2,09/08/2021 08:30,=1+1",
    ]
    desk.put("a.csv", "\r\n".join(lines).encode())
    desk.run(AUG_10)
    rows = restaged(desk)
    assert [(row.row_number, row.now) for row in rows] == [(row.row_number, row.before) for row in rows]
    assert [row.before.get("cells_found") for row in rows] == [None, 11, None]
    before = desk.dump()
    done = again(desk)
    assert (done.rows, done.rows_changed) == ({"rejected": 3}, 0)
    assert desk.dump() == before


def test_a_dirty_citys_kept_cells_say_what_its_files_said(desk: Desk) -> None:
    """Text and workbooks, dates as numbers, two sheets, odd columns: every row that was kept."""
    from vaxtally.sample import write_city

    write_city(desk.folder / "city", units=12, rows=3_000, days=5, seed=7, dirty=0.5)
    summary = desk.run(date(2021, 9, 21), inbox=desk.folder / "city")
    rows = restaged(desk)
    kept = sum(summary[kind]["rows"][outcome] for kind in ("uploads", "reports") for outcome in ("rejected", "held"))
    # held, and the duplicate of what its unit has entered again since: its cells stay
    gone = desk.query("SELECT outcome FROM intake.row WHERE outcome NOT IN ('rejected', 'held')")
    assert [row.outcome for row in gone] == ["duplicate"]
    assert len(rows) == kept + len(gone) > 100
    assert {row.sheet is None for row in rows} == {True, False}, "text and workbooks"
    assert [row for row in rows if row.now != row.before] == []
    before = desk.dump()
    for rule in reference.rejecting_rules():
        done = again(desk, rule, date(2021, 9, 22))
        assert (done.rows_changed, set(done.rows) - {"rejected"}, done.failed_upload_ids) == (0, set(), []), rule
    after = desk.dump()
    assert [table for table in after if after[table] != before[table]] == [], "by the same lists all comes out the same"
