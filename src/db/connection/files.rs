//! The files of libpq's world: the password file, the service file, the socket's folder, the login name.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::address::Words;
use crate::masked::Masked;

/// Reads a variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The section of a service file, and the file it was found in (libpq, chapter 34.17).
pub(super) fn service(
    name: &str,
    given: Option<PathBuf>,
    environment: Environment<'_>,
) -> Result<(PathBuf, Words), String> {
    let user = given
        .or_else(|| environment("PGSERVICEFILE").map(PathBuf::from))
        .or_else(|| environment("HOME").map(|home| Path::new(&home).join(".pg_service.conf")));
    let system =
        environment("PGSYSCONFDIR").map_or_else(|| PathBuf::from("/etc/postgresql-common"), PathBuf::from);
    for path in user.into_iter().chain([system.join("pg_service.conf")]) {
        let section = fs::read_to_string(&path).ok().and_then(|text| section(&text, name));
        if let Some(words) = section {
            return Ok((path, words));
        }
    }
    Err(format!("no service file defines the service `{name}`"))
}

fn section(text: &str, name: &str) -> Option<Words> {
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != format!("[{name}]"));
    lines.next()?;
    let own = lines.take_while(|line| !line.starts_with('['));
    let pairs = own.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    Some(pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect())
}

/// The password of the password file (libpq, chapter 34.16) for a host, port, database and user; a file that others can
/// read is not used.
pub(super) fn password(given: Option<&str>, [host, port, database, user]: [&str; 4]) -> Option<Masked> {
    let path = password_file(given)?;
    if is_exposed(&path) {
        return None;
    }
    let host = if host.starts_with('/') { "localhost" } else { host };
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| matching(line, [host, port, database, user])).map(Masked::secret)
}

/// Where the password file is: where it was given, or in the home folder.
pub(super) fn password_file(given: Option<&str>) -> Option<PathBuf> {
    given.map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".pgpass")))
}

/// The password file, if it is there and not used because others can read it.
pub(super) fn exposed(given: Option<&str>) -> Option<PathBuf> {
    password_file(given).filter(|path| is_exposed(path))
}

fn is_exposed(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

/// The fifth field of a line whose first four are `wanted` or `*`; `\` escapes `:` and itself.
fn matching(line: &str, wanted: [&str; 4]) -> Option<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => fields.last_mut()?.extend(chars.next()),
            ':' if fields.len() < 5 => fields.push(String::new()),
            c => fields.last_mut()?.push(c),
        }
    }
    let password = fields.pop().filter(|_| fields.len() == 4 && !line.starts_with('#'))?;
    fields.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted).then_some(password)
}

/// The folder of the local server's socket: the first usual one that has it, else `localhost`.
pub(super) fn socket_folder(port: &str) -> String {
    let folders = ["/var/run/postgresql", "/run/postgresql", "/tmp"];
    let found = folders.iter().find(|folder| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists());
    found.map_or_else(|| "localhost".to_owned(), |folder| (*folder).to_owned())
}

/// The name of the user who runs this process, as in `/etc/passwd`; `$USER` where it is not there.
pub(super) fn login_name(environment: Environment<'_>) -> String {
    let id = rustix::process::geteuid().as_raw().to_string();
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = passwd.lines().find(|line| line.split(':').nth(2) == Some(&id));
    let name = line.and_then(|line| line.split(':').next()).map(str::to_owned);
    name.or_else(|| environment("USER")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{matching, section};

    #[test]
    fn a_line_of_the_password_file_matches_with_stars_and_escapes() {
        let wanted = ["localhost", "5432", "a:b", "me"];
        assert_eq!(matching(r"localhost:*:a\:b:me:se\\c:ret", wanted).as_deref(), Some(r"se\c:ret"));
        assert_eq!(matching("localhost:5433:*:me:x", wanted), None);
        assert_eq!(matching("#localhost:5432:*:me:x", wanted), None);
    }

    #[test]
    fn a_service_is_a_section() {
        let text = "[a]\nhost=x\n\n[b]\n# note\nhost = y\nport=1\n";
        let expected = vec![("host".to_owned(), "y".to_owned()), ("port".to_owned(), "1".to_owned())];
        assert_eq!(section(text, "b"), Some(expected));
        assert_eq!(section(text, "c"), None);
    }
}
