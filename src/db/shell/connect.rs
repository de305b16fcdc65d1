//! `\connect` and `\conninfo`.

use super::Shell;
use super::command::Call;
use super::reading::After;
use super::slash::Word;
use crate::db::{Connection, Settings};

impl Shell<'_> {
    /// Sets the variables that the connection gives a value.
    pub(super) fn sync_variables(&mut self) {
        let Some(connection) = &mut self.connection else { return };
        if self.person.is_some() {
            connection.go_on();
        }
        let version = connection.parameter("server_version").unwrap_or_default().to_owned();
        let number = version_number(&version);
        let values = [
            ("DBNAME", connection.database().to_owned()),
            ("USER", connection.user().to_owned()),
            ("HOST", connection.host().to_owned()),
            ("PORT", connection.port().to_owned()),
            ("ENCODING", connection.parameter("client_encoding").unwrap_or_default().to_owned()),
            ("SERVER_VERSION_NAME", version),
            ("SERVER_VERSION_NUM", number.to_string()),
        ];
        for (name, value) in values {
            self.variables.put(name, &value);
        }
    }

    /// `\c [DBNAME|- [USER|- [HOST|- [PORT|-]]]]`, or an address.
    pub(super) fn connect(&mut self, call: &mut Call<'_>) -> After {
        let mut words: [Option<String>; 4] = [None, None, None, None];
        for word in &mut words {
            *word = self.clean_word(call, Word::NameHack);
            if word.is_none() {
                break;
            }
        }
        let words = words.map(|word| word.filter(|word| word != "-"));
        match self.settings_for(&words) {
            Ok(settings) => self.connected(settings),
            Err(text) => {
                self.error(&text);
                After::Failed
            }
        }
    }

    fn settings_for(&self, words: &[Option<String>; 4]) -> Result<Settings, String> {
        let [database, user, host, port] = words;
        if let Some(address) = database.as_ref().filter(|name| name.contains("://") || name.contains('=')) {
            if user.is_some() || host.is_some() || port.is_some() {
                let text = "Do not give user, host, or port separately when using a connection string";
                return Err(text.to_owned());
            }
            return Settings::over(self.target, address).map_err(|error| error.to_string());
        }
        let mut settings = self.settings.clone();
        for (key, value) in [("dbname", database), ("user", user), ("host", host), ("port", port)] {
            if let Some(value) = value {
                settings = settings.replaced(key, value);
            }
        }
        Ok(settings)
    }

    fn connected(&mut self, settings: Settings) -> After {
        match Connection::open(&settings, self.interrupted) {
            Ok(connection) => {
                let moved = self
                    .connection
                    .as_ref()
                    .is_none_or(|old| (old.host(), old.port()) != (connection.host(), connection.port()));
                self.connection = Some(connection);
                self.settings = settings;
                self.sync_variables();
                self.reread();
                if !self.quiet() {
                    let text = self.place("You are now connected", moved);
                    self.output.line(&text);
                }
                After::Next
            }
            Err(error) if self.interactive() => {
                self.log("", &error.to_string());
                self.log("", "Previous connection kept");
                After::Failed
            }
            Err(error) => {
                // A script must not go on in a database that it did not mean.
                self.error(&format!("\\connect: {error}"));
                self.connection = None;
                After::Failed
            }
        }
    }

    /// `\conninfo`
    pub(super) fn conninfo(&mut self) -> After {
        let text = if self.connection.is_some() {
            self.place("You are connected", true)
        } else {
            "You are currently not connected to a database.".to_owned()
        };
        self.output.line(&text);
        if let Some((version, cipher, bits)) = self.connection.as_ref().and_then(Connection::encryption) {
            let text = format!(
                "SSL connection (protocol: {version}, cipher: {cipher}, bits: {bits}, compression: off)"
            );
            self.output.line(&text);
        }
        After::Next
    }

    fn place(&self, begin: &str, with_host: bool) -> String {
        let Some(connection) = &self.connection else { return String::new() };
        let who =
            format!("{begin} to database \"{}\" as user \"{}\"", connection.database(), connection.user());
        let (host, port) = (connection.host(), connection.port());
        match (with_host, host.starts_with('/')) {
            (false, _) => format!("{who}."),
            (true, true) => format!("{who} via socket in \"{host}\" at port \"{port}\"."),
            (true, false) => format!("{who} on host \"{host}\" at port \"{port}\"."),
        }
    }
}

/// `15.18 (Debian …)` is 150018.
fn version_number(version: &str) -> u32 {
    let digits =
        |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let mut parts = version.split('.').map(digits);
    let major: u32 = parts.next().unwrap_or(0);
    major * 10_000 + parts.next().unwrap_or(0)
}
