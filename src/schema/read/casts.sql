SELECT c.oid,
    json_build_array(format('(%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL))),
    NULL,
    NULL,
    NULL,
    json_build_object(
        'method', CASE c.castmethod
            WHEN 'b' THEN 'WITHOUT FUNCTION'
            WHEN 'i' THEN 'WITH INOUT'
            ELSE 'WITH FUNCTION ' || c.castfunc::regprocedure END,
        'context', CASE c.castcontext WHEN 'i' THEN 'AS IMPLICIT' WHEN 'a' THEN 'AS ASSIGNMENT' END)
FROM pg_cast c
WHERE c.oid >= 16384 AND NOT is_member('pg_cast', c.oid) AND NOT is_internal('pg_cast', c.oid)
