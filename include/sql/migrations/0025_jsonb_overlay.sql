-- What several objects say, the last word on each key: {"a": 1, "b": 1}, {"b": 2} → {"a": 1, "b": 2}.
CREATE AGGREGATE registry.jsonb_overlay (jsonb)(
    SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}'
);
