SELECT c.oid,
    json_build_array(n.nspname, c.collname),
    pg_get_userbyid(c.collowner),
    NULL,
    NULL,
    json_build_object('options', array_remove(ARRAY[
        'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
        CASE WHEN c.collprovider = 'i' THEN 'locale = ' || quote_literal(c.collcollate) END, -- <15
        'locale = ' || quote_literal(c.colliculocale), -- 15-16
        'locale = ' || quote_literal(c.colllocale), -- >=17
        'rules = ' || quote_literal(c.collicurules), -- >=16
        CASE WHEN c.collprovider = 'c' THEN 'lc_collate = ' || quote_literal(c.collcollate) END,
        CASE WHEN c.collprovider = 'c' THEN 'lc_ctype = ' || quote_literal(c.collctype) END,
        CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END
    ], NULL))
FROM pg_collation c
JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.collnamespace = ANY (user_schemas) AND NOT is_member('pg_collation', c.oid)
