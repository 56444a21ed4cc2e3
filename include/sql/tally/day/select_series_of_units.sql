-- Totals day by day over a span that ends with the as-of day, of each of some units; empty days are there too.
WITH known AS MATERIALIZED (
    SELECT
        gap.unit_code,
        gap.given_on,
        sum(gap.reported) AS reported,
        sum(gap.entered) FILTER (WHERE gap.state <> 'no_report') AS entered,
        sum(gap.shortfall) AS shortfall,
        sum(gap.surplus) AS surplus,
        sum(gap.entered) FILTER (WHERE gap.state = 'no_report') AS entered_unreported
    FROM tally.entry_gap_on(CAST(:as_of AS date)) AS gap
    WHERE
        gap.given_on > CAST(:as_of AS date) - CAST(:days AS integer)
        AND gap.given_on <= CAST(:as_of AS date)
        AND gap.unit_code = ANY(CAST(:unit_codes AS text[]))
    GROUP BY gap.unit_code, gap.given_on
)

SELECT
    asked.unit_code,
    CAST(span.given_on AS date) AS given_on,
    coalesce(known.reported, 0) AS reported,
    coalesce(known.entered, 0) AS entered,
    coalesce(known.shortfall, 0) AS shortfall,
    coalesce(known.surplus, 0) AS surplus,
    coalesce(known.entered_unreported, 0) AS entered_unreported
FROM unnest(CAST(:unit_codes AS text[])) AS asked (unit_code)
CROSS JOIN
    generate_series(
        CAST(:as_of AS date) - (CAST(:days AS integer) - 1), CAST(:as_of AS date), INTERVAL '1 day'
    ) AS span (given_on)
LEFT JOIN known ON asked.unit_code = known.unit_code AND CAST(span.given_on AS date) = known.given_on
ORDER BY asked.unit_code, span.given_on
