//! Column types that a project makes of SQLAlchemy's, such as a `TypeDecorator`.

use std::cell::RefCell;
use std::rc::Rc;

use super::Evaluator;
use super::local::{Class, Form, Handle, Instance, Known, Local, describe, named, path};
use super::scope::{Kind, Scope};
use crate::translate::value::{Arguments, Kind as Written, Value};

/// The methods by which a type changes the values that go through it.
const CHANGING: [&str; 5] = [
    "process_bind_param",
    "process_literal_param",
    "bind_processor",
    "literal_processor",
    "bind_expression",
];

impl Evaluator<'_, '_> {
    /// An object of a column type: what PostgreSQL makes of it.
    ///
    /// Where it changes values, it stays a `TypeDecorator` of what it is made of, so that a value of
    /// it is not taken for one of that.
    pub(super) fn local_type(
        &mut self,
        callee: &Value,
        class: &Class,
        arguments: Arguments,
    ) -> Known {
        let foreign = self.foreign.len();
        let made = self.implementation(callee, class, arguments);
        // What makes a type touches no database.
        self.foreign.truncate(foreign);
        let made = made?;
        for method in CHANGING {
            if self.inherited(class, method)?.is_some() {
                let callee = named(self.line, "sqlalchemy.types.TypeDecorator");
                let positional = vec![made];
                let named = Vec::new();
                return self.symbol(&callee, Arguments { positional, named });
            }
        }
        Ok(made)
    }

    fn implementation(&mut self, callee: &Value, class: &Class, arguments: Arguments) -> Known {
        let instance: Value = Local::Instance(Instance {
            class: callee.clone(),
            attributes: RefCell::default(),
        })
        .into();
        match self.inherited(class, "__init__")? {
            Some(function) => {
                let function = self.bound(&instance, callee, function)?;
                self.apply(&function, arguments)?;
            }
            None => self.decorate(&instance, class, arguments)?,
        }
        match self.inherited(class, "load_dialect_impl")? {
            Some(function) => {
                let function = self.bound(&instance, callee, function)?;
                let dialect = Handle::Dialect.into();
                let arguments = Arguments {
                    positional: vec![dialect],
                    named: Vec::new(),
                };
                let made = self.apply(&function, arguments)?;
                self.type_object(made)
            }
            None => self.attribute(&instance, &"impl".into()),
        }
    }

    /// `TypeDecorator.__init__`: the instance gets an object of what the class says it is made of.
    fn decorate(&mut self, instance: &Value, class: &Class, arguments: Arguments) -> Known<()> {
        let name = &class.name;
        let made = match self.inherited(class, "impl")? {
            Some(made) if self.inherited(class, "get_col_spec")?.is_none() => made,
            _ => return Err(self.refuse(format!("makes up the column type `{name}`"))),
        };
        let made = match (path(&made), Local::of(&made)) {
            (None, None) => made,
            (Some(_), _) => self.symbol(&made, arguments)?,
            (None, Some(_)) => self.apply(&made, arguments)?,
        };
        if let Some(Local::Instance(instance)) = Local::of(instance) {
            instance.attributes.borrow_mut().push(("impl".into(), made));
        }
        Ok(())
    }

    /// Makes an object of a type that may be named only.
    fn type_object(&mut self, made: Value) -> Known {
        match path(&made) {
            Some(_) => self.symbol(&made, Arguments::default()),
            None => Ok(made),
        }
    }

    /// `super()`
    pub(super) fn parent(&mut self, scope: &Rc<Scope>) -> Known {
        let mut scope = scope;
        while scope.kind == Kind::Comprehension
            && let Some(outer) = &scope.outer
        {
            scope = outer;
        }
        let found = (
            scope.own(super::function::OWNER),
            scope.own(super::function::RECEIVER),
        );
        let (Some(Ok(owner)), Some(Ok(receiver))) = found else {
            return Err(self.refuse("calls `super()` outside of a method"));
        };
        let Some(Local::Scope(owner)) = Local::of(&owner) else {
            return Err(self.refuse("calls `super()` outside of a method"));
        };
        let class = match Local::of(&receiver) {
            Some(Local::Instance(instance)) => instance.class.clone(),
            _ => return Err(self.refuse("calls `super()` of something else than an object")),
        };
        if of_several(&class) {
            return Err(self.refuse("calls `super()` where a class has several bases"));
        }
        match bases_above(&class, owner) {
            Some(bases) => Ok(Local::Parent { receiver, bases }.into()),
            None => Err(self.refuse("calls `super()` of an unknown class")),
        }
    }

    /// Calls a method of what an object descends from.
    pub(super) fn parent_method(
        &mut self,
        receiver: &Value,
        bases: &[Value],
        name: &str,
        arguments: Arguments,
    ) -> Known {
        for base in bases {
            if let Some(Local::Class(class)) = Local::of(base)
                && let Some(function) = self.inherited(class, name)?
            {
                let function = self.bound(receiver, base, function)?;
                return self.apply(&function, arguments);
            }
        }
        let class = match Local::of(receiver) {
            Some(Local::Instance(instance)) => instance.class.clone(),
            _ => Value::None,
        };
        match (Local::of(&class), name) {
            (Some(Local::Class(class)), "__init__") if class.form == Form::Type => {
                self.decorate(receiver, class, arguments)?;
                Ok(Value::None)
            }
            (Some(Local::Class(class)), "load_dialect_impl") if class.form == Form::Type => {
                self.attribute(receiver, &"impl".into())
            }
            (Some(Local::Class(class)), "__init__")
                if class.form == Form::Plain && arguments.positional.is_empty() =>
            {
                Ok(Value::None)
            }
            _ => {
                let what = describe(receiver);
                Err(self.refuse(format!("calls `super().{name}()` of {what}")))
            }
        }
    }
}

/// Returns what the class with that scope descends from, looked for from a class upwards.
fn bases_above(class: &Value, owner: &Rc<Scope>) -> Option<Vec<Value>> {
    let Some(Local::Class(class)) = Local::of(class) else {
        return None;
    };
    match Rc::ptr_eq(&class.scope, owner) {
        true => Some(class.bases.clone()),
        false => class.bases.iter().find_map(|base| bases_above(base, owner)),
    }
}

/// Tells whether a class, or one above it, descends from several of the script's.
fn of_several(class: &Value) -> bool {
    let Some(Local::Class(class)) = Local::of(class) else {
        return false;
    };
    let own = |base: &&Value| matches!(Local::of(base), Some(Local::Class(_)));
    class.bases.iter().filter(own).count() > 1 || class.bases.iter().any(of_several)
}

/// Tells whether a value is a call of one of SQLAlchemy's names.
pub(super) fn is_call_of(value: &Value, names: &[&str]) -> bool {
    match value {
        Value::Object(object) => match &object.kind {
            Written::Call { callee, .. } => path(callee).is_some_and(|path| {
                let last = path.rsplit('.').next().unwrap_or(path);
                path.starts_with("sqlalchemy.") && names.contains(&last)
            }),
            _ => false,
        },
        _ => false,
    }
}

/// Returns the length that a type of texts was made with.
pub(super) fn length(of: &Value) -> Option<Value> {
    const TEXTS: [&str; 8] = [
        "String",
        "Unicode",
        "Text",
        "UnicodeText",
        "VARCHAR",
        "NVARCHAR",
        "CHAR",
        "TEXT",
    ];
    let Value::Object(object) = of else {
        return None;
    };
    let Written::Call { arguments, .. } = &object.kind else {
        return None;
    };
    if !is_call_of(of, &TEXTS) {
        return None;
    }
    let by_name = arguments.named.iter().find(|(name, _)| name == "length");
    let given = arguments
        .positional
        .first()
        .or(by_name.map(|(_, length)| length));
    Some(given.cloned().unwrap_or(Value::None))
}

/// Tells whether an object of one of SQLAlchemy's types is of a class; none where that is not known.
pub(super) fn is_of_type(of: &Value, class: &str) -> Option<bool> {
    let Value::Object(object) = of else {
        return None;
    };
    let Written::Call { callee, .. } = &object.kind else {
        return None;
    };
    let of = type_name(path(callee)?)?;
    let class = type_name(class)?;
    let mut known = TYPES.iter().flat_map(|(name, parent)| [*name, *parent]);
    if !known.any(|name| name == class) {
        return None;
    }
    TYPES.iter().find(|(name, _)| *name == of)?;
    let parent = |name: &&str| {
        TYPES
            .iter()
            .find(|(child, _)| child == name)
            .map(|(_, up)| *up)
    };
    Some(std::iter::successors(Some(of.as_str()), parent).any(|name| name == class))
}

/// Tells whether a name is that of one of SQLAlchemy's types.
pub(super) fn is_type(path: &str) -> bool {
    let name = type_name(path);
    TYPES
        .iter()
        .any(|(known, _)| Some(*known) == name.as_deref())
}

/// The types of SQLAlchemy, each with what it descends from; those of PostgreSQL have its name before
/// them.
const TYPES: [(&str, &str); 44] = [
    ("BIGINT", "BigInteger"),
    ("BLOB", "LargeBinary"),
    ("BOOLEAN", "Boolean"),
    ("BigInteger", "Integer"),
    ("Boolean", "TypeEngine"),
    ("CHAR", "String"),
    ("DATE", "Date"),
    ("DATETIME", "DateTime"),
    ("DECIMAL", "Numeric"),
    ("DOUBLE", "Double"),
    ("DOUBLE_PRECISION", "Double"),
    ("Date", "TypeEngine"),
    ("DateTime", "TypeEngine"),
    ("Double", "Float"),
    ("Enum", "String"),
    ("FLOAT", "Float"),
    ("Float", "Numeric"),
    ("INTEGER", "Integer"),
    ("Integer", "TypeEngine"),
    ("JSON", "TypeEngine"),
    ("LargeBinary", "TypeEngine"),
    ("NUMERIC", "Numeric"),
    ("Numeric", "TypeEngine"),
    ("REAL", "Float"),
    ("SMALLINT", "SmallInteger"),
    ("SmallInteger", "Integer"),
    ("String", "TypeEngine"),
    ("TEXT", "Text"),
    ("TIME", "Time"),
    ("TIMESTAMP", "DateTime"),
    ("Text", "String"),
    ("Time", "TypeEngine"),
    ("UUID", "Uuid"),
    ("Unicode", "String"),
    ("UnicodeText", "Text"),
    ("Uuid", "TypeEngine"),
    ("VARCHAR", "String"),
    ("postgresql.ARRAY", "TypeEngine"),
    ("postgresql.BYTEA", "LargeBinary"),
    ("postgresql.ENUM", "Enum"),
    ("postgresql.JSON", "JSON"),
    ("postgresql.JSONB", "postgresql.JSON"),
    ("postgresql.TIME", "TIME"),
    ("postgresql.TIMESTAMP", "TIMESTAMP"),
];

/// Brings the name of a type to the form of the table above; none of another library.
fn type_name(path: &str) -> Option<String> {
    let rest = path.strip_prefix("sqlalchemy.")?;
    let last = rest.rsplit('.').next().unwrap_or(rest);
    match rest.strip_prefix("dialects.") {
        Some(dialect) if !dialect.starts_with("postgresql.") => None,
        Some(_) => Some(match last {
            // PostgreSQL hands these out as they are.
            "UUID" | "VARCHAR" | "TEXT" | "INTEGER" | "BIGINT" | "SMALLINT" | "BOOLEAN"
            | "NUMERIC" | "REAL" | "FLOAT" | "CHAR" | "DATE" | "DOUBLE_PRECISION" => {
                last.to_owned()
            }
            last => format!("postgresql.{last}"),
        }),
        None => Some(last.to_owned()),
    }
}
