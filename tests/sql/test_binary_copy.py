"""COPY of Arrow tables: every value arrives as it was, whatever its type and however many rows go at once."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from vaxtally import binary_copy, db

# Of one length they take another way than others.
TEXTS = st.one_of(st.text(st.sampled_from("ađ\"'\\N\t\n\r,.;\x1f\ufeff "), max_size=5), st.sampled_from("abc"))
TYPES = {
    "name": (pa.string(), "text", TEXTS),
    "same": (pa.string(), "text", st.sampled_from(["2021-08-05", "1.1.1950  "])),
    "small": (pa.int16(), "smallint", st.integers(-(2**15), 2**15 - 1)),
    "whole": (pa.int32(), "integer", st.integers(-(2**31), 2**31 - 1)),
    "large": (pa.int64(), "bigint", st.integers(-(2**63), 2**63 - 1)),
    "flag": (pa.bool_(), "boolean", st.booleans()),
    "day": (pa.date32(), "date", st.dates()),
}
VALUES = [values for _, _, values in TYPES.values()]
ROWS = st.one_of(
    st.lists(st.tuples(*VALUES), max_size=20), st.lists(st.tuples(*(st.none() | one for one in VALUES)), max_size=20)
)


@given(
    rows=ROWS,
    start=st.integers(0, 3),
    bytes_at_once=st.sampled_from([1, 300, 1 << 26]),
    with_default=st.sets(st.sampled_from(list(TYPES))),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_arrives(
    registry: Engine,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple],
    start: int,
    bytes_at_once: int,
    with_default: set[str],
) -> None:
    """Also where columns have a default: what the first row has, so that it often is that of a whole batch."""
    monkeypatch.setattr(binary_copy, "_COPIED_BYTES", bytes_at_once)
    columns = {name: [row[at] for row in rows] for at, name in enumerate(TYPES)}
    table = pa.table(
        {"place": pa.array(range(len(rows)), pa.int32())}
        | {name: pa.array(columns[name], kind) for name, (kind, _, _) in TYPES.items()}
    ).slice(start)
    defaults = {name: columns[name][0] for name in with_default if rows and columns[name][0] is not None}
    created = ", ".join(f"{name} {kind}" for name, (_, kind, _) in TYPES.items())
    with registry.begin() as connection:
        db.run_script(connection, f"CREATE TEMPORARY TABLE copied (place integer, {created}) ON COMMIT DROP")
        if defaults:
            db.set_defaults(connection, "pg_temp", "copied", defaults)
        db.copy_batches(connection, "copied", binary_copy.batches_of(table, defaults))
        found = connection.execute(text(f"SELECT {', '.join(TYPES)} FROM copied ORDER BY place")).all()
    assert [tuple(row) for row in found] == rows[start:]
