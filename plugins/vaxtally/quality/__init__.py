"""Quality: every row of a shard judged by the rules, a line for each remark. Reads staging, writes staged_issue."""

from vaxtally.quality.judge import JudgeSummary, judge, judge_results, mostly_rejected
from vaxtally.quality.suites import SuiteError

__all__ = ["JudgeSummary", "SuiteError", "judge", "judge_results", "mostly_rejected"]
