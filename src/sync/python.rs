//! The serialized file descriptor in a Python stub, as protoc has written it since version 3.0.
//!
//! Up to 3.19 `serialized_pb=_b('…')` or `serialized_pb=b'…'` (`protoc`, `python/generator.cc`), from 3.20 on
//! `AddSerializedFile(b'…')`. The text is a Python bytes literal, or a string literal for `_b`, which encodes
//! it as Latin-1; both take the escapes of the Python reference, 2.4.1.1.

/// What stands before the literal.
const MARKS: [&[u8]; 2] = [b"AddSerializedFile(", b"serialized_pb="];

/// The bytes of the descriptor that a `*_pb2.py` carries; `None` if there is none that can be read.
pub fn descriptor(stub: &[u8]) -> Option<Vec<u8>> {
    let (at, mark) = (0..stub.len()).find_map(|at| {
        let rest = stub.get(at..)?;
        MARKS.iter().find(|mark| rest.starts_with(mark)).map(|mark| (at, mark))
    })?;
    literals(stub.get(at + mark.len()..)?)
}

/// One or more adjacent literals, which Python joins, up to the closing bracket or comma.
fn literals(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text.strip_prefix(b"_b(").unwrap_or(text);
    let mut bytes = Vec::new();
    let mut any = false;
    loop {
        rest = rest.trim_ascii_start();
        match rest {
            [b'b', quote @ (b'\'' | b'"'), tail @ ..] | [quote @ (b'\'' | b'"'), tail @ ..] => {
                rest = literal(tail, *quote, &mut bytes)?;
                any = true;
            }
            [b'\\', b'\n', tail @ ..] => rest = tail,
            [b')' | b',', ..] if any => return Some(bytes),
            _ => return None,
        }
    }
}

/// One literal after its opening quote; what follows the closing one.
fn literal<'a>(mut text: &'a [u8], quote: u8, into: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        match text {
            [first, tail @ ..] if *first == quote => return Some(tail),
            [b'\\', tail @ ..] => text = escape(tail, into)?,
            // Neither form allows a line end or anything beyond ASCII as it is.
            [b'\n' | 0x80.., ..] | [] => return None,
            [byte, tail @ ..] => {
                into.push(*byte);
                text = tail;
            }
        }
    }
}

/// One escape after its backslash; what follows it.
fn escape<'a>(text: &'a [u8], into: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (first, tail) = text.split_first()?;
    let byte = match first {
        b'\n' => return Some(tail),
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        b'\\' | b'\'' | b'"' => *first,
        b'x' => return number(tail, 2, 2, 16, into),
        b'0'..=b'7' => return number(text, 1, 3, 8, into),
        _ => return None,
    };
    into.push(byte);
    Some(tail)
}

/// A number of `least` to `most` digits.
fn number<'a>(text: &'a [u8], least: usize, most: usize, radix: u32, into: &mut Vec<u8>) -> Option<&'a [u8]> {
    let digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let len = text.iter().take(most).take_while(digit).count();
    let (digits, tail) = text.split_at_checked(len).filter(|_| len >= least)?;
    into.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?);
    Some(tail)
}

#[cfg(test)]
mod tests {
    use super::descriptor;

    #[test]
    fn every_form_of_the_literal_is_read() {
        let forms: [&[u8]; 4] = [
            br"DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'a\n\x0b\101\'\\')",
            br#"  serialized_pb=b"a\n\x0b\101'\\""#,
            br"  serialized_pb=_b('a\n\x0b\101\'\\')",
            b"  serialized_pb=_b('a\\n'\n \\\n    '\\x0bA\\\n\\'\\\\')",
        ];
        for form in forms {
            let text = [form, b"\n)\n"].concat();
            assert_eq!(
                descriptor(&text).as_deref(),
                Some(&b"a\n\x0bA'\\"[..]),
                "{}",
                String::from_utf8_lossy(form)
            );
        }
    }

    #[test]
    fn a_damaged_literal_is_none() {
        for text in [
            &b""[..],
            b"AddSerializedFile(",
            b"AddSerializedFile(None)",
            b"AddSerializedFile(b'abc",
            br"AddSerializedFile(b'\x0')",
            br"AddSerializedFile(b'\777')",
            br"AddSerializedFile(b'\q')",
            b"AddSerializedFile(b'a\nb')",
            b"AddSerializedFile(b'\xe9')",
            b"AddSerializedFile(b'a' 7)",
        ] {
            assert_eq!(descriptor(text), None, "{}", String::from_utf8_lossy(text));
        }
    }
}
