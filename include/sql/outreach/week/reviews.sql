-- What waited for the Department's review at the end of a day, by rule (null: corrections), the oldest, and how many
-- rows had waited longer than so many days. One that was settled later waited then.
SELECT
    review.rule,
    count(*) AS rows,
    min(review.opened_on) AS oldest_on,
    count(*) FILTER (WHERE review.opened_on < CAST(:as_of AS date) - CAST(:days AS integer)) AS long
FROM registry.review AS review
WHERE
    review.opened_on <= CAST(:as_of AS date)
    AND (
        review.status = 'open'
        OR CAST(review.settled_at AT TIME ZONE :zone AS date) > CAST(:as_of AS date)
    )
GROUP BY review.rule
ORDER BY count(*) DESC, review.rule NULLS LAST
