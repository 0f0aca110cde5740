//! Lists, tuples, dictionaries and sets: items, slices, walking, methods.

use std::cell::RefCell;
use std::rc::Rc;

use super::Evaluator;
use super::compare::{contains, equal, symbolic};
use super::local::{Known, Local, describe, list, text};
use crate::translate::value::{Arguments, Kind, Value};

/// Goes through the items of a value.
pub(super) enum Walker {
    Items(std::vec::IntoIter<Value>),
    /// A list may grow while it is walked.
    List(Rc<RefCell<Vec<Value>>>, usize),
    /// What can be walked only once, and further by others.
    Shared(Value),
}

impl Walker {
    pub(super) fn next(&mut self) -> Option<Value> {
        match self {
            Self::Items(items) => items.next(),
            Self::List(items, index) => {
                let item = items.borrow().get(*index).cloned();
                *index += 1;
                item
            }
            Self::Shared(value) => match Local::of(value) {
                Some(Local::Iterator(items)) => items.borrow_mut().pop_front(),
                Some(Local::Answer(answer)) => answer.rows.borrow_mut().pop_front(),
                _ => None,
            },
        }
    }
}

impl Evaluator<'_, '_> {
    /// Starts going through a value.
    pub(super) fn walker(&mut self, over: &Value) -> Known<Walker> {
        let items = |items: Vec<Value>| Ok(Walker::Items(items.into_iter()));
        if let Some(text) = text(over) {
            let characters = text.chars().map(|c| Value::Text(c.to_string().into()));
            return items(characters.collect());
        }
        match over {
            Value::List(inner) => Ok(Walker::List(Rc::clone(inner), 0)),
            Value::Set(inner) => items(inner.borrow().clone()),
            Value::Tuple(inner) => items(inner.to_vec()),
            Value::Dict(pairs) => {
                items(pairs.borrow().iter().map(|(key, _)| key.clone()).collect())
            }
            _ => match Local::of(over) {
                Some(Local::View { items: inner, .. }) => items(inner.clone()),
                Some(Local::Row(row)) if row.mapping => items(
                    row.columns
                        .iter()
                        .map(|name| Value::Text(Rc::clone(name)))
                        .collect(),
                ),
                Some(Local::Row(row)) => items(row.values.to_vec()),
                Some(Local::Iterator(_)) => Ok(Walker::Shared(over.clone())),
                Some(Local::Answer(answer)) => {
                    self.answered(answer)?;
                    Ok(Walker::Shared(over.clone()))
                }
                Some(Local::Class(class)) => match self.members(class) {
                    Some(members) => items(members),
                    None => Err(self.refuse(format!("goes through {}", describe(over)))),
                },
                _ => {
                    let what = describe(over);
                    Err(self.refuse(format!("goes through {what}, which is not known")))
                }
            },
        }
    }

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

    pub(super) fn list_method(
        &mut self,
        of: &Rc<RefCell<Vec<Value>>>,
        name: &str,
        arguments: Arguments,
    ) -> Known {
        let key = match name {
            "sort" => return self.sort(of, arguments),
            _ => name,
        };
        let given = self.positional(key, arguments)?;
        match (key, given.as_slice()) {
            ("append", [item]) => of.borrow_mut().push(item.clone()),
            ("extend", [items]) => {
                let items = self.spread(items)?;
                of.borrow_mut().extend(items);
            }
            ("insert", [Value::Int(index), item]) => {
                let mut items = of.borrow_mut();
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let index = match *index {
                    index if index < 0 => (index + length).max(0),
                    index => index.min(length),
                };
                items.insert(usize::try_from(index).unwrap_or(0), item.clone());
            }
            ("remove", [item]) => {
                let mut items = of.borrow_mut();
                match items.iter().position(|known| equal(known, item)) {
                    Some(at) => drop(items.remove(at)),
                    None => return Err(self.raise("ValueError", "x not in list")),
                }
            }
            ("pop", [] | [Value::Int(_)]) => {
                let index = match given.first() {
                    Some(Value::Int(index)) => *index,
                    _ => -1,
                };
                let mut items = of.borrow_mut();
                let length = items.len();
                return match place(index, length) {
                    Some(index) => Ok(items.remove(index)),
                    None => Err(self.raise("IndexError", "pop index out of range")),
                };
            }
            ("clear", []) => of.borrow_mut().clear(),
            ("reverse", []) => of.borrow_mut().reverse(),
            ("copy", []) => return Ok(list(of.borrow().clone())),
            ("index", [item]) => return self.index(&of.borrow(), item),
            ("count", [item]) => return Ok(count(&of.borrow(), item)),
            _ => return Err(self.no_method("a list", name)),
        }
        Ok(Value::None)
    }

    pub(super) fn tuple_method(&mut self, of: &[Value], name: &str, given: Arguments) -> Known {
        let given = self.positional(name, given)?;
        match (name, given.as_slice()) {
            ("index", [item]) => self.index(of, item),
            ("count", [item]) => Ok(count(of, item)),
            _ => Err(self.no_method("a tuple", name)),
        }
    }

    fn index(&self, items: &[Value], item: &Value) -> Known {
        match items.iter().position(|known| equal(known, item)) {
            Some(at) => Ok(Value::Int(i64::try_from(at).unwrap_or(i64::MAX))),
            None => Err(self.raise("ValueError", "is not in the list")),
        }
    }

    pub(super) fn dict_method(
        &mut self,
        of: &Rc<RefCell<Vec<(Value, Value)>>>,
        name: &str,
        arguments: Arguments,
    ) -> Known {
        let whole = Value::Dict(Rc::clone(of));
        if name == "update" {
            for given in &arguments.positional {
                let pairs = match given {
                    Value::List(_) | Value::Tuple(_) => self.pair_list(given)?,
                    given => self.pairs(given)?,
                };
                for (key, value) in pairs {
                    self.set_item(&whole, key, value)?;
                }
            }
            for (key, value) in arguments.named {
                self.set_item(&whole, Value::Text(key.into()), value)?;
            }
            return Ok(Value::None);
        }
        let given = self.positional(name, arguments)?;
        let look_up = |key: &Value| {
            let pairs = of.borrow();
            let found = pairs.iter().find(|(known, _)| equal(known, key));
            found.map(|(_, value)| value.clone())
        };
        match (name, given.as_slice()) {
            ("get" | "setdefault" | "pop", [key, ..])
                if symbolic(key) && look_up(key).is_none() =>
            {
                Err(self.refuse(format!("looks up {}", describe(key))))
            }
            ("get", [key]) => Ok(look_up(key).unwrap_or(Value::None)),
            ("get", [key, default]) => Ok(look_up(key).unwrap_or_else(|| default.clone())),
            ("setdefault", [key, rest @ ..]) if rest.len() < 2 => {
                if let Some(found) = look_up(key) {
                    return Ok(found);
                }
                let default = rest.first().cloned().unwrap_or(Value::None);
                self.set_item(&whole, key.clone(), default.clone())?;
                Ok(default)
            }
            ("pop", [key, rest @ ..]) if rest.len() < 2 => match (look_up(key), rest.first()) {
                (Some(found), _) => {
                    self.delete_item(&whole, key)?;
                    Ok(found)
                }
                (None, Some(default)) => Ok(default.clone()),
                (None, None) => Err(self.raise("KeyError", text(key).unwrap_or_default())),
            },
            ("keys", []) => Ok(Local::View {
                of: "keys",
                items: of.borrow().iter().map(|(key, _)| key.clone()).collect(),
            }
            .into()),
            ("values", []) => Ok(Local::View {
                of: "values",
                items: of.borrow().iter().map(|(_, value)| value.clone()).collect(),
            }
            .into()),
            ("items", []) => {
                let pair = |(key, value): &(Value, Value)| {
                    Value::Tuple([key.clone(), value.clone()].into())
                };
                Ok(Local::View {
                    of: "items",
                    items: of.borrow().iter().map(pair).collect(),
                }
                .into())
            }
            ("copy", []) => Ok(Value::Dict(Rc::new(RefCell::new(of.borrow().clone())))),
            ("clear", []) => {
                of.borrow_mut().clear();
                Ok(Value::None)
            }
            _ => Err(self.no_method("a dictionary", name)),
        }
    }

    /// Reads a list of pairs.
    pub(super) fn pair_list(&mut self, value: &Value) -> Known<Vec<(Value, Value)>> {
        let mut pairs = Vec::new();
        for item in self.spread(value)? {
            match <[Value; 2]>::try_from(self.spread(&item)?) {
                Ok([key, value]) => pairs.push((key, value)),
                Err(_) => return Err(self.raise("ValueError", "a pair has two items")),
            }
        }
        Ok(pairs)
    }

    pub(super) fn set_method(
        &mut self,
        of: &Rc<RefCell<Vec<Value>>>,
        name: &str,
        arguments: Arguments,
    ) -> Known {
        let given = self.positional(name, arguments)?;
        match (name, given.as_slice()) {
            ("add", [item]) => {
                self.hashable(item)?;
                if !contains(&of.borrow(), item) {
                    of.borrow_mut().push(item.clone());
                }
            }
            ("discard" | "remove", [item]) => {
                let at = of.borrow().iter().position(|known| equal(known, item));
                match at {
                    Some(at) => drop(of.borrow_mut().remove(at)),
                    None if name == "discard" => {}
                    None => return Err(self.raise("KeyError", text(item).unwrap_or_default())),
                }
            }
            ("update", many) => {
                for items in many {
                    for item in self.spread(items)? {
                        if !contains(&of.borrow(), &item) {
                            of.borrow_mut().push(item);
                        }
                    }
                }
            }
            ("copy", []) => return self.set_of(of.borrow().clone()),
            ("clear", []) => of.borrow_mut().clear(),
            ("union", many) => {
                let mut items = of.borrow().clone();
                for more in many {
                    items.extend(self.spread(more)?);
                }
                return self.set_of(items);
            }
            ("difference", [other]) => {
                let other = self.spread(other)?;
                let mut items = of.borrow().clone();
                items.retain(|item| !contains(&other, item));
                return self.set_of(items);
            }
            ("intersection", [other]) => {
                let other = self.spread(other)?;
                let mut items = of.borrow().clone();
                items.retain(|item| contains(&other, item));
                return self.set_of(items);
            }
            ("issubset", [other]) => {
                let other = self.spread(other)?;
                let within = of.borrow().iter().all(|item| contains(&other, item));
                return Ok(Value::Bool(within));
            }
            ("issuperset", [other]) => {
                let other = self.spread(other)?;
                let around = other.iter().all(|item| contains(&of.borrow(), item));
                return Ok(Value::Bool(around));
            }
            _ => return Err(self.no_method("a set", name)),
        }
        Ok(Value::None)
    }

    /// Returns the arguments of a call that takes none by name.
    pub(super) fn positional(&self, name: &str, arguments: Arguments) -> Known<Vec<Value>> {
        match arguments.named.is_empty() {
            true => Ok(arguments.positional),
            false => Err(self.fails("TypeError", format!("{name}() takes no keyword arguments"))),
        }
    }

    pub(super) fn no_method(&self, of: &str, name: &str) -> Box<super::local::Stop> {
        self.refuse(format!(
            "calls `{name}()` of {of} in a way that is not known"
        ))
    }
}

fn count(items: &[Value], item: &Value) -> Value {
    let count = items.iter().filter(|known| equal(known, item)).count();
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Finds the place of an index, which may count from the end.
fn place(index: i64, length: usize) -> Option<usize> {
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
