# List of collations
  SELECT n.nspname AS "Schema",
         c.collname AS "Name",
         c.collcollate AS "Collate",
         c.collctype AS "Ctype",
         c.colliculocale AS "ICU Locale",
         CASE c.collprovider WHEN 'd' THEN 'default' WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' END AS "Provider",
-        CASE WHEN c.collisdeterministic THEN 'yes' ELSE 'no' END AS "Deterministic?"
+        CASE WHEN c.collisdeterministic THEN 'yes' ELSE 'no' END AS "Deterministic?",
+        pg_catalog.obj_description(c.oid, 'pg_collation') AS "Description"
  FROM pg_catalog.pg_collation c, pg_catalog.pg_namespace n
  WHERE n.oid = c.collnamespace
 o      AND n.nspname <> 'pg_catalog'
 o      AND n.nspname <> 'information_schema'
        AND c.collencoding IN (-1, pg_catalog.pg_char_to_encoding(pg_catalog.getdatabaseencoding()))
  {c.collname||n.nspname|pg_catalog.pg_collation_is_visible(c.oid)|11}
  ORDER BY 1, 2;
