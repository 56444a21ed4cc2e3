"""How a template looks: one place for its colours and formats."""

from typing import TYPE_CHECKING

from vaxtally.intake.template.columns import Need

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

FONT = "Calibri"
TEXT = "@"
_INK, _WHITE, _LINE, _GREY = "#1F2933", "#FFFFFF", "#C9D3DA", "#5F6F7A"
_TEAL, _SKY, _PALE = "#0B6E74", "#CDE8E5", "#EEF2F4"
_FILLS = {
    Need.NEEDED: (_TEAL, _WHITE),
    Need.ONE_OF: ("#F6D58A", _INK),
    Need.ADVISED: (_SKY, _INK),
    Need.OPTIONAL: (_PALE, _INK),
}


class Styles:
    """The formats of one workbook."""

    def __init__(self, workbook: "Workbook") -> None:
        def style(**properties: object) -> "Format":
            return workbook.add_format({"font_name": FONT, "font_size": 11, "font_color": _INK, **properties})

        boxed = {"border": 1, "border_color": _LINE, "valign": "vcenter"}
        wrapped = {**boxed, "text_wrap": True}
        self.title = style(bold=True, font_size=16, font_color=_TEAL, valign="vcenter")
        self.subtitle = style(font_size=12, bold=True, valign="vcenter")
        self.section = style(bold=True, font_size=13, font_color=_TEAL, valign="bottom")
        self.heading = style(bold=True, bg_color=_TEAL, font_color=_WHITE, **wrapped)
        self.header = {
            need: style(bold=True, bg_color=fill, font_color=ink, align="center", **wrapped)
            for need, (fill, ink) in _FILLS.items()
        }
        self.legend = {
            need: style(font_size=10, bg_color=fill, font_color=ink, align="center", **boxed)
            for need, (fill, ink) in _FILLS.items()
        }
        self.legend_wrong = style(font_size=10, bg_color="#FBD5D0", align="center", **boxed)
        self.cell = style(num_format=TEXT, valign="vcenter")
        self.number = style(num_format="0", valign="vcenter")
        self.missing = workbook.add_format({"bg_color": "#FBD5D0"})
        self.paragraph = style(text_wrap=True, valign="top")
        self.step = style(bold=True, font_color=_TEAL, align="right", valign="top")
        self.boxed = style(**wrapped)
        self.name = style(bold=True, **wrapped)
        self.example = style(italic=True, font_color=_GREY, num_format=TEXT, **wrapped)
