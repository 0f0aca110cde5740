//! Errors of rebasing, with what to do about them.

use crate::cli::failure::Failure;
use crate::cli::hint::candidates;
use crate::graph::{Node, RevisionGraph};
use crate::rebase::RebaseError;

impl Failure {
    /// Tells of a revision that keeps its parents.
    #[must_use]
    pub fn of_rebase(error: &RebaseError, graph: &RevisionGraph) -> Self {
        Self::tell_rebase(error, graph).because(error)
    }

    fn tell_rebase(error: &RebaseError, graph: &RevisionGraph) -> Self {
        let named = candidates(graph, &error.candidates());
        let failure = Self::new(error.code(), error.to_string()).candidates(named);
        match error {
            RebaseError::File(error) => Self::of_source(error),
            RebaseError::Fault(fault) => Self::of_fault(fault),
            RebaseError::Itself { .. } | RebaseError::NoFile { .. } => failure,
            RebaseError::Above {
                revision,
                by_dependency,
                ..
            } => match by_dependency {
                true => failure,
                false => failure.hint(format!(
                    "`limbeck history -r {revision}:` shows what stands on top of it"
                )),
            },
            RebaseError::WhichParent {
                revision,
                onto,
                parents,
            } => match parents.first() {
                Some(one) => failure.hint(format!(
                    "`limbeck rebase {revision} --onto {onto} --from {one}` replaces one of them; \
                     `--from` may be repeated"
                )),
                None => failure,
            },
            RebaseError::NoParent { .. } => failure.hint("`--from` names the parent that goes"),
            RebaseError::NothingToMerge { .. } => {
                failure.hint("`--from` may be repeated, to have several parents replaced by one")
            }
            RebaseError::Applied { revision, .. } => {
                let down = graph.get(revision.as_str()).map(Node::down_revisions);
                let below = match down.unwrap_or_default() {
                    [one] => Some(one.as_str()),
                    [] => Some("base"),
                    _ => None,
                };
                let back = below.map(|below| {
                    format!("`limbeck downgrade {revision}@{below}` takes it back first")
                });
                let join = "`limbeck merge heads -m \"…\"` joins lines without moving any";
                let has_lines = graph.heads().len() > 1;
                failure
                    .hints(back)
                    .hints(has_lines.then(|| join.to_owned()))
            }
            RebaseError::HalfDone { .. } => {
                failure.hint("`limbeck status` shows how far it came and what goes on with it")
            }
            RebaseError::UnknownRow { .. } => failure
                .hint("this checkout may be older than the database: update it")
                .hint("`--no-database` asks no database"),
        }
    }
}
