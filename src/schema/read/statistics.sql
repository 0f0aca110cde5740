SELECT s.oid,
    json_build_array(n.nspname, s.stxname),
    pg_get_userbyid(s.stxowner),
    NULL,
    NULL,
    json_build_object(
        'table', json_build_array(m.nspname, c.relname),
        'target', nullif(s.stxstattarget, -1), -- >=13
        'definition', pg_get_statisticsobjdef(s.oid))
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace m ON m.oid = c.relnamespace
WHERE s.stxnamespace = ANY (user_schemas) AND NOT is_member('pg_statistic_ext', s.oid)
