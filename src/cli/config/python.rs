//! How revisions in Python are run: what helps to translate them, and what runs the others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alembic_compat::translate::Settings;

use super::ConfigError;
use super::file::Value;
use super::taker::Taker;
use crate::source;

/// The settings of the table `[alembic]` that concern what revisions do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Python {
    /// The command that starts the project's own Alembic, in words; none where there is no bridge.
    pub bridge: Option<Vec<String>>,
    /// What declarations are worth that only Python knows.
    pub declarations: BTreeMap<String, String>,
    /// The naming convention of the project's `MetaData`.
    pub naming_convention: BTreeMap<String, String>,
    /// The project's own column types, and what they are in PostgreSQL.
    pub types: BTreeMap<String, String>,
    /// Folders of the project's modules.
    pub python_path: Vec<PathBuf>,
    /// Functions that do nothing to the database.
    pub ignore: Vec<String>,
}

impl Python {
    /// Returns what the reader of revisions needs to know of them; `offline` is whether what they do
    /// is only written down, and `x` are the values of `-x`.
    #[must_use]
    pub fn source(&self, offline: bool, x: &[(String, String)]) -> source::Python {
        let mut settings = Settings::default();
        settings.amid_others = true;
        settings.offline = offline;
        settings.x_arguments = x
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        settings.python_path.clone_from(&self.python_path);
        settings.ignore.clone_from(&self.ignore);
        settings.types.clone_from(&self.types);
        settings
            .naming_convention
            .clone_from(&self.naming_convention);
        source::Python::new(self.declarations.clone(), settings)
    }
}

impl Taker {
    pub(super) fn python(&mut self) -> Result<Python, ConfigError> {
        Ok(Python {
            bridge: self.bridge()?,
            declarations: self.strings("alembic.declarations"),
            naming_convention: self.strings("alembic.naming_convention"),
            types: self.strings("alembic.types"),
            python_path: match self.list("alembic.python_path") {
                Some((items, origin)) => {
                    let paths = items.into_iter().map(PathBuf::from);
                    paths.map(|path| self.path(path, &origin)).collect()
                }
                None => Vec::new(),
            },
            ignore: self
                .list("alembic.ignore")
                .map_or_else(Vec::new, |(items, _)| items),
        })
    }

    fn bridge(&mut self) -> Result<Option<Vec<String>>, ConfigError> {
        let key = "alembic.bridge";
        let Some((text, origin)) = self.text(key) else {
            return Ok(None);
        };
        match shlex::split(&text).filter(|words| !words.is_empty()) {
            Some(words) => Ok(Some(words)),
            None => Err(ConfigError::Value {
                key,
                origin,
                expected: "a command, its words quoted as in a shell",
            }),
        }
    }

    fn strings(&mut self, key: &str) -> BTreeMap<String, String> {
        match self.values.remove(key) {
            Some((Value::Table(table), _)) => table,
            _ => BTreeMap::new(),
        }
    }
}
