//! Which objects an action is made of.

use std::rc::Rc;

use super::local::Local;
use crate::translate::value::{Action, Arguments, Deed, Kind, Object, Value};
use rustc_hash::FxHashSet as HashSet;

/// The objects that were met.
#[derive(Default)]
pub(super) struct Objects {
    met: HashSet<*const Object>,
    /// The function of which something else is returned each time, where that was met.
    pub(super) varying: Option<Rc<str>>,
}

impl Objects {
    pub(super) fn contains(&self, object: &Rc<Object>) -> bool {
        self.met.contains(&Rc::as_ptr(object))
    }

    pub(super) fn action(&mut self, action: &Action) {
        match &action.deed {
            Deed::Operation {
                arguments, batch, ..
            } => {
                self.arguments(arguments);
                if let Some(batch) = batch {
                    self.arguments(&batch.arguments);
                }
            }
            Deed::Execute {
                statement,
                parameters,
            } => {
                self.value(statement);
                self.value(parameters);
            }
            Deed::Create { object, arguments } | Deed::Drop { object, arguments } => {
                self.value(object);
                self.arguments(arguments);
            }
            Deed::AutocommitBegins | Deed::AutocommitEnds => {}
        }
    }

    fn arguments(&mut self, arguments: &Arguments) {
        for value in &arguments.positional {
            self.value(value);
        }
        for (_, value) in &arguments.named {
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Tuple(items) => items.iter().for_each(|item| self.value(item)),
            Value::List(items) | Value::Set(items) => {
                items.borrow().iter().for_each(|item| self.value(item));
            }
            Value::Dict(items) => {
                for (key, value) in items.borrow().iter() {
                    self.value(key);
                    self.value(value);
                }
            }
            Value::Object(object) => {
                if !self.met.insert(Rc::as_ptr(object)) {
                    return;
                }
                match &object.kind {
                    Kind::Name(_) => {}
                    Kind::Call { callee, arguments } => {
                        self.value(callee);
                        self.arguments(arguments);
                    }
                    Kind::Attribute { of, .. } => self.value(of),
                    Kind::Item { of, index } => {
                        self.value(of);
                        self.value(index);
                    }
                    Kind::Operation { operands, .. } => {
                        operands.iter().for_each(|operand| self.value(operand));
                    }
                }
            }
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Bytes(_) => {}
            Value::Opaque(_) => {
                if let Some(Local::Varying(function)) = Local::of(value) {
                    self.varying = Some(Rc::clone(function));
                }
            }
        }
    }
}

/// The columns that a statement is built of, as far as they are written out in it.
#[derive(Default)]
pub(super) struct Columns(pub(super) Vec<Rc<Object>>);

impl Columns {
    /// Looks through a value.
    pub(super) fn look(&mut self, value: &Value) {
        match value {
            Value::Tuple(items) => items.iter().for_each(|item| self.look(item)),
            Value::List(items) => items.borrow().iter().for_each(|item| self.look(item)),
            Value::Object(object) => match &object.kind {
                Kind::Name(_) => {}
                Kind::Call { callee, arguments } => {
                    if super::decorated::is_call_of(value, &["Column", "column"]) {
                        self.0.push(Rc::clone(object));
                    }
                    self.look(callee);
                    arguments
                        .positional
                        .iter()
                        .for_each(|value| self.look(value));
                    arguments
                        .named
                        .iter()
                        .for_each(|(_, value)| self.look(value));
                }
                Kind::Attribute { of, .. } | Kind::Item { of, .. } => self.look(of),
                Kind::Operation { operands, .. } => {
                    operands.iter().for_each(|operand| self.look(operand));
                }
            },
            _ => {}
        }
    }
}
