SELECT o.oid,
    json_build_array(n.nspname, o.oprname, format('(%s, %s)',
        CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
        CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END)),
    pg_get_userbyid(o.oprowner),
    NULL,
    NULL,
    json_build_object('options', array_remove(ARRAY[
        'PROCEDURE = ' || o.oprcode,
        CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || format_type(o.oprleft, NULL) END,
        CASE WHEN o.oprright <> 0 THEN 'RIGHTARG = ' || format_type(o.oprright, NULL) END,
        (SELECT 'COMMUTATOR = ' || format('OPERATOR(%I.%s)', s.nspname, c.oprname)
            FROM pg_operator c JOIN pg_namespace s ON s.oid = c.oprnamespace WHERE c.oid = o.oprcom),
        (SELECT 'NEGATOR = ' || format('OPERATOR(%I.%s)', s.nspname, c.oprname)
            FROM pg_operator c JOIN pg_namespace s ON s.oid = c.oprnamespace WHERE c.oid = o.oprnegate),
        CASE WHEN o.oprrest <> 0 THEN 'RESTRICT = ' || o.oprrest END,
        CASE WHEN o.oprjoin <> 0 THEN 'JOIN = ' || o.oprjoin END,
        CASE WHEN o.oprcanmerge THEN 'MERGES' END,
        CASE WHEN o.oprcanhash THEN 'HASHES' END
    ], NULL))
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oprcode <> 0 AND o.oprnamespace = ANY (user_schemas) AND NOT is_member('pg_operator', o.oid)
