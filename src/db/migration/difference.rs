//! What two catalogs differ in, object by object: as values for programs, and for people as lines that begin with `-`
//! (what the files make) and `+` (what is there), as `diff -u` has them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use super::catalog::Object;
use crate::text::visible;

/// How many lines without a change stand around one in a long definition.
const AROUND: usize = 1;

/// An object that is not the same in both.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// How it differs.
    pub change: Change,
    /// What it is: `table`, `column`, `index`, `function`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The relation it is a part of.
    pub of: Option<String>,
    /// Its definition as the files make it.
    pub made: Option<String>,
    /// Its definition as it is there.
    pub there: Option<String>,
}

/// How an object differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The files make it, and it is not there.
    Missing,
    /// It is there, and the files do not make it.
    Extra,
    /// Both have it, and not with the same definition.
    Different,
}

/// The relation or the thing itself, whether it is a part, its kind, its name: parts follow what they are a part of.
type Key<'a> = (&'a str, bool, &'a str, &'a str);

/// What the files make, against what is there.
pub fn between(made: &[Object], there: &[Object]) -> Vec<Difference> {
    let (made, there) = (by_name(made), by_name(there));
    let keys: BTreeSet<&Key<'_>> = made.keys().chain(there.keys()).collect();
    keys.into_iter().filter_map(|key| difference(made.get(key), there.get(key))).collect()
}

fn by_name(objects: &[Object]) -> BTreeMap<Key<'_>, &Object> {
    objects.iter().map(|object| (key(object), object)).collect()
}

fn key(object: &Object) -> Key<'_> {
    let Object { of, kind, name, .. } = object;
    if of.is_empty() { (name, false, kind, "") } else { (of, true, kind, name) }
}

fn difference(made: Option<&&Object>, there: Option<&&Object>) -> Option<Difference> {
    let change = match (made, there) {
        (Some(_), None) => Change::Missing,
        (None, Some(_)) => Change::Extra,
        (Some(made), Some(there)) if made != there => Change::Different,
        _ => return None,
    };
    let object = made.or(there)?;
    let definition = |object: Option<&&Object>| object.map(|object| object.definition.clone());
    Some(Difference {
        change,
        kind: object.kind.clone(),
        name: object.name.clone(),
        of: (!object.of.is_empty()).then(|| object.of.clone()),
        made: definition(made),
        there: definition(there),
    })
}

/// A line with what it begins with: `-`, `+`, or a space for what both have.
type Line = (char, String);

/// The differences as text, one or more lines for each; with `color`, red and green (SGR parameters of ECMA-48).
pub fn text(differences: &[Difference], color: bool) -> String {
    let mut text = String::new();
    let mut heading = None;
    for difference in differences {
        // What a part belongs to is named before the first one, unless that differs itself and stands there already.
        let of = difference.of.as_ref();
        if let Some(of) = of.filter(|of| heading != Some(*of)) {
            text.push_str(&format!("  {}\n", visible(of)));
        }
        heading = of.or(Some(&difference.name));
        let indent = if of.is_some() { "  " } else { "" };
        for (sign, line) in lines(difference) {
            text.push_str(&painted(sign, &format!("{sign} {indent}{}", visible(&line)), color));
            text.push('\n');
        }
    }
    text
}

fn painted(sign: char, line: &str, color: bool) -> String {
    let line = line.trim_end();
    match sign {
        '-' if color => format!("\x1b[31m{line}\x1b[0m"),
        '+' if color => format!("\x1b[32m{line}\x1b[0m"),
        _ => line.to_owned(),
    }
}

fn lines(difference: &Difference) -> Vec<Line> {
    let head = format!("{} {}", difference.kind, difference.name);
    match (&difference.made, &difference.there) {
        (Some(made), Some(there)) if is_long(made) || is_long(there) => {
            std::iter::once((' ', head)).chain(changed(made, there)).collect()
        }
        (made, there) => {
            let side = |sign: char, definition: &Option<String>| {
                definition.iter().flat_map(|text| whole(sign, &head, text)).collect::<Vec<_>>()
            };
            [side('-', made), side('+', there)].concat()
        }
    }
}

fn is_long(definition: &str) -> bool {
    definition.trim_end().contains('\n')
}

/// An object that stands on one side, with its definition behind its name, or below where that has several lines.
fn whole(sign: char, head: &str, definition: &str) -> Vec<Line> {
    if definition.is_empty() {
        vec![(sign, head.to_owned())]
    } else if is_long(definition) {
        let below = definition.lines().map(|line| (sign, format!("    {line}")));
        std::iter::once((sign, head.to_owned())).chain(below).collect()
    } else {
        vec![(sign, format!("{head}: {}", definition.trim()))]
    }
}

/// The changed lines of two long definitions.
fn changed(made: &str, there: &str) -> Vec<Line> {
    let (made, there): (Vec<&str>, Vec<&str>) = (made.lines().collect(), there.lines().collect());
    let diff = TextDiff::from_slices(&made, &there);
    let changes = diff.grouped_ops(AROUND).into_iter().flatten().flat_map(|op| {
        diff.iter_changes(&op)
            .map(|change| {
                let sign = match change.tag() {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => ' ',
                };
                (sign, format!("    {}", change.value()))
            })
            .collect::<Vec<_>>()
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::{Object, between, text};

    fn object(of: &str, kind: &str, name: &str, definition: &str) -> Object {
        let [of, kind, name, definition] = [of, kind, name, definition].map(str::to_owned);
        Object { of, kind, name, definition }
    }

    #[test]
    fn every_object_is_told_once_with_what_it_belongs_to() {
        let made = [
            object("", "function", "public.f(integer)", "CREATE FUNCTION f\n begin\n  return 1;\n end\n"),
            object("", "table", "public.fruit", ""),
            object("", "table", "public.sales", ""),
            object("public.fruit", "column", "name", "text not null"),
            object("public.fruit", "column", "price", "numeric"),
            object("public.sales", "column", "at", "date"),
        ];
        let there = [
            object("", "function", "public.f(integer)", "CREATE FUNCTION f\n begin\n  return 2;\n end\n"),
            object("", "table", "public.fruit", ""),
            object("", "view", "public.\u{1b}[2J", " SELECT 1;"),
            object("public.fruit", "column", "name", "text"),
            object("public.fruit", "column", "price", "numeric"),
            object("public.fruit", "index", "by_name", "CREATE INDEX by_name"),
        ];
        let told = "\
+ view public.\\u{1b}[2J: SELECT 1;
  function public.f(integer)
       begin
-       return 1;
+       return 2;
       end
  public.fruit
-   column name: text not null
+   column name: text
+   index by_name: CREATE INDEX by_name
- table public.sales
-   column at: date
";
        assert_eq!(text(&between(&made, &there), false), told);
        let red_and_green = text(&between(&made[3..4], &there[3..4]), true);
        let painted = "  public.fruit\n\u{1b}[31m-   column name: text not null\u{1b}[0m\n\u{1b}[32m+   column name: text\u{1b}[0m\n";
        assert_eq!(red_and_green, painted);
        assert_eq!(between(&made, &made), []);
    }
}
