//! `ExcludeConstraint(…)`: rows of which no two may be alike.

use std::rc::Rc;

use super::Reader;
use super::constraint::{Common, Constraint, phrase};
use super::expression::{Context, Expression, Node};
use super::given::{Given, items, name_of};
use super::owner::Owner;
use super::quote::Name;
use super::refusal::{Result, refuse};
use crate::translate::value::Value;

/// Such a constraint; no naming convention knows it.
#[derive(Clone, Debug)]
pub(super) struct Exclude {
    common: Common,
    using: String,
    elements: Vec<Element>,
    condition: Option<String>,
}

/// What must not be alike, and by which operator.
#[derive(Clone, Debug)]
struct Element {
    of: ElementOf,
    class: Option<Rc<str>>,
    operator: Rc<str>,
}

#[derive(Clone, Debug)]
enum ElementOf {
    /// A column of the table, by its key.
    Key(Name),
    /// An expression as it is written.
    Expression(String),
}

impl Exclude {
    /// Returns it for a table that has the columns that it names, or for any.
    pub fn constraint(&self, owner: Option<&Owner>) -> Result<Constraint> {
        let mut parts = Vec::new();
        for element in &self.elements {
            let mut part = match (&element.of, owner) {
                (ElementOf::Key(key), Some(owner)) => owner.by_key(key)?.name.sql()?,
                (ElementOf::Key(key), None) => key.sql()?,
                (ElementOf::Expression(sql), _) => sql.clone(),
            };
            if let Some(class) = &element.class {
                part.push_str(&format!(" {class}"));
            }
            parts.push(format!("{part} WITH {}", element.operator));
        }
        let mut body = format!("EXCLUDE USING {} ({})", self.using, parts.join(", "));
        if let Some(condition) = &self.condition {
            body.push_str(&format!(" WHERE ({condition})"));
        }
        body.push_str(&self.common.deferral()?);
        let name = self.common.name.clone();
        Ok(Constraint { name, body })
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
        let mut read = Vec::new();
        for element in &elements {
            let members = items(element);
            let Some([what, Value::Text(operator)]) = members.as_deref() else {
                return refuse("excludes something else than pairs of column and operator");
            };
            let (of, key) = match name_of(what) {
                Some(name) => (ElementOf::Key(name.clone()), Some(name.text)),
                None => {
                    let expression = self.expression(what)?;
                    let sql = expression.write(&mut Context::definition())?;
                    (ElementOf::Expression(sql), expression.key().map(Rc::from))
                }
            };
            let class = ops.iter().find_map(|(name, class)| match (name, class) {
                (Value::Text(name), Value::Text(class)) => {
                    (Some(&**name) == key.as_deref()).then(|| class.clone())
                }
                _ => None,
            });
            read.push(Element {
                of,
                class,
                operator: operator.clone(),
            });
        }
        let condition = match condition.filter(|it| !matches!(it, Value::None)) {
            Some(condition) => Some(self.exclude_condition(&condition)?),
            None => None,
        };
        Ok(Exclude {
            common,
            using: phrase(&using)?.to_lowercase(),
            elements: read,
            condition,
        })
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
