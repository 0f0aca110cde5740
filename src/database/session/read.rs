//! The session's questions: what is asked for its rows.

use std::pin::pin;

use futures_util::StreamExt;
use postgres::Row;
use postgres::types::ToSql;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::{Session, SessionError, is_of_driver};
use crate::database::root_cause;
use crate::op::Texts;

/// The rows that one statement returned, as text.
#[derive(Clone, Debug, Default)]
pub struct ResultSet {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows; none is SQL's NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// One row of an answer, as text.
#[derive(Clone, Copy, Debug)]
pub struct TextRow<'r>(&'r SimpleQueryRow);

impl<'r> TextRow<'r> {
    /// Returns the value of a column, from 0; none is SQL's NULL.
    #[must_use]
    pub fn get(self, column: usize) -> Option<&'r str> {
        self.0.get(column)
    }
}

impl Session {
    /// Sends one message and returns the rows of each of its statements that returns rows.
    ///
    /// # Errors
    /// Fails when the server refuses one of the statements.
    pub fn rows(&mut self, message: &str) -> Result<Vec<ResultSet>, SessionError> {
        self.wait(async {
            let mut sets = Vec::new();
            let mut answers = pin!(self.ask(message).await?);
            while let Some(answer) = answers.next().await {
                match answer? {
                    SimpleQueryMessage::RowDescription(columns) => sets.push(ResultSet {
                        columns: columns.iter().map(|c| c.name().to_owned()).collect(),
                        rows: Vec::new(),
                    }),
                    SimpleQueryMessage::Row(row) => {
                        let values = (0..row.len()).map(|i| row.get(i).map(str::to_owned));
                        if let Some(set) = sets.last_mut() {
                            set.rows.push(values.collect());
                        }
                    }
                    _ => {}
                }
            }
            Ok(sets)
        })
    }

    /// Sends one message and hands on each row as it comes, where there may be many.
    ///
    /// # Errors
    /// Fails when the server refuses one of the statements.
    pub fn each_row(
        &mut self,
        message: &str,
        mut take: impl FnMut(TextRow<'_>),
    ) -> Result<(), SessionError> {
        self.wait(async {
            let mut answers = pin!(self.ask(message).await?);
            while let Some(answer) = answers.next().await {
                if let SimpleQueryMessage::Row(row) = answer? {
                    take(TextRow(&row));
                }
            }
            Ok(())
        })
    }

    /// Runs one statement with parameters and returns its rows, typed.
    ///
    /// # Errors
    /// Fails when the server refuses the statement or a parameter.
    pub fn query(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, SessionError> {
        self.wait(async {
            self.read_strings_as_standard().await?;
            match self.client.query(sql, parameters).await {
                Ok(rows) => Ok(Ok(rows)),
                Err(error) if is_of_driver(&error) => Ok(Err(SessionError::Parameters {
                    reason: root_cause(&error),
                })),
                Err(error) => Err(error),
            }
        })?
    }

    /// Runs one statement and returns its rows as the server writes them, with the types of their
    /// columns.
    ///
    /// # Errors
    /// Fails when the server refuses the statement.
    pub fn texts(&mut self, sql: &str) -> Result<Texts, SessionError> {
        self.wait(async {
            let statement = self.client.prepare(sql).await?;
            let columns = statement.columns().iter();
            let columns = columns.map(|it| (it.name().to_owned(), it.type_().name().to_owned()));
            let mut texts = Texts {
                columns: columns.collect(),
                rows: Vec::new(),
            };
            let mut answers = pin!(self.ask(sql).await?);
            while let Some(answer) = answers.next().await {
                if let SimpleQueryMessage::Row(row) = answer? {
                    let values = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
                    texts.rows.push(values.collect());
                }
            }
            Ok(texts)
        })
    }
}
