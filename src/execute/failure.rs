//! Why a run failed, as data: which step, which line, and what had been done before it.
//!
//! How it reads to a person is the command line's concern.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::catalog::ScriptError;
use crate::database::ledger::LedgerError;
use crate::database::lock::LockError;
use crate::database::session::{ServerError, SessionError};
use crate::database::version_table::VersionTableError;
use crate::declaration::Format;
use crate::execute::resolve::is_beginning;
use crate::execute::{RepeatFailure, Report};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::op;
use crate::plan::{Direction, Plan, PlanError, Step};
use crate::script::Foreign;
use crate::tracking::TrackingError;

/// Why a run did not do all it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Occurs when there is no way from the heads to the target.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Occurs when a file of the plan cannot be used.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// Occurs when a revision of the plan cannot go the way that is asked.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// Occurs when the version table cannot be used.
    #[error(transparent)]
    VersionTable(#[from] VersionTableError),
    /// Occurs when the ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Occurs when the lock is not to be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Occurs when the heads are not those for which the targets were chosen.
    #[error("another program moved the database to {heads} meanwhile")]
    HeadsMoved {
        /// Where it stands by now.
        heads: Heads,
    },
    /// Occurs when the connection is lost before the server says whether something was noted down.
    #[error("the connection was lost, and with it whether this was noted down: {reason}")]
    Lost {
        /// What was said last.
        reason: String,
    },
    /// Occurs when the server takes no writes.
    #[error("the database is read-only: it is a standby, or `default_transaction_read_only` is on")]
    ReadOnly,
    /// Occurs when the table of another tool cannot be kept in step.
    #[error(transparent)]
    Tracking(#[from] TrackingError),
    /// Occurs when a step fails.
    #[error(transparent)]
    Step(#[from] Box<Failure>),
    /// Occurs when the plan is carried out, and a file that runs again and again fails.
    #[error(transparent)]
    Repeat(#[from] Box<RepeatFailure>),
    /// Occurs when the plan is carried out, and none of the files that run again and again can run.
    #[error("{error}")]
    NotRepeated {
        /// Why.
        error: Box<RunError>,
        /// What was done.
        report: Box<Report>,
    },
    /// Occurs when it is declared what became of a revision that is not half-done.
    #[error("{}", not_half_done(name, half_done))]
    NotHalfDone {
        /// The revision as typed.
        name: String,
        /// Those that are half-done.
        half_done: Vec<RevisionId>,
    },
    /// Occurs when the run is done, and what was to be there afterwards is not.
    #[error("{problem}")]
    Unverified {
        /// What is wrong.
        problem: Unverified,
        /// What was done.
        report: Box<Report>,
    },
    /// Occurs when the offline script cannot be written.
    #[error("the script cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

fn not_half_done(name: &str, half_done: &[RevisionId]) -> String {
    let several = half_done.iter().filter(|id| is_beginning(name, id));
    match (half_done.len(), several.count()) {
        (0, _) => "no revision was left half-done".to_owned(),
        (_, 0) => format!("`{name}` was not left half-done"),
        (_, several) => format!("`{name}` is the beginning of {several} names"),
    }
}

impl From<SessionError> for RunError {
    fn from(error: SessionError) -> Self {
        Self::VersionTable(error.into())
    }
}

/// What was to be there after a run and is not.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unverified {
    /// These tables.
    Missing(Vec<String>),
    /// This is no name of a table.
    Name {
        /// As it is written.
        name: String,
        /// What the server says of it.
        error: SessionError,
    },
    /// Whatever it is: the server did not say.
    Session(SessionError),
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(tables) => {
                let tables: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
                let (verb, plural) = if tables.len() == 1 {
                    ("is", "")
                } else {
                    ("are", "s")
                };
                write!(f, "the table{plural} {} {verb} missing", tables.join(", "))
            }
            Self::Name { name, error } => write!(f, "`{name}` is no name of a table: {error}"),
            Self::Session(error) => write!(f, "the tables cannot be verified: {error}"),
        }
    }
}

/// Why a revision cannot go the way that a plan asks, found before anything ran.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Impossible {
    /// Occurs when a revision has no body for the direction.
    #[error("revision `{revision}` has no {direction}")]
    NoBody {
        /// The revision.
        revision: RevisionId,
        /// The way that is asked.
        direction: Direction,
        /// What its file is written in.
        format: Format,
        /// Its file.
        path: Option<PathBuf>,
    },
    /// Occurs when a revision in Python refuses to go the way that is asked.
    #[error("revision `{revision}` refuses its {direction}: the function raises an exception")]
    Raises {
        /// The revision.
        revision: RevisionId,
        /// The way that is asked.
        direction: Direction,
        /// Its file.
        path: Option<PathBuf>,
        /// The line on which it does so.
        line: u32,
    },
    /// Occurs when a Rust-coded revision is not part of this program.
    #[error("revision `{revision}` is coded in Rust and this program was not compiled with it")]
    NotCompiled {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: Option<PathBuf>,
    },
    /// Occurs when a revision is code of another program.
    #[error("revision `{revision}` {}", foreign.reason)]
    Foreign {
        /// The revision.
        revision: RevisionId,
        /// What it is written for.
        format: Format,
        /// Its file.
        path: Option<PathBuf>,
        /// Why it cannot be run.
        foreign: Foreign,
    },
    /// Occurs when code of another program, behind other steps, may turn out not to run here.
    #[error(
        "revision `{revision}` may stop, depending on what the database holds: it {}",
        foreign.reason
    )]
    MayStop {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: Option<PathBuf>,
        /// What cannot be run.
        foreign: Foreign,
    },
    /// Occurs when a section outside of transactions is to run in the transaction of a whole run.
    #[error(
        "revision `{revision}` has a part that runs outside of transactions, and the whole run is to be one"
    )]
    NoTransactionInOne {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: Option<PathBuf>,
        /// The line of the first such statement.
        line: u32,
    },
    /// Occurs when a step of another program is to share the transaction of a whole run.
    #[error(
        "revision `{revision}` is run by another program, and the whole run is to be one transaction"
    )]
    BridgeInOne {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: Option<PathBuf>,
    },
    /// Occurs when a revision of several transactions is to run in the transaction of a whole run.
    #[error(
        "revision `{revision}` is several transactions by itself, and the whole run is to be one"
    )]
    SeveralInOne {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: Option<PathBuf>,
        /// The line on which the second one begins.
        line: u32,
    },
    /// Occurs when a revision that is half-done was edited in the part that is done.
    #[error(
        "revision `{revision}` stopped after {}, which {} edited since",
        statements(*statements_done),
        if *statements_done == 1 { "was" } else { "were" }
    )]
    Edited {
        /// The revision.
        revision: RevisionId,
        /// How many of its statements had been completed.
        statements_done: usize,
    },
    /// Occurs when a revision is half-done in one direction and the plan does not take it up.
    #[error("revision `{revision}` stopped half-way through its {direction}")]
    HalfDone {
        /// The revision.
        revision: RevisionId,
        /// The way it was going.
        direction: String,
        /// How many of its statements were completed.
        statements_done: usize,
    },
    /// Occurs when a Rust-coded revision refuses to be written as SQL.
    #[error("revision `{revision}`: {reason}")]
    NotOffline {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: Option<PathBuf>,
        /// What its function said.
        reason: String,
    },
}

/// A step that failed, and where that leaves the database.
#[derive(Debug, thiserror::Error)]
#[error("step {} of {} failed: {} {}", position + 1, plan.steps.len(), step.direction, step.revision)]
#[non_exhaustive]
pub struct Failure {
    /// The plan as a whole.
    pub plan: Plan,
    /// The failing step's position, from 0: so many steps were done.
    pub position: usize,
    /// The failing step.
    pub step: Step,
    /// Why.
    #[source]
    pub cause: Cause,
    /// The heads of the database afterwards, where they are known.
    pub heads: Option<Heads>,
    /// Whether anything of the run stayed in the database, or may have: a connection that is lost
    /// takes along the answer to a commit.
    pub changed: bool,
    /// Whether something of the failing step itself stayed: what it ran outside of transactions.
    pub partly: bool,
    /// How long the run took.
    pub duration: Duration,
}

/// What went wrong in a step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// Occurs when the server refuses a statement of the revision.
    #[error("{server}")]
    Sql {
        /// The server's words.
        server: Box<ServerError>,
        /// The place, where it is one of a file.
        place: Option<Box<SourcePlace>>,
        /// What the server refused.
        during: During,
    },
    /// Occurs when a query of the revision's `verify` section answers anything but true.
    #[error("a query of its verify section does not hold: {answer}")]
    DoesNotHold {
        /// What it answers.
        answer: Answer,
        /// The query's place.
        place: Option<Box<SourcePlace>>,
    },
    /// Occurs when another program moved the heads between the plan and the step.
    #[error("another program changed the version table meanwhile")]
    HeadsMoved,
    /// Occurs when the connection that holds the lock was lost.
    #[error("the connection that holds the lock was lost")]
    LockLost,
    /// Occurs when the connection was lost.
    #[error("the connection to the server was lost: {reason}")]
    ConnectionLost {
        /// What was said last.
        reason: String,
    },
    /// Occurs when the run was asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Occurs when code that stopped half-way asks the database again, and would now run something
    /// else than what is done.
    #[error(
        "it stopped after {}, and by what it now finds it would not begin with {}",
        statements(*statements_done),
        if *statements_done == 1 { "that" } else { "those" }
    )]
    GoesOnOtherwise {
        /// How many of its statements had been completed.
        statements_done: usize,
    },
    /// Occurs when code that stopped half-way asks the database again, and does not build an index that
    /// may be what it stopped at.
    #[error("it stopped in the midst of a statement, and the index {index} is invalid")]
    InvalidIndex {
        /// The index, as SQL.
        index: String,
    },
    /// Occurs when the server still runs a statement of an earlier run.
    #[error(transparent)]
    Lock {
        /// Who, and how long was waited.
        error: LockError,
    },
    /// Occurs when another program was to carry the step out, and did not do just that.
    #[error("{}", bridged(message.as_deref(), heads.as_ref()))]
    Bridge {
        /// What it said, where it failed.
        message: Option<String>,
        /// The heads that it left behind, where they can be read.
        heads: Option<Heads>,
    },
    /// Occurs when the function of a Rust-coded revision returns an error.
    #[error("{error}")]
    Code {
        /// The error.
        error: op::Error,
        /// The revision's file.
        path: Option<PathBuf>,
    },
}

fn statements(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} statement{plural}")
}

fn bridged(message: Option<&str>, heads: Option<&Heads>) -> String {
    match (message, heads) {
        (Some(message), _) => message.to_owned(),
        (None, Some(heads)) => {
            format!("the program that was to run it ended well, and the database stands at {heads}")
        }
        (None, None) => {
            "the program that was to run it ended well, and the heads cannot be read".to_owned()
        }
    }
}

/// What a query that should be true answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It has no row.
    Nothing,
    /// It has rows, and not all of them are true.
    NotTrue {
        /// How many there are.
        rows: u64,
    },
    /// Its column is no truth value.
    NotBoolean,
    /// It has several columns.
    NotOneColumn,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("it has no row"),
            Self::NotTrue { rows: 1 } => f.write_str("its row is not true"),
            Self::NotTrue { rows } => write!(f, "not all of its {rows} rows are true"),
            Self::NotBoolean => f.write_str("its column is no boolean"),
            Self::NotOneColumn => f.write_str("it does not have one column"),
        }
    }
}

/// What the server was doing when it refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum During {
    /// A statement of the revision.
    Body,
    /// A query of its `verify` section.
    Verify,
    /// The creation of the version table or the ledger.
    Tables,
    /// The row edit and the ledger entry.
    Edit,
    /// What another tool is told in its own table.
    Mirror,
    /// The commit: a deferred constraint, for example.
    Commit,
    /// The beginning of the transaction.
    Open,
}

/// A place in a revision's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePlace {
    /// The file.
    pub path: Option<PathBuf>,
    /// The line, from 1; 0 where there is no file.
    pub line: u32,
    /// The column and the width of the word in characters, from 1, where the server gave a place.
    pub span: Option<(usize, usize)>,
    /// The text of the line, or the statement's part of it.
    pub text: String,
}
