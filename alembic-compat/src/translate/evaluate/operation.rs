//! What `op`, `context` and SQLAlchemy's own functions do when they are called.

use std::cell::RefCell;
use std::rc::Rc;

use super::Evaluator;
use super::local::{Handle, Known, Local, describe, path, text};
use super::lookup::Memory;
use crate::translate::value::{Action, Arguments, Batch, Deed, Kind, Value};

/// The operations of Alembic that become statements.
pub(super) const OPERATIONS: [&str; 17] = [
    "add_column",
    "alter_column",
    "bulk_insert",
    "create_check_constraint",
    "create_exclude_constraint",
    "create_foreign_key",
    "create_index",
    "create_primary_key",
    "create_table",
    "create_table_comment",
    "create_unique_constraint",
    "drop_column",
    "drop_constraint",
    "drop_index",
    "drop_table",
    "drop_table_comment",
    "rename_table",
];

impl Evaluator<'_, '_> {
    /// Calls a method of `op`.
    pub(super) fn call_op(&mut self, name: &str, callee: &Value, arguments: Arguments) -> Known {
        match name {
            "get_bind" => Ok(Handle::Connection.into()),
            "get_context" => Ok(Handle::Context.into()),
            "f" | "inline_literal" => self.symbol(callee, arguments),
            "execute" => self.execute(arguments).map(|()| Value::None),
            "batch_alter_table" => {
                let recreates = arguments.named.iter().any(|(name, value)| {
                    name == "recreate" && text(value).as_deref() == Some("always")
                });
                if recreates {
                    return Err(self.refuse("recreates a table with `batch_alter_table`"));
                }
                Ok(Handle::Batch {
                    batch: Rc::new(Batch { arguments }),
                    waiting: RefCell::default(),
                }
                .into())
            }
            name if OPERATIONS.contains(&name) => {
                let operation = self.operation(name, arguments.clone(), None)?;
                let line = operation.line;
                self.record(operation.deed)?;
                self.line = line;
                match name {
                    // It returns the table, which `bulk_insert` may take.
                    "create_table" => Ok(self.object(Kind::Call {
                        callee: callee.clone(),
                        arguments,
                    })),
                    _ => Ok(Value::None),
                }
            }
            name => Err(self.refuse(format!("calls `op.{name}()`, which is not known"))),
        }
    }

    /// Calls a method of a `batch_alter_table` block.
    pub(super) fn call_batch(
        &mut self,
        (batch, waiting): (&Rc<Batch>, &RefCell<Vec<Action>>),
        name: &str,
        arguments: Arguments,
    ) -> Known {
        match name {
            "get_bind" | "get_context" | "f" | "inline_literal" | "execute" => {
                let op = super::local::named(self.line, format!("alembic.op.{name}"));
                self.call_op(name, &op, arguments)
            }
            name if OPERATIONS.contains(&name)
                && !matches!(name, "bulk_insert" | "create_table" | "drop_table") =>
            {
                let operation = self.operation(name, arguments, Some(Rc::clone(batch)))?;
                self.deeds += 1;
                waiting.borrow_mut().push(operation);
                Ok(Value::None)
            }
            name => Err(self.refuse(format!("calls `{name}()` of a `batch_alter_table` block"))),
        }
    }

    fn operation(
        &mut self,
        name: &str,
        arguments: Arguments,
        batch: Option<Rc<Batch>>,
    ) -> Known<Action> {
        if let Some(handle) = arguments.positional.iter().find(|value| {
            matches!(
                Local::of(value),
                Some(Local::Handle(_) | Local::Answer(_) | Local::Ignored)
            )
        }) {
            let what = describe(handle);
            return Err(self.refuse(format!("hands {what} to `op.{name}()`")));
        }
        let arguments = self.without_classes(arguments)?;
        let arguments = self.kept(arguments)?;
        let name = name.to_owned();
        let line = self.line;
        let deed = Deed::Operation {
            name,
            arguments,
            batch,
        };
        Ok(Action { line, deed })
    }

    /// Copies arguments, so that they stay as they are now.
    pub(super) fn kept(&mut self, arguments: Arguments) -> Known<Arguments> {
        let mut kept = Arguments::default();
        for value in &arguments.positional {
            kept.positional.push(self.frozen(value, 0)?);
        }
        for (name, value) in arguments.named {
            kept.named.push((name, self.frozen(&value, 0)?));
        }
        Ok(kept)
    }

    /// `op.execute(…)`
    fn execute(&mut self, arguments: Arguments) -> Known<()> {
        let Arguments {
            mut positional,
            named,
        } = arguments;
        for (name, value) in named {
            match name.as_str() {
                "sqltext" | "sql" => positional.push(value),
                "execution_options" => self.harmless_options(&value)?,
                _ => return Err(self.fails("TypeError", format!("execute() got '{name}'"))),
            }
        }
        match <[Value; 1]>::try_from(positional) {
            Ok([statement]) => self.record_statement(statement, Value::None),
            Err(_) => Err(self.fails("TypeError", "execute() takes one statement")),
        }
    }

    /// Checks that the options of a statement do not change what it does.
    pub(super) fn harmless_options(&mut self, options: &Value) -> Known<()> {
        for (key, _) in self.pairs(options)? {
            match text(&key).as_deref() {
                // The first was for SQLAlchemy 1.
                Some("autocommit" | "stream_results" | "synchronize_session" | "yield_per") => {}
                _ => return Err(self.refuse("sets execution options of a statement")),
            }
        }
        Ok(())
    }

    /// Records a statement; `COMMIT` and `BEGIN` end and begin a transaction.
    pub(super) fn record_statement(&mut self, statement: Value, parameters: Value) -> Known<()> {
        match &statement {
            Value::Object(_) => {}
            _ if text(&statement).is_some() => {}
            other => return Err(self.refuse_use("executes", other)),
        }
        let written = sql_of(&statement).map(|sql| {
            let sql = sql
                .trim()
                .trim_end_matches(';')
                .trim_end()
                .to_ascii_uppercase();
            sql.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        match written.as_deref() {
            Some("COMMIT" | "COMMIT TRANSACTION" | "COMMIT WORK" | "END" | "END TRANSACTION") => {
                if self.autocommit {
                    return Ok(());
                }
                self.autocommit = true;
                self.record(Deed::AutocommitBegins)?;
                self.unprotected = self.deeds;
                Ok(())
            }
            Some("BEGIN" | "BEGIN TRANSACTION" | "BEGIN WORK" | "START TRANSACTION") => {
                if !self.autocommit {
                    // A warning of the server is all that comes of it.
                    return Ok(());
                }
                self.autocommit = false;
                self.record(Deed::AutocommitEnds)
            }
            Some("ROLLBACK" | "ROLLBACK TRANSACTION" | "ROLLBACK WORK" | "ABORT") => {
                Err(self.refuse("rolls its transaction back"))
            }
            _ => {
                let statement = self.frozen(&statement, 0)?;
                let parameters = self.frozen(&parameters, 0)?;
                self.record(Deed::Execute {
                    statement,
                    parameters,
                })
            }
        }
    }

    /// Records a statement that was not written by the script.
    pub(super) fn record_sql(&mut self, sql: String) -> Known<()> {
        self.record(Deed::Execute {
            statement: Value::Text(sql.into()),
            parameters: Value::None,
        })
    }

    /// `object.create(bind)` and `object.drop(bind)`; of a `MetaData`, each of its tables.
    pub(super) fn create_or_drop(
        &mut self,
        of: &Value,
        name: &str,
        mut arguments: Arguments,
    ) -> Known {
        let objects = match name {
            "create" | "drop" => vec![of.clone()],
            _ => {
                let only = arguments
                    .named
                    .iter()
                    .position(|(name, _)| name == "tables");
                let mut tables = match only {
                    Some(only) => {
                        let (_, only) = arguments.named.remove(only);
                        self.spread(&only)?
                    }
                    None => self.made_tables(of)?,
                };
                tables = super::reflect::by_dependency(tables);
                if name == "drop_all" {
                    tables.reverse();
                }
                if !arguments.named.iter().any(|(name, _)| name == "checkfirst") {
                    arguments
                        .named
                        .push(("checkfirst".to_owned(), Value::Bool(true)));
                }
                tables
            }
        };
        let arguments = self.kept(arguments)?;
        self.unattached(of)?;
        for object in objects {
            self.unattached(&object)?;
            let arguments = arguments.clone();
            self.record(match name {
                "create" | "create_all" => Deed::Create { object, arguments },
                _ => Deed::Drop { object, arguments },
            })?;
        }
        Ok(Value::None)
    }

    /// Calls a function of `context`.
    pub(super) fn call_context(&mut self, name: &str, arguments: Arguments) -> Known {
        match name {
            "is_offline_mode" => Ok(Value::Bool(self.settings.offline)),
            "get_context" => Ok(Handle::Context.into()),
            "get_bind" => Ok(Handle::Connection.into()),
            "is_transactional_ddl" => Ok(Value::Bool(true)),
            "execute" => self.execute(arguments).map(|()| Value::None),
            "config.get_main_option" => {
                let positional = arguments.positional;
                let name = positional.first().and_then(text).unwrap_or_default();
                match self.settings.options.get(&*name) {
                    Some(value) => Ok(Value::Text(value.as_str().into())),
                    None => Err(self.refuse(format!(
                        "asks for the option `{name}`, which only `env.py` knows"
                    ))),
                }
            }
            "get_x_argument" => {
                let values = arguments.positional.iter();
                let values = values.chain(arguments.named.iter().map(|(_, value)| value));
                let mut as_dictionary = false;
                for value in values {
                    as_dictionary |= self.truth(value)?;
                }
                let given = self.settings.x_arguments.iter();
                if !as_dictionary {
                    let given = given.map(|given| Value::Text(given.as_str().into()));
                    return Ok(super::local::list(given.collect()));
                }
                let pairs = given.map(|given| {
                    let (key, value) = given.split_once('=').unwrap_or((given, ""));
                    (Value::Text(key.into()), Value::Text(value.into()))
                });
                self.dict_of(pairs.collect())
            }
            name => Err(self.refuse(format!(
                "calls `context.{name}()`, which only `env.py` knows"
            ))),
        }
    }

    /// Calls a function of SQLAlchemy.
    pub(super) fn call_sqlalchemy(
        &mut self,
        full: &str,
        callee: &Value,
        arguments: Arguments,
    ) -> Known {
        let mut parts = full.rsplit('.');
        let last = parts.next().unwrap_or(full);
        let given = arguments.positional.iter();
        let given = given.chain(arguments.named.iter().map(|(_, value)| value));
        let mut handles = given.filter_map(Local::handle);
        self.attaches(last, &arguments);
        let connected = handles
            .clone()
            .any(|handle| matches!(handle, Handle::Connection | Handle::Session));
        let apart = handles.any(|handle| matches!(handle, Handle::Engine));
        match last {
            "inspect" | "Inspector" | "from_engine" if apart => match self.deeds {
                0 => Ok(Handle::Inspector(Memory::default()).into()),
                _ => Err(self.refuse("looks at the database through another connection")),
            },
            "inspect" | "Inspector" | "from_engine" if connected => {
                Ok(Handle::Inspector(Memory::default()).into())
            }
            "Session" => match connected {
                true => Ok(Handle::Session.into()),
                false => Err(self.refuse("opens a session of its own")),
            },
            // A type that notes changes of its values is the type to the database.
            "as_mutable" if full.starts_with("sqlalchemy.ext.mutable.") => {
                let arguments = self.without_classes(arguments)?;
                match <[Value; 1]>::try_from(arguments.positional) {
                    Ok([of]) => Ok(of),
                    Err(_) => Err(self.fails("TypeError", "as_mutable() takes a type")),
                }
            }
            "sessionmaker" | "scoped_session" => Ok(Handle::Sessions.into()),
            "create_engine" | "engine_from_config" => {
                Err(self.refuse("connects to a database by itself"))
            }
            "Table" => self.make_table(callee, arguments),
            "MetaData" => self.make_metadata(callee, arguments),
            "Enum" | "ENUM" => {
                let of_class = matches!(
                    arguments.positional.first().and_then(Local::of),
                    Some(Local::Class(_))
                );
                let arguments = self.enumeration(arguments)?;
                let made = self.symbol(callee, arguments)?;
                if let (Value::Object(made), true) = (&made, of_class) {
                    self.class_enums.push(Rc::clone(made));
                }
                Ok(made)
            }
            "ARRAY" | "Column" | "column" => {
                let arguments = self.without_members(arguments);
                self.symbol(callee, arguments)
            }
            _ => self.symbol(callee, arguments),
        }
    }

    /// Puts the labels of an enumeration of the script in the place of its class.
    fn enumeration(&mut self, arguments: Arguments) -> Known<Arguments> {
        let [class] = arguments.positional.as_slice() else {
            return Ok(self.without_members(arguments));
        };
        let class = class.clone();
        let Some(Local::Class(inner)) = Local::of(&class) else {
            return Ok(arguments);
        };
        let name = inner.name.to_lowercase();
        let Some(members) = self.members(inner) else {
            let name = &inner.name;
            return Err(self.refuse(format!("uses the class `{name}` as an enumeration")));
        };
        let mut named = arguments.named;
        let callable = named.iter().position(|(name, _)| name == "values_callable");
        let mut positional = Vec::new();
        match callable.map(|at| named.remove(at).1) {
            Some(Value::None) | None => {
                for member in &members {
                    if let Some(Local::Member(member)) = Local::of(member) {
                        positional.push(Value::Text(member.name.as_str().into()));
                    }
                }
            }
            Some(function) => {
                let given = Arguments {
                    positional: vec![class.clone()],
                    named: Vec::new(),
                };
                let labels = self.apply(&function, given)?;
                for label in self.spread(&labels)? {
                    positional.push(Value::Text(self.inner_text(&label, "labels with")?));
                }
            }
        }
        if !named.iter().any(|(given, _)| given == "name") {
            named.push(("name".to_owned(), Value::Text(name.into())));
        }
        Ok(Arguments { positional, named })
    }

    /// Puts the texts that members of enumerations are in their place, as a default takes them.
    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    fn without_members(&self, arguments: Arguments) -> Arguments {
        let plain = |value: Value| match Local::of(&value) {
            Some(Local::Member(member)) if member.mixed => member.value.clone(),
            _ => value,
        };
        let named = arguments.named.into_iter();
        Arguments {
            positional: arguments.positional.into_iter().map(plain).collect(),
            named: named.map(|(name, value)| (name, plain(value))).collect(),
        }
    }
}

/// Returns the SQL of a statement that was given as a text, or as `text("…")`.
pub(super) fn sql_of(statement: &Value) -> Option<Rc<str>> {
    if let Some(text) = text(statement) {
        return Some(text);
    }
    let Value::Object(object) = statement else {
        return None;
    };
    match &object.kind {
        Kind::Call { callee, arguments } => match path(callee) {
            Some(path) if path.starts_with("sqlalchemy.") && path.ends_with(".text") => {
                arguments.positional.first().and_then(text)
            }
            Some("sqlalchemy.engine.Connection.exec_driver_sql") => {
                arguments.positional.first().and_then(text)
            }
            // `text("…").bindparams(…)`
            _ => match callee {
                Value::Object(callee) => match &callee.kind {
                    Kind::Attribute { of, .. } => sql_of(of),
                    _ => None,
                },
                _ => None,
            },
        },
        _ => None,
    }
}
