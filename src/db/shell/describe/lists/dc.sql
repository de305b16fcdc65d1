# List of conversions
  SELECT n.nspname AS "Schema",
         c.conname AS "Name",
         pg_catalog.pg_encoding_to_char(c.conforencoding) AS "Source",
         pg_catalog.pg_encoding_to_char(c.contoencoding) AS "Destination",
         CASE WHEN c.condefault THEN 'yes'
-        ELSE 'no' END AS "Default?"
+        ELSE 'no' END AS "Default?",
+        d.description AS "Description"
  FROM pg_catalog.pg_conversion c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
+ LEFT JOIN pg_catalog.pg_description d ON d.classoid = c.tableoid
+           AND d.objoid = c.oid AND d.objsubid = 0
  WHERE true
 o  AND n.nspname <> 'pg_catalog'
 o  AND n.nspname <> 'information_schema'
  {c.conname||n.nspname|pg_catalog.pg_conversion_is_visible(c.oid)|11}
  ORDER BY 1, 2;
