//! `ExcludeConstraint(…)`: rows of which no two may be alike.

use super::Reader;
use super::constraint::{Common, Constraint, phrase};
use super::expression::{Context, Expression, Node};
use super::given::{Given, items, name_of};
use super::refusal::{Result, refuse};
use crate::translate::value::Value;

/// Such a constraint; no naming convention knows it.
#[derive(Clone, Debug)]
pub(super) struct Exclude {
    common: Common,
    body: String,
}

impl Exclude {
    pub fn constraint(&self) -> Result<Constraint> {
        Ok(Constraint {
            name: self.common.name.clone(),
            body: self.body.clone(),
        })
    }
}

impl Reader<'_> {
    /// Reads `ExcludeConstraint(…)`, or the arguments of the operation that are the same.
    pub fn exclude(&mut self, mut given: Given) -> Result<Exclude> {
        let elements = given.rest();
        let common = Common::read(&mut given)?;
        let using = given.text("using")?.unwrap_or_else(|| "gist".into());
        let condition = given.named("where");
        let ops = match given.named("ops") {
            None | Some(Value::None) => Vec::new(),
            Some(Value::Dict(ops)) => ops.borrow().clone(),
            Some(_) => return given.strange("ops"),
        };
        given.finish()?;
        let mut parts = Vec::new();
        for element in &elements {
            let members = items(element);
            let Some([what, Value::Text(operator)]) = members.as_deref() else {
                return refuse("excludes something else than pairs of column and operator");
            };
            let expression = match name_of(what) {
                Some(name) => self.free_column(name),
                None => self.expression(what)?,
            };
            let mut part = expression.write(&mut Context::definition())?;
            if let Some(key) = expression.key() {
                for (name, class) in &ops {
                    if let (Value::Text(name), Value::Text(class)) = (name, class)
                        && **name == *key
                    {
                        part.push_str(&format!(" {class}"));
                    }
                }
            }
            parts.push(format!("{part} WITH {operator}"));
        }
        let using = phrase(&using)?.to_lowercase();
        let mut body = format!("EXCLUDE USING {using} ({})", parts.join(", "));
        if let Some(condition) = condition.filter(|it| !matches!(it, Value::None)) {
            body.push_str(&format!(" WHERE ({})", self.exclude_condition(&condition)?));
        }
        body.push_str(&common.deferral()?);
        Ok(Exclude { common, body })
    }

    /// Writes the condition, in which columns carry the names of their tables.
    fn exclude_condition(&mut self, condition: &Value) -> Result<String> {
        match name_of(condition) {
            Some(_) => self.condition(condition),
            None => self
                .expression(condition)?
                .write(&mut Context::statement(&[])),
        }
    }
}

impl Expression {
    /// Returns the key by which options of an index speak of it.
    pub fn key(&self) -> Option<&str> {
        match &*self.node {
            Node::Column(column) => Some(&column.key),
            Node::Label { name, .. } => Some(&name.text),
            _ => None,
        }
    }
}
