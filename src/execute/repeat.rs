//! Files that run again and again, once the revisions are where they should be.
//!
//! Each runs in a transaction of its own, together with the note of what became of it. Such files are
//! written to be run twice: a statement that finds its object there already is passed over. One that
//! misses something takes its file back, and the file waits for the next upgrade. Anything else is an
//! error, as in a revision.

mod runner;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use self::runner::Runner;
use super::event::{Event, Observer};
use super::failure::{Cause, RunError};
use super::{Options, Report, mirrored, send};
use crate::catalog::{Catalog, ScriptError};
use crate::database::Database;
use crate::database::lock::LockError;
use crate::database::repeats::{self, Record, State};
use crate::database::version_table::VersionTable;
use crate::heads::Heads;
use crate::plan::{Direction, Plan, Request};
use crate::script::{Mode, Segment};
use crate::source::{Repeat, Repeatable};

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
    /// Whether something of it stayed although it waits: what it commits before its end.
    pub partly: bool,
    /// How many of its statements found that their object was there already.
    pub already_there: usize,
    /// How many statements it has.
    pub statements: usize,
    /// How long it took.
    pub duration: Duration,
}

/// A file that failed, after the plan was carried out.
#[derive(Debug, thiserror::Error)]
#[error("{name} failed{}", if *partly { "" } else { " and was rolled back" })]
#[non_exhaustive]
pub struct RepeatFailure {
    /// The file's name.
    pub name: String,
    /// Why.
    #[source]
    pub cause: Cause,
    /// Whether something of it stayed, or may have: what it commits before its end.
    pub partly: bool,
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
        send(database, &repeats::forget(table))?;
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
    // A run that was killed may have left the server with one of these, which no fence holds back.
    for statement in files.iter().flat_map(|(_, segments)| outside(segments)) {
        database.wait_for_statement(statement, options.lock_wait, &mut waiting)?;
    }
    let mut runner = Runner {
        timeouts: database.session().transaction_timeouts(),
        is_made: records.is_some(),
        stays: false,
        mirror,
        database,
        options,
        observer,
        lock,
        table: state.table,
    };
    let mut done: Vec<Repeated> = Vec::with_capacity(files.len());
    for (file, segments) in files {
        match runner.file(file, &segments) {
            Ok(repeated) => {
                runner.observer.event(&Event::Repeated {
                    repeated: &repeated,
                });
                done.push(repeated);
            }
            Err(cause) => {
                runner.database.session().roll_back();
                let changed = |it: &&Repeated| it.state != State::Waiting || it.partly;
                // The answer to the commit may be what was lost.
                let is_lost = matches!(cause, Cause::ConnectionLost { .. });
                return Err(RunError::Repeat(Box::new(RepeatFailure {
                    name: file.name().to_owned(),
                    partly: runner.stays || is_lost,
                    cause,
                    done: done.iter().filter(changed).count(),
                    steps: report.plan.steps.len(),
                    heads: report.heads.clone(),
                })));
            }
        }
    }
    Ok(done)
}

/// The texts of the statements that run outside of transactions.
fn outside(segments: &[Segment]) -> impl Iterator<Item = &str> {
    let segments = segments.iter();
    let outside = segments.filter(|segment| segment.mode == Mode::NoTransaction);
    let statements = outside.flat_map(|segment| &segment.statements);
    statements.map(|statement| statement.text.as_str())
}
