//! What the expressions of a revision script are worth.
//!
//! Plain Python values are values. Whatever a script makes of SQLAlchemy and Alembic stays the tree
//! of calls, attributes and operators that it wrote, under the full names of what it imported: the
//! evaluator does not know what `sqlalchemy.Column` is, and the renderer does not know what an import
//! is.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;

/// What an expression is worth.
///
/// Lists, dictionaries and sets are shared as Python shares them: a change through one name shows
/// through the other.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A tuple.
    Tuple(Rc<[Value]>),
    /// A list.
    List(Rc<RefCell<Vec<Value>>>),
    /// A set, in the order of insertion.
    Set(Rc<RefCell<Vec<Value>>>),
    /// A dictionary, in the order of insertion.
    Dict(Rc<RefCell<Vec<(Value, Value)>>>),
    /// Something made of SQLAlchemy's or Alembic's names; the same object where it is the same `Rc`.
    Object(Rc<Object>),
    /// Something that only the evaluator knows.
    Opaque(Rc<dyn Opaque>),
}

/// Something that has no place in a statement: a function, a class, a connection.
pub trait Opaque: Any + Debug {
    /// Names it, as in "the function `f`".
    fn describe(&self) -> String;
}

/// Something that a script wrote with names of SQLAlchemy or Alembic, and the line it stands on.
#[derive(Clone, Debug)]
pub struct Object {
    /// The line of the script (1-based).
    pub line: u32,
    /// What it is.
    pub kind: Kind,
}

/// How an object was written.
///
/// Some things are brought to one form: `op.f(…)` and `batch_op.f(…)` are calls of `alembic.op.f`;
/// what `op.create_table(…)` returns is a call of `alembic.op.create_table` with the same arguments;
/// an `Enum` or `ENUM` of a class of the script has the labels in its place, and its `name`; a class
/// that is mapped to a table is a call of `sqlalchemy.Table`; a `TypeDecorator` of the project is what
/// it is made of, or, where it changes the values that go through it, a call of
/// `sqlalchemy.types.TypeDecorator` with that as its one argument: its DDL is known, its values are
/// not.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A name under its full path, such as `sqlalchemy.Integer` or
    /// `sqlalchemy.dialects.postgresql.JSONB`.
    Name(String),
    /// `callee(args)`
    Call {
        /// What is called.
        callee: Value,
        /// With what.
        arguments: Arguments,
    },
    /// `of.name`
    Attribute {
        /// The object.
        of: Value,
        /// The attribute.
        name: String,
    },
    /// `of[index]`
    Item {
        /// The object.
        of: Value,
        /// The index.
        index: Value,
    },
    /// An operator with its operands in order: `==`, `and_` is a call, `~x` has one operand.
    Operation {
        /// As Python writes it.
        operator: &'static str,
        /// One or two.
        operands: Vec<Value>,
    },
}

/// What a call was given.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// By position, `*` spread out.
    pub positional: Vec<Value>,
    /// By name, `**` spread out, in the order written.
    pub named: Vec<(String, Value)>,
}

/// One thing that a script does to its database.
#[derive(Clone, Debug)]
pub struct Action {
    /// The line of the script (1-based).
    pub line: u32,
    /// What it does.
    pub deed: Deed,
}

/// What a script can do to its database.
#[derive(Clone, Debug)]
pub enum Deed {
    /// A method of `op`, such as `create_table`, by its name there.
    Operation {
        /// The method.
        name: String,
        /// What it was given, as by position and name there.
        arguments: Arguments,
        /// The table of the `batch_alter_table` block whose method it is.
        batch: Option<Rc<Batch>>,
    },
    /// A statement, given as a text or built of SQLAlchemy's names, and its parameters.
    ///
    /// A text is read as `op.execute` reads it, which is as `sqlalchemy.text` does. A text that a
    /// connection was given is sent as it stands, and so is a call of
    /// `sqlalchemy.engine.Connection.exec_driver_sql` with it.
    Execute {
        /// The statement.
        statement: Value,
        /// A dictionary, a list of them, or `None`.
        parameters: Value,
    },
    /// `object.create(bind)` of a type, a table, an index or all tables of a `MetaData`.
    Create {
        /// What is to be made.
        object: Value,
        /// With what else, such as `checkfirst`.
        arguments: Arguments,
    },
    /// `object.drop(bind)`
    Drop {
        /// What is to be dropped.
        object: Value,
        /// With what else, such as `checkfirst`.
        arguments: Arguments,
    },
    /// What follows is outside of any transaction.
    AutocommitBegins,
    /// What follows is in a transaction again.
    AutocommitEnds,
}

/// The arguments of a `batch_alter_table` block.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its table, schema, naming convention and so on, as written.
    pub arguments: Arguments,
}
