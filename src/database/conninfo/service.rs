//! Reads a service from `pg_service.conf` files.
//!
//! The files are looked for where libpq looks: the one that is named, else the user's, and then
//! the system's. The first file that has the service gives all of its settings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::error::{ConnectInfoError as Error, Origin};
use super::text::Settings;

/// Where Debian's libpq looks when `PGSYSCONFDIR` is not set.
const SYSTEM_DIRECTORY: &str = "/etc/postgresql-common";

/// Reads the settings of a service; `named` is the file that was asked for, if one was.
pub(super) fn read(
    name: &str,
    named: Option<&str>,
    environment: &Environment,
) -> Result<Settings, Error> {
    let user = match named {
        Some(path) => Some(PathBuf::from(path)),
        None => environment.in_home(".pg_service.conf"),
    };
    let system = environment.get("PGSYSCONFDIR").unwrap_or(SYSTEM_DIRECTORY);
    let files: Vec<_> = user
        .into_iter()
        .chain([Path::new(system).join("pg_service.conf")])
        .collect();
    for path in &files {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => {
                let path = path.clone();
                return Err(Error::File { path, source });
            }
        };
        if let Some(settings) = section(&text, name, path)? {
            return Ok(settings);
        }
    }
    let name = name.to_owned();
    Err(Error::Service { name, files })
}

fn section(text: &str, name: &str, path: &Path) -> Result<Option<Settings>, Error> {
    let mut found: Option<Settings> = None;
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            inside = header.strip_suffix(']') == Some(name);
            if inside {
                found = Some(Settings::default());
            }
            continue;
        }
        let (true, Some(settings)) = (inside, &mut found) else {
            continue;
        };
        let origin = Origin::Service {
            path: path.to_owned(),
            line: index + 1,
        };
        let problem = if line.starts_with("ldap") {
            Some("looking a service up in LDAP is not supported")
        } else if !line.contains('=') {
            Some("expected `key=value`")
        } else if line.starts_with("service=") || line.starts_with("servicefile=") {
            Some("a service cannot name another one")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(Error::ServiceLine { origin, problem });
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        // The first of two lines with one keyword wins, as in libpq.
        let mut one = Settings::default();
        one.set(key, value.to_owned(), origin)?;
        settings.fill(one);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# services
[other]
host=elsewhere
nonsense

[shop]
host=db.example.com
port=5433
password=a=b c
# host=no
port=1

[last]
sslmod=require
";

    fn shop(text: &str, name: &str) -> Result<Option<Settings>, Error> {
        section(text, name, Path::new("s.conf"))
    }

    #[test]
    fn a_section_gives_its_settings_and_the_others_are_not_looked_at() {
        let settings = shop(FILE, "shop").unwrap().unwrap();
        assert_eq!(settings.value("host"), Some("db.example.com"));
        assert_eq!(settings.value("port"), Some("5433"));
        assert_eq!(settings.value("password"), Some("a=b c"));
        assert!(shop(FILE, "absent").unwrap().is_none());
    }

    #[test]
    fn a_wrong_line_is_named_with_file_and_line() {
        let message = |name| shop(FILE, name).err().unwrap().to_string();
        assert_eq!(message("other"), "s.conf:4: expected `key=value`");
        assert_eq!(
            message("last"),
            "s.conf:14 has the unknown keyword `sslmod`"
        );
    }

    #[test]
    fn a_service_that_no_file_has_names_the_files() {
        let environment = Environment {
            home: Some("/nonexistent".into()),
            ..Environment::default()
        };
        let error = read("x", None, &environment).err().unwrap();
        assert_eq!(
            error.to_string(),
            "there is no service `x` in /nonexistent/.pg_service.conf or \
             /etc/postgresql-common/pg_service.conf"
        );
    }
}
