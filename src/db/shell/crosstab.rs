//! `\crosstabview`: rows of (row, column, value) as a table with two headings (psql's `crosstabview.c`).

use std::collections::BTreeMap;

use super::Shell;
use crate::db::print::Table;

/// As many columns as a table of the server may have.
const MOST_COLUMNS: usize = 1600;

/// Which columns of the result are what.
struct Roles {
    rows: usize,
    columns: usize,
    data: usize,
    sort: Option<usize>,
}

/// Values of a heading, in the order in which they are shown.
type Heading = Vec<Option<String>>;

impl Shell<'_> {
    /// Shows a result crosswise; false, with the reason told, if that cannot be.
    pub(super) fn crosstab(&mut self, result: &Table, arguments: &[Option<String>; 4]) -> bool {
        let null = self.look.options.null.clone();
        match crossed(result, arguments, &null) {
            Ok(mut table) => {
                table.title.clone_from(&self.look.title);
                let options = self.look.options.clone();
                self.show(&table, &options);
                true
            }
            Err(text) => {
                self.error(&format!("\\crosstabview: {text}"));
                false
            }
        }
    }
}

fn crossed(result: &Table, arguments: &[Option<String>; 4], null: &str) -> Result<Table, String> {
    let roles = roles(&result.headers, arguments)?;
    let rows = result.texts();
    let across = heading(&rows, roles.columns, roles.sort);
    if across.len() > MOST_COLUMNS {
        return Err(format!("maximum number of columns ({MOST_COLUMNS}) exceeded"));
    }
    let down = heading(&rows, roles.rows, None);
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| null.to_owned());
    let mut cells: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for row in &rows {
        let at = |heading: &Heading, index: usize| heading.iter().position(|value| *value == row[index]);
        let (Some(line), Some(column)) = (at(&down, roles.rows), at(&across, roles.columns)) else {
            continue;
        };
        if cells.insert((line, column), shown(&row[roles.data])).is_some() {
            let name = |value: &Option<String>| match value {
                Some(value) => value.clone(),
                None if null.is_empty() => "(null)".to_owned(),
                None => null.to_owned(),
            };
            return Err(format!(
                "query result contains multiple data values for row \"{}\", column \"{}\"",
                name(&row[roles.rows]),
                name(&row[roles.columns])
            ));
        }
    }
    let headers =
        std::iter::once(result.headers[roles.rows].clone()).chain(across.iter().map(shown)).collect();
    let mut right = vec![result.right[roles.data]; across.len() + 1];
    right[0] = result.right[roles.rows];
    let mut table = Table::new(None, headers, right);
    for (line, value) in down.iter().enumerate() {
        table.cell(shown(value).as_bytes());
        for column in 0..across.len() {
            table.cell(cells.get(&(line, column)).map_or("", String::as_str).as_bytes());
        }
    }
    Ok(table)
}

fn roles(headers: &[String], arguments: &[Option<String>; 4]) -> Result<Roles, String> {
    if headers.len() < 3 {
        return Err("query must return at least three columns".to_owned());
    }
    let find = |argument: &Option<String>| argument.as_ref().map(|name| column(headers, name)).transpose();
    let rows = find(&arguments[0])?.unwrap_or(0);
    let columns = find(&arguments[1])?.unwrap_or(1);
    if rows == columns {
        return Err("vertical and horizontal headers must be different columns".to_owned());
    }
    let data = match find(&arguments[2])? {
        Some(data) => data,
        None if headers.len() > 3 => {
            return Err("data column must be specified when query returns more than three columns".to_owned());
        }
        None => 3 - rows - columns,
    };
    Ok(Roles { rows, columns, data, sort: find(&arguments[3])? })
}

/// A column by its number from 1 or by its name.
fn column(headers: &[String], wanted: &str) -> Result<usize, String> {
    if !wanted.is_empty() && wanted.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: usize = wanted.parse().unwrap_or(0);
        return if (1..=headers.len()).contains(&number) {
            Ok(number - 1)
        } else {
            Err(format!("column number {wanted} is out of range 1..{}", headers.len()))
        };
    }
    let name = super::slash::plain_name(wanted, true);
    let found: Vec<usize> = (0..headers.len()).filter(|index| headers[*index] == name).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(format!("column name not found: \"{name}\"")),
        _ => Err(format!("ambiguous column name: \"{name}\"")),
    }
}

/// The distinct values of a column, in the order of their first appearance or of another column's numbers.
fn heading(rows: &[Vec<Option<String>>], column: usize, sort: Option<usize>) -> Heading {
    let mut values: Vec<(Option<String>, i64)> = Vec::new();
    for row in rows {
        if values.iter().any(|(value, _)| *value == row[column]) {
            continue;
        }
        let rank = sort.and_then(|sort| row[sort].as_deref()).and_then(|text| text.parse().ok());
        values.push((row[column].clone(), rank.unwrap_or(0)));
    }
    if sort.is_some() {
        // Values of one rank come in their own order, NULL last.
        values.sort_by(|(a, first), (b, second)| {
            let order = (a.is_none(), a).cmp(&(b.is_none(), b));
            first.cmp(second).then(order)
        });
    }
    values.into_iter().map(|(value, _)| value).collect()
}
