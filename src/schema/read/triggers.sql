SELECT t.oid,
    json_build_array(n.nspname, c.relname, t.tgname),
    NULL,
    NULL,
    NULL,
    json_build_object(
        'definition', pg_get_triggerdef(t.oid),
        'enabled', CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
            WHEN 'A' THEN 'ENABLE ALWAYS' END,
        'inherited', t.tgparentid <> 0) -- >=13
        'inherited', false) -- <13
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger p ON p.oid = t.tgparentid -- >=13
WHERE c.relnamespace = ANY (user_schemas)
    AND (NOT t.tgisinternal AND t.tgparentid = 0 OR t.tgenabled <> p.tgenabled) -- >=13
    AND NOT t.tgisinternal -- <13
