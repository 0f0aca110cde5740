SELECT u.oid,
    json_build_array(i.type, i.identity),
    NULL,
    NULL,
    NULL,
    '{}',
    u.class
FROM (
    SELECT 'pg_opclass'::regclass AS class, oid FROM pg_opclass WHERE opcnamespace = ANY (user_schemas)
    UNION ALL
    SELECT 'pg_opfamily', f.oid FROM pg_opfamily f
    WHERE f.opfnamespace = ANY (user_schemas)
        AND NOT EXISTS (SELECT FROM pg_opclass c WHERE c.opcfamily = f.oid AND c.opcname = f.opfname)
    UNION ALL
    SELECT 'pg_am', oid FROM pg_am WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_language', oid FROM pg_language WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_transform', oid FROM pg_transform WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_conversion', oid FROM pg_conversion WHERE connamespace = ANY (user_schemas)
    UNION ALL
    SELECT 'pg_ts_parser', oid FROM pg_ts_parser WHERE prsnamespace = ANY (user_schemas)
    UNION ALL
    SELECT 'pg_ts_template', oid FROM pg_ts_template WHERE tmplnamespace = ANY (user_schemas)
    UNION ALL
    SELECT 'pg_foreign_data_wrapper', oid FROM pg_foreign_data_wrapper WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_user_mapping', umid FROM pg_user_mappings
    UNION ALL
    SELECT 'pg_type', t.oid FROM pg_type t
    WHERE t.typtype IN ('b', 'p') AND t.typnamespace = ANY (user_schemas)
        AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
) u
CROSS JOIN LATERAL pg_identify_object(u.class, u.oid, 0) i
WHERE NOT is_member(u.class, u.oid)
UNION ALL
SELECT 0, json_build_array('subscription', s.subname), NULL, NULL, NULL, '{}', 'pg_subscription'
FROM pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
