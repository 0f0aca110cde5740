//! The arguments of a call, taken one by one; what nobody took is refused by name.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::translate::value::{Arguments, Kind, Object, Value};

use super::quote::Name;
use super::refusal::{At, Refusal, Result, refuse};
use super::symbol::{Symbol, symbol};

/// Returns a value's full name, where it is but a name that neither Python nor SQLAlchemy has.
fn name_of_project(value: &Value) -> Option<Rc<str>> {
    let Value::Object(object) = value else {
        return None;
    };
    match &object.kind {
        Kind::Name(name) => {
            let root = name.split('.').next().unwrap_or(name);
            let known = ["sqlalchemy", "alembic", "builtins"].contains(&root);
            (!known && name.contains('.')).then(|| name.as_str().into())
        }
        _ => None,
    }
}

/// What a call was given and nobody has taken yet.
#[derive(Debug)]
pub(super) struct Given {
    /// The name of what is called, for messages.
    of: String,
    positional: VecDeque<Value>,
    named: Vec<(String, Value)>,
    /// What was taken last, where that is a name of the project.
    unknown: Option<Rc<str>>,
}

impl Given {
    pub fn new(of: impl Into<String>, arguments: &Arguments) -> Self {
        Self {
            of: of.into(),
            positional: arguments.positional.iter().cloned().collect(),
            named: arguments.named.clone(),
            unknown: None,
        }
    }

    /// Takes an argument that may be given by position or by name.
    pub fn take(&mut self, name: &str) -> Result<Option<Value>> {
        let named = self.named(name);
        match (self.positional.pop_front(), named) {
            (Some(_), Some(_)) => {
                refuse(format!("gives `{}` the argument `{name}` twice", self.of))
            }
            (value, None) | (None, value) => {
                self.unknown = value.as_ref().and_then(name_of_project);
                Ok(value)
            }
        }
    }

    /// Has arguments that are given by position stand by their names from now on.
    pub fn by_name(&mut self, names: &[&str]) -> Result<()> {
        for name in names {
            if let Some(value) = self.take(name)? {
                self.named.push(((*name).to_owned(), value));
            }
        }
        Ok(())
    }

    /// Takes an argument that must be there.
    pub fn need(&mut self, name: &str) -> Result<Value> {
        let missing = || Refusal::new(format!("calls `{}` without `{name}`", self.of));
        let missing = missing();
        self.take(name)?.ok_or(missing)
    }

    /// Takes an argument that is only ever given by name.
    pub fn named(&mut self, name: &str) -> Option<Value> {
        let at = self.named.iter().position(|(given, _)| given == name)?;
        let value = self.named.remove(at).1;
        self.unknown = name_of_project(&value);
        Some(value)
    }

    /// Takes what else is given by position.
    pub fn rest(&mut self) -> Vec<Value> {
        self.positional.drain(..).collect()
    }

    /// Drops what is given by position and is of no use.
    pub fn drop_where(&mut self, is: impl Fn(&Value) -> bool) {
        self.positional.retain(|value| !is(value));
    }

    /// Takes what else is given by name.
    pub fn rest_named(&mut self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.named)
    }

    /// Takes all that is given by a name with one of these prefixes.
    pub fn prefixed(&mut self, prefixes: &[&str]) -> Vec<(String, Value)> {
        let has = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        let (taken, left) = self.named.drain(..).partition(|(name, _)| has(name));
        self.named = left;
        taken
    }

    /// Drops what says nothing to PostgreSQL: options of other databases, notes for people.
    pub fn ignore_foreign(&mut self) {
        self.prefixed(&["mysql_", "mariadb_", "sqlite_", "mssql_", "oracle_"]);
        self.named("info");
    }

    pub fn name(&mut self, name: &str) -> Result<Name> {
        let value = self.need(name)?;
        self.of_value(name, name_of(&value))
    }

    /// Takes a name that may be absent.
    pub fn maybe_name(&mut self, name: &str) -> Result<Option<Name>> {
        match self.take(name)? {
            None | Some(Value::None) => Ok(None),
            Some(value) => self.of_value(name, name_of(&value)).map(Some),
        }
    }

    /// Takes a truth value given by name; absent and `None` are `None`.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>> {
        match self.named(name) {
            None | Some(Value::None) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(Value::Int(number @ 0..=1)) => Ok(Some(number == 1)),
            Some(_) => self.strange(name),
        }
    }

    /// Takes a truth value given by name, of which `None` is false; absent is `None`.
    pub fn truth(&mut self, name: &str) -> Result<Option<bool>> {
        let is_none =
            |(known, value): &(String, Value)| known == name && matches!(value, Value::None);
        let none = self.named.iter().any(is_none);
        Ok(self.flag(name)?.or(none.then_some(false)))
    }

    /// Takes a text given by name; absent and `None` are `None`.
    pub fn text(&mut self, name: &str) -> Result<Option<Rc<str>>> {
        match self.named(name) {
            None | Some(Value::None) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => self.strange(name),
        }
    }

    /// Takes a whole number by position or name; absent and `None` are `None`.
    pub fn int(&mut self, name: &str) -> Result<Option<i64>> {
        match self.take(name)? {
            None | Some(Value::None) => Ok(None),
            Some(Value::Int(number)) => Ok(Some(number)),
            Some(_) => self.strange(name),
        }
    }

    /// Takes a list of names that must be there.
    pub fn names(&mut self, name: &str) -> Result<Vec<Name>> {
        let value = self.need(name)?;
        let Some(items) = items(&value) else {
            return self.strange(name);
        };
        items
            .iter()
            .map(|item| self.of_value(name, name_of(item)))
            .collect()
    }

    /// Refuses what is left.
    pub fn finish(self) -> Result<()> {
        if let Some((name, _)) = self.named.first() {
            return refuse(format!(
                "gives `{}` the argument `{name}`, which is not known here",
                self.of
            ));
        }
        if !self.positional.is_empty() {
            return refuse(format!("gives `{}` more than it takes", self.of));
        }
        Ok(())
    }

    /// Refuses an argument whose value is of no use.
    pub fn strange<T>(&self, name: &str) -> Result<T> {
        let of = &self.of;
        refuse(match &self.unknown {
            Some(unknown) => {
                let root = unknown.split('.').next().unwrap_or(unknown);
                format!(
                    "gives `{of}` as `{name}` the name `{unknown}`, whose value is not known; \
                     `alembic.python_path` says where `{root}` is"
                )
            }
            None => format!("gives `{of}` an argument `{name}` of an unexpected kind"),
        })
    }

    fn of_value<T>(&self, name: &str, value: Option<T>) -> Result<T> {
        match value {
            Some(value) => Ok(value),
            None => self.strange(name),
        }
    }
}

/// Returns the members of a list or tuple.
pub(super) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) => Some(items.borrow().clone()),
        Value::Tuple(items) => Some(items.to_vec()),
        _ => None,
    }
}

/// Returns the name that a text, `op.f(…)`, `conv(…)` or `quoted_name(…)` is.
pub(super) fn name_of(value: &Value) -> Option<Name> {
    let object = match value {
        Value::Text(text) => return Some(Name::new(text.clone())),
        Value::Object(object) => object,
        _ => return None,
    };
    let (symbol, arguments) = call(object)?;
    let mut given = Given::new("", arguments);
    let inner = match symbol {
        Symbol::Op(name) if name == "f" => name_of(&given.take("name").ok()??)?,
        Symbol::Core(name) if name == "conv" => name_of(&given.take("value").ok()??)?,
        Symbol::Core(name) if name == "quoted_name" => {
            let inner = name_of(&given.take("value").ok()??)?;
            let quote = match given.take("quote").ok()? {
                None | Some(Value::None) => None,
                Some(Value::Bool(quote)) => Some(quote),
                Some(_) => return None,
            };
            given.finish().ok()?;
            return Some(Name { quote, ..inner });
        }
        _ => return None,
    };
    given.finish().ok()?;
    Some(Name {
        settled: true,
        ..inner
    })
}

/// Returns what a call of one of the names of SQLAlchemy or Alembic calls, and with what.
pub(super) fn call(object: &Object) -> Option<(Symbol, &Arguments)> {
    use crate::translate::value::Kind;
    let Kind::Call { callee, arguments } = &object.kind else {
        return None;
    };
    Some((symbol(callee)?, arguments))
}

/// Runs something for an object, and gives its refusal the object's line.
pub(super) fn on_line<T>(object: &Object, run: impl FnOnce() -> Result<T>) -> Result<T> {
    run().at(object.line)
}
