//! Python's built-in functions.

use super::lazy::{Lazy, lazy};
use super::local::{Exception, Handle, Known, Local, Role, describe, list, path, text};
use super::{Evaluator, LARGE};
use crate::translate::value::{Arguments, Value};

impl Evaluator<'_, '_> {
    /// Calls a built-in function.
    pub(super) fn call_builtin(&mut self, name: &str, arguments: Arguments) -> Known {
        if let Some(why) = super::library::varies(&format!("builtins.{name}")) {
            let reason = format!("calls `{name}()`, {why}");
            return Err(match name {
                "exec" | "eval" | "globals" | "locals" | "vars" => self.tamper(reason),
                _ => self.refuse(reason),
            });
        }
        if name == "delattr" {
            return Err(self.tamper("deletes an attribute"));
        }
        if super::library::parent_of(&format!("builtins.{name}")).is_some()
            || name == "BaseException"
        {
            return Ok(Local::Exception(Exception {
                line: self.line,
                class: super::local::named(self.line, format!("builtins.{name}")),
                arguments: arguments.positional,
            })
            .into());
        }
        let varying = |value: &&Value| matches!(Local::of(value), Some(Local::Varying(_)));
        if matches!(name, "int" | "float" | "str" | "round" | "repr")
            && let Some(value) = arguments.positional.iter().find(varying)
        {
            return Ok(value.clone());
        }
        if let Some((class, method)) = name.split_once('.') {
            return self.call_unbound(class, method, arguments);
        }
        match name {
            "dict" => return self.make_dict(arguments),
            "sorted" => {
                let Arguments { positional, named } = arguments;
                let [over] = positional.as_slice() else {
                    return Err(self.fails("TypeError", "sorted expected 1 argument"));
                };
                let Value::List(items) = self.spread_list(over)? else {
                    return Ok(Value::None);
                };
                let positional = Vec::new();
                self.sort(&items, Arguments { positional, named })?;
                return Ok(Value::List(items));
            }
            "min" | "max" => return self.extreme(name, arguments),
            "zip" => {
                let strict = arguments
                    .named
                    .iter()
                    .any(|(_, value)| matches!(value, Value::Bool(true)));
                return self.zip(arguments.positional, strict);
            }
            "enumerate" => {
                let mut given = arguments.positional.into_iter();
                let over = given.next().unwrap_or(Value::None);
                let start = given
                    .next()
                    .or(arguments.named.into_iter().next().map(|(_, v)| v));
                let number = match start {
                    None => 0,
                    Some(Value::Int(number)) => number,
                    Some(_) => return Err(self.fails("TypeError", "start must be an integer")),
                };
                let over = self.walker(&over)?;
                return Ok(lazy(Lazy::Counted { over, number }));
            }
            "sum" | "int" | "round" | "str" if !arguments.named.is_empty() => {
                return Err(self.refuse(format!("calls `{name}()` with named arguments")));
            }
            _ => {}
        }
        let given = self.positional(name, arguments)?;
        self.simple(name, &given)
    }

    /// `str.upper(text)`, `dict.fromkeys(keys)`
    fn call_unbound(&mut self, class: &str, method: &str, mut arguments: Arguments) -> Known {
        if (class, method) == ("dict", "fromkeys") {
            let mut given = self.positional(method, arguments)?.into_iter();
            let (keys, value) = (given.next().unwrap_or(Value::None), given.next());
            let keys = self.spread(&keys)?.into_iter();
            let pairs = keys.map(|key| (key, value.clone().unwrap_or(Value::None)));
            let pairs = pairs.collect();
            return self.dict_of(pairs);
        }
        let fits = match arguments.positional.first() {
            Some(Value::Dict(_)) => class == "dict",
            Some(Value::List(_)) => class == "list",
            Some(Value::Set(_)) => class == "set",
            Some(value) => class == "str" && text(value).is_some(),
            None => false,
        };
        if !fits {
            return Err(self.refuse(format!(
                "calls `{class}.{method}()` in a way that is not known"
            )));
        }
        let of = arguments.positional.remove(0);
        self.method(&of, &method.into(), arguments)
    }

    /// The functions that take nothing by name.
    fn simple(&mut self, name: &str, given: &[Value]) -> Known {
        let made = |text: String| Ok(Value::Text(text.into()));
        match (name, given) {
            ("len", [of]) => self.length(of),
            ("str", []) => made(String::new()),
            ("str", [of]) => made(self.shown(of)?),
            ("repr", [of]) => made(self.represented(of)?),
            ("format", [of]) => made(self.formatted(of, "")?),
            ("format", [of, specification]) => {
                let specification = self.inner_text(specification, "formats with")?;
                made(self.formatted(of, &specification)?)
            }
            ("bool", [of]) => Ok(Value::Bool(self.truth(of)?)),
            ("bool", []) => Ok(Value::Bool(false)),
            ("int", [Value::Int(number)]) => Ok(Value::Int(*number)),
            ("int", [Value::Bool(truth)]) => Ok(Value::Int(i64::from(*truth))),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "as Python cuts a fraction off"
            )]
            ("int", [Value::Float(number)]) if number.abs() < 9e15 => {
                Ok(Value::Int(*number as i64))
            }
            ("int", [of]) if text(of).is_some() => {
                let text = text(of).unwrap_or_default();
                match text.trim().parse::<i64>() {
                    Ok(number) => Ok(Value::Int(number)),
                    // It may be one of more than 64 bits, or in other digits.
                    Err(_) if text.contains(char::is_numeric) => {
                        Err(self.refuse(format!("makes a number of `{text}`")))
                    }
                    Err(_) => Err(self.raise("ValueError", "invalid literal for int()")),
                }
            }
            ("float", [Value::Int(_) | Value::Float(_)]) => self.operate(
                ruff_python_ast::Operator::Add,
                given[0].clone(),
                Value::Float(0.0),
            ),
            ("abs", [Value::Int(number)]) => match number.checked_abs() {
                Some(number) => Ok(Value::Int(number)),
                None => Err(self.refuse(LARGE)),
            },
            ("list", []) => Ok(list(Vec::new())),
            ("list", [over]) => self.spread_list(over),
            ("tuple", []) => Ok(Value::Tuple([].into())),
            ("tuple", [over]) => Ok(Value::Tuple(self.spread(over)?.into())),
            ("set" | "frozenset", []) => self.set_of(Vec::new()),
            ("set" | "frozenset", [over]) => {
                let items = self.spread(over)?;
                self.set_of(items)
            }
            ("iter", [over]) => match Local::of(over) {
                Some(Local::Iterator(_)) => Ok(over.clone()),
                _ => Ok(lazy(Lazy::Over(self.walker(over)?))),
            },
            ("reversed", [Value::List(items)]) => {
                let length = items.borrow().len();
                Ok(lazy(Lazy::Back(std::rc::Rc::clone(items), length)))
            }
            ("reversed", [Value::Set(_)]) => {
                Err(self.fails("TypeError", "a set is not reversible"))
            }
            ("reversed", [over]) => {
                let mut items = self.spread(over)?;
                items.reverse();
                Ok(lazy(Lazy::Items(items.into())))
            }
            ("next", [of, rest @ ..]) if rest.len() < 2 => {
                let item = match Local::of(of) {
                    Some(Local::Iterator(items)) => self.pull(items)?,
                    _ => return Err(self.refuse(format!("takes the next of {}", describe(of)))),
                };
                match (item, rest.first()) {
                    (Some(item), _) => Ok(item),
                    (None, Some(default)) => Ok(default.clone()),
                    (None, None) => Err(self.raise("StopIteration", "")),
                }
            }
            ("any", [over]) => {
                let mut walk = self.walker(over)?;
                while let Some(item) = self.next(&mut walk)? {
                    self.step()?;
                    if self.truth(&item)? {
                        return Ok(Value::Bool(true));
                    }
                }
                Ok(Value::Bool(false))
            }
            ("all", [over]) => {
                let mut walk = self.walker(over)?;
                while let Some(item) = self.next(&mut walk)? {
                    self.step()?;
                    if !self.truth(&item)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Ok(Value::Bool(true))
            }
            ("sum", [over]) => {
                let mut sum = Value::Int(0);
                for item in self.spread(over)? {
                    sum = self.operate(ruff_python_ast::Operator::Add, sum, item)?;
                }
                Ok(sum)
            }
            ("range", bounds) => self.range(bounds),
            ("map", [function, rest @ ..]) if !rest.is_empty() => self.map(function, rest),
            ("filter", [function, over]) => self.filter(function, over),
            ("isinstance", [of, class]) => Ok(Value::Bool(self.is_instance(of, class)?)),
            ("getattr", [of, name, rest @ ..]) if rest.len() < 2 => {
                let name = self.inner_text(name, "takes the attribute")?;
                self.attribute(of, &name.as_ref().into())
            }
            ("setattr", [of, name, value]) => {
                let name = self.inner_text(name, "sets the attribute")?;
                self.set_attribute(of, &name.as_ref().into(), value.clone())?;
                Ok(Value::None)
            }
            ("hasattr", [of, name]) => {
                let name = self.inner_text(name, "looks for the attribute")?;
                self.has_attribute(of, &name)
            }
            ("callable", [of]) => Ok(Value::Bool(matches!(
                Local::of(of),
                Some(Local::Function(_) | Local::Bound { .. } | Local::Class(_))
            ))),
            ("chr", [Value::Int(number)]) => {
                match u32::try_from(*number).ok().and_then(char::from_u32) {
                    Some(character) => made(character.to_string()),
                    None if (0xd800..0xe000).contains(number) => {
                        Err(self.refuse("makes half a character"))
                    }
                    None => Err(self.raise("ValueError", "chr() arg not in range")),
                }
            }
            ("ord", [of]) => match text(of)
                .as_deref()
                .map(|text| text.chars().collect::<Vec<_>>())
            {
                Some(characters) if characters.len() == 1 => {
                    Ok(Value::Int(i64::from(u32::from(characters[0]))))
                }
                _ => Err(self.fails("TypeError", "ord() expected a character")),
            },
            ("type", [of]) => self.class_of(of),
            _ => Err(self.refuse(format!("calls `{name}()` in a way that is not known"))),
        }
    }

    fn length(&mut self, of: &Value) -> Known {
        let length = match of {
            Value::Tuple(items) => items.len(),
            Value::List(items) | Value::Set(items) => items.borrow().len(),
            Value::Dict(pairs) => pairs.borrow().len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => match (text(of), Local::of(of)) {
                (Some(text), _) => text.chars().count(),
                (_, Some(Local::View(view))) => view.length(),
                (_, Some(Local::Row(row))) => row.values.len(),
                (_, Some(Local::Class(class))) => match self.members(class) {
                    Some(members) => members.len(),
                    None => return Err(self.fails("TypeError", "has no len()")),
                },
                _ => {
                    let what = describe(of);
                    return Err(self.refuse(format!("takes the length of {what}")));
                }
            },
        };
        Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
    }

    fn is_instance(&mut self, of: &Value, class: &Value) -> Known<bool> {
        if let Value::Tuple(classes) = class {
            for class in classes.iter() {
                if self.is_instance(of, class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let unknown = |this: &Self| {
            let (of, class) = (describe(of), describe(class));
            Err(this.refuse(format!("asks whether {of} is of the class {class}")))
        };
        if let Some(Local::Class(class)) = Local::of(class) {
            return match Local::of(of) {
                Some(Local::Instance(instance)) => match Local::of(&instance.class) {
                    Some(Local::Class(_)) => {
                        let mut above = Vec::new();
                        super::class::ancestors(&instance.class, &mut above);
                        let same = |(scope, _): &(std::rc::Rc<_>, _)| {
                            std::rc::Rc::ptr_eq(scope, &class.scope)
                        };
                        Ok(above.iter().any(same))
                    }
                    _ => unknown(self),
                },
                Some(Local::Member(member)) => Ok(member.class == class.name),
                None if !matches!(of, Value::Object(_)) => Ok(false),
                _ => unknown(self),
            };
        }
        if let (Some(Local::Handle(Handle::Dialect)), Some(class)) = (Local::of(of), path(class))
            && class.starts_with("sqlalchemy.dialects.")
        {
            return Ok(class.starts_with("sqlalchemy.dialects.postgresql."));
        }
        if let (Value::Object(_), Some(class)) = (of, path(class))
            && let Some(answer) = super::decorated::is_of_type(of, class)
        {
            return Ok(answer);
        }
        let Some(class) = path(class).and_then(|path| path.strip_prefix("builtins.")) else {
            return unknown(self);
        };
        let own = match of {
            Value::None => "NoneType",
            Value::Bool(_) => return Ok(matches!(class, "bool" | "int" | "object")),
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::Tuple(_) => "tuple",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Dict(_) => "dict",
            Value::Object(_) if text(of).is_some() => "str",
            _ => match Local::of(of) {
                Some(Local::Row(_)) => "tuple",
                Some(Local::Instance(_) | Local::Function(_)) => "object",
                _ => return unknown(self),
            },
        };
        Ok(own == class || class == "object")
    }

    fn has_attribute(&mut self, of: &Value, name: &str) -> Known {
        if path(of) == Some("alembic.op") || matches!(Local::of(of), Some(Local::Handle(_))) {
            return Err(self.refuse(format!("asks whether {} has `{name}`", describe(of))));
        }
        match Local::of(of) {
            Some(Local::Instance(instance)) => {
                let own = instance
                    .attributes
                    .borrow()
                    .iter()
                    .any(|(known, _)| known == name);
                let inherited = match Local::of(&instance.class) {
                    Some(Local::Class(class)) => self.inherited(class, name)?,
                    _ => None,
                };
                if matches!(inherited.as_ref().and_then(Local::of), Some(Local::Function(it)) if it.role == Role::Property)
                {
                    return Err(self.refuse(format!("asks whether {} has `{name}`", describe(of))));
                }
                let inherited = inherited.is_some();
                Ok(Value::Bool(own || inherited))
            }
            Some(Local::Row(row)) => Ok(Value::Bool(row.columns.iter().any(|it| **it == *name))),
            Some(Local::Member(_)) => Ok(Value::Bool(matches!(name, "name" | "value"))),
            Some(_) => Err(self.refuse(format!("asks whether {} has `{name}`", describe(of)))),
            None => match (of, name) {
                (Value::Object(_), _) => {
                    Err(self.refuse(format!("asks whether {} has `{name}`", describe(of))))
                }
                (Value::Text(_), "value" | "name") => Ok(Value::Bool(false)),
                _ => Err(self.refuse(format!("asks whether {} has `{name}`", describe(of)))),
            },
        }
    }

    fn class_of(&mut self, of: &Value) -> Known {
        let name = match of {
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "str",
            Value::Tuple(_) => "tuple",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Dict(_) => "dict",
            _ => match Local::of(of) {
                Some(Local::Instance(instance)) => return Ok(instance.class.clone()),
                Some(Local::Exception(exception)) => return Ok(exception.class.clone()),
                _ => return Err(self.refuse(format!("asks for the class of {}", describe(of)))),
            },
        };
        Ok(super::local::named(self.line, format!("builtins.{name}")))
    }
}
