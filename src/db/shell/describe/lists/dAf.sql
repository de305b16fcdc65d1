# List of operator families
  SELECT am.amname AS "AM",
    CASE WHEN pg_catalog.pg_opfamily_is_visible(f.oid) THEN pg_catalog.format('%I', f.opfname)
      ELSE pg_catalog.format('%I.%I', n.nspname, f.opfname) END AS "Operator family",
    (SELECT pg_catalog.string_agg(pg_catalog.format_type(oc.opcintype, NULL), ', ')
     FROM pg_catalog.pg_opclass oc WHERE oc.opcfamily = f.oid) "Applicable types"
+   , pg_catalog.pg_get_userbyid(f.opfowner) AS "Owner"
  FROM pg_catalog.pg_opfamily f
    LEFT JOIN pg_catalog.pg_am am on am.oid = f.opfmethod
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
  WHERE true
  {am.amname||||11}
 2  AND EXISTS (SELECT 1 FROM pg_catalog.pg_type t
 2    JOIN pg_catalog.pg_opclass oc ON oc.opcintype = t.oid
 2    LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
 2    WHERE oc.opcfamily = f.oid
 2{t.typname|pg_catalog.format_type(t.oid, NULL)|tn.nspname|pg_catalog.pg_type_is_visible(t.oid)|11}
 2  )
  ORDER BY 1, 2;
