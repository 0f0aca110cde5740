SELECT a.attrelid,
    json_build_array(n.nspname, c.relname, a.attname),
    pg_get_userbyid(c.relowner),
    to_json(a.attacl::text[]),
    NULL,
    json_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'collation', (
            SELECT format('%I.%I', s.nspname, l.collname)
            FROM pg_collation l JOIN pg_namespace s ON s.oid = l.collnamespace
            WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation),
        'not_null', a.attnotnull,
        'not_null_name', k.conname, -- >=18
        'not_null_no_inherit', k.connoinherit, -- >=18
        'not_null_not_valid', NOT k.convalidated, -- >=18
        'not_null_inherited', NOT k.conislocal, -- >=18
        'not_null_comment', obj_description(k.oid, 'pg_constraint'), -- >=18
        'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'generated', CASE WHEN a.attgenerated <> '' THEN format('(%s) %s', pg_get_expr(d.adbin, d.adrelid),
            CASE a.attgenerated WHEN 'v' THEN 'VIRTUAL' ELSE 'STORED' END) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END,
        'storage', CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
        'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END, -- >=14
        'statistics', nullif(a.attstattarget, -1),
        'options', a.attoptions,
        'server_options', a.attfdwoptions,
        'local', a.attislocal),
    a.attnum,
    d.oid
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum -- >=18
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relnamespace = ANY (user_schemas)
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
