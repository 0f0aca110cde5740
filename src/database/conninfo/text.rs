//! Reads connection strings: URLs, `key=value` words, and plain database names.
//!
//! The result is a set of settings by keyword, strings still. Which keywords exist is checked
//! here, what a value means is not.

use std::collections::BTreeMap;

use super::error::{ConnectInfoError as Error, Origin, UrlPart};
use super::keyword::{self, KEYWORDS, Treatment};

/// One setting, not yet believed.
#[derive(Clone)]
pub(super) struct Setting {
    pub value: String,
    pub origin: Origin,
}

/// Settings by keyword.
#[derive(Clone, Default)]
pub(super) struct Settings(BTreeMap<&'static str, Setting>);

impl Settings {
    /// Sets a keyword, in place of what it had.
    pub fn set(&mut self, keyword: &str, value: String, origin: Origin) -> Result<(), Error> {
        if value.contains('\0') {
            return Err(Error::Nul(origin));
        }
        // JDBC's and asyncpg's spelling, which libpq takes in part.
        let (keyword, value) = match (keyword, value.as_str()) {
            ("ssl", "true") => ("sslmode", "require".to_owned()),
            ("ssl", "false") => ("sslmode", "disable".to_owned()),
            ("ssl", _) => ("sslmode", value),
            _ => (keyword, value),
        };
        let Some(known) = keyword::find(keyword) else {
            return Err(Error::UnknownKeyword {
                keyword: keyword.to_owned(),
                origin,
                suggestion: keyword::suggest(keyword),
            });
        };
        if let Treatment::Refused(harmless, reason) = known.treatment
            && !value.is_empty()
            && !harmless.contains(&value.as_str())
        {
            let keyword = known.name;
            return Err(Error::Unsupported {
                keyword,
                origin,
                reason,
            });
        }
        self.0.insert(known.name, Setting { value, origin });
        Ok(())
    }

    /// Takes from `others` what is not set here.
    pub fn fill(&mut self, others: Self) {
        for (keyword, setting) in others.0 {
            self.0.entry(keyword).or_insert(setting);
        }
    }

    /// Returns a setting that is there and not empty.
    pub fn get(&self, keyword: &'static str) -> Option<&Setting> {
        debug_assert!(KEYWORDS.iter().any(|known| known.name == keyword));
        self.0.get(keyword).filter(|s| !s.value.is_empty())
    }

    /// Returns the value of a setting that is there and not empty.
    pub fn value(&self, keyword: &'static str) -> Option<&str> {
        self.get(keyword).map(|setting| setting.value.as_str())
    }
}

/// Reads a connection string of any form; an empty one has no settings.
pub(super) fn read(text: &str) -> Result<Settings, Error> {
    let text = text.trim();
    if text.contains('\0') {
        return Err(Error::Nul(Origin::Text));
    }
    if let Some((scheme, rest)) = split_scheme(text) {
        // SQLAlchemy's dialect+driver: the driver is its own business.
        let dialect = scheme.split('+').next().unwrap_or(scheme);
        return match dialect {
            "postgres" | "postgresql" => url(rest),
            _ => Err(Error::Scheme {
                scheme: scheme.to_owned(),
            }),
        };
    }
    if text.contains('=') {
        return words(text);
    }
    if text.contains(['/', ':', '@', '?']) || text.contains(char::is_whitespace) {
        return Err(Error::Unrecognised);
    }
    let mut settings = Settings::default();
    if !text.is_empty() {
        settings.set("dbname", text.to_owned(), Origin::Text)?;
    }
    Ok(settings)
}

/// Splits `scheme://rest`, where what stands before is a scheme and not a part of a value.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let looks_right = !scheme.is_empty()
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-._:".contains(c));
    looks_right.then_some((scheme, rest))
}

fn url(rest: &str) -> Result<Settings, Error> {
    let mut settings = Settings::default();
    let mut put = |keyword, value: String| {
        if value.is_empty() {
            return Ok(());
        }
        settings.set(keyword, value, Origin::Text)
    };

    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (credentials, places) = match authority.rsplit_once('@') {
        Some((credentials, places)) => (Some(credentials), places),
        None => (None, authority),
    };
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        put("user", decode(user, UrlPart::User)?)?;
        put("password", decode(password, UrlPart::Password)?)?;
    }

    // A raw `/` in a password ends the authority early and leaves the `@` behind: what follows
    // would be taken for host, port and database, and shown as such.
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    if credentials.is_none() && path.contains('@') {
        return Err(Error::LateAt);
    }
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for place in places.split(',') {
        let (host, port) = split_port(place)?;
        if !port.is_empty() && port.parse::<u16>().map_or(true, |port| port == 0) {
            return Err(Error::UrlPort);
        }
        hosts.push(decode(host, UrlPart::Host)?);
        ports.push(port);
    }
    if hosts.len() > 1 || !hosts[0].is_empty() {
        put("host", hosts.join(","))?;
    }
    if ports.iter().any(|port| !port.is_empty()) {
        put("port", ports.join(","))?;
    }

    let database = path.strip_prefix('/').unwrap_or(path);
    put("dbname", decode(database, UrlPart::Database)?)?;
    for parameter in query.split('&').filter(|p| !p.is_empty()) {
        let (key, value) = parameter.split_once('=').ok_or(Error::Parameter)?;
        let key = decode(key, UrlPart::Parameter)?;
        let value = decode(value, UrlPart::Parameter)?;
        settings.set(&key, value, Origin::Text)?;
    }
    Ok(settings)
}

/// Splits `host:port`, `[v6]:port` or a plain host.
fn split_port(place: &str) -> Result<(&str, &str), Error> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(Error::Brackets)?;
        if host.is_empty() || !(after.is_empty() || after.starts_with(':')) {
            return Err(Error::Brackets);
        }
        return Ok((host, after.strip_prefix(':').unwrap_or("")));
    }
    let (host, port) = place.split_once(':').unwrap_or((place, ""));
    if port.contains(':') {
        return Err(Error::Brackets);
    }
    Ok((host, port))
}

fn decode(text: &str, part: UrlPart) -> Result<String, Error> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        match (digit(), digit()) {
            (Some(high), Some(low)) if high + low > 0 => bytes.push((high * 16 + low) as u8),
            _ => return Err(Error::Percent { part }),
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::Percent { part })
}

fn words(text: &str) -> Result<Settings, Error> {
    let mut settings = Settings::default();
    let mut rest = text.trim_start();
    let mut after_password = false;
    while !rest.is_empty() {
        let position = text[..text.len() - rest.len()].chars().count() + 1;
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let Some(after) = after.trim_start().strip_prefix('=') else {
            return Err(Error::MissingEquals { position });
        };
        let (value, after) = word(key, after.trim_start())?;
        // What is no name, or follows a password and is no keyword, may be the rest of an unquoted
        // password: it is not repeated.
        let name = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
        if !name || (after_password && keyword::find(key).is_none()) {
            return Err(Error::MissingEquals { position });
        }
        after_password = key.ends_with("password");
        settings.set(key, value, Origin::Text)?;
        rest = after.trim_start();
    }
    Ok(settings)
}

/// Reads one value, quoted or not, and returns what follows it.
fn word<'t>(key: &str, text: &'t str) -> Result<(String, &'t str), Error> {
    let quoted = text.strip_prefix('\'');
    let body = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if quoted.is_some() => return Ok((value, &body[at + 1..])),
            c if quoted.is_none() && c.is_whitespace() => return Ok((value, &body[at..])),
            c => value.push(c),
        }
    }
    if quoted.is_some() {
        let keyword = key.to_owned();
        return Err(Error::Unterminated { keyword });
    }
    Ok((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every setting as `key=value`, in order of the keys.
    fn shown(text: &str) -> String {
        match read(text) {
            Ok(settings) => {
                let pairs = settings.0.iter().map(|(k, s)| format!("{k}={}", s.value));
                pairs.collect::<Vec<_>>().join(" ")
            }
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn urls_are_read_as_libpq_reads_them() {
        for (text, settings) in [
            ("postgresql://", ""),
            ("postgres://localhost", "host=localhost"),
            ("postgresql://localhost:5433", "host=localhost port=5433"),
            ("postgresql://localhost/mydb", "dbname=mydb host=localhost"),
            ("postgresql://user@localhost", "host=localhost user=user"),
            (
                "postgresql://user:secret@localhost",
                "host=localhost password=secret user=user",
            ),
            (
                "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp",
                "application_name=myapp connect_timeout=10 dbname=otherdb host=localhost user=other",
            ),
            (
                "postgresql://host1:123,host2:456/somedb?target_session_attrs=any",
                "dbname=somedb host=host1,host2 port=123,456 target_session_attrs=any",
            ),
            ("postgresql://h1,h2/d", "dbname=d host=h1,h2"),
            ("postgresql://h1,h2:7/d", "dbname=d host=h1,h2 port=,7"),
            (
                "postgresql:///mydb?host=localhost&port=5433",
                "dbname=mydb host=localhost port=5433",
            ),
            (
                "postgresql://[2001:db8::1234]/d",
                "dbname=d host=2001:db8::1234",
            ),
            ("postgresql://[::1]:5433", "host=::1 port=5433"),
            (
                "postgresql:///dbname?host=/var/lib/postgresql",
                "dbname=dbname host=/var/lib/postgresql",
            ),
            (
                "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname",
                "dbname=dbname host=/var/lib/postgresql",
            ),
            ("postgresql://u@/d", "dbname=d user=u"),
            ("postgresql://:@:/", ""),
            ("postgresql://:5433/", "port=5433"),
            ("postgresql:///my%20db", "dbname=my db"),
            (
                "postgresql://?user=u&password=p%26%3D",
                "password=p&= user=u",
            ),
            ("postgresql://h?ssl=true", "host=h sslmode=require"),
            (
                "postgresql://h?options=-csearch_path=a",
                "host=h options=-csearch_path=a",
            ),
        ] {
            assert_eq!(shown(text), settings, "{text}");
        }
    }

    #[test]
    fn a_password_with_any_character_is_read_from_its_escapes_and_a_raw_at_is_forgiven() {
        for (text, password) in [
            ("postgres://u:%40%25%3A%2F@h/d", "@%:/"),
            ("postgres://u:p@ss@h/d", "p@ss"),
            ("postgres://u:a:b@h/d", "a:b"),
            ("postgres://u:%27%22%5C%20@h/d", "'\"\\ "),
            ("postgres://u:caf%C3%A9@h/d", "café"),
            ("postgres://u:#hash@h/d", "#hash"),
        ] {
            let settings = read(text).unwrap();
            assert_eq!(settings.value("password"), Some(password), "{text}");
            assert_eq!(settings.value("host"), Some("h"), "{text}");
        }
    }

    #[test]
    fn the_driver_of_sqlalchemy_is_dropped() {
        for driver in ["psycopg2", "asyncpg", "psycopg", "pg8000", "psycopg_async"] {
            let text = format!("postgresql+{driver}://u@h/d");
            assert_eq!(shown(&text), "dbname=d host=h user=u");
        }
    }

    #[test]
    fn words_are_read_with_quotes_backslashes_and_spaces() {
        for (text, settings) in [
            ("host=localhost port=5433", "host=localhost port=5433"),
            (" host = h   user = u ", "host=h user=u"),
            (
                r"password='it\'s \\ here' host=h",
                r"host=h password=it's \ here",
            ),
            (r"password=a\ b host=h", "host=h password=a b"),
            ("password='' user=u", "password= user=u"),
            ("password=a=b", "password=a=b"),
            ("options='-c search_path=a,b'", "options=-c search_path=a,b"),
            ("password=x://y", "password=x://y"),
            ("host=a\nport=1", "host=a port=1"),
        ] {
            assert_eq!(shown(text), settings, "{text}");
        }
    }

    #[test]
    fn a_plain_word_is_a_database() {
        assert_eq!(shown("shop"), "dbname=shop");
        assert_eq!(shown("  "), "");
    }

    #[test]
    fn what_cannot_be_read_says_so_and_never_repeats_a_password() {
        for (text, message) in [
            (
                "mysql://u:hunter2@h/d",
                "error: `mysql://` is no PostgreSQL address",
            ),
            (
                "jdbc:postgresql://h/d?password=hunter2",
                "error: `jdbc:postgresql://` is no PostgreSQL address",
            ),
            (
                "u:hunter2@h/d",
                "error: the connection string is neither a URL, nor `key=value` words, nor a \
                 database name",
            ),
            (
                "postgres://u:hunter2%zz@h/d",
                "error: the password in the URL has a `%` that does not begin a valid escape",
            ),
            (
                "postgres://u:hunter2%00@h/d",
                "error: the password in the URL has a `%` that does not begin a valid escape",
            ),
            (
                "postgres://u:hunter2/x@h/d",
                "error: the URL has an `@` after its first `/`",
            ),
            (
                "postgres://u:hunter2?x@h/d",
                "error: the port in the URL is no number from 1 to 65535",
            ),
            (
                "postgres://h:0/d",
                "error: the port in the URL is no number from 1 to 65535",
            ),
            (
                "postgres://[::1/d",
                "error: an IPv6 address in the URL needs `[` before it and `]` after it",
            ),
            (
                "postgres://::1/d",
                "error: an IPv6 address in the URL needs `[` before it and `]` after it",
            ),
            (
                "postgres://h/d?hunter2",
                "error: a query parameter of the URL is not of the form `key=value`",
            ),
            (
                "password=my hunter2 host=h",
                "error: the word at character 13 of the connection string is no `key=value`",
            ),
            (
                "password=my hunter=2",
                "error: the word at character 13 of the connection string is no `key=value`",
            ),
            (
                "password='hunter2 host=h",
                "error: a quoted value in the connection string does not end: `password='…`",
            ),
            (
                "host=h sslmod=require",
                "error: the connection string has the unknown keyword `sslmod`",
            ),
            (
                "postgres://h/?gssencmode=require",
                "error: `gssencmode`, from the connection string, is not supported: GSSAPI \
                 encryption is not supported; `sslmode=require` encrypts with TLS",
            ),
        ] {
            let shown = shown(text);
            assert_eq!(shown, message, "{text}");
            assert!(!shown.contains("hunter"));
        }
        assert_eq!(
            shown("gssencmode=disable replication=false"),
            "gssencmode=disable replication=false"
        );
    }
}
