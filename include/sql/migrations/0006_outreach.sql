-- Every mail that was due: what it says, to whom, and what became of it.
CREATE SCHEMA outreach;

CREATE TABLE outreach.message (
    message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- null where the mail is about the whole city
    unit_code text REFERENCES reference.unit (unit_code),
    kind text NOT NULL CHECK (kind IN (
        'receipt', 'shortfall', 'urgent', 'escalation', 'closed', 'correction', 'digest', 'alert'
    )),
    -- 0: no step of a case; 1 reminded, 2 urged, 3 escalated
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
    as_of date NOT NULL,
    language text NOT NULL CHECK (language IN ('vi', 'en')),
    subject text NOT NULL CHECK (subject <> '' AND subject !~ '[\r\n]'),
    body_text text NOT NULL CHECK (body_text <> ''),
    body_html text NOT NULL CHECK (body_html <> ''),
    -- whom the mail is for
    recipient text NOT NULL CHECK (recipient ~ '^[^\s@]+@[^\s@]+$'),
    recipient_name text CHECK (recipient_name !~ '[\r\n]'),
    -- the address it was handed over for: another one than the recipient's in mode redirect
    delivered_to text,
    -- queued → sending → sent, failed (tried again) or unknown (never repeated);
    -- superseded: a later mail says it better, or there is nothing left to say
    status text NOT NULL DEFAULT 'queued' CHECK (status IN (
        'queued', 'sending', 'sent', 'failed', 'unknown', 'superseded'
    )),
    attempts smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- unreachable: the server, so nobody's mail went; refused: the server refused this one; lost: no answer came
    failure text CHECK (failure IN ('unreachable', 'refused', 'lost')),
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    attempted_at timestamptz,
    sent_at timestamptz,
    CONSTRAINT message_once UNIQUE NULLS NOT DISTINCT (kind, unit_code, level, as_of, recipient),
    CHECK ((kind IN ('digest', 'alert')) = (unit_code IS NULL)),
    CHECK ((status = 'sent') = (sent_at IS NOT NULL)),
    CHECK (status NOT IN ('failed', 'unknown') OR (failure IS NOT NULL AND last_error IS NOT NULL)),
    CHECK (status NOT IN ('sending', 'sent', 'unknown') OR (attempts > 0 AND attempted_at IS NOT NULL))
);
CREATE INDEX message_open ON outreach.message (message_id) WHERE status IN ('queued', 'sending', 'failed', 'unknown');
CREATE INDEX message_unit ON outreach.message (unit_code, as_of);

CREATE TABLE outreach.attachment (
    message_id bigint NOT NULL REFERENCES outreach.message (message_id),
    -- Apprise writes other letters in a form that mail programs show raw
    name text NOT NULL CHECK (name ~ '^[A-Za-z0-9._-]+$'),
    media_type text NOT NULL,
    content bytea NOT NULL CHECK (length(content) > 0),
    PRIMARY KEY (message_id, name)
);

-- The short days that a mail told its recipient about.
CREATE TABLE outreach.message_day (
    message_id bigint NOT NULL REFERENCES outreach.message (message_id),
    given_on date NOT NULL,
    missing integer NOT NULL CHECK (missing > 0),
    -- the as-of day on which the day was seen complete again; short once more, it counts as a new day
    closed_on date,
    PRIMARY KEY (message_id, given_on)
);
