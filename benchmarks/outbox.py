"""How long the mails of a whole city take: rendered, and sent to an SMTP server on loopback.

    python benchmarks/outbox.py                1,300 units, one mail each
    python benchmarks/outbox.py --units 200

The goal is 60 s for 1,300 units' mails. Deciding and rendering is `remind_units` with mail off, sending is
`deliver_queued`. Wall time is noise on a machine that others use: the processor seconds of this process and of
PostgreSQL are what it costs.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from vaxtally import db, embedded_postgres, outreach, tally
from vaxtally.loopback import HOST, free_port
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

AS_OF = date(2021, 10, 8)
# Short days of each unit, two vaccines and two doses each: a mail with a table of 28 lines.
DAYS = 7
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Make the city, remind it, print what that took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=1300)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="vaxtally-bench-") as folder,
        embedded_postgres.serve(Path(folder) / "server") as server,
        counting_server() as (url, counted),
    ):
        server.ensure_database("bench_outbox")
        engine = db.make_engine(server.url("bench_outbox"))
        db.migrate(engine)
        make_city(engine, options.units)
        # Nothing is mailed about: what is left is the reading of the tally, and the imports.
        settings = Settings(mail_url=url, home=Path(folder))
        with timed(engine, "reading, no mail", 0):
            outreach.remind_units(engine, AS_OF - timedelta(days=1), settings.with_changes(mail_not_before=AS_OF))
        with timed(engine, "deciding and rendering", options.units):
            written = outreach.remind_units(engine, AS_OF, settings.with_changes(mail_mode="off")).written
        with timed(engine, "sending", options.units):
            sent = outreach.deliver_queued(engine, settings)
        print(f"written {written:,}, sent {sent.sent:,}, failed {sent.failed:,}, arrived {counted.value:,}")
        engine.dispose()


def make_city(engine: "Engine", units: int) -> None:
    """Units that reported doses on each of the last days and entered none."""
    with engine.begin() as connection:
        statements = (
            """
            INSERT INTO reference.unit (
                unit_code, name, unit_type, district_code, language, data_officer_name, data_officer_email, listed_on
            )
            SELECT
                'U' || n, 'Trạm Y tế số ' || n, 'health_centre', '760', CASE WHEN n % 10 = 0 THEN 'en' ELSE 'vi' END,
                'Nguyễn Văn An', 'officer' || n || '@u.example.vn', '2021-03-08'
            FROM generate_series(1, :units) AS n
            """,
            """
            INSERT INTO intake.upload (
                upload_id, kind, file_name, source_path, archive_path, sha256, size_bytes, modified_at, language,
                received_on, received_at, finished_at, status
            )
            VALUES (
                1, 'report', 'r.csv', 's', 'a', repeat('0', 64), 1, :as_of, 'vi', CAST(:as_of AS date) - 1, :as_of,
                now(), 'loaded'
            )
            """,
            """
            INSERT INTO stats.report (
                unit_code, given_on, vaccine, dose_number, doses_given, revision, source, upload_id, row_number,
                received_at, received_on
            )
            SELECT
                'U' || n, CAST(:as_of AS date) - 2 - day, vaccine, dose, 10 + (n * 7 + day * 3 + dose) % 200, 1,
                'department', 1, row_number() OVER (), :as_of, CAST(:as_of AS date) - 1
            FROM generate_series(1, :units) AS n, generate_series(0, :days - 1) AS day,
                (VALUES ('PFIZER'), ('MODERNA')) AS v (vaccine), generate_series(1, 2) AS dose
            """,
        )
        for statement in statements:
            connection.execute(text(statement), {"units": units, "days": DAYS, "as_of": AS_OF})
        tally.reconcile(connection, AS_OF, Settings())


@contextmanager
def timed(engine: "Engine", what: str, mails: int) -> Iterator[None]:
    """Print wall and processor seconds of the block: of this process with its threads, and of PostgreSQL."""
    started, client, server = time.perf_counter(), time.process_time(), _postgres_seconds(engine)
    yield
    seconds, client, server = (
        time.perf_counter() - started,
        time.process_time() - client,
        _postgres_seconds(engine) - server,
    )
    rate = f", {1000 * (client + server) / mails:.1f} ms of processor a mail" if mails else ""
    print(f"{what:<24} {seconds:6.1f} s wall; processor {client:5.1f} s here, {server:5.1f} s PostgreSQL{rate}")


def _postgres_seconds(engine: "Engine") -> float:
    """Processor seconds of this server: its postmaster, the backends that live, and those it has waited for."""
    with engine.connect() as connection:
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
    postmaster = int((folder / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if postmaster in (int(stat.parent.name), int(fields[1])):
            ticks += sum(map(int, fields[11:15] if int(stat.parent.name) == postmaster else fields[11:13]))
    return ticks / TICKS


@contextmanager
def counting_server() -> Iterator[tuple[str, Any]]:
    """An SMTP server in a process of its own, so that it takes no time from the one measured."""
    counted = multiprocessing.Value("i", 0)
    port = free_port()
    ready = multiprocessing.Event()
    child = multiprocessing.Process(target=_serve, args=(port, counted, ready), daemon=True)
    child.start()
    ready.wait(30)
    try:
        yield f"mailto://{HOST}:{port}", counted
    finally:
        child.terminate()
        child.join()


def _serve(port: int, counted: Any, ready: Any) -> None:
    from aiosmtpd.controller import Controller

    class Handler:
        async def handle_DATA(self, *_: Any) -> str:  # noqa: N802
            with counted.get_lock():
                counted.value += 1
            return "250 Counted"

    Controller(Handler(), hostname=HOST, port=port).start()
    ready.set()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
