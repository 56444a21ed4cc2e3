"""From a letter's facts to its subject, text and HTML: Jinja2 templates of include/mail, laid out by MJML."""

import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

from vaxtally import paths
from vaxtally.outreach.words import words

if TYPE_CHECKING:
    from jinja2 import Environment

# Mail programs cut longer subjects, and phones show the first 40 letters or so.
SUBJECT_LENGTH = 120
# What a subject has room for beside what it says.
UNIT_NAME_LENGTH = 44
# How kinds of units and places are written where room is short.
SHORT_FORMS = (
    ("Trung tâm Kiểm soát bệnh tật", "CDC"),
    ("Trung tâm Y tế", "TTYT"),
    ("Phòng khám đa khoa", "PKĐK"),
    ("Phòng Y tế", "PYT"),
    ("Phòng khám", "PK"),
    ("Bệnh viện", "BV"),
    ("Trạm Y tế", "TYT"),
    ("Thành phố", "TP."),
    ("Phường", "P."),
    ("Quận", "Q."),
    ("Huyện", "H."),
)
TEXT_WIDTH = 76


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(paths.MAIL_TEMPLATES),
        autoescape=select_autoescape(("mjml",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrap"] = _wrap
    return environment


def _wrap(text: str, indent: str = "") -> str:
    """Lines of at most TEXT_WIDTH letters, broken at spaces only; the second and later ones indented.

    The first one stands behind as many letters: the number or dash of a list.
    """
    lines = textwrap.fill(
        text,
        TEXT_WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.removeprefix(indent)


def html(kind: str, language: str, **facts: Any) -> str:
    """The HTML of `include/mail/<kind>.mjml`; every value is escaped, nothing is fetched from anywhere."""
    from mjml import mjml2html

    source = _environment().get_template(f"{kind}.mjml").render(t=words(language), **facts)
    return mjml2html(source)


def text(kind: str, language: str, **facts: Any) -> str:
    """The plain text of `include/mail/<kind>.txt`, the HTML's twin."""
    return _environment().get_template(f"{kind}.txt").render(t=words(language), **facts).strip() + "\n"


def subject(line: str) -> str:
    """One line of at most SUBJECT_LENGTH characters."""
    return _cut(" ".join(line.split()), SUBJECT_LENGTH)


def unit_name(name: str) -> str:
    """A unit's name for a subject, at most UNIT_NAME_LENGTH characters: shortened as offices do, then cut at a word."""
    name = " ".join(name.split())
    for long, short in SHORT_FORMS:
        if len(name) <= UNIT_NAME_LENGTH:
            break
        name = name.replace(long, short)
    return _cut(name, UNIT_NAME_LENGTH)


def _cut(line: str, length: int) -> str:
    """At most that many characters, cut after a word where there is one."""
    if len(line) <= length:
        return line
    whole, _, broken = line[:length].rpartition(" ")
    kept = whole if len(broken) < length // 2 else line[: length - 1]
    return kept.rstrip(" ,;—-") + "…"
