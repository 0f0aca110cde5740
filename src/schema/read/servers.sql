SELECT s.oid,
    json_build_array(s.srvname),
    pg_get_userbyid(s.srvowner),
    to_json(s.srvacl::text[]),
    to_json(acldefault('S', s.srvowner)::text[]),
    json_build_object(
        'wrapper', w.fdwname,
        'type', s.srvtype,
        'version', s.srvversion,
        'options', s.srvoptions)
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE NOT is_member('pg_foreign_server', s.oid)
