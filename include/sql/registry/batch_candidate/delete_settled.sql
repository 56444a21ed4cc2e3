-- Of whom an update is not asked: who is somebody else than the person so far, as a reviewer said of a row of either,
-- or of the two.
DELETE FROM batch_candidate AS c
USING batch_correction AS u
WHERE
    c.sig = u.seq AND c.round = :round AND c.person_id <> u.person_id
    AND (
        EXISTS (
            SELECT 1
            FROM registry.match_decision AS m
            INNER JOIN registry.dose AS d ON m.upload_id = d.upload_id AND m.row_number = d.row_number
            WHERE
                NOT m.is_same
                AND (
                    (m.person_id = c.person_id AND d.person_id = u.person_id)
                    OR (m.person_id = u.person_id AND d.person_id = c.person_id)
                )
        )
        OR EXISTS (
            SELECT 1
            FROM registry.person_pair AS p
            WHERE
                p.person_id = least(c.person_id, u.person_id)
                AND p.other_person_id = greatest(c.person_id, u.person_id)
                AND p.status = 'apart'
        )
    )
