//! `\pset`: how tables are shown (`do_pset` of psql's `command.c`).

use super::Shell;
use super::variables::boolean;
use crate::db::print::style::Style;
use crate::db::print::{Expanded, Format, Options};

/// All settings of `\pset`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub(super) options: Options,
    pub(super) title: Option<String>,
    pub(super) attributes: Option<String>,
    /// 0 never, 1 for long output, 2 always.
    pub(super) pager: u8,
    pub(super) pager_lines: i64,
    /// Double lines for border, columns, heading.
    pub(super) double: [bool; 3],
}

impl Default for Look {
    fn default() -> Self {
        let options = Options::default();
        Self { options, title: None, attributes: None, pager: 1, pager_lines: 0, double: [false; 3] }
    }
}

/// The formats with their names.
pub(super) const FORMATS: [(&str, Format); 9] = [
    ("aligned", Format::Aligned),
    ("asciidoc", Format::Asciidoc),
    ("csv", Format::Csv),
    ("html", Format::Html),
    ("latex", Format::Latex),
    ("troff-ms", Format::TroffMs),
    ("unaligned", Format::Unaligned),
    ("wrapped", Format::Wrapped),
    ("latex-longtable", Format::LatexLongtable),
];

/// The names of the settings.
pub(super) const NAMES: [&str; 21] = [
    "border",
    "columns",
    "csv_fieldsep",
    "expanded",
    "fieldsep",
    "fieldsep_zero",
    "footer",
    "format",
    "linestyle",
    "null",
    "numericlocale",
    "pager",
    "pager_min_lines",
    "recordsep",
    "recordsep_zero",
    "tableattr",
    "title",
    "tuples_only",
    "unicode_border_linestyle",
    "unicode_column_linestyle",
    "unicode_header_linestyle",
];

impl Shell<'_> {
    /// Sets one setting; false, with the error told, if that cannot be.
    pub(super) fn pset(&mut self, name: &str, value: Option<&str>, quiet: bool) -> bool {
        match self.look.set(name, value) {
            Ok(()) => {
                // psql says nothing about these where a value is given (`do_pset`).
                let silent =
                    matches!(name, "t" | "tuples_only" | "numericlocale" | "footer") && value.is_some();
                if !quiet && !silent {
                    let text = self.look.told(name);
                    self.output.line(&text);
                }
                true
            }
            Err(error) => {
                self.error(&error);
                false
            }
        }
    }

    /// `\pset` without a name: all settings.
    pub(super) fn pset_all(&mut self) {
        for name in NAMES {
            let line = format!("{name:<24} {}", self.look.value(name));
            self.output.line(&line);
        }
    }
}

/// A switch: set where a value is given, turned where none is.
fn switch(on: &mut bool, name: &str, value: Option<&str>) -> Result<(), String> {
    *on = match value {
        None => !*on,
        Some(value) => boolean(value)
            .ok_or_else(|| format!("unrecognized value \"{value}\" for \"{name}\": Boolean expected"))?,
    };
    Ok(())
}

/// The number that a text begins with, 0 if none, as C's `atoi`.
pub(super) fn number(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    sign * digits[..end].parse::<i64>().unwrap_or(0)
}

impl Look {
    fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let options = &mut self.options;
        match (name, value) {
            ("format", Some(value)) => options.format = format(value)?,
            ("linestyle", Some(value)) => self.line_style(value)?,
            ("unicode_border_linestyle", Some(value)) => self.double(0, "border", value)?,
            ("unicode_column_linestyle", Some(value)) => self.double(1, "column", value)?,
            ("unicode_header_linestyle", Some(value)) => self.double(2, "header", value)?,
            ("border", Some(value)) => options.border = number(value).clamp(0, 255).try_into().unwrap_or(0),
            ("columns", Some(value)) => options.columns = number(value).max(0).try_into().unwrap_or(0),
            ("x" | "expanded" | "vertical", value) => expanded(options, name, value)?,
            ("csv_fieldsep", Some(value)) => options.csv_separator = csv_separator(value)?,
            ("numericlocale", value) => switch(&mut options.numeric_locale, name, value)?,
            ("null", Some(value)) => value.clone_into(&mut options.null),
            ("fieldsep", Some(value)) => options.field_separator = value.into(),
            ("fieldsep_zero", _) => options.field_separator = vec![0],
            ("recordsep", Some(value)) => options.record_separator = value.into(),
            ("recordsep_zero", _) => options.record_separator = vec![0],
            ("t" | "tuples_only", value) => switch(&mut options.tuples_only, name, value)?,
            ("footer", value) => switch(&mut options.footer, name, value)?,
            ("C" | "title", value) => self.title = value.map(str::to_owned),
            ("T" | "tableattr", value) => {
                self.attributes = value.map(str::to_owned);
                options.attributes.clone_from(&self.attributes);
            }
            ("pager", value) => self.pager(value)?,
            ("pager_min_lines", Some(value)) => self.pager_lines = number(value),
            (name, None) if NAMES.contains(&name) => {}
            (name, _) => return Err(format!("\\pset: unknown option: {name}")),
        }
        Ok(())
    }

    fn line_style(&mut self, value: &str) -> Result<(), String> {
        let lower = value.to_ascii_lowercase();
        let begins = |name: &str| name.starts_with(&lower);
        self.options.style = match () {
            () if begins("ascii") => Style::ascii(),
            () if begins("old-ascii") => Style::old_ascii(),
            () if begins("unicode") => Style::unicode(self.double[0], self.double[1], self.double[2]),
            () => return Err("\\pset: allowed line styles are ascii, old-ascii, unicode".to_owned()),
        };
        Ok(())
    }

    fn double(&mut self, index: usize, what: &str, value: &str) -> Result<(), String> {
        let lower = value.to_ascii_lowercase();
        self.double[index] = match () {
            () if "single".starts_with(&lower) => false,
            () if "double".starts_with(&lower) => true,
            () => return Err(format!("\\pset: allowed Unicode {what} line styles are single, double")),
        };
        if self.options.style.name == "unicode" {
            self.options.style = Style::unicode(self.double[0], self.double[1], self.double[2]);
        }
        Ok(())
    }

    fn pager(&mut self, value: Option<&str>) -> Result<(), String> {
        self.pager = match value {
            None => u8::from(self.pager != 1),
            Some(value) if value.eq_ignore_ascii_case("always") => 2,
            Some(value) => {
                u8::from(boolean(value).ok_or_else(|| unrecognized(value, "pager", "on, off, always"))?)
            }
        };
        Ok(())
    }
}

fn unrecognized(value: &str, name: &str, choices: &str) -> String {
    format!("unrecognized value \"{value}\" for \"{name}\"\nAvailable values are: {choices}.")
}

fn expanded(options: &mut Options, name: &str, value: Option<&str>) -> Result<(), String> {
    options.expanded = match value {
        None if options.expanded == Expanded::Off => Expanded::On,
        None => Expanded::Off,
        Some(value) if value.eq_ignore_ascii_case("auto") => Expanded::Auto,
        Some(value) => match boolean(value) {
            Some(true) => Expanded::On,
            Some(false) => Expanded::Off,
            None => return Err(unrecognized(value, name, "on, off, auto")),
        },
    };
    Ok(())
}

fn csv_separator(value: &str) -> Result<u8, String> {
    match value.as_bytes() {
        [b'"' | b'\n' | b'\r'] => {
            Err("\\pset: csv_fieldsep cannot be a double quote, a newline, or a carriage return".to_owned())
        }
        [byte] => Ok(*byte),
        _ => Err("\\pset: csv_fieldsep must be a single one-byte character".to_owned()),
    }
}

/// The format whose name begins so.
fn format(value: &str) -> Result<Format, String> {
    let lower = value.to_ascii_lowercase();
    let mut found = FORMATS[..8].iter().filter(|(name, _)| name.starts_with(&lower));
    match (found.next(), found.next()) {
        (Some((first, _)), Some((second, _))) => Err(format!(
            "\\pset: ambiguous abbreviation \"{value}\" matches both \"{first}\" and \"{second}\""
        )),
        (Some((_, format)), None) => Ok(*format),
        _ if "latex-longtable".starts_with(&lower) => Ok(Format::LatexLongtable),
        _ => Err(
            "\\pset: allowed formats are aligned, asciidoc, csv, html, latex, latex-longtable, troff-ms, \
                  unaligned, wrapped"
                .to_owned(),
        ),
    }
}
