SELECT c.oid,
    json_build_array(n.nspname, c.relname),
    pg_get_userbyid(c.relowner),
    to_json(c.relacl::text[]),
    CASE WHEN c.relacl IS NOT NULL THEN to_json(acldefault('s', c.relowner)::text[]) END,
    json_build_object(
        'type', format_type(s.seqtypid, NULL),
        'start', s.seqstart,
        'increment', s.seqincrement,
        'minimum', s.seqmin,
        'maximum', s.seqmax,
        'cache', s.seqcache,
        'cycle', s.seqcycle,
        'unlogged', c.relpersistence = 'u',
        'identity', d.deptype IS NOT DISTINCT FROM 'i',
        'owned_by', CASE WHEN o.oid IS NOT NULL THEN json_build_array(m.nspname, o.relname, a.attname) END)
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class o ON o.oid = d.refobjid
LEFT JOIN pg_namespace m ON m.oid = o.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relnamespace = ANY (user_schemas) AND NOT is_member('pg_class', c.oid)
    AND NOT (o.oid IS NOT NULL AND is_member('pg_class', o.oid))
