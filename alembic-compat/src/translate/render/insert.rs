//! `insert(…)` and its methods, and rows given to it.

use std::rc::Rc;

use super::Reader;
use super::column::{ClientDefault, Column};
use super::expression::{Context, Expression, Node, Operator};
use super::from::{Alias, Aliased, From};
use super::given::{Given, items, name_of};
use super::literal::describe;
use super::quote::Name;
use super::refusal::{Result, refuse};
use super::select::{Select, labelled, written_conditions};
use super::table::Table;
use crate::translate::value::{Arguments, Value};

/// An insert.
#[derive(Clone, Debug)]
pub(super) struct Insert {
    pub into: From,
    pub table: Rc<Table>,
    /// The values of the rows, each by the keys of its columns.
    pub rows: Vec<Row>,
    pub query: Option<(Vec<Rc<str>>, Rc<Select>)>,
    /// Whether it stands for itself and returns nothing unasked.
    pub inline: bool,
    pub conflict: Option<Conflict>,
    pub returning: Vec<Expression>,
    /// What `excluded` stands for.
    pub excluded: From,
}

/// The values of a row, by the keys of its columns.
pub(super) type Row = Vec<(Rc<str>, Value)>;

/// `ON CONFLICT`
#[derive(Clone, Debug)]
pub(super) struct Conflict {
    target: String,
    /// What is set instead; nothing where nothing is done.
    set: Option<Row>,
    condition: Option<Expression>,
}

impl Insert {
    pub fn replaced(&self) -> From {
        self.excluded.clone()
    }
}

impl Reader<'_> {
    /// Reads `insert(table)`.
    pub fn insert(&mut self, arguments: &Arguments) -> Result<Rc<Insert>> {
        let mut given = Given::new("sa.insert", arguments);
        let into = given.need("table")?;
        let into = self.from(&into)?;
        given.finish()?;
        self.insert_into(&into)
    }

    pub fn insert_into(&mut self, into: &From) -> Result<Rc<Insert>> {
        let Some(table) = into.table() else {
            return refuse("inserts into something else than a table");
        };
        Ok(Rc::new(Insert {
            into: into.clone(),
            table: table.clone(),
            rows: Vec::new(),
            query: None,
            inline: false,
            conflict: None,
            returning: Vec::new(),
            excluded: From::Alias(Rc::new(Alias {
                name: Some(Name::new("excluded")),
                of: Aliased::From(into.clone()),
            })),
        }))
    }

    /// Reads a method of an insert.
    pub fn insert_method(
        &mut self,
        of: &Rc<Insert>,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Rc<Insert>> {
        let mut given = Given::new(name, arguments);
        let mut insert = Insert::clone(of);
        match name {
            "values" => {
                let named: Row = given
                    .rest_named()
                    .into_iter()
                    .map(|(key, value)| (key.as_str().into(), value))
                    .collect();
                match given.rest().as_slice() {
                    [] => insert.rows = vec![merged(insert.rows.first(), named)],
                    [only] if named.is_empty() => {
                        let rows = self.rows(&insert.table, only)?;
                        insert.rows = match rows.as_slice() {
                            [row] if !matches!(only, Value::List(_)) => {
                                vec![merged(insert.rows.first(), row.clone())]
                            }
                            _ => rows,
                        };
                    }
                    _ => return refuse("gives `values` several things"),
                }
            }
            "from_select" => {
                let names = given.need("names")?;
                let query = given.need("select")?;
                given.take("include_defaults")?;
                let Some(names) = items(&names) else {
                    return given.strange("names");
                };
                let keys: Result<Vec<_>> = names.iter().map(|it| self.column_key(it)).collect();
                let keys = keys?.into_iter().map(|name| name.text).collect();
                insert.query = Some((keys, self.a_query(&query)?));
            }
            "inline" => insert.inline = true,
            "returning" => {
                let parts = given.rest();
                insert.returning = self.selected(&parts)?;
            }
            "on_conflict_do_nothing" | "on_conflict_do_update" => {
                insert.conflict = Some(self.conflict(&insert.table, name, &mut given)?);
            }
            "execution_options" => return Ok(of.clone()),
            _ => return refuse(format!("calls `{name}` of an insert")),
        }
        given.finish()?;
        Ok(Rc::new(insert))
    }

    /// Reads rows: a dictionary, a tuple of all columns, or a list of those.
    pub fn rows(&mut self, table: &Table, value: &Value) -> Result<Vec<Row>> {
        match value {
            Value::Dict(pairs) => {
                let mut row = Row::new();
                for (key, value) in pairs.borrow().iter() {
                    row.push((self.column_key(key)?.text, value.clone()));
                }
                Ok(vec![row])
            }
            Value::List(members) | Value::Set(members) => {
                let members = members.borrow().clone();
                let is_row =
                    |it: &Value| matches!(it, Value::Dict(_) | Value::Tuple(_) | Value::List(_));
                if !members.iter().all(is_row) {
                    return self.row_of(table, &members).map(|row| vec![row]);
                }
                let mut rows = Vec::new();
                for member in &members {
                    rows.extend(self.rows(table, member)?);
                }
                Ok(rows)
            }
            Value::Tuple(members) => self.row_of(table, members).map(|row| vec![row]),
            other => refuse(format!("inserts {} as a row", describe(other))),
        }
    }

    fn row_of(&self, table: &Table, members: &[Value]) -> Result<Row> {
        if members.len() > table.columns.len() {
            return refuse("inserts a row that is longer than its table");
        }
        let columns = table.columns.iter().map(|column| column.key.clone());
        Ok(columns.zip(members.iter().cloned()).collect())
    }

    fn conflict(&mut self, table: &Table, name: &str, given: &mut Given) -> Result<Conflict> {
        let constraint = given
            .take("constraint")?
            .filter(|it| !matches!(it, Value::None));
        let elements = given
            .take("index_elements")?
            .filter(|it| !matches!(it, Value::None));
        let index_where = given
            .take("index_where")?
            .filter(|it| !matches!(it, Value::None));
        let mut context = Context::definition();
        let target = match (constraint, elements) {
            (Some(constraint), None) => match name_of(&constraint) {
                Some(name) => format!(" ON CONSTRAINT {}", name.bounded()?),
                None => return refuse("names a conflict by something else than a name"),
            },
            (None, Some(elements)) => {
                let Some(elements) = items(&elements) else {
                    return given.strange("index_elements");
                };
                let mut parts = Vec::new();
                for element in &elements {
                    parts.push(match name_of(element) {
                        Some(name) => name.sql()?,
                        None => self.argument(element)?.write(&mut context)?,
                    });
                }
                let mut target = format!(" ({})", parts.join(", "));
                if let Some(condition) = index_where {
                    let condition = self.clause(&condition)?;
                    target.push_str(&format!(" WHERE {}", condition.write(&mut context)?));
                }
                target
            }
            (None, None) => String::new(),
            (Some(_), Some(_)) => return refuse("names a conflict twice"),
        };
        let mut condition = None;
        let set = match name {
            "on_conflict_do_update" => {
                let set = given.need("set_")?;
                if let Some(it) = given.take("where")?.filter(|it| !matches!(it, Value::None)) {
                    condition = Some(self.clause(&it)?);
                }
                let mut rows = self.rows(table, &set)?;
                match (rows.pop(), rows.is_empty()) {
                    (Some(row), true) => Some(row),
                    _ => return given.strange("set_"),
                }
            }
            _ => None,
        };
        Ok(Conflict {
            target,
            set,
            condition,
        })
    }

    /// Writes an insert, once for each row that it is executed with.
    pub fn insert_sql(
        &mut self,
        insert: &Insert,
        parameters: &[(Rc<str>, Value)],
    ) -> Result<String> {
        let mut context = Context::statement(parameters);
        let table = insert.table.name.sql()?;
        let mut sql = format!("INSERT INTO {table}");
        let mut returning = insert.returning.clone();
        if let Some((keys, query)) = &insert.query {
            let columns: Result<Vec<_>> = keys
                .iter()
                .map(|key| insert.table.owner().by_key(&Name::new(key.clone())))
                .collect();
            let columns = columns?;
            let named = super::constraint::column_list(&columns)?;
            if insert.table.columns.iter().any(|column| {
                column.default.is_some() && !columns.iter().any(|it| it.key == column.key)
            }) {
                return refuse(
                    "inserts a query into a table whose columns have defaults of their own",
                );
            }
            sql.push_str(&format!(" ({named}) {}", query.write(&mut context)?));
        } else {
            let mut rows = insert.rows.clone();
            if rows.len() <= 1 {
                let given: Row = parameters
                    .iter()
                    .filter(|(key, _)| insert.table.columns.iter().any(|it| it.key == *key))
                    .cloned()
                    .collect();
                rows = vec![merged(rows.first(), given)];
            }
            let columns = self.filled(insert, &mut rows)?;
            if columns.is_empty() {
                sql.push_str(" DEFAULT VALUES");
            } else {
                let named = super::constraint::column_list(&columns)?;
                let mut written = Vec::new();
                for row in &rows {
                    let mut values = Vec::new();
                    for column in &columns {
                        let value = value_of(row, &column.key);
                        values.push(self.stored(column, value, &mut context)?);
                    }
                    written.push(format!("({})", values.join(", ")));
                }
                sql.push_str(&format!(" ({named}) VALUES {}", written.join(", ")));
            }
            if returning.is_empty() && !insert.inline && rows.len() == 1 {
                returning = made_key(insert, &columns)?;
            }
        }
        if let Some(conflict) = &insert.conflict {
            sql.push_str(&format!(" ON CONFLICT{}", conflict.target));
            match &conflict.set {
                None => sql.push_str(" DO NOTHING"),
                Some(set) => {
                    let mut parts = Vec::new();
                    for column in &insert.table.columns {
                        if let Some(value) = value_of(set, &column.key) {
                            let value = self.assigned(column, value, &mut context)?;
                            parts.push(format!("{} = {value}", column.name.sql()?));
                        }
                    }
                    if parts.len() != set.len() {
                        return refuse("sets a column that its table does not have");
                    }
                    sql.push_str(&format!(" DO UPDATE SET {}", parts.join(", ")));
                    if let Some(condition) = &conflict.condition {
                        sql.push_str(&format!(" WHERE {}", condition.write(&mut context)?));
                    }
                }
            }
        }
        if !returning.is_empty() {
            let returning = labelled(&returning, &mut context, false)?;
            sql.push_str(&format!(" RETURNING {returning}"));
        }
        Ok(context.complete(sql))
    }

    /// Returns the columns of an insert, in the table's order, after the defaults that the program
    /// would fill in took their places in the rows.
    fn filled(&mut self, insert: &Insert, rows: &mut [Row]) -> Result<Vec<Rc<Column>>> {
        let mut columns = Vec::new();
        let Some(first) = rows.first().cloned() else {
            return refuse("inserts no row");
        };
        for row in rows.iter() {
            let known = |key: &Rc<str>| insert.table.columns.iter().any(|it| it.key == *key);
            if let Some((key, _)) = row.iter().find(|(key, _)| !known(key)) {
                return refuse(format!(
                    "inserts into a column `{key}` that `{}` does not have",
                    insert.table.name.name.text
                ));
            }
            if row.len() != first.len()
                || !row.iter().all(|(key, _)| value_of(&first, key).is_some())
            {
                return refuse("inserts rows of different columns at once");
            }
        }
        for column in &insert.table.columns {
            if value_of(&first, &column.key).is_some() {
                columns.push(column.clone());
                continue;
            }
            match &column.default {
                None | Some(ClientDefault::Sequence { optional: true, .. }) => {}
                Some(ClientDefault::Value(value)) => {
                    for row in rows.iter_mut() {
                        row.push((column.key.clone(), value.clone()));
                    }
                    columns.push(column.clone());
                }
                Some(ClientDefault::Sequence { .. }) => {
                    return refuse("inserts into a column that takes its values from a sequence");
                }
                Some(ClientDefault::Opaque) => {
                    return refuse(format!(
                        "inserts into a table whose column `{}` gets its value from Python",
                        column.name.text
                    ));
                }
            }
        }
        Ok(columns)
    }

    /// Writes a value that a column is given.
    pub fn stored(
        &mut self,
        column: &Column,
        value: Option<&Value>,
        context: &mut Context,
    ) -> Result<String> {
        let Some(value) = value else {
            return refuse(format!(
                "inserts a row without the column `{}`",
                column.name.text
            ));
        };
        self.value_for(column, value)?.write(context)
    }

    /// Writes a value that a column is set to, in parentheses where it is put together.
    pub fn assigned(
        &mut self,
        column: &Column,
        value: &Value,
        context: &mut Context,
    ) -> Result<String> {
        let value = self.value_for(column, value)?;
        value.grouped(Operator::Nothing).write(context)
    }

    fn value_for(&mut self, column: &Column, value: &Value) -> Result<Expression> {
        let of = column.of.clone();
        match value {
            Value::Object(object) if super::constant::constant(object)?.is_none() => {
                let expression = self.argument(value)?;
                // A parameter without a type of its own takes that of the column.
                Ok(match &*expression.node {
                    Node::Bind(_) if expression.of.is_null() => Expression {
                        node: expression.node,
                        of,
                    },
                    _ => expression,
                })
            }
            plain => Ok(Expression::bind(plain.clone(), of)),
        }
    }
}

/// Returns the row with what another one adds or replaces.
pub(super) fn merged(row: Option<&Row>, with: Row) -> Row {
    let mut row = row.cloned().unwrap_or_default();
    for (key, value) in with {
        match row.iter_mut().find(|(known, _)| *known == key) {
            Some(known) => known.1 = value,
            None => row.push((key, value)),
        }
    }
    row
}

pub(super) fn value_of<'a>(row: &'a Row, key: &str) -> Option<&'a Value> {
    let found = row.iter().find(|(known, _)| **known == *key);
    found.map(|(_, value)| value)
}

/// Returns the columns of the primary key that the database makes up, which SQLAlchemy asks back.
fn made_key(insert: &Insert, given: &[Rc<Column>]) -> Result<Vec<Expression>> {
    if insert.table.light {
        return Ok(Vec::new());
    }
    let (key, _) = insert.table.primary_key()?;
    let counting = insert.table.counting(&key)?;
    let mut made = Vec::new();
    for column in &key {
        let by_database = counting.as_ref().is_some_and(|it| Rc::ptr_eq(it, column))
            || column.server_default.is_some()
            || column.identity.is_some();
        if by_database && !given.iter().any(|it| it.key == column.key) {
            made.push(insert.into.column(&column.key)?);
        }
    }
    Ok(made)
}

/// Keeps conditions together for those who write them.
pub(super) fn condition(of: &[Expression], context: &mut Context) -> Result<String> {
    Ok(match written_conditions(of, context)? {
        Some(condition) => format!(" WHERE {condition}"),
        None => String::new(),
    })
}
