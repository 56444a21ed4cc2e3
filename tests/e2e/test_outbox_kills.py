"""Exactly one mail: the process that writes and sends it is killed at each step, and run again.

The process is a real one and ends by SIGKILL. It is held at a step from outside: by the mail server, which does not
answer, or by the database, where a trigger waits for a lock that the test holds. Nothing in the code under test knows.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from vaxtally import outreach, tally
from vaxtally.settings import Settings

from .. import stopping_smtp
from ..sql.tally_town import Town
from ..stopping_smtp import StoppingServer

if TYPE_CHECKING:
    from sqlalchemy import Engine

UNIT = "BV1"
OFFICER = "lan@bv1.example.vn"
OCT_8 = date(2021, 10, 8)
LOCK = 4711

# What a run does: reads the town's gaps, writes the mails, sends them.
RUN = """
import sys
from datetime import date
from vaxtally import db, outreach
from vaxtally.settings import Settings
engine = db.make_engine(sys.argv[1])
outreach.remind_units(engine, date(2021, 10, 8), Settings(mail_url=sys.argv[2]))
"""

# The statement that a step of the database's is about to finish, and the state that it brings about.
HOLD = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({lock});
    RETURN NEW;
END $$;
CREATE TRIGGER hold AFTER {event} ON outreach.message FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION hold();
"""
DATABASE_STEPS = {
    "written, not committed": ("INSERT", "true"),
    "claimed, not committed": ("UPDATE", "NEW.status = 'sending' AND NEW.handed_over_at IS NULL"),
    "handed over, not committed": ("UPDATE", "NEW.status = 'sending' AND NEW.handed_over_at IS NOT NULL"),
    "settled, not committed": ("UPDATE", "NEW.status = 'sent'"),
}
# Before the server is given the text nothing can have arrived, and the mail goes out by the next run. After that nobody
# knows, whether it arrived ("ACCEPTED" and what follows) or not ("TEXT"): it is listed, and not repeated.
ENDS: dict[str, tuple[str, int]] = {
    "written, not committed": ("sent", 1),
    "claimed, not committed": ("sent", 1),
    "BANNER": ("sent", 1),
    "EHLO": ("sent", 1),
    "MAIL": ("sent", 1),
    "RCPT": ("sent", 1),
    "DATA": ("sent", 1),
    "handed over, not committed": ("sent", 1),
    "TEXT": ("unknown", 0),
    "ACCEPTED": ("unknown", 1),
    "settled, not committed": ("unknown", 1),
    "settled": ("sent", 1),
}


@pytest.fixture
def server() -> Iterator[StoppingServer]:
    with stopping_smtp.running() as server:
        yield server


@pytest.fixture
def town(registry: "Engine") -> "Engine":
    """A unit that reported ten doses and entered none; the day is due."""
    with registry.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO reference.unit (unit_code, name, unit_type, data_officer_email, listed_on)"
                f" VALUES ('{UNIT}', 'Bệnh viện 1', 'public_hospital', '{OFFICER}', '2021-03-08')"
            )
        )
        Town(connection).apply_reports((None, date(2021, 10, 5), [(UNIT, date(2021, 10, 4), "PFIZER", 1, 10)]))
        tally.reconcile(connection, OCT_8, Settings())
    return registry


@contextmanager
def process(engine: "Engine", server: StoppingServer) -> Iterator[subprocess.Popen]:
    url = engine.url.render_as_string(hide_password=False)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAXTALLY_")}
    command = [sys.executable, "-c", RUN, url, server.url]
    with subprocess.Popen(command, env=environment) as running:
        try:
            yield running
        finally:
            running.kill()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ask(engine: "Engine", sql: str) -> list:
    with engine.connect() as connection:
        return list(connection.execute(text(sql)))


def kill_at(step: str, engine: "Engine", server: StoppingServer) -> None:
    """Run the process until it is at the step, and end it there."""
    with engine.connect() as holder:
        if step in DATABASE_STEPS:
            event, when = DATABASE_STEPS[step]
            holder.exec_driver_sql(HOLD.format(lock=LOCK, event=event, when=when))
            holder.commit()
            holder.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
        elif step in stopping_smtp.STEPS:
            server.stop_at = step
        with process(engine, server) as running:
            if step in DATABASE_STEPS:
                waits = f"SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK} AND NOT granted"
                until(lambda: bool(ask(engine, waits)))
            elif step in stopping_smtp.STEPS:
                assert server.reached.wait(60)
            else:
                until(lambda: bool(ask(engine, "SELECT FROM outreach.message WHERE status = 'sent'")))
            os.kill(running.pid, signal.SIGKILL)
            running.wait()
        if step in DATABASE_STEPS:
            holder.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK})")
            holder.exec_driver_sql("DROP TRIGGER hold ON outreach.message")
            holder.commit()
    if step == "TEXT":
        server.answers[step] = "451 the power went"
    server.go_on.set()


@pytest.mark.parametrize("step", ENDS)
def test_killed_at_any_step_and_run_again_it_is_one_mail(step: str, town: "Engine", server: StoppingServer) -> None:
    """After the kill the next runs send what cannot have arrived, and nothing twice."""
    kill_at(step, town, server)
    # The server notices that the process has gone as fast as the kernel tells it.
    until(lambda: not ask(town, "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"))
    status, accepted = ENDS[step]
    settings = Settings(mail_url=server.url)
    last = [outreach.remind_units(town, OCT_8, settings) for _ in range(3)][-1]
    assert [row.status for row in ask(town, "SELECT status FROM outreach.message")] == [status]
    assert server.accepted == [OFFICER] * accepted
    assert last.delivery.undecided == (status == "unknown")
    assert last.delivery.sent == last.delivery.waiting == last.delivery.retrying == 0
