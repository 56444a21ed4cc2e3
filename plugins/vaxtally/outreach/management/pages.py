"""The report as files that need nothing else: one HTML page, one PDF (A4). Both say what the Report says."""

import base64
import json
from datetime import UTC, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any

from vaxtally import paths
from vaxtally.outreach.management.drawing import font_folder
from vaxtally.outreach.words import words

if TYPE_CHECKING:
    from jinja2 import Environment
    from typst import Fonts

    from vaxtally.outreach.management.document import Report
    from vaxtally.outreach.management.drawing import Picture


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(paths.REPORT_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html(report: "Report") -> str:
    """One page: style and pictures are inside, nothing is fetched from anywhere, it can be printed."""
    page = _environment().get_template("management.html")
    return page.render(report=report, image=_image, t=words(report.language))


def pdf(report: "Report") -> bytes:
    """A4 with page numbers, tagged for screen readers; the same report gives the same bytes."""
    import typst

    document = typst.compile(
        paths.REPORT_TEMPLATES / "management.typ",
        root=paths.REPORT_TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"report": json.dumps(_plain(report), ensure_ascii=False)},
        format="pdf",
        pdf_standards="ua-1",
        timestamp=datetime.combine(report.as_of, time(), tzinfo=UTC),
    )
    return bytes(document)


@cache
def _fonts() -> "Fonts":
    """The report's typeface alone: what else a machine has changes no byte."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())])


def _image(picture: "Picture") -> str:
    """A picture as an address that holds it."""
    if picture.svg:
        return "data:image/svg+xml;base64," + base64.b64encode(picture.svg.encode()).decode()
    return "data:image/png;base64," + base64.b64encode(picture.png).decode()


def _plain(report: "Report") -> dict[str, Any]:
    """The report as JSON takes it; a picture as SVG text, or as the bytes of a PNG."""
    t = words(report.language)
    return {
        "language": report.language,
        "date": [report.as_of.year, report.as_of.month, report.as_of.day],
        **{name: getattr(report, name) for name in ("office", "programme", "title", "period", "lead", "method")},
        "page": t("week.page", page="{page}", pages="{pages}"),
        "figures": [vars(figure) for figure in report.figures],
        "sections": [
            {
                "title": section.title,
                "lead": section.lead,
                "picture": section.picture and {
                    "alt": section.picture.alt,
                    "svg": section.picture.svg,
                    "png": None if section.picture.svg else list(section.picture.png),
                },
                "tables": [
                    {"title": table.title, "more": table.more, "headings": table.headings, "rows": table.rows}
                    for table in section.tables
                ],
            }
            for section in report.sections
        ],
    }  # fmt: skip
