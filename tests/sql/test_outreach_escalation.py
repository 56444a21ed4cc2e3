"""Level 3 from proposal to dispatch: the letter at hand, a decision for each unit, what the Department gets."""

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdf
import pytest
from sqlalchemy import text

from vaxtally import cli, outreach
from vaxtally.errors import SettingsError
from vaxtally.outreach import approval, approval_page, escalations, replies
from vaxtally.outreach.approval import Decision
from vaxtally.settings import Settings

from .tally_town import Town

if TYPE_CHECKING:
    from sqlalchemy import Engine

# A Friday; reported on the Saturday, due from the Sunday on, urged on Wednesday 6, proposed on Tuesday 12.
GIVEN = date(2021, 10, 1)
OCT = {n: date(2021, 10, n) for n in range(1, 32)}
BIG, SMALL = "79001", "79002"
DEPARTMENT = ("a@syt.example.vn", "b@syt.example.vn")


@dataclass
class City:
    """Two units that enter nothing, and a post that delivers every mail in no time."""

    engine: "Engine"
    settings: Settings

    def town(self, change: Any) -> None:
        with self.engine.begin() as connection:
            change(Town(connection))

    def rows(self, sql: str) -> list[tuple]:
        with self.engine.begin() as connection:
            done = connection.execute(text(sql))
            return [tuple(row) for row in done] if done.returns_rows else []

    def day(self, as_of: date) -> None:
        outreach.remind_units(self.engine, as_of, self.settings)
        self.rows(
            "UPDATE outreach.message SET status = 'sent', attempts = 1, attempted_at = now(), sent_at = now(),"
            " delivered_to = recipient WHERE status = 'queued' AND kind IN ('shortfall', 'urgent')"
        )

    def days(self, *numbers: int) -> None:
        for n in numbers:
            self.day(OCT[n])

    def waiting(self) -> list[escalations.Proposal]:
        with self.engine.connect() as connection:
            return escalations.waiting(connection)

    def cases(self) -> dict[str, int]:
        return dict(self.rows('SELECT unit_code, case_id FROM outreach."case"'))  # pyright: ignore[reportArgumentType]

    def decide(self, approve: list[str], drop: list[str], on: date = OCT[12]) -> Decision:
        cases = self.cases()
        chosen, others = [cases[unit] for unit in approve], [cases[unit] for unit in drop]
        return approval.decide(self.engine, self.settings, on, "BS. Hoa", chosen, others)

    def events(self, unit: str, since: date = OCT[12]) -> list[str]:
        return [
            event
            for event, case_id in self.rows(
                f"SELECT event, case_id FROM outreach.case_event WHERE as_of >= '{since}' ORDER BY case_event_id"
            )
            if case_id == self.cases()[unit]
        ]

    def mails(self, kind: str) -> list[tuple]:
        return self.rows(
            "SELECT unit_code, recipient, level, status, subject, body_text FROM outreach.message"
            f" WHERE kind = '{kind}' ORDER BY message_id"
        )


@pytest.fixture
def city(registry: "Engine", tmp_path: Path) -> Iterator[City]:
    settings = Settings(home=tmp_path / "home", mail_mode="off", digest_to=("x@syt.example.vn",))
    city = City(registry, settings.with_changes(escalation_to=DEPARTMENT))

    def open_it(town: Town) -> None:
        town.units("79000", name="Trung tâm Y tế Quận 1")
        town.units(BIG, name="Bệnh viện *Lớn*", parent_unit_code="79000", data_officer_email="a@bv.example.vn")
        town.units(SMALL, name="Trạm Y tế Phường 2")
        town.apply_reports((None, OCT[2], [(BIG, GIVEN, "PFIZER", 1, 500), (SMALL, GIVEN, "PFIZER", 1, 100)]))

    city.town(open_it)
    yield city


def said(city: City, unit: str) -> str:
    [content] = city.rows(f"SELECT letter_pdf FROM outreach.escalation WHERE case_id = {city.cases()[unit]}")[0]
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())


def test_what_is_proposed_has_its_letter_in_the_database_and_as_a_private_file(city: City) -> None:
    city.days(3, 6, 12)
    assert [(each.unit_code, each.missing, each.days, each.deadline) for each in city.waiting()] == [
        (BIG, 500, 1, OCT[13]),
        (SMALL, 100, 1, OCT[13]),
    ]
    files = sorted((city.settings.home / "letters" / "2021-10-12").iterdir())
    assert [file.name for file in files] == [f"cong-van-khan-{unit}-20211012.pdf" for unit in (BIG, SMALL)]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700
    letter = said(city, BIG)
    assert "Kính gửi: Bệnh viện *Lớn*" in letter
    assert "qua thư điện tử ngày 03/10/2021 và đôn đốc ngày 06/10/2021, nhưng" in letter
    assert "- Trung tâm Y tế Quận 1;" in letter
    assert "chưa nhận được thư nhắc" in said(city, SMALL)


def test_the_department_is_told_once_what_waits_and_what_was_not_sent_for_want_of_an_answer(city: City) -> None:
    city.days(3, 6, 12)
    city.day(OCT[12])
    notices = city.mails("alert")
    assert [(to, subject) for _, to, _, _, subject, _ in notices] == [
        (to, "2 công văn khẩn chờ duyệt") for to in DEPARTMENT
    ]
    assert "đến hết ngày 13/10/2021" in notices[0][5]
    assert "- Bệnh viện *Lớn* (79001): Còn thiếu 500" in notices[0][5]
    city.decide([], [SMALL])
    city.days(13, 14)
    assert city.events(BIG) == ["proposed", "lapsed", "proposed"]
    assert city.mails("escalation") == []
    last = city.mails("alert")[-1][5]
    assert "Đã quá hạn duyệt mà chưa có ý kiến, nên 1 công văn khẩn không được gửi" in " ".join(last.split())
    assert "Trạm Y tế Phường 2" not in last


def test_a_notice_that_has_not_left_says_the_next_day_what_still_waits_and_then_nothing(city: City) -> None:
    city.days(3, 6, 12)
    city.decide([], [SMALL])
    city.day(OCT[13])
    assert [(status, subject) for *_, status, subject, _ in city.mails("alert")] == [
        *[("superseded", "2 công văn khẩn chờ duyệt")] * 2,
        *[("queued", "1 công văn khẩn chờ duyệt")] * 2,
    ]
    city.rows("UPDATE outreach.message SET status = 'sent', attempts = 1, attempted_at = now(), sent_at = now()"
              " WHERE kind = 'alert' AND status = 'queued' AND recipient = 'a@syt.example.vn'")  # fmt: skip
    city.decide([], [BIG], OCT[13])
    city.day(OCT[14])
    assert [status for *_, status, _, _ in city.mails("alert")] == ["superseded", "superseded", "sent", "queued"]


def test_a_notice_of_what_was_decided_meanwhile_is_not_sent(city: City) -> None:
    city.days(3, 6, 12)
    city.decide([], [BIG, SMALL])
    city.day(OCT[13])
    assert {status for *_, status, _, _ in city.mails("alert")} == {"superseded"}


def test_an_approved_unit_s_letter_goes_to_the_department_and_a_dropped_one_s_to_nobody(city: City) -> None:
    city.days(3, 6, 12)
    decision = city.decide([BIG], [SMALL])
    cases = city.cases()
    assert decision == Decision(approved=(cases[BIG],), dropped=(cases[SMALL],), gone=(), mails=2)
    assert (city.events(BIG), city.events(SMALL)) == (["proposed", "approved", "escalated"], ["proposed", "dropped"])
    assert dict(city.rows('SELECT unit_code, level FROM outreach."case"')) == {BIG: 3, SMALL: 2}
    mails = city.mails("escalation")
    assert [mail[:4] for mail in mails] == [(BIG, to, 3, "queued") for to in DEPARTMENT]
    assert mails[0][4] == "Công văn khẩn đã duyệt, chờ ký: còn thiếu 500 mũi, 1 ngày — Bệnh viện *Lớn*"
    assert "BS. Hoa đã duyệt" in mails[0][5]
    files = city.rows(
        "SELECT name, media_type, content = letter_pdf FROM outreach.attachment"
        " JOIN outreach.message USING (message_id) JOIN outreach.escalation USING (case_id)"
        " WHERE kind = 'escalation' ORDER BY message_id"
    )
    assert files == [(f"cong-van-khan-{BIG}-20211012.pdf", "application/pdf", True)] * 2
    assert city.decide([SMALL], [BIG]) == Decision(gone=(cases[SMALL], cases[BIG]))
    assert len(city.mails("escalation")) == 2
    city.days(13, 22)
    assert city.waiting()[0].unit_code == SMALL


def test_without_an_address_of_the_department_nothing_is_approved(city: City) -> None:
    city.days(3, 6, 12)
    city.settings = city.settings.with_changes(escalation_to=(), digest_to=("nonsense",))
    with pytest.raises(SettingsError, match="VAXTALLY_ESCALATION_TO"):
        city.decide([BIG], [SMALL])
    assert len(city.waiting()) == 2
    city.settings = city.settings.with_changes(digest_to=("x@syt.example.vn",))
    city.decide([BIG], [])
    assert [mail[1] for mail in city.mails("escalation")] == ["x@syt.example.vn"]


def test_a_dispatch_that_has_not_left_when_the_gap_closes_is_withdrawn(city: City) -> None:
    city.days(3, 6, 12)
    city.decide([BIG, SMALL], [])
    city.town(lambda town: town.dose(BIG, GIVEN, received_on=OCT[13], times=500))
    city.day(OCT[13])
    assert {(unit, status) for unit, _, _, status, _, _ in city.mails("escalation")} == {
        (BIG, "superseded"),
        (SMALL, "queued"),
    }


def test_whoever_decides_sees_what_the_unit_answered_and_whether_it_could_be_told(city: City) -> None:
    city.days(3)
    with city.engine.begin() as connection:
        origin = {"source": "department", "recorded_by": "BS. Hoa", "pause_days": 0}
        replies.record(connection, city.settings, BIG, "lost_forms", OCT[5], **origin)
    city.rows("UPDATE outreach.message SET status = 'failed', sent_at = NULL, failure = 'refused', last_error = '550'")
    city.days(6, 12)
    seen = {each.unit_code: (each.reply_code, each.replied_on, each.contact_problems) for each in city.waiting()}
    assert seen == {BIG: ("lost_forms", OCT[5], ("refused",)), SMALL: (None, None, ("no_address",))}
    assert "lý do: mất phiếu" in said(city, BIG)


def test_decided_on_the_command_line(city: City, monkeypatch: Any, capsys: Any) -> None:
    city.days(3, 6, 12)
    big, small = city.cases()[BIG], city.cases()[SMALL]
    environment = {
        "VAXTALLY_REGISTRY_URL": city.engine.url.render_as_string(hide_password=False),
        "VAXTALLY_HOME": str(city.settings.home),
        "VAXTALLY_MAIL_MODE": "off",
        "VAXTALLY_ESCALATION_TO": DEPARTMENT[0],
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["cases", "waiting"]) == 0
    listed = capsys.readouterr().out
    assert f"{big}  until 2021-10-13      500 missing on 1 days from 2021-10-01" in listed
    assert "Trạm Y tế Phường 2  no_address" in listed
    assert str(city.settings.home / "letters" / "2021-10-12") in listed
    assert cli.main(["cases", "approve", str(big), "--by", "BS. Hoa", "--as-of", "2021-10-13"]) == 0
    assert "1 queued" in capsys.readouterr().out
    assert cli.main(["cases", "drop", str(small), str(big), "--by", "BS. Hoa", "--as-of", "2021-10-13"]) == 1
    told = capsys.readouterr()
    assert "Dropped: 1 of 2." in told.out
    assert f"Case {big} waits for no decision" in told.err
    assert cli.main(["cases", "waiting"]) == 0
    assert capsys.readouterr().out == "Nothing waits.\n"
    assert city.rows("SELECT decided_by, status FROM outreach.escalation ORDER BY status") == [
        ("BS. Hoa", "approved"),
        ("BS. Hoa", "dropped"),
    ]


# The question in Airflow


@pytest.fixture
def approval_task(city: City, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The task that asks about both cases, resumed by hand; the clock stands at noon of `today`."""
    from vaxtally import airflow_approval

    @contextmanager
    def registry(timeout: Any) -> Iterator[Any]:
        yield city.engine, city.settings

    def task(today: date) -> airflow_approval.DispatchApproval:
        noon = datetime.combine(today, time(12), tzinfo=city.settings.timezone)
        monkeypatch.setattr(airflow_approval, "registry", registry)
        monkeypatch.setattr(airflow_approval, "business_now", lambda settings: noon)
        return airflow_approval.DispatchApproval(task_id="approve", case_ids=sorted(city.cases().values()))

    return task


def answer(*options: str) -> dict[str, Any]:
    who = {"id": "7", "name": "BS. Hoa"}
    return {
        "chosen_options": list(options),
        "params_input": {},
        "responded_at": datetime.now(),
        "responded_by_user": who,
    }


def test_what_is_chosen_on_the_page_is_approved_and_the_rest_dropped(city: City, approval_task: Any) -> None:
    city.days(3, 6, 12)
    result = approval_task(OCT[13]).execute_complete({}, answer(SMALL))
    assert result == {"approved": [SMALL], "dropped": [BIG], "not_waiting": [], "mails": 2}
    assert {(unit, status) for unit, _, _, status, _, _ in city.mails("escalation")} == {(SMALL, "queued")}
    assert "BS. Hoa đã duyệt gửi công văn khẩn ngày 13/10/2021" in city.mails("escalation")[0][5]


def test_none_of_them_means_none_of_them(city: City, approval_task: Any) -> None:
    city.days(3, 6, 12)
    result = approval_task(OCT[13]).execute_complete({}, answer(SMALL, "Không duyệt đơn vị nào"))
    assert result["dropped"] == [BIG, SMALL]
    assert city.mails("escalation") == []


def test_what_was_decided_elsewhere_before_the_answer_stays_as_it_was(city: City, approval_task: Any) -> None:
    city.days(3, 6, 12)
    city.decide([], [BIG])
    result = approval_task(OCT[12]).execute_complete({}, answer(BIG, SMALL))
    assert (result["approved"], result["not_waiting"]) == ([SMALL], [BIG])


def test_without_an_answer_nothing_is_sent_and_the_task_says_so(
    city: City, approval_task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("vaxtally.outreach.alert", lambda settings, title, body: told.append(f"{title}: {body}"))
    city.days(3, 6, 12)
    late = {"error": "The response timeout has passed.", "error_type": "timeout"}
    assert approval_task(OCT[14]).execute_complete({}, late) == {"lapsed": [BIG, SMALL]}
    assert told == [f"Vaxtally: urgent dispatches were not sent: Nobody decided in time: {BIG}, {SMALL}"]
    assert city.events(BIG) == ["proposed", "lapsed"]
    assert city.mails("escalation") == []


def test_many_units_are_asked_about_page_by_page_the_first_deadline_first(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.days(3, 6, 12)
    monkeypatch.setattr(approval_page, "UNITS_ON_A_PAGE", 1)
    cases = city.cases()
    assert approval_page.pages(city.engine) == [[cases[BIG]], [cases[SMALL]]]
    monkeypatch.setattr(approval_page, "UNITS_ON_A_PAGE", 25)
    city.rows(f"UPDATE outreach.escalation SET deadline = '2021-10-14' WHERE case_id = {cases[BIG]}")
    assert approval_page.pages(city.engine) == [[cases[SMALL]], [cases[BIG]]]
    page = approval_page.page(city.engine, city.settings, [cases[BIG]])
    assert page
    left = page.time_left(datetime(2021, 10, 12, 7, 45, tzinfo=city.settings.timezone))
    assert left == timedelta(days=2, hours=16, minutes=15)


# What goes wrong


def test_a_unit_closed_while_its_dispatch_waits_is_not_escalated(city: City) -> None:
    city.days(3, 6, 12)
    city.decide([SMALL], [], on=OCT[12])
    city.rows("UPDATE reference.unit SET closed_on = '2021-10-13'")
    city.day(OCT[13])
    assert city.events(BIG) == ["proposed", "closed", "lapsed"]
    assert city.waiting() == []
    assert {status for _, _, _, status, _, _ in city.mails("escalation")} == {"superseded"}
    assert city.decide([BIG], [], on=OCT[13]).approved == ()
    # Nobody was late to decide: the Department is told of no missed deadline.
    assert len(city.mails("alert")) == 2


def test_a_report_lowered_while_a_dispatch_waits_takes_it_back(city: City) -> None:
    city.days(3, 6, 12)
    city.town(lambda town: town.apply_reports((None, OCT[13], [(BIG, GIVEN, "PFIZER", 1, 0)])))
    city.day(OCT[13])
    assert city.events(BIG) == ["proposed", "corrected", "closed", "lapsed"]
    assert [each.unit_code for each in city.waiting()] == [SMALL]
    corrections = city.mails("correction")
    city.day(OCT[14])
    assert len(corrections) == len(city.mails("correction")) == 1
    assert city.mails("closed") == []
