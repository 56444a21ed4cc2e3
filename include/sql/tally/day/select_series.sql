-- Totals day by day over a span that ends with the as-of day, of one unit or (null) of all; empty days are there too.
SELECT
    CAST(span.given_on AS date) AS given_on,
    coalesce(sum(gap.reported), 0) AS reported,
    coalesce(sum(gap.entered) FILTER (WHERE gap.state <> 'no_report'), 0) AS entered,
    coalesce(sum(gap.shortfall), 0) AS shortfall,
    coalesce(sum(gap.surplus), 0) AS surplus,
    coalesce(sum(gap.entered) FILTER (WHERE gap.state = 'no_report'), 0) AS entered_unreported
FROM generate_series(
    CAST(:as_of AS date) - (CAST(:days AS integer) - 1), CAST(:as_of AS date), INTERVAL '1 day'
) AS span (given_on)
LEFT JOIN tally.entry_gap_on(CAST(:as_of AS date)) AS gap
    ON
        CAST(span.given_on AS date) = gap.given_on
        AND (CAST(:unit_code AS text) IS NULL OR gap.unit_code = :unit_code)
GROUP BY span.given_on
ORDER BY span.given_on
