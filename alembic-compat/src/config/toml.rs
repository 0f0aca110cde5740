//! `[tool.alembic]` of a `pyproject.toml`.
//!
//! As Alembic does it, `%(here)s` is replaced in every text, and `%%` stands for a `%`.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::hooks::Hook;
use super::ini::Fault;
use super::{File, Problem, posix};

/// A value with the place of its first character in the file.
#[derive(Clone, Debug)]
struct Value {
    line: u32,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    Text(String),
    Switch(bool),
    Number(Option<u32>),
    List(Vec<Value>),
    Table(BTreeMap<String, Value>),
    Other,
}

/// The table, with its texts still as they are written.
#[derive(Clone, Debug)]
pub(super) struct Table {
    values: BTreeMap<String, Value>,
    here: String,
}

impl Table {
    /// Finds the table in a file; none where it has none.
    pub(super) fn parse(file: &File<'_>) -> Result<Option<Self>, Fault> {
        let text = file.text;
        let document = DeTable::parse(text).map_err(|error| {
            let line = line_of(text, error.span().map_or(0, |span| span.start));
            let message = error.message().to_owned();
            (line, Problem::Toml { message })
        })?;
        let Some(tool) = document.get_ref().get("tool") else {
            return Ok(None);
        };
        let DeValue::Table(tool) = tool.get_ref() else {
            return Ok(None);
        };
        let Some(alembic) = tool.get("alembic") else {
            return Ok(None);
        };
        let DeValue::Table(table) = alembic.get_ref() else {
            let line = line_of(text, alembic.span().start);
            return Err(expected(line, "tool.alembic", "a table"));
        };
        Ok(Some(Self {
            values: values(text, table),
            here: posix(file.here),
        }))
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<(String, u32)>, Fault> {
        match self.values.get(key) {
            None => Ok(None),
            Some(value) => Ok(Some((self.expand(key, value)?, value.line))),
        }
    }

    pub(super) fn switch(&self, key: &str) -> Result<Option<(bool, u32)>, Fault> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value {
                line,
                data: Data::Switch(on),
            }) => Ok(Some((*on, *line))),
            Some(value) => Err(expected(value.line, key, "`true` or `false`")),
        }
    }

    /// A number may be written as a text, too.
    pub(super) fn number(&self, key: &str) -> Result<Option<(u32, u32)>, Fault> {
        let Some(value) = self.values.get(key) else {
            return Ok(None);
        };
        let number = match &value.data {
            Data::Number(number) => *number,
            Data::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) => Ok(Some((number, value.line))),
            None => Err(expected(value.line, key, "a whole number")),
        }
    }

    pub(super) fn list(&self, key: &str) -> Result<Option<(Vec<String>, u32)>, Fault> {
        let Some(value) = self.values.get(key) else {
            return Ok(None);
        };
        let Data::List(items) = &value.data else {
            return Err(expected(value.line, key, "a list of strings"));
        };
        let texts = items.iter().map(|item| self.expand(key, item));
        Ok(Some((texts.collect::<Result<_, _>>()?, value.line)))
    }

    pub(super) fn hooks(&self, path: &Path) -> Result<Vec<Hook>, Fault> {
        let key = "post_write_hooks";
        let Some(value) = self.values.get(key) else {
            return Ok(Vec::new());
        };
        let fail = |line| expected(line, key, "a list of tables, each with a `name`");
        let Data::List(items) = &value.data else {
            return Err(fail(value.line));
        };
        let mut hooks = Vec::new();
        for item in items {
            let Data::Table(table) = &item.data else {
                return Err(fail(item.line));
            };
            let mut options = BTreeMap::new();
            for (option, value) in table {
                options.insert(option.clone(), self.expand(option, value)?);
            }
            hooks.push(Hook {
                name: options.remove("name").ok_or_else(|| fail(item.line))?,
                options,
                path: path.to_owned(),
                line: item.line,
            });
        }
        Ok(hooks)
    }

    fn expand(&self, key: &str, value: &Value) -> Result<String, Fault> {
        let Data::Text(text) = &value.data else {
            return Err(expected(value.line, key, "a string"));
        };
        let mut expanded = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            expanded.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                expanded.push('%');
                rest = after;
            } else if let Some(after) = after.strip_prefix("(here)s") {
                expanded.push_str(&self.here);
                rest = after;
            } else {
                let excerpt = format!("%{after}").chars().take(20).collect();
                return Err((value.line, Problem::Percent { excerpt }));
            }
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

fn values(text: &str, table: &DeTable<'_>) -> BTreeMap<String, Value> {
    let read = table.iter().map(|(key, value)| {
        let line = line_of(text, key.span().start);
        let data = data(text, value.get_ref());
        (key.get_ref().to_string(), Value { line, data })
    });
    read.collect()
}

fn data(text: &str, value: &DeValue<'_>) -> Data {
    match value {
        DeValue::String(value) => Data::Text(value.to_string()),
        DeValue::Boolean(on) => Data::Switch(*on),
        DeValue::Integer(number) => {
            Data::Number(u32::from_str_radix(number.as_str(), number.radix()).ok())
        }
        DeValue::Array(items) => {
            let items = items.iter().map(|item| Value {
                line: line_of(text, item.span().start),
                data: data(text, item.get_ref()),
            });
            Data::List(items.collect())
        }
        DeValue::Table(table) => Data::Table(values(text, table)),
        DeValue::Float(_) | DeValue::Datetime(_) => Data::Other,
    }
}

fn expected(line: u32, key: &str, expected: &'static str) -> Fault {
    let key = key.to_owned();
    (line, Problem::Type { key, expected })
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().iter().take(offset);
    let breaks = before.filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}
