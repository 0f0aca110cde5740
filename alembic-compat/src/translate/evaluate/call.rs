//! What happens when something is called, and what is behind an attribute.

use std::rc::Rc;

use ruff_python_ast::name::Name;

use super::Evaluator;
use super::local::{Function, Handle, Known, Local, Role, describe, path, text};
use crate::translate::value::{Arguments, Kind, Object, Value};

impl Evaluator<'_, '_> {
    /// Calls something.
    pub(super) fn apply(&mut self, callee: &Value, arguments: Arguments) -> Known {
        match callee {
            Value::Object(object) => match &object.kind {
                Kind::Name(path) => {
                    let path = path.clone();
                    self.call_name(&path, callee, arguments)
                }
                Kind::Attribute { of, name } => {
                    let (of, name) = (of.clone(), name.clone());
                    self.call_symbol(&of, &name, callee, arguments)
                }
                _ => self.symbol(callee, arguments),
            },
            Value::Opaque(_) => match Local::of(callee) {
                Some(Local::Function(function)) => match function.role {
                    Role::Manager => Ok(Local::Manager {
                        function: callee.clone(),
                        arguments,
                    }
                    .into()),
                    _ => self.call_function(function, arguments),
                },
                Some(Local::Method { of, name }) => self.method(of, name, arguments),
                Some(Local::Bound { receiver, function }) => {
                    let mut arguments = arguments;
                    arguments.positional.insert(0, receiver.clone());
                    self.apply(function, arguments)
                }
                Some(Local::Class(class)) => self.instantiate(callee, class, arguments),
                Some(Local::Ignored | Local::Varying(_)) => Ok(callee.clone()),
                Some(Local::Partial {
                    function,
                    arguments: first,
                }) => {
                    let mut joined = first.clone();
                    joined.positional.extend(arguments.positional);
                    joined.named.retain(|(name, _)| {
                        !arguments.named.iter().any(|(other, _)| other == name)
                    });
                    joined.named.extend(arguments.named);
                    self.apply(function, joined)
                }
                Some(Local::Decorator(_)) => match arguments.positional.into_iter().next() {
                    Some(function) => Ok(function),
                    None => Ok(callee.clone()),
                },
                Some(Local::Handle(Handle::Sessions)) => Ok(Handle::Session.into()),
                _ => {
                    let what = describe(callee);
                    Err(self.refuse(format!("calls {what}")))
                }
            },
            other => {
                let message = format!("{} is not callable", describe(other));
                Err(self.fails("TypeError", message))
            }
        }
    }

    /// Calls what has a full name.
    fn call_name(&mut self, path: &str, callee: &Value, arguments: Arguments) -> Known {
        if self.settings.ignore.iter().any(|ignored| ignored == path) {
            return Ok(Local::Nothing.into());
        }
        if let Some(name) = path.strip_prefix("builtins.") {
            return self.call_builtin(name, arguments);
        }
        if let Some(name) = path.strip_prefix("alembic.op.") {
            return self.call_op(name, callee, arguments);
        }
        if let Some(name) = path.strip_prefix("alembic.context.") {
            return self.call_context(name, arguments);
        }
        self.changes_library(path, &arguments)?;
        if super::library::is_idle(path) {
            return Ok(Local::Ignored.into());
        }
        if super::library::differs(path) {
            let last = path.rsplit('.').next().unwrap_or(path);
            return Ok(Local::Varying(last.into()).into());
        }
        if path.starts_with("sqlalchemy.") || path == "sqlmodel.Session" {
            return self.call_sqlalchemy(path, callee, arguments);
        }
        if let Some(value) = self.call_standard(path, &arguments)? {
            return Ok(value);
        }
        if let Some(why) = super::library::varies(path) {
            let last = path.rsplit('.').next().unwrap_or(path);
            return Err(self.refuse(format!("calls `{last}()`, {why}")));
        }
        self.unknown(callee, arguments)
    }

    /// A call of a function that nobody knows: a symbol that must end up in an action.
    pub(super) fn unknown(&mut self, callee: &Value, arguments: Arguments) -> Known {
        if let Some(handed) = handed_over(&arguments) {
            let called = describe(callee);
            return Err(self.refuse(format!("hands {handed} to {called}, which is not known")));
        }
        let known = path(callee).is_some_and(|path| self.settings.types.contains_key(path));
        let value = self.symbol(callee, arguments)?;
        if let (Value::Object(object), false) = (&value, known) {
            self.foreign.push(Rc::clone(object));
        }
        Ok(value)
    }

    /// A call that stays what it is.
    pub(super) fn symbol(&mut self, callee: &Value, arguments: Arguments) -> Known {
        if let Some(handed) = handed_over(&arguments) {
            let called = describe(callee);
            return Err(self.refuse(format!("hands {handed} to {called}")));
        }
        // SQLAlchemy looks at its arguments when it is called: what becomes of a list later does not
        // matter.
        let arguments = self.without_classes(arguments)?;
        let arguments = self.kept(arguments)?;
        let callee = callee.clone();
        Ok(self.object(Kind::Call { callee, arguments }))
    }

    /// Calls a method of a symbol.
    fn call_symbol(
        &mut self,
        of: &Value,
        name: &str,
        callee: &Value,
        mut arguments: Arguments,
    ) -> Known {
        let takes_connection = |value: &Value| {
            matches!(
                Local::handle(value),
                Some(Handle::Connection | Handle::Session)
            )
        };
        if matches!(name, "create" | "drop" | "create_all" | "drop_all") {
            let first = arguments.positional.first().is_some_and(takes_connection);
            let bind = arguments.named.iter().position(|(name, value)| {
                matches!(name.as_str(), "bind" | "connectable") && takes_connection(value)
            });
            if first {
                arguments.positional.remove(0);
            } else if let Some(bind) = bind {
                arguments.named.remove(bind);
            } else {
                let what = describe(of);
                return Err(self.refuse(format!("calls `{name}()` of {what} without a connection")));
            }
            return self.create_or_drop(of, name, arguments);
        }
        if name == "reflect" && super::decorated::is_call_of(of, &["MetaData"]) {
            arguments
                .positional
                .retain(|value| !takes_connection(value));
            return self.reflect(of, arguments);
        }
        if name == "execute" && !arguments.positional.is_empty() {
            let what = describe(of);
            return Err(self.refuse(format!("executes a statement on {what}")));
        }
        match root(of) {
            Some(path) if path.starts_with("sqlalchemy.") || path.starts_with("alembic.") => {
                self.symbol(callee, arguments)
            }
            Some(path) if path.starts_with("re.") => Err(self.refuse("uses a regular expression")),
            Some(path) if super::library::varies(path).is_some() => {
                let why = super::library::varies(path).unwrap_or_default();
                Err(self.refuse(format!("uses `{path}`, {why}")))
            }
            _ => self.unknown(callee, arguments),
        }
    }

    /// Calls a method of a value.
    pub(super) fn method(&mut self, of: &Value, name: &Name, arguments: Arguments) -> Known {
        if let Some(text) = text(of) {
            return self.text_method(&text, name, arguments);
        }
        match of {
            Value::List(items) => self.list_method(items, name, arguments),
            Value::Tuple(items) => self.tuple_method(items, name, arguments),
            Value::Dict(pairs) => self.dict_method(pairs, name, arguments),
            Value::Set(items) => self.set_method(items, name, arguments),
            Value::Bytes(bytes) => match (name.as_str(), std::str::from_utf8(bytes)) {
                ("decode", Ok(text)) if is_utf8(&arguments) => Ok(Value::Text(text.into())),
                _ => Err(self.no_method("bytes", name)),
            },
            Value::Object(_) => {
                let callee = self.attribute(of, name)?;
                self.apply(&callee, arguments)
            }
            Value::Opaque(_) => match Local::of(of) {
                Some(Local::Handle(handle)) => self.handle_method(handle, of, name, arguments),
                Some(Local::Answer(answer)) => self.answer_method(answer, of, name, arguments),
                Some(Local::Row(row)) => match name.as_str() {
                    "_asdict" | "keys" | "values" | "items" | "get" => {
                        let pairs = self.pairs(of)?;
                        let whole = self.dict_of(pairs)?;
                        match (&whole, name.as_str()) {
                            (_, "_asdict") => Ok(whole),
                            (Value::Dict(pairs), _) => self.dict_method(pairs, name, arguments),
                            _ => Ok(whole),
                        }
                    }
                    "index" | "count" => self.tuple_method(&row.values, name, arguments),
                    _ => Err(self.no_method("a row", name)),
                },
                Some(Local::Ignored | Local::Varying(_)) => Ok(of.clone()),
                Some(Local::Parent { receiver, bases }) => {
                    self.parent_method(receiver, bases, name, arguments)
                }
                Some(Local::Member(member)) if member.mixed => {
                    let function = self.attribute(of, name);
                    match function {
                        Ok(function) => self.apply(&function, arguments),
                        Err(_) => {
                            let value = member.value.clone();
                            self.method(&value, name, arguments)
                        }
                    }
                }
                _ => {
                    let function = self.attribute(of, name)?;
                    self.apply(&function, arguments)
                }
            },
            _ => Err(self.no_method(&describe(of), name)),
        }
    }

    /// Returns an attribute of a value.
    pub(super) fn attribute(&mut self, of: &Value, name: &Name) -> Known {
        self.inside_of(of, name)?;
        if let Some(of_path) = path(of) {
            let full = format!("{of_path}.{name}");
            if let Some(patched) = self.patched(&full) {
                return patched.map_err(|refused| Box::new(super::local::Stop::Refused(refused)));
            }
            if let Some(found) = self.found_in_project(&full)? {
                return Ok(found);
            }
            if let Some(why) = match of_path {
                "os" | "sys" => super::library::varies(&full),
                _ => None,
            } && !matches!(
                name.as_str(),
                "path" | "linesep" | "sep" | "stdout" | "stderr"
            ) {
                return Err(self.refuse(format!("uses `{full}`, {why}")));
            }
            if let Some(constant) = super::import::constant(&full) {
                return Ok(constant);
            }
            let line = self.line;
            return Ok(super::local::named(
                line,
                super::library::brought_home(full),
            ));
        }
        let method = |of: &Value| -> Known {
            Ok(Local::Method {
                of: of.clone(),
                name: name.clone(),
            }
            .into())
        };
        if text(of).is_some() {
            return method(of);
        }
        if name == "tables"
            && let Some(tables) = self.tables_of(of)?
        {
            return Ok(tables);
        }
        if name == "length"
            && let Some(length) = super::decorated::length(of)
        {
            return Ok(length);
        }
        match of {
            Value::Object(_) => Ok(self.object(Kind::Attribute {
                of: of.clone(),
                name: name.to_string(),
            })),
            Value::Opaque(_) => match Local::of(of) {
                Some(Local::Module(number)) => {
                    let number = *number;
                    if let Some(found) = self.member_of_module(number, name)? {
                        return Ok(found);
                    }
                    let full = format!("{}.{name}", self.modules[number].source.name);
                    Ok(super::local::named(self.line, full))
                }
                Some(Local::Class(class)) => self.class_attribute(of, class, name),
                Some(Local::Instance(instance)) => self.instance_attribute(of, instance, name),
                Some(Local::Member(member)) => match name.as_str() {
                    "name" | "_name_" => Ok(Value::Text(member.name.as_str().into())),
                    "value" | "_value_" => Ok(member.value.clone()),
                    _ => Err(self.refuse(format!("uses `{name}` of {}", describe(of)))),
                },
                Some(Local::Exception(exception)) => match name.as_str() {
                    "args" => Ok(Value::Tuple(exception.arguments.clone().into())),
                    _ => Err(self.refuse(format!("uses `{name}` of {}", describe(of)))),
                },
                Some(Local::Row(row)) => {
                    match row.columns.iter().position(|column| **column == **name) {
                        Some(at) if !row.mapping => Ok(row.values[at].clone()),
                        _ if name == "_mapping" => Ok(Local::Row(super::local::Row {
                            columns: Rc::clone(&row.columns),
                            values: Rc::clone(&row.values),
                            mapping: true,
                        })
                        .into()),
                        _ => method(of),
                    }
                }
                Some(Local::Handle(handle)) => self.handle_attribute(handle, of, name),
                Some(Local::Function(function)) => match name.as_str() {
                    "__name__" => Ok(Value::Text(function.name.as_str().into())),
                    _ => Err(self.refuse(format!("uses `{name}` of {}", describe(of)))),
                },
                Some(Local::Ignored | Local::Varying(_)) => Ok(of.clone()),
                Some(Local::Answer(answer)) => match name.as_str() {
                    "rowcount" => self.row_count(answer),
                    _ => method(of),
                },
                _ => Err(self.refuse(format!("uses `{name}` of {}", describe(of)))),
            },
            Value::None => {
                let message = format!("'NoneType' object has no attribute '{name}'");
                Err(self.raise("AttributeError", message))
            }
            _ => method(of),
        }
    }

    /// Binds a function that a class has to an instance.
    pub(super) fn bound(&mut self, receiver: &Value, class: &Value, function: Value) -> Known {
        let role = match Local::of(&function) {
            Some(Local::Function(Function { role, .. })) => *role,
            _ => return Ok(function),
        };
        let receiver = match role {
            Role::Static => return Ok(function),
            Role::OfClass => class.clone(),
            Role::Plain | Role::Property | Role::Manager => receiver.clone(),
        };
        if role == Role::Property {
            let arguments = Arguments {
                positional: vec![receiver],
                named: Vec::new(),
            };
            return self.apply(&function, arguments);
        }
        Ok(Local::Bound { receiver, function }.into())
    }
}

/// Returns the name at the bottom of a symbol.
pub(super) fn root(value: &Value) -> Option<&str> {
    let mut value = value;
    loop {
        let Value::Object(object) = value else {
            return None;
        };
        let object: &Object = object;
        value = match &object.kind {
            Kind::Name(path) => return Some(path),
            Kind::Call { callee, .. } => callee,
            Kind::Attribute { of, .. } | Kind::Item { of, .. } => of,
            Kind::Operation { operands, .. } => operands.first()?,
        };
    }
}

/// Names what of the database is among the arguments.
fn handed_over(arguments: &Arguments) -> Option<String> {
    let values = arguments.positional.iter();
    let mut values = values.chain(arguments.named.iter().map(|(_, value)| value));
    values
        .find(|value| {
            matches!(
                Local::handle(value),
                Some(
                    Handle::Connection
                        | Handle::Engine
                        | Handle::Session
                        | Handle::Context
                        | Handle::Inspector(_)
                        | Handle::Batch { .. }
                )
            ) || path(value) == Some("alembic.op")
        })
        .map(|value| match path(value) {
            Some(_) => "`op`".to_owned(),
            None => describe(value),
        })
}

/// Tells whether these are the arguments of `decode()` that read UTF-8.
fn is_utf8(arguments: &Arguments) -> bool {
    let named = arguments.named.iter();
    let named = named.map(|(name, value)| (name == "encoding").then_some(value));
    let mut given = arguments.positional.iter().map(Some).chain(named);
    given.all(|value| {
        value
            .and_then(text)
            .is_some_and(|it| matches!(&*it, "utf-8" | "utf8"))
    })
}
