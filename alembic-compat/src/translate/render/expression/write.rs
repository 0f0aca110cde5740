//! Writes expressions.

use std::rc::Rc;

use super::{Bind, Column, Context, Expression, Node, Operator};
use crate::translate::render::given::items;
use crate::translate::render::literal::literal;
use crate::translate::render::quote::ident;
use crate::translate::render::refusal::{Refusal, Result, refuse};
use crate::translate::render::types::{Class, Sort, Type};
use crate::translate::value::Value;

impl Expression {
    pub fn write(&self, context: &mut Context) -> Result<String> {
        Ok(match &*self.node {
            Node::Column(column) => column.write(context)?,
            Node::Text(text) => text.write(context)?,
            Node::Bind(bind) => bind.write(&self.of, context)?,
            Node::Null => "NULL".to_owned(),
            Node::True => "true".to_owned(),
            Node::False => "false".to_owned(),
            Node::Function { names, arguments } => function(names, arguments, context)?,
            Node::Cast(of) => cast(&of.write(context)?, &self.of)?,
            Node::Binary { .. } => self.write_binary(context)?,
            Node::Unary { operator, of } => {
                let operand = of.write(context)?;
                match operator {
                    Operator::Negative => {
                        format!("{}{operand}", operator.sql())
                    }
                    _ => format!("{} {operand}", operator.sql()),
                }
            }
            Node::Ordered { of, how } => format!("{} {how}", of.write(context)?),
            Node::Junction { operator, parts } => {
                let outer = std::mem::replace(&mut context.in_operator, true);
                let written = list(parts, &format!(" {} ", operator.sql()), context);
                context.in_operator = outer;
                written?
            }
            Node::Truth { of, positive: true } => of.write(context)?,
            Node::Truth { of, .. } => format!("NOT {}", of.write(context)?),
            Node::List { parts, separator } => list(parts, separator, context)?,
            Node::Tuple(parts) => format!("({})", list(parts, ", ", context)?),
            Node::Group(of) => format!("({})", of.write(context)?),
            Node::Case {
                of,
                whens,
                otherwise,
            } => {
                let mut sql = "CASE ".to_owned();
                if let Some(of) = of {
                    sql.push_str(&format!("{} ", of.write(context)?));
                }
                for (when, then) in whens {
                    let when = when.write(context)?;
                    sql.push_str(&format!("WHEN {when} THEN {} ", then.write(context)?));
                }
                if let Some(otherwise) = otherwise {
                    sql.push_str(&format!("ELSE {} ", otherwise.write(context)?));
                }
                sql + "END"
            }
            Node::Label { of, .. } | Node::Coerce(of) => of.write(context)?,
            Node::Scalar(select) => format!("({})", select.write(context)?),
            Node::Extract { field, of } => format!("EXTRACT({field} FROM {})", of.write(context)?),
            Node::Array(parts) => {
                let inner = list(parts, ", ", context)?;
                match (&self.of.sort, parts.is_empty()) {
                    (Sort::Array { item, .. }, true) if !item.is_null() => {
                        format!("ARRAY[]::{}", self.of.sql()?)
                    }
                    _ => format!("ARRAY[{inner}]"),
                }
            }
            Node::Over {
                of,
                partition,
                order,
            } => {
                let of = of.write(context)?;
                let mut parts = Vec::new();
                if !partition.is_empty() {
                    parts.push(format!("PARTITION BY {}", list(partition, ", ", context)?));
                }
                if !order.is_empty() {
                    parts.push(format!("ORDER BY {}", list(order, ", ", context)?));
                }
                format!("{of} OVER ({})", parts.join(" "))
            }
            Node::Filter { of, condition } => {
                let of = of.write(context)?;
                format!("{of} FILTER (WHERE {})", condition.write(context)?)
            }
            Node::AggregateOrder { of, order } => {
                let of = of.write(context)?;
                format!("{of} ORDER BY {}", list(order, ", ", context)?)
            }
            Node::NextValue(sequence) => format!("nextval({sequence})"),
            Node::Collation(name) => name.sql()?,
        })
    }

    fn write_binary(&self, context: &mut Context) -> Result<String> {
        let Node::Binary {
            left,
            operator,
            word,
            right,
            escape,
        } = &*self.node
        else {
            unreachable!("only called for one");
        };
        let json = matches!(operator, Operator::JsonItem | Operator::JsonPath);
        let json_value = matches!(self.of.class(), Class::Json | Class::Jsonb);
        if json && !json_value {
            let as_text = match operator {
                Operator::JsonItem => Operator::JsonText,
                _ => Operator::JsonPathText,
            };
            let inner = Self::new(
                Node::Binary {
                    left: left.clone(),
                    operator: as_text,
                    word: None,
                    right: right.clone(),
                    escape: None,
                },
                self.of.clone(),
            );
            return cast(&inner.write(context)?, &self.of);
        }
        match operator {
            Operator::JsonItem if left.of.class() == Class::Jsonb => {
                let inner = left.write(context)?;
                let inner = match &*left.node {
                    Node::Function { .. } | Node::Cast(_) => format!("({inner})"),
                    _ => inner,
                };
                return Ok(format!("{inner}[{}]", right.write(context)?));
            }
            Operator::Item => {
                let left = left.write(context)?;
                return Ok(format!("{left}[{}]", right.write(context)?));
            }
            Operator::Divide => {
                let target = match right.of.class() {
                    Class::Numeric => right.of.clone(),
                    _ => Type::plain("NUMERIC", Class::Numeric),
                };
                let left = left.write(context)?;
                return Ok(format!(
                    "{left} / {}",
                    cast(&right.write(context)?, &target)?
                ));
            }
            Operator::Modulo | Operator::FloorDivide => {
                let left = left.write(context)?;
                return Ok(format!(
                    "{left} {} {}",
                    operator.sql(),
                    right.write(context)?
                ));
            }
            Operator::Like
            | Operator::NotLike
            | Operator::Ilike
            | Operator::NotIlike
            | Operator::Affix
            | Operator::NotAffix => {
                let left = left.write(context)?;
                let mut sql = format!("{left} {} {}", operator.sql(), right.write(context)?);
                if let Some(escape) = escape {
                    let escape = crate::translate::render::quote::string(escape);
                    sql.push_str(&format!(" ESCAPE {escape}"));
                }
                return Ok(sql);
            }
            _ => {}
        }
        if let (Operator::In | Operator::NotIn, Node::Bind(bind)) = (operator, &*right.node)
            && bind.expanding
        {
            let outer = std::mem::replace(&mut context.in_operator, true);
            let written = left.write(context);
            context.in_operator = outer;
            let written = format!(
                "{} {} {}",
                written?,
                operator.sql(),
                members(bind, right, *operator, context)?
            );
            return Ok(bracketed(*operator, written));
        }
        let outer = context.in_operator;
        let left = context.operand(left)?;
        let right = context.operand(right)?;
        let sql = match word {
            Some(word) => format!("{left} {word} {right}"),
            None => format!("{left} {} {right}", operator.sql()),
        };
        Ok(match outer && operator.is_eager() {
            true => format!("({sql})"),
            false => bracketed(*operator, sql),
        })
    }
}

impl Column {
    fn write(&self, context: &mut Context) -> Result<String> {
        let name = match self.raw {
            true => self.name.text.to_string(),
            false => self.name.sql()?,
        };
        match &self.from {
            Some(from) if context.qualified => Ok(format!("{}.{name}", from.qualifier(context)?)),
            _ => Ok(name),
        }
    }
}

impl Bind {
    fn value(&self, context: &Context) -> Result<Value> {
        let given = self.key.as_ref().and_then(|key| context.parameter(key));
        given.or_else(|| self.value.clone()).ok_or_else(|| {
            let name = self.key.as_deref().unwrap_or_default();
            Refusal::new(format!(
                "executes a statement with the parameter `{name}`, which has no value"
            ))
        })
    }

    fn write(&self, of: &Type, context: &mut Context) -> Result<String> {
        let value = self.value(context)?;
        if self.expanding {
            let Some(members) = items(&value) else {
                return refuse("gives an expanding parameter something else than a list");
            };
            if members.is_empty() {
                let of = match of.is_null() {
                    true => Type::integer(),
                    false => Rc::new(of.clone()),
                };
                return Ok(format!("(SELECT CAST(NULL AS {}) WHERE 1!=1)", of.sql()?));
            }
            let written: Result<Vec<_>> = members.iter().map(|it| literal(it, of)).collect();
            return Ok(format!("({})", written?.join(", ")));
        }
        literal(&value, of)
    }
}

/// Writes the list of an `IN`.
fn members(
    bind: &Bind,
    right: &Expression,
    operator: Operator,
    context: &mut Context,
) -> Result<String> {
    let value = bind.value(context)?;
    let Some(members) = items(&value) else {
        return refuse("asks for `in_` something else than a list");
    };
    let width = match &right.of.sort {
        Sort::Null => members.first().and_then(items).map(|it| it.len()),
        _ => None,
    };
    if members.is_empty() {
        return Ok(match operator {
            Operator::NotIn => "(NULL) OR (1 = 1)".to_owned(),
            _ => "(NULL) AND (1 != 1)".to_owned(),
        });
    }
    let mut written = Vec::new();
    for member in &members {
        match (items(member), width) {
            (Some(parts), Some(_)) => {
                let parts: Result<Vec<_>> = parts
                    .iter()
                    .map(|part| literal(part, &Type::null()))
                    .collect();
                written.push(format!("({})", parts?.join(", ")));
            }
            _ => written.push(literal(member, &right.of)?),
        }
    }
    Ok(format!("({})", written.join(", ")))
}

/// Brackets what `NOT IN` makes.
fn bracketed(operator: Operator, sql: String) -> String {
    match operator {
        Operator::NotIn => format!("({sql})"),
        _ => sql,
    }
}

fn cast(of: &str, to: &Type) -> Result<String> {
    let to = to.sql()?;
    Ok(match to.find(" COLLATE ") {
        Some(at) => format!("CAST({of} AS {}){}", &to[..at], &to[at..]),
        None => format!("CAST({of} AS {to})"),
    })
}

pub(super) fn list(parts: &[Expression], separator: &str, context: &mut Context) -> Result<String> {
    let written: Result<Vec<_>> = parts.iter().map(|part| part.write(context)).collect();
    let written: Vec<_> = written?
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    Ok(written.join(separator))
}

/// Functions that are words, with arguments only where some are given.
const WORDS: &[(&str, &str)] = &[
    ("cube", "CUBE"),
    ("current_date", "CURRENT_DATE"),
    ("current_time", "CURRENT_TIME"),
    ("current_timestamp", "CURRENT_TIMESTAMP"),
    ("current_user", "CURRENT_USER"),
    ("grouping_sets", "GROUPING SETS"),
    ("localtime", "LOCALTIME"),
    ("localtimestamp", "LOCALTIMESTAMP"),
    ("rollup", "ROLLUP"),
    ("session_user", "SESSION_USER"),
    ("sysdate", "sysdate"),
    ("user", "USER"),
];

fn function(names: &[String], arguments: &[Expression], context: &mut Context) -> Result<String> {
    let written = |context: &mut Context| list(arguments, ", ", context);
    if let [name] = names {
        let lower = name.to_lowercase();
        if let Some((_, word)) = WORDS.iter().find(|(known, _)| *known == lower) {
            return Ok(
                match arguments.is_empty() && !matches!(*word, "CUBE" | "ROLLUP" | "GROUPING SETS")
                {
                    true => (*word).to_owned(),
                    false => format!("{word}({})", written(context)?),
                },
            );
        }
        if lower == "substring" && (2..=3).contains(&arguments.len()) {
            let mut sql = format!("SUBSTRING({}", arguments[0].write(context)?);
            sql.push_str(&format!(" FROM {}", arguments[1].write(context)?));
            if let Some(length) = arguments.get(2) {
                sql.push_str(&format!(" FOR {}", length.write(context)?));
            }
            return Ok(sql + ")");
        }
        if lower == "aggregate_strings" {
            return Ok(format!("string_agg({})", written(context)?));
        }
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut parts = Vec::new();
    for name in names {
        parts.push(match name.chars().all(plain) {
            true => name.clone(),
            false => ident(name)?,
        });
    }
    // What SQLAlchemy knows has one spelling.
    if let [name] = parts.as_mut_slice()
        && is_generic(&name.to_lowercase())
    {
        *name = name.to_lowercase();
    }
    Ok(format!("{}({})", parts.join("."), written(context)?))
}

/// Whether SQLAlchemy knows a function by its name in any case.
pub(super) fn is_generic(name: &str) -> bool {
    matches!(
        name,
        "array_agg"
            | "char_length"
            | "coalesce"
            | "concat"
            | "count"
            | "cume_dist"
            | "dense_rank"
            | "max"
            | "min"
            | "mode"
            | "now"
            | "percent_rank"
            | "percentile_cont"
            | "percentile_disc"
            | "rank"
            | "random"
            | "sum"
            | "to_tsvector"
            | "to_tsquery"
            | "plainto_tsquery"
            | "phraseto_tsquery"
            | "websearch_to_tsquery"
            | "ts_headline"
    )
}
