//! Operators between values, and with symbols, on which they build.

use std::rc::Rc;

use ruff_python_ast::{Operator, UnaryOp};

use super::compare::{contains, symbolic};
use super::local::{Known, Local, describe, list, text};
use super::{Evaluator, LARGE};
use crate::translate::value::{Kind, Value};

/// How much a script may make of a text or a list by repeating it.
const REPEATED: usize = 10_000_000;

impl Evaluator<'_, '_> {
    pub(super) fn operate(&mut self, operator: Operator, left: Value, right: Value) -> Known {
        if operator == Operator::Mod
            && !matches!(Local::of(&right), Some(Local::Varying(_)))
            && let Some(text) = text(&left)
        {
            return self
                .percent(&text, &right)
                .map(|text| Value::Text(text.into()));
        }
        for side in [&left, &right] {
            if let Some(Local::Varying(_)) = Local::of(side) {
                return Ok(side.clone());
            }
        }
        if symbolic(&left) || symbolic(&right) {
            return Ok(self.object(Kind::Operation {
                operator: operator.as_str(),
                operands: vec![left, right],
            }));
        }
        match (&left, &right) {
            (Value::Int(left), Value::Int(right)) => return self.whole(operator, *left, *right),
            (Value::Bool(left), Value::Bool(right)) => match operator {
                Operator::BitAnd => return Ok(Value::Bool(left & right)),
                Operator::BitOr => return Ok(Value::Bool(left | right)),
                Operator::BitXor => return Ok(Value::Bool(left ^ right)),
                _ => return self.whole(operator, i64::from(*left), i64::from(*right)),
            },
            (Value::Int(left), Value::Bool(right)) => {
                return self.whole(operator, *left, i64::from(*right));
            }
            (Value::Bool(left), Value::Int(right)) => {
                return self.whole(operator, i64::from(*left), *right);
            }
            _ => {}
        }
        if let (Some(left), Some(right)) = (real(&left), real(&right)) {
            return self.real(operator, left, right);
        }
        match operator {
            Operator::Add => self.add(&left, &right),
            Operator::Mult => match (&left, &right) {
                (Value::Int(times), of) | (of, Value::Int(times)) => self.times(of, *times),
                _ => Err(self.unfit(operator, &left, &right)),
            },
            Operator::BitOr if matches!((&left, &right), (Value::Dict(_), Value::Dict(_))) => {
                let mut pairs = self.pairs(&left)?;
                pairs.extend(self.pairs(&right)?);
                self.dict_of(pairs)
            }
            Operator::Sub | Operator::BitOr | Operator::BitAnd | Operator::BitXor => {
                match (as_set(&left), as_set(&right)) {
                    (Some(left), Some(right)) => self.combine(operator, left, right),
                    _ => Err(self.unfit(operator, &left, &right)),
                }
            }
            _ => Err(self.unfit(operator, &left, &right)),
        }
    }

    /// `a += b`, which changes a list where it is.
    pub(super) fn operate_in_place(
        &mut self,
        operator: Operator,
        left: Value,
        right: Value,
    ) -> Known {
        if matches!(left, Value::List(_) | Value::Dict(_) | Value::Set(_)) {
            self.change_happens();
        }
        match (operator, &left) {
            (Operator::Add, Value::List(items)) => {
                let more = self.spread(&right)?;
                items.borrow_mut().extend(more);
                Ok(left)
            }
            (Operator::BitOr, Value::Dict(_)) => {
                for (key, value) in self.pairs(&right)? {
                    self.set_item(&left, key, value)?;
                }
                Ok(left)
            }
            (Operator::BitOr | Operator::Sub | Operator::BitAnd, Value::Set(items)) => {
                let items = Rc::clone(items);
                let result = self.operate(operator, left.clone(), right)?;
                if let Value::Set(result) = result {
                    let result = result.borrow().clone();
                    *items.borrow_mut() = result;
                }
                Ok(left)
            }
            _ => self.operate(operator, left, right),
        }
    }

    pub(super) fn unary(&mut self, operator: UnaryOp, operand: Value) -> Known {
        match (operator, &operand) {
            (UnaryOp::USub, Value::Int(number)) => match number.checked_neg() {
                Some(number) => Ok(Value::Int(number)),
                None => Err(self.refuse("holds a number of more than 64 bits")),
            },
            (UnaryOp::USub, Value::Float(number)) => Ok(Value::Float(-number)),
            (UnaryOp::UAdd, Value::Int(_) | Value::Float(_)) => Ok(operand),
            (UnaryOp::Invert, Value::Int(number)) => Ok(Value::Int(!number)),
            (_, Value::Object(_)) => Ok(self.object(Kind::Operation {
                operator: operator.as_str(),
                operands: vec![operand],
            })),
            _ => {
                let what = describe(&operand);
                Err(self.refuse(format!("uses `{operator}` on {what}")))
            }
        }
    }

    fn whole(&mut self, operator: Operator, left: i64, right: i64) -> Known {
        let zero = || self.raise("ZeroDivisionError", "division by zero");
        let result = match operator {
            Operator::Add => left.checked_add(right),
            Operator::Sub => left.checked_sub(right),
            Operator::Mult => left.checked_mul(right),
            #[expect(clippy::cast_precision_loss, reason = "as Python divides")]
            Operator::Div => {
                return match right {
                    0 => Err(zero()),
                    right => Ok(Value::Float(left as f64 / right as f64)),
                };
            }
            Operator::FloorDiv | Operator::Mod if right == 0 => return Err(zero()),
            Operator::FloorDiv => left.checked_div(right).map(|quotient| {
                let inexact = left % right != 0;
                quotient - i64::from(inexact && (left < 0) != (right < 0))
            }),
            Operator::Mod => left.checked_rem(right).map(|rest| match rest {
                0 => 0,
                rest if (rest < 0) == (right < 0) => rest,
                rest => rest + right,
            }),
            Operator::Pow => match u32::try_from(right) {
                Ok(right) => left.checked_pow(right),
                Err(_) => None,
            },
            Operator::BitAnd => Some(left & right),
            Operator::BitOr => Some(left | right),
            Operator::BitXor => Some(left ^ right),
            Operator::LShift => u32::try_from(right)
                .ok()
                .filter(|right| *right < 63)
                .and_then(|right| left.checked_mul(1 << right)),
            Operator::RShift => u32::try_from(right).ok().map(|right| left >> right.min(63)),
            Operator::MatMult => None,
        };
        match result {
            Some(result) => Ok(Value::Int(result)),
            None => Err(self.refuse(LARGE)),
        }
    }

    fn real(&mut self, operator: Operator, left: f64, right: f64) -> Known {
        Ok(Value::Float(match operator {
            Operator::Add => left + right,
            Operator::Sub => left - right,
            Operator::Mult => left * right,
            Operator::Div if right != 0.0 => left / right,
            Operator::Div => return Err(self.raise("ZeroDivisionError", "division by zero")),
            _ => {
                return Err(self.refuse(format!(
                    "uses `{}` on floating-point numbers",
                    operator.as_str()
                )));
            }
        }))
    }

    fn add(&mut self, left: &Value, right: &Value) -> Known {
        if let (Some(left), Some(right)) = (text(left), text(right)) {
            let mut joined = String::with_capacity(left.len() + right.len());
            joined.push_str(&left);
            joined.push_str(&right);
            return Ok(Value::Text(joined.into()));
        }
        match (left, right) {
            (Value::List(left), Value::List(right)) => {
                let mut items = left.borrow().clone();
                items.extend(right.borrow().iter().cloned());
                Ok(list(items))
            }
            (Value::Tuple(left), Value::Tuple(right)) => Ok(Value::Tuple(
                left.iter().chain(right.iter()).cloned().collect(),
            )),
            (Value::Bytes(left), Value::Bytes(right)) => {
                Ok(Value::Bytes([&**left, &**right].concat().into()))
            }
            _ => Err(self.unfit(Operator::Add, left, right)),
        }
    }

    fn times(&mut self, of: &Value, times: i64) -> Known {
        let times = usize::try_from(times).unwrap_or(0);
        let fits = |length: usize| length.saturating_mul(times) <= REPEATED;
        let too_much = || self.refuse("repeats something too often");
        if let Some(text) = text(of) {
            return match fits(text.len()) {
                true => Ok(Value::Text(text.repeat(times).into())),
                false => Err(too_much()),
            };
        }
        match of {
            Value::List(items) if fits(items.borrow().len()) => {
                let items = items.borrow();
                Ok(list(
                    std::iter::repeat_n(items.iter(), times)
                        .flatten()
                        .cloned()
                        .collect(),
                ))
            }
            Value::Tuple(items) if fits(items.len()) => Ok(Value::Tuple(
                std::iter::repeat_n(items.iter(), times)
                    .flatten()
                    .cloned()
                    .collect(),
            )),
            Value::List(_) | Value::Tuple(_) => Err(too_much()),
            other => Err(self.unfit(Operator::Mult, other, &Value::Int(0))),
        }
    }

    fn combine(&mut self, operator: Operator, left: Vec<Value>, right: Vec<Value>) -> Known {
        let within = |items: &[Value]| {
            let items = items.to_vec();
            move |item: &Value| contains(&items, item)
        };
        let (in_left, in_right) = (within(&left), within(&right));
        let items = match operator {
            Operator::Sub => left.into_iter().filter(|item| !in_right(item)).collect(),
            Operator::BitAnd => left.into_iter().filter(in_right).collect(),
            Operator::BitOr => left.into_iter().chain(right).collect(),
            _ => {
                let mut items: Vec<Value> = left.into_iter().filter(|it| !in_right(it)).collect();
                items.extend(right.into_iter().filter(|item| !in_left(item)));
                items
            }
        };
        self.set_of(items)
    }

    fn unfit(&self, operator: Operator, left: &Value, right: &Value) -> Box<super::local::Stop> {
        let (one, other) = (describe(left), describe(right));
        let operator = operator.as_str();
        self.refuse(format!("uses `{operator}` between {one} and {other}"))
    }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Float(value) => Some(*value),
        #[expect(clippy::cast_precision_loss, reason = "as Python mixes numbers")]
        Value::Int(value) => Some(*value as f64),
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        _ => None,
    }
}

fn as_set(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Set(items) => Some(items.borrow().clone()),
        _ => match Local::of(value) {
            Some(Local::View(view)) => Some(view.items()),
            _ => None,
        },
    }
}
