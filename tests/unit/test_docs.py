"""The documentation keeps its word where a machine can tell: links, settings, DAGs, pictures."""

import re
from dataclasses import MISSING, fields
from pathlib import Path
from urllib.parse import unquote

import pytest

from vaxtally import paths
from vaxtally.intake.read.headers import HEADERS
from vaxtally.intake.template.words import advice, general_message
from vaxtally.reference import rules
from vaxtally.settings import PREFIX, Settings, describe_settings

PAGES = [paths.ROOT / "README.md", paths.ROOT / "CONTRIBUTING.md", *sorted((paths.ROOT / "docs").glob("*.md"))]
UPLOADING = paths.ROOT / "docs" / "uploading.md"
OPERATIONS = paths.ROOT / "docs" / "operations.md"
LARGEST_PICTURE = 200_000
# Read by the tests alone: no setting of the project.
OF_THE_TESTS = {"VAXTALLY_TEST_SERVER_URL"}

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made where the pages are shown."""
    headings = re.findall(r"^#+ (.+)$", CODE_BLOCK.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def settings_table() -> str:
    """The table of settings as docs/operations.md holds it."""
    defaults = {PREFIX + each.name.upper(): each.default for each in fields(Settings)}
    lines = ["| Setting | Default | What it is |", "|---|---|---|"]
    for name, meaning in describe_settings().items():
        lines.append(f"| `{name}` | {_shown(defaults[name])} | {meaning} |")
    return "\n".join(lines)


MESSAGE_TABLES = {
    "vi": ("Quy tắc", "Thông báo", "Kết quả", "Đơn vị làm gì"),
    "en": ("Rule", "Message", "Outcome", "What to do"),
}


def messages_table(language: str) -> str:
    """The table of every message a unit can meet, as docs/uploading.md holds it."""
    todo = advice(language)
    lines = [f"| {' | '.join(MESSAGE_TABLES[language])} |", "|---|---|---|---|"]
    for rule in rules().values():
        if rule.code in todo:
            message = general_message(rule, language)
            lines.append(f"| `{rule.code}` | {message} | `{rule.consequence}` | {todo[rule.code]} |")
    return "\n".join(lines)


def _shown(default: object) -> str:
    if default is MISSING or default in (None, (), Path()):
        return ""
    if isinstance(default, Path):
        return f"`{default.relative_to(paths.ROOT)}/`"
    if isinstance(default, tuple):
        return f"`{';'.join(map(str, default))}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for found in LINK.finditer(CODE_BLOCK.sub("", text_of(page))):
        link = found[1] or found[2]
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{page.name}: {link}"


@every_page
def test_pages_name_only_settings_that_exist(page: Path) -> None:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", text_of(page)))
    assert named <= set(describe_settings()) | OF_THE_TESTS


@every_page
def test_paths_of_the_tree_exist(page: Path) -> None:
    """What stands in backticks and begins with a folder of ours; <name>, * and … stand for many."""
    roots = ("plugins/", "include/", "dags/", "tests/", "expectations/", "docs/", "benchmarks/", "scripts/", "config/")
    for path in re.findall(r"`([^`\s]+)`", text_of(page)):
        if path.startswith(roots) and not re.search(r"[<>*…{]", path):
            assert (paths.ROOT / path).exists(), f"{page.name}: {path}"


def test_the_table_of_settings_is_the_one_of_the_code() -> None:
    table = settings_table()
    assert table in text_of(OPERATIONS), f"Put this into {OPERATIONS.name}:\n{table}"
    assert set(re.findall(rf"^\| `({PREFIX}\w+)`", text_of(OPERATIONS), re.MULTILINE)) == set(describe_settings())


@pytest.mark.parametrize("language", MESSAGE_TABLES)
def test_units_are_told_about_every_message(language: str) -> None:
    table = messages_table(language)
    assert table in text_of(UPLOADING), f"Put this into {UPLOADING.name}:\n{table}"


def test_units_are_told_about_every_column() -> None:
    for part in text_of(UPLOADING).split("\n---\n"):
        told = set(re.findall(r"`(\w+)`", part))
        assert set(HEADERS["upload"]) | set(HEADERS["report"]) <= told


def test_every_dag_is_described() -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", text_of(OPERATIONS), re.MULTILINE)) - set(describe_settings())
    assert described == {dag.stem for dag in paths.DAGS.glob("*.py")}


def test_pictures_are_small_and_shown() -> None:
    shown = "".join(map(text_of, PAGES))
    for picture in (paths.ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
        assert f"images/{picture.name}" in shown, picture.name
