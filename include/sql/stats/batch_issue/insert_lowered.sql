-- Remark where a unit lowers a figure (report.lowered). A line that lowers several, a nil line, has one remark with
-- their sum.
INSERT INTO batch_issue (seq, rule, column_name, value, message_values)
SELECT
    figure.seq,
    'report.lowered',
    'doses_given',
    line.doses_given_text,
    jsonb_build_object('previous', sum(figure.previous))
FROM batch_figure AS figure
INNER JOIN batch_report_row AS line ON figure.seq = line.seq
WHERE figure.source = 'unit' AND figure.doses_given < figure.previous
GROUP BY figure.seq, line.doses_given_text
