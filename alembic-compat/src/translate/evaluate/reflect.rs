//! Tables that a script reads from the database, and the `MetaData` that holds them.

use std::rc::Rc;

use super::Evaluator;
use super::decorated::is_call_of;
use super::local::{Handle, Known, Local, describe, named, text};
use super::lookup::Memory;
use crate::translate::value::{Arguments, Kind, Object, Value};

/// The tables that were made with one `MetaData`, by name, with the schema before it where there is
/// one.
#[derive(Debug)]
pub(super) struct Metadata {
    of: Rc<Object>,
    tables: Vec<(Rc<str>, Value)>,
}

/// What says of a table that the database knows its columns, and how.
const AUTOLOAD: [&str; 5] = [
    "autoload",
    "autoload_with",
    "autoload_replace",
    "resolve_fks",
    "bind",
];

fn connected(value: &Value) -> bool {
    matches!(
        Local::handle(value),
        Some(Handle::Connection | Handle::Session | Handle::Inspector(_))
    )
}

impl Evaluator<'_, '_> {
    /// `MetaData(…)`, whose connection is the one there is.
    pub(super) fn make_metadata(&mut self, callee: &Value, mut arguments: Arguments) -> Known {
        arguments.positional.retain(|value| !connected(value));
        arguments.named.retain(|(_, value)| !connected(value));
        self.symbol(callee, arguments)
    }

    /// Returns the place of a `MetaData` among those known.
    fn metadata(&mut self, value: &Value) -> Option<usize> {
        let Value::Object(object) = value else {
            return None;
        };
        if !is_call_of(value, &["MetaData"]) {
            return None;
        }
        let known = self
            .metadata
            .iter()
            .position(|known| Rc::ptr_eq(&known.of, object));
        Some(known.unwrap_or_else(|| {
            self.metadata.push(Metadata {
                of: Rc::clone(object),
                tables: Vec::new(),
            });
            self.metadata.len() - 1
        }))
    }

    /// `Table(name, metadata, …)`
    pub(super) fn make_table(&mut self, callee: &Value, mut arguments: Arguments) -> Known {
        let loads = arguments
            .named
            .iter()
            .any(|(name, value)| match name.as_str() {
                "autoload" => matches!(value, Value::Bool(true)),
                "autoload_with" => !matches!(value, Value::None),
                _ => false,
            });
        arguments
            .named
            .retain(|(name, _)| !AUTOLOAD.contains(&name.as_str()));
        let name = arguments.positional.first().and_then(text);
        let metadata = match arguments.positional.get(1).cloned() {
            Some(value) => self.metadata(&value),
            None => None,
        };
        let schema = arguments.named.iter().find(|(name, _)| name == "schema");
        let schema = schema.and_then(|(_, value)| text(value));
        let (Some(name), Some(metadata)) = (name, metadata) else {
            return match loads {
                true => Err(self.refuse("reads a table of an unknown name from the database")),
                false => self.symbol(callee, arguments),
            };
        };
        let key = key(&name, schema.as_deref());
        let known = self.metadata[metadata]
            .tables
            .iter()
            .find(|(known, _)| *known == key);
        if let (Some((_, table)), 2) = (known, arguments.positional.len()) {
            return Ok(table.clone());
        }
        if loads {
            let given: Vec<Rc<str>> = arguments
                .positional
                .iter()
                .skip(2)
                .filter_map(column_name)
                .collect();
            let columns = self.loaded_columns(&name, schema.as_deref())?;
            let missing = columns
                .into_iter()
                .filter(|column| column_name(column).is_none_or(|name| !given.contains(&name)));
            arguments.positional.extend(missing);
        }
        let table = self.symbol(callee, arguments)?;
        let tables = &mut self.metadata[metadata].tables;
        tables.retain(|(known, _)| *known != key);
        tables.push((key, table.clone()));
        Ok(table)
    }

    /// Asks the database for the columns of a table.
    fn loaded_columns(&mut self, table: &str, schema: Option<&str>) -> Known<Vec<Value>> {
        let memory = Memory::default();
        let ask = |schema: Option<&str>| {
            let mut positional = vec![Value::Text(table.into())];
            positional.extend(schema.map(|schema| Value::Text(schema.into())));
            let named = Vec::new();
            Arguments { positional, named }
        };
        let told = self.look(&memory, &"get_columns".into(), ask(schema))?;
        let key = self.look(&memory, &"get_pk_constraint".into(), ask(schema))?;
        let key = self.item(&key, Value::Text("constrained_columns".into()))?;
        let key = self.spread(&key)?;
        let callee = named(self.line, "sqlalchemy.Column");
        let mut columns = Vec::new();
        for column in self.spread(&told)? {
            let name = self.item(&column, Value::Text("name".into()))?;
            let kind = self.item(&column, Value::Text("type".into()))?;
            let nullable = self.item(&column, Value::Text("nullable".into()))?;
            let mut by_name = vec![("nullable".to_owned(), nullable)];
            if super::compare::contains(&key, &name) {
                by_name.push(("primary_key".to_owned(), Value::Bool(true)));
            }
            let arguments = Arguments {
                positional: vec![name, kind],
                named: by_name,
            };
            columns.push(self.symbol(&callee, arguments)?);
        }
        Ok(columns)
    }

    /// `metadata.reflect(bind, only=…)`
    pub(super) fn reflect(&mut self, of: &Value, arguments: Arguments) -> Known {
        if self.metadata(of).is_none() {
            return Err(self.refuse("reads tables from the database into what is not known"));
        }
        if self.database.is_none() {
            self.note_question();
            return Err(self.unanswered());
        }
        let mut only = None;
        let mut schema = None;
        for (name, value) in arguments.named {
            match name.as_str() {
                "bind" | "extend_existing" | "resolve_fks" => {}
                "only" if matches!(value, Value::List(_) | Value::Tuple(_) | Value::Set(_)) => {
                    only = Some(self.spread(&value)?);
                }
                "schema" => schema = text(&value),
                _ => return Err(self.refuse(format!("reads tables with `{name}=`"))),
            }
        }
        let names = match only {
            Some(names) => names,
            None => {
                let schema = schema.iter().map(|schema| Value::Text(Rc::clone(schema)));
                let asked = Arguments {
                    positional: schema.collect(),
                    named: Vec::new(),
                };
                let names = self.look(&Memory::default(), &"get_table_names".into(), asked)?;
                self.spread(&names)?
            }
        };
        let callee = named(self.line, "sqlalchemy.Table");
        for name in names {
            let mut by_name = vec![("autoload".to_owned(), Value::Bool(true))];
            by_name.extend(
                schema
                    .iter()
                    .map(|schema| ("schema".to_owned(), Value::Text(Rc::clone(schema)))),
            );
            let arguments = Arguments {
                positional: vec![name, of.clone()],
                named: by_name,
            };
            self.make_table(&callee, arguments)?;
        }
        Ok(Value::None)
    }

    /// `metadata.tables`, of the tables that the script made or read.
    pub(super) fn tables_of(&mut self, of: &Value) -> Known<Option<Value>> {
        let Some(metadata) = self.metadata(of) else {
            return Ok(None);
        };
        let tables = self.metadata[metadata].tables.iter();
        let pairs = tables.map(|(name, table)| (Value::Text(Rc::clone(name)), table.clone()));
        let pairs = pairs.collect();
        self.dict_of(pairs).map(Some)
    }

    /// Returns the tables that were made with a `MetaData`.
    pub(super) fn made_tables(&mut self, of: &Value) -> Known<Vec<Value>> {
        match self.metadata(of) {
            // What classes add is not followed.
            Some(_) if self.maps_classes => {
                Err(self.refuse("makes or drops the tables of a `MetaData` that classes may share"))
            }
            Some(metadata) => {
                let tables = self.metadata[metadata].tables.iter();
                Ok(tables.map(|(_, table)| table.clone()).collect())
            }
            None => {
                let what = describe(of);
                Err(self.refuse(format!("makes or drops the tables of {what}")))
            }
        }
    }
}

/// Sorts tables as SQLAlchemy makes them: by name, those first that refer to none of the others,
/// then those that refer to none of the rest, and so on.
pub(super) fn by_dependency(tables: Vec<Value>) -> Vec<Value> {
    let mut left: Vec<(Rc<str>, Vec<Rc<str>>, Value)> = tables
        .into_iter()
        .map(|table| {
            let mut referred = Vec::new();
            referred_tables(&table, &mut referred);
            let name = table_name(&table).unwrap_or_else(|| "".into());
            referred.retain(|other| *other != name);
            (name, referred, table)
        })
        .collect();
    left.sort_by(|(left, ..), (right, ..)| left.cmp(right));
    let mut sorted = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |referred: &[Rc<str>]| {
            referred
                .iter()
                .any(|name| left.iter().any(|(other, ..)| other == name))
        };
        let free: Vec<bool> = left
            .iter()
            .map(|(_, referred, _)| !waits(referred))
            .collect();
        // Tables that refer to each other are made in the order of their names.
        let all = !free.contains(&true);
        let mut free = free.into_iter();
        left.retain(|(.., table)| {
            let goes = free.next().unwrap_or(true) || all;
            if goes {
                sorted.push(table.clone());
            }
            !goes
        });
    }
    sorted
}

/// Returns the name of a table with its schema.
fn table_name(table: &Value) -> Option<Rc<str>> {
    let Value::Object(object) = table else {
        return None;
    };
    let Kind::Call { arguments, .. } = &object.kind else {
        return None;
    };
    let name = arguments.positional.first().and_then(text)?;
    let schema = arguments.named.iter().find(|(name, _)| name == "schema");
    Some(key(
        &name,
        schema.and_then(|(_, schema)| text(schema)).as_deref(),
    ))
}

/// Collects the tables that foreign keys within a value refer to.
fn referred_tables(value: &Value, found: &mut Vec<Rc<str>>) {
    let Value::Object(object) = value else {
        return;
    };
    let Kind::Call { arguments, .. } = &object.kind else {
        return;
    };
    let mut refers = |column: Rc<str>| {
        if let Some((table, _)) = column.rsplit_once('.') {
            found.push(table.into());
        }
    };
    if is_call_of(value, &["ForeignKey"]) {
        arguments
            .positional
            .first()
            .and_then(text)
            .into_iter()
            .for_each(&mut refers);
    } else if is_call_of(value, &["ForeignKeyConstraint"]) {
        if let Some(Value::List(columns)) = arguments.positional.get(1) {
            columns
                .borrow()
                .iter()
                .filter_map(text)
                .for_each(&mut refers);
        }
    } else {
        for value in &arguments.positional {
            referred_tables(value, found);
        }
    }
}

fn key(name: &str, schema: Option<&str>) -> Rc<str> {
    match schema {
        Some(schema) => format!("{schema}.{name}").into(),
        None => name.into(),
    }
}

/// Returns the name of what is a column.
fn column_name(value: &Value) -> Option<Rc<str>> {
    if !is_call_of(value, &["Column"]) {
        return None;
    }
    let Value::Object(object) = value else {
        return None;
    };
    match &object.kind {
        Kind::Call { arguments, .. } => arguments.positional.first().and_then(text),
        _ => None,
    }
}
