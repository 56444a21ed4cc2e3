-- How a person stands, for whoever may have to put it back: itself, its numbers and its phones.
CREATE FUNCTION registry.person_as_it_stands(wanted bigint) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        jsonb_build_object(
            'person', to_jsonb(person),
            'identifiers', coalesce(
                (
                    SELECT jsonb_agg(to_jsonb(held))
                    FROM registry.person_identifier AS held
                    WHERE held.person_id = person.person_id
                ), '[]'
            ),
            'phones', coalesce(
                (
                    SELECT jsonb_agg(reached.phone)
                    FROM registry.person_phone AS reached
                    WHERE reached.person_id = person.person_id
                ), '[]'
            )
        )
    FROM registry.person
    WHERE person.person_id = person_as_it_stands.wanted;
END;
