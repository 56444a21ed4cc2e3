-- Note which uploads came out otherwise when rows of them were judged again. Before their sums are changed.
INSERT INTO intake.reprocess (
    upload_id, rule, as_of, processed_at, previous_ruleset_id, ruleset_id, rows_judged, rows_passed, released
)
SELECT
    u.upload_id,
    :rule AS rule,
    :as_of AS as_of,
    :processed_at AS processed_at,
    u.ruleset_id AS previous_ruleset_id,
    :ruleset_id AS ruleset_id,
    (SELECT count(*) FROM batch_verdict AS v WHERE v.upload_id = u.upload_id) AS rows_judged,
    count(*) FILTER (WHERE c.outcome <> 'rejected') AS rows_passed,
    u.upload_id = ANY(:released) AS released
FROM batch_changed AS c
INNER JOIN intake.upload AS u ON c.upload_id = u.upload_id
GROUP BY u.upload_id
