SELECT d.oid,
    json_build_array(n.nspname, d.dictname),
    pg_get_userbyid(d.dictowner),
    NULL,
    NULL,
    json_build_object('template', format('%I.%I', s.nspname, t.tmplname), 'options', d.dictinitoption)
FROM pg_ts_dict d
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace s ON s.oid = t.tmplnamespace
JOIN pg_namespace n ON n.oid = d.dictnamespace
WHERE d.dictnamespace = ANY (user_schemas) AND NOT is_member('pg_ts_dict', d.oid)
