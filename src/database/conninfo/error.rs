//! Why connection settings cannot be used.
//!
//! No variant holds a password or a piece of text that could be part of one: where a connection
//! string cannot be read, the error says where and what to write, and does not repeat it.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where a setting was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The connection string.
    Text,
    /// An environment variable.
    Variable(&'static str),
    /// A line of a service file.
    Service {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("the connection string"),
            Self::Variable(name) => write!(f, "the variable `{name}`"),
            Self::Service { path, line } => write!(f, "{}:{line}", path.display()),
        }
    }
}

/// A part of a connection URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlPart {
    /// Before the first `:` of what stands before `@`.
    User,
    /// Between that `:` and the `@`.
    Password,
    /// After the `@`.
    Host,
    /// After a host's `:`.
    Port,
    /// After the `/`.
    Database,
    /// After the `?`.
    Parameter,
}

impl fmt::Display for UrlPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Password => "password",
            Self::Host => "host",
            Self::Port => "port",
            Self::Database => "database name",
            Self::Parameter => "query parameters",
        })
    }
}

/// Why connection settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectInfoError {
    /// Occurs when a URL is of something other than PostgreSQL.
    #[error("`{scheme}://` is no PostgreSQL address")]
    Scheme {
        /// What stands before `://`.
        scheme: String,
    },
    /// Occurs when the text is neither a URL, nor `key=value` words, nor a plain database name.
    #[error("the connection string is neither a URL, nor `key=value` words, nor a database name")]
    Unrecognised,
    /// Occurs when `embedded:` has no path.
    #[error("`embedded:` names no directory")]
    EmbeddedPath,
    /// Occurs when a keyword is not one of libpq's.
    #[error("{origin} has the unknown keyword `{keyword}`")]
    UnknownKeyword {
        /// The keyword as written.
        keyword: String,
        /// Where it was found.
        origin: Origin,
        /// What was probably meant.
        suggestion: Option<&'static str>,
    },
    /// Occurs when a keyword asks for something that limbeck does not do and must not leave out.
    #[error("`{keyword}`, from {origin}, is not supported: {reason}")]
    Unsupported {
        /// The keyword.
        keyword: &'static str,
        /// Where it was found.
        origin: Origin,
        /// Why, and what to use.
        reason: &'static str,
    },
    /// Occurs when a value is not one that the keyword takes.
    #[error("`{keyword}={value}`, from {origin}: expected {expected}")]
    Value {
        /// The keyword.
        keyword: &'static str,
        /// The value as written.
        value: String,
        /// Where it was found.
        origin: Origin,
        /// What would be right.
        expected: String,
    },
    /// Occurs when two settings cannot be used together.
    #[error("{0}")]
    Contradiction(String),
    /// Occurs when a `%` in a URL does not begin an escape, or the escape is no UTF-8 or is NUL.
    #[error("the {part} in the URL has a `%` that does not begin a valid escape")]
    Percent {
        /// Where in the URL.
        part: UrlPart,
    },
    /// Occurs when the port of a URL is no number.
    #[error("the port in the URL is no number from 1 to 65535")]
    UrlPort,
    /// Occurs when a URL has no credentials but an `@` in its path: a password with a raw `/`.
    #[error("the URL has an `@` after its first `/`")]
    LateAt,
    /// Occurs when the brackets of an IPv6 address in a URL do not match.
    #[error("an IPv6 address in the URL needs `[` before it and `]` after it")]
    Brackets,
    /// Occurs when a query parameter of a URL has no `=`.
    #[error("a query parameter of the URL is not of the form `key=value`")]
    Parameter,
    /// Occurs when a word of a `key=value` string has no `=`.
    #[error("the word at character {position} of the connection string is no `key=value`")]
    MissingEquals {
        /// The position, from 1.
        position: usize,
    },
    /// Occurs when a quoted value does not end.
    #[error("a quoted value in the connection string does not end: `{keyword}='…`")]
    Unterminated {
        /// The keyword it belongs to.
        keyword: String,
    },
    /// Occurs when text holds a NUL character.
    #[error("{0} holds a NUL character")]
    Nul(Origin),
    /// Occurs when hosts, addresses and ports do not match in number.
    #[error("{count} `{keyword}` values do not match {hosts} hosts")]
    Count {
        /// `port`, `hostaddr` or `host`.
        keyword: &'static str,
        /// How many there are of it.
        count: usize,
        /// How many hosts there are.
        hosts: usize,
    },
    /// Occurs when no service file has the service.
    #[error("there is no service `{name}` in {}", list(.files))]
    Service {
        /// The service.
        name: String,
        /// The files that were looked at, or would have been had they existed.
        files: Vec<PathBuf>,
    },
    /// Occurs when a line of a service file is no setting, or one that is not allowed there.
    #[error("{origin}: {problem}")]
    ServiceLine {
        /// File and line.
        origin: Origin,
        /// What is wrong.
        problem: &'static str,
    },
    /// Occurs when a file that was named cannot be read.
    #[error("cannot read {path}: {source}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Occurs when neither the settings nor the operating system name a user.
    #[error("no database user is named")]
    NoUser,
}

fn list(files: &[PathBuf]) -> String {
    if files.is_empty() {
        return "any service file: no place for one is known".to_owned();
    }
    let names: Vec<_> = files.iter().map(|f| f.display().to_string()).collect();
    names.join(" or ")
}

impl ConnectInfoError {
    /// Returns the error's name in machine-readable output.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "connection"
    }

    /// Returns what to type instead, one sentence each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Scheme { scheme } if scheme.starts_with("jdbc:") => {
                "leave out `jdbc:` and write `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`".into()
            }
            Self::Scheme { .. } | Self::Unrecognised => {
                "write `postgresql://USER:PASSWORD@HOST:PORT/DATABASE` or \
                 `host=HOST dbname=DATABASE user=USER`"
                    .into()
            }
            Self::EmbeddedPath => "write `embedded:./pgdata`".into(),
            Self::UnknownKeyword {
                suggestion: Some(suggestion),
                ..
            } => format!("did you mean `{suggestion}`?"),
            Self::Percent { part } => {
                format!("write a literal `%` in the {part} as `%25`")
            }
            Self::UrlPort | Self::LateAt => {
                "in a password, write `/` as `%2F`, `?` as `%3F` and `%` as `%25`; in a database \
                 name, `@` as `%40`"
                    .into()
            }
            Self::Brackets => "write `postgresql://[::1]:5432/DATABASE`".into(),
            Self::Parameter => "write `&` in a value as `%26`".into(),
            Self::MissingEquals { .. } => {
                "quote a value that has spaces: `password='two words'`".into()
            }
            Self::Unterminated { .. } => r"inside quotes, write `'` as `\'` and `\` as `\\`".into(),
            Self::NoUser => "name it in the URL (`postgresql://USER@HOST/`) or in `PGUSER`".into(),
            Self::UnknownKeyword { .. }
            | Self::Unsupported { .. }
            | Self::Value { .. }
            | Self::Contradiction(_)
            | Self::Nul(_)
            | Self::Count { .. }
            | Self::Service { .. }
            | Self::ServiceLine { .. }
            | Self::File { .. } => return Vec::new(),
        };
        vec![hint]
    }
}
