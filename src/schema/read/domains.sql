SELECT t.oid,
    json_build_array(n.nspname, t.typname),
    pg_get_userbyid(t.typowner),
    to_json(t.typacl::text[]),
    to_json(acldefault('T', t.typowner)::text[]),
    json_build_object(
        'type', format_type(t.typbasetype, t.typtypmod),
        'collation', (
            SELECT format('%I.%I', s.nspname, c.collname)
            FROM pg_collation c JOIN pg_namespace s ON s.oid = c.collnamespace
            WHERE c.oid = t.typcollation AND t.typcollation <> b.typcollation),
        'default', coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)),
        'not_null_name', (SELECT k.conname FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n'), -- >=17
        'not_null', t.typnotnull)
FROM pg_type t
JOIN pg_type b ON b.oid = t.typbasetype
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND t.typnamespace = ANY (user_schemas) AND NOT is_member('pg_type', t.oid)
