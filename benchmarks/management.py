"""How long the weekly report takes over a whole city: reading, words and pictures, page, PDF.

    python benchmarks/management.py                          1,300 units, 60 days
    python benchmarks/management.py --units 200 --days 60 --out DIR     and leave the report there

The city is made in the database, on an embedded PostgreSQL: each unit reports every day, enters most doses a day later
and some never. Processor seconds are the client's; what the server did is in the seconds that passed.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally import db, embedded_postgres
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

AS_OF = date(2021, 10, 11)
DOSES_A_DAY = 3
FILL = Path(__file__).with_name("management_city.sql")


def main() -> None:
    """Make the city, then time each step of the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=1300)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--out", type=Path, help="leave the report there")
    parser.add_argument("--language", default="vi")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vaxtally-bench-") as folder:
        with embedded_postgres.serve(Path(folder)) as server:
            server.ensure_database("bench_management")
            engine = db.make_engine(server.url("bench_management"))
            db.migrate(engine)
            report(engine, options.units, options.days, options.out, options.language)
            engine.dispose()
        embedded_postgres.remove(Path(folder))


def report(engine: "Engine", units: int, days: int, out: Path | None, language: str) -> None:
    """Time the steps, and print them."""
    from vaxtally import tally
    from vaxtally.outreach.management import files, pages, week
    from vaxtally.outreach.management import report as words

    settings = Settings()
    with engine.begin() as connection:
        with timed(f"a city of {units:,} units, {days} days"):
            fill(connection, units, days)
        with timed("reconcile"):
            tally.reconcile(connection, AS_OF, settings)
    with engine.begin() as connection, timed("read"):
        found = week.read(connection, AS_OF, settings)
    with timed("words and pictures"):
        told = words.tell(found, language)
    with timed("page"):
        page = pages.html(told)
    with timed("PDF"):
        printed = pages.pdf(told)
    print(f"page {len(page) / 1e3:.0f} kB, PDF {len(printed) / 1e3:.0f} kB")
    if out:
        for path in files.write(out, told):
            print(path)


def fill(connection: "Connection", units: int, days: int) -> None:
    """Units, reports and doses by one script; no person is anybody."""
    from sqlalchemy import text

    values = {
        "units": units,
        "days": days,
        "as_of": AS_OF,
        "first_on": AS_OF - timedelta(days=days),
        "doses": DOSES_A_DAY,
    }
    for statement in FILL.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.execute(text(statement), values)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how long it took."""
    started, cpu = time.perf_counter(), time.process_time()
    yield
    print(
        f"{name:<40} {time.perf_counter() - started:6.1f} s passed, {time.process_time() - cpu:5.1f} s of our processor"
    )


if __name__ == "__main__":
    main()
