//! Columns: `sa.Column(…)` and what it is written as.

use std::rc::Rc;

use super::Reader;
use super::constraint::{Check, ForeignKey};
use super::given::{Given, call, name_of, on_line};
use super::identity::Identity;
use super::quote::{Name, string};
use super::refusal::{Result, refuse};
use super::symbol::Symbol;
use super::types::{Class, Type};
use crate::translate::value::{Kind, Object, Value};

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: Name,
    /// The name by which a script speaks of it.
    pub key: Rc<str>,
    pub of: Rc<Type>,
    pub primary_key: bool,
    /// What the script says of it, if it does.
    pub nullable: Option<bool>,
    pub autoincrement: Autoincrement,
    pub default: Option<ClientDefault>,
    /// Whether the program puts something there with each update.
    pub onupdate: bool,
    pub server_default: Option<ServerDefault>,
    /// What a generated column is made of, and how it is kept.
    pub computed: Option<Computed>,
    pub identity: Option<Identity>,
    pub foreign_keys: Vec<Rc<ForeignKey>>,
    pub checks: Vec<Rc<Check>>,
    pub index: bool,
    pub unique: bool,
    pub comment: Option<Rc<str>>,
    /// Whether PostgreSQL has it by itself.
    pub system: bool,
}

/// What a script says of a column counting up by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Autoincrement {
    Auto,
    /// Also if it refers to another table.
    IgnoreForeignKey,
    Yes,
    No,
}

/// What the program puts into the column where an insert says nothing.
#[derive(Clone, Debug)]
pub(super) enum ClientDefault {
    /// A value or an expression.
    Value(Value),
    /// A sequence, and whether it is only for databases without columns that count.
    Sequence { optional: bool },
    /// What only Python can tell.
    Opaque,
}

/// What a generated column is made of.
#[derive(Clone, Debug)]
pub(super) struct Computed {
    sql: String,
    /// `STORED` or `VIRTUAL`.
    kept: &'static str,
}

/// What the database puts there.
#[derive(Clone, Debug)]
pub(super) enum ServerDefault {
    /// As it is written.
    Sql(String),
    /// Something that is not said.
    Fetched,
}

impl Column {
    /// A column of which nothing is known but its name and type.
    pub fn bare(name: Name, of: Rc<Type>) -> Self {
        Self {
            key: name.text.clone(),
            name,
            of,
            primary_key: false,
            nullable: None,
            autoincrement: Autoincrement::Auto,
            default: None,
            onupdate: false,
            server_default: None,
            computed: None,
            identity: None,
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            index: false,
            unique: false,
            comment: None,
            system: false,
        }
    }

    /// Whether it takes `NULL`.
    pub fn is_nullable(&self) -> bool {
        let unless_said = !self.primary_key && self.identity.is_none();
        self.nullable.unwrap_or(unless_said)
    }

    /// Whether SQLAlchemy makes no value for it.
    fn has_no_default(&self) -> bool {
        match &self.default {
            None => true,
            Some(ClientDefault::Sequence { optional }) => *optional,
            Some(_) => false,
        }
    }

    /// Writes it as a table has it; `counts` is whether it counts up by itself.
    pub fn sql(&self, counts: bool) -> Result<String> {
        let mut sql = self.name.sql()?;
        if counts && self.identity.is_none() && self.has_no_default() {
            sql.push_str(match self.of.here().class() {
                Class::BigInteger => " BIGSERIAL",
                Class::SmallInteger => " SMALLSERIAL",
                _ => " SERIAL",
            });
        } else {
            sql.push_str(&format!(" {}", self.of.sql()?));
            if let Some(ServerDefault::Sql(default)) = &self.server_default {
                sql.push_str(&format!(" DEFAULT {default}"));
            }
        }
        if let Some(computed) = &self.computed {
            sql.push_str(&format!(
                " GENERATED ALWAYS AS ({}) {}",
                computed.sql, computed.kept
            ));
        }
        if let Some(identity) = &self.identity {
            sql.push_str(&format!(" {}", identity.sql()));
        }
        match (self.is_nullable(), &self.identity) {
            (false, None) => sql.push_str(" NOT NULL"),
            (true, Some(_)) => sql.push_str(" NULL"),
            _ => {}
        }
        Ok(sql)
    }

    /// Whether it would count up by itself as the only column of a primary key; `refers` is whether a
    /// foreign key begins at it.
    pub fn may_count(&self, alone: bool, refers: bool) -> Result<bool> {
        let counts = self.of.class().counts();
        let may = self.may_count_if(counts, alone, refers)?;
        let by_itself = may && self.identity.is_none() && self.has_no_default();
        match by_itself && self.of.class() == Class::Numeric {
            // SQLAlchemy 2.0 makes a `SERIAL` of it, 2.1 does not.
            true => refuse(format!(
                "makes a primary key of the column `{}`, of which versions of SQLAlchemy think \
                 differently whether it counts; `autoincrement=False` says it",
                self.name.text
            )),
            false => Ok(may),
        }
    }

    fn may_count_if(&self, counts: bool, alone: bool, refers: bool) -> Result<bool> {
        match self.autoincrement {
            Autoincrement::Yes if counts => Ok(true),
            Autoincrement::Yes => refuse(format!(
                "asks for `autoincrement` of the column `{}`, which does not count",
                self.name.text
            )),
            Autoincrement::No => Ok(false),
            Autoincrement::Auto | Autoincrement::IgnoreForeignKey => {
                let by_program =
                    !matches!(self.default, None | Some(ClientDefault::Sequence { .. }));
                let by_server = self.computed.is_some()
                    || self.server_default.is_some() && self.identity.is_none();
                let free = !refers || self.autoincrement == Autoincrement::IgnoreForeignKey;
                Ok(alone && counts && !by_program && !by_server && free)
            }
        }
    }
}

impl Reader<'_> {
    /// Reads a `Column`, or `None` where the value is something else.
    pub fn maybe_column(&mut self, value: &Value) -> Result<Option<Rc<Column>>> {
        let Value::Object(object) = value else {
            return Ok(None);
        };
        if let Some(known) = self.columns.get(&Rc::as_ptr(object)) {
            return Ok(Some(known.1.clone()));
        }
        match call(object) {
            Some((Symbol::Core(name), arguments)) if name == "Column" => {
                let given = Given::new("sa.Column", arguments);
                let column = on_line(object, || self.column(given))?;
                let column = Rc::new(column);
                let kept = (object.clone(), column.clone());
                self.columns.insert(Rc::as_ptr(object), kept);
                Ok(Some(column))
            }
            _ => self.copied_column(object),
        }
    }

    /// `column.copy()`
    fn copied_column(&mut self, object: &Rc<Object>) -> Result<Option<Rc<Column>>> {
        let Kind::Call { callee, arguments } = &object.kind else {
            return Ok(None);
        };
        let Value::Object(callee) = callee else {
            return Ok(None);
        };
        match &callee.kind {
            Kind::Attribute { of, name }
                if matches!(name.as_str(), "copy" | "_copy")
                    && arguments.positional.is_empty()
                    && arguments.named.is_empty() =>
            {
                self.maybe_column(of)
            }
            _ => Ok(None),
        }
    }

    fn column(&mut self, mut given: Given) -> Result<Column> {
        given.ignore_foreign();
        given.named("doc");
        let quote = given.flag("quote")?;
        let mut items: std::collections::VecDeque<Value> = given.rest().into();
        let name = match (items.front().and_then(name_of), given.named("name")) {
            (Some(name), None) => {
                items.pop_front();
                name
            }
            (None, Some(name)) => match name_of(&name) {
                Some(name) => {
                    if matches!(items.front(), Some(Value::None)) {
                        items.pop_front();
                    }
                    name
                }
                None => return given.strange("name"),
            },
            _ => return refuse("makes a column without a name"),
        };
        let name = Name {
            quote: name.quote.or(quote),
            ..name
        };
        let mut of = match given.named("type_") {
            Some(of) => Some(self.a_type(&of)?),
            None => None,
        };
        if of.is_none()
            && let Some(first) = items.front()
        {
            of = match first {
                Value::None => Some(Type::null()),
                first => self.maybe_type(first)?,
            };
            if of.is_some() {
                items.pop_front();
            }
        }
        let key = given.text("key")?.unwrap_or_else(|| name.text.clone());
        let mut column = Column {
            key,
            of: of.unwrap_or_else(Type::null),
            primary_key: given.flag("primary_key")?.unwrap_or(false),
            nullable: given.truth("nullable")?,
            autoincrement: autoincrement(&mut given)?,
            default: None,
            onupdate: false,
            server_default: None,
            computed: None,
            identity: None,
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            index: given.flag("index")?.unwrap_or(false),
            unique: given.flag("unique")?.unwrap_or(false),
            comment: given.text("comment")?,
            system: given.flag("system")?.unwrap_or(false),
            name,
        };
        given.named("server_onupdate");
        let onupdate = given.named("onupdate");
        column.onupdate = onupdate.is_some_and(|it| !matches!(it, Value::None));
        let default = given.named("insert_default").or(given.named("default"));
        if let Some(default) = default {
            column.default = self.client_default(&default)?;
        }
        if let Some(default) = given.named("server_default") {
            self.server_default(&mut column, &default)?;
        }
        given.finish()?;
        for item in items {
            self.column_item(&mut column, &item)?;
        }
        if column.identity.is_some() && column.autoincrement == Autoincrement::No {
            return refuse("makes an identity of a column that is not to count");
        }
        let counted_by_sequence = matches!(column.default, Some(ClientDefault::Sequence { .. }));
        if column.identity.is_some() && counted_by_sequence {
            return refuse("gives a column an identity and a sequence");
        }
        Ok(column)
    }

    fn column_item(&mut self, column: &mut Column, item: &Value) -> Result<()> {
        let object = match item {
            Value::Object(object) => object,
            // Most likely a type of the project.
            Value::Opaque(_) => return self.a_type(item).map(drop),
            _ => {
                return refuse(format!(
                    "gives the column `{}` something that is no part of a column",
                    column.name.text
                ));
            }
        };
        let Some((Symbol::Core(name), arguments)) = call(object) else {
            // Most likely a type; says so by its name.
            return self.a_type(item).and_then(|_| {
                refuse(format!("gives the column `{}` two types", column.name.text))
            });
        };
        let given = Given::new(format!("sa.{name}"), arguments);
        on_line(object, || match name.as_str() {
            "ForeignKey" => {
                let key = self.foreign_key(given)?;
                column.foreign_keys.push(Rc::new(key));
                Ok(())
            }
            "CheckConstraint" => {
                let check = self.check(given)?;
                column.checks.push(Rc::new(check));
                Ok(())
            }
            "Computed" | "Identity" | "DefaultClause" | "FetchedValue" => {
                self.server_default(column, item)
            }
            "Sequence" | "ColumnDefault" => {
                column.default = self.client_default(item)?;
                Ok(())
            }
            _ => self
                .a_type(item)
                .and_then(|_| refuse(format!("gives the column `{}` two types", column.name.text))),
        })
    }

    fn client_default(&mut self, value: &Value) -> Result<Option<ClientDefault>> {
        let object = match value {
            Value::None => return Ok(None),
            Value::Opaque(_) => return Ok(Some(ClientDefault::Opaque)),
            Value::Object(object) => object,
            _ => return Ok(Some(ClientDefault::Value(value.clone()))),
        };
        match call(object) {
            Some((Symbol::Core(name), arguments)) if name == "ColumnDefault" => {
                let mut given = Given::new("sa.ColumnDefault", arguments);
                let inner = given.need("arg")?;
                self.client_default(&inner)
            }
            Some((Symbol::Core(name), _)) if name == "Sequence" => {
                let sequence = self.sequence(value)?;
                let optional = sequence.optional;
                Ok(Some(ClientDefault::Sequence { optional }))
            }
            Some((Symbol::Other(_), _)) => Ok(Some(ClientDefault::Opaque)),
            Some(_) => Ok(Some(ClientDefault::Value(value.clone()))),
            // A function that is named and not called, such as `uuid.uuid4`.
            None => match &object.kind {
                Kind::Name(_) | Kind::Attribute { .. } => Ok(Some(ClientDefault::Opaque)),
                _ => Ok(Some(ClientDefault::Value(value.clone()))),
            },
        }
    }

    fn server_default(&mut self, column: &mut Column, value: &Value) -> Result<()> {
        match self.default_of(value)? {
            Default::None => {}
            Default::Sql(sql) => column.server_default = Some(ServerDefault::Sql(sql)),
            Default::Fetched => column.server_default = Some(ServerDefault::Fetched),
            Default::Computed(computed) => column.computed = Some(computed),
            Default::Identity(identity) => column.identity = Some(identity),
        }
        Ok(())
    }

    /// Reads what stands as `server_default`.
    pub fn default_of(&mut self, value: &Value) -> Result<Default> {
        let object = match value {
            Value::None => return Ok(Default::None),
            Value::Text(text) => return Ok(Default::Sql(string(text))),
            Value::Object(object) => object,
            _ => {
                return refuse("gives a `server_default` that is neither a text nor an expression");
            }
        };
        if let Some((Symbol::Core(name), arguments)) = call(object) {
            let mut given = Given::new(format!("sa.{name}"), arguments);
            match name.as_str() {
                "DefaultClause" => {
                    let inner = given.need("arg")?;
                    given.finish()?;
                    return self.default_of(&inner);
                }
                "FetchedValue" => {
                    given.take("for_update")?;
                    given.finish()?;
                    return Ok(Default::Fetched);
                }
                "Computed" => {
                    let sql = given.need("sqltext")?;
                    let sql = self.condition(&sql)?;
                    let kept = match given.take("persisted")? {
                        // Only SQLAlchemy 2.1 takes it.
                        Some(Value::Bool(false)) => "VIRTUAL",
                        _ => "STORED",
                    };
                    given.finish()?;
                    return Ok(Default::Computed(Computed { sql, kept }));
                }
                "Identity" => return Ok(Default::Identity(Identity::read(given)?)),
                _ => {}
            }
        }
        if let Some(name) = name_of(value) {
            return Ok(Default::Sql(string(&name.text)));
        }
        self.definition_sql(value).map(Default::Sql)
    }
}

/// What stands as `server_default`.
pub(super) enum Default {
    None,
    Sql(String),
    Fetched,
    Computed(Computed),
    Identity(Identity),
}

fn autoincrement(given: &mut Given) -> Result<Autoincrement> {
    Ok(match given.named("autoincrement") {
        None => Autoincrement::Auto,
        Some(Value::Bool(true)) => Autoincrement::Yes,
        Some(Value::Bool(false) | Value::None) => Autoincrement::No,
        Some(Value::Text(text)) if &*text == "auto" => Autoincrement::Auto,
        Some(Value::Text(text)) if &*text == "ignore_fk" => Autoincrement::IgnoreForeignKey,
        Some(_) => return given.strange("autoincrement"),
    })
}
