//! What to do about an error: every error of the library becomes a [`Failure`] here.
//!
//! The matches name each variant, so that a new one cannot be forgotten. A hint can be pasted into
//! a terminal as far as that is possible; [`Asking`] says which command it should begin with.

mod adopt;
mod asking;
pub mod check;
mod database;
mod excerpt;
mod plan;
mod rebase;
mod reset;
mod run;
mod schema;

pub use asking::Asking;

pub use self::reset::named;

use std::io;

use super::config::{ConfigError, keys, zone::Zone};
use super::failure::{Candidate, Failure, sentence};
use super::text;
use crate::check::IGNORABLE;
use crate::declaration::Tool;
use crate::graph::{Fault, Node, RevisionGraph};
use crate::id::{IdError, Label, RevisionId};
use crate::resolve::ResolveError;
use crate::source::SourceError;
use crate::target::TargetError;

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

/// Returns what can be typed for one of several heads: its label where no other has it.
#[must_use]
pub fn name_of_one(heads: &[&Node]) -> Option<String> {
    let own = |node: &&Node| {
        let mut labels = node.branch_names().iter();
        let alone = |label: &&Label| {
            let has = |head: &&&Node| head.branch_names().contains(label);
            heads.iter().filter(has).count() == 1
        };
        labels.find(alone).map(|label| format!("{label}@head"))
    };
    heads
        .iter()
        .find_map(own)
        .or_else(|| heads.first().map(|node| node.id().to_string()))
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
        Self::tell_config(error).because(error)
    }

    fn tell_config(error: &ConfigError) -> Self {
        let failure = Self::new("config", sentence(error));
        match error {
            ConfigError::Read { source, .. } if source.kind() != io::ErrorKind::NotFound => failure,
            ConfigError::Read { .. } => failure
                .hint("`--config` and `LIMBECK_CONFIG` name the file; `limbeck init` makes one"),
            ConfigError::UnknownKey {
                suggestion: Some(key),
                ..
            } => failure.hint(format!("did you mean `{key}`?")),
            ConfigError::UnknownKey {
                suggestion: None, ..
            } => {
                failure.hint("docs/configuration.md lists the keys, and `limbeck init` writes them")
            }
            ConfigError::UnknownName { name, known, .. } => {
                let near = keys::nearest(name, known.iter().map(String::as_str));
                failure
                    .candidates(known.iter().map(Candidate::named).collect())
                    .hints(near.map(|name| format!("did you mean `--name {name}`?")))
            }
            ConfigError::UnknownSection { known, .. } => {
                failure.candidates(known.iter().map(Candidate::named).collect())
            }
            ConfigError::NoScriptLocation { .. } => {
                failure.hint("`script_location = %(here)s/alembic`, for example")
            }
            ConfigError::NoPackage { .. } => failure.hint(
                "`prepend_sys_path`, here, `src`, `VIRTUAL_ENV` and `.venv` are searched for packages",
            ),
            ConfigError::Ignored {
                suggestion: Some(code),
                ..
            } => failure.hint(format!("did you mean `{code}`?")),
            ConfigError::Ignored {
                suggestion: None, ..
            } => failure.hint(format!("these can: {}", IGNORABLE.join(", "))),
            ConfigError::Template { .. } => failure
                .hint("tokens are written in braces, as in `{year}{month}{day}_{rev}_{slug}`"),
            ConfigError::Timezone { name, .. } => {
                let near = Zone::nearest(name).map(|near| format!("did you mean `{near}`?"));
                failure.hints(near).hint("the names are those of the IANA database, such as `Europe/Berlin`")
            }
            ConfigError::TemplateFolders { .. } => {
                failure.hint("`recursive_version_locations = true` has them read")
            }
            ConfigError::NoSourcePath { .. } => {
                failure.hint("`path = \"backend/migrations\"`, for example")
            }
            ConfigError::Format { name, .. } => {
                let names = || Tool::ALL.into_iter().map(Tool::as_str);
                match keys::nearest(name, names()) {
                    Some(near) => failure.hint(format!("did you mean `{near}`?")),
                    None => failure.hint(format!(
                        "the formats are auto, {}",
                        names().collect::<Vec<_>>().join(", ")
                    )),
                }
            }
            ConfigError::SourceLabel { source, .. } => failure.hints(Self::of_id(source).hints),
            ConfigError::SameLabel { .. } => {
                failure.hint("`label = \"…\"` in one of them gives it another")
            }
            ConfigError::SourceIsLocation { .. } => failure
                .hint("new revisions go to a folder of their own: `version_locations = [\"versions\"]`"),
            ConfigError::Syntax { .. }
            | ConfigError::Value { .. }
            | ConfigError::Alembic(_)
            | ConfigError::SeveralFiles { .. } => failure,
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
        let failure = Self::new(fault.code(), fault.to_string()).candidates(candidates.collect());
        match fault {
            Fault::IllegalId { error, .. } => failure.hints(Self::of_id(error).hints),
            Fault::DuplicateRevision { revision, .. } => failure.hint(format!(
                "`limbeck revision` makes ids that differ; give one of the two another id than `{revision}`"
            )),
            Fault::MissingParent { similar, .. } | Fault::MissingDependency { similar, .. } => {
                match &similar[..] {
                    [] => failure,
                    [one] => failure.hint(format!("did you mean `{one}`?")),
                    _ => failure.hint("did you mean one of these?"),
                }
                .hint("its file may not be part of this checkout; what stands on it is left out")
            }
            Fault::Cycle { members, .. } => {
                let next = members.iter().cycle().skip(1);
                let lines = members.iter().zip(next).map(|(member, next)| {
                    format!("{}: `{}` names `{}`", member.place, member.revision, next.revision)
                });
                let mut failure = failure.hint("one of these references has to go");
                if members.len() > 1 {
                    failure.details.extend(lines);
                }
                failure
            }
            Fault::DuplicateLabel { .. } | Fault::LabelIsRevision { .. } => {
                failure.hint("the label belongs to the revision with which its line begins")
            }
        }
    }

    /// Tells of a target that is none.
    #[must_use]
    pub fn of_target(error: &TargetError, asking: Asking) -> Self {
        let failure = Self::new(error.code(), error.to_string());
        let command = asking.command();
        match error {
            TargetError::Empty => failure.hint(format!("`limbeck {command} head`, for example")),
            TargetError::NothingAfterBranch { text, .. } => {
                failure.hint(format!("`limbeck {command} {text}head` means its head"))
            }
            TargetError::NoBranch { .. } | TargetError::SecondBranch { .. } => {
                failure.hint("a target is written `branch@revision`, `branch@head` or `branch@+1`")
            }
            TargetError::NotANumber { .. } => {
                failure.hint("steps are written `+1`, `-2` or `revision+1`")
            }
            TargetError::RangeNotAllowed { .. } => match asking {
                Asking::Upgrade | Asking::Downgrade | Asking::Stamp => {
                    failure.hint(format!("a range belongs to `limbeck {command} --sql`"))
                }
                _ => failure.hint("`limbeck history -r` takes ranges"),
            },
            TargetError::NotARange { text } => {
                failure.hint(format!("`limbeck history -r {text}:` begins there"))
            }
            TargetError::SecondColon { .. } => {
                failure.hint("a range is written `start:end`, `start:` or `:end`")
            }
            TargetError::TooManySteps { .. } | TargetError::Character { .. } => failure,
        }
    }

    /// Tells of a name that stands for no revision, or for too many.
    #[must_use]
    pub fn of_resolve(error: &ResolveError, graph: &RevisionGraph, asking: Asking) -> Self {
        Self::tell_resolve(error, graph, asking).because(error)
    }

    fn tell_resolve(error: &ResolveError, graph: &RevisionGraph, asking: Asking) -> Self {
        let names = candidates(graph, &error.candidates());
        let failure = Self::new(error.code(), error.to_string()).candidates(names);
        match error {
            ResolveError::UnknownRevision {
                target,
                name,
                similar,
            } => match &similar[..] {
                [] if let Some(word) = mistyped_keyword(name) => {
                    failure.hint(meant(&with_name(target, name, word)))
                }
                [] if graph.is_empty() => {
                    failure.hint("`limbeck revision -m \"…\"` creates the first one")
                }
                [] => failure.hint("`limbeck history` lists the revisions"),
                [one] => failure.hint(meant(&with_name(target, name, one))),
                _ => failure.hint("did you mean one of these?"),
            },
            ResolveError::AmbiguousRevision { .. } => failure.hint("type more of the one you mean"),
            ResolveError::UnknownBranch {
                target,
                name,
                similar,
                labels,
            } => match (&similar[..], &labels[..]) {
                ([one], _) => failure.hint(meant(&with_branch(target, name, one))),
                ([], []) => failure.hint("no revision has a branch label"),
                ([], _) => failure.hint("`limbeck branches` and `limbeck heads` show the labels"),
                _ => failure.hint("did you mean one of these?"),
            },
            ResolveError::NotInBranch { branch, .. } => failure.hint(format!(
                "`limbeck history -r base:{branch}@head` lists that branch"
            )),
            ResolveError::MultipleHeads { branch, heads, .. } => {
                failure.hints(several_heads(graph, asking, branch.as_deref(), heads))
            }
            ResolveError::AmbiguousWalk { candidates, .. } => {
                let command = |one: &String| match asking {
                    // Steps without a beginning are counted down, so they are a range's start.
                    Asking::History => format!("limbeck history -r {one}:"),
                    _ => asking.with(one),
                };
                let way = |one| format!("`{}` takes one of the ways", command(one));
                failure.hints(candidates.first().map(way))
            }
            ResolveError::WalkedTooFar { .. } | ResolveError::NotAncestor { .. } => {
                failure.hint("`limbeck history` shows the order of the revisions")
            }
            ResolveError::NotApplied { .. } => {
                failure.hint("`limbeck current` shows where the database stands")
            }
            ResolveError::NeedsDatabase { .. } => match asking {
                Asking::Upgrade | Asking::Downgrade | Asking::Stamp => {
                    failure.hint("name a revision, or say where to begin: `FROM:TO`")
                }
                _ => failure.hint("name a revision"),
            },
            ResolveError::UnknownInDatabase { revisions } => {
                failure.hints(unknown_in_database(asking, revisions))
            }
        }
    }
}

fn several_heads(
    graph: &RevisionGraph,
    asking: Asking,
    branch: Option<&str>,
    heads: &[RevisionId],
) -> Vec<String> {
    let nodes: Vec<&Node> = heads
        .iter()
        .filter_map(|id| graph.get(id.as_str()))
        .collect();
    let one = name_of_one(&nodes);
    let all = match branch {
        Some(branch) => format!("{branch}@heads"),
        None => "heads".to_owned(),
    };
    let number = if heads.len() == 2 { "both" } else { "all" };
    let mut hints = Vec::new();
    match (asking, one) {
        (Asking::Upgrade, Some(one)) => hints.push(format!(
            "`limbeck upgrade {all}` goes to {number}; `limbeck upgrade {one}` to one"
        )),
        (Asking::Stamp | Asking::Show | Asking::Edit | Asking::Merge, Some(one)) => {
            hints.push(format!(
                "`{}` means {number}; `{}` one",
                asking.with(&all),
                asking.with(&one)
            ));
        }
        (_, Some(one)) => hints.push(format!("`{}` chooses one", asking.with(&one))),
        (_, None) => {}
    }
    match asking {
        Asking::Upgrade | Asking::Stamp | Asking::Revision => {
            hints.push(format!("`limbeck merge {all} -m \"…\"` joins them"));
        }
        Asking::Downgrade
        | Asking::Rollback
        | Asking::Goto
        | Asking::Redo
        | Asking::Resolve
        | Asking::Show
        | Asking::Edit
        | Asking::History
        | Asking::Merge
        | Asking::DependsOn
        | Asking::From
        | Asking::Rebase
        | Asking::Onto
        | Asking::RebaseFrom
        | Asking::Diff => {}
    }
    hints
}

/// A word of targets that a name without any likeness to a revision was probably meant to be.
fn mistyped_keyword(name: &str) -> Option<&'static str> {
    let words = ["head", "heads", "base", "current"];
    words
        .into_iter()
        .find(|word| strsim::osa_distance(name, word) == 1)
}

/// Asks whether this was meant.
///
/// The name alone: of the command that it was typed for, more may be needed than is known here.
fn meant(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// Puts another name in the place of the last one in a target.
fn with_name(target: &str, name: &str, other: &str) -> String {
    match target.rfind(name) {
        Some(at) => format!("{}{other}{}", &target[..at], &target[at + name.len()..]),
        None => other.to_owned(),
    }
}

/// Puts another name in front of a target's `@`.
fn with_branch(target: &str, name: &str, other: &str) -> String {
    let rest = target.strip_prefix(name).unwrap_or_default();
    format!("{other}{rest}")
}

/// How to get away from a row that no file explains, by what was tried.
fn unknown_in_database(asking: Asking, revisions: &[RevisionId]) -> Vec<String> {
    let mut hints = vec![
        "this checkout may be older than the database: update it, or build from the newer one"
            .to_owned(),
    ];
    match (asking, revisions) {
        (Asking::Upgrade, [one, ..]) => hints.push(format!(
            "`limbeck downgrade {one}@-1` takes it back with what the ledger kept of it"
        )),
        (Asking::Downgrade | Asking::Rollback | Asking::Goto | Asking::Redo, _) => hints.push(
            "the ledger does not have it either; `limbeck stamp --purge REVISION` notes down where \
             the database really stands"
                .to_owned(),
        ),
        (Asking::Stamp, _) => hints.push(
            "`limbeck stamp --purge REVISION` replaces all rows, unknown ones as well".to_owned(),
        ),
        _ => hints.push("`limbeck status` shows what is known".to_owned()),
    }
    hints
}
