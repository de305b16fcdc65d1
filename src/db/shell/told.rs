//! The settings of `\pset` in words (`printPsetInfo`, `pset_value_string` of psql's `command.c`).

use super::pset::{FORMATS, Look};
use crate::db::print::Expanded;

impl Look {
    /// One setting, in a sentence.
    pub(super) fn told(&self, name: &str) -> String {
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
    pub(super) fn value(&self, name: &str) -> String {
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
