//! Revisions that only the ledger still knows, so that a rollback works when the file is gone.

use std::path::Path;

use chrono::{DateTime, FixedOffset};

use super::error::SourceError;
use super::sql::{Fault, bodies};
use crate::declaration::{Claim, Declaration, Format};
use crate::script::{Body, Script, Segment};

/// What the ledger kept of an applied revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerRevision {
    /// The id.
    pub revision: String,
    /// The parents.
    pub down_revision: Vec<String>,
    /// What must be applied first without being a parent.
    pub depends_on: Vec<String>,
    /// The labels declared there.
    pub branch_labels: Vec<String>,
    /// One line for a person; may be empty.
    pub message: String,
    /// When the file was written.
    pub created: Option<DateTime<FixedOffset>>,
    /// The checksum of the file that was applied.
    pub checksum: String,
    /// The SQL upwards, as [`sections`](super::sections) writes it; none where it is not known.
    pub upgrade: Option<String>,
    /// The SQL downwards, likewise.
    pub downgrade: Option<String>,
}

impl LedgerRevision {
    pub(super) fn declare(&self) -> Declaration {
        let claims = |names: &[String]| names.iter().map(|name| Claim::new(name, 0)).collect();
        Declaration {
            down_revision: claims(&self.down_revision),
            depends_on: claims(&self.depends_on),
            branch_labels: claims(&self.branch_labels),
            message: self.message.clone(),
            created: self.created,
            ..Declaration::new(Claim::new(&self.revision, 0), Format::Ledger)
        }
    }

    pub(super) fn script(&self, path: &Path) -> Result<Script, SourceError> {
        Ok(Script {
            upgrade: body(self.upgrade.as_deref(), path)?,
            downgrade: body(self.downgrade.as_deref(), path)?,
            downgrade_path: None,
            verify: Vec::new(),
            checksum: self.checksum.clone(),
        })
    }
}

/// Reads one direction; the column it stands in says which, so either section will do.
fn body(text: Option<&str>, path: &Path) -> Result<Body, SourceError> {
    let Some(text) = text else {
        return Ok(Body::Absent);
    };
    let bodies =
        bodies(text).map_err(|Fault { line, problem }| SourceError::new(path, line, problem))?;
    let mut segments: Vec<Segment> = bodies.upgrade.or(bodies.downgrade).unwrap_or_default();
    // The lines of a text that is in no file would mislead.
    for statement in segments.iter_mut().flat_map(|s| &mut s.statements) {
        statement.line = 0;
    }
    Ok(Body::Sql(segments))
}
