//! Going down with what the ledger kept: the file of a revision may be gone, or be code that this
//! program was not compiled with, and whoever must roll back now has neither another checkout nor a
//! compiler at hand.

use std::borrow::Cow;

use chrono::DateTime;

use crate::catalog::Catalog;
use crate::database::Database;
use crate::database::ledger::{self, Kept};
use crate::database::version_table::State;
use crate::execute::Request;
use crate::execute::failure::RunError;
use crate::heads::Heads;
use crate::plan::{Direction, Plan, Step};
use crate::script::Body;
use crate::source::LedgerRevision;

/// Adds the revisions that only the ledger knows, where the database stands at such a one and the
/// way does not lead up.
pub(super) fn with_unknown<'c>(
    database: &mut Database,
    catalog: &'c Catalog,
    request: &Request,
    heads: &Heads,
) -> Result<Cow<'c, Catalog>, RunError> {
    let graph = catalog.graph();
    let unknown = heads.iter().any(|id| graph.get(id.as_str()).is_none());
    if !unknown || !request.goes_down() {
        return Ok(Cow::Borrowed(catalog));
    }
    let state = database.inspect()?;
    with_ledger(database, catalog, &state)
}

/// Adds the revisions that only the ledger knows.
pub(super) fn with_ledger<'c>(
    database: &mut Database,
    catalog: &'c Catalog,
    state: &State,
) -> Result<Cow<'c, Catalog>, RunError> {
    if !state.ledger_exists {
        return Ok(Cow::Borrowed(catalog));
    }
    let kept = revisions(database, state)?;
    Ok(Cow::Owned(catalog.with_ledger(kept)))
}

/// Takes the way down from the ledger for revisions of the plan whose code this program has not,
/// except for those that the plan also takes up again: what runs then is the code, which may be
/// another by now.
pub(super) fn with_code<'c>(
    database: &mut Database,
    catalog: Cow<'c, Catalog>,
    plan: &Plan,
    state: &State,
) -> Result<Cow<'c, Catalog>, RunError> {
    let steps = |direction| move |step: &&Step| step.direction == direction;
    let is_missing = |step: &Step| {
        catalog
            .script(&step.revision)
            .is_ok_and(|script| matches!(script.downgrade, Body::NotCompiled))
    };
    let mut down = plan.steps.iter().filter(steps(Direction::Downgrade));
    if !state.ledger_exists || !down.any(is_missing) {
        return Ok(catalog);
    }
    let mut kept = revisions(database, state)?;
    kept.retain(|revision| {
        let mut up = plan.steps.iter().filter(steps(Direction::Upgrade));
        !up.any(|step| *step.revision.as_str() == revision.revision)
    });
    Ok(Cow::Owned(catalog.with_code_from(kept)))
}

fn revisions(database: &mut Database, state: &State) -> Result<Vec<LedgerRevision>, RunError> {
    let kept = ledger::kept(database.session(), &state.table)?;
    Ok(kept.into_iter().map(revision_of).collect())
}

/// What the ledger kept, as a source of revisions.
pub(crate) fn revision_of(kept: Kept) -> LedgerRevision {
    LedgerRevision {
        revision: kept.revision,
        down_revision: kept.down_revision,
        depends_on: kept.depends_on,
        branch_labels: kept.branch_labels,
        message: kept.message,
        created: kept
            .created
            .and_then(|at| DateTime::parse_from_rfc3339(&at).ok()),
        checksum: kept.checksum.unwrap_or_default(),
        upgrade: kept.upgrade_sql,
        downgrade: kept.downgrade_sql,
    }
}
