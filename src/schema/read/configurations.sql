SELECT c.oid,
    json_build_array(n.nspname, c.cfgname),
    pg_get_userbyid(c.cfgowner),
    NULL,
    NULL,
    json_build_object(
        'parser', format('%I.%I', s.nspname, p.prsname),
        'mappings', (
            SELECT json_agg(m.alias || ' WITH ' || m.dictionaries ORDER BY m.tokid) FROM (
                SELECT k.tokid, k.alias,
                    string_agg(format('%I.%I', ds.nspname, d.dictname), ', ' ORDER BY m.mapseqno) AS dictionaries
                FROM pg_ts_config_map m
                JOIN ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype
                JOIN pg_ts_dict d ON d.oid = m.mapdict
                JOIN pg_namespace ds ON ds.oid = d.dictnamespace
                WHERE m.mapcfg = c.oid
                GROUP BY k.tokid, k.alias) m))
FROM pg_ts_config c
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace s ON s.oid = p.prsnamespace
JOIN pg_namespace n ON n.oid = c.cfgnamespace
WHERE c.cfgnamespace = ANY (user_schemas) AND NOT is_member('pg_ts_config', c.oid)
