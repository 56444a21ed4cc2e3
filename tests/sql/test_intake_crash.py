"""Killed anywhere, or two at once: the next run ends in the same state, and nothing counts twice."""

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from vaxtally import db, intake, quality
from vaxtally.clock import RunTime
from vaxtally.intake import answer, finish, places, spool, stage, staging
from vaxtally.intake.discover import sha256_of

from ..intake_desk import AUG_10, AUG_11, Desk, people, person


class Steps:
    """One run of the upload files, a step at a time."""

    def __init__(self, desk: Desk, as_of: date = AUG_10) -> None:
        self.desk = desk
        self.time = RunTime.now(desk.settings, as_of)
        self.shards: list[int] = []

    def plan(self) -> "Steps":
        self.shards = intake.plan_files(self.desk.engine, self.desk.settings, self.time, "upload")
        return self

    def stage(self) -> "Steps":
        for shard in self.shards:
            intake.stage_and_judge(self.desk.engine, self.desk.settings, shard)
        return self

    def apply(self) -> Any:
        return intake.apply_staged(self.desk.engine, self.desk.settings, self.time, "upload", self.shards)

    def finish(self) -> None:
        intake.finish_files(self.desk.engine, self.desk.settings)


def staging_is_empty(desk: Desk) -> bool:
    partitions = desk.query(
        "SELECT 1 FROM pg_inherits WHERE inhparent IN"
        " ('intake.staged_row'::regclass, 'intake.staged_report_row'::regclass, 'intake.staged_issue'::regclass)"
    )
    return not partitions and not desk.query("SELECT 1 FROM intake.staged_file")


def test_killed_between_the_commit_and_the_move(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2))
    Steps(desk).plan().stage().apply()
    assert desk.waiting() == ["HOC-1/uploads/a.csv"]
    assert not desk.outbox.exists()
    desk.run(AUG_11)
    assert desk.statuses() == [("a.csv", "loaded")]
    assert desk.waiting() == []
    assert desk.answer("a.csv").outcomes == {"loaded": 2}


def test_planned_again_before_it_was_finished_it_is_left_to_its_verdict(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2))
    Steps(desk).plan().stage().apply()
    desk.put("b.csv", people(3))
    later = Steps(desk).plan().stage()
    later.apply()
    later.finish()
    assert desk.statuses() == [("a.csv", "loaded"), ("b.csv", "loaded")]


@pytest.mark.parametrize("at", ["csv", "json", "move", "commit"])
def test_killed_while_answering_or_moving(desk: Desk, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    desk.put("a.csv", people(1))
    desk.run()
    desk.put("a.csv", people(1, 2))
    Steps(desk, AUG_11).plan().stage().apply()
    write, move = places.write_private, places.move_private

    def killed_writing(path: Path, content: bytes) -> None:
        if path.name.endswith(at):
            raise KeyboardInterrupt
        write(path, content)

    def killed_moving(source: Path, target: Path) -> None:
        from_inbox = source.is_relative_to(desk.inbox)
        if not (from_inbox and at == "move"):
            move(source, target)
        if from_inbox:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(places, "write_private", killed_writing)
        patched.setattr(places, "move_private", killed_moving)
        with pytest.raises(KeyboardInterrupt):
            intake.finish_files(desk.engine, desk.settings)
    desk.run(AUG_11)
    assert desk.waiting() == []
    assert desk.statuses() == [("a.csv", "loaded"), ("a.csv", "loaded")]
    assert desk.answer("a.csv").outcomes == {"loaded": 1, "duplicate": 1}
    first, second = desk.uploads()
    assert sorted(desk.files(desk.outbox / "HOC-1" / "history")) == [
        f"{first.upload_id}-a.csv.result.csv",
        f"{first.upload_id}-a.csv.result.json",
    ]
    assert sha256_of(Path(second.archive_path)) == second.sha256


def test_a_copy_to_another_disk_that_was_cut_off_is_made_again(desk: Desk) -> None:
    """Archive and inbox may be on two file systems: half a copy is no archive."""
    desk.put("a.csv", people(1, 2))
    Steps(desk).plan().stage().apply()
    (upload,) = desk.uploads()
    kept = Path(upload.archive_path)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"half")
    desk.run()
    assert desk.waiting() == []
    assert sha256_of(kept) == upload.sha256
    assert desk.statuses() == [("a.csv", "loaded")]


def test_copied_to_another_disk_and_not_yet_deleted(desk: Desk) -> None:
    path = desk.put("a.csv", people(1, 2))
    Steps(desk).plan().stage().apply()
    (upload,) = desk.uploads()
    kept = Path(upload.archive_path)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(path.read_bytes())
    desk.run()
    assert desk.statuses() == [("a.csv", "loaded")]
    assert desk.waiting() == []


def test_a_file_changed_after_its_verdict_is_a_file_of_its_own(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2))
    Steps(desk).plan().stage().apply()
    desk.put("a.csv", people(1, 2, 3))
    desk.run()
    assert desk.statuses() == [("a.csv", "loaded"), ("a.csv", "loaded")]
    assert desk.answer("a.csv").outcomes == {"loaded": 1, "duplicate": 2}


@pytest.mark.parametrize("change", ["taken away", "overwritten"])
def test_a_file_that_changes_between_plan_and_reading_is_left_for_the_next_run(desk: Desk, change: str) -> None:
    path = desk.put("a.csv", people(1, 2))
    desk.put("b.csv", people(3))
    steps = Steps(desk).plan()
    path.unlink()
    if change == "overwritten":
        desk.put("a.csv", people(1, 2, 4))
    steps.stage().apply()
    steps.finish()
    assert desk.statuses() == [("b.csv", "loaded")]
    desk.run()
    assert desk.statuses() == [("b.csv", "loaded"), *([("a.csv", "loaded")] if change == "overwritten" else [])]


def test_a_file_that_vanishes_while_planning_harms_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = desk.put("a.csv", people(1))
    desk.put("b.csv", people(2))

    def vanishing(path: Path) -> str:
        gone.unlink(missing_ok=True)
        return sha256_of(path)

    monkeypatch.setattr(spool, "sha256_of", vanishing)
    desk.run()
    assert desk.statuses() == [("b.csv", "loaded")]


def test_applied_again_nothing_happens(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2))
    steps = Steps(desk).plan().stage()
    steps.apply()
    before = desk.dump()
    assert steps.apply().files == {}
    assert desk.dump() == before


def test_staged_again_nothing_is_doubled(desk: Desk) -> None:
    desk.put("a.csv", people(1, 2))
    desk.put("b.csv", b"")
    Steps(desk).plan().stage().stage().apply()
    assert [(u.file_name, u.status, u.rows_total) for u in desk.uploads()] == [
        ("a.csv", "loaded", 2),
        ("b.csv", "quarantined", 0),
    ]


@pytest.mark.parametrize("steps_done", [1, 2])
def test_what_a_broken_run_left_is_dropped_and_planned_again(desk: Desk, steps_done: int) -> None:
    desk.put("a.csv", people(1, 2))
    broken = Steps(desk).plan()
    if steps_done == 2:
        broken.stage()
    desk.run()
    assert desk.statuses() == [("a.csv", "loaded")]
    assert staging_is_empty(desk)
    # The broken run wakes up: its plan was superseded.
    broken.stage()
    assert broken.apply().files == {}
    assert desk.statuses() == [("a.csv", "loaded")]


def test_the_file_at_fault_stays_and_the_others_are_applied(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.execute(
        "CREATE FUNCTION registry.fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no room for %', NEW.full_name; END $$"
    )
    desk.execute(
        "CREATE TRIGGER fail BEFORE INSERT ON registry.person FOR EACH ROW"
        " WHEN (NEW.full_name = 'Võ Không May') EXECUTE FUNCTION registry.fail()"
    )
    try:
        desk.put("a.csv", people(1))
        desk.put("Võ Không May.csv", [person(2), person(3, **{"Họ và tên": "Võ Không May"})])
        desk.put("c.csv", people(4))
        summary = desk.run()
    finally:
        desk.execute("DROP FUNCTION registry.fail CASCADE")
    assert desk.statuses() == [("a.csv", "loaded"), ("c.csv", "loaded")]
    assert desk.waiting() == ["HOC-1/uploads/Võ Không May.csv"]
    (error,) = summary["errors"]
    assert "could not be applied" in error
    assert "Võ" not in caplog.text + str(summary)
    assert staging_is_empty(desk)
    desk.run()
    assert desk.answer("Võ Không May.csv").outcomes == {"loaded": 2}


def test_an_answer_that_cannot_be_written_holds_nobody_else_up(desk: Desk) -> None:
    desk.put("a.csv", people(1))
    desk.put("b.csv", people(2), unit="HOC-2")
    desk.outbox.mkdir()
    in_the_way = desk.outbox / "HOC-1"
    in_the_way.write_text("a file where the folder should be")
    summary = desk.run()
    first = desk.uploads()[0].upload_id
    assert any(str(first) in error and "finished" in error for error in summary["errors"])
    assert desk.answer("b.csv", "HOC-2").outcomes == {"loaded": 1}
    assert desk.waiting() == ["HOC-1/uploads/a.csv"]
    in_the_way.unlink()
    assert desk.run()["errors"] == []
    assert desk.answer("a.csv").outcomes == {"loaded": 1}
    assert desk.statuses() == [("a.csv", "loaded"), ("b.csv", "loaded")]


def test_a_run_applies_only_what_it_judged_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run's file is read, and not judged yet, when this one applies."""
    desk.put("a.csv", people(1))
    first = Steps(desk).plan().stage()
    desk.put("b.csv", [person(2, **{"Họ và tên": ""})])
    second = Steps(desk).plan()
    judge = quality.judge

    def judge_later(*arguments: Any) -> Any:
        assert first.apply().files == {}
        return judge(*arguments)

    monkeypatch.setattr(quality, "judge", judge_later)
    second.stage()
    second.apply()
    second.finish()
    assert [(u.file_name, u.rows_loaded, u.rows_rejected) for u in desk.uploads()] == [("a.csv", 1, 0), ("b.csv", 0, 1)]


def test_a_plan_waits_for_a_shard_that_is_being_staged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It supersedes the other run, but not in the middle of a file."""
    desk.put("a.csv", people(1))
    first = Steps(desk).plan()
    second = Steps(desk)
    other = threading.Thread(target=second.plan)
    copy = stage.copy_rows

    def copy_slowly(*arguments: Any) -> None:
        other.start()
        other.join(0.5)
        copy(*arguments)

    monkeypatch.setattr(stage, "copy_rows", copy_slowly)
    first.stage()
    other.join(20)
    monkeypatch.undo()
    assert first.apply().files == {}
    second.stage().apply()
    assert desk.statuses() == [("a.csv", "loaded")]


def test_files_read_while_a_plan_waits_are_forgotten_with_the_others(registry: Engine) -> None:
    """Else two runs would take them in: rows that another changes meanwhile are passed over by a single DELETE."""
    planned = text(
        "INSERT INTO intake.staged_file (upload_id, shard, kind, file_name, source_path, kept_path, modified_at,"
        " sha256, size_bytes, language, received_on, received_at) SELECT n, 1, 'upload', 'a', 'a', 'a', now(), n, 1,"
        " 'vi', '2021-08-10', now() FROM generate_series(1, 5) AS n"
    )
    with registry.begin() as connection:
        connection.execute(planned)

    def forget() -> None:
        with registry.begin() as connection:
            # A plan that PostgreSQL may take any day: row by row through the key.
            connection.execute(text("SET LOCAL random_page_cost = 1.1"))
            staging.drop_leftovers(connection, "upload")

    other = threading.Thread(target=forget)
    with staging.kept_shard(registry, 1):
        other.start()
        other.join(0.5)
        with registry.begin() as connection:
            connection.execute(text("UPDATE intake.staged_file SET state = 'read'"))
    other.join(20)
    with registry.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM intake.staged_file")).scalar() == 0


def test_two_runs_at_once_end_as_one_after_the_other(desk: Desk) -> None:
    def drop_files() -> None:
        for n in range(6):
            desk.put(f"a{n}.csv", [*people(n, n + 1), person(n + 50, **{"Họ và tên": ""})])
            desk.put(f"b{n}.csv", people(n, n + 20), unit="HOC-2")
        desk.put("r.csv", [{"Ngày": "09/08/2021", "Vắc xin": "AZ", "Mũi": "1", "Số mũi tiêm": "3"}], kind="reports")

    drop_files()
    desk.run()
    desk.run()
    expected, statuses = desk.natural(), sorted(desk.statuses())
    desk.clear()
    desk._second -= 13
    drop_files()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            desk.run()
        except BaseException as error:
            raised.append(error)

    runs = [threading.Thread(target=run) for _ in range(2)]
    for each in runs:
        each.start()
    for each in runs:
        each.join(60)
    assert raised == []
    assert desk.waiting() == []
    assert sorted(desk.statuses()) == statuses
    assert desk.natural() == expected
    assert staging_is_empty(desk)


def test_two_finishing_at_once_do_not_meet(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("a.csv", people(1))
    Steps(desk).plan().stage().apply()
    write = answer.write_answer
    other = threading.Thread(target=intake.finish_files, args=(desk.engine, desk.settings))
    written: list[int] = []

    def write_slowly(connection: Any, settings: Any, upload: Any) -> None:
        written.append(upload.upload_id)
        if len(written) == 1:
            other.start()
            other.join(0.3)
        write(connection, settings, upload)

    monkeypatch.setattr(finish.answer, "write_answer", write_slowly)
    assert intake.finish_files(desk.engine, desk.settings) == 1
    other.join(20)
    assert len(written) == 1


def test_a_server_that_goes_away_is_said_in_a_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import text

    from vaxtally.errors import DatabaseUnreachableError

    desk.put("a.csv", people(1))
    judge = quality.judge

    def cut_off(engine: Any, *arguments: Any) -> Any:
        with desk.engine.connect() as connection:
            ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(text(ours + " AND pid <> pg_backend_pid()"))
        return judge(engine, *arguments)

    other = db.make_engine(desk.url)
    monkeypatch.setattr(quality, "judge", cut_off)
    with pytest.raises(DatabaseUnreachableError, match="next run"), db.lost_server_as_error():
        from vaxtally import oneshot

        oneshot.run_once(other, desk.settings, AUG_10)
    other.dispose()
    monkeypatch.undo()
    desk.run()
    assert desk.statuses() == [("a.csv", "loaded")]
