"""What may be sent where, before anything is sent."""

import subprocess
import sys

import pytest

from vaxtally.errors import SettingsError
from vaxtally.outreach import alert, smtp, transport, workbook
from vaxtally.outreach.attachment import csv_bytes
from vaxtally.settings import Settings

from .. import stopping_smtp

MAIL = transport.Mail(7, "lan@bv.example.vn", "Nguyễn Thị Lan", "Chủ đề", "chữ", "<p>chữ</p>")


@pytest.mark.parametrize(
    "url",
    [
        "mailto://smtp.example.org:25",
        "mailto://192.168.1.4",
        "mailtos://smtp.example.org?mode=insecure",
        "mailto://127.0.0.1:25?smtp=smtp.example.org",
        "mailto://user:secret@gmail.com",
        "mailto://localhost.example.org",
    ],
)
def test_mail_never_crosses_the_network_in_plain_text(url):
    with pytest.raises(SettingsError, match="plain text") as refused:
        transport.check_settings(Settings(mail_url=url))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["https://example.org", "mailto", "mailto://?x", "smtp://127.0.0.1", "json://localhost"]
)
def test_what_is_no_mail_url_is_refused(url):
    with pytest.raises(SettingsError):
        transport.check_settings(Settings(mail_url=url))


@pytest.mark.parametrize("sender", ["", "no address", "a@b@c"])
def test_a_sender_that_is_no_address_is_refused(sender):
    with pytest.raises(SettingsError):
        transport.check_settings(Settings(mail_url="mailto://127.0.0.1:25", mail_from=sender or "x"))


@pytest.mark.parametrize(
    "url",
    ["mailto://127.0.0.1:2525", "mailto://localhost", "mailto://[::1]:2525", "mailtos://user:pw@smtp.example.org"],
)
def test_loopback_and_encrypted_are_allowed(url):
    transport.check_settings(Settings(mail_url=url))


def test_recipients_and_retries_in_the_url_are_ignored():
    url = "mailto://127.0.0.1:2525/other@example.org?to=a@x.vn&cc=b@x.vn&bcc=c@x.vn&retry=5"
    plugin = transport.make_plugin(Settings(mail_url=url), MAIL)
    assert plugin.targets == [("Nguyễn Thị Lan", "lan@bv.example.vn")]
    assert not plugin.cc
    assert not plugin.bcc
    assert plugin.retry == 0


@pytest.mark.parametrize(
    ("url", "mail_from", "sender"),
    [
        ("mailto://127.0.0.1", "Đối soát <doisoat@syt.example.vn>", "doisoat@syt.example.vn"),
        ("mailto://127.0.0.1?from=x@url.example.vn", None, "x@url.example.vn"),
        ("mailto://127.0.0.1?from=x@url.example.vn", "y@setting.example.vn", "y@setting.example.vn"),
        ("mailto://127.0.0.1", None, "vaxtally@localhost"),
    ],
)
def test_the_sender_is_the_setting_s_then_the_url_s(url, mail_from, sender):
    settings = Settings(mail_url=url, **({"mail_from": mail_from} if mail_from else {}))
    assert transport.sender(settings) == sender


@pytest.mark.parametrize(
    ("text", "usable", "unusable"),
    [
        ("a@b.vn; A@B.vn ;c@d.vn;;", ["a@b.vn", "c@d.vn"], []),
        ("a@b.vn;no address;x@", ["a@b.vn"], ["no address", "x@"]),
        ("Lan <a@b.vn>", [], ["Lan <a@b.vn>"]),
        ("a@b.vn\nBcc: c@d.vn", [], ["a@b.vn\nBcc: c@d.vn"]),
        (None, [], []),
        (" ; ", [], []),
    ],
)
def test_addresses_are_split_and_judged(text, usable, unusable):
    assert transport.addresses(text) == (usable, unusable)


def test_a_line_break_in_a_recipient_s_name_makes_no_header():
    settings = Settings(mail_url="mailto://127.0.0.1")
    mail = transport.Mail(1, "lan@bv.example.vn", "Lan\r\nBcc: c@d.vn", "Chủ đề\r\nBcc: c@d.vn", "a", "<p>a</p>")
    message = transport.make_plugin(settings, mail)._message("x", None)
    assert "\nBcc" not in message


def test_a_spreadsheet_runs_nothing_from_an_attachment():
    assert b"'=1+1" in csv_bytes(["a"], [["=1+1"]])
    assert b"-5" in csv_bytes(["a"], [[-5]])


def test_an_alert_without_a_url_or_with_a_bad_one_is_false_and_quiet():
    assert alert(Settings(), "title", "body") is False
    assert alert(Settings(alert_url="nonsense"), "title", "body") is False
    assert alert(Settings(alert_url="json://127.0.0.1:9/"), "title", "body") is False


def test_an_alert_never_crosses_the_network_in_plain_text(caplog):
    assert alert(Settings(alert_url="mailto://user:secret@smtp.example.org"), "title", "body") is False
    assert "SettingsError" in caplog.text
    assert "secret" not in caplog.text


@pytest.fixture
def server():
    with stopping_smtp.running() as server:
        yield server


def hand_over(server, mail=MAIL, ready=lambda mail: True):
    with transport.Session(Settings(mail_url=server.url)) as session:
        return session.hand_over(mail, ready)


@pytest.mark.parametrize(
    ("step", "answer", "status", "failure", "address"),
    [
        ("BANNER", "554 no service", "failed", "unreachable", False),
        ("EHLO", "502 unknown", "failed", "unreachable", False),
        ("MAIL", "550 not from you", "failed", "refused", False),
        ("MAIL", "421 closing", "failed", "unreachable", False),
        ("RCPT", "550 5.1.1 no such mailbox", "failed", "refused", True),
        ("RCPT", "450 4.2.1 try later", "failed", "deferred", False),
        ("DATA", "451 try later", "failed", "deferred", False),
        ("TEXT", "552 too large", "failed", "refused", False),
        ("TEXT", "451 disk full", "failed", "deferred", False),
        ("TEXT", "250 taken", "sent", None, False),
    ],
)
def test_what_the_server_says_is_what_became_of_the_mail(server, step, answer, status, failure, address):
    server.answers |= {step: answer} | ({"HELO": answer} if step == "EHLO" else {})
    outcome = hand_over(server)
    assert (outcome.status, outcome.failure, outcome.address_refused) == (status, failure, address)
    assert server.accepted == ([MAIL.recipient] if status == "sent" else [])


def test_a_mail_that_is_held_back_at_the_last_moment_does_not_go_out(server):
    outcome = hand_over(server, ready=lambda mail: False)
    assert (outcome.status, outcome.failure, server.accepted) == ("failed", "interrupted", [])


def test_where_the_ledger_cannot_be_told_nothing_goes_out(server):
    def ready(mail):
        raise ConnectionError("the database has gone")

    with pytest.raises(ConnectionError):
        hand_over(server, ready=ready)
    assert server.accepted == []


def test_after_a_mail_that_was_refused_the_next_one_goes_out_on_the_same_connection(server):
    with transport.Session(Settings(mail_url=server.url)) as session:
        server.answers["RCPT"] = "550 no"
        assert session.hand_over(MAIL).status == "failed"
        server.answers.clear()
        assert session.hand_over(MAIL).status == "sent"
    assert (server.accepted, server.connections) == ([MAIL.recipient], 1)


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        ("a\nb\n", b"a\r\nb\r\n"),
        ("a\r\nb", b"a\r\nb\r\n"),
        ("a\rb\n\n\n", b"a\r\nb\r\n"),
    ],
)
def test_lines_end_as_smtp_wants_them(message, wire):
    assert smtp.wire_form(message) == wire


def test_a_line_of_one_dot_does_not_end_the_mail(server):
    mail = transport.Mail(1, "a@b.vn", None, "x", "..\n.\n.a\n", "<p>\n.\n</p>")
    assert hand_over(server, mail).status == "sent"
    assert server.accepted == ["a@b.vn"]


@pytest.mark.parametrize("media_type", [workbook.MEDIA_TYPE, "application/pdf", "image/png", "text/csv"])
def test_what_mails_carry_can_be_attached_where_the_system_names_no_media_types(media_type):
    code = f"""
import mimetypes
mimetypes.knownfiles = []
from vaxtally.outreach import transport
transport._memory(transport.Attachment("a.bin", {media_type!r}, b"x"))
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
