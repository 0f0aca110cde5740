//! The configuration of an Alembic project: `alembic.ini`, `[tool.alembic]` of `pyproject.toml`, or
//! both, of which the first has the last word.
//!
//! The texts are given, files are not looked for: where they lie is the caller's concern, and so is
//! what a setting is used for. Each setting knows the file and line that it stands on.

mod error;
mod hooks;
mod ini;
mod location;
mod toml;
mod url;

use std::path::{Path, PathBuf};

use self::ini::Ini;
use self::toml::Table;

pub use error::{ConfigError, Problem};
pub use hooks::Hook;
pub use location::Location;
pub use url::{is_placeholder, without_driver};

/// The section of an INI file that counts where no other is named.
pub const SECTION: &str = "alembic";

/// A configuration file that was read.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The file as it is to be named to a person.
    pub path: &'a Path,
    /// The absolute folder it lies in, which `%(here)s` stands for.
    pub here: &'a Path,
    /// What stands in it.
    pub text: &'a str,
}

/// A value and the place it was written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// What was written.
    pub value: T,
    /// The file.
    pub path: PathBuf,
    /// The line of the file on which it begins.
    pub line: u32,
}

impl<T> Setting<T> {
    /// Returns the same place with what its value means.
    #[must_use]
    pub fn map<U>(self, meaning: impl FnOnce(T) -> U) -> Setting<U> {
        Setting {
            value: meaning(self.value),
            path: self.path,
            line: self.line,
        }
    }
}

/// What an Alembic project's configuration says; nothing stands for what it leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// `script_location`: the folder that holds `env.py`.
    pub script_location: Option<Setting<Location>>,
    /// `version_locations`; without it, revisions lie in `versions` of the script location.
    pub version_locations: Option<Setting<Vec<Location>>>,
    /// `recursive_version_locations`: whether the folders below are read, too.
    pub recursive_version_locations: Option<Setting<bool>>,
    /// `file_template`, still with Alembic's tokens in it, such as `%(rev)s`.
    pub file_template: Option<Setting<String>>,
    /// `truncate_slug_length`; 0 stands for Alembic's default, as does nothing.
    pub truncate_slug_length: Option<Setting<u32>>,
    /// `timezone`: a name that may need to be put in capitals.
    pub timezone: Option<Setting<String>>,
    /// `prepend_sys_path`: folders that hold the project's Python packages.
    pub prepend_sys_path: Option<Setting<Vec<String>>>,
    /// `sourceless`: whether Alembic also reads compiled files. Nothing here does.
    pub sourceless: Option<Setting<bool>>,
    /// `output_encoding`: that of new files.
    pub output_encoding: Option<Setting<String>>,
    /// `sqlalchemy.url`, with SQLAlchemy's driver in it; see [`without_driver`].
    pub url: Option<Setting<String>>,
    /// The programs to run on a new revision file, in order.
    pub post_write_hooks: Vec<Hook>,
}

impl Config {
    /// Reads what either file says; `section` is the one of the INI file, [`SECTION`] as a rule.
    ///
    /// # Errors
    /// Fails with the first thing that is wrong in either file.
    pub fn read(
        ini: Option<File<'_>>,
        toml: Option<File<'_>>,
        section: &str,
    ) -> Result<Self, ConfigError> {
        let ini = match ini {
            Some(file) => {
                let mut read = Ini::parse(file.text).map_err(|fault| at(file.path, fault))?;
                read.set_default("here", &posix(file.here));
                Some((file.path, read))
            }
            None => None,
        };
        let toml = match toml {
            Some(file) => {
                let table = Table::parse(&file).map_err(|fault| at(file.path, fault))?;
                table.map(|table| (file.path, table))
            }
            None => None,
        };
        let reader = Reader { ini, toml, section };
        Ok(Self {
            script_location: reader.text("script_location")?.map(location),
            version_locations: reader
                .paths(
                    "version_locations",
                    &["path_separator", "version_path_separator"],
                )?
                .map(locations),
            recursive_version_locations: reader.switch("recursive_version_locations")?,
            file_template: reader.text("file_template")?,
            truncate_slug_length: reader.number("truncate_slug_length")?,
            timezone: reader.text("timezone")?,
            prepend_sys_path: reader.paths("prepend_sys_path", &["path_separator"])?,
            sourceless: reader.switch("sourceless")?,
            output_encoding: reader.text("output_encoding")?,
            url: reader.text("sqlalchemy.url")?,
            post_write_hooks: reader.hooks()?,
        })
    }

    /// Returns where the revisions lie: `version_locations`, else `versions` of the script location.
    #[must_use]
    pub fn folders(&self) -> Option<Setting<Vec<Location>>> {
        if let Some(given) = &self.version_locations {
            return Some(given.clone());
        }
        let script_location = self.script_location.clone()?;
        Some(script_location.map(|location| vec![location.join("versions")]))
    }
}

/// Returns the sections of an INI file, for someone who named one that there is not.
///
/// # Errors
/// Fails when the text is no INI file.
pub fn sections(file: &File<'_>) -> Result<Vec<String>, ConfigError> {
    let ini = Ini::parse(file.text).map_err(|fault| at(file.path, fault))?;
    Ok(ini.sections().map(str::to_owned).collect())
}

/// Tells whether a `pyproject.toml` has a table `[tool.alembic]`.
///
/// # Errors
/// Fails when the text is not TOML.
pub fn is_configured(file: &File<'_>) -> Result<bool, ConfigError> {
    let table = Table::parse(file).map_err(|fault| at(file.path, fault))?;
    Ok(table.is_some())
}

/// A text and its line, before it is known which file it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Text {
    value: String,
    line: u32,
}

impl Text {
    fn new(value: impl Into<String>, line: u32) -> Self {
        let value = value.into();
        Self { value, line }
    }

    fn of(self, path: &Path) -> Setting<String> {
        Setting {
            value: self.value,
            path: path.to_owned(),
            line: self.line,
        }
    }
}

fn at(path: &Path, (line, problem): ini::Fault) -> ConfigError {
    let path = path.to_owned();
    ConfigError {
        path,
        line,
        problem,
    }
}

fn location(setting: Setting<String>) -> Setting<Location> {
    setting.map(|text| Location::parse(&text))
}

fn locations(setting: Setting<Vec<String>>) -> Setting<Vec<Location>> {
    setting.map(|texts| texts.iter().map(|text| Location::parse(text)).collect())
}

/// Writes a folder as Python's `as_posix` does.
fn posix(folder: &Path) -> String {
    let folder = folder.display().to_string();
    if cfg!(windows) {
        folder.replace('\\', "/")
    } else {
        folder
    }
}

/// Asks the INI file first and the TOML file second.
struct Reader<'a> {
    ini: Option<(&'a Path, Ini)>,
    toml: Option<(&'a Path, Table)>,
    section: &'a str,
}

impl Reader<'_> {
    fn of_ini(&self, key: &str) -> Result<Option<Setting<String>>, ConfigError> {
        let Some((path, ini)) = &self.ini else {
            return Ok(None);
        };
        let text = ini
            .get(self.section, key)
            .map_err(|fault| at(path, fault))?;
        Ok(text.map(|text| text.of(path)))
    }

    fn of_toml<T>(
        &self,
        read: impl FnOnce(&Table) -> Result<Option<(T, u32)>, ini::Fault>,
    ) -> Result<Option<Setting<T>>, ConfigError> {
        let Some((path, table)) = &self.toml else {
            return Ok(None);
        };
        let found = read(table).map_err(|fault| at(path, fault))?;
        Ok(found.map(|(value, line)| Setting {
            value,
            path: (*path).to_owned(),
            line,
        }))
    }

    fn text(&self, key: &str) -> Result<Option<Setting<String>>, ConfigError> {
        match self.of_ini(key)? {
            Some(text) => Ok(Some(text)),
            None => self.of_toml(|table| table.text(key)),
        }
    }

    /// Alembic compares with `true` to the letter, and so `True` is none.
    fn switch(&self, key: &str) -> Result<Option<Setting<bool>>, ConfigError> {
        match self.of_ini(key)? {
            Some(text) => Ok(Some(text.map(|text| text == "true"))),
            None => self.of_toml(|table| table.switch(key)),
        }
    }

    fn number(&self, key: &'static str) -> Result<Option<Setting<u32>>, ConfigError> {
        let Some(text) = self.of_ini(key)? else {
            return self.of_toml(|table| table.number(key));
        };
        match text.value.trim().replace('_', "").parse() {
            Ok(number) => Ok(Some(text.map(|_| number))),
            Err(_) => {
                let expected = "a whole number";
                Err(at(
                    &text.path,
                    (text.line, Problem::Value { key, expected }),
                ))
            }
        }
    }

    fn paths(
        &self,
        key: &str,
        separators: &[&'static str],
    ) -> Result<Option<Setting<Vec<String>>>, ConfigError> {
        match self.of_ini(key)? {
            Some(text) if !text.value.is_empty() => {
                let separator = self.separator(separators)?;
                Ok(Some(text.map(|text| split(&text, separator, key))))
            }
            _ => self.of_toml(|table| table.list(key)),
        }
    }

    /// What separates paths; none where nothing is said, which means Alembic's older rule.
    fn separator(&self, keys: &[&'static str]) -> Result<Option<char>, ConfigError> {
        for key in keys {
            let Some(text) = self.of_ini(key)? else {
                continue;
            };
            return match text.value.as_str() {
                "space" => Ok(Some(' ')),
                "newline" => Ok(Some('\n')),
                "os" => Ok(Some(if cfg!(windows) { ';' } else { ':' })),
                ":" => Ok(Some(':')),
                ";" => Ok(Some(';')),
                _ => {
                    let expected = "`os`, `newline`, `space`, `:` or `;`";
                    Err(at(
                        &text.path,
                        (text.line, Problem::Value { key, expected }),
                    ))
                }
            };
        }
        Ok(None)
    }

    fn hooks(&self) -> Result<Vec<Hook>, ConfigError> {
        match &self.ini {
            Some((path, ini)) if ini.has_section(hooks::SECTION) => {
                hooks::of_ini(path, ini).map_err(|fault| at(path, fault))
            }
            _ => match &self.toml {
                Some((path, table)) => table.hooks(path).map_err(|fault| at(path, fault)),
                None => Ok(Vec::new()),
            },
        }
    }
}

fn split(text: &str, separator: Option<char>, key: &str) -> Vec<String> {
    let parts: Vec<String> = match separator {
        Some(separator) => text
            .split(separator)
            .filter(|part| !part.is_empty())
            .map(|part| part.trim().to_owned())
            .collect(),
        // Before there was `path_separator`, each key had a rule of its own.
        None => {
            let is_end = |c: char| c == ' ' || c == ',' || (c == ':' && key == "prepend_sys_path");
            text.split(is_end).map(str::to_owned).collect()
        }
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests;
