SELECT m.oid,
    json_build_array(i.type, i.identity),
    pg_get_userbyid(m.owner),
    to_json(m.acl::text[]),
    to_json(coalesce(p.initprivs, acldefault(m.kind, m.owner))::text[]),
    '{}',
    m.class
FROM (
    SELECT 'pg_class'::regclass AS class, c.oid, c.relowner AS owner, c.relacl AS acl,
        CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END AS kind
    FROM pg_class c
    UNION ALL
    SELECT 'pg_proc', f.oid, f.proowner, f.proacl, 'f' FROM pg_proc f
    UNION ALL
    SELECT 'pg_type', t.oid, t.typowner, t.typacl, 'T' FROM pg_type t
    UNION ALL
    SELECT 'pg_namespace', n.oid, n.nspowner, n.nspacl, 'n' FROM pg_namespace n
) m
LEFT JOIN pg_init_privs p ON p.classoid = m.class AND p.objoid = m.oid AND p.objsubid = 0
CROSS JOIN LATERAL pg_identify_object(m.class, m.oid, 0) i
WHERE m.acl IS NOT NULL AND (m.oid < 16384 AND i.schema = 'pg_catalog' OR is_member(m.class, m.oid))
    AND m.acl IS DISTINCT FROM coalesce(p.initprivs, acldefault(m.kind, m.owner))
