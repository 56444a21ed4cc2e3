"""Hostile CSV: refused by a rule, or read as what little it is, in bounded memory and time."""

import importlib.util
from pathlib import Path

import pytest

from vaxtally import paths

_SPEC = importlib.util.spec_from_file_location("hostile_csv", paths.ROOT / "benchmarks" / "hostile_csv.py")
assert _SPEC and _SPEC.loader
hostile_csv = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(hostile_csv)

# Larger than any limit and any part of a file, so that more would cost no more memory; 1 GB takes a test too long.
MEGABYTES = 40
MOST_MB = 512
MOST_SECONDS = 10


@pytest.mark.parametrize("name", hostile_csv.FILES)
def test_a_hostile_file_costs_little(tmp_path: Path, name: str) -> None:
    expected = hostile_csv.FILES[name][3]
    read = hostile_csv.read(hostile_csv.write(name, tmp_path / "list.csv", MEGABYTES))
    assert read.rule == expected
    assert expected or read.rows == 0
    # Of the processor, imports included: the clock on the wall also tells what else the machine does.
    assert read.cpu_seconds < MOST_SECONDS
    assert read.peak_mb < MOST_MB
