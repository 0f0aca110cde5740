SELECT d.oid,
    json_build_array(pg_get_userbyid(d.defaclrole), coalesce(n.nspname, ''), CASE d.defaclobjtype
        WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
        WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END),
    pg_get_userbyid(d.defaclrole),
    to_json(d.defaclacl::text[]),
    CASE d.defaclnamespace WHEN 0 THEN to_json(acldefault(
        CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)::text[]) END,
    '{}'
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
WHERE d.defaclnamespace = 0 OR d.defaclnamespace = ANY (user_schemas)
