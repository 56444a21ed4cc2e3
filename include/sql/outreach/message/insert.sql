-- Queue one mail. Returns no row where the same mail (kind, unit, level, day, recipient, upload) is in the ledger
-- already.
INSERT INTO outreach.message (
    unit_code, kind, level, as_of, language, subject, body_text, body_html, recipient, recipient_name, upload_id,
    case_id
)
VALUES (
    :unit_code, :kind, :level, :as_of, :language, :subject, :body_text, :body_html, :recipient, :recipient_name,
    :upload_id, :case_id
)
ON CONFLICT ON CONSTRAINT message_once DO NOTHING
RETURNING message_id
