"""Airflow imports this at the start of every process that has `config/` on its path.

Tasks are forked from the scheduler (LocalExecutor) or from a Celery worker: what those have imported costs a task
nothing. Without this, pandas and Great Expectations cost every task 2.2-2.8 s.
"""

import sys

FORK_TASKS = ({"scheduler"}, {"celery", "worker"})

if any(words <= set(sys.argv) for words in FORK_TASKS):
    import great_expectations  # noqa: F401
    import pandas  # noqa: F401 - pandas, SQLAlchemy and pyarrow come with it

__all__: list[str] = []
