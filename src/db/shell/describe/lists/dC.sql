# List of casts
  SELECT pg_catalog.format_type(castsource, NULL) AS "Source type",
         pg_catalog.format_type(casttarget, NULL) AS "Target type",
         CASE WHEN c.castmethod = 'b' THEN '(binary coercible)'
              WHEN c.castmethod = 'i' THEN '(with inout)'
              ELSE p.proname
         END AS "Function",
         CASE WHEN c.castcontext = 'e' THEN 'no'
              WHEN c.castcontext = 'a' THEN 'in assignment'
              ELSE 'yes'
         END AS "Implicit?"
+        , d.description AS "Description"
  FROM pg_catalog.pg_cast c LEFT JOIN pg_catalog.pg_proc p ON c.castfunc = p.oid
       LEFT JOIN pg_catalog.pg_type ts ON c.castsource = ts.oid
       LEFT JOIN pg_catalog.pg_namespace ns ON ns.oid = ts.typnamespace
       LEFT JOIN pg_catalog.pg_type tt ON c.casttarget = tt.oid
       LEFT JOIN pg_catalog.pg_namespace nt ON nt.oid = tt.typnamespace
+      LEFT JOIN pg_catalog.pg_description d ON d.classoid = c.tableoid AND d.objoid = c.oid AND d.objsubid = 0
  WHERE ( (true
  {ts.typname|pg_catalog.format_type(ts.oid, NULL)|ns.nspname|pg_catalog.pg_type_is_visible(ts.oid)|11}
  ) OR (true
  {tt.typname|pg_catalog.format_type(tt.oid, NULL)|nt.nspname|pg_catalog.pg_type_is_visible(tt.oid)|11}
  ) )
  ORDER BY 1, 2;
