SELECT m.oid,
    CASE WHEN m.name IS NULL THEN json_build_array(i.type, i.identity)
        ELSE json_build_array('column', i.identity, m.name) END,
    pg_get_userbyid(m.owner),
    to_json(coalesce(m.acl, '{}')::text[]),
    to_json(m.usual::text[]),
    '{}',
    m.class
FROM (
    SELECT m.*, coalesce(p.initprivs, CASE WHEN m.name IS NULL THEN acldefault(m.kind, m.owner) ELSE '{}' END) AS usual
    FROM (
        SELECT 'pg_class'::regclass AS class, c.oid, 0 AS sub, NULL AS name, c.relowner AS owner, c.relacl AS acl,
            CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END AS kind
        FROM pg_class c
        UNION ALL
        SELECT 'pg_class', c.oid, a.attnum, a.attname, c.relowner, a.attacl, 'c'
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        UNION ALL
        SELECT 'pg_proc', f.oid, 0, NULL, f.proowner, f.proacl, 'f' FROM pg_proc f
        UNION ALL
        SELECT 'pg_type', t.oid, 0, NULL, t.typowner, t.typacl, 'T' FROM pg_type t
        UNION ALL
        SELECT 'pg_namespace', n.oid, 0, NULL, n.nspowner, n.nspacl, 'n' FROM pg_namespace n
        UNION ALL
        SELECT 'pg_language', l.oid, 0, NULL, l.lanowner, l.lanacl, 'l' FROM pg_language l
        UNION ALL
        SELECT 'pg_foreign_data_wrapper', w.oid, 0, NULL, w.fdwowner, w.fdwacl, 'F' FROM pg_foreign_data_wrapper w
    ) m
    LEFT JOIN pg_init_privs p ON p.classoid = m.class AND p.objoid = m.oid AND p.objsubid = m.sub
    WHERE m.acl IS NOT NULL OR m.sub > 0 AND p.initprivs IS NOT NULL
) m
CROSS JOIN LATERAL pg_identify_object(m.class, m.oid, 0) i
WHERE (m.oid < 16384 AND (i.schema = 'pg_catalog' OR i.type = 'language') OR is_member(m.class, m.oid))
    AND coalesce(m.acl, '{}') IS DISTINCT FROM m.usual
