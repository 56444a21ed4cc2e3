-- Working tables of a batch in which corrections stand: what ties its rows to each other.
-- A tie: something by which a row finds a person or a record. kind `number`, `name` (with the year of birth),
-- `record_id` (with the unit), `entry` (hash of the record), `person` (of the registry).
CREATE TEMPORARY TABLE batch_tie (
    seq bigint NOT NULL,
    kind text NOT NULL,
    value text NOT NULL
) ON COMMIT DROP;

-- The ties that corrections reach; `label`: the first correction that they are tied to; `round` that found it.
CREATE TEMPORARY TABLE batch_reached (
    kind text NOT NULL,
    value text NOT NULL,
    label bigint NOT NULL,
    round integer NOT NULL,
    PRIMARY KEY (kind, value)
) ON COMMIT DROP;

CREATE TEMPORARY TABLE batch_tied (
    seq bigint PRIMARY KEY,
    label bigint NOT NULL,
    round integer NOT NULL
) ON COMMIT DROP;

-- What the registry ties together beyond the batch: both ways.
CREATE TEMPORARY TABLE batch_bond (
    kind text NOT NULL,
    value text NOT NULL,
    other_kind text NOT NULL,
    other_value text NOT NULL
) ON COMMIT DROP
