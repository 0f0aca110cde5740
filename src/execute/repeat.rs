//! Files that run again and again, once the revisions are where they should be.
//!
//! Each runs in a transaction of its own, together with the note of what became of it. Such files are
//! written to be run twice: a statement that finds its object there already is passed over. One that
//! misses something takes its file back, and the file waits for the next upgrade. Anything else is an
//! error, as in a revision.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::event::{Event, Observer};
use super::failure::{Cause, During, RunError};
use super::live::opening;
use super::message::{Message, Part, Place};
use super::{Options, Report, mirrored, stopped};
use crate::catalog::{Catalog, ScriptError};
use crate::database::Database;
use crate::database::lock::{self, Lock, LockError};
use crate::database::repeats::{self, Record, State};
use crate::database::session::{ServerError, SessionError, Stopped};
use crate::database::version_table::VersionTable;
use crate::heads::Heads;
use crate::plan::{Direction, Plan, Request};
use crate::script::{Mode, Segment, Statement};
use crate::source::{Repeat, Repeatable};
use crate::sql::quote::literal;

/// What the server says where something is there already: a table, a column, an object, a function, a
/// schema.
const THERE: [&str; 5] = ["42P07", "42701", "42710", "42723", "42P06"];
/// What it says where something is missing: a table, a column, an object, a function, a schema.
const MISSING: [&str; 5] = ["42P01", "42703", "42704", "42883", "3F000"];

/// What became of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Repeated {
    /// The file's name: its folder's label and its own.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What became of it.
    pub state: State,
    /// What it waits for, in the server's words.
    pub reason: Option<String>,
    /// How many of its statements found that their object was there already.
    pub already_there: usize,
    /// How many statements it has.
    pub statements: usize,
    /// How long it took.
    pub duration: Duration,
}

/// A file that failed, after the plan was carried out.
#[derive(Debug, thiserror::Error)]
#[error("{name} failed and was rolled back")]
#[non_exhaustive]
pub struct RepeatFailure {
    /// The file's name.
    pub name: String,
    /// Why.
    #[source]
    pub cause: Cause,
    /// How many files ran before it.
    pub done: usize,
    /// How many steps of revisions did.
    pub steps: usize,
    /// Where the revisions stand.
    pub heads: Heads,
}

/// Returns the files that an upgrade would run now.
///
/// # Errors
/// Fails when the server does.
pub fn due<'c>(
    database: &mut Database,
    catalog: &'c Catalog,
) -> Result<Vec<&'c Repeatable>, RunError> {
    if catalog.repeatables().is_empty() {
        return Ok(Vec::new());
    }
    let table = database.inspect()?.table;
    let records = repeats::records(database.session(), &table)?;
    Ok(choose(catalog, records.as_ref()))
}

fn choose<'c>(
    catalog: &'c Catalog,
    records: Option<&BTreeMap<String, Record>>,
) -> Vec<&'c Repeatable> {
    let all = catalog.repeatables().iter();
    let is_due = |file: &&Repeatable| {
        let record = records.and_then(|records| records.get(file.name()));
        file.repeat() == Repeat::Always || !record.is_some_and(|record| is_settled(file, record))
    };
    all.filter(is_due).collect()
}

/// Finds what is wrong in a file, before anything runs.
pub(super) fn check(catalog: &Catalog) -> Result<(), ScriptError> {
    for file in catalog.repeatables() {
        file.segments()?;
    }
    Ok(())
}

/// Returns whether a file ran as it stands now.
#[must_use]
pub fn is_settled(file: &Repeatable, record: &Record) -> bool {
    record.state != State::Waiting && record.checksum == file.checksum()
}

/// Returns whether a request that came to this plan is followed by such files.
pub(super) fn is_followed(request: &Request, plan: &Plan) -> bool {
    let goes_up = |plan: &Plan| {
        let mut steps = plan.steps.iter();
        steps.any(|step| step.direction == Direction::Upgrade)
    };
    matches!(request, Request::Upgrade(_)) || goes_up(plan)
}

/// Has all files run again at the next upgrade, before a plan that goes down: it may drop what they
/// made.
pub(super) fn forget(
    database: &mut Database,
    catalog: &Catalog,
    plan: &Plan,
    table: &VersionTable,
) -> Result<(), RunError> {
    let mut steps = plan.steps.iter();
    let goes_down = steps.any(|step| step.direction == Direction::Downgrade);
    if !goes_down || catalog.repeatables().is_empty() {
        return Ok(());
    }
    if repeats::exists(database.session(), table)? {
        let sent = database.session().send(&repeats::forget(table));
        sent.map_err(|stopped| stopped.error)?;
    }
    Ok(())
}

/// Runs the files that are due.
pub(super) fn run(
    database: &mut Database,
    catalog: &Catalog,
    options: &Options,
    observer: &mut dyn Observer,
    report: &Report,
) -> Result<Vec<Repeated>, RunError> {
    if due(database, catalog)?.is_empty() {
        return Ok(Vec::new());
    }
    let mut waiting = |holder: Option<&str>| observer.event(&Event::WaitingForLock { holder });
    let lock = database.lock(options.lock_wait, &mut waiting)?;
    database.reconnect_if_closed().map_err(LockError::Open)?;
    let state = database.inspect()?;
    let records = repeats::records(database.session(), &state.table)?;
    let due = choose(catalog, records.as_ref());
    if state.read_only && !due.is_empty() {
        return Err(RunError::ReadOnly);
    }
    let mirror = mirrored::of_files(database, &due)?;
    let read = due.into_iter().map(|file| {
        let segments = file.segments().map_err(ScriptError::from)?;
        Ok((file, segments))
    });
    let files = read.collect::<Result<Vec<_>, ScriptError>>()?;
    let mut runner = Runner {
        timeouts: database.session().transaction_timeouts(),
        is_made: records.is_some(),
        mirror,
        database,
        options,
        lock,
        table: state.table,
    };
    let mut done: Vec<Repeated> = Vec::with_capacity(files.len());
    for (file, segments) in files {
        match runner.file(file, &segments) {
            Ok(repeated) => {
                observer.event(&Event::Repeated {
                    repeated: &repeated,
                });
                done.push(repeated);
            }
            Err(cause) => {
                runner.database.session().roll_back();
                let ran = |it: &&Repeated| it.state != State::Waiting;
                return Err(RunError::Repeat(Box::new(RepeatFailure {
                    name: file.name().to_owned(),
                    cause,
                    done: done.iter().filter(ran).count(),
                    steps: report.plan.steps.len(),
                    heads: report.heads.clone(),
                })));
            }
        }
    }
    Ok(done)
}

struct Runner<'a> {
    database: &'a mut Database,
    options: &'a Options,
    lock: Lock,
    table: VersionTable,
    /// Whether the table of notes is there.
    is_made: bool,
    /// What other tools are told of each file.
    mirror: BTreeMap<String, Vec<String>>,
    /// The server's settings that would end a long transaction.
    timeouts: &'static [&'static str],
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
    fn file(&mut self, file: &Repeatable, segments: &[Segment]) -> Result<Repeated, Cause> {
        let begun = Instant::now();
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
        if let Some(note) = &note {
            let state = made(*note.already_there, note.total);
            self.push_note(&mut message, file, state, None);
        } else {
            message.push(0, Part::Commit, "COMMIT");
        }
        let Err(stopped) = self.database.session().send(message.text()) else {
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
        let mut message = Message::default();
        match note {
            Some(note) => {
                *note.already_there += there;
                let state = made(*note.already_there, note.total);
                self.push_note(&mut message, file, state, None);
            }
            None => message.push(0, Part::Commit, "COMMIT"),
        }
        Ok(self.send(&message, file.path())?)
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
            let mut message = Message::default();
            message.push_body(0, statement);
            let Err(stopped) = self.database.session().send(message.text()) else {
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
