//! Looks passwords up in a `.pgpass` file.
//!
//! The file is read once and asked for each host. One that others may read is not used, as in
//! libpq, and a [`Warning`] says so.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Host, Place, Secret};

/// Something about the settings that the user should know and that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The password file was not used, since others than its owner may read it.
    PassfilePermissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The password file was not used, since it is no plain file.
    PassfileKind {
        /// The file.
        path: PathBuf,
    },
    /// The password file was not used, since it cannot be read.
    PassfileUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassfilePermissions { path, mode } => write!(
                f,
                "the password file {} is ignored: others may read it (its mode is {mode:04o}; \
                 `chmod 0600` it)",
                path.display()
            ),
            Self::PassfileKind { path } => write!(
                f,
                "the password file {} is ignored: it is no plain file",
                path.display()
            ),
            Self::PassfileUnreadable { path, reason } => write!(
                f,
                "the password file {} is ignored: {reason}",
                path.display()
            ),
        }
    }
}

/// The text of a password file.
#[derive(Clone)]
pub(super) struct Passfile(String);

impl Passfile {
    /// Reads the file; one that does not exist has no passwords.
    pub fn read(path: &Path) -> Result<Option<Self>, Warning> {
        let Ok(metadata) = fs::metadata(path) else {
            return Ok(None);
        };
        let path = path.to_owned();
        if !metadata.is_file() {
            return Err(Warning::PassfileKind { path });
        }
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
            if mode & 0o077 != 0 {
                return Err(Warning::PassfilePermissions { path, mode });
            }
        }
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self(text))),
            Err(error) => {
                let reason = error.to_string();
                Err(Warning::PassfileUnreadable { path, reason })
            }
        }
    }

    /// Finds the password of the first line that fits.
    pub fn find(&self, host: &Host, database: &str, user: &str) -> Option<Secret> {
        let names = match &host.place {
            Place::Tcp { name, .. } => vec![name.clone()],
            Place::Socket(directory) => {
                vec!["localhost".to_owned(), directory.display().to_string()]
            }
        };
        let port = host.port.to_string();
        let lines = self.0.strip_prefix('\u{feff}').unwrap_or(&self.0).lines();
        lines
            .filter(|line| !line.starts_with('#'))
            .find_map(|line| {
                let rest = names.iter().find_map(|name| field(line, name))?;
                let rest = field(rest, &port)?;
                let rest = field(rest, database)?;
                let rest = field(rest, user)?;
                Some(unescape(rest))
            })
            .filter(|password| !password.is_empty())
            .map(Secret::new)
    }
}

/// Returns what follows the first field of a line, if the field fits the value.
fn field<'l>(line: &'l str, value: &str) -> Option<&'l str> {
    let mut end = None;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            ':' => {
                end = Some(at);
                break;
            }
            _ => {}
        }
    }
    let (field, rest) = line.split_at(end?);
    (field == "*" || unescape(field) == value).then(|| &rest[1..])
}

fn unescape(text: &str) -> String {
    let mut chars = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => chars.next().unwrap_or(c),
            c => c,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# a comment
db.example.com:5432:shop:ada:first
db.example.com:*:*:ada:any\\:colon\\\\and@%
localhost:5432:*:*:local
\\:\\:1:5432:shop:ada:six
/srv/pg:*:*:bob:by path
*:*:shop:o\\:k:wild
broken line
";

    fn found(place: Place, port: u16, database: &str, user: &str) -> Option<String> {
        let password = Passfile(FILE.to_owned()).find(&Host { place, port }, database, user);
        password.map(|secret| secret.expose().to_owned())
    }

    fn tcp(name: &str) -> Place {
        Place::Tcp {
            name: name.to_owned(),
            address: None,
        }
    }

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let socket = || Place::Socket("/srv/pg".into());
        for (place, port, database, user, password) in [
            (tcp("db.example.com"), 5432, "shop", "ada", Some("first")),
            (
                tcp("db.example.com"),
                5433,
                "x",
                "ada",
                Some("any:colon\\and@%"),
            ),
            (tcp("db.example.com"), 5433, "x", "bob", None),
            (tcp("localhost"), 5432, "x", "bob", Some("local")),
            (socket(), 5432, "x", "bob", Some("local")),
            (socket(), 5433, "x", "bob", Some("by path")),
            (tcp("::1"), 5432, "shop", "ada", Some("six")),
            (tcp("other"), 1, "shop", "o:k", Some("wild")),
        ] {
            let case = format!("{place:?} {port} {database} {user}");
            assert_eq!(
                found(place, port, database, user).as_deref(),
                password,
                "{case}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pgpass");
        assert!(matches!(Passfile::read(&path), Ok(None)));
        fs::write(&path, FILE).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let warning = Passfile::read(&path).err().unwrap();
        assert!(
            warning
                .to_string()
                .ends_with("is ignored: others may read it (its mode is 0640; `chmod 0600` it)")
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Passfile::read(&path), Ok(Some(_))));
        let kind = Passfile::read(directory.path()).err().unwrap();
        assert!(matches!(kind, Warning::PassfileKind { .. }));
    }
}
