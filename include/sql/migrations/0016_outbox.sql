-- The outbox: a mail's key, when it is tried again, which run has it and how far that came, and what a person decided.
CREATE SEQUENCE outreach.delivery_run AS integer CYCLE;

ALTER TABLE outreach.message
-- by this it is seen how long a mail has been tried for
ADD COLUMN first_attempted_at timestamptz,
-- a failed mail is tried again from then on; null: it is given up
ADD COLUMN next_attempt_at timestamptz,
-- the delivery run that claimed it last; a run that lives holds an advisory lock of this number
ADD COLUMN run_id integer,
-- when the server was ready for its text; null: it cannot have arrived
ADD COLUMN handed_over_at timestamptz,
DROP CONSTRAINT message_once,
DROP CONSTRAINT message_status_check,
-- dropped: its delivery was unknown or failed, and a person decided to leave it at that
ADD CONSTRAINT message_status_check CHECK (status IN (
    'queued', 'sending', 'sent', 'failed', 'unknown', 'superseded', 'dropped'
)),
DROP CONSTRAINT message_failure_check,
-- deferred: the server said not now; interrupted: the process ended before the server was given the text
ADD CONSTRAINT message_failure_check CHECK (failure IN (
    'unreachable', 'deferred', 'refused', 'interrupted', 'lost'
));

UPDATE outreach.message
SET
    first_attempted_at = attempted_at,
    handed_over_at = CASE WHEN status IN ('sending', 'sent', 'unknown') THEN attempted_at END,
    next_attempt_at
    = CASE WHEN status = 'failed' AND (failure = 'unreachable' OR attempts < 5) THEN attempted_at END
WHERE attempted_at IS NOT NULL;

ALTER TABLE outreach.message
ADD CONSTRAINT message_handed_over CHECK (status <> 'unknown' OR handed_over_at IS NOT NULL),
ADD CONSTRAINT message_next_attempt CHECK (next_attempt_at IS NULL OR status IN ('failed', 'superseded'));

-- One mail of a kind for a case, level, day and recipient; without a case, for a unit or the city, and an upload.
-- What was superseded never left, and is in nobody's way.
CREATE UNIQUE INDEX message_key ON outreach.message (
    case_id, kind, level, as_of, lower(recipient), unit_code, upload_id
) NULLS NOT DISTINCT WHERE status <> 'superseded';

-- When a mail is tried again that has just failed for the `attempts`-th time; null: never, it is given up. The next run
-- tries it once more; from then on waits double, from `retry_seconds` up to `retry_max_seconds`. What the server
-- refuses, or what ends its process, is tried `max_attempts` times; a server that is away, or says not now, for
-- `give_up_days`.
CREATE FUNCTION outreach.next_attempt(
    failure text,
    attempts integer,
    first_attempted_at timestamptz,
    retry_seconds double precision,
    retry_max_seconds double precision,
    max_attempts integer,
    give_up_days integer
) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN CASE
    WHEN failure IN ('refused', 'interrupted') AND attempts >= max_attempts THEN NULL
    WHEN first_attempted_at < now() - make_interval(days => give_up_days) THEN NULL
    WHEN failure = 'interrupted' OR attempts < 2 THEN now()
    ELSE now() + make_interval(secs => least(retry_seconds * 2 ^ least(attempts - 2, 30), retry_max_seconds))
END;

-- What a person decided about a mail whose delivery is unknown or failed.
CREATE TABLE outreach.message_decision (
    message_decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id bigint NOT NULL REFERENCES outreach.message (message_id),
    -- resend: send it (again); sent: it has arrived; drop: leave it at that
    decision text NOT NULL CHECK (decision IN ('resend', 'sent', 'drop')),
    decided_by text NOT NULL CHECK (decided_by <> ''),
    decided_at timestamptz NOT NULL DEFAULT now(),
    status_before text NOT NULL,
    attempts_before smallint NOT NULL
);
CREATE INDEX message_decision_message ON outreach.message_decision (message_id);

-- Addresses that mail cannot reach, each until a mail is accepted for it; the Department is told of each once.
CREATE TABLE outreach.refused_address (
    -- in lower case
    address text NOT NULL CHECK (address <> ''),
    -- null: an address of the Department, or of mode redirect
    unit_code text REFERENCES reference.unit (unit_code),
    -- malformed: no address at all, nothing was sent; refused: the server would not take it
    reason text NOT NULL CHECK (reason IN ('malformed', 'refused')),
    reply text CHECK ((reason = 'refused') = (reply IS NOT NULL)),
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    -- the as-of day of the mail that told the Department
    reported_on date,
    CONSTRAINT refused_address_once UNIQUE NULLS NOT DISTINCT (address, unit_code)
);
