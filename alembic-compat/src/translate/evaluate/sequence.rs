//! The built-in functions that make sequences of sequences.

use std::cmp::Ordering;

use super::Evaluator;
use super::compare::order;
use super::lazy::{Lazy, lazy};
use super::local::{Known, Local, list};
use crate::translate::value::{Arguments, Value};

/// How many numbers a `range` may have.
const RANGE: i64 = 1_000_000;

impl Evaluator<'_, '_> {
    pub(super) fn range(&mut self, bounds: &[Value]) -> Known {
        let mut numbers = Vec::new();
        for bound in bounds {
            match bound {
                Value::Int(number) => numbers.push(*number),
                Value::Bool(truth) => numbers.push(i64::from(*truth)),
                _ => return Err(self.fails("TypeError", "range() takes integers")),
            }
        }
        let (from, to, step) = match numbers.as_slice() {
            [to] => (0, *to, 1),
            [from, to] => (*from, *to, 1),
            [_, _, 0] => return Err(self.raise("ValueError", "range() arg 3 must not be zero")),
            [from, to, step] => (*from, *to, *step),
            _ => return Err(self.fails("TypeError", "range() takes 1 to 3 arguments")),
        };
        if to.saturating_sub(from).saturating_abs() / step.saturating_abs() > RANGE {
            return Err(self.refuse("counts to more than a million"));
        }
        let mut items = Vec::new();
        let mut number = from;
        while (step > 0 && number < to) || (step < 0 && number > to) {
            items.push(Value::Int(number));
            number = number.saturating_add(step);
        }
        Ok(Value::Tuple(items.into()))
    }

    pub(super) fn map(&mut self, function: &Value, over: &[Value]) -> Known {
        let ahead = self.ahead();
        let items = self.map_all(function, over);
        self.exhausted(items, &ahead)
    }

    fn map_all(&mut self, function: &Value, over: &[Value]) -> Known<Vec<Value>> {
        let mut columns = Vec::new();
        for over in over {
            columns.push(self.spread(over)?.into_iter());
        }
        let mut items = Vec::new();
        'rows: loop {
            let mut positional = Vec::new();
            for column in &mut columns {
                match column.next() {
                    Some(item) => positional.push(item),
                    None => break 'rows,
                }
            }
            let named = Vec::new();
            items.push(self.apply(function, Arguments { positional, named })?);
        }
        Ok(items)
    }

    pub(super) fn filter(&mut self, function: &Value, over: &Value) -> Known {
        let ahead = self.ahead();
        let items = self.filter_all(function, over);
        self.exhausted(items, &ahead)
    }

    fn filter_all(&mut self, function: &Value, over: &Value) -> Known<Vec<Value>> {
        let mut kept = Vec::new();
        for item in self.spread(over)? {
            let holds = match function {
                Value::None => item.clone(),
                function => {
                    let positional = vec![item.clone()];
                    let named = Vec::new();
                    self.apply(function, Arguments { positional, named })?
                }
            };
            if self.truth(&holds)? {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    pub(super) fn zip(&mut self, over: Vec<Value>, strict: bool) -> Known {
        let mut by_side = Vec::new();
        for over in &over {
            by_side.push(self.walker(over)?);
        }
        Ok(lazy(Lazy::Side { by_side, strict }))
    }

    pub(super) fn make_dict(&mut self, arguments: Arguments) -> Known {
        let mut pairs = match arguments.positional.as_slice() {
            [] => Vec::new(),
            [of @ Value::Dict(_)] => self.pairs(of)?,
            [of] if matches!(Local::of(of), Some(Local::Row(row)) if row.mapping) => {
                self.pairs(of)?
            }
            [of] => self.pair_list(of)?,
            _ => return Err(self.fails("TypeError", "dict expected at most 1 argument")),
        };
        let named = arguments.named.into_iter();
        pairs.extend(named.map(|(name, value)| (Value::Text(name.into()), value)));
        self.dict_of(pairs)
    }

    /// Sorts a list where it is; equal items keep their order.
    pub(super) fn sort(
        &mut self,
        of: &std::rc::Rc<std::cell::RefCell<Vec<Value>>>,
        arguments: Arguments,
    ) -> Known {
        let mut key = Value::None;
        let mut reverse = false;
        for (name, value) in arguments.named {
            match name.as_str() {
                "key" => key = value,
                "reverse" => reverse = self.truth(&value)?,
                _ => return Err(self.fails("TypeError", "sort() got an unexpected argument")),
            }
        }
        let mut keyed = Vec::new();
        for item in of.borrow().clone() {
            let by = match &key {
                Value::None => item.clone(),
                function => {
                    let positional = vec![item.clone()];
                    let named = Vec::new();
                    self.apply(function, Arguments { positional, named })?
                }
            };
            keyed.push((by, item));
        }
        let mut comparable = true;
        keyed.sort_by(|(left, _), (right, _)| {
            let ordering = order(left, right).unwrap_or_else(|| {
                comparable = false;
                Ordering::Equal
            });
            if reverse {
                ordering.reverse()
            } else {
                ordering
            }
        });
        if !comparable {
            return Err(self.refuse("sorts values of which the order is not known"));
        }
        *of.borrow_mut() = keyed.into_iter().map(|(_, item)| item).collect();
        Ok(Value::None)
    }

    pub(super) fn extreme(&mut self, name: &str, arguments: Arguments) -> Known {
        let Arguments { positional, named } = arguments;
        let items = match positional.as_slice() {
            [over] => self.spread(over)?,
            many => many.to_vec(),
        };
        let default = named.iter().find(|(name, _)| name == "default").cloned();
        let named = named
            .into_iter()
            .filter(|(name, _)| name == "key")
            .collect();
        let Value::List(sorted) = list(items) else {
            return Ok(Value::None);
        };
        let positional = Vec::new();
        self.sort(&sorted, Arguments { positional, named })?;
        let sorted = sorted.borrow();
        let found = match name {
            "min" => sorted.first(),
            _ => sorted.last(),
        };
        match (found, default) {
            (Some(found), _) => Ok(found.clone()),
            (None, Some((_, default))) => Ok(default),
            (None, None) => Err(self.raise("ValueError", "of an empty sequence")),
        }
    }
}
