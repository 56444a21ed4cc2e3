"""Great Expectations at work: a suite's rules over a shard's rows, in one query on the caller's connection."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from vaxtally.quality.suites import Suite, SuiteError, SuiteRule

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from sqlalchemy import Connection

    from vaxtally.quality.judged import JudgedRows

_SQLSTATE_NAME = re.compile(r"psycopg\.errors\.(\w+)")


def failing_rows(
    connection: "Connection", suite: Suite, chosen: tuple[SuiteRule, ...], judged: "JudgedRows"
) -> dict[str, int]:
    """How many rows of `judged` fail each of the chosen rules; rules that none fails are left out.

    Raises SuiteError for a rule whose SQL the database refuses: that is a broken rule, not bad data. A time-out or a
    lost connection is neither and is raised as it is.
    """
    from great_expectations.core.batch import Batch
    from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
    from great_expectations.validator.validator import Validator

    engine = _borrowing_engine(connection)
    data: Any = SqlAlchemyBatchData(execution_engine=engine, selectable=judged.select(), create_temp_table=False)
    validator = Validator(execution_engine=engine, data_context=_context(), batches=[Batch(data=data)])
    results: list[Any] = validator.graph_validate(
        configurations=suite.expectations(chosen).expectation_configurations,
        runtime_configuration={"result_format": "SUMMARY"},
    )
    if engine.outage:
        raise engine.outage
    by_rule = {result.expectation_config.meta["rule"]: result for result in results}
    for rule in chosen:
        _refuse_broken(rule.code, by_rule.get(rule.code))
    return {code: result.result["observed_value"] for code, result in by_rule.items() if not result.success}


def _refuse_broken(code: str, result: Any) -> None:
    """Raise SuiteError where a result is none. The database's own message may quote a cell and is not repeated."""
    if result is not None and "observed_value" in result.result:
        return
    names = _SQLSTATE_NAME.findall(str(result.exception_info)) if result is not None else []
    why = f"the database refuses its SQL ({names[0]})" if names else "Great Expectations gave no result for it"
    raise SuiteError(f"Rule {code} is broken: {why}.", code)


@cache
def _context() -> "EphemeralDataContext":
    """A context without files, network, progress bars or logs (its log lines may quote cells)."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _borrowing_engine(connection: "Connection") -> Any:
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
    from sqlalchemy.exc import OperationalError

    class BorrowingEngine(SqlAlchemyExecutionEngine):
        """Runs on the caller's connection, in its transaction, and closes nothing when it is collected.

        Each query has its own savepoint: where the bundled one fails, Great Expectations asks rule by rule, and the
        broken rule shows. After an `outage` (time-out, lost connection) it is not let ask again and again.
        """

        outage: OperationalError | None = None

        @contextmanager
        def get_connection(self) -> Iterator["Connection"]:
            if self.outage:
                raise self.outage
            try:
                with connection.begin_nested():
                    yield connection
            except OperationalError as error:
                self.outage = error
                raise

        def close(self) -> None:
            """The connection is the caller's."""

    return BorrowingEngine(engine=connection.engine)
