//! What the ledger keeps of a step: enough to show it later, and to go back without the file.

use chrono::{DateTime, FixedOffset};

use crate::database::ledger::Entry;
use crate::execute::Options;
use crate::execute::prepare::Prepared;
use crate::id::RevisionId;
use crate::op;
use crate::plan::{Direction, Step};
use crate::script::{Body, Segment};
use crate::source::{Section, sections};
use crate::sql;

/// Returns the entry of a step that sent these segments.
pub(super) fn of_step<'a>(
    step: &'a Step,
    prepared: &'a Prepared,
    segments: &[Segment],
    options: &'a Options,
) -> Entry<'a> {
    let mut entry = entry(&step.revision, prepared, options);
    entry.direction = step.direction;
    if step.direction == Direction::Upgrade {
        entry.upgrade_sql = Some(sections(segments, Section::Upgrade));
        entry.downgrade_sql = text(&prepared.downgrade, Section::Downgrade, options);
    } else {
        entry.applied = false;
        entry.downgrade_sql = Some(sections(segments, Section::Downgrade));
    }
    entry
}

/// Returns the entry of a step that another program carried out.
pub(super) fn of_bridged<'a>(
    step: &'a Step,
    prepared: &'a Prepared,
    options: &'a Options,
) -> Entry<'a> {
    let mut entry = entry(&step.revision, prepared, options);
    entry.direction = step.direction;
    entry.applied = step.direction == Direction::Upgrade;
    if entry.applied {
        entry.downgrade_sql = text(&prepared.downgrade, Section::Downgrade, options);
    }
    entry
}

/// Returns the entry of a revision that is stamped as applied, then or now.
pub(super) fn of_revision<'a>(
    revision: &'a RevisionId,
    prepared: &'a Prepared,
    done_at: Option<DateTime<FixedOffset>>,
    options: &'a Options,
) -> Entry<'a> {
    let mut entry = entry(revision, prepared, options);
    entry.done_at = done_at;
    entry.upgrade_sql = text(&prepared.body, Section::Upgrade, options);
    entry.downgrade_sql = text(&prepared.downgrade, Section::Downgrade, options);
    entry
}

/// Returns the entry of a revision that is stamped away, of which no file may be left.
pub(super) fn of_removed<'a>(revision: &'a RevisionId, options: &'a Options) -> Entry<'a> {
    Entry {
        revision,
        direction: Direction::Stamp,
        applied: false,
        done_at: None,
        client: options.client.as_deref(),
        checksum: None,
        format: None,
        message: "",
        created: None,
        down_revision: &[],
        depends_on: &[],
        branch_labels: Vec::new(),
        upgrade_sql: None,
        downgrade_sql: None,
    }
}

fn entry<'a>(revision: &'a RevisionId, prepared: &'a Prepared, options: &'a Options) -> Entry<'a> {
    Entry {
        applied: true,
        checksum: Some(&prepared.checksum),
        format: Some(prepared.format.to_string()),
        message: &prepared.message,
        created: prepared.created.clone(),
        down_revision: &prepared.down_revision,
        depends_on: &prepared.depends_on,
        branch_labels: prepared.labels.iter().map(String::as_str).collect(),
        ..of_removed(revision, options)
    }
}

/// The body as SQL, where it is SQL or can be written as such without a database.
fn text(body: &Body, section: Section, options: &Options) -> Option<String> {
    let segments = offline(body, options)?.ok()?;
    Some(sections(&segments, section))
}

/// Writes a body as SQL without a database; none where there is no body.
pub(super) fn offline(body: &Body, options: &Options) -> Option<op::Result<Vec<Segment>>> {
    match body {
        Body::Sql(segments) => Some(Ok(segments.clone())),
        Body::Code(code) | Body::Asking { code, .. } => {
            Some(sql::record(code, &mut options.offline()))
        }
        Body::Reversed(function) => Some(sql::record_reverse(function, options.offline())),
        Body::Absent | Body::NotCompiled | Body::Foreign(_) | Body::Raises { .. } => None,
    }
}
