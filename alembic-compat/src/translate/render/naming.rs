//! Naming conventions: what constraints and indexes are called whose scripts do not say it.
//!
//! SQLAlchemy's default names indexes only. A project's own convention takes the place of the default
//! altogether.

use std::collections::BTreeMap;

use super::quote::Name;
use super::refusal::{Result, refuse};

/// What names are made of, by `ix`, `uq`, `ck`, `fk` and `pk`.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    rules: BTreeMap<String, String>,
}

/// What is to be named.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a> {
    /// `ix`, `uq`, `ck`, `fk` or `pk`; anything else has no convention.
    pub kind: &'static str,
    /// What the script calls it.
    pub name: Option<&'a Name>,
    pub table: &'a Name,
    pub schema: Option<&'a Name>,
    /// Its columns as they are called and by their keys; `None` where they are not known.
    pub columns: Option<Vec<Labelled>>,
    /// The table and the columns that a foreign key refers to.
    pub referred: Option<(Name, Vec<Name>)>,
}

/// A column by the names that a convention may ask for.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub name: String,
    pub key: String,
    /// Whether it belongs to the table, whose name is then part of its label.
    pub of_table: bool,
    /// Whether it is a text in the place of a column, which has no label.
    pub raw: bool,
}

impl Labelled {
    pub fn plain(name: &Name) -> Self {
        Self {
            name: name.text.to_string(),
            key: name.text.to_string(),
            of_table: true,
            raw: false,
        }
    }

    /// Leaves one column for each key: the last, in the place of the first.
    pub fn distinct(columns: Vec<Self>) -> Vec<Self> {
        let mut distinct: Vec<Self> = Vec::new();
        for column in columns {
            match distinct.iter_mut().find(|known| known.key == column.key) {
                Some(known) => *known = column,
                None => distinct.push(column),
            }
        }
        distinct
    }
}

impl Naming {
    pub fn new(rules: &BTreeMap<String, String>) -> Self {
        let mut rules = rules.clone();
        if rules.is_empty() {
            rules.insert("ix".to_owned(), "ix_%(column_0_label)s".to_owned());
        }
        Self { rules }
    }

    /// Returns what it is called, if it is called anything.
    pub fn name(&self, subject: &Subject) -> Result<Option<Name>> {
        let given = subject.name.cloned();
        let Some(rule) = self.rules.get(subject.kind) else {
            return Ok(given);
        };
        match &given {
            Some(name) if name.settled || !rule.contains("constraint_name") => Ok(given),
            _ => Ok(Some(Name::settled(self.filled(rule, subject)?))),
        }
    }

    fn filled(&self, rule: &str, subject: &Subject) -> Result<String> {
        let mut name = String::new();
        let mut rest = rule;
        while let Some((before, after)) = rest.split_once('%') {
            name.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                name.push('%');
                rest = after;
                continue;
            }
            let token = after.strip_prefix('(').and_then(|it| it.split_once(")s"));
            let Some((token, after)) = token else {
                return refuse(format!(
                    "relies on the naming convention `{rule}`, which is not one"
                ));
            };
            name.push_str(&self.token(token, subject)?);
            rest = after;
        }
        name.push_str(rest);
        Ok(name)
    }

    fn token(&self, token: &str, subject: &Subject) -> Result<String> {
        let unknown = || refuse(format!("relies on a naming convention with `%({token})s`"));
        match token {
            "table_name" => return Ok(subject.table.text.to_string()),
            "constraint_name" => {
                return match subject.name {
                    Some(name) => Ok(name.text.to_string()),
                    None => refuse("leaves unnamed what the naming convention makes no name for"),
                };
            }
            "referred_table_name" => {
                return match &subject.referred {
                    Some((table, _)) => Ok(table.text.to_string()),
                    None => unknown(),
                };
            }
            _ => {}
        }
        let referred = token.starts_with("referred_");
        let column = token.strip_prefix("referred_").unwrap_or(token);
        let Some(column) = column.strip_prefix("column_") else {
            return unknown();
        };
        let digits = column.chars().take_while(char::is_ascii_digit).count();
        let (index, what) = column.split_at(digits);
        let Ok(index) = index.parse::<usize>() else {
            return unknown();
        };
        let (separator, what) = match what {
            what if what.starts_with("_N_") => (Some("_"), &what[3..]),
            what if what.starts_with("N_") => (Some(""), &what[2..]),
            what if what.starts_with('_') => (None, &what[1..]),
            _ => return unknown(),
        };
        if separator.is_some() && index != 0 || referred && what != "name" {
            return unknown();
        }
        let mut parts = Vec::new();
        if referred {
            let Some((_, columns)) = &subject.referred else {
                return unknown();
            };
            parts.extend(columns.iter().map(|it| Some(it.text.to_string())));
        } else {
            let Some(columns) = &subject.columns else {
                return unknown();
            };
            parts.extend(columns.iter().map(|column| match what {
                "name" => Some(column.name.clone()),
                "key" => Some(column.key.clone()),
                "label" if !column.raw => Some(label(column, subject)),
                _ => None,
            }));
        }
        let part = match separator {
            Some(separator) => {
                let all: Option<Vec<_>> = parts.into_iter().collect();
                all.map(|all| all.join(separator))
            }
            // A column that is not there is nothing.
            None => parts.into_iter().nth(index).unwrap_or(Some(String::new())),
        };
        match part {
            Some(part) => Ok(part),
            None => unknown(),
        }
    }
}

/// Returns schema, table and column, as one word.
fn label(column: &Labelled, subject: &Subject) -> String {
    if !column.of_table {
        return column.name.clone();
    }
    let table = &subject.table.text;
    match subject.schema {
        Some(schema) => format!("{}_{table}_{}", schema.text.replace('.', "_"), column.name),
        None => format!("{table}_{}", column.name),
    }
}
