"""History: what earlier rows of a batch say of a person."""

from alembic import op

from vaxtally import paths

revision = "0025_jsonb_overlay"
down_revision = "0024_likeness_speed"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((paths.MIGRATIONS_SQL / f"{revision}.sql").read_text(encoding="utf-8"))
