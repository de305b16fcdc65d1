//! Formats for programs and documents: JSON, one object a row; Markdown.

use std::io::{self, Write};

use crate::db::connection::Column;

/// The keys of a result's objects: its headings, made different from each other (`?column?`, `?column?_2`).
pub fn keys(columns: &[Column]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for column in columns {
        let mut key = column.name.clone();
        let mut number = 2;
        while keys.contains(&key) {
            key = format!("{}_{number}", column.name);
            number += 1;
        }
        keys.push(key);
    }
    keys
}

/// One row as a JSON object on one line.
pub fn object<'a>(
    keys: &[String],
    columns: &[Column],
    cells: impl Iterator<Item = Option<&'a [u8]>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, (cell, (key, column))) in cells.zip(keys.iter().zip(columns)).enumerate() {
        out.write_all(if index == 0 { b"{" } else { b"," })?;
        serde_json::to_writer(&mut *out, key)?;
        out.write_all(b":")?;
        value(cell, column.oid, out)?;
    }
    out.write_all(if keys.is_empty() { b"{}" } else { b"}" })
}

/// A cell as JSON: numbers, booleans and JSON as what they are, everything else as text.
fn value(cell: Option<&[u8]>, oid: u32, out: &mut dyn Write) -> io::Result<()> {
    let Some(bytes) = cell else { return out.write_all(b"null") };
    let text = String::from_utf8_lossy(bytes);
    match oid {
        16 => out.write_all(if bytes == b"t" { b"true" } else { b"false" }),
        // int8, int2, int4, oid, float4, float8, numeric: NaN and Infinity are no JSON numbers.
        20 | 21 | 23 | 26 | 700 | 701 | 1700 if !text.ends_with(|c: char| c.is_alphabetic()) => {
            out.write_all(bytes)
        }
        // json may hold line ends, always between its tokens.
        114 | 3802 => out.write_all(text.replace(['\n', '\r'], " ").as_bytes()),
        _ => Ok(serde_json::to_writer(out, &*text)?),
    }
}

/// The heading of a Markdown table and the line below it.
pub fn markdown_head(headers: &[String], right: &[bool], out: &mut dyn Write) -> io::Result<()> {
    markdown_row(headers.iter().map(String::as_bytes), out)?;
    for right in right {
        out.write_all(if *right { b"| ---: " } else { b"| --- " })?;
    }
    out.write_all(b"|\n")
}

/// One row of a Markdown table.
pub fn markdown_row<'a>(cells: impl Iterator<Item = &'a [u8]>, out: &mut dyn Write) -> io::Result<()> {
    for cell in cells {
        let text = String::from_utf8_lossy(cell);
        let escaped =
            text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('\n', "<br>");
        write!(out, "| {escaped} ")?;
    }
    out.write_all(b"|\n")
}
