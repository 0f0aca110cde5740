//! `limbeck.toml`: finding it and reading it, down to named values with the line they stand on.
//!
//! What a value means is [`super::Config`]'s concern; here only its shape is looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, KEYS, Key, Kind, SOURCE};
use super::{ConfigError, Origin};
use crate::cli::hooks::Hook;

/// The name that is looked for.
pub const FILE_NAME: &str = "limbeck.toml";

/// The table whose tables `--name` chooses from.
const NAMED: &str = "name";

/// A value whose shape fits its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// [`Kind::Text`], or [`Kind::Time`] not yet read.
    Text(String),
    /// [`Kind::List`]
    List(Vec<String>),
    /// [`Kind::Switch`]
    Switch(bool),
    /// [`Kind::Number`]
    Number(u64),
    /// [`Kind::Hooks`]
    Hooks(Vec<Hook>),
    /// [`Kind::Table`]
    Table(BTreeMap<String, String>),
    /// [`Kind::Sources`]: the keys of each table, and where it stands.
    Sources(Vec<(Values, Origin)>),
}

impl Value {
    /// Returns the value for a program; a time stays the text that it is.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => json!(text),
            Self::List(items) => json!(items),
            Self::Switch(on) => json!(on),
            Self::Number(number) => json!(number),
            Self::Hooks(hooks) => {
                let hook = |hook: &Hook| {
                    let mut object = json!(hook.options);
                    object["name"] = json!(hook.name);
                    object
                };
                hooks.iter().map(hook).collect()
            }
            Self::Table(table) => json!(table),
            Self::Sources(sources) => {
                let object = |(values, _): &(Values, Origin)| -> serde_json::Value {
                    let values = values.iter();
                    values
                        .map(|(key, (value, _))| ((*key).to_owned(), value.to_json()))
                        .collect()
                };
                sources.iter().map(object).collect()
            }
        }
    }
}

/// Values by the name of their key, with where each comes from.
pub type Values = BTreeMap<&'static str, (Value, Origin)>;

/// Finds the file in the directory or above it, as a path relative to the directory.
///
/// A relative path, because everything that is named relative to the file is shown to a person who
/// works in the directory.
#[must_use]
pub fn find_upwards(directory: &Path) -> Option<PathBuf> {
    let mut up = PathBuf::new();
    for folder in directory.ancestors() {
        if folder.join(FILE_NAME).is_file() {
            return Some(up.join(FILE_NAME));
        }
        up.push("..");
    }
    None
}

/// Reads the text of a file, with the section `name` on top where one is asked for.
///
/// # Errors
/// Fails when the text is not TOML, has a key that there is not, or a value of the wrong shape.
pub fn read(path: &Path, text: &str, name: Option<&str>) -> Result<Values, ConfigError> {
    let document = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        path: path.to_owned(),
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let variable = None;
    let reader = Reader {
        path,
        text,
        variable,
    };
    let mut values = Values::new();
    reader.table(document.get_ref(), "", &mut values)?;
    let mut sections = BTreeMap::new();
    for (key, value) in document.get_ref() {
        if key.get_ref() != NAMED {
            continue;
        }
        let DeValue::Table(named) = value.get_ref() else {
            return Err(reader.unknown(NAMED, key.span().start));
        };
        for (section, content) in named {
            let DeValue::Table(content) = content.get_ref() else {
                return Err(reader.unknown(section.get_ref(), section.span().start));
            };
            let mut values = Values::new();
            reader.table(content, "", &mut values)?;
            sections.insert(section.get_ref().to_string(), values);
        }
    }
    let Some(name) = name else {
        return Ok(values);
    };
    match sections.remove(name) {
        Some(section) => values.extend(section),
        None => {
            return Err(ConfigError::UnknownName {
                name: name.to_owned(),
                path: Some(path.to_owned()),
                known: sections.into_keys().collect(),
            });
        }
    }
    Ok(values)
}

/// Reads what the environment sets.
///
/// # Errors
/// Fails when a variable's value does not fit its key.
pub fn read_environment<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Values, ConfigError> {
    let mut values = Values::new();
    for key in &KEYS {
        let variable = key.variable();
        let Some(text) = get(&variable) else {
            continue;
        };
        let origin = Origin::Environment(variable);
        let value = match key.kind {
            Kind::Text | Kind::Time => Some(Value::Text(text.to_owned())),
            Kind::List => Some(Value::List(
                text.split(',').map(|part| part.trim().to_owned()).collect(),
            )),
            Kind::Switch => match text {
                "true" | "1" => Some(Value::Switch(true)),
                "false" | "0" => Some(Value::Switch(false)),
                _ => None,
            },
            Kind::Number => text.parse().ok().map(Value::Number),
            Kind::Hooks | Kind::Table | Kind::Sources => {
                let line = format!("value = {text}");
                let reader = Reader {
                    path: Path::new(""),
                    text: &line,
                    variable: Some(&key.variable()),
                };
                let table = DeTable::parse(&line).ok();
                let value = table
                    .as_ref()
                    .and_then(|table| table.get_ref().get("value"));
                match (key.kind, value) {
                    (_, None) => None,
                    (Kind::Sources, Some(value)) => reader.sources(value.get_ref())?,
                    (_, Some(value)) => shape(key, value.get_ref()),
                }
            }
        };
        let Some(value) = value else {
            return Err(ConfigError::Value {
                key: key.name,
                origin,
                expected: key.kind.expected(),
            });
        };
        values.insert(key.name, (value, origin));
    }
    Ok(values)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    /// The variable that the text is the value of.
    variable: Option<&'a str>,
}

impl Reader<'_> {
    fn table(
        &self,
        table: &DeTable<'_>,
        prefix: &str,
        values: &mut Values,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let at = name.span().start;
            let name = format!("{prefix}{}", name.get_ref());
            if prefix.is_empty() && name == NAMED {
                continue;
            }
            let is_value = |key: &Key| matches!(key.kind, Kind::Table | Kind::Sources);
            let is_value = keys::find(&name).is_some_and(is_value);
            if let (DeValue::Table(inner), false) = (value.get_ref(), is_value) {
                let inner_prefix = format!("{name}.");
                if !KEYS.iter().any(|key| key.name.starts_with(&inner_prefix)) {
                    return Err(self.unknown(&name, at));
                }
                self.table(inner, &inner_prefix, values)?;
                continue;
            }
            let Some(key) = keys::find(&name) else {
                return Err(self.unknown(&name, at));
            };
            let origin = self.origin(at);
            let value = match key.kind {
                Kind::Sources => self.sources(value.get_ref())?,
                _ => shape(key, value.get_ref()),
            };
            let Some(value) = value else {
                return Err(ConfigError::Value {
                    key: key.name,
                    origin,
                    expected: key.kind.expected(),
                });
            };
            values.insert(key.name, (value, origin));
        }
        Ok(())
    }

    /// Reads a list of tables; none where it is something else.
    fn sources(&self, value: &DeValue<'_>) -> Result<Option<Value>, ConfigError> {
        let DeValue::Array(items) = value else {
            return Ok(None);
        };
        let mut sources = Vec::with_capacity(items.len());
        for item in items {
            let DeValue::Table(table) = item.get_ref() else {
                return Ok(None);
            };
            let mut values = Values::new();
            for (name, value) in table {
                let at = name.span().start;
                let name = format!("{SOURCE}.{}", name.get_ref());
                let origin = self.origin(at);
                let Some(key) = keys::find(&name) else {
                    return Err(self.unknown(&name, at));
                };
                let Some(value) = shape(key, value.get_ref()) else {
                    return Err(ConfigError::Value {
                        key: key.name,
                        origin,
                        expected: key.kind.expected(),
                    });
                };
                values.insert(key.name, (value, origin));
            }
            sources.push((values, self.origin(item.span().start)));
        }
        Ok(Some(Value::Sources(sources)))
    }

    fn origin(&self, at: usize) -> Origin {
        let line = line_of(self.text, at);
        match self.variable {
            Some(variable) => Origin::Environment(variable.to_owned()),
            None => Origin::File {
                path: self.path.to_owned(),
                line,
            },
        }
    }

    fn unknown(&self, name: &str, at: usize) -> ConfigError {
        let suggestion = keys::meant(name);
        ConfigError::UnknownKey {
            key: name.to_owned(),
            path: self.path.to_owned(),
            line: line_of(self.text, at),
            suggestion: suggestion.map(str::to_owned),
        }
    }
}

fn shape(key: &Key, value: &DeValue<'_>) -> Option<Value> {
    match (key.kind, value) {
        (Kind::Text | Kind::Time, DeValue::String(text)) => Some(Value::Text(text.to_string())),
        (Kind::List, DeValue::Array(items)) => items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .map(Value::List),
        (Kind::Hooks, DeValue::Array(items)) => {
            let hooks = items.iter().map(|item| hook(item.get_ref()));
            hooks.collect::<Option<Vec<_>>>().map(Value::Hooks)
        }
        (Kind::Table, DeValue::Table(table)) => strings(table).map(Value::Table),
        (Kind::Switch, DeValue::Boolean(on)) => Some(Value::Switch(*on)),
        (Kind::Number, DeValue::Integer(number)) => {
            let number = u64::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(Value::Number(number))
        }
        _ => None,
    }
}

fn hook(value: &DeValue<'_>) -> Option<Hook> {
    let DeValue::Table(table) = value else {
        return None;
    };
    let mut options = strings(table)?;
    let name = options.remove("name")?;
    Some(Hook { name, options })
}

fn strings(table: &DeTable<'_>) -> Option<BTreeMap<String, String>> {
    let pair = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| match value.get_ref() {
        DeValue::String(text) => Some((Cow::to_string(key.get_ref()), text.to_string())),
        _ => None,
    };
    table.iter().map(pair).collect()
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().iter().take(offset);
    let breaks = before.filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(text: &str) -> String {
        read(Path::new("limbeck.toml"), text, None)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(
            fails("url = 'x'\nversion_location = ['a']"),
            "limbeck.toml:2: there is no key `version_location`"
        );
        assert_eq!(
            fails("\n[rust]\nbinari = 'a'"),
            "limbeck.toml:3: there is no key `rust.binari`"
        );
        assert_eq!(
            fails("[rusty]\nbinary = 'a'"),
            "limbeck.toml:1: there is no key `rusty`"
        );
        assert_eq!(
            fails("truncate_slug_length = 'long'"),
            "limbeck.toml:1: `truncate_slug_length` takes a whole number"
        );
        assert_eq!(
            fails("truncate_slug_length = -1"),
            "limbeck.toml:1: `truncate_slug_length` takes a whole number"
        );
        assert!(fails("url = 'x'\nurl = 'y'").starts_with("limbeck.toml:2: "));
        assert!(fails("[name.a]\nulr = 'y'").starts_with("limbeck.toml:2: "));
    }

    #[test]
    fn a_named_section_lies_on_top() {
        let text = "url = 'a'\ntimezone = 'UTC'\n[name.staging]\nurl = 'b'";
        let path = Path::new("limbeck.toml");
        let values = read(path, text, Some("staging")).unwrap();
        assert_eq!(values["url"].0, Value::Text("b".to_owned()));
        assert_eq!(values["timezone"].0, Value::Text("UTC".to_owned()));
        assert!(matches!(values["url"].1, Origin::File { line: 4, .. }));
        let error = read(path, text, Some("stagin")).unwrap_err();
        assert!(matches!(error, ConfigError::UnknownName { known, .. } if known == ["staging"]));
    }

    #[test]
    fn variables_have_the_same_names_in_capitals() {
        let get = |name: &str| match name {
            "LIMBECK_VERSION_LOCATIONS" => Some("a, b"),
            "LIMBECK_RECURSIVE_VERSION_LOCATIONS" => Some("1"),
            "LIMBECK_RUST_BINARY" => Some("x"),
            _ => None,
        };
        let values = read_environment(get).unwrap();
        assert_eq!(values.len(), 3);
        let two = Value::List(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(values["version_locations"].0, two);
        let get = |name: &str| (name == "LIMBECK_TRUNCATE_SLUG_LENGTH").then_some("x");
        assert_eq!(
            read_environment(get).unwrap_err().to_string(),
            "the variable `LIMBECK_TRUNCATE_SLUG_LENGTH` takes a whole number"
        );
    }

    #[test]
    fn what_init_writes_is_read_once_the_marks_are_gone() {
        let text: String = keys::commented()
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.contains(" = ") || line.starts_with('['))
            .map(|line| format!("{line}\n"))
            .collect();
        let values = read(Path::new("limbeck.toml"), &text, None).unwrap();
        assert_eq!(values.len(), KEYS.len());
    }
}
