//! What is true, what is equal, and what comes first.

use std::cmp::Ordering;
use std::rc::Rc;

use ruff_python_ast::CmpOp;

use super::Evaluator;
use super::local::{Answer, Handle, Known, Local, describe, path, text};
use crate::translate::value::{Kind, Object, Value};

/// Tells whether two values are equal, where both are Python's own.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    equal_within(left, right, super::DEPTH)
}

/// Tells whether two values are equal; those that are nested deeper are not.
fn equal_within(left: &Value, right: &Value, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let all_equal = |left: &[Value], right: &[Value]| {
        let mut pairs = left.iter().zip(right);
        left.len() == right.len() && pairs.all(|(left, right)| equal_within(left, right, depth))
    };
    let contains =
        |items: &[Value], value: &Value| items.iter().any(|it| equal_within(it, value, depth));
    if let (Some(left), Some(right)) = (text(left), text(right)) {
        return left == right;
    }
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => return left == right,
        _ => {
            if let (Some(left), Some(right)) = (number(left), number(right)) {
                return left == right;
            }
        }
    }
    match (left, right) {
        (Value::None, Value::None) => true,
        (Value::Bytes(left), Value::Bytes(right)) => left == right,
        (Value::Tuple(left), Value::Tuple(right)) => all_equal(left, right),
        (Value::List(left), Value::List(right)) => {
            Rc::ptr_eq(left, right) || all_equal(&left.borrow(), &right.borrow())
        }
        (Value::Set(left), Value::Set(right)) => {
            let (left, right) = (left.borrow(), right.borrow());
            left.len() == right.len() && left.iter().all(|item| contains(&right, item))
        }
        (Value::Dict(left), Value::Dict(right)) => {
            let (left, right) = (left.borrow(), right.borrow());
            let same = |(key, value): &(Value, Value)| {
                let other = right
                    .iter()
                    .find(|(other, _)| equal_within(other, key, depth));
                other.is_some_and(|(_, other)| equal_within(other, value, depth))
            };
            left.len() == right.len() && left.iter().all(same)
        }
        _ => match (Local::of(left), Local::of(right)) {
            (Some(Local::Row(row)), None) => match right {
                Value::Tuple(right) => all_equal(&row.values, right),
                _ => false,
            },
            (None, Some(Local::Row(_))) => equal_within(right, left, depth),
            (Some(Local::Row(left)), Some(Local::Row(right))) => {
                all_equal(&left.values, &right.values)
            }
            (Some(Local::Member(left)), Some(Local::Member(right))) => {
                left.class == right.class && left.name == right.name
            }
            (Some(Local::Member(member)), None) if member.mixed => {
                equal_within(&member.value, right, depth)
            }
            (None, Some(Local::Member(member))) if member.mixed => {
                equal_within(left, &member.value, depth)
            }
            (Some(Local::View(left)), Some(Local::View(right))) => {
                let (left, right) = (left.items(), right.items());
                left.len() == right.len() && left.iter().all(|item| contains(&right, item))
            }
            _ => identical(left, right),
        },
    }
}

/// Tells whether one of the items is equal to a value.
pub(super) fn contains(items: &[Value], value: &Value) -> bool {
    items.iter().any(|item| equal(item, value))
}

/// Tells whether two values are the same object, as `is` does.
fn identical(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::None, Value::None) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::List(left), Value::List(right)) | (Value::Set(left), Value::Set(right)) => {
            Rc::ptr_eq(left, right)
        }
        (Value::Dict(left), Value::Dict(right)) => Rc::ptr_eq(left, right),
        (Value::Object(one), Value::Object(other)) => {
            Rc::ptr_eq(one, other) || (path(left).is_some() && path(left) == path(right))
        }
        (Value::Opaque(one), Value::Opaque(other)) => Rc::ptr_eq(one, other),
        _ => false,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        #[expect(
            clippy::cast_precision_loss,
            reason = "two whole numbers are compared apart"
        )]
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

/// Orders two values as `<` does; none where Python raises a `TypeError`.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (text(left), text(right)) {
        // By code points, which is the order of UTF-8.
        return Some(left.cmp(&right));
    }
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Tuple(left), Value::Tuple(right)) => order_all(left, right),
        (Value::List(left), Value::List(right)) => order_all(&left.borrow(), &right.borrow()),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

fn order_all(left: &[Value], right: &[Value]) -> Option<Ordering> {
    for (left, right) in left.iter().zip(right) {
        if !equal(left, right) {
            return order(left, right);
        }
    }
    Some(left.len().cmp(&right.len()))
}

/// Tells whether a value is a symbol that an operator would build on.
pub(super) fn symbolic(value: &Value) -> bool {
    matches!(value, Value::Object(_)) && text(value).is_none()
}

impl Evaluator<'_, '_> {
    /// Tells whether a value counts as true.
    pub(super) fn truth(&self, value: &Value) -> Known<bool> {
        if let Some(text) = text(value) {
            return Ok(!text.is_empty());
        }
        Ok(match value {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Text(value) => !value.is_empty(),
            Value::Bytes(value) => !value.is_empty(),
            Value::Tuple(items) => !items.is_empty(),
            Value::List(items) | Value::Set(items) => !items.borrow().is_empty(),
            Value::Dict(items) => !items.borrow().is_empty(),
            Value::Object(_) => {
                return Err(self.refuse_use("depends on", value));
            }
            Value::Opaque(_) => match Local::of(value) {
                Some(Local::View(view)) => view.length() > 0,
                Some(Local::Nothing) => false,
                Some(Local::Row(row)) => !row.values.is_empty(),
                Some(Local::Member(member)) if member.mixed => self.truth(&member.value)?,
                Some(
                    Local::Function(_)
                    | Local::Class(_)
                    | Local::Iterator(_)
                    | Local::Exception(_)
                    | Local::Member(_)
                    | Local::Module(_)
                    | Local::Answer(Answer { .. })
                    | Local::Handle(
                        Handle::Connection
                        | Handle::Engine
                        | Handle::Context
                        | Handle::Dialect
                        | Handle::Inspector(_)
                        | Handle::Session,
                    ),
                ) => true,
                _ => return Err(self.refuse_use("depends on", value)),
            },
        })
    }

    pub(super) fn compare(&mut self, operator: CmpOp, left: &Value, right: &Value) -> Known {
        match operator {
            CmpOp::Is | CmpOp::IsNot => {
                let same = self.is_same(left, right)?;
                return Ok(Value::Bool(same == (operator == CmpOp::Is)));
            }
            CmpOp::In | CmpOp::NotIn => {
                let found = self.is_in(left, right)?;
                return Ok(Value::Bool(found == (operator == CmpOp::In)));
            }
            _ => {}
        }
        if symbolic(left) || symbolic(right) {
            return Ok(self.object(Kind::Operation {
                operator: written(operator),
                operands: vec![left.clone(), right.clone()],
            }));
        }
        let ordered = |wanted: fn(Ordering) -> bool| match self.order_of_sets(left, right) {
            Some(result) => Ok(Value::Bool(result.is_some_and(wanted))),
            None => match order(left, right) {
                Some(order) => Ok(Value::Bool(wanted(order))),
                None => match [left, right].map(|side| Local::of(side).is_some()) {
                    [false, false] => Err(self.fails("TypeError", "cannot be ordered")),
                    _ => Err(self.refuse(format!(
                        "orders {} and {}",
                        describe(left),
                        describe(right)
                    ))),
                },
            },
        };
        match operator {
            CmpOp::Eq | CmpOp::NotEq => {
                let same = self.is_equal(left, right)?;
                Ok(Value::Bool(same == (operator == CmpOp::Eq)))
            }
            CmpOp::Lt => ordered(Ordering::is_lt),
            CmpOp::LtE => ordered(Ordering::is_le),
            CmpOp::Gt => ordered(Ordering::is_gt),
            _ => ordered(Ordering::is_ge),
        }
    }

    /// Tells whether two values are equal, unless one is something whose `==` is not known.
    fn is_equal(&self, left: &Value, right: &Value) -> Known<bool> {
        for side in [left, right] {
            if let Some(
                Local::Ignored
                | Local::Varying(_)
                | Local::Instance(_)
                | Local::Answer(_)
                | Local::Exception(_),
            ) = Local::of(side)
            {
                return Err(self.refuse_use("compares", side));
            }
        }
        Ok(equal(left, right))
    }

    fn is_same(&self, left: &Value, right: &Value) -> Known<bool> {
        for (one, other) in [(left, right), (right, left)] {
            if matches!(one, Value::None | Value::Bool(_)) {
                return match other {
                    // A symbol may stand for anything, unless it is something that was made.
                    Value::Object(object) if !made(object) => {
                        Err(self.refuse_use("depends on", other))
                    }
                    _ if matches!(Local::of(other), Some(Local::Ignored | Local::Varying(_))) => {
                        Err(self.refuse_use("depends on", other))
                    }
                    _ if matches!(Local::of(other), Some(Local::Nothing)) => {
                        Ok(matches!(one, Value::None))
                    }
                    _ => Ok(identical(one, other)),
                };
            }
        }
        match (left, right) {
            (Value::Opaque(_), _)
            | (_, Value::Opaque(_))
            | (Value::List(_) | Value::Dict(_) | Value::Set(_), _)
            | (_, Value::List(_) | Value::Dict(_) | Value::Set(_)) => Ok(match (left, right) {
                (Value::Opaque(_), Value::Opaque(_)) => equal(left, right),
                _ => identical(left, right),
            }),
            _ => match (path(left), path(right)) {
                (Some(one), Some(other)) if one == other => Ok(true),
                // Libraries have one thing under several names.
                (Some(one), Some(other))
                    if one.starts_with("builtins.") && other.starts_with("builtins.") =>
                {
                    Ok(false)
                }
                // Whether two equal texts or numbers are one object is left to the interpreter.
                _ => Err(self.refuse("compares values with `is`")),
            },
        }
    }

    fn is_in(&mut self, item: &Value, container: &Value) -> Known<bool> {
        if let (Some(item), Some(container)) = (text(item), text(container)) {
            return Ok(container.contains(&*item));
        }
        if symbolic(item) && path(item).is_none() {
            return Err(self.refuse_use("depends on", item));
        }
        match container {
            Value::Tuple(items) => Ok(contains(items, item)),
            Value::List(items) | Value::Set(items) => Ok(contains(&items.borrow(), item)),
            Value::Dict(pairs) => Ok(pairs.borrow().iter().any(|(key, _)| equal(key, item))),
            _ => match Local::of(container) {
                Some(Local::View(view)) => Ok(contains(&view.items(), item)),
                Some(Local::Row(row)) if row.mapping => {
                    let name = text(item).unwrap_or_default();
                    Ok(row.columns.contains(&name))
                }
                Some(Local::Row(row)) => Ok(contains(&row.values, item)),
                Some(Local::Iterator(items)) => {
                    while let Some(next) = self.pull(items)? {
                        if equal(&next, item) {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                }
                Some(Local::Class(class)) => match self.members(class) {
                    Some(members) => Ok(contains(&members, item)),
                    None => Err(self.refuse(format!("looks into {}", describe(container)))),
                },
                _ => {
                    let what = describe(container);
                    Err(self.refuse(format!("looks for something in {what}")))
                }
            },
        }
    }

    /// Checks that a value can be a key.
    pub(super) fn hashable(&self, value: &Value) -> Known<()> {
        match value {
            Value::List(_) | Value::Dict(_) | Value::Set(_) => {
                let message = format!("unhashable: {}", describe(value));
                Err(self.fails("TypeError", message))
            }
            Value::Tuple(items) => items.iter().try_for_each(|item| self.hashable(item)),
            _ => Ok(()),
        }
    }

    /// Orders two sets by which holds which; none where they are no sets.
    fn order_of_sets(&self, left: &Value, right: &Value) -> Option<Option<Ordering>> {
        let (Value::Set(left), Value::Set(right)) = (left, right) else {
            return None;
        };
        let (left, right) = (left.borrow(), right.borrow());
        let within = left.iter().all(|item| contains(&right, item));
        let around = right.iter().all(|item| contains(&left, item));
        Some(match (within, around) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Less),
            (false, true) => Some(Ordering::Greater),
            (false, false) => None,
        })
    }
}

/// Tells whether an object is SQLAlchemy's and was made by a call or an operator, and so is not
/// `None`.
fn made(object: &Object) -> bool {
    match &object.kind {
        Kind::Name(path) => path.starts_with("sqlalchemy.") || path.starts_with("builtins."),
        Kind::Call { callee, .. } => {
            path(callee).is_some_and(|path| path.starts_with("sqlalchemy."))
        }
        Kind::Operation { .. } => true,
        // `table.c.name`
        Kind::Attribute { of, .. } => match of {
            Value::Object(of) => matches!(&of.kind, Kind::Attribute { name, .. } if name == "c"),
            _ => false,
        },
        Kind::Item { .. } => false,
    }
}

fn written(operator: CmpOp) -> &'static str {
    match operator {
        CmpOp::Eq => "==",
        CmpOp::NotEq => "!=",
        CmpOp::Lt => "<",
        CmpOp::LtE => "<=",
        CmpOp::Gt => ">",
        CmpOp::GtE => ">=",
        CmpOp::Is => "is",
        CmpOp::IsNot => "is not",
        CmpOp::In => "in",
        CmpOp::NotIn => "not in",
    }
}
