//! The settings of an Alembic project, as limbeck's own: what `alembic.ini` and `pyproject.toml` say,
//! under the names of [`super::keys`].
//!
//! Paths are what Alembic makes of them, relative to the working directory, and are not looked at
//! again.

use std::fs;
use std::path::{Path, PathBuf};

use alembic_compat::config::{self as compat, File, Location, Setting};

use super::file::{Value, Values};
use super::{ConfigError, Origin};
use crate::cli::environment::Environment;
use crate::cli::hooks;

const INI: &str = "alembic.ini";
const PYPROJECT: &str = "pyproject.toml";

/// The files of an Alembic project.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// `alembic.ini`, or one that was named instead.
    pub(super) ini: Option<PathBuf>,
    /// `pyproject.toml`
    pub(super) toml: Option<PathBuf>,
}

impl Files {
    pub(super) fn is_empty(&self) -> bool {
        self.ini.is_none() && self.toml.is_none()
    }

    /// Returns the file to name where one is to be named.
    pub(super) fn main(&self) -> Option<&Path> {
        self.ini.as_deref().or(self.toml.as_deref())
    }

    /// Adds a file that a person named.
    pub(super) fn add(&mut self, path: PathBuf) -> Result<(), ConfigError> {
        let place = if path.file_name().is_some_and(|name| name == PYPROJECT) {
            &mut self.toml
        } else {
            &mut self.ini
        };
        match place {
            Some(first) => Err(ConfigError::SeveralFiles {
                first: first.clone(),
                second: path,
            }),
            None => {
                *place = Some(path);
                Ok(())
            }
        }
    }

    /// Adds those that lie in the working directory, or that `ALEMBIC_CONFIG` names.
    pub(super) fn find(mut self, environment: &Environment) -> Result<Self, ConfigError> {
        let mut named = Self::default();
        if let Some(path) = environment.get("ALEMBIC_CONFIG") {
            named.add(PathBuf::from(path))?;
        }
        self.ini = self.ini.or(named.ini);
        self.toml = self.toml.or(named.toml);
        let exists = |name: &str| environment.directory.join(name).is_file();
        if self.ini.is_none() && exists(INI) {
            self.ini = Some(INI.into());
        }
        if self.toml.is_none() && exists(PYPROJECT) {
            let path = PathBuf::from(PYPROJECT);
            let text = read(&path, environment)?;
            // Most projects in Python have such a file, for other programs.
            if text.contains("tool.alembic") && configures(&path, &text)? {
                self.toml = Some(path);
            }
        }
        Ok(self)
    }
}

fn configures(path: &Path, text: &str) -> Result<bool, ConfigError> {
    let here = Path::new("");
    Ok(compat::is_configured(&File { path, here, text })?)
}

/// Reads the settings; `base` is what relative paths are relative to, as seen from the working
/// directory.
pub(super) fn values(
    files: &Files,
    section: Option<&str>,
    base: &Path,
    environment: &Environment,
) -> Result<Values, ConfigError> {
    let ini = Text::read(files.ini.as_deref(), environment)?;
    let toml = Text::read(files.toml.as_deref(), environment)?;
    let ini = ini.as_ref().map(Text::file);
    if let (Some(name), Some(file)) = (section, &ini) {
        let known = compat::sections(file)?;
        if !known.iter().any(|section| section == name) {
            let (name, path) = (name.to_owned(), file.path.to_owned());
            return Err(ConfigError::UnknownSection { name, path, known });
        }
    }
    let toml = toml.as_ref().map(Text::file);
    let config = compat::Config::read(ini, toml, section.unwrap_or(compat::SECTION))?;
    let mut values = Values::new();
    if let Some(folders) = folders(&config, base, environment)? {
        put(&mut values, "version_locations", folders, Value::List);
    }
    if let Some(recursive) = config.recursive_version_locations {
        put(
            &mut values,
            "recursive_version_locations",
            recursive,
            Value::Switch,
        );
    }
    if let Some(url) = config.url.filter(|url| !compat::is_placeholder(&url.value)) {
        put(&mut values, "url", url, |url| {
            Value::Text(compat::without_driver(&url).into_owned())
        });
    }
    if let Some(template) = config.file_template {
        put(&mut values, "file_template", template, Value::Text);
    }
    if let Some(length) = config
        .truncate_slug_length
        .filter(|length| length.value > 0)
    {
        put(&mut values, "truncate_slug_length", length, |length| {
            Value::Number(length.into())
        });
    }
    if let Some(timezone) = config.timezone {
        put(&mut values, "timezone", timezone, Value::Text);
    }
    if let Some(first) = config.post_write_hooks.first() {
        let origin = Origin::Alembic {
            path: first.path.clone(),
            line: first.line,
        };
        let list = config.post_write_hooks.into_iter().map(|hook| hooks::Hook {
            name: hook.name,
            options: hook.options,
        });
        values.insert("post_write_hooks", (Value::Hooks(list.collect()), origin));
    }
    Ok(values)
}

fn put<T>(
    values: &mut Values,
    key: &'static str,
    setting: Setting<T>,
    value: impl FnOnce(T) -> Value,
) {
    let origin = Origin::Alembic {
        path: setting.path,
        line: setting.line,
    };
    values.insert(key, (value(setting.value), origin));
}

fn folders(
    config: &compat::Config,
    base: &Path,
    environment: &Environment,
) -> Result<Option<Setting<Vec<String>>>, ConfigError> {
    let Some(folders) = config.folders() else {
        return Ok(None);
    };
    let roots = roots(config, base, environment);
    let is_folder = |path: &Path| environment.directory.join(path).is_dir();
    let mut paths = Vec::new();
    for location in &folders.value {
        let Some(path) = location.resolve(&roots, is_folder) else {
            return Err(ConfigError::NoPackage {
                location: location.to_string(),
                path: folders.path.clone(),
                line: folders.line,
            });
        };
        let path = match location {
            Location::Path(_) => base.join(path),
            Location::Package { .. } => path,
        };
        paths.push(near(&path, environment).display().to_string());
    }
    Ok(Some(folders.map(|_| paths)))
}

/// A path below the working directory is shown as a person there would type it.
fn near(path: &Path, environment: &Environment) -> PathBuf {
    let below = path.strip_prefix(&environment.directory);
    let below = below.unwrap_or(path);
    below.components().collect()
}

/// Where Python packages are looked for: where the project says, here, and in its environment.
fn roots(config: &compat::Config, base: &Path, environment: &Environment) -> Vec<PathBuf> {
    let listed = config
        .prepend_sys_path
        .iter()
        .flat_map(|paths| &paths.value);
    let mut roots: Vec<PathBuf> = listed.map(|path| base.join(path)).collect();
    roots.push(base.to_owned());
    roots.push(base.join("src"));
    let environments = environment.get("VIRTUAL_ENV").map(PathBuf::from);
    for folder in environments.into_iter().chain([base.join(".venv")]) {
        roots.push(folder.join("Lib/site-packages"));
        let Ok(entries) = fs::read_dir(environment.directory.join(folder.join("lib"))) else {
            continue;
        };
        let mut versions: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        versions.sort_unstable();
        let packages = versions
            .into_iter()
            .map(|version| folder.join("lib").join(version));
        roots.extend(packages.map(|folder| folder.join("site-packages")));
    }
    roots
}

/// A file that was read.
struct Text {
    path: PathBuf,
    here: PathBuf,
    text: String,
}

impl Text {
    fn read(path: Option<&Path>, environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let Some(path) = path else {
            return Ok(None);
        };
        let text = read(path, environment)?;
        let whole = environment.directory.join(path);
        Ok(Some(Self {
            path: path.to_owned(),
            here: whole.parent().unwrap_or(Path::new("")).to_owned(),
            text,
        }))
    }

    fn file(&self) -> File<'_> {
        File {
            path: &self.path,
            here: &self.here,
            text: &self.text,
        }
    }
}

fn read(path: &Path, environment: &Environment) -> Result<String, ConfigError> {
    fs::read_to_string(environment.directory.join(path)).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::zone::Zone;
    use crate::cli::config::{Config, Typed};

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn environment(folder: &tempfile::TempDir) -> Environment {
        let mut environment = Environment::default();
        environment.directory = folder.path().to_owned();
        environment
    }

    fn load(folder: &tempfile::TempDir, typed: &Typed<'_>) -> Result<Config, String> {
        Config::load(typed, &environment(folder)).map_err(|error| error.to_string())
    }

    const INI_TEXT: &str = "[alembic]\nscript_location = %(here)s/db\n\
        file_template = %%(year)d-%%(rev)s\ntimezone = europe/berlin\n\
        sqlalchemy.url = postgresql+psycopg2://u:p%%40@h/d\n\
        [other]\nscript_location = app:migrations\nsqlalchemy.url = driver://user:pass@localhost/dbname\n";

    #[test]
    fn an_alembic_ini_is_as_good_as_a_limbeck_toml() {
        let folder = project(&[("alembic.ini", INI_TEXT), ("src/app/x.py", "")]);
        let config = load(&folder, &Typed::default()).unwrap();
        assert_eq!(config.file.as_deref(), Some(Path::new("alembic.ini")));
        assert_eq!(config.version_locations, [PathBuf::from("db/versions")]);
        assert_eq!(config.url.as_deref(), Some("postgresql://u:p%40@h/d"));
        assert_eq!(config.origin("url").to_string(), "alembic.ini:5");
        assert_eq!(config.timezone, Zone::named("Europe/Berlin").unwrap());
        let typed = Typed {
            name: Some("other"),
            ..Typed::default()
        };
        let config = load(&folder, &typed).unwrap();
        let place = PathBuf::from("src/app/migrations/versions");
        assert_eq!(config.version_locations, [place]);
        assert_eq!(config.url, None);
        let typed = Typed {
            name: Some("otter"),
            ..Typed::default()
        };
        assert_eq!(
            load(&folder, &typed).unwrap_err(),
            "there is no section `[otter]` in alembic.ini"
        );
    }

    #[test]
    fn a_limbeck_toml_goes_first_and_may_point_to_alembics_file() {
        let folder = project(&[
            ("alembic.ini", INI_TEXT),
            ("limbeck.toml", "timezone = 'UTC'\n"),
            (
                "other.toml",
                "timezone = 'UTC'\nversion_table = 't'\nalembic.config = 'alembic.ini'\n",
            ),
        ]);
        let config = load(&folder, &Typed::default()).unwrap();
        assert_eq!(config.version_locations, [PathBuf::from("versions")]);
        let other = [PathBuf::from("other.toml")];
        let typed = Typed {
            files: &other,
            ..Typed::default()
        };
        let config = load(&folder, &typed).unwrap();
        assert_eq!(config.version_locations, [PathBuf::from("db/versions")]);
        assert_eq!(config.version_table, "t");
        assert_eq!(config.timezone, Zone::utc());
    }

    #[test]
    fn files_are_named_as_for_alembic() {
        let toml = "[tool.alembic]\nscript_location = 'toml'\ntimezone = 'UTC'\n";
        let folder = project(&[
            ("a/alembic.ini", "[alembic]\nscript_location = ini\n"),
            ("pyproject.toml", toml),
            (
                "b/pyproject.toml",
                "[tool.alembic]\nscript_location = 'b'\n",
            ),
        ]);
        let named = |names: &[&str]| {
            let files: Vec<_> = names.iter().map(PathBuf::from).collect();
            let typed = Typed {
                files: &files,
                ..Typed::default()
            };
            let config = load(&folder, &typed)?;
            Ok::<_, String>(config.version_locations[0].display().to_string())
        };
        assert_eq!(named(&[]).unwrap(), "toml/versions");
        // As in Alembic, relative to the working directory and not to the file.
        assert_eq!(named(&["a/alembic.ini"]).unwrap(), "ini/versions");
        assert_eq!(named(&["b/pyproject.toml"]).unwrap(), "b/versions");
        assert_eq!(
            named(&["a/alembic.ini", "b.ini"]).unwrap_err(),
            "`a/alembic.ini` and `b.ini` cannot both be read: one file of a kind"
        );
        assert!(named(&["none.ini"]).unwrap_err().contains("none.ini"));
        let here = environment(&folder).with("ALEMBIC_CONFIG", "a/alembic.ini");
        let config = Config::load(&Typed::default(), &here).unwrap();
        assert_eq!(config.version_locations, [PathBuf::from("ini/versions")]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let folder = project(&[("alembic.ini", "[alembic]\nscript_location = app:m\n")]);
        assert_eq!(
            load(&folder, &Typed::default()).unwrap_err(),
            "alembic.ini:2: there is no folder of a Python package for `app:m/versions`"
        );
        let folder = project(&[("alembic.ini", "[alembic]\n")]);
        assert_eq!(
            load(&folder, &Typed::default()).unwrap_err(),
            "alembic.ini has no `script_location`"
        );
        let folder = project(&[("pyproject.toml", "[tool.other]\na = 1\n")]);
        assert_eq!(load(&folder, &Typed::default()).unwrap().file, None);
    }
}
