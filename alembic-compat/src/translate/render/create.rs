//! `object.create(bind)` and `object.drop(bind)`: of types, tables, sequences and indexes.
//!
//! With `checkfirst` SQLAlchemy asks the database whether the thing is there. The statement asks for
//! itself: a block that makes the thing only where it is missing.

use std::rc::Rc;

use super::Reader;
use super::from::From;
use super::given::{Given, call};
use super::quote::{Name, string};
use super::refusal::{Result, refuse};
use super::symbol::Symbol;
use super::table::{Table, TableName};
use super::thing::Thing;
use super::types::{Created, NamedType};
use crate::translate::value::{Arguments, Kind, Value};

/// Whether something is made or dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Create,
    Drop,
}

impl Reader<'_> {
    pub fn create_sql(&mut self, object: &Value, arguments: &Arguments) -> Result<Vec<String>> {
        self.made_sql(object, arguments, Way::Create)
    }

    pub fn drop_sql(&mut self, object: &Value, arguments: &Arguments) -> Result<Vec<String>> {
        self.made_sql(object, arguments, Way::Drop)
    }

    fn made_sql(&mut self, object: &Value, arguments: &Arguments, way: Way) -> Result<Vec<String>> {
        let mut given = Given::new(
            match way {
                Way::Create => "create",
                Way::Drop => "drop",
            },
            arguments,
        );
        let checkfirst = match given.take("checkfirst")? {
            None => None,
            Some(Value::Bool(checkfirst)) => Some(checkfirst),
            Some(Value::None) => Some(false),
            Some(_) => return given.strange("checkfirst"),
        };
        given.finish()?;
        if let Some(of) = self.maybe_type(object)? {
            let super::types::Sort::Named(named) = &of.here().sort else {
                return refuse("creates a type that every database has");
            };
            named.named().used_by_itself()?;
            let checkfirst = checkfirst.unwrap_or(named.named().checks_first);
            return type_sql(named, way, checkfirst);
        }
        if let Some(sequence) = self.maybe_sequence(object)? {
            let table = TableName {
                name: sequence.name.clone(),
                schema: sequence.schema.clone(),
            };
            let statement = match way {
                Way::Create => sequence.create()?,
                Way::Drop => format!("DROP SEQUENCE {}", sequence.sql()?),
            };
            let there = relation_exists(&table, "c.relkind = 'S'");
            return Ok(vec![match checkfirst.unwrap_or(true) {
                true => guarded(&statement, &there, way == Way::Create),
                false => statement,
            }]);
        }
        let Value::Object(inner) = object else {
            return refuse("creates something that is not known");
        };
        if let Some((Symbol::Core(name), arguments)) = call(inner) {
            match name.as_str() {
                "Index" => {
                    return self.index_sql(arguments, way, checkfirst.unwrap_or(false));
                }
                "MetaData" => return refuse("creates all tables of a `MetaData`"),
                _ => {}
            }
        }
        if let Kind::Attribute { name, .. } = &inner.kind
            && name == "__table__"
        {
            return refuse("creates the table of a mapped class");
        }
        match self.thing(inner)? {
            Thing::From(From::Table(table)) if !table.light => {
                self.table_sql(&table, way, checkfirst.unwrap_or(false))
            }
            _ => refuse("creates something that is not known"),
        }
    }

    fn index_sql(
        &mut self,
        arguments: &Arguments,
        way: Way,
        checkfirst: bool,
    ) -> Result<Vec<String>> {
        let mut given = Given::new("sa.Index", arguments);
        let name = given.maybe_name("name")?;
        let parts = given.rest();
        let index = self.index_of(given, name, &parts)?;
        let mut tables: Vec<Rc<Table>> = Vec::new();
        for part in &index.parts {
            if let super::index::Part::Expression(expression) = part {
                for from in expression.froms() {
                    if let From::Table(table) = from {
                        tables.push(table);
                    }
                }
            }
        }
        let Some(table) = tables.first() else {
            return refuse("creates an index of no table");
        };
        let statement = match way {
            Way::Create => index.create(table, false)?,
            Way::Drop => index.drop(table, false)?,
        };
        let name = TableName {
            name: index.named(table)?,
            schema: table.name.schema.clone(),
        };
        let there = relation_exists(&name, "c.relkind IN ('i', 'I')");
        Ok(vec![match checkfirst {
            true => guarded(&statement, &there, way == Way::Create),
            false => statement,
        }])
    }

    fn table_sql(&mut self, table: &Table, way: Way, checkfirst: bool) -> Result<Vec<String>> {
        let there = relation_exists(&table.name, "c.relkind IN ('r', 'p', 'f', 'v', 'm')");
        let creation = table.create(false)?;
        let mut types = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for of in &creation.types {
            let Some(made) = of.made_with_table() else {
                continue;
            };
            let named = made.named();
            if !made.is_native() || named.created == Created::No {
                continue;
            }
            // SQLAlchemy 2.1 thinks otherwise than 2.0 of both.
            if way == Way::Drop {
                return refuse("drops a table with an `Enum`, whose type may be dropped with it");
            }
            if table.name.schema.is_some() && table.inherits && named.schema.borrow().is_none() {
                return refuse("creates a table with an `Enum` that may inherit the schema");
            }
            let sql = made.sql()?;
            if !seen.contains(&sql) {
                let checkfirst = checkfirst || named.created == Created::IfMissing;
                types.extend(type_sql(made, way, checkfirst)?);
                seen.push(sql);
            }
        }
        let mut statements = Vec::new();
        match way {
            Way::Create => {
                statements.extend(types);
                statements.push(creation.table);
                statements.extend(creation.indexes);
                statements.extend(creation.comments);
            }
            Way::Drop => {
                statements.push(format!("DROP TABLE {}", table.name.sql()?));
                statements.extend(types);
            }
        }
        if !checkfirst {
            return Ok(statements);
        }
        let all = statements.join(";\n");
        Ok(vec![guarded(&all, &there, way == Way::Create)])
    }
}

fn type_sql(named: &NamedType, way: Way, checkfirst: bool) -> Result<Vec<String>> {
    if !named.is_native() {
        return Ok(Vec::new());
    }
    Ok(vec![match way {
        Way::Create => named.creation(checkfirst)?,
        Way::Drop if checkfirst => guarded(&named.drop()?, &named.is_there()?, false),
        Way::Drop => named.drop()?,
    }])
}

impl NamedType {
    /// Writes the statement that makes it, where it is missing if it is to look.
    pub fn creation(&self, checkfirst: bool) -> Result<String> {
        Ok(match checkfirst {
            true => guarded(&self.create()?, &self.is_there()?, true),
            false => self.create()?,
        })
    }

    /// Returns the query that finds it as SQLAlchemy looks for it.
    fn is_there(&self) -> Result<String> {
        let Some(name) = &self.named().name else {
            return refuse("uses an `Enum` without a name");
        };
        let place = match &*self.named().schema.borrow() {
            Some(schema) => format!("n.nspname = {}", string(&schema.text)),
            None => "pg_catalog.pg_type_is_visible(t.oid) AND n.nspname <> 'pg_catalog'".to_owned(),
        };
        Ok(format!(
            "SELECT FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n \
             ON n.oid = t.typnamespace WHERE t.typname = {} AND {place}",
            string(&name.text)
        ))
    }
}

/// Returns the query that finds a relation as SQLAlchemy looks for it.
fn relation_exists(name: &TableName, kind: &str) -> String {
    let place = |schema: &Option<Name>| match schema {
        Some(schema) => format!("n.nspname = {}", string(&schema.text)),
        None => "pg_catalog.pg_table_is_visible(c.oid) AND n.nspname <> 'pg_catalog'".to_owned(),
    };
    format!(
        "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = {} AND {kind} AND {}",
        string(&name.name.text),
        place(&name.schema)
    )
}

/// Makes a statement depend on whether something is missing or there.
fn guarded(statement: &str, there: &str, missing: bool) -> String {
    let not = if missing { "NOT " } else { "" };
    let mut tag = "$check$".to_owned();
    while statement.contains(&tag) {
        tag.insert(1, '_');
    }
    // A line break inside of quotes is part of what is said.
    let indented = match statement.contains(['\'', '"', '$']) {
        true => statement.to_owned(),
        false => statement.replace('\n', "\n        "),
    };
    format!(
        "DO {tag}\nBEGIN\n    IF {not}EXISTS ({there}) THEN\n        {indented};\n    END IF;\nEND\n{tag}"
    )
}
