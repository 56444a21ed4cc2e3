"""How fast files become doses: `vaxtally run` beside raw COPY and dlt's merge of the same files, on the same server.

    python benchmarks/ingest.py                       100,000 rows in 100 files
    python benchmarks/ingest.py --rows 1000000 --files 500 --peers

Each figure is a single run of a whole process on a fresh database of an embedded PostgreSQL with fsync on. Peak
memory is that of the client process, and of the largest PostgreSQL process beside it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vaxtally import db, embedded_postgres
from vaxtally.sample import write_clean_uploads

AS_OF = "2021-10-11"
VAXTALLY = Path(sys.executable).parent / "vaxtally"


def main() -> None:
    """Write the files, run each candidate, print a table and the stages as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--peers", action="store_true", help="raw COPY and dlt's merge too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vaxtally-bench-") as folder:
        inbox = Path(folder) / "inbox"
        write_clean_uploads(inbox, files=options.files, rows=options.rows, seed=1)
        paths = sorted(inbox.glob("*/uploads/*.csv"))
        size = sum(path.stat().st_size for path in paths) / 1e6
        print(f"{options.rows:,} rows in {len(paths)} CSV files, {size:.0f} MB, {os.cpu_count()} cores")
        with embedded_postgres.serve(Path(folder) / "server") as server:
            if options.peers:
                _peer("raw COPY", server, lambda url: raw_copy(url, paths))
                _peer("dlt merge", server, lambda url: _forked(lambda: dlt_merge(url, paths, Path(folder) / "dlt")))
            server.ensure_database("bench_vaxtally")
            whole_run(server.url("bench_vaxtally"), inbox, Path(folder))


def _peer(name: str, server: Any, candidate: Callable[[str], None]) -> None:
    database = "bench_" + name.replace(" ", "_").lower()
    server.ensure_database(database)
    with _watched() as peak:
        started = time.perf_counter()
        candidate(server.url(database))
        seconds = time.perf_counter() - started
    print(f"{name:<14} {seconds:7.1f} s   server process {peak['server']:5.0f} MB")


def raw_copy(url: str, paths: list[Path]) -> None:
    """The floor: every file's text into one unlogged table, no types, no checks."""
    engine = db.make_engine(url)
    header = paths[0].read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    columns = ", ".join(f'"{name}" text' for name in header)
    with engine.begin() as connection:
        db.run_script(connection, f"CREATE UNLOGGED TABLE raw ({columns})")
        cursor = connection.connection.cursor()
        for path in paths:
            with cursor.copy("COPY raw FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write(path.read_bytes())
    engine.dispose()


def dlt_merge(url: str, paths: list[Path], folder: Path) -> None:
    """The peer: dlt merges the files' rows by key. No validation, no identity, no answers."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    import dlt
    from pyarrow import csv

    @dlt.resource(write_disposition="merge", primary_key=("source_file", "record_id"), name="dose")
    def rows() -> Iterator[Any]:
        for path in paths:
            table = csv.read_csv(path, convert_options=csv.ConvertOptions(strings_can_be_null=True))
            yield table.append_column("source_file", [[str(path)] * table.num_rows])

    target = url.replace("postgresql+psycopg", "postgresql")
    pipeline = dlt.pipeline(
        "bench", destination=dlt.destinations.postgres(target), dataset_name="peer", pipelines_dir=str(folder)
    )
    pipeline.run(rows())


def whole_run(url: str, inbox: Path, folder: Path) -> None:
    """`vaxtally run` as a person starts it: imports, migrations, reading, suites, identity, answers, tally."""
    environment = {
        **os.environ,
        "VAXTALLY_HOME": str(folder / "home"),
        "VAXTALLY_REGISTRY_URL": url,
        "VAXTALLY_MAIL_MODE": "off",
    }
    command = [str(VAXTALLY), "run", "--inbox", str(inbox), "--outbox", str(folder / "outbox")]
    with _watched() as peak:
        started = time.perf_counter()
        done = subprocess.run(
            [*command, "--as-of", AS_OF, "--json"], env=environment, stdout=subprocess.PIPE, check=True
        )
        seconds = time.perf_counter() - started
    summary = json.loads(done.stdout)
    client = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{'vaxtally run':<14} {seconds:7.1f} s   client process {client:.0f} MB,"
        f" server process {peak['server']:.0f} MB"
    )
    print(json.dumps({"rows": summary["uploads"]["rows"], "seconds": summary["seconds"]}, indent=2))


def _forked(work: Callable[[], None]) -> None:
    """Run in a child, so that one candidate's imports and memory are not the next one's."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(f"failed: {error}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the candidate failed")


@contextmanager
def _watched() -> Iterator[dict[str, float]]:
    """The largest resident set, in MB, of any process named postgres while the block runs."""
    peak, done = {"server": 0.0}, threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            peak["server"] = max(peak["server"], _largest_postgres())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _largest_postgres() -> float:
    largest = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if fields.get("Name", "").strip() == "postgres" and "VmRSS" in fields:
            largest = max(largest, int(fields["VmRSS"].split()[0]))
    return largest / 1024


if __name__ == "__main__":
    main()
