//! Carrying a plan out: on a live database, or offline as a SQL script.
//!
//! [`run`] decides everything before it does anything: it plans, takes the lock, reads the heads
//! again, reads every file of the plan, and only then sends the first statement. A revision's
//! body, its row edit and its ledger entry commit together or not at all.

mod bridge;
mod entry;
mod event;
mod failure;
mod index;
mod journal;
mod kept;
mod live;
mod message;
mod mirrored;
mod offline;
mod prepare;
mod repeat;
mod report;
mod reset;
mod resolve;
mod rows;
mod shown;
mod stamp;
mod stopped;
mod tables;
mod verify;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use bridge::Bridge;
pub use event::{Event, Observer, Silent};
pub use failure::{Answer, Cause, During, Failure, Impossible, RunError, SourcePlace, Unverified};
pub(crate) use kept::revision_of;
pub use offline::{Script, write};
pub use repeat::{RepeatFailure, Repeated, due, is_settled};
pub use report::Report;
pub(crate) use report::short;
pub use reset::{Reset, ResetError, Strangers, Survey, clear, everything, survey};
pub use resolve::{Resolution, Resolved, resolve};
pub use shown::{Shown, show};

use crate::catalog::Catalog;
use crate::database::Database;
use crate::database::ledger::{self, Journal};
use crate::database::lock::LockError;
use crate::database::session::SessionError;
use crate::database::version_table::State;
use crate::id::RevisionId;
use crate::op::{Arguments, Offline};
pub use crate::plan::{Adopted, Request};
use crate::plan::{AppliedAt, Outcome, Plan};

/// How many revisions share a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionMode {
    /// Each revision has its own.
    #[default]
    Revision,
    /// The whole run is one.
    All,
}

/// How to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// One transaction for each revision, or one for all.
    pub transaction: TransactionMode,
    /// How long to wait for another run to end; none for ever.
    pub lock_wait: Option<Duration>,
    /// The server's `lock_timeout` while revisions run; none leaves the role's own.
    pub lock_timeout: Option<Duration>,
    /// The server's `statement_timeout` while revisions run; none is no limit, whatever the role's.
    pub statement_timeout: Option<Duration>,
    /// The `search_path` that each revision begins with; none leaves the role's own.
    pub search_path: Option<String>,
    /// Who runs, for the ledger, where more is known than the database role.
    pub client: Option<String>,
    /// Values handed to Rust-coded revisions.
    pub arguments: Arguments,
    /// What runs the steps that are code of another program; without it they are refused.
    pub bridge: Option<Arc<dyn Bridge>>,
    /// Tables that must be there, once no revision is pending.
    pub verify_tables: Vec<String>,
}

impl Options {
    /// The runner where there is no database.
    fn offline(&self) -> Offline<'_> {
        let arguments = Some(&self.arguments);
        Offline { arguments }
    }

    /// The server's settings that hold while a revision runs.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let milliseconds = |time: Duration| format!("{}ms", time.as_millis());
        let statement = self
            .statement_timeout
            .map_or_else(|| "0".into(), milliseconds);
        let mut settings = vec![("statement_timeout", statement)];
        if let Some(time) = self.lock_timeout {
            settings.push(("lock_timeout", milliseconds(time)));
        }
        let path = self.search_path.clone();
        settings.extend(path.map(|path| ("search_path", path)));
        settings
    }
}

/// Runs what is asked for on a database.
///
/// A database that is where it should be costs one query. Otherwise the lock is taken on a second
/// connection, and the heads are read and planned from again.
///
/// # Errors
/// Fails when there is no way, when a file of the plan cannot be used, when a step fails, or when
/// a table is missing that was to be there; the last two say what was done.
///
/// # Panics
/// Never by itself; but like every blocking call it must not be made on a thread of an async
/// runtime. There, use `spawn_blocking`.
pub fn run(
    database: &mut Database,
    catalog: &Catalog,
    request: &Request,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Report, RunError> {
    let begun = Instant::now();
    if !request.is_stamp() {
        repeat::check(catalog)?;
    }
    let (plan, known) = carry_out(database, catalog, request, options, observer)?;
    let mut report = Report::new(plan, catalog, &known, begun.elapsed());
    if request.is_stamp() {
        return Ok(report);
    }
    if repeat::is_followed(request, &report.plan) {
        match repeat::run(database, catalog, options, observer, &report) {
            Ok(repeated) => report.repeated = repeated,
            Err(error @ RunError::Repeat(_)) => return Err(error),
            Err(error) => {
                let (error, report) = (Box::new(error), Box::new(report));
                return Err(RunError::NotRepeated { error, report });
            }
        }
        report.duration = begun.elapsed();
    }
    tables::verify(database, options, report)
}

/// Does the plan and returns it, with the revisions that it is about.
fn carry_out<'c>(
    database: &mut Database,
    catalog: &'c Catalog,
    request: &Request,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<(Plan, Cow<'c, Catalog>), RunError> {
    let heads = database.heads()?;
    let known = kept::with_unknown(database, catalog, request, &heads)?;
    let order = order(database, request)?;
    let first = request.plan(known.graph(), &heads, &order)?;
    let stamp = request.is_stamp();
    // A stamp that moves no row may still declare what became of a half-done revision.
    if first.is_empty() && !stamp {
        refuse_half_done(database, &first)?;
        return Ok((first, known));
    }
    let mut waiting = |holder: Option<&str>| observer.event(&Event::WaitingForLock { holder });
    let lock = database.lock(options.lock_wait, &mut waiting)?;
    // It was idle meanwhile, and roles may have a timeout for that.
    database.reconnect_if_closed().map_err(LockError::Open)?;
    let state = database.inspect()?;
    if let Request::Adopt(adopted) = request
        && adopted.from != state.heads
    {
        return Err(RunError::HeadsMoved { heads: state.heads });
    }
    let known = kept::with_unknown(database, catalog, request, &state.heads)?;
    let plan = if state.heads == heads && !request.needs_order() {
        first
    } else {
        let order = order_of(database, request, &state)?;
        request.plan(known.graph(), &state.heads, &order)?
    };
    let journals = journals(database, &state)?;
    let told: &[(RevisionId, Outcome)] = match request {
        Request::Adopt(adopted) => &adopted.told,
        _ => &[],
    };
    if plan.is_empty() && told.is_empty() {
        if stamp && !journals.is_empty() {
            forget_journals(database, &state)?;
        }
        return Ok((plan, known));
    }
    if state.read_only {
        return Err(RunError::ReadOnly);
    }
    if plan.is_empty() {
        let mut changes = stamp::Changes::default();
        changes.tell(&known, told);
        let mirror = changes.mirror(database)?;
        mirrored::send(database, mirror)?;
        return Ok((plan, known));
    }
    let known = kept::with_code(database, known, &plan, &state)?;
    let prepared = if stamp {
        Vec::new()
    } else {
        prepare::all(&known, &plan, options, &journals)?
    };
    for statement in prepared.iter().filter_map(prepare::Prepared::begun) {
        database.wait_for_statement(statement, options.lock_wait, &mut waiting)?;
    }
    let none = AppliedAt::new();
    let applied_at = match request {
        Request::Adopt(adopted) => &adopted.applied_at,
        _ => &none,
    };
    let changes = match stamp {
        true => Some(stamp::changes(&known, &plan.from, &plan.to, applied_at)?),
        false => None,
    };
    let changes = changes.map(|mut changes| {
        changes.tell(&known, told);
        changes
    });
    let mirror = match &changes {
        Some(changes) => changes.mirror(database)?,
        None => mirrored::look(database, &known, &plan, &prepared)?,
    };
    observer.event(&Event::Planned { plan: &plan });
    repeat::forget(database, catalog, &plan, &state.table)?;
    let tables = own_tables(database, &state)?;
    let mut live = live::Live::new(live::Parts {
        database,
        plan: &plan,
        prepared: &prepared,
        options,
        observer,
        lock,
        table: state.table.clone(),
        tables,
        mirror,
    });
    match &changes {
        Some(changes) => live.stamp(changes, None)?,
        None => live.run()?,
    }
    Ok((plan, known))
}

/// Plans what [`run`] would do now, and does nothing: the plan, and the revisions that it is about.
///
/// # Errors
/// Fails when there is no way, or the database cannot be read.
pub fn plan<'c>(
    database: &mut Database,
    catalog: &'c Catalog,
    request: &Request,
) -> Result<(Plan, Cow<'c, Catalog>), RunError> {
    let heads = database.heads()?;
    let known = kept::with_unknown(database, catalog, request, &heads)?;
    let order = order(database, request)?;
    let plan = request.plan(known.graph(), &heads, &order)?;
    Ok((plan, known))
}

/// The applied revisions by when they were applied, where the request depends on it.
fn order(database: &mut Database, request: &Request) -> Result<Vec<RevisionId>, RunError> {
    if !request.needs_order() {
        return Ok(Vec::new());
    }
    let state = database.inspect()?;
    order_of(database, request, &state)
}

fn order_of(
    database: &mut Database,
    request: &Request,
    state: &State,
) -> Result<Vec<RevisionId>, RunError> {
    if !request.needs_order() || !state.ledger_exists {
        return Ok(Vec::new());
    }
    Ok(ledger::order(database.session(), &state.table)?)
}

/// A database whose heads are where they should be is not there while a revision is half-way to
/// somewhere else. Costs a turn only where the journal was ever written to.
fn refuse_half_done(database: &mut Database, plan: &Plan) -> Result<(), RunError> {
    if !database.may_have_journal() {
        return Ok(());
    }
    let state = database.inspect()?;
    let journals = journals(database, &state)?;
    Ok(prepare::refuse_half_done(plan, &journals)?)
}

fn forget_journals(database: &mut Database, state: &State) -> Result<(), RunError> {
    if state.read_only {
        return Err(RunError::ReadOnly);
    }
    send(database, &ledger::forget(&state.table, None))
}

/// Sends what is one transaction and no step of a plan; where it fails, nothing of it stays.
fn send(database: &mut Database, sql: &str) -> Result<(), RunError> {
    let Err(stopped) = database.session().send(sql) else {
        return Ok(());
    };
    database.session().roll_back();
    Err(match stopped.error {
        SessionError::Lost { reason } => RunError::Lost { reason },
        error => error.into(),
    })
}

fn journals(database: &mut Database, state: &State) -> Result<Vec<Journal>, RunError> {
    if !state.ledger_exists {
        return Ok(Vec::new());
    }
    Ok(ledger::journal(database.session(), &state.table)?)
}

/// The statements that create what is missing of the version table and the ledger.
fn own_tables(database: &mut Database, state: &State) -> Result<Vec<String>, RunError> {
    let mut statements = Vec::new();
    if !state.exists {
        statements.push(state.table.create());
    }
    statements.extend(ledger::preparation(database.session(), state)?);
    Ok(statements)
}

/// Creates the version table where it is missing; true where it was.
///
/// # Errors
/// Fails when the role may not create tables there, or the server fails.
pub fn ensure_version_table(database: &mut Database) -> Result<bool, RunError> {
    let state = database.inspect()?;
    if state.exists {
        return Ok(false);
    }
    if state.read_only {
        return Err(RunError::ReadOnly);
    }
    // Two that create one table at once fail on the server's own catalog.
    let _lock = database.lock(None, &mut |_| {})?;
    if database.inspect()?.exists {
        return Ok(false);
    }
    send(database, &state.table.create())?;
    Ok(true)
}
