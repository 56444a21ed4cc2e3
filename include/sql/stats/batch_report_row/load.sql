-- What nothing rejected is loaded, whether or not its figure was news.
UPDATE batch_report_row
SET outcome = 'loaded'
WHERE outcome IS NULL
