"""Migrations are one chain in the order of their numbers, each with its SQL: two made side by side clash here."""

from alembic.script import ScriptDirectory

from vaxtally import paths


def test_migrations_are_one_chain() -> None:
    versions = paths.MIGRATIONS_SQL.parents[2] / "plugins" / "vaxtally" / "migrations"
    scripts = ScriptDirectory(str(versions))
    assert len(scripts.get_heads()) == 1
    chained = [script.revision for script in scripts.walk_revisions()][::-1]
    assert chained == sorted(chained) == sorted(path.stem for path in paths.MIGRATIONS_SQL.glob("*.sql"))
