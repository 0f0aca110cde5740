//! `update(…)` and `delete(…)`, and their methods.

use std::rc::Rc;

use super::Reader;
use super::expression::{Context, Expression};
use super::from::From;
use super::given::Given;
use super::insert::{Row, condition, merged, value_of};
use super::literal::describe;
use super::refusal::{Result, refuse};
use super::select::labelled;
use super::table::Table;
use crate::translate::value::{Arguments, Value};

/// An update or a delete.
#[derive(Clone, Debug)]
pub(super) struct Update {
    of: From,
    table: Rc<Table>,
    /// What is set; nothing where rows are deleted.
    set: Option<Row>,
    conditions: Vec<Expression>,
    returning: Vec<Expression>,
}

impl Reader<'_> {
    /// Reads `update(table)` and `delete(table)`.
    pub fn update(&mut self, name: &str, arguments: &Arguments) -> Result<Rc<Update>> {
        let mut given = Given::new(format!("sa.{name}"), arguments);
        let of = given.need("table")?;
        let of = self.from(&of)?;
        given.finish()?;
        self.update_of(name, &of)
    }

    pub fn update_of(&mut self, name: &str, of: &From) -> Result<Rc<Update>> {
        let Some(table) = of.table() else {
            return refuse("changes something else than a table");
        };
        Ok(Rc::new(Update {
            of: of.clone(),
            table: table.clone(),
            set: (name == "update").then(Row::new),
            conditions: Vec::new(),
            returning: Vec::new(),
        }))
    }

    /// Reads a method of an update or a delete.
    pub fn update_method(
        &mut self,
        of: &Rc<Update>,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Rc<Update>> {
        let mut given = Given::new(name, arguments);
        let mut update = Update::clone(of);
        match name {
            "where" | "filter" => {
                for part in given.rest() {
                    update.conditions.push(self.clause(&part)?);
                }
            }
            "filter_by" => {
                for (key, value) in given.rest_named() {
                    let column = update.of.column(&key)?;
                    let operator = super::expression::Operator::Equal;
                    update
                        .conditions
                        .push(self.compare(&column, operator, &value)?);
                }
            }
            "values" => {
                let Some(set) = update.set.take() else {
                    return refuse("gives values to a delete");
                };
                let mut row: Row = Vec::new();
                for value in given.rest() {
                    match &value {
                        Value::Dict(_) => {
                            for part in self.rows(&update.table, &value)? {
                                row = merged(Some(&row), part);
                            }
                        }
                        other => {
                            return refuse(format!("sets columns to {}", describe(other)));
                        }
                    }
                }
                for (key, value) in given.rest_named() {
                    row.push((key.as_str().into(), value));
                }
                update.set = Some(merged(Some(&set), row));
            }
            "returning" => {
                let parts = given.rest();
                update.returning = self.selected(&parts)?;
            }
            "execution_options" => return Ok(of.clone()),
            _ => return refuse(format!("calls `{name}` of an update")),
        }
        given.finish()?;
        Ok(Rc::new(update))
    }

    /// Writes an update or a delete.
    pub fn update_sql(
        &mut self,
        update: &Update,
        parameters: &[(Rc<str>, Value)],
    ) -> Result<String> {
        let mut context = Context::statement(parameters);
        let table = update.table.name.sql()?;
        let set = match &update.set {
            // Without values, what it is executed with is what is set.
            Some(set) if set.is_empty() => {
                let known = |key: &Rc<str>| update.table.columns.iter().any(|it| it.key == *key);
                Some(
                    parameters
                        .iter()
                        .filter(|(key, _)| known(key))
                        .cloned()
                        .collect(),
                )
            }
            set => set.clone(),
        };
        let others = self.others(update, set.as_ref())?;
        let mut around = vec![update.of.clone()];
        around.extend(others.iter().cloned());
        context.enclosing.push(around);
        let mut sql = match &set {
            None => format!("DELETE FROM {table}"),
            Some(set) => {
                let parts = self.settings_sql(update, set, &mut context)?;
                format!("UPDATE {table} SET {}", parts.join(", "))
            }
        };
        if !others.is_empty() {
            let word = if update.set.is_some() {
                "FROM"
            } else {
                "USING"
            };
            let others: Result<Vec<_>> = others.iter().map(|it| it.write(&mut context)).collect();
            sql.push_str(&format!(" {word} {}", others?.join(", ")));
        }
        sql.push_str(&condition(&update.conditions, &mut context)?);
        if !update.returning.is_empty() {
            let returning = labelled(&update.returning, &mut context, false)?;
            sql.push_str(&format!(" RETURNING {returning}"));
        }
        Ok(context.complete(sql))
    }

    /// Returns what else an update takes values or conditions from.
    fn others(&mut self, update: &Update, set: Option<&Row>) -> Result<Vec<From>> {
        let mut needed = update.conditions.clone();
        for (_, value) in set.into_iter().flatten() {
            if let Value::Object(_) = value {
                needed.push(self.argument(value)?);
            }
        }
        let mut others: Vec<From> = Vec::new();
        for from in needed.iter().flat_map(Expression::froms) {
            if !from.is(&update.of) && !others.iter().any(|it| it.is(&from)) {
                others.push(from);
            }
        }
        Ok(others)
    }

    fn settings_sql(
        &mut self,
        update: &Update,
        set: &Row,
        context: &mut Context,
    ) -> Result<Vec<String>> {
        let mut parts = Vec::new();
        for column in &update.table.columns {
            match value_of(set, &column.key) {
                Some(value) => {
                    let value = self.assigned(column, value, context)?;
                    parts.push(format!("{}={value}", column.name.sql()?));
                }
                None if column.onupdate => {
                    return refuse(format!(
                        "updates a table whose column `{}` gets a value from Python",
                        column.name.text
                    ));
                }
                None => {}
            }
        }
        let table = &update.table.name.name.text;
        match (parts.len(), set.len()) {
            (_, 0) => refuse("updates a table without saying what is set"),
            (one, two) if one != two => {
                refuse(format!("sets a column that `{table}` does not have"))
            }
            _ => Ok(parts),
        }
    }
}
