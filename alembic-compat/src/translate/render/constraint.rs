//! Constraints: what a script says of them, and what they are written as once their table is known.

use std::rc::Rc;

use super::Reader;
use super::column::Column;
use super::expression::{Context, Expression, Node};
use super::given::{Given, call, items, name_of};
use super::quote::Name;
use super::refusal::{Result, refuse};
use super::symbol::Symbol;
use super::table::TableName;
use crate::translate::value::Value;

/// What all constraints share.
#[derive(Clone, Debug, Default)]
pub(super) struct Common {
    pub name: Option<Name>,
    pub deferrable: Option<bool>,
    pub initially: Option<Rc<str>>,
    pub not_valid: bool,
}

/// `ForeignKey(…)` or `ForeignKeyConstraint(…)`, before its table is known.
#[derive(Clone, Debug)]
pub(super) struct ForeignKey {
    pub common: Common,
    /// The columns that refer, by key; none for the column it stands in.
    pub columns: Vec<Name>,
    /// The table and column that each refers to.
    pub targets: Vec<Target>,
    pub onupdate: Option<Rc<str>>,
    pub ondelete: Option<Rc<str>>,
    pub matching: Option<Rc<str>>,
    /// Whether it is left out where the table is created, to be added when all tables are there.
    pub use_alter: bool,
}

/// A column of another table.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub table: TableName,
    /// By key, where the table is known.
    pub column: Name,
}

/// `CheckConstraint(…)`
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub common: Common,
    /// The condition as it is written.
    pub sql: String,
    /// The columns of the condition, as far as a script names them.
    pub columns: Vec<Name>,
}

/// A constraint as a script says it.
#[derive(Clone, Debug)]
pub(super) enum Draft {
    Primary {
        common: Common,
        columns: Vec<Name>,
        include: Vec<Name>,
    },
    Unique {
        common: Common,
        columns: Vec<Name>,
        include: Vec<Name>,
        nulls_not_distinct: Option<bool>,
    },
    Foreign(Rc<ForeignKey>),
    Check(Rc<Check>),
    Exclude(Rc<super::exclude::Exclude>),
}

/// A constraint of a table, named and ready to be written.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub name: Option<Name>,
    /// What follows the name.
    pub body: String,
}

impl Constraint {
    /// Writes it as a table has it.
    pub fn sql(&self) -> Result<String> {
        Ok(match &self.name {
            Some(name) => format!("CONSTRAINT {} {}", name.bounded()?, self.body),
            None => self.body.clone(),
        })
    }
}

impl Common {
    /// Reads what all constraints share, by name.
    pub fn read(given: &mut Given) -> Result<Self> {
        given.ignore_foreign();
        given.named("comment");
        let name = match given.named("name") {
            None | Some(Value::None) => None,
            Some(value) => match name_of(&value) {
                Some(name) => Some(name),
                None => return given.strange("name"),
            },
        };
        Ok(Self {
            name,
            deferrable: given.flag("deferrable")?,
            initially: given.text("initially")?,
            not_valid: given.flag("postgresql_not_valid")?.unwrap_or(false),
        })
    }

    pub fn deferral(&self) -> Result<String> {
        let mut sql = String::new();
        match self.deferrable {
            Some(true) => sql.push_str(" DEFERRABLE"),
            Some(false) => sql.push_str(" NOT DEFERRABLE"),
            None => {}
        }
        if let Some(initially) = &self.initially {
            sql.push_str(&format!(" INITIALLY {}", phrase(initially)?));
        }
        Ok(sql)
    }

    pub fn validity(&self) -> &'static str {
        if self.not_valid { " NOT VALID" } else { "" }
    }
}

impl Reader<'_> {
    /// Reads a constraint, or `None` where the value is something else.
    pub fn maybe_constraint(&mut self, value: &Value) -> Result<Option<Draft>> {
        let Value::Object(object) = value else {
            return Ok(None);
        };
        let Some((symbol, arguments)) = call(object) else {
            return Ok(None);
        };
        let mut given = Given::new(symbol.to_string(), arguments);
        let draft = match &symbol {
            Symbol::Core(name) => match name.as_str() {
                "PrimaryKeyConstraint" | "UniqueConstraint" => {
                    let mut columns = Vec::new();
                    for column in given.rest() {
                        columns.push(self.column_key(&column)?);
                    }
                    let common = Common::read(&mut given)?;
                    given.named("_column_flag");
                    let include = self.include(&mut given)?;
                    if name == "PrimaryKeyConstraint" {
                        Draft::Primary {
                            common,
                            columns,
                            include,
                        }
                    } else {
                        Draft::Unique {
                            common,
                            columns,
                            include,
                            nulls_not_distinct: given.flag("postgresql_nulls_not_distinct")?,
                        }
                    }
                }
                "ForeignKeyConstraint" => {
                    let columns = self.column_keys(&mut given, "columns")?;
                    let targets = given.need("refcolumns")?;
                    let Some(targets) = items(&targets) else {
                        return given.strange("refcolumns");
                    };
                    let targets: Result<Vec<_>> =
                        targets.iter().map(|target| self.target(target)).collect();
                    let options = ["name", "onupdate", "ondelete", "deferrable", "initially"];
                    given.by_name(&options)?;
                    let key = self.key_options(&mut given, columns, targets?)?;
                    Draft::Foreign(Rc::new(key))
                }
                "CheckConstraint" => return Ok(Some(Draft::Check(Rc::new(self.check(given)?)))),
                _ => return Ok(None),
            },
            Symbol::Dialect(dialect, name)
                if dialect == "postgresql" && name == "ExcludeConstraint" =>
            {
                let exclude = self.exclude(given)?;
                return Ok(Some(Draft::Exclude(Rc::new(exclude))));
            }
            _ => return Ok(None),
        };
        given.finish()?;
        Ok(Some(draft))
    }

    pub fn include(&mut self, given: &mut Given) -> Result<Vec<Name>> {
        let Some(value) = given.named("postgresql_include") else {
            return Ok(Vec::new());
        };
        let members = match &value {
            Value::None => Vec::new(),
            value => match items(value) {
                Some(members) => members,
                None => return given.strange("postgresql_include"),
            },
        };
        members
            .iter()
            .map(|member| self.column_key(member))
            .collect()
    }

    fn column_keys(&mut self, given: &mut Given, name: &str) -> Result<Vec<Name>> {
        let value = given.need(name)?;
        let Some(members) = items(&value) else {
            return given.strange(name);
        };
        members
            .iter()
            .map(|member| self.column_key(member))
            .collect()
    }

    /// Reads a column that a constraint names: by its key, or as the object.
    pub fn column_key(&mut self, value: &Value) -> Result<Name> {
        if let Some(name) = name_of(value) {
            return Ok(name);
        }
        if let Some(column) = self.maybe_column(value)? {
            return Ok(Name::new(column.key.clone()));
        }
        let expression = self.expression(value)?;
        match &*expression.node {
            Node::Column(column) if !column.raw => Ok(Name::new(column.key.clone())),
            _ => refuse("makes a constraint of something else than columns"),
        }
    }

    /// Reads `ForeignKey(…)`.
    pub fn foreign_key(&mut self, mut given: Given) -> Result<ForeignKey> {
        let target = given.need("column")?;
        let target = self.target(&target)?;
        let key = self.key_options(&mut given, Vec::new(), vec![target])?;
        given.finish()?;
        Ok(key)
    }

    fn key_options(
        &mut self,
        given: &mut Given,
        columns: Vec<Name>,
        targets: Vec<Target>,
    ) -> Result<ForeignKey> {
        for note in ["link_to_name", "table"] {
            given.named(note);
        }
        let use_alter = given.flag("use_alter")?.unwrap_or(false);
        Ok(ForeignKey {
            common: Common::read(given)?,
            columns,
            targets,
            onupdate: given.text("onupdate")?,
            ondelete: given.text("ondelete")?,
            matching: given.text("match")?,
            use_alter,
        })
    }

    /// Reads what a foreign key refers to: `table.column`, `schema.table.column`, or a column.
    fn target(&mut self, value: &Value) -> Result<Target> {
        if let Some(name) = name_of(value) {
            let mut parts: Vec<&str> = name.text.split('.').collect();
            let (Some(column), Some(table)) = (parts.pop(), parts.pop()) else {
                return refuse(format!("refers to `{}`, which names no column", name.text));
            };
            let schema = (!parts.is_empty()).then(|| Name::new(parts.join(".")));
            let table = TableName {
                name: Name::new(table),
                schema,
            };
            let column = Name::new(column);
            return Ok(Target { table, column });
        }
        let expression = self.expression(value)?;
        match &*expression.node {
            Node::Column(column) => match column.from.as_ref().and_then(|it| it.table()) {
                Some(table) if !table.light => Ok(Target {
                    table: table.name.clone(),
                    column: column.name.clone(),
                }),
                _ => refuse("refers to a column of no known table"),
            },
            _ => refuse("refers to something else than a column"),
        }
    }

    /// Reads `CheckConstraint(…)`.
    pub fn check(&mut self, mut given: Given) -> Result<Check> {
        let condition = given.need("sqltext")?;
        given.named("table");
        let common = Common::read(&mut given)?;
        let check = self.check_of(&condition, common)?;
        given.finish()?;
        Ok(check)
    }

    pub fn check_of(&mut self, condition: &Value, common: Common) -> Result<Check> {
        let columns = match condition {
            Value::Text(_) => Vec::new(),
            condition => {
                let mut columns = Vec::new();
                self.expression(condition)?.each_column(&mut |column| {
                    columns.push(column.name.clone());
                });
                columns
            }
        };
        Ok(Check {
            common,
            sql: self.condition(condition)?,
            columns,
        })
    }

    /// Writes a condition of a definition: a text as it is, or an expression.
    pub fn condition(&mut self, value: &Value) -> Result<String> {
        match name_of(value) {
            Some(name) => super::expression::Text::new(name.text).write(&mut Context::definition()),
            None => self.definition_sql(value),
        }
    }

    /// Writes an expression of a definition.
    pub fn definition_sql(&mut self, value: &Value) -> Result<String> {
        let expression: Expression = self.expression(value)?;
        expression.write(&mut Context::definition())
    }
}

pub(super) fn column_list(columns: &[Rc<Column>]) -> Result<String> {
    let names: Result<Vec<_>> = columns.iter().map(|column| column.name.sql()).collect();
    Ok(names?.join(", "))
}

pub(super) fn name_list(names: &[Name]) -> Result<String> {
    let names: Result<Vec<_>> = names.iter().map(Name::sql).collect();
    Ok(names?.join(", "))
}

/// Lets only words through where SQL asks for a phrase of its own.
pub(super) fn phrase(text: &str) -> Result<&str> {
    let word = |word: &str| word.chars().all(|c| c.is_alphanumeric() || c == '_');
    let starts = text.starts_with(|c: char| !c.is_whitespace());
    match starts && text.split_whitespace().all(word) {
        true => Ok(text.trim_end()),
        false => refuse(format!("says `{text}` where only words of SQL may stand")),
    }
}

/// Lets through what may follow `ON DELETE`: words, and columns in parentheses.
pub(super) fn delete_phrase(text: &str) -> Result<&str> {
    match text.split_once('(') {
        Some((words, columns)) if columns.trim_end().ends_with(')') => {
            phrase(words)?;
            Ok(text)
        }
        _ => phrase(text),
    }
}
