SELECT c.oid,
    json_build_array(n.nspname, c.relname),
    pg_get_userbyid(c.relowner),
    to_json(c.relacl::text[]),
    CASE WHEN c.relacl IS NOT NULL THEN to_json(acldefault('r', c.relowner)::text[]) END,
    json_build_object(
        'unlogged', c.relpersistence = 'u',
        'partition_by', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
        'bound', pg_get_expr(c.relpartbound, c.oid),
        'parents', (
            SELECT json_agg(json_build_array(m.nspname, p.relname) ORDER BY i.inhseqno)
            FROM pg_inherits i
            JOIN pg_class p ON p.oid = i.inhparent
            JOIN pg_namespace m ON m.oid = p.relnamespace
            WHERE i.inhrelid = c.oid),
        'of_type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
        'access_method', (SELECT m.amname FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'),
        'options', c.reloptions || (SELECT array_agg('toast.' || o) FROM unnest(t.reloptions) o),
        'row_security', c.relrowsecurity,
        'force_row_security', c.relforcerowsecurity,
        'replica_identity', CASE c.relreplident
            WHEN 'n' THEN CASE WHEN c.relkind <> 'f' THEN 'NOTHING' END
            WHEN 'f' THEN 'FULL'
            END,
        'identified_by', CASE c.relreplident WHEN 'i' THEN (SELECT i.relname FROM pg_index x
            JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisreplident) END,
        'clustered_on', (SELECT i.relname FROM pg_index x
            JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisclustered),
        'server', s.srvname,
        'server_options', f.ftoptions)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver
WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = ANY (user_schemas) AND NOT is_member('pg_class', c.oid)
