"""A spelling with diacritics is told by one function."""

from alembic import op

from vaxtally import paths

revision = "0027_has_diacritics"
down_revision = "0026_number_ends"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
