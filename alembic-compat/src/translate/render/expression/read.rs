//! Expressions as scripts write them: the calls of SQLAlchemy's functions that make them.

use std::rc::Rc;

use super::{Bind, Column, Expression, Node, Operator, Text};
use crate::translate::render::Reader;
use crate::translate::render::column::Column as TableColumn;
use crate::translate::render::given::{Given, call, items, name_of};
use crate::translate::render::literal::{describe, type_of};
use crate::translate::render::quote::Name;
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::symbol::Symbol;
use crate::translate::render::thing::{Thing, scalar};
use crate::translate::render::types::{Class, Sort, Type};
use crate::translate::value::{Arguments, Value};

impl Reader<'_> {
    /// Reads a call of one of SQLAlchemy's own functions that make expressions.
    pub fn core_call(&mut self, name: &str, arguments: &Arguments) -> Result<Expression> {
        let mut given = Given::new(format!("sa.{name}"), arguments);
        let made = match name {
            "text" => match given.need("text")? {
                Value::Text(sql) => Expression::new(Node::Text(Text::new(sql)), Type::null()),
                _ => return given.strange("text"),
            },
            "column" => {
                let name = given.name("text")?;
                let of = self.optional_type(&mut given, "type_")?;
                let raw = matches!(given.take("is_literal")?, Some(Value::Bool(true)));
                column(name, of, raw)
            }
            "literal_column" => {
                let name = given.name("text")?;
                let of = self.optional_type(&mut given, "type_")?;
                column(name, of, true)
            }
            "null" => Expression::null(),
            "true" => Expression::truth(true),
            "false" => Expression::truth(false),
            "literal" => {
                let value = given.need("value")?;
                let of = self.optional_type(&mut given, "type_")?;
                literal_of(value, of)
            }
            "bindparam" => self.bindparam(&mut given)?,
            "and_" | "or_" => {
                let operator = match name {
                    "and_" => Operator::And,
                    _ => Operator::Or,
                };
                let parts: Result<Vec<_>> =
                    given.rest().iter().map(|part| self.clause(part)).collect();
                let parts = parts?;
                if parts.is_empty() {
                    return refuse(format!("calls `{name}` with nothing"));
                }
                Expression::junction(operator, &parts)
            }
            "not_" => {
                let of = given.need("clause")?;
                opposite(&self.clause(&of)?)?
            }
            "case" => self.case(&mut given)?,
            "cast" | "type_coerce" => {
                let of = given.need("expression")?;
                let to = given.need("type_")?;
                let to = self.a_type(&to)?;
                let inner = match &of {
                    Value::Object(_) => self.expression(&of)?,
                    Value::None => Expression::null(),
                    plain => Expression::bind(plain.clone(), to.clone()),
                };
                match name {
                    "cast" => Expression::new(Node::Cast(inner), to),
                    // A value takes the type itself.
                    _ if matches!(&*inner.node, Node::Bind(_)) => Expression {
                        node: inner.node,
                        of: to,
                    },
                    _ => Expression::new(Node::Coerce(inner), to),
                }
            }
            "desc" | "asc" | "nulls_first" | "nullsfirst" | "nulls_last" | "nullslast" => {
                let of = given.need("column")?;
                self.order_part(&of)?.ordered(match name {
                    "desc" => "DESC",
                    "asc" => "ASC",
                    "nulls_first" | "nullsfirst" => "NULLS FIRST",
                    _ => "NULLS LAST",
                })
            }
            "distinct" => {
                let of = given.need("expr")?;
                let of = self.argument(&of)?;
                let kind = of.of.clone();
                Expression::unary(Operator::Distinct, &of, kind)
            }
            "any_" | "all_" => {
                let of = given.need("expr")?;
                let of = self.argument(&of)?.grouped(Operator::Nothing);
                collection(name == "any_", &of)
            }
            "tuple_" => {
                let parts: Result<Vec<_>> = given
                    .rest()
                    .iter()
                    .map(|part| self.argument(part))
                    .collect();
                Expression::new(Node::Tuple(parts?), Type::null())
            }
            "extract" => {
                let Value::Text(field) = given.need("field")? else {
                    return given.strange("field");
                };
                let of = given.need("expr")?;
                let of = self.argument(&of)?;
                Expression::new(Node::Extract { field, of }, Type::integer())
            }
            "between" => {
                let of = given.need("expr")?;
                let of = self.argument(&of)?;
                let (lower, upper) = (given.need("lower_bound")?, given.need("upper_bound")?);
                self.between(&of, &lower, &upper)?
            }
            "collate" => {
                let of = given.need("expression")?;
                let of = self.argument(&of)?;
                collate(&of, given.name("collation")?)
            }
            "exists" => match given.take("__argument")? {
                None => exists_of(super::super::select::Select {
                    columns: vec![column(Name::new("*"), Type::null(), true)],
                    ..Default::default()
                }),
                Some(of) => self.exists(&of)?,
            },
            _ => return refuse(format!("uses `sa.{name}` in a statement")),
        };
        given.finish()?;
        Ok(made)
    }

    /// Reads a call of one of the functions of SQLAlchemy's dialect of PostgreSQL.
    pub fn postgresql_call(&mut self, name: &str, arguments: &Arguments) -> Result<Expression> {
        let mut given = Given::new(format!("postgresql.{name}"), arguments);
        let made = match name {
            "array" => {
                let members = given.need("clauses")?;
                let of = given.named("type_");
                let Some(members) = items(&members) else {
                    return given.strange("clauses");
                };
                let parts: Result<Vec<_>> =
                    members.iter().map(|part| self.argument(part)).collect();
                let parts = parts?;
                let item = match of {
                    None | Some(Value::None) => {
                        parts.first().map_or_else(Type::null, |it| it.of.clone())
                    }
                    Some(of) => self.a_type(&of)?,
                };
                let dimensions = None;
                let of = Type::new(Sort::Array { item, dimensions });
                Expression::new(Node::Array(parts), of)
            }
            "aggregate_order_by" => {
                let of = given.need("target")?;
                let of = self.argument(&of)?;
                let order: Result<Vec<_>> = given
                    .rest()
                    .iter()
                    .map(|part| self.order_part(part))
                    .collect();
                let order = order?;
                let kind = of.of.clone();
                Expression::new(Node::AggregateOrder { of, order }, kind)
            }
            "array_agg"
            | "to_tsvector"
            | "to_tsquery"
            | "plainto_tsquery"
            | "phraseto_tsquery"
            | "websearch_to_tsquery"
            | "ts_headline" => {
                return self.function_call(&[name.to_owned()], arguments);
            }
            "Any" | "All" => {
                let other = given.need("other")?;
                let of = given.need("arrexpr")?;
                let of = self.argument(&of)?;
                self.any_of(&other, &of, name == "Any")?
            }
            _ => return refuse(format!("uses `postgresql.{name}` in a statement")),
        };
        given.finish()?;
        Ok(made)
    }

    /// Reads a type that need not be given.
    pub fn optional_type(&mut self, given: &mut Given, name: &str) -> Result<Rc<Type>> {
        match given.take(name)? {
            None | Some(Value::None) => Ok(Type::null()),
            Some(of) => self.a_type(&of),
        }
    }

    fn bindparam(&mut self, given: &mut Given) -> Result<Expression> {
        let key = match given.take("key")? {
            None | Some(Value::None) => None,
            Some(Value::Text(key)) => Some(key),
            Some(_) => return given.strange("key"),
        };
        let value = given.take("value")?;
        let of = self.optional_type(given, "type_")?;
        for note in [
            "unique",
            "required",
            "quote",
            "isoutparam",
            "literal_execute",
        ] {
            given.named(note);
        }
        let expanding = given.flag("expanding")?.unwrap_or(false);
        let of = match (&value, of.is_null()) {
            (Some(value), true) if !expanding => type_of(value).unwrap_or_else(Type::null),
            _ => of,
        };
        let bind = Bind {
            key,
            value,
            expanding,
        };
        Ok(Expression::new(Node::Bind(bind), of))
    }

    fn case(&mut self, given: &mut Given) -> Result<Expression> {
        let of = match given.named("value") {
            None | Some(Value::None) => None,
            Some(value) => Some(self.argument(&value)?),
        };
        let otherwise = match given.named("else_") {
            None | Some(Value::None) => None,
            Some(value) => Some(self.argument(&value)?),
        };
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        let mut whens = given.rest();
        if let [Value::List(list)] = whens.as_slice() {
            let list = list.borrow().clone();
            whens = list;
        }
        for when in &whens {
            match when {
                Value::Dict(dict) => pairs.extend(dict.borrow().iter().cloned()),
                when => match items(when).as_deref() {
                    Some([when, then]) => pairs.push((when.clone(), then.clone())),
                    _ => return refuse("gives `sa.case` something else than pairs"),
                },
            }
        }
        let mut written = Vec::new();
        for (when, then) in &pairs {
            let when = self.argument(when)?.grouped(Operator::Nothing);
            written.push((when, self.argument(then)?));
        }
        let typed = written.iter().rev().find(|(_, then)| !then.of.is_null());
        let kind = match (typed, &otherwise) {
            (Some((_, then)), _) => then.of.clone(),
            (None, Some(otherwise)) => otherwise.of.clone(),
            (None, None) => Type::null(),
        };
        let node = Node::Case {
            of,
            whens: written,
            otherwise,
        };
        Ok(Expression::new(node, kind))
    }

    /// Reads what `exists` is asked of.
    pub fn exists(&mut self, of: &Value) -> Result<Expression> {
        let Value::Object(object) = of else {
            return refuse("asks whether something exists that is no query");
        };
        match self.thing(object)? {
            Thing::Select(select) => Ok(Expression::new(
                Node::Unary {
                    operator: Operator::Exists,
                    of: Expression::new(Node::Scalar(select), Type::null()),
                },
                Type::boolean(),
            )),
            Thing::Expression(of) => match &*of.node {
                Node::Scalar(_) => Ok(Expression::new(
                    Node::Unary {
                        operator: Operator::Exists,
                        of,
                    },
                    Type::boolean(),
                )),
                _ => Ok(exists_of(super::super::select::Select {
                    columns: vec![of],
                    ..Default::default()
                })),
            },
            Thing::From(from) => Ok(exists_of(super::super::select::Select {
                columns: from.columns()?,
                ..Default::default()
            })),
            _ => refuse("asks whether something exists that is no query"),
        }
    }

    /// Reads an argument of a function: a plain value is one of its own type.
    pub fn argument(&mut self, value: &Value) -> Result<Expression> {
        match value {
            Value::None => Ok(Expression::null()),
            Value::Object(object) => {
                if crate::translate::render::constant::constant(object)?.is_some() {
                    return Ok(literal_of(value.clone(), Type::null()));
                }
                match self.thing(object)? {
                    Thing::Expression(expression) => Ok(expression),
                    Thing::Select(select) => Ok(scalar(&select)),
                    _ => self.expression(value),
                }
            }
            plain => Ok(literal_of(plain.clone(), Type::null())),
        }
    }

    /// Reads a condition: `True`, `False` and `None` are constants.
    pub fn clause(&mut self, value: &Value) -> Result<Expression> {
        match value {
            Value::None => Ok(Expression::null()),
            Value::Bool(truth) => Ok(Expression::truth(*truth)),
            Value::Object(_) => self.argument(value),
            other => refuse(format!("uses {} as a condition", describe(other))),
        }
    }

    /// Reads what an order or a grouping is by; a text names a column.
    pub fn order_part(&mut self, value: &Value) -> Result<Expression> {
        match name_of(value) {
            Some(name) => Ok(column(name, Type::null(), false)),
            None => self.argument(value),
        }
    }

    /// Returns a column that belongs to no table.
    pub fn free_column(&self, name: Name) -> Expression {
        column(name, Type::null(), false)
    }

    /// Reads a column of `sa.table(…)`.
    pub fn light_column(&mut self, value: &Value) -> Result<Rc<TableColumn>> {
        if let Some(column) = self.maybe_column(value)? {
            return Ok(column);
        }
        match value {
            Value::Object(object) => match call(object) {
                Some((Symbol::Core(name), _)) if name == "column" => {
                    let expression = self.expression(value)?;
                    match &*expression.node {
                        Node::Column(column) => Ok(Rc::new(TableColumn::bare(
                            column.name.clone(),
                            expression.of.clone(),
                        ))),
                        _ => refuse("gives `sa.table` something else than columns"),
                    }
                }
                _ => refuse("gives `sa.table` something else than columns"),
            },
            Value::Text(name) => Ok(Rc::new(TableColumn::bare(
                Name::new(name.clone()),
                Type::null(),
            ))),
            _ => refuse("gives `sa.table` something else than columns"),
        }
    }

    /// Reads what an expression is compared or combined with.
    pub fn compared(&mut self, value: &Value, with: &Expression) -> Result<Expression> {
        match value {
            Value::Object(object)
                if crate::translate::render::constant::constant(object)?.is_none() =>
            {
                self.argument(value)
            }
            plain => Ok(Expression::bind(plain.clone(), coerced(&with.of, plain))),
        }
    }
}

/// Returns the type that SQLAlchemy gives a value beside an expression of a type.
pub(super) fn coerced(beside: &Rc<Type>, value: &Value) -> Rc<Type> {
    let family = |class: Class| match class {
        Class::SmallInteger | Class::Integer | Class::BigInteger => Class::Integer,
        Class::Enumeration => Class::Text,
        class => class,
    };
    let Some(own) = type_of(value) else {
        return beside.clone();
    };
    let text_for_binary = beside.class() == Class::Binary && own.class() == Class::Text;
    if beside.coded || text_for_binary || family(own.class()) == family(beside.class()) {
        return beside.clone();
    }
    own
}

/// The opposite of a condition; a text has none.
pub(super) fn opposite(of: &Expression) -> Result<Expression> {
    match &*of.node {
        Node::Text(_) => refuse("asks for the opposite of a text"),
        _ => Ok(of.negated()),
    }
}

pub(super) fn column(name: Name, of: Rc<Type>, raw: bool) -> Expression {
    let column = Column {
        from: None,
        key: name.text.clone(),
        name,
        raw,
    };
    Expression::new(Node::Column(column), of)
}

/// A value of a type, or of its own where none is said.
pub(super) fn literal_of(value: Value, of: Rc<Type>) -> Expression {
    let of = match of.is_null() {
        true => type_of(&value).unwrap_or(of),
        false => of,
    };
    Expression::bind(value, of)
}

pub(super) fn collection(any: bool, of: &Expression) -> Expression {
    let operator = if any { Operator::Any } else { Operator::All };
    Expression::unary(operator, of, Type::boolean())
}

pub(super) fn collate(of: &Expression, collation: Name) -> Expression {
    let kind = of.of.clone();
    let collation = Expression::new(Node::Collation(collation), Type::null());
    Expression::binary(of, Operator::Collate, &collation, kind)
}

pub(super) fn exists_of(select: super::super::select::Select) -> Expression {
    let of = Expression::new(Node::Scalar(Rc::new(select)), Type::null());
    let node = Node::Unary {
        operator: Operator::Exists,
        of,
    };
    Expression::new(node, Type::boolean())
}
