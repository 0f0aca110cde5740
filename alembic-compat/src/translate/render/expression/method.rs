//! What can be done with an expression: Python's operators, and the methods of columns.

use std::rc::Rc;

use super::read::{coerced, collate, collection, literal_of, opposite};
use super::{Bind, Expression, Node, Operator};
use crate::translate::render::Reader;
use crate::translate::render::given::{Given, items};
use crate::translate::render::literal::describe;
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::thing::Thing;
use crate::translate::render::types::{Class, Sort, Type};
use crate::translate::value::{Arguments, Value};

impl Reader<'_> {
    /// Reads one of Python's operators.
    pub fn operation(&mut self, operator: &str, operands: &[Value]) -> Result<Expression> {
        match operands {
            [of] => {
                let of = self.clause(of)?;
                match operator {
                    "~" | "not" => opposite(&of),
                    "-" => {
                        let kind = of.of.clone();
                        Ok(Expression::unary(Operator::Negative, &of, kind))
                    }
                    _ => refuse(format!("applies `{operator}` to an expression")),
                }
            }
            [left, right] => self.binary_operation(operator, left, right),
            _ => refuse(format!("applies `{operator}` to several expressions")),
        }
    }

    fn binary_operation(
        &mut self,
        operator: &str,
        left: &Value,
        right: &Value,
    ) -> Result<Expression> {
        if let "&" | "|" = operator {
            let parts = [self.clause(left)?, self.clause(right)?];
            let operator = match operator {
                "&" => Operator::And,
                _ => Operator::Or,
            };
            return Ok(Expression::junction(operator, &parts));
        }
        let comparison = match operator {
            "==" => Some(Operator::Equal),
            "!=" => Some(Operator::NotEqual),
            "<" => Some(Operator::Less),
            "<=" => Some(Operator::LessOrEqual),
            ">" => Some(Operator::Greater),
            ">=" => Some(Operator::GreaterOrEqual),
            _ => None,
        };
        // Python asks the expression where the left side is a plain value.
        let left_is_plain = self.is_plain(left)?;
        if let Some(operator) = comparison {
            return match left_is_plain {
                true => {
                    let right = self.argument(right)?;
                    self.compare(&right, operator.mirrored(), left)
                }
                false => {
                    let left = self.argument(left)?;
                    self.compare(&left, operator, right)
                }
            };
        }
        let arithmetic = match operator {
            "+" => Operator::Add,
            "-" => Operator::Subtract,
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            "//" => Operator::FloorDivide,
            "%" => Operator::Modulo,
            _ => return refuse(format!("applies `{operator}` to expressions")),
        };
        let (left, right) = match left_is_plain {
            true => {
                let right = self.argument(right)?;
                (self.compared(left, &right)?, right)
            }
            false => {
                let left = self.argument(left)?;
                let right = self.compared(right, &left)?;
                (left, right)
            }
        };
        Ok(combined(&left, arithmetic, &right))
    }

    fn is_plain(&self, value: &Value) -> Result<bool> {
        Ok(match value {
            Value::Object(object) => {
                crate::translate::render::constant::constant(object)?.is_some()
            }
            _ => true,
        })
    }

    /// Compares an expression with something; with `None` it becomes `IS`.
    pub fn compare(
        &mut self,
        left: &Expression,
        operator: Operator,
        right: &Value,
    ) -> Result<Expression> {
        let right = match right {
            Value::None => Expression::null(),
            Value::Bool(truth) if is_equality(operator) => Expression::truth(*truth),
            right => self.compared(right, left)?,
        };
        let is_constant = matches!(&*right.node, Node::Null | Node::True | Node::False);
        if is_constant && !left.is_collection() {
            let operator = match (operator, &*right.node) {
                (Operator::Equal | Operator::NotEqual, Node::True | Node::False) => operator,
                (Operator::IsDistinctFrom | Operator::IsNotDistinctFrom, _) => operator,
                (Operator::Equal | Operator::Is, _) => Operator::Is,
                (Operator::NotEqual | Operator::IsNot, _) => Operator::IsNot,
                _ => {
                    return refuse(format!(
                        "compares an expression with a constant by `{}`",
                        operator.sql()
                    ));
                }
            };
            return Ok(Expression::binary(left, operator, &right, Type::boolean()));
        }
        if left.is_collection() {
            let operator = operator.mirrored();
            return Ok(Expression::binary(&right, operator, left, Type::boolean()));
        }
        Ok(Expression::binary(left, operator, &right, Type::boolean()))
    }

    pub fn between(&mut self, of: &Expression, lower: &Value, upper: &Value) -> Result<Expression> {
        let parts = vec![self.compared(lower, of)?, self.compared(upper, of)?];
        let bounds = Expression::new(
            Node::List {
                parts,
                separator: " AND ",
            },
            Type::null(),
        );
        Ok(Expression::binary(
            of,
            Operator::Between,
            &bounds,
            Type::boolean(),
        ))
    }

    /// `value = ANY (array)`
    pub fn any_of(&mut self, value: &Value, array: &Expression, any: bool) -> Result<Expression> {
        let item = match &array.of.sort {
            Sort::Array { item, .. } => item.clone(),
            _ => Type::null(),
        };
        let value = match value {
            Value::Object(_) => self.argument(value)?,
            plain => Expression::bind(plain.clone(), coerced(&item, plain)),
        };
        let array = collection(any, &array.grouped(Operator::Nothing));
        Ok(Expression::binary(
            &value,
            Operator::Equal,
            &array,
            Type::boolean(),
        ))
    }

    /// `column[index]`
    pub fn item(&mut self, of: &Expression, index: &Value) -> Result<Expression> {
        match (of.of.class(), index) {
            (Class::Json | Class::Jsonb, Value::Text(_) | Value::Int(_)) => {
                let index = literal_of(index.clone(), Type::null());
                let kind = of.of.clone();
                Ok(Expression::binary(of, Operator::JsonItem, &index, kind))
            }
            (Class::Json | Class::Jsonb, Value::Tuple(_) | Value::List(_)) => {
                let mut steps = Vec::new();
                for step in items(index).unwrap_or_default() {
                    steps.push(match step {
                        Value::Text(step) => step.to_string(),
                        Value::Int(step) => step.to_string(),
                        _ => return refuse("follows a path of JSON by something else than names"),
                    });
                }
                let path = Value::Text(format!("{{{}}}", steps.join(", ")).into());
                let path = Expression::bind(path, Type::text());
                let kind = of.of.clone();
                Ok(Expression::binary(of, Operator::JsonPath, &path, kind))
            }
            (Class::Array, Value::Int(_)) => {
                let item = match &of.of.sort {
                    Sort::Array { item, dimensions } if dimensions.is_none_or(|it| it <= 1) => {
                        item.clone()
                    }
                    _ => of.of.clone(),
                };
                let index = Expression::bind(index.clone(), Type::integer());
                Ok(Expression::binary(of, Operator::Item, &index, item))
            }
            _ => refuse("asks for an item of an expression by something unexpected"),
        }
    }

    /// `column['key'].astext`
    pub fn as_text(&mut self, of: &Expression) -> Result<Expression> {
        match &*of.node {
            Node::Binary {
                left,
                operator,
                right,
                ..
            } if matches!(operator, Operator::JsonItem | Operator::JsonPath) => {
                let operator = match operator {
                    Operator::JsonItem => Operator::JsonText,
                    _ => Operator::JsonPathText,
                };
                let of = Type::plain("TEXT", Class::Text);
                Ok(Expression::binary(left, operator, right, of))
            }
            _ => refuse("asks for `astext` of something else than an item of JSON"),
        }
    }

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

fn is_equality(operator: Operator) -> bool {
    matches!(operator, Operator::Equal | Operator::NotEqual)
}

/// Combines two expressions by arithmetic; `+` puts texts, arrays and JSON together.
fn combined(left: &Expression, operator: Operator, right: &Expression) -> Expression {
    let joins = |class: Class| {
        matches!(
            class,
            Class::Text | Class::Enumeration | Class::Array | Class::Json | Class::Jsonb
        )
    };
    let (one, two) = (left.of.class(), right.of.class());
    if operator == Operator::Add {
        // What has no type takes part in what the other side does.
        let fits = |class: Class| joins(class) || class == Class::Null;
        if joins(one) && fits(two) || one == Class::Null && joins(two) {
            let of = if joins(one) { &left.of } else { &right.of };
            return Expression::binary(left, Operator::Concat, right, of.clone());
        }
    }
    let whole = |class: Class| {
        matches!(
            class,
            Class::SmallInteger | Class::Integer | Class::BigInteger
        )
    };
    let of = match (one, two) {
        (one, Class::Numeric) if whole(one) => right.of.clone(),
        (one, two) if whole(one) && whole(two) && operator == Operator::Divide => {
            Type::plain("NUMERIC", Class::Numeric)
        }
        (Class::Null, _) if operator == Operator::Add || operator == Operator::Multiply => {
            right.of.clone()
        }
        _ => left.of.clone(),
    };
    Expression::binary(left, operator, right, of)
}
