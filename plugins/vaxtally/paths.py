"""Where the project's own files are. Nothing else in the package spells a path of the tree."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parents[1]
DAGS = ROOT / "dags"
PLUGINS = PACKAGE.parent
CONFIG = ROOT / "config"
SQL = ROOT / "include" / "sql"
MIGRATIONS_SQL = SQL / "migrations"
REFERENCE = ROOT / "include" / "reference"
TEMPLATE_WORDS = ROOT / "include" / "template"
MAIL_TEMPLATES = ROOT / "include" / "mail"
LETTERS = ROOT / "include" / "letter"
REPORT_TEMPLATES = ROOT / "include" / "report"
EXPECTATIONS = ROOT / "expectations"
ALEMBIC = PACKAGE / "migrations"
