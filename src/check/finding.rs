//! What a check can find, as data.

use chrono::{DateTime, FixedOffset};

use crate::catalog::Entry;
use crate::graph::{Fault, Node, Place};
use crate::id::RevisionId;
use crate::script::Direction;
use crate::source::SourceError;
use crate::sql::objects::Object;

/// A revision and a place in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The id.
    pub revision: String,
    /// The place.
    pub place: Place,
}

impl Site {
    pub(super) fn of(node: &Node) -> Self {
        Self {
            revision: node.id().to_string(),
            place: node.place(),
        }
    }

    pub(super) fn of_entry(entry: Entry<'_>) -> Self {
        Self {
            revision: entry.id().to_owned(),
            place: entry.place(),
        }
    }
}

/// Revisions that could go on top of others, instead of beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebase {
    /// The lowest of them.
    pub revision: String,
    /// What it would stand on.
    pub onto: String,
}

/// Something that is wrong, or against the rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// Occurs when a file is no revision, or its body cannot be run as it stands.
    #[error("{}", .0.problem)]
    Source(SourceError),
    /// Occurs when declarations do not fit together.
    #[error("{}", .0.sentence())]
    Fault(Fault),
    /// Occurs when there are several heads where there may be one.
    #[error("there are {} heads{}: {}", heads.len(), in_branch(branch.as_deref()), list(heads))]
    MultipleHeads {
        /// The line that may have one; none where the whole graph may.
        branch: Option<String>,
        /// The heads, in file order; where another side is known, those of this one first.
        heads: Vec<Site>,
        /// How one of them could be put on top of the other, where that is clear.
        rebase: Option<Rebase>,
    },
    /// Occurs when a head is in none of the lines that may have one.
    #[error("`{}` is a head, and in none of the lines that may have one: {}", head.revision, names(allowed))]
    UnexpectedHead {
        /// The head.
        head: Site,
        /// The lines that may have one.
        allowed: Vec<String>,
    },
    /// Occurs when a line that may have a head does not exist.
    #[error("`check.heads` names `{name}`, which is no branch label and no revision")]
    UnknownLine {
        /// Its name.
        name: String,
        /// Names that look like it, or else all labels.
        candidates: Vec<String>,
        /// Where it is listed.
        place: Place,
    },
    /// Occurs when a revision cannot be taken back.
    #[error("revision `{}` has no downgrade{}", site.revision, because(reason.as_deref()))]
    MissingDowngrade {
        /// The revision.
        site: Site,
        /// Why none can be derived, where that was tried.
        reason: Option<String>,
    },
    /// Occurs when a function in Python is not translated, and nothing else runs it.
    #[error("the {direction} of revision `{}` is not translated: it {reason}", site.revision)]
    NotTranslated {
        /// The revision, and the line of the reason.
        site: Site,
        /// Which of its functions.
        direction: Direction,
        /// The reason.
        reason: String,
    },
    /// Occurs when what the database holds may lead a function in Python to what is not translated, and
    /// nothing else runs it.
    #[error(
        "the {direction} of revision `{}` may stop, depending on what the database holds: it {reason}",
        site.revision
    )]
    MayStop {
        /// The revision, and the line of the reason.
        site: Site,
        /// Which of its functions.
        direction: Direction,
        /// The reason.
        reason: String,
    },
    /// Occurs when a file's name does not have its revision's id in it.
    #[error("the name of the file does not have the id of its revision `{}` in it", site.revision)]
    FileName {
        /// The revision.
        site: Site,
    },
    /// Occurs when the file of an applied revision is not what was applied.
    #[error("revision `{}` has changed since it was applied, {}", site.revision, applied_at.format("%Y-%m-%d %H:%M:%S"))]
    ChangedSinceApplied {
        /// The revision.
        site: Site,
        /// When it was applied.
        applied_at: DateTime<FixedOffset>,
    },
    /// Occurs when the database has a revision of which only the ledger knows.
    #[error("revision `{}` is applied, and its file is gone", site.revision)]
    AppliedWithoutFile {
        /// The revision.
        site: Site,
    },
    /// Occurs when the version table has a row that nothing explains.
    #[error("the database stands at `{}`, of which neither a file nor the ledger knows", site.revision)]
    UnknownInDatabase {
        /// The row.
        site: Site,
    },
    /// Occurs when a revision that is on the other side, too, was changed on this one.
    #[error("revision `{}` is in `{reference}` already, and differs here", site.revision)]
    ChangedRevision {
        /// The revision.
        site: Site,
        /// The name of the other side.
        reference: String,
    },
    /// Occurs when a revision of the other side was deleted on this one.
    #[error("revision `{}` is in `{reference}` already, and is deleted here", site.revision)]
    DeletedRevision {
        /// The revision, with its file on the other side.
        site: Site,
        /// The name of the other side.
        reference: String,
    },
    /// Occurs when revisions of both sides, neither below the other, touch one object.
    #[error(
        "{object} is touched here by {}, and in `{reference}` by {}",
        list(here),
        with_places(there)
    )]
    SharedObject {
        /// The object.
        object: Object,
        /// The new revisions on this side that touch it, with the line.
        here: Vec<Site>,
        /// Those on the other side.
        there: Vec<Site>,
        /// The name of the other side.
        reference: String,
    },
    /// Occurs when something would be wrong after a merge that is right on both sides.
    #[error("{}", after_merge(reference, finding))]
    AfterMerge {
        /// The name of the other side.
        reference: String,
        /// What would be wrong.
        finding: Box<Finding>,
    },
}

impl Finding {
    /// Returns the kind of finding as a word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Fault(fault) => fault.code(),
            Self::MultipleHeads { .. } => "multiple_heads",
            Self::UnexpectedHead { .. } => "unexpected_head",
            Self::UnknownLine { .. } => "unknown_branch",
            Self::MissingDowngrade { .. } => "missing_downgrade",
            Self::NotTranslated { .. } => "not_translated",
            Self::MayStop { .. } => "may_stop",
            Self::FileName { .. } => "file_name",
            Self::ChangedSinceApplied { .. } => "changed_since_applied",
            Self::AppliedWithoutFile { .. } => "applied_without_file",
            Self::UnknownInDatabase { .. } => "unknown_in_database",
            Self::ChangedRevision { .. } => "changed_revision",
            Self::DeletedRevision { .. } => "deleted_revision",
            Self::SharedObject { .. } => "shared_object",
            Self::AfterMerge { finding, .. } => finding.code(),
        }
    }

    /// Returns the revision that it is about, where it is about one more than others.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        match self {
            Self::Source(_) | Self::UnknownLine { .. } => None,
            Self::Fault(fault) => fault.revision().map(RevisionId::as_str),
            Self::AfterMerge { finding, .. } => finding.revision(),
            _ => self.site().map(|site| site.revision.as_str()),
        }
    }

    /// Returns the object that it is about.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        match self {
            Self::SharedObject { object, .. } => Some(object),
            Self::AfterMerge { finding, .. } => finding.object(),
            _ => None,
        }
    }

    /// Returns the place that a person should open first.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Source(SourceError { path, line, .. }) => Place {
                path: Some(path.as_path().into()),
                line: *line,
            },
            Self::Fault(fault) => fault.place().clone(),
            Self::UnknownLine { place, .. } => place.clone(),
            Self::AfterMerge { finding, .. } => finding.place(),
            _ => self
                .site()
                .map(|site| site.place.clone())
                .unwrap_or_default(),
        }
    }

    /// Returns the other revisions that have to do with it.
    #[must_use]
    pub fn related(&self) -> Vec<Site> {
        match self {
            Self::Fault(Fault::DuplicateRevision {
                revision, first, ..
            }) => vec![Site {
                revision: revision.to_string(),
                place: first.clone(),
            }],
            Self::Fault(Fault::DuplicateLabel {
                first, first_place, ..
            }) => vec![Site {
                revision: first.to_string(),
                place: first_place.clone(),
            }],
            Self::Fault(Fault::LabelIsRevision { label, taken, .. }) => vec![Site {
                revision: label.to_string(),
                place: taken.clone(),
            }],
            Self::Fault(Fault::Cycle { members, .. }) => {
                let others = members.iter().skip(1).map(|member| Site {
                    revision: member.revision.to_string(),
                    place: member.place.clone(),
                });
                others.collect()
            }
            Self::MultipleHeads { heads, .. } => heads.iter().skip(1).cloned().collect(),
            Self::SharedObject { here, there, .. } => {
                here.iter().skip(1).chain(there).cloned().collect()
            }
            Self::AfterMerge { finding, .. } => finding.related(),
            _ => Vec::new(),
        }
    }

    fn site(&self) -> Option<&Site> {
        match self {
            Self::MultipleHeads { heads, .. } => heads.first(),
            Self::SharedObject { here, .. } => here.first(),
            Self::UnexpectedHead { head: site, .. }
            | Self::MissingDowngrade { site, .. }
            | Self::NotTranslated { site, .. }
            | Self::MayStop { site, .. }
            | Self::FileName { site }
            | Self::ChangedSinceApplied { site, .. }
            | Self::AppliedWithoutFile { site }
            | Self::UnknownInDatabase { site }
            | Self::ChangedRevision { site, .. }
            | Self::DeletedRevision { site, .. } => Some(site),
            Self::Source(_)
            | Self::Fault(_)
            | Self::UnknownLine { .. }
            | Self::AfterMerge { .. } => None,
        }
    }
}

/// The longest list that helps a person.
const LISTED: usize = 6;

fn list(sites: &[Site]) -> String {
    listed(sites.iter().map(|site| format!("`{}`", site.revision)))
}

fn names(names: &[String]) -> String {
    listed(names.iter().map(|name| format!("`{name}`")))
}

fn with_places(sites: &[Site]) -> String {
    listed(
        sites
            .iter()
            .map(|site| format!("`{}` ({})", site.revision, site.place)),
    )
}

/// Writes `a, b and c`, or `a, b and 7 more`.
fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let count = items.len();
    let shown = if count > LISTED { LISTED - 1 } else { count };
    let mut items: Vec<_> = items.take(shown).collect();
    if shown < count {
        items.push(format!("{} more", count - shown));
    }
    let last = items.pop().unwrap_or_default();
    if items.is_empty() {
        return last;
    }
    format!("{} and {last}", items.join(", "))
}

fn after_merge(reference: &str, finding: &Finding) -> String {
    match finding {
        Finding::MultipleHeads { branch, heads, .. } => format!(
            "a merge into `{reference}` would make {} heads{}: {}",
            heads.len(),
            in_branch(branch.as_deref()),
            list(heads)
        ),
        other => format!("after a merge into `{reference}`: {other}"),
    }
}

fn in_branch(branch: Option<&str>) -> String {
    branch.map_or_else(String::new, |branch| format!(" in branch `{branch}`"))
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}
