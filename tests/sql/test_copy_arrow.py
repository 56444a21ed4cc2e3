"""COPY of Arrow tables: every value arrives as it was, whichever format it travels in."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from vaxtally import db

CELLS = st.one_of(st.none(), st.text(st.sampled_from("ađ\"'\\N\t\n\r,.;\x1f\ufeff "), max_size=5))
ROWS = st.lists(st.tuples(CELLS, CELLS, st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)), st.booleans()))


@given(rows=ROWS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_arrives(registry: Engine, rows: list[tuple]) -> None:
    one, other, number, flag = zip(*rows, strict=True) if rows else ((),) * 4
    table = pa.table(
        {
            "place": pa.array(range(len(rows)), pa.int32()),
            "one": pa.array(one, pa.string()),
            "other": pa.array(other, pa.string()),
            "number": pa.array(number, pa.int32()),
            "flag": pa.array(flag, pa.bool_()),
        }
    )
    with registry.begin() as connection:
        db.run_script(
            connection,
            "CREATE TEMPORARY TABLE copied (place int, one text, other text, number int, flag bool) ON COMMIT DROP",
        )
        assert db.copy_arrow(connection, "copied", table) == len(rows)
        found = connection.execute(text("SELECT one, other, number, flag FROM copied ORDER BY place")).all()
    assert [tuple(row) for row in found] == rows


@pytest.mark.parametrize(("cell", "is_text"), [("Đức, x", True), ("", False), ("\\.", False), ('"a"', False)])
def test_only_what_needs_no_quotes_travels_as_text(cell: str, is_text: bool) -> None:
    assert db._needs_quotes(pa.chunked_array([[cell]])) != is_text
