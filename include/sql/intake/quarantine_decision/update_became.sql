-- Which upload a file that was put back has become.
UPDATE intake.quarantine_decision AS d
SET became_upload_id = n.upload_id
FROM intake.upload AS o, intake.upload AS n
WHERE
    d.decision = 'retried' AND d.became_upload_id IS NULL
    AND d.upload_id = o.upload_id
    AND n.upload_id = ANY(:upload_ids) AND n.upload_id > o.upload_id
    AND n.unit_code IS NOT DISTINCT FROM o.unit_code AND n.kind = o.kind AND n.sha256 = o.sha256
