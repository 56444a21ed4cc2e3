-- What a reviewer had said of who a row is, and takes back; what was decided of other rows through it is asked anew.
DELETE FROM registry.match_decision AS m
USING batch_row AS b
WHERE
    b.upload_id = m.upload_id AND b.row_number = m.row_number
    AND (
        m.person_id = ANY(CAST(:person_ids AS bigint[]))
        OR (m.upload_id = :upload_id AND m.row_number = :row_number)
    )
