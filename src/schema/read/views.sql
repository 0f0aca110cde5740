SELECT c.oid,
    json_build_array(n.nspname, c.relname),
    pg_get_userbyid(c.relowner),
    to_json(c.relacl::text[]),
    CASE WHEN c.relacl IS NOT NULL THEN to_json(acldefault('r', c.relowner)::text[]) END,
    json_build_object(
        'materialized', c.relkind = 'm',
        'definition', pg_get_viewdef(c.oid),
        'options', c.reloptions || (SELECT array_agg('toast.' || o) FROM unnest(t.reloptions) o),
        'access_method', (SELECT m.amname FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'),
        'clustered_on', (SELECT i.relname FROM pg_index x
            JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisclustered),
        'populated', c.relkind = 'm' AND c.relispopulated)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.relkind IN ('v', 'm') AND c.relnamespace = ANY (user_schemas) AND NOT is_member('pg_class', c.oid)
