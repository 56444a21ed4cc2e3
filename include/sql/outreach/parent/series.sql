-- The last days of the units below each of these parents, taken together; days without anything are there too.
-- Parameters: as_of, days, and side by side parents and units: which unit is below which parent.
WITH below AS (
    SELECT
        parent_unit_code,
        unit_code
    FROM unnest(CAST(:parents AS text[]), CAST(:units AS text[])) AS pair (parent_unit_code, unit_code)
),

known AS MATERIALIZED (
    SELECT
        below.parent_unit_code,
        gap.given_on,
        sum(gap.reported) AS reported,
        sum(gap.entered) FILTER (WHERE gap.state <> 'no_report') AS entered,
        sum(gap.shortfall) AS shortfall,
        sum(gap.surplus) AS surplus,
        sum(gap.entered) FILTER (WHERE gap.state = 'no_report') AS entered_unreported
    FROM tally.entry_gap_on(CAST(:as_of AS date)) AS gap
    INNER JOIN below ON gap.unit_code = below.unit_code
    WHERE
        gap.given_on > CAST(:as_of AS date) - CAST(:days AS integer)
        AND gap.given_on <= CAST(:as_of AS date)
    GROUP BY below.parent_unit_code, gap.given_on
)

SELECT
    parent.parent_unit_code,
    CAST(span.given_on AS date) AS given_on,
    coalesce(known.reported, 0) AS reported,
    coalesce(known.entered, 0) AS entered,
    coalesce(known.shortfall, 0) AS shortfall,
    coalesce(known.surplus, 0) AS surplus,
    coalesce(known.entered_unreported, 0) AS entered_unreported
FROM (SELECT DISTINCT below.parent_unit_code FROM below) AS parent
CROSS JOIN
    generate_series(
        CAST(:as_of AS date) - (CAST(:days AS integer) - 1), CAST(:as_of AS date), INTERVAL '1 day'
    ) AS span (given_on)
LEFT JOIN known
    ON parent.parent_unit_code = known.parent_unit_code AND CAST(span.given_on AS date) = known.given_on
ORDER BY parent.parent_unit_code, span.given_on
