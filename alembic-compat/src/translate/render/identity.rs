//! `Identity(…)` and `Sequence(…)`: numbers that the database counts.

use std::rc::Rc;

use super::Reader;
use super::given::{Given, call};
use super::quote::{Name, string};
use super::refusal::{Result, refuse};
use super::symbol::Symbol;
use crate::translate::value::Value;

/// How numbers are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counting {
    pub start: Option<i64>,
    pub increment: Option<i64>,
    pub minvalue: Option<i64>,
    pub maxvalue: Option<i64>,
    pub nominvalue: Option<bool>,
    pub nomaxvalue: Option<bool>,
    pub cycle: Option<bool>,
    pub cache: Option<i64>,
}

/// A column that is an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub always: bool,
    pub counting: Counting,
}

/// A sequence.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    pub name: Name,
    pub schema: Option<Name>,
    pub counting: Counting,
    /// The type of its numbers, as it is written.
    pub data_type: Option<String>,
    pub optional: bool,
}

impl Counting {
    fn read(given: &mut Given) -> Result<Self> {
        let counting = Self {
            start: given.int("start")?,
            increment: given.int("increment")?,
            minvalue: given.int("minvalue")?,
            maxvalue: given.int("maxvalue")?,
            nominvalue: truth(given, "nominvalue")?,
            nomaxvalue: truth(given, "nomaxvalue")?,
            cycle: truth(given, "cycle")?,
            cache: None,
        };
        Ok(counting)
    }

    /// Writes what is said of it.
    pub fn sql(&self) -> String {
        let mut parts = Vec::new();
        let mut number = |word: &str, number: Option<i64>| {
            if let Some(number) = number {
                parts.push(format!("{word} {number}"));
            }
        };
        number("INCREMENT BY", self.increment);
        number("START WITH", self.start);
        number("MINVALUE", self.minvalue);
        number("MAXVALUE", self.maxvalue);
        if self.nominvalue.is_some() {
            parts.push("NO MINVALUE".to_owned());
        }
        if self.nomaxvalue.is_some() {
            parts.push("NO MAXVALUE".to_owned());
        }
        if let Some(cache) = self.cache {
            parts.push(format!("CACHE {cache}"));
        }
        if let Some(cycle) = self.cycle {
            parts.push(if cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
        }
        parts.join(" ")
    }
}

impl Identity {
    pub fn read(mut given: Given) -> Result<Self> {
        let always = truth(&mut given, "always")?.unwrap_or(false);
        given.take("on_null")?;
        let mut counting = Counting::read(&mut given)?;
        counting.cache = given.int("cache")?;
        given.take("order")?;
        given.finish()?;
        Ok(Self { always, counting })
    }

    pub fn sql(&self) -> String {
        let when = if self.always { "ALWAYS" } else { "BY DEFAULT" };
        let options = self.counting.sql();
        match options.is_empty() {
            true => format!("GENERATED {when} AS IDENTITY"),
            false => format!("GENERATED {when} AS IDENTITY ({options})"),
        }
    }

    /// Returns the settings that turn an identity into this one, by their names, sorted.
    pub fn changes_from(&self, existing: &Self) -> Vec<String> {
        let (new, old) = (&self.counting, &existing.counting);
        let mut changes: Vec<(&str, String)> = Vec::new();
        if self.always != existing.always {
            let when = if self.always { "ALWAYS" } else { "BY DEFAULT" };
            changes.push(("always", format!("SET GENERATED {when}")));
        }
        // What is no longer said stays as it is in the database.
        let mut part = |name, differs: bool, part: Counting| {
            let sql = part.sql();
            if differs && !sql.is_empty() {
                changes.push((name, format!("SET {sql}")));
            }
        };
        let none = Counting::default();
        macro_rules! setting {
            ($name:ident) => {
                let $name = new.$name;
                let differs = $name != old.$name;
                part(
                    stringify!($name),
                    differs,
                    Counting {
                        $name,
                        ..none.clone()
                    },
                );
            };
        }
        setting!(cache);
        setting!(cycle);
        setting!(increment);
        setting!(maxvalue);
        setting!(minvalue);
        setting!(nomaxvalue);
        setting!(nominvalue);
        setting!(start);
        changes.sort_by_key(|(name, _)| *name);
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

impl Sequence {
    /// Writes its name as a text, as `nextval` takes it.
    pub fn literal(&self) -> Result<String> {
        Ok(string(&self.sql()?))
    }

    pub fn sql(&self) -> Result<String> {
        let name = self.name.sql()?;
        Ok(match &self.schema {
            Some(schema) => format!("{}.{name}", schema.sql()?),
            None => name,
        })
    }

    pub fn create(&self) -> Result<String> {
        let mut sql = format!("CREATE SEQUENCE {}", self.sql()?);
        if let Some(data_type) = &self.data_type {
            sql.push_str(&format!(" AS {data_type}"));
        }
        let options = self.counting.sql();
        if !options.is_empty() {
            sql.push_str(&format!(" {options}"));
        }
        Ok(sql)
    }
}

impl Reader<'_> {
    /// Reads a `Sequence`.
    pub fn sequence(&mut self, value: &Value) -> Result<Rc<Sequence>> {
        match self.maybe_sequence(value)? {
            Some(sequence) => Ok(sequence),
            None => refuse("asks for the next value of something else than a `Sequence`"),
        }
    }

    pub fn maybe_sequence(&mut self, value: &Value) -> Result<Option<Rc<Sequence>>> {
        let Value::Object(object) = value else {
            return Ok(None);
        };
        let Some((Symbol::Core(name), arguments)) = call(object) else {
            return Ok(None);
        };
        if name != "Sequence" {
            return Ok(None);
        }
        let mut given = Given::new("sa.Sequence", arguments);
        let name = given.name("name")?;
        let mut counting = Counting::read(&mut given)?;
        let mut schema = given.maybe_name("schema")?;
        counting.cache = given.int("cache")?;
        given.take("order")?;
        let data_type = match given.take("data_type")? {
            None | Some(Value::None) => None,
            Some(value) => Some(self.a_type(&value)?.sql()?),
        };
        let optional = truth(&mut given, "optional")?.unwrap_or(false);
        let quote = given.flag("quote")?;
        let metadata = given.take("metadata")?;
        if let Some(metadata) = metadata.filter(|it| !matches!(it, Value::None)) {
            let of_metadata = self.metadata(&metadata)?.schema.clone();
            schema = schema.or(of_metadata);
        }
        given.take("for_update")?;
        given.finish()?;
        Ok(Some(Rc::new(Sequence {
            name: Name {
                quote: name.quote.or(quote),
                ..name
            },
            schema,
            counting,
            data_type,
            optional,
        })))
    }
}

/// Takes a truth value by position or name; absent and `None` are `None`.
fn truth(given: &mut Given, name: &str) -> Result<Option<bool>> {
    match given.take(name)? {
        None | Some(Value::None) => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(truth)),
        Some(_) => given.strange(name),
    }
}
