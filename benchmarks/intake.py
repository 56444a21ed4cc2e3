"""How fast files are read and staged, and in how much memory: what `stage_and_judge` does before the suites judge.

    .venv/bin/python benchmarks/intake.py                   1,000,000 CSV rows in one file and in 500, 100,000 XLSX rows
    .venv/bin/python benchmarks/intake.py --only large      one CSV file of 2 GB, for its memory

Each figure is that of whole processes (one for each shard, two at most) that import, read, bring to canonical form,
COPY and index, into a fresh database of the server of VAXTALLY_TEST_SERVER_URL, or of one embedded PostgreSQL with
fsync on. Of each the faster of two runs: a server that has just started takes its memory from the system page by page.
`client` and `server` are seconds of processor time; memory is the largest resident set of a client process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from quality import a_server, scratch_database
from sqlalchemy import Engine, text

from vaxtally import db
from vaxtally.clock import RunTime
from vaxtally.intake import plan_files
from vaxtally.intake.stage import stage_shard
from vaxtally.sample import write_clean_uploads
from vaxtally.sample.clean import RECEIVED_ON
from vaxtally.settings import Settings

LARGE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Result:
    """What staging an inbox took."""

    rows: int
    seconds: float
    client_seconds: float
    server_seconds: float
    client_mb: float

    def __str__(self) -> str:
        return (
            f"{self.rows:>10,} rows staged in {self.seconds:6.1f} s (client {self.client_seconds:.1f} s,"
            f" server {self.server_seconds:.1f} s), client process {self.client_mb:.0f} MB"
        )


def one_file(inbox: Path, rows: int) -> None:
    write_clean_uploads(inbox, files=1, rows=rows)


def many_files(inbox: Path, rows: int) -> None:
    write_clean_uploads(inbox, files=500, rows=rows)


def workbook(inbox: Path, rows: int) -> None:
    import csv

    import xlsxwriter

    [path] = _written(inbox, rows // 10)
    book = xlsxwriter.Workbook(path.with_suffix(".xlsx"), {"constant_memory": True})
    sheet = book.add_worksheet("Danh sách")
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, cells in enumerate(csv.reader(file)):
            sheet.write_row(number, 0, cells)
    book.close()
    path.unlink()


def large(inbox: Path, rows: int) -> None:
    [path] = _written(inbox, rows)
    header, _, body = path.read_bytes().partition(b"\n")
    with path.open("wb") as file:
        file.write(header + b"\n")
        while file.tell() < LARGE_BYTES:
            file.write(body)


def _written(inbox: Path, rows: int) -> list[Path]:
    write_clean_uploads(inbox, files=1, rows=rows)
    return list(inbox.glob("*/uploads/*"))


INBOXES: dict[str, Callable[[Path, int], None]] = {
    "one-file": one_file,
    "500-files": many_files,
    "xlsx": workbook,
    "large": large,
}


def main() -> None:
    """Write each inbox, stage it, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of a CSV inbox; a workbook has a tenth")
    parser.add_argument("--only", choices=sorted(INBOXES))
    parser.add_argument("--times", type=int, default=2, help="how often each; the fastest is printed")
    parser.add_argument("--stage", nargs=2, metavar=("URL", "SHARD"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        _stage(options.stage[0], int(options.stage[1]))
        return
    with a_server(os.environ.get("VAXTALLY_TEST_SERVER_URL")) as server_url:
        for name in [options.only] if options.only else [name for name in INBOXES if name != "large"]:
            with tempfile.TemporaryDirectory(prefix="vaxtally-bench-") as folder:
                inbox = Path(folder) / "inbox"
                INBOXES[name](inbox, options.rows)
                size = sum(path.stat().st_size for path in inbox.glob("*/uploads/*")) / 1e6
                results = [staged(server_url, inbox, Path(folder)) for _ in range(options.times)]
                print(f"{name:<10} {size:6.0f} MB {min(results, key=lambda result: result.seconds)}", flush=True)


def staged(server_url: str, inbox: Path, folder: Path) -> Result:
    """Plan an inbox into shards and stage each in a process of its own."""
    settings = Settings(home=folder / "home", inbox=inbox, outbox=folder / "outbox", rest_seconds=0.0)
    with scratch_database(server_url) as engine:
        shards = plan_files(engine, settings, RunTime.now(settings, RECEIVED_ON), "upload")
        url = engine.url.render_as_string(hide_password=False)
        started = time.perf_counter()
        children = [
            subprocess.Popen([sys.executable, __file__, "--stage", url, str(shard)], stdout=subprocess.PIPE, text=True)
            for shard in shards
        ]
        told = [tuple(map(float, child.stdout.read().split())) for child in children if child.stdout]
        used = [os.wait4(child.pid, 0) for child in children]
        seconds = time.perf_counter() - started
        if any(status for _, status, _ in used):
            raise RuntimeError("a shard could not be staged")
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT count(*) FROM intake.staged_row")).scalar_one()
    client = sum(usage.ru_utime + usage.ru_stime for _, _, usage in used)
    return Result(rows, seconds, client, sum(one[0] for one in told), max(one[1] for one in told))


def _stage(url: str, shard: int) -> None:
    engine = db.make_engine(url)
    stage_shard(engine, Settings(), shard, "upload")
    # Not ru_maxrss: that of a child begins with its parent's.
    peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
    print(_server_seconds(engine), int(peak) / 1024)
    engine.dispose()


def _server_seconds(engine: Engine) -> float:
    """Processor time of the one server process that the engine's pool has; 0 where the server is elsewhere."""
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
