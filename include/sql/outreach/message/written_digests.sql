-- The daily digests of a day that are in the ledger: of which unit (null: the whole city), to whom in lower case.
SELECT
    message.unit_code,
    lower(message.recipient) AS recipient
FROM outreach.message AS message
WHERE message.kind = 'digest' AND message.level = 0 AND message.as_of = CAST(:as_of AS date)
