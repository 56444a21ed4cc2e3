"""What the ledger's tables themselves refuse."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from vaxtally.outreach import ledger
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.transport import Attachment, Outcome

DIGEST = Draft(
    kind="digest",
    level=0,
    as_of=date(2021, 10, 7),
    language="vi",
    subject="Bản tin",
    text="chữ",
    html="<p>chữ</p>",
    recipient="ban@syt.example.vn",
    attachments=(Attachment("a.csv", "text/csv", b"x"),),
)


@pytest.fixture
def connection(registry):
    with registry.begin() as connection:
        yield connection


def test_a_mail_is_in_the_ledger_once(connection):
    assert ledger.write(connection, DIGEST) is True
    assert ledger.write(connection, DIGEST) is False
    assert ledger.write(connection, DIGEST.to("khac@syt.example.vn")) is True
    assert connection.execute(text("SELECT count(*) FROM outreach.message")).scalar() == 2
    assert connection.execute(text("SELECT count(*) FROM outreach.attachment")).scalar() == 2


@pytest.mark.parametrize(
    "change",
    [
        "subject = E'a\\r\\nBcc: b'",
        "subject = ''",
        "recipient = 'no address'",
        "recipient_name = E'a\\nb'",
        "status = 'sent'",
        "status = 'failed'",
        "status = 'sending'",
        "status = 'gone'",
        "kind = 'shortfall'",
        "kind = 'newsletter'",
        "level = 4",
    ],
)
def test_a_mail_that_cannot_be_true_is_refused(connection, change):
    ledger.write(connection, DIGEST)
    with pytest.raises(IntegrityError):
        connection.execute(text(f"UPDATE outreach.message SET {change}"))


@pytest.mark.parametrize("name", ["tệp.csv", "a b.csv", "", "a/b.csv"])
def test_an_attachment_s_name_is_plain_ascii(connection, name):
    from dataclasses import replace

    with pytest.raises(IntegrityError):
        ledger.write(connection, replace(DIGEST, attachments=(Attachment(name, "text/csv", b"x"),)))


def test_a_claimed_mail_is_nobody_else_s_and_is_settled_once(connection):
    ledger.write(connection, DIGEST)
    current = ledger.start_round(connection)
    claimed = ledger.claim(connection, current)
    assert claimed.delivered_to == "ban@syt.example.vn"
    assert ledger.claim(connection, current) is None
    ledger.settle(connection, claimed.message_id, Outcome("sent"))
    ledger.settle(connection, claimed.message_id, Outcome("failed", "refused", "late"))
    assert connection.execute(text("SELECT status, attempts FROM outreach.message")).one() == ("sent", 1)


def test_a_newer_digest_takes_the_place_of_one_that_never_left(connection):
    from dataclasses import replace

    ledger.write(connection, DIGEST)
    ledger.write(connection, replace(DIGEST, as_of=date(2021, 10, 8)))
    found = connection.execute(text("SELECT status FROM outreach.message ORDER BY message_id")).scalars().all()
    assert found == ["superseded", "queued"]
    assert ledger.is_past(connection, "digest", date(2021, 10, 7))
    assert not ledger.is_past(connection, "digest", date(2021, 10, 8))
