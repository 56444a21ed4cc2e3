"""Files come in: found, read, staged, judged, applied in order, answered, archived."""

from vaxtally.intake.apply import apply_staged
from vaxtally.intake.finish import finish_files
from vaxtally.intake.plan import plan_files
from vaxtally.intake.stage import stage_and_judge

__all__ = ["apply_staged", "finish_files", "plan_files", "stage_and_judge"]
