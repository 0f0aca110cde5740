SELECT i.oid,
    json_build_array(n.nspname, c.relname, i.relname),
    NULL,
    NULL,
    NULL,
    json_build_object(
        'definition', pg_get_indexdef(i.oid),
        'invalid', i.relkind = 'i' AND NOT x.indisvalid,
        'statistics', (SELECT json_agg(a.attnum || ' SET STATISTICS ' || a.attstattarget ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = i.oid AND a.attstattarget >= 0),
        'parent', (SELECT json_build_array(m.nspname, p.relname)
            FROM pg_inherits h
            JOIN pg_class p ON p.oid = h.inhparent
            JOIN pg_namespace m ON m.oid = p.relnamespace
            WHERE h.inhrelid = i.oid))
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace = ANY (user_schemas)
    AND NOT EXISTS (SELECT FROM pg_constraint k
        WHERE k.conrelid = c.oid AND k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
