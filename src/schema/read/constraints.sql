SELECT k.oid,
    json_build_array(n.nspname, coalesce(c.relname, t.typname), k.conname),
    NULL,
    NULL,
    NULL,
    json_build_object(
        'domain', k.contypid <> 0,
        'type', CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique'
            WHEN 'x' THEN 'exclude' WHEN 'f' THEN 'foreign key' ELSE 'check' END,
        'definition', pg_get_constraintdef(k.oid),
        'options', i.reloptions,
        'index_comment', obj_description(i.oid, 'pg_class'),
        'valid', k.convalidated,
        'parent', (SELECT json_build_array(m.nspname, p.relname)
            FROM pg_inherits h
            JOIN pg_class p ON p.oid = h.inhparent
            JOIN pg_namespace m ON m.oid = p.relnamespace
            WHERE h.inhrelid = i.oid))
FROM pg_constraint k
LEFT JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_type t ON t.oid = k.contypid
LEFT JOIN pg_class i ON i.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
WHERE k.connamespace = ANY (user_schemas)
    AND (k.contype IN ('p', 'u', 'x') OR k.contype IN ('c', 'f') AND k.conislocal AND k.conparentid = 0)
