//! Resolving: from a target, a graph and the database's heads to revisions that exist.
//!
//! One set of rules for all commands. An exact id beats a branch label, which beats a unique
//! beginning of either. What to do with the revisions is for `plan` and the commands to say.

mod error;
mod range;
mod walk;

pub use self::error::ResolveError;
pub use self::range::range;
use crate::graph::{Edges, Node, RevisionGraph, RevisionSet};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::target::{Steps, Symbol, Target, Word};

/// What a target means in one graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal<'g> {
    /// The revisions; empty where the target is the base.
    pub points: Vec<&'g Node>,
    /// The revision that stands for the branch which the target names.
    pub branch: Option<&'g Node>,
    /// The last revision that a walk down from the database's own heads stepped off.
    pub stepped_off: Option<&'g Node>,
}

/// Resolves targets against one graph and, where known, one database.
#[derive(Clone, Debug)]
pub struct Resolver<'g> {
    graph: &'g RevisionGraph,
    current: Option<Vec<&'g Node>>,
    /// Whether a walk that goes too far ends at the last revision and not in an error.
    clamped: bool,
}

/// Returns the revisions that a target names; none where it is the base.
///
/// The heads are those of the database; without them, targets that need it are refused.
///
/// # Errors
/// Fails when the target names nothing, or more than one thing where it must be one.
pub fn revisions<'g>(
    graph: &'g RevisionGraph,
    heads: Option<&Heads>,
    target: &Target,
) -> Result<Vec<&'g Node>, ResolveError> {
    let heads = heads.filter(|_| target.needs_database());
    let resolver = Resolver::new(graph, heads)?;
    Ok(resolver.goal(target)?.points)
}

/// Returns the heads of a database that stands at these targets, as `--from` and `a:b` say it does.
///
/// # Errors
/// Fails when a target names nothing, or needs a database.
pub fn heads(graph: &RevisionGraph, targets: &[Target]) -> Result<Heads, ResolveError> {
    let resolver = Resolver::new(graph, None)?;
    let mut heads = Vec::new();
    for target in targets {
        let points = resolver.goal(target)?.points;
        heads.extend(points.into_iter().map(|node| node.id().clone()));
    }
    Ok(heads.into_iter().collect())
}

/// Returns the revisions that are the rows of the version table, sorted by id.
///
/// # Errors
/// Fails when a row is not in the graph.
pub fn current<'g>(graph: &'g RevisionGraph, heads: &Heads) -> Result<Vec<&'g Node>, ResolveError> {
    let unknown = |id: &&RevisionId| graph.get(id.as_str()).is_none();
    let revisions: Vec<RevisionId> = heads.iter().filter(unknown).cloned().collect();
    if !revisions.is_empty() {
        return Err(ResolveError::UnknownInDatabase { revisions });
    }
    Ok(heads
        .iter()
        .filter_map(|id| graph.get(id.as_str()))
        .collect())
}

impl<'g> Resolver<'g> {
    /// A resolver for a graph and the heads of a database, where they are known.
    ///
    /// # Errors
    /// Fails when the database has a head that is not in the graph.
    pub fn new(graph: &'g RevisionGraph, heads: Option<&Heads>) -> Result<Self, ResolveError> {
        let current = heads.map(|heads| current(graph, heads)).transpose()?;
        Ok(Self {
            graph,
            current,
            clamped: false,
        })
    }

    /// Returns what a target means.
    ///
    /// # Errors
    /// Fails when the target names nothing, or more than one thing where it must be one.
    pub fn goal(&self, target: &Target) -> Result<Goal<'g>, ResolveError> {
        let branch = self.branch(target)?;
        let mut stepped_off = None;
        let points = match target.steps() {
            None => self.place(target, branch)?,
            Some(&Steps::Up(steps, _)) => self.above(target, branch, steps)?,
            Some(&Steps::Down(steps, _)) => {
                let walked = self.below(target, branch, steps)?;
                if target.needs_database() {
                    stepped_off = walked.stepped_off;
                }
                walked.points
            }
        };
        Ok(Goal {
            points,
            branch,
            stepped_off,
        })
    }

    /// The rows of the version table.
    fn current(&self, target: &Target) -> Result<&[&'g Node], ResolveError> {
        let target = target.text();
        self.current
            .as_deref()
            .ok_or_else(|| ResolveError::NeedsDatabase {
                target: target.to_owned(),
            })
    }

    /// What a target names with its steps left out.
    fn place(
        &self,
        target: &Target,
        branch: Option<&'g Node>,
    ) -> Result<Vec<&'g Node>, ResolveError> {
        let lineage = branch.map(|branch| self.graph.lineage(branch));
        let on_branch = |node: &&Node| lineage.as_ref().is_none_or(|set| set.contains(node));
        match target.symbol() {
            Some(Symbol::Base(_)) => Ok(Vec::new()),
            Some(Symbol::Heads(_)) if branch.is_none() => Ok(self.graph.real_heads()),
            Some(Symbol::Heads(_)) => {
                Ok(self.graph.heads().into_iter().filter(on_branch).collect())
            }
            Some(Symbol::Head(_)) => {
                let heads: Vec<&Node> = self.graph.heads().into_iter().filter(on_branch).collect();
                one_head(target, heads)
            }
            Some(Symbol::Name(word)) => {
                let branch = target.branch().zip(lineage.as_ref());
                let node = self.named(target, word, branch)?;
                Ok(vec![node])
            }
            Some(Symbol::Current(_)) | None => {
                let current = self.current(target)?;
                let here: Vec<&Node> = current.iter().copied().filter(on_branch).collect();
                match target.branch() {
                    Some(branch) if here.is_empty() => Err(not_applied(target, branch, current)),
                    _ => Ok(here),
                }
            }
        }
    }

    /// The revision that the part before `@` stands for, where there is such a part.
    fn branch(&self, target: &Target) -> Result<Option<&'g Node>, ResolveError> {
        let Some(word) = target.branch() else {
            return Ok(None);
        };
        match self.named(target, word, None) {
            Err(ResolveError::UnknownRevision {
                target,
                name,
                similar,
            }) => {
                let labels = self.graph.labels().filter(|_| similar.is_empty());
                let labels = labels.map(|(label, _)| label.to_string()).collect();
                Err(ResolveError::UnknownBranch {
                    target,
                    name,
                    similar,
                    labels,
                })
            }
            found => found.map(Some),
        }
    }

    /// The revision with an id, label, or unique beginning of one, which must be on the branch.
    fn named(
        &self,
        target: &Target,
        word: &Word,
        branch: Option<(&Word, &RevisionSet)>,
    ) -> Result<&'g Node, ResolveError> {
        let name = word.text.as_str();
        let node = match self.graph.named(name) {
            Some(node) => node,
            None => self.beginning_with(target, name, branch.map(|(_, lineage)| lineage))?,
        };
        match branch {
            Some((branch, lineage)) if !lineage.contains(node) => {
                let heads = self.graph.heads().into_iter();
                let heads = heads.filter(|head| lineage.contains(head));
                Err(ResolveError::NotInBranch {
                    revision: node.id().clone(),
                    branch: branch.text.clone(),
                    heads: heads.map(|head| head.id().clone()).collect(),
                })
            }
            _ => Ok(node),
        }
    }

    /// The revision with a unique beginning, looked for on the branch first.
    fn beginning_with(
        &self,
        target: &Target,
        name: &str,
        lineage: Option<&RevisionSet>,
    ) -> Result<&'g Node, ResolveError> {
        let mut found: Vec<(&str, &Node)> = self.graph.with_prefix(name).collect();
        if let Some(lineage) = lineage
            && found.iter().any(|(_, node)| lineage.contains(node))
        {
            found.retain(|(_, node)| lineage.contains(node));
        }
        match found.as_slice() {
            [] => Err(ResolveError::UnknownRevision {
                target: target.text().to_owned(),
                name: name.to_owned(),
                similar: self.graph.similar(name),
            }),
            [(_, first), rest @ ..] if rest.iter().all(|(_, node)| node == first) => Ok(first),
            several => Err(ResolveError::AmbiguousRevision {
                name: name.to_owned(),
                candidates: several.iter().map(|&(name, _)| name.to_owned()).collect(),
            }),
        }
    }

    /// Everything applied, where the database is known.
    fn applied(&self, target: &Target) -> Result<RevisionSet, ResolveError> {
        let current = self.current(target)?;
        Ok(self.graph.ancestors(current.iter().copied(), Edges::All))
    }
}

fn one_head<'g>(target: &Target, heads: Vec<&'g Node>) -> Result<Vec<&'g Node>, ResolveError> {
    if heads.len() <= 1 {
        return Ok(heads);
    }
    Err(ResolveError::MultipleHeads {
        target: target.text().to_owned(),
        branch: target.branch().map(|branch| branch.text.clone()),
        heads: heads.iter().map(|head| head.id().clone()).collect(),
    })
}

fn not_applied(target: &Target, branch: &Word, current: &[&Node]) -> ResolveError {
    ResolveError::NotApplied {
        target: target.text().to_owned(),
        branch: branch.text.clone(),
        heads: current.iter().map(|node| node.id().clone()).collect(),
    }
}

#[cfg(test)]
mod tests;
