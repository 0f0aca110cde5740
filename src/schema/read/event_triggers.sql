SELECT e.oid,
    json_build_array(e.evtname),
    pg_get_userbyid(e.evtowner),
    NULL,
    NULL,
    json_build_object(
        'event', e.evtevent,
        'tags', e.evttags,
        'function', e.evtfoid::regproc,
        'enabled', CASE e.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
            WHEN 'A' THEN 'ENABLE ALWAYS' END)
FROM pg_event_trigger e
WHERE NOT is_member('pg_event_trigger', e.oid)
