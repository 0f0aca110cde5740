//! Turns the values of settings into what they mean, one by one.

use std::path::PathBuf;
use std::time::Duration;

use super::file::{Value, Values};
use super::keys::{self, Kind};
use super::zone::Zone;
use super::{Config, ConfigError, Origin};
use crate::check::{AllowedHeads, IGNORABLE, Ignored};
use crate::cli::file_name::FileTemplate;
use crate::cli::hooks::Hook;
use crate::declaration::Format;
use crate::execute::TransactionMode;

/// Takes the values one by one and turns them into what they mean.
pub(super) struct Taker {
    pub(super) values: Values,
    pub(super) root: PathBuf,
}

impl Taker {
    pub(super) fn new(values: Values, root: PathBuf) -> Self {
        Self { values, root }
    }

    /// Takes all of them.
    pub(super) fn config(mut self, file: Option<PathBuf>) -> Result<Config, ConfigError> {
        let values = self.values.clone();
        let recursive = self.switch("recursive_version_locations");
        let python = self.python()?;
        let version_locations = self
            .version_locations()?
            .unwrap_or_else(|| vec![self.root.join("versions")]);
        Ok(Config {
            takeovers: self.takeovers(&version_locations)?,
            version_locations,
            recursive,
            url: self.text("url").map(|(url, _)| url),
            version_table: self
                .name("version_table")?
                .unwrap_or_else(|| "alembic_version".to_owned()),
            version_table_schema: self.name("version_table_schema")?,
            search_path: self.name("search_path")?,
            transaction: self
                .choice(
                    "transaction",
                    "\"revision\" or \"all\"",
                    &[
                        ("revision", TransactionMode::Revision),
                        ("all", TransactionMode::All),
                    ],
                )?
                .unwrap_or(TransactionMode::Revision),
            lock_wait: self.time("lock_wait")?.unwrap_or(Duration::from_secs(60)),
            lock_timeout: self.time("lock_timeout")?.filter(|time| !time.is_zero()),
            statement_timeout: self
                .time("statement_timeout")?
                .filter(|time| !time.is_zero()),
            connect_timeout: self
                .time("connect_timeout")?
                .unwrap_or(Duration::from_secs(10)),
            connect_retry: self.time("connect_retry")?.unwrap_or_default(),
            new_revision: self
                .choice(
                    "new_revision",
                    "\"sql\" or \"rust\"",
                    &[("sql", Format::Sql), ("rust", Format::Rust)],
                )?
                .unwrap_or(Format::Sql),
            file_template: self.file_template(recursive)?,
            truncate_slug_length: self.number("truncate_slug_length").unwrap_or(40),
            post_write_hooks: self.hooks(),
            timezone: self.timezone()?,
            check_heads: self.check_heads(),
            check_ignore: self.check_ignore()?,
            verify_tables: self
                .list("verify.tables")
                .map(|(list, _)| list)
                .unwrap_or_default(),
            rust_binary: self.text("rust.binary").map(|(text, origin)| {
                let path = PathBuf::from(text);
                self.path(path, &origin)
            }),
            rust_command: self.rust_command()?,
            file,
            root: self.root,
            is_alembic: false,
            python,
            values,
        })
    }

    pub(super) fn text(&mut self, key: &str) -> Option<(String, Origin)> {
        match self.values.remove(key) {
            Some((Value::Text(text), origin)) => Some((text, origin)),
            _ => None,
        }
    }

    pub(super) fn list(&mut self, key: &str) -> Option<(Vec<String>, Origin)> {
        match self.values.remove(key) {
            Some((Value::List(items), origin)) => Some((items, origin)),
            _ => None,
        }
    }

    fn hooks(&mut self) -> Vec<Hook> {
        match self.values.remove("post_write_hooks") {
            Some((Value::Hooks(hooks), _)) => hooks,
            _ => Vec::new(),
        }
    }

    fn switch(&mut self, key: &str) -> bool {
        matches!(self.values.remove(key), Some((Value::Switch(true), _)))
    }

    fn number(&mut self, key: &str) -> Option<usize> {
        match self.values.remove(key) {
            Some((Value::Number(number), _)) => usize::try_from(number).ok(),
            _ => None,
        }
    }

    /// A path of the file is relative to the file, one of a variable to the working directory.
    pub(super) fn path(&self, path: PathBuf, origin: &Origin) -> PathBuf {
        match origin {
            Origin::File { .. } => self.root.join(path),
            Origin::Flag(_) | Origin::Environment(_) | Origin::Alembic { .. } | Origin::Default => {
                path
            }
        }
    }

    fn version_locations(&mut self) -> Result<Option<Vec<PathBuf>>, ConfigError> {
        let key = "version_locations";
        let Some((items, origin)) = self.list(key) else {
            return Ok(None);
        };
        if items.iter().all(String::is_empty) {
            return Err(ConfigError::Value {
                key,
                origin,
                expected: "at least one folder",
            });
        }
        let paths = items.into_iter().map(PathBuf::from);
        Ok(Some(paths.map(|path| self.path(path, &origin)).collect()))
    }

    /// The name of something in the database.
    fn name(&mut self, key: &'static str) -> Result<Option<String>, ConfigError> {
        match self.text(key) {
            Some((name, origin)) if name.trim().is_empty() => Err(ConfigError::Value {
                key,
                origin,
                expected: "a name, and this one is empty",
            }),
            Some((name, _)) => Ok(Some(name)),
            None => Ok(None),
        }
    }

    fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ConfigError> {
        let Some((text, origin)) = self.text(key) else {
            return Ok(None);
        };
        match choices.iter().find(|(name, _)| *name == text) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => Err(ConfigError::Value {
                key,
                origin,
                expected,
            }),
        }
    }

    fn time(&mut self, key: &'static str) -> Result<Option<Duration>, ConfigError> {
        let Some((text, origin)) = self.text(key) else {
            return Ok(None);
        };
        match time(&text) {
            Some(time) => Ok(Some(time)),
            None => Err(ConfigError::Value {
                key,
                origin,
                expected: Kind::Time.expected(),
            }),
        }
    }

    fn timezone(&mut self) -> Result<Zone, ConfigError> {
        let Some((name, origin)) = self.text("timezone") else {
            return Ok(Zone::utc());
        };
        Zone::named(&name).ok_or(ConfigError::Timezone { name, origin })
    }

    fn check_heads(&mut self) -> AllowedHeads {
        match self.list("check.heads") {
            Some((names, origin)) if !names.is_empty() => AllowedHeads::Lines {
                names,
                place: origin.place(),
            },
            _ => AllowedHeads::One,
        }
    }

    /// Reads `code` and `code:revision`.
    fn check_ignore(&mut self) -> Result<Vec<Ignored>, ConfigError> {
        let Some((items, origin)) = self.list("check.ignore") else {
            return Ok(Vec::new());
        };
        let ignored = items.into_iter().map(|item| {
            let (code, revision) = match item.split_once(':') {
                Some((code, revision)) => (code.trim(), Some(revision.trim().to_owned())),
                None => (item.trim(), None),
            };
            if !IGNORABLE.contains(&code) {
                let suggestion = keys::nearest(code, IGNORABLE.into_iter());
                return Err(ConfigError::Ignored {
                    code: code.to_owned(),
                    origin: origin.clone(),
                    suggestion: suggestion.map(str::to_owned),
                });
            }
            let code = code.to_owned();
            Ok(Ignored { code, revision })
        });
        ignored.collect()
    }

    fn file_template(&mut self, recursive: bool) -> Result<FileTemplate, ConfigError> {
        let Some((text, origin)) = self.text("file_template") else {
            return Ok(FileTemplate::default());
        };
        let of_alembic = matches!(origin, Origin::Alembic { .. });
        let template = if of_alembic {
            FileTemplate::parse_alembic(&text)
        } else {
            FileTemplate::parse(&text)
        };
        match template {
            Err(source) => Err(ConfigError::Template { origin, source }),
            Ok(template) if template.makes_folders() && !recursive && !of_alembic => {
                Err(ConfigError::TemplateFolders { origin })
            }
            Ok(template) => Ok(template),
        }
    }

    fn rust_command(&mut self) -> Result<Vec<String>, ConfigError> {
        let Some((command, origin)) = self.list("rust.command") else {
            return Ok(["cargo", "run", "--quiet", "--"]
                .map(str::to_owned)
                .to_vec());
        };
        if command.is_empty() {
            return Err(ConfigError::Value {
                key: "rust.command",
                origin,
                expected: "at least the name of a program",
            });
        }
        Ok(command)
    }
}

/// Reads `500ms`, `10s`, `5min`, `1h` or `0`; a number without a unit could mean several things.
#[must_use]
pub fn time(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit.trim() {
        "" if number == 0 => Some(Duration::ZERO),
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "min" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "h" => Some(Duration::from_secs(number.checked_mul(3600)?)),
        _ => None,
    }
}
