# List of access methods
  SELECT amname AS "Name",
-   CASE amtype WHEN 'i' THEN 'Index' WHEN 't' THEN 'Table' END AS "Type"
+   CASE amtype WHEN 'i' THEN 'Index' WHEN 't' THEN 'Table' END AS "Type",
+   amhandler AS "Handler",
+   pg_catalog.obj_description(oid, 'pg_am') AS "Description"
  FROM pg_catalog.pg_am
  {amname||||00}
  ORDER BY 1;
