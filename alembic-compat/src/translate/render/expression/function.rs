//! Functions of the database, `func.lower(…)`, and the types of what they return.

use std::rc::Rc;

use super::write::is_generic;
use super::{Expression, Node};
use crate::translate::render::Reader;
use crate::translate::render::given::Given;
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::types::{Class, Sort, Type};
use crate::translate::value::{Arguments, Value};

impl Reader<'_> {
    /// Reads a call of `func.…`.
    pub fn function_call(&mut self, names: &[String], arguments: &Arguments) -> Result<Expression> {
        let mut given = Given::new(format!("sa.func.{}", names.join(".")), arguments);
        // A name that Python keeps for itself is written with a line behind it.
        let plain = |name: &String| name.strip_suffix('_').unwrap_or(name).to_owned();
        let names: Vec<String> = names.iter().map(plain).collect();
        let lower = match names.as_slice() {
            [name] => name.to_lowercase(),
            _ => String::new(),
        };
        if lower == "next_value" {
            let sequence = given.need("seq")?;
            given.finish()?;
            let sequence = self.sequence(&sequence)?;
            return Ok(Expression::new(
                Node::NextValue(sequence.literal()?),
                Type::integer(),
            ));
        }
        if lower == "cast" || lower == "extract" {
            return self.core_call(&lower, arguments);
        }
        let of = match given.named("type_") {
            None | Some(Value::None) => None,
            Some(of) => Some(self.a_type(&of)?),
        };
        let mut parts = Vec::new();
        for argument in given.rest() {
            parts.push(self.argument(&argument)?);
        }
        given.finish()?;
        match lower.as_str() {
            "count" if parts.is_empty() => {
                parts.push(super::read::column(
                    super::Name::new("*"),
                    Type::null(),
                    true,
                ));
            }
            "count" | "char_length" if parts.len() != 1 => {
                return refuse(format!(
                    "calls `sa.func.{lower}` with other than one argument"
                ));
            }
            _ => {}
        }
        let of = of.unwrap_or_else(|| returned(&lower, &parts));
        let names = match is_generic(&lower) {
            true => vec![lower],
            false => names,
        };
        let node = Node::Function {
            names,
            arguments: parts,
        };
        Ok(Expression::new(node, of))
    }
}

/// Returns the type of what a function returns, as far as SQLAlchemy knows it.
fn returned(name: &str, arguments: &[Expression]) -> Rc<Type> {
    let of_arguments = || {
        let typed = arguments.iter().find(|it| !it.of.is_null());
        typed.map_or_else(Type::null, |it| it.of.clone())
    };
    match name {
        "coalesce" | "max" | "min" | "sum" => of_arguments(),
        "now" | "current_timestamp" | "localtime" | "localtimestamp" | "sysdate" => {
            Type::plain("TIMESTAMP WITHOUT TIME ZONE", Class::DateTime)
        }
        "current_date" => Type::plain("DATE", Class::Date),
        "current_time" => Type::plain("TIME WITHOUT TIME ZONE", Class::Time),
        "concat" | "current_user" | "session_user" | "user" | "aggregate_strings" => Type::text(),
        "char_length" | "count" | "rank" | "dense_rank" => Type::integer(),
        "percent_rank" | "cume_dist" => Type::plain("NUMERIC", Class::Numeric),
        "array_agg" => {
            let item = of_arguments();
            match &item.sort {
                Sort::Array { .. } => item,
                _ => Type::new(Sort::Array {
                    item,
                    dimensions: Some(1),
                }),
            }
        }
        "to_tsvector" => Type::plain("TSVECTOR", Class::Other),
        "to_tsquery" | "plainto_tsquery" | "phraseto_tsquery" | "websearch_to_tsquery" => {
            Type::plain("TSQUERY", Class::Other)
        }
        "ts_headline" => Type::plain("TEXT", Class::Text),
        _ => Type::null(),
    }
}
