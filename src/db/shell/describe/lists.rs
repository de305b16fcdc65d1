//! Lists that one query makes. Each is a template in `lists/`, with the text of the query that psql 15 sends:
//!
//! - the first line is the title;
//! - the first letter of a line is `+` or `-` if it stands only with or without `+`;
//! - the second is `o` if it stands only where neither `S` nor a pattern is given, to hide the system's own;
//!   `p` and `n` if a pattern is given or not, `2` if a second one is;
//! - `{name|other name|schema|visibility|ab}` is where a pattern goes: the columns it is matched against, and whether
//!   it follows another condition (1), begins with `WHERE` (0), or follows the first pattern if that is a condition
//!   (w): with a pattern, and without; a number behind that is how many parts the pattern may have.

use super::pattern::Against;
use super::{Scope, Shell};
use crate::db::shell::answer::Rows;

/// The letters of a command and its template.
const LISTS: &[(&str, &str)] = &[
    ("da", include_str!("lists/da.sql")),
    ("db", include_str!("lists/db.sql")),
    ("dc", include_str!("lists/dc.sql")),
    ("dd", include_str!("lists/dd.sql")),
    ("ddp", include_str!("lists/ddp.sql")),
    ("dD", include_str!("lists/dD.sql")),
    ("dL", include_str!("lists/dL.sql")),
    ("dO", include_str!("lists/dO.sql")),
    ("dp", include_str!("lists/dp.sql")),
    ("z", include_str!("lists/dp.sql")),
    ("dT", include_str!("lists/dT.sql")),
    ("des", include_str!("lists/des.sql")),
    ("dew", include_str!("lists/dew.sql")),
    ("deu", include_str!("lists/deu.sql")),
    ("det", include_str!("lists/det.sql")),
    ("dx", include_str!("lists/dx.sql")),
    ("dX", include_str!("lists/dX.sql")),
    ("dy", include_str!("lists/dy.sql")),
    ("dF", include_str!("lists/dF.sql")),
    ("dFd", include_str!("lists/dFd.sql")),
    ("dFt", include_str!("lists/dFt.sql")),
    ("dFp", include_str!("lists/dFp.sql")),
    ("dA", include_str!("lists/dA.sql")),
    ("dAc", include_str!("lists/dAc.sql")),
    ("dAf", include_str!("lists/dAf.sql")),
    ("dAo", include_str!("lists/dAo.sql")),
    ("dAp", include_str!("lists/dAp.sql")),
    ("dC", include_str!("lists/dC.sql")),
    ("dconfig", include_str!("lists/dconfig.sql")),
    ("drds", include_str!("lists/drds.sql")),
    ("dn", include_str!("lists/dn.sql")),
    ("dRp", include_str!("lists/dRp.sql")),
    ("dRs", include_str!("lists/dRs.sql")),
    ("l", include_str!("lists/l.sql")),
    ("list", include_str!("lists/l.sql")),
];

/// The template of a list.
pub(super) fn template(letters: &str) -> Option<&'static str> {
    LISTS.iter().find(|(known, _)| *known == letters).map(|(_, template)| *template)
}

impl Shell<'_> {
    /// Shows a list; the footers stand below it.
    pub(super) fn listed(
        &mut self,
        template: &str,
        patterns: &[String],
        scope: Scope,
        footers: Vec<String>,
    ) -> bool {
        let title = template.lines().next().unwrap_or_default().trim_start_matches("# ");
        let Some(rows) = self.template_rows(template, patterns, scope) else { return false };
        let mut table = rows.table;
        table.title = Some(title.to_owned());
        table.footers = footers;
        let options = self.look.options.clone();
        self.show(&table, &options);
        true
    }

    /// The rows of a template's query.
    pub(super) fn template_rows(
        &mut self,
        template: &str,
        patterns: &[String],
        scope: Scope,
    ) -> Option<Rows> {
        let sql = self.filled(template, patterns, scope)?;
        self.result(&sql)
    }

    fn filled(&mut self, template: &str, patterns: &[String], scope: Scope) -> Option<String> {
        let own = patterns.is_empty() && !scope.system;
        let (mut sql, mut follows) = (String::new(), false);
        for line in template.lines().skip(1) {
            let (marks, text) = line.split_at_checked(2)?;
            let wanted = match marks.as_bytes()[0] {
                b'+' => scope.verbose,
                b'-' => !scope.verbose,
                _ => true,
            };
            let (fits, pattern) = match marks.as_bytes()[1] {
                b'o' => (own, None),
                b'n' => (patterns.is_empty(), None),
                b'p' => (!patterns.is_empty(), patterns.first()),
                b'2' => (patterns.len() > 1, patterns.get(1)),
                _ => (true, patterns.first()),
            };
            if !wanted || !fits {
                continue;
            }
            if let Some(slot) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
                let conditions = self.slot(slot, pattern.map(String::as_str), own, follows)?;
                follows |= !conditions.is_empty();
                sql += &conditions;
                continue;
            }
            sql.push_str(text);
            sql.push('\n');
        }
        sql.truncate(sql.trim_end().len());
        Some(sql)
    }

    fn slot(&mut self, slot: &str, pattern: Option<&str>, own: bool, behind: bool) -> Option<String> {
        let fields: Vec<&str> = slot.split('|').collect();
        let [name, other, schema, visible, follows] = fields.as_slice() else { return None };
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (other, schema, visible) = (given(other), given(schema), given(visible));
        let parts = follows.get(2..).and_then(|parts| parts.parse().ok());
        let against = Against {
            schema: schema.as_deref(),
            name,
            other: other.as_deref(),
            visible: visible.as_deref(),
            parts,
        };
        let has_where = match follows.as_bytes().get(usize::from(own)) {
            Some(b'w') => behind,
            mark => mark == Some(&b'1'),
        };
        self.conditions(pattern, has_where, against)
    }
}
