"""`vaxtally template`: the workbook that a unit fills in, made from the definitions by which intake reads it."""

from vaxtally.intake.template.columns import Column, Need, columns_of
from vaxtally.intake.template.unit import Unit, find_unit
from vaxtally.intake.template.workbook import write_template

__all__ = ["Column", "Need", "Unit", "columns_of", "find_unit", "write_template"]
