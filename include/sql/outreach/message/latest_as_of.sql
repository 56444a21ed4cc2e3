-- The latest day for which mails of this kind were written.
SELECT max(as_of) AS as_of
FROM outreach.message
WHERE kind = :kind
