"""Alembic's entry: the connection is handed over by vaxtally.db.migrate, never read from a file."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="vaxtally_schema_version", transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
