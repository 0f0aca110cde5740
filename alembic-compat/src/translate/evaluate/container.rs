//! The methods of lists, tuples, dictionaries and sets.

use std::cell::RefCell;
use std::rc::Rc;

use super::Evaluator;
use super::collection::place;
use super::compare::{contains, equal, symbolic};
use super::lazy::{Part, View};
use super::local::{Known, Local, Stop, describe, list, text};
use crate::translate::value::{Arguments, Value};

impl Evaluator<'_, '_> {
    pub(super) fn list_method(
        &mut self,
        of: &Rc<RefCell<Vec<Value>>>,
        name: &str,
        arguments: Arguments,
    ) -> Known {
        if !matches!(name, "copy" | "index" | "count") {
            self.change_happens();
        }
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
        let view = |part| -> Value {
            let pairs = Rc::clone(of);
            Local::View(View { of: part, pairs }).into()
        };
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
            ("keys", []) => Ok(view(Part::Keys)),
            ("values", []) => Ok(view(Part::Values)),
            ("items", []) => Ok(view(Part::Items)),
            ("copy", []) => Ok(Value::Dict(Rc::new(RefCell::new(of.borrow().clone())))),
            ("clear", []) => {
                self.change_happens();
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
        if matches!(
            name,
            "add" | "discard" | "remove" | "update" | "pop" | "clear"
        ) {
            self.change_happens();
        }
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
            // Which one of several comes first is left to the interpreter.
            ("pop", []) if of.borrow().len() < 2 => {
                return match of.borrow_mut().pop() {
                    Some(item) => Ok(item),
                    None => Err(self.raise("KeyError", "pop from an empty set")),
                };
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

    pub(super) fn no_method(&self, of: &str, name: &str) -> Box<Stop> {
        self.refuse(format!(
            "calls `{name}()` of {of} in a way that is not known"
        ))
    }
}

fn count(items: &[Value], item: &Value) -> Value {
    let count = items.iter().filter(|known| equal(known, item)).count();
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}
