SELECT t.oid,
    json_build_array(n.nspname, t.typname),
    pg_get_userbyid(t.typowner),
    to_json(t.typacl::text[]),
    to_json(acldefault('T', t.typowner)::text[]),
    '{}'
FROM pg_type t
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'c' AND t.typnamespace = ANY (user_schemas) AND NOT is_member('pg_type', t.oid)
