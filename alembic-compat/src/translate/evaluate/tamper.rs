//! What a script changes that is not its own: names of SQLAlchemy, of Alembic, of Python.
//!
//! A name that is set in `sqlalchemy` or in `alembic.op` is what it was set to from then on. All else
//! that reaches further than the script's own names makes the script one that is not followed at all:
//! what it does would be known only by halves.

use std::rc::Rc;

use ruff_python_ast::Stmt;
use ruff_python_ast::name::Name;
use ruff_python_ast::visitor::Visitor;

use super::Evaluator;
use super::local::{Form, Handle, Known, Local, Role, Stop, describe, path, text};
use super::reach::{Used, concerns, listening_changes};
use super::scope::{Binding, Kind, Scope, names_set_by};
use crate::translate::Untranslated;
use crate::translate::value::{Arguments, Kind as Written, Object, Value};

/// The modules whose names a script may set: nothing of SQLAlchemy or Alembic looks them up there.
const OPEN: [&str; 2] = ["sqlalchemy", "alembic.op"];

/// What joins the table of the columns that it is made of.
const ATTACHED: [&str; 6] = [
    "Index",
    "UniqueConstraint",
    "CheckConstraint",
    "ForeignKeyConstraint",
    "PrimaryKeyConstraint",
    "ExcludeConstraint",
];

/// What leads to all names of something.
const INSIDES: [&str; 4] = ["__dict__", "__globals__", "__builtins__", "__code__"];

impl<'a> Evaluator<'a, '_> {
    /// `of.name = value`
    pub(super) fn set_attribute(&mut self, of: &Value, name: &Name, value: Value) -> Known<()> {
        self.change_happens();
        match Local::of(of) {
            Some(Local::Instance(instance)) => {
                let class = instance.class.clone();
                if let Some(Local::Class(class)) = Local::of(&class)
                    && let Some(known) = self.inherited(class, name)?
                    && matches!(Local::of(&known), Some(Local::Function(it)) if it.role == Role::Property)
                {
                    return Err(self.refuse(format!("sets the property `{name}`")));
                }
                let mut attributes = instance.attributes.borrow_mut();
                match attributes.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = value,
                    None => attributes.push((name.clone(), value)),
                }
                return Ok(());
            }
            Some(Local::Ignored) => return Ok(()),
            Some(Local::Class(class))
                if matches!(class.form, Form::Plain | Form::Model)
                    && !name.starts_with("__")
                    && !super::model::may_be_column(&value) =>
            {
                class.scope.set(name.clone(), Ok(value));
                return Ok(());
            }
            _ => {}
        }
        // `metadata.bind = op.get_bind()`, as SQLAlchemy 1 had it.
        let connected = matches!(
            Local::handle(&value),
            Some(Handle::Connection | Handle::Engine)
        );
        if name == "bind" && connected && super::decorated::is_call_of(of, &["MetaData"]) {
            return Ok(());
        }
        let Some(module) = path(of) else {
            let what = describe(of);
            return Err(self.refuse(format!("sets `{name}` of {what}")));
        };
        let full = format!("{module}.{name}");
        let reason = format!("sets `{name}` of `{module}`");
        if OPEN.contains(&module) && !name.starts_with('_') {
            self.patched.insert(full, Ok(value));
            return Ok(());
        }
        match super::library::is_known(module) {
            true => Err(self.tamper(reason)),
            false => {
                let refused = Untranslated::new(self.line, reason);
                self.patched.insert(full, Err(refused.clone()));
                Err(Box::new(Stop::Refused(refused)))
            }
        }
    }

    /// Returns what a full name was set to.
    pub(super) fn patched(&self, full: &str) -> Option<Binding> {
        self.patched.get(full).cloned()
    }

    /// Refuses the script as a whole.
    pub(super) fn tamper(&mut self, reason: impl Into<String>) -> Box<Stop> {
        let refused = Untranslated::new(self.line, reason);
        self.tampered.get_or_insert_with(|| refused.clone());
        Box::new(Stop::Refused(refused))
    }

    /// Refuses an attribute by which anything can be changed.
    pub(super) fn inside_of(&mut self, of: &Value, name: &str) -> Known<()> {
        match INSIDES.contains(&name) {
            true => {
                let what = describe(of);
                Err(self.tamper(format!("uses `{name}` of {what}")))
            }
            false => Ok(()),
        }
    }

    /// Refuses calls that change how SQLAlchemy or Alembic work.
    pub(super) fn changes_library(&mut self, full: &str, arguments: &Arguments) -> Known<()> {
        let own = |value: &Value| matches!(Local::of(value), Some(Local::Class(_)));
        let last = full.rsplit('.').next().unwrap_or(full);
        let changes = match last {
            "compiles" | "implementation_for" => {
                let dialects = arguments.positional.iter().skip(1).map(text);
                !arguments.positional.first().is_some_and(own) && concerns(dialects)
            }
            "register_operation" => match arguments.positional.first() {
                Some(Value::Text(name)) => super::operation::OPERATIONS.contains(&&**name),
                _ => true,
            },
            _ if full.starts_with("sqlalchemy.event.") => match arguments.positional.first() {
                // Who listens to one table or `MetaData` has a say when that is made.
                Some(Value::Object(of)) if path(&arguments.positional[0]).is_none() => {
                    self.attached.push(Rc::clone(of));
                    tables(&arguments.positional[0], &mut self.attached);
                    false
                }
                // Classes that are mapped are not followed as objects.
                Some(of) => {
                    let session = matches!(
                        Local::handle(of),
                        Some(Handle::Session | Handle::Sessions | Handle::Engine)
                    );
                    let event = arguments.positional.get(1).and_then(text);
                    let target = path(of).unwrap_or_default();
                    !own(of) && !session && listening_changes(target, event.as_deref())
                }
                None => true,
            },
            _ => full.ends_with("registry.register"),
        };
        match changes {
            true => Err(self.tamper(format!(
                "calls `{last}()`, which changes what others of SQLAlchemy or Alembic do"
            ))),
            false => Ok(()),
        }
    }

    /// Refuses a call whose value nobody looks at: what it is for is not known.
    pub(super) fn no_effect(&mut self, value: &Value) -> Known<()> {
        if !matches!(value, Value::Object(_))
            || super::decorated::is_call_of(value, &["Table", "MetaData", "text"])
            || super::decorated::is_call_of(value, &ATTACHED)
        {
            return Ok(());
        }
        match super::call::root(value) {
            Some(root) if root.starts_with("sqlalchemy.") && !root.contains(".event.") => {
                let what = describe(value);
                Err(self.tamper(format!("calls {what} for what it changes")))
            }
            _ => Ok(()),
        }
    }

    /// Notes the tables that an index or a constraint joins when it is made of their columns.
    pub(super) fn attaches(&mut self, last: &str, arguments: &Arguments) {
        if !ATTACHED.contains(&last) {
            return;
        }
        let values = arguments.positional.iter();
        let values = values.chain(arguments.named.iter().map(|(_, value)| value));
        let mut found = Vec::new();
        values.for_each(|value| tables(value, &mut found));
        self.attached.extend(found);
    }

    /// Refuses to make a table that something joined after it was written down.
    pub(super) fn unattached(&self, table: &Value) -> Known<()> {
        match table {
            Value::Object(table) if self.attached.iter().any(|it| Rc::ptr_eq(it, table)) => {
                Err(self.refuse("makes or drops a table that something else joined later"))
            }
            _ => Ok(()),
        }
    }

    /// Notes for all that a statement may have set or changed why it is not known.
    pub(super) fn poison(&mut self, statement: &Stmt, refused: &Untranslated, scope: &Rc<Scope>) {
        for name in names_set_by(statement) {
            scope.set(name, Err(refused.clone()));
        }
        let mut used = Used::default();
        used.visit_stmt(statement);
        let own = |name: &Name| {
            let mut here = Some(scope);
            while let Some(scope) = here {
                if let Some(binding) = scope.own(name) {
                    return Some((binding, Rc::clone(scope)));
                }
                here = scope.outer.as_ref();
            }
            None
        };
        let reaches = |name: &Name| match own(name) {
            Some((Ok(value), _)) => Local::of(&value).is_some(),
            Some((Err(_), _)) => true,
            None => false,
        };
        let mut changed = used.changed.clone();
        let calls_own = used.called.iter().any(reaches);
        if calls_own {
            let reach = self.modules[self.module].source.reach();
            changed.extend(reach.changed.iter().cloned());
            changed.extend(
                used.passed
                    .iter()
                    .filter(|name| match own(name) {
                        Some((Ok(value), _)) => path(&value).is_some_and(is_module),
                        _ => false,
                    })
                    .cloned(),
            );
            for name in &reach.globals {
                scope.module().set(name.clone(), Err(refused.clone()));
            }
        }
        for name in &changed {
            match own(name) {
                Some((Ok(value), _)) if path(&value).is_some_and(super::library::is_known) => {
                    let known = path(&value).unwrap_or_default();
                    let reason = format!("changes something of `{known}`: it {}", refused.reason);
                    let line = refused.line;
                    self.tampered
                        .get_or_insert_with(|| Untranslated::new(line, reason));
                }
                Some((Ok(_), scope)) => scope.set(name.clone(), Err(refused.clone())),
                // A class that is not known is the module's own all the same.
                _ if self.modules[self.module]
                    .source
                    .reach()
                    .defined
                    .contains(name) =>
                {
                    scope.module().set(name.clone(), Err(refused.clone()));
                }
                Some((Err(_), _)) | None => {
                    self.tampered.get_or_insert_with(|| refused.clone());
                }
            }
        }
        let mut here = Some(scope);
        while let Some(scope) = here {
            let mentioned = |name: &Name| calls_own || used.names.contains(name);
            for name in scope.names_of(|name, value| mentioned(name) && changeable(value)) {
                scope.set(name, Err(refused.clone()));
            }
            here = scope.outer.as_ref();
        }
    }

    /// Tells whether a name is, at this place, that of a function's caller.
    pub(super) fn owner_of(&self, name: &Name, scope: &Rc<Scope>) -> Option<Rc<Scope>> {
        let Kind::Function(definition) = scope.kind else {
            return Some(Rc::clone(scope));
        };
        let definition = &self.definitions[definition];
        if definition.globals.contains(name) {
            return Some(Rc::clone(scope.module()));
        }
        if !definition.nonlocals.contains(name) {
            return Some(Rc::clone(scope));
        }
        let mut outer = scope.outer.as_ref();
        while let Some(scope) = outer {
            if scope.own(name).is_some() {
                return Some(Rc::clone(scope));
            }
            outer = scope.outer.as_ref();
        }
        None
    }
}

/// Tells whether a name of SQLAlchemy or Alembic is that of a module, as far as it shows.
fn is_module(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let root = path.split('.').next().unwrap_or(path);
    matches!(root, "sqlalchemy" | "alembic" | "builtins") && last.starts_with(char::is_lowercase)
}

/// Tells whether something can be changed where it is.
fn changeable(value: &Value) -> bool {
    match value {
        Value::List(_) | Value::Dict(_) | Value::Set(_) => true,
        Value::Tuple(items) => items.iter().any(changeable),
        Value::Object(_) => path(value).is_none(),
        _ => match Local::of(value) {
            Some(Local::Instance(_) | Local::Iterator(_)) => true,
            // A list in it; what else it has is known by its name.
            Some(Local::Class(class)) => {
                let own =
                    |_: &Name, own: &Value| !matches!(own, Value::Object(_)) && changeable(own);
                !class.scope.names_of(own).is_empty()
            }
            _ => false,
        },
    }
}

/// Collects the tables whose columns something is made of.
fn tables(value: &Value, found: &mut Vec<Rc<Object>>) {
    let Value::Object(object) = value else {
        return;
    };
    if super::decorated::is_call_of(value, &["Table"]) {
        found.push(Rc::clone(object));
        return;
    }
    match &object.kind {
        Written::Name(_) => {}
        Written::Call { callee, arguments } => {
            tables(callee, found);
            arguments.positional.iter().for_each(|it| tables(it, found));
        }
        Written::Attribute { of, .. } | Written::Item { of, .. } => tables(of, found),
        Written::Operation { operands, .. } => operands.iter().for_each(|it| tables(it, found)),
    }
}
