//! One file after the other, each in its transactions, with the note of what became of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::Repeated;
use crate::database::Database;
use crate::database::lock::{self, Lock};
use crate::database::repeats::{self, State};
use crate::database::session::{ServerError, SessionError, Stopped};
use crate::database::version_table::VersionTable;
use crate::execute::event::{Event, Observer};
use crate::execute::failure::{Cause, During};
use crate::execute::live::opening;
use crate::execute::message::{Message, Part, Place};
use crate::execute::{Options, index, stopped};
use crate::script::{Mode, Segment, Statement};
use crate::source::Repeatable;
use crate::sql::classify::concurrent_index;
use crate::sql::quote::literal;

/// What the server says where something is there already: a table, a column, an object, a function, a
/// schema.
const THERE: [&str; 5] = ["42P07", "42701", "42710", "42723", "42P06"];
/// What it says where something is missing: a table, a column, an object, a function, a schema.
const MISSING: [&str; 5] = ["42P01", "42703", "42704", "42883", "3F000"];

pub(super) struct Runner<'a> {
    pub(super) database: &'a mut Database,
    pub(super) options: &'a Options,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) lock: Lock,
    pub(super) table: VersionTable,
    /// Whether the table of notes is there.
    pub(super) is_made: bool,
    /// Whether something of the file that runs stays, whatever becomes of it.
    pub(super) stays: bool,
    /// What other tools are told of each file.
    pub(super) mirror: BTreeMap<String, Vec<String>>,
    /// The server's settings that would end a long transaction.
    pub(super) timeouts: &'static [&'static str],
}

/// Why a file does not run on.
enum Stop {
    Waits(Box<ServerError>),
    Fails(Cause),
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Fails(cause)
    }
}

impl Runner<'_> {
    /// Runs a file, and notes down what became of it.
    pub(super) fn file(
        &mut self,
        file: &Repeatable,
        segments: &[Segment],
    ) -> Result<Repeated, Cause> {
        let begun = Instant::now();
        self.stays = false;
        let statements = segments.iter().map(|it| it.statements.len()).sum();
        let mut already_there = 0;
        let (state, reason) = match self.segments(file, segments, &mut already_there) {
            Ok(()) => (made(already_there, statements), None),
            Err(Stop::Fails(cause)) => return Err(cause),
            Err(Stop::Waits(server)) => {
                self.database.session().roll_back();
                let reason = server.message;
                let mut message = self.opened();
                self.push_note(&mut message, file, State::Waiting, Some(&reason));
                self.send(&message, file.path())?;
                (State::Waiting, Some(reason))
            }
        };
        self.is_made = true;
        Ok(Repeated {
            name: file.name().to_owned(),
            path: file.path().to_owned(),
            partly: self.stays && state == State::Waiting,
            state,
            reason,
            already_there,
            statements,
            duration: begun.elapsed(),
        })
    }

    fn segments(
        &mut self,
        file: &Repeatable,
        segments: &[Segment],
        already_there: &mut usize,
    ) -> Result<(), Stop> {
        // The note goes with what is last, where that is a transaction.
        let (last, rest) = match segments.split_last() {
            Some((last, rest)) if last.mode == Mode::Transaction => (&last.statements[..], rest),
            _ => (&[][..], segments),
        };
        for segment in rest {
            match segment.mode {
                Mode::Transaction => self.transaction(file, &segment.statements, None)?,
                Mode::NoTransaction => self.alone(file, &segment.statements, already_there)?,
            }
        }
        let total = segments.iter().map(|it| it.statements.len()).sum();
        let note = Note {
            already_there,
            total,
        };
        self.transaction(file, last, Some(note))
    }

    /// Runs statements in a transaction: in one message, and where something is there already, once
    /// more one by one.
    fn transaction(
        &mut self,
        file: &Repeatable,
        statements: &[Statement],
        note: Option<Note<'_>>,
    ) -> Result<(), Stop> {
        let mut message = self.opened();
        for statement in statements {
            message.push_body(0, statement);
        }
        let is_last = note.is_some();
        match &note {
            Some(note) => {
                let state = made(*note.already_there, note.total);
                self.push_note(&mut message, file, state, None);
            }
            None => push_commit(&mut message),
        }
        let Err(stopped) = self.database.session().send(message.text()) else {
            self.stays |= !is_last && !statements.is_empty();
            return Ok(());
        };
        self.database.session().roll_back();
        let place = message.place(stopped.completed, stopped.error.server());
        match self.judge(file.path(), stopped, place)? {
            Judged::There => self.one_by_one(file, statements, note),
            Judged::Missing(server) => Err(Stop::Waits(server)),
        }
    }

    fn one_by_one(
        &mut self,
        file: &Repeatable,
        statements: &[Statement],
        note: Option<Note<'_>>,
    ) -> Result<(), Stop> {
        let opened = self.opened();
        self.send(&opened, file.path())?;
        let mut there = 0;
        for statement in statements {
            let mut message = Message::default();
            message.push(0, Part::Open, "SAVEPOINT limbeck");
            message.push_body(0, statement);
            message.push(0, Part::Open, "RELEASE SAVEPOINT limbeck");
            let Err(stopped) = self.database.session().send(message.text()) else {
                continue;
            };
            let place = message.place(stopped.completed, stopped.error.server());
            match self.judge(file.path(), stopped, place)? {
                Judged::Missing(server) => return Err(Stop::Waits(server)),
                Judged::There => there += 1,
            }
            let mut message = Message::default();
            message.push(0, Part::Open, "ROLLBACK TO SAVEPOINT limbeck");
            message.push(0, Part::Open, "RELEASE SAVEPOINT limbeck");
            self.send(&message, file.path())?;
        }
        let is_midway = note.is_none();
        let mut message = Message::default();
        match note {
            Some(note) => {
                *note.already_there += there;
                let state = made(*note.already_there, note.total);
                self.push_note(&mut message, file, state, None);
            }
            None => push_commit(&mut message),
        }
        self.send(&message, file.path())?;
        self.stays |= is_midway;
        Ok(())
    }

    /// Runs statements that cannot be in a transaction.
    fn alone(
        &mut self,
        file: &Repeatable,
        statements: &[Statement],
        already_there: &mut usize,
    ) -> Result<(), Stop> {
        let mut opened = self.opened();
        opened.push(0, Part::Commit, "COMMIT");
        let quiet = [("client_min_messages", "warning".to_owned())];
        for (name, value) in self.options.settings().into_iter().chain(quiet) {
            let value = literal(&value);
            let set = format!("SELECT pg_catalog.set_config('{name}', {value}, false)");
            opened.push(0, Part::Open, &set);
        }
        self.send(&opened, file.path())?;
        for statement in statements {
            if self.lock.is_lost() {
                return Err(Stop::Fails(Cause::LockLost));
            }
            self.drop_invalid(file, statement)?;
            let mut message = Message::default();
            message.push_body(0, statement);
            let Err(stopped) = self.database.session().send(message.text()) else {
                self.stays = true;
                continue;
            };
            let place = message.place(stopped.completed, stopped.error.server());
            match self.judge(file.path(), stopped, place)? {
                Judged::There => *already_there += 1,
                Judged::Missing(server) => return Err(Stop::Waits(server)),
            }
        }
        Ok(())
    }

    /// An index that an earlier try left invalid is there by its name, and is to be built again.
    fn drop_invalid(&mut self, file: &Repeatable, statement: &Statement) -> Result<(), Cause> {
        let Some(index) = concurrent_index(&statement.text) else {
            return Ok(());
        };
        let found = index::find(self.database.session(), &index);
        let found = found.map_err(|error| cause(file.path(), error, None))?;
        let Some(found) = found.filter(|found| !found.is_valid) else {
            return Ok(());
        };
        let dropped = self.database.session().send(&found.drop());
        dropped.map_err(|stopped| cause(file.path(), stopped.error, None))?;
        self.stays = true;
        self.observer
            .event(&Event::InvalidIndexDropped { index: &found.name });
        Ok(())
    }

    /// A message that opens a transaction on a session put straight.
    fn opened(&self) -> Message {
        let mut message = Message::default();
        for sql in ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"] {
            message.push(0, Part::Open, sql);
        }
        message.push(0, Part::Open, "BEGIN");
        let opening = opening(&self.lock, self.timeouts, self.options);
        message.push(0, Part::Open, &opening);
        // That something is there already is nothing to tell of.
        let quiet = "SET LOCAL client_min_messages = warning";
        message.push(0, Part::Open, quiet);
        message
    }

    /// Ends a transaction with the note.
    fn push_note(
        &self,
        message: &mut Message,
        file: &Repeatable,
        state: State,
        reason: Option<&str>,
    ) {
        // A body may have left the session with a role that has no right to the table.
        message.push(0, Part::Open, "RESET SESSION AUTHORIZATION");
        message.push(0, Part::Open, "RESET ROLE");
        if !self.is_made {
            message.push(0, Part::Tables, &repeats::create(&self.table));
        }
        let client = self.options.client.as_deref();
        let checksum = file.checksum();
        let note = repeats::note(&self.table, file.name(), state, reason, &checksum, client);
        message.push(0, Part::Edit, &note);
        let rows = self
            .mirror
            .get(file.name())
            .filter(|_| state != State::Waiting);
        for sql in rows.into_iter().flatten() {
            message.push(0, Part::Mirror, sql);
        }
        message.push(0, Part::Commit, "COMMIT");
        message.push(0, Part::Open, "DISCARD TEMP");
        message.push(0, Part::Open, "RESET ALL");
    }

    fn send(&mut self, message: &Message, path: &Path) -> Result<(), Cause> {
        let Err(stopped) = self.database.session().send(message.text()) else {
            return Ok(());
        };
        let place = message.place(stopped.completed, stopped.error.server());
        Err(cause(path, stopped.error, place))
    }

    /// Tells what a refused statement of a file means.
    fn judge(&self, path: &Path, stopped: Stopped, place: Option<Place>) -> Result<Judged, Cause> {
        let is_body = place
            .as_ref()
            .is_some_and(|place| matches!(place.part, Part::Body(_)));
        match stopped.error {
            SessionError::Server(server) if is_body && THERE.contains(&&*server.code) => {
                Ok(Judged::There)
            }
            SessionError::Server(server) if is_body && MISSING.contains(&&*server.code) => {
                Ok(Judged::Missing(server))
            }
            error => Err(cause(path, error, place)),
        }
    }
}

/// Ends a transaction that is not the file's last. The server reads the next message by the settings
/// that hold before it.
fn push_commit(message: &mut Message) {
    message.push(0, Part::Commit, "COMMIT");
    message.push(0, Part::Open, "RESET ALL");
}

/// What the note at the end of a file counts.
struct Note<'n> {
    already_there: &'n mut usize,
    total: usize,
}

enum Judged {
    There,
    Missing(Box<ServerError>),
}

fn made(already_there: usize, statements: usize) -> State {
    match statements {
        0 => State::Ran,
        _ if already_there == statements => State::AlreadyThere,
        _ => State::Ran,
    }
}

fn cause(path: &Path, error: SessionError, place: Option<Place>) -> Cause {
    let server = match error {
        SessionError::Interrupted => return Cause::Interrupted,
        SessionError::Lost { reason } | SessionError::Parameters { reason } => {
            return Cause::ConnectionLost { reason };
        }
        SessionError::Server(server) if lock::is_refused(&server) => return Cause::LockLost,
        SessionError::Server(server) => server,
    };
    let during = place.as_ref().map_or(During::Body, stopped::during);
    let place = place.and_then(|it| stopped::source_place(&it, &server.message, Some(path)));
    let place = place.map(Box::new);
    Cause::Sql {
        server,
        place,
        during,
    }
}
