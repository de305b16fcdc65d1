# List of support functions of operator families
  SELECT am.amname AS "AM",
    CASE WHEN pg_catalog.pg_opfamily_is_visible(of.oid) THEN pg_catalog.format('%I', of.opfname)
      ELSE pg_catalog.format('%I.%I', ns.nspname, of.opfname) END AS "Operator family",
    pg_catalog.format_type(ap.amproclefttype, NULL) AS "Registered left type",
    pg_catalog.format_type(ap.amprocrighttype, NULL) AS "Registered right type",
    ap.amprocnum AS "Number",
-   p.proname AS "Function"
+   ap.amproc::pg_catalog.regprocedure AS "Function"
  FROM pg_catalog.pg_amproc ap
    LEFT JOIN pg_catalog.pg_opfamily of ON of.oid = ap.amprocfamily
    LEFT JOIN pg_catalog.pg_am am ON am.oid = of.opfmethod
    LEFT JOIN pg_catalog.pg_namespace ns ON of.opfnamespace = ns.oid
    LEFT JOIN pg_catalog.pg_proc p ON ap.amproc = p.oid
  {am.amname||||00}
 2{of.opfname||ns.nspname||ww}
  ORDER BY 1, 2,
    ap.amproclefttype = ap.amprocrighttype DESC,
    3, 4, 5;
