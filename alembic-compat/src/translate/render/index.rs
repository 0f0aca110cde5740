//! Indexes: `sa.Index(…)`, `op.create_index(…)` and `index=True`.

use std::rc::Rc;

use super::Reader;
use super::column::Column;
use super::constraint::phrase;
use super::expression::{self, Context, Expression, Node, Operator};
use super::given::{Given, call, items, name_of};
use super::naming::{Labelled, Subject};
use super::quote::{Name, ident};
use super::refusal::{Result, refuse};
use super::symbol::Symbol;
use super::table::Table;
use super::types::Type;
use crate::translate::value::Value;

/// An index.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub name: Option<Name>,
    pub parts: Vec<Part>,
    pub unique: bool,
    pub options: Options,
}

/// What an index is made of.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A column of the table, by its key.
    Key(Name),
    Expression(Expression),
    /// A text that Alembic takes for a column of its name.
    Text(Expression, Rc<str>),
}

/// What PostgreSQL is told of an index.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    using: Option<String>,
    /// The operator classes, by the keys of what they are for.
    classes: Vec<(Rc<str>, Rc<str>)>,
    pub include: Vec<Name>,
    with: Vec<(String, String)>,
    tablespace: Option<Rc<str>>,
    /// As it is written.
    condition: Option<String>,
    pub concurrently: bool,
    nulls_not_distinct: Option<bool>,
}

impl Index {
    /// The index of a column with `index=True`.
    pub fn of_column(column: &Column) -> Self {
        Self {
            name: None,
            parts: vec![Part::Key(Name::new(column.key.clone()))],
            unique: column.unique,
            options: Options::default(),
        }
    }

    /// Returns what it is called.
    pub fn named(&self, table: &Table) -> Result<Name> {
        let mut columns = Vec::new();
        for part in &self.parts {
            match part {
                Part::Key(key) => match table.columns.iter().find(|it| it.key == key.text) {
                    Some(column) => columns.push(Labelled {
                        name: column.name.text.to_string(),
                        key: column.key.to_string(),
                        of_table: true,
                        raw: false,
                    }),
                    None => columns.push(Labelled::plain(key)),
                },
                Part::Text(_, text) => columns.push(Labelled::plain(&Name::new(text.clone()))),
                Part::Expression(expression) => {
                    // An expression counts by the first column in it.
                    let mut first = None;
                    expression.each_column(&mut |column: &expression::Column| {
                        first.get_or_insert_with(|| column.clone());
                    });
                    let Some(column) = first else {
                        continue;
                    };
                    let from = column.from.as_ref();
                    if self.name.is_none()
                        && from.is_some_and(|it| it.table().is_none_or(|it| it.light))
                    {
                        return refuse(
                            "makes an index without a name of columns of no known table",
                        );
                    }
                    columns.push(Labelled {
                        of_table: from.is_some(),
                        raw: column.raw,
                        ..Labelled::plain(&column.name)
                    });
                }
            }
        }
        let name = table.naming.name(&Subject {
            kind: "ix",
            name: self.name.as_ref(),
            table: &table.name.name,
            schema: table.name.schema.as_ref(),
            columns: Some(Labelled::distinct(columns)),
            referred: None,
        })?;
        match name {
            Some(name) => Ok(name),
            None => refuse("makes an index without a name"),
        }
    }

    /// Writes the statement that creates it.
    pub fn create(&self, table: &Table, if_not_exists: bool) -> Result<String> {
        let options = &self.options;
        let mut sql = "CREATE ".to_owned();
        if self.unique {
            sql.push_str("UNIQUE ");
        }
        sql.push_str("INDEX ");
        if options.concurrently {
            sql.push_str("CONCURRENTLY ");
        }
        if if_not_exists {
            sql.push_str("IF NOT EXISTS ");
        }
        let name = self.named(table)?.bounded()?;
        sql.push_str(&format!("{name} ON {} ", table.name.sql()?));
        if let Some(using) = &options.using {
            sql.push_str(&format!("USING {using} "));
        }
        let parts: Result<Vec<_>> = self.parts.iter().map(|it| self.part(it, table)).collect();
        sql.push_str(&format!("({})", parts?.join(", ")));
        if !options.include.is_empty() {
            let mut names = Vec::new();
            for key in &options.include {
                names.push(table.owner().by_key(key)?.name.sql()?);
            }
            sql.push_str(&format!(" INCLUDE ({})", names.join(", ")));
        }
        match options.nulls_not_distinct {
            Some(true) => sql.push_str(" NULLS NOT DISTINCT"),
            Some(false) => sql.push_str(" NULLS DISTINCT"),
            None => {}
        }
        if !options.with.is_empty() {
            let with = options
                .with
                .iter()
                .map(|(name, value)| format!("{name} = {value}"));
            sql.push_str(&format!(" WITH ({})", with.collect::<Vec<_>>().join(", ")));
        }
        if let Some(space) = &options.tablespace {
            sql.push_str(&format!(" TABLESPACE {}", ident(space)?));
        }
        if let Some(condition) = &options.condition {
            sql.push_str(&format!(" WHERE {condition}"));
        }
        Ok(sql)
    }

    fn part(&self, part: &Part, table: &Table) -> Result<String> {
        let (mut sql, key) = match part {
            Part::Key(key) => match table.columns.iter().find(|it| it.key == key.text) {
                Some(column) => (column.name.sql()?, Some(&*key.text)),
                None => {
                    return refuse(format!(
                        "makes an index of the column `{}`, which `{}` does not have",
                        key.text, table.name.name.text
                    ));
                }
            },
            Part::Text(expression, text) => {
                (expression.write(&mut Context::definition())?, Some(&**text))
            }
            Part::Expression(expression) => {
                let grouped = match &*expression.node {
                    Node::Column(_) => expression.clone(),
                    _ => expression.grouped(Operator::Nothing),
                };
                (grouped.write(&mut Context::definition())?, expression.key())
            }
        };
        let class = key.and_then(|key| self.options.classes.iter().find(|it| *it.0 == *key));
        if let Some((_, class)) = class {
            sql.push_str(&format!(" {class}"));
        }
        Ok(sql)
    }

    /// Writes the statement that drops it.
    pub fn drop(&self, table: &Table, if_exists: bool) -> Result<String> {
        let mut sql = "DROP INDEX ".to_owned();
        if self.options.concurrently {
            sql.push_str("CONCURRENTLY ");
        }
        if if_exists {
            sql.push_str("IF EXISTS ");
        }
        if let Some(schema) = table.name.schema.as_ref().filter(|it| !it.text.is_empty()) {
            sql.push_str(&format!("{}.", schema.sql()?));
        }
        Ok(sql + &self.named(table)?.bounded()?)
    }
}

impl Reader<'_> {
    /// Reads `sa.Index(…)`, or `None` where the value is something else.
    pub fn maybe_index(&mut self, value: &Value) -> Result<Option<Rc<Index>>> {
        let Value::Object(object) = value else {
            return Ok(None);
        };
        let Some((Symbol::Core(name), arguments)) = call(object) else {
            return Ok(None);
        };
        if name != "Index" {
            return Ok(None);
        }
        let mut given = Given::new("sa.Index", arguments);
        let quote = given.flag("quote")?;
        let name = given.maybe_name("name")?.map(|name| Name {
            quote: name.quote.or(quote),
            ..name
        });
        let parts = given.rest();
        let index = self.index_of(given, name, &parts)?;
        Ok(Some(Rc::new(index)))
    }

    /// Reads what an index is made of, and its options.
    pub fn index_of(
        &mut self,
        mut given: Given,
        name: Option<Name>,
        parts: &[Value],
    ) -> Result<Index> {
        let unique = given.flag("unique")?.unwrap_or(false);
        let options = self.index_options(&mut given)?;
        given.finish()?;
        let mut read = Vec::new();
        for part in parts {
            read.push(match name_of(part) {
                Some(key) => Part::Key(key),
                None => Part::Expression(self.expression(part)?),
            });
        }
        Ok(Index {
            name,
            parts: read,
            unique,
            options,
        })
    }

    pub fn index_options(&mut self, given: &mut Given) -> Result<Options> {
        given.ignore_foreign();
        let using = match given.named("postgresql_using") {
            None | Some(Value::None | Value::Bool(false)) => None,
            Some(Value::Text(using)) if using.is_empty() => None,
            Some(Value::Text(using)) => Some(phrase(&using)?.to_lowercase()),
            Some(_) => return given.strange("postgresql_using"),
        };
        let mut classes = Vec::new();
        match given.named("postgresql_ops") {
            None | Some(Value::None) => {}
            Some(Value::Dict(pairs)) => {
                for (key, class) in pairs.borrow().iter() {
                    let (Some(key), Value::Text(class)) = (name_of(key), class) else {
                        return given.strange("postgresql_ops");
                    };
                    classes.push((key.text, class.clone()));
                }
            }
            Some(_) => return given.strange("postgresql_ops"),
        }
        let mut with = Vec::new();
        match given.named("postgresql_with") {
            None | Some(Value::None) => {}
            Some(Value::Dict(pairs)) => {
                for (key, value) in pairs.borrow().iter() {
                    let Value::Text(key) = key else {
                        return given.strange("postgresql_with");
                    };
                    let value = match value {
                        Value::Text(text) => text.to_string(),
                        Value::Int(number) => number.to_string(),
                        Value::Bool(true) => "True".to_owned(),
                        Value::Bool(false) => "False".to_owned(),
                        Value::Float(number) => super::literal::python_float(*number),
                        _ => return given.strange("postgresql_with"),
                    };
                    with.push((key.to_string(), value));
                }
            }
            Some(_) => return given.strange("postgresql_with"),
        }
        let condition = match given.named("postgresql_where") {
            None | Some(Value::None) => None,
            Some(condition) => Some(self.condition(&condition)?),
        };
        let tablespace = given.text("postgresql_tablespace")?;
        Ok(Options {
            using,
            classes,
            include: self.include(given)?,
            with,
            tablespace: tablespace.filter(|it| !it.is_empty()),
            condition,
            concurrently: given.flag("postgresql_concurrently")?.unwrap_or(false),
            nulls_not_distinct: given.flag("postgresql_nulls_not_distinct")?,
        })
    }

    /// Makes the table that an index stands on, as far as `op.create_index` knows it: the columns that
    /// it names.
    pub fn table_of_index(&self, name: super::table::TableName, parts: &[Value]) -> Result<Table> {
        let mut columns: Vec<Rc<Column>> = Vec::new();
        for part in parts {
            // Alembic takes a text for a column of its name.
            let Some(key) = name_of(part).or_else(|| text_of(part)) else {
                continue;
            };
            if columns.iter().any(|it| it.key == key.text) {
                return refuse(format!("makes an index of `{}` twice", key.text));
            }
            columns.push(Rc::new(Column::bare(key, Type::null())));
        }
        Ok(Table::bare(name, columns, self.naming.clone()))
    }
}

/// Returns the SQL of `sa.text(…)`.
fn text_of(value: &Value) -> Option<Name> {
    let Value::Object(object) = value else {
        return None;
    };
    match call(object)? {
        (Symbol::Core(name), arguments) if name == "text" => match arguments.positional.first()? {
            Value::Text(sql) => Some(Name::new(sql.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the members of what stands as the columns of an index; a text is its letters.
pub(super) fn index_columns(given: &mut Given) -> Result<Vec<Value>> {
    let value = given.need("columns")?;
    match &value {
        Value::Text(letters) => Ok(letters
            .chars()
            .map(|letter| Value::Text(letter.to_string().into()))
            .collect()),
        value => match items(value) {
            Some(columns) => Ok(columns),
            None => given.strange("columns"),
        },
    }
}
