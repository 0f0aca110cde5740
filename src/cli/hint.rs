//! What to do about an error: every error of the library becomes a [`Failure`] here.
//!
//! The matches name each variant, so that a new one cannot be forgotten. A hint can be pasted into
//! a terminal as far as that is possible; [`Asking`] says which command it should begin with.

use super::config::ConfigError;
use super::failure::{Candidate, Failure, sentence};
use super::text;
use crate::graph::{Fault, Node, RevisionGraph};
use crate::id::IdError;
use crate::plan::PlanError;
use crate::resolve::ResolveError;
use crate::source::SourceError;
use crate::target::TargetError;

/// Which command a person typed a name for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// `upgrade`
    Upgrade,
    /// `downgrade`
    Downgrade,
    /// `stamp`
    Stamp,
    /// `show`
    Show,
    /// `edit`
    Edit,
    /// `history -r`
    History,
    /// `merge`
    Merge,
    /// `revision --head`
    Revision,
    /// `revision --depends-on`
    DependsOn,
    /// `plan --from`
    From,
}

impl Asking {
    /// Returns the command up to the name.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
            Self::Show => "show",
            Self::Edit => "edit",
            Self::History => "history -r",
            Self::Merge => "merge",
            Self::Revision => "revision --head",
            Self::DependsOn => "revision --depends-on",
            Self::From => "plan upgrade heads --from",
        }
    }
}

/// Describes a revision that may have been meant.
#[must_use]
pub fn candidate(node: &Node) -> Candidate {
    Candidate {
        name: node.id().to_string(),
        message: node.message().to_owned(),
        labels: text::labels(node),
    }
}

/// Describes names, those of revisions with what is known of them.
#[must_use]
pub fn candidates<S: AsRef<str>>(graph: &RevisionGraph, names: &[S]) -> Vec<Candidate> {
    let describe = |name: &S| match graph.get(name.as_ref()) {
        Some(node) => candidate(node),
        None => Candidate::named(name.as_ref()),
    };
    names.iter().map(describe).collect()
}

/// Returns a hint that names one of several heads, by its label where it has one of its own.
#[must_use]
pub fn one_head(graph: &RevisionGraph, command: &str) -> Option<String> {
    let heads = graph.heads();
    let own = |node: &&&Node| {
        let label = node.branch_names().first()?;
        let others = heads.iter().filter(|head| head.branch_names().contains(label));
        (others.count() == 1).then(|| format!("{label}@head"))
    };
    let name = heads
        .iter()
        .find_map(|node| own(&node))
        .or_else(|| heads.first().map(|node| node.id().to_string()))?;
    Some(format!("`limbeck {command} {name}` chooses one"))
}

impl Failure {
    /// Tells of a name that is not legal.
    #[must_use]
    pub fn of_id(error: &IdError) -> Self {
        let failure = Self::new("illegal_id", error.to_string());
        match error {
            IdError::Empty => failure,
            IdError::TooLong { .. } => failure.hint("choose a shorter one"),
            IdError::Character { .. } => {
                failure.hint("`@`, `+`, `-`, `:` and white space have a meaning in targets")
            }
            IdError::Keyword { .. } => failure.hint("head, heads, base and current are such words"),
        }
    }

    /// Tells of settings that make no sense.
    #[must_use]
    pub fn of_config(error: &ConfigError) -> Self {
        let failure = Self::new("config", sentence(error));
        match error {
            ConfigError::Read { .. } => {
                failure.hint("`--config` and `LIMBECK_CONFIG` name the file; `limbeck init` makes one")
            }
            ConfigError::UnknownKey {
                suggestion: Some(key),
                ..
            } => failure.hint(format!("did you mean `{key}`?")),
            ConfigError::UnknownKey {
                suggestion: None, ..
            } => failure.hint("docs/configuration.md lists the keys, and `limbeck init` writes them"),
            ConfigError::UnknownName { known, .. } => {
                failure.candidates(known.iter().map(Candidate::named).collect())
            }
            ConfigError::Timezone { .. } => {
                failure.hint("the names are those of the IANA database, such as `Europe/Berlin`")
            }
            ConfigError::TemplateFolders { .. } => {
                failure.hint("`recursive_version_locations = true` has them read")
            }
            ConfigError::Syntax { .. }
            | ConfigError::Value { .. }
            | ConfigError::Template { .. } => failure,
        }
    }

    /// Tells of a revision file that cannot be read.
    #[must_use]
    pub fn of_source(error: &SourceError) -> Self {
        Self::new(error.code(), error.to_string()).hints(error.hint())
    }

    /// Tells of something that keeps the revisions from being one graph.
    #[must_use]
    pub fn of_fault(fault: &Fault) -> Self {
        let candidates = fault.candidates().into_iter().map(Candidate::named);
        let failure =
            Self::new(fault.code(), fault.to_string()).candidates(candidates.collect());
        match fault {
            Fault::IllegalId { .. } => failure,
            Fault::DuplicateRevision { revision, .. } => failure.hint(format!(
                "`limbeck revision` makes ids that differ; give one of the two another id than `{revision}`"
            )),
            Fault::MissingParent { .. } | Fault::MissingDependency { .. } => failure
                .hint("its file may not be part of this checkout; the revisions above are left out"),
            Fault::Cycle { .. } => failure.hint("one of these references has to go"),
            Fault::DuplicateLabel { .. } | Fault::LabelIsRevision { .. } => {
                failure.hint("the label belongs to the revision with which its line begins")
            }
        }
    }

    /// Tells of a target that is none.
    #[must_use]
    pub fn of_target(error: &TargetError, asking: Asking) -> Self {
        let _ = asking;
        Self::new("invalid_target", error.to_string())
    }

    /// Tells of a name that stands for no revision, or for too many.
    #[must_use]
    pub fn of_resolve(error: &ResolveError, graph: &RevisionGraph, asking: Asking) -> Self {
        let _ = asking;
        Self::new(error.code(), error.to_string()).candidates(candidates(graph, &error.candidates()))
    }

    /// Tells of a target that there is no way to.
    #[must_use]
    pub fn of_plan(error: &PlanError, graph: &RevisionGraph, asking: Asking) -> Self {
        let _ = asking;
        Self::new(error.code(), error.to_string()).candidates(candidates(graph, &error.candidates()))
    }
}
