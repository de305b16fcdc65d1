//! `${NAME:-default}` in the values of a compose file
//! (<https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>).

/// One piece of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Text.
    Text(String),
    /// A variable, and what stands for it where it is not set.
    Variable { name: String, default: Option<String> },
    /// A form that only compose itself can fill in.
    Other,
}

/// A value as far as it can be known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A text without variables.
    Literal(String),
    /// One variable and nothing else.
    Variable { name: String, default: Option<String> },
    /// Anything else.
    Mixed,
}

/// The value that a text stands for.
pub fn value(text: &str) -> Value {
    of(&pieces(text))
}

/// The values between the colons of a text; a colon inside of a variable or of brackets separates nothing.
pub fn fields(text: &str) -> Vec<Value> {
    let mut fields = vec![Vec::new()];
    let mut brackets = 0_i32;
    for piece in pieces(text) {
        let Piece::Text(text) = piece else {
            fields.last_mut().into_iter().for_each(|field| field.push(piece.clone()));
            continue;
        };
        let mut part = String::new();
        for c in text.chars() {
            brackets += i32::from(c == '[') - i32::from(c == ']');
            if c == ':' && brackets == 0 {
                fields
                    .last_mut()
                    .into_iter()
                    .for_each(|field| field.push(Piece::Text(std::mem::take(&mut part))));
                fields.push(Vec::new());
            } else {
                part.push(c);
            }
        }
        fields.last_mut().into_iter().for_each(|field| field.push(Piece::Text(std::mem::take(&mut part))));
    }
    fields.iter().map(|field| of(field)).collect()
}

fn of(pieces: &[Piece]) -> Value {
    let pieces: Vec<&Piece> = pieces.iter().filter(|piece| **piece != Piece::Text(String::new())).collect();
    match pieces.as_slice() {
        [] => Value::Literal(String::new()),
        [Piece::Text(text)] => Value::Literal(text.clone()),
        [Piece::Variable { name, default }] => {
            Value::Variable { name: name.clone(), default: default.clone() }
        }
        _ => Value::Mixed,
    }
}

/// The pieces of a text.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        literal.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (piece, left) = match after.chars().next() {
            Some('$') => (Piece::Text("$".into()), &after[1..]),
            Some('{') => braced(&after[1..]),
            _ => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                let variable = Piece::Variable { name: after[..end].to_owned(), default: None };
                (if end == 0 { Piece::Text("$".into()) } else { variable }, &after[end..])
            }
        };
        rest = left;
        if let Piece::Text(text) = piece {
            literal.push_str(&text);
            continue;
        }
        pieces.extend([Piece::Text(std::mem::take(&mut literal)), piece]);
    }
    literal.push_str(rest);
    pieces.push(Piece::Text(literal));
    pieces
}

/// What stands behind `${`, and the rest behind its brace.
fn braced(text: &str) -> (Piece, &str) {
    let mut depth = 1;
    let end = text.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    let Some(end) = end else { return (Piece::Other, "") };
    let (inside, rest) = (&text[..end], &text[end + 1..]);
    let split = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
    let (name, form) = inside.split_at(split);
    let variable = |default: Option<&str>| Piece::Variable {
        name: name.to_owned(),
        default: default.map(str::to_owned),
    };
    let default = form.strip_prefix(":-").or_else(|| form.strip_prefix('-'));
    let piece = match default {
        _ if name.is_empty() => Piece::Other,
        Some(default) if default.contains('$') => Piece::Other,
        Some(default) => variable(Some(default)),
        None if form.is_empty() || form.starts_with(":?") || form.starts_with('?') => variable(None),
        None => Piece::Other,
    };
    (piece, rest)
}

#[cfg(test)]
mod tests {
    use super::{Value, fields, value};

    fn variable(name: &str, default: Option<&str>) -> Value {
        Value::Variable { name: name.into(), default: default.map(str::to_owned) }
    }

    #[test]
    fn every_form_of_a_variable_is_known() {
        assert_eq!(value("plain $$5"), Value::Literal("plain $5".into()));
        assert_eq!(value("$NAME"), variable("NAME", None));
        assert_eq!(value("${NAME}"), variable("NAME", None));
        assert_eq!(value("${NAME:?must be set}"), variable("NAME", None));
        assert_eq!(value("${NAME:-a:b}"), variable("NAME", Some("a:b")));
        assert_eq!(value("${NAME-}"), variable("NAME", Some("")));
        for other in ["${NAME:+x}", "${A:-${B}}", "a$B", "$A$B", "${A", "${}"] {
            assert_eq!(value(other), Value::Mixed, "{other}");
        }
    }

    #[test]
    fn colons_inside_of_variables_and_brackets_separate_nothing() {
        let literal = |text: &str| Value::Literal(text.into());
        assert_eq!(
            fields("${IP:-::1}:${P:-80}:90"),
            [variable("IP", Some("::1")), variable("P", Some("80")), literal("90")]
        );
        assert_eq!(fields("[::1]:80:90/udp"), [literal("[::1]"), literal("80"), literal("90/udp")]);
        assert_eq!(fields("8080"), [literal("8080")]);
    }
}
