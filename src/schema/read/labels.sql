SELECT 0, json_build_array('security label on ' || l.objtype, l.objname), NULL, NULL, NULL,
    json_build_object('definition', format('%s: %s', l.provider, l.label))
FROM pg_seclabels l
