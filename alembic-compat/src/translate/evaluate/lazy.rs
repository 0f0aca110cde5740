//! What is walked: once or again, as it is now or as it was.
//!
//! Python works most sequences out item by item, so that what happens meanwhile shows. Here `zip` and its
//! like do the same; what runs code for its items is worked out ahead, and refused where that could show.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use ruff_python_ast::name::Name;
use rustc_hash::FxHashSet as HashSet;

use super::local::{Known, Local, Stop, describe, text};
use super::{Evaluator, LARGE};
use crate::translate::value::Value;

/// Goes through the items of a value.
#[derive(Debug)]
pub(super) enum Walker {
    Items(std::vec::IntoIter<Value>),
    /// A list may grow while it is walked.
    List(Rc<RefCell<Vec<Value>>>, usize),
    /// A dictionary may not.
    Dict {
        view: View,
        at: usize,
        length: usize,
    },
    /// What can be walked only once, and further by others.
    Shared(Value),
}

/// What of a dictionary is looked at.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) of: Part,
    pub(super) pairs: Rc<RefCell<Vec<(Value, Value)>>>,
}

/// Which part of each pair a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Keys,
    Values,
    Items,
}

impl View {
    fn get(&self, at: usize) -> Option<Value> {
        let pairs = self.pairs.borrow();
        let (key, value) = pairs.get(at)?;
        Some(match self.of {
            Part::Keys => key.clone(),
            Part::Values => value.clone(),
            Part::Items => Value::Tuple([key.clone(), value.clone()].into()),
        })
    }

    /// Returns what it shows now.
    pub(super) fn items(&self) -> Vec<Value> {
        let length = self.pairs.borrow().len();
        (0..length).filter_map(|at| self.get(at)).collect()
    }

    pub(super) fn length(&self) -> usize {
        self.pairs.borrow().len()
    }

    pub(super) fn name(&self) -> &'static str {
        match self.of {
            Part::Keys => "keys",
            Part::Values => "values",
            Part::Items => "items",
        }
    }
}

/// What is walked once.
#[derive(Debug)]
pub(super) enum Lazy {
    /// What was known as a whole, and is left.
    Items(VecDeque<Value>),
    /// What was worked out ahead, and is right as long as nothing changes of what it was worked out of.
    Ahead {
        items: VecDeque<Value>,
        /// When that was.
        since: u64,
        /// The names that were read for it.
        names: HashSet<Name>,
        /// How much had been done to the database, where that was asked for it.
        deeds: Option<u32>,
    },
    /// `iter(…)`
    Over(Walker),
    /// `zip(…)`
    Side { by_side: Vec<Walker>, strict: bool },
    /// `enumerate(…)`
    Counted { over: Walker, number: i64 },
    /// `reversed(…)` of a list, up to an index.
    Back(Rc<RefCell<Vec<Value>>>, usize),
    /// `itertools.chain(…)`
    Chain(Option<Walker>, VecDeque<Value>),
}

/// What had happened when something began to be worked out ahead.
pub(super) struct Ahead {
    deeds: u32,
    asked: u32,
    changes: u64,
    began: u64,
}

impl Evaluator<'_, '_> {
    /// Starts going through a value.
    pub(super) fn walker(&mut self, over: &Value) -> Known<Walker> {
        let items = |items: Vec<Value>| Ok(Walker::Items(items.into_iter()));
        if let Some(text) = text(over) {
            let characters = text.chars().map(|c| Value::Text(c.to_string().into()));
            return items(characters.collect());
        }
        let view = |view: View| Walker::Dict {
            length: view.length(),
            view,
            at: 0,
        };
        match over {
            Value::List(inner) => Ok(Walker::List(Rc::clone(inner), 0)),
            Value::Set(inner) => {
                let inner = inner.borrow().clone();
                // The order of texts differs with each run of Python, that of numbers does not.
                match inner.len() < 2 || inner.iter().all(|item| text(item).is_some()) {
                    true => items(inner),
                    false => Err(self.refuse("goes through a set, whose order is not known")),
                }
            }
            Value::Tuple(inner) => items(inner.to_vec()),
            Value::Dict(pairs) => Ok(view(View {
                of: Part::Keys,
                pairs: Rc::clone(pairs),
            })),
            _ => match Local::of(over) {
                Some(Local::View(inner)) => Ok(view(inner.clone())),
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

    /// Returns the next item of a walk.
    pub(super) fn next(&mut self, walk: &mut Walker) -> Known<Option<Value>> {
        Ok(match walk {
            Walker::Items(items) => items.next(),
            Walker::List(items, index) => {
                let item = items.borrow().get(*index).cloned();
                *index += 1;
                item
            }
            Walker::Dict { view, at, length } => {
                if view.length() != *length {
                    let message = "dictionary changed size during iteration";
                    return Err(self.raise("RuntimeError", message));
                }
                *at += 1;
                view.get(*at - 1)
            }
            Walker::Shared(value) => match Local::of(value) {
                Some(Local::Iterator(items)) => self.pull(items)?,
                Some(Local::Answer(answer)) => answer.rows.borrow_mut().pop_front(),
                _ => None,
            },
        })
    }

    /// Takes the next item of what is walked once.
    pub(super) fn pull(&mut self, items: &RefCell<Lazy>) -> Known<Option<Value>> {
        let Ok(mut items) = items.try_borrow_mut() else {
            return Err(self.refuse("walks through something while it is being walked through"));
        };
        Ok(match &mut *items {
            Lazy::Items(items) => items.pop_front(),
            Lazy::Ahead {
                items,
                since,
                names,
                deeds,
            } => {
                let changed = |name: &Name| self.bound.get(name).is_some_and(|when| when > since);
                let changed = self.changed > *since
                    || names.iter().any(changed)
                    || deeds.is_some_and(|deeds| deeds != self.deeds);
                if !items.is_empty() && changed {
                    let reason = "goes on in a generator after something has changed";
                    return Err(self.refuse(reason));
                }
                items.pop_front()
            }
            Lazy::Over(walk) => self.next(walk)?,
            Lazy::Side { by_side, strict } => {
                let mut row = Vec::with_capacity(by_side.len());
                let mut ended = by_side.is_empty();
                for (index, walk) in by_side.iter_mut().enumerate() {
                    match self.next(walk)? {
                        Some(_) if ended => {
                            let message = "zip() arguments differ in length";
                            return Err(self.raise("ValueError", message));
                        }
                        Some(item) => row.push(item),
                        None if *strict && index > 0 && !ended => {
                            let message = "zip() arguments differ in length";
                            return Err(self.raise("ValueError", message));
                        }
                        None if *strict => ended = true,
                        // What comes after is not asked.
                        None => return Ok(None),
                    }
                }
                (!ended).then(|| Value::Tuple(row.into()))
            }
            Lazy::Counted { over, number } => match self.next(over)? {
                None => None,
                Some(item) => {
                    let Some(next) = number.checked_add(1) else {
                        return Err(self.refuse(LARGE));
                    };
                    let place = std::mem::replace(number, next);
                    Some(Value::Tuple([Value::Int(place), item].into()))
                }
            },
            Lazy::Back(items, index) => {
                let item = index
                    .checked_sub(1)
                    .and_then(|at| items.borrow().get(at).cloned());
                *index = index.saturating_sub(1);
                item
            }
            Lazy::Chain(walk, rest) => loop {
                if let Some(walk) = walk
                    && let Some(item) = self.next(walk)?
                {
                    break Some(item);
                }
                match rest.pop_front() {
                    Some(over) => *walk = Some(self.walker(&over)?),
                    None => break None,
                }
            },
        })
    }

    /// Begins to work out ahead what Python works out when it is asked for.
    pub(super) fn ahead(&mut self) -> Ahead {
        self.reads.push(HashSet::default());
        Ahead {
            deeds: self.deeds,
            asked: self.asked,
            changes: self.changed,
            began: self.clock,
        }
    }

    /// Ends what was begun: what was worked out is an iterator, or refused where it did more than look.
    pub(super) fn exhausted(&mut self, items: Known<Vec<Value>>, ahead: &Ahead) -> Known {
        let mut names = self.reads.pop().unwrap_or_default();
        if let Some(outer) = self.reads.last_mut() {
            outer.extend(names.iter().cloned());
        }
        let items = items.map_err(|stop| match *stop {
            // Nobody may ever get there.
            Stop::Raised(_) => self.refuse("may raise an exception in a generator"),
            refused @ Stop::Refused(_) => Box::new(refused),
        })?;
        if ahead.deeds != self.deeds {
            return Err(self.refuse("works on the database in a generator"));
        }
        if ahead.changes != self.changed {
            return Err(self.refuse("changes something in a generator"));
        }
        // Its own variables.
        names.retain(|name| self.bound.get(name).is_none_or(|when| *when <= ahead.began));
        self.clock += 1;
        Ok(lazy(Lazy::Ahead {
            items: items.into(),
            since: self.clock,
            names,
            deeds: (ahead.asked != self.asked).then_some(self.deeds),
        }))
    }

    /// Notes that something was changed that more than one name may stand for.
    pub(super) fn change_happens(&mut self) {
        self.clock += 1;
        self.changed = self.clock;
    }

    /// Notes that a name stands for something else.
    pub(super) fn name_changes(&mut self, name: &Name) {
        self.clock += 1;
        self.bound.insert(name.clone(), self.clock);
    }
}

/// Makes what can be walked once a value.
pub(super) fn lazy(lazy: Lazy) -> Value {
    Local::Iterator(RefCell::new(lazy)).into()
}
