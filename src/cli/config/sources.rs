//! Which files the settings are read from.

use std::path::{Path, PathBuf};

use super::alembic::Files;
use super::file::{self, Value, Values};
use super::{ConfigError, Typed};
use crate::cli::environment::Environment;

/// The files that the settings come from.
pub(super) struct Sources {
    /// `limbeck.toml`, or one that was named instead.
    pub(super) limbeck: Option<PathBuf>,
    alembic: Files,
}

impl Sources {
    /// What is named, else `limbeck.toml` here or above, else what makes an Alembic project.
    pub(super) fn find(typed: &Typed<'_>, environment: &Environment) -> Result<Self, ConfigError> {
        let mut found = Self {
            limbeck: None,
            alembic: Files::default(),
        };
        let variable = environment.get("LIMBECK_CONFIG").map(PathBuf::from);
        let variable = variable.filter(|_| typed.files.is_empty());
        for path in typed.files.iter().cloned().chain(variable) {
            found.add(path)?;
        }
        if found.limbeck.is_none() && found.alembic.is_empty() {
            found.limbeck = file::find_upwards(&environment.directory);
        }
        if found.limbeck.is_none() {
            found.alembic = found.alembic.find(environment)?;
        }
        Ok(found)
    }

    fn add(&mut self, path: PathBuf) -> Result<(), ConfigError> {
        let is_toml = path.extension().is_some_and(|ending| ending == "toml");
        if !is_toml
            || path
                .file_name()
                .is_some_and(|name| name == "pyproject.toml")
        {
            return self.alembic.add(path);
        }
        match &self.limbeck {
            Some(first) => Err(ConfigError::SeveralFiles {
                first: first.clone(),
                second: path,
            }),
            None => {
                self.limbeck = Some(path);
                Ok(())
            }
        }
    }

    /// Alembic's files and what their paths are relative to: for those that `limbeck.toml` names
    /// their own folder, and otherwise the working directory, as for Alembic.
    pub(super) fn alembic(
        &self,
        values: &Values,
        root: &Path,
        environment: &Environment,
    ) -> Result<(Files, PathBuf), ConfigError> {
        let named = match environment.get("LIMBECK_ALEMBIC_CONFIG") {
            Some(path) => Some(PathBuf::from(path)),
            None => match values.get("alembic.config") {
                Some((Value::Text(path), _)) => Some(root.join(path)),
                _ => None,
            },
        };
        let Some(path) = named.filter(|_| self.alembic.is_empty()) else {
            return Ok((self.alembic.clone(), PathBuf::new()));
        };
        let base = path.parent().map(Path::to_owned).unwrap_or_default();
        let mut files = Files::default();
        files.add(path)?;
        Ok((files, base))
    }
}
