-- Which short days a mail tells about.
INSERT INTO outreach.message_day (message_id, given_on, missing)
SELECT
    :message_id,
    told.given_on,
    told.missing
FROM unnest(CAST(:given_on AS date[]), CAST(:missing AS bigint[])) AS told (given_on, missing)
