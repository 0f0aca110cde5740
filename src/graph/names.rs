//! Looking names up: exact ids, branch labels, prefixes, and names that look alike.

use std::collections::HashMap;

use super::{Node, RevisionGraph};
use crate::id::{Label, RevisionId};

/// Names shorter than this are only ever found whole.
const SHORTEST_WITH_PREFIX: usize = 4;

/// Where each name is declared; no name is both an id and a label.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) revisions: HashMap<RevisionId, u32>,
    pub(super) labels: HashMap<Label, u32>,
}

impl Names {
    pub(super) fn for_revisions(count: usize) -> Self {
        Self {
            revisions: HashMap::with_capacity(count),
            labels: HashMap::new(),
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let label = || self.labels.get(name);
        self.revisions.get(name).or_else(label).copied()
    }

    /// Renumbers all; names of what has no new position (`u32::MAX`) are forgotten.
    pub(super) fn move_to(&mut self, positions: &[u32]) {
        let moved = |index: &mut u32| {
            *index = positions[*index as usize];
            *index != u32::MAX
        };
        self.revisions.retain(|_, index| moved(index));
        self.labels.retain(|_, index| moved(index));
    }
}

impl RevisionGraph {
    /// Returns the branch labels with the revisions that declare them, in file order.
    pub fn labels(&self) -> impl Iterator<Item = (&Label, &Node)> {
        self.nodes
            .iter()
            .flat_map(|node| node.labels.iter().map(move |label| (label, node)))
    }

    /// Returns the revision that declares a branch label.
    #[must_use]
    pub fn label(&self, label: &str) -> Option<&Node> {
        Some(self.node(*self.names.labels.get(label)?))
    }

    /// Returns the revision with this id or branch label.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Node> {
        Some(self.node(self.names.find(name)?))
    }

    /// Returns the ids and labels that begin with a prefix, ids first, in file order.
    ///
    /// Names of up to three characters are only found whole, as in Alembic.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &Node)> {
        self.all_names().filter(move |(name, _)| {
            name.starts_with(prefix) && name.chars().nth(SHORTEST_WITH_PREFIX - 1).is_some()
        })
    }

    /// Returns up to three ids and labels that a mistyped name could have meant, nearest first.
    #[must_use]
    pub fn similar(&self, name: &str) -> Vec<String> {
        similar(name, self.all_names().map(|(name, _)| name))
    }

    fn all_names(&self) -> impl Iterator<Item = (&str, &Node)> {
        let ids = self.nodes.iter().map(|node| (node.id.as_str(), node));
        ids.chain(self.labels().map(|(label, node)| (label.as_str(), node)))
    }
}

/// Up to three of the names that are a few edits away, nearest first, ties in the order given.
pub(super) fn similar<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let length = name.chars().count();
    let most = (length / 3).clamp(1, 3);
    let mut near: Vec<(usize, &str)> = names
        .filter(|other| other.chars().count().abs_diff(length) <= most)
        .map(|other| (strsim::osa_distance(name, other), other))
        // Of a short name too little would be left to be alike.
        .filter(|&(distance, _)| distance <= most && distance * 2 < length)
        .collect();
    near.sort_by_key(|&(distance, _)| distance);
    near.truncate(3);
    near.into_iter()
        .map(|(_, other)| other.to_owned())
        .collect()
}
