-- A unit's open gap as a case: what was done about it, what the unit answered, what the Department decided.
CREATE TABLE outreach."case" (
    case_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_code text NOT NULL REFERENCES reference.unit (unit_code),
    opened_on date NOT NULL,
    -- 0 opened, 1 reminded, 2 urged, 3 escalated; since when, and how many doses were missing then
    level smallint NOT NULL DEFAULT 0 CHECK (level BETWEEN 0 AND 3),
    level_on date NOT NULL CHECK (level_on >= opened_on),
    level_missing integer NOT NULL CHECK (level_missing >= 0),
    -- the day from which the days to the next level are counted; null: the next run that may count starts it
    clock_on date,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paused', 'closed')),
    -- the last day on which the unit's own answer keeps everything quiet
    paused_until date,
    closed_on date CHECK (closed_on >= opened_on),
    -- the unit's case before this one, where a day of that one is short again
    reopens_case_id bigint REFERENCES outreach."case" (case_id),
    CHECK ((state = 'closed') = (closed_on IS NOT NULL)),
    CHECK ((state = 'paused') = (paused_until IS NOT NULL))
);
CREATE UNIQUE INDEX case_open ON outreach."case" (unit_code) WHERE state <> 'closed';
CREATE INDEX case_unit ON outreach."case" (unit_code, case_id);

-- Every day that was ever short in a case.
CREATE TABLE outreach.case_day (
    case_id bigint NOT NULL REFERENCES outreach."case" (case_id),
    given_on date NOT NULL,
    joined_on date NOT NULL,
    -- missing when the case's clock started: against this it is seen whether the gap shrinks. Null: not counted,
    -- because the day joined later or was answered.
    clock_missing integer CHECK (clock_missing > 0),
    PRIMARY KEY (case_id, given_on)
);

-- What happened to a case, in order. `level` and `missing` as they stood after it.
CREATE TABLE outreach.case_event (
    case_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES outreach."case" (case_id),
    as_of date NOT NULL,
    event text NOT NULL CHECK (event IN (
        'opened', 'reopened', 'reminded', 'urged', 'proposed', 'approved', 'dropped', 'lapsed', 'escalated', 'replied',
        'paused', 'resumed', 'shrunk', 'corrected', 'closed'
    )),
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
    missing integer NOT NULL CHECK (missing >= 0),
    detail jsonb NOT NULL DEFAULT '{}',
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX case_event_case ON outreach.case_event (case_id, case_event_id);
CREATE INDEX case_event_day ON outreach.case_event (as_of, event);

-- What a unit answered, by a file in its folder or by telephone.
CREATE TABLE outreach.reply (
    reply_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_code text NOT NULL REFERENCES reference.unit (unit_code),
    -- the case that was open then
    case_id bigint REFERENCES outreach."case" (case_id),
    code text NOT NULL CHECK (code IN ('lost_forms', 'no_staff', 'late', 'system', 'other')),
    -- the day it answers for; null: every day that was due when it came
    given_on date,
    received_on date NOT NULL,
    -- the last day on which it keeps the mails back
    pause_until date NOT NULL CHECK (pause_until >= received_on - 1),
    source text NOT NULL CHECK (source IN ('file', 'department')),
    -- who recorded it, where the Department did
    recorded_by text CHECK (recorded_by <> ''),
    -- the bytes of the file it came in, and its place there: the same file says nothing twice on one day
    sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    row_number integer,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((source = 'file') = (sha256 IS NOT NULL AND row_number IS NOT NULL)),
    CHECK ((source = 'department') = (recorded_by IS NOT NULL)),
    CONSTRAINT reply_file_row UNIQUE (unit_code, received_on, sha256, row_number)
);
CREATE INDEX reply_unit ON outreach.reply (unit_code, pause_until);

-- Level 3 is proposed and waits for a person.
CREATE TABLE outreach.escalation (
    case_id bigint NOT NULL REFERENCES outreach."case" (case_id),
    proposed_on date NOT NULL,
    -- the last day on which it may be decided
    deadline date NOT NULL CHECK (deadline >= proposed_on),
    status text NOT NULL DEFAULT 'proposed' CHECK (status IN ('proposed', 'approved', 'dropped', 'lapsed')),
    decided_by text CHECK (decided_by <> ''),
    decided_at timestamptz,
    letter_pdf bytea,
    PRIMARY KEY (case_id, proposed_on),
    CHECK ((status = 'proposed') = (decided_at IS NULL)),
    CHECK (status NOT IN ('approved', 'dropped') OR decided_by IS NOT NULL)
);
CREATE UNIQUE INDEX escalation_in_force ON outreach.escalation (case_id) WHERE status IN ('proposed', 'approved');

-- The days on which cases were decided: about an earlier one than the last nothing is decided any more.
CREATE TABLE outreach.case_run (
    as_of date PRIMARY KEY,
    decided_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE outreach.message
-- the case it is a step of; null for receipts, digests and alerts
ADD COLUMN case_id bigint REFERENCES outreach."case" (case_id);
CREATE INDEX message_case ON outreach.message (case_id) WHERE case_id IS NOT NULL;

-- What was told before there were cases becomes cases at level 1. Their clocks start with the next run, so that no
-- unit is urged merely because this was installed.
INSERT INTO outreach."case" (unit_code, opened_on, level, level_on, level_missing)
SELECT
    message.unit_code,
    min(message.as_of) AS opened_on,
    1 AS level,
    max(message.as_of) AS level_on,
    0 AS level_missing
FROM outreach.message_day AS told
INNER JOIN outreach.message AS message ON told.message_id = message.message_id
WHERE message.kind = 'shortfall' AND message.status <> 'superseded' AND told.closed_on IS NULL
GROUP BY message.unit_code;

INSERT INTO outreach.case_day (case_id, given_on, joined_on)
SELECT
    open.case_id,
    told.given_on,
    min(message.as_of) AS joined_on
FROM outreach."case" AS open
INNER JOIN outreach.message AS message ON open.unit_code = message.unit_code
INNER JOIN outreach.message_day AS told ON message.message_id = told.message_id
WHERE message.kind = 'shortfall' AND message.status <> 'superseded' AND told.closed_on IS NULL
GROUP BY open.case_id, told.given_on;

UPDATE outreach."case" AS open
SET level_missing = told.missing
FROM (
    SELECT
        latest.unit_code,
        sum(latest.missing) AS missing
    FROM (
        SELECT DISTINCT ON (message.unit_code, told.given_on)
            message.unit_code,
            told.missing
        FROM outreach.message_day AS told
        INNER JOIN outreach.message AS message ON told.message_id = message.message_id
        WHERE message.kind = 'shortfall' AND message.status <> 'superseded' AND told.closed_on IS NULL
        ORDER BY message.unit_code, told.given_on, message.message_id DESC
    ) AS latest
    GROUP BY latest.unit_code
) AS told
WHERE told.unit_code = open.unit_code;

UPDATE outreach.message AS message
SET case_id = open.case_id
FROM outreach."case" AS open
WHERE
    open.unit_code = message.unit_code
    AND message.kind = 'shortfall'
    AND EXISTS (
        SELECT 1
        FROM outreach.message_day AS told
        WHERE told.message_id = message.message_id AND told.closed_on IS NULL
    );

INSERT INTO outreach.case_event (case_id, as_of, event, level, missing, detail)
SELECT
    open.case_id,
    step.as_of,
    step.event,
    step.level,
    open.level_missing,
    '{"from": "message_day"}'
FROM outreach."case" AS open
CROSS JOIN
    LATERAL (
        VALUES (open.opened_on, 'opened', 0), (open.level_on, 'reminded', 1)
    ) AS step (as_of, event, level)
ORDER BY open.case_id, step.level;

INSERT INTO outreach.case_run (as_of)
SELECT max(message.as_of) AS as_of
FROM outreach.message AS message
WHERE message.kind = 'shortfall'
HAVING max(message.as_of) IS NOT NULL;
