"""What a batch costs against a large registry, beside the same against an empty one: files through plan, stage, apply.

    python benchmarks/matching.py --persons 1000000                       100,000 rows in 100 files, twice
    python benchmarks/matching.py --persons 10000000 --folder /big/disk --shared-buffers 6GB --sizes
    python benchmarks/matching.py --persons 0 --rows 1000000 --files 600 --batches 1                what likeness adds:
    python benchmarks/matching.py --persons 0 --rows 1000000 --files 600 --batches 1 --without-likeness

The registry is filled by SQL: a number, a phone and a dose a person, names by their shares in
include/reference/name_frequencies.csv, indexes built afterwards. Both registries get the same files, batch after batch;
the first one also reads cold pages. Figures are processor seconds of this process and of every process of the server,
since others may keep the machine busy, and the clock beside them. What is read of the registry while a batch is applied
is what PostgreSQL counts: lookups by index, and rows read by scanning a table.
"""

import argparse
import json
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from vaxtally import db, embedded_postgres, intake
from vaxtally.clock import RunTime
from vaxtally.embedded_postgres import cluster
from vaxtally.sample import write_clean_uploads
from vaxtally.settings import Settings

AS_OF = date(2021, 10, 11)
# Persons and doses of the fill belong to one upload of one unit.
FILLED = ("registry.person", "registry.person_identifier", "registry.person_phone", "registry.dose")
MOST_STATEMENTS = 12
# What is done for likeness alone; and what exact numbers take as well, but less of: indexes of blocks, words compared.
LIKENESS = ("batch_near", "batch_found", "batch_candidate", "batch_shared_phone")
# `person_name_birth` is not among them: names with a birth date are an exact key too.
BLOCK_INDEXES = (
    "person_name_day", "person_ends_birth", "person_given_birth", "person_family_birth", "person_home_birth",
)  # fmt: skip
LIKENESS_AMONG_OTHERS = ("registry/person/insert", "registry/person/update", "registry/batch_link/insert")


def main() -> None:
    """Fill, apply the batches to both registries, print what each cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=100_000, help="of a batch")
    parser.add_argument("--files", type=int, default=100, help="of a batch")
    parser.add_argument("--batches", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where there is room: about 1.2 GB a million persons")
    parser.add_argument("--shared-buffers", help="of the server, where it is large: 6GB for 10 million persons")
    parser.add_argument("--sizes", action="store_true", help="bytes a person, number, phone and dose, and each index's")
    parser.add_argument("--without-likeness", action="store_true", help="as with exact identifiers only, to compare")
    parser.add_argument("--statements", action="store_true", help="the costliest ones of each batch")
    options = parser.parse_args()
    if options.shared_buffers:
        os.environ[cluster.SHARED_BUFFERS] = options.shared_buffers
    with (
        tempfile.TemporaryDirectory(prefix="vaxtally-bench-", dir=options.folder) as folder,
        embedded_postgres.serve(Path(folder) / "server") as server,
    ):
        for persons in dict.fromkeys((0, options.persons)):
            name = f"bench_{persons}"
            server.ensure_database(name)
            url = server.url(name)
            engine = db.make_engine(url)
            db.migrate(engine)
            if options.without_likeness:
                forget_likeness(engine)
            if persons:
                started = time.perf_counter()
                fill(engine, persons)
                print(f"filled with {persons:,} persons in {time.perf_counter() - started:.0f} s", flush=True)
                if options.sizes:
                    print(json.dumps(sizes(engine), indent=2), flush=True)
            for number in range(1, options.batches + 1):
                home = Path(folder) / f"home-{persons}-{number}"
                write_clean_uploads(home / "inbox", files=options.files, rows=options.rows, seed=number)
                measured = load(url, home, options.statements)
                print(f"{persons:>11,} persons, batch {number}: {json.dumps(measured, indent=2)}", flush=True)


def forget_likeness(engine: Any) -> None:
    """No block has an index and nobody is asked for by likeness: what is left finds persons by exact keys."""
    with engine.begin() as connection:
        for index in BLOCK_INDEXES:
            db.run_script(connection, f"DROP INDEX registry.{index}")
    run, nothing = db.run, "SELECT WHERE FALSE"

    def exact(connection: Any, name: str, parameters: Any = None) -> Any:
        if name.split("/")[1] in LIKENESS:
            return connection.exec_driver_sql(nothing)
        return run(connection, name, parameters)

    db.run = exact


def fill(engine: Any, persons: int) -> None:
    """`persons` people who are nobody of the batches, with a number, a phone and a dose each."""
    from sqlalchemy import text

    with engine.begin() as connection:
        db.run_script(connection, "SET LOCAL synchronous_commit = off; SET LOCAL maintenance_work_mem = '1GB'")
        dropped = _drop_indexes(connection)
        # The tables hold nobody yet: what refers to them is as the fill makes it.
        db.run_script(connection, "SET LOCAL session_replication_role = replica")
        for statement in FILL.split(";"):
            connection.execute(text(statement), {"persons": persons} if ":persons" in statement else {})
        for statement in dropped:
            db.run_script(connection, statement)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
        connection.execute(text("CHECKPOINT"))


FILL = """
INSERT INTO reference.unit (unit_code, name, unit_type, listed_on)
SELECT 'FILL-' || n, 'Filled ' || n, 'health_centre', '2021-01-01' FROM generate_series(0, 999) AS n;
INSERT INTO intake.upload (unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes, modified_at,
    language, received_on, received_at, status)
VALUES ('FILL-0', 'upload', 'fill', 'fill', 'fill', repeat('0', 64), 1, '2021-09-01', 'en', '2021-09-01',
    '2021-09-01', 'loaded');
CREATE TEMPORARY TABLE drawn_name ON COMMIT DROP AS
SELECT part, CAST(row_number() OVER (PARTITION BY part ORDER BY name) - 1 AS integer) AS place,
    CASE name WHEN '*' THEN 'kha' ELSE name END AS name
FROM reference.name_frequency CROSS JOIN generate_series(1, CAST(ceil(share * 5000) AS integer));
ANALYZE drawn_name;
INSERT INTO registry.person (person_id, full_name, name_key, sex, birth_date, birth_date_precision, phone, phones,
    district_code, ward, home_district, home_ward, created_by_upload_id, number_ends)
OVERRIDING SYSTEM VALUE
SELECT n, initcap(f.name || ' ' || m.name || ' ' || g.name), f.name || ' ' || m.name || ' ' || g.name,
    CASE WHEN n % 2 = 0 THEN 'male' ELSE 'female' END,
    DATE '2001-10-01' - CAST(least(r.d, r.e) * 29200 AS integer), 'day', r.phone, ARRAY[r.phone],
    CAST(760 + n % 18 AS text), 'Phường ' || 1 + n % 16, CAST(760 + n % 18 AS text), 'phường ' || 1 + n % 16,
    (SELECT max(upload_id) FROM intake.upload), registry.number_ends('cccd', r.number)
FROM (
    SELECT n, '001' || lpad(CAST(n * 736878731 % 1000000007 AS text), 9, '0') AS number, random() AS d, random() AS e,
        CAST(floor(random() * (SELECT count(*) FROM drawn_name AS x WHERE x.part = 'family')) AS integer) AS a,
        CAST(floor(random() * (SELECT count(*) FROM drawn_name AS x WHERE x.part = 'middle')) AS integer) AS b,
        CAST(floor(random() * (SELECT count(*) FROM drawn_name AS x WHERE x.part = 'given')) AS integer) AS c,
        '02' || lpad(CAST(n * 7368787 % 100000007 AS text), 9, '0') AS phone
    FROM generate_series(1, CAST(:persons AS bigint)) AS n
) AS r
INNER JOIN drawn_name AS f ON f.part = 'family' AND f.place = r.a
INNER JOIN drawn_name AS m ON m.part = 'middle' AND m.place = r.b
INNER JOIN drawn_name AS g ON g.part = 'given' AND g.place = r.c;
INSERT INTO registry.person_identifier (person_id, kind, value, trusted, upload_id)
SELECT person_id, 'cccd', '001' || lpad(CAST(person_id * 736878731 % 1000000007 AS text), 9, '0'), TRUE,
    created_by_upload_id
FROM registry.person;
INSERT INTO registry.person_phone (phone, person_id, upload_id)
SELECT phone, person_id, created_by_upload_id FROM registry.person;
INSERT INTO registry.dose (person_id, unit_code, vaccine, dose_number, given_on, lot_number, source, record_id,
    upload_id, row_number, received_on, entry_hash)
SELECT person_id, 'FILL-' || person_id % 1000, CASE WHEN person_id % 3 = 0 THEN 'PFIZER' ELSE 'ASTRAZENECA' END, 1,
    DATE '2021-06-01' + CAST(person_id / 1000 % 90 AS integer), 'FF' || person_id % 997, 'administered',
    'R' || person_id, created_by_upload_id, CAST(person_id % 2000000000 AS integer), '2021-09-01',
    CAST(md5(CAST(person_id AS text)) AS uuid)
FROM registry.person;
SELECT setval(pg_get_serial_sequence('registry.person', 'person_id'), CAST(:persons AS bigint))
"""


def _drop_indexes(connection: Any) -> list[str]:
    """Drop keys, references and indexes of the tables to fill; returns the statements that build them again."""
    from sqlalchemy import text

    tables = {"tables": list(FILLED)}
    constraints = connection.execute(
        text(
            "SELECT CAST(c.conrelid AS regclass) AS of_table, c.conname, pg_get_constraintdef(c.oid) AS defined,"
            " c.contype FROM pg_constraint AS c, unnest(CAST(:tables AS regclass [])) AS t (o)"
            " WHERE (c.conrelid = t.o AND c.contype IN ('p', 'u')) OR (c.confrelid = t.o AND c.contype = 'f')"
            " ORDER BY c.contype = 'f'"
        ),
        tables,
    ).all()
    indexes = connection.execute(
        text(
            "SELECT i.indexrelid::regclass AS name, pg_get_indexdef(i.indexrelid) AS defined FROM pg_index AS i"
            " WHERE i.indrelid = ANY(CAST(:tables AS regclass []))"
            " AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)".replace(
                "i.indexrelid::regclass", "CAST(i.indexrelid AS regclass)"
            )
        ),
        tables,
    ).all()
    for each in reversed(constraints):
        db.run_script(connection, f"ALTER TABLE {each.of_table} DROP CONSTRAINT {each.conname}")
    for each in indexes:
        db.run_script(connection, f"DROP INDEX {each.name}")
    return [
        *(
            f"ALTER TABLE {each.of_table} ADD CONSTRAINT {each.conname} {each.defined}"
            for each in constraints
            if each.contype != "f"
        ),
        *(each.defined for each in indexes),
        *(
            f"ALTER TABLE {each.of_table} ADD CONSTRAINT {each.conname} {each.defined} NOT VALID"
            for each in constraints
            if each.contype == "f"
        ),
    ]


def load(url: str, home: Path, tells_statements: bool) -> dict[str, Any]:
    """Take a home's inbox in; what staging and applying it cost, and what applying it read of the registry."""
    settings = Settings.from_environment({"VAXTALLY_HOME": str(home)}).with_changes(rest_seconds=0)
    engine = db.make_engine(url)
    run_time = RunTime.now(settings, AS_OF)
    shards = intake.plan_files(engine, settings, run_time, "upload")
    measured: dict[str, Any] = {}
    with _costs(engine, measured, "stage"):
        for shard in shards:
            intake.stage_and_judge(engine, settings, shard)
    before = _reads(engine)
    with _statement_costs(engine) as (statements, scanning), _costs(engine, measured, "apply"):
        intake.apply_staged(engine, settings, run_time, "upload", shards)
    engine.dispose()
    engine = db.make_engine(url)
    measured["read"] = {
        name: count - before[name] for name, count in sorted(_reads(engine).items()) if count > before[name]
    }
    measured["likeness adds %"] = _added(statements, measured)
    if tells_statements:
        dearest = sorted(statements.items(), key=lambda each: -each[1])[:MOST_STATEMENTS]
        measured["statements"] = {name: round(cost, 1) for name, cost in dearest}
        measured["scanning"] = dict(scanning.most_common(MOST_STATEMENTS))
    engine.dispose()
    return measured


def _added(statements: dict[str, float], measured: dict[str, Any]) -> dict[str, float]:
    """How much of staging and applying all else takes; `at most`: also with all of what likeness has a part in."""
    whole = sum(measured[part][f"{side} processor s"] for part in ("stage", "apply") for side in ("client", "server"))
    alone = sum(cost for name, cost in statements.items() if name.split("/")[1] in LIKENESS)
    most = alone + sum(statements[name] for name in LIKENESS_AMONG_OTHERS if name in statements)
    return {what: round(100 * cost / (whole - cost), 1) for what, cost in (("alone", alone), ("at most", most))}


def _reads(engine: Any) -> Counter[str]:
    """Lookups by each index of the registry, and rows that were read by scanning its tables, since ever."""
    from sqlalchemy import text

    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT indexrelname || ' lookups' AS what, idx_scan AS times FROM pg_stat_user_indexes"
                " WHERE schemaname = 'registry' UNION ALL SELECT relname || ' rows scanned', seq_tup_read"
                " FROM pg_stat_user_tables WHERE schemaname = 'registry'"
            )
        ).all()
    return Counter({each.what: each.times for each in found})


@contextmanager
def _costs(engine: Any, measured: dict[str, Any], what: str) -> Iterator[None]:
    postmaster = _postmaster(engine)
    clock, client, server = time.perf_counter(), time.process_time(), _server_seconds(postmaster)
    yield
    measured[what] = {
        "client processor s": round(time.process_time() - client, 1),
        "server processor s": round(_server_seconds(postmaster) - server, 1),
        "clock s": round(time.perf_counter() - clock, 1),
    }


@contextmanager
def _statement_costs(engine: Any) -> Iterator[tuple[dict[str, float], Counter[str]]]:
    """By statement, the server's processor seconds, and the rows of the registry that it read by scanning a table."""
    from sqlalchemy import text

    costs: dict[str, float] = defaultdict(float)
    scanning: Counter[str] = Counter()
    scanned = text("SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables WHERE schemaname = 'registry'")
    postmaster, run = _postmaster(engine), db.run

    def timed(connection: Any, name: str, parameters: Any = None) -> Any:
        before, read = _server_seconds(postmaster), int(connection.execute(scanned).scalar() or 0)
        done = run(connection, name, parameters)
        costs[name] += _server_seconds(postmaster) - before
        scanning[name] += int(connection.execute(scanned).scalar() or 0) - read
        return done

    db.run = timed
    try:
        yield costs, scanning
    finally:
        db.run = run


def _postmaster(engine: Any) -> int:
    from sqlalchemy import text

    with engine.connect() as connection:
        folder = connection.execute(text("SHOW data_directory")).scalar_one()
    return int((Path(folder) / "postmaster.pid").read_text().splitlines()[0])


def _server_seconds(postmaster: int) -> float:
    """Processor time of the server: its processes that are there, and those that it has seen end."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, fields = int(path.parent.name), path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if pid == postmaster:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == postmaster:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def sizes(engine: Any) -> dict[str, Any]:
    """Bytes a row of each table that was filled, by itself and in each of its indexes."""
    from sqlalchemy import text

    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT CAST(c.oid AS regclass) AS name, pg_table_size(c.oid) / c.reltuples AS own,"
                " pg_total_relation_size(c.oid) / c.reltuples AS whole, (SELECT jsonb_object_agg("
                " CAST(i.indexrelid AS regclass), round(CAST(pg_relation_size(i.indexrelid) / c.reltuples AS numeric)))"
                " FROM pg_index AS i WHERE i.indrelid = c.oid) AS indexes FROM pg_class AS c"
                " WHERE c.oid = ANY(CAST(:tables AS regclass []))"
            ),
            {"tables": list(FILLED)},
        ).all()
    return {each.name: {"row": round(each.own), "whole": round(each.whole), "indexes": each.indexes} for each in found}


if __name__ == "__main__":
    main()
