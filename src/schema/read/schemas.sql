SELECT n.oid,
    json_build_array(n.nspname),
    pg_get_userbyid(n.nspowner),
    to_json(n.nspacl::text[]),
    to_json(acldefault('n', n.nspowner)::text[]),
    '{}'
FROM pg_namespace n
WHERE n.oid = ANY (user_schemas) AND NOT is_member('pg_namespace', n.oid)
