//! Checks that need no run: what is wrong, or against a project's rules, in revision files, in what
//! a database has of them, and in what a merge would make of them.
//!
//! Nothing stops a check: everything found is reported. A [`Finding`] is data with a code, a file
//! and a line; how it is printed, and what to do about it, is the command line's concern. What a
//! check could not look at is said as well.

mod applied;
mod files;
mod finding;
mod heads;
mod merge;
mod shared;

pub use applied::{Applied, applied};
pub use finding::{Finding, Rebase, Site};
pub use merge::Upstream;

use std::fmt;

use self::merge::Merge;
use crate::catalog::Catalog;
use crate::graph::Place;
use crate::op::Arguments;

/// What a project wants to be told.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// How many heads there may be.
    pub heads: AllowedHeads,
    /// The findings that are not reported.
    pub ignored: Vec<Ignored>,
    /// The values handed to Rust-coded revisions.
    pub arguments: Arguments,
    /// Whether another program runs the revisions in Python that are not translated.
    pub bridged: bool,
}

/// How many heads there may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AllowedHeads {
    /// One.
    #[default]
    One,
    /// One for each of these lines, and no other.
    Lines {
        /// Branch labels or revisions, as they stand before `@head`.
        names: Vec<String>,
        /// Where they are listed.
        place: Place,
    },
}

/// The codes of findings that a project may do without; on the others every command stops.
pub const IGNORABLE: [&str; 12] = [
    "applied_without_file",
    "changed_revision",
    "changed_since_applied",
    "deleted_revision",
    "file_name",
    "may_stop",
    "missing_downgrade",
    "multiple_heads",
    "not_translated",
    "shared_object",
    "unexpected_head",
    "unknown_in_database",
];

/// A finding that a project does without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Its code, one of [`IGNORABLE`].
    pub code: String,
    /// The one revision that is meant; none for all.
    pub revision: Option<String>,
}

impl Ignored {
    fn covers(&self, finding: &Finding) -> bool {
        let is_meant = |revision: &String| finding.revision() == Some(revision);
        self.code == finding.code() && self.revision.as_ref().is_none_or(is_meant)
    }
}

/// What a check found, and what it could not look at.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By file and line; those without a file come first.
    pub findings: Vec<Finding>,
    /// What stays open.
    pub unchecked: Vec<Unchecked>,
}

impl Report {
    /// Adds findings, but for those that the rules do without, in their place.
    pub fn add(&mut self, findings: Vec<Finding>, rules: &Rules) {
        let is_wanted = |finding: &Finding| !rules.ignored.iter().any(|it| it.covers(finding));
        self.findings.extend(findings.into_iter().filter(is_wanted));
        // The sort is stable: findings of one line stay in the order in which they were made.
        self.findings.sort_by_cached_key(Finding::place);
    }
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unchecked {
    /// Downgrades that are derived when a program is compiled, which this one was not.
    Downgrades {
        /// The number of revisions.
        revisions: usize,
    },
    /// Revisions in Python that are not translated, and that another program runs.
    Bridged {
        /// The number of revisions.
        revisions: usize,
    },
    /// What a revision touches where its SQL is made only when it runs.
    Touched {
        /// The revision, and the first such line.
        site: Site,
    },
    /// Which revisions were changed or deleted, since it is not known where the histories part.
    History {
        /// The name of the other side.
        reference: String,
    },
    /// Anything of the other side, since it has no revision files in the folders of this one.
    Upstream {
        /// The name of the other side.
        reference: String,
    },
}

impl Unchecked {
    /// Returns what was not looked at as a word for programs.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Downgrades { .. } => "downgrades",
            Self::Bridged { .. } => "bridge",
            Self::Touched { .. } => "objects",
            Self::History { .. } => "history",
            Self::Upstream { .. } => "upstream",
        }
    }
}

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Downgrades { revisions } => write!(
                f,
                "derived downgrades of revisions in Rust ({revisions}), which the project's own \
                 program tries"
            ),
            Self::Bridged { revisions } => write!(
                f,
                "what is not translated and the project's own Alembic runs ({revisions} {}): \
                 `limbeck alembic report` lists it",
                if *revisions == 1 {
                    "revision"
                } else {
                    "revisions"
                }
            ),
            Self::Touched { site } => write!(
                f,
                "all that revision `{}` touches: {} makes its SQL when it runs",
                site.revision, site.place
            ),
            Self::History { reference } => write!(
                f,
                "which revisions were changed or deleted: the histories of HEAD and `{reference}` \
                 do not meet here"
            ),
            Self::Upstream { reference } => write!(
                f,
                "a merge: `{reference}` has no revision file in these folders"
            ),
        }
    }
}

/// Checks revision files, and what merging them into another branch would make.
///
/// What is wrong in several places is reported once for each.
#[must_use]
pub fn check(catalog: &Catalog, rules: &Rules, upstream: Option<&Upstream>) -> Report {
    let mut report = Report::default();
    let (of_files, unchecked) = files::look(catalog, rules);
    report.add(of_files, rules);
    report.unchecked.extend(unchecked);
    let merge = upstream.map(|upstream| Merge::new(catalog, upstream));
    let mut findings = heads::findings(catalog, rules);
    if let Some(merge) = &merge {
        merge.propose_rebase(&mut findings);
        let (of_merge, unchecked) = merge.look(rules);
        findings.extend(of_merge);
        report.unchecked.extend(unchecked);
    }
    report.add(findings, rules);
    report
}
