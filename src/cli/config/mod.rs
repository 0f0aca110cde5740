//! What the settings mean: flag, then environment, then file, then default, each with its origin.
//!
//! The second of two floors: [`super::args`] holds what was typed, a [`Config`] what it means.
//! Nothing here opens a connection or reads a revision.

mod alembic;
mod error;
pub mod file;
pub mod keys;
mod python;
mod sources;
mod takeovers;
mod taker;
pub mod zone;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::file::{Value, Values};
use self::sources::Sources;
use self::taker::Taker;
use self::zone::Zone;
use super::environment::Environment;
use super::file_name::FileTemplate;
use super::hooks::Hook;
use crate::check::{AllowedHeads, Ignored};
use crate::declaration::Format;
use crate::execute::TransactionMode;
use crate::graph::Place;
use crate::source::Takeover;

pub use error::ConfigError;
pub use python::Python;
pub use taker::time;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The flag of that name.
    Flag(&'static str),
    /// The variable of that name.
    Environment(String),
    /// A line of the file.
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u32,
    },
    /// A line of a file of Alembic; its paths are relative to the working directory.
    Alembic {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u32,
    },
    /// Nobody said anything.
    Default,
}

impl Origin {
    /// Returns the line of a file, where the value comes from one.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::File { path, line } | Self::Alembic { path, line } => Place {
                path: Some(path.as_path().into()),
                line: *line,
            },
            Self::Flag(_) | Self::Environment(_) | Self::Default => Place::default(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Environment(variable) => write!(f, "the variable {variable}"),
            Self::File { path, line } | Self::Alembic { path, line } => {
                write!(f, "{}:{line}", path.display())
            }
            Self::Default => f.write_str("the default"),
        }
    }
}

/// What of the command line takes part in the settings.
#[derive(Clone, Debug, Default)]
pub struct Typed<'a> {
    /// `--config`, which may name files of several kinds.
    pub files: &'a [PathBuf],
    /// `--name`
    pub name: Option<&'a str>,
    /// `--url`
    pub url: Option<&'a str>,
    /// `-x`
    pub x: &'a [(String, String)],
}

/// The settings of one run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file they come from, where there is one.
    pub file: Option<PathBuf>,
    /// The folder that paths of the file are relative to; empty for the working directory.
    pub root: PathBuf,
    /// The folders that hold revisions.
    pub version_locations: Vec<PathBuf>,
    /// Whether the folders below them are read, too.
    pub recursive: bool,
    /// The folders of other tools, in order.
    pub takeovers: Vec<Takeover>,
    /// The database; none leaves it to libpq's variables.
    pub url: Option<String>,
    /// The table that holds the heads.
    pub version_table: String,
    /// Its schema.
    pub version_table_schema: Option<String>,
    /// The search_path that revisions begin with.
    pub search_path: Option<String>,
    /// How much one transaction holds.
    pub transaction: TransactionMode,
    /// How long to wait for another runner.
    pub lock_wait: Duration,
    /// How long a step's statement may wait for a lock; none is for ever.
    pub lock_timeout: Option<Duration>,
    /// How long a step's statement may run; none is for ever.
    pub statement_timeout: Option<Duration>,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long to go on trying.
    pub connect_retry: Duration,
    /// The format of new revision files.
    pub new_revision: Format,
    /// The names of new revision files.
    pub file_template: FileTemplate,
    /// The length at which a slug is cut.
    pub truncate_slug_length: usize,
    /// The programs to run on a new revision file.
    pub post_write_hooks: Vec<Hook>,
    /// The time zone of dates in new revision files.
    pub timezone: Zone,
    /// How many heads there may be.
    pub check_heads: AllowedHeads,
    /// The findings that are not reported.
    pub check_ignore: Vec<Ignored>,
    /// The tables that must be there once no revision is pending.
    pub verify_tables: Vec<String>,
    /// The project's own binary.
    pub rust_binary: Option<PathBuf>,
    /// The command that builds and runs it.
    pub rust_command: Vec<String>,
    /// Whether revisions are where Alembic's files say.
    pub is_alembic: bool,
    /// How revisions of an Alembic project are run.
    pub python: Python,
    values: Values,
}

impl Config {
    /// Finds and reads the settings.
    ///
    /// # Errors
    /// Fails when the file is not there or something in it, or in a variable, is wrong.
    pub fn load(typed: &Typed<'_>, environment: &Environment) -> Result<Self, ConfigError> {
        let sources = Sources::find(typed, environment)?;
        let mut values = Values::new();
        if let Some(path) = &sources.limbeck {
            let path = path.clone();
            let text = match fs::read_to_string(environment.directory.join(&path)) {
                Ok(text) => text,
                Err(source) => return Err(ConfigError::Read { path, source }),
            };
            values = file::read(&path, &text, typed.name)?;
        }
        let root = sources.limbeck.as_deref().and_then(Path::parent);
        let root = root.map(Path::to_owned).unwrap_or_default();
        let (alembic, base) = sources.alembic(&values, &root, environment)?;
        if !alembic.is_empty() {
            let section = typed.name.filter(|_| sources.limbeck.is_none());
            for (key, value) in alembic::values(&alembic, section, &base, environment)? {
                values.entry(key).or_insert(value);
            }
        } else if let (None, Some(name)) = (&sources.limbeck, typed.name) {
            let (name, path, known) = (name.to_owned(), None, Vec::new());
            return Err(ConfigError::UnknownName { name, path, known });
        }
        if let Some(url) = environment.get("DATABASE_URL") {
            let origin = Origin::Environment("DATABASE_URL".to_owned());
            let value = (Value::Text(url.to_owned()), origin);
            // Whoever names a section of the file means the database of that section.
            if typed.name.is_none() || !values.contains_key("url") {
                values.insert("url", value);
            }
        }
        values.extend(file::read_environment(|name| environment.get(name))?);
        for (key, value) in typed.x {
            let Some(key) = keys::OF_X.iter().find(|known| *known == key) else {
                continue;
            };
            values.insert(key, (Value::Text(value.clone()), Origin::Flag("-x")));
        }
        if let Some(url) = typed.url {
            let value = Value::Text(url.to_owned());
            values.insert("url", (value, Origin::Flag("--url")));
        }
        if let Some(path) = alembic.main()
            && !values.contains_key("version_locations")
        {
            let path = path.to_owned();
            return Err(ConfigError::NoScriptLocation { path });
        }
        let file = sources.limbeck.clone();
        let file = file.or_else(|| alembic.main().map(Path::to_owned));
        let mut config = Taker::new(values, root).config(file)?;
        config.is_alembic = !alembic.is_empty();
        Ok(config)
    }

    /// Returns where the value of a key comes from.
    #[must_use]
    pub fn origin(&self, key: &str) -> &Origin {
        let found = self.values.get(key);
        found.map_or(&Origin::Default, |(_, origin)| origin)
    }

    /// Returns the value of a key as it was given, where it was.
    #[must_use]
    pub fn given(&self, key: &str) -> Option<&Value> {
        self.values.get(key).map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::file::FILE_NAME;

    fn load(file: Option<&str>, mut environment: Environment) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        if let Some(text) = file {
            fs::write(folder.path().join(FILE_NAME), text).unwrap();
        }
        environment.directory = below;
        Config::load(&Typed::default(), &environment)
    }

    #[test]
    fn without_a_file_there_are_defaults_and_they_are_those_of_the_list() {
        let plain = load(None, Environment::default()).unwrap();
        assert_eq!(plain.version_locations, [PathBuf::from("versions")]);
        assert_eq!(plain.origin("version_locations"), &Origin::Default);
        let written: String = keys::KEYS
            .iter()
            .filter(|key| key.has_default)
            .map(|key| format!("{} = {}\n", key.name, key.example))
            .collect();
        let mut written = load(Some(&written), Environment::default()).unwrap();
        assert_eq!(written.version_locations, [PathBuf::from("../../versions")]);
        written.version_locations = plain.version_locations.clone();
        written.root = plain.root.clone();
        written.file = None;
        written.values.clear();
        assert_eq!(format!("{written:?}"), format!("{plain:?}"));
    }

    #[test]
    fn the_file_is_found_upwards_and_its_paths_are_relative_to_it() {
        let config = load(
            Some("version_locations = ['x', 'y/z']"),
            Environment::default(),
        )
        .unwrap();
        assert_eq!(config.file.unwrap(), Path::new("../../limbeck.toml"));
        let locations = [PathBuf::from("../../x"), PathBuf::from("../../y/z")];
        assert_eq!(config.version_locations, locations);
    }

    #[test]
    fn a_variable_beats_the_file() {
        let file = Some("url = 'file'\ntimezone = 'UTC'");
        let both = Environment::default()
            .with("DATABASE_URL", "general")
            .with("LIMBECK_TIMEZONE", "Europe/Berlin");
        let config = load(file, Environment::default()).unwrap();
        assert_eq!(config.url.as_deref(), Some("file"));
        let config = load(file, both.clone()).unwrap();
        assert_eq!(config.url.as_deref(), Some("general"));
        assert_eq!(Some(config.timezone.clone()), Zone::named("Europe/Berlin"));
        let variable = Origin::Environment("LIMBECK_TIMEZONE".to_owned());
        assert_eq!(config.origin("timezone"), &variable);
        let config = load(None, both.clone()).unwrap();
        assert_eq!(config.url.as_deref(), Some("general"));
        let config = load(file, both.with("LIMBECK_URL", "special")).unwrap();
        assert_eq!(config.url.as_deref(), Some("special"));
    }

    #[test]
    fn times_need_a_unit() {
        assert_eq!(time("5 min"), Some(Duration::from_secs(300)));
        assert_eq!(time("0"), Some(Duration::ZERO));
        assert_eq!(time("5"), None);
        let error = load(Some("lock_wait = '5'"), Environment::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "../../limbeck.toml:1: `lock_wait` takes a time such as \"500ms\", \"10s\" or \"5min\""
        );
    }

    #[test]
    fn what_is_no_time_zone_template_or_choice_is_refused() {
        let refused = |text| {
            load(Some(text), Environment::default())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refused("timezone = 'Mars'"),
            "../../limbeck.toml:1: `timezone`: there is no time zone `Mars`"
        );
        assert_eq!(
            refused("transaction = 'none'"),
            "../../limbeck.toml:1: `transaction` takes \"revision\" or \"all\""
        );
        assert_eq!(
            refused("file_template = '{year}/{rev}'"),
            "../../limbeck.toml:1: `file_template`: `/` makes sub-folders, which are not read"
        );
        assert_eq!(
            refused("rust.command = []"),
            "../../limbeck.toml:1: `rust.command` takes at least the name of a program"
        );
    }
}
