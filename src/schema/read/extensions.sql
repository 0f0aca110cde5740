SELECT e.oid,
    json_build_array(e.extname),
    pg_get_userbyid(e.extowner),
    NULL,
    NULL,
    json_build_object(
        'schema', n.nspname,
        'version', e.extversion,
        'usual_version', a.default_version,
        'usual_comment', a.comment)
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_available_extensions() a ON a.name = e.extname
WHERE e.oid >= 16384
