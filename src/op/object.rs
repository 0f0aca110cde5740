//! Everything in a schema that is not a table: enums, schemas, extensions, views, functions,
//! triggers, and SQL given as text.

use super::name::{Columns, QualifiedName};

/// An enum type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct EnumType {
    pub(crate) name: QualifiedName,
    pub(crate) values: Vec<String>,
}

/// An enum type with its values in order.
pub fn enum_type(name: impl Into<QualifiedName>, values: impl Into<Columns>) -> EnumType {
    EnumType {
        name: name.into(),
        values: values.into().0,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    Last,
    Before(String),
    After(String),
}

/// A value to add to an enum type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct AddValue {
    pub(crate) value: String,
    pub(crate) position: Position,
    pub(crate) if_not_exists: bool,
}

/// A value to add to an enum type, after all others if nothing is said.
pub fn enum_value(value: impl Into<String>) -> AddValue {
    AddValue {
        value: value.into(),
        position: Position::Last,
        if_not_exists: false,
    }
}

impl AddValue {
    /// Puts the value before another.
    pub fn before(mut self, value: impl Into<String>) -> Self {
        self.position = Position::Before(value.into());
        self
    }

    /// Puts the value after another.
    pub fn after(mut self, value: impl Into<String>) -> Self {
        self.position = Position::After(value.into());
        self
    }

    /// Does nothing where the type has the value.
    pub fn if_not_exists(mut self) -> Self {
        self.if_not_exists = true;
        self
    }
}

impl From<&str> for AddValue {
    fn from(value: &str) -> Self {
        enum_value(value)
    }
}

/// A schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Schema {
    pub(crate) name: String,
    pub(crate) authorization: Option<String>,
    pub(crate) if_not_exists: bool,
}

/// A schema of that name.
pub fn schema(name: impl Into<String>) -> Schema {
    Schema {
        name: name.into(),
        authorization: None,
        if_not_exists: false,
    }
}

impl Schema {
    /// Gives the schema to a role.
    pub fn authorization(mut self, role: impl Into<String>) -> Self {
        self.authorization = Some(role.into());
        self
    }

    /// Does nothing where the schema exists.
    pub fn if_not_exists(mut self) -> Self {
        self.if_not_exists = true;
        self
    }
}

impl From<&str> for Schema {
    fn from(name: &str) -> Self {
        schema(name)
    }
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Extension {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) if_not_exists: bool,
}

/// An extension of that name.
pub fn extension(name: impl Into<String>) -> Extension {
    Extension {
        name: name.into(),
        schema: None,
        version: None,
        if_not_exists: false,
    }
}

impl Extension {
    /// Puts what the extension brings into a schema.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Asks for a version.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Does nothing where the extension exists.
    pub fn if_not_exists(mut self) -> Self {
        self.if_not_exists = true;
        self
    }
}

impl From<&str> for Extension {
    fn from(name: &str) -> Self {
        extension(name)
    }
}

/// A view, materialized or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct View {
    pub(crate) name: QualifiedName,
    pub(crate) query: String,
    pub(crate) columns: Columns,
    pub(crate) materialized: bool,
    pub(crate) or_replace: bool,
    pub(crate) with: Vec<(String, String)>,
    pub(crate) no_data: bool,
}

/// A view of a query.
pub fn view(name: impl Into<QualifiedName>, query: impl Into<String>) -> View {
    View {
        name: name.into(),
        query: query.into(),
        columns: Columns::default(),
        materialized: false,
        or_replace: false,
        with: Vec::new(),
        no_data: false,
    }
}

impl View {
    /// Names the columns.
    pub fn columns(mut self, columns: impl Into<Columns>) -> Self {
        self.columns = columns.into();
        self
    }

    /// Keeps the rows (`MATERIALIZED`).
    pub fn materialized(mut self) -> Self {
        self.materialized = true;
        self
    }

    /// Leaves a materialized view empty until it is refreshed.
    pub fn no_data(mut self) -> Self {
        self.no_data = true;
        self
    }

    /// Replaces a view of that name.
    pub fn or_replace(mut self) -> Self {
        self.or_replace = true;
        self
    }

    /// Sets a parameter, for example `security_invoker` to `true`.
    pub fn with(mut self, parameter: impl Into<String>, value: impl Into<String>) -> Self {
        self.with.push((parameter.into(), value.into()));
        self
    }
}

/// A function, its definition given as SQL text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Function {
    pub(crate) name: QualifiedName,
    pub(crate) arguments: String,
    pub(crate) signature: Option<String>,
    pub(crate) definition: String,
    pub(crate) or_replace: bool,
}

/// A function and all that follows its argument list: `RETURNS … LANGUAGE … AS $$ … $$`.
pub fn function(name: impl Into<QualifiedName>, definition: impl Into<String>) -> Function {
    Function {
        name: name.into(),
        arguments: String::new(),
        signature: None,
        definition: definition.into(),
        or_replace: false,
    }
}

impl Function {
    /// Sets the argument list, as SQL text: `chat bigint, days integer DEFAULT 7`.
    pub fn arguments(mut self, arguments: impl Into<String>) -> Self {
        self.arguments = arguments.into();
        self
    }

    /// Sets the argument types by which an overloaded function is dropped: `bigint, integer`.
    pub fn signature(mut self, types: impl Into<String>) -> Self {
        self.signature = Some(types.into());
        self
    }

    /// Replaces a function of that name and signature.
    pub fn or_replace(mut self) -> Self {
        self.or_replace = true;
        self
    }
}

/// A trigger of a table, what it does given as SQL text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Trigger {
    pub(crate) name: String,
    pub(crate) table: QualifiedName,
    pub(crate) events: String,
    pub(crate) action: String,
}

/// A trigger with a name on a table, to be filled in.
///
/// ```
/// use limbeck::prelude::*;
/// let _ = trigger("chats_touch", "chats")
///     .fires("BEFORE UPDATE")
///     .executes("FOR EACH ROW EXECUTE FUNCTION touch_updated_at()");
/// ```
pub fn trigger(name: impl Into<String>, table: impl Into<QualifiedName>) -> Trigger {
    Trigger {
        name: name.into(),
        table: table.into(),
        events: String::new(),
        action: String::new(),
    }
}

impl Trigger {
    /// Says when it fires: all that stands before `ON table`.
    pub fn fires(mut self, events: impl Into<String>) -> Self {
        self.events = events.into();
        self
    }

    /// Says what it does: all that stands after `ON table`.
    pub fn executes(mut self, action: impl Into<String>) -> Self {
        self.action = action.into();
        self
    }
}

/// SQL text of any number of statements, with the text that undoes it where one is given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Execute {
    pub(crate) text: String,
    pub(crate) reverse: Option<String>,
}

/// SQL text for `execute`; given bare it would do as well, but could not be reversed.
pub fn sql(text: impl Into<String>) -> Execute {
    Execute {
        text: text.into(),
        reverse: None,
    }
}

impl Execute {
    /// Gives the SQL text that undoes this one.
    pub fn reversed_by(mut self, text: impl Into<String>) -> Self {
        self.reverse = Some(text.into());
        self
    }
}

impl From<&str> for Execute {
    fn from(text: &str) -> Self {
        sql(text)
    }
}

impl From<String> for Execute {
    fn from(text: String) -> Self {
        sql(text)
    }
}
