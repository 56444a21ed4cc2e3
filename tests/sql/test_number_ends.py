"""Two numbers that are alike have an end in common: `number_ends` leaves nobody out whom likeness would find."""

import uuid
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from vaxtally import db, paths

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


BEFORE = """
INSERT INTO intake.upload (unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes, modified_at,
    language, received_on, received_at, status)
VALUES ('U1', 'upload', 'a', 'a', 'a', repeat('0', 64), 1, '2021-09-01', 'en', '2021-09-01', '2021-09-01', 'loaded');
INSERT INTO registry.person (full_name, name_key, sex, birth_date, birth_date_precision, created_by_upload_id)
SELECT n, lower(n), 'male', '1990-05-07', 'day', u.upload_id
FROM intake.upload AS u, unnest(ARRAY['With two', 'With none']) AS p (n);
INSERT INTO registry.person_identifier (person_id, kind, value, trusted, upload_id)
SELECT p.person_id, i.kind, i.value, TRUE, p.created_by_upload_id
FROM registry.person AS p, (VALUES ('cccd', '079190001234'), ('cmnd', '024123456')) AS i (kind, value)
WHERE p.full_name = 'With two'
"""


def test_persons_who_were_registered_before_have_the_ends_of_their_numbers(server_url: str) -> None:
    admin = db.make_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    name = f"before_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = db.make_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    try:
        config = Config()
        config.set_main_option("script_location", str(paths.ALEMBIC))
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0025_jsonb_overlay")
            connection.commit()
        with engine.begin() as connection:
            db.run_script(connection, BEFORE)
        db.migrate(engine)
        with engine.connect() as connection:
            ends = connection.execute(
                text(
                    "SELECT full_name, number_ends, registry.number_ends('cccd', '079190001234')"
                    " | registry.number_ends('cmnd', '024123456') AS both FROM registry.person"
                )
            ).all()
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
    assert {each.full_name: each.number_ends for each in ends} == {"With two": ends[0].both, "With none": 0}
