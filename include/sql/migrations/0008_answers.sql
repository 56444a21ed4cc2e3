-- Answers: which row closed another, answers that are to be written anew, and a receipt for every file.
ALTER TABLE intake.row
-- the later row that closed it; null: nobody did yet, or a reviewer
ADD COLUMN closed_by_upload_id bigint REFERENCES intake.upload (upload_id),
ADD COLUMN closed_by_row_number integer,
ADD CONSTRAINT row_closed_by CHECK (
    (closed_by_upload_id IS NULL) = (closed_by_row_number IS NULL)
    AND (closed_by_upload_id IS NULL OR closed_at IS NOT NULL)
);
CREATE INDEX row_closed ON intake.row (closed_at) WHERE closed_at IS NOT NULL;

-- when a row of it was closed or settled after the answer was written; null: the answer stands
ALTER TABLE intake.upload ADD COLUMN answer_outdated_at timestamptz;
CREATE INDEX upload_answer_outdated ON intake.upload (upload_id) WHERE answer_outdated_at IS NOT NULL;

-- `V12-3`, row 3 of upload 12, as its two numbers; null for any other text. The letter keeps a spreadsheet from
-- reading a date.
CREATE FUNCTION intake.read_ref(ref text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN ref ~* '^v[0-9]{1,18}-[0-9]{1,9}$' THEN CAST(string_to_array(substr(ref, 2), '-') AS bigint[])
END;

-- What says that two rows mean the same person: name or a number, and one more thing, as they were written; each pair
-- as one text. Two rows share a text where they agree in such a pair.
CREATE FUNCTION intake.person_pairs(
    name_key text, birth_date_text text, national_id_text text, health_insurance_no_text text, phone_text text
) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_remove(
    ARRAY[
        'nb' || name_key || E'\x1f' || birth_date_text,
        'ni' || name_key || E'\x1f' || national_id_text,
        'nh' || name_key || E'\x1f' || health_insurance_no_text,
        'np' || name_key || E'\x1f' || phone_text,
        'ib' || national_id_text || E'\x1f' || birth_date_text,
        'ih' || national_id_text || E'\x1f' || health_insurance_no_text,
        'ip' || national_id_text || E'\x1f' || phone_text,
        'hb' || health_insurance_no_text || E'\x1f' || birth_date_text,
        'hp' || health_insurance_no_text || E'\x1f' || phone_text
    ],
    NULL
);

-- As before, and for what some spreadsheets take for a formula besides: a line break, the wide forms of the signs.
CREATE OR REPLACE FUNCTION intake.safe_cell(cell text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN cell ~ '^[=+@\t\r\n＝＋－＠-]' THEN '''' || cell ELSE cell END;

ALTER TABLE outreach.message
-- the file that a receipt is for
ADD COLUMN upload_id bigint REFERENCES intake.upload (upload_id),
ADD CONSTRAINT message_upload CHECK ((kind = 'receipt') = (upload_id IS NOT NULL)),
DROP CONSTRAINT message_once,
ADD CONSTRAINT message_once UNIQUE NULLS NOT DISTINCT (kind, unit_code, level, as_of, recipient, upload_id);

-- Files for which was decided whether a receipt is due, so that no later setting or address writes about old ones.
CREATE TABLE outreach.receipt (
    upload_id bigint PRIMARY KEY REFERENCES intake.upload (upload_id),
    decided_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO outreach.receipt (upload_id) SELECT upload_id FROM intake.upload;
