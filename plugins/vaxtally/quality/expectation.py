"""The suites' one expectation type and the metric behind it. Imports Great Expectations: import it inside functions.

`expect_no_row_where` takes `any_of`, SQL conditions on a row of the batch; a row for which one of them is true fails,
one for which they are false or null does not. Its metric is an aggregate of the whole table, so that Great
Expectations asks for all the rules of a suite in one query, one scan.
"""

from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from vaxtally.quality.suites import any_of_sql

ROWS_WHERE = "table.rows_where"


class RowsWhere(TableMetricProvider):
    """How many rows of the table meet at least one of the conditions."""

    metric_name = ROWS_WHERE
    value_keys = ("any_of",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations hands the class over here
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[sa.ColumnElement[int], dict[str, Any], dict[str, Any]]:
        condition = sa.text(any_of_sql(metric_value_kwargs["any_of"]))
        return sa.func.count().filter(condition), metric_domain_kwargs, {}


class ExpectNoRowWhere(BatchExpectation):
    """No row of the table meets any of the SQL conditions `any_of`.

    The field has no default on purpose: a custom class loses its defaults on the way through JSON.
    """

    any_of: list[str]

    metric_dependencies: ClassVar[tuple[str, ...]] = (ROWS_WHERE,)
    success_keys: ClassVar[tuple[str, ...]] = ("any_of",)
    args_keys: ClassVar[tuple[str, ...]] = ("any_of",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        failing = metrics[ROWS_WHERE]
        return {"success": failing == 0, "result": {"observed_value": failing}}
