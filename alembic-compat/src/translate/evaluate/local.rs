//! The values that only the evaluator knows, and the two ways in which an evaluation stops early.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use ruff_python_ast::name::Name;

use super::lazy::{Lazy, View};
use super::lookup::Memory;
use super::scope::Scope;
use crate::translate::Untranslated;
use crate::translate::value::{Action, Arguments, Batch, Kind, Object, Opaque, Value};

/// What was evaluated, or why it stopped.
pub(super) type Known<T = Value> = Result<T, Box<Stop>>;

/// Why an evaluation stopped.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// The evaluator cannot follow.
    Refused(Untranslated),
    /// The script raises an exception.
    Raised(Exception),
}

/// An exception, on its way or as a value.
#[derive(Clone, Debug)]
pub(super) struct Exception {
    /// The line on which it was raised.
    pub(super) line: u32,
    /// Its class: a name or a class of the script.
    pub(super) class: Value,
    /// What it was made with.
    pub(super) arguments: Vec<Value>,
}

impl Exception {
    pub(super) fn name(&self) -> String {
        match Local::of(&self.class) {
            Some(Local::Class(class)) => class.name.to_string(),
            _ => path(&self.class).map_or_else(String::new, |path| {
                path.rsplit('.').next().unwrap_or(path).to_owned()
            }),
        }
    }

    pub(super) fn message(&self) -> String {
        match self.arguments.first() {
            Some(Value::Text(text)) => text.trim().to_owned(),
            _ => String::new(),
        }
    }
}

/// A value that only the evaluator knows.
#[derive(Debug)]
pub(super) enum Local {
    Function(Function),
    /// A method with what it is a method of.
    Method {
        of: Value,
        name: Name,
    },
    /// A function of a class with the instance, or with the class itself.
    Bound {
        receiver: Value,
        function: Value,
    },
    Class(Class),
    Instance(Instance),
    Member(Member),
    Exception(Exception),
    /// A module of the project, by its number.
    Module(usize),
    /// Something that is walked once.
    Iterator(RefCell<Lazy>),
    /// The keys, values or items of a dictionary.
    View(View),
    /// A call of a function that `contextlib.contextmanager` decorates.
    Manager {
        function: Value,
        arguments: Arguments,
    },
    /// `functools.partial`
    Partial {
        function: Value,
        arguments: Arguments,
    },
    /// `contextlib.suppress`
    Suppress(Vec<Value>),
    /// What a function returned that the settings say does nothing: `None`, and something to enter.
    Nothing,
    /// What does nothing, whatever is asked of it: a logger.
    Ignored,
    /// What a function returned that returns something else each time, or what was made of that.
    Varying(Rc<str>),
    /// A decorator of `functools`.
    Decorator(Decorates),
    /// The names of a class, for its methods.
    Scope(Rc<Scope>),
    /// `super()`
    Parent {
        receiver: Value,
        bases: Vec<Value>,
    },
    Handle(Handle),
    Answer(Answer),
    Row(Row),
}

/// What a script has of Alembic's and SQLAlchemy's running parts.
#[derive(Debug)]
pub(super) enum Handle {
    Connection,
    /// What opens further connections.
    Engine,
    Context,
    Dialect,
    /// `op.get_context().impl`
    Implementation,
    Inspector(Memory),
    Session,
    /// `sessionmaker(…)`
    Sessions,
    /// A `batch_alter_table` block and the operations that wait for its end.
    Batch {
        batch: Rc<Batch>,
        waiting: RefCell<Vec<Action>>,
    },
    /// `autocommit_block()`
    Autocommit,
    /// `begin_nested()`, by its number once it has begun.
    Savepoint(Cell<u32>),
}

/// The answer to a statement, as far as it was read.
#[derive(Debug)]
pub(super) struct Answer {
    /// The names of the columns; none where there was no database to ask.
    pub(super) columns: Option<Rc<[Rc<str>]>>,
    /// The rows that are left.
    pub(super) rows: RefCell<VecDeque<Value>>,
    /// How many rows the statement changed.
    pub(super) changed: Option<i64>,
    /// The line of the statement.
    pub(super) line: u32,
}

/// A row with the names of its columns.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) columns: Rc<[Rc<str>]>,
    pub(super) values: Rc<[Value]>,
    /// Whether it was asked for as a mapping.
    pub(super) mapping: bool,
}

/// What a decorator does to a function.
#[derive(Clone, Debug)]
pub(super) enum Decorates {
    /// It keeps what the function returned.
    Keeps,
    /// It calls it as another one.
    Names(Name),
}

/// A function of the script.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: Name,
    /// Its number among the definitions.
    pub(super) definition: usize,
    /// The module that it stands in.
    pub(super) module: usize,
    pub(super) closure: Rc<Scope>,
    /// The class that it is written in.
    pub(super) owner: Option<Rc<Scope>>,
    /// By parameter, in the order in which they are written.
    pub(super) defaults: Vec<Option<Value>>,
    /// How a class has it.
    pub(super) role: Role,
    /// Whether what it returned once is returned again.
    pub(super) kept: bool,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    Static,
    OfClass,
    Property,
    /// Decorated with `contextlib.contextmanager`.
    Manager,
}

/// A class of the script.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) name: Name,
    /// The module that it stands in.
    pub(super) module: usize,
    pub(super) bases: Vec<Value>,
    pub(super) scope: Rc<Scope>,
    pub(super) form: Form,
}

/// What a class is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// `enum.Enum`
    Enum {
        /// Whether it is a `str` or `int`, too.
        mixed: bool,
        /// Whether its members show as their values.
        shows_value: bool,
    },
    /// Its attributes are what it is made with.
    Record,
    Exception,
    /// A class that is mapped to a table.
    Model,
    /// A column type, such as a `TypeDecorator`.
    Type,
}

/// An instance of a class of the script.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) class: Value,
    pub(super) attributes: RefCell<Vec<(Name, Value)>>,
}

/// A member of an enumeration.
#[derive(Debug)]
pub(super) struct Member {
    /// The name of the class.
    pub(super) class: Name,
    pub(super) name: Name,
    pub(super) value: Value,
    /// Whether the class is a `str` or `int`, too.
    pub(super) mixed: bool,
    /// Whether it shows as its value.
    pub(super) shows_value: bool,
    /// Whether its class says how it is shown.
    pub(super) custom: bool,
}

impl Local {
    /// Returns what is inside of a value of this kind.
    pub(super) fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Opaque(inner) => (&**inner as &dyn Any).downcast_ref(),
            _ => None,
        }
    }

    pub(super) fn handle(value: &Value) -> Option<&Handle> {
        match Self::of(value) {
            Some(Self::Handle(handle)) => Some(handle),
            _ => None,
        }
    }
}

impl From<Local> for Value {
    fn from(local: Local) -> Self {
        Self::Opaque(Rc::new(local))
    }
}

impl From<Handle> for Value {
    fn from(handle: Handle) -> Self {
        Local::Handle(handle).into()
    }
}

impl Opaque for Local {
    fn describe(&self) -> String {
        match self {
            Self::Function(function) => format!("the function `{}`", function.name),
            Self::Method { name, .. } => format!("the method `{name}`"),
            Self::Class(class) => format!("the class `{}`", class.name),
            Self::Instance(instance) => match Self::of(&instance.class) {
                Some(Self::Class(class)) => format!("an object of the class `{}`", class.name),
                _ => "an object".to_owned(),
            },
            Self::Member(member) => format!("`{}.{}`", member.class, member.name),
            Self::Exception(exception) => format!("a `{}`", exception.name()),
            Self::Bound { .. } | Self::Partial { .. } => "a function".to_owned(),
            Self::Module(_) => "a module".to_owned(),
            Self::Iterator(_) => "an iterator".to_owned(),
            Self::View(view) => format!("the {} of a dictionary", view.name()),
            Self::Manager { .. } => "a context manager".to_owned(),
            Self::Nothing => "what an ignored function returned".to_owned(),
            Self::Suppress(_) => "`suppress()`".to_owned(),
            Self::Varying(function) => {
                format!("what `{function}()` returned, which differs each time")
            }
            Self::Ignored => "what a function returned that is not followed".to_owned(),
            Self::Decorator(_) => "a decorator".to_owned(),
            Self::Scope(_) => "a class".to_owned(),
            Self::Parent { .. } => "`super()`".to_owned(),
            Self::Answer(_) => "the answer to a statement".to_owned(),
            Self::Row(_) => "a row".to_owned(),
            Self::Handle(handle) => match handle {
                Handle::Connection => "the connection".to_owned(),
                Handle::Engine => "the engine".to_owned(),
                Handle::Context => "the migration context".to_owned(),
                Handle::Dialect => "the dialect".to_owned(),
                Handle::Implementation => "Alembic's implementation of the dialect".to_owned(),
                Handle::Inspector(_) => "the inspector".to_owned(),
                Handle::Session | Handle::Sessions => "the ORM session".to_owned(),
                Handle::Batch { .. } => "the `batch_alter_table` block".to_owned(),
                Handle::Autocommit => "the autocommit block".to_owned(),
                Handle::Savepoint(_) => "a savepoint".to_owned(),
            },
        }
    }
}

/// Returns the full name where a value is nothing but a name.
pub(super) fn path(value: &Value) -> Option<&str> {
    match value {
        Value::Object(object) => match &object.kind {
            Kind::Name(path) => Some(path),
            _ => None,
        },
        _ => None,
    }
}

/// Makes a name a value.
pub(super) fn named(line: u32, path: impl Into<String>) -> Value {
    Value::Object(Rc::new(Object {
        line,
        kind: Kind::Name(path.into()),
    }))
}

/// Returns the text that a value is: a text, or a name marked final by `op.f`.
pub(super) fn text(value: &Value) -> Option<Rc<str>> {
    match value {
        Value::Text(text) => Some(Rc::clone(text)),
        Value::Object(object) => match &object.kind {
            Kind::Call { callee, arguments } if path(callee) == Some("alembic.op.f") => {
                match arguments.positional.as_slice() {
                    [Value::Text(text)] => Some(Rc::clone(text)),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}

/// Names a value as the object of a sentence.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(_) => "a truth value".to_owned(),
        Value::Int(_) | Value::Float(_) => "a number".to_owned(),
        Value::Text(_) => "a text".to_owned(),
        Value::Bytes(_) => "bytes".to_owned(),
        Value::Tuple(_) => "a tuple".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Set(_) => "a set".to_owned(),
        Value::Dict(_) => "a dictionary".to_owned(),
        Value::Object(object) => format!("`{}`", written(object)),
        Value::Opaque(opaque) => opaque.describe(),
    }
}

/// Writes an object in short, as the script may have written it.
fn written(object: &Object) -> String {
    let inner = |value: &Value| match value {
        Value::Object(object) => written(object),
        Value::Text(text) => format!("'{text}'"),
        Value::Int(number) => number.to_string(),
        _ => "…".to_owned(),
    };
    match &object.kind {
        Kind::Name(path) => path.strip_prefix("builtins.").unwrap_or(path).to_owned(),
        Kind::Call { callee, .. } => format!("{}()", inner(callee)),
        Kind::Attribute { of, name } => format!("{}.{name}", inner(of)),
        Kind::Item { of, index } => format!("{}[{}]", inner(of), inner(index)),
        Kind::Operation { operator, operands } => match operands.as_slice() {
            [operand] => format!("{operator}{}", inner(operand)),
            [left, right] => format!("{} {operator} {}", inner(left), inner(right)),
            _ => (*operator).to_owned(),
        },
    }
}

/// Makes a list a value.
pub(super) fn list(items: Vec<Value>) -> Value {
    Value::List(Rc::new(RefCell::new(items)))
}

/// Makes pairs a dictionary.
pub(super) fn dict(items: Vec<(Value, Value)>) -> Value {
    Value::Dict(Rc::new(RefCell::new(items)))
}
