"""Two numbers that are alike have an end in common: `number_ends` leaves nobody out whom likeness would find."""

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Engine

DIGITS = "0123456789"
SIGNS = DIGITS + "ABCZ"
NUMBERS = st.one_of(
    st.tuples(st.just("cccd"), st.text(DIGITS, min_size=12, max_size=12)),
    st.tuples(st.just("cmnd"), st.text(DIGITS, min_size=9, max_size=9)),
    st.tuples(st.just("health_insurance"), st.text(DIGITS, min_size=10, max_size=10)),
    st.tuples(st.just("passport"), st.text(SIGNS, min_size=5, max_size=9)),
)
# One sign replaced, left out or put in, or two neighbours transposed, at any place.
SLIPS = """
WITH typed AS (
    SELECT left(:value, at - 1) || sign || substr(:value, at + 1) AS value
    FROM generate_series(1, length(:value)) AS p (at) CROSS JOIN string_to_table(:signs, NULL) AS s (sign)
    UNION ALL
    SELECT left(:value, at - 1) || substr(:value, at + 1) FROM generate_series(1, length(:value)) AS p (at)
    UNION ALL
    SELECT left(:value, at - 1) || sign || substr(:value, at)
    FROM generate_series(1, length(:value) + 1) AS p (at) CROSS JOIN string_to_table(:signs, NULL) AS s (sign)
    UNION ALL
    SELECT left(:value, at - 1) || reverse(substr(:value, at, 2)) || substr(:value, at + 2)
    FROM generate_series(1, length(:value) - 1) AS p (at)
)

SELECT
    count(*) FILTER (WHERE registry.is_near_number(:value, value)) AS alike,
    array_agg(value) FILTER (
        WHERE registry.number_ends(:kind, :value) & registry.number_ends(:kind, value) = 0
    ) AS missed
FROM typed
"""


@given(number=NUMBERS)
def test_every_slip_leaves_one_end_as_it_was(world_engine: "Engine", number: tuple[str, str]) -> None:
    kind, value = number
    with world_engine.connect() as connection:
        found = connection.execute(text(SLIPS), {"kind": kind, "value": value, "signs": SIGNS}).one()
    assert found.alike >= len(value)
    assert found.missed is None


def test_ends_tell_most_numbers_of_one_place_and_year_apart(world_engine: "Engine") -> None:
    """Or the numbers of all namesakes would be read after all."""
    counted = text(
        "SELECT avg(CAST(registry.number_ends('cccd', '079190314159') & registry.number_ends('cccd', '079190' ||"
        " lpad(CAST(n * 7919 % 1000000 AS text), 6, '0')) <> 0 AS integer)) FROM generate_series(1, 5000) AS g (n)"
    )
    with world_engine.connect() as connection:
        assert 0 < connection.execute(counted).scalar_one() < 0.1
