//! The two ways to write an address: `postgres://user@host:port/db?key=value` and `host=… port=…`
//! (libpq, chapter 34.1.1).

/// Keywords and values, in the order in which they were written.
pub(super) type Words = Vec<(String, String)>;

/// Reads an address. The error names what is wrong and never repeats the address, which may hold a password.
pub(super) fn parse(text: &str) -> Result<Words, String> {
    match text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://")) {
        Some(rest) => uri(rest),
        None => pairs(text),
    }
}

/// As [`parse`], where a single word is the name of a database, as after `psql`.
pub(super) fn parse_or_name(text: &str) -> Result<Words, String> {
    if text.contains("://") || text.contains('=') {
        return parse(text);
    }
    Ok(vec![("dbname".to_owned(), text.to_owned())])
}

fn uri(rest: &str) -> Result<Words, String> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (hosts, ports) = split_hosts(hosts)?;
    let mut words = Words::new();
    for (key, value) in
        [("user", user), ("password", password), ("dbname", path), ("host", &hosts), ("port", &ports)]
    {
        let value = decode(value)?;
        if !value.is_empty() {
            words.push((key.to_owned(), value));
        }
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("`{pair}` has no `=`"))?;
        words.push(alias(decode(key)?, decode(value)?));
    }
    Ok(words)
}

/// JDBC's spelling of one setting, which libpq accepts too.
fn alias(key: String, value: String) -> (String, String) {
    if key == "ssl" && value == "true" { ("sslmode".to_owned(), "require".to_owned()) } else { (key, value) }
}

/// `a:1,b` as `a,b` and `1,`; no port at all as an empty text.
fn split_hosts(text: &str) -> Result<(String, String), String> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for part in text.split(',') {
        let (host, port) = match part.strip_prefix('[') {
            Some(v6) => {
                let (host, rest) = v6.split_once(']').ok_or("`[` without `]`")?;
                (host, rest.strip_prefix(':').unwrap_or(""))
            }
            None => part.split_once(':').unwrap_or((part, "")),
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("`{port}` is not a port"));
        }
        hosts.push(host);
        ports.push(port);
    }
    let ports = if ports.iter().all(|port| port.is_empty()) { String::new() } else { ports.join(",") };
    Ok((hosts.join(","), ports))
}

fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next().unwrap_or(b' '), rest.next().unwrap_or(b' ')];
        let number = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match number {
            Some(byte) if byte != 0 => bytes.push(byte),
            _ => {
                return Err(
                    "`%` must be followed by two hexadecimal digits (write `%25` for a percent sign)"
                        .to_owned(),
                );
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

/// `key = 'va\'lue' key=value`.
fn pairs(text: &str) -> Result<Words, String> {
    let mut words = Words::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or("expected `key=value` after the last setting")?;
        let (value, after) = value(after.trim_start())?;
        words.push((key.trim_end().to_owned(), value));
        rest = after.trim_start();
    }
    Ok(words)
}

fn value(text: &str) -> Result<(String, &str), String> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut chars = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            c if !quoted && c.is_whitespace() => return Ok((value, &text[at..])),
            c => value.push(c),
        }
    }
    if quoted { Err("a quoted value has no closing `'`".to_owned()) } else { Ok((value, "")) }
}

#[cfg(test)]
mod tests {
    use super::{Words, parse};

    fn words(pairs: &[(&str, &str)]) -> Words {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn both_forms_say_the_same() {
        let uri = parse("postgres://me:se%40cret@db.example:5433/app?sslmode=require").unwrap_or_default();
        let expected = [
            ("user", "me"),
            ("password", "se@cret"),
            ("dbname", "app"),
            ("host", "db.example"),
            ("port", "5433"),
            ("sslmode", "require"),
        ];
        assert_eq!(uri, words(&expected));
        let pairs = parse(r"user=me password='it\'s' dbname = app").unwrap_or_default();
        assert_eq!(pairs, words(&[("user", "me"), ("password", "it's"), ("dbname", "app")]));
    }

    #[test]
    fn hosts_may_be_many_or_addresses_or_folders() {
        let many = parse("postgres://a:1,b/x").unwrap_or_default();
        assert_eq!(many, words(&[("dbname", "x"), ("host", "a,b"), ("port", "1,")]));
        let v6 = parse("postgres://[::1]:99/x").unwrap_or_default();
        assert_eq!(v6, words(&[("dbname", "x"), ("host", "::1"), ("port", "99")]));
        let socket = parse("postgres://me@%2Frun%2Fpg/x").unwrap_or_default();
        assert_eq!(socket, words(&[("user", "me"), ("dbname", "x"), ("host", "/run/pg")]));
    }

    #[test]
    fn an_error_does_not_repeat_the_password() {
        for wrong in
            ["postgres://me:secret%2@h/x", "password='secret", "postgres://me:secret@h:port/x", "secret"]
        {
            let error = parse(wrong).err().unwrap_or_default();
            assert!(!error.is_empty() && !error.contains("secret"), "{wrong}: {error}");
        }
    }
}
