"""Reminders and digests through a real SMTP server on loopback, read back as a recipient would.

The tally is played here: what it says is given, what goes out is the subject.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from vaxtally import outreach
from vaxtally.errors import SettingsError
from vaxtally.loopback import free_port
from vaxtally.outreach import rounds, sink, transport
from vaxtally.settings import Settings
from vaxtally.tally import gaps
from vaxtally.tally.readings import (
    DayTotals,
    LoweredReport,
    OpenRows,
    QuarantinedFile,
    RankedUnit,
    ShortDay,
    SilentUnit,
    Totals,
    Unit,
    UnitShortfall,
)

from .. import stopping_smtp

if TYPE_CHECKING:
    from sqlalchemy import Engine

OCT_7 = date(2021, 10, 7)
OCT_8 = date(2021, 10, 8)
DAYS = (date(2021, 10, 3), date(2021, 10, 4), date(2021, 10, 5))


def unit(code: str, **values: object) -> Unit:
    defaults = {
        "unit_code": code,
        "name": f"Bệnh viện {code}",
        "unit_type": "public_hospital",
        "district_code": "760",
        "parent_unit_code": None,
        "language": "vi",
        "data_officer_name": "Nguyễn Thị Lan",
        "data_officer_email": f"{code.lower()}@bv.example.vn",
        "head_name": None,
        "head_email": None,
        "opened_on": None,
        "closed_on": None,
    }
    return Unit(**{**defaults, **values})


def short(who: Unit, days: tuple[date, ...] = DAYS, missing: int = 100) -> UnitShortfall:
    lines = tuple(
        ShortDay(given_on=day, vaccine="PFIZER", dose_number=1, reported=300, entered=300 - missing, missing=missing)
        for day in days
    )
    total = missing * len(lines)
    return UnitShortfall(
        unit=who,
        totals=Totals(reported=5000, entered=5000 - total, shortfall=total, surplus=0, entered_unreported=0),
        short_days=lines,
        open_rows=(
            OpenRows(unit_code=who.unit_code, outcome="rejected", rule=None, rows=4),
            OpenRows(unit_code=who.unit_code, outcome="rejected", rule="vaccine.unknown", rows=4),
        ),
        quarantined_files=(),
    )


class Tally:
    """What the tally says today; changed by the tests as days go by."""

    def __init__(self, engine: "Engine", monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine = engine
        self.short: list[UnitShortfall] = []
        self.silent: list[SilentUnit] = []
        monkeypatch.setattr(gaps, "units_in_shortfall", self.units_in_shortfall)
        monkeypatch.setattr(gaps, "rank_units", self.rank_units)
        monkeypatch.setattr(gaps, "silent_units", lambda *_: self.silent)
        monkeypatch.setattr(gaps, "units_without_address", lambda *_: [unit("KHONG", data_officer_email=None)])
        monkeypatch.setattr(gaps, "open_rows", lambda *_: [])
        monkeypatch.setattr(gaps, "quarantined_files", lambda *_: [self.quarantined()])
        monkeypatch.setattr(gaps, "daily_series", self.daily_series)
        monkeypatch.setattr(gaps, "lowered_reports", lambda *_: [self.lowered()])

    def says(self, *found: UnitShortfall) -> None:
        self.short = list(found)
        with self.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO reference.unit (unit_code, name, unit_type, listed_on)"
                    " VALUES (:code, :name, 'public_hospital', '2021-10-01') ON CONFLICT DO NOTHING"
                ),
                [{"code": each.unit.unit_code, "name": each.unit.name} for each in found]
                or [{"code": "KHONG", "name": "Bệnh viện KHONG"}],
            )

    def units_in_shortfall(self, _connection, _as_of, _policies, not_before=None) -> list[UnitShortfall]:
        cut = [
            replace(each, short_days=tuple(d for d in each.short_days if d.given_on >= (not_before or d.given_on)))
            for each in self.short
        ]
        return [each for each in cut if each.short_days]

    def rank_units(self, *_) -> list[RankedUnit]:
        ordered = sorted(self.short, key=lambda each: -each.totals.shortfall)
        return [
            RankedUnit(rank=n, unit=each.unit, totals=each.totals, days_short=len(each.short_days))
            for n, each in enumerate(ordered, start=1)
        ]

    def daily_series(self, _connection, as_of, *_) -> list[DayTotals]:
        totals = Totals(reported=1200, entered=1000, shortfall=200, surplus=0, entered_unreported=0)
        days = [as_of - timedelta(days=n) for n in range(27, -1, -1)]
        return [DayTotals(unit_code=None, given_on=day, totals=totals) for day in days]

    def quarantined(self) -> QuarantinedFile:
        return QuarantinedFile(
            upload_id=118, unit_code="BV1", kind="upload", received_on=OCT_7, rules=("file.unreadable",), rows_total=0
        )

    def lowered(self) -> LoweredReport:
        return LoweredReport(
            unit_code="BV1", given_on=DAYS[0], vaccine="PFIZER", dose_number=1,
            previous=300, doses_given=250, received_on=OCT_7, upload_id=9,
        )  # fmt: skip


@pytest.fixture
def tally(registry: "Engine", monkeypatch: pytest.MonkeyPatch) -> Tally:
    return Tally(registry, monkeypatch)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[sink.SinkServer]:
    with sink.running(tmp_path / "mails") as running:
        yield running


@pytest.fixture
def settings(server: sink.SinkServer) -> Settings:
    return Settings(
        mail_url=server.url,
        mail_from="Đối soát tiêm chủng <doisoat@syt.example.vn>",
        digest_to=("ban.chi.dao@syt.example.vn",),
    )


def recipients(server: sink.SinkServer) -> list[str]:
    return sorted(mail["To"].addresses[0].addr_spec for mail in server.mails)


def messages(engine: "Engine") -> list:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM outreach.message ORDER BY message_id")))


def statuses(engine: "Engine") -> list[str]:
    return [row.status for row in messages(engine)]


def later(engine: "Engine", **time: int) -> None:
    """Let so much time go by in the ledger: all it knows happened earlier."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE outreach.message SET attempted_at = attempted_at - :gone,"
                " first_attempted_at = first_attempted_at - :gone, next_attempt_at = next_attempt_at - :gone"
            ),
            {"gone": timedelta(**time)},
        )


def body(mail: EmailMessage, kind: str) -> str:
    return mail.get_body((kind,)).get_content()


# What arrives


def test_a_reminder_arrives_whole(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    summary = outreach.remind_units(registry, OCT_7, settings)
    assert (summary.written, summary.delivery.sent, summary.units_short) == (1, 1, 1)
    [mail] = server.mails
    assert mail["Subject"] == "Còn thiếu 300 mũi tiêm chưa nhập, 3 ngày — Bệnh viện BV1"
    assert str(mail["To"]) == "Nguyễn Thị Lan <bv1@bv.example.vn>"
    assert mail["From"].addresses[0].addr_spec == "doisoat@syt.example.vn"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Kính gửi Ông/Bà Nguyễn Thị Lan," in body(mail, "plain")
    assert "Kính gửi Ông/Bà Nguyễn Thị Lan," in body(mail, "html")
    assert "- 03/10/2021, Pfizer, mũi 1: Báo cáo 300, Đã nhập 200, Thiếu 100" in body(mail, "plain")
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "mui-tiem-con-thieu-BV1-20211007.xlsx"
    assert attached.get_content_type().endswith("spreadsheetml.sheet")
    table = CalamineWorkbook.from_filelike(io.BytesIO(attached.get_payload(decode=True))).get_sheet_by_index(0)
    assert [row[0] for row in table.to_python()[4:7]] == list(DAYS)
    [row] = messages(registry)
    assert (row.kind, row.level, row.status, row.attempts, row.recipient) == (
        "shortfall", 1, "sent", 1, "bv1@bv.example.vn",
    )  # fmt: skip
    assert row.sent_at
    assert mail["X-Vaxtally-Message"] == str(row.message_id)


def test_each_address_gets_its_own_mail_in_the_unit_s_language(registry, tally, server, settings):
    tally.says(
        short(unit("BV1", data_officer_email="a@bv.example.vn; b@bv.example.vn;A@bv.example.vn; nonsense")),
        short(unit("FV", language="en")),
    )
    outreach.remind_units(registry, OCT_7, settings)
    assert recipients(server) == ["a@bv.example.vn", "b@bv.example.vn", "fv@bv.example.vn"]
    english = next(mail for mail in server.mails if "fv@" in mail["To"])
    assert english["Subject"] == "Vaccinations not yet entered: 300, 3 days — Bệnh viện FV"
    assert "Cc" not in english


def test_units_closed_or_without_an_address_are_counted_and_not_mailed(registry, tally, server, settings):
    tally.says(
        short(unit("BV1")),
        short(unit("CU", closed_on=OCT_7)),
        short(unit("KHONG", data_officer_email=None)),
        short(unit("HONG", data_officer_email="no address")),
    )
    summary = outreach.remind_units(registry, OCT_7, settings)
    assert recipients(server) == ["bv1@bv.example.vn"]
    assert summary.units_closed == ("CU",)
    assert summary.units_without_address == ("KHONG", "HONG")
    assert summary.units_short == 4


# Once, and again only for something new


def test_a_second_run_of_the_same_day_sends_nothing(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings)
    tally.says(short(unit("BV1"), (*DAYS, date(2021, 10, 2))))
    again = outreach.remind_units(registry, OCT_7, settings)
    assert (again.written, again.delivery.sent, len(server.mails)) == (0, 0, 1)


def test_a_later_day_is_silent_until_a_new_day_joins(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings)
    tally.says(short(unit("BV1"), DAYS[1:], missing=80))
    outreach.remind_units(registry, OCT_8, settings)
    assert len(server.mails) == 1
    tally.says(short(unit("BV1"), (*DAYS[1:], date(2021, 10, 6))))
    outreach.remind_units(registry, OCT_8, settings)
    assert len(server.mails) == 2
    assert "3 ngày (04/10 – 06/10/2021)" in " ".join(body(server.mails[1], "plain").split())


def test_a_day_that_was_complete_and_falls_short_again_is_new(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings)
    tally.says(short(unit("BV1"), DAYS[1:]))
    outreach.remind_units(registry, OCT_8, settings)
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_8 + timedelta(days=1), settings)
    assert len(server.mails) == 2


def test_a_new_officer_is_told_what_the_old_one_knew(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings)
    tally.says(short(unit("BV1", data_officer_email="moi@bv.example.vn")))
    outreach.remind_units(registry, OCT_8, settings)
    assert recipients(server) == ["bv1@bv.example.vn", "moi@bv.example.vn"]


def test_nobody_is_written_to_about_the_past(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_8, settings)
    tally.says(short(unit("BV2")))
    summary = outreach.remind_units(registry, OCT_7, settings)
    assert len(server.mails) == 1
    assert "past" in summary.notes[0]


def test_days_before_the_not_before_date_are_never_mailed_about(registry, tally, server, settings):
    tally.says(short(unit("BV1")), short(unit("BV2"), DAYS[:1]))
    outreach.remind_units(registry, OCT_7, settings.with_changes(mail_not_before=DAYS[2]))
    [mail] = server.mails
    assert "1 ngày — Bệnh viện BV1" in mail["Subject"]
    assert "03/10" not in body(mail, "plain") + body(mail, "html")
    assert b"2021-10-03" not in next(mail.iter_attachments()).get_payload(decode=True)


# Modes


def test_mode_off_keeps_mails_and_sending_is_made_up_for_later(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    summary = outreach.remind_units(registry, OCT_7, settings.with_changes(mail_mode="off"))
    assert (summary.delivery.sent, summary.delivery.waiting, statuses(registry)) == (0, 1, ["queued"])
    assert "Mail mode is off" in summary.as_dict()["notes"][0]
    outreach.deliver_queued(registry, settings)
    assert (len(server.mails), statuses(registry)) == (1, ["sent"])


def test_without_a_mail_url_mails_stay_queued_and_the_summary_says_so(registry, tally, settings):
    tally.says(short(unit("BV1")))
    summary = outreach.remind_units(registry, OCT_7, settings.with_changes(mail_url=None))
    assert statuses(registry) == ["queued"]
    assert "VAXTALLY_MAIL_URL" in str(summary.delivery.note)


def test_a_queue_holds_the_newest_mail_only_and_none_that_has_become_untrue(registry, tally, server, settings):
    off = settings.with_changes(mail_mode="off")
    tally.says(short(unit("BV1")), short(unit("BV2")))
    outreach.remind_units(registry, OCT_7, off)
    tally.says(short(unit("BV1"), (*DAYS, date(2021, 10, 6))))
    outreach.remind_units(registry, OCT_8, off)
    assert statuses(registry) == ["superseded", "superseded", "queued"]
    outreach.deliver_queued(registry, settings)
    [mail] = server.mails
    assert "4 ngày — Bệnh viện BV1" in mail["Subject"]


def test_what_waits_from_an_earlier_day_is_told_as_it_is_today(registry, tally, server, settings):
    off = settings.with_changes(mail_mode="off")
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, off)
    tally.says(short(unit("BV1"), missing=40))
    outreach.remind_units(registry, OCT_8, off)
    outreach.remind_units(registry, OCT_8 + timedelta(days=6), settings)
    [mail] = server.mails
    assert mail["Subject"].startswith("Còn thiếu 120 mũi tiêm chưa nhập, 3 ngày")
    assert "trước hết ngày 16/10/2021" in body(mail, "plain")
    assert statuses(registry) == ["superseded", "superseded", "sent"]
    with registry.connect() as connection:
        kept = connection.execute(text("SELECT DISTINCT message_id FROM outreach.attachment")).scalars()
        assert set(kept) == {messages(registry)[-1].message_id}


def test_an_urgent_mail_that_waited_says_what_is_missing_and_what_happens_as_of_the_day_it_leaves(
    registry, tally, server, settings
):
    off = settings.with_changes(mail_mode="off")
    tally.says(short(unit("BV1", head_email="giamdoc@bv.example.vn")))
    outreach.remind_units(registry, OCT_7, settings)
    outreach.remind_units(registry, date(2021, 10, 12), off)
    tally.says(short(unit("BV1", head_email="giamdoc@bv.example.vn"), missing=40))
    for day in (13, 21):
        outreach.remind_units(registry, date(2021, 10, day), off)
    outreach.remind_units(registry, date(2021, 10, 22), settings)
    urgent = server.mails[1:]
    assert sorted(mail["To"].addresses[0].addr_spec for mail in urgent) == [
        "bv1@bv.example.vn",
        "giamdoc@bv.example.vn",
    ]
    for mail in urgent:
        assert mail["Subject"].startswith("Khẩn: còn thiếu 120 mũi tiêm")
        # The clock started today: seven working days.
        assert "Nếu đến ngày 02/11/2021" in " ".join(body(mail, "plain").split())
    assert len(messages(registry)) == 1 + 2 * 4
    outreach.remind_units(registry, date(2021, 10, 23), settings)
    assert len(server.mails) == 3


def test_thanks_that_waited_are_not_sent_to_a_unit_that_is_short_again(registry, tally, server, settings):
    off = settings.with_changes(mail_mode="off")
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings)
    tally.says()
    outreach.remind_units(registry, OCT_8, off)
    assert [row.kind for row in messages(registry) if row.status == "queued"] == ["closed"]
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_8 + timedelta(days=1), settings)
    assert [mail["Subject"][:9] for mail in server.mails] == ["Còn thiếu", "Còn thiếu"]


def test_redirected_mails_go_to_one_address_and_name_whom_they_were_for(registry, tally, server, settings):
    trial = settings.with_changes(mail_mode="redirect", mail_redirect_to="thu@syt.example.vn")
    tally.says(short(unit("BV1")), short(unit("BV2")))
    outreach.remind_units(registry, OCT_7, trial)
    assert recipients(server) == ["thu@syt.example.vn"] * 2
    mail = next(mail for mail in server.mails if "BV1" in mail["Subject"])
    assert mail["Subject"].startswith("[Chuyển hướng, gửi cho bv1@bv.example.vn] Còn thiếu 300")
    assert "bv1@bv.example.vn" in body(mail, "plain")
    assert "bv1@bv.example.vn" in body(mail, "html")
    assert [row.recipient for row in messages(registry)] == ["bv1@bv.example.vn", "bv2@bv.example.vn"]
    assert {row.delivered_to for row in messages(registry)} == {"thu@syt.example.vn"}
    outreach.remind_units(registry, OCT_8, trial)
    assert len(server.mails) == 2


def test_after_a_trial_the_units_themselves_are_told(registry, tally, server, settings):
    trial = settings.with_changes(mail_mode="redirect", mail_redirect_to="thu@syt.example.vn")
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, trial)
    outreach.remind_units(registry, OCT_8, settings)
    assert recipients(server) == ["bv1@bv.example.vn", "thu@syt.example.vn"]


# When it goes wrong


def test_a_server_that_is_down_for_an_hour_fails_visibly_and_then_all_go_out_once(registry, tally, server, settings):
    tally.says(*(short(unit(f"BV{n}")) for n in range(12)))
    nobody = settings.with_changes(mail_url=f"mailto://127.0.0.1:{free_port()}")
    down = outreach.remind_units(registry, OCT_7, nobody)
    assert (down.delivery.sent, down.delivery.failed, down.delivery.retrying) == (0, 12, 12)
    off = outreach.deliver_queued(registry, settings.with_changes(mail_mode="off"))
    assert (off.waiting, off.retrying, off.note) == (12, 0, "Mail mode is off: mails that stay queued: 12")
    assert set(statuses(registry)) == {"failed"}
    assert "Connection refused" in messages(registry)[0].last_error
    assert "a later run tries them again" in str(down.delivery.note)
    # Every five minutes for an hour: the waits grow, so that most runs ask the server once, whether it is there.
    failed = []
    for _ in range(12):
        failed.append(outreach.deliver_queued(registry, nobody).failed)
        later(registry, minutes=5)
    assert failed == [12, 12, 12, 12, 0, 12, 0, 0, 0, 12, 0, 0]
    assert {row.attempts for row in messages(registry)} == {7}
    # They would have to wait for a while yet, were it not for the server, which answers again.
    up = outreach.remind_units(registry, OCT_7, settings)
    assert (up.written, up.delivery.sent, up.delivery.retrying, len(server.mails)) == (0, 12, 0, 12)
    assert set(statuses(registry)) == {"sent"}
    outreach.remind_units(registry, OCT_7, settings)
    assert len(server.mails) == 12


def test_for_a_server_that_stays_away_a_mail_is_given_up_and_written_anew(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    nobody = settings.with_changes(mail_url=f"mailto://127.0.0.1:{free_port()}")
    outreach.remind_units(registry, OCT_7, nobody)
    later(registry, days=8)
    assert outreach.deliver_queued(registry, nobody).given_up == 1
    assert outreach.deliver_queued(registry, settings).sent == 0
    assert outreach.remind_units(registry, OCT_8, settings).delivery.sent == 1
    assert statuses(registry) == ["superseded", "sent"]


def test_a_refused_recipient_fails_alone_and_is_tried_a_few_times(registry, tally, server, settings):
    server.refuse.add("bv1@bv.example.vn")
    tally.says(short(unit("BV1")), short(unit("BV2")))
    summary = outreach.remind_units(registry, OCT_7, settings)
    assert (summary.delivery.sent, summary.delivery.failed) == (1, 1)
    assert (summary.delivery.retrying, summary.delivery.refused) == (1, 1)
    refused = messages(registry)[0]
    assert (refused.status, refused.failure, refused.attempts) == ("failed", "refused", 1)
    assert "550" in refused.last_error
    told = []
    for _ in range(6):
        later(registry, hours=1)
        told.append(outreach.deliver_queued(registry, settings))
    assert [each.given_up for each in told] == [0, 0, 0, 1, 0, 0]
    assert "given up: 1" in str(told[3].note)
    assert messages(registry)[0].attempts == settings.mail_max_attempts
    assert recipients(server) == ["bv2@bv.example.vn"]


def test_no_answer_is_unknown_and_never_repeated(registry, tally, server, settings):
    server.hang_up = True
    tally.says(short(unit("BV1")))
    summary = outreach.remind_units(registry, OCT_7, settings)
    assert (summary.delivery.unknown, statuses(registry)) == (1, ["unknown"])
    server.hang_up = False
    outreach.deliver_queued(registry, settings)
    outreach.remind_units(registry, OCT_8, settings)
    assert statuses(registry) == ["unknown"]


def test_runs_side_by_side_send_each_mail_once(registry, tally, server, settings):
    tally.says(*(short(unit(f"BV{n}")) for n in range(30)))
    outreach.remind_units(registry, OCT_7, settings.with_changes(mail_mode="off"))
    runs = [threading.Thread(target=outreach.deliver_queued, args=(registry, settings)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert recipients(server) == sorted(f"bv{n}@bv.example.vn" for n in range(30))


def test_settings_that_cannot_send_change_nothing(registry, tally, settings):
    tally.says(short(unit("BV1")))
    with pytest.raises(SettingsError, match="plain text"):
        outreach.remind_units(registry, OCT_7, settings.with_changes(mail_url="mailto://smtp.example.org"))
    assert messages(registry) == []


@pytest.mark.parametrize("mode", ["live", "off"])
def test_a_mail_that_a_dead_run_left_is_not_sent_once_it_is_untrue(registry, tally, server, settings, mode):
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings.with_changes(mail_mode="off"))
    with rounds.running(registry, settings) as (current, _), registry.begin() as connection:
        assert current.claim(connection)
    tally.says()
    outreach.remind_units(registry, OCT_8, settings.with_changes(mail_mode=mode))
    outreach.deliver_queued(registry, settings)
    assert (statuses(registry), server.mails) == (["superseded"], [])


def test_a_mail_goes_out_once_however_the_mode_changes_meanwhile(registry, tally, server, settings):
    trial = settings.with_changes(mail_mode="redirect", mail_redirect_to="thu@syt.example.vn")
    server.refuse |= {"bv1@bv.example.vn", "thu@syt.example.vn"}
    tally.says(short(unit("BV1")))
    for changed in (settings, trial, settings.with_changes(mail_mode="off")):
        later(registry, hours=1)
        outreach.deliver_queued(registry, changed)
        outreach.remind_units(registry, OCT_7, changed.with_changes(digest_to=()))
    server.refuse.clear()
    later(registry, hours=1)
    for _ in range(2):
        outreach.deliver_queued(registry, settings)
    assert recipients(server) == ["bv1@bv.example.vn"]
    assert "Chuyển hướng" not in server.mails[0]["Subject"]


def test_the_department_is_told_of_each_address_that_mail_cannot_reach_once(registry, tally, server, settings):
    server.refuse.add("bv1@bv.example.vn")
    tally.says(short(unit("BV1")))
    with registry.begin() as connection:
        change = "UPDATE reference.unit SET data_officer_email = 'BV1@bv.example.vn;lan at bv1'"
        connection.execute(text(change))
    for day in (OCT_7, OCT_8):
        later(registry, hours=1)
        outreach.remind_units(registry, day, settings)
    [told] = server.mails
    assert (told["To"].addresses[0].addr_spec, told["Subject"]) == (
        "ban.chi.dao@syt.example.vn", "2 địa chỉ thư điện tử không nhận được thư",
    )  # fmt: skip
    said = " ".join(body(told, "plain").split())
    refused = "Địa chỉ bv1@bv.example.vn, Lý do Máy chủ thư từ chối. The server answered 550: 5.1.1"
    assert f"- Bệnh viện BV1 (BV1): {refused}" in said
    assert "Địa chỉ lan at bv1, Lý do Không phải là địa chỉ thư điện tử." in said
    server.refuse.clear()
    later(registry, hours=1)
    assert outreach.deliver_queued(registry, settings).sent == 1
    server.refuse.add("bv1@bv.example.vn")
    tally.says(short(unit("BV1"), (*DAYS, date(2021, 10, 6))))
    outreach.remind_units(registry, date(2021, 10, 9), settings)
    assert [mail["Subject"] for mail in server.mails[2:]] == ["1 địa chỉ thư điện tử không nhận được thư"]


def test_in_quiet_hours_nothing_leaves_and_the_next_run_after_sends(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    now = datetime.now(settings.timezone)
    quiet = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    summary = outreach.remind_units(registry, OCT_7, settings.with_changes(quiet_hours=quiet))
    assert (summary.delivery.waiting, statuses(registry), server.mails) == (1, ["queued"], [])
    assert summary.as_dict()["notes"] == [
        f"Quiet hours until {now + timedelta(hours=2):%H:%M} (VAXTALLY_QUIET_HOURS): mails that stay queued: 1"
    ]
    loud = f"{now + timedelta(hours=2):%H:%M}-{now - timedelta(hours=1):%H:%M}"
    assert outreach.deliver_queued(registry, settings.with_changes(quiet_hours=loud)).sent == 1


def test_a_database_that_drops_the_connections_while_a_mail_is_under_way_learns_the_truth(registry, tally, settings):
    tally.says(short(unit("BV1")))
    with stopping_smtp.running() as server:
        server.stop_at = "ACCEPTED"

        def deliver() -> None:
            # Where another of its threads was asking the database just then, the run ends with that error.
            with suppress(OperationalError):
                outreach.remind_units(registry, OCT_7, settings.with_changes(mail_url=server.url))

        run = threading.Thread(target=deliver)
        run.start()
        assert server.reached.wait(60)
        with registry.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        # The run's lock has gone with its connection: to another run it looks dead, with a text that went out.
        assert outreach.deliver_queued(registry, settings).unknown == 1
        server.go_on.set()
        run.join(60)
    assert (server.accepted, statuses(registry)) == (["bv1@bv.example.vn"], ["sent"])


def test_one_connection_brings_many_mails_and_a_server_that_hangs_up_in_between_loses_none(registry, tally, settings):
    tally.says(*(short(unit(f"BV{n}")) for n in range(20)))
    with stopping_smtp.running() as server:
        server.mails_a_connection = 2
        summary = outreach.remind_units(registry, OCT_7, settings.with_changes(mail_url=server.url))
    assert (summary.delivery.sent, summary.delivery.failed) == (20, 0)
    assert sorted(server.accepted) == sorted(f"bv{n}@bv.example.vn" for n in range(20))
    assert 10 <= server.connections < 20


# Cases: the later steps


def test_an_unanswered_gap_is_urged_with_the_head_and_thanked_for_when_it_closes(registry, tally, server, settings):
    who = unit("BV1", head_email="giamdoc@bv.example.vn", head_name="Trần Văn Bình")
    tally.says(short(who))
    for day in range(7, 13):
        outreach.remind_units(registry, date(2021, 10, day), settings)
    assert recipients(server) == ["bv1@bv.example.vn", "bv1@bv.example.vn", "giamdoc@bv.example.vn"]
    assert [mail["Subject"][:5] for mail in server.mails[1:]] == ["Khẩn:", "Khẩn:"]
    to_head = next(" ".join(body(mail, "plain").split()) for mail in server.mails if "giamdoc@" in mail["To"])
    assert "Kính gửi Ông/Bà Trần Văn Bình," in to_head
    assert "- 07/10/2021: Thư nhắc; Còn thiếu 300 - 12/10/2021: Thư khẩn này; Còn thiếu 300" in to_head
    assert "Nếu đến ngày 18/10/2021" in to_head
    enclosed = [[file.get_filename() for file in mail.iter_attachments()] for mail in server.mails]
    assert ["phieu-tra-loi-BV1.xlsx" in names for names in enclosed] == [False, True, True]
    tally.says()
    for day in (13, 13, 14):
        outreach.remind_units(registry, date(2021, 10, day), settings)
    thanks = server.mails[3:]
    assert sorted(mail["To"].addresses[0].addr_spec for mail in thanks) == [
        "bv1@bv.example.vn",
        "giamdoc@bv.example.vn",
    ]
    assert {mail["Subject"] for mail in thanks} == {"Đã nhập đủ, xin cảm ơn — Bệnh viện BV1"}
    assert [row.kind for row in messages(registry)] == ["shortfall", "urgent", "urgent", "closed", "closed"]


def test_a_unit_that_was_never_told_is_not_thanked(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings.with_changes(mail_mode="off"))
    tally.says()
    outreach.remind_units(registry, OCT_8, settings)
    assert (server.mails, statuses(registry)) == ([], ["superseded"])


@pytest.mark.parametrize(("language", "said"), [("vi", "còn 3 mũi tiêm đã đến hạn"), ("en", "has 3 due vaccinations")])
def test_a_gap_that_closes_within_tolerance_is_not_called_complete(
    registry, tally, server, settings, monkeypatch, language, said
):
    tally.says(short(unit("BV1", language=language)))
    outreach.remind_units(registry, OCT_7, settings)
    with registry.begin() as connection:
        connection.execute(text("UPDATE reference.unit SET language = :language"), {"language": language})
    tally.says()
    left = Totals(reported=5000, entered=4997, shortfall=3, surplus=0, entered_unreported=0)
    place = RankedUnit(rank=1, unit=unit("BV1"), totals=left, days_short=1)
    monkeypatch.setattr(gaps, "rank_units", lambda *_: [place])
    outreach.remind_units(registry, OCT_8, settings)
    thanks = server.mails[1]
    assert said in " ".join(body(thanks, "plain").split())
    for complete in ("nhập đủ", "All ", "every due"):
        assert complete not in thanks["Subject"] + body(thanks, "plain")


# The digest


def test_the_digest_tells_the_city_s_state_once_a_day(registry, tally, server, settings):
    tally.says(short(unit("BV1"), missing=120), short(unit("BV2")), short(unit("KHONG", data_officer_email=None)))
    tally.silent = [SilentUnit(unit=unit("IM"), silent_days=3, last_report_on=None, last_upload_on=None)]
    summary = outreach.send_digest(registry, OCT_7, settings)
    assert (summary.written, summary.delivery.sent) == (1, 1)
    [mail] = server.mails
    assert mail["Subject"] == "Đối soát tiêm chủng 07/10/2021: 3 đơn vị còn thiếu 960 mũi, đã nhập 93,6%"
    said = " ".join(body(mail, "plain").split())
    for words in (
        "1. Bệnh viện BV1: Thiếu 360, Ngày 3, Tỷ lệ 92,8%",
        "Bệnh viện IM: chưa từng gửi",
        "Bệnh viện KHONG: chưa có địa chỉ thư điện tử",
        "Lượt gửi số 118, Bệnh viện BV1: Không đọc được tệp CSV hoặc Excel này.",
        "Bệnh viện BV1: giảm 50 mũi, 1 ngày",
    ):
        assert words in said, words
    assert "cid:28-days.png" in body(mail, "html")
    parts = {part.get_filename(): part for part in mail.walk() if part.get_filename()}
    assert parts["28-days.png"].get_payload(decode=True).startswith(b"\x89PNG")
    assert parts["28-days.png"]["Content-ID"] == "<28-days.png>"
    assert parts["doi-soat-20211007.csv"].get_payload(decode=True).decode("utf-8-sig").count("\n") == 4
    outreach.send_digest(registry, OCT_7, settings)
    assert len(server.mails) == 1
    outreach.send_digest(registry, OCT_8, settings)
    assert len(server.mails) == 2


def test_the_digest_lists_mails_that_did_not_arrive(registry, tally, server, settings):
    server.refuse.add("bv1@bv.example.vn")
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings)
    outreach.send_digest(registry, OCT_7, settings)
    assert "Bệnh viện BV1: 07/10/2021, không gửi được" in body(server.mails[0], "plain")


def test_an_english_digest_of_a_complete_city(registry, tally, server, settings, monkeypatch):
    tally.says()
    whole = Totals(reported=5000, entered=5000, shortfall=0, surplus=0, entered_unreported=0)
    place = RankedUnit(rank=1, unit=unit("BV1"), totals=whole, days_short=0)
    monkeypatch.setattr(gaps, "rank_units", lambda *_: [place])
    outreach.send_digest(registry, OCT_7, settings.with_changes(digest_language="en"))
    [mail] = server.mails
    assert mail["Subject"] == "Vaccination entry 7 October 2021: no unit is short"
    assert "No unit is short of data that are due." in body(mail, "plain")


def test_without_a_digest_address_the_summary_says_so(registry, tally, settings):
    summary = outreach.send_digest(registry, OCT_7, settings.with_changes(digest_to=("nonsense",)))
    assert summary.written == 0
    assert "nonsense" in summary.notes[0]
    summary = outreach.send_digest(registry, OCT_7, settings.with_changes(digest_to=()))
    assert "VAXTALLY_DIGEST_TO" in summary.notes[0]


# Beside the ledger


def test_the_sink_keeps_each_mail_to_look_at(registry, tally, server, settings):
    tally.says(short(unit("BV1")))
    outreach.send_digest(registry, OCT_7, settings)
    names = sorted(path.name for path in server.folder.iterdir())
    assert "0001-ban.chi.dao@syt.example.vn.eml" in names
    page = (server.folder / "0001-ban.chi.dao@syt.example.vn.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "cid:" not in page


def test_a_large_mail_arrives_uncut(server, settings):
    html = f"<html><body>{'ệ' * 300_000}</body></html>"
    with transport.Session(settings) as session:
        sent = session.hand_over(transport.Mail(1, "a@b.vn", None, "Dài", "chữ " * 50_000, html))
    assert sent.status == "sent"
    [mail] = server.mails
    assert body(mail, "html").count("ệ") == 300_000
    assert body(mail, "plain").count("chữ ") == 50_000


def test_an_alert_goes_to_the_operators(server):
    settings = Settings(alert_url=f"{server.url}?from=vaxtally@localhost&to=ops@syt.example.vn")
    assert outreach.alert(settings, "Task failed", "reconcile, try 3") is True
    [mail] = server.mails
    assert mail["Subject"] == "Task failed"
    assert "reconcile, try 3" in body(mail, "plain")


def test_a_digest_does_not_try_failed_reminders_again_on_the_same_run(registry, tally, server, settings):
    server.refuse.add("bv1@bv.example.vn")
    tally.says(short(unit("BV1")))
    outreach.remind_units(registry, OCT_7, settings)
    digest = outreach.send_digest(registry, OCT_7, settings)
    assert (digest.delivery.sent, digest.delivery.failed) == (1, 0)
    assert messages(registry)[0].attempts == 1
