"""What the ledger's tables refuse, and what a delivery run makes of them."""

import time
from contextlib import ExitStack
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from vaxtally.outreach import ledger, rounds
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.transport import Attachment, Outcome
from vaxtally.settings import Settings

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
    with registry.connect() as connection:
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


def test_a_claimed_mail_is_nobody_else_s_and_is_settled_once(registry, connection):
    ledger.write(connection, DIGEST)
    connection.commit()
    with rounds.running(registry, Settings()) as (current, _), registry.begin() as connection:
        claimed = current.claim(connection)
        assert claimed.delivered_to == "ban@syt.example.vn"
        assert current.claim(connection) is None
        assert current.hand_over(connection, claimed.message_id) is True
        assert current.hand_over(connection, claimed.message_id) is False
        current.settle(connection, claimed.message_id, Outcome("sent"))
        current.settle(connection, claimed.message_id, Outcome("failed", "refused", "late"))
        assert connection.execute(text("SELECT status, attempts FROM outreach.message")).one() == ("sent", 1)


@pytest.fixture
def claimed(registry, connection):
    """A mail that a run has claimed, which lives until the test ends it; the run's number."""
    ledger.write(connection, DIGEST)
    connection.commit()
    with ExitStack() as alive:
        current, _ = alive.enter_context(rounds.running(registry, Settings()))
        with registry.begin() as claiming:
            message_id = current.claim(claiming).message_id
        yield current, message_id, alive


def state(engine):
    sql = "SELECT status, failure, attempts, next_attempt_at IS NULL FROM outreach.message"
    with engine.connect() as connection:
        return tuple(connection.execute(text(sql)).one())


def wait_until_locks_are_gone(connection):
    """A server ends a session a moment after its connection was closed."""
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = CAST(:lock AS oid)"
    while connection.execute(text(held), {"lock": rounds.RUN_LOCK}).scalar():
        time.sleep(0.01)


def test_a_mail_under_way_is_left_alone_while_its_run_lives(registry, claimed):
    with rounds.running(registry, Settings()) as (_, left):
        assert not left.total()
    assert state(registry)[0] == "sending"


def test_a_dead_run_s_mail_is_tried_again_where_the_server_got_no_text(registry, connection, claimed):
    first, message_id, alive = claimed
    alive.close()
    wait_until_locks_are_gone(connection)
    with rounds.running(registry, Settings()) as (second, left), registry.begin() as connection:
        assert not left.total()
        assert state(registry) == ("failed", "interrupted", 1, False)
        assert second.claim(connection).message_id == message_id
        # The first was not dead after all, and comes late: it is told so before it sends, and settles nothing.
        assert first.hand_over(connection, message_id) is False
        first.settle(connection, message_id, Outcome("failed", "interrupted", "not mine"))
        assert second.hand_over(connection, message_id) is True


def test_a_dead_run_s_mail_is_unknown_where_the_server_was_given_the_text(registry, claimed):
    first, message_id, alive = claimed
    with registry.begin() as connection:
        assert first.hand_over(connection, message_id)
    alive.close()
    with registry.connect() as connection:
        wait_until_locks_are_gone(connection)
    with rounds.running(registry, Settings()) as (second, left), registry.begin() as connection:
        assert left["unknown"] == 1
        assert second.claim(connection) is None
    assert state(registry) == ("unknown", "lost", 1, True)
    # Its answer came after all: that is the truth.
    with registry.begin() as connection:
        first.settle(connection, message_id, Outcome("sent"))
    assert state(registry)[0] == "sent"


def test_a_run_that_hangs_is_given_up_though_it_lives(registry, claimed):
    with registry.begin() as connection:
        connection.execute(text("UPDATE outreach.message SET attempted_at = now() - interval '16 minutes'"))
    with rounds.running(registry, Settings()):
        assert state(registry)[:2] == ("failed", "interrupted")


def test_a_mail_that_ends_its_process_each_time_is_given_up(registry, connection):
    ledger.write(connection, DIGEST)
    connection.commit()
    for _ in range(5):
        with rounds.running(registry, Settings()) as (current, _), registry.begin() as claiming:
            assert current.claim(claiming)
        wait_until_locks_are_gone(connection)
    with rounds.running(registry, Settings()) as (current, left), registry.begin() as claiming:
        assert left["given_up"] == 1
        assert current.claim(claiming) is None
    assert state(registry) == ("failed", "interrupted", 5, True)


@pytest.mark.parametrize(
    ("failure", "attempts", "days_tried", "seconds"),
    [
        ("unreachable", 1, 0, 0),
        ("unreachable", 2, 0, 60),
        ("unreachable", 3, 0, 120),
        ("unreachable", 7, 0, 1920),
        ("unreachable", 8, 0, 3600),
        ("unreachable", 30_000, 6, 3600),
        ("unreachable", 3, 8, None),
        ("deferred", 20, 1, 3600),
        ("deferred", 20, 8, None),
        ("refused", 4, 0, 240),
        ("refused", 5, 0, None),
        ("interrupted", 4, 0, 0),
        ("interrupted", 5, 0, None),
    ],
)
def test_waits_double_up_to_a_limit_and_end(connection, failure, attempts, days_tried, seconds):
    sql = """
        SELECT extract(epoch FROM outreach.next_attempt(
            :failure, :attempts, now() - make_interval(days => :days_tried), 60, 3600, 5, 7
        ) - now())
    """
    values = {"failure": failure, "attempts": attempts, "days_tried": days_tried}
    assert connection.execute(text(sql), values).scalar_one() == seconds


def test_an_address_s_case_makes_no_second_mail(connection):
    assert ledger.write(connection, DIGEST) is True
    assert ledger.write(connection, DIGEST.to("Ban@SYT.example.vn")) is False


def test_a_mail_that_was_withdrawn_is_in_nobody_s_way(connection):
    ledger.write(connection, DIGEST)
    connection.execute(text("UPDATE outreach.message SET status = 'superseded'"))
    assert ledger.write(connection, DIGEST) is True


@pytest.mark.parametrize(("kind", "unit_code"), [("correction", "BV"), ("alert", None)])
def test_a_correction_or_an_alert_is_replaced_by_none_as_each_says_something_else(connection, kind, unit_code):
    from dataclasses import replace

    connection.execute(
        text(
            "INSERT INTO reference.unit (unit_code, name, unit_type, listed_on)"
            " VALUES ('BV', 'Bệnh viện', 'public_hospital', '2021-10-01')"
        )
    )
    for day in (7, 8):
        draft = replace(DIGEST, kind=kind, unit_code=unit_code, level=3, as_of=date(2021, 10, day))
        assert ledger.write(connection, draft)
    found = connection.execute(text("SELECT status FROM outreach.message")).scalars().all()
    assert found == ["queued", "queued"]


def test_a_newer_digest_takes_the_place_of_one_that_never_left(connection):
    from dataclasses import replace

    ledger.write(connection, DIGEST)
    ledger.write(connection, replace(DIGEST, as_of=date(2021, 10, 8)))
    found = connection.execute(text("SELECT status FROM outreach.message ORDER BY message_id")).scalars().all()
    assert found == ["superseded", "queued"]
    assert ledger.is_past(connection, "digest", date(2021, 10, 7))
    assert not ledger.is_past(connection, "digest", date(2021, 10, 8))
