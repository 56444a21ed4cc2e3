"""`vaxtally run` and `vaxtally check` as a person types them: exit codes, what is printed, what a second run does."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vaxtally import cli
from vaxtally.loopback import free_port
from vaxtally.outreach import sink

from ..intake_desk import Desk, Inbox, people, person

REPORT = {"Ngày": "05/08/2021", "Vắc xin": "Pfizer", "Mũi": "1", "Số mũi tiêm": "30"}
AS_OF = ("--as-of", "2021-08-10")


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        """The one JSON object, which is the last thing printed and, with --json, the only one."""
        return json.loads(self.out)


@pytest.fixture
def command(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable[..., Result]:
    for name in os.environ:
        if name.startswith("VAXTALLY_") and name != "VAXTALLY_TEST_SERVER_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("VAXTALLY_REGISTRY_URL", desk.url)
    monkeypatch.setenv("VAXTALLY_HOME", str(desk.settings.home))
    monkeypatch.setenv("VAXTALLY_DIGEST_TO", "so-y-te@example.vn")

    def run(*arguments: str, **environ: str) -> Result:
        for name, value in environ.items():
            monkeypatch.setenv(f"VAXTALLY_{name.upper()}", value)
        capsys.readouterr()
        try:
            code = cli.main(arguments)
        except SystemExit as stop:
            code = int(str(stop.code))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Result(code, out, err)

    return run


@pytest.fixture
def run(desk: Desk, command: Callable[..., Result]) -> Callable[..., Result]:
    """`vaxtally run --json` on the desk's folders as of 10 August."""
    folders = ("--inbox", str(desk.inbox), "--outbox", str(desk.outbox))
    return lambda *more, **environ: command("run", *folders, *(more or AS_OF), "--json", **environ)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[sink.SinkServer]:
    with sink.running(tmp_path / "mails") as server:
        yield server


def fill(desk: Inbox) -> None:
    desk.put("a.csv", [*people(1, 2, **{"Ngày tiêm": "05/08/2021"}), person(3, **{"Họ và tên": ""})])
    desk.put("b.csv", b"nonsense", unit="HOC-2")
    desk.put("r.csv", [REPORT], kind="reports")
    desk.put("city.csv", [{"Mã đơn vị": "HOC-2", **REPORT}], unit=None, kind="reports")


def one_sentence(result: Result) -> str:
    """What stands on stderr, which is one line for a person."""
    (line,) = result.err.strip().splitlines()
    assert line.startswith("vaxtally: ")
    assert line.endswith(".")
    return line


def test_a_second_run_changes_and_sends_nothing(desk: Desk, run: Callable[..., Result], post: sink.SinkServer) -> None:
    fill(desk)
    first = run(mail_url=post.url)
    assert (first.code, first.err) == (0, "")
    assert first.summary["uploads"]["files"] == {"loaded": 1, "quarantined": 1}
    assert first.summary["reports"]["files"] == {"loaded": 2}
    assert first.summary["mail"]["units"]["sent"] == 2
    assert first.summary["mail"]["digest"]["sent"] == 1
    # One file has a row to correct, one was refused.
    assert first.summary["mail"]["receipts"]["sent"] == 2
    assert len(post.mails) == 5
    tables, outbox, archive = desk.dump(), desk.files(), desk.files(desk.settings.home)
    second = run()
    assert (second.code, second.err) == (0, "")
    assert second.summary["uploads"] == second.summary["reports"] == {"files": {}, "rows": {}}
    assert desk.dump() == tables
    assert desk.files() == outbox
    assert desk.files(desk.settings.home) == archive
    assert len(post.mails) == 5


def test_for_a_person_the_summary_is_text(desk: Desk, command: Callable[..., Result]) -> None:
    fill(desk)
    desk.put("../lost.csv", people(9))
    result = command("run", *AS_OF, inbox=str(desk.inbox), outbox=str(desk.outbox))
    assert result.code == 0
    assert "3 rows" in result.out
    assert "VAXTALLY_MAIL_URL" in result.out
    assert result.out.strip().splitlines()[-1].endswith(str(desk.outbox))
    assert not result.out.lstrip().startswith("{")


def test_without_a_mail_url_mails_stay_queued(desk: Desk, run: Callable[..., Result], post: sink.SinkServer) -> None:
    fill(desk)
    result = run()
    assert result.code == 0
    units = result.summary["mail"]["units"]
    assert (units["sent"], units["waiting"]) == (0, 2)
    assert any("VAXTALLY_MAIL_URL" in note for note in units["notes"])
    assert run(mail_url=post.url).summary["mail"]["units"]["sent"] == 2


def test_nothing_to_do_is_done(desk: Desk, run: Callable[..., Result]) -> None:
    result = run()
    assert (result.code, result.err) == (0, "")
    assert result.summary["uploads"] == {"files": {}, "rows": {}}


def test_a_refused_mail_is_exit_3_and_tried_again(
    desk: Desk, run: Callable[..., Result], post: sink.SinkServer
) -> None:
    fill(desk)
    post.refuse.add("hoc-1@example.vn")
    result = run(mail_url=post.url)
    assert result.code == 3
    assert result.summary["mail"]["units"]["failed"] == 1
    assert result.summary["uploads"]["rows"]["loaded"] == 2
    post.refuse.clear()
    result = run()
    assert (result.code, result.summary["mail"]["units"]["sent"]) == (0, 1)
    # The five mails of the day, and one to the Department about the address.
    assert desk.query("SELECT status, count(*) FROM outreach.message GROUP BY status") == [("sent", 6)]


def test_no_mail_server_is_exit_3_with_the_data_loaded(desk: Desk, run: Callable[..., Result]) -> None:
    fill(desk)
    result = run(mail_url=f"mailto://127.0.0.1:{free_port()}")
    assert result.code == 3
    assert result.summary["uploads"]["rows"]["loaded"] == 2
    assert desk.waiting() == []


def test_no_inbox(desk: Desk, command: Callable[..., Result]) -> None:
    missing = str(desk.folder / "nowhere")
    for result in (command("run", "--inbox", missing, "--json"), command("run", "--json", inbox=missing)):
        assert (result.code, result.out) == (2, "")
        assert missing in one_sentence(result)


def test_no_unit_list_ever_seen(desk: Desk, run: Callable[..., Result]) -> None:
    (desk.inbox / "units.csv").unlink()
    desk.put("a.csv", people(1))
    result = run()
    assert (result.code, result.out) == (2, "")
    assert "units.csv" in one_sentence(result)
    assert desk.waiting() == ["HOC-1/uploads/a.csv"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("rum",),
        ("run", "--as-of", "10/08/2021"),
        ("run", "--as-of", "20210810"),
        ("run", "--as-of", "2021-02-30"),
        ("run", "--unknown"),
        ("check",),
        ("check", "a.csv"),
        ("sample",),
        ("sample", "--out", "x", "--units", "0"),
        ("sample", "--out", "x", "--dirty", "2"),
    ],
)
def test_wrong_usage(command: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    result = command(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("usage: ")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("mail_mode", "sometimes"),
        ("grace_days", "one"),
        ("mail_url", "https://example.vn"),
        ("mail_url", "mailto://mail.example.vn"),
        ("registry_url", "sqlite:///x.db"),
        ("registry_url", "nonsense"),
        ("registry_url", "postgresql://user:geheim@[broken"),
    ],
)
def test_a_setting_that_cannot_be_is_said_before_anything_is_done(
    desk: Desk, run: Callable[..., Result], setting: str, value: str
) -> None:
    fill(desk)
    waiting = desk.waiting()
    result = run(**{setting: value})
    assert (result.code, result.out) == (2, "")
    assert f"VAXTALLY_{setting.upper()}" in one_sentence(result)
    assert "geheim" not in result.err
    assert desk.waiting() == waiting
    assert desk.uploads() == []


@pytest.mark.parametrize("what", ["port", "database", "password"])
def test_a_database_that_cannot_be_reached_is_exit_4(desk: Desk, run: Callable[..., Result], what: str) -> None:
    fill(desk)
    inbox = desk.files(desk.inbox)
    url = desk.engine.url.set(
        port=free_port() if what == "port" else desk.engine.url.port,
        database="no_such_database" if what == "database" else desk.engine.url.database,
        username="nobody" if what == "password" else desk.engine.url.username,
        password="wrong-geheim",
    )
    result = run(registry_url=url.render_as_string(hide_password=False))
    assert (result.code, result.out) == (4, "")
    assert "nothing was changed" in one_sentence(result)
    assert "geheim" not in result.err
    assert desk.files(desk.inbox) == inbox
    assert not desk.outbox.exists()
    assert desk.uploads() == []


def test_an_earlier_day_takes_nothing_in(desk: Desk, run: Callable[..., Result]) -> None:
    fill(desk)
    run()
    desk.put("late.csv", people(7))
    result = run("--as-of", "2021-08-09")
    assert result.code == 2
    assert "takes nothing in" in one_sentence(result)
    assert result.summary["earlier_as_of"]
    assert result.summary["tally"]["as_of"] == "2021-08-09"
    assert desk.waiting() == ["HOC-1/uploads/late.csv"]


def test_a_file_that_could_not_be_applied_is_no_success(
    desk: Desk, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import text

    from vaxtally import registry

    def broken(connection: Any, *_: Any) -> None:
        connection.execute(text("SELECT 1 / 0"))

    monkeypatch.setattr(registry, "apply", broken)
    fill(desk)
    result = run()
    assert result.code == 1
    assert "could not be applied" in result.err
    assert result.summary["reports"]["files"] == {"loaded": 2}
    assert desk.waiting() == ["HOC-1/uploads/a.csv"]


def test_check_prints_the_answer_and_its_summary(desk: Desk, command: Callable[..., Result]) -> None:
    desk.run()
    path = desk.folder / "a.csv"
    path.write_bytes(desk.put("a.csv", [person(1), person(2, **{"Họ và tên": ""})]).read_bytes())
    before = desk.dump()
    text = command("check", str(path), "--unit", "HOC-1", *AS_OF)
    assert text.code == 0
    assert text.out.startswith("row_number,sheet,line,outcome,rule,")
    assert "full_name.missing" in text.out
    only = command("check", str(path), "--unit", "HOC-1", *AS_OF, "--json")
    assert only.summary["rows_rejected"] == 1
    assert desk.dump() == before
    assert command("check", str(path), "--unit", "HOC-9").code == 2
    assert command("check", str(path) + "x", "--unit", "HOC-1").code == 2


def in_a_process(arguments: list[str], folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The installed command, from a folder of no meaning."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VAXTALLY_")}
    return subprocess.run(
        [str(Path(sys.executable).with_name("vaxtally")), *arguments],
        cwd=folder, env=clean | environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_installed_command_with_a_database_of_its_own(tmp_path: Path) -> None:
    """No URL: an embedded server, made by the first run, found again by the second, stopped with each."""
    from vaxtally import embedded_postgres

    desk = Inbox(tmp_path)
    desk.list_units()
    fill(desk)
    arguments = ["run", "--inbox", "inbox", "--outbox", "out box", *AS_OF, "--json"]
    try:
        first = in_a_process(arguments, tmp_path, VAXTALLY_HOME=str(tmp_path / "home"))
        assert (first.returncode, first.stderr) == (0, "")
        assert json.loads(first.stdout)["uploads"]["rows"]["loaded"] == 2
        assert (tmp_path / "out box" / "HOC-1" / "a.csv.result.csv").is_file()
        outbox = desk.files(tmp_path / "out box")
        second = in_a_process(arguments, tmp_path, VAXTALLY_HOME=str(tmp_path / "home"))
        assert (second.returncode, second.stderr) == (0, "")
        assert json.loads(second.stdout)["uploads"]["files"] == {}
        assert desk.files(tmp_path / "out box") == outbox
        assert (tmp_path / "home" / "archive").stat().st_mode & 0o777 == 0o700
    finally:
        embedded_postgres.remove(tmp_path / "home")


def test_the_installed_command_without_its_database(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody@127.0.0.1:{taken.getsockname()[1]}/x"
        found = in_a_process(["run", "--inbox", "inbox", "--json"], tmp_path, VAXTALLY_REGISTRY_URL=url)
    assert (found.returncode, found.stdout) == (4, "")
    assert len(found.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox"]


def test_a_mistyped_year_takes_nothing_in(desk: Desk, run: Callable[..., Result]) -> None:
    fill(desk)
    result = run("--as-of", "2201-08-10")
    assert result.code == 2
    assert "lies in the future" in one_sentence(result)
    assert desk.uploads() == []
    assert run().code == 0


def test_refused_files_are_listed_without_their_names(desk: Desk, run: Callable[..., Result], command: Any) -> None:
    desk.put("Trần Bí Mật.csv", b"nonsense")
    assert command("quarantine", "list", "--as-of", "2021-08-12").out == "Nothing waits.\n"
    run()
    shown = command("quarantine", "list", "--as-of", "2021-08-12")
    assert shown.code == 0
    assert "received 2021-08-10 (2 days)" in shown.out and "file.header_missing" in shown.out
    assert "Bí Mật" not in shown.out
    assert "Bí Mật" in command("quarantine", "list", "--as-of", "2021-08-12", "--names").out
    (listed,) = command("quarantine", "list", "--as-of", "2021-08-12", "--json").summary
    assert "file_name" not in listed
    assert (listed["unit_code"], listed["age_days"], listed["rules"]) == ("HOC-1", 2, ["file.header_missing"])
    assert command("quarantine", "list", "--unit", "HOC-2", "--json").summary == []


def test_retry_and_discard_as_a_person_types_them(desk: Desk, run: Callable[..., Result], command: Any) -> None:
    desk.put("a.csv", b"nonsense")
    desk.put("b.csv", b"nonsense 2", unit="HOC-2")
    run()
    day, inbox = ("--as-of", "2021-08-11"), ("--inbox", str(desk.inbox))
    a, b = (str(upload.upload_id) for upload in desk.uploads())
    for wrong in (
        ("retry",),
        ("retry", a, "--all"),
        ("retry", "999999"),
        ("discard", b),
        ("discard", b, "--reason", ""),
    ):
        assert command("quarantine", *wrong, *day, *(inbox if wrong[0] == "retry" else ())).code == 2, wrong
    assert command("quarantine", "retry", a, *day, "--inbox", str(desk.folder / "none")).code == 2
    discarded = command("quarantine", "discard", b, "--reason", "a letter", "--by", "An", *day)
    assert (discarded.code, discarded.out) == (0, "Discarded: 1\n")
    retried = command("quarantine", "retry", "--all", *day, *inbox)
    assert retried.code == 0 and "Put back into the inbox: 1 of 1." in retried.out
    desk.put("a.csv", people(1))
    occupied = command("quarantine", "retry", a, *day, *inbox)
    assert occupied.code == 1
    assert one_sentence(occupied) == f"vaxtally: Upload {a}: another file of its name waits in the inbox."
    assert desk.query("SELECT decided_by, decision FROM intake.quarantine_decision") == [("An", "discarded")]


def test_rows_are_judged_again_as_a_person_types_it(
    desk: Desk, run: Callable[..., Result], command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaxtally import reference

    desk.put("a.csv", [person(1, **{"Vắc xin": "Phai do"}), person(2)])
    run()
    known = {**reference.vaccine_by_fold(), "phaido": "PFIZER"}
    monkeypatch.setattr("vaxtally.intake.canonical.words.vaccine_by_fold", lambda: known)
    again = ("reprocess", "--rule", "vaccine.unknown", "--outbox", str(desk.outbox), "--as-of", "2021-08-11")
    tried = command(*again, "--dry-run")
    assert tried.code == 0
    assert tried.out.splitlines() == [
        "1 rows of 1 uploads judged again: 1 loaded", "Nothing was changed (--dry-run)."
    ]  # fmt: skip
    assert desk.answer("a.csv").outcomes == {"loaded": 1, "rejected": 1}
    done = command(*again, "--json").summary
    assert (done["rows"], done["rows_changed"], done["dry_run"]) == ({"loaded": 1}, 1, False)
    assert desk.answer("a.csv").outcomes == {"loaded": 2}
    assert desk.query("SELECT sum(entered) FROM tally.entry_gap") == [(2,)], "it has compared once more"
    assert command(*again).out == "No row waits there.\n"
    assert command("reprocess", "--rule", "vaccine.unknown", "--as-of", "2021-08-10").code == 2
    assert command("reprocess", "--rule", "no.rule").code == 2
    assert command("reprocess").code == 2


def test_check_writes_the_answer_it_would_give(desk: Desk, run: Callable[..., Result], command: Any) -> None:
    run()
    path = desk.folder / "a.csv"
    path.write_bytes(desk.put("a.csv", [person(1), person(2, **{"Họ và tên": ""})]).read_bytes())
    before, out = desk.dump(), desk.folder / "told"
    found = command("check", str(path), "--unit", "HOC-1", "--as-of", "2021-08-10", "--out", str(out), "--json")
    assert found.code == 0 and found.summary["rows_rejected"] == 1
    assert desk.dump() == before
    told = desk.files(out)
    assert set(told) == {"a.csv.result.csv", "a.csv.result.json", "a.csv.fix.csv"}
    assert {mode for _, _, mode in told.values()} == {0o600}
    run()
    given = desk.files(desk.outbox / "HOC-1")
    assert told["a.csv.result.csv"][0] == given["a.csv.result.csv"][0]
    for wrong in (("none.csv", "HOC-1"), (str(path), "HOC-9")):
        assert command("check", wrong[0], "--unit", wrong[1]).code == 2
