SELECT p.oid,
    json_build_array(n.nspname, p.proname, '(' || oidvectortypes(p.proargtypes) || ')'),
    pg_get_userbyid(p.proowner),
    to_json(p.proacl::text[]),
    CASE WHEN p.proacl IS NOT NULL THEN to_json(acldefault('f', p.proowner)::text[]) END,
    json_build_object(
        'procedure', p.prokind = 'p',
        'arguments', CASE p.prokind WHEN 'p' THEN pg_get_function_identity_arguments(p.oid) END,
        'definition', pg_get_functiondef(p.oid))
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind <> 'a' AND p.pronamespace = ANY (user_schemas) AND NOT is_member('pg_proc', p.oid) AND NOT is_internal('pg_proc', p.oid)
