//! The last look before anything runs: every file of the plan read, every impossibility found.
//!
//! After this a step can only fail for what the server says or what a Rust-coded function does.

use std::path::PathBuf;

use crate::catalog::Catalog;
use crate::database::ledger::Journal;
use crate::declaration::Format;
use crate::execute::entry;
use crate::execute::failure::{Impossible, RunError};
use crate::execute::journal::{goes_on, in_order};
use crate::execute::{Options, TransactionMode};
use crate::graph::Node;
use crate::id::RevisionId;
use crate::plan::{Direction, Plan, Step, Way};
use crate::script::{Body, Mode, Segment, Statement, commits_midway};

/// Everything that one step needs, apart from the database.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// What runs.
    pub(super) body: Body,
    /// What leads back, for the ledger.
    pub(super) downgrade: Body,
    /// What must hold afterwards.
    pub(super) verify: Vec<Statement>,
    pub(super) path: Option<PathBuf>,
    pub(super) checksum: String,
    pub(super) format: Format,
    pub(super) message: String,
    pub(super) created: Option<String>,
    pub(super) down_revision: Vec<RevisionId>,
    pub(super) depends_on: Vec<RevisionId>,
    pub(super) labels: Vec<String>,
    /// How far an earlier run came.
    pub(super) journal: Option<Journal>,
    /// The statement at which it stopped, where it had begun.
    pub(super) begun: Option<Statement>,
}

impl Prepared {
    /// Returns the text of the statement at which an earlier run stopped, where it had begun.
    pub(super) fn begun(&self) -> Option<&str> {
        self.begun.as_ref().map(|statement| statement.text.as_str())
    }
}

/// Reads what every step of a plan needs.
pub(super) fn all(
    catalog: &Catalog,
    plan: &Plan,
    options: &Options,
    journals: &[Journal],
) -> Result<Vec<Prepared>, RunError> {
    refuse_half_done(plan, journals)?;
    let steps = plan.steps.iter();
    let prepared = steps.map(|step| one(catalog, step, options, journals));
    let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
    refuse_obstacles(plan, &prepared, options)?;
    Ok(prepared)
}

/// Reads what a revision says of itself; `None` where the catalog does not know it.
pub(super) fn of_revision(
    catalog: &Catalog,
    revision: &RevisionId,
) -> Result<Option<Prepared>, RunError> {
    let Some(node) = catalog.graph().get(revision.as_str()) else {
        return Ok(None);
    };
    let script = catalog.script(revision)?;
    Ok(Some(prepared(
        node,
        script.upgrade,
        script.downgrade,
        script.checksum,
    )))
}

fn prepared(node: &Node, body: Body, downgrade: Body, checksum: String) -> Prepared {
    Prepared {
        body,
        downgrade,
        verify: Vec::new(),
        path: node.path().map(Into::into),
        checksum,
        format: node.format(),
        message: node.message().to_owned(),
        created: node.created().map(|at| at.to_rfc3339()),
        down_revision: node.down_revisions().to_vec(),
        depends_on: node.depends_on().to_vec(),
        labels: node.labels().iter().map(ToString::to_string).collect(),
        journal: None,
        begun: None,
    }
}

fn one(
    catalog: &Catalog,
    step: &Step,
    options: &Options,
    journals: &[Journal],
) -> Result<Prepared, RunError> {
    let revision = &step.revision;
    let script = catalog.script(revision)?;
    let Some(node) = catalog.graph().get(revision.as_str()) else {
        unreachable!("the catalog has a script for each revision of its graph");
    };
    let mut prepared = match step.direction {
        Direction::Upgrade => {
            let mut up = prepared(node, script.upgrade, script.downgrade, script.checksum);
            up.verify = script.verify;
            up
        }
        Direction::Downgrade | Direction::Stamp => {
            let mut down = prepared(node, script.downgrade, Body::Absent, script.checksum);
            down.path = script.downgrade_path.or(down.path);
            down
        }
    };
    let path = prepared.path.clone();
    match &prepared.body {
        Body::Absent => {
            if step.direction == Direction::Downgrade {
                catalog.check_downgrade(revision)?;
            }
            return Err(Impossible::NoBody {
                revision: revision.clone(),
                direction: step.direction,
                format: node.format(),
                path,
            }
            .into());
        }
        Body::Raises { line } => {
            return Err(Impossible::Raises {
                revision: revision.clone(),
                direction: step.direction,
                path,
                line: *line,
            }
            .into());
        }
        Body::NotCompiled => {
            return Err(Impossible::NotCompiled {
                revision: revision.clone(),
                path,
            }
            .into());
        }
        // What another tool's code needs is that tool.
        Body::Foreign(_) if options.bridge.is_some() && node.format() == Format::Alembic => {
            if options.transaction == TransactionMode::All {
                return Err(Impossible::BridgeInOne {
                    revision: revision.clone(),
                    path,
                }
                .into());
            }
        }
        Body::Foreign(foreign) => {
            return Err(Impossible::Foreign {
                revision: revision.clone(),
                format: node.format(),
                path,
                foreign: foreign.clone(),
            }
            .into());
        }
        Body::Sql(segments) => check_mode(revision, segments, options, path)?,
        Body::Code(_) | Body::Asking { .. } | Body::Reversed(_) => {}
    }
    prepared.journal = journals
        .iter()
        .find(|j| j.revision == *revision && j.direction == step.direction.to_string())
        .cloned();
    if let Some(journal) = &prepared.journal {
        prepared.begun = check_unedited(&prepared.body, journal, options)?;
    }
    Ok(prepared)
}

/// What may turn out not to run must not leave half of a plan done: it comes first, or all of the run is
/// taken back with it, or another program takes over.
fn refuse_obstacles(
    plan: &Plan,
    prepared: &[Prepared],
    options: &Options,
) -> Result<(), Impossible> {
    if options.transaction == TransactionMode::All || options.bridge.is_some() {
        return Ok(());
    }
    for (step, prepared) in plan.steps.iter().zip(prepared).skip(1) {
        if let Body::Asking {
            obstacle: Some(foreign),
            ..
        } = &prepared.body
        {
            return Err(Impossible::MayStop {
                revision: step.revision.clone(),
                path: prepared.path.clone(),
                foreign: foreign.clone(),
            });
        }
    }
    Ok(())
}

fn check_mode(
    revision: &RevisionId,
    segments: &[Segment],
    options: &Options,
    path: Option<PathBuf>,
) -> Result<(), Impossible> {
    if options.transaction == TransactionMode::Revision || !commits_midway(segments) {
        return Ok(());
    }
    let outside = segments.iter().find(|s| s.mode == Mode::NoTransaction);
    let line = |segment: &Segment| segment.statements.first().map_or(0, |s| s.line);
    let revision = revision.clone();
    Err(match outside {
        Some(segment) => Impossible::NoTransactionInOne {
            revision,
            path,
            line: line(segment),
        },
        None => Impossible::SeveralInOne {
            revision,
            path,
            line: segments.get(1).map_or(0, line),
        },
    })
}

/// A revision that goes on where it stopped must not have changed before that point. Returns the
/// statement there, where it had begun. Of code that asks the database both show when it runs.
fn check_unedited(
    body: &Body,
    journal: &Journal,
    options: &Options,
) -> Result<Option<Statement>, Impossible> {
    let segments = match entry::offline(body, options) {
        Some(Ok(segments)) => segments,
        Some(Err(_)) if !matches!(body, Body::Reversed(_)) => return Ok(None),
        Some(Err(_)) | None => Vec::new(),
    };
    let statements = in_order(&segments);
    if goes_on(journal, &statements) {
        let next = statements.get(journal.statements_done);
        let begun = next.filter(|_| journal.running);
        return Ok(begun.map(|placed| placed.statement.clone()));
    }
    Err(Impossible::Edited {
        revision: journal.revision.clone(),
        statements_done: journal.statements_done,
    })
}

/// Returns the statement at which an earlier run stopped, where it had begun and the file still has
/// it.
pub(super) fn begun(catalog: &Catalog, journal: &Journal, options: &Options) -> Option<Statement> {
    let script = catalog.script(&journal.revision).ok()?;
    let body = match journal.direction.as_str() {
        "downgrade" => script.downgrade,
        _ => script.upgrade,
    };
    check_unedited(&body, journal, options).ok()?
}

/// The other way is closed while a revision is half-done: what it would undo is not there in full.
/// A plan that goes both ways must first finish taking it back.
pub(super) fn refuse_half_done(plan: &Plan, journals: &[Journal]) -> Result<(), Impossible> {
    let goes_on = |journal: &Journal| {
        let takes_back = |step: &Step| {
            step.direction == Direction::Downgrade && step.revision == journal.revision
        };
        match plan.way {
            Way::Both => journal.direction == "downgrade" && plan.steps.iter().any(takes_back),
            Way::Upgrade | Way::Downgrade | Way::Stamp => journal.direction == plan.way.to_string(),
        }
    };
    let Some(journal) = journals.iter().find(|journal| !goes_on(journal)) else {
        return Ok(());
    };
    Err(Impossible::HalfDone {
        revision: journal.revision.clone(),
        direction: journal.direction.clone(),
        statements_done: journal.statements_done,
    })
}
