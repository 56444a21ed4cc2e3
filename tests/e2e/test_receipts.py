"""Receipts through a real SMTP server on loopback: what a unit reads about a file that it sent."""

import shutil
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from vaxtally import paths
from vaxtally.errors import SettingsError
from vaxtally.outreach import sink
from vaxtally.settings import Settings

from ..intake_desk import AUG_10, AUG_11, UNIT_HEADER, Desk, people, person

BAD_SEX = {"Giới tính": "?"}
PICTURES = paths.ROOT / "test-output"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[sink.SinkServer]:
    with sink.running(tmp_path / "mails") as server:
        yield server


def said(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return body.get_content().replace("\r\n", "\n")


def run(desk: Desk, server: sink.SinkServer, as_of: Any = AUG_10, **changes: Any) -> dict[str, Any]:
    return desk.run(as_of, mail_url=server.url, mail_from="vaxtally@example.org", **changes)


def test_a_unit_reads_what_became_of_its_file(desk: Desk, server: sink.SinkServer) -> None:
    desk.put("a.csv", people(1), unit="HOC-2")
    rows = [*people(2, 3), *people(4, 5, **BAD_SEX), person(6, **{"Vắc xin": "Lạ", **BAD_SEX}), person(1)]
    desk.put("Nguyễn Văn Mật 079080100004.csv", rows)
    summary = run(desk, server)
    assert summary["mail"]["receipts"]["written"] == summary["mail"]["receipts"]["sent"] == 1
    (mail,) = server.mails
    number = desk.uploads()[-1].upload_id
    assert mail["Subject"] == f"Lượt gửi số {number}: 3 dòng cần sửa — Trạm Y tế HOC-1"
    assert str(mail["To"]) == "Lê An <hoc-1@example.vn>"
    text = said(mail)
    assert "- Giới tính phải là Nam hoặc Nữ. (3)\n- Không nhận dạng được vắc xin. (1)" in text
    assert "Tổng số dòng: 6" in text
    assert "Đã nạp: 2" in text
    assert "Chờ Sở Y tế xem xét: 1" in text
    assert "- Mũi tiêm này đã có trong hệ thống. (1)" in text
    assert "(HOC-1/)" in text
    assert "HOC-1/uploads" in text
    for body in (text, said(mail, "html"), str(mail["Subject"])):
        for secret in ("Mật", "079080", "09031", *(person(n)["Họ và tên"] for n in (1, 2, 4)), "HOC-2", "Lạ"):
            assert secret not in body
    (message,) = desk.query("SELECT kind, level, upload_id, status, as_of FROM outreach.message")
    assert tuple(message) == ("receipt", 0, number, "sent", AUG_10)


def test_a_second_run_sends_nothing_and_no_later_setting_writes_about_old_files(
    desk: Desk, server: sink.SinkServer
) -> None:
    desk.put("a.csv", people(1, **BAD_SEX))
    desk.put("b.csv", people(2))
    run(desk, server)
    run(desk, server)
    run(desk, server, receipts="always")
    assert len(server.mails) == 1
    assert desk.query("SELECT count(*) FROM outreach.receipt") == [(2,)]


@pytest.mark.parametrize(("setting", "count"), [("problems", 3), ("always", 6), ("never", 0)])
def test_the_setting_says_for_which_files(desk: Desk, server: sink.SinkServer, setting: str, count: int) -> None:
    desk.put("sound.csv", people(1))
    desk.put("repeated.csv", people(1))
    desk.put("empty.csv", b"\xef\xbb\xbf" + ",".join(person(1)).encode())
    desk.put("bad.csv", people(2, **BAD_SEX))
    desk.put("refused.csv", b"only,nonsense\n1,2\n")
    report = {"Ngày": "09/08/2021", "Vắc xin": "Lạ", "Mũi": "1", "Số mũi tiêm": "3"}
    desk.put("r.csv", [report], kind="reports")
    run(desk, server, receipts=setting)
    titles = [str(mail["Subject"]) for mail in server.mails]
    assert len(titles) == count
    if count:
        assert any("1 dòng cần sửa" in title for title in titles)
        (refused,) = [mail for mail in server.mails if "chưa được tiếp nhận" in str(mail["Subject"])]
        assert "- Thiếu cột bắt buộc: Họ và tên (full_name)" in said(refused)
        assert "gửi lại cả tệp vào thư mục HOC-1/uploads" in " ".join(said(refused).split())
        (report_mail,) = [mail for mail in server.mails if "báo cáo số mũi tiêm" in said(mail)]
        assert "HOC-1/reports" in said(report_mail)
        assert ".fix." not in said(report_mail)
    if setting == "always":
        assert any("đã nhận đủ 1 dòng" in title for title in titles)
        assert any("đã gửi trước đó" in title for title in titles)
        assert any("không có dòng dữ liệu nào" in title for title in titles)


def test_every_address_of_a_unit_and_no_other(desk: Desk, server: sink.SinkServer) -> None:
    lines = [
        "A,Trạm A,health_centre,760,,en,,a1@example.org; a2@example.org,,,,",
        "B,Trạm B,health_centre,760,,vi,,,,,,",
        "C,Trạm C,health_centre,760,,vi,,c@example.org,,,2021-01-01,2021-08-01",
    ]
    (desk.inbox / "units.csv").write_text("\n".join([UNIT_HEADER, *lines]), encoding="utf-8")
    for number, unit in enumerate("ABC"):
        desk.put("a.csv", people(number, **BAD_SEX), unit=unit)
    desk.put("a.csv", people(9), unit="KHONG-CO")
    summary = run(desk, server)["mail"]["receipts"]
    assert sorted(str(mail["To"]) for mail in server.mails) == ["a1@example.org", "a2@example.org"]
    assert {str(mail["Subject"]).partition(": ")[2] for mail in server.mails} == {"1 row to correct — Trạm A"}
    assert "Dear colleagues at Trạm A," in said(server.mails[0])
    assert summary["units_without_address"] == ["B"]
    assert summary["units_closed"] == ["C"]


def test_what_was_not_sent_goes_later_unless_nothing_is_left_to_say(desk: Desk, server: sink.SinkServer) -> None:
    desk.put("a.csv", people(1, **BAD_SEX))
    desk.put("b.csv", people(2, **BAD_SEX))
    assert run(desk, server, mail_mode="off")["mail"]["receipts"]["waiting"] == 2
    desk.put("a2.csv", people(1))
    run(desk, server, AUG_11)
    (mail,) = server.mails
    assert f"số {desk.uploads()[1].upload_id}:" in str(mail["Subject"])
    states = desk.query("SELECT status FROM outreach.message ORDER BY message_id")
    assert [state for (state,) in states] == ["superseded", "sent"]


def test_days_before_the_first_mail_day_are_not_written_about(desk: Desk, server: sink.SinkServer) -> None:
    desk.put("a.csv", people(1, **BAD_SEX))
    run(desk, server, mail_not_before=AUG_11)
    desk.put("b.csv", people(2, **BAD_SEX))
    run(desk, server, AUG_11, mail_not_before=AUG_11)
    assert len(server.mails) == 1


def test_a_link_where_the_outbox_has_an_address(desk: Desk, server: sink.SinkServer) -> None:
    desk.put("a.csv", people(1, **BAD_SEX))
    run(desk, server, outbox_url="https://files.example.vn/outbox/")
    (mail,) = server.mails
    assert 'href="https://files.example.vn/outbox/HOC-1/"' in said(mail, "html")
    assert "https://files.example.vn/outbox/HOC-1/" in said(mail)


def test_a_setting_that_means_nothing_is_refused() -> None:
    with pytest.raises(SettingsError, match="VAXTALLY_RECEIPTS"):
        Settings(receipts="sometimes")


def test_a_backlog_is_written_in_one_go(desk: Desk, server: sink.SinkServer) -> None:
    for number in range(60):
        desk.put(f"{number}.csv", people(number, **BAD_SEX))
    summary = run(desk, server)
    assert summary["mail"]["receipts"]["sent"] == 60
    assert len({mail["Subject"] for mail in server.mails}) == 60


@pytest.mark.parametrize(("name", "width"), [("phone", 390), ("desktop", 1000)])
def test_it_fits_the_window(desk: Desk, server: sink.SinkServer, name: str, width: int) -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    desk.put("a.csv", people(1), unit="HOC-2")
    desk.put("b.csv", [*people(2, 3), *people(4, 5, **BAD_SEX), person(6, **{"Vắc xin": "Lạ"}), person(1)])
    desk.put("c.csv", b"only,nonsense\n1,2\n")
    desk.put("d.csv", people(8, **BAD_SEX), unit="HOC-2")
    run(desk, server, outbox_url="https://files.example.vn/outbox")
    PICTURES.mkdir(exist_ok=True)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        pages = sorted((server.folder).glob("*.html"))
        assert len(pages) == 3
        for number, file in enumerate(pages):
            page = chromium.new_page(viewport={"width": width, "height": 900})
            page.goto(file.as_uri())
            page.screenshot(path=str(PICTURES / f"receipt-{number}-{name}.png"), full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        chromium.close()
