SELECT t.oid,
    json_build_array(n.nspname, t.typname),
    pg_get_userbyid(t.typowner),
    to_json(t.typacl::text[]),
    to_json(acldefault('T', t.typowner)::text[]),
    json_build_object('options', array_remove(ARRAY[
        'subtype = ' || format_type(r.rngsubtype, NULL),
        (SELECT 'subtype_opclass = ' || format('%I.%I', s.nspname, o.opcname)
            FROM pg_opclass o JOIN pg_namespace s ON s.oid = o.opcnamespace
            WHERE o.oid = r.rngsubopc AND NOT o.opcdefault),
        (SELECT 'collation = ' || format('%I.%I', s.nspname, c.collname)
            FROM pg_collation c JOIN pg_namespace s ON s.oid = c.collnamespace
            WHERE c.oid = r.rngcollation AND c.oid <> b.typcollation),
        CASE WHEN r.rngcanonical <> 0 THEN 'canonical = ' || r.rngcanonical END,
        CASE WHEN r.rngsubdiff <> 0 THEN 'subtype_diff = ' || r.rngsubdiff END,
        'multirange_type_name = ' || format_type(r.rngmultitypid, NULL), -- >=14
        NULL
    ], NULL))
FROM pg_type t
JOIN pg_range r ON r.rngtypid = t.oid
JOIN pg_type b ON b.oid = r.rngsubtype
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'r' AND t.typnamespace = ANY (user_schemas) AND NOT is_member('pg_type', t.oid)
