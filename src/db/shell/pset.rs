//! `\pset`: how tables are shown (`do_pset`, `printPsetInfo`, `pset_value_string` of psql's `command.c`).

use super::Shell;
use super::variables::boolean;
use crate::db::print::style::Style;
use crate::db::print::{Expanded, Format, Options};

/// All settings of `\pset`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub(super) options: Options,
    pub(super) title: Option<String>,
    attributes: Option<String>,
    /// 0 never, 1 for long output, 2 always.
    pub(super) pager: u8,
    pub(super) pager_lines: i64,
    /// Double lines for border, columns, heading.
    double: [bool; 3],
}

impl Default for Look {
    fn default() -> Self {
        let options = Options::default();
        Self { options, title: None, attributes: None, pager: 1, pager_lines: 0, double: [false; 3] }
    }
}

const FORMATS: [(&str, Format); 9] = [
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

const NAMES: [&str; 21] = [
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
                if !quiet {
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
fn number(text: &str) -> i64 {
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

    /// One setting, in a sentence.
    fn told(&self, name: &str) -> String {
        let options = &self.options;
        let on = |on: bool| if on { "on" } else { "off" };
        let separator = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match name {
            "border" => format!("Border style is {}.", options.border),
            "columns" if options.columns == 0 => "Target width is unset.".to_owned(),
            "columns" => format!("Target width is {}.", options.columns),
            "x" | "expanded" | "vertical" => match options.expanded {
                Expanded::On => "Expanded display is on.".to_owned(),
                Expanded::Auto => "Expanded display is used automatically.".to_owned(),
                Expanded::Off => "Expanded display is off.".to_owned(),
            },
            "csv_fieldsep" => {
                format!("Field separator for CSV is \"{}\".", char::from(options.csv_separator))
            }
            "fieldsep" | "fieldsep_zero" if options.field_separator == [0] => {
                "Field separator is zero byte.".to_owned()
            }
            "fieldsep" | "fieldsep_zero" => {
                format!("Field separator is \"{}\".", separator(&options.field_separator))
            }
            "footer" => format!("Default footer is {}.", on(options.footer)),
            "format" => format!("Output format is {}.", self.value("format")),
            "linestyle" => format!("Line style is {}.", options.style.name),
            "null" => format!("Null display is \"{}\".", options.null),
            "numericlocale" => format!("Locale-adjusted numeric output is {}.", on(options.numeric_locale)),
            "pager" => match self.pager {
                0 => "Pager usage is off.".to_owned(),
                1 => "Pager is used for long output.".to_owned(),
                _ => "Pager is always used.".to_owned(),
            },
            "pager_min_lines" => {
                let lines = if self.pager_lines == 1 { "line" } else { "lines" };
                format!("Pager won't be used for less than {} {lines}.", self.pager_lines)
            }
            "recordsep" | "recordsep_zero" if options.record_separator == [0] => {
                "Record separator is zero byte.".to_owned()
            }
            "recordsep" if options.record_separator == b"\n" => "Record separator is <newline>.".to_owned(),
            "recordsep" | "recordsep_zero" => {
                format!("Record separator is \"{}\".", separator(&options.record_separator))
            }
            "T" | "tableattr" => match &self.attributes {
                Some(attributes) => format!("Table attributes are \"{attributes}\"."),
                None => "Table attributes unset.".to_owned(),
            },
            "C" | "title" => match &self.title {
                Some(title) => format!("Title is \"{title}\"."),
                None => "Title is unset.".to_owned(),
            },
            "t" | "tuples_only" => format!("Tuples only is {}.", on(options.tuples_only)),
            "unicode_border_linestyle" => format!("Unicode border line style is \"{}\".", self.value(name)),
            "unicode_column_linestyle" => format!("Unicode column line style is \"{}\".", self.value(name)),
            _ => format!("Unicode header line style is \"{}\".", self.value(name)),
        }
    }

    /// One setting, as `\pset` would take it.
    fn value(&self, name: &str) -> String {
        let options = &self.options;
        let on = |on: bool| if on { "on" } else { "off" }.to_owned();
        let quoted = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).replace('\n', "\\n").replace('\'', "\\'");
            format!("'{text}'")
        };
        let text = |bytes: &[u8]| quoted(if bytes == [0] { b"" } else { bytes });
        let lines = |double: bool| if double { "double" } else { "single" }.to_owned();
        match name {
            "border" => options.border.to_string(),
            "columns" => options.columns.to_string(),
            "csv_fieldsep" => quoted(&[options.csv_separator]),
            "expanded" if options.expanded == Expanded::Auto => "auto".to_owned(),
            "expanded" => on(options.expanded == Expanded::On),
            "fieldsep" => text(&options.field_separator),
            "fieldsep_zero" => on(options.field_separator == [0]),
            "footer" => on(options.footer),
            "format" => {
                let found = FORMATS.iter().find(|(_, format)| *format == options.format);
                found.map_or("", |(name, _)| name).to_owned()
            }
            "linestyle" => options.style.name.to_owned(),
            "null" => quoted(options.null.as_bytes()),
            "numericlocale" => on(options.numeric_locale),
            "pager" => self.pager.to_string(),
            "pager_min_lines" => self.pager_lines.to_string(),
            "recordsep" => text(&options.record_separator),
            "recordsep_zero" => on(options.record_separator == [0]),
            "tableattr" => self.attributes.as_ref().map_or_else(String::new, |text| quoted(text.as_bytes())),
            "title" => self.title.as_ref().map_or_else(String::new, |text| quoted(text.as_bytes())),
            "tuples_only" => on(options.tuples_only),
            "unicode_border_linestyle" => lines(self.double[0]),
            "unicode_column_linestyle" => lines(self.double[1]),
            _ => lines(self.double[2]),
        }
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
