-- Record what a day came to; nothing is written where the record says so already.
WITH gap AS (
    SELECT known.*, known.given_on + policy.grace_days < CAST(:as_of AS date) AS due
    FROM tally.entry_gap_on(CAST(:as_of AS date)) AS known
    INNER JOIN reference.unit ON known.unit_code = unit.unit_code
    INNER JOIN tally.gap_policy AS policy
        ON unit.unit_type = policy.unit_type AND policy.as_of = CAST(:as_of AS date)
),

unit AS (
    SELECT
        gap.unit_code,
        count(*) AS keys,
        count(*) FILTER (WHERE gap.state = 'reported') AS keys_reported,
        count(*) FILTER (WHERE gap.state = 'nil_report') AS keys_nil_report,
        count(*) FILTER (WHERE gap.state = 'no_report') AS keys_no_report,
        sum(gap.reported) AS reported,
        sum(gap.entered) FILTER (WHERE gap.state <> 'no_report') AS entered,
        sum(gap.shortfall) AS shortfall,
        sum(gap.surplus) AS surplus,
        sum(gap.entered) FILTER (WHERE gap.state = 'no_report') AS entered_unreported,
        sum(gap.shortfall) FILTER (WHERE gap.due) AS due_shortfall
    FROM gap
    GROUP BY gap.unit_code
),

total AS (
    SELECT
        CAST(:grace_days AS integer) AS grace_days,
        count(*) AS units,
        coalesce(sum(unit.keys), 0) AS keys,
        coalesce(sum(unit.keys_reported), 0) AS keys_reported,
        coalesce(sum(unit.keys_nil_report), 0) AS keys_nil_report,
        coalesce(sum(unit.keys_no_report), 0) AS keys_no_report,
        coalesce(sum(unit.reported), 0) AS reported,
        coalesce(sum(unit.entered), 0) AS entered,
        coalesce(sum(unit.shortfall), 0) AS shortfall,
        coalesce(sum(unit.surplus), 0) AS surplus,
        coalesce(sum(unit.entered_unreported), 0) AS entered_unreported,
        coalesce(sum(unit.due_shortfall), 0) AS due_shortfall,
        (
            SELECT count(DISTINCT short.unit_code)
            FROM tally.short_day_on(CAST(:as_of AS date), CAST(:policies AS jsonb), NULL) AS short
        ) AS units_in_shortfall
    FROM unit
)

UPDATE tally.reconciliation AS standing
SET
    reconciled_at = now(),
    grace_days = total.grace_days,
    units = total.units,
    keys = total.keys,
    keys_reported = total.keys_reported,
    keys_nil_report = total.keys_nil_report,
    keys_no_report = total.keys_no_report,
    reported = total.reported,
    entered = total.entered,
    shortfall = total.shortfall,
    surplus = total.surplus,
    entered_unreported = total.entered_unreported,
    due_shortfall = total.due_shortfall,
    units_in_shortfall = total.units_in_shortfall
FROM total
WHERE
    standing.as_of = CAST(:as_of AS date)
    AND (
        standing.grace_days,
        standing.units,
        standing.keys,
        standing.keys_reported,
        standing.keys_nil_report,
        standing.keys_no_report,
        standing.reported,
        standing.entered,
        standing.shortfall,
        standing.surplus,
        standing.entered_unreported,
        standing.due_shortfall,
        standing.units_in_shortfall
    ) IS DISTINCT FROM (
        total.grace_days,
        total.units,
        total.keys,
        total.keys_reported,
        total.keys_nil_report,
        total.keys_no_report,
        total.reported,
        total.entered,
        total.shortfall,
        total.surplus,
        total.entered_unreported,
        total.due_shortfall,
        total.units_in_shortfall
    )
