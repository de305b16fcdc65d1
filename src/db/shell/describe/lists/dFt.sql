# List of text search templates
  SELECT
    n.nspname AS "Schema",
    t.tmplname AS "Name",
+   t.tmplinit::pg_catalog.regproc AS "Init",
+   t.tmpllexize::pg_catalog.regproc AS "Lexize",
    pg_catalog.obj_description(t.oid, 'pg_ts_template') AS "Description"
  FROM pg_catalog.pg_ts_template t
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace
  {t.tmplname||n.nspname|pg_catalog.pg_ts_template_is_visible(t.oid)|00}
  ORDER BY 1, 2;
