SELECT t.oid,
    json_build_array(n.nspname, t.typname),
    pg_get_userbyid(t.typowner),
    to_json(t.typacl::text[]),
    to_json(acldefault('T', t.typowner)::text[]),
    json_build_object('labels', (
        SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND t.typnamespace = ANY (user_schemas) AND NOT is_member('pg_type', t.oid)
