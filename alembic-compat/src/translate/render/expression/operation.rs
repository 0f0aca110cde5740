//! What Python's operators make of expressions.

use super::read::{coerced, collection, literal_of, opposite};
use super::{Expression, Node, Operator};
use crate::translate::render::Reader;
use crate::translate::render::given::items;
use crate::translate::render::refusal::{Result, refuse};
use crate::translate::render::types::{Class, Sort, Type};
use crate::translate::value::Value;
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

    pub fn binary_operation(
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

    pub fn is_plain(&self, value: &Value) -> Result<bool> {
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
