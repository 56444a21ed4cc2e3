"""From a letter's facts to its subject, text and HTML: Jinja2 templates of include/mail, laid out by MJML."""

import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

from vaxtally import paths
from vaxtally.outreach.words import words

if TYPE_CHECKING:
    from jinja2 import Environment

# Mail servers fold longer subjects, and phones show the first 40 letters or so.
SUBJECT_LENGTH = 200
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
    """Lines of at most TEXT_WIDTH letters, broken at spaces only; the second and later ones indented."""
    return textwrap.fill(text, TEXT_WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


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
    line = " ".join(line.split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"
