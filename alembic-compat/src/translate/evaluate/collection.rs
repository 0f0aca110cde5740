//! Lists, tuples, dictionaries and sets: items, slices, walking, methods.

use super::Evaluator;
use super::compare::{equal, symbolic};
use super::local::{Known, Local, describe, list, text};
use crate::translate::value::{Kind, Value};

impl Evaluator<'_, '_> {
    /// `of[index]`
    pub(super) fn item(&mut self, of: &Value, index: Value) -> Known {
        if let Some(text) = text(of) {
            let Value::Int(index) = index else {
                return Err(self.fails("TypeError", "string indices must be integers"));
            };
            let characters: Vec<char> = text.chars().collect();
            return match place(index, characters.len()) {
                Some(index) => Ok(Value::Text(characters[index].to_string().into())),
                None => Err(self.raise("IndexError", "string index out of range")),
            };
        }
        let at = |items: &[Value]| match index {
            Value::Int(index) => place(index, items.len()).map(|index| items[index].clone()),
            _ => None,
        };
        let found = match of {
            Value::Tuple(items) => at(items),
            Value::List(items) => at(&items.borrow()),
            Value::Dict(pairs) => {
                let pairs = pairs.borrow();
                return match pairs.iter().find(|(key, _)| equal(key, &index)) {
                    Some((_, value)) => Ok(value.clone()),
                    None if symbolic(&index) => {
                        Err(self.refuse(format!("looks up {}", describe(&index))))
                    }
                    None => Err(self.raise("KeyError", text(&index).unwrap_or_default())),
                };
            }
            Value::Object(_) => {
                let of = of.clone();
                return Ok(self.object(Kind::Item { of, index }));
            }
            _ => match Local::of(of) {
                Some(Local::Row(row)) => match text(&index) {
                    Some(name) => {
                        let at = row.columns.iter().position(|column| *column == name);
                        return match at {
                            Some(at) => Ok(row.values[at].clone()),
                            None => Err(self.raise("KeyError", name)),
                        };
                    }
                    None => at(&row.values),
                },
                Some(Local::Class(class)) => {
                    return match text(&index).and_then(|name| self.member(class, &name)) {
                        Some(member) => Ok(member),
                        None => Err(self.raise("KeyError", text(&index).unwrap_or_default())),
                    };
                }
                _ => {
                    let what = describe(of);
                    return Err(self.refuse(format!("takes an item of {what}")));
                }
            },
        };
        match (found, &index) {
            (Some(item), _) => Ok(item),
            (None, Value::Int(_)) => Err(self.raise("IndexError", "index out of range")),
            (None, _) => Err(self.fails("TypeError", "indices must be integers")),
        }
    }

    /// `of[from:to:step]`
    pub(super) fn slice(&mut self, of: &Value, bounds: [Option<i64>; 3]) -> Known {
        if bounds[2] == Some(0) {
            return Err(self.raise("ValueError", "slice step cannot be zero"));
        }
        if let Some(text) = text(of) {
            let characters: Vec<char> = text.chars().collect();
            let taken = places(bounds, characters.len());
            let text: String = taken.into_iter().map(|index| characters[index]).collect();
            return Ok(Value::Text(text.into()));
        }
        let take = |items: &[Value]| -> Vec<Value> {
            let taken = places(bounds, items.len());
            taken
                .into_iter()
                .map(|index| items[index].clone())
                .collect()
        };
        match of {
            Value::List(items) => Ok(list(take(&items.borrow()))),
            Value::Tuple(items) => Ok(Value::Tuple(take(items).into())),
            _ => match Local::of(of) {
                Some(Local::Row(row)) => Ok(Value::Tuple(take(&row.values).into())),
                _ => Err(self.refuse(format!("slices {}", describe(of)))),
            },
        }
    }

    /// `of[index] = value`
    pub(super) fn set_item(&mut self, of: &Value, index: Value, value: Value) -> Known<()> {
        self.change_happens();
        self.put(of, index, value)
    }

    /// Gives something an item that nobody else has yet.
    pub(super) fn put(&mut self, of: &Value, index: Value, value: Value) -> Known<()> {
        match (of, &index) {
            (Value::List(items), Value::Int(index)) => {
                let mut items = items.borrow_mut();
                let length = items.len();
                match place(*index, length) {
                    Some(index) => items[index] = value,
                    None => return Err(self.raise("IndexError", "index out of range")),
                }
            }
            (Value::Dict(pairs), _) => {
                self.hashable(&index)?;
                let mut pairs = pairs.borrow_mut();
                // Looking through many takes long.
                self.steps = self
                    .steps
                    .saturating_add(u32::try_from(pairs.len() / 32).unwrap_or(u32::MAX));
                match pairs.iter_mut().find(|(key, _)| equal(key, &index)) {
                    Some((_, known)) => *known = value,
                    None => pairs.push((index, value)),
                }
            }
            _ => {
                let what = describe(of);
                return Err(self.refuse(format!("sets an item of {what}")));
            }
        }
        Ok(())
    }

    /// `del of[index]`
    pub(super) fn delete_item(&mut self, of: &Value, index: &Value) -> Known<()> {
        self.change_happens();
        match (of, index) {
            (Value::List(items), Value::Int(index)) => {
                let mut items = items.borrow_mut();
                let length = items.len();
                match place(*index, length) {
                    Some(index) => drop(items.remove(index)),
                    None => return Err(self.raise("IndexError", "index out of range")),
                }
            }
            (Value::Dict(pairs), key) => {
                let mut pairs = pairs.borrow_mut();
                match pairs.iter().position(|(known, _)| equal(known, key)) {
                    Some(at) => drop(pairs.remove(at)),
                    None => {
                        return Err(self.raise("KeyError", text(key).unwrap_or_default()));
                    }
                }
            }
            _ => {
                let what = describe(of);
                return Err(self.refuse(format!("deletes an item of {what}")));
            }
        }
        Ok(())
    }
}

/// Finds the place of an index, which may count from the end.
pub(super) fn place(index: i64, length: usize) -> Option<usize> {
    let signed = i64::try_from(length).ok()?;
    let index = if index < 0 {
        index.checked_add(signed)?
    } else {
        index
    };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// Returns the places that a slice takes; its step is not 0.
fn places([from, to, step]: [Option<i64>; 3], length: usize) -> Vec<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    let (low, high) = if step > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let bound = |bound: Option<i64>, default: i64| match bound {
        None => default,
        Some(bound) if bound < 0 => bound.saturating_add(length).clamp(low, high),
        Some(bound) => bound.clamp(low, high),
    };
    let (from, to) = match step > 0 {
        true => (bound(from, low), bound(to, high)),
        false => (bound(from, high), bound(to, low)),
    };
    let mut taken = Vec::new();
    let mut at = from;
    while (step > 0 && at < to) || (step < 0 && at > to) {
        taken.extend(usize::try_from(at));
        at = at.saturating_add(step);
    }
    taken
}
