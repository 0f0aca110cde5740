//! Writes what a script does to its database as SQL: the statements that SQLAlchemy 2.0 and Alembic
//! 1.20 would send to PostgreSQL.
//!
//! A reader looks at what the evaluator left of a script, calls of SQLAlchemy's names upon each
//! other, and makes tables, types, constraints and expressions of it; each of those knows how it is
//! written. What is not known is refused by its name and never left out.

mod column;
mod constant;
mod constraint;
mod create;
mod creation;
mod exclude;
mod expression;
mod from;
mod given;
mod identity;
mod index;
mod insert;
mod literal;
mod naming;
mod operation;
mod owner;
mod query;
mod quote;
mod refusal;
mod select;
mod symbol;
mod table;
#[cfg(test)]
mod tests;
mod thing;
mod types;
mod update;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use self::column::Column;
use self::expression::{Context, Expression, Node, Text};
use self::naming::Naming;
use self::refusal::{Result, refuse};
use self::thing::Thing;
use self::types::{NamedType, Type};
use super::value::{Action, Deed, Object, Value};
use super::{Settings, Untranslated};

/// Writes the actions of scripts as SQL.
///
/// It remembers what Alembic remembers during one run: an enumeration that came with one table is not
/// made again with the next one.
#[derive(Debug)]
pub struct Renderer<'a> {
    reader: Reader<'a>,
}

impl<'a> Renderer<'a> {
    /// Begins a run.
    #[must_use]
    pub fn new(settings: &'a Settings) -> Self {
        let reader = Reader {
            settings,
            naming: Naming::new(&settings.naming_convention),
            types: HashMap::new(),
            columns: HashMap::new(),
            things: HashMap::new(),
            made: BTreeSet::new(),
        };
        Self { reader }
    }

    /// Writes what an action does, as statements without a semicolon.
    ///
    /// # Errors
    /// Fails where the action holds something whose SQL is not known, and says on which line.
    pub fn render(&mut self, action: &Action) -> std::result::Result<Vec<String>, Untranslated> {
        let reader = &mut self.reader;
        let written = match &action.deed {
            Deed::Operation {
                name,
                arguments,
                batch,
            } => reader.operation_sql(name, arguments, batch.as_ref()),
            Deed::Execute {
                statement,
                parameters,
            } => reader.execute(statement, parameters),
            Deed::Create { object, arguments } => reader.create_sql(object, arguments),
            Deed::Drop { object, arguments } => reader.drop_sql(object, arguments),
            Deed::AutocommitBegins | Deed::AutocommitEnds => Ok(Vec::new()),
        };
        written.map_err(|refusal| refusal.within(action.line))
    }

    /// Writes a query that a script asks, with its parameters.
    ///
    /// # Errors
    /// Fails where the query holds something whose SQL is not known, and says on which line.
    pub fn query(
        &mut self,
        statement: &Value,
        parameters: &Value,
        line: u32,
    ) -> std::result::Result<String, Untranslated> {
        let statements = self.reader.execute(statement, parameters);
        let statements = statements.map_err(|refusal| refusal.within(line))?;
        match <[String; 1]>::try_from(statements) {
            Ok([statement]) => Ok(statement),
            Err(_) => Err(Untranslated::new(
                line,
                "asks for the result of several statements",
            )),
        }
    }
}

/// Looks at what a script made.
///
/// What was looked at is kept with the object it was made of, so that the same object is the same
/// table each time.
#[derive(Debug)]
struct Reader<'a> {
    settings: &'a Settings,
    /// The naming convention of the project.
    naming: Naming,
    types: HashMap<*const Object, (Rc<Object>, Rc<Type>)>,
    columns: HashMap<*const Object, (Rc<Object>, Rc<Column>)>,
    things: HashMap<*const Object, (Rc<Object>, Thing)>,
    /// The types that were made with a table.
    made: BTreeSet<(String, String, &'static str)>,
}

impl Reader<'_> {
    /// Notes that a type is made with a table; whether it is the first time.
    fn is_new(&mut self, of: &NamedType) -> bool {
        let named = of.named();
        let schema = named.schema.borrow();
        let schema = schema.as_ref().map(|it| it.text.to_string());
        let name = named.name.as_ref().map(|it| it.text.to_string());
        let kind = match of {
            NamedType::Enumeration(_) => "enum",
            NamedType::Domain(_) => "domain",
        };
        self.made
            .insert((schema.unwrap_or_default(), name.unwrap_or_default(), kind))
    }

    /// Writes a statement that is executed with parameters.
    fn execute(&mut self, statement: &Value, parameters: &Value) -> Result<Vec<String>> {
        let rows = parameter_rows(parameters)?;
        let mut statements = Vec::new();
        for row in &rows {
            statements.push(self.executed(statement, row)?);
        }
        Ok(statements)
    }

    fn executed(&mut self, statement: &Value, parameters: &[(Rc<str>, Value)]) -> Result<String> {
        let object = match statement {
            Value::Text(sql) => {
                return Text::new(sql.clone()).write(&mut Context::statement(parameters));
            }
            Value::Object(object) => object,
            Value::Opaque(it) => return refuse(format!("executes {}", it.describe())),
            _ => return refuse("executes something that is no statement"),
        };
        if let Some(raw) = driver_sql(object)? {
            return match parameters.is_empty() {
                true => Ok(raw),
                false => refuse("sends parameters past SQLAlchemy"),
            };
        }
        if let Some(ddl) = self.ddl(object)? {
            return Ok(ddl);
        }
        match self.thing(object)? {
            Thing::Insert(insert) => self.insert_sql(&insert, parameters),
            Thing::Update(update) => self.update_sql(&update, parameters),
            Thing::Select(select) => {
                let mut context = Context::statement(parameters);
                let sql = select.write(&mut context)?;
                Ok(context.complete(sql))
            }
            Thing::Expression(expression) => match &*expression.node {
                Node::Text(text) => text.write(&mut Context::statement(parameters)),
                Node::Function { .. } | Node::NextValue(_) => {
                    let mut context = Context::statement(parameters);
                    let columns = [Expression::clone(&expression)];
                    let sql = select::labelled(&columns, &mut context, false)?;
                    Ok(format!("SELECT {sql}"))
                }
                _ => refuse("executes an expression that is no statement"),
            },
            Thing::Sequence(sequence) => Ok(format!("SELECT nextval({})", sequence.literal()?)),
            _ => refuse("executes something that is no statement"),
        }
    }

    /// Writes one of SQLAlchemy's own statements that define something.
    fn ddl(&mut self, object: &Rc<Object>) -> Result<Option<String>> {
        let Some((symbol::Symbol::Core(name), arguments)) = given::call(object) else {
            return Ok(None);
        };
        let mut given = given::Given::new(format!("sa.{name}"), arguments);
        let sql = match name.as_str() {
            "CreateSequence" | "DropSequence" => {
                let sequence = given.need("element")?;
                let sequence = self.sequence(&sequence)?;
                let if_there = given.flag(match name.as_str() {
                    "CreateSequence" => "if_not_exists",
                    _ => "if_exists",
                })?;
                match (name.as_str(), if_there) {
                    ("CreateSequence", Some(true)) => {
                        sequence
                            .create()?
                            .replacen("SEQUENCE ", "SEQUENCE IF NOT EXISTS ", 1)
                    }
                    ("CreateSequence", _) => sequence.create()?,
                    (_, Some(true)) => format!("DROP SEQUENCE IF EXISTS {}", sequence.sql()?),
                    _ => format!("DROP SEQUENCE {}", sequence.sql()?),
                }
            }
            "CreateSchema" | "DropSchema" => {
                let schema = given.name("name")?.sql()?;
                match name.as_str() {
                    "CreateSchema" => match given.flag("if_not_exists")? {
                        Some(true) => format!("CREATE SCHEMA IF NOT EXISTS {schema}"),
                        _ => format!("CREATE SCHEMA {schema}"),
                    },
                    _ => {
                        let mut sql = match given.flag("if_exists")? {
                            Some(true) => format!("DROP SCHEMA IF EXISTS {schema}"),
                            _ => format!("DROP SCHEMA {schema}"),
                        };
                        if let Some(Value::Bool(true)) = given.take("cascade")? {
                            sql.push_str(" CASCADE");
                        }
                        sql
                    }
                }
            }
            "DDL" => {
                let Value::Text(statement) = given.need("statement")? else {
                    return given.strange("statement");
                };
                let plain = statement.replace("%%", "");
                if plain.contains('%') {
                    return refuse("fills values into `sa.DDL`");
                }
                Text::new(statement.replace("%%", "%").into()).write(&mut Context::definition())?
            }
            _ => return Ok(None),
        };
        given.finish()?;
        Ok(Some(sql))
    }
}

/// Returns what a connection was given to send as it stands: to the driver a doubled `%` is one.
fn driver_sql(object: &Object) -> Result<Option<String>> {
    let Some((symbol::Symbol::Other(path), arguments)) = given::call(object) else {
        return Ok(None);
    };
    if path != "sqlalchemy.engine.Connection.exec_driver_sql" {
        return Ok(None);
    }
    let mut given = given::Given::new("exec_driver_sql", arguments);
    let Value::Text(sql) = given.need("statement")? else {
        return given.strange("statement");
    };
    given.finish()?;
    let plain = sql.replace("%%", "");
    match plain.contains('%') {
        true => {
            refuse("sends a text with a single `%` to the driver, which takes it for a parameter")
        }
        false => Ok(Some(sql.replace("%%", "%"))),
    }
}

/// The parameters of one execution, by name.
type Row = Vec<(Rc<str>, Value)>;

/// Reads what a statement is executed with: nothing, a dictionary, or a list of them.
fn parameter_rows(parameters: &Value) -> Result<Vec<Row>> {
    match parameters {
        Value::None => Ok(vec![Vec::new()]),
        Value::Dict(pairs) => {
            let mut row = Vec::new();
            for (key, value) in pairs.borrow().iter() {
                let Some(key) = given::name_of(key) else {
                    return refuse("executes a statement with a parameter that has no name");
                };
                row.push((key.text, value.clone()));
            }
            Ok(vec![row])
        }
        Value::List(_) | Value::Tuple(_) => {
            let members = given::items(parameters).unwrap_or_default();
            if members.is_empty() {
                return Ok(vec![Vec::new()]);
            }
            let mut rows = Vec::new();
            for member in &members {
                match member {
                    Value::Dict(_) => rows.extend(parameter_rows(member)?),
                    _ => return refuse("executes a statement with parameters that have no names"),
                }
            }
            Ok(rows)
        }
        _ => refuse("executes a statement with parameters of an unexpected kind"),
    }
}
