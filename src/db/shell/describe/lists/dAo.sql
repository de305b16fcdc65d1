# List of operators of operator families
  SELECT am.amname AS "AM",
    CASE WHEN pg_catalog.pg_opfamily_is_visible(of.oid) THEN pg_catalog.format('%I', of.opfname)
      ELSE pg_catalog.format('%I.%I', nsf.nspname, of.opfname) END AS "Operator family",
    o.amopopr::pg_catalog.regoperator AS "Operator",
    o.amopstrategy AS "Strategy",
    CASE o.amoppurpose WHEN 'o' THEN 'ordering' WHEN 's' THEN 'search' END AS "Purpose"
+   , ofs.opfname AS "Sort opfamily"
  FROM pg_catalog.pg_amop o
    LEFT JOIN pg_catalog.pg_opfamily of ON of.oid = o.amopfamily
    LEFT JOIN pg_catalog.pg_am am ON am.oid = of.opfmethod AND am.oid = o.amopmethod
    LEFT JOIN pg_catalog.pg_namespace nsf ON of.opfnamespace = nsf.oid
+   LEFT JOIN pg_catalog.pg_opfamily ofs ON ofs.oid = o.amopsortfamily
  {am.amname||||00}
 2{of.opfname||nsf.nspname||ww}
  ORDER BY 1, 2,
    o.amoplefttype = o.amoprighttype DESC,
    pg_catalog.format_type(o.amoplefttype, NULL),
    pg_catalog.format_type(o.amoprighttype, NULL),
    o.amopstrategy;
