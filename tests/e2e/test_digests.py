"""Digests to parents and the weekly report through a real SMTP server, read back as their recipients would."""

import shutil
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaxtally import cli, outreach, paths, tally
from vaxtally.outreach import sink
from vaxtally.outreach.management import send
from vaxtally.settings import Settings

from ..sql.tally_town import Town

if TYPE_CHECKING:
    from sqlalchemy import Engine

MONDAY = date(2021, 10, 11)
DAYS = [date(2021, 10, 1) + timedelta(days=n) for n in range(8)]
PICTURES = paths.ROOT / "test-output"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DEPARTMENT, MANAGEMENT = "giam-sat@syt.example.vn", "giam-doc@syt.example.vn"


@pytest.fixture
def city(registry: "Engine") -> "Engine":
    """A district of three levels, an English-speaking parent, a parent of none that is short, one unreachable."""
    with registry.begin() as connection:
        town = Town(connection)
        town.units(
            "TT1", name="Trung tâm Y tế Quận 1", unit_type="district_health_office", district_code="760",
            data_officer_name="Trần Văn Hùng", data_officer_email="tt1@yte.example.vn;truc.tt1@yte.example.vn",
        )  # fmt: skip
        town.units("TYT1", name="Trạm Y tế Bến Nghé", district_code="760", parent_unit_code="TT1",
                   data_officer_email="tyt1@yte.example.vn")  # fmt: skip
        town.units("DIEM", name="Điểm tiêm lưu động", district_code="760", parent_unit_code="TYT1")
        town.units("BV", name="Sunrise International Hospital", unit_type="private_hospital", language="en",
                   district_code="769", head_email="head@bv.example.vn")  # fmt: skip
        town.units("BV2", name="Sunrise Clinic", unit_type="private_clinic", district_code="769", parent_unit_code="BV")
        town.units("TT5", name="Trung tâm Y tế Quận 5", district_code="774", data_officer_email="tt5@yte.example.vn")
        town.units("TYT5", name="Trạm Y tế Phường 5", district_code="774", parent_unit_code="TT5")
        town.units("TT6", name="Trung tâm Y tế Quận 6", district_code="775")
        town.units("TYT6", name="Trạm Y tế Phường 6", district_code="775", parent_unit_code="TT6")
        for day in DAYS:
            codes = ("TT1", "TYT1", "DIEM", "BV2", "TYT5", "TYT6")
            town.apply_reports((None, day + timedelta(days=1), [(code, day, "PFIZER", 1, 10) for code in codes]))
            for code, doses in (("TT1", 9), ("TYT1", 7), ("DIEM", 4), ("BV2", 8), ("TYT5", 10), ("TYT6", 3)):
                town.dose(code, day, received_on=day + timedelta(days=1), times=doses)
        tally.reconcile(connection, MONDAY, Settings())
    return registry


@pytest.fixture
def server(tmp_path: Path) -> Iterator[sink.SinkServer]:
    with sink.running(tmp_path / "mails") as running:
        yield running


@pytest.fixture
def settings(server: sink.SinkServer, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", mail_url=server.url, digest_to=(DEPARTMENT,), management_to=(MANAGEMENT,))


def to(server: sink.SinkServer, address: str) -> list[EmailMessage]:
    return [mail for mail in server.mails if mail["To"].addresses[0].addr_spec == address]


def said(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return " ".join(body.get_content().split())


def test_each_parent_is_told_of_the_units_below_it_once_a_day(city, server, settings):
    summary = outreach.send_digest(city, MONDAY, settings)
    recipients = sorted(mail["To"].addresses[0].addr_spec for mail in server.mails)
    assert recipients == sorted(
        [DEPARTMENT, "tt1@yte.example.vn", "truc.tt1@yte.example.vn", "tyt1@yte.example.vn", "head@bv.example.vn"]
    )
    assert summary.written == summary.delivery.sent == 5
    assert summary.notes == ("TT6 has units below it and no address for their digest",)
    outreach.send_digest(city, MONDAY, settings)
    assert len(server.mails) == 5


def test_a_parent_of_which_no_unit_is_short_gets_no_mail_though_one_is_silent(city, server, settings):
    outreach.send_digest(city, MONDAY + timedelta(days=1), settings.with_changes(digest_to=()))
    assert len(server.mails) == 4
    assert to(server, "tt5@yte.example.vn") == []


def test_it_covers_the_whole_subtree_and_nothing_else(city, server, settings):
    outreach.send_digest(city, MONDAY, settings)
    (mail,) = to(server, "tt1@yte.example.vn")
    assert mail["Subject"] == (
        "Trung tâm Y tế Quận 1: 2 đơn vị trực thuộc còn thiếu 72 mũi, đã nhập 55,0% (11/10/2021)"
    )
    text = said(mail)
    assert "Kính gửi Ông/Bà Trần Văn Hùng," in text
    assert "đã nhập 88 trên 160 mũi đã báo cáo" in text
    assert "1. Điểm tiêm lưu động: Thiếu 48, Ngày 8, Tỷ lệ 40,0% 2. Trạm Y tế Bến Nghé: Thiếu 24" in text
    for others in ("Trung tâm Y tế Quận 1: Thiếu", "Phường 5", "Phường 6", "Sunrise"):
        assert others not in text + said(mail, "html")
    names = {part.get_filename() for part in mail.walk() if part.get_filename()}
    assert names == {"28-days.png", "doi-soat-TT1-20211011.csv"}
    (below,) = to(server, "tyt1@yte.example.vn")
    assert "Điểm tiêm lưu động" in said(below)
    assert "Bến Nghé: Thiếu" not in said(below)


def test_it_speaks_the_parent_s_language_and_goes_to_its_head_where_there_is_no_officer(city, server, settings):
    outreach.send_digest(city, MONDAY, settings)
    (mail,) = to(server, "head@bv.example.vn")
    assert mail["Subject"] == (
        "Sunrise International Hospital: 1 unit below it short of 16, 80.0% entered (11 October 2021)"
    )
    assert "1. Sunrise Clinic: Missing 16" in said(mail)


def pairs_of_persons(engine: "Engine", *found: tuple[int, date, str]) -> None:
    """Persons 9001 to 9006, and pairs of the first with others: (other, found on, status)."""
    from sqlalchemy import text

    person = (
        "INSERT INTO registry.person (person_id, full_name, name_key, sex, birth_date, birth_date_precision,"
        " created_by_upload_id) OVERRIDING SYSTEM VALUE"
        " SELECT n, 'Trần Thị Lan', 'tran thi lan', 'female', '1990-05-17', 'day', 1"
        " FROM generate_series(9001, 9006) AS n"
    )
    pair = (
        "INSERT INTO registry.person_pair (person_id, other_person_id, score, levels, found_on, status)"
        " VALUES (9001, :other, 20, '{}', :found_on, :status)"
    )
    with engine.begin() as connection:
        connection.execute(text(person))
        for other, found_on, status in found:
            connection.execute(text(pair), {"other": other, "found_on": found_on, "status": status})


def test_the_department_is_told_how_many_pairs_wait_and_since_when(city, server, settings):
    """Those that nobody has decided about: not kept apart, not merged into anybody, not found later."""
    from sqlalchemy import text

    before = [MONDAY - timedelta(days=days) for days in range(5)]
    pairs_of_persons(
        city,
        (9002, before[1], "open"), (9003, before[3], "open"), (9004, before[4], "apart"),
        (9005, before[4], "open"), (9006, MONDAY + timedelta(days=1), "open"),
    )  # fmt: skip
    with city.begin() as connection:
        connection.execute(text("UPDATE registry.person SET merged_into_person_id = 9006 WHERE person_id = 9005"))
    outreach.send_digest(city, MONDAY, settings.with_changes(digest_language="en"))
    (mail,) = to(server, DEPARTMENT)
    assert "REGISTERED TWICE, PERHAPS: 2 PAIRS OF PERSONS" in said(mail)
    assert "Pairs that nobody has decided about: 2; oldest 8 October 2021" in said(mail)
    assert "2; oldest 8 October 2021" in said(mail, "html")
    (parent,) = to(server, "head@bv.example.vn")
    assert "REGISTERED TWICE" not in said(parent)


def test_it_is_told_so_in_vietnamese_and_nothing_where_none_waits(city, server, settings):
    outreach.send_digest(city, MONDAY - timedelta(days=1), settings)
    assert "TRÙNG NGƯỜI" not in said(to(server, DEPARTMENT)[0])
    pairs_of_persons(city, (9002, MONDAY, "open"))
    outreach.send_digest(city, MONDAY, settings)
    text = said(to(server, DEPARTMENT)[1])
    assert "CÓ THỂ TRÙNG NGƯỜI: 1 CẶP" in text
    assert "Cặp chưa có quyết định: 1; cũ nhất 11/10/2021" in text


def test_parents_are_told_where_the_department_has_no_address(city, server, settings):
    summary = outreach.send_digest(city, MONDAY, settings.with_changes(digest_to=()))
    assert summary.delivery.sent == 4
    assert "VAXTALLY_DIGEST_TO" in summary.notes[0]


def test_the_weekly_report_arrives_once_with_page_pdf_and_pictures(city, server, settings):
    outreach.send_digest(city, MONDAY, settings.with_changes(mail_mode="off", digest_to=(MANAGEMENT,)))
    summary = outreach.send_management_report(city, MONDAY, settings)
    again = outreach.send_management_report(city, MONDAY, settings)
    assert (summary.written, again.written) == (1, 0)
    daily, weekly = to(server, MANAGEMENT)
    assert daily["Subject"].startswith("Đối soát tiêm chủng 11/10/2021"), "the day's digest is not put in its place"
    assert weekly["Subject"] == "Báo cáo tuần 11/10/2021: đã nhập 68,3% (0,0 điểm %), còn thiếu 152 mũi ở 5 đơn vị"
    text = said(weekly)
    assert "- Điểm tiêm lưu động: TT 2, Ngày 8, Còn thiếu 48, Tỷ lệ 40,0%, Thay đổi +36" in text
    assert "Trong tuần không có đơn vị nào phản hồi." in text
    parts = {part.get_filename(): part.get_payload(decode=True) for part in weekly.walk() if part.get_filename()}
    assert set(parts) == {
        "trend.png", "days.png", "districts.png", "bao-cao-tuan-20211011.pdf", "bao-cao-tuan-20211011.html",
        "don-vi-20211011.csv",
    }  # fmt: skip
    html = said(weekly, "html")
    assert all(f"cid:{name}.png" in html for name in ("trend", "days", "districts"))
    assert len(html) < 100_000, "mail programs cut longer ones"
    kept = {file.name: file for file in (settings.home / send.FOLDER).iterdir()}
    assert kept.keys() == {"bao-cao-tuan-20211011.pdf", "bao-cao-tuan-20211011.html"}
    for name, file in kept.items():
        assert file.read_bytes() == parts[name]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_city_that_reported_nothing_is_not_called_complete(registry, server, settings):
    outreach.send_digest(registry, MONDAY, settings)
    outreach.send_management_report(registry, MONDAY, settings)
    assert [mail["Subject"] for mail in server.mails] == [
        "Đối soát tiêm chủng 11/10/2021: chưa có số liệu báo cáo nào đến hạn",
        "Báo cáo tuần 11/10/2021: chưa có số liệu báo cáo nào đến hạn",
    ]


def test_about_the_past_no_mail_is_written_and_the_files_are(city, server, settings):
    outreach.send_digest(city, MONDAY, settings)
    before = len(server.mails)
    summary = outreach.send_management_report(city, MONDAY - timedelta(days=7), settings)
    assert (summary.written, len(server.mails)) == (0, before)
    assert (settings.home / send.FOLDER / "bao-cao-tuan-20211004.pdf").exists()


def test_the_day_of_the_week_decides_when_it_is_due(settings):
    assert send.is_due(MONDAY, settings)
    assert not send.is_due(MONDAY + timedelta(days=1), settings)
    assert send.is_due(MONDAY + timedelta(days=1), settings.with_changes(management_weekday="tue"))
    assert not send.is_due(MONDAY, settings.with_changes(management_to=()))


def test_the_command_writes_the_report_of_any_day(city, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VAXTALLY_REGISTRY_URL", city.url.render_as_string(hide_password=False))
    out = tmp_path / "report"
    assert cli.main(["report", "--as-of", "2021-10-08", "--language", "en", "--out", str(out)]) == 0
    written = capsys.readouterr().out.split()
    assert written == [str(out / f"weekly-report-20211008.{kind}") for kind in ("html", "pdf")]
    page = (out / "weekly-report-20211008.html").read_text(encoding="utf-8")
    assert "Weekly report on vaccination entry, 8 October 2021" in page
    assert "beside those of 1 October 2021" in page


def test_they_fit_phone_and_desktop_and_ask_nothing_of_a_network(city, server, settings):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    outreach.send_digest(city, MONDAY, settings)
    outreach.send_management_report(city, MONDAY, settings)
    (parent,) = server.folder.glob("*-tt1@yte.example.vn.html")
    (weekly,) = server.folder.glob(f"*-{MANAGEMENT}.html")
    (page,) = (settings.home / send.FOLDER).glob("*.html")
    PICTURES.mkdir(exist_ok=True)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        files = (("parent", parent), ("weekly", weekly), ("report", page))
        for (what, file), (name, width) in product(files, (("phone", 375), ("desktop", 1000))):
            tab = chromium.new_page(viewport={"width": width, "height": 900})
            asked: list[str] = []
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.goto(file.as_uri())
            tab.screenshot(path=str(PICTURES / f"digest-{what}-{name}.png"), full_page=True)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert all(address.startswith(("file:", "data:")) for address in asked), "works without a network"
        chromium.close()
