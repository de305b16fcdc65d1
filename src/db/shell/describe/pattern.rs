//! Patterns of names: `sch*.tab?e`, `"Exact"."Name"` (`patternToSQLRegex`, `processSQLNamePattern`).

use crate::db::sql::literal;

/// What a pattern is matched against.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Against<'a> {
    /// The column with the schema; nothing where names have none.
    pub(super) schema: Option<&'a str>,
    /// The column with the name.
    pub(super) name: &'a str,
    /// Another column with the name.
    pub(super) other: Option<&'a str>,
    /// What holds for what is found without its schema.
    pub(super) visible: Option<&'a str>,
    /// How many parts a pattern may have, where that is not three with a schema and one without; the first of two or
    /// three must be the database that is connected to.
    pub(super) parts: Option<usize>,
}

/// The parts of a pattern as regular expressions, the last first, and the database as it was written.
struct Parts {
    expressions: Vec<String>,
    database: String,
    dots: usize,
}

/// The conditions of a pattern, each on a line of its own that begins with `WHERE` or `  AND`; the error is psql's.
pub(super) fn conditions(
    pattern: Option<&str>,
    has_where: bool,
    against: Against<'_>,
    database: &str,
) -> Result<String, String> {
    let mut clauses = Vec::new();
    match pattern {
        None => clauses.extend(against.visible.map(str::to_owned)),
        Some(pattern) => {
            let columns = if against.schema.is_some() { 3 } else { 1 };
            let parts = split(pattern, columns);
            let most = against.parts.unwrap_or(columns);
            if parts.dots >= most {
                return Err(format!("improper qualified name (too many dotted names): {pattern}"));
            }
            if most > 1 && parts.dots == most - 1 && parts.database != database {
                return Err(format!("cross-database references are not implemented: {pattern}"));
            }
            matched(&parts.expressions, against, &mut clauses);
        }
    }
    let lines = clauses.iter().enumerate().map(|(index, clause)| {
        let word = if has_where || index > 0 { "  AND " } else { "WHERE " };
        format!("{word}{clause}\n")
    });
    Ok(lines.collect())
}

fn matched(expressions: &[String], against: Against<'_>, clauses: &mut Vec<String>) {
    let any = |expression: &str| expression == "^(.*)$" || expression == "^()$";
    let test = |column: &str, expression: &str| {
        format!("{column} OPERATOR(pg_catalog.~) {} COLLATE pg_catalog.default", literal(expression))
    };
    if let Some(name) = expressions.first().filter(|name| !any(name)) {
        clauses.push(match against.other {
            Some(other) => format!("({}\n        OR {})", test(against.name, name), test(other, name)),
            None => test(against.name, name),
        });
    }
    match (expressions.get(1), against.schema) {
        (Some(schema), Some(column)) => {
            if !any(schema) {
                clauses.push(test(column, schema));
            }
        }
        _ => clauses.extend(against.visible.map(str::to_owned)),
    }
}

fn split(pattern: &str, most: usize) -> Parts {
    let mut parts = vec!["^(".to_owned()];
    let (mut database, mut left, mut dots, mut quoted) = (String::new(), true, 0, false);
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let mut plain = c;
        let text = match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                "\"".to_owned()
            }
            '"' => {
                quoted = !quoted;
                continue;
            }
            '*' if !quoted => ".*".to_owned(),
            '?' if !quoted => ".".to_owned(),
            '.' if !quoted => {
                left = false;
                dots += 1;
                if parts.len() < most {
                    if let Some(part) = parts.last_mut() {
                        part.push_str(")$");
                    }
                    parts.push("^(".to_owned());
                    continue;
                }
                ".".to_owned()
            }
            '$' => "\\$".to_owned(),
            c if quoted && "|*+?()[]{}.^$\\".contains(c) => format!("\\{c}"),
            '[' if chars.peek() == Some(&']') => "\\[".to_owned(),
            c if !quoted => {
                plain = c.to_ascii_lowercase();
                plain.to_string()
            }
            c => c.to_string(),
        };
        if left {
            database.push(plain);
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(&text);
        }
    }
    if let Some(part) = parts.last_mut() {
        part.push_str(")$");
    }
    parts.reverse();
    Parts { expressions: parts, database, dots }
}

#[cfg(test)]
mod tests {
    use super::{Against, conditions};

    #[test]
    fn a_pattern_becomes_conditions() {
        let against =
            Against { schema: Some("n"), name: "c", other: None, visible: Some("seen"), parts: None };
        let of = |pattern: Option<&str>| conditions(pattern, true, against, "db");
        assert_eq!(of(None), Ok("  AND seen\n".to_owned()));
        let name = "  AND c OPERATOR(pg_catalog.~) '^(a.*)$' COLLATE pg_catalog.default\n";
        assert_eq!(of(Some("A*")), Ok(format!("{name}  AND seen\n")));
        let schema = "  AND n OPERATOR(pg_catalog.~) '^(S.)$' COLLATE pg_catalog.default\n";
        assert_eq!(of(Some("\"S\"?.a*")), Ok(format!("{name}{schema}")));
        assert_eq!(
            of(Some("other.s.a")),
            Err("cross-database references are not implemented: other.s.a".to_owned())
        );
        assert!(of(Some("db.s.a")).is_ok());
        assert!(of(Some("a.b.c.d")).is_err());
    }
}
