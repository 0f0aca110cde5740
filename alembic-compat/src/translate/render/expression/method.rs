//! The methods of columns and other expressions.

use std::rc::Rc;

use super::read::{coerced, collate, literal_of};
use super::{Bind, Expression, Node, Operator};
use crate::translate::render::Reader;
use crate::translate::render::given::{Given, items};
use crate::translate::render::literal::describe;
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::thing::Thing;
use crate::translate::render::types::{Class, Type};
use crate::translate::value::{Arguments, Value};

impl Reader<'_> {
    /// Reads a method of an expression.
    pub fn expression_method(
        &mut self,
        of: &Expression,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Thing> {
        let mut given = Given::new(name, arguments);
        let comparison = match name {
            "is_" => Some(Operator::Is),
            "is_not" | "isnot" => Some(Operator::IsNot),
            "is_distinct_from" => Some(Operator::IsDistinctFrom),
            "is_not_distinct_from" | "isnot_distinct_from" => Some(Operator::IsNotDistinctFrom),
            "__eq__" => Some(Operator::Equal),
            "__ne__" => Some(Operator::NotEqual),
            _ => None,
        };
        let made = match name {
            _ if comparison.is_some() => {
                let other = given.need("other")?;
                let other = match other {
                    Value::Bool(truth) => {
                        let right = Expression::truth(truth);
                        let operator = comparison.unwrap_or(Operator::Is);
                        given.finish()?;
                        let made = Expression::binary(of, operator, &right, Type::boolean());
                        return Ok(Thing::Expression(made));
                    }
                    other => other,
                };
                self.compare(of, comparison.unwrap_or(Operator::Is), &other)?
            }
            "in_" | "not_in" | "notin_" => {
                let operator = match name {
                    "in_" => Operator::In,
                    _ => Operator::NotIn,
                };
                let other = given.need("other")?;
                self.membership(of, operator, &other)?
            }
            "like" | "ilike" | "not_like" | "notlike" | "not_ilike" | "notilike" => {
                let operator = match name {
                    "like" => Operator::Like,
                    "ilike" => Operator::Ilike,
                    "not_like" | "notlike" => Operator::NotLike,
                    _ => Operator::NotIlike,
                };
                let other = given.need("other")?;
                if matches!(other, Value::None) {
                    return refuse(format!("calls `{name}` with `None`"));
                }
                let escape = match given.take("escape")? {
                    None | Some(Value::None) => None,
                    Some(Value::Text(escape)) => Some(escape),
                    Some(_) => return given.strange("escape"),
                };
                let right = self.compared(&other, of)?;
                Expression::binary_with(of, operator, &right, Type::boolean(), None, escape)
            }
            "contains" | "startswith" | "endswith" => {
                let other = given.need("other")?;
                self.affix(of, name, &other, &mut given)?
            }
            "between" => {
                let (lower, upper) = (given.need("cleft")?, given.need("cright")?);
                self.between(of, &lower, &upper)?
            }
            "desc" => of.ordered("DESC"),
            "asc" => of.ordered("ASC"),
            "nulls_first" | "nullsfirst" => of.ordered("NULLS FIRST"),
            "nulls_last" | "nullslast" => of.ordered("NULLS LAST"),
            "label" => {
                let name = given.name("name")?;
                let node = Node::Label {
                    name,
                    of: of.clone(),
                };
                Expression::new(node, of.of.clone())
            }
            "collate" => collate(of, given.name("collation")?),
            "distinct" => Expression::unary(Operator::Distinct, of, of.of.clone()),
            "concat" => {
                let other = given.need("other")?;
                let right = self.compared(&other, of)?;
                Expression::binary(of, Operator::Concat, &right, of.of.clone())
            }
            "cast" => {
                let to = given.need("type_")?;
                let to = self.a_type(&to)?;
                Expression::new(Node::Cast(of.clone()), to)
            }
            "self_group" | "scalar_subquery" | "as_scalar" => of.clone(),
            "op" | "bool_op" => {
                let Value::Text(word) = given.need("opstring")? else {
                    return given.strange("opstring");
                };
                let precedence = given.int("precedence")?.unwrap_or(0);
                let comparison = matches!(given.take("is_comparison")?, Some(Value::Bool(true)));
                given.finish()?;
                let operator = Operator::Custom {
                    precedence: i32::try_from(precedence).unwrap_or(0),
                    comparison: comparison || name == "bool_op",
                };
                return Ok(Thing::Operator(of.clone(), operator, word));
            }
            "regexp_match" => {
                let pattern = given.need("pattern")?;
                let operator = match given.take("flags")? {
                    None | Some(Value::None) => Operator::RegexpMatch,
                    Some(Value::Text(flags)) if &*flags == "i" => Operator::RegexpMatchI,
                    Some(_) => return given.strange("flags"),
                };
                let right = self.compared(&pattern, of)?;
                Expression::binary(of, operator, &right, Type::boolean())
            }
            "bitwise_and" | "bitwise_or" | "bitwise_xor" => {
                let operator = match name {
                    "bitwise_and" => Operator::BitAnd,
                    "bitwise_or" => Operator::BitOr,
                    _ => Operator::BitXor,
                };
                let other = given.need("other")?;
                let right = self.compared(&other, of)?;
                Expression::binary(of, operator, &right, of.of.clone())
            }
            "as_string" | "as_integer" | "as_float" | "as_boolean" | "as_json" => {
                self.json_as(of, name)?
            }
            "has_key" | "has_all" | "has_any" | "contained_by" | "overlap" => {
                let operator = match name {
                    "has_key" => Operator::Special("?"),
                    "has_all" => Operator::Special("?&"),
                    "has_any" => Operator::Special("?|"),
                    "contained_by" => Operator::Special("<@"),
                    _ => Operator::Overlap,
                };
                let other = given.need("other")?;
                let right = self.compared(&other, of)?;
                Expression::binary(of, operator, &right, Type::boolean())
            }
            "any" | "all" => {
                let other = given.need("other")?;
                self.any_of(&other, of, name == "any")?
            }
            "over" => {
                let mut parts = |name| self.order_parts(&mut given, name);
                let (partition, order) = (parts("partition_by")?, parts("order_by")?);
                let node = Node::Over {
                    of: of.clone(),
                    partition,
                    order,
                };
                Expression::new(node, of.of.clone())
            }
            "filter" => {
                let parts: Result<Vec<_>> =
                    given.rest().iter().map(|part| self.clause(part)).collect();
                let parts = parts?;
                if parts.is_empty() {
                    return Ok(Thing::Expression(of.clone()));
                }
                let condition = Expression::junction(Operator::And, &parts);
                let node = Node::Filter {
                    of: of.clone(),
                    condition,
                };
                Expression::new(node, of.of.clone())
            }
            "bindparams" => return self.bound(of, given).map(Thing::Expression),
            "where" | "select_from" | "correlate" => {
                return self
                    .exists_method(of, name, arguments)
                    .map(Thing::Expression);
            }
            "execution_options" => return Ok(Thing::Expression(of.clone())),
            _ => return refuse(format!("calls `{name}` of an expression")),
        };
        given.finish()?;
        Ok(Thing::Expression(made))
    }

    fn order_parts(&mut self, given: &mut Given, name: &str) -> Result<Vec<Expression>> {
        match given.named(name) {
            None | Some(Value::None) => Ok(Vec::new()),
            Some(value) => {
                let parts = items(&value).unwrap_or_else(|| vec![value]);
                parts.iter().map(|part| self.order_part(part)).collect()
            }
        }
    }

    fn membership(
        &mut self,
        of: &Expression,
        operator: Operator,
        other: &Value,
    ) -> Result<Expression> {
        let members = match other {
            Value::Set(members) => Some(members.borrow().clone()),
            other => items(other),
        };
        let right = match members {
            Some(members) => {
                let mut plain = true;
                for member in &members {
                    plain &= self.is_plain(member)?;
                }
                if plain {
                    let kind = match members.first() {
                        Some(first) => coerced(&of.of, first),
                        None => of.of.clone(),
                    };
                    let bind = Bind {
                        key: None,
                        value: Some(Value::Tuple(members.into())),
                        expanding: true,
                    };
                    Expression::new(Node::Bind(bind), kind)
                } else {
                    let parts: Result<Vec<_>> =
                        members.iter().map(|it| self.compared(it, of)).collect();
                    let node = Node::List {
                        parts: parts?,
                        separator: ", ",
                    };
                    Expression::new(node, Type::null()).group()
                }
            }
            None => match other {
                Value::Object(_) => {
                    let other = self.argument(other)?;
                    match &*other.node {
                        Node::Scalar(_) | Node::Text(_) => other,
                        Node::Bind(bind) => {
                            let bind = Bind {
                                expanding: true,
                                ..bind.clone()
                            };
                            let kind = match other.of.is_null() {
                                true => of.of.clone(),
                                false => other.of.clone(),
                            };
                            Expression::new(Node::Bind(bind), kind)
                        }
                        _ => return refuse("asks for `in_` something else than a list or a query"),
                    }
                }
                other => {
                    return refuse(format!("asks for `in_` {}", describe(other)));
                }
            },
        };
        Ok(Expression::binary(of, operator, &right, Type::boolean()))
    }

    /// `contains`, `startswith` and `endswith`: of arrays and JSON an operator, of texts a `LIKE`.
    fn affix(
        &mut self,
        of: &Expression,
        name: &str,
        other: &Value,
        given: &mut Given,
    ) -> Result<Expression> {
        let right = self.compared(other, of)?;
        if matches!(of.of.class(), Class::Array | Class::Json | Class::Jsonb) {
            if name != "contains" {
                return refuse(format!("calls `{name}` of something else than a text"));
            }
            return Ok(Expression::binary(
                of,
                Operator::Special("@>"),
                &right,
                Type::boolean(),
            ));
        }
        let mut escape = given.text("escape")?;
        let mut right = right;
        if given.flag("autoescape")?.unwrap_or(false) {
            let Value::Text(text) = other else {
                return refuse("asks to escape something else than a text");
            };
            let mark = escape.unwrap_or_else(|| "/".into());
            let text = text
                .replace(&*mark, &format!("{mark}{mark}"))
                .replace('%', &format!("{mark}%"))
                .replace('_', &format!("{mark}_"));
            right = self.compared(&Value::Text(text.into()), of)?;
            escape = Some(mark);
        }
        let percent = super::read::column(super::Name::new("'%'"), Type::text(), true);
        let concat = |left: &Expression, right: &Expression| {
            Expression::binary(left, Operator::Concat, right, Type::text())
        };
        let pattern = match name {
            "contains" => concat(&concat(&percent, &right), &percent),
            "startswith" => concat(&right, &percent),
            _ => concat(&percent, &right),
        };
        // The pattern is put together after the operands were bracketed.
        let node = Node::Binary {
            left: of.grouped(Operator::Affix),
            operator: Operator::Affix,
            word: None,
            right: pattern,
            escape,
        };
        Ok(Expression::new(node, Type::boolean()))
    }

    fn json_as(&mut self, of: &Expression, name: &str) -> Result<Expression> {
        let Node::Binary {
            operator: Operator::JsonItem | Operator::JsonPath,
            ..
        } = &*of.node
        else {
            return refuse(format!(
                "calls `{name}` of something else than an item of JSON"
            ));
        };
        let to = match name {
            "as_string" => Type::text(),
            "as_integer" => Type::integer(),
            "as_float" => Type::plain("FLOAT", Class::Numeric),
            "as_boolean" => Type::boolean(),
            _ => return Ok(of.clone()),
        };
        Ok(Expression {
            node: of.node.clone(),
            of: to,
        })
    }

    /// `text(…).bindparams(…)`
    fn bound(&mut self, of: &Expression, mut given: Given) -> Result<Expression> {
        let Node::Text(text) = &*of.node else {
            return refuse("calls `bindparams` of something else than a text");
        };
        let mut text = text.clone();
        let mut bind = |name: Rc<str>, value: Expression| {
            text.binds.retain(|(known, _)| *known != name);
            text.binds.push((name, value));
        };
        for value in given.rest() {
            let value = self.expression(&value)?;
            match &*value.node {
                Node::Bind(Bind { key: Some(key), .. }) => bind(key.clone(), value.clone()),
                _ => return refuse("calls `bindparams` with something else than a `bindparam`"),
            }
        }
        for (name, value) in given.rest_named() {
            let value = match value {
                Value::None => Expression::null(),
                value => literal_of(value, Type::null()),
            };
            bind(name.as_str().into(), value);
        }
        Ok(Expression::new(Node::Text(text), Type::null()))
    }
}
