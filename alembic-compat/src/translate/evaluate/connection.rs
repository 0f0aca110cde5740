//! The connection, the migration context, the dialect, and the answers to statements.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::name::Name;

use super::Evaluator;
use super::local::{Answer, Handle, Known, Local, Row, describe, list, named};
use super::lookup::Memory;
use super::operation::sql_of;
use crate::translate::host::Rows;
use crate::translate::value::{Arguments, Kind, Value};

impl Evaluator<'_, '_> {
    /// Calls a method of one of the running parts.
    pub(super) fn handle_method(
        &mut self,
        handle: &Handle,
        of: &Value,
        name: &Name,
        arguments: Arguments,
    ) -> Known {
        let discarded = std::mem::take(&mut self.discarded);
        match (handle, name.as_str()) {
            (Handle::Connection | Handle::Session, "execute") => self.query(arguments, discarded),
            (Handle::Connection, "exec_driver_sql") => self.query(arguments, discarded),
            (Handle::Connection | Handle::Session, "scalar" | "scalars") => {
                let answer = self.query(arguments, discarded)?;
                self.method(&answer, name, Arguments::default())
            }
            (Handle::Connection | Handle::Session, "begin_nested") => {
                Ok(Handle::Savepoint(std::cell::Cell::new(0)).into())
            }
            (Handle::Connection, "get_dialect") => Ok(Handle::Dialect.into()),
            (Handle::Session, "connection" | "get_bind") => Ok(Handle::Connection.into()),
            // The transaction is Alembic's: a session that joined it does not end it.
            (Handle::Session, "commit" | "flush" | "close" | "expire_all" | "expunge_all") => {
                Ok(Value::None)
            }
            (Handle::Session, _) => {
                Err(self.refuse(format!("calls `{name}()` of the ORM session")))
            }
            (Handle::Connection, "commit" | "rollback" | "begin" | "close" | "connect") => {
                Err(self.refuse(format!("calls `{name}()` of the connection")))
            }
            (Handle::Context, "autocommit_block") => Ok(Handle::Autocommit.into()),
            (Handle::Context, "execute") => {
                let op = named(self.line, "alembic.op.execute");
                self.call_op("execute", &op, arguments)
            }
            (Handle::Implementation, "execute") => {
                let op = named(self.line, "alembic.op.execute");
                self.call_op("execute", &op, arguments)
            }
            (Handle::Dialect, "type_descriptor") => match arguments.positional.into_iter().next() {
                Some(kind) => Ok(kind),
                None => Err(self.fails("TypeError", "type_descriptor() takes a type")),
            },
            (Handle::Dialect, "has_table") => {
                let mut arguments = arguments;
                if !arguments.positional.is_empty() {
                    arguments.positional.remove(0);
                }
                self.look(&Memory::default(), name, arguments)
            }
            (Handle::Inspector(memory), _) => self.look(memory, name, arguments),
            (Handle::Batch { batch, waiting }, _) => {
                self.call_batch((batch, waiting), name, arguments)
            }
            _ => {
                let what = describe(of);
                Err(self.refuse(format!("calls `{name}()` of {what}")))
            }
        }
    }

    /// Returns an attribute of one of the running parts.
    pub(super) fn handle_attribute(&mut self, handle: &Handle, of: &Value, name: &Name) -> Known {
        Ok(match (handle, name.as_str()) {
            (Handle::Connection, "dialect") => Handle::Dialect.into(),
            (Handle::Connection | Handle::Engine, "engine") => Handle::Engine.into(),
            (Handle::Connection, "connection") => of.clone(),
            (Handle::Engine, "dialect") => Handle::Dialect.into(),
            (Handle::Session, "bind") => Handle::Connection.into(),
            (Handle::Context, "dialect") => Handle::Dialect.into(),
            (Handle::Context, "bind" | "connection") => Handle::Connection.into(),
            (Handle::Context, "impl") => Handle::Implementation.into(),
            (Handle::Context, "version_table_schema") => {
                match &self.settings.version_table_schema {
                    Some(schema) => Value::Text(schema.as_str().into()),
                    None => Value::None,
                }
            }
            (Handle::Context, "as_sql") => Value::Bool(self.settings.offline),
            (Handle::Implementation, "dialect") => Handle::Dialect.into(),
            (Handle::Implementation, "bind" | "connection") => Handle::Connection.into(),
            (Handle::Implementation, "transactional_ddl") => Value::Bool(true),
            (Handle::Dialect | Handle::Engine, "name") => Value::Text("postgresql".into()),
            (Handle::Dialect, "server_version_info") => {
                return self.server_version();
            }
            (Handle::Inspector(_), "dialect") => Handle::Dialect.into(),
            (Handle::Inspector(_), "bind") => Handle::Connection.into(),
            (Handle::Inspector(_) | Handle::Dialect, "default_schema_name") => {
                let rows = self.ask_catalog("SELECT pg_catalog.current_schema()")?;
                match rows.rows.first().map(Vec::as_slice) {
                    Some([Some(schema)]) => Value::Text(schema.as_str().into()),
                    _ => Value::None,
                }
            }
            (Handle::Batch { .. }, "impl") => Handle::Implementation.into(),
            _ => {
                let known_method = Local::Method {
                    of: of.clone(),
                    name: name.clone(),
                };
                match handle {
                    Handle::Dialect | Handle::Context | Handle::Implementation | Handle::Engine => {
                        let what = describe(of);
                        return Err(self.refuse(format!("asks for `{name}` of {what}")));
                    }
                    _ => known_method.into(),
                }
            }
        })
    }

    fn server_version(&mut self) -> Known {
        let sql = "SELECT current_setting('server_version_num')::int";
        let rows = self.ask_catalog(sql)?;
        let number = match rows.rows.first().and_then(|row| row.first()) {
            Some(Some(number)) => number.parse::<i64>().unwrap_or(0),
            _ => return Err(self.refuse("asks for a version that the database does not tell")),
        };
        Ok(Value::Tuple(
            [Value::Int(number / 10_000), Value::Int(number % 10_000)].into(),
        ))
    }

    /// Executes a statement on the connection; where somebody looks at the answer, it is asked for.
    fn query(&mut self, arguments: Arguments, discarded: bool) -> Known {
        let Arguments {
            mut positional,
            named,
        } = arguments;
        let mut by_name = Vec::new();
        for (name, value) in named {
            match name.as_str() {
                "execution_options" => self.harmless_options(&value)?,
                "statement" => positional.insert(0, value),
                "parameters" | "params" => positional.push(value),
                _ => by_name.push((Value::Text(name.into()), value)),
            }
        }
        let mut positional = positional.into_iter();
        let Some(statement) = positional.next() else {
            return Err(self.fails("TypeError", "execute() takes a statement"));
        };
        let mut parameters: Vec<Value> = positional.collect();
        if !by_name.is_empty() {
            parameters.push(super::local::dict(by_name));
        }
        let parameters = match <[Value; 1]>::try_from(parameters) {
            Ok([only]) => only,
            Err(none) if none.is_empty() => Value::None,
            Err(many) => list(many),
        };
        // A plain text is sent as it stands, unlike one that `op.execute` is given.
        let statement = match &statement {
            Value::Text(_) => {
                let callee =
                    super::local::named(self.line, "sqlalchemy.engine.Connection.exec_driver_sql");
                self.object(Kind::Call {
                    callee,
                    arguments: Arguments {
                        positional: vec![statement],
                        named: Vec::new(),
                    },
                })
            }
            _ => statement,
        };
        let line = self.line;
        let rows = returns_rows(&statement);
        let answer = |changed| {
            let none: [Rc<str>; 0] = [];
            Ok(Local::Answer(Answer {
                columns: if rows { None } else { Some(none.into()) },
                rows: RefCell::default(),
                changed,
                line,
            })
            .into())
        };
        if rows && !discarded && self.is_scouting() {
            self.note_query(&statement, &parameters);
            return answer(None);
        }
        if discarded || self.database.is_none() {
            self.record_statement(statement, parameters)?;
            if !discarded {
                self.note_question();
            }
            return answer(None);
        }
        if rows {
            let statement = self.frozen(&statement, 0)?;
            let parameters = self.frozen(&parameters, 0)?;
            let rows = self.ask(statement.clone(), parameters)?;
            return self.answer(&rows, &statement);
        }
        // Somebody may look at how many rows it changed.
        self.record_statement(statement, parameters)?;
        let changed = self.flush_counting()?;
        answer(changed)
    }

    /// Makes rows that a script can read of what the database returned.
    fn answer(&self, rows: &Rows, statement: &Value) -> Known {
        let columns = rows
            .columns
            .iter()
            .map(|column| column.name.as_str().into());
        let columns: Rc<[Rc<str>]> = columns.collect();
        let read = self.read_rows(rows, statement)?.into_iter();
        let made = read.map(|values| {
            Local::Row(Row {
                columns: Rc::clone(&columns),
                values: values.into(),
                mapping: false,
            })
            .into()
        });
        let made = made.collect();
        Ok(Local::Answer(Answer {
            columns: Some(columns),
            rows: RefCell::new(made),
            changed: None,
            line: self.line,
        })
        .into())
    }

    /// Tells how many rows a statement changed.
    pub(super) fn row_count(&mut self, answer: &Answer) -> Known {
        match (answer.changed, &answer.columns) {
            (Some(changed), _) => Ok(Value::Int(changed)),
            (None, Some(columns)) if !columns.is_empty() => {
                let rows = i64::try_from(answer.rows.borrow().len()).unwrap_or(i64::MAX);
                Ok(Value::Int(rows))
            }
            _ => Err(self.unanswered()),
        }
    }

    /// Checks that there is an answer.
    pub(super) fn answered(&mut self, answer: &Answer) -> Known<()> {
        match &answer.columns {
            None => {
                if self.module == 0 {
                    self.line = answer.line;
                }
                Err(self.unanswered())
            }
            Some(columns) if columns.is_empty() => {
                Err(self.refuse("reads rows of a statement that returns none"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Calls a method of an answer.
    pub(super) fn answer_method(
        &mut self,
        answer: &Answer,
        of: &Value,
        name: &Name,
        arguments: Arguments,
    ) -> Known {
        if name == "close" {
            return Ok(Value::None);
        }
        self.answered(answer)?;
        let next = || answer.rows.borrow_mut().pop_front();
        let one = |this: &Self| {
            let mut rows = answer.rows.borrow_mut();
            match (rows.pop_front(), rows.len()) {
                (Some(row), 0) => Ok(Some(row)),
                (None, _) => Ok(None),
                (Some(_), _) => Err(this.raised_by_sqlalchemy("MultipleResultsFound")),
            }
        };
        let none = |this: &Self| this.raised_by_sqlalchemy("NoResultFound");
        match name.as_str() {
            "fetchall" | "all" => Ok(list(answer.rows.borrow_mut().drain(..).collect())),
            "fetchone" => Ok(next().unwrap_or(Value::None)),
            "first" => {
                let first = next();
                answer.rows.borrow_mut().clear();
                Ok(first.unwrap_or(Value::None))
            }
            "fetchmany" => {
                let many = match arguments.positional.first() {
                    Some(Value::Int(many)) => usize::try_from(*many).unwrap_or(0),
                    _ => return Err(self.refuse("calls `fetchmany()` without a number")),
                };
                let mut rows = answer.rows.borrow_mut();
                let many = many.min(rows.len());
                Ok(list(rows.drain(..many).collect()))
            }
            "scalar" => {
                let first = next();
                answer.rows.borrow_mut().clear();
                Ok(first.as_ref().map_or(Value::None, first_of))
            }
            "one" => match one(self)? {
                Some(row) => Ok(row),
                None => Err(none(self)),
            },
            "one_or_none" => Ok(one(self)?.unwrap_or(Value::None)),
            "scalar_one" => match one(self)? {
                Some(row) => Ok(first_of(&row)),
                None => Err(none(self)),
            },
            "scalar_one_or_none" => Ok(one(self)?.as_ref().map_or(Value::None, first_of)),
            "scalars" => {
                let column = match arguments.positional.first() {
                    None | Some(Value::Int(0)) => 0,
                    _ => return Err(self.refuse("calls `scalars()` of another column")),
                };
                debug_assert_eq!(column, 0);
                let values = answer
                    .rows
                    .borrow_mut()
                    .drain(..)
                    .map(|row| first_of(&row))
                    .collect();
                Ok(Local::Answer(Answer {
                    columns: answer.columns.clone(),
                    rows: RefCell::new(values),
                    changed: None,
                    line: answer.line,
                })
                .into())
            }
            "mappings" => {
                let rows = answer.rows.borrow_mut().drain(..).map(mapping).collect();
                Ok(Local::Answer(Answer {
                    columns: answer.columns.clone(),
                    rows: RefCell::new(rows),
                    changed: None,
                    line: answer.line,
                })
                .into())
            }
            "unique" | "tuples" | "yield_per" if name != "unique" => Ok(of.clone()),
            "keys" => {
                let columns = answer.columns.iter().flat_map(|columns| columns.iter());
                let columns = columns.map(|name| Value::Text(Rc::clone(name)));
                Ok(list(columns.collect()))
            }
            _ => Err(self.refuse(format!("calls `{name}()` of an answer"))),
        }
    }

    fn raised_by_sqlalchemy(&self, class: &str) -> Box<super::local::Stop> {
        Box::new(super::local::Stop::Raised(super::local::Exception {
            line: self.line,
            class: named(self.line, format!("sqlalchemy.exc.{class}")),
            arguments: Vec::new(),
        }))
    }
}

/// Returns the first value of a row.
fn first_of(row: &Value) -> Value {
    match Local::of(row) {
        Some(Local::Row(row)) => row.values.first().cloned().unwrap_or(Value::None),
        _ => row.clone(),
    }
}

/// Makes a row one that is asked by name.
fn mapping(row: Value) -> Value {
    match Local::of(&row) {
        Some(Local::Row(row)) => Local::Row(Row {
            columns: Rc::clone(&row.columns),
            values: Rc::clone(&row.values),
            mapping: true,
        })
        .into(),
        _ => row,
    }
}

/// Tells whether a statement returns rows.
fn returns_rows(statement: &Value) -> bool {
    if let Some(sql) = sql_of(statement) {
        return super::sql::returns_rows(&sql);
    }
    let mut value = statement;
    loop {
        let Value::Object(object) = value else {
            return false;
        };
        value = match &object.kind {
            Kind::Call { callee, .. } => callee,
            Kind::Attribute { of, name } => match name.as_str() {
                "select" | "returning" => return true,
                _ => of,
            },
            Kind::Name(path) => {
                let last = path.rsplit('.').next().unwrap_or(path);
                return matches!(
                    last,
                    "select"
                        | "union"
                        | "union_all"
                        | "exists"
                        | "values"
                        | "except_"
                        | "intersect"
                );
            }
            Kind::Item { .. } | Kind::Operation { .. } => return false,
        };
    }
}
