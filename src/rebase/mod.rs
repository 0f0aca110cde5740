//! Rebasing: another parent for a revision that no database has yet.
//!
//! Only what that one revision is written in changes; what stands on top of it comes along. All is decided
//! before the file is touched: the new graph is built from the new text and found sound.

mod error;

use std::path::Path;

pub use self::error::RebaseError;
use crate::catalog::Catalog;
use crate::graph::{Edges, Node, RevisionGraph};
use crate::heads::Heads;
use crate::id::RevisionId;
use crate::source::reparent::{Change, Rewrite};

/// A decided change of parents.
#[derive(Clone, Debug)]
#[must_use]
pub struct Rebase {
    /// The revision.
    pub revision: RevisionId,
    /// Its parents so far.
    pub from: Vec<RevisionId>,
    /// Its parents afterwards.
    pub to: Vec<RevisionId>,
    /// All revisions as they will be.
    pub after: Catalog,
    rewrites: Vec<Rewrite>,
}

impl Rebase {
    /// Returns the files that change: its own, and the one in Python that it stands in for.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.rewrites.iter().map(Rewrite::path)
    }

    /// Rewrites the files.
    ///
    /// # Errors
    /// Fails, and leaves all as they are, when one was changed in the meantime or cannot be written.
    pub fn write(&self) -> Result<(), RebaseError> {
        Ok(Rewrite::write_all(&self.rewrites)?)
    }
}

/// Decides what a revision's file has to say for it to go onto another one; none is the base.
///
/// Of a merge, the parents that are named are replaced; where none is, the only one that the new
/// parent stands on top of. Returns nothing where the revision stands there already.
///
/// # Errors
/// Fails when that would be no graph, when it is not clear which parent is meant, and when the file
/// is not written so that its parents can be replaced.
pub fn decide(
    catalog: &Catalog,
    revision: &Node,
    onto: Option<&Node>,
    replaced: &[&Node],
) -> Result<Option<Rebase>, RebaseError> {
    let graph = catalog.graph();
    let id = revision.id();
    if let Some(onto) = onto {
        refuse_above(graph, revision, onto)?;
    }
    let from = revision.down_revisions();
    let gone = gone(graph, revision, onto, replaced)?;
    let stays = |onto: &&Node| from.contains(onto.id()) && !gone.contains(onto.id());
    let change = Change {
        gone: &gone,
        // A parent that it has already is not named twice.
        new: onto.filter(|onto| !stays(onto)).map(Node::id),
    };
    let to = change.of(from);
    if to == from {
        return Ok(None);
    }
    if let Some(onto) = onto {
        refuse_redundant(graph, id, onto, &to)?;
    }
    let files = catalog.files(id);
    let rewrites = files.map(|(path, code)| Rewrite::prepare(path, code, &change));
    let rewrites = rewrites.collect::<Result<Vec<_>, _>>()?;
    let Some(own) = rewrites.first() else {
        let revision = id.clone();
        return Err(RebaseError::NoFile { revision });
    };
    let after = catalog.with_text(id, &own.text());
    if let Some(fault) = after.faults().first() {
        return Err(RebaseError::Fault(Box::new(fault.clone())));
    }
    Ok(Some(Rebase {
        revision: id.clone(),
        from: from.to_vec(),
        to,
        after,
        rewrites,
    }))
}

fn refuse_above(graph: &RevisionGraph, revision: &Node, onto: &Node) -> Result<(), RebaseError> {
    if onto == revision {
        let revision = revision.id().clone();
        return Err(RebaseError::Itself { revision });
    }
    let is_above = |edges| graph.descendants([revision], edges).contains(onto);
    if !is_above(Edges::All) {
        return Ok(());
    }
    Err(RebaseError::Above {
        revision: revision.id().clone(),
        onto: onto.id().clone(),
        by_dependency: !is_above(Edges::Lineage),
    })
}

/// Returns the parents that are replaced.
fn gone(
    graph: &RevisionGraph,
    revision: &Node,
    onto: Option<&Node>,
    replaced: &[&Node],
) -> Result<Vec<RevisionId>, RebaseError> {
    let parents = revision.down_revisions();
    if let Some(stranger) = replaced.iter().find(|node| !parents.contains(node.id())) {
        return Err(RebaseError::NoParent {
            revision: revision.id().clone(),
            named: stranger.id().clone(),
            parents: parents.to_vec(),
        });
    }
    if !replaced.is_empty() {
        return Ok(replaced.iter().map(|node| node.id().clone()).collect());
    }
    if parents.len() < 2 {
        return Ok(parents.to_vec());
    }
    let below = onto.map(|onto| (onto, graph.ancestors([onto], Edges::Lineage)));
    let is_below = |parent: &&Node| {
        let below = below.as_ref();
        below.is_some_and(|(onto, below)| below.contains(parent) && parent != onto)
    };
    let below: Vec<_> = graph.parents(revision).filter(is_below).collect();
    if let [one] = below[..] {
        return Ok(vec![one.id().clone()]);
    }
    Err(RebaseError::WhichParent {
        revision: revision.id().clone(),
        onto: onto.map_or_else(|| "base".to_owned(), |onto| onto.id().to_string()),
        parents: parents.to_vec(),
    })
}

/// Refuses to make a merge of a revision and another one below it.
fn refuse_redundant(
    graph: &RevisionGraph,
    revision: &RevisionId,
    onto: &Node,
    parents: &[RevisionId],
) -> Result<(), RebaseError> {
    let others = parents.iter().filter(|parent| *parent != onto.id());
    for other in others.filter_map(|parent| graph.get(parent.as_str())) {
        let (lower, upper) = if graph.ancestors([onto], Edges::Lineage).contains(other) {
            (other, onto)
        } else if graph.ancestors([other], Edges::Lineage).contains(onto) {
            (onto, other)
        } else {
            continue;
        };
        return Err(RebaseError::NothingToMerge {
            revision: revision.clone(),
            lower: lower.id().clone(),
            upper: upper.id().clone(),
        });
    }
    Ok(())
}

/// Refuses to move a revision of which a database has anything, or of what stands on top of it.
///
/// The graph holds what the files say and, where a row needs it, what only the ledger still knows.
///
/// # Errors
/// Fails when the revision is applied or half-done, or when a row may stand on top of it.
pub fn refuse_applied(
    graph: &RevisionGraph,
    revision: &RevisionId,
    heads: &Heads,
    half_done: &[RevisionId],
) -> Result<(), RebaseError> {
    let Some(revision) = graph.get(revision.as_str()) else {
        return Ok(());
    };
    if let Some(row) = heads.iter().find(|row| graph.get(row.as_str()).is_none()) {
        return Err(RebaseError::UnknownRow { row: row.clone() });
    }
    let rows = heads.iter().filter_map(|row| graph.get(row.as_str()));
    let applied = graph.ancestors(rows, Edges::All);
    let mut moved = graph.descendants([revision], Edges::All);
    let moves = |id: &&RevisionId| {
        let node = graph.get(id.as_str());
        node.is_some_and(|node| moved.contains(node))
    };
    if let Some(half_done) = half_done.iter().find(moves) {
        let revision = half_done.clone();
        return Err(RebaseError::HalfDone { revision });
    }
    if !applied.contains(revision) {
        return Ok(());
    }
    moved.intersect(&applied);
    moved.remove(revision);
    Err(RebaseError::Applied {
        revision: revision.id().clone(),
        above: graph
            .members(&moved)
            .map(|node| node.id().clone())
            .collect(),
    })
}

#[cfg(test)]
mod tests;
