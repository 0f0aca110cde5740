SELECT p.oid,
    json_build_array(p.pubname),
    pg_get_userbyid(p.pubowner),
    NULL,
    NULL,
    json_build_object(
        'all_tables', p.puballtables,
        'options', array_remove(ARRAY[
            CASE WHEN NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate)
                THEN 'publish = ' || quote_literal(concat_ws(', ',
                    CASE WHEN p.pubinsert THEN 'insert' END,
                    CASE WHEN p.pubupdate THEN 'update' END,
                    CASE WHEN p.pubdelete THEN 'delete' END,
                    CASE WHEN p.pubtruncate THEN 'truncate' END)) END,
            CASE WHEN p.pubviaroot THEN 'publish_via_partition_root = true' END, -- >=13
            CASE p.pubgencols WHEN 's' THEN 'publish_generated_columns = stored' END, -- >=18
            NULL
        ], NULL),
        'schemas', (SELECT json_agg(n.nspname ORDER BY n.nspname) -- >=15
            FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid), -- >=15
        'tables', (
            SELECT json_agg(t.line ORDER BY t.line) FROM (
                SELECT format('%I.%I', n.nspname, c.relname)
                    || coalesce((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' -- >=15
                        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)), '') -- >=15
                    || coalesce(' WHERE (' || pg_get_expr(r.prqual, c.oid) || ')', '') -- >=15
                    AS line
                FROM pg_publication_rel r
                JOIN pg_class c ON c.oid = r.prrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE r.prpubid = p.oid) t))
FROM pg_publication p
WHERE NOT is_member('pg_publication', p.oid)
